"""The requests for work items and their comments in Azure DevOps: one method for each kind of request.

`connectors.azure_devops.library` requests the data that describes work items: fields, types, areas and sprints.

Two feeds of the reporting API list what changed in a project: the revision feed, with every version of every item, and
the links feed. A feed is read in pages. Each page has a continuation token from which it can be read further, even
days later.
"""

import codecs
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import parse_qs, quote, unquote, urlsplit

import msgspec
from msgspec import Raw

from connectors import lenient_json
from connectors.azure_devops import payloads
from connectors.azure_devops.api_version import ApiVersion, find_api_version
from connectors.errors import Conflict, ConnectorError, Misconfigured, Refused
from connectors.http import HttpClient, Response
from connectors.paging import PageGuard, endless_list_error

READ_ONLY_POSTS = (r"/_apis/wit/wiql$", r"/_apis/wit/workitemsbatch$", r"/_apis/wit/reporting/workitemrevisions$")
"""Paths of POST requests that only read."""

IDS_PER_BATCH = 200
"""The maximum number of items in one batch; with more, the server returns the error VS403474."""
_MAX_QUERY_RESULTS = 19_999
"""The value of `$top`. The server rejects a query with more than 20,000 results, unless `$top` is smaller: then it
returns the first results, without saying that there are more."""
_ENTRIES_PER_PAGE = 200
"""The number of updates or comments in a page: the maximum that the server allows."""
_CONFLICT_ERROR_TYPES = frozenset({"WorkItemRevisionMismatchException", "TestPatchOperationFailedException"})
"""The types of the errors for an edit of an item that has changed since it was read."""
_CONFLICT_ERROR_NUMBER = "TF26071"
"""The number at the start of the message of such an error. Some servers return no type, so it is recognised by this."""
_HEADERS = {"X-TFS-FedAuthRedirect": "Suppress", "Accept": "application/json"}
"""Headers of every request. The first prevents a redirect to the sign-in page when the token is invalid."""

FEED_FIELDS = ("System.Id",)
"""The fields to request from the revision feed when only the changed ids matter.

A continuation token is valid only for the fields with which it was requested."""
_MAX_EMPTY_PAGES = 500
"""The maximum number of empty pages in a row. If there are more, no further page is read; a feed is continued the next
time."""
_START_OVERLAP = timedelta(minutes=10)
"""The first read of the feeds begins this long ago, in case the clocks of the server and this computer differ."""

T = TypeVar("T")


