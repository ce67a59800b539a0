"""Comments: reading, writing, editing in place, deleting, and reading many by their ids."""

from collections.abc import Mapping
from typing import Any

from steward_sandbox.jira.call import Call
from steward_sandbox.jira.edits import read_comment
from steward_sandbox.jira.model import Comment, Issue
from steward_sandbox.jira.responses import JiraError, reply
from steward_sandbox.jira.routes_properties import sent_properties
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
