"""What clients ask first: the routes, who they are, projects, fields, types, and how a team plans."""

from typing import Any

from steward_sandbox.azure_devops import names
from steward_sandbox.azure_devops.call import Call
from steward_sandbox.azure_devops.processes import REMOVED, Level, Type
from steward_sandbox.azure_devops.responses import RESOURCES, AzureError
from steward_sandbox.azure_devops.routing import route
from steward_sandbox.data_files import load_json
from steward_sandbox.ids import stable_uuid


@route("OPTIONS", "", "projects")
async def resources(call: Call) -> Any:
    """Every resource with its versions: the official client learns its routes here."""
    highest = call.collection.api_version
    return [call.fill("resource", resource=resource, highest=highest) for resource in RESOURCES.values()]


@route("GET", "connectiondata", "connection_data")
async def connection_data(call: Call) -> Any:
    return call.fill("connection_data", identity=call.fill("identity", account=call.account))


@route("GET", "resourceareas", "resource_areas")
@route("GET", "resourceareas/{area}", "resource_areas")
async def resource_areas(_call: Call) -> Any:
    """Nothing: every area is at the address of the organisation."""
    return []


@route("GET", "projects", "projects")
async def projects(call: Call) -> Any:
    found = [project for project in call.collection.projects.values() if call.may("READ", project)]
    start, size = call.integer("$skip", 0), call.integer("$top", 100)
    return [call.fill("project", project=project) for project in found[start : start + size]]


@route("GET", "projects/{name}", "projects")
async def project(call: Call) -> Any:
    found = call.find_project(call.param("name"))
    team = call.fill("team", team=call.collection.default_team(found))
    return call.fill("project", project=found, team=team, links=call.fill("project_links", project=found))


@route("GET", "projects/{name}/teams", "teams")
async def teams(call: Call) -> Any:
    number = call.find_project(call.param("name")).id
    return [call.fill("team", team=team) for team in call.collection.teams.values() if team.project == number]


@route("GET", "wit/queries/{id}", "queries")
async def saved_query(call: Call) -> Any:
    if call.param("id") not in call.collection.queries:
        raise AzureError("no_query", id=call.param("id"))
    return call.collection.queries[call.param("id")]


@route("GET", "wit/fields", "fields")
async def fields(call: Call) -> Any:
    return [call.serialize.build("field", field=field) for field in call.collection.fields.values()]


@route("GET", "wit/workitemtypes/{type}/fields", "type_fields")
async def type_fields(call: Call) -> Any:
    every, known = call.query("$expand").casefold() in ("all", "allowedvalues"), call.collection.fields
    rules = _type(call).fields.values()
    build = call.serialize.build
    return [build("type_field", field=known[rule.ref], rule=rule, all_values=every) for rule in rules]


@route("GET", "wit/workitemtypes/{type}/states", "type_states")
async def type_states(call: Call) -> Any:
    states, colors = _type(call).states.items(), load_json("azure_devops", "processes")["state_colors"]
    return [{"name": name, "color": colors[category], "category": category} for name, category in states]


@route("GET", "wit/workitemtypecategories/{category}", "categories")
async def category(call: Call) -> Any:
    """One category of types: a level of the backlog, or the bugs."""
    wanted, process = call.param("category").casefold(), call.project.process
    known = {level.id: (level.name, level.types) for level in process.levels}
    known["Microsoft.BugCategory"] = "Bug Category", process.bug_types
    for ref, (name, kinds) in known.items():
        if ref.casefold() == wanted and kinds:
            types = call.serialize.types(call.project, kinds)
            return call.fill("category", project=call.project, name=name, ref=ref, types=types)
    raise AzureError("no_category", name=call.param("category"))


def _type(call: Call) -> Type:
    found = call.project.process.type(call.param("type"))
    if found is None:
        raise AzureError("no_type", name=call.param("type"), project=call.project.name)
    return found


@route("GET", "work/teamsettings", "team_settings")
async def settings(call: Call) -> Any:
    root = call.collection.trees.by_id[call.project.iterations]
    top, levels = {"id": root.guid, "name": root.name, "path": ""}, call.project.process.planned_levels
    shown = {level.id: not level.hidden for level in levels}
    return call.fill("team_settings", team=call.team, iteration=top, visibilities=shown, work=call.work_url)


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
    ids = {level: stable_uuid("board", call.team.id, level.id) for level in call.project.process.planned_levels}
    return [call.fill("board", level=level, id=number, work=call.work_url) for level, number in ids.items()]


def _level(call: Call, level: Level) -> Any:
    process = call.project.process
    lead = process.types[level.types[0]]
    effort = names.REMAINING if level.kind == "task" else process.effort_of(lead.name)
    refs = [names.TITLE, names.TYPE, names.STATE, *([effort] if effort else []), names.TAGS]
    columns = [call.serialize.field_ref(ref) for ref in refs]
    widths = [{"columnFieldReference": column, "width": 100} for column in columns]
    types = call.serialize.types(call.project, level.types)
    return call.fill("backlog_level", level=level, columns=columns, column_fields=widths, types=types)
