"""Updates the mirror, the local copy of a tracker: first by cheap queries, then by reading changed items in batches.

The versions of all items are compared, so that nothing depends on a stored time. The cursor of the tracker only says
where to continue. `missing_items` decides about items that are no longer listed.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
from msgspec import Struct

from connectors.errors import Retriable
from connectors.tracker import Connection, FetchedItem, Problem, ScopeIds, Source, Whereabouts
from rules.model import Decision, drop_superseded
from sync.decisions.rejected_commands import NoticeBook
from sync.decisions.replies_and_labels import AnswerReader
from sync.mirror.activity import with_activity
from sync.mirror.cloned_items import adopt_cloned_annotations
from sync.mirror.incomplete_items import IncompleteItems
from sync.mirror.links import LinkResolver
from sync.mirror.missing_items import MissingCheck
from sync.mirror.order import find_reranked, insert_unlisted
from sync.mirror.unknown_comments import UnknownComment, UnknownCommentCheck
from sync.settings.roles import Roles
from sync.store import Database, Transaction, decisions, facts, items, rank_order, tracker_states

_SCOPE_FACT = "scope"

Progress = Callable[[int, int], None]
"""Called with the number of items that have been read, and the total."""


class PullResult(Struct, kw_only=True):
    """The result of a pull.

    Attributes:
        items: Number of items in scope afterwards.
        read: Number of items that were read.
        moved: Number of items that have left the scope.
        gone: Number of items that were deleted or are hidden from us.
        guard: The reason why the mass-deletion guard kept missing items; empty if it did not.
        missing: Ids of missing items that are kept. Their present state is unknown.
        skipped: Data that could not be read or understood, with reasons.
        unknown: Our comments that the store does not know, if it has written nothing to the tracker yet.
        answers: Number of new decisions that people made on items.
        new_decisions: These decisions.
        notices: Notices about rejected commands on items.
    """

    items: int = 0
    read: int = 0
    moved: int = 0
    gone: int = 0
    guard: str = ""
    missing: frozenset[str] = frozenset()
    skipped: list[Problem] = msgspec.field(default_factory=list)
    unknown: tuple[UnknownComment, ...] = ()
    answers: int = 0
    new_decisions: list[Decision] = msgspec.field(default_factory=list)
    notices: NoticeBook = msgspec.field(default_factory=NoticeBook)


def pull(
    tracker: Source,
    connection: Connection,
    database: Database,
    now: datetime,
    *,
    vanish_limit: float,
    rules: Collection[str],
    scope: str = "",
    trackers: Collection[str] = (),
    confirmed_gone: Collection[str] = (),
    roles: Roles | None = None,
    resolver: LinkResolver | None = None,
    progress: Progress = lambda _done, _total: None,
) -> PullResult:
    """Update the mirror of one tracker.

    Args:
        tracker: The connected tracker.
        connection: The result of connecting to it.
        database: The store.
        now: The round's time.
        vanish_limit: The share of the mirror that may leave the scope in one pull.
        rules: Ids of all rules, to parse commands.
        scope: The fingerprint of the configured scope. When it changes, any number of items may leave the scope.
        trackers: Names of the configured trackers.
        confirmed_gone: Ids of missing items that a person has confirmed to be gone.
        roles: Who may decide what; None for the defaults.
        resolver: Recognises items of other trackers.
        progress: Called as items are read.

    Raises:
        ConnectorError: The tracker could not be read. Everything that was read before the error is kept.
    """
    links = resolver or LinkResolver()
    answers = AnswerReader(tracker, database, now, rules=rules, roles=roles or Roles())
    return _Pull(
        tracker, connection, database, now, vanish_limit, scope, trackers, confirmed_gone, answers, links, progress
    ).run()


def _is_another_day(before: datetime | None, now: datetime) -> bool:
    return before is None or before.date() < now.date()


@dataclass
class _Pull:
    tracker: Source
    connection: Connection
    database: Database
    now: datetime
    vanish_limit: float
    scope: str
    trackers: Collection[str]
    confirmed_gone: Collection[str]
    answers: AnswerReader
    resolver: LinkResolver
    progress: Progress
    _renamed: set[str] = field(default_factory=set)
    """Former keys of items that were renamed or have left the scope."""
    _known: Collection[str] = ()
    """Ids of the items that were in the mirror before the pull."""
    _linked_to: dict[str, set[str]] = field(default_factory=dict)
    """Keys of new items, by the key of the item that they link to."""

    def run(self) -> PullResult:
        name = self.tracker.name
        self._unknown = UnknownCommentCheck(self.tracker, self.database, self.trackers)
        with self.database.reading() as transaction:
            read_state = tracker_states.load(transaction, name)
            stored_versions = items.versions(transaction, name)
            order = rank_order.load(transaction, name).ids
            scope_before = facts.for_tracker(transaction, name, _SCOPE_FACT)
            is_first_today = _is_another_day(read_state.last_good, self.now)
            voted_items = self._items_awaiting_votes(transaction) if is_first_today else []
        self._incomplete = IncompleteItems(self.database, name)
        self._known = stored_versions
        reread = read_state.fingerprint != self._fingerprint
        wanted: dict[str, None] = dict.fromkeys(item_id for item_id, version in stored_versions.items() if not version)
        position = read_state.position
        for page in self.tracker.changes(None if reread else read_state.position):
            wanted.update((stamp.id, None) for stamp in page.stamps if stored_versions.get(stamp.id) != stamp.version)
            position = page.cursor
        scope = self.tracker.list_ids()
        wanted.update((item_id, None) for item_id in scope.ids if reread or item_id not in stored_versions)
        incomplete = self._incomplete.ids_to_fetch(is_first_today=is_first_today)
        reread_ids = (*voted_items, *incomplete, *self.answers.items_to_reread())
        wanted.update((item_id, None) for item_id in reread_ids if item_id in stored_versions)
        if self.connection.capabilities.is_ordered and not self.connection.capabilities.rank_changes_version:
            wanted.update((item_id, None) for item_id in find_reranked(order, scope.ids))
        pulled = PullResult()
        self._read(list(wanted), pulled)
        if scope.ids and not pulled.read and (reread or not stored_versions):
            raise self._all_unreadable(scope, pulled)
        scope_changed = scope_before is not None and scope_before != self._stored_scope
        in_scope = self._confirm_missing(set(scope.ids), pulled, scope_changed=scope_changed)
        self._incomplete.save()
        self._reread_references(wanted, pulled)
        self._read_moved()
        if not self.connection.capabilities.comment_edit_changes_version:
            self.answers.reread_replies(wanted)
        pulled.unknown = self._unknown.finish()
        ids = insert_unlisted(scope.ids, in_scope, order)
        self._finish(None if pulled.guard else scope, ids, position)
        pulled.new_decisions, pulled.notices = self.answers.new_decisions, self.answers.book
        pulled.answers = len(pulled.new_decisions)
        pulled.skipped += self.answers.problems
        return pulled

    @property
    def _fingerprint(self) -> str:
        """A hash of everything that affects how items are read. When it changes, all items are read again."""
        return self.connection.fingerprint + self.connection.mapping_version + self.resolver.fingerprint

    @property
    def _stored_scope(self) -> str:
        return msgspec.json.encode(self.scope).decode()

    def _all_unreadable(self, scope: ScopeIds, pulled: PullResult) -> Retriable:
        first = next((f" The first one: {problem.line}." for problem in pulled.skipped), "")
        return Retriable(
            f"{self.tracker.name}: the tracker lists {len(scope.ids)} items, but none of them could be read.{first}",
            hint="Check that the account may read the items themselves, not only find them.",
        )

    def _items_awaiting_votes(self, transaction: Transaction) -> list[str]:
        """Items with a decision that new votes may end. Votes change no version, so these few items are read daily."""
        return [
            item_id
            for item_id, item_decisions in decisions.by_item(transaction, self.tracker.name).items()
            for decision in drop_superseded(item_decisions)
            if decision.kind.is_about_the_item and decision.votes is not None
        ]

    def _complete(self, fetched: FetchedItem) -> FetchedItem:
        item = self.resolver.resolve(fetched.item)
        return with_activity(fetched if item is fetched.item else msgspec.structs.replace(fetched, item=item))

    def _read(self, wanted: list[str], pulled: PullResult) -> None:
        if not wanted:
            return
        self.progress(0, len(wanted))
        failed = set(wanted)
        for batch in self.tracker.fetch(wanted):
            failed -= {fetched.item.id for fetched in batch.items}
            with self.database.writing() as transaction:
                self._note_renames(transaction, batch.items)
                batch_items = [self._complete(fetched) for fetched in batch.items]
                items.save(transaction, batch_items)
                if self._known:
                    adopt_cloned_annotations(transaction, self.tracker.name, self._new_items(batch_items), self.now)
                for fetched in batch_items:
                    self.answers.read(transaction, fetched)
                self.answers.save(transaction)
            self._unknown.collect(batch.items)
            self._incomplete.record(batch.items)
            pulled.read += len(batch.items)
            pulled.skipped += batch.problems
            self.progress(pulled.read, len(wanted))
        with self.database.writing() as transaction:
            items.mark_for_reread(transaction, self.tracker.name, failed)

    def _new_items(self, batch: Sequence[FetchedItem]) -> list[FetchedItem]:
        return [fetched for fetched in batch if fetched.item.id not in self._known]

    def _note_renames(self, transaction: Transaction, batch: Sequence[FetchedItem]) -> None:
        keys_before = items.keys(transaction, self.tracker.name, [fetched.item.id for fetched in batch])
        self._renamed |= {
            key for fetched in batch if (key := keys_before.get(fetched.item.id, fetched.item.key)) != fetched.item.key
        }
        for fetched in batch:
            if fetched.item.id not in self._known:
                for link in fetched.item.links:
                    self._linked_to.setdefault(link.target, set()).add(fetched.item.key)

    def _confirm_missing(self, present: set[str], pulled: PullResult, *, scope_changed: bool) -> list[str]:
        """Mark missing items that have left the scope; return the ids of those that stay in it."""
        name = self.tracker.name
        with self.database.reading() as transaction:
            stored = items.versions(transaction, name)
        max_leaving = max(1.0, len(stored) * self.vanish_limit)
        check = MissingCheck(self.tracker, self.database, max_leaving, scope_changed, self.confirmed_gone)
        result = check.run([item_id for item_id in stored if item_id not in present])
        with self.database.writing() as transaction:
            left = [*result.gone, *result.moved]
            self._renamed |= set(items.keys(transaction, name, left).values())
            items.mark_as_left(transaction, name, result.gone, "gone", self.now)
            items.mark_as_left(transaction, name, result.moved, "moved", self.now)
        pulled.gone, pulled.moved = len(result.gone), len(result.moved)
        pulled.items = len(stored) - len(left)
        pulled.missing = frozenset((*result.waiting, *result.guarded))
        if result.guarded:
            pulled.guard = (
                f"{len(result.guarded)} of {len(stored)} items are missing at once, more than the limit of "
                f"{self.vanish_limit:.0%}. They are kept as they were. Check the account's permissions and the scope. "
                f"If the items are really gone, run `steward confirm-gone {name}`."
            )
        return [*result.in_scope, *result.waiting]

    def _reread_references(self, just_read: Collection[str], pulled: PullResult) -> None:
        """Read items again whose links contain the former key of another item, or lack the link to a new item.

        Their versions do not change, because the change was made at the other end of the link.
        """
        if not self._renamed and not self._linked_to:
            return
        with self.database.reading() as transaction:
            outdated = [
                item_id
                for item_id, key, linked_keys in items.references(transaction, self.tracker.name)
                if item_id not in just_read
                and (linked_keys & self._renamed or self._linked_to.get(key, set()) - linked_keys)
            ]
        self._read(outdated, pulled)

    def _read_moved(self) -> None:
        """Read items that have left the scope but still have our annotations."""
        name = self.tracker.name
        with self.database.reading() as transaction:
            annotated = items.moved_with_annotations(transaction, name)
        not_found = set(annotated)
        for batch in self.tracker.fetch(annotated) if annotated else ():
            not_found -= {fetched.item.id for fetched in batch.items}
            with self.database.writing() as transaction:
                items.save(transaction, [self._complete(fetched) for fetched in batch.items])
                items.mark_as_left(transaction, name, [fetched.item.id for fetched in batch.items], "moved", self.now)
        locations = self.tracker.locate(sorted(not_found)) if not_found else {}
        gone = [item_id for item_id, location in locations.items() if location is Whereabouts.GONE]
        with self.database.writing() as transaction:
            items.mark_as_left(transaction, name, gone, "gone", self.now)

    def _finish(self, scope: ScopeIds | None, ids: list[str], position: str | None) -> None:
        """Store the state of the pull. Without `scope`, the stored rank order does not change."""
        name = self.tracker.name
        with self.database.writing() as transaction:
            ordered = self.connection.capabilities.is_ordered
            if scope is not None and scope.has_unreadable_boards:
                rank_order.save_keeping_boards(transaction, name, ids, ordered=ordered)
            elif scope is not None:
                rank_order.save(transaction, name, ids, ordered=ordered, on_backlog=scope.on_backlog)
            tracker_states.change(transaction, name, fingerprint=self._fingerprint, position=position)
            facts.save_for_tracker(transaction, name, _SCOPE_FACT, self._stored_scope.encode())
            self.answers.finish(transaction)
