"""Measure commands on a very large store, and print them as a table: `python benchmarks/large_store.py 1000000`.

The store has items of `large_rounds`, ten changes of each. Of five items, two are open; with `--all-open`, nearly all
are. Rounds fill it and judge the open items by the rules that `steward init` suggests. Each round and each command runs
in a process of its own. With `--store`, the store is an empty PostgreSQL database: the processor time is that of the
command alone, and the time includes that of the server. With `--folder`, the store is kept, and is used again if it is
there.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from large_rounds import NAME, NOW, SCRUM, Contents, MemoryTracker, write_settings

from connectors.tracker import FetchedItem
from rules.model import FieldChange, StatusCategory, WorkItem
from rules.registry import all_rules
from sync.cli import session
from sync.cli.exit_codes import ExitCode
from sync.cli.main import main as run_steward
from sync.rounds.context import RoundContext, WriteAuthority
from sync.rounds.round import run_round
from sync.settings import load
from sync.store import Database, migrate, tracker_states


class _Round(NamedTuple):
    """A round that is run before the commands.

    Attributes:
        after: The time since the first one.
        changed: The number of items that have been changed until then.
    """

    name: str
    after: timedelta
    rules: Mapping[str, Any] = SCRUM
    changed: int = 0


_CHANGES_PER_ITEM = 10
_ROUNDS: Sequence[_Round] = (
    _Round("fill the store, without rules", timedelta(), {"rules": dict.fromkeys(all_rules(), "off")}),
    _Round("a round that judges all open items", timedelta(minutes=10)),
    _Round("a round without changes", timedelta(minutes=20)),
    _Round("a round with 100 changed items", timedelta(minutes=30), changed=100),
)
_COMMANDS = (
    "status",
    "rounds",
    "audit",
    "decisions",
    "next",
    "ready BIG-6",
    "preview BIG-6",
    "explain BIG-6",
    "priorities",
    "priorities --model wsjf",
    "goals",
    "forecast",
    "what-if BIG-301 --to 1",
    "report --preview",
    "report --html page.html",
    "plan",
)


class _Tracker(MemoryTracker):
    """A tracker whose items have a history."""

    def __init__(self, count: int, changed: int, *, all_open: bool) -> None:
        super().__init__(Contents(count, changed=changed))
        self._all_open = all_open

    def add_history(self, item: WorkItem) -> FetchedItem:
        """Return the item as it is fetched."""
        start, number = item.created or NOW, int(item.id)
        if number % 5 > 1 and not self._all_open:
            resolved = NOW - timedelta(days=1 + number % 900)
            item = msgspec.structs.replace(item, category=StatusCategory.DONE, status="Done", resolved=resolved)
        changes = tuple(
            FieldChange(start + timedelta(days=day), "status", before="To Do", after="In Progress")
            for day in range(_CHANGES_PER_ITEM)
        )
        return FetchedItem(item=item, field_changes=changes)


class _TimeOfLastRound(datetime):
    """Replaces `datetime`, so that commands run as if it were the time of the last round."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        """Return the time of the last round."""
        return (NOW + _ROUNDS[-1].after).astimezone(tz)


def run_one_round(folder: Path, step: _Round, tracker: _Tracker, store: str) -> None:
    """Run a round in this process."""
    write_settings(folder, step.rules, store)
    configuration = load(folder / "steward.yaml")
    database = Database(configuration.settings.store)
    migrate(database)
    context = RoundContext(configuration=configuration, database=database, clock=lambda: NOW + step.after)
    result = run_round(tracker, context, WriteAuthority.BY_SERVICE, only_changes=True)
    if result.trouble:
        raise SystemExit(result.trouble)


def run_command(folder: Path, command: str, tracker: _Tracker) -> None:
    """Run a command in this process, with the tracker in memory."""
    session.datetime = _TimeOfLastRound  # type: ignore[misc]
    session.open_tracker = lambda *_, **__: tracker  # type: ignore[assignment, return-value]
    os.chdir(folder)
    sys.argv = ["steward", *command.split()]
    run_steward()


def measure(command: Sequence[str]) -> str:
    """Run a program in a process of its own, and return its figures as cells of a table."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    messages = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in (ExitCode.DONE, ExitCode.REFUSED) or messages:
        raise SystemExit(f"{' '.join(command)} failed: {messages.decode()}")
    seconds, cpu = time.perf_counter() - start, usage.ru_utime + usage.ru_stime
    return f"{cpu:.1f} s | {seconds:.1f} s | {usage.ru_maxrss / 1024:,.0f} MB"


def is_filled(folder: Path) -> bool:
    """Return whether the rounds have been run."""
    if not (folder / "steward.yaml").exists():
        return False
    database = Database(load(folder / "steward.yaml").settings.store)
    with database.reading() as transaction:
        return tracker_states.load(transaction, NAME).last_good == NOW + _ROUNDS[-1].after


def print_table(options: argparse.Namespace, folder: Path) -> None:
    """Run the rounds and the commands, and print the table."""
    folder.mkdir(parents=True, exist_ok=True)
    this = [sys.executable, __file__, str(options.items), "--folder", str(folder), "--store", options.store]
    this += ["--all-open"] if options.all_open else []
    print(f"{options.items:,} items, {options.items * _CHANGES_PER_ITEM:,} changes\n")
    print("| command | processor time | time | peak of memory |\n| --- | --- | --- | --- |")
    for number, step in enumerate(() if is_filled(folder) else _ROUNDS):
        print(f"| {step.name} | {measure([*this, '--round', str(number)])} |", flush=True)
    for command in options.only or _COMMANDS:
        print(f"| `steward {command}` | {measure([*this, '--command', command])} |", flush=True)
    if not options.store:
        print(f"\nThe store has {(folder / 'steward.db').stat().st_size / 1e9:.2f} GB.")


def main() -> None:
    """Run everything, or one round or command in this process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("items", type=int)
    parser.add_argument("--all-open", action="store_true")
    parser.add_argument("--store", default="", help="the address of an empty PostgreSQL database")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--only", action="append", help="measure only this command; can be repeated")
    parser.add_argument("--round", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--command", help=argparse.SUPPRESS)
    options = parser.parse_args()
    step = _ROUNDS[-1 if options.round is None else options.round]
    tracker = _Tracker(options.items, step.changed, all_open=options.all_open)
    if options.round is not None:
        run_one_round(options.folder, step, tracker, options.store)
    elif options.command:
        run_command(options.folder, options.command, tracker)
    else:
        with tempfile.TemporaryDirectory() as temporary:
            print_table(options, options.folder or Path(temporary))


if __name__ == "__main__":
    main()
