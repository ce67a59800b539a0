"""Finding issues on Data Center: the search that is paged by position, with its caps."""

from typing import Any

from starlette.responses import Response

from steward_sandbox.jira import wire
from steward_sandbox.jira.call import Call
from steward_sandbox.jira.routes_server import all_my_permissions
from steward_sandbox.jira.search import Search, names_and_schema

_BODY: dict[str, Any] = {
    "jql": str,
    "fields": list[str],
    "startAt": int,
    "maxResults": int,
    "validateQuery": bool | str,
    "expand": list[str],
}


async def search_by_query(call: Call) -> Response:
    """Search, asked in the address."""
    asked = call.request.query_params
    return _search(
        call,
        {
            "jql": asked.get("jql", ""),
            "fields": wire.words(call.request, "fields"),
            "startAt": wire.whole(call.request, "startAt", 0),
            "maxResults": wire.whole(call.request, "maxResults", 50),
            "validateQuery": wire.flag(call.request, "validateQuery", default=True),
            "expand": wire.words(call.request, "expand"),
        },
    )


async def search_by_body(call: Call) -> Response:
    """Search, asked in the body."""
    body = await wire.read_object(call.request)
    wire.expect(body, **_BODY)
    return _search(call, body)


def _search(call: Call, asked: dict[str, Any]) -> Response:
    wanted = asked.get("fields") or ["*navigable"]
    expand = asked.get("expand") or []
    size = asked.get("maxResults")
    strict = asked.get("validateQuery") not in (False, "false", "none")
    search = Search(jql=asked.get("jql") or "", size=50 if size is None else size, bounded=False, strict=strict)
    selection = call.select(wanted, expand=expand)
    found = search.at(call, asked.get("startAt") or 0)
    shown = {"expand": "schema,names", **found.told, "issues": selection.shape(found.issues)}
    return wire.answer(shown | names_and_schema(call, expand, selection.names))


ROUTES = (
    ("GET", "/rest/api/{version:int}/search", search_by_query),
    ("POST", "/rest/api/{version:int}/search", search_by_body),
    ("GET", "/rest/api/{version:int}/mypermissions", all_my_permissions),
)
