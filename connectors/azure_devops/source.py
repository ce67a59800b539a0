"""Reads Azure DevOps, Services or Server."""

import contextlib
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from connectors import lenient_json
from connectors.azure_devops import mapping
from connectors.azure_devops.client import FEED_FIELDS, IDS_PER_BATCH, quoted, select_ids
from connectors.azure_devops.connect import AzureSession, connect
from connectors.azure_devops.directory import AzureDirectory
from connectors.azure_devops.fetch import fetch_batches
from connectors.azure_devops.payloads import AzureComment, ItemRef
from connectors.azure_devops.settings import AzureDevOpsSettings
from connectors.azure_devops.target import AzureTarget
from connectors.bulk_reads import FailureCounter, read_isolating_failures
from connectors.concurrency import bounded_map
from connectors.errors import ConnectorError, Gone, Refused
from connectors.http import TrafficStats
from connectors.plugin import TrackerContext
from connectors.tracker import Batch, Changes, Comment, Connection, ScopeIds, Stamp, Whereabouts

_IDS_PER_QUERY = 500
_AT_ONCE = 6


class _Position(Struct):
    """Where to continue in each feed. A token is valid for one organisation, one feed and one set of fields."""

    revisions: str
    links: str
    sprints: dict[str, str] | None = None
    """See `_sprint_states`; None if never read."""


