"""Reads items of Azure DevOps, and finds which ones have changed."""

import contextlib
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from connectors import lenient_json
from connectors.azure_devops import mapping
from connectors.azure_devops.client import FEED_FIELDS, IDS_PER_BATCH, make_id_query, quote_wiql
from connectors.azure_devops.connect import AzureSession, connect, explaining_refusals
from connectors.azure_devops.directory import AzureDirectory
from connectors.azure_devops.fetch import fetch_batches
from connectors.azure_devops.payloads import AzureComment, ItemRef
from connectors.azure_devops.settings import AzureDevOpsSettings
from connectors.azure_devops.target import AzureTarget
from connectors.bulk_reads import FailureCounter, read_isolating_failures, split_into_chunks
from connectors.comments import Comment
from connectors.concurrency import bounded_map
from connectors.connection import Connection
from connectors.errors import ConnectorError, Gone, Refused
from connectors.http import TrafficStats
from connectors.plugin import TrackerContext
from connectors.tracker import Batch, Changes, ScopeIds, Stamp, Whereabouts
from rules.model import SprintSource

_IDS_PER_QUERY = 500
"""The number of ids in one query, which may have at most 32,000 characters."""
_MAX_WORKERS = 6
"""The number of items whose comments are read at the same time."""


class _FeedCursor(Struct):
    """Where to continue looking for changes. It is stored as JSON."""

    revisions: str
    """The continuation token of the revision feed."""
    links: str
    """The continuation token of the links feed."""
    sprints: dict[str, str] | None = None
    """The last complete result of `_sprint_fingerprints`; None if there has been none."""


