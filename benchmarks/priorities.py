"""Measures the suggested order of a large backlog with all kinds of evidence, and a what-if for 5,000 items.

Prints wall-clock and processor seconds. For comparison, it prints how long it takes to sort as many tuples, which shows
how busy the machine is.
"""

import argparse
import random
import time
from datetime import UTC, date, datetime, timedelta

from rules.flow.slips import Change, Outlook
from rules.model import Backlog, FinishedItem, HierarchyLevel, ItemKind, Link, WorkItem
from rules.priority.order import suggest_order

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def backlog(count: int, seed: int = 1) -> Backlog:
    """A backlog of which a quarter blocks another item, with features, votes, sizes and priorities."""
    chance = random.Random(seed)
    features = max(count // 100, 1)
    items = [
        WorkItem(
            tracker="team",
            id=str(number),
            key=f"BIG-{number}",
            kind=ItemKind.FEATURE if number < features else ItemKind.STORY,
            level=HierarchyLevel.PORTFOLIO if number < features else HierarchyLevel.REQUIREMENT,
            priority=chance.choice(["High", "Medium", "Medium", "Medium", "Medium", "Low", "Low"]),
            points=chance.choice([1, 2, 3, 5, 8]),
            votes=chance.choice([0, 0, 0, 1, 2, 9]),
            updated=NOW - timedelta(days=chance.randrange(200)),
            parent=f"BIG-{chance.randrange(features)}" if number >= features else None,
            links=(Link("blocks", f"BIG-{chance.randrange(count)}"),) if chance.random() < 0.25 else (),
            value=chance.choice([1, 3, 5, 8, 13, 20]) if number < features else None,
            urgency=chance.choice([1, 3, 8]) if number < features else None,
            risk=chance.choice([1, 2, 5]) if number < features else None,
        )
        for number in range(count)
    ]
    return Backlog("team", items)


def measure_what_if(count: int) -> None:
    """Measure how long it takes to compare the plan with one in which an item is done earlier."""
    waiting = backlog(count).items
    chance = random.Random(2)
    days = (NOW - timedelta(days=chance.randrange(1, 90)) for _ in range(300))
    finished = [FinishedItem(id=f"F{number}", key=f"F-{number}", resolved=day) for number, day in enumerate(days)]
    wall, processor = time.perf_counter(), time.process_time()
    outlook = Outlook([Backlog("team", waiting, finished)], NOW, date(2026, 6, 30))
    slips = outlook.compare("", Change((count // 2,), 3))
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    print(
        f"What if, {len(outlook.items)} items: {len(slips.changed)} change in {wall:.2f} s "
        f"({processor:.2f} s of processor time)"
    )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=100_000)
    options = parser.parse_args()
    ordered = backlog(options.items)
    pairs = [(random.random(), number) for number in range(options.items)]
    started = time.perf_counter()
    sorted(pairs)
    sorting = time.perf_counter() - started
    for _ in range(3):
        wall, processor = time.perf_counter(), time.process_time()
        suggested = suggest_order([ordered], NOW)
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        print(
            f"{options.items} items: {len(suggested.moves)} moves, {len(suggested.cycles)} cycles in {wall:.2f} s "
            f"({processor:.2f} s of processor time; sorting as many tuples took {sorting:.2f} s)"
        )
    for _ in range(3):
        measure_what_if(5_000)


if __name__ == "__main__":
    main()
