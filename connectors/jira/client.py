"""Requests to Jira: one method per request, typed responses.

This module contains the requests that are the same for Cloud and Data Center; `cloud` and `data_center` contain the
others. `library` requests metadata.
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
"""Jira Cloud's limits for writes to one issue: maximum number of writes, and seconds."""

LANGUAGE = {"X-Force-Accept-Language": "true", "Accept-Language": "en", "Accept": "application/json"}


ANONYMOUS = "anonymous"
"""Error code of a response that treats the account as an anonymous user."""

CAPTCHA = "captcha"
"""Error code of a response that requires a person to sign in, after too many failed sign-ins."""
_LOGIN_DENIED_REASON = "AUTHENTICATION_DENIED"


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
    """Parse Jira's error messages, with the names of fields, and the error code."""
    denied = response.headers.get("x-authentication-denied-reason", "")
    if denied:
        return "; ".join(filter(None, (extract_error_message(response), denied))), CAPTCHA
    code = ANONYMOUS if is_anonymous(response) else response.headers.get("x-seraph-loginreason", "")
    return extract_error_message(response), CAPTCHA if code == _LOGIN_DENIED_REASON else code


def is_anonymous(response: Response) -> bool:
    """Whether Data Center treats the account as an anonymous user, as it does after a token has expired."""
    return response.headers.get("x-ausername", "").casefold() == ANONYMOUS


