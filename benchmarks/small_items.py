"""Print how many findings on small items are wanted: `python benchmarks/small_items.py`; or draw some to read them.

`python benchmarks/small_items.py draw PROJECT 20` prints findings of missing-acceptance-criteria on stories of 0 to 3
points that nobody has read yet. `small_items_read.csv` holds, for each item that was read, the verdict on its finding:
whether the question was wanted. It has no texts of items. All of its items had a warning when they were drawn from
whole backlogs, in six parts. After each of parts 1 to 5 had been read, the rule was improved; after part 6 it was not.
`again` is the verdict of a second reading of 120 of these items, in another order and without seeing the first verdict.

These data have lost their line breaks, so a list item is assumed to begin after two spaces.
"""

import csv
import gzip
import json
import random
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from findings_read import kappa
from real_backlogs import SHARED

from connectors.markup import wiki
from rules.checks.missing_acceptance_criteria import CriteriaOptions, MissingAcceptanceCriteria
from rules.model import ItemKind, Severity, StatusCategory, WorkItem

_TYPES = ("Story", "Improvement", "New Feature")
_MAX_POINTS = 3
_VERDICTS = Path(__file__).with_name("small_items_read.csv")
_LIST_ITEM = re.compile(r"\s{2,}(?=[*#-] )")
_MAX_PRINTED_CHARACTERS = 400


def main() -> None:
    """Print the figures, or findings that nobody has read."""
    if not SHARED.is_dir():
        sys.exit(f"The backlogs are read from {SHARED}, which does not exist. They are not part of the repository.")
    csv.field_size_limit(10**9)
    items = {item.key: item for item in _read_items()}
    with _VERDICTS.open(encoding="utf-8") as file:
        verdicts = list(csv.DictReader(file))
    if sys.argv[1:2] == ["draw"]:
        _draw(items, {row["item"] for row in verdicts}, sys.argv[2], int(sys.argv[3]))
        return
    print("| part | read | wanted | still a warning | wanted among these | wanted ones that are a warning |")
    print("|---|---|---|---|---|---|")
    for name, parts in (("1 to 5", "12345"), ("6", "6"), ("all", "123456")):
        read = [row for row in verdicts if row["part"] in parts]
        warned = [row for row in read if _is_warning(items[row["item"]])]
        wanted, wanted_warned = (sum(row["wanted"] == "yes" for row in rows) for rows in (read, warned))
        cells = (
            len(read),
            f"{wanted / len(read):.0%}",
            len(warned),
            f"{wanted_warned / len(warned):.0%}",
            f"{wanted_warned} of {wanted}",
        )
        print(f"| {name} | {' | '.join(map(str, cells))} |")
    pairs = [(row["wanted"], row["again"]) for row in verdicts if row["again"]]
    print(f"\nThe two readings agree with kappa {kappa(pairs)} on {len(pairs)} items.")
    print(f"{sum(map(_is_warning, items.values()))} of {len(items)} small items have a warning.")


def _draw(items: Mapping[str, WorkItem], seen: set[str], project: str, count: int) -> None:
    """Print random items of a project that have a warning and were not read yet."""
    keys = [key for key in sorted(items) if key.rpartition("-")[0] == project and key not in seen]
    random.Random(len(seen)).shuffle(keys)
    for key in [key for key in keys if _is_warning(items[key])][:count]:
        text = " / ".join(block.text for block in items[key].text)
        print(f"- {key} [{items[key].points:g}] {items[key].title}\n    {text[:_MAX_PRINTED_CHARACTERS]}")


def _is_warning(item: WorkItem) -> bool:
    hits = list(MissingAcceptanceCriteria(CriteriaOptions()).check(item))
    return any(hit.max_severity is not Severity.INFO for hit in hits)


def _read_items() -> Iterator[WorkItem]:
    """Yield the small stories of all backlogs whose types, estimates and texts are known."""
    for name in ("springxd", "nexus"):
        for line in (SHARED / f"{name}_backlog.jsonl").read_text(encoding="utf-8").split("\n"):
            row = json.loads(line) if line else {}
            if row.get("type") in _TYPES and row.get("points") is not None and row["points"] <= _MAX_POINTS:
                yield _make_item(row["key"], row["type"], row["title"], row.get("description") or "", row["points"])
    for path in sorted((SHARED / "2_story_points" / "tawosi_with_created_date").glob("*.csv.gz")):
        estimates = SHARED / "5_points_vs_time" / path.name.removesuffix(".gz")
        if not estimates.exists():
            continue
        with gzip.open(path, "rt", encoding="utf-8", errors="replace") as file:
            texts = {row["issuekey"]: (row["title"], row["description"] or "") for row in csv.DictReader(file)}
        with estimates.open(encoding="utf-8") as table:
            for row in csv.DictReader(table):
                points = row["Story_Point"]
                is_small = points not in ("", "NULL") and float(points) <= _MAX_POINTS
                if is_small and row["Type"] in _TYPES and row["Issue_Key"] in texts:
                    yield _make_item(row["Issue_Key"], row["Type"], *texts[row["Issue_Key"]], float(points))


def _make_item(key: str, kind: str, title: str, text: str, points: float) -> WorkItem:
    return WorkItem(
        tracker="data",
        id=key,
        key=key,
        title=title,
        text=wiki.parse(_LIST_ITEM.sub("\n", text)) if text else (),
        kind=ItemKind.STORY if kind == "Story" else ItemKind.OTHER,
        type=kind,
        points=points,
        category=StatusCategory.TO_DO,
    )


if __name__ == "__main__":
    main()
