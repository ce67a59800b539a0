"""A team's settings: its areas, its iterations, how much it can do."""

from typing import Any

import msgspec
from starlette.responses import Response

from steward_sandbox.azure_devops import field_data as names
from steward_sandbox.azure_devops import team_iterations, wire
from steward_sandbox.azure_devops.call import Call
from steward_sandbox.azure_devops.model import Node, TeamArea
from steward_sandbox.azure_devops.routing import PROJECT, TEAM, WRITE, Route
from steward_sandbox.azure_devops.wire import Refusal, stamp

_BOTH = PROJECT + TEAM
_NOWHERE = "00000000-0000-0000-0000-000000000000"


async def settings(call: Call) -> Response:
    """How a team works."""
    team, trees = call.team, call.collection.trees
    start = trees.by_id.get(team.backlog_iteration or 0)
    default = trees.by_id.get(team.default_iteration or 0)
    portfolio = [level for level in call.project.process.levels if level.kind != "task"]
    url = f"{_work(call)}/teamsettings"
    return wire.answer(
        {
            "backlogIteration": _iteration_ref(call, start) if start else {"id": _NOWHERE, "name": "", "path": ""},
            "bugsBehavior": team.bugs,
            "workingDays": ["monday", "tuesday", "wednesday", "thursday", "friday"],
            "backlogVisibilities": {level.id: level.id not in team.hidden_levels for level in portfolio},
            "defaultIteration": _iteration_ref(call, default) if default else None,
            "defaultIterationMacro": None if default else "@currentIteration",
            "url": url,
            "_links": _links(call, url, teamIterations=f"{url}/iterations", teamFieldValues=f"{url}/teamfieldvalues"),
        }
    )


async def field_values(call: Call) -> Response:
    """Which items are the team's."""
    field, team = call.project.process.team_field, call.team
    values = [_field_value(call, area) for area in team.areas]
    url = f"{_work(call)}/teamsettings/teamfieldvalues"
    return wire.answer(
        {
            "field": {"referenceName": field, "url": f"{call.base}/_apis/wit/fields/{field}"},
            "defaultValue": values[0]["value"] if values else None,
            "values": values,
            "url": url,
            "_links": _links(call, url),
        }
    )


async def set_field_values(call: Call) -> Response:
    """Changes which items are the team's; the default must be named."""
    body = await wire.read_object(call.request)
    if body.get("defaultValue") is None:
        raise Refusal(400, "TeamFieldArgumentNullException", "DefaultValue")
    areas = [_area(call, entry) for entry in body.get("values") or ()]
    call.collection.set_team(msgspec.structs.replace(call.team, areas=tuple(areas)))
    return await field_values(_again(call))


async def iterations(call: Call) -> Response:
    """The iterations that the team has selected; `$timeframe` knows `current` only."""
    wanted = wire.query(call.request, "$timeframe").casefold()
    if wanted not in ("", "current"):
        message = f"VS403339: The timeframe '{wanted}' is not supported. Only 'current' is."
        raise Refusal(400, "InvalidTeamSettingsException", message)
    frames = team_iterations.timeframes(call.world, call.team)
    found = team_iterations.selected(call.world, call.team)
    return wire.listed(_iteration(call, node) for node in found if not wanted or frames[node.id] == wanted)


async def iteration(call: Call) -> Response:
    """One iteration of the team."""
    node = _node(call)
    shown = _iteration(call, node)
    url = shown["url"]
    return wire.answer(
        {**shown, "_links": _links(call, url, workitems=f"{url}/workitems", capacity=f"{url}/capacities")}
    )


async def select_iteration(call: Call) -> Response:
    """Adds an iteration to those of the team, which must have chosen where its own begin."""
    body = await wire.read_object(call.request)
    if call.team.backlog_iteration is None:
        message = "TF400497: The backlog iteration path that you specified is no longer valid."
        raise Refusal(400, "InvalidTeamSettingsException", message)
    nodes = call.collection.trees.by_id.values()
    node = next((n for n in nodes if n.guid == body.get("id") and n.project == call.project.id), None)
    if node is None or node.kind != "iteration":
        raise Refusal(404, "IterationNotFoundException", f"VS403366: The iteration {body.get('id')} does not exist.")
    call.collection.select_iteration(call.team, node.id)
    return wire.answer(_iteration(_again(call), node), 201)


async def drop_iteration(call: Call) -> Response:
    """Takes an iteration from those of the team; the iteration stays."""
    node = _node(call)
    kept = tuple(number for number in call.team.iterations if number != node.id)
    call.collection.set_team(msgspec.structs.replace(call.team, iterations=kept))
    return wire.nothing()


async def iteration_items(call: Call) -> Response:
    """The items in an iteration, as links from nothing or from their parents."""
    node = _node(call)
    rows: list[dict[str, Any]] = []
    for item in call.items():
        if item.fields[names.ITERATION_ID] == node.id:
            above = call.world.links.parent(item.id)
            source = {"id": above, "url": call.nouns.item_url(above)} if above is not None else None
            target = {"id": item.id, "url": call.nouns.item_url(item.id)}
            rel = "System.LinkTypes.Hierarchy-Forward" if source else None
            rows.append({"rel": rel, "source": source, "target": target})
    return wire.answer(
        {"workItemRelations": rows, "url": f"{_work(call)}/teamsettings/iterations/{node.guid}/workitems"}
    )


