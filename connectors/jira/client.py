"""Jira's wire: one method a call, typed answers, nothing decided.

Here is what Cloud and Data Center answer alike; `connectors.jira.cloud` and `connectors.jira.data_center` have the
rest. Bulk reads and every write that needs a property go this way; what the `jira` library knows well and is called
rarely goes through `connectors.jira.library`.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Protocol, TypeVar

import msgspec

from connectors.document import Document
from connectors.errors import ConnectorError
from connectors.http import HttpClient, Response
from connectors.jira import payloads

READING_POSTS = (
    r"/rest/api/2/search$",
    r"/search/jql$",
    r"/issue/bulkfetch$",
    r"/changelog/bulkfetch$",
    r"/comment/list$",
)
"""POST calls that change nothing, as the specification describes them."""

ITEM_WINDOWS = ((20, 2.0), (100, 30.0))
"""Jira Cloud's own limit of writes to one issue: 20 in 2 seconds, 100 in 30 seconds."""

LANGUAGE = {"X-Force-Accept-Language": "true", "Accept-Language": "en", "Accept": "application/json"}


NOBODY = "anonymous"
"""Error code of an answer to nobody in particular."""


class Page(Protocol):
    """A part of a list of issues, with the token of the next part where parts have tokens."""

    next_page_token: str | None
    is_last: bool | None

    @property
    def issues(self) -> Sequence[Any]:
        """What the page holds."""


P = TypeVar("P", bound=Page)
T = TypeVar("T")


