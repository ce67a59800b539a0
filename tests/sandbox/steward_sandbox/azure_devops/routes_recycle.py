"""Deleting, and the recycle bin."""

from typing import Any

from starlette.responses import Response

from steward_sandbox.azure_devops import wire
from steward_sandbox.azure_devops.accounts import combined
from steward_sandbox.azure_devops.call import Call, gone
from steward_sandbox.azure_devops.model import WorkItem
from steward_sandbox.azure_devops.routing import ORGANISATION, PROJECT, WRITE, Route
from steward_sandbox.azure_devops.wire import Refusal

_BOTH = ORGANISATION + PROJECT
_LISTED = 20_000


async def delete(call: Call) -> Response:
    """Puts an item into the recycle bin, or destroys it at once."""
    found = call.item()
    project = call.world.project_of(found)
    call.need("DELETE_ITEMS", project, "Delete work items in this project")
    if wire.flag(call.request, "destroy"):
        call.need("DESTROY_ITEMS", project, "Permanently delete work items")
        call.world.destroy(found.id)
        return wire.nothing()
    return wire.answer(_shown(call, call.world.delete(found.id, call.caller), whole=True))


async def bin_(call: Call) -> Response:
    """What is in the recycle bin of a project; with `ids`, what of these is, each with a code of its own."""
    ids = wire.words(call.request, "ids")
    if not ids:
        return _everything(call)
    return wire.listed(_by_id(call, text) for text in ids)


async def deleted_item(call: Call) -> Response:
    """One item of the recycle bin, as it was."""
    return wire.answer(_shown(call, _deleted(call, call.params["id"]), whole=True))


async def restore(call: Call) -> Response:
    """Takes an item out of the recycle bin."""
    body = await wire.read_object(call.request)
    found = _deleted(call, call.params["id"])
    if body.get("isDeleted") is not False:
        raise Refusal(400, "WorkItemInvalidRestoreRequestException", "VS402324: The restore request is invalid.")
    call.need("DELETE_ITEMS", call.world.project_of(found), "Delete and restore work items")
    shown = _shown(call, found, whole=False)
    restored = call.world.restore(found.id, call.caller)
    return wire.answer({**shown, "resource": call.answers.item(restored, relations=True)})


async def destroy(call: Call) -> Response:
    """Removes an item of the recycle bin for good."""
    found = _deleted(call, call.params["id"])
    call.need("DESTROY_ITEMS", call.world.project_of(found), "Permanently delete work items")
    call.world.destroy(found.id)
    return wire.nothing()


def _everything(call: Call) -> Response:
    found = [item for item in call.world.items.values() if _is_here(call, item)]
    if len(found) > _LISTED:
        message = f"VS402337: The number of work items returned exceeds the size limit of {_LISTED}."
        raise Refusal(400, "WorkItemTrackingQueryResultSizeLimitExceededException", message)
    return wire.listed(
        {"id": item.id, "url": f"{call.nouns.wit(call.scope)}/recyclebin/{item.id}"}
        for item in sorted(found, key=lambda item: item.id)
    )


def _by_id(call: Call, text: str) -> dict[str, Any]:
    found = call.world.items.get(int(text)) if text.isdecimal() else None
    if found is None or not _is_here(call, found):
        message = f"VS402337: Work item {text} is not in the recycle bin."
        return {"id": text, "code": 404, "message": message, "url": f"{call.nouns.wit()}/recyclebin/{text}"}
    return _shown(call, found, whole=False)


def _is_here(call: Call, item: WorkItem) -> bool:
    project = call.world.project_of(item)
    inside = call.scope is None or call.scope.id == project.id
    return item.deleted is not None and not item.hidden and inside and call.sees_project(project)


def _deleted(call: Call, text: str) -> WorkItem:
    found = call.world.items.get(int(text)) if text.isdecimal() else None
    if found is None or not _is_here(call, found):
        raise gone(text)
    return found


def _shown(call: Call, item: WorkItem, *, whole: bool) -> dict[str, Any]:
    """An item of the recycle bin: its id is a text, and so is its date, in American English."""
    shown: dict[str, Any] = {
        "id": str(item.id),
        "code": 200,
        "type": item.type,
        "name": item.title,
        "project": call.world.project_of(item).name,
        "url": f"{call.nouns.wit(call.scope)}/recyclebin/{item.id}",
    }
    if item.deleted is not None:
        at = item.deleted.at
        day = f"{at.month}/{at.day}/{at.year}"
        clock = f"{at.hour % 12 or 12}:{at.minute:02}:{at.second:02} {'AM' if at.hour < 12 else 'PM'}"
        shown["deletedDate"] = f"{day} {clock}"
        shown["deletedBy"] = combined(call.collection.accounts.by_id[item.deleted.by])
    return {**shown, "resource": call.answers.item(item)} if whole else shown


ROUTES = (
    Route("DELETE", "wit/workitems/{id}", delete, _BOTH, "work items", WRITE),
    Route("GET", "wit/recyclebin", bin_, _BOTH, "recycle bin"),
    Route("GET", "wit/recyclebin/{id}", deleted_item, _BOTH, "recycle bin"),
    Route("PATCH", "wit/recyclebin/{id}", restore, _BOTH, "recycle bin", WRITE),
    Route("DELETE", "wit/recyclebin/{id}", destroy, _BOTH, "recycle bin", WRITE),
)
