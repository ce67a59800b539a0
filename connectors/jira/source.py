"""Reads issues of Jira, Cloud or Data Center, and finds which ones have changed."""

from collections.abc import Iterator, Sequence
from functools import partial

import msgspec

from connectors.bulk_reads import FailureCounter, read_isolating_failures, split_into_chunks, try_request
from connectors.comments import Author, Comment
from connectors.concurrency import CallPool, bounded_map
from connectors.connection import Connection
from connectors.errors import ConnectorError
from connectors.http import TrafficStats
from connectors.jira import changes, payloads
from connectors.jira.client import ITEM_WINDOWS
from connectors.jira.comment_mapping import map_comment
from connectors.jira.connect import connect
from connectors.jira.directory import JiraDirectory
from connectors.jira.fetch import fetch_batches
from connectors.jira.session import JiraSession
from connectors.jira.settings import JiraSettings
from connectors.jira.target import JiraTarget
from connectors.plugin import TrackerContext
from connectors.rate_limit import RateLimiter
from connectors.tracker import Batch, Changes, ScopeIds, Whereabouts

_IDS_PER_DIRECT_READ = 100
"""The maximum number of issues in a bulk read."""
_IDS_PER_SCOPE_SEARCH = 50
"""The maximum number of issues whose latest changes a search on Cloud is certain to find."""
_MAX_BOARD_LISTS = 4
"""The number of lists of issues on boards that are read at the same time."""