def explain(answer: Response) -> tuple[str, str]:
    """Jira's error bodies as one sentence; field names are kept, for they say what to mend."""
    reason = NOBODY if is_for_nobody(answer) else answer.headers.get("x-seraph-loginreason", "")
    try:
        body = msgspec.json.decode(answer.content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return "", reason
    return "; ".join(_said(body)) if isinstance(body, Mapping) else "", reason


def is_for_nobody(answer: Response) -> bool:
    """Whether Data Center took us for nobody, as it does with a token that has ended, and showed what anybody sees."""
    return answer.headers.get("x-ausername", "").casefold() == NOBODY


def _said(body: Mapping[str, Any]) -> Iterator[str]:
    messages, errors = body.get("errorMessages"), body.get("errors")
    found = list(messages) if isinstance(messages, list) else [messages]
    if isinstance(errors, Mapping):
        found += [f"{name}: {message}" for name, message in errors.items() if isinstance(message, str)]
    elif isinstance(errors, list):
        found += [one.get("message") for one in errors if isinstance(one, Mapping)]
    found += [body.get("message"), body.get("errorMessage")]
    yield from (message for message in found if isinstance(message, str) and message.strip())


class JiraClient(ABC):
    """Calls to one Jira over one door.

    Attributes:
        api: Path of the REST API.
        oldest_first: Whether `stamps` come in the order of updates.
        quiet_comments: Whether a comment can be replaced without mail.
        looks: How often a search is asked for an issue before it is called outside the scope.
    """

    api: ClassVar[str]
    oldest_first: ClassVar[bool]
    quiet_comments: ClassVar[bool]
    looks: ClassVar[int]

    def __init__(self, http: HttpClient) -> None:
        self._http = http

    # ---- what each does in its own way

    @abstractmethod
    def first(self, jql: str, fields: Sequence[str], page: type[P], *, size: int = 100) -> P:
        """The first page of a search."""

    @abstractmethod
    def can_rank(self, scope: str, rank: str | None) -> bool:
        """Whether the issues of a scope can be had in rank order; `rank` is the field that holds it."""

    @abstractmethod
    def ids(self, scope: str) -> Iterator[str]:
        """Ids of all issues of a scope, by key."""

    @abstractmethod
    def ranked_ids(self, scope: str, rank: str | None) -> Iterator[str]:
        """Ids of all issues of a scope in rank order, where `can_rank` says so."""

    @abstractmethod
    def stamps(self, jql: str) -> Iterator[payloads.StampedIssues]:
        """When the issues that a query finds were last updated."""

    @abstractmethod
    def shown_within(self, scope: str, ids: Sequence[str]) -> set[str]:
        """Which of these issues, at most 50, one search shows within a scope; made to look again where it can be."""

    @abstractmethod
    def bulk_fetch(self, ids: Sequence[str], fields: Sequence[str]) -> payloads.BulkIssues:
        """Issues by id with their changelog, at most 100, without those that are not visible."""

    @abstractmethod
    def existing(self, ids: Sequence[str]) -> tuple[list[str], list[str]]:
        """Ids of the issues that are still there, and of those that Jira could not read this time, by a direct read.

        Those that are in neither list are gone or hidden.
        """

    @abstractmethod
    def changelogs(self, ids: Sequence[str]) -> dict[str, list[payloads.History]]:
        """The whole history of some issues, by issue id."""

    @abstractmethod
    def comments_by_id(self, wanted: Sequence[tuple[str, str]]) -> list[payloads.JiraComment]:
        """Comments by issue id and comment id with their properties; deleted ones are left out."""

    @abstractmethod
    def with_tags(self, issue: str, comments: Sequence[payloads.JiraComment]) -> list[payloads.JiraComment]:
        """Comments of an issue once more, now with their properties."""

    @abstractmethod
    def markup(self, document: Document) -> Any:
        """A document of ours as this Jira takes it."""

    @abstractmethod
    def add_comment(self, issue: str, document: Document, properties: Mapping[str, Any]) -> payloads.JiraComment:
        """Writes a comment; everyone who watches the issue is told, which Jira has no way around."""

    @abstractmethod
    def replace_comment(
        self, issue: str, comment: str, document: Document, properties: Mapping[str, Any], *, notify: bool
    ) -> payloads.JiraComment:
        """Replaces a comment's text, and sets the properties that are given."""

    @abstractmethod
    def board_issues(self, board: int, part: str) -> Iterator[str]:
        """Ids of a board's issues; `part` is "issue" or "backlog"."""

    @abstractmethod
    def default_priority(self) -> str | None:
        """Name of the priority an issue gets when nobody chooses; None where the site does not say."""

    # ---- what both do alike

    def within(self, scope: str, ids: Sequence[str]) -> set[str]:
        """Which of these issues, at most 50, are within a scope; no single search that leaves one out is believed."""
        left = list(ids)
        for _ in range(self.looks):
            if left:
                shown = self.shown_within(scope, left)
                left = [ident for ident in left if ident not in shown]
        return set(ids) - set(left)

    def comments(self, issue: str) -> Iterator[payloads.JiraComment]:
        """All comments of an issue, newest first, without their properties.

        A comment that is written meanwhile pushes the others down; those that come twice for that are left out.
        """
        start = 0
        seen: set[str] = set()
        while True:
            page = self._ask(
                "GET",
                f"{self.api}/issue/{issue}/comment",
                payloads.CommentPage,
                params={"startAt": start, "maxResults": 100, "orderBy": "-created"},
            )
            yield from (one for one in page.comments if one.id not in seen)
            seen.update(one.id for one in page.comments)
            start += len(page.comments)
            if not page.comments or start >= page.total:
                return

    def issue(self, issue: str, fields: Sequence[str]) -> dict[str, Any]:
        """One issue, read directly."""
        return self._ask("GET", f"{self.api}/issue/{issue}", dict[str, Any], params={"fields": ",".join(fields)})

    def edit(self, issue: str, body: Mapping[str, Any], *, notify: bool) -> None:
        """Changes fields and labels of an issue."""
        path = f"{self.api}/issue/{issue}"
        self._http.request("PUT", path, json=body, params=quietly(notify=notify), item=issue, headers=LANGUAGE)

    def delete_comment(self, issue: str, comment: str) -> None:
        """Deletes a comment."""
        self._http.request("DELETE", f"{self.api}/issue/{issue}/comment/{comment}", item=issue, headers=LANGUAGE)

    def boards(self, project: str) -> list[payloads.Board]:
        """The boards of a project."""
        found: list[payloads.Board] = []
        while True:
            page = self._ask(
                "GET",
                "/rest/agile/1.0/board",
                payloads.Boards,
                params={"projectKeyOrId": project, "startAt": len(found), "maxResults": 50},
            )
            found += page.values
            if page.is_last or not page.values:
                return found

    def sprints(self, board: int) -> list[payloads.BoardSprint]:
        """The sprints of a board that are not closed."""
        found: list[payloads.BoardSprint] = []
        while True:
            page = self._ask(
                "GET",
                f"/rest/agile/1.0/board/{board}/sprint",
                payloads.BoardSprints,
                params={"state": "active,future", "startAt": len(found), "maxResults": 50},
            )
            found += page.values
            if page.is_last or not page.values:
                return found

    def board_configuration(self, board: int) -> payloads.BoardConfiguration:
        """How a board estimates."""
        return self._ask("GET", f"/rest/agile/1.0/board/{board}/configuration", payloads.BoardConfiguration)

    def _ask(self, method: str, path: str, kind: type[T], **how: Any) -> T:
        result: list[T] = []

        def receive(answer: Response) -> None:
            self._check(answer)
            result.append(answer.decode(kind))

        try:
            self._http.request(method, path, receive=receive, headers=LANGUAGE, **how)
        except msgspec.ValidationError as error:
            raise ConnectorError(
                f"{self._http.name}: the response to {method} {path} has an unexpected format: {error}."
            ) from error
        return result[0]

    def _check(self, answer: Response) -> None:  # noqa: B027 - a site may have nothing to check
        """Raises when an answer is not meant for us, whatever it holds."""


def quietly(*, notify: bool) -> dict[str, str]:
    """How mail about an edit is asked not to be sent."""
    # Jira reads anything but lower-case true or false as a wish it then refuses.
    return {} if notify else {"notifyUsers": "false"}
