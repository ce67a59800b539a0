"""Requests to Azure DevOps: queries, batches, feeds, comments and edits. One method per request, typed responses.

`library` requests metadata.
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
_MAX_QUERY_RESULTS = 19_999
"""Queries with more than 20,000 results are rejected. With a smaller `$top`, the results are truncated silently."""
_UPDATES_PER_PAGE = 200
_JSON_PATCH = "application/json-patch+json"
_LATEST_VERSION = "7.1"
_OLDER_VERSIONS = ("7.0", "6.0", "5.0")
_COMMENTS_SINCE_VERSION = "5.1"
_COMMENT_API_VERSIONS = {"7.1": "7.1-preview.4"}
_OPTIONS_BLOCKED_STATUSES = frozenset({400, 403, 404, 405, 406, 501})
"""Statuses with which gateways and web servers reject OPTIONS. They may also respond with a web page, or not at all."""
_UNSUPPORTED_VERSION = re.compile("VssVersionOutOfRange|VssVersionNotSpecified|VssInvalidPreviewVersion")
_CONFLICT_CODES = frozenset({"WorkItemRevisionMismatchException", "TestPatchOperationFailedException"})
_HEADERS = {"X-TFS-FedAuthRedirect": "Suppress", "Accept": "application/json"}

FEED_FIELDS = ("System.Id",)
"""Fields requested from the revision feed for changes. A token of the feed is valid only for these fields."""
_MAX_EMPTY_PAGES = 500
"""After more empty pages in a row, a feed is not read further until the next round."""
_START_OVERLAP = timedelta(minutes=10)

T = TypeVar("T")


def parse_error(response: Response) -> tuple[str, str]:
    """Parse Azure DevOps' error message, and the type of the error, which is not translated."""
    try:
        body = msgspec.json.decode(response.content.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError):
        header = unquote(response.headers.get("x-tfs-serviceerror", "")).replace("+", " ")
        return header or ("" if response.text.lstrip().startswith("<") else response.text[:300]), ""
    if not isinstance(body, Mapping):
        return "", ""
    wrapped_value = body.get("value")
    message = (
        body.get("message")
        or body.get("Message")
        or (wrapped_value.get("Message") if isinstance(wrapped_value, Mapping) else "")
    )
    return str(message or ""), str(body.get("typeKey", ""))


