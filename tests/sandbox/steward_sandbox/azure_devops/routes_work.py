"""Backlogs: their configuration, their levels, what stands on them, and moving things there."""

from typing import Any

from starlette.responses import Response

from steward_sandbox.azure_devops import backlog_view, wire
from steward_sandbox.azure_devops import field_data as names
from steward_sandbox.azure_devops.call import Call, gone
from steward_sandbox.azure_devops.model import WorkItem
from steward_sandbox.azure_devops.processes import REMOVED, Level, Process
from steward_sandbox.azure_devops.routing import PROJECT, TEAM, WRITE, Route
from steward_sandbox.azure_devops.wire import Refusal

_BOTH = PROJECT + TEAM
_LIMIT = 1000


async def configuration(call: Call) -> Response:
    """How a team's backlog is made up. Bugs are on no level here, wherever the team plans them."""
    process = call.project.process
    fields = {
        "Order": process.order,
        "Effort": process.effort,
        "RemainingWork": names.REMAINING,
        "Activity": process.activity,
    }
    planned = [kind for level in process.levels for kind in level.types] + list(process.bug_types)
    return wire.answer(
        {
            "taskBacklog": _level(call, process.tasks),
            "requirementBacklog": _level(call, process.requirements),
            "portfolioBacklogs": [_level(call, level) for level in process.portfolio],
            "workItemTypeMappedStates": [_mapped(process, kind) for kind in planned],
            "backlogFields": {"typeFields": fields},
            "bugsBehavior": call.team.bugs,
            "hiddenBacklogs": sorted(call.team.hidden_levels),
            "url": f"{_work(call)}/backlogconfiguration",
            "isBugsBehaviorConfigured": True,
        }
    )


async def process_configuration(call: Call) -> Response:
    """How the project's process plans: the same for every team."""
    process = call.project.process
    fields = {
        "Effort": process.effort,
        "Order": process.order,
        "RemainingWork": names.REMAINING,
        "Team": process.team_field,
        "Activity": process.activity,
    }
    shown: dict[str, Any] = {
        "typeFields": {name: call.nouns.field_ref(ref) for name, ref in fields.items()},
        "taskBacklog": _category(call, process.tasks),
        "requirementBacklog": _category(call, process.requirements),
        "portfolioBacklogs": [_category(call, level) for level in process.portfolio],
    }
    if process.bug_types:
        types = [call.nouns.type_ref(call.project, kind) for kind in process.bug_types]
        shown["bugWorkItems"] = {
            "name": "Bugs",
            "referenceName": "Microsoft.BugCategory",
            "workItemTypes": types,
        }
    return wire.answer({**shown, "url": f"{call.base}/{call.project.id}/_apis/work/processconfiguration"})


async def backlogs(call: Call) -> Response:
    """The levels of a team's backlog, highest first."""
    return wire.listed(_full_level(call, level) for level in call.project.process.levels)


async def backlog(call: Call) -> Response:
    """One level."""
    return wire.answer(_full_level(call, _named(call)))


async def backlog_items(call: Call) -> Response:
    """What stands on a level now, highest first, as links from nothing."""
    found = [item for item in backlog_view.on_level(call.world, call.team, _named(call)) if call.sees(item)]
    rows = [{"rel": None, "source": None, "target": _target(call, item)} for item in found[:_LIMIT]]
    return wire.answer({"workItems": rows})


async def reorder(call: Call) -> Response:
    """Moves items on a team's backlog. The answer holds every position that changed, neighbours included."""
    body = await wire.read_object(call.request)
    moved = [_seen(call, number) for number in body.get("ids") or ()]
    if not moved:
        raise wire.missing("Value cannot be null.\r\nParameter name: ids")
    parent = int(body.get("parentId") or 0)
    if any((call.world.links.parent(item.id) or 0) != parent for item in moved):
        message = "TF401347: The parent of the work item is not the one that was given."
        raise Refusal(400, "WorkItemReorderException", message)
    mine = backlog_view.team_filter(call.world, call.team)
    if not all(map(mine, moved)):
        message = "VS403654: Items owned by other teams cannot be reordered."
        raise Refusal(400, "WorkItemReorderException", message)
    before, after = int(body.get("nextId") or 0), int(body.get("previousId") or 0)
    try:
        changed = backlog_view.drag(
            call.world,
            call.team,
            [item.id for item in moved],
            call.caller,
            before=before or None,
            after=None if before else after or None,
        )
    except KeyError as error:
        raise wire.missing(str(error.args[0])) from error
    return wire.listed({"id": number, "order": order} for number, order in changed)


def _seen(call: Call, number: Any) -> WorkItem:
    found = call.world.items.get(int(number))
    if found is None or not call.sees(found):
        raise gone(number)
    return found


def _target(call: Call, item: WorkItem) -> dict[str, Any]:
    return {"id": item.id, "url": call.nouns.item_url(item.id, call.project)}


def _named(call: Call) -> Level:
    found = call.project.process.level(call.params["backlog"])
    if found is None:
        message = f"VS403665: The backlog level {call.params['backlog']} does not exist."
        raise Refusal(404, "BacklogDoesNotExistException", message)
    return found


def _level(call: Call, level: Level) -> dict[str, Any]:
    """A level as the configuration shows it: what kind it is, the place where it stands tells."""
    process = call.project.process
    lead = process.types[level.types[0]]
    columns = [names.TYPE, names.TITLE, names.STATE]
    effort = names.REMAINING if level.kind == "task" else process.effort_of(lead.name)
    columns += [ref for ref in (effort, "Microsoft.VSTS.Common.ValueArea") if ref is not None and ref in lead.fields]
    return {
        "id": level.id,
        "name": level.name,
        "rank": level.rank,
        "workItemCountLimit": _LIMIT,
        "addPanelFields": [call.nouns.field_ref(names.TITLE)],
        "columnFields": [
            {"columnFieldReference": call.nouns.field_ref(ref), "width": 100} for ref in [*columns, names.TAGS]
        ],
        "workItemTypes": [call.nouns.type_ref(call.project, kind) for kind in level.types],
        "defaultWorkItemType": call.nouns.type_ref(call.project, level.types[0]),
        "color": level.color,
        "isHidden": level.id in call.team.hidden_levels,
    }


def _full_level(call: Call, level: Level) -> dict[str, Any]:
    return {**_level(call, level), "type": level.kind}


def _category(call: Call, level: Level) -> dict[str, Any]:
    types = [call.nouns.type_ref(call.project, kind) for kind in level.types]
    return {"name": level.name, "referenceName": level.id, "workItemTypes": types}


def _mapped(process: Process, kind: str) -> dict[str, Any]:
    """The states of a type by category; Removed ones are left out."""
    states = process.types[kind].states
    shown = {state.name: state.category for state in states if state.category != REMOVED}
    return {"workItemTypeName": kind, "states": shown}


def _work(call: Call) -> str:
    return f"{call.base}/{call.project.id}/{call.team.id}/_apis/work"


ROUTES = (
    Route("GET", "work/backlogconfiguration", configuration, _BOTH, "backlog configuration"),
    Route("GET", "work/processconfiguration", process_configuration, PROJECT, "process configuration"),
    Route("GET", "work/backlogs", backlogs, _BOTH, "backlogs"),
    Route("GET", "work/backlogs/{backlog}", backlog, _BOTH, "backlogs"),
    Route("GET", "work/backlogs/{backlog}/workItems", backlog_items, _BOTH, "backlog items"),
    Route("PATCH", "work/workitemsorder", reorder, _BOTH, "order", WRITE),
)
