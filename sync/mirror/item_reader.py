"""Reads items of a tracker in batches, and stores them in the mirror, the store's copy of the tracker's items.

Some changes do not change the version of an item, such as a new key of another item that it links to. The reader
remembers such changes while it reads, and then reads the affected items again. The scope is what the settings select.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from connectors.tracker import FetchedItem, Problem, Source, Whereabouts
from rules.model import Release
from sync.decisions.replies_and_labels import AnswerReader
from sync.mirror.activity import with_activity
from sync.mirror.cloned_items import adopt_cloned_annotations
from sync.mirror.incomplete_items import IncompleteItems
from sync.mirror.links import LinkResolver
from sync.mirror.unknown_comments import UnknownCommentCheck
from sync.store import Database, Transaction, items

Progress = Callable[[int, int], None]
"""Called with the number of items that have been read so far, and the number of all that are to be read."""
_ITEMS_PER_TRANSACTION = 500
"""Writing a few hundred items at once takes a third less time than writing them in batches of a hundred."""


@dataclass
class ItemReader:
    """Reads and stores items in one pull of one tracker.

    Attributes:
        ids_before: Ids of the items that were in the mirror before the pull.
        answers: Reads people's answers to the service: commands in their comments and in labels.
        resolver: Recognises items of other trackers.
        unknown_comments: Collects comments with the service's hidden tag that the store has no record of.
        incomplete: Remembers the items that could not be read completely.
        problems: Data that could not be read or understood.
    """

    tracker: Source
    database: Database
    now: datetime
    ids_before: Collection[str]
    answers: AnswerReader
    resolver: LinkResolver
    unknown_comments: UnknownCommentCheck
    incomplete: IncompleteItems
    progress: Progress
    read_count: int = 0
    problems: list[Problem] = field(default_factory=list)
    _outdated_keys: set[str] = field(default_factory=set)
    """Former keys of items whose key has changed, and keys of items that have left the scope."""
    _new_linking_keys: dict[str, set[str]] = field(default_factory=dict)
    """Keys of new items, by the key of the item that they link to."""

    def read(self, ids: Sequence[str]) -> None:
        """Read and store items, with the answers on them. Items that fail are read again in the next pull.

        After an error, what was read before it is stored.
        """
        if not ids:
            return
        requested_count = self.read_count + len(ids)
        self.progress(self.read_count, requested_count)
        failed_ids = set(ids)
        not_stored: list[FetchedItem] = []
        try:
            for batch in self.tracker.fetch(ids):
                failed_ids -= {fetched.item.id for fetched in batch.items}
                not_stored += batch.items
                if len(not_stored) >= _ITEMS_PER_TRANSACTION:
                    to_store, not_stored = not_stored, []
                    self._store(to_store)
                self.read_count += len(batch.items)
                self.problems += batch.problems
                self.progress(self.read_count, requested_count)
        finally:
            self._store(not_stored)
        with self.database.writing() as transaction:
            items.mark_for_reread(transaction, self.tracker.name, failed_ids)

    def _store(self, fetched: Sequence[FetchedItem]) -> None:
        """Store items in one transaction, with the answers on them."""
        if not fetched:
            return
        with self.database.writing() as transaction:
            self._save(transaction, fetched)
        self.unknown_comments.collect(fetched)
        self.incomplete.record(fetched)

    def _save(self, transaction: Transaction, batch: Sequence[FetchedItem]) -> None:
        """Save items, and the answers on them."""
        self._note_changed_references(transaction, batch)
        batch_items = [self._add_derived_data(fetched) for fetched in batch]
        items.save(transaction, batch_items)
        if self.ids_before:
            new_items = [fetched for fetched in batch_items if fetched.item.id not in self.ids_before]
            # A clone has copies of the labels and field values that the service wrote to the original.
            adopt_cloned_annotations(transaction, self.tracker.name, new_items, self.now)
        for fetched in batch_items:
            self.answers.read(transaction, fetched)
        self.answers.save(transaction)

    def _add_derived_data(self, fetched: FetchedItem) -> FetchedItem:
        """Return the item with its links to other trackers and what rules need from its history and comments."""
        item = self.resolver.resolve(fetched.item)
        return with_activity(fetched if item is fetched.item else msgspec.structs.replace(fetched, item=item))

    def _note_changed_references(self, transaction: Transaction, batch: Sequence[FetchedItem]) -> None:
        """Remember former keys of items with a changed key, and the links of new items, for `reread_linking_items`."""
        if not self.ids_before:
            return
        keys_before = items.keys(transaction, self.tracker.name, [fetched.item.id for fetched in batch])
        self._outdated_keys |= {
            key for fetched in batch if (key := keys_before.get(fetched.item.id, fetched.item.key)) != fetched.item.key
        }
        for fetched in batch:
            if fetched.item.id not in self.ids_before:
                for link in fetched.item.links:
                    self._new_linking_keys.setdefault(link.target, set()).add(fetched.item.key)

    def note_items_out_of_scope(self, transaction: Transaction, ids: Iterable[str]) -> None:
        """Remember the keys of items that have left the scope, for `reread_linking_items`."""
        self._outdated_keys |= set(items.keys(transaction, self.tracker.name, ids).values())

    def reread_linking_items(self, just_read: Collection[str]) -> None:
        """Reread items whose links contain the former key of another item, or lack the link to a new item.

        Their versions do not change, because the change was made at the other end of the link.

        Args:
            just_read: Ids of the items that this pull has read.
        """
        if not self._outdated_keys and not self._new_linking_keys:
            return
        with self.database.reading() as transaction:
            outdated_ids = [
                item_id
                for item_id, key, linked_keys in items.references(transaction, self.tracker.name)
                if item_id not in just_read
                and (linked_keys & self._outdated_keys or self._new_linking_keys.get(key, set()) - linked_keys)
            ]
        self.read(outdated_ids)

    def reread_changed_releases(
        self, ids_by_release: Mapping[Release, Sequence[str]], just_read: Collection[str]
    ) -> None:
        """Reread the items of a release if its date has changed or it has been released.

        Neither changes the version of an item, so one item of each release is read every day.

        Args:
            ids_by_release: Ids of items by release, as stored before the pull. The first of each has just been read.
            just_read: Ids of the items that this pull has read.
        """
        with self.database.reading() as transaction:
            first_items = {
                ids[0]: items.item_by_id(transaction, self.tracker.name, ids[0]) for ids in ids_by_release.values()
            }
        outdated_ids = {
            item_id: None
            for release, ids in ids_by_release.items()
            if (item := first_items[ids[0]]) is not None and release not in item.releases
            for item_id in ids
            if item_id not in just_read
        }
        self.read(list(outdated_ids))

    def read_moved_annotated_items(self) -> None:
        """Read items that were moved out of the scope but still have the service's comments, labels or field values."""
        name = self.tracker.name
        with self.database.reading() as transaction:
            annotated_ids = items.moved_with_annotations(transaction, name)
        unread_ids = set(annotated_ids)
        for batch in self.tracker.fetch(annotated_ids) if annotated_ids else ():
            unread_ids -= {fetched.item.id for fetched in batch.items}
            with self.database.writing() as transaction:
                items.save(transaction, [self._add_derived_data(fetched) for fetched in batch.items])
                items.mark_out_of_scope(
                    transaction, name, [fetched.item.id for fetched in batch.items], "moved", self.now
                )
        locations = self.tracker.locate(sorted(unread_ids)) if unread_ids else {}
        gone_ids = [item_id for item_id, location in locations.items() if location is Whereabouts.GONE]
        with self.database.writing() as transaction:
            items.mark_out_of_scope(transaction, name, gone_ids, "gone", self.now)
