"""Pulls a tracker, which means that it updates the mirror, the store's copy of the tracker's items and their order.

First come cheap queries for versions and ids, then changed items are read in batches. An item is read when its version
differs from the stored one, so that nothing depends on a stored time. The cursor of the tracker only says where to
continue. The scope is what the settings select. `missing_items` decides about items that are no longer listed. A quick
pull reads only recent changes and the top of the backlog, and relies on the last list of all items for the rest.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from connectors.connection import Connection
from connectors.errors import Retriable
from connectors.tracker import FetchedItem, Problem, ScopeIds, Source, Whereabouts
from rules.model import Decision, Release, drop_superseded
from sync.decisions.rejected_commands import NoticeBook
from sync.decisions.replies_and_labels import AnswerReader
from sync.mirror.activity import with_activity
from sync.mirror.cloned_items import adopt_cloned_annotations
from sync.mirror.incomplete_items import IncompleteItems
from sync.mirror.links import LinkResolver
from sync.mirror.missing_items import MissingCheck, MissingItems, load_missing_items
from sync.mirror.order import find_reranked, insert_unlisted
from sync.mirror.unknown_comments import UnknownComment, UnknownCommentCheck
from sync.settings.roles import Roles
from sync.store import Database, Transaction, decisions, facts, items, rank_order, tracker_states
from sync.store.tracker_states import TrackerState

_SCOPE_FACT = "scope"
"""The name under which the store keeps the fingerprint of a tracker's scope."""
_LISTED_FACT = "all listed"
"""The name under which the store keeps when all items in scope were listed last."""
_DAILY_POSITION_FACT = "daily position"
"""The name under which the store keeps the cursor from which the first pull of the next day starts."""

Progress = Callable[[int, int], None]
"""Called with the number of items that have been read, and the total."""


