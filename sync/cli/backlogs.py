"""Loads the backlogs for a command from the store or an export file, without contacting a tracker."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from rules.flow.throughput import WorkingDays
from rules.model import Backlog
from rules.ruleset import Ruleset
from sync.cli.logs import log_to_stderr
from sync.cli.output import err, printable
from sync.cli.session import open_session
from sync.decisions.declined import declined_items
from sync.inspect.offline_check import open_export
from sync.messages import Messages, shipped_messages
from sync.rounds.judging import HISTORY_WINDOW
from sync.settings import with_presets
from sync.store import decisions, items

ExportOption = Annotated[
    Path | None,
    typer.Option(
        "--export",
        "-e",
        help="Use this export file instead of the store.",
        show_default=False,
    ),
]
TodayOption = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="As if today were this day.", show_default=False),
]


@dataclass(frozen=True)
class LoadedBacklogs:
    """Backlogs from the store or an export file, with what is needed to judge them.

    Attributes:
        calendar: The days on which teams work.
        declined: Tracker and id of the items that people have decided not to do now.
    """

    backlogs: tuple[Backlog, ...]
    now: datetime
    ruleset: Ruleset
    messages: Messages
    calendar: WorkingDays = field(default_factory=WorkingDays)
    declined: frozenset[tuple[str, str]] = frozenset()


@contextmanager
def load_backlogs(
    file: Path | None, config: Path | None, tracker: str | None, as_of: datetime | None
) -> Iterator[LoadedBacklogs]:
    """Load the backlogs of the store, or the backlog in an export file."""
    as_of_time = as_of.replace(tzinfo=UTC) if as_of else None
    if file is not None:
        log_to_stderr()
        now = as_of_time or datetime.now(UTC)
        with open_export(file, now, in_memory=True) as exported:
            for note in exported.notes:
                err.print(printable(note))
            for problem in exported.skipped:
                err.print(f"Skipped: {printable(problem.line)}.")
            yield LoadedBacklogs((exported.backlog,), now, Ruleset(with_presets({})), shipped_messages())
        return
    with open_session(config) as session:
        now = as_of_time or session.clock()
        loaded: list[Backlog] = []
        declined: set[tuple[str, str]] = set()
        with session.database.reading() as reading:
            for name in session.tracker_names(tracker):
                backlog = items.backlog(
                    reading, name, now - HISTORY_WINDOW, teams=session.configuration.settings.team_map
                )
                declined |= declined_items(backlog.items, decisions.by_item(reading, name), now)
                loaded.append(backlog)
        configuration = session.configuration
        calendar = WorkingDays(days_off=frozenset(configuration.settings.schedule.days_off))
        yield LoadedBacklogs(
            tuple(loaded), now, configuration.ruleset(), configuration.messages, calendar, frozenset(declined)
        )
