"""What clients ask first: the routes, who they are, projects, fields, types and categories."""

from typing import Any

from steward_sandbox.azure_devops.call import Call
from steward_sandbox.azure_devops.processes import Type
from steward_sandbox.azure_devops.responses import AzureError
from steward_sandbox.azure_devops.routing import route
from steward_sandbox.azure_devops.versions import RESOURCES

_COLORS = {
    "Proposed": "b2b2b2",
    "InProgress": "007acc",
    "Resolved": "ff9d00",
    "Completed": "339933",
    "Removed": "ffffff",
}


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
    states = _type(call).states.items()
    return [{"name": name, "color": _COLORS[category], "category": category} for name, category in states]


@route("GET", "wit/workitemtypecategories/{category}", "categories")
async def category(call: Call) -> Any:
    """One category of types: a level of the backlog, or the bugs."""
    wanted, process = call.param("category").casefold(), call.project.process
    known = {level.id: (level.name, level.types) for level in process.levels}
    known["Microsoft.BugCategory"] = "Bug Category", process.bug_types
    for ref, (name, kinds) in known.items():
        if ref.casefold() == wanted and kinds:
            return call.fill(
                "category", project=call.project, name=name, ref=ref, types=call.serialize.types(call.project, kinds)
            )
    raise AzureError("no_category", name=call.param("category"))


def _type(call: Call) -> Type:
    found = call.project.process.type(call.param("type"))
    if found is None:
        raise AzureError("no_type", name=call.param("type"), project=call.project.name)
    return found
