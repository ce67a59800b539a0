"""Metadata of a site: fields, priorities, statuses, issue types, link types, projects."""

from datetime import timedelta
from typing import Any

from starlette.responses import Response

from steward_sandbox.jira import responses
from steward_sandbox.jira.call import Call
from steward_sandbox.jira.catalogue import DEFAULT_PRIORITY
from steward_sandbox.jira.fields import Field
from steward_sandbox.jira.model import Project
from steward_sandbox.jira.responses import reply

_CATEGORY = {"new": "TODO", "indeterminate": "IN_PROGRESS", "done": "DONE"}
_KEY_FIELD = {
    "id": "issuekey",
    "key": "issuekey",
    "name": "Key",
    "custom": False,
    "orderable": False,
    "navigable": True,
    "searchable": False,
    "clauseNames": ["id", "issue", "issuekey", "key"],
}
"""The key is a field without a schema, only in the list of all fields."""


async def all_fields(call: Call) -> Response:
    """All fields at once; for anonymous callers the system fields only."""
    shown = [field for field in call.site.fields if field.listed and (call.account is not None or not field.custom)]
    return reply([_KEY_FIELD, *(_details(call, field) for field in shown)])


async def field_search(call: Call) -> Response:
    """Fields page by page: another set than the list of all, and never those of one team-managed project."""
    _ = call.caller
    query, kinds, ids = call.query("query").casefold(), call.csv("type"), call.csv("id")
    rows = [
        {"id": field.id, "name": field.name, "schema": field.schema, "description": ""}
        for field in call.site.fields
        if field.searched
        and query in field.name.casefold()
        and (not kinds or ("custom" if field.custom else "system") in kinds)
        and (not ids or field.id in ids)
    ]
    return _page(call, rows, "field/search", 50)


async def priorities(call: Call) -> Response:
    """All priorities at once."""
    return reply([call.serialize.priority(name) for name in call.site.catalogue.priorities])


async def priority_search(call: Call) -> Response:
    """Priorities page by page; only here the default one is marked."""
    names = call.site.catalogue.priorities
    rows = [call.serialize.priority(name) | {"isDefault": name == DEFAULT_PRIORITY} for name in names]
    return _page(call, rows, "priority/search", 50)


async def statuses(call: Call) -> Response:
    """All statuses at once."""
    return reply([call.serialize.status(status) for status in call.site.catalogue.statuses.values()])


async def status_search(call: Call) -> Response:
    """Statuses page by page, with other names for the categories."""
    wanted, category = call.query("searchString").casefold(), call.query("statusCategory")
    rows = [
        {
            "id": status.id,
            "name": status.name,
            "description": "",
            "statusCategory": _CATEGORY[status.category],
            "scope": {"type": "GLOBAL"},
        }
        for status in call.site.catalogue.statuses.values()
        if wanted in status.name.casefold() and category in ("", _CATEGORY[status.category])
    ]
    return _page(call, rows, "statuses/search", 200)


async def issue_types(call: Call) -> Response:
    """All issue types."""
    return reply([call.serialize.issue_type(kind) for kind in call.site.catalogue.types.values()])


async def resolutions(call: Call) -> Response:
    """All resolutions."""
    return reply([call.serialize.resolution(name) for name in call.site.catalogue.resolutions])


async def link_types(call: Call) -> Response:
    """All link types."""
    kinds = call.site.catalogue.link_types.values()
    return reply({"issueLinkTypes": [call.serialize.link_type(kind) for kind in kinds]})


async def project_search(call: Call) -> Response:
    """The projects that a caller may see, page by page."""
    query, keys, ids, kinds = call.query("query").casefold(), call.csv("keys"), call.csv("id"), call.csv("typeKey")
    rows = [
        _project(call, project)
        for project in _seen_projects(call)
        if (not keys or project.key in keys)
        and (not ids or project.id in ids)
        and (not kinds or project.kind in kinds)
        and (query in project.key.casefold() or query in project.name.casefold())
    ]
    return _page(call, rows, "project/search", 100, usual=50)


async def projects(call: Call) -> Response:
    """The projects that a caller may see, at once; deprecated, and still answered."""
    return reply([_project(call, project) for project in _seen_projects(call)])


async def project(call: Call) -> Response:
    """One project with its issue types."""
    catalogue = call.site.catalogue
    wanted = call.project()
    more = {
        "description": "",
        "lead": call.serialize.person(call.site.accounts.named("Robin Field")),
        "components": [call.serialize.component(p, name) for p, name in catalogue.components if p == wanted.key],
        "issueTypes": [call.serialize.issue_type(kind) for kind in catalogue.types.values()],
        "assigneeType": "UNASSIGNED",
        "versions": [],
        "roles": {},
    }
    return reply(_project(call, wanted) | more)


async def project_statuses(call: Call) -> Response:
    """The statuses of each issue type of a project."""
    call.project()
    catalogue = call.site.catalogue
    shown = [call.serialize.status(status) for status in catalogue.statuses.values()]
    wanted = ("self", "id", "name", "subtask")
    kinds = [call.serialize.issue_type(kind) for kind in catalogue.types.values()]
    return reply([{**{name: kind[name] for name in wanted}, "statuses": shown} for kind in kinds])


def _seen_projects(call: Call) -> list[Project]:
    return [project for project in call.site.projects.values() if call.may("BROWSE_PROJECTS", project.key)]


def _project(call: Call, project: Project) -> dict[str, Any]:
    shown = call.serialize.project(project) | {
        "style": "next-gen" if project.team_managed else "classic",
        "isPrivate": False,
        "properties": {},
        "expand": "description,lead,issueTypes,url,projectKeys,permissions,insight",
    }
    if "insight" in call.csv("expand"):
        issues = [issue for issue in call.world.issues.values() if issue.project == project.key]
        shown["insight"] = {"totalIssueCount": len(issues)}
        if issues:
            # The real one is exact to the second.
            latest = max(issue.updated for issue in issues)
            latest -= timedelta(microseconds=latest.microsecond)
            shown["insight"]["lastIssueUpdateTime"] = call.serialize.timestamp(latest)
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
    if field.scoped and field.projects:
        owner = call.site.project(next(iter(field.projects)))
        shown["scope"] = {"type": "PROJECT", "project": {"id": owner.id}}
    return shown


def _page(call: Call, rows: list[Any], path: str, largest: int, *, usual: int | None = None) -> Response:
    size = min(call.integer("maxResults", usual or largest), largest)
    start = call.integer("startAt", 0)
    return reply(responses.page(rows, start, size, address=f"{call.serialize.rest}/{path}"))


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
    ("GET", "/rest/api/{version:int}/issueLinkType", link_types),
    ("GET", "/rest/api/{version:int}/project", projects),
    ("GET", "/rest/api/{version:int}/project/{project}", project),
    ("GET", "/rest/api/{version:int}/project/{project}/statuses", project_statuses),
)
