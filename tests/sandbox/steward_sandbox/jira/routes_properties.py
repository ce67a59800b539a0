"""Properties of issues and comments: JSON that programs leave behind. Writing one moves no stamp."""

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response

from steward_sandbox.jira import wire
from steward_sandbox.jira.call import Call
from steward_sandbox.jira.wire import Refusal

_LONGEST_KEY = 255
_LONGEST_VALUE = 32_768


def _check(key: Any, value: Any) -> None:
    """Refuses a property that is too long or has no name."""
    if not isinstance(key, str) or not 1 <= len(key) <= _LONGEST_KEY:
        raise Refusal(400, f"The property key must be between 1 and {_LONGEST_KEY} characters.")
    if len(msgspec.json.encode(value)) > _LONGEST_VALUE:
        raise Refusal(400, f"The property value must not exceed {_LONGEST_VALUE} characters.")


def sent_properties(body: Mapping[str, Any]) -> dict[str, Any]:
    """The properties that come along with an edit or a comment.

    Raises:
        Refusal: They are not a list of keys and values, or one is too long.
    """
    given = body.get("properties") or []
    if not isinstance(given, list) or not all(isinstance(entry, dict) for entry in given):
        raise Refusal(400, wire.NOT_READ)
    for entry in given:
        _check(entry.get("key"), entry.get("value"))
    return {entry["key"]: entry.get("value") for entry in given}


async def issue_keys(call: Call) -> Response:
    """The names of an issue's properties."""
    issue = call.issue()
    return _keys(issue.properties, f"{call.nouns.rest}/issue/{issue.id}")


async def get_issue_property(call: Call) -> Response:
    """One property of an issue."""
    return _value(call.issue().properties, call.param("key"))


async def put_issue_property(call: Call) -> Response:
    """Sets one property of an issue."""
    issue = call.issue_to_write("EDIT_ISSUES")
    after, status = await _with(call, issue.properties)
    call.world.set_properties(issue.id, after)
    return wire.nothing(status)


async def delete_issue_property(call: Call) -> Response:
    """Removes one property of an issue."""
    issue = call.issue_to_write("EDIT_ISSUES")
    call.world.set_properties(issue.id, _without(call, issue.properties))
    return wire.nothing()


async def comment_keys(call: Call) -> Response:
    """The names of a comment's properties."""
    _, comment = call.comment(call.param("comment"))
    return _keys(comment.properties, f"{call.nouns.rest}/comment/{comment.id}")


async def get_comment_property(call: Call) -> Response:
    """One property of a comment."""
    return _value(call.comment(call.param("comment"))[1].properties, call.param("key"))


async def put_comment_property(call: Call) -> Response:
    """Sets one property of a comment."""
    _ = call.caller
    issue, comment = call.comment(call.param("comment"))
    call.count_write(issue)
    after, status = await _with(call, comment.properties)
    call.world.set_comment_properties(comment.id, after)
    return wire.nothing(status)


async def delete_comment_property(call: Call) -> Response:
    """Removes one property of a comment."""
    _ = call.caller
    issue, comment = call.comment(call.param("comment"))
    call.count_write(issue)
    call.world.set_comment_properties(comment.id, _without(call, comment.properties))
    return wire.nothing()


def _keys(properties: Mapping[str, Any], owner: str) -> Response:
    return wire.answer({"keys": [{"self": f"{owner}/properties/{key}", "key": key} for key in sorted(properties)]})


def _value(properties: Mapping[str, Any], key: str) -> Response:
    if key not in properties:
        raise Refusal(404, f"The property with key '{key}' does not exist.")
    return wire.answer({"key": key, "value": properties[key]})


async def _with(call: Call, properties: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    key, value = call.param("key"), await wire.read_any(call.request)
    _check(key, value)
    return {**properties, key: value}, 200 if key in properties else 201


def _without(call: Call, properties: Mapping[str, Any]) -> dict[str, Any]:
    key = call.param("key")
    if key not in properties:
        raise Refusal(404, f"The property with key '{key}' does not exist.")
    return {name: value for name, value in properties.items() if name != key}


ROUTES = (
    ("GET", "/rest/api/{version:int}/issue/{issue}/properties", issue_keys),
    ("GET", "/rest/api/{version:int}/issue/{issue}/properties/{key}", get_issue_property),
    ("PUT", "/rest/api/{version:int}/issue/{issue}/properties/{key}", put_issue_property),
    ("DELETE", "/rest/api/{version:int}/issue/{issue}/properties/{key}", delete_issue_property),
    ("GET", "/rest/api/{version:int}/comment/{comment}/properties", comment_keys),
    ("GET", "/rest/api/{version:int}/comment/{comment}/properties/{key}", get_comment_property),
    ("PUT", "/rest/api/{version:int}/comment/{comment}/properties/{key}", put_comment_property),
    ("DELETE", "/rest/api/{version:int}/comment/{comment}/properties/{key}", delete_comment_property),
)
