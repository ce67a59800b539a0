"""Brings the mirror of a tracker up to date: cheap queries first, then the payloads of what changed, in batches.

Version stamps are compared item by item, so no stored time can be wrong; the tracker's own position only says where to
continue. `missing` decides about items that are no longer listed.
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
from sync.mirror.cloned_items import adopt_cloned_annotations
from sync.mirror.links import LinkResolver
from sync.mirror.missing_items import MissingCheck
from sync.mirror.order import find_reranked, insert_unlisted
from sync.mirror.unknown_comments import UnknownComment, UnknownCommentCheck
from sync.settings.roles import Roles
from sync.store import Database, Transaction, decisions, items, rounds

_SCOPE = "scope"
"""Name of the fact that identifies the scope of the last complete pull."""

Progress = Callable[[int, int], None]
"""Called with how many items have been read, and of how many."""


class PullResult(Struct, kw_only=True):
    """What one pull did.

    Attributes:
        items: Items in scope afterwards.
        read: Payloads that were read.
        moved: Items that left the scope.
        gone: Items that were deleted or are hidden from us.
        guard: Why the mass-deletion guard kept missing items; empty if it did not.
        missing: Ids of the items that stay although they are missing; their present state is unknown.
        skipped: What could not be read or understood, and why.
        unknown: Comments of ours that the store does not know, if it has written nothing here yet.
        answers: Number of new decisions that people made on items.
        new_decisions: These decisions.
        notices: The commands on items that were not accepted.
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
    progress: Progress = lambda _done, _all: None,
) -> PullResult:
    """Bring the mirror of one tracker up to date.

    Args:
        tracker: Connected.
        connection: What connecting returned.
        database: Where the mirror is kept.
        now: The round's time.
        vanish_limit: Share of the mirror that may vanish in one pull.
        rules: Ids of all rules, to understand commands.
        scope: Identifies address and scope in the configuration; when it changes, items may leave in any number.
        trackers: Names of the configured trackers.
        confirmed_gone: Ids of missing items that a person has confirmed to be gone.
        roles: Who may decide what; None for the defaults.
        resolver: Recognises items of other trackers.
        progress: Called as items are read.

    Raises:
        ConnectorError: The tracker could not be read; what was stored before that is kept.
    """
    links = resolver or LinkResolver()
    answers = AnswerReader(tracker, database, now, rules=rules, roles=roles or Roles())
    return _Pull(
        tracker, connection, database, now, vanish_limit, scope, trackers, confirmed_gone, answers, links, progress
    ).run()


