"""Issues one by one and in bulk: reading, editing, and what an edit may hold."""

from typing import Any

import msgspec
from starlette.responses import Response

from steward_sandbox.jira import fields, lexorank, wire
from steward_sandbox.jira.call import Call
from steward_sandbox.jira.catalogue import DEFAULT_PRIORITY
from steward_sandbox.jira.edits import Edit
from steward_sandbox.jira.fields import Field
from steward_sandbox.jira.model import Issue
from steward_sandbox.jira.routes_properties import sent_properties
from steward_sandbox.jira.wire import Refusal

QUIET_REFUSED = "To discard the user notification either admin or project admin permissions are required."
_MOST_IN_BULK = 100
_EDIT: dict[str, Any] = {
    "fields": dict,
    "update": dict,
    "properties": list,
    "historyMetadata": dict,
    "transition": dict,
}
_MOST_FIELDS_IN_BULK = 100
_MULTI_VALUED = frozenset({"comment", "worklog", "attachment", "issuelinks", "subtasks", "*all", "*navigable"})
_HEAVY = frozenset({"changelog", "editmeta", "operations", "renderedFields", "transitions", "versionedRepresentations"})


async def get_issue(call: Call) -> Response:
    """One issue; an old key answers with the new one."""
    issue = call.issue()
    wanted = wire.words(call.request, "fields") or ["*all"]
    expand = wire.words(call.request, "expand")
    selection = call.select(wanted, expand=expand, properties=wire.words(call.request, "properties"), single=True)
    shown = selection.shape([issue])[0]
    known = [call.site.fields.by_id[name] for name in selection.names]
    if "names" in expand:
        shown["names"] = {field.id: field.name for field in known}
    if "schema" in expand:
        shown["schema"] = {field.id: field.schema for field in known}
    if "editmeta" in expand:
        shown["editmeta"] = {"fields": _edit_fields(call, issue)}
    if "transitions" in expand:
        shown["transitions"] = _transitions(call)
    return wire.answer(shown)


async def bulk_fetch(call: Call) -> Response:
    """Many issues, in the order of their ids; what is not there or not visible is simply missing."""
    body = await wire.read_object(call.request)
    wire.expect(
        body,
        issueIdsOrKeys=list[str | int],
        fields=list[str],
        expand=list[str],
        properties=list[str],
        fieldsByKeys=bool,
    )
    refs, wanted = body.get("issueIdsOrKeys") or [], body.get("fields") or ["*navigable"]
    expand, properties = body.get("expand") or [], body.get("properties") or []
    flat = (
        bool(body.get("fields"))
        and len(wanted) <= _MOST_FIELDS_IN_BULK
        and not _MULTI_VALUED & set(wanted)
        and not _HEAVY & set(expand)
    )
    most = max(call.behaviour.flat_bulk, _MOST_IN_BULK) if flat else _MOST_IN_BULK
    if not 1 <= len(refs) <= most:
        raise Refusal(400, f"The number of issues to fetch must be between 1 and {most}.")
    found = {issue.id: issue for ref in refs if (issue := call.world.find(ref)) is not None and call.sees(issue)}
    failed = {number for number in found if call.world.stumbles(number)}
    shown = [issue for number, issue in sorted(found.items()) if number not in failed]
    errors = [{"id": str(n), "errorMessage": "The issue could not be read, please try again."} for n in sorted(failed)]
    selection = call.select(wanted, expand=expand, properties=properties)
    return wire.answer({"issues": selection.shape(shown), "issueErrors": errors})


async def edit_issue(call: Call) -> Response:
    """An edit: all of it or, with a reason for every field that is wrong, nothing of it."""
    issue = call.issue_to_write("EDIT_ISSUES")
    notify = wire.flag(call.request, "notifyUsers", default=True)
    admin = call.may("ADMINISTER_PROJECTS", issue.project)
    if notify is not True and not (notify is False and admin):
        raise Refusal(403, QUIET_REFUSED)
    body = await wire.read_object(call.request)
    wire.expect(body, **_EDIT)
    properties = {**issue.properties, **sent_properties(body)}
    if body.get("fields") or body.get("update") or not body.get("properties"):
        values = Edit(call.world, issue, **call.reading).read(body)
        call.world.edit(issue.id, call.caller, notify=notify, **values)
    if properties != issue.properties:
        call.world.set_properties(issue.id, properties)
    if wire.flag(call.request, "returnIssue", default=False) is True:
        selection = call.select(["*all"], expand=wire.words(call.request, "expand"), single=True)
        return wire.answer(selection.shape([call.issue()])[0])
    return wire.nothing()


