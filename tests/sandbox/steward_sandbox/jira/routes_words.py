"""What the site talks about: fields, priorities, statuses, issue types, projects."""

from datetime import timedelta
from typing import Any

from starlette.responses import Response

from steward_sandbox.jira import wire
from steward_sandbox.jira.call import Call
from steward_sandbox.jira.catalogue import DEFAULT_PRIORITY
from steward_sandbox.jira.fields import Field
from steward_sandbox.jira.model import Project, Status
from steward_sandbox.jira.wire import Refusal

_FIELDS_A_PAGE = 50
_PROJECTS_A_PAGE = 100
_CATEGORY = {"new": "TODO", "indeterminate": "IN_PROGRESS", "done": "DONE"}


async def all_fields(call: Call) -> Response:
    """All fields at once; without a caller the system fields only."""
    shown = [field for field in call.site.fields if field.listed and (call.account is not None or not field.custom)]
    return wire.answer([_issue_key(), *(_details(call, field) for field in shown)])


async def field_search(call: Call) -> Response:
    """Fields page by page: another set than the list of all, and never those of one project."""
    _ = call.caller
    query, kinds = call.request.query_params.get("query", "").casefold(), wire.words(call.request, "type")
    ids = wire.words(call.request, "id")
    found = [
        {"id": field.id, "name": field.name, "schema": field.schema, "description": ""}
        for field in call.site.fields
        if field.searched
        and query in field.name.casefold()
        and (not kinds or ("custom" if field.custom else "system") in kinds)
        and (not ids or field.id in ids)
    ]
    return wire.answer(_page(call, found, "field/search", _FIELDS_A_PAGE))


async def priorities(call: Call) -> Response:
    """All priorities at once."""
    return wire.answer([call.nouns.priority(priority) for priority in call.site.catalogue.priorities.values()])


async def priority_search(call: Call) -> Response:
    """Priorities page by page; only here the default one is marked."""
    found = [
        call.nouns.priority(priority) | {"isDefault": priority.name == DEFAULT_PRIORITY}
        for priority in call.site.catalogue.priorities.values()
    ]
    return wire.answer(_page(call, found, "priority/search", _FIELDS_A_PAGE))


async def statuses(call: Call) -> Response:
    """All statuses at once."""
    return wire.answer([call.nouns.status(status) for status in call.site.catalogue.statuses.values()])


async def status_search(call: Call) -> Response:
    """Statuses page by page, with other names for the categories."""
    said = call.request.query_params.get("searchString", "").casefold()
    category = call.request.query_params.get("statusCategory")
    found = [
        {
            "id": status.id,
            "name": status.name,
            "description": "",
            "statusCategory": _CATEGORY[status.category],
            "scope": {"type": "GLOBAL"},
        }
        for status in call.site.catalogue.statuses.values()
        if said in status.name.casefold() and category in (None, _CATEGORY[status.category])
    ]
    return wire.answer(_page(call, found, "statuses/search", 200))


async def issue_types(call: Call) -> Response:
    """All issue types."""
    return wire.answer([call.nouns.issue_type(kind) for kind in call.site.catalogue.types.values()])


async def resolutions(call: Call) -> Response:
    """All resolutions."""
    return wire.answer([call.nouns.resolution(name) for name in call.site.catalogue.resolutions])


async def project_search(call: Call) -> Response:
    """The projects a caller may see, page by page."""
    query = call.request.query_params.get("query", "").casefold()
    keys, ids = wire.words(call.request, "keys"), wire.words(call.request, "id")
    kinds = wire.words(call.request, "typeKey")
    found = [
        _project(call, project)
        for project in call.site.projects.values()
        if call.may("BROWSE_PROJECTS", project.key)
        and (not keys or project.key in keys)
        and (not ids or project.id in ids)
        and (not kinds or project.kind in kinds)
        and (query in project.key.casefold() or query in project.name.casefold())
    ]
    return wire.answer(_page(call, found, "project/search", _PROJECTS_A_PAGE, usual=50))


async def projects(call: Call) -> Response:
    """The projects a caller may see, at once; deprecated, and still answered."""
    seen = [p for p in call.site.projects.values() if call.may("BROWSE_PROJECTS", p.key)]
    return wire.answer([_project(call, project) for project in seen])


