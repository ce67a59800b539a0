"""The requests that differ on Jira Cloud, which has version 3 of the API.

Lists are read in pages, and each page contains a token for the next one. The search index lags behind: for some
seconds, a search may not find an issue that has changed.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Raw

from connectors.document import Document
from connectors.errors import Gone, Misconfigured
from connectors.jira import payloads
from connectors.jira.client import JiraClient, P, order_by_rank
from connectors.markup import adf
from connectors.paging import PageGuard, endless_list_error

_IDS_PER_PAGE = 5000
"""The maximum for a search that returns only ids; other searches return at most 100 issues per page."""
_MAX_CHANGES_PER_PAGE = 10_000
_MAX_EMPTY_PAGES = 50
"""The maximum number of empty pages in a row. If there are more, the list counts as endless."""


class CloudClient(JiraClient):
    """Requests to a Jira Cloud site."""

    api = "/rest/api/3"
    reads_oldest_update_first = True
    needs_rank_field = False
    can_edit_without_notifying = True
    hides_email_addresses = True
    scope_search_attempts = 2  # in case one search misses an issue in spite of `reconcileIssues`
    comments_per_request = 1000
    max_concurrent_requests = 10
    reads_changelogs_in_bulk = True

    def search(
        self,
        jql: str,
        fields: Sequence[str],
        page_type: type[P],
        *,
        size: int = 100,
        reconciled_ids: Sequence[str] = (),
    ) -> Iterator[P]:
        """Yield all pages of a search. A page can be short or empty without being the last one.

        Args:
            size: The maximum number of issues on a page.
            reconciled_ids: Ids of at most 50 issues for which the search must not lag behind.
        """
        body: dict[str, Any] = {"jql": jql, "fields": list(fields), "maxResults": size}
        if reconciled_ids:
            body["reconcileIssues"] = [int(issue_id) for issue_id in reconciled_ids]
        try:
            yield from self._pages(
                lambda page_params: self._request(
                    "POST", "/rest/api/3/search/jql", page_type, json={**body, **page_params}
                )
            )
        except Gone as error:
            if error.status != 410:
                raise
            raise Misconfigured(
                f"{self._http.name}: Jira has removed the search API that this version uses.",
                hint="Update Backlog Steward.",
                status=410,
            ) from error

    def first_page(self, jql: str, fields: Sequence[str], page_type: type[P], *, size: int = 100) -> P:
        return next(self.search(jql, fields, page_type, size=size))

    def list_projects(self) -> list[payloads.ListedProject]:
        """The first page of projects that the account can see, sorted by name."""
        params = {"maxResults": 50, "orderBy": "name"}
        return self._request("GET", "/rest/api/3/project/search", payloads.ListedProjects, params=params).values

    def list_ids(self, scope: str) -> Iterator[str]:
        yield from self._search_ids(f"({scope}) ORDER BY key ASC")

    def list_ranked_ids(self, scope: str, rank_field: str | None) -> Iterator[str]:
        del rank_field
        yield from self._search_ids(order_by_rank(scope))

    def first_ids(self, scope: str, order_field: str) -> tuple[list[str], bool]:
        page = self.first_page(f"({scope}) ORDER BY {order_field} ASC", ["id"], payloads.IssueIds, size=_IDS_PER_PAGE)
        is_only_page = page.is_last or not page.next_page_token
        return [issue.id for issue in page.issues], is_only_page

    def read_stamps(self, jql: str) -> Iterator[payloads.StampedIssues]:
        """Yield pages of ids and update times, oldest first.

        An issue that changes during the search is returned again at the end.
        """
        yield from self.search(f"{jql} ORDER BY updated ASC, key ASC", ["updated"], payloads.StampedIssues)

    def search_in_scope(self, scope: str, ids: Sequence[str]) -> set[str]:
        """Return which of at most 50 ids are in a scope. The search does not lag behind for these issues."""
        jql = f"({scope}) AND id in ({', '.join(ids)})"
        found_ids: set[str] = set()
        for page in self.search(jql, ["id"], payloads.IssueIds, reconciled_ids=ids):
            self._check_complete(page.left_out, "issues")
            found_ids.update(issue.id for issue in page.issues)
        return found_ids

    def bulk_fetch(
        self, ids: Sequence[str], fields: Sequence[str], page_type: type[payloads.BulkIssues] = payloads.BulkIssues
    ) -> payloads.BulkIssues:
        """Read at most 100 issues by id, with up to 40 changes each."""
        body = {"issueIdsOrKeys": list(ids), "fields": list(fields), "expand": ["changelog"]}
        return self._request("POST", "/rest/api/3/issue/bulkfetch", page_type, json=body)

    def find_existing(self, ids: Sequence[str]) -> tuple[list[str], list[str]]:
        """Ids of the issues that exist, and of the issues that Jira failed to read. All others are gone or hidden."""
        body = {"issueIdsOrKeys": list(ids), "fields": ["id"]}
        response = self._request("POST", "/rest/api/3/issue/bulkfetch", payloads.ExistingIssues, json=body)
        self._check_complete(response.left_out, "issues")
        return [issue.id for issue in response.issues], [str(error.id) for error in response.issue_errors]

    def fetch_changelogs(self, ids: Sequence[str]) -> dict[str, list[Raw]]:
        histories: dict[str, list[Raw]] = {}
        body: dict[str, Any] = {"issueIdsOrKeys": list(ids), "maxResults": _MAX_CHANGES_PER_PAGE}
        for page in self._pages(
            lambda page_params: self._request(
                "POST", "/rest/api/3/changelog/bulkfetch", payloads.BulkChangelog, json={**body, **page_params}
            )
        ):
            for log in page.issue_change_logs:
                histories.setdefault(log.issue_id, []).extend(log.change_histories)
        return histories

    def fetch_comments_by_id(
        self, issue_and_comment_ids: Sequence[tuple[str, str]], may_be_tagged: Callable[[payloads.JiraComment], bool]
    ) -> list[payloads.JiraComment]:
        """Read comments, all with their properties, which contain the tag of this service.

        On Cloud, the properties need no further request.
        """
        del may_be_tagged
        ids = list(dict.fromkeys(int(comment) for _, comment in issue_and_comment_ids))
        if not ids:
            return []
        page = self._request(
            "POST", "/rest/api/3/comment/list", payloads.CommentList, params={"expand": "properties"}, json={"ids": ids}
        )
        return payloads.decode_comments(page.values)[0]

    def read_tags(self, issue_id: str, comments: Sequence[payloads.JiraComment]) -> list[payloads.JiraComment]:
        """Read comments again, with their properties."""
        return self.fetch_comments_by_id([(issue_id, comment.id) for comment in comments], lambda _comment: True)

    def render(self, document: Document) -> dict[str, Any]:
        """Convert a document to the Atlassian Document Format."""
        return adf.render(document)

    def list_board_issues(self, board: int, list_name: str) -> Iterator[str]:
        params = {"fields": "id", "maxResults": _IDS_PER_PAGE}
        path = f"/rest/software/1.0/board/{board}/{list_name}"
        for page in self._pages(
            lambda page_params: self._request("GET", path, payloads.IssueIds, params={**params, **page_params})
        ):
            self._check_complete(page.left_out, "issues of a board")
            yield from (issue.id for issue in page.issues)

    def find_users(self, text: str) -> list[payloads.User]:
        """Accounts whose name or public e-mail address contains a string."""
        params = {"query": text, "maxResults": 50}
        return self._request("GET", "/rest/api/3/user/search", list[payloads.User], params=params)

    def fetch_user(self, account_id: str) -> payloads.User:
        return self._request("GET", "/rest/api/3/user", payloads.User, params={"accountId": account_id})

    def fetch_default_priority(self) -> str | None:
        """The name of the priority that Jira gives to new issues.

        This resource is deprecated, but its successor, /rest/api/3/priorityscheme, needs the permission Administer
        Jira. Once it is removed, the default is unknown.
        """
        priorities = self._request(
            "GET", "/rest/api/3/priority/search", payloads.PriorityPage, params={"maxResults": 50}
        )
        return next((priority.name for priority in priorities.values if priority.is_default), None)

    def _search_ids(self, jql: str) -> Iterator[str]:
        for page in self.search(jql, ["id"], payloads.IssueIds, size=_IDS_PER_PAGE):
            yield from (issue.id for issue in page.issues)

    def _pages(self, read_page: Callable[[dict[str, str]], P]) -> Iterator[P]:
        """Yield all pages of a list.

        Args:
            read_page: Reads the page that is selected by these parameters of the request.

        Raises:
            ConnectorError: The list does not end.
        """
        page_params: dict[str, str] = {}
        guard = PageGuard(max_empty=_MAX_EMPTY_PAGES)
        while True:
            page = read_page(page_params)
            yield page
            token = page.next_page_token
            if page.is_last or not token:
                return
            if not guard.may_continue(map(msgspec.json.encode, page.issues), token):
                raise endless_list_error(self._http.name)
            page_params = {"nextPageToken": token}
