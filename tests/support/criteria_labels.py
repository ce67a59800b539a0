"""Real items whose criteria were labelled by people: keys and labels here, texts from `../shared/data` where it is.

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
from collections.abc import Iterator, Mapping
from math import sqrt
from pathlib import Path

from rules.model import Block, BlockKind, ItemKind, WorkItem

DATA = Path(__file__).parents[3] / "shared" / "data"
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


def make_item(key: str, title: str, kind: str, text: str) -> WorkItem:
    return WorkItem(
        tracker="t",
        id=key,
        key=key,
        title=title,
        type=kind,
        kind=ItemKind.BUG if kind == "Bug" else ItemKind.STORY,
        text=(Block(BlockKind.PARAGRAPH, text),) if text else (),
    )


def _read_rows(keys: set[str]) -> Iterator[tuple[str, str, str, str]]:
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


def read_items() -> dict[str, WorkItem]:
    """Read the labelled items by key."""
    keys = {label["key"] for label in LABELS}
    return {key: make_item(key, *rest) for key, *rest in _read_rows(keys) if key in keys}


def kappa() -> float:
    pairs = Counter((label["label"] == "stated", label["second"] == "stated") for label in LABELS)
    total = pairs.total()
    agreed = (pairs[True, True] + pairs[False, False]) / total
    first, second = (sum(count for pair, count in pairs.items() if pair[place]) / total for place in (0, 1))
    chance = first * second + (1 - first) * (1 - second)
    return (agreed - chance) / (1 - chance)


def format_share(right: int, total: int) -> str:
    """A share with its 95% interval, by Wilson."""
    share, z = right / total, 1.96
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z * sqrt(share * (1 - share) / total + z * z / (4 * total * total)) / (1 + z * z / total)
    return f"{share:.3f} ({middle - half:.3f} to {middle + half:.3f}, n={total})"


def measure(name: str, wanted: Mapping[str, bool], found: Mapping[str, bool]) -> list[float]:
    """Precision and recall of stated and of absent, printed with their intervals."""
    figures = []
    for label, value in (("stated", True), ("absent", False)):
        right = sum(wanted[key] is value and found[key] is value for key in wanted)
        said, true = sum(one is value for one in found.values()), sum(one is value for one in wanted.values())
        figures += [right / said, right / true]
        print(f"{name}: {label} precision {format_share(right, said)}, recall {format_share(right, true)}")  # noqa: T201
    return figures
