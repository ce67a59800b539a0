"""Issues one by one and in bulk: reading, creating, editing, moving through the workflow, linking."""

from typing import Any

import msgspec
from starlette.responses import Response

from steward_sandbox.app import no_content
from steward_sandbox.jira import fields, responses
from steward_sandbox.jira.call import Call
from steward_sandbox.jira.edits import Edit
from steward_sandbox.jira.fields import Field
from steward_sandbox.jira.model import Issue
from steward_sandbox.jira.responses import JiraError, reply
from steward_sandbox.jira.routes_properties import sent_properties

_MOST_IN_BULK = 100
_MOST_FIELDS_IN_BULK = 100
_EDIT: dict[str, Any] = {
    "fields": dict,
    "update": dict,
    "properties": list,
    "historyMetadata": dict,
    "transition": dict,
}
_BULK: dict[str, Any] = {
    "issueIdsOrKeys": list[str | int],
    "fields": list[str],
    "expand": list[str],
    "properties": list[str],
    "fieldsByKeys": bool,
}
_MULTI_VALUED = frozenset({"comment", "worklog", "attachment", "issuelinks", "subtasks", "*all", "*navigable"})
_HEAVY = frozenset({"changelog", "editmeta", "operations", "renderedFields", "transitions", "versionedRepresentations"})


async def get_issue(call: Call) -> Response:
    """One issue; an old key answers with the new one."""
    issue = call.issue()
    expand = call.csv("expand")
    selection = call.select_single(call.csv("fields") or ["*all"], expand=expand, properties=call.csv("properties"))
    shown = selection.build([issue])[0] | selection.names_and_schema()
    if "editmeta" in expand:
        shown["editmeta"] = {"fields": _edit_fields(call, issue)}
    if "transitions" in expand:
        shown["transitions"] = _transitions(call)
    return reply(shown)


async def bulk_fetch(call: Call) -> Response:
    """Many issues, in the order of their ids; what is not there or not visible is simply missing."""
    body = await call.body()
    responses.expect(body, **_BULK)
    refs, wanted = body.get("issueIdsOrKeys") or [], body.get("fields") or ["*navigable"]
    expand, properties = body.get("expand") or [], body.get("properties") or []
    flat = body.get("fields") and len(wanted) <= _MOST_FIELDS_IN_BULK
    flat = flat and not _MULTI_VALUED & set(wanted) and not _HEAVY & set(expand)
    most = max(call.options.flat_bulk, _MOST_IN_BULK) if flat else _MOST_IN_BULK
    if not 1 <= len(refs) <= most:
        raise JiraError(400, f"The number of issues to fetch must be between 1 and {most}.")
    issues = {issue.id: issue for ref in refs if (issue := call.world.find(ref)) is not None and call.sees(issue)}
    failed = {number for number in issues if call.world.fails_in_bulk(number)}
    shown = [issue for number, issue in sorted(issues.items()) if number not in failed]
    errors = [{"id": str(n), "errorMessage": "The issue could not be read, please try again."} for n in sorted(failed)]
    selection = call.select(wanted, expand=expand, properties=properties)
    return reply({"issues": selection.build(shown), "issueErrors": errors})


async def edit_issue(call: Call) -> Response:
    """An edit: all of it or, with a reason for every field that is wrong, nothing of it."""
    issue = call.issue_to_write("EDIT_ISSUES")
    notify = call.notifies(issue)
    body = await call.body()
    responses.expect(body, **_EDIT)
    properties = {**issue.properties, **sent_properties(body)}
    if body.get("fields") or body.get("update") or not body.get("properties"):
        call.world.edit(issue.id, call.caller, notify=notify, **Edit(call, issue).read(body))
    if properties != issue.properties:
        call.world.set_quietly(issue.id, properties=properties)
    if call.flag("returnIssue"):
        return reply(call.select_single(["*all"], expand=call.csv("expand")).build([call.issue()])[0])
    return no_content()


async def assign_issue(call: Call) -> Response:
    """Gives an issue to somebody, or to nobody."""
    issue = call.issue_to_write("ASSIGN_ISSUES")
    person = await call.body()
    nobody = not any(person.get(name) for name in ("accountId", "name", "key"))
    account = call.deployment.account(person, call.site.accounts)
    if account is None and not nobody:
        raise JiraError(400, errors={"assignee": "User does not exist."})
    call.world.edit(issue.id, call.caller, assignee=account.id if account else None)
    return no_content()


async def create_issue(call: Call) -> Response:
    """A new issue at the end of the backlog."""
    caller = call.caller
    body = await call.body()
    responses.expect(body, **_EDIT)
    given = dict(body.get("fields") or {})
    wanted = given.pop("project", None)
    refs = (wanted.get("key"), wanted.get("id")) if isinstance(wanted, dict) else ()
    project = next((p for ref in refs if (p := call.site.find_project(ref)) is not None), None)
    if project is None or not call.may("CREATE_ISSUES", project.key):
        raise JiraError(400, errors={"project": "Specify a valid project ID or key"})
    if not given.get("summary"):
        raise JiraError(400, errors={"summary": "You must specify a summary of the issue."})
    draft = call.world.draft(project.key, caller)
    values = Edit(call, draft).read({"fields": given, "update": body.get("update")})
    issue = call.world.put(msgspec.structs.replace(draft, **values))
    return reply({"id": str(issue.id), "key": issue.key, "self": f"{call.serialize.rest}/issue/{issue.id}"}, 201)


