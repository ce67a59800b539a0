"""Jira's wire: one method a call, typed answers, nothing decided.

Bulk reads and every write that needs a property go this way; what the `jira` library knows well and is called rarely
goes through `connectors.jira.library`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import msgspec

from connectors.errors import ConnectorError, Gone, Misconfigured
from connectors.http import Answer, Door
from connectors.jira import wire

READING_POSTS = (
    r"/search/jql$",
    r"/issue/bulkfetch$",
    r"/changelog/bulkfetch$",
    r"/comment/list$",
)
"""POST calls that change nothing, as the specification describes them."""

ITEM_WINDOWS = ((20, 2.0), (100, 30.0))
"""Jira Cloud's own limit of writes to one issue: 20 in 2 seconds, 100 in 30 seconds."""

IDS_PER_PAGE = 5000
"""A search that asks for nothing but ids gets pages of this size; any other gets 100."""

_MOST_EMPTY_PAGES = 50
"""So many empty pages in a row, each with the promise of another one, are taken for a list without an end."""

_LANGUAGE = {"X-Force-Accept-Language": "true", "Accept-Language": "en", "Accept": "application/json"}


class _Page(Protocol):
    next_page_token: str | None
    is_last: bool | None

    @property
    def issues(self) -> Sequence[Any]: ...


P = TypeVar("P", bound=_Page)
T = TypeVar("T")


