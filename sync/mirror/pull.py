"""Pulls a tracker, which means that it updates the mirror, the store's copy of the tracker's items and their order.

A pull first makes cheap queries for versions and ids, then reads changed items in batches. An item is read when its
version differs from the stored one, so that no clock has to be right. The tracker's cursor only marks where to
continue. The scope is what the settings select. `missing_items` decides what happens to items that are no longer
listed. A quick pull reads only recent changes and the top of the backlog, and relies on the last list of all items for
the rest.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from connectors.connection import Connection
from connectors.errors import Retriable
from connectors.tracker import Problem, ScopeIds, Source
from rules.model import Decision
from sync.decisions.rejected_commands import TrackerNotices
from sync.decisions.replies_and_labels import AnswerReader
from sync.mirror.incomplete_items import IncompleteItems
from sync.mirror.item_reader import ItemReader, Progress
from sync.mirror.links import LinkResolver
from sync.mirror.missing_items import MissingCheck, MissingItems
from sync.mirror.order import find_reranked, insert_unlisted
from sync.mirror.stored_mirror import StoredMirror, load_mirror, save_all_listed_at, save_scope_and_daily_position
from sync.mirror.unknown_comments import UnknownComment, UnknownCommentCheck
from sync.settings.roles import Roles
from sync.store import Database, items, rank_order, tracker_states


class PullResult(Struct, kw_only=True):
    """The result of a pull.

    Attributes:
        items: Number of items in scope afterwards.
        read: Number of items that were read from the tracker.
        moved: Number of items that have left the scope, but still exist.
        gone: Number of items that were deleted or are hidden from the service's account.
        mass_deletion_warning: The message of the mass-deletion guard, which keeps missing items if too many are missing
            at once; empty if it kept none. `guard` in JSON.
        missing: Ids of missing items that are kept in the mirror as they were last read.
        skipped: Data that could not be read or understood, with reasons.
        unknown: Comments with the service's hidden tag that the store has no record of.
        answers: Number of new decisions that people made about items.
        notices: Notices about people's commands on items that were rejected: not understood, or not permitted.
    """

    items: int = 0
    read: int = 0
    moved: int = 0
    gone: int = 0
    mass_deletion_warning: str = msgspec.field(default="", name="guard")
    missing: frozenset[str] = frozenset()
    skipped: list[Problem] = msgspec.field(default_factory=list)
    unknown: tuple[UnknownComment, ...] = ()
    answers: int = 0
    new_decisions: list[Decision] = msgspec.field(default_factory=list)
    notices: TrackerNotices = msgspec.field(default_factory=TrackerNotices)


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
        vanish_limit: The share of the items that may leave the scope in one pull, from 0 to 1. If more are missing, the
            mass-deletion guard keeps them.
        rules: Ids of all rules, to parse commands.
        scope: The fingerprint of the configured scope. When it changes, any number of items may leave the scope.
        trackers: Names of the configured trackers. Comments that the store records for any of them are not unknown.
        confirmed_gone: Ids of missing items that a person has confirmed to be gone.
        roles: Who may decide what; None for the defaults.
        full_interval: How long the last list of all items may be relied on; zero if not at all. Until then, only
            changes and the top of the backlog are read, unless there is reason to doubt the list.

    Raises:
        ConnectorError: The tracker could not be read. Everything that was read before the error is kept.
    """
    before = load_mirror(database, tracker.name, now)
    reader = ItemReader(
        tracker,
        database,
        now,
        before.versions,
        AnswerReader(tracker, database, now, rules=rules, roles=roles or Roles()),
        resolver or LinkResolver({}, tracker.name),
        UnknownCommentCheck(tracker, database, trackers),
        IncompleteItems(database, tracker.name, before.versions),
        progress,
    )
    return _Pull(
        connection=connection,
        before=before,
        reader=reader,
        vanish_limit=vanish_limit,
        scope=scope,
        confirmed_gone=confirmed_gone,
        full_interval=full_interval,
    ).run()


class _QueryResults(Struct):
    """The results of the queries that a pull makes before it reads items.

    Attributes:
        changed_ids: Ids of the items with another version than in the mirror.
        position: The cursor for the next pull.
        daily_position: The cursor from which the first pull of the next day starts; None if it is `position`.
        scope_ids: The ids of the items in scope, with what is known about boards.
        are_all_listed: Whether the tracker was asked for all items and boards, not only for the top of the backlog.
    """

    changed_ids: dict[str, None]
    position: str | None
    daily_position: str | None
    scope_ids: ScopeIds = ScopeIds(())
    are_all_listed: bool = False