class PullResult(Struct, kw_only=True):
    """The result of a pull.

    Attributes:
        items: Number of items in scope afterwards.
        read: Number of items that were read.
        moved: Number of items that have left the scope.
        gone: Number of items that were deleted or are hidden from the service's account.
        guard: The reason why missing items were kept because too many were missing at once (the mass-deletion guard);
            empty if they were not.
        missing: Ids of missing items that are kept. Their present state is unknown.
        skipped: Data that could not be read or understood, with reasons.
        unknown: Comments with the service's hidden tag that the store does not know.
        answers: Number of new decisions that people made on items.
        new_decisions: These decisions.
        notices: Notices about people's commands on items that were rejected: not understood, or not permitted.
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
    full_interval: timedelta = timedelta(),
    progress: Progress = lambda _done, _total: None,
) -> PullResult:
    """Update the mirror of one tracker.

    Args:
        connection: The result of connecting to it.
        vanish_limit: The share of the items that may leave the scope in one pull, from 0 to 1. If more are missing, the
            mass-deletion guard keeps them.
        rules: Ids of all rules, to parse commands.
        scope: The fingerprint of the configured scope. When it changes, any number of items may leave the scope.
        trackers: Names of the configured trackers.
        confirmed_gone: Ids of missing items that a person has confirmed to be gone.
        roles: Who may decide what; None for the defaults.
        resolver: Recognises items of other trackers.
        full_interval: How long the last list of all items may be relied on. Until then, only changes and the top of the
            backlog are read, unless there is reason to doubt the list.
        progress: Called as items are read.

    Raises:
        ConnectorError: The tracker could not be read. Everything that was read before the error is kept.
    """
    links = resolver or LinkResolver()
    answers = AnswerReader(tracker, database, now, rules=rules, roles=roles or Roles())
    return _Pull(
        tracker,
        connection,
        database,
        now,
        vanish_limit,
        scope,
        trackers,
        confirmed_gone,
        answers,
        links,
        full_interval,
        progress,
    ).run()


class _MirrorBefore(Struct, frozen=True):
    """What the store contains about a tracker when the pull begins.

    Attributes:
        state: How far the tracker has been read.
        versions: The version of every item in scope, by id.
        order: Ids in rank order.
        scope: The fingerprint of the scope as stored; None if the tracker was never read.
        daily_position: The cursor from which the first pull of a day starts.
        voted_items: Ids of items that are read again today because somebody may have voted for them.
        ids_by_release: Ids of items by their coming release, if this is the first pull of the day.
        is_first_today: Whether this is the first pull of the day.
        listed: When all items were listed last, as stored.
        missing: The items that were missing in the last pull.
    """

    state: TrackerState
    versions: dict[str, str]
    order: list[str]
    scope: str | None
    daily_position: str | None
    voted_items: list[str]
    ids_by_release: Mapping[Release, Sequence[str]]
    is_first_today: bool
    listed: str | None
    missing: MissingItems


@dataclass
class _Pull:
    """One pull of one tracker. The first attributes are the arguments of `pull`."""

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
    full_interval: timedelta
    progress: Progress
    _outdated_keys: set[str] = field(default_factory=set)
    """Former keys of items that were renamed or have left the scope."""
    _has_listed_all: bool = False
    """Whether all items were listed, with their boards."""
    _known: Collection[str] = ()
    """Ids of the items that were in the mirror before the pull."""
    _linked_to: dict[str, set[str]] = field(default_factory=dict)
    """Keys of new items, by the key of the item that they link to."""
    _daily_position: str | None = None
    """The cursor from which the first pull of the next day starts; None if it is the cursor after this pull."""

    def run(self) -> PullResult:
        """Read what has changed in the tracker, and store it."""
        before = self._load_mirror()
        self._unknown = UnknownCommentCheck(self.tracker, self.database, self.trackers)
        self._incomplete = IncompleteItems(self.database, self.tracker.name)
        self._known = before.versions
        must_reread_all = before.state.fingerprint != self._fingerprint
        is_quick = not must_reread_all and self._may_be_quick(before)
        ids_to_read, position = self._changed_ids(before, must_reread_all=must_reread_all, is_quick=is_quick)
        scope = self._list_ids(before.order, ids_to_read.keys() - before.versions.keys(), is_quick=is_quick)
        ids_to_read |= dict.fromkeys(self._other_ids_to_read(before, scope, must_reread_all=must_reread_all))
        pulled = PullResult()
        self._read(list(ids_to_read), pulled)
        if scope.ids and not pulled.read and (must_reread_all or not before.versions):
            raise self._all_unreadable(scope, pulled)
        scope_changed = before.scope is not None and before.scope != self._stored_scope
        kept_ids = self._process_missing(set(scope.ids), pulled, scope_changed=scope_changed)
        self._incomplete.save()
        self._reread_references(ids_to_read, pulled)
        self._reread_changed_releases(before.ids_by_release, ids_to_read, pulled)
        self._read_moved()
        if not self.connection.capabilities.comment_edit_changes_version:
            self.answers.reread_replies(ids_to_read)
        pulled.unknown = self._unknown.finish()
        ranked_ids = insert_unlisted(scope.ids, kept_ids, before.order)
        self._finish(None if pulled.guard else scope, ranked_ids, position)
        pulled.new_decisions, pulled.notices = self.answers.new_decisions, self.answers.book
        pulled.answers = len(pulled.new_decisions)
        pulled.skipped += self.answers.problems
        return pulled

    def _load_mirror(self) -> _MirrorBefore:
        """Load what the store contains about the tracker."""
        name = self.tracker.name
        with self.database.reading() as transaction:
            state = tracker_states.load(transaction, name)
            is_first_today = state.last_good is None or state.last_good.date() < self.now.date()
            return _MirrorBefore(
                state=state,
                versions=items.versions(transaction, name),
                order=rank_order.load(transaction, name).ids,
                scope=facts.for_tracker(transaction, name, _SCOPE_FACT),
                daily_position=facts.for_tracker(transaction, name, _DAILY_POSITION_FACT),
                voted_items=self._items_awaiting_votes(transaction) if is_first_today else [],
                ids_by_release=items.ids_by_release(transaction, name) if is_first_today else {},
                is_first_today=is_first_today,
                listed=facts.for_tracker(transaction, name, _LISTED_FACT),
                missing=load_missing_items(transaction, name),
            )

    def _may_be_quick(self, before: _MirrorBefore) -> bool:
        """Whether the last list of all items is recent, and there is no reason to doubt it."""
        is_doubtful = before.state.trouble or self.confirmed_gone or before.missing != MissingItems()
        if is_doubtful or before.scope != self._stored_scope or before.listed is None:
            return False
        return timedelta() <= self.now - msgspec.json.decode(before.listed, type=datetime) < self.full_interval

    def _changed_ids(
        self, before: _MirrorBefore, *, must_reread_all: bool, is_quick: bool
    ) -> tuple[dict[str, None], str | None]:
        """Ids of the items with another version than in the mirror, and the cursor for the next pull.

        The first pull of a day starts where the first one of the day before did, so that a change that the tracker left
        out for once is found a day later.
        """
        ids = dict.fromkeys(item_id for item_id, version in before.versions.items() if not version)
        since = position = before.state.position
        self._daily_position = before.daily_position
        if must_reread_all:
            since = self._daily_position = None
        elif before.is_first_today:
            since, self._daily_position = self._daily_position or since, since
        for page in self.tracker.changes(since, quick=is_quick):
            ids.update((stamp.id, None) for stamp in page.stamps if before.versions.get(stamp.id) != stamp.version)
            position = page.cursor
        return ids, position

    def _list_ids(self, order: Sequence[str], new: Collection[str], *, is_quick: bool) -> ScopeIds:
        """List the items in scope. If `is_quick`, those below the top are taken from the last list; new ones follow.

        If other items than before are at the top, some have come or gone, so all are listed.
        """
        if is_quick:
            top = self.tracker.list_ids(quick=True)
            if top.is_complete:
                return top
            if set(top.ids) == set(order[: len(top.ids)]):
                known = set(order)
                ids = (*top.ids, *order[len(top.ids) :], *(item_id for item_id in new if item_id not in known))
                return msgspec.structs.replace(top, ids=ids)
        self._has_listed_all = True
        return self.tracker.list_ids()

    def _other_ids_to_read(self, before: _MirrorBefore, scope: ScopeIds, *, must_reread_all: bool) -> Iterator[str]:
        """Yield the ids of items to read for other reasons than a new version. An id may be repeated."""
        yield from (item_id for item_id in scope.ids if must_reread_all or item_id not in before.versions)
        incomplete = self._incomplete.ids_to_fetch(is_first_today=before.is_first_today)
        one_of_each_release = [ids[0] for ids in before.ids_by_release.values()]
        for item_id in (*before.voted_items, *one_of_each_release, *incomplete, *self.answers.items_to_reread()):
            if item_id in before.versions:
                yield item_id
        capabilities = self.connection.capabilities
        if capabilities.is_ordered and not capabilities.rank_changes_version:
            yield from find_reranked(before.order, scope.ids)

    @property
    def _fingerprint(self) -> str:
        """A hash of everything that affects how items are read. When it changes, all items are read again."""
        return self.connection.fingerprint + self.connection.mapping_version + self.resolver.fingerprint

    @property
    def _stored_scope(self) -> str:
        """The fingerprint of the scope as it is stored, as JSON."""
        return msgspec.json.encode(self.scope).decode()

    def _all_unreadable(self, scope: ScopeIds, pulled: PullResult) -> Retriable:
        """The error if the tracker lists items, but none of them could be read."""
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
        """Add to an item its links to other trackers, and what rules need from its history and comments."""
        item = self.resolver.resolve(fetched.item)
        return with_activity(fetched if item is fetched.item else msgspec.structs.replace(fetched, item=item))

    def _read(self, ids: list[str], pulled: PullResult) -> None:
        """Read and store items, with the answers on them. Items that fail are read again in the next pull."""
        if not ids:
            return
        self.progress(0, len(ids))
        failed = set(ids)
        for batch in self.tracker.fetch(ids):
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
            self.progress(pulled.read, len(ids))
        with self.database.writing() as transaction:
            items.mark_for_reread(transaction, self.tracker.name, failed)

    def _new_items(self, batch: Sequence[FetchedItem]) -> list[FetchedItem]:
        """Those items of a batch that were not in the mirror before the pull."""
        return [fetched for fetched in batch if fetched.item.id not in self._known]

    def _note_renames(self, transaction: Transaction, batch: Sequence[FetchedItem]) -> None:
        """Remember former keys of renamed items, and the links of new items, for `_reread_references`."""
        keys_before = items.keys(transaction, self.tracker.name, [fetched.item.id for fetched in batch])
        self._outdated_keys |= {
            key for fetched in batch if (key := keys_before.get(fetched.item.id, fetched.item.key)) != fetched.item.key
        }
        for fetched in batch:
            if fetched.item.id not in self._known:
                for link in fetched.item.links:
                    self._linked_to.setdefault(link.target, set()).add(fetched.item.key)

    def _process_missing(self, present: set[str], pulled: PullResult, *, scope_changed: bool) -> list[str]:
        """Mark missing items that have left the scope; return the ids of those that stay in it.

        Args:
            present: Ids of the items that the tracker lists.
            pulled: Receives the numbers of items, and the missing items that are kept.
            scope_changed: Whether the configured scope has changed.
        """
        name = self.tracker.name
        with self.database.reading() as transaction:
            stored = items.versions(transaction, name)
        max_leaving = max(1.0, len(stored) * self.vanish_limit)
        check = MissingCheck(self.tracker, self.database, max_leaving, scope_changed, self.confirmed_gone)
        result = check.run([item_id for item_id in stored if item_id not in present])
        with self.database.writing() as transaction:
            left = [*result.gone, *result.moved]
            self._outdated_keys |= set(items.keys(transaction, name, left).values())
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
        if not self._outdated_keys and not self._linked_to:
            return
        with self.database.reading() as transaction:
            outdated = [
                item_id
                for item_id, key, linked_keys in items.references(transaction, self.tracker.name)
                if item_id not in just_read
                and (linked_keys & self._outdated_keys or self._linked_to.get(key, set()) - linked_keys)
            ]
        self._read(outdated, pulled)

    def _reread_changed_releases(
        self, ids_by_release: Mapping[Release, Sequence[str]], just_read: Collection[str], pulled: PullResult
    ) -> None:
        """Read the items of a release again if it has another date or is out now.

        This changes the version of no item, so one item of each release is read on every day.
        """
        with self.database.reading() as transaction:
            first_items = {
                ids[0]: items.item_by_id(transaction, self.tracker.name, ids[0]) for ids in ids_by_release.values()
            }
        outdated = {
            item_id: None
            for release, ids in ids_by_release.items()
            if (item := first_items[ids[0]]) is not None and release not in item.releases
            for item_id in ids
            if item_id not in just_read
        }
        self._read(list(outdated), pulled)

    def _read_moved(self) -> None:
        """Read items that have left the scope but still have the service's annotations."""
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

    def _finish(self, scope: ScopeIds | None, ranked_ids: list[str], position: str | None) -> None:
        """Store the result of the pull.

        Args:
            scope: The items that the tracker lists; None to keep the stored rank order.
            ranked_ids: Ids of the items in scope in rank order.
            position: The cursor from which the next pull continues.
        """
        name = self.tracker.name
        with self.database.writing() as transaction:
            ordered = self.connection.capabilities.is_ordered
            if scope is not None and scope.has_unread_boards:
                rank_order.save_keeping_boards(transaction, name, ranked_ids, ordered=ordered)
            elif scope is not None:
                rank_order.save(transaction, name, ranked_ids, ordered=ordered, on_backlog=scope.on_backlog)
            tracker_states.change(transaction, name, fingerprint=self._fingerprint, position=position)
            facts.save_for_tracker(transaction, name, _SCOPE_FACT, self._stored_scope.encode())
            daily_position = self._daily_position or position or ""
            facts.save_for_tracker(transaction, name, _DAILY_POSITION_FACT, daily_position.encode())
            if self._has_listed_all:
                facts.save_for_tracker(transaction, name, _LISTED_FACT, msgspec.json.encode(self.now))
            self.answers.finish(transaction)