class AzureClient:
    """Requests to one project.

    Attributes:
        version: The newest API version that both sides support, if possible one that is not a preview.
        has_comments: Whether the server has an API for comments. The oldest servers do not.
        options_blocked: Whether OPTIONS requests are blocked, so that the version had to be found by trying.
    """

    def __init__(self, http: HttpClient, project: str) -> None:
        self._http = http
        self._project = f"/{quote(project)}"
        self.version = _LATEST_VERSION
        self.has_comments = True
        self.options_blocked = False

    @property
    def writes_markdown(self) -> bool:
        """Whether comments can be Markdown."""
        return _version_numbers(self.version) >= _version_numbers(_LATEST_VERSION)

    def negotiate_version(self) -> None:
        """Choose an API version that the server supports: a released version, or a preview if there is no other."""
        resources = self._list_resources()
        work_items = _find_resources("workitems", resources)
        self.options_blocked = not work_items
        if self.options_blocked:
            self.version = self._find_version_by_trying()
            self.has_comments = _version_numbers(self.version) >= _version_numbers(_COMMENTS_SINCE_VERSION)
            return
        released_version = max((resource.released_version for resource in work_items), key=_version_numbers)
        newest_version = max((resource.max_version for resource in work_items), key=_version_numbers)
        is_released = any(_version_numbers(released_version))
        self.version = min(released_version if is_released else newest_version, _LATEST_VERSION, key=_version_numbers)
        if not is_released and any(resource.released_version for resource in work_items):
            self.version += "-preview"
        minimum_versions = [
            _version_numbers(resource.min_version) for resource in _find_resources("comments", resources)
        ]
        self.has_comments = any(_version_numbers(self.version) >= minimum for minimum in minimum_versions)

    def _list_resources(self) -> payloads.Resources:
        """The resources of the server; none if a proxy or gateway blocks OPTIONS."""
        try:
            return self._read("OPTIONS", "/_apis", payloads.Resources)
        except ConnectorError as error:
            is_page = isinstance(error, Misconfigured) and error.status == 200
            if error.status in _OPTIONS_BLOCKED_STATUSES or is_page or isinstance(error, Garbled):
                return payloads.Resources()
            raise

    def _find_version_by_trying(self) -> str:
        for version in (_LATEST_VERSION, *_OLDER_VERSIONS):
            try:
                self._read("GET", "/_apis/wit/fields", dict[str, Any], params={"api-version": version})
            except Refused as error:
                if not _UNSUPPORTED_VERSION.search(error.code):
                    raise
            else:
                return version
        raise Misconfigured(
            f"{self._http.name}: this server supports none of the versions {_LATEST_VERSION}, "
            f"{', '.join(_OLDER_VERSIONS)} of the API, "
            "or a proxy or gateway blocks its response to OPTIONS.",
            hint="Let OPTIONS requests to /_apis through, and use Azure DevOps Server 2019 or later.",
        )

    def fetch_account(self) -> dict[str, Any]:
        """The account behind our credentials."""
        return self._read("GET", "/_apis/connectionData", payloads.ConnectionData).authenticated_user

    def list_projects(self) -> list[payloads.TeamProject]:
        """The first 100 projects that the account can see."""
        params = {"$top": 100, "api-version": self.version}
        return self._read("GET", "/_apis/projects", payloads.TeamProjects, params=params).value

    def fetch_team_members(self, team: str) -> list[payloads.Identity]:
        """The members of a team of the project, at most 1,000."""
        path = f"/_apis/projects{self._project}/teams/{quote(team, safe='')}/members"
        params = {"$top": 1000, "api-version": self.version}
        return [member.identity for member in self._read("GET", path, payloads.TeamMembers, params=params).value]

    def query(self, wiql: str) -> list[int]:
        """The ids that a query finds, in the order of the query, at most 19,999. Unreadable entries are left out."""
        return [item.id for item in self.query_result(wiql).work_items]

    def query_result(self, wiql: str) -> payloads.QueryResult:
        """The result of a query, with the number of unreadable entries."""
        return self._read(
            "POST",
            f"{self._project}/_apis/wit/wiql",
            payloads.QueryResult,
            params={"$top": _MAX_QUERY_RESULTS, "timePrecision": "true", "api-version": self.version},
            json={"query": wiql},
        )

    def query_all(self, condition: str) -> Iterator[int]:
        """All ids that match a condition, in ascending order.

        Queries have no pages, so each query continues after the last id.
        """
        last = 0
        guard = PageGuard()
        while True:
            ids = self.query(make_id_query(f"{condition} AND [System.Id] > {last}", "[System.Id]"))
            yield from ids
            if len(ids) < _MAX_QUERY_RESULTS:
                return
            if not guard.may_continue(ids):
                raise endless_list_error(self._http.name)
            last = ids[-1]

    def fetch_batch(self, ids: Sequence[int], *, relations: bool, fields: Sequence[str] = ()) -> payloads.Items:
        """At most 200 items by id. Items that are gone or hidden are null."""
        body: dict[str, Any] = {"ids": list(ids), "errorPolicy": "omit"}
        if relations:
            body["$expand"] = "relations"
        elif fields:
            body["fields"] = list(fields)
        return self._read(
            "POST", "/_apis/wit/workitemsbatch", payloads.Items, params={"api-version": self.version}, json=body
        )

    def fetch_item(self, item_id: str) -> payloads.Item:
        """One item, read directly."""
        return self._read("GET", f"/_apis/wit/workitems/{item_id}", payloads.Item, params={"api-version": self.version})

    def fetch_start_tokens(self, now: datetime) -> tuple[str, str]:
        """The current tokens of the revision feed and of the links feed."""
        since = f"{now - _START_OVERLAP:%Y-%m-%dT%H:%M:%SZ}"
        tokens = []
        for pages in (self.read_revisions(None, FEED_FIELDS, since=since), self.read_links(None, since=since)):
            token = ""
            for page in pages:
                token = page.continuation_token or token
            tokens.append(token)
        return tokens[0], tokens[1]

    def read_revisions(
        self, token: str | None, fields: Sequence[str], *, since: str = "", latest_only: bool = True
    ) -> Iterator[payloads.RevisionPage]:
        """Pages of the project's revision feed since a token or a time. A page can be empty without being the last."""
        guard = PageGuard(token, max_empty=_MAX_EMPTY_PAGES)
        while True:
            page = self._read(
                "POST",
                f"{self._project}/_apis/wit/reporting/workitemrevisions",
                payloads.RevisionPage,
                params=self._feed_params(token, since),
                json={
                    "fields": list(fields),
                    "includeIdentityRef": True,
                    "includeDeleted": True,
                    "includeLatestOnly": latest_only,
                },
            )
            page.continuation_token = page.continuation_token or _continuation_token_in(page.next_link)
            yield page
            keys = [(revision.id, revision.version) for revision in page.values]
            if page.is_last_batch or not self._may_continue(guard, keys, page.continuation_token):
                return
            token = page.continuation_token

    def read_links(self, token: str | None, *, since: str = "") -> Iterator[payloads.LinkPage]:
        """Pages of the project's links feed since a token or a time."""
        guard = PageGuard(token, max_empty=_MAX_EMPTY_PAGES)
        while True:
            page = self._read(
                "GET",
                f"{self._project}/_apis/wit/reporting/workitemlinks",
                payloads.LinkPage,
                params=self._feed_params(token, since),
            )
            page.continuation_token = page.continuation_token or _continuation_token_in(page.next_link)
            yield page
            keys = [msgspec.json.encode(link) for link in page.values]
            if page.is_last_batch or not self._may_continue(guard, keys, page.continuation_token):
                return
            token = page.continuation_token

    def fetch_updates(self, item_id: str) -> tuple[list[payloads.Update], bool]:
        """All saves of an item, and whether all of them are readable."""
        updates: dict[int, payloads.Update] = {}
        is_complete = True
        count = 0
        guard = PageGuard()
        while True:
            page = self._read(
                "GET",
                f"/_apis/wit/workItems/{item_id}/updates",
                payloads.Updates,
                params={"$top": _UPDATES_PER_PAGE, "$skip": count, "api-version": self.version},
            ).value
            count += len(page)
            for raw in page:
                update, unreadable = lenient_json.decode_members(raw, payloads.Update)
                is_complete = is_complete and update is not None and not unreadable
                updates |= {update.id: update} if update is not None else {}
            if len(page) < _UPDATES_PER_PAGE or not guard.may_continue(map(bytes, page)):
                return list(updates.values()), is_complete

    def fetch_comments(self, project: str, item_id: str) -> list[payloads.AzureComment]:
        """All comments of an item in a project, oldest first; none if the server has no API for comments."""
        if not self.has_comments:
            return []
        comments: dict[int, payloads.AzureComment] = {}
        token: str | None = None
        guard = PageGuard(max_empty=_MAX_EMPTY_PAGES)
        while True:
            params: dict[str, Any] = {"$top": 200, "order": "asc", "api-version": self._comments_version}
            if token:
                params["continuationToken"] = token
            page = self._read("GET", _comments_path(project, item_id), payloads.AzureComments, params=params)
            for raw in page.comments:
                comment = payloads.decode_comment(raw)
                comments |= {comment.number: comment} if comment is not None else {}
            token = page.continuation_token
            if not token or not guard.may_continue(map(bytes, page.comments), token):
                return [comment for comment in comments.values() if not comment.is_deleted]

    def edit(
        self, item_id: str, patch: Sequence[Mapping[str, Any]], *, notify: bool, validate_only: bool = False
    ) -> payloads.Item:
        """Change an item. Every patch starts with a test of the revision."""
        params: dict[str, Any] = {"api-version": self.version}
        if not notify:
            params["suppressNotifications"] = "true"
        if validate_only:
            params["validateOnly"] = "true"
        return self._write(
            "PATCH",
            f"/_apis/wit/workitems/{item_id}",
            payloads.Item,
            params=params,
            content=msgspec.json.encode(list(patch)),
            headers=_HEADERS | {"Content-Type": _JSON_PATCH},
            item=item_id,
        )

    def add_comment(self, project: str, item_id: str, text: str) -> payloads.AzureComment:
        """Write a comment."""
        return self._write(
            "POST",
            _comments_path(project, item_id),
            payloads.AzureComment,
            params=self._write_comment_params(),
            json={"text": text},
            headers=_HEADERS,
            item=item_id,
        )

    def replace_comment(self, project: str, item_id: str, comment_id: str, text: str) -> payloads.AzureComment:
        """Replace the text of a comment."""
        return self._write(
            "PATCH",
            f"{_comments_path(project, item_id)}/{comment_id}",
            payloads.AzureComment,
            params=self._write_comment_params(),
            json={"text": text},
            headers=_HEADERS,
            item=item_id,
        )

    def delete_comment(self, project: str, item_id: str, comment_id: str) -> None:
        """Delete a comment."""
        self._http.request(
            "DELETE",
            f"{_comments_path(project, item_id)}/{comment_id}",
            params={"api-version": self._comments_version},
            headers=_HEADERS,
            item=item_id,
        )

    @property
    def _comments_version(self) -> str:
        return _COMMENT_API_VERSIONS.get(number := self.version.removesuffix("-preview"), f"{number}-preview.3")

    def _write_comment_params(self) -> dict[str, Any]:
        comment_format = {"format": "markdown"} if self.writes_markdown else {}
        return {"api-version": self._comments_version, **comment_format}

    def _feed_params(self, token: str | None, since: str) -> dict[str, str]:
        params = {"api-version": self.version}
        if token:
            return params | {"continuationToken": token}
        return params | ({"startDateTime": since} if since else {})

    def _may_continue(self, guard: PageGuard, keys: Sequence[Hashable], token: str | None) -> bool:
        """Whether a feed has further pages. New entries without a new token are an error."""
        may_continue = guard.may_continue(keys, token)
        if guard.is_stuck or (may_continue and not token):
            raise ConnectorError(f"{self._http.name}: a feed does not advance. The round stops.")
        return may_continue

    def _write(self, method: str, path: str, response_type: type[T], **kwargs: Any) -> T:
        try:
            return self._http.request_json(method, path, response_type, **kwargs)
        except Refused as error:
            if error.code in _CONFLICT_CODES or "TF26071" in error.message:
                raise Conflict(error.message, status=error.status, code=error.code) from error
            raise

    def _read(self, method: str, path: str, response_type: type[T], **kwargs: Any) -> T:
        try:
            return self._http.request_json(method, path, response_type, headers=_HEADERS, **kwargs)
        except Misconfigured as error:
            if error.status == 203:
                raise Misconfigured(
                    f"{self._http.name}: the token was refused: the server responded with its sign-in page.",
                    hint="Check the token: it is wrong, expired, inactive, or for another organisation.",
                    status=203,
                ) from error
            raise


def make_id_query(condition: str, order: str) -> str:
    """Make a WIQL query for ids. Values in the condition must be quoted with `quote_wiql`."""
    return f"SELECT [System.Id] FROM WorkItems WHERE {condition} ORDER BY {order}"  # noqa: S608 - see `quote_wiql`


def quote_wiql(text: str) -> str:
    """Quote a string as a WIQL literal."""
    return "'" + text.replace("'", "''") + "'"


def _find_resources(name: str, resources: payloads.Resources) -> list[payloads.Resource]:
    return [
        resource
        for resource in resources.value
        if (resource.area.casefold(), resource.resource_name.casefold()) == ("wit", name)
    ]


def _comments_path(project: str, item_id: str) -> str:
    return f"/{quote(project)}/_apis/wit/workItems/{item_id}/comments"


def _continuation_token_in(link: str | None) -> str | None:
    tokens = parse_qs(urlsplit(link).query).get("continuationToken", []) if link else []
    return tokens[0] if tokens else None


def _version_numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("-", maxsplit=1)[0].split(".") if part.isdigit())