async def project(call: Call) -> Response:
    """One project with its issue types."""
    words = call.site.catalogue
    found = _found(call)
    lead = call.site.accounts.named("Robin Field")
    components = [call.nouns.component(p, name) for p, name in words.components if p == found.key]
    return wire.answer(
        _project(call, found)
        | {
            "description": "",
            "lead": call.nouns.person(lead),
            "components": components,
            "issueTypes": [call.nouns.issue_type(kind) for kind in words.types.values()],
            "assigneeType": "UNASSIGNED",
            "versions": [],
            "roles": {},
        }
    )


async def project_statuses(call: Call) -> Response:
    """The statuses of each issue type of a project."""
    _ = _found(call)
    words = call.site.catalogue
    shown = [call.nouns.status(status) for status in words.statuses.values()]
    return wire.answer(
        [
            {
                "self": f"{call.nouns.rest}/issuetype/{kind.id}",
                "id": kind.id,
                "name": kind.name,
                "subtask": kind.level < 0,
                "statuses": shown,
            }
            for kind in words.types.values()
        ]
    )


def columns(call: Call) -> list[tuple[str, list[Status]]]:
    """The columns of a board: one for each step of work, with the statuses in it."""
    steps = (("To Do", "new"), ("In Progress", "indeterminate"), ("Done", "done"))
    words = call.site.catalogue.statuses.values()
    return [(title, [status for status in words if status.category == category]) for title, category in steps]


def _found(call: Call) -> Project:
    ref = call.param("project")
    found = next((p for p in call.site.projects.values() if ref in (p.id, p.key)), None)
    if found is None or not call.may("BROWSE_PROJECTS", found.key):
        raise Refusal(404, f"No project could be found with key '{ref}'.")
    return found


def _project(call: Call, project: Project) -> dict[str, Any]:
    shown = call.nouns.project(project) | {
        "style": "next-gen" if project.team_managed else "classic",
        "isPrivate": False,
        "properties": {},
        "expand": "description,lead,issueTypes,url,projectKeys,permissions,insight",
    }
    if "insight" in wire.words(call.request, "expand"):
        mine = [issue for issue in call.world.issues.values() if issue.project == project.key]
        shown["insight"] = {"totalIssueCount": len(mine)}
        if mine:
            # The real one is exact to the second.
            latest = max(issue.updated for issue in mine)
            latest -= timedelta(microseconds=latest.microsecond)
            shown["insight"]["lastIssueUpdateTime"] = call.nouns.stamp(latest)
    return shown


def _details(call: Call, field: Field) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": field.id,
        "key": field.id,
        "name": field.name,
        "custom": field.custom is not None,
        "orderable": field.edit != "",
        "navigable": field.navigable,
        "searchable": True,
        "clauseNames": list(dict.fromkeys(field.clauses)),
        "schema": field.schema,
    }
    if field.project is not None:
        owner = call.site.project(field.project)
        shown["scope"] = {"type": "PROJECT", "project": {"id": owner.id}}
    return shown


def _issue_key() -> dict[str, Any]:
    """The key is a field without a schema, only in this list."""
    return {
        "id": "issuekey",
        "key": "issuekey",
        "name": "Key",
        "custom": False,
        "orderable": False,
        "navigable": True,
        "searchable": False,
        "clauseNames": ["id", "issue", "issuekey", "key"],
    }


def _page(call: Call, rows: list[Any], path: str, largest: int, *, usual: int | None = None) -> dict[str, Any]:
    size = min(wire.whole(call.request, "maxResults", usual or largest), largest)
    start = wire.whole(call.request, "startAt", 0)
    return wire.page(rows, start, size, address=f"{call.nouns.rest}/{path}")


CLOUD_ROUTES = (
    ("GET", "/rest/api/{version:int}/field/search", field_search),
    ("GET", "/rest/api/{version:int}/priority/search", priority_search),
    ("GET", "/rest/api/{version:int}/statuses/search", status_search),
    ("GET", "/rest/api/{version:int}/project/search", project_search),
)
ROUTES = (
    ("GET", "/rest/api/{version:int}/field", all_fields),
    ("GET", "/rest/api/{version:int}/priority", priorities),
    ("GET", "/rest/api/{version:int}/status", statuses),
    ("GET", "/rest/api/{version:int}/issuetype", issue_types),
    ("GET", "/rest/api/{version:int}/resolution", resolutions),
    ("GET", "/rest/api/{version:int}/project", projects),
    ("GET", "/rest/api/{version:int}/project/{project}", project),
    ("GET", "/rest/api/{version:int}/project/{project}/statuses", project_statuses),
)
