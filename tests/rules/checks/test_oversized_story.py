"""What oversized-story makes of a backlog, beyond the examples on its page."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from pydantic import ValidationError

from rules.checks.oversized_story import OversizedOptions, OversizedStory
from rules.model import Backlog, FinishedItem, HierarchyLevel, ItemKind, Severity, StatusCategory, WorkItem

NOW = datetime(2026, 5, 20, 14, 30, tzinfo=UTC)


def item(points: float | None, **given: Any) -> WorkItem:
    given = {"kind": ItemKind.STORY, "category": StatusCategory.TO_DO, **given}
    return WorkItem(tracker="t", id=str(points), key="T-1", title="Export", points=points, **given)


def done(count: int, points: float | None, days: float, *, ago: float = 40, **given: Any) -> list[FinishedItem]:
    end = NOW - timedelta(days=ago)
    begun = end - timedelta(days=days)
    given = {"kind": ItemKind.STORY, "type": "Story", **given}
    given = {"started": begun, **given}
    return [FinishedItem(id="1", key="T-1", resolved=end, points=points, **given)] * count


HISTORY = (*done(90, 3, 5), *done(12, 13, 30))


def judged(
    items: list[WorkItem], finished: tuple[FinishedItem, ...] = HISTORY, now: datetime = NOW, **options: Any
) -> tuple[list[str], tuple[str, ...]]:
    """The evidence about each item, and what could not be known."""
    rule = OversizedStory(OversizedOptions(**options))
    notes = rule.prepare(Backlog(tracker="t", items=items, finished=finished), now)
    hits = [hit for one in items if rule.judges(one) for hit in rule.judge(one)]
    return [rule.message(hit).evidence for hit in hits], tuple(map(str, (*notes, *rule.report_unjudged())))


def test_the_evidence_is_one_short_sentence_about_items_of_this_size() -> None:
    history = (*done(90, 3, 5), *done(4, 8, 5), *done(9, 8, 23))
    assert judged([item(8)], history)[0] == [
        "8 points. Of 13 finished items of 8 points or more, 9 took more than 5 days."
    ]


def test_the_evidence_stays_the_same_within_a_month() -> None:
    later = tuple(done(20, 1, 200, ago=-5)) + tuple(done(3, 13, 30, ago=15))
    assert judged([item(13)])[0] == judged([item(13)], HISTORY + later, NOW + timedelta(days=10))[0]
    assert judged([item(13)])[0] != judged([item(13)], HISTORY + later, NOW + timedelta(days=20))[0]


@pytest.mark.parametrize("points", [None, 0, 3, 12.9, float("nan"), -13.0, "13"])
def test_smaller_and_unknown_sizes_are_left_alone(points: Any) -> None:
    assert judged([item(points)])[0] == []


def test_unknown_sizes_are_counted_and_zero_is_none_of_them() -> None:
    assert judged([item(None), item(0), item(3), item(float("nan"))])[1] == (
        "2 of 4 open items have no estimate, so their size is unknown.",
    )


def test_what_was_finished_outside_the_window_teaches_nothing() -> None:
    old = tuple(done(90, 3, 5, ago=400)) + tuple(done(12, 13, 30, ago=400))
    assert judged([item(13)], old)[0] == []
    assert judged([item(13)], old, window="60 weeks")[0] != []


def test_other_kinds_teach_nothing() -> None:
    epics = tuple(done(90, 3, 5, kind=ItemKind.EPIC)) + tuple(done(12, 13, 30, kind=ItemKind.EPIC))
    assert judged([item(13)], epics)[0] == []
    bugs = tuple(done(90, 3, 5, kind=ItemKind.BUG, type="Bug")) + tuple(done(12, 13, 30, kind=ItemKind.BUG, type="Bug"))
    assert judged([item(13)], bugs)[0] == []
    assert judged([item(13)], bugs, types=("story", "bug"))[0] != []


def test_subtasks_by_whatever_name_neither_teach_nor_are_judged() -> None:
    steps = tuple(done(90, 3, 5, type="Technical task")) + tuple(done(12, 13, 30, type="Technical task"))
    assert judged([item(13)], steps)[0] == []
    assert judged([item(13, type="Technical task"), item(13, type="Unteraufgabe")])[0] == []
    assert judged([item(13, type="Task")])[0] != []


@pytest.mark.parametrize(
    "given",
    [
        {"title": "Code review of the export"},
        {"title": "Review: export"},
        {"title": "Vendor: deliver the terminals"},
        {"title": "Waiting for the supplier's certificate"},
        {"labels": ("third-party",)},
        {"components": ("Vendor",)},
        {"kind": ItemKind.BUG},
    ],
)
def test_what_nobody_here_can_split_is_not_asked_about(given: dict[str, Any]) -> None:
    assert judged([msgspec.structs.replace(item(13), **given)])[0] == []


@pytest.mark.parametrize(
    ("given", "question", "severity"),
    [
        ({"title": "Export, part 1 of 3"}, "Is this the size of this part, or of the whole?", Severity.INFO),
        ({"title": "Export (2/3)"}, "Is this the size of this part, or of the whole?", Severity.INFO),
        (
            {"title": "Review page for exports"},
            "What is the smallest part of this that would already help someone?",
            Severity.WARNING,
        ),
        (
            {"kind": ItemKind.BUG},
            "What is the smallest fix that would already remove the worst of the problem?",
            Severity.WARNING,
        ),
        (
            {"title": "Upgrade Spring from 3 to 4"},
            "Which step of this could be finished and checked by itself?",
            Severity.WARNING,
        ),
    ],
)
@pytest.mark.parametrize("above", [8, "history"])
def test_a_part_a_bug_and_an_upgrade_are_asked_in_their_own_words(
    given: dict[str, Any], question: str, severity: Severity, above: Any
) -> None:
    rule = OversizedStory(OversizedOptions(types=("story", "bug"), above=above))
    story = msgspec.structs.replace(item(13), **given)
    rule.prepare(Backlog(tracker="t", items=(story,), finished=HISTORY), NOW)
    (hit,) = rule.judge(story)
    assert (rule.message(hit).question, hit.max_severity) == (question, severity)


def test_too_little_history_is_said_with_its_number() -> None:
    assert judged([item(13)], tuple(done(7, 3, 5))) == (
        [],
        ("Not enough data (n=7): sizes are learned from at least 30 finished items (365 days up to 2026-05-01).",),
    )


def test_without_starts_the_own_sizes_are_the_limit_and_the_report_says_so() -> None:
    history = tuple(done(90, 3, 5, started=None)) + tuple(done(10, 13, 5)) + tuple(done(3, 20, 5))
    assert judged([item(13), item(3), item(20)], history) == (
        [
            "13 points. Of the last 103 items with a size, 13 were larger than 3 points.",
            "20 points. Of the last 103 items with a size, 13 were larger than 3 points.",
        ],
        (
            (
                "It is not known when work began on 90 of 103 finished items with a size, nor when enough of them were "
                "created. Until 30 starts are known, this asks about sizes above 3 points, which 85% of 103 items do not "
                "exceed (365 days up to 2026-05-01)."
            ),
        ),
    )


def test_lead_time_is_used_and_named_where_nobody_knows_when_work_began() -> None:
    end = NOW - timedelta(days=40)
    history = (
        *done(90, 3, 5, started=None, created=end - timedelta(days=20)),
        *done(12, 13, 5, started=None, created=end - timedelta(days=90)),
    )
    assert judged([item(13), item(3)], history) == (
        ["13 points. Of the last 102 items with a size, 12 were larger than 3 points."],
        (
            (
                "It is not known when work began on 102 of 102 finished items with a size, and cycle times need 30 known "
                "starts. Lead time is used instead (created to done, n=102): 12 of 12 items above 3 points took more than "
                "20 days, which at most 15% of all items did. This asks about sizes above 3 points, which 85% of 102 items do not "
                "exceed (365 days up to 2026-05-01)."
            ),
        ),
    )


def test_too_few_sizes_are_said_with_their_number() -> None:
    assert judged([item(13)], tuple(done(90, None, 5)) + tuple(done(12, 13, 30)))[1] == (
        "Not enough data (n=12): of 102 finished items, 12 have a size, and 30 are needed (365 days up to 2026-05-01).",
    )


def test_sizes_that_say_nothing_suggest_a_limit_of_ones_own() -> None:
    notes = judged([item(13)], tuple(done(50, 3, 5)) + tuple(done(50, 13, 5)))[1]
    assert notes == (
        (
            "Size does not predict which items take long here (n=100, cycle time, started to done, 365 days up to "
            "2026-05-01): there is no size above which 30% of the items took longer than 5 days. A fixed limit "
            "can be set instead, such as above: 8."
        ),
    )


def test_a_number_needs_no_history() -> None:
    assert judged([item(8), item(8.5), item(None)], (), above=8) == (
        ["8.5 points; this team reviews everything above 8 points."],
        ("1 of 3 open items has no estimate, so its size is unknown.",),
    )


def test_zero_is_a_limit_and_one_point_is_one_point() -> None:
    assert judged([item(1), item(0)], (), above=0)[0] == ["1 point; this team reviews everything above 0 points."]


def test_epics_are_not_measured_against_stories() -> None:
    epic = item(40, kind=ItemKind.EPIC, level=HierarchyLevel.PORTFOLIO)
    assert judged([epic])[0] == []
    assert judged([epic], types=("epic", "story"))[0] == []
    assert judged([epic], types=("epic",), above=20)[0] != []


@pytest.mark.parametrize(
    "options",
    [{"above": "lots"}, {"above": -1}, {"above": True}, {"window": "1 year"}, {"window": "0 days"}, {"share": 0.1}],
)
def test_settings_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        OversizedOptions(**options)
