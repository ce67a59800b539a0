"""Decides what happens to stored items that are missing from the tracker's list of ids.

A pull updates the mirror, the store's copy of the items in scope; the scope is what the settings select. A search index
may lag, and an account may lose a permission. So an item only leaves the scope if a direct read shows that it is gone
or was moved, or if it is missing in two pulls in a row. If too many items are missing at once, the mass-deletion guard
keeps all of them until a person confirms that they are gone.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from msgspec import Struct

from connectors.tracker import Source, Whereabouts
from rules.model import WorkItem
from sync.store import Database, Transaction, items, stored_values

_MISSING_ITEMS_NAME = "missing items"
"""The name under which the store keeps the missing items of a tracker."""


class MissingItems(Struct, frozen=True, kw_only=True):
    """Ids of the items that were missing in the last pull and were kept.

    Attributes:
        missed: Items that exist, but that neither the list nor a search in the scope contained.
        guarded: Items that the mass-deletion guard kept.
    """

    missed: tuple[str, ...] = ()
    guarded: tuple[str, ...] = ()


class MissingItemsResult(Struct, frozen=True, kw_only=True):
    """Ids of the missing items, by what happens to them.

    Attributes:
        gone: Deleted, or hidden from the service's account.
        moved: Outside the scope.
        in_scope: In scope after all, because the list was outdated.
        waiting: Missing for the first time, although nothing about them has changed that a scope usually selects by.
            They are kept until the next pull.
        guarded: Kept by the mass-deletion guard.
        missed: The waiting and guarded items that a direct read found. If they are missing in the next pull too, they
            do not wait again; only the guard can keep them then.
    """

    gone: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    in_scope: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    guarded: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()


def load_missing_items(transaction: Transaction, tracker: str) -> MissingItems:
    """Load the items that were missing in the last pull."""
    return stored_values.load_for_tracker(transaction, tracker, _MISSING_ITEMS_NAME, MissingItems) or MissingItems()


@dataclass(frozen=True)
class MissingCheck:
    """Checks the missing items of one tracker.

    Attributes:
        max_leaving: The maximum number of items that may leave the scope in one pull without a confirmation. It is a
            share of the stored items, so it may have decimals.
        scope_changed: Whether the configured scope has changed, so that any number of items may leave.
        confirmed: Ids of items that a person has confirmed to be gone.
    """

    tracker: Source
    database: Database
    max_leaving: float
    scope_changed: bool = False
    confirmed: Collection[str] = ()

    def run(self, missing: Sequence[str]) -> MissingItemsResult:
        """Decide what happens to the missing items, and store those that are kept."""
        name = self.tracker.name
        with self.database.reading() as transaction:
            kept_before = load_missing_items(transaction, name)
        result = self._classify(missing, set(kept_before.missed)) if missing else MissingItemsResult()
        kept_now = MissingItems(missed=result.missed, guarded=result.guarded)
        if kept_now != kept_before:
            with self.database.writing() as transaction:
                stored_values.save_for_tracker(transaction, name, _MISSING_ITEMS_NAME, kept_now)
        return result

    def _classify(self, missing: Sequence[str], missed_before: set[str]) -> MissingItemsResult:
        """Look up where the missing items are, and decide what happens to each.

        Args:
            missed_before: Ids of those that were `missed` in the last pull.
        """
        locations = self.tracker.locate(missing)
        by_location: dict[Whereabouts, list[str]] = {location: [] for location in Whereabouts}
        for item_id in missing:
            by_location[locations.get(item_id, Whereabouts.GONE)].append(item_id)
        gone, moved = by_location[Whereabouts.GONE], by_location[Whereabouts.MOVED]
        in_scope = tuple(by_location[Whereabouts.IN_SCOPE])
        if self.scope_changed:
            return MissingItemsResult(gone=tuple(gone), moved=tuple(moved), in_scope=in_scope)
        confirmed = set(self.confirmed)
        unconfirmed_ids = [item_id for item_id in (*gone, *moved) if item_id not in confirmed]
        guarded = dict.fromkeys(unconfirmed_ids if len(unconfirmed_ids) > self.max_leaving else ())
        decided_ids = confirmed | missed_before | guarded.keys()
        undecided_ids = [item_id for item_id in moved if item_id not in decided_ids]
        waiting = dict.fromkeys(self._find_unchanged(undecided_ids))
        staying_ids = guarded.keys() | waiting.keys()
        return MissingItemsResult(
            gone=tuple(item_id for item_id in gone if item_id not in staying_ids),
            moved=tuple(item_id for item_id in moved if item_id not in staying_ids),
            in_scope=in_scope,
            waiting=tuple(waiting),
            guarded=tuple(guarded),
            missed=tuple(item_id for item_id in moved if item_id in staying_ids),
        )

    def _find_unchanged(self, ids: Sequence[str]) -> Iterator[str]:
        """Yield the ids of items that may still be in scope: their project, area and type are as stored, or unknown."""
        if not ids:
            return
        current = {entry.item.id: entry.item for batch in self.tracker.fetch(ids) for entry in batch.items}
        with self.database.reading() as transaction:
            for item_id in ids:
                item, stored = current.get(item_id), items.item_by_id(transaction, self.tracker.name, item_id)
                if item is None or stored is None or _scope_attributes(item) == _scope_attributes(stored):
                    yield item_id


def _scope_attributes(item: WorkItem) -> tuple[str, str | None, str]:
    """The attributes by which most scopes select items."""
    return item.project, item.area, item.type
