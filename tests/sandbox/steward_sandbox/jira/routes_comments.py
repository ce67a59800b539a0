"""Comments and the properties of comments and issues, which are JSON that programs keep and move no timestamp."""

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response

from steward_sandbox.app import no_content
from steward_sandbox.jira.call import Call
from steward_sandbox.jira.edits import read_comment
from steward_sandbox.jira.model import Comment, Issue
from steward_sandbox.jira.responses import INVALID_PAYLOAD, JiraError, reply
from steward_sandbox.jira.routing import route


@route("GET", "issue/{issue}/comment")
async def list_comments(call: Call) -> Any:
    """The comments of an issue, page by page, without their properties."""
    issue = call.issue()
    newest_first = call.query("orderBy") == "-created"
    rows = sorted(issue.comments, key=lambda comment: (comment.created, comment.id), reverse=newest_first)
    return call.plain_page([call.serialize.comment(issue, comment) for comment in rows], "comments", most=100)


@route("GET", "issue/{issue}/comment/{comment}")
async def get_comment(call: Call) -> Any:
    return call.serialize.comment(*call.comment(call.issue()))


@route("POST", "comment/list", only="cloud")
async def comments_by_id(call: Call) -> Any:
    """Many comments by id, with their properties if asked; those that are gone are missing."""
    ids = (await call.body("comments_by_id"))["ids"]
    properties = "properties" in call.csv("expand")
    pairs = [pair for number in sorted(set(ids)) if (pair := call.world.find_comment(number)) is not None]
    rows = [
        call.serialize.fill("comment", comment, issue=issue.id, with_properties=properties)
        for issue, comment in pairs
        if call.sees(issue)
    ]
    return call.page(rows, "comment/list", most=1_048_576)


@route("POST", "issue/{issue}/comment")
async def add_comment(call: Call) -> Any:
    """A new comment; people are notified, whatever is asked."""
    issue = call.issue_to_write("ADD_COMMENTS")
    body = await call.body("comment")
    text = read_comment(call, body.get("body"))
    if len(issue.comments) >= call.options.comments_an_issue:
        raise JiraError(413, "The issue has reached the limit of comments.")
    made = call.actor.comment(issue.id, text, **_sent(call, body))
    return reply(call.serialize.comment(issue, made), 201)


@route("PUT", "issue/{issue}/comment/{comment}")
async def edit_comment(call: Call) -> Any:
    issue, comment = call.comment(call.issue_to_write())
    _check_permission(call, issue, comment, "EDIT")
    notify = call.notifies(issue)
    body = await call.body("comment")
    text = read_comment(call, body.get("body"))
    made = call.actor.edit_comment(comment.id, text, notify=notify, **_sent(call, body))
    return call.serialize.comment(issue, made)


@route("DELETE", "issue/{issue}/comment/{comment}")
async def delete_comment(call: Call) -> None:
    issue, comment = call.comment(call.issue_to_write())
    _check_permission(call, issue, comment, "DELETE")
    call.actor.delete_comment(comment.id)


def _check_permission(call: Call, issue: Issue, comment: Comment, verb: str) -> None:
    """Refuse to touch what somebody else wrote, or anything where that is not allowed; Jira says 400, not 403."""
    own = comment.author == call.caller.id
    if not call.may(f"{verb}_{'OWN' if own else 'ALL'}_COMMENTS", issue.project):
        raise JiraError(400, f"You do not have the permission to {verb.lower()} this comment.")


def _sent(call: Call, body: Mapping[str, Any]) -> dict[str, Any]:
    properties, visibility = sent_properties(body), body.get("visibility")
    sent = {"properties": properties if call.options.keeps_sent_properties else {}}
    return {**sent, "visibility": visibility} if visibility else sent


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
