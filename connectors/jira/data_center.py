"""Requests to Jira Data Center: version 2 of the API, wiki markup, no bulk reads by id.

Offsets end at 10,000, and shift when something changes between two pages. Long lists are therefore read by project and
key.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import msgspec
from msgspec import Raw, Struct

from connectors import lenient_json
from connectors.concurrency import bounded_map
from connectors.document import Document
from connectors.errors import ConnectorError, Gone, Misconfigured, Refused, Uncertain
from connectors.jira import comment_tag, payloads
from connectors.jira.client import NOBODY, JiraClient, P, is_anonymous
from connectors.markup import wiki
from connectors.paging import endless_list_error
from connectors.response import Response

_PER_PAGE = 1000
"""The usual maximum page size (`jira.search.views.default.max`). A smaller maximum works as well."""
_AT_ONCE = 4


class _Keyed(Protocol):
    @property
    def id(self) -> str: ...

    @property
    def key(self) -> str: ...


class _KeyedPage(Protocol):
    @property
    def total(self) -> int | None: ...

    @property
    def issues(self) -> Sequence[_Keyed]: ...


class _Ranked(Struct):
    id: str
    key: str
    fields: dict[str, Any]


class _RankedPage(Struct):
    issues: list[_Ranked]
    total: int | None = None


class _Commented(Struct):
    comment: payloads.CommentPage | None = None


class _Discussed(Struct):
    id: str
    fields: _Commented


K = TypeVar("K", bound=_KeyedPage)
T = TypeVar("T")


class DataCenterClient(JiraClient):
    """Requests to a Jira Data Center or Server."""

    api = "/rest/api/2"
    oldest_first = False
    quiet_comments = False
    hides_addresses = False
    comments_at_once = 100
    scope_searches = 3  # the nodes of a cluster differ for a while

    def first(self, jql: str, fields: Sequence[str], page: type[P], *, size: int = 100) -> P:
        """The first page of a search."""
        return self._search(jql, fields, page, size=size)

    def projects(self) -> list[payloads.ListedProject]:
        """The projects that the account sees."""
        return self._ask("GET", "/rest/api/2/project", list[payloads.ListedProject])

    def can_rank(self, scope: str, rank: str | None) -> bool:
        """Whether the site can sort by rank and shows us the ranks, by which `ranked_ids` sorts long backlogs."""
        try:
            self.first(f"({scope}) ORDER BY Rank ASC", ["id"], payloads.IssueIds, size=1)
        except Refused:
            return False
        return rank is not None

    def ids(self, scope: str) -> Iterator[str]:
        """Ids of a scope by key."""
        for page in self._by_key(scope, lambda jql: self._search(jql, ["id"], payloads.IssueIds, size=_PER_PAGE)):
            yield from (issue.id for issue in page.issues)

    def ranked_ids(self, scope: str, rank: str | None) -> Iterator[str]:
        """Ids of a scope in rank order: sorted by the site if one page contains all, else sorted here, as bytes."""
        page = self._search(f"({scope}) ORDER BY Rank ASC", ["id"], payloads.IssueIds, size=_PER_PAGE)
        if _is_all(page):
            yield from (issue.id for issue in page.issues)
            return
        field = rank or ""
        pages = self._by_key(scope, lambda jql: self._search(jql, [field], _RankedPage, size=_PER_PAGE))
        ranks = {issue.id: str(issue.fields.get(field) or "") for page in pages for issue in page.issues}
        # Issues without a rank come last, as in Jira.
        yield from sorted(ranks, key=lambda ident: (not ranks[ident], ranks[ident].encode()))

    def stamps(self, jql: str) -> Iterator[payloads.StampedIssues]:
        """Stamps in the order of keys: offsets in the order of updates would shift."""
        return self._by_key(jql, lambda part: self._search(part, ["updated"], payloads.StampedIssues, size=_PER_PAGE))

    def shown_within(self, scope: str, ids: Sequence[str]) -> set[str]:
        """Which issues are in a scope, by the index of the node that answers."""
        page = self._search(f"({scope}) AND {_any_of(ids)}", ["id"], payloads.IssueIds, size=len(ids), strict=False)
        self._check_complete(page.left_out, "issues")
        return {issue.id for issue in page.issues}

    def bulk_fetch(self, ids: Sequence[str], fields: Sequence[str]) -> payloads.BulkIssues:
        """Issues by id with their changelog. Issues that a search leaves out are read individually."""
        return payloads.BulkIssues(issues=self._issues(ids, fields, ("changelog",)))

    def existing(self, ids: Sequence[str]) -> tuple[list[str], list[str]]:
        """Ids of the issues that exist."""
        existing = [_id(raw) for raw in self._issues(ids, ["id"])]
        self._check_complete(existing.count(""), "issues")
        return existing, []

    def changelogs(self, ids: Sequence[str]) -> dict[str, list[Raw]]:
        """The whole history of some issues, one request an issue: only that is sure to return all of it."""
        issues = [self._decoded(raw, payloads.IssueHistory) for raw in self._singly(ids, ["id"], ("changelog",))]
        return {issue.id: issue.changelog.histories for issue in issues if issue.changelog is not None}

    def comments_by_id(
        self, wanted: Sequence[tuple[str, str]], may_be_tagged: Callable[[payloads.JiraComment], bool]
    ) -> list[payloads.JiraComment]:
        """Comments, read by issue. Each property takes a request, so only those that may be ours have them."""
        ids = {comment for _, comment in wanted}
        issues = list(dict.fromkeys(issue for issue, _ in wanted))
        comments: list[payloads.JiraComment] = []
        for raw in self._issues(issues, ["comment"]):
            issue = self._decoded(raw, _Discussed)
            page = issue.fields.comment
            is_whole = page is not None and page.is_complete
            discussion = page.comments if page is not None and is_whole else self.comments(issue.id)
            found, _ = payloads.read_comments(discussion)
            comments += [
                self._with_tag(comment) if may_be_tagged(comment) else comment for comment in found if comment.id in ids
            ]
        return comments

    def with_tags(self, issue: str, comments: Sequence[payloads.JiraComment]) -> list[payloads.JiraComment]:
        """Comments with our property, from the anchor in the text or else from the property itself."""
        del issue
        return [self._with_tag(comment) for comment in comments]

    def markup(self, document: Document) -> str:
        """A document in wiki markup."""
        return wiki.render(document)

    def add_comment(self, issue: str, document: Document, properties: Mapping[str, Any]) -> payloads.WrittenComment:
        """Write a comment with its tag in the text, and ensure its properties."""
        path = f"/rest/api/2/issue/{issue}/comment"
        made = self._ask("POST", path, payloads.WrittenComment, json=self._comment(document, properties), item=issue)
        self._ensure_properties(issue, made.id, properties)
        return made

    def replace_comment(
        self, issue: str, comment: str, document: Document, properties: Mapping[str, Any], *, notify: bool
    ) -> payloads.WrittenComment:
        """Replace a comment's text and its properties. Data Center decides about mail."""
        del notify
        path = f"/rest/api/2/issue/{issue}/comment/{comment}"
        made = self._ask("PUT", path, payloads.WrittenComment, json=self._comment(document, properties), item=issue)
        self._ensure_properties(issue, made.id, properties)
        return made

    def board_issues(self, board: int, part: str) -> Iterator[str]:
        """Ids of a board's issues; `part` is "issue" or "backlog"."""
        path = f"/rest/agile/1.0/board/{board}/{part}"

        def ask(jql: str) -> payloads.IssueIds:
            return self._ask(
                "GET", path, payloads.IssueIds, params={"fields": "id", "maxResults": _PER_PAGE, "jql": jql}
            )

        for page in self._by_key("", ask):
            self._check_complete(page.left_out, "issues of a board")
            yield from (issue.id for issue in page.issues)

    def users(self, text: str) -> list[payloads.User]:
        """Accounts whose name or e-mail address contains a text."""
        params = {"username": text, "maxResults": 50}
        return self._ask("GET", "/rest/api/2/user/search", list[payloads.User], params=params)

    def user(self, ident: str) -> payloads.User:
        """The account with this key."""
        return self._ask("GET", "/rest/api/2/user", payloads.User, params={"key": ident})

    def default_priority(self) -> str | None:
        """None: Data Center does not tell."""
        return None

    def _check(self, response: Response) -> None:
        if is_anonymous(response):
            raise _anonymous(self._http.name)

    def _ask(self, method: str, path: str, kind: type[T], **kwargs: Any) -> T:
        try:
            return super()._ask(method, path, kind, **kwargs)
        except (Gone, Refused) as error:
            if error.code == NOBODY:
                raise _anonymous(self._http.name) from error
            raise

    def _search(
        self,
        jql: str,
        fields: Sequence[str],
        page: type[T],
        *,
        size: int,
        strict: bool = True,
        expand: Sequence[str] = (),
    ) -> T:
        """One page. Without `strict`, a query may name issues that do not exist."""
        body: dict[str, Any] = {"jql": jql, "fields": list(fields), "maxResults": size}
        if expand:
            body["expand"] = list(expand)
        if not strict:
            body["validateQuery"] = False
        return self._ask("POST", "/rest/api/2/search", page, json=body)

    def _by_key(self, where: str, ask: Callable[[str], K]) -> Iterator[K]:
        """All pages of a query, project by project in the order of keys."""
        condition = f"({where}) AND " if where else ""
        seen: set[str] = set()
        projects: dict[str, None] = {}
        page = ask(f"({where}) ORDER BY key ASC" if where else "ORDER BY key ASC")
        while True:
            new = [issue for issue in page.issues if issue.id not in seen]
            yield page
            if not page.issues or _is_all(page):
                return
            if not new:
                raise endless_list_error(self._http.name)
            seen.update(issue.id for issue in new)
            keyed = [issue for issue in new if isinstance(issue.key, str)]
            if not keyed:
                raise endless_list_error(self._http.name)
            projects |= dict.fromkeys(_project(issue) for issue in keyed)
            page = self._after(condition, projects, keyed, ask)

    def _after(
        self, condition: str, projects: Mapping[str, None], page: Sequence[_Keyed], ask: Callable[[str], K]
    ) -> K:
        """The page after a page. Jira rejects a key that no longer exists, so earlier keys are tried as well."""
        current = _project(page[-1])
        others = ", ".join(f'"{project}"' for project in projects)
        keys = [issue.key for issue in reversed(page) if _project(issue) == current]
        for key in keys:
            try:
                after = f'(project = "{current}" AND key > "{key}") OR project not in ({others})'
                return ask(f"{condition}({after}) ORDER BY key ASC")
            except Refused as error:
                rejection = error
        raise rejection

    def _issues(self, ids: Sequence[str], fields: Sequence[str], expand: Sequence[str] = ()) -> list[Raw]:
        """At most 100 issues by id, from one search, and from direct reads of those that it leaves out."""
        if not ids:
            return []
        page = self._search(_any_of(ids), fields, payloads.BulkIssues, size=len(ids), strict=False, expand=expand)
        found_ids = {_id(raw) for raw in page.issues}
        return page.issues + self._singly([ident for ident in ids if ident not in found_ids], fields, expand)

    def _singly(self, ids: Sequence[str], fields: Sequence[str], expand: Sequence[str] = ()) -> list[Raw]:
        params = {"fields": ",".join(fields)} | ({"expand": ",".join(expand)} if expand else {})

        def read(ident: str) -> Raw | None:
            try:
                return self._ask("GET", f"/rest/api/2/issue/{ident}", Raw, params=params)
            except Gone:
                return None

        return [raw for raw in bounded_map(read, ids, max_workers=_AT_ONCE) if raw is not None]

    def _decoded(self, raw: Raw, kind: type[T]) -> T:
        try:
            return msgspec.json.decode(raw, type=kind)
        except lenient_json.DECODE_ERRORS as error:
            raise ConnectorError(f"{self._http.name}: an issue has an unexpected format: {error}.") from error

    def _comment(self, document: Document, properties: Mapping[str, Any]) -> dict[str, Any]:
        sent = [{"key": key, "value": value} for key, value in properties.items()]
        return {
            "body": f"{self.markup(document)}\n{comment_tag.anchor(properties[comment_tag.PROPERTY])}",
            "properties": sent,
        }

    def _ensure_properties(self, issue: str, comment: str, properties: Mapping[str, Any]) -> None:
        """Set the properties that Jira did not take from the new comment."""
        for key, value in properties.items():
            path = f"/rest/api/2/comment/{comment}/properties/{key}"
            try:
                if self._property(comment, key) != value:
                    self._http.request("PUT", path, json=value, item=issue)
            except ConnectorError as error:
                # The comment itself is written; its tag is also in its text.
                raise Uncertain(
                    f"{self._http.name}: a comment was written, but not its properties ({error.message})."
                ) from error

    def _property(self, comment: str, key: str) -> Any:
        try:
            return self._ask("GET", f"/rest/api/2/comment/{comment}/properties/{key}", payloads.Property).value
        except Gone:
            return None

    def _with_tag(self, comment: payloads.JiraComment) -> payloads.JiraComment:
        value = comment_tag.from_anchor(comment.body) if isinstance(comment.body, str) else None
        if value is None:
            value = self._property(comment.id, comment_tag.PROPERTY)
        return msgspec.structs.replace(comment, properties=[payloads.Property(comment_tag.PROPERTY, value)])


def _anonymous(name: str) -> Misconfigured:
    return Misconfigured(
        f"{name}: Jira treats us as anonymous (X-AUSERNAME: anonymous). The token is wrong, expired or revoked.",
        hint="Create a new personal access token for the service account and set it as `token`.",
        status=401,
    )


def _any_of(ids: Sequence[str]) -> str:
    return f"id in ({', '.join(ids)})"


def _is_all(page: _KeyedPage) -> bool:
    return page.total is not None and len(page.issues) >= page.total


def _project(issue: _Keyed) -> str:
    return issue.key.rpartition("-")[0]


def _id(raw: Raw) -> str:
    try:
        return msgspec.json.decode(raw, type=payloads.IssueRef).id
    except lenient_json.DECODE_ERRORS:
        return ""