@dataclass(kw_only=True)
class _Pull:
    """One pull of one tracker. Most attributes are arguments of `pull`; `before` is what the store contained before."""

    connection: Connection
    before: StoredMirror
    reader: ItemReader
    vanish_limit: float
    scope: str
    confirmed_gone: Collection[str]
    full_interval: timedelta

    def run(self) -> PullResult:
        """Read what has changed in the tracker, and store it."""
        before, reader = self.before, self.reader
        must_reread_all = before.state.fingerprint != self._fingerprint
        is_quick = not must_reread_all and self._may_be_quick()
        query_results = self._find_changes(must_reread_all=must_reread_all, is_quick=is_quick)
        self._list_scope(query_results, is_quick=is_quick)
        scope_ids = query_results.scope_ids
        just_read = query_results.changed_ids | dict.fromkeys(
            self._other_ids_to_read(scope_ids, must_reread_all=must_reread_all)
        )
        reader.read(list(just_read))
        if scope_ids.ids and not reader.read_count and (must_reread_all or not before.versions):
            raise self._make_unreadable_error(scope_ids)
        pull_result = PullResult()
        kept_ids = self._process_missing(set(scope_ids.ids), pull_result)
        reader.incomplete.save()
        reader.reread_linking_items(just_read)
        reader.reread_changed_releases(before.ids_by_release, just_read)
        reader.read_moved_annotated_items()
        if not self.connection.capabilities.comment_edit_changes_version:
            reader.answers.reread_replies(just_read)
        pull_result.unknown = reader.unknown_comments.finish()
        ranked_ids = insert_unlisted(scope_ids.ids, kept_ids, before.order)
        self._finish(query_results, ranked_ids, keeps_order=bool(pull_result.mass_deletion_warning))
        pull_result.read = reader.read_count
        pull_result.new_decisions, pull_result.notices = reader.answers.new_decisions, reader.answers.notices
        pull_result.answers = len(pull_result.new_decisions)
        pull_result.skipped = [*reader.problems, *reader.answers.problems]
        return pull_result

    def _may_be_quick(self) -> bool:
        """Whether the last list of all items is recent, and there is no reason to doubt it."""
        before = self.before
        is_doubtful = before.state.trouble or self.confirmed_gone or before.missing != MissingItems()
        if is_doubtful or before.scope != self.scope or before.all_listed_at is None:
            return False
        return timedelta() <= self.reader.now - before.all_listed_at < self.full_interval

    def _find_changes(self, *, must_reread_all: bool, is_quick: bool) -> _QueryResults:
        """Find the items with another version than in the mirror. A stamp is an item's id with its version.

        In the mirror, items that the last pull or a write marked for rereading have no version.

        The first pull of a day starts from the cursor that was the latest when the first pull of the day before began,
        so that a change that the tracker once omitted is found a day later.
        """
        before = self.before
        since, daily_position = before.state.position, before.daily_position
        if must_reread_all:
            since = daily_position = None
        elif before.is_first_today:
            since, daily_position = daily_position or since, since
        unversioned_ids = dict.fromkeys(item_id for item_id, version in before.versions.items() if not version)
        query_results = _QueryResults(unversioned_ids, before.state.position, daily_position)
        for page in self.reader.tracker.changes(since, quick=is_quick):
            changed = (stamp for stamp in page.stamps if before.versions.get(stamp.id) != stamp.version)
            query_results.changed_ids.update((stamp.id, None) for stamp in changed)
            query_results.position = page.cursor
        return query_results

    def _list_scope(self, query_results: _QueryResults, *, is_quick: bool) -> None:
        """List the items in scope. If `is_quick`, those below the top are taken from the last list; new ones follow.

        If the top does not contain the same items as before, some were added or removed, so all are listed.
        """
        tracker, order = self.reader.tracker, self.before.order
        if is_quick:
            query_results.scope_ids = tracker.list_ids(quick=True)
            top = query_results.scope_ids.ids
            if query_results.scope_ids.is_complete:
                return
            if set(top) == set(order[: len(top)]):
                known_ids, new_ids = set(order), query_results.changed_ids.keys() - self.before.versions.keys()
                ids = (*top, *order[len(top) :], *(item_id for item_id in new_ids if item_id not in known_ids))
                query_results.scope_ids = msgspec.structs.replace(query_results.scope_ids, ids=ids)
                return
        query_results.scope_ids, query_results.are_all_listed = tracker.list_ids(), True

    def _other_ids_to_read(self, scope_ids: ScopeIds, *, must_reread_all: bool) -> Iterator[str]:
        """Yield the ids of items to read for other reasons than a new version. An id may be repeated."""
        before, reader = self.before, self.reader
        yield from (item_id for item_id in scope_ids.ids if must_reread_all or item_id not in before.versions)
        incomplete = reader.incomplete.ids_to_fetch(is_first_today=before.is_first_today)
        one_of_each_release = [ids[0] for ids in before.ids_by_release.values()]
        # New votes and new dates of a release do not change the version. `items_to_reread` are a part of the items each
        # day, in case an earlier response was wrong.
        others = (*before.voted_items, *before.items_to_reread, *one_of_each_release, *incomplete)
        for item_id in (*others, *reader.answers.items_to_reread()):
            if item_id in before.versions:
                yield item_id
        capabilities = self.connection.capabilities
        if capabilities.is_ordered and not capabilities.rank_changes_version:
            yield from find_reranked(before.order, scope_ids.ids)

    @property
    def _fingerprint(self) -> str:
        """A hash of everything that affects how items are read. When it changes, all items are read again."""
        return self.connection.fingerprint + self.connection.mapping_version + self.reader.resolver.fingerprint

    def _make_unreadable_error(self, scope_ids: ScopeIds) -> Retriable:
        """Make the error for a tracker that lists items, none of which could be read."""
        name, problems = self.reader.tracker.name, self.reader.problems
        first = f" The first one: {problems[0].line}." if problems else ""
        return Retriable(
            f"{name}: the tracker lists {len(scope_ids.ids)} items, but none of them could be read.{first}",
            hint="Check that the account may read the items themselves, not only find them.",
        )

    def _process_missing(self, present: set[str], pull_result: PullResult) -> list[str]:
        """Mark missing items that have left the scope; return the ids of those that need a place in the new order.

        These are in scope after all, or are kept until the next pull. Those that the mass-deletion guard keeps do not
        need a place: it keeps the stored order as well.

        Args:
            present: Ids of the items that the tracker lists.
            pull_result: Receives the numbers of items, and the missing items that are kept.
        """
        tracker, database, now = self.reader.tracker, self.reader.database, self.reader.now
        name = tracker.name
        stored_count, missing_ids = 0, []
        with database.reading() as transaction:
            for item_id in items.ids(transaction, name):
                stored_count += 1
                if item_id not in present:
                    missing_ids.append(item_id)
        max_leaving = max(1.0, stored_count * self.vanish_limit)
        scope_changed = self.before.scope not in (None, self.scope)
        check = MissingCheck(tracker, database, max_leaving, scope_changed, self.confirmed_gone)
        result = check.run(missing_ids)
        with database.writing() as transaction:
            left_ids = [*result.gone, *result.moved]
            self.reader.note_items_out_of_scope(transaction, left_ids)
            items.mark_out_of_scope(transaction, name, result.gone, "gone", now)
            items.mark_out_of_scope(transaction, name, result.moved, "moved", now)
        pull_result.gone, pull_result.moved = len(result.gone), len(result.moved)
        pull_result.items = stored_count - len(left_ids)
        pull_result.missing = frozenset((*result.waiting, *result.guarded))
        if result.guarded:
            pull_result.mass_deletion_warning = (
                f"{len(result.guarded)} of {stored_count} items are missing at once, more than the limit of "
                f"{self.vanish_limit:.0%}. They are kept as they were. Check the account's permissions and the scope. "
                f"If the items are really gone, run `steward confirm-gone {name}`."
            )
        return [*result.in_scope, *result.waiting]

    def _finish(self, query_results: _QueryResults, ranked_ids: list[str], *, keeps_order: bool) -> None:
        """Store the result of the pull.

        Args:
            ranked_ids: Ids of the items in scope in rank order.
            keeps_order: Whether the stored rank order is kept, because the tracker's list lacks too many items.
        """
        name, now = self.reader.tracker.name, self.reader.now
        with self.reader.database.writing() as transaction:
            is_ordered = self.connection.capabilities.is_ordered
            if not keeps_order and query_results.scope_ids.has_unread_boards:
                rank_order.save_keeping_boards(transaction, name, ranked_ids, ordered=is_ordered)
            elif not keeps_order:
                on_backlog = query_results.scope_ids.on_backlog
                rank_order.save(transaction, name, ranked_ids, ordered=is_ordered, on_backlog=on_backlog)
            rank_order.save_sprint_source(transaction, name, query_results.scope_ids.sprint_source)
            tracker_states.change(transaction, name, fingerprint=self._fingerprint, position=query_results.position)
            save_scope_and_daily_position(
                transaction, name, self.scope, query_results.daily_position or query_results.position or ""
            )
            if query_results.are_all_listed:
                save_all_listed_at(transaction, name, now)
            self.reader.answers.finish(transaction)
