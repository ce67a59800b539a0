"""Requests to Azure DevOps: one method a request, typed responses, no decisions.

Queries, batches, feeds, comments and edits. Metadata is requested by `library`.
"""

import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import parse_qs, quote, unquote, urlsplit

import msgspec

from connectors import lenient_json
from connectors.azure_devops import payloads
from connectors.errors import Conflict, ConnectorError, Garbled, Misconfigured, Refused
from connectors.http import HttpClient, Response
from connectors.paging import PageGuard, endless_list_error

READ_ONLY_POSTS = (
    r"/_apis/wit/wiql$",
    r"/_apis/wit/workitemsbatch$",
    r"/_apis/wit/reporting/workitemrevisions$",
)
"""Paths of POST requests that only read."""

IDS_PER_BATCH = 200
"""The maximum for one batch (VS403474)."""
_QUERY_PAGE = 19_999
"""Queries with more than 20,000 hits are rejected. With a smaller `$top` they are cut off silently."""
_UPDATES_PAGE = 200
_JSON_PATCH = "application/json-patch+json"
_LATEST = "7.1"
_OLDER = ("7.0", "6.0", "5.0")
_COMMENTS_SINCE = "5.1"
_COMMENTS = {"7.1": "7.1-preview.4"}
_OPTIONS_BLOCKED = frozenset({400, 403, 404, 405, 406, 501})
"""Statuses with which gateways and web servers reject OPTIONS; they may also respond with a page or with nothing."""
_WRONG_VERSION = re.compile("VssVersionOutOfRange|VssVersionNotSpecified|VssInvalidPreviewVersion")
_CONFLICTS = frozenset({"WorkItemRevisionMismatchException", "TestPatchOperationFailedException"})
_HEADERS = {"X-TFS-FedAuthRedirect": "Suppress", "Accept": "application/json"}

FEED_FIELDS = ("System.Id",)
"""Fields requested from the revision feed for changes. A position in the feed is valid for these only."""
_MAX_EMPTY_PAGES = 500
"""More empty pages in a row end the reading of a feed until the next round."""
_START_OVERLAP = timedelta(minutes=10)

T = TypeVar("T")


def parse_error(response: Response) -> tuple[str, str]:
    """Azure DevOps' error message, and the type of the error, which is not translated."""
    try:
        body = msgspec.json.decode(response.content.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError):
        header = unquote(response.headers.get("x-tfs-serviceerror", "")).replace("+", " ")
        return header or ("" if response.text.lstrip().startswith("<") else response.text[:300]), ""
    if not isinstance(body, Mapping):
        return "", ""
    wrapped = body.get("value")
    message = (
        body.get("message") or body.get("Message") or (wrapped.get("Message") if isinstance(wrapped, Mapping) else "")
    )
    return str(message or ""), str(body.get("typeKey", ""))


