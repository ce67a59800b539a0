"""Metadata of a site: the server, the caller and their permissions, fields, priorities, statuses, types, projects."""

from typing import Any

from steward_sandbox.data_files import load_json
from steward_sandbox.jira.call import Call
from steward_sandbox.jira.responses import JiraError
from steward_sandbox.jira.routing import route
from steward_sandbox.jira.site import LISTS

_LISTED: dict[str, str] = load_json("jira", "site")["listed"]
"""What is listed at once, by the path."""


@route("GET", "/_edge/tenant_info", only="cloud")
async def tenant_info(call: Call) -> Any:
    """The cloud id, for anybody."""
    return {"cloudId": call.site.cloud_id}


@route("GET", "serverInfo")
async def server_info(call: Call) -> Any:
    """What kind of Jira this is, for anybody."""
    return call.serialize.fill("server_info", now=call.world.clock())


@route("GET", "myself")
async def myself(call: Call) -> Any:
    person: dict[str, Any] = call.serialize.fill("person", call.caller)
    return person | call.serialize.fill("myself", call.caller)


@route("GET", "user")
async def user(call: Call) -> Any:
    _ = call.caller
    account = call.deployment.account(dict(call.request.query_params), call.site.accounts)
    if account is None:
        raise JiraError(404, "Specified user does not exist or you do not have required permissions")
    return call.serialize.build("person", account)


@route("GET", "user/search")
async def search_users(call: Call) -> Any:
    _ = call.caller
    wanted = (call.query("query") or call.query("username")).casefold()
    everybody = call.site.accounts.by_id.values()
    found = [known for known in everybody if wanted in f"{known.id} {known.name} {known.email}".casefold()]
    return call.serialize.build_each("person", found)


@route("GET", "mypermissions")
async def my_permissions(call: Call) -> Any:
    """Which permissions the caller has, here or in a project; Cloud wants them named, Data Center gives them all."""
    types = {name: kind for kind, names in load_json("jira", "site")["permissions"].items() for name in names}
    wanted = call.csv("permissions") if call.deployment.is_cloud else list(types)
    if not wanted:
        raise JiraError(400, "The 'permissions' query parameter is required.")
    unknown = [name for name in wanted if name not in types]
    if unknown:
        raise JiraError(400, f"Unrecognized permission: {', '.join(unknown)}")
    issue, ref = call.query("issueKey") or call.query("issueId"), call.query("projectKey") or call.query("projectId")
    project = call.issue(issue).project if issue else call.project(ref).key if ref else None
    fill, numbers = call.serialize.fill, {name: str(number) for number, name in enumerate(types, start=100)}
    shown = {
        name: fill("permission", key=name, id=numbers[name], type=types[name], has=call.may(name, project))
        for name in wanted
    }
    return {"permissions": shown}


@route("GET", "field")
async def all_fields(call: Call) -> Any:
    """All fields at once; for anonymous callers the system fields only."""
    shown = [field for field in call.site.fields if call.account is not None or not field.custom]
    return [call.serialize.fill("key_field"), *call.serialize.each("field", shown)]


@route("GET", *_LISTED)
async def whole_list(call: Call) -> Any:
    path = call.request.url.path.rpartition("/")[2]
    kind = _LISTED[path]
    shown = call.serialize.build_each(kind, getattr(call.site.catalogue, LISTS[kind]).values())
    return {"issueLinkTypes": shown} if path == "issueLinkType" else shown


@route("GET", "priority/search", only="cloud")
async def priority_search(call: Call) -> Any:
    priorities = call.site.catalogue.priorities.values()
    return call.page(call.serialize.each("priority", priorities, mark_default=True), "priority/search")


@route("GET", "project/search", only="cloud")
async def project_search(call: Call) -> Any:
    """The projects that a caller may see, page by page."""
    keys = call.csv("keys")
    return call.page([shown for shown in _projects(call) if not keys or shown["key"] in keys], "project/search")


@route("GET", "project")
async def projects(call: Call) -> Any:
    """The projects that a caller may see, at once; deprecated, and still answered."""
    return _projects(call)


@route("GET", "project/{project}")
async def project(call: Call) -> Any:
    wanted, lead = call.project(), call.site.accounts.named("Robin Field")
    components = [known for (key, _), known in call.site.catalogue.components.items() if key == wanted.key]
    shown: dict[str, Any] = call.serialize.fill("project", wanted, detailed=True)
    return shown | call.serialize.fill("whole_project", lead=lead, components=components)


def _projects(call: Call) -> list[dict[str, Any]]:
    seen = (project for project in call.site.projects.values() if call.may("BROWSE_PROJECTS", project.key))
    return call.serialize.each("project", seen, detailed=True)