class AzureSource:
    """Reads the items of one team of one project."""

    def __init__(self, settings: AzureDevOpsSettings, context: TrackerContext) -> None:
        self.name = context.name
        self.directory = AzureDirectory(lambda: self._session)
        self.target = AzureTarget(lambda: self._session, context)
        self._settings = settings
        self._context = context
        self.stats = TrafficStats()
        self._open_session: AzureSession | None = None

    def connect(self) -> Connection:
        """Sign in, and discover the process of the team."""
        self.close()
        with self._context.cache.used_while_connecting():
            self._open_session = connect(self._settings, self._context, self.stats)
        return msgspec.structs.replace(self._open_session.connection, cache=self._context.cache.encode())

    def close(self) -> None:
        if self._open_session is not None:
            self._open_session.http.close()
            self._open_session = None

    def changes(self, since: str | None, *, quick: bool = False) -> Iterator[Changes]:
        """Yield a stamp (id and version) of each item that was saved, or whose links or sprint changed, since a cursor.

        Without a cursor, yield only a cursor to start from.

        A new parent changes neither the revision nor the date of an item; only the links feed contains it. A sprint
        that is renamed, moved or started does not change any item.

        `quick`, which saves requests, has no effect, because `connect` has already read the sprints.
        """
        del quick
        client, sprints = self._session.client, _sprint_fingerprints(self._session)
        if since is None:
            revisions, links = client.fetch_start_tokens(datetime.now(UTC))
            yield Changes((), _encode_cursor(_FeedCursor(revisions, links, sprints)))
            return
        cursor = msgspec.json.decode(since, type=_FeedCursor)
        # The sprints at the cursor show later whether the list of sprints that was read now may lack some.
        if cursor.sprints is not None:
            paths = frozenset(map(_path_in_fingerprint, cursor.sprints.values()))
            site = msgspec.structs.replace(self._session.site, earlier_sprint_paths=paths)
            self._open_session = msgspec.structs.replace(self._session, site=site)
        is_complete = True
        for page in client.read_revisions(cursor.revisions, FEED_FIELDS):
            cursor.revisions = page.continuation_token or cursor.revisions
            versions = {str(revision.id): revision.version for revision in page.values}
            # The feed contains all items of the project, including tasks and items of other teams.
            ids_in_scope, unreadable = self._filter_by_scope(list(versions))
            # If an id cannot be decoded, the cursor does not advance, so that the next call finds the change again.
            is_complete = is_complete and not unreadable
            stamps = tuple(Stamp(item_id, versions[item_id]) for item_id in ids_in_scope)
            yield Changes(stamps, _encode_cursor(cursor) if is_complete else since)
        for link_page in client.read_links(cursor.links):
            cursor.links = link_page.continuation_token or cursor.links
            ids = dict.fromkeys(item_id for link in link_page.values for item_id in link.linked_item_ids)
            yield Changes(
                tuple(Stamp(item_id, None) for item_id in ids), _encode_cursor(cursor) if is_complete else since
            )
        if sprints is not None and cursor.sprints != sprints:
            ids_in_changed_sprints = self._find_items_in_changed_sprints(cursor.sprints, sprints)
            cursor.sprints = sprints
            stamps = tuple(Stamp(item_id, None) for item_id in ids_in_changed_sprints)
            yield Changes(stamps, _encode_cursor(cursor) if is_complete else since)

    def list_ids(self, *, quick: bool = False) -> ScopeIds:
        """List the ids of the team's items: ranked open items in rank order, then all others unless `quick`.

        Boards are never read, so it is unknown which items are on one.
        """
        session = self._session
        rank_field = session.site.process.rank_field
        with self._explaining_refusals():
            ranked_ids = session.client.query(
                make_id_query(
                    f"{session.condition}{_open_states_condition(session)} AND [{rank_field}] <> ''",
                    f"[{rank_field}], [System.Id]",
                )
            )
        if quick:
            return ScopeIds(tuple(map(str, ranked_ids)), is_complete=False, sprint_source=self._sprint_source)
        ids = dict.fromkeys([*ranked_ids, *session.client.query_all(session.condition)])
        return ScopeIds(tuple(str(item_id) for item_id in ids), sprint_source=self._sprint_source)

    def fetch(self, ids: Sequence[str]) -> Iterator[Batch]:
        """Read items with their whole history, in batches as they arrive."""
        return fetch_batches(self._session, ids)

    def locate(self, ids: Sequence[str]) -> dict[str, Whereabouts]:
        """Find the items that `list_ids` left out. Deleted items cannot be distinguished from hidden ones."""
        located: dict[str, Whereabouts] = dict.fromkeys(ids, Whereabouts.GONE)

        def read_existing_ids(item_ids: Sequence[int]) -> list[str]:
            raw_items = self._session.client.fetch_batch(item_ids, relations=False, fields=["System.Id"]).existing_items
            items, unreadable = lenient_json.decode_entries(raw_items, ItemRef)
            if unreadable:
                raise ConnectorError(f"{self.name}: {unreadable} items have an unexpected format.")
            return [str(item.id) for item in items]

        def keep_in_scope(number: int, _error: ConnectorError) -> None:
            # An item that cannot be read exists, so it is not gone.
            located[str(number)] = Whereabouts.IN_SCOPE

        failures = FailureCounter()
        for chunk in split_into_chunks(ids, IDS_PER_BATCH):
            for found_ids in read_isolating_failures(
                read_existing_ids, [int(item_id) for item_id in chunk], failures, keep_in_scope
            ):
                located.update(dict.fromkeys(found_ids, Whereabouts.MOVED))
        existing_ids = [item_id for item_id, whereabouts in located.items() if whereabouts is Whereabouts.MOVED]
        located.update(dict.fromkeys(self._filter_by_scope(existing_ids)[0], Whereabouts.IN_SCOPE))
        return located

    def comments(self, ids: Sequence[tuple[str, str]]) -> dict[str, Comment]:
        """Read comments as they are now. Comments that cannot be read are left out."""
        requested_ids = {comment for _, comment in ids}
        comments_by_id: dict[str, Comment] = {}
        items = dict.fromkeys(item for item, _ in ids)
        failures = FailureCounter()

        def read_comments(item_id: str) -> list[AzureComment]:
            try:
                comments = self._read_discussion(item_id)
            except ConnectorError as error:
                if not isinstance(error, Refused):
                    failures.record_failure(error)
                return []
            failures.record_success()
            return [comment for comment in comments if not comment.unreadable_members]

        for discussion in bounded_map(read_comments, items, max_workers=_MAX_WORKERS):
            comments = (mapping.map_comment(comment, self._session.site) for comment in discussion)
            comments_by_id |= {comment.id: comment for comment in comments if comment.id in requested_ids}
        return comments_by_id

    @property
    def _session(self) -> AzureSession:
        if self._open_session is None:
            self.connect()
        assert self._open_session is not None
        return self._open_session

    def _filter_by_scope(self, ids: Sequence[str]) -> tuple[list[str], int]:
        """Return which of these ids are in scope, and the number of ids in the results that could not be decoded."""
        ids_in_scope: list[str] = []
        unreadable = 0
        for chunk in split_into_chunks(ids, _IDS_PER_QUERY):
            wiql = make_id_query(f"{self._session.condition} AND [System.Id] IN ({', '.join(chunk)})", "[System.Id]")
            with self._explaining_refusals():
                result = self._session.client.query_result(wiql)
            ids_in_scope += (str(item.id) for item in result.work_items)
            unreadable += result.left_out
        return ids_in_scope, unreadable

    def _explaining_refusals(self) -> contextlib.AbstractContextManager[None]:
        session = self._session
        return explaining_refusals(session.client, self._settings, session.site.process)

    @property
    def _sprint_source(self) -> SprintSource:
        """How far the sprints of items can be relied on.

        An item names its sprint by a path, which is looked up in the team's list of sprints. This list may lack sprints
        if it could not be read, or if the list of the last round, with which it is compared, is unknown.
        """
        site = self._session.site
        is_complete = site.earlier_sprint_paths is not None and _sprint_fingerprints(self._session) is not None
        return SprintSource.ITEMS if is_complete else SprintSource.INCOMPLETE_LIST

    def _find_items_in_changed_sprints(self, before: Mapping[str, str] | None, now: Mapping[str, str]) -> list[str]:
        """The ids of items in sprints that are new, have another fingerprint, or are no longer sprints of the team.

        Return no ids if `before`, the earlier fingerprints, is None.
        """
        session = self._session
        ids: dict[str, None] = {}
        if before is None:
            return []
        for sprint in sorted(before.keys() | now.keys()):
            if before.get(sprint) == now.get(sprint):
                continue
            path = quote_wiql(_path_in_fingerprint(now.get(sprint) or before[sprint]))
            # The server rejects a deleted path. Its items have moved, so the revision feed contains them.
            with contextlib.suppress(Refused):
                found_ids = session.client.query_all(f"{session.condition} AND [System.IterationPath] = {path}")
                ids |= dict.fromkeys(str(item_id) for item_id in found_ids)
        return list(ids)

    def _read_discussion(self, item_id: str) -> list[AzureComment]:
        """The comments of an item, even if it has moved to another project; none if it is gone."""
        client = self._session.client
        with contextlib.suppress(Gone):
            try:
                return client.fetch_comments(self._settings.project, item_id)
            except Gone:
                return client.fetch_comments(mapping.get_project(client.fetch_item(item_id)), item_id)
        return []


