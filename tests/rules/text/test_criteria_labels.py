"""The finder against people: real items, labelled in two passes; see `support.criteria_labels`."""

from collections import Counter

import pytest

from rules.model import WorkItem
from rules.text import CriteriaStatus, find_criteria
from support.criteria_labels import DATA, LABELS, kappa, measure, read_items

STATED = frozenset({CriteriaStatus.STATED})
SAID = frozenset({CriteriaStatus.STATED, CriteriaStatus.IMPLIED})


@pytest.fixture(scope="module")
def items() -> dict[str, WorkItem]:
    """The labelled items by key."""
    if not DATA.exists():
        pytest.skip("../shared/data is not here")
    return read_items()


def test_the_labels_are_what_the_docstring_says() -> None:
    assert Counter(label["set"] for label in LABELS) == {
        "springxd-sample": 60,
        "springxd-named": 13,
        "nexus-sample": 60,
        "nexus-named": 50,
        "projects-random": 54,
        "projects-words": 84,
    }
    both = Counter(label["second"] for label in LABELS if (label["label"] == "stated") is (label["second"] == "stated"))
    assert both == {"stated": 106, "absent": 215}
    assert kappa() == 1


def test_stated_and_absent_agree_with_readers(items: dict[str, WorkItem]) -> None:
    wanted = {label["key"]: label["second"] == "stated" for label in LABELS}
    found = {key: find_criteria(items[key]).status in STATED for key in wanted}
    keyword = {key: "acceptance criteria" in f"{block.text}".lower() for key in wanted for block in items[key].text}
    figures = measure("finder", wanted, found)
    measure('"acceptance criteria"', wanted, {key: keyword.get(key, False) for key in wanted})
    assert min(figures) >= 0.95


@pytest.mark.parametrize("name", ["springxd-sample", "nexus-sample"])
def test_sentences_are_quoted_where_a_reader_sees_one(name: str, items: dict[str, WorkItem]) -> None:
    wanted = {label["key"]: label["label"] != "none" for label in LABELS if label["set"] == name}
    found = {key: find_criteria(items[key]).status in SAID for key in wanted}
    right = sum(wanted[key] and found[key] for key in wanted)
    print(f"{name}: precision {right}/{sum(found.values())}, recall {right}/{sum(wanted.values())}")  # noqa: T201
    assert right / sum(found.values()) >= 0.8
    assert right / sum(wanted.values()) >= 0.65
