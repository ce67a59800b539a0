"""Loads backlogs for commands without contacting a tracker: today's, those of an earlier day, or one from a file."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import typer

from rules.flow.throughput import WorkingDays
from rules.model import Backlog
from rules.priority.goals import Goals
from rules.ruleset import Ruleset
from sync.cli.store_view import open_view
from sync.decisions.declined import find_declined_items
from sync.messages import Messages
from sync.store import decisions


@dataclass(frozen=True)
class LoadedBacklogs:
    """Backlogs from the store or a file, with the settings by which they are judged.

    Attributes:
        time: The time for which they are loaded: the present, or the start of an earlier day.
        declined_items: Items that people have decided not to do, or not now, as (tracker, item id).
        goals: The vision and the objectives of goals.yaml.
    """

    backlogs: tuple[Backlog, ...]
    time: datetime
    ruleset: Ruleset
    messages: Messages
    calendar: WorkingDays = field(default_factory=WorkingDays)
    declined_items: frozenset[tuple[str, str]] = frozenset()
    goals: Goals = field(default_factory=Goals)

    def check_team(self, team: str | None) -> None:
        """Refuse a value of `--team` to which no open item belongs."""
        teams = sorted({item.team for backlog in self.backlogs for item in backlog.items})
        if team is not None and team not in teams:
            raise typer.BadParameter(f'No open item belongs to the team "{team}". Choose from: {", ".join(teams)}.')


@contextmanager
def load_backlogs(
    file: Path | None, config: Path | None, tracker: str | None, as_of: datetime | None, *, with_finished: bool = True
) -> Iterator[LoadedBacklogs]:
    """Load the backlogs of all trackers, or of the one that `--tracker` selects."""
    with open_view(config, file, as_of) as view, view.session.database.reading() as transaction:
        names = view.session.tracker_names(tracker)
        backlogs = [view.backlog(transaction, name, with_finished=with_finished) for name in names]
        declined: set[tuple[str, str]] = set()
        for backlog in backlogs:
            declined |= find_declined_items(backlog.items, decisions.by_item(transaction, backlog.tracker), view.time)
        configuration = view.session.configuration
        calendar = WorkingDays(days_off=frozenset(configuration.settings.schedule.days_off))
        ruleset, messages = configuration.ruleset(), configuration.messages
        yield LoadedBacklogs(
            tuple(backlogs), view.time, ruleset, messages, calendar, frozenset(declined), configuration.goals
        )
