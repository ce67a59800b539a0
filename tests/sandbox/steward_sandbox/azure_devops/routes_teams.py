"""How a team plans: its settings, areas, iterations, backlog levels and boards."""

from typing import Any

from steward_sandbox.azure_devops import names
from steward_sandbox.azure_devops.call import Call
from steward_sandbox.azure_devops.processes import REMOVED, Level
from steward_sandbox.azure_devops.routing import route
from steward_sandbox.ids import stable_uuid


@route("GET", "work/teamsettings", "team_settings")
async def settings(call: Call) -> Any:
    root = call.collection.trees.by_id[call.project.iterations]
    return call.fill(
        "team_settings",
        team=call.team,
        iteration={"id": root.guid, "name": root.name, "path": ""},
        visibilities={level.id: not level.hidden for level in call.project.process.planned_levels},
        work=call.work_url,
    )


@route("GET", "work/teamsettings/teamfieldvalues", "team_field_values")
async def field_values(call: Call) -> Any:
    areas = [call.collection.trees.path(node) for node in call.team.areas]
    values = [{"value": area, "includeChildren": True} for area in areas]
    return call.fill("field_values", areas=areas, values=values, work=call.work_url)


@route("GET", "work/teamsettings/iterations", "iterations")
async def iterations(call: Call) -> Any:
    """The iterations that a team has selected; `$timeframe` may narrow them to the current one."""
    path, wanted = call.collection.trees.path, call.query("$timeframe").casefold()
    return [
        call.fill("team_iteration", node=node, path=path(node.id), frame=frame, work=call.work_url)
        for node, frame in call.collection.timeframes(call.team, call.world.clock())
        if wanted in ("", frame)
    ]


@route("GET", "work/backlogconfiguration", "backlog_configuration")
async def configuration(call: Call) -> Any:
    """How a team's backlog is made up. Bugs are on no level here, wherever the team plans them."""
    process = call.project.process
    planned = [kind for level in process.levels for kind in level.types] + list(process.bug_types)
    states = {k: {s: c for s, c in process.types[k].states.items() if c != REMOVED} for k in planned}
    return call.fill(
        "backlog_configuration",
        process=process,
        team=call.team,
        tasks=_level(call, process.tasks),
        requirements=_level(call, process.requirements),
        portfolio=[_level(call, level) for level in process.portfolio],
        states=[{"workItemTypeName": kind, "states": states[kind]} for kind in planned],
        hidden=sorted(level.id for level in process.levels if level.hidden),
        work=call.work_url,
    )


@route("GET", "work/boards", "boards")
async def boards(call: Call) -> Any:
    """The boards of a team: one for each level but the tasks."""
    ids = {level: stable_uuid("board", call.team.id, level.id) for level in call.project.process.planned_levels}
    return [call.fill("board", level=level, id=number, work=call.work_url) for level, number in ids.items()]


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