class AzureSource:
    """One team of one project."""

    def __init__(self, settings: AzureDevOpsSettings, context: TrackerContext) -> None:
        self.name = context.name
        self.directory = AzureDirectory(lambda: self._session)
        self.target = AzureTarget(lambda: self._session)
        self._settings = settings
        self._context = context
        self._stats = TrafficStats()
        self._open_session: AzureSession | None = None

    @property
    def stats(self) -> TrafficStats:
        """Counts of the requests so far."""
        return self._stats

    def connect(self) -> Connection:
        """Sign in and discover how the team works."""
        self.close()
        self._open_session = connect(self._settings, self._context, self._stats)
        return self._open_session.connection

    def close(self) -> None:
        """Close the connections."""
        if self._open_session is not None:
            self._open_session.http.close()
            self._open_session = None

    def changes(self, since: str | None) -> Iterator[Changes]:
        """Stamps of items that were saved, and ids of items whose links or sprints changed, since a position.

        A new parent changes neither revision nor date of an item; only the links feed shows it. A sprint that is
        renamed, moved or started changes no item at all.
        """
        client, sprints = self._session.client, _sprint_states(self._session)
        if since is None:
            revisions, links = client.start_positions(datetime.now(UTC))
            yield Changes((), _encode(_Position(revisions, links, sprints)))
            return
        position = msgspec.json.decode(since, type=_Position)
        for page in client.revisions(position.revisions, FEED_FIELDS):
            position.revisions = page.continuation_token or position.revisions
            versions = {str(revision.id): revision.version for revision in page.values}
            # The feed covers the whole project, with tasks and other teams.
            in_scope = self._within_scope(list(versions))
            yield Changes(tuple(Stamp(ident, versions[ident]) for ident in in_scope), _encode(position))
        for linked in client.links(position.links):
            position.links = linked.continuation_token or position.links
            ids = dict.fromkeys(ident for link in linked.values for ident in link.ends)
            yield Changes(tuple(Stamp(ident, None) for ident in ids), _encode(position))
        if sprints is not None and position.sprints != sprints:
            replanned = self._in_changed_sprints(position.sprints, sprints)
            position.sprints = sprints
            yield Changes(tuple(Stamp(ident, None) for ident in replanned), _encode(position))

    def list_ids(self) -> ScopeIds:
        """Ids of the team's items: open items that are ranked, in rank order, then all others."""
        session = self._session
        order = session.site.process.order
        ranked = session.client.query(
            select_ids(f"{session.condition}{_and_open(session)} AND [{order}] <> ''", f"[{order}], [System.Id]")
        )
        ids = dict.fromkeys([*ranked, *session.client.query_all(session.condition)])
        return ScopeIds(tuple(str(ident) for ident in ids))

    def fetch(self, ids: Sequence[str]) -> Iterator[Batch]:
        """Items with their whole history, in batches as they arrive."""
        return fetch_batches(self._session, ids)

    def locate(self, ids: Sequence[str]) -> dict[str, Whereabouts]:
        """Where items are that a query left out; deleted and hidden items look the same."""
        located: dict[str, Whereabouts] = dict.fromkeys(ids, Whereabouts.GONE)

        def batch(numbers: Sequence[int]) -> list[str]:
            raw_items = self._session.client.batch(numbers, relations=False, fields=["System.Id"]).present
            items, unreadable = lenient_json.decode_entries(raw_items, ItemRef)
            if unreadable:
                raise ConnectorError(f"{self.name}: {unreadable} items have an unexpected format.")
            return [str(item.id) for item in items]

        def unread(number: int, _error: ConnectorError) -> None:
            # What cannot be read now exists; to call it gone would be a guess.
            located[str(number)] = Whereabouts.IN_SCOPE

        failures = FailureCounter()
        for part in _portions(ids, IDS_PER_BATCH):
            for found in read_isolating_failures(batch, [int(ident) for ident in part], failures, unread):
                located.update(dict.fromkeys(found, Whereabouts.MOVED))
        existing = [ident for ident, where in located.items() if where is Whereabouts.MOVED]
        located.update(dict.fromkeys(self._within_scope(existing), Whereabouts.IN_SCOPE))
        return located

    def comments(self, ids: Sequence[tuple[str, str]]) -> dict[str, Comment]:
        """Comments as they are now. Those that cannot be read are left out."""
        wanted = {comment for _, comment in ids}
        found: dict[str, Comment] = {}
        items = dict.fromkeys(item for item, _ in ids)
        failures = FailureCounter()

        def read(item: str) -> list[AzureComment]:
            try:
                comments = self._discussion(item)
            except ConnectorError as error:
                if not isinstance(error, Refused):
                    failures.record_failure(error)
                return []
            failures.record_success()
            return [comment for comment in comments if not comment.unread]

        for discussion in bounded_map(read, items, max_workers=_AT_ONCE):
            comments = (mapping.map_comment(comment, self._session.site) for comment in discussion)
            found |= {comment.id: comment for comment in comments if comment.id in wanted}
        return found

    @property
    def _session(self) -> AzureSession:
        if self._open_session is None:
            self.connect()
        assert self._open_session is not None
        return self._open_session

    def _within_scope(self, ids: Sequence[str]) -> list[str]:
        """The ids that are in the scope."""
        in_scope: list[str] = []
        for part in _portions(ids, _IDS_PER_QUERY):
            wiql = select_ids(f"{self._session.condition} AND [System.Id] IN ({', '.join(part)})", "[System.Id]")
            in_scope += (str(ident) for ident in self._session.client.query(wiql))
        return in_scope

    def _in_changed_sprints(self, before: Mapping[str, str] | None, now: Mapping[str, str]) -> list[str]:
        """Items of sprints that changed, or that the team no longer has."""
        session = self._session
        ids: dict[str, None] = {}
        if before is None:
            return []
        for sprint in sorted(before.keys() | now.keys()):
            if before.get(sprint) == now.get(sprint):
                continue
            path = quoted(_path_of(now.get(sprint) or before[sprint]))
            # The server rejects a deleted path. Its items have moved, so the revision feed has them.
            with contextlib.suppress(Refused):
                found = session.client.query_all(f"{session.condition} AND [System.IterationPath] = {path}")
                ids |= dict.fromkeys(str(ident) for ident in found)
        return list(ids)

    def _discussion(self, item: str) -> list[AzureComment]:
        """The comments of an item, whatever project it is in by now; none if it is gone."""
        client = self._session.client
        with contextlib.suppress(Gone):
            try:
                return client.comments(self._settings.project, item)
            except Gone:
                return client.comments(mapping.project_of(client.item(item)), item)
        return []


def _and_open(session: AzureSession) -> str:
    states = ", ".join(quoted(state) for state in session.finished_states)
    return f" AND [System.State] NOT IN ({states})" if states else ""


def _portions(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))


def _sprint_states(session: AzureSession) -> dict[str, str] | None:
    """A hash of each of the team's sprints, followed by its path, by sprint id; None if they could not be read."""
    iterations = session.site.process.iterations
    if iterations is None:
        return None
    return {
        sprint.id: f"{hashlib.sha256(msgspec.json.encode(sprint)).hexdigest()[:8]} {sprint.path}"
        for sprint in iterations
    }


def _path_of(state: str) -> str:
    return state.partition(" ")[2]


def _encode(position: _Position) -> str:
    return msgspec.json.encode(position).decode()
