"""Investigations need a question and a time limit."""

import pytest

from rules.model import WorkItem
from rules.text import SpikeStatus, from_shorthand
from rules.text.lexicon import compile_lexicon
from rules.text.spikes import spike_status

WORDS = compile_lexicon(("en", "de"))


def judged(text: str, title: str = "Spike: formats", kind: str = "Story") -> SpikeStatus:
    return spike_status(
        WorkItem(tracker="t", id="1", key="T-1", title=title, type=kind, text=from_shorthand(text)), WORDS
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Which format can they read? Time-box: 2 days.", SpikeStatus.COMPLETE),
        ("Find out which format they read. At most one sprint.", SpikeStatus.COMPLETE),
        ("Frage: welches Format? Höchstens zwei Tage.", SpikeStatus.COMPLETE),
        ("Which format can they read?", SpikeStatus.NO_TIME_LIMIT),
        ("Look at formats, time-boxed to 4h.", SpikeStatus.NO_QUESTION),
        ("Look at formats: https://example.org/?page=2", SpikeStatus.NEITHER),
        ("", SpikeStatus.NEITHER),
        ("```\nwhich format? max 2 days\n```", SpikeStatus.NEITHER),
    ],
)
def test_what_an_investigation_lacks(text: str, found: SpikeStatus) -> None:
    assert judged(text) is found


@pytest.mark.parametrize(
    "title",
    [
        *("[Spike] Formats", "Spike: formats", "(Research) formats", "Untersuchung: Formate", "SPIKE - formats"),
        *("Spike to find a format", "Spike – formats", "spike on formats", "SPIKE | formats", "Formats (spike)"),
        *(
            "Investigate why the export fails",
            "Research how to sign a file",
            "Technical spike: formats",
            "PoC: formats",
        ),
        *("Spike für das Format", "Untersuchen, welches Format passt", "Proof of concept for signed files"),
    ],
)
def test_a_title_that_opens_so_is_an_investigation(title: str) -> None:
    assert judged("", title) is SpikeStatus.NEITHER


@pytest.mark.parametrize(
    "title",
    [
        *(
            "Export",
            "Show price spikes: daily",
            "Spikes in the chart",
            "Fix: the spike",
            "Spike in the number of errors",
        ),
        *("Research page shows no results", "Exploration map: zoom", "Analyse-Seite lädt nicht"),
    ],
)
def test_other_titles_are_none(title: str) -> None:
    assert judged("", title) is SpikeStatus.NOT_A_SPIKE


def test_a_label_of_that_name_is_an_investigation() -> None:
    labelled = WorkItem(tracker="t", id="1", key="T-1", title="Formats", labels=("spike",))
    assert spike_status(labelled, WORDS) is SpikeStatus.NEITHER


def test_a_type_of_that_name_is_an_investigation() -> None:
    assert judged("", "Formats", "Research Spike") is SpikeStatus.NEITHER
