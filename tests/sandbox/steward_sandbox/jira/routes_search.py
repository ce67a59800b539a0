"""Finding issues: the search by query and token, its count, and the search that is gone."""

from typing import Any

from starlette.responses import Response

from steward_sandbox.jira import wire
from steward_sandbox.jira.call import Call
from steward_sandbox.jira.search import Search, names_and_schema
from steward_sandbox.jira.wire import Refusal

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


async def search_by_query(call: Call) -> Response:
    """Search, asked in the address."""
    reconciled = wire.words(call.request, "reconcileIssues")
    if not all(number.isdecimal() for number in reconciled):
        raise Refusal(400, "reconcileIssues must be a list of issue ids.")
    asked = call.request.query_params
    return _search(
        call,
        {
            "jql": asked.get("jql", ""),
            "fields": wire.words(call.request, "fields"),
            "maxResults": wire.whole(call.request, "maxResults", 50),
            "nextPageToken": asked.get("nextPageToken"),
            "expand": ",".join(wire.words(call.request, "expand")),
            "properties": wire.words(call.request, "properties"),
            "reconcileIssues": [int(number) for number in reconciled],
        },
    )


async def search_by_body(call: Call) -> Response:
    """Search, asked in the body; what stands in the address is ignored."""
    body = await wire.read_object(call.request)
    wire.expect(body, **_BODY)
    return _search(call, body)


async def approximate_count(call: Call) -> Response:
    """About how many issues a query finds."""
    body = await wire.read_object(call.request)
    wire.expect(body, jql=str)
    return wire.answer({"count": Search(jql=body.get("jql") or "").count(call)})


async def removed(_call: Call) -> Response:
    """The search that Cloud no longer has."""
    raise Refusal(410, wire.GONE)


def _search(call: Call, asked: dict[str, Any]) -> Response:
    wanted = asked.get("fields") or ["id"]
    expand = [word.strip() for word in (asked.get("expand") or "").split(",") if word.strip()]
    properties = asked.get("properties") or []
    fresh = asked.get("reconcileIssues") or []
    if len(properties) > _MOST_PROPERTIES:
        raise Refusal(400, f"A maximum of {_MOST_PROPERTIES} properties can be requested.")
    if len(fresh) > _MOST_RECONCILED:
        raise Refusal(400, f"A maximum of {_MOST_RECONCILED} issues can be reconciled.")
    size = asked.get("maxResults")
    search = Search(
        jql=asked.get("jql") or "",
        key=",".join(sorted(wanted)),
        size=50 if size is None else size,
        token=asked.get("nextPageToken"),
        fresh=frozenset(fresh),
    )
    selection = call.select(wanted, expand=expand, properties=properties)
    issues, more = search.page(call, bare=selection.bare)
    shown: dict[str, Any] = {"issues": selection.shape(issues)}
    if more is not None:
        shown["nextPageToken"] = more
    shown["isLast"] = more is None
    return wire.answer(shown | names_and_schema(call, expand, selection.names))


CLOUD_ROUTES = (
    ("GET", "/rest/api/{version:int}/search/jql", search_by_query),
    ("POST", "/rest/api/{version:int}/search/jql", search_by_body),
    ("POST", "/rest/api/{version:int}/search/approximate-count", approximate_count),
    ("GET", "/rest/api/{version:int}/search", removed),
    ("POST", "/rest/api/{version:int}/search", removed),
    ("POST", "/rest/api/{version:int}/search/id", removed),
    ("POST", "/rest/api/{version:int}/expression/eval", removed),
)
