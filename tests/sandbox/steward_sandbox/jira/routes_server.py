"""The server, the caller, other people, and what the caller may do."""

from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response

from steward_sandbox.jira.call import Call
from steward_sandbox.jira.catalogue import site_data
from steward_sandbox.jira.responses import JiraError, reply

_BUILT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


async def tenant_info(call: Call) -> Response:
    """The cloud id, for anybody."""
    return reply({"cloudId": call.site.cloud_id})


async def server_info(call: Call) -> Response:
    """What kind of Jira this is, for anybody."""
    return reply(
        {
            "baseUrl": call.base,
            **call.deployment.server(call.site),
            "buildDate": call.serialize.timestamp(_BUILT),
            "serverTime": call.serialize.timestamp(call.world.clock()),
            "scmInfo": "sandbox",
            "serverTitle": "Jira",
        }
    )


async def myself(call: Call) -> Response:
    """The caller."""
    more = {
        "emailAddress": call.caller.email,
        "locale": "en_US",
        "groups": {"size": 1, "items": []},
        "applicationRoles": {"size": 1, "items": []},
        "expand": "groups,applicationRoles",
    }
    return reply(call.serialize.person(call.caller) | more)


async def user(call: Call) -> Response:
    """A person by what this Jira knows people by."""
    if not call.caller:
        raise JiraError(401)
    asked = call.request.query_params
    if not set(call.deployment.user_parameters) & set(asked):
        raise JiraError(400, f"The {call.deployment.user_parameters[0]} query parameter needs to be provided")
    account = call.deployment.account(dict(asked), call.site.accounts)
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
    project = _project(call)
    return reply({"permissions": {name: _permission(call, name, types, project) for name in wanted}})


def _permission(call: Call, name: str, types: dict[str, str], project: str | None) -> dict[str, Any]:
    return {
        "id": str(100 + list(types).index(name)),
        "key": name,
        "name": name.replace("_", " ").capitalize(),
        "type": types[name],
        "description": "",
        "havePermission": call.may(name, project),
    }


def _project(call: Call) -> str | None:
    if ref := call.query("issueKey") or call.query("issueId"):
        return call.issue(ref).project
    ref = call.query("projectKey") or call.query("projectId")
    return call.project(ref).key if ref else None


CLOUD_ROUTES = (("GET", "/_edge/tenant_info", tenant_info),)
ROUTES = (
    ("GET", "/rest/api/{version:int}/serverInfo", server_info),
    ("GET", "/rest/api/{version:int}/myself", myself),
    ("GET", "/rest/api/{version:int}/user", user),
    ("GET", "/rest/api/{version:int}/mypermissions", my_permissions),
)
