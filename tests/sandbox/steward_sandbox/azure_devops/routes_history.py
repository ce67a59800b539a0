"""One item's history: its updates, whose ids are not revisions, and its revisions."""

from typing import Any

from starlette.responses import Response

from steward_sandbox.azure_devops import wire
from steward_sandbox.azure_devops.call import Call
from steward_sandbox.azure_devops.routing import ORGANISATION, PROJECT, Route
from steward_sandbox.azure_devops.wire import Refusal

_BOTH = ORGANISATION + PROJECT
_A_PAGE = 200


async def updates(call: Call) -> Response:
    """The updates of an item."""
    found = call.item()
    return wire.listed(call.answers.update(found, step) for step in _page(call, found.updates))


async def update(call: Call) -> Response:
    """One update."""
    found = call.item()
    step = next((step for step in found.updates if str(step.id) == call.params["number"]), None)
    if step is None:
        message = f"VS402329: Update {call.params['number']} of work item {found.id} does not exist."
        raise Refusal(404, "WitResourceNotFoundException", message)
    return wire.answer(call.answers.update(found, step))


async def revisions(call: Call) -> Response:
    """The revisions of an item, oldest first."""
    found = call.item()
    expand = wire.query(call.request, "$expand").casefold() or "none"
    return wire.listed(call.answers.revision(found, r, expand=expand) for r in _page(call, found.revisions))


async def revision(call: Call) -> Response:
    """One revision."""
    found = call.item()
    expand = wire.query(call.request, "$expand").casefold() or "none"
    known = next((r for r in found.revisions if str(r.rev) == call.params["number"]), None)
    if known is None:
        message = f"VS402328: Revision {call.params['number']} of work item {found.id} does not exist."
        raise Refusal(404, "WorkItemIdRevisionNotFoundException", message)
    return wire.answer(call.answers.revision(found, known, expand=expand))


def _page(call: Call, rows: tuple[Any, ...]) -> tuple[Any, ...]:
    start = wire.whole(call.request, "$skip", 0)
    return rows[start : start + wire.whole(call.request, "$top", _A_PAGE)]


ROUTES = (
    Route("GET", "wit/workitems/{id}/updates", updates, _BOTH, "updates"),
    Route("GET", "wit/workitems/{id}/updates/{number}", update, _BOTH, "updates"),
    Route("GET", "wit/workitems/{id}/revisions", revisions, _BOTH, "revisions"),
    Route("GET", "wit/workitems/{id}/revisions/{number}", revision, _BOTH, "revisions"),
)