def parse_error(response: Response) -> tuple[str, str]:
    """Return the message of an error response, which may be translated, and the type of the error, which is not."""
    try:
        body = msgspec.json.decode(response.content.removeprefix(codecs.BOM_UTF8))
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
    """Requests to one project. Items may move to another, so the methods for comments take the project of the item.

    `api` is the newest version of the API until `negotiate_version` is called.
    """

    def __init__(self, http: HttpClient, project: str) -> None:
        self._http = http
        self._project = f"/{quote(project)}"
        self.name = http.name
        self.api = ApiVersion()

    def negotiate_version(self) -> None:
        """Choose the newest API version that the server supports."""
        self.api = find_api_version(self._read, self.name)

    def fetch_account(self) -> dict[str, Any]:
        """The account to which the credentials belong."""
        return self._read("GET", "/_apis/connectionData", payloads.ConnectionData).authenticated_user

    def list_projects(self) -> list[str]:
        """The names of the first 100 projects that the account can see."""
        return self._list_names("/_apis/projects")

    def list_teams(self) -> list[str]:
        """The names of the first 100 teams of the project that the account can see."""
        return self._list_names(f"/_apis/projects{self._project}/teams")

    def _list_names(self, path: str) -> list[str]:
        entries = self._read_versioned("GET", path, payloads.Entries[payloads.NameEntry], {"$top": 100})
        return [entry.name for entry in entries.value]

    def fetch_saved_query(self, query_id: str) -> payloads.SavedQuery:
        """Read a saved query of the project by its id."""
        path = f"{self._project}/_apis/wit/queries/{query_id}"
        return self._read_versioned("GET", path, payloads.SavedQuery, {"$expand": "wiql"})

    def fetch_team_members(self, team: str) -> list[payloads.Identity]:
        """The members of a team of the project, at most 1,000."""
        path = f"/_apis/projects{self._project}/teams/{quote(team, safe='')}/members"
        members = self._read_versioned("GET", path, payloads.Entries[payloads.TeamMember], {"$top": 1000})
        return [member.identity for member in members.value]

    def query(self, wiql: str) -> list[int]:
        """Return the ids that a query in WIQL, Azure DevOps' query language, finds, in its order; at most 19,999."""
        return [item.id for item in self.query_result(wiql).work_items]

    def query_result(self, wiql: str) -> payloads.QueryResult:
        """The result of a query in WIQL: the ids, and the number of entries that could not be decoded."""
        params = {"$top": _MAX_QUERY_RESULTS, "timePrecision": "true"}
        path = f"{self._project}/_apis/wit/wiql"
        return self._read_versioned("POST", path, payloads.FlatQueryResult, params, json={"query": wiql})

    def query_all(self, condition: str) -> Iterator[int]:
        """All ids that match a condition in WIQL, in ascending order.

        The results of a query have no pages, so each further query selects the ids above the last one.
        """
        last_id = 0
        guard = PageGuard()
        while True:
            ids = self.query(make_id_query(f"{condition} AND [System.Id] > {last_id}", "[System.Id]"))
            yield from ids
            if len(ids) < _MAX_QUERY_RESULTS:
                return
            if not guard.may_continue(ids):
                raise endless_list_error(self.name)
            last_id = ids[-1]

    def fetch_batch(self, ids: Sequence[int], *, relations: bool, fields: Sequence[str] = ()) -> payloads.Items:
        """Read at most 200 items by id. Items that are gone or hidden are null.

        Args:
            relations: Whether to read all fields and the links of the items.
            fields: The only fields to read, if `relations` is false; all if empty.
        """
        body: dict[str, Any] = {"ids": list(ids), "errorPolicy": "omit"}
        if relations:
            body["$expand"] = "relations"
        elif fields:
            body["fields"] = list(fields)
        return self._read_versioned("POST", "/_apis/wit/workitemsbatch", payloads.Items, json=body)

    def fetch_item(self, item_id: str) -> payloads.Item:
        """Read one item with all its fields."""
        return self._read_versioned("GET", f"/_apis/wit/workitems/{item_id}", payloads.Item)

    def fetch_start_tokens(self, now: datetime) -> tuple[str, str]:
        """The continuation tokens of the revision feed and the links feed from which later changes can be read."""
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
    ) -> Iterator[payloads.FeedPage[payloads.Revision]]:
        """Yield the pages of the project's revision feed. A page can be empty without being the last.

        Args:
            token: The continuation token after which to read; None for the beginning.
            fields: Reference names of the fields of each revision.
            since: Without a token, the time from which to read, in ISO 8601; empty for all revisions.
            latest_only: Whether to read only the latest revision of each item.
        """
        body = {
            "fields": list(fields),
            "includeIdentityRef": True,
            "includeDeleted": True,
            "includeLatestOnly": latest_only,
        }
        path = f"{self._project}/_apis/wit/reporting/workitemrevisions"
        page_type = payloads.FeedPage[payloads.Revision]
        return self._read_feed(
            "POST", path, page_type, token, since, key_of=lambda revision: (revision.id, revision.version), json=body
        )

    def read_links(self, token: str | None, *, since: str = "") -> Iterator[payloads.FeedPage[payloads.ChangedLink]]:
        """Yield the pages of the project's links feed. `token` and `since` are as in `read_revisions`."""
        path = f"{self._project}/_apis/wit/reporting/workitemlinks"
        page_type = payloads.FeedPage[payloads.ChangedLink]
        return self._read_feed("GET", path, page_type, token, since, key_of=msgspec.json.encode)

    def _read_feed(
        self,
        method: str,
        path: str,
        page_type: type[payloads.FeedPage[T]],
        token: str | None,
        since: str,
        *,
        key_of: Callable[[T], Hashable],
        **kwargs: Any,
    ) -> Iterator[payloads.FeedPage[T]]:
        """Yield the pages of a feed, up to the last one, or to one with only entries that earlier pages contained.

        Raises:
            ConnectorError: There has to be a next page, but a page contains no token for it, or an earlier token.
        """
        guard = PageGuard(token, max_empty=_MAX_EMPTY_PAGES)
        while True:
            # A token includes the time, so only one of the two is sent.
            start = {"continuationToken": token} if token else {"startDateTime": since} if since else {}
            page = self._read_versioned(method, path, page_type, start, **kwargs)
            page.continuation_token = token = page.continuation_token or _continuation_token_in(page.next_link)
            yield page
            if page.is_last_batch:
                return
            may_continue = guard.may_continue(map(key_of, page.values), token)
            if guard.is_stuck or (may_continue and not token):
                raise ConnectorError(f"{self.name}: a feed does not advance. The round stops.")
            if not may_continue:
                return

    def fetch_updates(self, item_id: str) -> tuple[list[payloads.Update], bool]:
        """The updates of an item, one for each time it was saved, and whether all of them could be decoded."""
        updates: dict[int, payloads.Update] = {}
        is_complete = True
        count = 0
        guard = PageGuard()
        while True:
            params = {"$top": _ENTRIES_PER_PAGE, "$skip": count}
            path = f"/_apis/wit/workItems/{item_id}/updates"
            page = self._read_versioned("GET", path, payloads.Entries[Raw], params).value
            count += len(page)
            for raw in page:
                update, unreadable = lenient_json.decode_members(raw, payloads.Update)
                is_complete = is_complete and update is not None and not unreadable
                if update is not None:
                    updates[update.id] = update
            if len(page) < _ENTRIES_PER_PAGE or not guard.may_continue(map(bytes, page)):
                return list(updates.values()), is_complete

    def fetch_comments(self, project: str, item_id: str) -> list[payloads.AzureComment]:
        """All comments of an item in a project, oldest first; none if the server has no API for comments."""
        if not self.api.has_comments:
            return []
        comments: dict[int, payloads.AzureComment] = {}
        token: str | None = None
        guard = PageGuard(max_empty=_MAX_EMPTY_PAGES)
        while True:
            params: dict[str, Any] = {
                "$top": _ENTRIES_PER_PAGE,
                "order": "asc",
                "api-version": self.api.comments_number,
            }
            if token:
                params["continuationToken"] = token
            page = self._read("GET", _comments_path(project, item_id), payloads.AzureComments, params=params)
            for raw in page.comments:
                comment = payloads.decode_comment(raw)
                if comment is not None:
                    comments[comment.number] = comment
            token = page.continuation_token
            if not token or not guard.may_continue(map(bytes, page.comments), token):
                return [comment for comment in comments.values() if not comment.is_deleted]

    def edit(
        self, item_id: str, patch: Sequence[Mapping[str, Any]], *, notify: bool, validate_only: bool = False
    ) -> payloads.Item:
        """Change an item.

        Args:
            patch: Operations of a JSON Patch (RFC 6902). The first one tests the revision, so that an item that has
                changed meanwhile is not changed.
            notify: Whether the tracker may send e-mail about the change. Preventing it requires a permission.
            validate_only: Whether the tracker only checks the change, without saving it.

        Raises:
            Conflict: The item has another revision.
        """
        params: dict[str, Any] = {"api-version": self.api.number}
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
            headers=_HEADERS | {"Content-Type": "application/json-patch+json"},
            item_id=item_id,
        )

    def add_comment(
        self, project: str, item_id: str, text: str, *, before_repeat: Callable[[], None] | None = None
    ) -> payloads.AzureComment:
        """Add a comment to an item.

        Args:
            text: Markdown if `api.writes_markdown`, else HTML.
            before_repeat: Called before the request is sent again after the status 429; see `HttpClient.request`.
        """
        return self._write_comment("POST", _comments_path(project, item_id), item_id, text, before_repeat=before_repeat)

    def replace_comment(self, project: str, item_id: str, comment_id: str, text: str) -> payloads.AzureComment:
        """Replace the text of a comment, in the same format as `add_comment`."""
        return self._write_comment("PATCH", f"{_comments_path(project, item_id)}/{comment_id}", item_id, text)

    def delete_comment(self, project: str, item_id: str, comment_id: str) -> None:
        """Delete a comment."""
        self._http.request(
            "DELETE",
            f"{_comments_path(project, item_id)}/{comment_id}",
            params={"api-version": self.api.comments_number},
            headers=_HEADERS,
            item_id=item_id,
        )

    def _write_comment(self, method: str, path: str, item_id: str, text: str, **kwargs: Any) -> payloads.AzureComment:
        params = {"api-version": self.api.comments_number}
        if self.api.writes_markdown:
            params["format"] = "markdown"
        return self._write(
            method,
            path,
            payloads.AzureComment,
            params=params,
            json={"text": text},
            headers=_HEADERS,
            item_id=item_id,
            **kwargs,
        )

    def _write(self, method: str, path: str, response_type: type[T], **kwargs: Any) -> T:
        try:
            return self._http.request_json(method, path, response_type, **kwargs)
        except Refused as error:
            if error.code in _CONFLICT_ERROR_TYPES or _CONFLICT_ERROR_NUMBER in error.message:
                raise Conflict(error.message, status=error.status, code=error.code) from error
            raise

    def _read_versioned(
        self, method: str, path: str, response_type: type[T], params: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> T:
        """Read with the version of the API that was negotiated."""
        return self._read(
            method, path, response_type, params={"api-version": self.api.number, **(params or {})}, **kwargs
        )

    def _read(self, method: str, path: str, response_type: type[T], **kwargs: Any) -> T:
        try:
            return self._http.request_json(method, path, response_type, headers=_HEADERS, **kwargs)
        except Misconfigured as error:
            if error.status == 203:
                raise Misconfigured(
                    f"{self.name}: the token was refused: the server responded with its sign-in page.",
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


def _comments_path(project: str, item_id: str) -> str:
    return f"/{quote(project)}/_apis/wit/workItems/{item_id}/comments"


def _continuation_token_in(link: str | None) -> str | None:
    """The continuation token in the address of the next page. Some servers return it only there."""
    tokens = parse_qs(urlsplit(link).query).get("continuationToken", []) if link else []
    return tokens[0] if tokens else None