async def create_issue(call: Call) -> Response:
    """A new issue at the end of the backlog."""
    by = call.caller
    body = await wire.read_object(call.request)
    wire.expect(body, **_EDIT)
    given = dict(body.get("fields") or {})
    wanted = given.pop("project", None)
    named = (wanted.get("key"), wanted.get("id")) if isinstance(wanted, dict) else ()
    project = next((p for p in call.site.projects.values() if p.key in named or p.id in named), None)
    if project is None or not call.may("CREATE_ISSUES", project.key):
        raise Refusal(400, errors={"project": "Specify a valid project ID or key"})
    if not given.get("summary"):
        raise Refusal(400, errors={"summary": "You must specify a summary of the issue."})
    world, now = call.world, call.world.now()
    ranks = world.ordered()
    draft = Issue(
        id=world.counters.next("issue"),
        key=world.next_key(project.key),
        project=project.key,
        type=call.site.catalogue.type("Story").name,
        summary="-",
        status=call.site.catalogue.first_status.name,
        priority=DEFAULT_PRIORITY,
        created=now,
        updated=now,
        status_changed=now,
        creator=by.id,
        reporter=by.id,
        rank=lexorank.between(ranks[-1].rank if ranks else None, None),
    )
    values = Edit(world, draft, **call.reading).read({"fields": given, "update": body.get("update")})
    issue = world.put(msgspec.structs.replace(draft, **values))
    return wire.answer({"id": str(issue.id), "key": issue.key, "self": f"{call.nouns.rest}/issue/{issue.id}"}, 201)


async def delete_issue(call: Call) -> Response:
    """Deletes an issue, for callers who may."""
    issue = call.issue()
    if not call.may("DELETE_ISSUES", issue.project):
        raise Refusal(403, "You do not have permission to delete issues in this project.")
    call.world.delete(issue.id)
    return wire.nothing()


async def edit_meta(call: Call) -> Response:
    """What the edit screen of an issue offers."""
    issue = call.issue()
    allowed = call.may("EDIT_ISSUES", issue.project)
    return wire.answer({"fields": _edit_fields(call, issue) if allowed else {}})


async def transitions(call: Call) -> Response:
    """Where an issue may go from here."""
    _ = call.issue()
    return wire.answer({"expand": "transitions", "transitions": _transitions(call)})


async def do_transition(call: Call) -> Response:
    """Moves an issue to another status."""
    issue = call.issue_to_write("TRANSITION_ISSUES")
    body = await wire.read_object(call.request)
    wanted = body.get("transition")
    number = str(wanted.get("id")) if isinstance(wanted, dict) else ""
    found = next((shown for shown in _transitions(call) if shown["id"] == number), None)
    if found is None:
        raise Refusal(400, "Transition id is not valid for this issue.")
    call.world.transition(issue.id, found["name"], call.caller)
    return wire.nothing()


def _transitions(call: Call) -> list[dict[str, Any]]:
    """From every status to every other, as in a simplified workflow."""
    return [
        {
            "id": str(10 * place + 1),
            "name": status.name,
            "to": call.nouns.status(status),
            "hasScreen": False,
            "isGlobal": True,
            "isInitial": False,
            "isAvailable": True,
            "isConditional": False,
            "looped": False,
        }
        for place, status in enumerate(call.site.catalogue.statuses.values(), start=1)
    ]


def _edit_fields(call: Call, issue: Issue) -> dict[str, Any]:
    project = call.site.project(issue.project)
    known = call.site.fields.of_project(project.key, team_managed=project.team_managed)
    return {field.id: _edit_field(call, field) for field in known if field.edit and field.on_screen}


def _edit_field(call: Call, field: Field) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "required": field.id == "summary",
        "schema": field.schema,
        "name": field.name,
        "key": field.id,
        "operations": field.operations,
    }
    match field.edit:
        case "priority":
            words = call.site.catalogue.priorities.values()
            shown["allowedValues"] = [call.nouns.priority(priority) for priority in words]
        case "type":
            shown["allowedValues"] = [call.nouns.issue_type(kind) for kind in call.site.catalogue.types.values()]
        case "option":
            shown["allowedValues"] = [
                {"self": f"{call.nouns.rest}/customFieldOption/{number}", "value": name, "id": number}
                for name, number in fields.MOSCOW_OPTIONS.items()
            ]
        case "labels":
            shown["autoCompleteUrl"] = f"{call.base}/rest/api/1.0/labels/suggest?query="
    return shown


CLOUD_ROUTES = (("POST", "/rest/api/{version:int}/issue/bulkfetch", bulk_fetch),)
ROUTES = (
    ("POST", "/rest/api/{version:int}/issue", create_issue),
    ("GET", "/rest/api/{version:int}/issue/{issue}", get_issue),
    ("PUT", "/rest/api/{version:int}/issue/{issue}", edit_issue),
    ("DELETE", "/rest/api/{version:int}/issue/{issue}", delete_issue),
    ("GET", "/rest/api/{version:int}/issue/{issue}/editmeta", edit_meta),
    ("GET", "/rest/api/{version:int}/issue/{issue}/transitions", transitions),
    ("POST", "/rest/api/{version:int}/issue/{issue}/transitions", do_transition),
)