def _open_states_condition(session: AzureSession) -> str:
    """Make a condition in WIQL, to append to another one, that excludes finished items.

    It names the states that, in every type that has them, mean that an item is done or removed.
    """
    states = [pair for type_info in session.site.process.types.values() for pair in type_info.states.items()]
    open_states = {state for state, category in states if category not in mapping.FINISHED_CATEGORIES}
    names = ", ".join(quote_wiql(state) for state in sorted({state for state, _ in states} - open_states))
    return f" AND [System.State] NOT IN ({names})" if names else ""


def _sprint_fingerprints(session: AzureSession) -> dict[str, str] | None:
    """A fingerprint of each sprint of the team, by its id; None if not all sprints could be read.

    A fingerprint consists of a hash of the sprint, a space, and its path, which is needed even after the team no longer
    has the sprint.
    """
    iterations = session.site.process.iterations
    if iterations is None or not all(sprint.path for sprint in iterations):
        return None
    return {
        sprint.id: f"{hashlib.sha256(msgspec.json.encode(sprint)).hexdigest()[:8]} {sprint.path}"
        for sprint in iterations
    }


def _path_in_fingerprint(fingerprint: str) -> str:
    return fingerprint.partition(" ")[2]


def _encode_cursor(cursor: _FeedCursor) -> str:
    return msgspec.json.encode(cursor).decode()
