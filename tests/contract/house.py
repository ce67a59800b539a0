"""An installation of the service that looks after one place, with its configuration, its store and its rounds."""

import json
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from rules.model import FieldChange, WorkItem
from sync.rounds.context import RoundContext, WriteAuthority
from sync.rounds.result import RoundResult
from sync.rounds.round import run_round
from sync.rounds.trackers import open_tracker
from sync.rounds.undo import UndoResult, run_undo
from sync.settings import load
from sync.store import Database, items, rank_order, writes

NAME = "tracker"


class House:
    """Rounds over one place. `write` is what the configuration says about writing, besides the usual.

    Attributes:
        ahead: How far the service's clock is ahead of the place's.
    """

    def __init__(self, place: Any, folder: Path, write: dict[str, Any]) -> None:
        self.place = place
        self.ahead = timedelta()
        usual = {
            "mode": "write",
            "fields": {"wsjf": "WSJF"},
            "label": "by-reason",
            "budget": {"per_round": 1000},
            "surprise": None,
            "baseline": False,
            "quiet": {"hours": "always"},
        }
        self.folder = folder
        self._settings = {
            "trackers": {NAME: {**place.section(), "vanish_limit": "100%"}},
            "write": usual | write,
            "store": "sqlite:///house.db",  # relative, so that equal files are parsed once a run
        }
        self.configure(rules={"extends": ["scrum"]})
        self.reopen()

    def configure(self, *, rules: Any = None, tracker: Any = None, write: Any = None, **top: Any) -> None:
        """Changes some of what an admin wrote."""
        self._settings["trackers"][NAME] |= tracker or {}
        self._settings["write"] |= write or {}
        self._settings |= top
        (self.folder / "steward.yaml").write_text(json.dumps(self._settings), encoding="utf-8")
        if rules is not None:
            (self.folder / "rules.yaml").write_text(json.dumps(rules), encoding="utf-8")
        self.configuration = load(self.folder / "steward.yaml")

    def without(self, key: str) -> None:
        """Leaves a key of `write` to its default."""
        del self._settings["write"][key]
        self.configure()

    def reopen(self) -> None:
        """Opens the store that is at its place now."""
        self.database = Database(self.configuration.settings.store)

    def close(self) -> None:
        self.database.close()

    def now(self) -> datetime:
        """The service's time."""
        return self.place.clock() + self.ahead

    def open(self, **how: Any) -> Any:
        return open_tracker(NAME, self.configuration.settings, self.database, **how)

    def work(self, writing: WriteAuthority = WriteAuthority.BY_PERSON, tracker: Any = None) -> RoundResult:
        """A round, however it ends."""
        with closing(tracker or self.open()) as used:
            return run_round(used, self.context(), writing)

    def round(self, writing: WriteAuthority = WriteAuthority.BY_PERSON, tracker: Any = None) -> RoundResult:
        outcome = self.work(writing, tracker)
        assert not outcome.trouble, outcome.trouble
        return outcome

    def undo(self, item: str | None = None) -> UndoResult:
        with closing(self.open(allow_writes=True)) as used:
            undone = run_undo(used, self.context(), None, item=item)
        assert not undone.trouble, undone.trouble
        return undone

    def items(self) -> dict[str, WorkItem]:
        """What the mirror holds within the scope, by id."""
        with self.database.reading() as transaction:
            there = items.versions(transaction, NAME)
            found = {ident: items.item_by_id(transaction, NAME, ident) for ident in there}
        return {ident: item for ident, item in found.items() if item is not None}

    def annotations(self) -> list[Any]:
        """What items carry of ours, as far as the service knows."""
        with self.database.reading() as transaction:
            return writes.annotations(transaction, NAME)

    def life(self, ident: str) -> list[FieldChange]:
        with self.database.reading() as transaction:
            return items.history(transaction, NAME, ident)

    def order(self) -> list[str]:
        with self.database.reading() as transaction:
            return rank_order.load(transaction, NAME).ids

    def context(self) -> RoundContext:
        return RoundContext(configuration=self.configuration, database=self.database, clock=self.now)
