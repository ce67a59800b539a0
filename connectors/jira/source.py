"""Reads Jira, Cloud or Data Center."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TypeVar

from connectors.bulk_reads import FailureCounter, read_isolating_failures, try_request
from connectors.concurrency import bounded_map
from connectors.errors import ConnectorError
from connectors.http import TrafficStats
from connectors.jira import changes, mapping, payloads
from connectors.jira.client import ITEM_WINDOWS
from connectors.jira.connect import JiraSession, connect
from connectors.jira.directory import JiraDirectory
from connectors.jira.fetch import fetch_batches
from connectors.jira.settings import JiraSettings
from connectors.jira.target import JiraTarget
from connectors.plugin import TrackerContext
from connectors.rate_limit import RateLimiter
from connectors.tracker import Author, Batch, Changes, Comment, Connection, ScopeIds, Whereabouts

_IDS_PER_DIRECT_READ = 100
_IDS_PER_SCOPE_SEARCH = 50
_AT_ONCE = 4

T = TypeVar("T")


class JiraSource:
    """One Jira site with one scope and one set of credentials."""

    def __init__(self, settings: JiraSettings, context: TrackerContext) -> None:
        self.name = context.name
        self.directory = JiraDirectory(lambda: self._session)
        self.target = JiraTarget(lambda: self._session, settings, context)
        self._settings = settings
        self._context = context
        self._stats = TrafficStats()
        self._rate_limiter = RateLimiter(rate=settings.rate, item_windows=ITEM_WINDOWS)
        self._open_session: JiraSession | None = None

    @property
    def stats(self) -> TrafficStats:
        """Counts of the requests so far."""
        return self._stats

    def connect(self) -> Connection:
        """Sign in, find fields and boards, and check permissions."""
        self.close()
        self._open_session = connect(self._settings, self._context, self._stats, self._rate_limiter)
        return self._open_session.connection

    def close(self) -> None:
        """Close the connections."""
        if self._open_session is not None:
            self._open_session.http.close()
            self._open_session = None

    def changes(self, since: str | None) -> Iterator[Changes]:
        """Stamps of issues updated since a position, with overlap."""
        return changes.changes(self._session, since)

    def list_ids(self) -> ScopeIds:
        """Ids of the scope in rank order, and which of them are on some board."""
        session = self._session
        ids = tuple(dict.fromkeys(session.ids()))
        if not ids:
            # With an expired token, Jira may find nothing instead of refusing it.
            session.client.check_account()
        on_boards = _ids_on_boards(session)
        return ScopeIds(ids, on_boards or None, has_unreadable_boards=on_boards is None)

    def fetch(self, ids: Sequence[str]) -> Iterator[Batch]:
        """Issues with their whole history and discussion, a few bulk reads at a time."""
        return fetch_batches(self._session, ids)

    def locate(self, ids: Sequence[str]) -> dict[str, Whereabouts]:
        """Find out where issues are that a search left out.

        A direct read by id also finds issues that moved. Those that exist are searched for once more, with a search
        that has to be up to date for them; only if it leaves them out as well are they outside the scope.
        """
        session, failures = self._session, FailureCounter()
        located: dict[str, Whereabouts] = dict.fromkeys(ids, Whereabouts.GONE)

        def unread(ident: str, _error: ConnectorError) -> None:
            # An issue that Jira cannot read at the moment may still exist; calling it gone would be a guess.
            located[ident] = Whereabouts.IN_SCOPE

        for part in _portions(ids, _IDS_PER_DIRECT_READ):
            for existing, failed in read_isolating_failures(session.client.existing, part, failures, unread):
                again = try_request(partial(session.client.existing, failed)) if failed else None
                existing_after_all, failed_again = again or ([], failed)
                located.update(dict.fromkeys([*existing, *existing_after_all], Whereabouts.MOVED))
                located.update(dict.fromkeys(failed_again, Whereabouts.IN_SCOPE))
        existing = [ident for ident, where in located.items() if where is Whereabouts.MOVED]
        within = partial(session.client.within, session.scope)
        for part in _portions(existing, _IDS_PER_SCOPE_SEARCH):
            for shown in read_isolating_failures(within, part, failures, unread):
                located.update(dict.fromkeys(shown, Whereabouts.IN_SCOPE))
        return located

    def comments(self, ids: Sequence[tuple[str, str]]) -> dict[str, Comment]:
        """Comments as they are now; editing or deleting a comment does not change its issue's version.

        Comments that cannot be read are left out.
        """
        session, failures = self._session, FailureCounter()
        people = session.site.people
        # A comment does not say which project it is in.
        desk = any(project.project_type_key == "service_desk" for project in session.projects.values())
        comments: dict[str, Comment] = {}

        def read(part: Sequence[tuple[str, str]]) -> list[payloads.JiraComment]:
            return session.client.comments_by_id(part, lambda comment: people.author(comment.author) is Author.US)

        for part in _portions(ids, session.client.comments_at_once):
            for found in read_isolating_failures(read, part, failures, lambda _ids, _error: None):
                readable = [comment for comment in found if not comment.unread]
                comments |= {one.id: mapping.map_comment(one, people, service_desk=desk) for one in readable}
        return comments

    @property
    def _session(self) -> JiraSession:
        if self._open_session is None:
            self.connect()
        assert self._open_session is not None
        return self._open_session


def _portions(ids: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))


def _ids_on_boards(session: JiraSession) -> frozenset[str] | None:
    """Ids on any board or its backlog; None if not all boards could be read."""
    if session.boards is None:
        return None
    parts = [(board, part) for board in session.boards for part in ("issue", "backlog")]
    ids: set[str] = set()
    for found in bounded_map(
        lambda part: try_request(lambda: set(session.client.board_issues(*part))), parts, max_workers=_AT_ONCE
    ):
        if found is None:
            return None
        ids |= found
    return frozenset(ids)
