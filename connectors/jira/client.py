"""Requests to Jira: one method a request, typed responses, no decisions.

This module has the requests that Cloud and Data Center have in common; `cloud` and `data_center` have the others.
Metadata is requested by `library`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Protocol, TypeVar

from msgspec import Raw

from connectors.document import Document
from connectors.error_responses import extract_error_message
from connectors.errors import ConnectorError
from connectors.http import HttpClient, Response
from connectors.jira import payloads
from connectors.paging import PageGuard

READ_ONLY_POSTS = (
    r"/rest/api/2/search$",
    r"/search/jql$",
    r"/issue/bulkfetch$",
    r"/changelog/bulkfetch$",
    r"/comment/list$",
)
"""Paths of POST requests that only read."""

ITEM_WINDOWS = ((20, 2.0), (100, 30.0))
"""Jira Cloud's limits for writes to one issue, as (count, seconds)."""

LANGUAGE = {"X-Force-Accept-Language": "true", "Accept-Language": "en", "Accept": "application/json"}


NOBODY = "anonymous"
"""Error code of a response to an anonymous user."""

CAPTCHA = "captcha"
"""Error code of a response that wants a person to sign in first, after too many failed sign-ins."""
_LOGIN_DENIED = "AUTHENTICATION_DENIED"


class Page(Protocol):
    """A page of issues, with the token of the next page if there are tokens."""

    next_page_token: str | None
    is_last: bool | None

    @property
    def issues(self) -> Sequence[Any]:
        """The issues of the page."""


P = TypeVar("P", bound=Page)
T = TypeVar("T")


def parse_error(response: Response) -> tuple[str, str]:
    """Jira's error messages as one sentence, with the names of fields, and the error code."""
    denied = response.headers.get("x-authentication-denied-reason", "")
    if denied:
        return "; ".join(filter(None, (extract_error_message(response), denied))), CAPTCHA
    code = NOBODY if is_anonymous(response) else response.headers.get("x-seraph-loginreason", "")
    return extract_error_message(response), CAPTCHA if code == _LOGIN_DENIED else code


def is_anonymous(response: Response) -> bool:
    """Whether Data Center answered as to an anonymous user, as it does when a token has expired."""
    return response.headers.get("x-ausername", "").casefold() == NOBODY


