"""Queries: ids and addresses, whatever a query selects."""

from typing import Any

from steward_sandbox.azure_devops.call import Call
from steward_sandbox.azure_devops.responses import AzureError, invalid, timestamp
from steward_sandbox.azure_devops.routing import route
from steward_sandbox.azure_devops.wiql_match import Matcher
from steward_sandbox.query import Query
from steward_sandbox.query.wiql import WiqlError, parse


@route("POST", "wit/wiql", "wiql")
async def query(call: Call) -> Any:
    """What a query finds. Nothing tells when `$top` cut it off."""
    try:
        return _found(call, parse((await call.body())["query"]))
    except WiqlError as error:
        raise invalid(str(error)) from error


def _found(call: Call, asked: Query) -> dict[str, Any]:
    matcher = Matcher(call.world)
    found = matcher.found(filter(call.sees, call.world.items.values()), asked)
    limit, top = call.options.query_cap, call.integer("$top", 0)
    if len(found) > limit and not 0 < top < limit:
        raise AzureError("query_limit", limit=limit)
    reference = call.serialize.field_ref
    sorting = [{"field": reference(matcher.field(name).ref), "descending": down} for name, down in asked.order]
    urls = {item.id: call.serialize.item_url(item.id, call.world.project_of(item)) for item in found[: top or None]}
    return {
        "queryType": "flat",
        "queryResultType": "workItem",
        "asOf": timestamp(call.world.clock()),
        "columns": [reference(matcher.field(name).ref) for name in asked.columns],
        **({"sortColumns": sorting} if sorting else {}),
        "workItems": [{"id": number, "url": url} for number, url in urls.items()],
    }