def _another_day(before: datetime | None, now: datetime) -> bool:
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
    """Former keys of items that were renamed or are gone."""
    _known: Collection[str] = ()
    """Ids of the items that the mirror held before."""
    _linked_to: dict[str, set[str]] = field(default_factory=dict)
    """Keys of new items that link to a key, by that key."""

    def run(self) -> PullResult:
        name = self.tracker.name
        self._unknown = UnknownCommentCheck(self.tracker, self.database, self.trackers)
        with self.database.reading() as reading:
            before = items.read_state(reading, name)
            known = items.versions(reading, name)
            order = items.order(reading, name)
            scope_before = rounds.tracker_fact(reading, name, _SCOPE)
            voted_on = self._with_outcome_on_votes(reading) if _another_day(before.last_good, self.now) else []
        self._known = known
        reread = before.fingerprint != self._fingerprint
        wanted: dict[str, None] = dict.fromkeys(ident for ident, version in known.items() if not version)
        position = before.position
        for page in self.tracker.changes(None if reread else before.position):
            wanted.update((stamp.id, None) for stamp in page.stamps if known.get(stamp.id) != stamp.version)
            position = page.cursor
        scope = self.tracker.list_ids()
        wanted.update((ident, None) for ident in scope.ids if reread or ident not in known)
        wanted.update((ident, None) for ident in (*voted_on, *self.answers.items_to_reread()) if ident in known)
        if self.connection.capabilities.is_ordered and not self.connection.capabilities.rank_changes_version:
            wanted.update((ident, None) for ident in find_reranked(order, scope.ids))
        pulled = PullResult()
        self._read(list(wanted), pulled)
        if scope.ids and not pulled.read and (reread or not known):
            raise self._nothing_read(scope, pulled)
        scope_changed = scope_before is not None and scope_before != self._stored_scope
        in_scope = self._confirm_missing(set(scope.ids), pulled, scope_changed=scope_changed)
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
        """Identifies everything that decides what is read; when it changes, all items are read again."""
        return self.connection.fingerprint + self.resolver.fingerprint

    @property
    def _stored_scope(self) -> str:
        return msgspec.json.encode(self.scope).decode()

    def _nothing_read(self, scope: ScopeIds, pulled: PullResult) -> Retriable:
        why = next((f" The first one: {problem.line}." for problem in pulled.skipped), "")
        return Retriable(
            f"{self.tracker.name}: the tracker lists {len(scope.ids)} items, but none of them could be read.{why}",
            hint="Check that the account may read the items themselves, not only find them.",
        )

    def _with_outcome_on_votes(self, reading: Transaction) -> list[str]:
        """Items with a decision that new votes may end. Votes change no version, so these few are read once a day."""
        return [
            ident
            for ident, decided in decisions.by_item(reading, self.tracker.name).items()
            for decision in drop_superseded(decided)
            if decision.kind.is_about_the_item and decision.votes is not None
        ]

    def _linked(self, fetched: FetchedItem) -> FetchedItem:
        item = self.resolver.resolve(fetched.item)
        return fetched if item is fetched.item else msgspec.structs.replace(fetched, item=item)

    def _read(self, wanted: list[str], pulled: PullResult) -> None:
        if not wanted:
            return
        self.progress(0, len(wanted))
        unread = set(wanted)
        for batch in self.tracker.fetch(wanted):
            unread -= {fetched.item.id for fetched in batch.items}
            with self.database.writing() as transaction:
                self._note_renames(transaction, batch.items)
                linked = [self._linked(fetched) for fetched in batch.items]
                items.save(transaction, linked)
                if self._known:
                    adopt_cloned_annotations(transaction, self.tracker.name, self._new(linked), self.now)
                for fetched in linked:
                    self.answers.read(transaction, fetched)
                self.answers.save(transaction)
            self._unknown.collect(batch.items)
            pulled.read += len(batch.items)
            pulled.skipped += batch.problems
            self.progress(pulled.read, len(wanted))
        with self.database.writing() as transaction:
            items.mark_for_reread(transaction, self.tracker.name, unread)

    def _new(self, batch: Sequence[FetchedItem]) -> list[FetchedItem]:
        return [fetched for fetched in batch if fetched.item.id not in self._known]

    def _note_renames(self, transaction: Transaction, batch: Sequence[FetchedItem]) -> None:
        before = items.keys(transaction, self.tracker.name, [fetched.item.id for fetched in batch])
        self._renamed |= {
            key for fetched in batch if (key := before.get(fetched.item.id, fetched.item.key)) != fetched.item.key
        }
        for fetched in batch:
            if fetched.item.id not in self._known:
                for link in fetched.item.links:
                    self._linked_to.setdefault(link.target, set()).add(fetched.item.key)

    def _confirm_missing(self, present: set[str], pulled: PullResult, *, scope_changed: bool) -> list[str]:
        """Mark the items that have left the scope; return the ids of those that stay although they are not listed."""
        name = self.tracker.name
        with self.database.reading() as reading:
            stored = items.versions(reading, name)
        most = max(1.0, len(stored) * self.vanish_limit)
        check = MissingCheck(self.tracker, self.database, most, scope_changed, self.confirmed_gone)
        departures = check.run([ident for ident in stored if ident not in present])
        with self.database.writing() as transaction:
            left = [*departures.gone, *departures.moved]
            self._renamed |= set(items.keys(transaction, name, left).values())
            items.mark_as_left(transaction, name, departures.gone, "gone", self.now)
            items.mark_as_left(transaction, name, departures.moved, "moved", self.now)
        pulled.gone, pulled.moved = len(departures.gone), len(departures.moved)
        pulled.items = len(stored) - len(left)
        pulled.missing = frozenset((*departures.waiting, *departures.guarded))
        if departures.guarded:
            pulled.guard = (
                f"{len(departures.guarded)} of {len(stored)} items are missing at once, more than the limit of "
                f"{self.vanish_limit:.0%}. They are kept as they were. Check the account's permissions and the scope. "
                f"If the items are really gone, run `steward confirm-gone {name}`."
            )
        return [*departures.in_scope, *departures.waiting]

    def _reread_references(self, just_read: Collection[str], pulled: PullResult) -> None:
        """Read again the items whose links name a renamed or removed item, or lack a link from a new one.

        Their own stamps do not change, because the change was made at the other end of the link.
        """
        if not self._renamed and not self._linked_to:
            return
        with self.database.reading() as reading:
            outdated = [
                ident
                for ident, key, named in items.references(reading, self.tracker.name)
                if ident not in just_read and (named & self._renamed or self._linked_to.get(key, set()) - named)
            ]
        self._read(outdated, pulled)

    def _read_moved(self) -> None:
        """Read items that left the scope with our annotations on them, until these are removed."""
        name = self.tracker.name
        with self.database.reading() as reading:
            carrying = items.moved_with_annotations(reading, name)
        unseen = set(carrying)
        for batch in self.tracker.fetch(carrying) if carrying else ():
            unseen -= {fetched.item.id for fetched in batch.items}
            with self.database.writing() as transaction:
                items.save(transaction, [self._linked(fetched) for fetched in batch.items])
                items.mark_as_left(transaction, name, [fetched.item.id for fetched in batch.items], "moved", self.now)
        where = self.tracker.locate(sorted(unseen)) if unseen else {}
        gone = [ident for ident, place in where.items() if place is Whereabouts.GONE]
        with self.database.writing() as transaction:
            items.mark_as_left(transaction, name, gone, "gone", self.now)

    def _finish(self, scope: ScopeIds | None, ids: list[str], position: str | None) -> None:
        """Store how far the tracker was read; without `scope`, the rank order stays as it was."""
        name = self.tracker.name
        with self.database.writing() as transaction:
            ordered = self.connection.capabilities.is_ordered
            if scope is not None and scope.has_unreadable_boards:
                items.save_order_keeping_boards(transaction, name, ids, ordered=ordered)
            elif scope is not None:
                items.save_order(transaction, name, ids, ordered=ordered, on_backlog=scope.on_backlog)
            items.set_read_state(transaction, name, fingerprint=self._fingerprint, position=position)
            rounds.save_tracker_fact(transaction, name, _SCOPE, self._stored_scope.encode())
            self.answers.finish(transaction)
