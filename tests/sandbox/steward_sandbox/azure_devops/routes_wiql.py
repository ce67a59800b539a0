"""Queries: ids and addresses, whatever a query selects."""

from typing import Any

from starlette.responses import Response

from steward_sandbox.azure_devops import team_iterations, wiql_links, wire
from steward_sandbox.azure_devops.call import Call
from steward_sandbox.azure_devops.routing import ORGANISATION, PROJECT, TEAM, Route
from steward_sandbox.azure_devops.wiql import MAX_TEXT, Query, WiqlError, parse
from steward_sandbox.azure_devops.wiql_match import Asker, Matcher, Row
from steward_sandbox.azure_devops.wire import Refusal, stamp


async def run(call: Call) -> Response:
    """What a query finds. Nothing tells when `$top` cut it off."""
    body = await wire.read_object(call.request)
    text = body.get("query")
    if not isinstance(text, str) or not text.strip():
        raise wire.missing("Value cannot be null.\r\nParameter name: wiql")
    if len(text) > MAX_TEXT:
        message = f"The length of the query text exceeds the limit of {MAX_TEXT} characters."
        raise Refusal(400, "WorkItemTrackingQueryMaxWiqlTextLengthLimitExceededException", message)
    try:
        query = parse(text)
        return wire.answer(_found(call, query))
    except WiqlError as error:
        raise wire.missing(str(error)) from error


def _found(call: Call, query: Query) -> dict[str, Any]:
    matcher = Matcher(call.world, _asker(call))
    columns = [call.nouns.field_ref(matcher.field(name).ref) for name in query.columns]
    sorting = [
        {"field": call.nouns.field_ref(matcher.field(name).ref), "descending": down} for name, down, _ in query.order
    ]
    at = wire.read_moment(query.as_of) if query.as_of is not None else None
    known = [(item, item.as_of(at) if at else item.now) for item in call.items()]
    rows = [Row(item, revision) for item, revision in known if revision is not None]
    shown: dict[str, Any] = {
        "queryType": "flat",
        "queryResultType": "workItem",
        "asOf": stamp(at or call.world.clock()),
        "columns": columns,
    }
    if sorting:
        shown["sortColumns"] = sorting
    if query.mode is not None:
        steps = wiql_links.found(call.world, matcher, query, rows)
        shown["queryType"] = "tree" if query.mode == "recursive" else "oneHop"
        shown["queryResultType"] = "workItemLink"
        return shown | {"workItemRelations": [_step(call, step) for step in _cut(call, steps)]}
    test = matcher.predicate(query.where)
    found = matcher.ordered([row for row in rows if test(row)], query.order)
    return shown | {"workItems": [_ref(call, row.item.id) for row in _cut(call, found)]}


def _cut(call: Call, found: list[Any]) -> list[Any]:
    cap = call.behaviour.query_cap
    top = wire.whole(call.request, "$top", 0)
    if top and top < cap:
        return found[:top]
    if len(found) > cap:
        message = (
            f"VS402337: The number of work items returned exceeds the size limit of {cap}. Change your query to return "
            "fewer items."
        )
        raise Refusal(400, "WorkItemTrackingQueryResultSizeLimitExceededException", message)
    return found


def _asker(call: Call) -> Asker:
    current = team_iterations.current(call.world, call.team) if call.scope is not None else None
    return Asker(
        call.caller,
        call.world.clock(),
        project=call.scope,
        iteration=call.collection.trees.path(current.id) if current else None,
        precise=wire.flag(call.request, "timePrecision"),
    )


def _ref(call: Call, number: int) -> dict[str, Any]:
    project = call.world.project_of(call.world.items[number])
    return {"id": number, "url": call.nouns.item_url(number, project)}


def _step(call: Call, step: wiql_links.Step) -> dict[str, Any]:
    return {
        "rel": step.rel,
        "source": None if step.source is None else _ref(call, step.source),
        "target": _ref(call, step.target),
    }


ROUTES = (Route("POST", "wit/wiql", run, ORGANISATION + PROJECT + TEAM, "wiql"),)