async def capacities(call: Call) -> Response:
    """Who has how many hours a day. Before 7.0 it is a plain list."""
    node = _node(call)
    members = [
        {
            "teamMember": call.nouns.person(account),
            "activities": [{"capacityPerDay": float(hours), "name": "Development"}],
            "daysOff": [],
        }
        for (number, account), hours in call.team.capacities.items()
        if number == node.id
    ]
    if call.version.number < (7, 0):
        return wire.listed(members)
    total = sum(hours for (number, _), hours in call.team.capacities.items() if number == node.id)
    return wire.answer({"teamMembers": members, "totalCapacityPerDay": float(total), "totalDaysOff": 0})


async def all_capacities(call: Call) -> Response:
    """How many hours a day every team of the project has in an iteration."""
    node = _node(call)
    hours = {
        team.id: float(sum(day for (number, _), day in team.capacities.items() if number == node.id))
        for team in call.collection.teams_of(call.project)
        if node.id in team.iterations
    }
    teams = [{"teamId": team, "teamCapacityPerDay": day, "teamTotalDaysOff": 0} for team, day in hours.items()]
    total = sum(hours.values())
    return wire.answer({"teams": teams, "totalIterationCapacityPerDay": total, "totalIterationDaysOff": 0})


async def days_off(call: Call) -> Response:
    """When the whole team is off: never."""
    url = f"{_work(call)}/teamsettings/iterations/{_node(call).guid}/teamdaysoff"
    return wire.answer({"daysOff": [], "url": url, "_links": _links(call, url)})


def _again(call: Call) -> Call:
    """The same request, once the team has changed."""
    call.refresh_team()
    return call


def _node(call: Call) -> Node:
    wanted = call.params["iteration"].casefold()
    nodes = (call.collection.trees.by_id[number] for number in _known(call))
    node = next((n for n in nodes if n.guid == wanted), None)
    if node is None:
        raise Refusal(404, "IterationNotFoundException", f"VS403366: The iteration {wanted} does not exist.")
    return node


def _known(call: Call) -> list[int]:
    return [number for team in call.collection.teams_of(call.project) for number in team.iterations]


def _iteration(call: Call, node: Node) -> dict[str, Any]:
    frames = team_iterations.timeframes(call.world, call.team)
    return {
        "id": node.guid,
        "name": node.name,
        "path": call.collection.trees.path(node.id),
        "attributes": {
            "startDate": stamp(node.start) if node.start else None,
            "finishDate": stamp(node.finish) if node.finish else None,
            "timeFrame": frames.get(node.id, "future"),
        },
        "url": f"{_work(call)}/teamsettings/iterations/{node.guid}",
    }


def _iteration_ref(call: Call, node: Node) -> dict[str, Any]:
    """An iteration as settings show it: its path begins below the project."""
    names_below = [found.name for found in call.collection.trees.line(node.id)[1:]]
    path = "".join(f"\\{name}" for name in names_below)
    return {"id": node.guid, "name": node.name, "path": path, "url": call.nouns.node_url(node)}


def _field_value(call: Call, area: TeamArea) -> dict[str, Any]:
    by_area = call.project.process.team_field == names.AREA
    value = call.collection.trees.path(int(area.value)) if by_area else str(area.value)
    return {"value": value, "includeChildren": area.include_children}


def _area(call: Call, entry: Any) -> TeamArea:
    path, children = str(entry.get("value")), entry.get("includeChildren") is True
    if call.project.process.team_field != names.AREA:
        return TeamArea(path, include_children=children)
    node = call.collection.trees.find("area", path)
    if node is None:
        raise Refusal(400, "InvalidTeamSettingsException", f"TF400512: The team field value {path} is not valid.")
    return TeamArea(node.id, include_children=children)


def _work(call: Call) -> str:
    return f"{call.base}/{call.project.id}/{call.team.id}/_apis/work"


def _links(call: Call, url: str, **more: str) -> dict[str, Any]:
    team = call.nouns.team(call.team)["url"]
    found = {"self": url, "project": call.nouns.project_url(call.project), "team": team, **more}
    return {name: {"href": address} for name, address in found.items()}


_SETTINGS = "work/teamsettings"
_ITERATION = f"{_SETTINGS}/iterations/{{iteration}}"
ROUTES = (
    Route("GET", _SETTINGS, settings, _BOTH, "team settings"),
    Route("GET", f"{_SETTINGS}/teamfieldvalues", field_values, _BOTH, "team field values"),
    Route("PATCH", f"{_SETTINGS}/teamfieldvalues", set_field_values, _BOTH, "team field values", WRITE),
    Route("GET", f"{_SETTINGS}/iterations", iterations, _BOTH, "iterations"),
    Route("POST", f"{_SETTINGS}/iterations", select_iteration, _BOTH, "iterations", WRITE),
    Route("GET", _ITERATION, iteration, _BOTH, "iterations"),
    Route("DELETE", _ITERATION, drop_iteration, _BOTH, "iterations", WRITE),
    Route("GET", f"{_ITERATION}/workitems", iteration_items, _BOTH, "iteration items"),
    Route("GET", f"{_ITERATION}/capacities", capacities, _BOTH, "capacities"),
    Route("GET", f"{_ITERATION}/teamdaysoff", days_off, _BOTH, "days off"),
    Route("GET", "work/iterations/{iteration}/iterationcapacities", all_capacities, PROJECT, "iteration capacities"),
)