async def delete_issue(call: Call) -> Response:
    """Deletes an issue, for callers who may."""
    issue = call.issue()
    if not call.may("DELETE_ISSUES", issue.project):
        raise JiraError(403, "You do not have permission to delete issues in this project.")
    call.world.delete(issue.id)
    return no_content()


async def edit_meta(call: Call) -> Response:
    """What the edit screen of an issue offers."""
    issue = call.issue()
    allowed = call.may("EDIT_ISSUES", issue.project)
    return reply({"fields": _edit_fields(call, issue) if allowed else {}})


async def transitions(call: Call) -> Response:
    """Where an issue may go from here."""
    call.issue()
    return reply({"expand": "transitions", "transitions": _transitions(call)})


async def do_transition(call: Call) -> Response:
    """Moves an issue to another status."""
    issue = call.issue_to_write("TRANSITION_ISSUES")
    wanted = (await call.body()).get("transition")
    number = str(wanted.get("id")) if isinstance(wanted, dict) else ""
    status = next((shown["name"] for shown in _transitions(call) if shown["id"] == number), None)
    if status is None:
        raise JiraError(400, "Transition id is not valid for this issue.")
    call.world.transition(issue.id, status, call.caller)
    return no_content()


async def link_issues(call: Call) -> Response:
    """Links two issues."""
    body = await call.body()
    responses.expect(body, type=dict, inwardIssue=dict, outwardIssue=dict, comment=dict)
    wanted = body.get("type") or {}
    known = call.site.catalogue.link_types.values()
    kind = next((k for k in known if wanted.get("name") == k.name or str(wanted.get("id")) == k.id), None)
    if kind is None:
        raise JiraError(404, "No issue link type with the given name or id was found.")
    ends = [body.get(name) or {} for name in ("inwardIssue", "outwardIssue")]
    source, target = (call.issue(str(end.get("key") or end.get("id") or "")) for end in ends)
    if not call.may("LINK_ISSUES", source.project):
        raise JiraError(401, "No Link Issue Permission for issue")
    call.world.link(source.id, kind.outward, target.id, call.caller)
    return Response(status_code=201)


def _transitions(call: Call) -> list[dict[str, Any]]:
    """From every status to every other, as in a simplified workflow."""
    fill, statuses = call.serialize.fill, enumerate(call.site.catalogue.statuses.values(), start=1)
    return [
        fill("transition", id=str(10 * place + 1), name=status.name, status=call.serialize.status(status))
        for place, status in statuses
    ]


def _edit_fields(call: Call, issue: Issue) -> dict[str, Any]:
    project = call.site.project(issue.project)
    known = call.site.fields.of_project(project.key, team_managed=project.team_managed)
    return {field.id: _edit_field(call, field) for field in known if field.edit and field.on_screen}


def _edit_field(call: Call, field: Field) -> Any:
    more: dict[str, Any] = {}
    match field.edit:
        case "priority":
            more["allowed"] = [call.serialize.priority(name) for name in call.site.catalogue.priorities]
        case "type":
            more["allowed"] = [call.serialize.issue_type(kind) for kind in call.site.catalogue.types.values()]
        case "option":
            options = fields.MOSCOW_OPTIONS.items()
            more["allowed"] = [call.serialize.option(number, name) for name, number in options]
        case "labels":
            more["completion"] = f"{call.base}/rest/api/1.0/labels/suggest?query="
    shown = {"id": field.id, "name": field.name, "schema": field.schema, "operations": field.operations}
    return call.serialize.fill("edit_field", required=field.id == "summary", **shown, **more)


CLOUD_ROUTES = (("POST", "/rest/api/{version:int}/issue/bulkfetch", bulk_fetch),)
ROUTES = (
    ("POST", "/rest/api/{version:int}/issue", create_issue),
    ("GET", "/rest/api/{version:int}/issue/{issue}", get_issue),
    ("PUT", "/rest/api/{version:int}/issue/{issue}", edit_issue),
    ("DELETE", "/rest/api/{version:int}/issue/{issue}", delete_issue),
    ("PUT", "/rest/api/{version:int}/issue/{issue}/assignee", assign_issue),
    ("GET", "/rest/api/{version:int}/issue/{issue}/editmeta", edit_meta),
    ("GET", "/rest/api/{version:int}/issue/{issue}/transitions", transitions),
    ("POST", "/rest/api/{version:int}/issue/{issue}/transitions", do_transition),
    ("POST", "/rest/api/{version:int}/issueLink", link_issues),
)
