"""Jira Data Center's wire: version 2 of the API, wiki markup, no bulk reads by id, no pages beyond a window.

Positions end at 10,000 and shift when something changes while pages are read. Keys do neither, so long lists are
read by project and key.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import msgspec
from msgspec import Raw, Struct

from connectors.concurrency import bounded_map
from connectors.document import Document
from connectors.errors import ConnectorError, Gone, Misconfigured, Refused, Uncertain
from connectors.jira import comment_tag, payloads
from connectors.jira.client import NOBODY, JiraClient, P, is_for_nobody
from connectors.markup import wiki
from connectors.response import Response

_PER_PAGE = 1000
"""Usual cap of a page (`jira.search.views.default.max`); a site may have a smaller one and is read all the same."""
_PAYLOADS = 100
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
    """Calls to a Jira Data Center or Server."""

    api = "/rest/api/2"
    oldest_first = False
    quiet_comments = False
    looks = 3  # the nodes of a cluster differ for a while

    def first(self, jql: str, fields: Sequence[str], page: type[P], *, size: int = 100) -> P:
        """The first page of a search."""
        return self._search(jql, fields, page, size=size)

    def can_rank(self, scope: str, rank: str | None) -> bool:
        """Whether the site knows an order by rank, and shows us the ranks: a long backlog is put in order here."""
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
        """Ids of a scope in rank order: in the site's where one page holds all, else sorted by rank, as bytes."""
        page = self._search(f"({scope}) ORDER BY Rank ASC", ["id"], payloads.IssueIds, size=_PER_PAGE)
        if _is_all(page):
            yield from (issue.id for issue in page.issues)
            return
        field = rank or ""
        pages = self._by_key(scope, lambda jql: self._search(jql, [field], _RankedPage, size=_PER_PAGE))
        ranks = {issue.id: str(issue.fields.get(field) or "") for page in pages for issue in page.issues}
        # Without a rank, last: Jira sorts it so as well.
        yield from sorted(ranks, key=lambda ident: (not ranks[ident], ranks[ident].encode()))

    def stamps(self, jql: str) -> Iterator[payloads.StampedIssues]:
        """Stamps in the order of keys, for positions in an order of updates would shift under us."""
        return self._by_key(jql, lambda part: self._search(part, ["updated"], payloads.StampedIssues, size=_PER_PAGE))

    def shown_within(self, scope: str, ids: Sequence[str]) -> set[str]:
        """Which issues are within a scope, as the index of the node that answers has it."""
        found = self._search(f"({scope}) AND {_any_of(ids)}", ["id"], payloads.IssueIds, size=len(ids), strict=False)
        return {issue.id for issue in found.issues}

    def bulk_fetch(self, ids: Sequence[str], fields: Sequence[str]) -> payloads.BulkIssues:
        """Issues by id with their changelog; those that a search leaves out are read one by one."""
        return payloads.BulkIssues(issues=self._issues(ids, fields, ("changelog",)))

    def existing(self, ids: Sequence[str]) -> tuple[list[str], list[str]]:
        """Ids of the issues that are still there."""
        return [_id(raw) for raw in self._issues(ids, ["id"])], []

    def changelogs(self, ids: Sequence[str]) -> dict[str, list[payloads.History]]:
        """The whole history of some issues, one request an issue: only a single issue is sure to show all of it."""
        found = [
            msgspec.json.decode(raw, type=payloads.IssueHistory) for raw in self._singly(ids, ["id"], ("changelog",))
        ]
        return {one.id: one.changelog.histories for one in found if one.changelog is not None}

    def comments_by_id(self, wanted: Sequence[tuple[str, str]]) -> list[payloads.JiraComment]:
        """Comments with their properties, by the issues that they stand under."""
        ids = {comment for _, comment in wanted}
        issues = list(dict.fromkeys(issue for issue, _ in wanted))
        found: list[payloads.JiraComment] = []
        for start in range(0, len(issues), _PAYLOADS):
            for raw in self._issues(issues[start : start + _PAYLOADS], ["comment"]):
                issue = msgspec.json.decode(raw, type=_Discussed)
                page = issue.fields.comment
                is_whole = page is not None and len(page.comments) >= page.total
                said = page.comments if page is not None and is_whole else self.comments(issue.id)
                found += self.with_tags(issue.id, [one for one in said if one.id in ids])
        return found

    def with_tags(self, issue: str, comments: Sequence[payloads.JiraComment]) -> list[payloads.JiraComment]:
        """Comments with our property: as the text tells it, else as it is kept beside the comment."""
        del issue
        return [self._marked(one) for one in comments]

    def markup(self, document: Document) -> str:
        """A document of ours in wiki markup."""
        return wiki.write(document)

    def add_comment(self, issue: str, document: Document, properties: Mapping[str, Any]) -> payloads.JiraComment:
        """Writes a comment with its mark in the text, and makes sure of its properties."""
        path = f"/rest/api/2/issue/{issue}/comment"
        made = self._ask("POST", path, payloads.JiraComment, json=self._comment(document, properties), item=issue)
        self._make_sure(issue, made.id, properties)
        return made

    def replace_comment(
        self, issue: str, comment: str, document: Document, properties: Mapping[str, Any], *, notify: bool
    ) -> payloads.JiraComment:
        """Replaces a comment's text and its properties; whether mail goes out is for Data Center alone to say."""
        del notify
        path = f"/rest/api/2/issue/{issue}/comment/{comment}"
        made = self._ask("PUT", path, payloads.JiraComment, json=self._comment(document, properties), item=issue)
        self._make_sure(issue, made.id, properties)
        return made

    def board_issues(self, board: int, part: str) -> Iterator[str]:
        """Ids of a board's issues; `part` is "issue" or "backlog"."""
        path = f"/rest/agile/1.0/board/{board}/{part}"

        def ask(jql: str) -> payloads.IssueIds:
            return self._ask(
                "GET", path, payloads.IssueIds, params={"fields": "id", "maxResults": _PER_PAGE, "jql": jql}
            )

        for page in self._by_key("", ask):
            yield from (issue.id for issue in page.issues)

    def default_priority(self) -> str | None:
        """None: no list of priorities marks it."""
        return None

    def _check(self, answer: Response) -> None:
        if is_for_nobody(answer):
            raise _nobody(self._http.name)

    def _ask(self, method: str, path: str, kind: type[T], **how: Any) -> T:
        try:
            return super()._ask(method, path, kind, **how)
        except (Gone, Refused) as error:
            if error.code == NOBODY:
                raise _nobody(self._http.name) from error
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
        """One page; without `strict`, issues that the query names and that are not there are passed over."""
        body: dict[str, Any] = {"jql": jql, "fields": list(fields), "maxResults": size}
        if expand:
            body["expand"] = list(expand)
        if not strict:
            body["validateQuery"] = False
        return self._ask("POST", "/rest/api/2/search", page, json=body)

    def _by_key(self, where: str, ask: Callable[[str], K]) -> Iterator[K]:
        """Pages of all that a query finds, project by project in the order of keys."""
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
                raise ConnectorError(f"{self._http.name}: a list of Jira's has no end; the round is left.")
            seen.update(issue.id for issue in new)
            projects |= dict.fromkeys(_project(issue) for issue in new)
            page = self._after(condition, projects, new, ask)

    def _after(
        self, condition: str, projects: Mapping[str, None], page: Sequence[_Keyed], ask: Callable[[str], K]
    ) -> K:
        """What follows a page. A key that is gone since is refused as a place to go on from; one before it may do."""
        here = _project(page[-1])
        others = ", ".join(f'"{project}"' for project in projects)
        places = [issue.key for issue in reversed(page) if _project(issue) == here]
        for key in places:
            try:
                return ask(
                    f'{condition}((project = "{here}" AND key > "{key}") OR project not in ({others})) ORDER BY key ASC'
                )
            except Refused as refused:
                last = refused
        raise last

    def _issues(self, ids: Sequence[str], fields: Sequence[str], expand: Sequence[str] = ()) -> list[Raw]:
        """Issues by id, at most 100: from one search, and what that leaves out by direct reads."""
        if not ids:
            return []
        page = self._search(_any_of(ids), fields, payloads.BulkIssues, size=len(ids), strict=False, expand=expand)
        found = {_id(raw) for raw in page.issues}
        return page.issues + self._singly([ident for ident in ids if ident not in found], fields, expand)

    def _singly(self, ids: Sequence[str], fields: Sequence[str], expand: Sequence[str] = ()) -> list[Raw]:
        params = {"fields": ",".join(fields)} | ({"expand": ",".join(expand)} if expand else {})

        def read(ident: str) -> Raw | None:
            try:
                return self._ask("GET", f"/rest/api/2/issue/{ident}", Raw, params=params)
            except Gone:
                return None

        return [raw for raw in bounded_map(read, ids, at_once=_AT_ONCE) if raw is not None]

    def _comment(self, document: Document, properties: Mapping[str, Any]) -> dict[str, Any]:
        sent = [{"key": key, "value": value} for key, value in properties.items()]
        return {
            "body": f"{self.markup(document)}\n{comment_tag.anchor(properties[comment_tag.PROPERTY])}",
            "properties": sent,
        }

    def _make_sure(self, issue: str, comment: str, properties: Mapping[str, Any]) -> None:
        """Sets the properties that did not arrive with the comment."""
        for key, value in properties.items():
            path = f"/rest/api/2/comment/{comment}/properties/{key}"
            try:
                if self._property(comment, key) != value:
                    self._http.request("PUT", path, json=value, item=issue)
            except ConnectorError as error:
                # The comment itself is written; whoever looks finds it by the mark in its text.
                raise Uncertain(
                    f"{self._http.name}: a comment was written, its mark was not ({error.message})."
                ) from error

    def _property(self, comment: str, key: str) -> Any:
        try:
            return self._ask("GET", f"/rest/api/2/comment/{comment}/properties/{key}", payloads.Property).value
        except Gone:
            return None

    def _marked(self, one: payloads.JiraComment) -> payloads.JiraComment:
        mark = comment_tag.anchored(one.body) if isinstance(one.body, str) else None
        value = mark if mark is not None else self._property(one.id, comment_tag.PROPERTY)
        return msgspec.structs.replace(one, properties=[payloads.Property(comment_tag.PROPERTY, value)])


def _nobody(name: str) -> Misconfigured:
    """What is said when the site takes us for nobody."""
    return Misconfigured(
        f"{name}: Jira takes us for nobody (X-AUSERNAME: anonymous); the token is wrong, has expired or was revoked.",
        hint="Make a new personal access token for the service's account and put it under `token`.",
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
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
