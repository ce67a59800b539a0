"""The requests that differ on Jira Data Center from those on Cloud: it has version 2 of the API, with wiki markup.

Long lists are read in the order of issue keys, as `connectors.jira.key_paging` explains.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec import Raw, Struct

from connectors import lenient_json
from connectors.concurrency import bounded_map
from connectors.document import Document
from connectors.errors import ConnectorError, Gone, Misconfigured, Refused, Uncertain
from connectors.jira import comment_tag, payloads
from connectors.jira.client import ANONYMOUS, JiraClient, P, is_anonymous, order_by_rank
from connectors.jira.key_paging import is_complete_list, read_pages_by_key
from connectors.markup import wiki
from connectors.response import Response

_ISSUES_PER_PAGE = 1000
"""The usual maximum of a site (`jira.search.views.default.max`). A site with a smaller maximum returns smaller
pages."""
_MAX_WORKERS = 4
"""The number of threads that read issues individually. `max_concurrent_requests` limits their requests too."""
_MAX_USERS = 50


class _RankedIssue(Struct):
    id: str
    key: str
    fields: dict[str, Any]


class _RankedIssues(Struct):
    issues: list[_RankedIssue]
    total: int | None = None


class _IssueWithComments(Struct):
    id: str
    fields: payloads.FieldsWithComments


T = TypeVar("T")


class DataCenterClient(JiraClient):
    """Requests to a Jira Data Center or Server site. `JiraClient` describes the attributes."""

    api = "/rest/api/2"
    reads_oldest_update_first = False
    needs_rank_field = True
    can_edit_without_notifying = False
    hides_email_addresses = False
    comments_per_request = 100
    max_concurrent_requests = 2
    reads_changelogs_in_bulk = False
    scope_search_attempts = 3  # the search indexes of the nodes in a cluster differ temporarily

    def first_page(self, jql: str, fields: Sequence[str], page_type: type[P], *, size: int = 100) -> P:
        return self._search(jql, fields, page_type, size=size)

    def list_projects(self) -> list[payloads.ListedProject]:
        return self._request("GET", "/rest/api/2/project", list[payloads.ListedProject])

    def list_ids(self, scope: str) -> Iterator[str]:
        for page in read_pages_by_key(
            scope, lambda jql: self._search(jql, ["id"], payloads.IssueIds, size=_ISSUES_PER_PAGE), self._http.name
        ):
            yield from (issue.id for issue in page.issues)

    def list_ranked_ids(self, scope: str, rank_field: str | None) -> Iterator[str]:
        """The ids of all issues in a scope, in rank order.

        If they fit on one page, the site sorts them. Otherwise their ranks are read and sorted here.
        """
        page = self._search(order_by_rank(scope), ["id"], payloads.IssueIds, size=_ISSUES_PER_PAGE)
        if is_complete_list(page):
            yield from (issue.id for issue in page.issues)
            return
        field = rank_field or ""
        pages = read_pages_by_key(
            scope, lambda jql: self._search(jql, [field], _RankedIssues, size=_ISSUES_PER_PAGE), self._http.name
        )
        ranks = {issue.id: str(issue.fields.get(field) or "") for page in pages for issue in page.issues}
        # As in Jira, issues without a rank come last.
        yield from sorted(ranks, key=lambda issue_id: (not ranks[issue_id], ranks[issue_id].encode()))

    def first_ids(self, scope: str, order_field: str) -> tuple[list[str], bool]:
        page = self._search(f"({scope}) ORDER BY {order_field} ASC", ["id"], payloads.IssueIds, size=_ISSUES_PER_PAGE)
        return [issue.id for issue in page.issues], is_complete_list(page)

    def read_stamps(self, jql: str) -> Iterator[payloads.StampedIssues]:
        """Yield pages of ids and update times in the order of keys.

        In the order of updates, an issue that changes meanwhile would shift the offsets of the others.
        """
        return read_pages_by_key(
            jql,
            lambda query: self._search(query, ["updated"], payloads.StampedIssues, size=_ISSUES_PER_PAGE),
            self._http.name,
        )

    def search_in_scope(self, scope: str, ids: Sequence[str]) -> set[str]:
        """Return which of at most 50 ids a search finds in a scope. It searches only one node of the cluster."""
        page = self._search(
            f"({scope}) AND {_id_condition(ids)}", ["id"], payloads.IssueIds, size=len(ids), strict=False
        )
        self._check_complete(page.left_out, "issues")
        return {issue.id for issue in page.issues}

    def bulk_fetch(
        self, ids: Sequence[str], fields: Sequence[str], page_type: type[payloads.BulkIssues] = payloads.BulkIssues
    ) -> payloads.BulkIssues:
        """Read at most 100 issues by id, with their changelog.

        Issues that the search does not find are read individually, so there is no single response of type `page_type`.
        """
        del page_type
        return payloads.BulkIssues(issues=self._read_issues(ids, fields, ("changelog",)))

    def find_existing(self, ids: Sequence[str]) -> tuple[list[str], list[str]]:
        """The ids of the issues that exist. Data Center does not say which ones it failed to read."""
        existing = [_decode_id(raw) for raw in self._read_issues(ids, ["id"])]
        self._check_complete(existing.count(""), "issues")
        return existing, []

    def fetch_changelogs(self, ids: Sequence[str]) -> dict[str, list[Raw]]:
        """Read the complete changelogs of issues, one by one, because a search may truncate them."""
        issues = [
            self._decode(raw, payloads.IssueWithChangelog)
            for raw in self._read_individually(ids, ["id"], ("changelog",))
        ]
        return {issue.id: issue.changelog.histories for issue in issues if issue.changelog is not None}

    def fetch_comments_by_id(
        self, issue_and_comment_ids: Sequence[tuple[str, str]], may_be_tagged: Callable[[payloads.JiraComment], bool]
    ) -> list[payloads.JiraComment]:
        """Read all comments on the issues, and return the requested ones.

        The properties of a comment need a request of their own, so they are read only if necessary.
        """
        ids = {comment for _, comment in issue_and_comment_ids}
        issues = list(dict.fromkeys(issue for issue, _ in issue_and_comment_ids))
        comments: list[payloads.JiraComment] = []
        for raw in self._read_issues(issues, ["comment"]):
            issue = self._decode(raw, _IssueWithComments)
            page = issue.fields.comment
            is_complete = page is not None and page.is_complete
            raw_comments = page.comments if page is not None and is_complete else self.fetch_comments(issue.id)
            comments_of_issue, _ = payloads.decode_comments(raw_comments)
            comments += [
                self._read_tag(comment) if may_be_tagged(comment) else comment
                for comment in comments_of_issue
                if comment.id in ids
            ]
        return comments

    def read_tags(self, issue_id: str, comments: Sequence[payloads.JiraComment]) -> list[payloads.JiraComment]:
        """Return comments with the hidden tag by which this service recognises its own, as a property.

        The tag is read from the text of a comment, or else from the property.
        """
        del issue_id
        return [self._read_tag(comment) for comment in comments]

    def render(self, document: Document) -> str:
        """Convert a document to wiki markup."""
        return wiki.render(document)

    def list_board_issues(self, board: int, list_name: str) -> Iterator[str]:
        path = f"/rest/agile/1.0/board/{board}/{list_name}"

        def read_page(jql: str) -> payloads.IssueIds:
            return self._request(
                "GET", path, payloads.IssueIds, params={"fields": "id", "maxResults": _ISSUES_PER_PAGE, "jql": jql}
            )

        for page in read_pages_by_key("", read_page, self._http.name):
            self._check_complete(page.left_out, "issues of a board")
            yield from (issue.id for issue in page.issues)

    def find_users(self, text: str) -> list[payloads.User]:
        params = {"username": text, "maxResults": _MAX_USERS}
        return self._request("GET", "/rest/api/2/user/search", list[payloads.User], params=params)

    def fetch_user(self, account_id: str) -> payloads.User:
        return self._request("GET", "/rest/api/2/user", payloads.User, params={"key": account_id})

    def fetch_default_priority(self) -> str | None:
        """Return None, because the API of Data Center does not return the default priority."""
        return None

    def _check(self, response: Response) -> None:
        if is_anonymous(response):
            raise _anonymous_error(self._http.name)

    def _request(self, method: str, path: str, response_type: type[T], **kwargs: Any) -> T:
        try:
            return super()._request(method, path, response_type, **kwargs)
        except (Gone, Refused) as error:
            if error.code == ANONYMOUS:
                raise _anonymous_error(self._http.name) from error
            raise

    def _search(
        self,
        jql: str,
        fields: Sequence[str],
        page_type: type[T],
        *,
        size: int,
        strict: bool = True,
        expand: Sequence[str] = (),
    ) -> T:
        """Read the first page of a search.

        Args:
            size: The maximum number of issues.
            strict: Whether ids of issues that do not exist are an error. Otherwise the search ignores them.
            expand: Further parts of the issues, such as "changelog".
        """
        body: dict[str, Any] = {"jql": jql, "fields": list(fields), "maxResults": size}
        if expand:
            body["expand"] = list(expand)
        if not strict:
            body["validateQuery"] = False
        return self._request("POST", "/rest/api/2/search", page_type, json=body)

    def _read_issues(self, ids: Sequence[str], fields: Sequence[str], expand: Sequence[str] = ()) -> list[Raw]:
        """Read at most 100 issues by id with one search, and then each missing issue with its own request."""
        if not ids:
            return []
        page = self._search(_id_condition(ids), fields, payloads.BulkIssues, size=len(ids), strict=False, expand=expand)
        found_ids = {_decode_id(raw) for raw in page.issues}
        return page.issues + self._read_individually(
            [issue_id for issue_id in ids if issue_id not in found_ids], fields, expand
        )

    def _read_individually(self, ids: Sequence[str], fields: Sequence[str], expand: Sequence[str] = ()) -> list[Raw]:
        """Read each issue with its own request. Issues that do not exist are left out."""
        params = {"fields": ",".join(fields)} | ({"expand": ",".join(expand)} if expand else {})

        def read(issue_id: str) -> Raw | None:
            try:
                return self._request("GET", f"/rest/api/2/issue/{issue_id}", Raw, params=params)
            except Gone:
                return None

        return [raw for raw in bounded_map(read, ids, max_workers=_MAX_WORKERS) if raw is not None]

    def _decode(self, raw: Raw, response_type: type[T]) -> T:
        try:
            return msgspec.json.decode(raw, type=response_type)
        except lenient_json.DECODE_ERRORS as error:
            raise ConnectorError(f"{self._http.name}: an issue has an unexpected format: {error}.") from error

    def _write_comment(
        self, method: str, path: str, issue_id: str, document: Document, properties: Mapping[str, Any], **kwargs: Any
    ) -> payloads.WrittenComment:
        written = super()._write_comment(method, path, issue_id, document, properties, **kwargs)
        self._ensure_properties(issue_id, written.id, properties)
        return written

    def _comment_body(self, document: Document, properties: Mapping[str, Any]) -> dict[str, Any]:
        """The text of a comment, with its tag, and its properties."""
        text = f"{self.render(document)}\n{comment_tag.anchor(properties[comment_tag.PROPERTY])}"
        return super()._comment_body(document, properties) | {"body": text}

    def _ensure_properties(self, issue_id: str, comment_id: str, properties: Mapping[str, Any]) -> None:
        """Set the properties that Jira ignored when it stored a comment."""
        for key, value in properties.items():
            path = f"/rest/api/2/comment/{comment_id}/properties/{key}"
            try:
                if self._fetch_property(comment_id, key) != value:
                    self._http.request("PUT", path, json=value, item_id=issue_id)
            except ConnectorError as error:
                # The text of the comment contains its tag, so the next read of the issue recognises the comment.
                raise Uncertain(
                    f"{self._http.name}: a comment was written, but not its properties ({error.message})."
                ) from error

    def _fetch_property(self, comment_id: str, key: str) -> Any:
        try:
            return self._request("GET", f"/rest/api/2/comment/{comment_id}/properties/{key}", payloads.Property).value
        except Gone:
            return None

    def _read_tag(self, comment: payloads.JiraComment) -> payloads.JiraComment:
        """Add the property with the tag to a comment, from its text or else with a request."""
        value = comment_tag.from_anchor(comment.body) if isinstance(comment.body, str) else None
        if value is None:
            value = self._fetch_property(comment.id, comment_tag.PROPERTY)
        return msgspec.structs.replace(comment, properties=[payloads.Property(comment_tag.PROPERTY, value)])


def _anonymous_error(name: str) -> Misconfigured:
    return Misconfigured(
        f"{name}: Jira treats us as anonymous (X-AUSERNAME: anonymous). The token is wrong, expired or revoked.",
        hint="Create a new personal access token for the service account and set it as `token`.",
        status=401,
    )


def _id_condition(ids: Sequence[str]) -> str:
    return f"id in ({', '.join(ids)})"


def _decode_id(raw: Raw) -> str:
    """The id of an issue; empty if it cannot be decoded."""
    try:
        return msgspec.json.decode(raw, type=payloads.IssueRef).id
    except lenient_json.DECODE_ERRORS:
        return ""