class JiraClient(ABC):
    """Requests to one Jira site.

    Attributes:
        api: Path of the REST API.
        oldest_first: Whether `read_stamps` returns the oldest updates first.
        quiet_comments: Whether a comment can be replaced without mail.
        hides_addresses: Whether comments do not contain the e-mail address of their author.
        comments_per_request: Maximum number of comments that `fetch_comments_by_id` reads.
        bulk_reads_at_once: Number of bulk reads at the same time.
        scope_search_attempts: Number of searches that must not find an issue before it counts as outside the scope.
    """

    api: ClassVar[str]
    oldest_first: ClassVar[bool]
    quiet_comments: ClassVar[bool]
    hides_addresses: ClassVar[bool]
    comments_per_request: ClassVar[int]
    bulk_reads_at_once: ClassVar[int]
    scope_search_attempts: ClassVar[int]

    def __init__(self, http: HttpClient) -> None:
        self._http = http

    @abstractmethod
    def first_page(self, jql: str, fields: Sequence[str], page: type[P], *, size: int = 100) -> P:
        """The first page of a search."""

    @abstractmethod
    def list_projects(self) -> list[payloads.ListedProject]:
        """The projects that the account can see, at most one page on Cloud."""

    @abstractmethod
    def can_rank(self, scope: str, rank: str | None) -> bool:
        """Whether `list_ranked_ids` works. `rank` is the id of the rank field."""

    @abstractmethod
    def list_ids(self, scope: str) -> Iterator[str]:
        """Ids of all issues in a scope, sorted by key."""

    @abstractmethod
    def list_ranked_ids(self, scope: str, rank: str | None) -> Iterator[str]:
        """Ids of all issues in a scope, in rank order."""

    @abstractmethod
    def first_ids(self, scope: str, order: str) -> tuple[list[str], bool]:
        """The first ids of a scope in the order of a field, from one request, and whether these are all."""

    @abstractmethod
    def read_stamps(self, jql: str) -> Iterator[payloads.StampedIssues]:
        """Ids and update times of the issues that a query finds."""

    @abstractmethod
    def search_in_scope(self, scope: str, ids: Sequence[str]) -> set[str]:
        """The ids, of at most 50, that one search finds in a scope."""

    @abstractmethod
    def bulk_fetch(self, ids: Sequence[str], fields: Sequence[str]) -> payloads.BulkIssues:
        """At most 100 issues by id with their changelog. Issues that are not visible are left out."""

    @abstractmethod
    def find_existing(self, ids: Sequence[str]) -> tuple[list[str], list[str]]:
        """Ids of the issues that exist, and of the issues that Jira failed to read. All others are gone or hidden."""

    @abstractmethod
    def fetch_changelogs(self, ids: Sequence[str]) -> dict[str, list[Raw]]:
        """The whole history of issues, by issue id. Each change is to be decoded as `History`."""

    @abstractmethod
    def fetch_comments_by_id(
        self, issue_and_comment_ids: Sequence[tuple[str, str]], may_be_tagged: Callable[[payloads.JiraComment], bool]
    ) -> list[payloads.JiraComment]:
        """Comments by issue id and comment id, with the properties of those that `may_be_tagged`.

        Deleted comments are left out.
        """

    @abstractmethod
    def read_tags(self, issue: str, comments: Sequence[payloads.JiraComment]) -> list[payloads.JiraComment]:
        """Read the properties of comments on an issue."""

    @abstractmethod
    def render(self, document: Document) -> Any:
        """Render a document in the markup of the site."""

    @abstractmethod
    def add_comment(self, issue: str, document: Document, properties: Mapping[str, Any]) -> payloads.WrittenComment:
        """Write a comment. Jira always notifies the watchers of the issue."""

    @abstractmethod
    def replace_comment(
        self, issue_id: str, comment_id: str, document: Document, properties: Mapping[str, Any], *, notify: bool
    ) -> payloads.WrittenComment:
        """Replace the text of a comment, and set its properties."""

    @abstractmethod
    def list_board_issues(self, board: int, list_name: str) -> Iterator[str]:
        """Ids of the issues of a board; `list_name` is "issue" or "backlog".

        Raises:
            ConnectorError: Some of them could not be read.
        """

    @abstractmethod
    def find_users(self, text: str) -> list[payloads.User]:
        """At most 50 accounts whose name or e-mail address contains a string."""

    @abstractmethod
    def fetch_user(self, account_id: str) -> payloads.User:
        """The account with this id or key."""

    @abstractmethod
    def fetch_default_priority(self) -> str | None:
        """Name of the priority of new issues; None if unknown."""

    def filter_by_scope(self, scope: str, ids: Sequence[str]) -> set[str]:
        """The ids, of at most 50, that are in a scope. The search is repeated, because search indexes lag."""
        remaining_ids = list(ids)
        for _ in range(self.scope_search_attempts):
            if remaining_ids:
                found_ids = self.search_in_scope(scope, remaining_ids)
                remaining_ids = [issue_id for issue_id in remaining_ids if issue_id not in found_ids]
        return set(ids) - set(remaining_ids)

    def fetch_comments(self, issue: str) -> Iterator[Raw]:
        """All comments of an issue, newest first, without their properties.

        They are to be decoded by `payloads.decode_comments`. A new comment shifts the pages, so that comments may be
        returned twice.
        """
        start = 0
        guard = PageGuard()
        while True:
            page = self._request(
                "GET",
                f"{self.api}/issue/{issue}/comment",
                payloads.CommentPage,
                params={"startAt": start, "maxResults": 100, "orderBy": "-created"},
            )
            yield from page.comments
            start += len(page.comments)
            if start >= page.total or not guard.may_continue(map(bytes, page.comments)):
                return

    def fetch_issue(self, issue: str, fields: Sequence[str]) -> dict[str, Raw]:
        """One issue whose fields are not decoded yet."""
        return self._request("GET", f"{self.api}/issue/{issue}", dict[str, Raw], params={"fields": ",".join(fields)})

    def edit(self, issue: str, body: Mapping[str, Any], *, notify: bool) -> None:
        """Change fields and labels of an issue."""
        path = f"{self.api}/issue/{issue}"
        self._http.request(
            "PUT", path, json=body, params=notification_params(notify=notify), item=issue, headers=LANGUAGE
        )

    def delete_comment(self, issue_id: str, comment_id: str) -> None:
        """Delete a comment."""
        path = f"{self.api}/issue/{issue_id}/comment/{comment_id}"
        self._http.request("DELETE", path, item=issue_id, headers=LANGUAGE)

    def fetch_status_categories(self) -> dict[str, str]:
        """Key of the category ("new", "indeterminate", "done") by status id."""
        statuses = self._request("GET", f"{self.api}/status", list[payloads.SiteStatus])
        return {status.id: status.status_category.key for status in statuses if status.status_category}

    def list_boards(self, project: str) -> list[int]:
        """Ids of the boards of a project.

        Raises:
            ConnectorError: Some of them could not be read.
        """
        boards: dict[int, payloads.Board] = {}
        guard = PageGuard()
        while True:
            page = self._request(
                "GET",
                "/rest/agile/1.0/board",
                payloads.Boards,
                params={"projectKeyOrId": project, "startAt": len(boards), "maxResults": 50},
            )
            self._check_complete(page.left_out, "boards")
            boards |= {board.id: board for board in page.values}
            if page.is_last or not guard.may_continue(board.id for board in page.values):
                return list(boards)

    def list_sprints(self, board: int) -> list[payloads.BoardSprint]:
        """The sprints of a board that are not closed.

        Raises:
            ConnectorError: Some of them could not be read.
        """
        sprints: dict[int, payloads.BoardSprint] = {}
        guard = PageGuard()
        while True:
            page = self._request(
                "GET",
                f"/rest/agile/1.0/board/{board}/sprint",
                payloads.BoardSprints,
                params={"state": "active,future", "startAt": len(sprints), "maxResults": 50},
            )
            self._check_complete(page.left_out, "sprints")
            sprints |= {sprint.id: sprint for sprint in page.values}
            if page.is_last or not guard.may_continue(sprint.id for sprint in page.values):
                return list(sprints.values())

    def fetch_sprint(self, sprint_id: str) -> payloads.BoardSprint:
        """One sprint, in any state."""
        return self._request("GET", f"/rest/agile/1.0/sprint/{sprint_id}", payloads.BoardSprint)

    def fetch_board_configuration(self, board: int) -> payloads.BoardConfiguration:
        """The configuration of a board."""
        return self._request("GET", f"/rest/agile/1.0/board/{board}/configuration", payloads.BoardConfiguration)

    def check_account(self) -> None:
        """Raise an error if the token is no longer accepted."""
        self._request("GET", f"{self.api}/myself", dict[str, Any])

    def _request(self, method: str, path: str, response_type: type[T], **kwargs: Any) -> T:
        return self._http.request_json(method, path, response_type, check=self._check, headers=LANGUAGE, **kwargs)

    def _check_complete(self, left_out: int, what: str) -> None:
        """Raise an error if a list has unreadable entries."""
        if left_out:
            raise ConnectorError(f"{self._http.name}: {left_out} of the {what} have an unexpected format.")

    def _check(self, response: Response) -> None:  # noqa: B027 - there is nothing to check on Cloud
        """Raise an error if the response does not belong to our account."""


def notification_params(*, notify: bool) -> dict[str, str]:
    """Query parameters that control mail about an edit."""
    # Jira rejects any spelling but lower-case true and false.
    return {} if notify else {"notifyUsers": "false"}
