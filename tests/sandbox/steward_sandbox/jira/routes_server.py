"""Who is there: the server, the caller, other people, and what the caller may do."""

from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response

from steward_sandbox.jira import wire
from steward_sandbox.jira.call import Call
from steward_sandbox.jira.wire import Refusal

_BUILT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
_GLOBAL = ("ADMINISTER", "BULK_CHANGE", "USER_PICKER")
_PROJECT = (
    "ADMINISTER_PROJECTS",
    "BROWSE_PROJECTS",
    "CREATE_ISSUES",
    "EDIT_ISSUES",
    "DELETE_ISSUES",
    "TRANSITION_ISSUES",
    "SCHEDULE_ISSUES",
    "MOVE_ISSUES",
    "ASSIGN_ISSUES",
    "LINK_ISSUES",
    "SET_ISSUE_SECURITY",
    "ADD_COMMENTS",
    "EDIT_OWN_COMMENTS",
    "EDIT_ALL_COMMENTS",
    "DELETE_OWN_COMMENTS",
    "DELETE_ALL_COMMENTS",
    "MANAGE_SPRINTS_PERMISSION",
)


async def tenant_info(call: Call) -> Response:
    """The cloud id, for anybody."""
    return wire.answer({"cloudId": call.site.cloud_id})


async def server_info(call: Call) -> Response:
    """What kind of Jira this is, for anybody."""
    return wire.answer(
        {
            "baseUrl": call.base,
            **call.flavour.server(call.site),
            "buildDate": call.nouns.stamp(_BUILT),
            "serverTime": call.nouns.stamp(call.world.clock()),
            "scmInfo": "sandbox",
            "serverTitle": "Jira",
        }
    )


async def myself(call: Call) -> Response:
    """The caller."""
    return wire.answer(
        call.nouns.person(call.caller)
        | {
            "emailAddress": call.caller.email,
            "locale": "en_US",
            "groups": {"size": 1, "items": []},
            "applicationRoles": {"size": 1, "items": []},
            "expand": "groups,applicationRoles",
        }
    )


async def user(call: Call) -> Response:
    """Somebody by what this Jira knows people by."""
    _ = call.caller
    asked = call.request.query_params
    if not set(call.flavour.names_of_people) & set(asked):
        raise Refusal(400, f"The {call.flavour.names_of_people[0]} query parameter needs to be provided")
    known = call.flavour.account(dict(asked), call.site.accounts)
    if known is None:
        raise Refusal(404, "Specified user does not exist or you do not have required permissions")
    return wire.answer(call.nouns.person(known))


async def my_permissions(call: Call) -> Response:
    """Which of the permissions named the caller has, here or in a project."""
    wanted = wire.words(call.request, "permissions")
    if not wanted:
        raise Refusal(400, "The 'permissions' query parameter is required.")
    unknown = [name for name in wanted if name not in (*_GLOBAL, *_PROJECT)]
    if unknown:
        raise Refusal(400, f"Unrecognized permission: {', '.join(unknown)}")
    project = _project(call)
    return wire.answer({"permissions": {name: _permission(call, name, project) for name in wanted}})


async def all_my_permissions(call: Call) -> Response:
    """Every permission there is, and whether the caller has it; where nobody is the caller, none of them."""
    project = _project(call)
    return wire.answer({"permissions": {name: _permission(call, name, project) for name in (*_GLOBAL, *_PROJECT)}})


def _project(call: Call) -> str | None:
    asked = call.request.query_params
    if ref := asked.get("issueKey") or asked.get("issueId"):
        return call.issue(ref).project
    ref = asked.get("projectKey") or asked.get("projectId")
    if not ref:
        return None
    found = next((p.key for p in call.site.projects.values() if ref in (p.key, p.id)), None)
    if found is None or not call.may("BROWSE_PROJECTS", found):
        raise Refusal(404, f"No project could be found with key '{ref}'.")
    return found


def _permission(call: Call, name: str, project: str | None) -> dict[str, Any]:
    return {
        "id": str(100 + (*_GLOBAL, *_PROJECT).index(name)),
        "key": name,
        "name": name.replace("_", " ").capitalize(),
        "type": "GLOBAL" if name in _GLOBAL else "PROJECT",
        "description": "",
        "havePermission": call.may(name, project),
    }


CLOUD_ROUTES = (
    ("GET", "/_edge/tenant_info", tenant_info),
    ("GET", "/rest/api/{version:int}/mypermissions", my_permissions),
)
ROUTES = (
    ("GET", "/rest/api/{version:int}/serverInfo", server_info),
    ("GET", "/rest/api/{version:int}/myself", myself),
    ("GET", "/rest/api/{version:int}/user", user),
)
