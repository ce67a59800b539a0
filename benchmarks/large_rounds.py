"""Measures rounds on a large backlog, and prints a table: `python benchmarks/large_rounds.py 100000`.

The items repeat the titles and texts of a recorded backlog in `../shared/data`. `--open 0.4` sets the share of open
items. A round is one pass over a tracker. Each round runs in its own process, with a tracker in memory that reports
which items have changed. Times are processor time, without what the tracker takes to make items.

The stages of a round are those of `sync.rounds.round`. Statuses of findings are determined while planning and saving.
"""

import argparse
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace
from sqlalchemy import event
from sqlalchemy.engine import Engine

from connectors.comments import Comment
from connectors.connection import Account, Capabilities, Connection
from connectors.markup import wiki
from connectors.response import TrafficStats
from connectors.tracker import Batch, Changes, FetchedItem, ScopeIds, Stamp, Whereabouts
from rules.context import Input
from rules.engine import Judgement, assess
from rules.model import Backlog, ItemKind, Link, RichText, Sprint, SprintState, StatusCategory, WorkItem
from rules.registry import all_rules
from rules.remembered import Memory
from rules.ruleset import Ruleset
from sync.rounds import round as round_module
from sync.rounds.context import RoundContext, WriteAuthority
from sync.settings import load
from sync.store import Database, items, migrate
from sync.store.backlogs import load_backlog

_BACKLOG = Path(__file__).parents[2] / "shared" / "data" / "springxd_backlog.jsonl"
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
NAME = "big"
SCRUM = {"extends": ["scrum"]}
_SPRINT = Sprint(id="1", name="Sprint 1", state=SprintState.ACTIVE, start=NOW - timedelta(days=7))
_ITEMS_PER_BATCH = 500
_OPEN_SHARE = 0.92
_IN_PROGRESS_SHARE = 0.02
_ROUNDS: Sequence[tuple[str, timedelta, int]] = (
    ("first round", timedelta(), 0),
    ("nothing changed, 10 minutes later", timedelta(minutes=10), 0),
    ("100 items changed, 10 minutes later", timedelta(minutes=20), 100),
    ("nothing changed, the next day", timedelta(days=1), 100),
)
"""The measured rounds: a name, the time since the first one, and how many items have been changed until then."""
_STAGES: Mapping[str, tuple[Any, str]] = {
    "pull": (round_module, "pull"),
    "load": (round_module, "load_backlog"),
    "judge": (round_module, "judge"),
    "plan": (round_module._Round, "_choose_plan"),  # noqa: SLF001 - measured from outside
    "save": (round_module._Round, "_save"),  # noqa: SLF001 - measured from outside
}
"""The measured stages of a round, with the functions that do their work."""
_decode_text = msgspec.msgpack.Decoder(RichText).decode
_KINDS = {"Bug": ItemKind.BUG, "Task": ItemKind.TASK}


