"""Comments: reading, writing, editing in place, deleting, and reading many by their ids."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from steward_sandbox.jira import wire
from steward_sandbox.jira.call import Call
from steward_sandbox.jira.edits import read_comment
from steward_sandbox.jira.model import Comment, Issue
from steward_sandbox.jira.routes_issues import QUIET_REFUSED
from steward_sandbox.jira.routes_properties import sent_properties
from steward_sandbox.jira.wire import Refusal

_COMMENTS_A_PAGE = 100
_MOST_BY_ID = 1000
_ORDERS = {"created": False, "+created": False, " created": False, "-created": True}


async def comments(call: Call) -> Response:
    """The comments of an issue, page by page, without their properties."""
    issue = call.issue()
    order = call.request.query_params.get("orderBy", "created")
    if order not in _ORDERS:
        raise Refusal(400, f"The value '{order}' cannot be used to order comments.")
    size = min(wire.whole(call.request, "maxResults", _COMMENTS_A_PAGE), _COMMENTS_A_PAGE)
    start = max(wire.whole(call.request, "startAt", 0), 0)
    rows = sorted(issue.comments, key=lambda comment: (comment.created, comment.id), reverse=_ORDERS[order])
    rendered = "renderedBody" in wire.words(call.request, "expand")
    shown = [_shown(call, issue, comment, rendered=rendered) for comment in rows[start : start + max(size, 0)]]
    return wire.answer({"startAt": start, "maxResults": size, "total": len(rows), "comments": shown})


async def comment(call: Call) -> Response:
    """One comment."""
    issue, found = call.comment(call.param("comment"), call.issue())
    rendered = "renderedBody" in wire.words(call.request, "expand")
    return wire.answer(_shown(call, issue, found, rendered=rendered))


async def comments_by_id(call: Call) -> Response:
    """Many comments by id, with their properties if asked; those that are gone are missing."""
    body = await wire.read_object(call.request)
    wire.expect(body, ids=list[int])
    ids = body.get("ids") or []
    if not 1 <= len(ids) <= _MOST_BY_ID:
        raise Refusal(400, f"Between 1 and {_MOST_BY_ID} comment ids are needed.")
    expand = wire.words(call.request, "expand")
    rows = [
        call.answers.comment_with(issue, found, properties="properties" in expand, rendered="renderedBody" in expand)
        for number in sorted(set(ids))
        if (pair := call.world.find_comment(number)) is not None and call.sees(issue := pair[0])
        for found in (pair[1],)
    ]
    return wire.answer(wire.page(rows, 0, 1_048_576, address=f"{call.nouns.rest}/comment/list"))


async def add_comment(call: Call) -> Response:
    """A new comment; people are told, whatever is asked."""
    issue = call.issue_to_write("ADD_COMMENTS")
    body = await wire.read_object(call.request)
    text = read_comment(body.get("body"), **call.reading)
    if len(issue.comments) >= call.behaviour.comments_an_issue:
        raise Refusal(413, "The issue has reached the limit of comments.")
    made = call.world.add_comment(
        issue.id, call.caller, text, visibility=_visibility(call, body), properties=_properties(call, body)
    )
    return wire.answer(call.answers.comment(call.world.issue(issue.id), made), 201)


async def edit_comment(call: Call) -> Response:
    """An edit of a comment in place."""
    issue, found = call.comment(call.param("comment"), call.issue_to_write())
    _own(call, issue, found, "EDIT")
    notify = wire.flag(call.request, "notifyUsers", default=True)
    if notify is not True and not (notify is False and call.may("ADMINISTER_PROJECTS", issue.project)):
        raise Refusal(403, QUIET_REFUSED)
    body = await wire.read_object(call.request)
    text = read_comment(body.get("body"), **call.reading)
    made = call.world.edit_comment(
        found.id,
        call.caller,
        body=text,
        visibility=_visibility(call, body),
        properties=_properties(call, body),
        notify=notify,
    )
    return wire.answer(call.answers.comment(call.world.issue(issue.id), made))


async def delete_comment(call: Call) -> Response:
    """Removes a comment."""
    issue, found = call.comment(call.param("comment"), call.issue_to_write())
    _own(call, issue, found, "DELETE")
    call.world.delete_comment(found.id)
    return wire.nothing()


def _shown(call: Call, issue: Issue, found: Comment, *, rendered: bool) -> Any:
    if rendered:
        return call.answers.comment_with(issue, found, properties=False, rendered=True)
    return call.answers.comment(issue, found)


def _own(call: Call, issue: Issue, found: Comment, verb: str) -> None:
    """Refuses to touch what somebody else wrote, or anything where that is not allowed; Jira says 400, not 403."""
    mine = found.author == call.caller.id
    if not call.may(f"{verb}_{'OWN' if mine else 'ALL'}_COMMENTS", issue.project):
        raise Refusal(400, f"You do not have the permission to {verb.lower()} this comment.")


def _properties(call: Call, body: Mapping[str, Any]) -> dict[str, Any]:
    sent = sent_properties(body)
    return sent if call.behaviour.keeps_sent_properties else {}


def _visibility(call: Call, body: Mapping[str, Any]) -> dict[str, Any] | None:
    given = body.get("visibility")
    if given is None:
        return None
    kind = given.get("type") if isinstance(given, dict) else None
    known = {"role": call.behaviour.roles, "group": call.behaviour.groups}.get(str(kind), ())
    name = given.get("value") or given.get("identifier") if isinstance(given, dict) else None
    if name not in known:
        raise Refusal(400, errors={"commentLevel": f"{str(kind).capitalize()}: {name} does not exist."})
    return {"type": kind, "value": name, "identifier": name}


CLOUD_ROUTES = (("POST", "/rest/api/{version:int}/comment/list", comments_by_id),)
ROUTES = (
    ("GET", "/rest/api/{version:int}/issue/{issue}/comment", comments),
    ("POST", "/rest/api/{version:int}/issue/{issue}/comment", add_comment),
    ("GET", "/rest/api/{version:int}/issue/{issue}/comment/{comment}", comment),
    ("PUT", "/rest/api/{version:int}/issue/{issue}/comment/{comment}", edit_comment),
    ("DELETE", "/rest/api/{version:int}/issue/{issue}/comment/{comment}", delete_comment),
)
