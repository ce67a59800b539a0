"""Metadata of a site: the server, the caller and their permissions, fields, priorities, statuses, types, projects."""

from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response

from steward_sandbox.jira import responses
from steward_sandbox.jira.call import Call
from steward_sandbox.jira.catalogue import site_data
from steward_sandbox.jira.fields import Field
from steward_sandbox.jira.model import Project
from steward_sandbox.jira.responses import JiraError, reply

_BUILT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


async def tenant_info(call: Call) -> Response:
    """The cloud id, for anybody."""
    return reply({"cloudId": call.site.cloud_id})


async def server_info(call: Call) -> Response:
    """What kind of Jira this is, for anybody."""
    now, built = (call.serialize.timestamp(moment) for moment in (call.world.clock(), _BUILT))
    return reply(call.serialize.fill("server_info", now=now, built=built, zone=call.site.zone.key))


async def myself(call: Call) -> Response:
    """The caller."""
    return reply(call.serialize.person(call.caller) | call.serialize.fill("myself", own_email=call.caller.email))


async def user(call: Call) -> Response:
    """A person by what this Jira knows people by."""
    _ = call.caller
    asked = dict(call.request.query_params)
    if not set(call.deployment.user_parameters) & set(asked):
        raise JiraError(400, f"The {call.deployment.user_parameters[0]} query parameter needs to be provided")
    account = call.deployment.account(asked, call.site.accounts)
    if account is None:
        raise JiraError(404, "Specified user does not exist or you do not have required permissions")
    return reply(call.serialize.person(account))


async def my_permissions(call: Call) -> Response:
    """Which permissions the caller has, here or in a project; Cloud wants them named, Data Center gives them all."""
    types = {name: kind for kind, names in site_data()["permissions"].items() for name in names}
    wanted = call.csv("permissions") if call.deployment.is_cloud else list(types)
    if not wanted:
        raise JiraError(400, "The 'permissions' query parameter is required.")
    unknown = [name for name in wanted if name not in types]
    if unknown:
        raise JiraError(400, f"Unrecognized permission: {', '.join(unknown)}")
    issue, ref = call.query("issueKey") or call.query("issueId"), call.query("projectKey") or call.query("projectId")
    project = call.issue(issue).project if issue else call.project(ref).key if ref else None
    shown = {
        name: call.serialize.fill(
            "permission",
            id=str(100 + list(types).index(name)),
            key=name,
            name=name.replace("_", " ").capitalize(),
            type=types[name],
            has=call.may(name, project),
        )
        for name in wanted
    }
    return reply({"permissions": shown})


async def all_fields(call: Call) -> Response:
    """All fields at once; for anonymous callers the system fields only."""
    shown = [field for field in call.site.fields if call.account is not None or not field.custom]
    return reply([call.serialize.fill("key_field"), *(_details(call, field) for field in shown)])


async def priorities(call: Call) -> Response:
    """All priorities at once."""
    return reply([call.serialize.priority(name) for name in call.site.catalogue.priorities])


async def priority_search(call: Call) -> Response:
    """Priorities page by page; only here the default one is marked."""
    names = call.site.catalogue.priorities
    rows = [call.serialize.priority(name, default=True) for name in names]
    return _page(call, rows, "priority/search")


async def statuses(call: Call) -> Response:
    """All statuses."""
    return reply([call.serialize.status(status) for status in call.site.catalogue.statuses.values()])


async def issue_types(call: Call) -> Response:
    """All issue types."""
    return reply([call.serialize.issue_type(kind) for kind in call.site.catalogue.types.values()])


async def resolutions(call: Call) -> Response:
    """All resolutions."""
    return reply([call.serialize.resolution(name) for name in call.site.catalogue.resolutions])


async def link_types(call: Call) -> Response:
    """All link types."""
    kinds = call.site.catalogue.link_types.values()
    return reply({"issueLinkTypes": [call.serialize.link_type(kind) for kind in kinds]})


async def project_search(call: Call) -> Response:
    """The projects that a caller may see, page by page."""
    query, keys = call.query("query").casefold(), call.csv("keys")
    seen = [project for project in _seen_projects(call) if not keys or project.key in keys]
    rows = [_project(call, project) for project in seen if query in f"{project.key} {project.name}".casefold()]
    return _page(call, rows, "project/search")


async def projects(call: Call) -> Response:
    """The projects that a caller may see, at once; deprecated, and still answered."""
    return reply([_project(call, project) for project in _seen_projects(call)])


async def project(call: Call) -> Response:
    """One project with its issue types."""
    catalogue, wanted = call.site.catalogue, call.project()
    more = call.serialize.fill(
        "whole_project",
        lead=call.serialize.person(call.site.accounts.named("Robin Field")),
        components=[call.serialize.component(p, name) for p, name in catalogue.components if p == wanted.key],
        types=[call.serialize.issue_type(kind) for kind in catalogue.types.values()],
    )
    return reply(_project(call, wanted) | more)


def _seen_projects(call: Call) -> list[Project]:
    return [project for project in call.site.projects.values() if call.may("BROWSE_PROJECTS", project.key)]


def _project(call: Call, project: Project) -> dict[str, Any]:
    style = "next-gen" if project.team_managed else "classic"
    return {**call.serialize.project(project), **call.serialize.fill("project_details", style=style)}


def _details(call: Call, field: Field) -> Any:
    more: dict[str, Any] = {}
    if field.scoped and field.projects:
        owner = call.site.project(next(iter(field.projects)))
        more["scope"] = {"type": "PROJECT", "project": {"id": owner.id}}
    return call.serialize.fill(
        "field",
        id=field.id,
        name=field.name,
        custom=field.custom is not None,
        orderable=field.edit != "",
        navigable=field.navigable,
        clauses=list(dict.fromkeys(field.clauses)),
        schema=field.schema,
        **more,
    )


def _page(call: Call, rows: list[Any], path: str) -> Response:
    size, start = min(call.integer("maxResults", 50), 50), call.integer("startAt", 0)
    return reply(responses.page(rows, start, size, address=f"{call.serialize.rest}/{path}"))


CLOUD_ROUTES = (
    ("GET", "/_edge/tenant_info", tenant_info),
    ("GET", "/rest/api/{version:int}/priority/search", priority_search),
    ("GET", "/rest/api/{version:int}/project/search", project_search),
)
ROUTES = (
    ("GET", "/rest/api/{version:int}/serverInfo", server_info),
    ("GET", "/rest/api/{version:int}/myself", myself),
    ("GET", "/rest/api/{version:int}/user", user),
    ("GET", "/rest/api/{version:int}/mypermissions", my_permissions),
    ("GET", "/rest/api/{version:int}/field", all_fields),
    ("GET", "/rest/api/{version:int}/priority", priorities),
    ("GET", "/rest/api/{version:int}/status", statuses),
    ("GET", "/rest/api/{version:int}/issuetype", issue_types),
    ("GET", "/rest/api/{version:int}/resolution", resolutions),
    ("GET", "/rest/api/{version:int}/issueLinkType", link_types),
    ("GET", "/rest/api/{version:int}/project", projects),
    ("GET", "/rest/api/{version:int}/project/{project}", project),
)