class JiraSource:
    """Reads the issues in the scope of one site, with one set of credentials."""

    def __init__(self, settings: JiraSettings, context: TrackerContext) -> None:
        self.name = context.name
        self.directory = JiraDirectory(lambda: self._session)
        self.target = JiraTarget(lambda: self._session, settings, context)
        self._settings = settings
        self._context = context
        self.stats = TrafficStats()
        self._rate_limiter = RateLimiter(rate=settings.rate, item_windows=ITEM_WINDOWS)
        self._open_session: JiraSession | None = None

    def connect(self) -> Connection:
        """Sign in, find fields and boards, and check permissions."""
        self.close()
        with self._context.cache.used_while_connecting():
            self._open_session = connect(self._settings, self._context, self.stats, self._rate_limiter)
        return msgspec.structs.replace(self._open_session.connection, cache=self._context.cache.encode())

    def close(self) -> None:
        if self._open_session is not None:
            self._open_session.http.close()
            self._open_session = None

    def changes(self, since: str | None, *, quick: bool = False) -> Iterator[Changes]:
        """Yield the ids and versions of issues updated since a cursor, or shortly before it; see `find_changes`.

        With `quick`, changes of sprints are left until the next call that is not quick.
        """
        return changes.find_changes(self._session, since, reads_sprints=not quick)

    def list_ids(self, *, quick: bool = False) -> ScopeIds:
        """List the ids in scope in rank order, and which of them are on a board.

        With `quick`, only the first ids are listed, with a single request, and boards are not read; unless that request
        finds none.
        """
        session = self._session
        if quick:
            first_ids, is_complete = session.first_ids()
            if first_ids:
                return ScopeIds(tuple(dict.fromkeys(first_ids)), has_unread_boards=True, is_complete=is_complete)
        with CallPool(max_workers=1) as calls:
            find_ids_on_boards = calls.start(lambda: _find_ids_on_boards(session))
            ids = tuple(dict.fromkeys(session.ids()))
            if not ids:
                # After a token has expired, Jira may find nothing instead of refusing the token.
                session.client.check_account()
            on_boards = find_ids_on_boards()
        # Without boards, or with empty ones only, it is unknown which issues the team has on its backlog.
        return ScopeIds(ids, on_boards or None, has_unread_boards=on_boards is None)

    def fetch(self, ids: Sequence[str]) -> Iterator[Batch]:
        """Read issues with their whole history and all comments, with several bulk reads at the same time."""
        return fetch_batches(self._session, ids)

    def locate(self, ids: Sequence[str]) -> dict[str, Whereabouts]:
        """Find the issues that `list_ids` left out.

        A read by id also finds issues that have moved to another project. An issue that exists is searched for once
        more in the scope; it is outside the scope only if this search does not find it either.
        """
        session, failures = self._session, FailureCounter()
        whereabouts_by_id: dict[str, Whereabouts] = dict.fromkeys(ids, Whereabouts.GONE)

        def keep_in_scope(issue_id: str, _error: ConnectorError) -> None:
            # An issue that Jira cannot read may still exist, so it is not gone.
            whereabouts_by_id[issue_id] = Whereabouts.IN_SCOPE

        for chunk in split_into_chunks(ids, _IDS_PER_DIRECT_READ):
            for existing_ids, failed_ids in read_isolating_failures(
                session.client.find_existing, chunk, failures, keep_in_scope
            ):
                second_read = try_request(partial(session.client.find_existing, failed_ids)) if failed_ids else None
                existing_in_second_read, ids_that_failed_twice = second_read or ([], failed_ids)
                # Existing issues count as moved until the search in the scope finds them.
                whereabouts_by_id.update(dict.fromkeys([*existing_ids, *existing_in_second_read], Whereabouts.MOVED))
                whereabouts_by_id.update(dict.fromkeys(ids_that_failed_twice, Whereabouts.IN_SCOPE))
        existing_ids = [
            issue_id for issue_id, whereabouts in whereabouts_by_id.items() if whereabouts is Whereabouts.MOVED
        ]
        filter_by_scope = partial(session.client.filter_by_scope, session.scope)
        for chunk in split_into_chunks(existing_ids, _IDS_PER_SCOPE_SEARCH):
            for ids_in_scope in read_isolating_failures(filter_by_scope, chunk, failures, keep_in_scope):
                whereabouts_by_id.update(dict.fromkeys(ids_in_scope, Whereabouts.IN_SCOPE))
        return whereabouts_by_id

    def comments(self, ids: Sequence[tuple[str, str]]) -> dict[str, Comment]:
        """Read comments as they are now, because editing or deleting one does not change the version of its issue.

        Comments that cannot be read are left out.

        Args:
            ids: Pairs of an issue id and a comment id.
        """
        session, failures = self._session, FailureCounter()
        people = session.site.people
        # A comment does not contain the project of its issue, so one service desk is enough to treat all as such.
        is_service_desk = any(project.project_type_key == "service_desk" for project in session.projects.values())
        comments: dict[str, Comment] = {}

        def read_comments(chunk: Sequence[tuple[str, str]]) -> list[payloads.JiraComment]:
            return session.client.fetch_comments_by_id(
                chunk, may_be_tagged=lambda comment: people.author(comment.author) is Author.THIS_SERVICE
            )

        for chunk in split_into_chunks(ids, session.client.comments_per_request):
            for raw_comments in read_isolating_failures(read_comments, chunk, failures, lambda _ids, _error: None):
                readable = [comment for comment in raw_comments if not comment.unreadable_members]
                comments |= {
                    comment.id: map_comment(comment, people, service_desk=is_service_desk) for comment in readable
                }
        return comments

    @property
    def _session(self) -> JiraSession:
        if self._open_session is None:
            self.connect()
        assert self._open_session is not None
        return self._open_session


def _find_ids_on_boards(session: JiraSession) -> frozenset[str] | None:
    """The ids of the issues on any board or in its backlog; None if some boards could not be read."""
    if session.boards is None:
        return None
    board_lists = [(board, list_name) for board in session.boards for list_name in ("issue", "backlog")]
    ids: set[str] = set()
    for ids_on_board in bounded_map(
        lambda board_list: try_request(lambda: set(session.client.list_board_issues(*board_list))),
        board_lists,
        max_workers=min(_MAX_BOARD_LISTS, session.client.max_concurrent_requests - 1),  # one for the list of ids
    ):
        if ids_on_board is None:
            return None
        ids |= ids_on_board
    return frozenset(ids)
