"""Finding issues: Cloud's search by query and token, its count, and Data Center's search by position."""

import base64
import bisect
import hashlib
from collections.abc import Callable, Collection
from typing import Any

import msgspec
from msgspec import Struct

from steward_sandbox.jira.call import Call
from steward_sandbox.jira.jql_match import Matcher, Order
from steward_sandbox.jira.model import Issue
from steward_sandbox.jira.responses import JiraError
from steward_sandbox.jira.routing import route
from steward_sandbox.jira.schemas import request_properties
from steward_sandbox.query import jql

LARGEST_PAGE = 5000

Place = list[float | str | None]


class Search(Struct, kw_only=True):
    """One search: a query, what to add to it, and the page to show.

    Attributes:
        jql: The query; an empty one is refused unless there is a `within`.
        within: Decides about issues besides the query, such as those of a board.
        order: Used if the query does not sort.
        key: What the token is bound to besides the query.
        fresh: Issues that are seen as they are now, however late the index is.
        strict: Whether a query that names an issue that is not there is refused.
    """

    jql: str
    within: Callable[[Issue], bool] | None = None
    order: tuple[tuple[str, bool], ...] = ()
    key: str = ""
    size: int = 50
    token: str | None = None
    fresh: Collection[int] = ()
    strict: bool = False

    def page(self, call: Call, *, bare: bool) -> tuple[list[Issue], dict[str, Any]]:
        """The issues of a page, and the token of the next one; `bare` replies hold ids and keys only."""
        place = self._read_token()
        if not 1 <= self.size <= LARGEST_PAGE:
            raise JiraError(400, f"The value of maxResults must be between 1 and {LARGEST_PAGE}.")
        issues, order = self.results(call)
        if place is not None:
            # The issue that ended the last page may have moved or gone since.
            issues = issues[bisect.bisect_left(issues, True, key=lambda issue: order.follows(issue, place)) :]
        size = min(self.size, call.options.ids_a_page if bare else call.options.issues_a_page)
        shown = issues[:size]
        paging: dict[str, Any] = {"isLast": len(issues) <= size}
        if len(issues) > size:
            token = msgspec.json.encode((self._digest(), order.place(shown[-1])))
            paging["nextPageToken"] = base64.urlsafe_b64encode(token).decode()
        return call.backend.index.flickering(shown, self.fresh), paging

    def page_at(self, call: Call, start: int) -> tuple[list[Issue], dict[str, int]]:
        size = max(min(self.size, call.options.search_page), 0)
        if start + size > call.options.search_window:
            raise JiraError(500, f"Search limit exceeded: no more than {call.options.search_window} results.")
        issues, _ = self.results(call)
        shown = call.backend.index.flickering(issues[max(start, 0) :][:size])
        return shown, {"startAt": start, "maxResults": size, "total": len(issues)}

    def results(self, call: Call) -> tuple[list[Issue], Order]:
        try:
            query = jql.parse(self.jql, bounded=call.deployment.is_cloud and self.within is None)
            order = Order(call.world, query.order or self.order)
            if call.account is None:
                return [], order
            tests = [call.sees, *([self.within] if self.within else [])]
            if query.where is not None:
                tests.append(Matcher(call.world, call.account, strict=self.strict).predicate(query.where))
        except jql.JqlError as error:
            raise JiraError(400, str(error)) from error
        issues = (issue for issue in call.backend.index.issues(self.fresh) if all(test(issue) for test in tests))
        return order.sorted(issues), order

    def _digest(self) -> str:
        return hashlib.sha256(f"{self.jql}\0{self.key}".encode()).hexdigest()[:16]

    def _read_token(self) -> Place | None:
        if not self.token:
            return None
        try:
            digest, place = msgspec.json.decode(base64.urlsafe_b64decode(self.token), type=tuple[str, Place])
        except (ValueError, msgspec.MsgspecError):
            digest, place = "", []
        if digest != self._digest():
            raise JiraError(400, "The provided nextPageToken is invalid or expired. Please restart the search.")
        return place


@route("GET", "search/jql", only="cloud")
@route("POST", "search/jql", only="cloud")
async def search(call: Call) -> Any:
    """Search by query and token; with a body, what stands in the address is ignored."""
    asked = await _asked(call, "search")
    fields = asked.get("fields") or ["id"]
    size = asked.get("maxResults")
    query = Search(
        jql=asked.get("jql") or "",
        key=",".join(sorted(fields)),
        size=50 if size is None else size,
        token=asked.get("nextPageToken"),
        fresh=frozenset(asked.get("reconcileIssues") or ()),
    )
    expand = (asked.get("expand") or "").replace(" ", "").split(",")
    selection = call.select(fields, expand)
    issues, paging = query.page(call, bare=selection.bare)
    return {"issues": selection.build(issues), **paging}


async def _asked(call: Call, schema: str) -> dict[str, Any]:
    """What a search asks for, in its body or in the address, where the schema says how a value is read."""
    if call.request.method == "POST":
        return await call.body(schema)
    readers: dict[str, Callable[[str], Any]] = {
        "array": lambda name: [int(word) if word.isdecimal() else word for word in call.csv(name)],
        "integer": lambda name: call.integer(name, 0),
        "string": call.query,
        "boolean": call.flag,
    }
    asked: dict[str, Any] = {}
    for name, part in request_properties(schema).items():
        if call.query(name):
            asked[name] = next(read for kind, read in readers.items() if kind in part["type"])(name)
    call.check(asked, schema)
    return asked


@route("POST", "search/approximate-count", only="cloud")
async def approximate_count(call: Call) -> Any:
    body = await call.body("count")
    return {"count": len(Search(jql=body.get("jql") or "").results(call)[0])}


@route("GET", "search", only="server")
@route("POST", "search", only="server")
async def search_by_position(call: Call) -> Any:
    """Data Center's search, with its caps."""
    asked = await _asked(call, "search_by_position")
    size = asked.get("maxResults")
    strict = asked.get("validateQuery") not in (False, "false", "none")
    query = Search(jql=asked.get("jql") or "", size=50 if size is None else size, strict=strict)
    selection = call.select(asked.get("fields") or ["*navigable"], asked.get("expand") or [])
    issues, paging = query.page_at(call, asked.get("startAt") or 0)
    return {"expand": "schema,names", **paging, "issues": selection.build(issues)}
