"""Compares suggested moves with what real teams did next.

Real backlogs are reconstructed as of every week: the items that had been created by then and were resolved later. A
move says that an item should come before another one; the team agreed if it finished that item first. Each pair is
counted once, for the first week in which it was suggested. Links may have been added after that week.

- Spring XD has neither ranks nor priorities, so items count as ordered by their creation.
- Apache Mesos has no ranks, priorities or dates. An item counts as created four weeks before its first sprint, and as
  resolved at the end of its last one. Pairs that ended with the same sprint are left out.
- Slices, a third project, has ranks, priorities and dates for 101 items, but hardly any links. It shows how often an
  order by the priority field would have been right. An item that was never resolved counts as finished last.

Usage: python benchmarks/order_agreement.py [FOLDER] [--list N]
"""

import argparse
import csv
import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rules.flow.calibration import wilson_interval
from rules.model import Backlog, Link, WorkItem
from rules.priority.levels import priority_level
from rules.priority.order import Move, suggest_order

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
    """Yield, for each week, its first day, how many items were open, and the moves that would have been suggested."""
    day = min(item.created for item, _ in items if item.created)
    last = max(resolved for _, resolved in items)
    while day < last:
        waiting = [item for item, resolved in items if item.created and item.created <= day < resolved]
        if waiting:
            yield day, len(waiting), suggest_order([Backlog("xd", waiting)], day).moves
        day += STEP


def read_mesos(folder: Path) -> list[tuple[WorkItem, datetime]]:
    """Items of Apache Mesos with links, from their first sprint to the end of their last one, by their number."""
    sprints: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    for row in _read_zipped(folder / "3_sprint_outcomes" / "issue_sprint_membership.csv.gz"):
        if row["project"] != "mesos":
            continue
        dates = [row[f"sprint.{name}"] for name in ("startDate", "completeDate", "endDate")]
        known = [_moment(date) for date in dates if date[:1].isdigit()]
        if len(known) > 1:
            sprints[row["key"]].append((known[0], known[1]))
    links: dict[str, list[Link]] = defaultdict(list)
    with (folder / "3_sprint_outcomes" / "apache_issuelink.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            links[row["issuekey"]].append(Link(row["name"], row["linkedIssueKey"]))
    items = []
    for row in _read_zipped(folder / "2_story_points" / "mesos.csv.gz"):
        key = row["issuekey"]
        if key in sprints:
            item = WorkItem(
                tracker="mesos",
                id=key,
                key=key,
                title=row["title"],
                points=float(row["storypoint"]),
                created=min(start for start, _ in sprints[key]) - timedelta(weeks=4),
                links=tuple(links[key]),
            )
            items.append((item, max(end for _, end in sprints[key])))
    return sorted(items, key=lambda pair: int(pair[0].key.partition("-")[2]))


def _read_zipped(path: Path) -> Iterator[dict[str, str]]:
    """Read the rows of a compressed table."""
    csv.field_size_limit(10**9)
    with gzip.open(path, "rt", encoding="utf-8", errors="replace") as file:
        yield from csv.DictReader(file)


def report_moves(name: str, items: list[tuple[WorkItem, datetime]], listed: int) -> None:
    """Print how many moves there were on a backlog, and how often the team did the same."""
    resolved = {item.key: end for item, end in items}
    pairs: dict[tuple[str, str], Move] = {}
    kinds: Counter[str] = Counter()
    days = opened = moves = 0
    for _, waiting, suggested in look_back(items):
        days, opened, moves = days + 1, opened + waiting, moves + len(suggested)
        for move in suggested:
            for reason in move.reasons:
                if pairs.setdefault((move.item.key, reason.later_item.key), move) is move:
                    kinds[reason.kind.value] += 1
    decided_pairs = [pair for pair in pairs if resolved[pair[0]] != resolved[pair[1]]]
    agreed = sum(resolved[first] < resolved[later] for first, later in decided_pairs)
    print(f"{name}: {len(items)} items, reconstructed on {days} days with {opened / days:.0f} open items on average.")
    print(f"Moves: {moves / opened:.1%} of the open items, {len(pairs)} different pairs ({dict(kinds)}).")
    _print_share("The team finished the moved item first", agreed, len(decided_pairs))
    _print_share("The order of creation was right", len(decided_pairs) - agreed, len(decided_pairs))
    print("An order by the priority field cannot be judged: the data have no priorities.")
    titles = {item.key: item.title for item, _ in items}
    for first, later in list(pairs)[:listed]:
        print(f"  {first} {titles[first][:60]}\n      before {later} {titles[later][:60]}")
    print()


def report_priorities(folder: Path) -> None:
    """Print how often the team finished the item of the higher priority first, and the item of the higher rank."""
    never = datetime.max.replace(tzinfo=UTC)
    items = []
    for row in _read_zipped(folder / "6_changelog_replay" / "slice_issues_flattened_rest.csv.gz"):
        level = priority_level(row["priority.name"])
        if row["issuetype.name"] != "Sub-task" and level is not None:
            end = _moment(row["resolutiondate"]) if row["resolutiondate"] else never
            items.append((row["customfield_10880"], level, _moment(row["created"]), end))
    items.sort()
    by_priority = by_rank = pairs = 0
    for number, (_, level, created, end) in enumerate(items):
        for _, later_level, later_created, later_end in items[number + 1 :]:
            were_open_together = created < later_end and later_created < end
            if level != later_level and end != later_end and were_open_together:
                pairs += 1
                by_rank += end < later_end
                by_priority += (end < later_end) == (level < later_level)
    print(f"Slices: {len(items)} items, {pairs} pairs of different priority that were open together.")
    _print_share("The order by the priority field was right", by_priority, pairs)
    _print_share("The order by rank (as it was in the end) was right", by_rank, pairs)
    print("The pairs share items, so the confidence intervals are too narrow.")


def _print_share(text: str, count: int, n: int) -> None:
    """Print a share with its 95 % confidence interval."""
    low, high = wilson_interval(count, n)
    print(f"{text}: {count} of {n}, {count / n:.0%} [{low:.0%}, {high:.0%}].")


def main() -> None:
    """Print the comparisons."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=DATA)
    parser.add_argument("--list", type=int, default=0, help="the number of moves to print")
    options = parser.parse_args()
    if not (options.folder / "springxd_backlog.jsonl").is_file():
        raise SystemExit(f"{options.folder} is not here. Name the folder with the backlogs.")
    report_moves("Spring XD", read_items(options.folder), options.list)
    report_moves("Apache Mesos", read_mesos(options.folder), options.list)
    report_priorities(options.folder)


if __name__ == "__main__":
    main()