@dataclass(frozen=True)
class Contents:
    """What a tracker contains.

    Attributes:
        count: The number of items.
        open_share: The share of open items, from 0 to 1.
        changed: About how many items, spread evenly, have a changed title.
    """

    count: int
    open_share: float = _OPEN_SHARE
    changed: int = 0

    def is_changed(self, number: int) -> bool:
        return bool(self.changed) and number % max(1, self.count // self.changed) == 0


def make_items(contents: Contents, numbers: Iterable[int] | None = None) -> Iterator[WorkItem]:
    """Make items with these numbers, the same ones every time; all items for None."""
    rows = _read_rows()
    for number in range(1, contents.count + 1) if numbers is None else numbers:
        yield _make_item(number, rows[number % len(rows)], contents)


@cache
def _read_rows() -> list[dict[str, Any]]:
    """Read the recorded backlog. Texts are kept encoded, because they would take more memory than a round does."""
    rows = [json.loads(line) for line in _BACKLOG.read_text(encoding="utf-8").split("\n") if line]
    return [
        {
            "type": row.get("type", "Story"),
            "title": row["title"],
            "text": msgspec.msgpack.encode(wiki.parse(row.get("description") or "")),
            "points": row.get("points"),
        }
        for row in rows
    ]


def _make_item(number: int, row: dict[str, Any], contents: Contents) -> WorkItem:
    count, open_share = contents.count, contents.open_share
    chance = random.Random(number)
    created = NOW - timedelta(days=chance.randrange(900), minutes=number)
    is_changed = contents.is_changed(number)
    progress = chance.random()
    category = StatusCategory.TO_DO
    if has_begun := progress > open_share - _IN_PROGRESS_SHARE:
        category = StatusCategory.IN_PROGRESS if progress < open_share else StatusCategory.DONE
    is_done = category is StatusCategory.DONE
    return WorkItem(
        tracker=NAME,
        id=str(number),
        key=f"BIG-{number}",
        project="BIG",
        type=row["type"],
        kind=_KINDS.get(row["type"], ItemKind.STORY),
        title=f"{row['title']} again" if is_changed else row["title"],
        text=_decode_text(row["text"]),
        status=category.value,
        category=category,
        priority="Medium",
        priority_is_default=True,
        points=row["points"],
        created=created,
        updated=created,
        started=created + timedelta(days=1) if has_begun else None,
        resolved=NOW - timedelta(days=chance.randrange(1, 300)) if is_done else None,
        changed_by_person=created,
        rank=f"{number:08}",
        sprints=(_SPRINT,) if number <= 30 else (),
        parent=f"BIG-{chance.randrange(1, count + 1)}" if chance.random() < 0.3 else None,
        links=(Link("blocks", f"BIG-{chance.randrange(1, count + 1)}"),) if chance.random() < 0.2 else (),
        version=f"{number}-{is_changed}",
    )


class MemoryTracker:
    """A tracker that takes no writes, and whose items are made when they are read."""

    directory = None
    target: Any = None

    def __init__(self, contents: Contents) -> None:
        self.name, self.stats = NAME, TrafficStats()
        self.making_seconds = 0.0
        """The processor time that was taken to make items."""
        self._contents = contents

    def connect(self) -> Connection:
        account = Account("steward", "Steward")
        return Connection(account=account, capabilities=Capabilities(), fingerprint="1", projects=("BIG",))

    def changes(self, since: str | None, *, quick: bool = False) -> Iterator[Changes]:  # noqa: ARG002 - a protocol
        numbers = [number for number in range(1, self._contents.count + 1) if self._contents.is_changed(number)]
        yield Changes(tuple(Stamp(str(number), f"{number}-True") for number in numbers if since), "1")

    def list_ids(self, *, quick: bool = False) -> ScopeIds:  # noqa: ARG002 - a protocol
        return ScopeIds(tuple(map(str, range(1, self._contents.count + 1))))

    def fetch(self, ids: Sequence[str]) -> Iterator[Batch]:
        items = make_items(self._contents, sorted(map(int, ids)))
        while True:
            start = time.process_time()
            batch = tuple(self.add_history(item) for item in islice(items, _ITEMS_PER_BATCH))
            self.making_seconds += time.process_time() - start
            if not batch:
                return
            yield Batch(batch)

    def add_history(self, item: WorkItem) -> FetchedItem:
        """Return the item as it is fetched. It has no history."""
        return FetchedItem(item=item)

    def locate(self, _ids: Sequence[str]) -> dict[str, Whereabouts]:
        return {}

    def comments(self, _ids: Sequence[tuple[str, str]]) -> dict[str, Comment]:
        return {}

    def close(self) -> None:
        pass


def open_store(folder: Path) -> Database:
    database = Database(f"sqlite:///{folder / 'steward.db'}")
    migrate(database)
    return database


def write_settings(folder: Path, rules: Mapping[str, Any], store: str = "") -> None:
    """Write steward.yaml and rules.yaml. `store` is the address of the store, if it is not a file in the folder."""
    tracker = {"kind": "jira", "url": "https://a.example", "token": "any", "scope": "project = BIG"}
    settings = {"trackers": {NAME: tracker}} | ({"store": store} if store else {})
    (folder / "steward.yaml").write_text(json.dumps(settings), encoding="utf-8")
    (folder / "rules.yaml").write_text(json.dumps(rules), encoding="utf-8")


def run_one(folder: Path, contents: Contents, after: timedelta) -> dict[str, float]:
    """Run one round in this process, and measure it and its stages."""
    write_settings(folder, SCRUM)
    figures = {"rows": 0.0}

    @event.listens_for(Engine, "after_cursor_execute")
    def count_rows(_connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if not statement.lstrip().upper().startswith(("SELECT", "PRAGMA", "CREATE")):
            figures["rows"] += max(0, cursor.rowcount)

    for stage, (owner, function_name) in _STAGES.items():
        setattr(owner, function_name, _time_calls(getattr(owner, function_name), stage, figures))
    context = RoundContext(
        configuration=load(folder / "steward.yaml"), database=open_store(folder), clock=lambda: NOW + after
    )
    tracker = MemoryTracker(contents)
    start = time.process_time()
    result = round_module.run_round(tracker, context, WriteAuthority.BY_SERVICE, only_changes=True)
    if result.trouble:
        raise SystemExit(result.trouble)
    figures["round"] = time.process_time() - start - tracker.making_seconds
    figures["pull"] -= tracker.making_seconds
    figures["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return figures


def _time_calls(function: Callable[..., Any], stage: str, figures: dict[str, float]) -> Callable[..., Any]:
    """Return a function that does the same, and records how much processor time it takes."""

    def timed(*args: Any, **options: Any) -> Any:
        start = time.process_time()
        try:
            return function(*args, **options)
        finally:
            figures[stage] = time.process_time() - start

    return timed


def measure_judging(folder: Path) -> dict[str, float]:
    """Measure how long it takes to judge all items, no item, and a hundred edited items; the last two as medians.

    Only rules are measured that look at single items and at related ones, not at the whole backlog.
    """
    document = {
        "rules": {
            name: {"severity": "off" if rule.inputs & {Input.BACKLOG, Input.FINISHED} else "warning"}
            for name, rule in all_rules().items()
        }
    }
    ruleset = Ruleset(document)
    with open_store(folder).reading() as transaction:
        backlog = load_backlog(
            transaction,
            NAME,
            NOW - timedelta(days=400),
            with_digests=True,
            load_texts=partial(items.texts, transaction, NAME),  # as in a round
        )
        return _measure_judging(backlog, ruleset)


def _measure_judging(backlog: Backlog, ruleset: Ruleset) -> dict[str, float]:
    figures: dict[str, float] = {}
    start = time.process_time()
    assess(backlog, ruleset, NOW)
    figures["everything"] = time.process_time() - start
    memory = Memory()
    for name, edited, runs in (("remembered", 0, 1), ("nothing", 0, 3), ("hundred", 100, 3)):
        outlines: Any = backlog.outlines
        for index in range(0, len(outlines), max(1, len(outlines) // edited)) if edited else ():
            outlines[index] = replace(outlines[index], content_digest=b"another")
        times = []
        for _ in range(runs):
            start = time.process_time()
            judgement = Judgement(backlog, ruleset, NOW, memory)
            changed = judgement.judge_changes()
            judgement.assess(backlog.items_by_id[item_id] for item_id in changed)
            times.append(time.process_time() - start)
        figures[name] = statistics.median(times)
        figures[f"{name} verdicts"] = judgement.new_verdict_count
        memory = Memory(judgement.changed_memory.rules, {**memory.items, **judgement.changed_memory.items})
    return figures


class RoundFigures(NamedTuple):
    """The figures of one round: its name, and what `run_one` returns."""

    name: str
    figures: Mapping[str, float]

    @property
    def row(self) -> str:
        """The line of the table of rounds."""
        stages = " | ".join(f"{self.figures[stage]:.2f} s" for stage in _STAGES)
        megabytes, rows = self.figures["megabytes"], self.figures["rows"]
        return f"| {self.name} | {self.figures['round']:.2f} s | {stages} | {megabytes:.0f} MB | {rows:,.0f} |"


ROUNDS_HEADER = "\n".join(
    f"| {' | '.join(cells)} |"
    for cells in (("round", "whole", *_STAGES, "peak", "rows written"), ["---"] * (len(_STAGES) + 4))
)
"""The header of the table of rounds."""


def measure_in_turn(items: int, open_share: float, folder: Path) -> Iterator[RoundFigures]:
    """Measure the rounds one after the other, each in a process of its own."""
    for number, (name, _, _) in enumerate(_ROUNDS):
        yield RoundFigures(name, _measure_in_process(items, open_share, folder, number))


def judge_in_process(items: int, open_share: float, folder: Path) -> dict[str, float]:
    """Return the figures of `measure_judging` for the store that the rounds have filled."""
    return _measure_in_process(items, open_share, folder, _JUDGING)


_JUDGING = -1
"""The number with which a process measures judging alone, and no round."""


def _measure_in_process(items: int, open_share: float, folder: Path, number: int) -> dict[str, float]:
    command = [sys.executable, __file__, str(items), "--open", str(open_share), "--folder", str(folder)]
    run = subprocess.run([*command, "--round", str(number)], check=True, stdout=subprocess.PIPE)
    figures: dict[str, float] = json.loads(run.stdout)
    return figures


def describe_judging(figures: Mapping[str, float]) -> Iterator[str]:
    """Yield lines about how long rules take that look at single items and related ones."""
    yield "Rules that look at single items, their relatives, comments, sprints and the day:"
    yield ""
    for name in ("everything", "nothing", "hundred"):
        verdicts = f", {figures[f'{name} verdicts']:,} verdicts" if f"{name} verdicts" in figures else ""
        yield f"- {name} judged: {figures[name]:.3f} s ({figures[name] / figures['everything']:.2%}){verdicts}"


def main() -> None:
    """Run the rounds one after the other, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("items", type=int)
    parser.add_argument("--open", type=float, default=_OPEN_SHARE)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--round", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.folder is not None:
        _, after, changed = _ROUNDS[options.round]
        measure = run_one if options.round != _JUDGING else lambda folder, *_: measure_judging(folder)
        print(json.dumps(measure(options.folder, Contents(options.items, options.open, changed), after)))
        return
    with tempfile.TemporaryDirectory() as folder:
        print(f"{options.items:,} items, {options.open:.0%} of them open\n\n{ROUNDS_HEADER}")
        for measured in measure_in_turn(options.items, options.open, Path(folder)):
            print(measured.row, flush=True)
        print()
        print("\n".join(describe_judging(judge_in_process(options.items, options.open, Path(folder)))))


if __name__ == "__main__":
    main()
