"""Measure commands on a very large store, and print them as a table: `python benchmarks/large_store.py 1000000`.

The store has items of `large_rounds`, ten changes of each, and of five items, two are open. A round judges them. Each
command runs in a process of its own. With `--folder`, the store is kept, and is used again if it is there.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from large_rounds import NOW, SCRUM, MemoryTracker, open_store, write_settings

from connectors.tracker import FetchedItem
from rules.model import FieldChange, StatusCategory, WorkItem
from rules.registry import all_rules
from sync.rounds.context import RoundContext, WriteAuthority
from sync.rounds.round import run_round
from sync.settings import load

_CHANGES_PER_ITEM = 10
_NO_RULES = {"rules": dict.fromkeys(all_rules(), "off")}
_PARTS: Sequence[tuple[str, timedelta, Mapping[str, Any]]] = (
    ("fill the store, without rules", timedelta(), _NO_RULES),
    ("a round that judges all open items", timedelta(minutes=10), SCRUM),
    ("a round without changes", timedelta(minutes=20), SCRUM),
)
"""The rounds that are run first: a name, the time since the first one, and the rules."""
_COMMANDS = (["status"], ["explain", "BIG-6"], ["preview", "BIG-6"], ["next"], ["priorities"])


class _Tracker(MemoryTracker):
    """A tracker whose items have a history, and of which two in five are open."""

    def add_history(self, item: WorkItem) -> FetchedItem:
        """Return the item as it is fetched."""
        start, number = item.created or NOW, int(item.id)
        if number % 5 > 1:
            resolved = NOW - timedelta(days=1 + number % 900)
            item = msgspec.structs.replace(item, category=StatusCategory.DONE, status="Done", resolved=resolved)
        changes = tuple(
            FieldChange(start + timedelta(days=day), "status", before="To Do", after="In Progress")
            for day in range(_CHANGES_PER_ITEM)
        )
        return FetchedItem(item=item, transitions=changes)


def run_part(folder: Path, count: int, part: int) -> None:
    """Run one of the rounds."""
    _, after, rules = _PARTS[part]
    write_settings(folder, rules)
    context = RoundContext(
        configuration=load(folder / "steward.yaml"), database=open_store(folder), clock=lambda: NOW + after
    )
    result = run_round(_Tracker(count, 0), context, WriteAuthority.BY_ITSELF, only_changes=True)
    if result.trouble:
        raise SystemExit(result.trouble)


def measure(command: Sequence[str]) -> str:
    """Run a command in a process of its own, and return its figures as cells of a table."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} failed with status {status}.")
    seconds, cpu = time.perf_counter() - start, usage.ru_utime + usage.ru_stime
    return f"{cpu:.1f} s | {seconds:.1f} s | {usage.ru_maxrss / 1024:,.0f} MB"


def main() -> None:
    """Fill the store, run the rounds and the commands, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("items", type=int)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--part", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part is not None:
        run_part(options.folder, options.items, options.part)
        return
    with tempfile.TemporaryDirectory() as temporary:
        print_table(options.folder or Path(temporary), options.items)


def print_table(folder: Path, count: int) -> None:
    """Measure all commands."""
    folder.mkdir(parents=True, exist_ok=True)
    this = [sys.executable, __file__, str(count), "--folder", str(folder), "--part"]
    settings = ["--config", str(folder / "steward.yaml")]
    print(f"{count:,} items, {count * _CHANGES_PER_ITEM:,} changes\n")
    print("| command | processor time | time | peak of memory |\n| --- | --- | --- | --- |")
    is_filled = (folder / "steward.db").exists()
    for part, (name, _, _) in enumerate(() if is_filled else _PARTS):
        print(f"| {name} | {measure([*this, str(part)])} |", flush=True)
    for arguments in _COMMANDS:
        figures = measure([sys.executable, "-m", "sync.cli", *arguments, *settings])
        print(f"| `steward {' '.join(arguments)}` | {figures} |", flush=True)
    print(f"\nThe store has {(folder / 'steward.db').stat().st_size / 1e9:.2f} GB.")


if __name__ == "__main__":
    main()