class JiraClient(ABC):
    """Requests to one Jira.

    Attributes:
        api: Path of the REST API.
        oldest_first: Whether `stamps` are in the order of updates.
        quiet_comments: Whether a comment can be replaced without mail.
        hides_addresses: Whether comments show no e-mail address of their author.
        comments_at_once: How many comments `comments_by_id` reads at most.
        scope_searches: How often an issue is searched for before it counts as outside the scope.
    """

    api: ClassVar[str]
    oldest_first: ClassVar[bool]
    quiet_comments: ClassVar[bool]
    hides_addresses: ClassVar[bool]
    comments_at_once: ClassVar[int]
    scope_searches: ClassVar[int]

    def __init__(self, http: HttpClient) -> None:
        self._http = http

    @abstractmethod
    def first(self, jql: str, fields: Sequence[str], page: type[P], *, size: int = 100) -> P:
        """The first page of a search."""

    @abstractmethod
    def projects(self) -> list[payloads.ListedProject]:
        """The projects that the account sees, of very many only the first ones."""

    @abstractmethod
    def can_rank(self, scope: str, rank: str | None) -> bool:
        """Whether `ranked_ids` works. `rank` is the id of the rank field."""

    @abstractmethod
    def ids(self, scope: str) -> Iterator[str]:
        """Ids of all issues of a scope, by key."""

    @abstractmethod
    def ranked_ids(self, scope: str, rank: str | None) -> Iterator[str]:
        """Ids of all issues of a scope in rank order."""

    @abstractmethod
    def stamps(self, jql: str) -> Iterator[payloads.StampedIssues]:
        """Update times of the issues that a query finds."""

    @abstractmethod
    def shown_within(self, scope: str, ids: Sequence[str]) -> set[str]:
        """Which of at most 50 issues one search finds in a scope, up to date where the search supports it."""

    @abstractmethod
    def bulk_fetch(self, ids: Sequence[str], fields: Sequence[str]) -> payloads.BulkIssues:
        """At most 100 issues by id with their changelog, without those that are not visible."""

    @abstractmethod
    def existing(self, ids: Sequence[str]) -> tuple[list[str], list[str]]:
        """Ids of the issues that exist, and of those that Jira failed to read. The others are gone or hidden."""

    @abstractmethod
    def changelogs(self, ids: Sequence[str]) -> dict[str, list[Raw]]:
        """The whole history of some issues, by issue id, each change to be decoded as `History`."""

    @abstractmethod
    def comments_by_id(
        self, wanted: Sequence[tuple[str, str]], may_be_tagged: Callable[[payloads.JiraComment], bool]
    ) -> list[payloads.JiraComment]:
        """Comments by issue id and comment id, with the properties of those that may be ours. Deleted ones are missing.

        A comment of which not all could be read says so in `unread`.
        """

    @abstractmethod
    def with_tags(self, issue: str, comments: Sequence[payloads.JiraComment]) -> list[payloads.JiraComment]:
        """Comments of an issue, read again with their properties."""

    @abstractmethod
    def markup(self, document: Document) -> Any:
        """A document in the markup of this Jira."""

    @abstractmethod
    def add_comment(self, issue: str, document: Document, properties: Mapping[str, Any]) -> payloads.WrittenComment:
        """Write a comment. Jira always sends mail to the watchers of the issue."""

    @abstractmethod
    def replace_comment(
        self, issue: str, comment: str, document: Document, properties: Mapping[str, Any], *, notify: bool
    ) -> payloads.WrittenComment:
        """Replace a comment's text and set properties."""

    @abstractmethod
    def board_issues(self, board: int, part: str) -> Iterator[str]:
        """Ids of a board's issues; `part` is "issue" or "backlog".

        Raises:
            ConnectorError: They could not all be read.
        """

    @abstractmethod
    def users(self, text: str) -> list[payloads.User]:
        """Accounts whose name or e-mail address contains a text, at most 50."""

    @abstractmethod
    def user(self, ident: str) -> payloads.User:
        """The account with this id or key."""

    @abstractmethod
    def default_priority(self) -> str | None:
        """Name of the priority of new issues; None if unknown."""

    def within(self, scope: str, ids: Sequence[str]) -> set[str]:
        """Which of at most 50 issues are in a scope, by repeated searches: search indexes lag."""
        left = list(ids)
        for _ in range(self.scope_searches):
            if left:
                shown = self.shown_within(scope, left)
                left = [ident for ident in left if ident not in shown]
        return set(ids) - set(left)

    def comments(self, issue: str) -> Iterator[Raw]:
        """All comments of an issue, newest first, without their properties; to be read by `payloads.read_comments`.

        A comment written in the meantime shifts the pages, so that comments come twice.
        """
        start = 0
        guard = PageGuard()
        while True:
            page = self._ask(
                "GET",
                f"{self.api}/issue/{issue}/comment",
                payloads.CommentPage,
                params={"startAt": start, "maxResults": 100, "orderBy": "-created"},
            )
            yield from page.comments
            start += len(page.comments)
            if start >= page.total or not guard.may_continue(map(bytes, page.comments)):
                return

    def issue(self, issue: str, fields: Sequence[str]) -> dict[str, Raw]:
        """One issue, read directly, not yet decoded."""
        return self._ask("GET", f"{self.api}/issue/{issue}", dict[str, Raw], params={"fields": ",".join(fields)})

    def edit(self, issue: str, body: Mapping[str, Any], *, notify: bool) -> None:
        """Change fields and labels of an issue."""
        path = f"{self.api}/issue/{issue}"
        self._http.request("PUT", path, json=body, params=quietly(notify=notify), item=issue, headers=LANGUAGE)

    def delete_comment(self, issue: str, comment: str) -> None:
        """Delete a comment."""
        self._http.request("DELETE", f"{self.api}/issue/{issue}/comment/{comment}", item=issue, headers=LANGUAGE)

    def status_categories(self) -> dict[str, str]:
        """Key of the category ("new", "indeterminate", "done") by status id."""
        statuses = self._ask("GET", f"{self.api}/status", list[payloads.SiteStatus])
        return {status.id: status.status_category.key for status in statuses if status.status_category}

    def boards(self, project: str) -> list[int]:
        """Ids of the boards of a project.

        Raises:
            ConnectorError: They could not all be read.
        """
        boards: dict[int, payloads.Board] = {}
        guard = PageGuard()
        while True:
            page = self._ask(
                "GET",
                "/rest/agile/1.0/board",
                payloads.Boards,
                params={"projectKeyOrId": project, "startAt": len(boards), "maxResults": 50},
            )
            self._check_complete(page.left_out, "boards")
            boards |= {board.id: board for board in page.values}
            if page.is_last or not guard.may_continue(board.id for board in page.values):
                return list(boards)

    def sprints(self, board: int) -> list[payloads.BoardSprint]:
        """The sprints of a board that are not closed.

        Raises:
            ConnectorError: They could not all be read.
        """
        sprints: dict[int, payloads.BoardSprint] = {}
        guard = PageGuard()
        while True:
            page = self._ask(
                "GET",
                f"/rest/agile/1.0/board/{board}/sprint",
                payloads.BoardSprints,
                params={"state": "active,future", "startAt": len(sprints), "maxResults": 50},
            )
            self._check_complete(page.left_out, "sprints")
            sprints |= {sprint.id: sprint for sprint in page.values}
            if page.is_last or not guard.may_continue(sprint.id for sprint in page.values):
                return list(sprints.values())

    def sprint(self, sprint: str) -> payloads.BoardSprint:
        """One sprint, whatever its state."""
        return self._ask("GET", f"/rest/agile/1.0/sprint/{sprint}", payloads.BoardSprint)

    def board_configuration(self, board: int) -> payloads.BoardConfiguration:
        """How a board estimates."""
        return self._ask("GET", f"/rest/agile/1.0/board/{board}/configuration", payloads.BoardConfiguration)

    def check_account(self) -> None:
        """Raise if the token is no longer accepted."""
        self._ask("GET", f"{self.api}/myself", dict[str, Any])

    def _ask(self, method: str, path: str, kind: type[T], **kwargs: Any) -> T:
        return self._http.request_json(method, path, kind, check=self._check, headers=LANGUAGE, **kwargs)

    def _check_complete(self, left_out: int, what: str) -> None:
        """Raise if a list of which every entry matters has entries that cannot be read."""
        if left_out:
            raise ConnectorError(f"{self._http.name}: {left_out} of the {what} have an unexpected format.")

    def _check(self, response: Response) -> None:  # noqa: B027 - Cloud has nothing to check
        """Raise if the response is not meant for our account."""


def quietly(*, notify: bool) -> dict[str, str]:
    """Query parameters that suppress mail about an edit."""
    # Jira rejects any spelling but lower-case true and false.
    return {} if notify else {"notifyUsers": "false"}
