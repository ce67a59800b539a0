"""The requests for issues, comments, boards and sprints in Jira: one method for each kind of request.

This module contains the requests that are the same for Jira Cloud, which Atlassian runs, and Jira Data Center, which
companies run. `connectors.jira.cloud` and `connectors.jira.data_center` contain the others. `connectors.jira.library`
requests the account, the fields and the permissions.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Protocol, TypeVar

from msgspec import Raw

from connectors.document import Document
from connectors.error_responses import extract_error_message
from connectors.errors import ConnectorError, Refused
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
"""Jira Cloud's limits on writes to one issue: 20 writes in 2 seconds, and 100 in 30 seconds."""

REQUEST_HEADERS = {"X-Force-Accept-Language": "true", "Accept-Language": "en", "Accept": "application/json"}
"""Headers of every request. Error messages are in English; without the first header, Jira uses the account's
language."""

ANONYMOUS = "anonymous"
"""Error code of a response that treats the account as an anonymous user."""

CAPTCHA = "captcha"
"""Error code of a response that requires a person to sign in, after too many failed sign-ins."""
_COMMENTS_PER_PAGE = 100
_BOARDS_OR_SPRINTS_PER_PAGE = 50
"""The maximum that Jira returns."""
_LOGIN_DENIED_REASON = "AUTHENTICATION_DENIED"
"""The value of the header `X-Seraph-LoginReason` of a response that requires a person to sign in."""


class Page(Protocol):
    """A page of issues. Cloud returns a token with which the next page can be requested."""

    next_page_token: str | None
    is_last: bool | None

    @property
    def issues(self) -> Sequence[Any]:
        """The issues of the page."""


P = TypeVar("P", bound=Page)
T = TypeVar("T")


def parse_error(response: Response) -> tuple[str, str]:
    """Return the message of an error response, and an error code such as `CAPTCHA`, which is empty for most errors."""
    denied_reason = response.headers.get("x-authentication-denied-reason", "")
    if denied_reason:
        return "; ".join(filter(None, (extract_error_message(response), denied_reason))), CAPTCHA
    code = ANONYMOUS if is_anonymous(response) else response.headers.get("x-seraph-loginreason", "")
    return extract_error_message(response), CAPTCHA if code == _LOGIN_DENIED_REASON else code


def is_anonymous(response: Response) -> bool:
    """Whether Data Center treats the account as an anonymous user, as it does after a token has expired."""
    return response.headers.get("x-ausername", "").casefold() == ANONYMOUS


