"""Azure DevOps' wire: one method a call, typed answers, nothing decided.

Queries, batches, feeds, item writes and comments go this way; what the `azure-devops` package knows well and is called
rarely goes through `connectors.azure_devops.library`.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import parse_qs, quote, unquote, urlsplit

import msgspec

from connectors.azure_devops import payloads
from connectors.errors import Conflict, ConnectorError, Misconfigured, Refused
from connectors.http import HttpClient, Response

READING_POSTS = (
    r"/_apis/wit/wiql$",
    r"/_apis/wit/workitemsbatch$",
    r"/_apis/wit/reporting/workitemrevisions$",
)
"""POST calls that change nothing."""

IDS_PER_BATCH = 200
"""More ids in one batch are refused (VS403474)."""
_QUERY_PAGE = 19_999
"""A query with more hits than 20,000 is refused; with `$top` below that it is cut without a word."""
_UPDATES_PAGE = 200
_JSON_PATCH = "application/json-patch+json"
_LATEST = "7.1"
_COMMENTS = {"7.1": "7.1-preview.4", "7.0": "7.0-preview.3", "6.0": "6.0-preview.3"}
_CONFLICTS = frozenset({"WorkItemRevisionMismatchException", "TestPatchOperationFailedException"})
_HEADERS = {"X-TFS-FedAuthRedirect": "Suppress", "Accept": "application/json"}

FEED_FIELDS = ("System.Id",)
"""Fields by which changes are followed; a position in the feed holds for these alone."""
_START_OVERLAP = timedelta(minutes=10)

T = TypeVar("T")


def explain(answer: Response) -> tuple[str, str]:
    """Azure DevOps' error bodies: its words for people, and the type of the error, which no language changes."""
    try:
        body = msgspec.json.decode(answer.content.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError):
        told = unquote(answer.headers.get("x-tfs-serviceerror", "")).replace("+", " ")
        return told or ("" if answer.text.lstrip().startswith("<") else answer.text[:300]), ""
    if not isinstance(body, Mapping):
        return "", ""
    wrapped = body.get("value")
    said = (
        body.get("message") or body.get("Message") or (wrapped.get("Message") if isinstance(wrapped, Mapping) else "")
    )
    return str(said or ""), str(body.get("typeKey", ""))


