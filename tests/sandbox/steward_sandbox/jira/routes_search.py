"""Finding issues: Cloud's search by query and token, its count, and Data Center's search by position."""

from collections.abc import Callable
from typing import Any

from steward_sandbox.jira.call import Call
from steward_sandbox.jira.routing import route
from steward_sandbox.jira.schemas import request_properties
from steward_sandbox.jira.search import Search


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
    """About how many issues a query finds."""
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
