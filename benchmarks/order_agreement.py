"""Compare suggested moves with what a real team did next.

Looks at a real backlog as it was every week: items that were created by then and resolved later. A move says that
an item should come before another one; the team agreed if it finished that item first. Each pair is counted once, on
the first day on which it was suggested. The source has neither ranks nor priorities, so today's order is that of
creation, and there is nothing to order by a priority field. Links may have been added later than the day looked at.

Usage: python benchmarks/order_agreement.py [FOLDER] [--list N]
"""

import argparse
import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rules.flow.calibration import wilson_interval
from rules.model import Backlog, Link, WorkItem
from rules.priority import Move, suggest_order

DATA = Path(__file__).parent.parent.parent / "shared" / "data"
STEP = timedelta(weeks=1)


def read_items(folder: Path) -> list[tuple[WorkItem, datetime]]:
    """Items with links, and when each was resolved, in the order of creation."""
    links: dict[str, list[Link]] = defaultdict(list)
    with (folder / "3_sprint_outcomes" / "spring_issuelink_without_duplicates.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            links[row["issuekey"]].append(Link(row["name"], row["linkedIssueKey"]))
    items = []
    for line in (folder / "springxd_backlog.jsonl").read_text(encoding="utf-8").split("\n"):
        row = json.loads(line) if line.strip() else {}
        if row.get("created") and row.get("resolved"):
            key = row["key"]
            item = WorkItem(
                tracker="xd",
                id=key,
                key=key,
                title=row.get("title", ""),
                points=row.get("points"),
                created=_moment(row["created"]),
                links=tuple(links[key]),
            )
            items.append((item, _moment(row["resolved"])))
    return sorted(items, key=lambda pair: (pair[0].created, pair[0].key))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def look_back(items: list[tuple[WorkItem, datetime]]) -> Iterator[tuple[datetime, int, tuple[Move, ...]]]:
    """By day: how many items were open, and what would have been suggested."""
    day = items[0][0].created or datetime.now(UTC)
    last = max(resolved for _, resolved in items)
    while day < last:
        waiting = [item for item, resolved in items if item.created and item.created <= day < resolved]
        if waiting:
            yield day, len(waiting), suggest_order([Backlog("xd", waiting)], day).moves
        day += STEP


def main() -> None:
    """Print how many moves there were, and how often the team did the same."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=DATA)
    parser.add_argument("--list", type=int, default=0, help="print so many of the moves, to be read by people")
    options = parser.parse_args()
    if not (options.folder / "springxd_backlog.jsonl").is_file():
        raise SystemExit(f"{options.folder} is not here. Name the folder with the backlogs.")
    items = read_items(options.folder)
    resolved = {item.key: end for item, end in items}
    pairs: dict[tuple[str, str], Move] = {}
    kinds: Counter[str] = Counter()
    days = opened = moves = 0
    for _, waiting, suggested in look_back(items):
        days, opened, moves = days + 1, opened + waiting, moves + len(suggested)
        for move in suggested:
            for reason in move.reasons:
                if pairs.setdefault((move.item.key, reason.other.key), move) is move:
                    kinds[reason.kind.value] += 1
    agreed = sum(resolved[first] < resolved[later] for first, later in pairs)
    low, high = wilson_interval(agreed, len(pairs))
    print(f"Spring XD: {len(items)} items, looked at on {days} days with {opened / days:.0f} open items on average.")
    print(f"Moves: {moves / opened:.1%} of the open items, {len(pairs)} different pairs ({dict(kinds)}).")
    share = agreed / len(pairs)
    print(f"The team finished the lifted item first: {agreed} of {len(pairs)}, {share:.0%} [{low:.0%}, {high:.0%}].")
    low, high = wilson_interval(len(pairs) - agreed, len(pairs))
    print(f"Keeping the order of creation would have been right in {1 - share:.0%} [{low:.0%}, {high:.0%}].")
    for (first, later), move in list(pairs.items())[: options.list]:
        other = next(reason.other for reason in move.reasons if reason.other.key == later)
        print(f"  {first} {move.item.title[:60]}\n      before {later} {other.title[:60]}")


if __name__ == "__main__":
    main()
