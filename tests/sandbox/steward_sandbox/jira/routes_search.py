"""Finding issues: Cloud's search by query and token, its count, and Data Center's search by position."""

from typing import Any

from steward_sandbox.jira.call import Call
from steward_sandbox.jira.responses import GONE, JiraError
from steward_sandbox.jira.routing import route
from steward_sandbox.jira.search import Search

_MOST_RECONCILED = 50
_MOST_PROPERTIES = 5
_BODY: dict[str, Any] = {
    "jql": str,
    "fields": list[str],
    "maxResults": int,
    "nextPageToken": str,
    "expand": str,
    "properties": list[str],
    "fieldsByKeys": bool,
    "reconcileIssues": list[int],
}
_BODY_BY_POSITION: dict[str, Any] = {
    "jql": str,
    "fields": list[str],
    "startAt": int,
    "maxResults": int,
    "validateQuery": bool | str,
    "expand": list[str],
}


@route("GET", "search/jql", only="cloud")
@route("POST", "search/jql", only="cloud")
async def search(call: Call) -> Any:
    """Search by query and token; with a body, what stands in the address is ignored."""
    asked = await _asked(call, _BODY)
    fields = asked.get("fields") or ["id"]
    properties, fresh = asked.get("properties") or [], asked.get("reconcileIssues") or []
    if len(properties) > _MOST_PROPERTIES:
        raise JiraError(400, f"A maximum of {_MOST_PROPERTIES} properties can be requested.")
    if len(fresh) > _MOST_RECONCILED:
        raise JiraError(400, f"A maximum of {_MOST_RECONCILED} issues can be reconciled.")
    size = asked.get("maxResults")
    query = Search(
        jql=asked.get("jql") or "",
        key=",".join(sorted(fields)),
        size=50 if size is None else size,
        token=asked.get("nextPageToken"),
        fresh=frozenset(fresh),
    )
    expand = [word for word in (asked.get("expand") or "").replace(" ", "").split(",") if word]
    selection = call.select(fields, expand=expand, properties=properties)
    issues, paging = query.page(call, bare=selection.bare)
    return {"issues": selection.build(issues), **paging, **selection.names_and_schema()}


async def _asked(call: Call, shapes: dict[str, Any]) -> dict[str, Any]:
    """What a search asks for, in its body or in the address."""
    if call.request.method == "POST":
        return await call.body(**shapes)
    try:
        return {name: _parameter(call, name, shape) for name, shape in shapes.items() if call.query(name)}
    except ValueError as error:
        raise JiraError(400, "reconcileIssues must be a list of issue ids.") from error


def _parameter(call: Call, name: str, shape: Any) -> Any:
    if shape == list[int]:
        return [int(number) for number in call.csv(name)]
    if shape == list[str]:
        return call.csv(name)
    return call.integer(name, 0) if shape is int else call.query(name)


@route("POST", "search/approximate-count", only="cloud")
async def approximate_count(call: Call) -> Any:
    """About how many issues a query finds."""
    body = await call.body(jql=str)
    return {"count": Search(jql=body.get("jql") or "").count(call)}


@route("GET", "search", only="cloud")
@route("POST", "search", only="cloud")
async def removed(_call: Call) -> None:
    """The search that Cloud no longer has."""
    raise JiraError(410, GONE)


@route("GET", "search", only="server")
@route("POST", "search", only="server")
async def search_by_position(call: Call) -> Any:
    """Data Center's search, with its caps."""
    asked = await _asked(call, _BODY_BY_POSITION)
    size = asked.get("maxResults")
    strict = asked.get("validateQuery") not in (False, "false", "none")
    query = Search(jql=asked.get("jql") or "", size=50 if size is None else size, bounded=False, strict=strict)
    selection = call.select(asked.get("fields") or ["*navigable"], expand=asked.get("expand") or [])
    issues, paging = query.page_at(call, asked.get("startAt") or 0)
    shown = {"expand": "schema,names", **paging, "issues": selection.build(issues)}
    return shown | selection.names_and_schema()