class AzureClient:
    """Requests to one project.

    Attributes:
        version: The newest API version that both sides support and that is no preview if there is such a one.
        has_comments: Whether the server has an API for comments; the oldest servers do not.
        options_blocked: Whether OPTIONS requests are blocked, so that the version had to be found by trying.
    """

    def __init__(self, http: HttpClient, project: str) -> None:
        self._http = http
        self._project = f"/{quote(project)}"
        self.version = _LATEST
        self.has_comments = True
        self.options_blocked = False

    @property
    def writes_markdown(self) -> bool:
        """Whether comments can be Markdown."""
        return _as_numbers(self.version) >= _as_numbers(_LATEST)

    def negotiate(self) -> None:
        """Choose an API version that the server supports: a released one, or a preview if there is no other."""
        offered = self._offered()
        work_items = _named("workitems", offered)
        self.options_blocked = not work_items
        if self.options_blocked:
            self.version = self._version_by_trying()
            self.has_comments = _as_numbers(self.version) >= _as_numbers(_COMMENTS_SINCE)
            return
        released = max((resource.released_version for resource in work_items), key=_as_numbers)
        newest = max((resource.max_version for resource in work_items), key=_as_numbers)
        is_released = any(_as_numbers(released))
        self.version = min(released if is_released else newest, _LATEST, key=_as_numbers)
        if not is_released and any(resource.released_version for resource in work_items):
            self.version += "-preview"
        first = [_as_numbers(resource.min_version) for resource in _named("comments", offered)]
        self.has_comments = any(_as_numbers(self.version) >= since for since in first)

    def _offered(self) -> payloads.Resources:
        """The server's resources; none if something on the way blocks OPTIONS."""
        try:
            return self._ask("OPTIONS", "/_apis", payloads.Resources)
        except ConnectorError as error:
            is_page = isinstance(error, Misconfigured) and error.status == 200
            if error.status in _OPTIONS_BLOCKED or is_page or isinstance(error, Garbled):
                return payloads.Resources()
            raise

    def _version_by_trying(self) -> str:
        for version in (_LATEST, *_OLDER):
            try:
                self._ask("GET", "/_apis/wit/fields", dict[str, Any], params={"api-version": version})
            except Refused as error:
                if not _WRONG_VERSION.search(error.code):
                    raise
            else:
                return version
        raise Misconfigured(
            f"{self._http.name}: this server supports none of the versions {_LATEST}, {', '.join(_OLDER)} of the API, "
            "or something on the way blocks its response to OPTIONS.",
            hint="Let OPTIONS requests to /_apis through, and use Azure DevOps Server 2019 or later.",
        )

    def account(self) -> dict[str, Any]:
        """The account behind our credentials."""
        return self._ask("GET", "/_apis/connectionData", payloads.ConnectionData).authenticated_user

    def projects(self) -> list[payloads.ListedProject]:
        """The first 100 projects that the account sees."""
        params = {"$top": 100, "api-version": self.version}
        return self._ask("GET", "/_apis/projects", payloads.ListedProjects, params=params).value

    def team_members(self, team: str) -> list[payloads.Identity]:
        """The members of a team of the project, at most 1,000."""
        path = f"/_apis/projects{self._project}/teams/{quote(team, safe='')}/members"
        params = {"$top": 1000, "api-version": self.version}
        return [member.identity for member in self._ask("GET", path, payloads.TeamMembers, params=params).value]

    def query(self, wiql: str) -> list[int]:
        """Ids that a query finds, in its order, at most 19,999."""
        result = self._ask(
            "POST",
            f"{self._project}/_apis/wit/wiql",
            payloads.QueryResult,
            params={"$top": _QUERY_PAGE, "timePrecision": "true", "api-version": self.version},
            json={"query": wiql},
        )
        if result.left_out:
            # An id that is lost here is a change that is never read.
            raise ConnectorError(f"{self._http.name}: {result.left_out} of the ids have an unexpected format.")
        return [item.id for item in result.work_items]

    def query_all(self, condition: str) -> Iterator[int]:
        """All ids that match a condition, sorted. Queries have no pages, so each continues after the last id."""
        last = 0
        guard = PageGuard()
        while True:
            ids = self.query(select_ids(f"{condition} AND [System.Id] > {last}", "[System.Id]"))
            yield from ids
            if len(ids) < _QUERY_PAGE:
                return
            if not guard.may_continue(ids):
                raise endless_list_error(self._http.name)
            last = ids[-1]

    def batch(self, ids: Sequence[int], *, relations: bool, fields: Sequence[str] = ()) -> payloads.Items:
        """At most 200 items by id; those that are gone or hidden are null."""
        body: dict[str, Any] = {"ids": list(ids), "errorPolicy": "omit"}
        if relations:
            body["$expand"] = "relations"
        elif fields:
            body["fields"] = list(fields)
        return self._ask(
            "POST", "/_apis/wit/workitemsbatch", payloads.Items, params={"api-version": self.version}, json=body
        )

    def item(self, ident: str) -> payloads.Item:
        """One item, read directly."""
        return self._ask("GET", f"/_apis/wit/workitems/{ident}", payloads.Item, params={"api-version": self.version})

    def start_positions(self, now: datetime) -> tuple[str, str]:
        """Current positions in the revision feed and in the links feed."""
        since = f"{now - _START_OVERLAP:%Y-%m-%dT%H:%M:%SZ}"
        tokens = []
        for pages in (self.revisions(None, FEED_FIELDS, since=since), self.links(None, since=since)):
            token = ""
            for page in pages:
                token = page.continuation_token or token
            tokens.append(token)
        return tokens[0], tokens[1]

    def revisions(
        self, token: str | None, fields: Sequence[str], *, since: str = "", latest_only: bool = True
    ) -> Iterator[payloads.RevisionPage]:
        """Pages of the project's revision feed since a position or a time.

        A page can be empty without being the last.
        """
        guard = PageGuard(token, max_empty=_MAX_EMPTY_PAGES)
        while True:
            page = self._ask(
                "POST",
                f"{self._project}/_apis/wit/reporting/workitemrevisions",
                payloads.RevisionPage,
                params=self._position(token, since),
                json={
                    "fields": list(fields),
                    "includeIdentityRef": True,
                    "includeDeleted": True,
                    "includeLatestOnly": latest_only,
                },
            )
            page.continuation_token = page.continuation_token or _token_in(page.next_link)
            yield page
            keys = [(revision.id, revision.version) for revision in page.values]
            if page.is_last_batch or not self._may_continue(guard, keys, page.continuation_token):
                return
            token = page.continuation_token

    def links(self, token: str | None, *, since: str = "") -> Iterator[payloads.LinkPage]:
        """Pages of the project's links feed since a position or a time."""
        guard = PageGuard(token, max_empty=_MAX_EMPTY_PAGES)
        while True:
            page = self._ask(
                "GET",
                f"{self._project}/_apis/wit/reporting/workitemlinks",
                payloads.LinkPage,
                params=self._position(token, since),
            )
            page.continuation_token = page.continuation_token or _token_in(page.next_link)
            yield page
            keys = [msgspec.json.encode(link) for link in page.values]
            if page.is_last_batch or not self._may_continue(guard, keys, page.continuation_token):
                return
            token = page.continuation_token

    def updates(self, ident: str) -> tuple[list[payloads.Update], bool]:
        """Every save of an item, and whether all of them could be read."""
        updates: dict[int, payloads.Update] = {}
        complete = True
        count = 0
        guard = PageGuard()
        while True:
            page = self._ask(
                "GET",
                f"/_apis/wit/workItems/{ident}/updates",
                payloads.Updates,
                params={"$top": _UPDATES_PAGE, "$skip": count, "api-version": self.version},
            ).value
            count += len(page)
            for raw in page:
                update, unread = lenient_json.decode_members(raw, payloads.Update)
                complete = complete and update is not None and not unread
                updates |= {update.id: update} if update is not None else {}
            if len(page) < _UPDATES_PAGE or not guard.may_continue(map(bytes, page)):
                return list(updates.values()), complete

    def comments(self, project: str, ident: str) -> list[payloads.AzureComment]:
        """All comments of an item of a project, oldest first; none on a server without an API for them."""
        if not self.has_comments:
            return []
        comments: dict[int, payloads.AzureComment] = {}
        token: str | None = None
        guard = PageGuard(max_empty=_MAX_EMPTY_PAGES)
        while True:
            params: dict[str, Any] = {"$top": 200, "order": "asc", "api-version": self._comments_version}
            if token:
                params["continuationToken"] = token
            page = self._ask("GET", _comments_of(project, ident), payloads.AzureComments, params=params)
            for raw in page.comments:
                comment = payloads.read_comment(raw)
                comments |= {comment.number: comment} if comment is not None else {}
            token = page.continuation_token
            if not token or not guard.may_continue(map(bytes, page.comments), token):
                return [comment for comment in comments.values() if not comment.is_deleted]

    def edit(
        self, ident: str, patch: Sequence[Mapping[str, Any]], *, notify: bool, only_check: bool = False
    ) -> payloads.Item:
        """Change an item. Every patch starts with a test of the revision."""
        params: dict[str, Any] = {"api-version": self.version}
        if not notify:
            params["suppressNotifications"] = "true"
        if only_check:
            params["validateOnly"] = "true"
        return self._write(
            "PATCH",
            f"/_apis/wit/workitems/{ident}",
            payloads.Item,
            params=params,
            content=msgspec.json.encode(list(patch)),
            headers=_HEADERS | {"Content-Type": _JSON_PATCH},
            item=ident,
        )

    def add_comment(self, project: str, ident: str, text: str) -> payloads.AzureComment:
        """Write a comment."""
        return self._write(
            "POST",
            _comments_of(project, ident),
            payloads.AzureComment,
            params=self._comment_params(),
            json={"text": text},
            headers=_HEADERS,
            item=ident,
        )

    def replace_comment(self, project: str, ident: str, comment: str, text: str) -> payloads.AzureComment:
        """Replace the text of a comment."""
        return self._write(
            "PATCH",
            f"{_comments_of(project, ident)}/{comment}",
            payloads.AzureComment,
            params=self._comment_params(),
            json={"text": text},
            headers=_HEADERS,
            item=ident,
        )

    def delete_comment(self, project: str, ident: str, comment: str) -> None:
        """Delete a comment."""
        self._http.request(
            "DELETE",
            f"{_comments_of(project, ident)}/{comment}",
            params={"api-version": self._comments_version},
            headers=_HEADERS,
            item=ident,
        )

    @property
    def _comments_version(self) -> str:
        return _COMMENTS.get(number := self.version.removesuffix("-preview"), f"{number}-preview.3")

    def _comment_params(self) -> dict[str, Any]:
        markup = {"format": "markdown"} if self.writes_markdown else {}
        return {"api-version": self._comments_version, **markup}

    def _position(self, token: str | None, since: str) -> dict[str, str]:
        params = {"api-version": self.version}
        if token:
            return params | {"continuationToken": token}
        return params | ({"startDateTime": since} if since else {})

    def _may_continue(self, guard: PageGuard, keys: Sequence[Hashable], token: str | None) -> bool:
        """Whether a feed goes on. New entries without a new position are an error."""
        may_continue = guard.may_continue(keys, token)
        if guard.is_stuck or (may_continue and not token):
            raise ConnectorError(f"{self._http.name}: a feed does not advance. The round stops.")
        return may_continue

    def _write(self, method: str, path: str, kind: type[T], **kwargs: Any) -> T:
        try:
            return self._http.request_json(method, path, kind, **kwargs)
        except Refused as error:
            if error.code in _CONFLICTS or "TF26071" in error.message:
                raise Conflict(error.message, status=error.status, code=error.code) from error
            raise

    def _ask(self, method: str, path: str, kind: type[T], **kwargs: Any) -> T:
        try:
            return self._http.request_json(method, path, kind, headers=_HEADERS, **kwargs)
        except Misconfigured as error:
            if error.status == 203:
                raise Misconfigured(
                    f"{self._http.name}: the token was refused: the server answered with its sign-in page.",
                    hint="Check the token: it is wrong, expired, inactive, or for another organisation.",
                    status=203,
                ) from error
            raise


def select_ids(condition: str, order: str) -> str:
    """A WIQL query for ids. Quote values with `quoted`."""
    return f"SELECT [System.Id] FROM WorkItems WHERE {condition} ORDER BY {order}"  # noqa: S608 - see `quoted`


def quoted(text: str) -> str:
    """A text as a WIQL literal."""
    return "'" + text.replace("'", "''") + "'"


def _named(name: str, offered: payloads.Resources) -> list[payloads.Resource]:
    return [
        resource
        for resource in offered.value
        if (resource.area.casefold(), resource.resource_name.casefold()) == ("wit", name)
    ]


def _comments_of(project: str, ident: str) -> str:
    return f"/{quote(project)}/_apis/wit/workItems/{ident}/comments"


def _token_in(link: str | None) -> str | None:
    tokens = parse_qs(urlsplit(link).query).get("continuationToken", []) if link else []
    return tokens[0] if tokens else None


def _as_numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("-", maxsplit=1)[0].split(".") if part.isdigit())
