"""How a team plans: its settings, areas, iterations, backlog levels and boards."""

from typing import Any

from steward_sandbox.azure_devops import names, team_iterations
from steward_sandbox.azure_devops.call import Call
from steward_sandbox.azure_devops.collection import board_prefix
from steward_sandbox.azure_devops.processes import COMPLETED, PROPOSED, REMOVED, Level
from steward_sandbox.azure_devops.responses import AzureError
from steward_sandbox.azure_devops.routing import route
from steward_sandbox.ids import stable_uuid


@route("GET", "work/teamsettings", "team_settings")
async def settings(call: Call) -> Any:
    """How a team works."""
    root = call.collection.trees.by_id[call.project.iterations]
    levels = [level for level in call.project.process.levels if level.kind != "task"]
    return call.fill(
        "team_settings",
        team=call.team,
        iteration={"id": root.guid, "name": root.name, "path": ""},
        visibilities={level.id: not level.hidden for level in levels},
        work=call.work_url,
    )


@route("GET", "work/teamsettings/teamfieldvalues", "team_field_values")
async def field_values(call: Call) -> Any:
    """The areas of a team."""
    areas = [call.collection.trees.path(node) for node in call.team.areas]
    values = [{"value": area, "includeChildren": True} for area in areas]
    return call.fill("field_values", areas=areas, values=values, work=call.work_url)


@route("GET", "work/teamsettings/iterations", "iterations")
async def iterations(call: Call) -> Any:
    """The iterations that a team has selected; `$timeframe` may narrow them to the current one."""
    frames, wanted = team_iterations.timeframes(call.world, call.team), call.query("$timeframe").casefold()
    path = call.collection.trees.path
    return [
        call.fill("team_iteration", node=node, path=path(node.id), frame=frames[node.id], work=call.work_url)
        for node in team_iterations.selected(call.world, call.team)
        if wanted in ("", frames[node.id])
    ]


@route("GET", "work/backlogconfiguration", "backlog_configuration")
async def configuration(call: Call) -> Any:
    """How a team's backlog is made up. Bugs are on no level here, wherever the team plans them."""
    process = call.project.process
    planned = [kind for level in process.levels for kind in level.types] + list(process.bug_types)
    states = {kind: process.types[kind].states for kind in planned}
    return call.fill(
        "backlog_configuration",
        process=process,
        team=call.team,
        tasks=_level(call, process.tasks),
        requirements=_level(call, process.requirements),
        portfolio=[_level(call, level) for level in process.portfolio],
        states=[{"workItemTypeName": kind, "states": _mapped(states[kind])} for kind in planned],
        hidden=sorted(level.id for level in process.levels if level.hidden),
        work=call.work_url,
    )


@route("GET", "work/boards", "boards")
async def boards(call: Call) -> Any:
    """The boards of a team: one for each level but the tasks."""
    return [
        call.fill("board_ref", level=level, id=_board_id(call, level), work=call.work_url) for level in _boards(call)
    ]


@route("GET", "work/boards/{board}", "boards")
async def board(call: Call) -> Any:
    """One board, by the name of its level or by its id; it has a column for each state."""
    wanted = call.param("board")
    level = next((x for x in _boards(call) if wanted in (x.name.casefold(), _board_id(call, x))), None)
    if level is None:
        raise AzureError("no_board", name=wanted)
    kinds = [call.project.process.types[kind] for kind in level.types]
    columns: dict[str, dict[str, str]] = {}
    kind_of: dict[str, str] = {}
    for kind in kinds:
        for state, category in _mapped(kind.states).items():
            columns.setdefault(state, {})[kind.name] = state
            kind_of[state] = {PROPOSED: "incoming", COMPLETED: "outgoing"}.get(category, "inProgress")
    mappings: dict[str, dict[str, list[str]]] = {"Incoming": {}, "InProgress": {}, "Outgoing": {}}
    for state, mapped in columns.items():
        title = kind_of[state][0].upper() + kind_of[state][1:]
        for name in mapped:
            mappings[title].setdefault(name, []).append(state)
    return call.fill(
        "board",
        level=level,
        id=_board_id(call, level),
        work=call.work_url,
        prefix=board_prefix(call.team),
        mappings=mappings,
        columns=[
            call.fill(
                "board_column", id=stable_uuid("column", wanted, name), name=name, states=mapped, kind=kind_of[name]
            )
            for name, mapped in columns.items()
        ],
    )


def _boards(call: Call) -> list[Level]:
    return [level for level in call.project.process.levels if level.kind != "task"]


def _board_id(call: Call, level: Level) -> str:
    return stable_uuid("board", call.team.id, level.id)


def _level(call: Call, level: Level) -> Any:
    """A level as the configuration shows it."""
    process = call.project.process
    lead = process.types[level.types[0]]
    effort = names.REMAINING if level.kind == "task" else process.effort_of(lead.name)
    refs = [names.TITLE, names.TYPE, names.STATE, *([effort] if effort else []), names.TAGS]
    columns = [call.serialize.field_ref(ref) for ref in refs]
    return call.fill(
        "backlog_level",
        level=level,
        columns=columns,
        column_fields=[{"columnFieldReference": column, "width": 100} for column in columns],
        types=call.serialize.types(call.project, level.types),
    )


def _mapped(states: Any) -> dict[str, str]:
    """The states of a type with their categories, without Removed."""
    return {state: category for state, category in states.items() if category != REMOVED}
