"""An installation of the service that looks after one place, with its configuration, its store and its rounds."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

from rules.model import Transition, WorkItem
from sync.context import Context, Writing
from sync.outcome import Outcome
from sync.round import run_round
from sync.settings import load
from sync.store import Database, items
from sync.trackers import open_tracker
from sync.undo import Undone, run_undo

NAME = "tracker"


class House:
    """Rounds over one place. `write` is what the configuration says about writing, besides the usual."""

    def __init__(self, place: Any, folder: Path, write: dict[str, Any]) -> None:
        self.place = place
        usual = {
            "mode": "write",
            "fields": {"wsjf": "WSJF"},
            "budget": {"per_round": 1000},
            "surprise": None,
            "baseline": False,
            "quiet": {"hours": "always"},
        }
        settings = {
            "trackers": {NAME: {**place.section(), "vanish_limit": "100%"}},
            "write": usual | write,
            "store": f"sqlite:///{folder / 'steward.db'}",
        }
        (folder / "steward.yaml").write_text(json.dumps(settings), encoding="utf-8")
        (folder / "rules.yaml").write_text(json.dumps({"extends": ["scrum"]}), encoding="utf-8")
        self.configuration = load(folder / "steward.yaml")
        self.database = Database(settings["store"])

    def close(self) -> None:
        self.database.close()

    def round(self, writing: Writing = Writing.BY_PERSON) -> Outcome:
        outcome = self._with(lambda tracker, context: run_round(tracker, context, writing))
        assert not outcome.trouble, outcome.trouble
        return outcome

    def undo(self) -> Undone:
        undone = self._with(lambda tracker, context: run_undo(tracker, context, None), writing=True)
        assert not undone.trouble, undone.trouble
        return undone

    def items(self) -> dict[str, WorkItem]:
        """What the mirror holds within the scope, by id."""
        with self.database.reading() as reading:
            there = items.stamps(reading, NAME)
            found = {ident: items.one_item(reading, NAME, ident) for ident in there}
        return {ident: item for ident, item in found.items() if item is not None}

    def life(self, ident: str) -> list[Transition]:
        with self.database.reading() as reading:
            return items.transitions(reading, NAME, ident)

    def order(self) -> list[str]:
        with self.database.reading() as reading:
            return items.order(reading, NAME)

    def _with(self, act: Any, **how: Any) -> Any:
        context = Context(configuration=self.configuration, database=self.database, clock=self.place.clock)
        with closing(open_tracker(NAME, self.configuration.settings, self.database, **how)) as tracker:
            return act(tracker, context)
