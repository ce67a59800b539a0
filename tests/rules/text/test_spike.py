"""Investigations need a question and a time limit."""

import pytest

from rules.model import WorkItem
from rules.text import Investigation, sketch
from rules.text.lexicon import lexicon
from rules.text.spike import investigation

WORDS = lexicon(("en", "de"))


def judged(text: str, title: str = "Spike: formats", kind: str = "Story") -> Investigation:
    return investigation(WorkItem(tracker="t", id="1", key="T-1", title=title, type=kind, text=sketch(text)), WORDS)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Which format can they read? Time-box: 2 days.", Investigation.COMPLETE),
        ("Find out which format they read. At most one sprint.", Investigation.COMPLETE),
        ("Frage: welches Format? Höchstens zwei Tage.", Investigation.COMPLETE),
        ("Which format can they read?", Investigation.NO_LIMIT),
        ("Look at formats, time-boxed to 4h.", Investigation.NO_QUESTION),
        ("Look at formats: https://example.org/?page=2", Investigation.NEITHER),
        ("", Investigation.NEITHER),
        ("```\nwhich format? max 2 days\n```", Investigation.NEITHER),
    ],
)
def test_what_an_investigation_lacks(text: str, found: Investigation) -> None:
    assert judged(text) is found


@pytest.mark.parametrize("title", ["[Spike] Formats", "Spike: formats", "(Research) formats", "Untersuchung: Formate"])
def test_a_title_that_opens_so_is_an_investigation(title: str) -> None:
    assert judged("", title) is Investigation.NEITHER


@pytest.mark.parametrize("title", ["Export", "Show price spikes: daily", "Spikes in the chart", "Fix: the spike"])
def test_other_titles_are_none(title: str) -> None:
    assert judged("", title) is Investigation.NOT_ONE


def test_a_type_of_that_name_is_an_investigation() -> None:
    assert judged("", "Formats", "Research Spike") is Investigation.NEITHER
