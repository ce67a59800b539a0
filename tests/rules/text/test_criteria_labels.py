"""The finder against people: 321 real items, labelled in two passes by reading them before the finder had seen them.

The guideline. **Stated**: a place of its own (a field, a heading or a mark such as "AC:", a checklist, a numbered
criterion, a scenario, the expected result of a bug, the question and time limit of a spike) holds at least one thing
that somebody else could check when the work is done. Quality and number do not matter; steps of work count where the
author put them under the heading. **Absent** is everything else: no such place, a place that holds only a placeholder,
a pointer, a promise or questions, and sentences that could be checked but that nobody set apart. In the first pass
those were labelled apart (implied).

The items. `springxd-sample` and `nexus-sample` are every n-th item of each backlog by number, 60 each (n is the count
of items divided by 60, the first is the one at n // 2). `springxd-named` and `nexus-named` are all other items that
hold the words "acceptance criteria". `projects-random` are 54 items drawn from 20 other projects, and `projects-words`
84 from 14 of them among the texts that hold a word which often stands beside criteria (accept, criteri, expected, AC,
COS, DoD, given, scenario, verif, should see, success, done when). Only keys and labels are kept here, never the text.

The second pass read all of them again, shuffled and without the first labels: stated or absent.
"""

import csv
import gzip
import json
from collections import Counter
from collections.abc import Iterator
from math import sqrt
from pathlib import Path

import pytest

from rules.model import Block, BlockKind, ItemKind, WorkItem
from rules.text import CriteriaStatus, find_criteria

ROOT = Path(__file__).parents[3]
DATA = ROOT.parent / "shared" / "data"
LABELS = list(csv.DictReader(Path(__file__).with_name("criteria_labels.csv").read_text("utf-8").splitlines()))
PROJECTS = {
    "APSTUD": "aptanastudio",
    "BAM": "bamboo",
    "CLOV": "clover",
    "DM": "datamanagement",
    "DURACLOUD": "duracloud",
    "GHS": "jirasoftware",
    "JSW": "jirasoftware",
    "MDL": "moodle",
    "MESOS": "mesos",
    "MULE": "mule",
    "STUDIO": "mulestudio",
    "TDQ": "talenddataquality",
    "TIMOB": "titanium",
    "TISTUD": "appceleratorstudio",
    "USERGRID": "usergrid",
}
"""Files by key; the others are named like the project and lie in a folder of their own."""

STATED = frozenset({CriteriaStatus.STATED})
SAID = frozenset({CriteriaStatus.STATED, CriteriaStatus.IMPLIED})


def _item(key: str, title: str, kind: str, text: str) -> WorkItem:
    return WorkItem(
        tracker="t",
        id=key,
        key=key,
        title=title,
        type=kind,
        kind=ItemKind.BUG if kind == "Bug" else ItemKind.STORY,
        text=(Block(BlockKind.PARAGRAPH, text),) if text else (),
    )


def _rows(keys: set[str]) -> Iterator[tuple[str, str, str, str]]:
    for name in ("springxd", "nexus"):
        for line in (DATA / f"{name}_backlog.jsonl").read_text(encoding="utf-8").split("\n"):
            if line:
                row = json.loads(line)
                yield row["key"], row["title"], row.get("type", ""), row.get("description") or ""
    csv.field_size_limit(1_000_000)
    folder = DATA / "2_story_points"
    for name in sorted({PROJECTS.get(key.partition("-")[0], key.partition("-")[0]) for key in keys} - {"XD", "NEXUS"}):
        path = next(
            path for path in (folder, folder / "tawosi_with_created_date") if (path / f"{name}.csv.gz").exists()
        )
        with gzip.open(path / f"{name}.csv.gz", "rt", encoding="utf-8", errors="replace", newline="") as file:
            for row in csv.DictReader(file):
                yield next(iter(row.values())), row["title"], "", row["description"] or ""


@pytest.fixture(scope="module")
def items() -> dict[str, WorkItem]:
    """The labelled items by key."""
    if not DATA.exists():
        pytest.skip("../shared/data is not here")
    keys = {label["key"] for label in LABELS}
    return {key: _item(key, *rest) for key, *rest in _rows(keys) if key in keys}


def _kappa() -> float:
    pairs = Counter((label["label"] == "stated", label["second"] == "stated") for label in LABELS)
    total = pairs.total()
    agreed = (pairs[True, True] + pairs[False, False]) / total
    first, second = (sum(count for pair, count in pairs.items() if pair[place]) / total for place in (0, 1))
    chance = first * second + (1 - first) * (1 - second)
    return (agreed - chance) / (1 - chance)


def _interval(right: int, total: int) -> str:
    """A share with its 95% interval, by Wilson."""
    share, z = right / total, 1.96
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z * sqrt(share * (1 - share) / total + z * z / (4 * total * total)) / (1 + z * z / total)
    return f"{share:.3f} ({middle - half:.3f} to {middle + half:.3f}, n={total})"


def _figures(name: str, wanted: dict[str, bool], found: dict[str, bool]) -> list[float]:
    """Precision and recall of stated and of absent, printed with their intervals."""
    figures = []
    for label, value in (("stated", True), ("absent", False)):
        right = sum(wanted[key] is value and found[key] is value for key in wanted)
        said, true = sum(one is value for one in found.values()), sum(one is value for one in wanted.values())
        figures += [right / said, right / true]
        print(f"{name}: {label} precision {_interval(right, said)}, recall {_interval(right, true)}")  # noqa: T201
    return figures


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
    assert _kappa() == 1


def test_stated_and_absent_agree_with_readers(items: dict[str, WorkItem]) -> None:
    wanted = {label["key"]: label["second"] == "stated" for label in LABELS}
    found = {key: find_criteria(items[key]).status in STATED for key in wanted}
    keyword = {key: "acceptance criteria" in f"{block.text}".lower() for key in wanted for block in items[key].text}
    figures = _figures("finder", wanted, found)
    _figures('"acceptance criteria"', wanted, {key: keyword.get(key, False) for key in wanted})
    assert min(figures) >= 0.95


@pytest.mark.parametrize("name", ["springxd-sample", "nexus-sample"])
def test_sentences_are_quoted_where_a_reader_sees_one(name: str, items: dict[str, WorkItem]) -> None:
    wanted = {label["key"]: label["label"] != "none" for label in LABELS if label["set"] == name}
    found = {key: find_criteria(items[key]).status in SAID for key in wanted}
    right = sum(wanted[key] and found[key] for key in wanted)
    print(f"{name}: precision {right}/{sum(found.values())}, recall {right}/{sum(wanted.values())}")  # noqa: T201
    assert right / sum(found.values()) >= 0.8
    assert right / sum(wanted.values()) >= 0.65
