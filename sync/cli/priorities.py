"""`steward priorities`: which items should stand higher, and why."""

import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from rules.model import Backlog, in_force
from rules.priority import WsjfOptions, suggest_order
from rules.ruleset import Ruleset
from sync.cli.logs import log_to_stderr
from sync.cli.options import ConfigOption, JsonOption, TrackerOption
from sync.cli.output import err, out, print_json, printable
from sync.cli.session import open_session
from sync.inspect.offline_check import open_export
from sync.inspect.priorities import Priorities, SuggestedMove, describe_order
from sync.messages import Messages, shipped_messages
from sync.rounds.judging import HISTORY_WINDOW
from sync.settings import with_presets
from sync.store import decisions, items

WIDTH = 80

app = typer.Typer()

ExportArgument = Annotated[
    Path | None,
    typer.Argument(
        help="An export file, to look at without a tracker. Default: what the store holds.", show_default=False
    ),
]
AsOfOption = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="As if today were this day.", show_default=False),
]


@dataclass(frozen=True)
class LoadedBacklogs:
    """The backlogs that a command looks at.

    Attributes:
        declined: Tracker and id of the items that people have decided not to do now.
    """

    backlogs: tuple[Backlog, ...]
    now: datetime
    ruleset: Ruleset
    messages: Messages
    declined: frozenset[tuple[str, str]] = frozenset()


@contextmanager
def load_backlogs(
    file: Path | None, config: Path | None, tracker: str | None, as_of: datetime | None
) -> Iterator[LoadedBacklogs]:
    """Load the backlogs of the store, or the one in an export file."""
    given = as_of.replace(tzinfo=UTC) if as_of else None
    if file is not None:
        log_to_stderr()
        now = given or datetime.now(UTC)
        with open_export(file, now, in_memory=True) as exported:
            for note in exported.notes:
                err.print(printable(note))
            for problem in exported.skipped:
                err.print(f"Skipped: {printable(problem.line)}.")
            yield LoadedBacklogs((exported.backlog,), now, Ruleset(with_presets({})), shipped_messages())
        return
    with open_session(config) as session:
        now = given or session.clock()
        loaded: list[Backlog] = []
        declined: set[tuple[str, str]] = set()
        with session.database.reading() as reading:
            for name in session.tracker_names(tracker):
                backlog = items.backlog(
                    reading, name, now - HISTORY_WINDOW, teams=session.configuration.settings.team_map
                )
                decided = decisions.by_item(reading, name)
                declined |= {
                    (name, item.id)
                    for item in backlog.items
                    if any(
                        decision.kind.is_about_the_item and decision.kind.suppresses_questions
                        for decision in in_force(decided.get(item.id, ()), now, item.evidence)
                    )
                }
                loaded.append(backlog)
        configuration = session.configuration
        yield LoadedBacklogs(tuple(loaded), now, configuration.ruleset(), configuration.messages, frozenset(declined))


@app.command()
def priorities(
    file: ExportArgument = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many moves to list.")] = 10,
    config: ConfigOption = None,
    tracker: TrackerOption = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Suggest which items should stand higher, with the evidence. Nothing is moved or written.

    The order begins with the team's own. Reads the store or an export file; no tracker is contacted.
    """
    with load_backlogs(file, config, tracker, as_of) as loaded:
        options: WsjfOptions = loaded.ruleset.priority.wsjf
        suggested = suggest_order(loaded.backlogs, loaded.now, options)
        described = describe_order(suggested, loaded.messages, options, loaded.declined)
    if as_json:
        print_json(described)
    else:
        _print_priorities(described, limit, named=len(loaded.backlogs) > 1)


def _print_priorities(described: Priorities, limit: int, *, named: bool) -> None:
    for move in described.moves[:limit]:
        for line in _move_lines(move, named=named):
            out.print(line)
    for cycle in described.cycles:
        keys = " → ".join((*cycle, cycle[0]))
        _print_wrapped(f"These block each other, so their order was kept: {keys}. Remove one of the links.")
    moves = len(described.moves)
    if not moves:
        _print_wrapped(f"{described.items} open items, and no evidence against their order.")
        return
    more = f"; {moves - limit} more with --limit {moves}" if moves > limit else ""
    what = "1 move is" if moves == 1 else f"{moves} moves are"
    _print_wrapped(f"{what} suggested for {described.items} open items{more}. All others keep their order.")


def _move_lines(move: SuggestedMove, *, named: bool) -> Iterator[str]:
    where = f"{move.tracker} " if named else ""
    yield textwrap.shorten(f"{where}{printable(move.key)}  {printable(move.title)}", WIDTH, placeholder=" …")
    for reason in move.reasons:
        yield from textwrap.wrap(printable(reason), WIDTH, initial_indent="    ", subsequent_indent="      ")
    yield f"    number {move.before} of {move.of} now, {move.after} then"
    yield ""


def _print_wrapped(text: str) -> None:
    for line in textwrap.wrap(text, WIDTH):
        out.print(line)
