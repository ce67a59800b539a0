"""Decides what becomes of items that the tracker's list of ids leaves out.

A search index may lag, and an account that loses a permission sees less. So an item leaves the scope only when a
direct read shows it gone or elsewhere, or when two pulls in a row have missed it; and if too many are missing at once,
all of them stay until a person confirms that they are gone.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import msgspec
from msgspec import Struct

from connectors.tracker import Source, Whereabouts
from rules.model import WorkItem
from sync.store import Database, Transaction, items, rounds

_FACT = "missing items"


class MissingItems(Struct, frozen=True, kw_only=True):
    """What the last pull missed, by item id.

    Attributes:
        missed: Items that exist, but that the list and a search with the scope left out.
        guarded: Items that the mass-deletion guard kept.
    """

    missed: tuple[str, ...] = ()
    guarded: tuple[str, ...] = ()


class MissingItemsResult(Struct, frozen=True, kw_only=True):
    """What becomes of the missing items, by item id.

    Attributes:
        gone: Deleted, or hidden from us.
        moved: Outside the scope.
        in_scope: In scope after all; the list is behind.
        waiting: Missed for the first time. Their state is unknown.
        guarded: Kept by the mass-deletion guard. Their state is unknown.
        missed: Those of the waiting and guarded items that exist. The next pull that misses them lets them go.
    """

    gone: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    in_scope: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    guarded: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()


def missing_items(reading: Transaction, tracker: str) -> MissingItems:
    """What the last pull missed."""
    stored = rounds.tracker_fact(reading, tracker, _FACT)
    return MissingItems() if stored is None else msgspec.json.decode(stored, type=MissingItems)


@dataclass(frozen=True)
class MissingCheck:
    """Looks for the missing items of one tracker.

    Attributes:
        most: How many may leave at once.
        scope_changed: Whether the configuration selects other items than before, so that leaving is no surprise.
        confirmed: Ids of items that a person has confirmed to be gone.
    """

    tracker: Source
    database: Database
    most: float
    scope_changed: bool = False
    confirmed: Collection[str] = ()

    def run(self, missing: Sequence[str]) -> MissingItemsResult:
        """Find out what becomes of the missing items, and remember those whose state is unknown."""
        name = self.tracker.name
        with self.database.reading() as reading:
            before = missing_items(reading, name)
        departures = self._locate(missing, set(before.missed)) if missing else MissingItemsResult()
        now = MissingItems(missed=departures.missed, guarded=departures.guarded)
        if now != before:
            with self.database.writing() as transaction:
                rounds.save_tracker_fact(transaction, name, _FACT, msgspec.json.encode(now))
        return departures

    def _locate(self, missing: Sequence[str], missed_before: set[str]) -> MissingItemsResult:
        where = self.tracker.locate(missing)
        by_place: dict[Whereabouts, list[str]] = {place: [] for place in Whereabouts}
        for ident in missing:
            by_place[where.get(ident, Whereabouts.GONE)].append(ident)
        gone, moved = by_place[Whereabouts.GONE], by_place[Whereabouts.MOVED]
        in_scope = tuple(by_place[Whereabouts.IN_SCOPE])
        if self.scope_changed:
            return MissingItemsResult(gone=tuple(gone), moved=tuple(moved), in_scope=in_scope)
        confirmed = set(self.confirmed)
        unconfirmed = [ident for ident in (*gone, *moved) if ident not in confirmed]
        guarded = dict.fromkeys(unconfirmed if len(unconfirmed) > self.most else ())
        settled = confirmed | missed_before | guarded.keys()
        waiting = dict.fromkeys(self._unmoved([ident for ident in moved if ident not in settled]))
        staying = guarded.keys() | waiting.keys()
        return MissingItemsResult(
            gone=tuple(ident for ident in gone if ident not in staying),
            moved=tuple(ident for ident in moved if ident not in staying),
            in_scope=in_scope,
            waiting=tuple(waiting),
            guarded=tuple(guarded),
            missed=tuple(ident for ident in moved if ident in staying),
        )

    def _unmoved(self, ids: Sequence[str]) -> Iterator[str]:
        """Those items that a direct read shows with the project, area and type with which they are stored."""
        if not ids:
            return
        current = {entry.item.id: entry.item for batch in self.tracker.fetch(ids) for entry in batch.items}
        with self.database.reading() as reading:
            for ident in ids:
                item, stored = current.get(ident), items.item_by_id(reading, self.tracker.name, ident)
                if item is None or stored is None or _scope_facts(item) == _scope_facts(stored):
                    yield ident


def _scope_facts(item: WorkItem) -> tuple[str, str | None, str]:
    """What most scopes select by."""
    return item.project, item.area, item.type