class AzureClient:
    """Calls to one project over one door.

    Attributes:
        version: The newest version of the interface that both sides know.
        has_comments: Whether comments can be written one by one; the oldest servers only know them as part of a save.
    """

    def __init__(self, http: HttpClient, project: str) -> None:
        self._http = http
        self._project = f"/{quote(project)}"
        self.version = _LATEST
        self.has_comments = True

    @property
    def writes_markdown(self) -> bool:
        """Whether comments may be Markdown."""
        return _as_numbers(self.version) >= _as_numbers(_LATEST)

    def negotiate(self) -> None:
        """Settles on a version with the server."""
        offered = self._ask("OPTIONS", "/_apis", payloads.Resources)
        newest = max((one.max_version for one in _called("workitems", offered)), key=_as_numbers, default=_LATEST)
        self.version = _LATEST if _as_numbers(newest) >= _as_numbers(_LATEST) else newest
        first = [_as_numbers(one.min_version) for one in _called("comments", offered)]
        self.has_comments = any(_as_numbers(self.version) >= since for since in first)

    def account(self) -> dict[str, Any]:
        """Who the server takes us for."""
        return self._ask("GET", "/_apis/connectionData", payloads.ConnectionData).authenticated_user

    def query(self, wiql: str) -> list[int]:
        """Ids that a query finds, in its order; of very many only the first."""
        found = self._ask(
            "POST",
            f"{self._project}/_apis/wit/wiql",
            payloads.QueryResult,
            params={"$top": _QUERY_PAGE, "timePrecision": "true", "api-version": self.version},
            json={"query": wiql},
        )
        return [item.id for item in found.work_items]

    def query_all(self, condition: str) -> Iterator[int]:
        """All ids that fulfil a condition, in order of id; queries have no pages, so each goes on after the last id."""
        last = 0
        while True:
            ids = self.query(select_ids(f"{condition} AND [System.Id] > {last}", "[System.Id]"))
            yield from ids
            if len(ids) < _QUERY_PAGE:
                return
            last = ids[-1]

    def batch(self, ids: Sequence[int], *, relations: bool, fields: Sequence[str] = ()) -> payloads.Items:
        """Items by id, at most 200; those that are gone or hidden are null."""
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
        """Positions of the revision feed and of the links feed from which later changes are found."""
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
        """Pages of the project's revision feed from a position or a time on, to the end.

        Pages may be empty and still not be the last; a page that is not the last and does not move on ends in an
        error instead of a loop without end.
        """
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
            if page.is_last_batch:
                return
            token = self._moved_on(token, page.continuation_token)

    def links(self, token: str | None, *, since: str = "") -> Iterator[payloads.LinkPage]:
        """Pages of the project's links feed from a position or a time on, to the end."""
        while True:
            page = self._ask(
                "GET",
                f"{self._project}/_apis/wit/reporting/workitemlinks",
                payloads.LinkPage,
                params=self._position(token, since),
            )
            page.continuation_token = page.continuation_token or _token_in(page.next_link)
            yield page
            if page.is_last_batch:
                return
            token = self._moved_on(token, page.continuation_token)

    def updates(self, ident: str) -> list[payloads.Update]:
        """Every save of an item."""
        found: list[payloads.Update] = []
        while True:
            page = self._ask(
                "GET",
                f"/_apis/wit/workItems/{ident}/updates",
                payloads.Updates,
                params={"$top": _UPDATES_PAGE, "$skip": len(found), "api-version": self.version},
            ).value
            found += page
            if len(page) < _UPDATES_PAGE:
                return found

    def comments(self, project: str, ident: str) -> list[payloads.AzureComment]:
        """All comments of an item of a project, oldest first; none where a server has no such thing."""
        if not self.has_comments:
            return []
        found: list[payloads.AzureComment] = []
        token: str | None = None
        while True:
            params: dict[str, Any] = {"$top": 200, "order": "asc", "api-version": self._comments_version}
            if token:
                params["continuationToken"] = token
            page = self._ask("GET", _comments_of(project, ident), payloads.AzureComments, params=params)
            found += page.comments
            if not page.continuation_token or page.continuation_token == token:
                return [one for one in found if not one.is_deleted]
            token = page.continuation_token

    def edit(
        self, ident: str, patch: Sequence[Mapping[str, Any]], *, notify: bool, only_check: bool = False
    ) -> payloads.Item:
        """Changes an item; every patch begins with a test of the revision it was made for."""
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
        """Writes a comment."""
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
        """Replaces the text of a comment."""
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
        """Deletes a comment."""
        self._http.request(
            "DELETE",
            f"{_comments_of(project, ident)}/{comment}",
            params={"api-version": self._comments_version},
            headers=_HEADERS,
            item=ident,
        )

    @property
    def _comments_version(self) -> str:
        return _COMMENTS.get(self.version, f"{self.version}-preview.3")

    def _comment_params(self) -> dict[str, Any]:
        shape = {"format": "markdown"} if self.writes_markdown else {}
        return {"api-version": self._comments_version, **shape}

    def _position(self, token: str | None, since: str) -> dict[str, str]:
        params = {"api-version": self.version}
        if token:
            return params | {"continuationToken": token}
        return params | ({"startDateTime": since} if since else {})

    def _moved_on(self, before: str | None, after: str | None) -> str:
        if not after or after == before:
            raise ConnectorError(f"{self._http.name}: a feed gave the same page twice; the round is left.")
        return after

    def _write(self, method: str, path: str, kind: type[T], **how: Any) -> T:
        try:
            return self._http.ask(method, path, kind, **how)
        except Refused as refused:
            if refused.code in _CONFLICTS or "TF26071" in refused.message:
                raise Conflict(refused.message, status=refused.status, code=refused.code) from refused
            raise

    def _ask(self, method: str, path: str, kind: type[T], **how: Any) -> T:
        try:
            return self._http.ask(method, path, kind, headers=_HEADERS, **how)
        except msgspec.ValidationError as error:
            raise ConnectorError(
                f"{self._http.name}: the response to {method} {path} has an unexpected format: {error}."
            ) from error
        except Misconfigured as error:
            if error.status == 203:
                raise Misconfigured(
                    f"{self._http.name}: the server answered with its sign-in page.",
                    hint="The token is wrong, expired or inactive, or not for this organisation.",
                    status=203,
                ) from error
            raise


def select_ids(condition: str, order: str) -> str:
    """A query for ids in WIQL; what goes into it is quoted by `quoted`."""
    return f"SELECT [System.Id] FROM WorkItems WHERE {condition} ORDER BY {order}"  # noqa: S608 - see `quoted`


def quoted(text: str) -> str:
    """A text as WIQL wants it."""
    return "'" + text.replace("'", "''") + "'"


def _called(name: str, offered: payloads.Resources) -> list[payloads.Resource]:
    return [one for one in offered.value if (one.area.casefold(), one.resource_name.casefold()) == ("wit", name)]


def _comments_of(project: str, ident: str) -> str:
    return f"/{quote(project)}/_apis/wit/workItems/{ident}/comments"


def _token_in(link: str | None) -> str | None:
    found = parse_qs(urlsplit(link).query).get("continuationToken", []) if link else []
    return found[0] if found else None


def _as_numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("-", maxsplit=1)[0].split(".") if part.isdigit())
