"""Requests to Jira Cloud: version 3 of the API, pages by token, and a search index that lags."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Raw

from connectors.document import Document
from connectors.errors import Gone, Misconfigured, Refused
from connectors.jira import payloads
from connectors.jira.client import JiraClient, P, quietly
from connectors.markup import adf
from connectors.paging import PageGuard, endless_list_error

_IDS_PER_PAGE = 5000
"""Page size of a search for ids alone; other searches get 100."""
_MAX_EMPTY_PAGES = 50
"""More empty pages in a row count as an endless list."""


class CloudClient(JiraClient):
    """Requests to a Jira Cloud."""

    api = "/rest/api/3"
    oldest_first = True
    quiet_comments = True
    hides_addresses = True
    scope_searches = 2
    comments_at_once = 1000

    def search(
        self, jql: str, fields: Sequence[str], page: type[P], *, size: int = 100, reconcile: Sequence[str] = ()
    ) -> Iterator[P]:
        """All pages of a search. For at most 50 issues in `reconcile` the search is up to date.

        A page can be short or empty without being the last.
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
                f"{self._http.name}: Jira has removed the search API that this version uses.",
                hint="Update Backlog Steward.",
                status=410,
            ) from error

    def first(self, jql: str, fields: Sequence[str], page: type[P], *, size: int = 100) -> P:
        """The first page of a search."""
        return next(self.search(jql, fields, page, size=size))

    def projects(self) -> list[payloads.ListedProject]:
        """The first projects that the account sees, by name."""
        params = {"maxResults": 50, "orderBy": "name"}
        return self._ask("GET", "/rest/api/3/project/search", payloads.ListedProjects, params=params).values

    def can_rank(self, scope: str, rank: str | None) -> bool:
        """Whether the site can sort by rank."""
        del rank
        try:
            self.first(_by_rank(scope), ["id"], payloads.IssueIds, size=1)
        except Refused:
            return False
        return True

    def ids(self, scope: str) -> Iterator[str]:
        """Ids of a scope by key, 5,000 a request."""
        yield from self._ids(f"({scope}) ORDER BY key ASC")

    def ranked_ids(self, scope: str, rank: str | None) -> Iterator[str]:
        """Ids of a scope in rank order, 5,000 a request."""
        del rank
        yield from self._ids(_by_rank(scope))

    def stamps(self, jql: str) -> Iterator[payloads.StampedIssues]:
        """Stamps, oldest first. An issue that changes in the meantime moves to the end and is reported again."""
        yield from self.search(f"{jql} ORDER BY updated ASC, key ASC", ["updated"], payloads.StampedIssues)

    def shown_within(self, scope: str, ids: Sequence[str]) -> set[str]:
        """Which issues are in a scope, by a search that is up to date for them."""
        jql = f"({scope}) AND id in ({', '.join(ids)})"
        shown: set[str] = set()
        for page in self.search(jql, ["id"], payloads.IssueIds, reconcile=ids):
            self._check_complete(page.left_out, "issues")
            shown.update(issue.id for issue in page.issues)
        return shown

    def bulk_fetch(self, ids: Sequence[str], fields: Sequence[str]) -> payloads.BulkIssues:
        """At most 100 issues by id with their changelog, in id order, without those that are not visible."""
        body = {"issueIdsOrKeys": list(ids), "fields": list(fields), "expand": ["changelog"]}
        return self._ask("POST", "/rest/api/3/issue/bulkfetch", payloads.BulkIssues, json=body)

    def existing(self, ids: Sequence[str]) -> tuple[list[str], list[str]]:
        """Ids of at most 100 issues that exist, and of those that Jira failed to read."""
        body = {"issueIdsOrKeys": list(ids), "fields": ["id"]}
        response = self._ask("POST", "/rest/api/3/issue/bulkfetch", payloads.ExistingIssues, json=body)
        self._check_complete(response.left_out, "issues")
        return [issue.id for issue in response.issues], [str(error.id) for error in response.issue_errors]

    def changelogs(self, ids: Sequence[str]) -> dict[str, list[Raw]]:
        """The whole history of some issues, by issue id, each change to be decoded as `History`."""
        histories: dict[str, list[Raw]] = {}
        body: dict[str, Any] = {"issueIdsOrKeys": list(ids), "maxResults": 10_000}
        for page in self._pages(
            lambda more: self._ask(
                "POST", "/rest/api/3/changelog/bulkfetch", payloads.BulkChangelog, json={**body, **more}
            )
        ):
            for log in page.issue_change_logs:
                histories.setdefault(log.issue_id, []).extend(log.change_histories)
        return histories

    def comments_by_id(
        self, wanted: Sequence[tuple[str, str]], may_be_tagged: Callable[[payloads.JiraComment], bool]
    ) -> list[payloads.JiraComment]:
        """Comments with their properties, which cost nothing here."""
        del may_be_tagged
        ids = list(dict.fromkeys(int(comment) for _, comment in wanted))
        if not ids:
            return []
        page = self._ask(
            "POST",
            "/rest/api/3/comment/list",
            payloads.CommentList,
            params={"expand": "properties"},
            json={"ids": ids},
        )
        return payloads.read_comments(page.values)[0]

    def with_tags(self, issue: str, comments: Sequence[payloads.JiraComment]) -> list[payloads.JiraComment]:
        """Comments with their properties, which the comments of an issue lack."""
        return self.comments_by_id([(issue, comment.id) for comment in comments], lambda _comment: True)

    def markup(self, document: Document) -> dict[str, Any]:
        """A document as ADF."""
        return adf.render(document)

    def add_comment(self, issue: str, document: Document, properties: Mapping[str, Any]) -> payloads.WrittenComment:
        """Write a comment. It has its properties from the start."""
        path = f"/rest/api/3/issue/{issue}/comment"
        return self._ask("POST", path, payloads.WrittenComment, json=self._comment(document, properties), item=issue)

    def replace_comment(
        self, issue: str, comment: str, document: Document, properties: Mapping[str, Any], *, notify: bool
    ) -> payloads.WrittenComment:
        """Replace a comment's text and its properties in one request."""
        return self._ask(
            "PUT",
            f"/rest/api/3/issue/{issue}/comment/{comment}",
            payloads.WrittenComment,
            json=self._comment(document, properties),
            params=quietly(notify=notify),
            item=issue,
        )

    def board_issues(self, board: int, part: str) -> Iterator[str]:
        """Ids of a board's issues; `part` is "issue" or "backlog"."""
        params = {"fields": "id", "maxResults": _IDS_PER_PAGE}
        path = f"/rest/software/1.0/board/{board}/{part}"
        for page in self._pages(lambda more: self._ask("GET", path, payloads.IssueIds, params={**params, **more})):
            self._check_complete(page.left_out, "issues of a board")
            yield from (issue.id for issue in page.issues)

    def users(self, text: str) -> list[payloads.User]:
        """Accounts whose name or e-mail address contains a text; addresses only as far as profiles show them."""
        params = {"query": text, "maxResults": 50}
        return self._ask("GET", "/rest/api/3/user/search", list[payloads.User], params=params)

    def user(self, ident: str) -> payloads.User:
        """The account with this id."""
        return self._ask("GET", "/rest/api/3/user", payloads.User, params={"accountId": ident})

    def default_priority(self) -> str | None:
        """Name of the priority of new issues."""
        priorities = self._ask("GET", "/rest/api/3/priority/search", payloads.Priorities, params={"maxResults": 50})
        return next((priority.name for priority in priorities.values if priority.is_default), None)

    def _comment(self, document: Document, properties: Mapping[str, Any]) -> dict[str, Any]:
        sent = [{"key": key, "value": value} for key, value in properties.items()]
        return {"body": self.markup(document), "properties": sent}

    def _ids(self, jql: str) -> Iterator[str]:
        for page in self.search(jql, ["id"], payloads.IssueIds, size=_IDS_PER_PAGE):
            yield from (issue.id for issue in page.issues)

    def _pages(self, ask: Callable[[dict[str, str]], P]) -> Iterator[P]:
        """All pages. An endless list is an error."""
        more: dict[str, str] = {}
        guard = PageGuard(max_empty=_MAX_EMPTY_PAGES)
        while True:
            page = ask(more)
            yield page
            token = page.next_page_token
            if page.is_last or not token:
                return
            if not guard.may_continue(map(msgspec.json.encode, page.issues), token):
                raise endless_list_error(self._http.name)
            more = {"nextPageToken": token}


def _by_rank(scope: str) -> str:
    return f"({scope}) ORDER BY Rank ASC"
