"""The data that commands read without contacting a tracker: the store, today or as of an earlier day, or a file."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import typer

from rules.model import Backlog, WorkItem
from sync.cli.logs import log_to_stderr
from sync.cli.options import start_of_day
from sync.cli.output import err, printable
from sync.cli.session import Session, open_session
from sync.inspect.export_file import FILE_TRACKER, open_export
from sync.messages import Messages
from sync.rounds.item_view import ItemView, present_view, simulated_view
from sync.rounds.judging import HISTORY_WINDOW
from sync.rounds.simulated_round import SimulatedRound, past_backlog, simulate_round
from sync.settings import Configuration, Settings, load, merge_into_presets
from sync.store import Transaction, items
from sync.store.backlogs import NO_FINISHED_ITEMS, load_backlog


@dataclass(frozen=True)
class StoreView:
    """The store, or a file in its place, at present or as of an earlier day.

    Attributes:
        as_of: The day of the view; None for the present.
        needs_judging: Whether items have to be judged first, because the store has no findings for that day or file.
        backlogs: The backlogs loaded so far, by the tracker's name and whether they include finished items.
    """

    session: Session
    as_of: datetime | None
    needs_judging: bool
    backlogs: dict[tuple[str, bool], Backlog] = field(default_factory=dict)

    @property
    def time(self) -> datetime:
        """The time of the view: the present, or the start of an earlier day."""
        return self.as_of or self.session.clock()

    def judge(
        self, transaction: Transaction, tracker: str, budget: int | None = None, team: str | None = None
    ) -> SimulatedRound:
        """Simulate a round, which judges a tracker's backlog and plans writes, from the store alone.

        Args:
            budget: How many items may be written to; None for the configured number.
            team: Plan only items of this team; None for all.
        """
        configuration, now = self.session.configuration, self.session.clock()
        return simulate_round(transaction, configuration, tracker, now, as_of=self.as_of, budget=budget, team=team)

    def item(
        self,
        transaction: Transaction,
        key: str,
        tracker: str | None,
        *,
        messages: Messages | None = None,
        include_out_of_scope: bool = False,
    ) -> ItemView:
        """View one item, which `Session.item` finds."""
        item = self.session.item(key, tracker, include_out_of_scope=include_out_of_scope)
        if not self.needs_judging:
            return present_view(transaction, self.session.configuration, item, self.time, messages)
        simulated = self.judge(transaction, item.tracker)
        return simulated_view(transaction, simulated, self._open_item(simulated.judged.backlog, item), messages)

    def backlog(self, transaction: Transaction, tracker: str, *, with_finished: bool = True) -> Backlog:
        """A tracker's backlog at the time of the view, with recorded feedback of customers, and personas.

        Texts are loaded when they are needed.
        """
        if (tracker, with_finished) not in self.backlogs:
            configuration = self.session.configuration
            teams = configuration.settings.team_map
            if self.as_of is None:
                loaded = load_backlog(
                    transaction,
                    tracker,
                    self.time - HISTORY_WINDOW if with_finished else NO_FINISHED_ITEMS,
                    teams=teams,
                    load_texts=lambda ids: items.texts(transaction, tracker, ids),
                )
            else:
                past = past_backlog(transaction, tracker, teams, self.as_of)
                for note in past.notes:
                    err.print(printable(note))
                loaded = past.backlog
            self.backlogs[tracker, with_finished] = configuration.add_feedback_and_personas(loaded, self.time.date())
        return self.backlogs[tracker, with_finished]

    def backlogs_of(
        self, transaction: Transaction, tracker: str | None, *, with_finished: bool = True
    ) -> list[Backlog]:
        """The backlogs of all trackers, or of the one that `--tracker` selects."""
        names = self.session.tracker_names(tracker)
        return [self.backlog(transaction, name, with_finished=with_finished) for name in names]

    def open_item(self, transaction: Transaction, key: str, tracker: str | None) -> WorkItem:
        """An open item of the backlog, with its texts."""
        item = self.session.item(key, tracker)
        return self._open_item(self.backlog(transaction, item.tracker), item)

    def _open_item(self, backlog: Backlog, item: WorkItem) -> WorkItem:
        """The item from the backlog, with its texts, as it is or was on that day.

        Raises:
            typer.BadParameter: The item is not open, or was not on that day.
        """
        outline = next((outline for outline in backlog.outlines if outline.id == item.id), None)
        if outline is None:
            state = f"was not open on {self.as_of:%Y-%m-%d}" if self.as_of else "is not open"
            raise typer.BadParameter(f"{printable(item.key)} {state}.")
        return next(backlog.with_texts([backlog.items[outline.index]]))


@contextmanager
def open_view(config: Path | None, file: Path | None, as_of: datetime | None) -> Iterator[StoreView]:
    """Open the store, or a temporary store with the items of a file."""
    start = start_of_day(as_of)
    if file is None:
        with open_session(config) as session:
            yield StoreView(session, start, needs_judging=start is not None)
        return
    log_to_stderr()
    configuration = _make_configuration(file, config)
    with open_export(file, datetime.now(UTC)) as export:
        for problem in export.skipped:
            err.print(f"Skipped: {printable(problem.line)}.")
        yield StoreView(Session(configuration, export.database), start, needs_judging=True)


def _make_configuration(file: Path, config: Path | None) -> Configuration:
    """Load the configuration, or the defaults without one, with a file as the only tracker."""
    trackers = {FILE_TRACKER: {"kind": FILE_TRACKER, "path": str(file)}}
    settings = Settings.model_validate({"trackers": trackers})
    if config is None:
        return Configuration(settings, merge_into_presets({}), files=())
    loaded = load(config, secrets=False)
    with_file = loaded.settings.model_copy(update={"trackers": settings.trackers})
    return Configuration(
        with_file,
        loaded.rules_document,
        loaded.files,
        messages=loaded.messages,
        feedback=loaded.feedback,
        goals=loaded.goals,
    )
