"""Issues one by one and in bulk: reading, creating, editing, moving through the workflow, linking, changelogs."""

import base64
from typing import Any

import msgspec
from starlette.responses import Response

from steward_sandbox.jira.call import Call
from steward_sandbox.jira.edits import Edit
from steward_sandbox.jira.responses import JiraError, reply
from steward_sandbox.jira.routing import route

_MOST_IN_BULK = 100
_MOST_IN_FLAT_BULK = 1000
_MOST_FIELDS_IN_BULK = 100
_MULTI_VALUED = frozenset({"comment", "worklog", "attachment", "issuelinks", "subtasks", "*all", "*navigable"})
_HEAVY = frozenset({"changelog", "editmeta", "operations", "renderedFields", "transitions", "versionedRepresentations"})


@route("GET", "issue/{issue}")
async def get_issue(call: Call) -> Any:
    """One issue; an old key answers with the new one."""
    issue = call.issue()
    return call.select(call.csv("fields") or ["*all"], call.csv("expand"), single=True).build([issue])[0]


@route("POST", "issue/bulkfetch", only="cloud")
async def bulk_fetch(call: Call) -> Any:
    """Many issues, in the order of their ids; what is not there or not visible is simply missing."""
    body = await call.body("bulk_fetch")
    refs, wanted = body["issueIdsOrKeys"], body.get("fields") or ["*navigable"]
    expand = body.get("expand") or []
    flat = body.get("fields") and len(wanted) <= _MOST_FIELDS_IN_BULK
    flat = flat and not _MULTI_VALUED & set(wanted) and not _HEAVY & set(expand)
    most = _MOST_IN_FLAT_BULK if flat else _MOST_IN_BULK
    if len(refs) > most:
        raise JiraError(400, f"The number of issues to fetch must be between 1 and {most}.")
    issues = call.visible(refs)
    failed = [issue.id for issue in issues if call.world.fails_in_bulk(issue.id)]
    message = "The issue could not be read, please try again."
    errors = [{"id": str(number), "errorMessage": message} for number in failed]
    selection = call.select(wanted, expand)
    return {"issues": selection.build([i for i in issues if i.id not in failed]), "issueErrors": errors}


@route("PUT", "issue/{issue}")
async def edit_issue(call: Call) -> None:
    """An edit: all of it or, with a reason for every field that is wrong, nothing of it."""
    issue = call.issue_to_write("EDIT_ISSUES")
    notify = call.notifies(issue)
    values = Edit(call, issue).read(await call.body("edit"))
    call.world.edit(issue.id, call.caller, notify=notify, **values)


@route("PUT", "issue/{issue}/assignee")
async def assign_issue(call: Call) -> None:
    issue = call.issue_to_write("ASSIGN_ISSUES")
    person = await call.body("any")
    nobody = not any(person.get(name) for name in ("accountId", "name", "key"))
    account = call.deployment.account(person, call.site.accounts)
    if account is None and not nobody:
        raise JiraError(400, errors={"assignee": "User does not exist."})
    call.world.edit(issue.id, call.caller, assignee=account.id if account else None)


@route("POST", "issue")
async def create_issue(call: Call) -> Response:
    caller = call.caller
    body = await call.body("edit")
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


@route("GET", "issue/{issue}/editmeta")
async def edit_meta(call: Call) -> Any:
    issue = call.issue()
    allowed = call.may("EDIT_ISSUES", issue.project)
    return {"fields": _edit_fields(call, issue.project) if allowed else {}}


@route("GET", "issue/{issue}/transitions")
async def transitions(call: Call) -> Any:
    call.issue()
    return {"expand": "transitions", "transitions": _transitions(call)}


@route("POST", "issue/{issue}/transitions")
async def do_transition(call: Call) -> None:
    issue = call.issue_to_write("TRANSITION_ISSUES")
    wanted = (await call.body("any")).get("transition")
    number = str(wanted.get("id")) if isinstance(wanted, dict) else ""
    status = next((shown["name"] for shown in _transitions(call) if shown["id"] == number), None)
    if status is None:
        raise JiraError(400, "Transition id is not valid for this issue.")
    call.actor.transition(issue.id, status)


@route("POST", "issueLink")
async def link_issues(call: Call) -> Response:
    body = await call.body("link")
    wanted = body["type"]
    known = call.site.catalogue.link_types.values()
    kind = next((k for k in known if wanted.get("name") == k.name or str(wanted.get("id")) == k.id), None)
    if kind is None:
        raise JiraError(404, "No issue link type with the given name or id was found.")
    ends = body["inwardIssue"], body["outwardIssue"]
    source, target = (call.issue(str(end.get("key") or end.get("id") or "")) for end in ends)
    if not call.may("LINK_ISSUES", source.project):
        raise JiraError(401, "No Link Issue Permission for issue")
    call.actor.link(source.id, kind.outward, target.id)
    return Response(status_code=201)


def _transitions(call: Call) -> list[dict[str, Any]]:
    """From every status to every other, as in a simplified workflow."""
    statuses = enumerate(call.site.catalogue.statuses.values(), start=1)
    return [call.serialize.fill("transition", status, number=str(10 * place + 1)) for place, status in statuses]


def _edit_fields(call: Call, project: str) -> dict[str, Any]:
    catalogue, known = call.site.catalogue, call.site.fields.of_project(project)
    choices: dict[str, dict[str, Any]] = {
        "priority": {"kind": "priority", "allowed": catalogue.priorities.values()},
        "type": {"kind": "issue_type", "allowed": catalogue.types.values()},
        "option": {"kind": "option", "allowed": catalogue.options.values()},
    }
    fill = call.serialize.fill
    editable = [field for field in known if field.edit and "off-screen" not in field.flags]
    return {field.id: fill("edit_field", field, **choices.get(field.edit, {})) for field in editable}


@route("POST", "changelog/bulkfetch", only="cloud")
async def bulk_changelog(call: Call) -> Any:
    """The changelogs of many issues; one issue's may continue on the next page."""
    body = await call.body("bulk_changelog")
    wanted, size = body.get("fieldIds"), body.get("maxResults") or 1000
    rows = [
        (issue.id, entry)
        for issue in call.visible(body["issueIdsOrKeys"])
        for entry in issue.history
        if not wanted or any(item.field_id in wanted for item in entry.items)
    ]
    start = _start(body.get("nextPageToken"))
    entries: dict[int, list[Any]] = {}
    for number, entry in rows[start : start + size]:
        epoch = {"epoch": int(entry.at.timestamp() * 1000)} if call.options.epoch_changelogs else {}
        entries.setdefault(number, []).append(call.serialize.fill("history", entry, **epoch))
    shown: dict[str, Any] = {
        "issueChangeLogs": [{"issueId": str(number), "changeHistories": parts} for number, parts in entries.items()]
    }
    if start + size < len(rows):
        shown["nextPageToken"] = base64.urlsafe_b64encode(str(start + size).encode()).decode()
    return shown


def _start(token: str | None) -> int:
    try:
        return int(base64.urlsafe_b64decode(token)) if token else 0
    except ValueError as error:
        raise JiraError(400, "The provided nextPageToken is invalid or expired.") from error
