"""The lines about scores in `check` and the report."""

import pytest

from rules.model import ItemKind, WorkItem
from rules.priority.wsjf import Refusal, Score, WsjfOptions
from sync.messages import shipped_messages
from sync.messages.score_lines import score_lines


def epic(key, value, effort=1.0, urgency=1.0):
    return WorkItem(
        tracker="t", id=key, key=key, kind=ItemKind.EPIC, value=value, urgency=urgency, risk=1.0, effort=effort
    )


def lines(items, language="en"):
    return list(score_lines(items, WsjfOptions(), shipped_messages(language)))


def test_the_highest_scores_and_the_number_of_the_others_are_one_line():
    items = [epic(f"A-{number}", float(number)) for number in range(1, 8)]
    assert lines(items) == ["WSJF, highest first: A-7 9, A-6 8, A-5 7, and 4 more."]
    assert lines(items[:2]) == ["WSJF, highest first: A-2 4, A-1 3."]
    assert lines(items, "de") == ["WSJF, höchste zuerst: A-7 9, A-6 8, A-5 7 und 4 weitere."]


def test_nothing_is_said_where_nobody_scores():
    assert lines([epic("A-1", None, urgency=None), WorkItem(tracker="t", id="1", key="A-2")][1:]) == []


def test_items_without_a_score_are_named_with_the_input_that_is_wrong():
    assert lines([epic("A-1", None), epic("A-2", -2.0), epic("A-3", float("nan"))]) == [
        (
            "WSJF cannot be calculated for A-1 (business value is blank), A-2 (business value is below 0), "
            "A-3 (business value is not known or not a number)."
        )
    ]


def test_an_input_without_a_field_is_not_asked_for_item_by_item():
    items = [epic("A-1", None), epic("A-2", -2.0)]
    shown = list(score_lines(items, WsjfOptions(), shipped_messages(), absent_score_inputs=["business value"]))
    assert shown == ["WSJF cannot be calculated for A-2 (business value is below 0)."]


def test_a_scale_that_two_cohorts_must_have_made_is_named_with_both_ends():
    assert lines([epic("A-1", 5.0), epic("A-2", 800.0)])[1:] == [
        "WSJF: business value runs from 5 (A-1) to 800 (A-2), too far apart for one scale."
    ]


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "WSJF 1,234,567 = (1,234,567 business value)"), ("de", "WSJF 1.234.567 = (1.234.567 Gesch")],
)
def test_large_figures_are_grouped(language, text):
    score = Score(1234567.0, {"business value": 1234567.0}, 1.0)
    assert shipped_messages(language).score(score).startswith(text)


def test_every_reason_is_named():
    refusal = Refusal(("risk reduction",), negative=("business value",), has_unusable_size=True)
    assert shipped_messages("en").score(refusal) == (
        "WSJF cannot be calculated: risk reduction is blank, and business value is below 0, and the job size must be above 0."
    )
