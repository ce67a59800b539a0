"""Work items: one, many, new ones, and edits."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from steward_sandbox.azure_devops import field_data as names
from steward_sandbox.azure_devops import item_rules, wire
from steward_sandbox.azure_devops import patch as patches
from steward_sandbox.azure_devops.answers import EXPANSIONS
from steward_sandbox.azure_devops.call import Call, gone
from steward_sandbox.azure_devops.collection import Project
from steward_sandbox.azure_devops.model import Value, WorkItem
from steward_sandbox.azure_devops.patch import Change, Patch
from steward_sandbox.azure_devops.processes import Type
from steward_sandbox.azure_devops.routing import ORGANISATION, PROJECT, WRITE, Route
from steward_sandbox.azure_devops.wire import Refusal

PATCH_TYPE = "application/json-patch+json"
_BOTH = ORGANISATION + PROJECT
_IDENTITIES_SINCE = (5, 0)
_RIVAL = "Robin Field"


async def item(call: Call) -> Response:
    """One item."""
    found = call.item()
    expand = _expand(wire.query(call.request, "$expand"))
    fields = call.fields(wire.words(call.request, "fields"))
    _refuse_both(fields, expand)
    return wire.answer(_shown(call, found, fields, expand, wire.query(call.request, "asOf"), scoped=True))


async def some_items(call: Call) -> Response:
    """Items by their ids in the address."""
    asked = {
        "ids": wire.words(call.request, "ids"),
        "fields": wire.words(call.request, "fields") or None,
        "$expand": wire.query(call.request, "$expand") or None,
        "asOf": wire.query(call.request, "asOf") or None,
        "errorPolicy": wire.query(call.request, "errorPolicy") or None,
    }
    if not asked["ids"]:
        raise wire.missing("The ids parameter is required.")
    return _many(call, asked)


async def batch(call: Call) -> Response:
    """Items by their ids in the body. Keys that are not known are passed over in silence."""
    return _many(call, await wire.read_object(call.request))


async def create(call: Call) -> Response:
    """A new item. It is answered with 200."""
    project = call.project
    kind = project.process.type(call.params["type"])
    if kind is None:
        message = (
            f"VS402323: Work item type {call.params['type']} does not exist in project {project.name} or you do not "
            "have permission to access it."
        )
        raise Refusal(404, "WorkItemTypeNotFoundException", message)
    body = await wire.read_json(call.request, PATCH_TYPE)
    _refuse_flags(call, project)
    change = Patch(call, None, project).read(body)
    given = {ref: value for ref, value in change.fields.items() if value not in (None, "", ())}
    at = call.world.clock()
    values = item_rules.started(kind, {names.AREA_ID: project.areas, **given}, at, call.caller.id)
    patches.check(call, kind, change, values, {})
    if wire.flag(call.request, "validateOnly"):
        return wire.answer({"id": -1, "rev": -1, "fields": {}, "url": call.nouns.item_url(-1, project)})
    made = call.world.create(project, kind, call.caller, given, formats=change.formats)
    if change.add or change.said:
        made = call.world.save(made.id, call.caller, add=change.add, said=change.said)
    return wire.answer(_saved(call, made))


async def edit(call: Call) -> Response:
    """An edit of an item, all of it or nothing."""
    body = await wire.read_json(call.request, PATCH_TYPE)
    found = call.item()
    project = call.world.project_of(found)
    _refuse_unwritable(call, project)
    _refuse_flags(call, project)
    change = Patch(call, found, project).read(body)
    values, _ = call.world.merged(found, _known_type(call, found, change), change.formats, call.caller)
    patches.check(call, _type(call, values), change, values, found.fields)
    if wire.flag(call.request, "validateOnly"):
        return wire.answer(_saved(call, found))
    _race(call, found)
    saved = call.world.save(
        found.id,
        call.caller,
        change.fields,
        formats=change.formats,
        said=change.said,
        add=change.add,
        remove=change.remove,
        notify=not wire.flag(call.request, "suppressNotifications"),
        always=call.behaviour.empty_saves,
    )
    return wire.answer(_saved(call, saved))


def _many(call: Call, asked: Mapping[str, Any]) -> Response:
    ids = _ids(call, asked.get("ids"))
    expand = _expand(str(asked.get("$expand") or "none"))
    fields = call.fields(asked.get("fields") or ())
    _refuse_both(fields, expand)
    policy = str(asked.get("errorPolicy") or "fail").casefold()
    rows: list[dict[str, Any] | None] = []
    for number in ids:
        found = call.world.items.get(number)
        if found is None or not call.sees(found):
            if policy != "omit":
                raise gone(number)
            rows.append(None)
        else:
            rows.append(_shown(call, found, fields, expand, str(asked.get("asOf") or ""), scoped=False))
    return wire.listed(rows)


def _ids(call: Call, given: Any) -> list[int]:
    try:
        ids = [int(number) for number in given]
    except (TypeError, ValueError) as error:
        raise wire.missing("Value cannot be null.\r\nParameter name: ids") from error
    if not ids:
        raise wire.missing("Value cannot be null.\r\nParameter name: ids")
    if len(ids) > call.behaviour.batch_cap:
        message = (
            f"VS403474: You requested {len(ids)} work items which exceeds the limit of {call.behaviour.batch_cap}."
        )
        raise Refusal(400, "VssPropertyValidationException", message)
    return list(dict.fromkeys(ids))


def _shown(call: Call, found: WorkItem, fields: list[str], expand: str, as_of: str, *, scoped: bool) -> dict[str, Any]:
    at = wire.read_moment(as_of) if as_of else None
    if at is not None and found.as_of(at) is None:
        raise gone(found.id)
    return call.answers.item(
        found,
        fields=fields,
        expand=expand,
        at=at,
        scoped=scoped,
        identities=call.version.number >= _IDENTITIES_SINCE,
    )


def _saved(call: Call, found: WorkItem) -> dict[str, Any]:
    expand = _expand(wire.query(call.request, "$expand"))
    return call.answers.item(found, expand=expand, relations=True)


def _expand(said: str) -> str:
    word = said.casefold() or "none"
    if word not in EXPANSIONS:
        raise wire.missing(f"The value '{said}' is not valid for $expand.")
    return word


def _refuse_both(fields: list[str], expand: str) -> None:
    """Fields go with no expansion, save for the one that production code was seen to use with them."""
    if fields and expand not in ("none", "links"):
        message = "The expand parameter can not be used with the fields parameter."
        raise Refusal(400, "ConflictingParametersException", message)


def _refuse_unwritable(call: Call, project: Project) -> None:
    if not call.may("WRITE", project):
        message = (
            "TF237111: The current user does not have permissions to save work items under the specified area path."
        )
        raise Refusal(403, "PermissionDeniedException", message)


def _refuse_flags(call: Call, project: Project) -> None:
    if wire.flag(call.request, "bypassRules") and not call.may("BYPASS_RULES", project):
        message = "TF401322: You do not have permissions to bypass rules on work item updates."
        raise Refusal(403, "PermissionDeniedException", message)
    if wire.flag(call.request, "suppressNotifications"):
        call.need("SUPPRESS_NOTIFICATIONS", project, "Suppress notifications for work item updates")


def _known_type(call: Call, found: WorkItem, change: Change) -> dict[str, Value | None]:
    """The new values, unless they name a type that their project has not got."""
    wanted = str(change.fields.get(names.TYPE) or found.type)
    area = int(str(change.fields.get(names.AREA_ID) or found.fields[names.AREA_ID]))
    project = call.collection.projects[call.collection.trees.by_id[area].project]
    if wanted not in project.process.types:
        raise patches.rule_error(call, [(names.TYPE, item_rules.LISTED)])
    return change.fields


def _type(call: Call, values: Mapping[str, Value]) -> Type:
    area = call.collection.trees.by_id[int(str(values[names.AREA_ID]))]
    return call.collection.projects[area.project].process.types[str(values[names.TYPE])]


def _race(call: Call, found: WorkItem) -> None:
    """Somebody else may save at the very same moment, and win."""
    left = call.world.races.get(found.id, 0)
    if left:
        call.world.races[found.id] = left - 1
        rival = call.collection.accounts.named(_RIVAL)
        call.world.save(found.id, rival, always=True)
        message = (
            "TF26071: This work item has been changed by someone else since you opened it. You will need to refresh it "
            "and discard your changes."
        )
        raise Refusal(call.behaviour.race_status, "WorkItemRevisionMismatchException", message)


ROUTES = (
    Route("GET", "wit/workitems", some_items, _BOTH, "work items"),
    Route("GET", "wit/workitems/{id}", item, _BOTH, "work items"),
    Route("PATCH", "wit/workitems/{id}", edit, _BOTH, "work items", WRITE),
    Route("POST", "wit/workitems/${type}", create, PROJECT, "new work items", WRITE),
    Route("POST", "wit/workitemsbatch", batch, _BOTH, "batch"),
)