class JiraClient(ABC):
    """Requests to one Jira site.

    The scope of a tracker is a condition in JQL, Jira's query language. It selects the issues that the service reads.

    Attributes:
        api: The path of the REST API.
        reads_oldest_update_first: Whether `read_stamps` returns the oldest updates first.
        needs_rank_field: Whether `list_ranked_ids` needs the id of the rank field, to read and sort the ranks.
        can_edit_without_notifying: Whether a comment can be replaced without e-mail notifications.
        hides_email_addresses: Whether comments name their authors without e-mail addresses, so that authors cannot be
            recognised by them.
        comments_per_request: Maximum number of comments that `fetch_comments_by_id` reads.
        max_concurrent_requests: The number of requests that may wait for a response at the same time. Atlassian advises
            5 to 10 for Cloud.
        reads_changelogs_in_bulk: Whether `fetch_changelogs` needs only one request for many issues.
        scope_search_attempts: The number of searches that have to miss an issue before it counts as outside the scope.
    """

    api: ClassVar[str]
    reads_oldest_update_first: ClassVar[bool]
    needs_rank_field: ClassVar[bool]
    can_edit_without_notifying: ClassVar[bool]
    hides_email_addresses: ClassVar[bool]
    comments_per_request: ClassVar[int]
    max_concurrent_requests: ClassVar[int]
    reads_changelogs_in_bulk: ClassVar[bool]
    scope_search_attempts: ClassVar[int]

    def __init__(self, http: HttpClient) -> None:
        self._http = http
        http.limit_in_flight(self.max_concurrent_requests)

    @abstractmethod
    def first_page(self, jql: str, fields: Sequence[str], page_type: type[P], *, size: int = 100) -> P:
        """The first page of a search, with at most `size` issues."""

    @abstractmethod
    def list_projects(self) -> list[payloads.ListedProject]:
        """The projects that the account can see, at most one page on Cloud."""

    @abstractmethod
    def list_ids(self, scope: str) -> Iterator[str]:
        """Ids of all issues in a scope, sorted by key."""

    @abstractmethod
    def list_ranked_ids(self, scope: str, rank_field: str | None) -> Iterator[str]:
        """Ids of all issues in a scope, in rank order."""

    @abstractmethod
    def first_ids(self, scope: str, order_field: str) -> tuple[list[str], bool]:
        """The first ids of a scope, sorted by a field, from one request, and whether these are all of them."""

    @abstractmethod
    def read_stamps(self, jql: str) -> Iterator[payloads.StampedIssues]:
        """Ids and update times of the issues that a query finds."""

    @abstractmethod
    def search_in_scope(self, scope: str, ids: Sequence[str]) -> set[str]:
        """Return which of at most 50 ids a single search finds in a scope."""

    @abstractmethod
    def bulk_fetch(
        self, ids: Sequence[str], fields: Sequence[str], page_type: type[payloads.BulkIssues] = payloads.BulkIssues
    ) -> payloads.BulkIssues:
        """Read at most 100 issues by id, with their changelog. Issues that are gone or hidden are left out.

        The changelog of an issue with many changes is truncated. If a single request reads all the issues, its response
        is decoded to `page_type`; otherwise the result is a plain `BulkIssues`.
        """

    @abstractmethod
    def find_existing(self, ids: Sequence[str]) -> tuple[list[str], list[str]]:
        """Ids of the issues that exist, and of the issues that Jira failed to read. All others are gone or hidden."""

    @abstractmethod
    def fetch_changelogs(self, ids: Sequence[str]) -> dict[str, list[Raw]]:
        """Read the complete changelogs of issues, by issue id. The caller decodes each change as `History`."""

    @abstractmethod
    def fetch_comments_by_id(
        self, issue_and_comment_ids: Sequence[tuple[str, str]], may_be_tagged: Callable[[payloads.JiraComment], bool]
    ) -> list[payloads.JiraComment]:
        """Read comments. Deleted comments are left out.

        Args:
            issue_and_comment_ids: Pairs of an issue id and a comment id.
            may_be_tagged: Returns whether a comment may contain the hidden tag by which this service recognises its
                own comments. Only then are its properties needed.
        """

    @abstractmethod
    def read_tags(self, issue_id: str, comments: Sequence[payloads.JiraComment]) -> list[payloads.JiraComment]:
        """Return comments on an issue with their properties, which contain the tag of this service."""

    @abstractmethod
    def render(self, document: Document) -> Any:
        """Convert a document to the markup of the site."""

    @abstractmethod
    def list_board_issues(self, board: int, list_name: str) -> Iterator[str]:
        """The ids of the issues of a board.

        Args:
            list_name: "issue" for the issues on the board, "backlog" for those in its backlog.

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

    def can_rank(self, scope: str, rank_field: str | None) -> bool:
        """Whether `list_ranked_ids` works. `rank_field` is the id of the rank field; None if there is none."""
        try:
            self.first_page(order_by_rank(scope), ["id"], payloads.IssueIds, size=1)
        except Refused:
            return False
        return rank_field is not None or not self.needs_rank_field

    def filter_by_scope(self, scope: str, ids: Sequence[str]) -> set[str]:
        """Return which of at most 50 ids are in a scope. Search repeatedly, because the search index lags behind."""
        remaining_ids = list(ids)
        for _ in range(self.scope_search_attempts):
            if remaining_ids:
                found_ids = self.search_in_scope(scope, remaining_ids)
                remaining_ids = [issue_id for issue_id in remaining_ids if issue_id not in found_ids]
        return set(ids) - set(remaining_ids)

    def fetch_comments(self, issue_id: str) -> Iterator[Raw]:
        """All comments of an issue, newest first, without their properties.

        The caller decodes them with `payloads.decode_comments`. If a comment is added while they are read, the pages
        shift, and some comments are returned twice.
        """
        start = 0
        guard = PageGuard()
        while True:
            page = self._request(
                "GET",
                f"{self.api}/issue/{issue_id}/comment",
                payloads.CommentPage,
                params={"startAt": start, "maxResults": _COMMENTS_PER_PAGE, "orderBy": "-created"},
            )
            yield from page.comments
            start += len(page.comments)
            if start >= page.total or not guard.may_continue(map(bytes, page.comments)):
                return

    def fetch_issue(self, issue_id: str, fields: Sequence[str]) -> dict[str, Raw]:
        """Read an issue. Its members are not decoded yet, so that the caller can decide which of them it needs."""
        return self._request("GET", f"{self.api}/issue/{issue_id}", dict[str, Raw], params={"fields": ",".join(fields)})

    def edit(self, issue_id: str, body: Mapping[str, Any], *, notify: bool) -> None:
        """Change fields and labels of an issue.

        Args:
            body: The changes, as in Atlassian's documentation of "Edit issue".
            notify: Whether Jira may send e-mail notifications. Preventing it requires a permission.
        """
        path = f"{self.api}/issue/{issue_id}"
        self._http.request(
            "PUT", path, json=body, params=notification_params(notify=notify), item_id=issue_id, headers=REQUEST_HEADERS
        )

    def add_comment(
        self,
        issue_id: str,
        document: Document,
        properties: Mapping[str, Any],
        *,
        before_repeat: Callable[[], None] | None = None,
    ) -> payloads.WrittenComment:
        """Add a comment with properties. Jira always sends e-mail notifications about it.

        Args:
            before_repeat: Called before the request is sent again after the status 429; see `HttpClient.request`.

        Raises:
            Uncertain: The comment was added, but its properties could not be set.
        """
        path = f"{self.api}/issue/{issue_id}/comment"
        return self._write_comment("POST", path, issue_id, document, properties, before_repeat=before_repeat)

    def replace_comment(
        self, issue_id: str, comment_id: str, document: Document, properties: Mapping[str, Any], *, notify: bool
    ) -> payloads.WrittenComment:
        """Replace the text and the properties of a comment.

        `notify` has no effect unless `can_edit_without_notifying`.
        """
        path = f"{self.api}/issue/{issue_id}/comment/{comment_id}"
        params = notification_params(notify=notify or not self.can_edit_without_notifying)
        return self._write_comment("PUT", path, issue_id, document, properties, params=params)

    def delete_comment(self, issue_id: str, comment_id: str) -> None:
        path = f"{self.api}/issue/{issue_id}/comment/{comment_id}"
        self._http.request("DELETE", path, item_id=issue_id, headers=REQUEST_HEADERS)

    def fetch_status_categories(self) -> dict[str, str]:
        """The key of the category of each status ("new", "indeterminate" or "done"), by the id of the status."""
        statuses = self._request("GET", f"{self.api}/status", list[payloads.SiteStatus])
        return {status.id: status.status_category.key for status in statuses if status.status_category}

    def list_boards(self, project: str) -> list[int]:
        """Ids of the boards of a project.

        Raises:
            ConnectorError: Some of them could not be read.
        """
        params = {"projectKeyOrId": project}
        page_type = payloads.AgilePage[payloads.Board]
        return [board.id for board in self._list_agile("/rest/agile/1.0/board", page_type, "boards", params)]

    def list_sprints(self, board: int) -> list[payloads.BoardSprint]:
        """The sprints of a board that are not closed.

        Raises:
            ConnectorError: Some of them could not be read.
        """
        path = f"/rest/agile/1.0/board/{board}/sprint"
        page_type = payloads.AgilePage[payloads.BoardSprint]
        return self._list_agile(path, page_type, "sprints", {"state": "active,future"})

    def _list_agile(
        self, path: str, page_type: type[payloads.AgilePage[payloads.E]], entry_name: str, params: Mapping[str, str]
    ) -> list[payloads.E]:
        """All boards or sprints of a list. If some could not be read, an error with `entry_name` is raised."""
        entries: dict[int, payloads.E] = {}
        guard = PageGuard()
        while True:
            page = self._request(
                "GET",
                path,
                page_type,
                params={**params, "startAt": len(entries), "maxResults": _BOARDS_OR_SPRINTS_PER_PAGE},
            )
            self._check_complete(page.left_out, entry_name)
            entries |= {entry.id: entry for entry in page.values}
            if page.is_last or not guard.may_continue(entry.id for entry in page.values):
                return list(entries.values())

    def fetch_sprint(self, sprint_id: str) -> payloads.BoardSprint:
        """One sprint, in any state."""
        return self._request("GET", f"/rest/agile/1.0/sprint/{sprint_id}", payloads.BoardSprint)

    def fetch_board_configuration(self, board: int) -> payloads.BoardConfiguration:
        """The configuration of a board."""
        return self._request("GET", f"/rest/agile/1.0/board/{board}/configuration", payloads.BoardConfiguration)

    def fetch_filter(self, filter_id: str) -> payloads.SavedFilter:
        """A saved filter, if it is shared with the account."""
        return self._request("GET", f"{self.api}/filter/{filter_id}", payloads.SavedFilter)

    def check_account(self) -> None:
        """Raise an error if the token is no longer accepted."""
        self._request("GET", f"{self.api}/myself", dict[str, Any])

    def _request(self, method: str, path: str, response_type: type[T], **kwargs: Any) -> T:
        return self._http.request_json(
            method, path, response_type, check=self._check, headers=REQUEST_HEADERS, **kwargs
        )

    def _write_comment(
        self, method: str, path: str, issue_id: str, document: Document, properties: Mapping[str, Any], **kwargs: Any
    ) -> payloads.WrittenComment:
        body = self._comment_body(document, properties)
        return self._request(method, path, payloads.WrittenComment, json=body, item_id=issue_id, **kwargs)

    def _comment_body(self, document: Document, properties: Mapping[str, Any]) -> dict[str, Any]:
        property_list = [{"key": key, "value": value} for key, value in properties.items()]
        return {"body": self.render(document), "properties": property_list}

    def _check_complete(self, left_out: int, entries: str) -> None:
        """Raise an error if entries of a list could not be decoded. `entries` names them in the message."""
        if left_out:
            raise ConnectorError(f"{self._http.name}: {left_out} of the {entries} have an unexpected format.")

    def _check(self, response: Response) -> None:  # noqa: B027 - there is nothing to check on Cloud
        """Raise an error if Jira did not recognise the account."""


def order_by_rank(scope: str) -> str:
    """The JQL for the issues in a scope, in rank order."""
    return f"({scope}) ORDER BY Rank ASC"


def notification_params(*, notify: bool) -> dict[str, str]:
    """The query parameters that control e-mail notifications about an edit."""
    # Jira rejects any spelling but lower-case true and false.
    return {} if notify else {"notifyUsers": "false"}