def explain(answer: Answer) -> tuple[str, str]:
    """Jira's error bodies as one sentence; field names are kept, for they say what to mend."""
    reason = answer.headers.get("x-seraph-loginreason", "")
    try:
        body = msgspec.json.decode(answer.content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return "", reason
    return "; ".join(_said(body)) if isinstance(body, Mapping) else "", reason


def _said(body: Mapping[str, Any]) -> Iterator[str]:
    messages, errors = body.get("errorMessages"), body.get("errors")
    found = list(messages) if isinstance(messages, list) else [messages]
    if isinstance(errors, Mapping):
        found += [f"{name}: {message}" for name, message in errors.items() if isinstance(message, str)]
    elif isinstance(errors, list):
        found += [one.get("message") for one in errors if isinstance(one, Mapping)]
    found += [body.get("message"), body.get("errorMessage")]
    yield from (message for message in found if isinstance(message, str) and message.strip())


class JiraClient:
    """Calls to one Jira over one door."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def search(
        self, jql: str, fields: Sequence[str], page: type[P], *, size: int = 100, reconcile: Sequence[str] = ()
    ) -> Iterator[P]:
        """Pages of a search, to the end; for the issues named in `reconcile`, at most 50, the index is up to date.

        A page may be short or empty and still not be the last.
        """
        body: dict[str, Any] = {"jql": jql, "fields": list(fields), "maxResults": size}
        if reconcile:
            body["reconcileIssues"] = [int(ident) for ident in reconcile]
        try:
            yield from self._pages(
                lambda more: self._ask("POST", "/rest/api/3/search/jql", page, json={**body, **more})
            )
        except Gone as error:
            if error.status != 410:
                raise
            raise Misconfigured(
                f"{self._door.name}: this Jira says that the search we use was removed.",
                hint="Update Backlog Steward; its search call has to follow Jira's.",
                status=410,
            ) from error

    def bulk_fetch(self, ids: Sequence[str], fields: Sequence[str]) -> wire.BulkIssues:
        """Issues by id with their changelog, at most 100; in id order, without those that are not visible."""
        body = {"issueIdsOrKeys": list(ids), "fields": list(fields), "expand": ["changelog"]}
        return self._ask("POST", "/rest/api/3/issue/bulkfetch", wire.BulkIssues, json=body)

    def existing(self, ids: Sequence[str]) -> tuple[list[str], list[str]]:
        """Ids of the issues that are still there, and of those that Jira could not read this time, by a direct read.

        Those that are in neither list are gone or hidden.
        """
        body = {"issueIdsOrKeys": list(ids), "fields": ["id"]}
        found = self._ask("POST", "/rest/api/3/issue/bulkfetch", wire.ExistingIssues, json=body)
        return [issue.id for issue in found.issues], [str(one.id) for one in found.issue_errors]

    def changelogs(self, ids: Sequence[str]) -> dict[str, list[wire.History]]:
        """The whole history of some issues, by issue id."""
        histories: dict[str, list[wire.History]] = {}
        body: dict[str, Any] = {"issueIdsOrKeys": list(ids), "maxResults": 10_000}
        for page in self._pages(
            lambda more: self._ask("POST", "/rest/api/3/changelog/bulkfetch", wire.BulkChangelog, json={**body, **more})
        ):
            for log in page.issue_change_logs:
                histories.setdefault(log.issue_id, []).extend(log.change_histories)
        return histories

    def comments(self, issue: str) -> Iterator[wire.JiraComment]:
        """All comments of an issue, newest first, without their properties.

        A comment that is written meanwhile pushes the others down; those that come twice for that are left out.
        """
        start = 0
        seen: set[str] = set()
        while True:
            page = self._ask(
                "GET",
                f"/rest/api/3/issue/{issue}/comment",
                wire.CommentPage,
                params={"startAt": start, "maxResults": 100, "orderBy": "-created"},
            )
            yield from (one for one in page.comments if one.id not in seen)
            seen.update(one.id for one in page.comments)
            start += len(page.comments)
            if not page.comments or start >= page.total:
                return

    def comments_by_id(self, ids: Sequence[str]) -> list[wire.JiraComment]:
        """Comments with their properties, at most 1000; deleted ones are left out."""
        return self._ask(
            "POST",
            "/rest/api/3/comment/list",
            wire.CommentList,
            params={"expand": "properties"},
            json={"ids": [int(one) for one in ids]},
        ).values

    def issue(self, issue: str, fields: Sequence[str]) -> dict[str, Any]:
        """One issue, read directly."""
        return self._ask("GET", f"/rest/api/3/issue/{issue}", dict[str, Any], params={"fields": ",".join(fields)})

    def edit(self, issue: str, body: Mapping[str, Any], *, notify: bool) -> None:
        """Changes fields and labels of an issue."""
        self._door.request(
            "PUT", f"/rest/api/3/issue/{issue}", json=body, params=_notify(notify), item=issue, headers=_LANGUAGE
        )

    def add_comment(self, issue: str, body: Mapping[str, Any]) -> wire.JiraComment:
        """Writes a comment; everyone who watches the issue is told, which Jira has no way around."""
        return self._ask("POST", f"/rest/api/3/issue/{issue}/comment", wire.JiraComment, json=body, item=issue)

    def replace_comment(self, issue: str, comment: str, body: Mapping[str, Any], *, notify: bool) -> wire.JiraComment:
        """Replaces a comment's text, and sets the properties that are sent."""
        return self._ask(
            "PUT",
            f"/rest/api/3/issue/{issue}/comment/{comment}",
            wire.JiraComment,
            json=body,
            params=_notify(notify),
            item=issue,
        )

    def delete_comment(self, issue: str, comment: str) -> None:
        """Deletes a comment."""
        self._door.request("DELETE", f"/rest/api/3/issue/{issue}/comment/{comment}", item=issue, headers=_LANGUAGE)

    def boards(self, project: str) -> list[wire.Board]:
        """The boards of a project."""
        found: list[wire.Board] = []
        while True:
            page = self._ask(
                "GET",
                "/rest/agile/1.0/board",
                wire.Boards,
                params={"projectKeyOrId": project, "startAt": len(found), "maxResults": 50},
            )
            found += page.values
            if page.is_last or not page.values:
                return found

    def board_configuration(self, board: int) -> wire.BoardConfiguration:
        """How a board estimates."""
        return self._ask("GET", f"/rest/agile/1.0/board/{board}/configuration", wire.BoardConfiguration)

    def board_issues(self, board: int, part: str) -> Iterator[str]:
        """Ids of a board's issues; `part` is "issue" or "backlog"."""
        params = {"fields": "id", "maxResults": IDS_PER_PAGE}
        path = f"/rest/software/1.0/board/{board}/{part}"
        for page in self._pages(lambda more: self._ask("GET", path, wire.IssueIds, params={**params, **more})):
            yield from (issue.id for issue in page.issues)

    def default_priority(self) -> str | None:
        """Name of the priority an issue gets when nobody chooses."""
        found = self._ask("GET", "/rest/api/3/priority/search", wire.Priorities, params={"maxResults": 50})
        return next((priority.name for priority in found.values if priority.is_default), None)

    def permissions(self, project: str, wanted: Sequence[str]) -> dict[str, bool]:
        """Whether we hold permissions in a project, by their keys."""
        found = self._ask(
            "GET",
            "/rest/api/3/mypermissions",
            wire.Permissions,
            params={"projectKey": project, "permissions": ",".join(wanted)},
        )
        return {key: found.permissions.get(key, wire.Permission()).have_permission for key in wanted}

    def server_info(self) -> dict[str, Any]:
        """Which Jira this is and what its clock shows; anybody may ask, and a scoped token is refused here."""
        return self._ask("GET", "/rest/api/2/serverInfo", dict[str, Any], anonymous=True)

    def cloud_id(self) -> str:
        """The id under which Atlassian's gateway knows this site; asked of the site itself, as anybody may."""
        return self._ask("GET", "/_edge/tenant_info", wire.TenantInfo, anonymous=True).cloud_id

    def _pages(self, ask: Callable[[dict[str, str]], P]) -> Iterator[P]:
        """Pages to the end; what would go on for ever ends with an error."""
        more: dict[str, str] = {}
        seen: set[str] = set()
        empty = 0
        while True:
            page = ask(more)
            yield page
            token = page.next_page_token
            if page.is_last or not token:
                return
            empty = 0 if page.issues else empty + 1
            if token in seen or empty > _MOST_EMPTY_PAGES:
                raise ConnectorError(f"{self._door.name}: a list of Jira's has no end; the round is left.")
            seen.add(token)
            more = {"nextPageToken": token}

    def _ask(self, method: str, path: str, kind: type[T], **how: Any) -> T:
        try:
            return self._door.ask(method, path, kind, headers=_LANGUAGE, **how)
        except msgspec.ValidationError as error:
            raise ConnectorError(
                f"{self._door.name}: {method} {path} was answered in an unexpected shape: {error}."
            ) from error


def _notify(notify: bool) -> dict[str, str]:
    # Jira reads anything but lower-case true or false as a wish it then refuses.
    return {} if notify else {"notifyUsers": "false"}
