"""Properties of issues and comments: JSON that programs keep there. Writing one moves no timestamp."""

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response

from steward_sandbox.app import no_content
from steward_sandbox.jira.call import Call
from steward_sandbox.jira.responses import INVALID_PAYLOAD, JiraError
from steward_sandbox.jira.routing import route

_LONGEST_KEY = 255
_LONGEST_VALUE = 32_768
_PATHS = ("issue/{issue}/properties/{key}", "comment/{comment}/properties/{key}")


def sent_properties(body: Mapping[str, Any]) -> dict[str, Any]:
    given = body.get("properties") or []
    if not isinstance(given, list) or not all(isinstance(entry, dict) for entry in given):
        raise JiraError(400, INVALID_PAYLOAD)
    for entry in given:
        _check(entry.get("key"), entry.get("value"))
    return {entry["key"]: entry.get("value") for entry in given}


@route("GET", *(path.removesuffix("/{key}") for path in _PATHS))
async def list_keys(call: Call) -> Any:
    address = f"{call.base}{call.request.url.path}"
    return {"keys": [{"self": f"{address}/{key}", "key": key} for key in sorted(_properties(call))]}


@route("GET", *_PATHS)
async def get_property(call: Call) -> Any:
    properties, key = _properties(call), call.param("key")
    if key not in properties:
        raise JiraError(404, f"The property with key '{key}' does not exist.")
    return {"key": key, "value": properties[key]}


@route("PUT", *_PATHS)
async def put_property(call: Call) -> Response:
    properties = _properties(call, write=True)
    key, value = call.param("key"), await call.json()
    _check(key, value)
    _set(call, {**properties, key: value})
    return no_content(200 if key in properties else 201)


def _properties(call: Call, *, write: bool = False) -> Mapping[str, Any]:
    if "comment" not in call.request.path_params:
        return (call.issue_to_write("EDIT_ISSUES") if write else call.issue()).properties
    issue, comment = call.comment()
    if write and call.caller:
        call.count_write(issue)
    return comment.properties


def _set(call: Call, properties: Mapping[str, Any]) -> None:
    if "comment" in call.request.path_params:
        issue, comment = call.comment()
        call.world.replace_comment(issue, comment.id, msgspec.structs.replace(comment, properties=properties))
    else:
        call.world.set_quietly(call.issue().id, properties=properties)


def _check(key: Any, value: Any) -> None:
    if not isinstance(key, str) or not 1 <= len(key) <= _LONGEST_KEY:
        raise JiraError(400, f"The property key must be between 1 and {_LONGEST_KEY} characters.")
    if len(msgspec.json.encode(value)) > _LONGEST_VALUE:
        raise JiraError(400, f"The property value must not exceed {_LONGEST_VALUE} characters.")
