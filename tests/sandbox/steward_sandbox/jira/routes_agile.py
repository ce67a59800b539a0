"""Boards, sprints, the order of a backlog, and re-ranking."""

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from rules.model import SprintState
from steward_sandbox.jira import fields, wire
from steward_sandbox.jira.call import Call
from steward_sandbox.jira.model import Issue, Project, Sprint
from steward_sandbox.jira.routes_words import columns
from steward_sandbox.jira.search import Search, names_and_schema
from steward_sandbox.jira.wire import Refusal

_BOARDS_A_PAGE = 50
_MOST_RANKED = 50
_STATES = (SprintState.CLOSED, SprintState.ACTIVE, SprintState.FUTURE)
_BUSY = "JIRA Agile cannot execute the rank operation at this time. Please try again later."


async def boards(call: Call) -> Response:
    """The boards a caller may see, page by page."""
    asked = call.request.query_params
    kind, name, owner = asked.get("type"), asked.get("name", "").casefold(), asked.get("projectKeyOrId")
    found = [
        _board(call, project)
        for project in call.site.projects.values()
        if project.board is not None
        and call.may("BROWSE_PROJECTS", project.key)
        and owner in (None, project.key, project.id)
        and kind in (None, _kind(project))
        and name in _name(project).casefold()
    ]
    return wire.answer(_page(call, found, "board"))


async def board(call: Call) -> Response:
    """One board."""
    return wire.answer(_board(call, _project(call)))


async def board_configuration(call: Call) -> Response:
    """Columns, estimation and ranking of a board."""
    project = _project(call)
    points = call.site.fields.by_id.get(call.site.points_field(project.key))
    rank = call.site.fields.by_id.get(fields.RANK)
    shown: dict[str, Any] = {
        "id": project.board,
        "name": _name(project),
        "type": _kind(project),
        "self": f"{call.base}/rest/agile/1.0/board/{project.board}/configuration",
        "location": {
            "type": "project",
            "key": project.key,
            "id": project.id,
            "self": f"{call.nouns.rest}/project/{project.id}",
            "name": project.name,
        },
        "filter": {"id": str(10000 + (project.board or 0)), "self": f"{call.nouns.rest}/filter/{project.id}"},
        "columnConfig": {
            "columns": [
                {
                    "name": title,
                    "statuses": [{"id": s.id, "self": f"{call.nouns.rest}/status/{s.id}"} for s in statuses],
                }
                for title, statuses in columns(call)
            ],
            "constraintType": "issueCount",
        },
        "ranking": {"rankCustomFieldId": rank.number if rank else 0},
    }
    if project.kanban:
        shown["subQuery"] = {"query": "fixVersion in unreleasedVersions() OR fixVersion is EMPTY"}
    elif points is not None:
        shown["estimation"] = {"type": "field", "field": {"fieldId": points.id, "displayName": points.name}}
    else:
        shown["estimation"] = {"type": "none"}
    return wire.answer(shown)


async def board_sprints(call: Call) -> Response:
    """The sprints of a board, closed ones first."""
    project = _project(call)
    if project.kanban:
        raise Refusal(400, "The board does not support sprints")
    states = wire.words(call.request, "state")
    mine = [s for s in call.site.sprints.values() if s.board == project.board]
    found = sorted(mine, key=lambda sprint: (_STATES.index(sprint.state), sprint.id))
    shown = [call.nouns.agile_sprint(sprint) for sprint in found if not states or sprint.state.value in states]
    return wire.answer(_page(call, shown, f"board/{project.board}/sprint"))


async def sprint(call: Call) -> Response:
    """One sprint."""
    _ = call.caller
    return wire.answer(call.nouns.agile_sprint(_sprint(call)))


async def board_issues(call: Call) -> Response:
    """The issues of a board by rank; epics are on no scrum board."""
    project = _project(call)
    on_board = _on_board(call, project)
    return _issues(call, f"board {project.board}", on_board)


async def board_backlog(call: Call) -> Response:
    """The issues of a board that are not done and in no active or future sprint."""
    project = _project(call)
    on_board = _on_board(call, project)
    words = call.site.catalogue

    def waits(issue: Issue) -> bool:
        category = words.status(issue.status).category
        if project.kanban:
            return on_board(issue) and category == "new"
        planned = any(call.site.sprints[number].state is not SprintState.CLOSED for number in issue.sprints)
        return on_board(issue) and category != "done" and not planned

    return _issues(call, f"backlog {project.board}", waits)


async def board_sprint_issues(call: Call) -> Response:
    """The issues of a sprint by rank."""
    project, wanted = _project(call), _sprint(call)
    on_board = _on_board(call, project)
    return _issues(call, f"sprint {wanted.id}", lambda issue: on_board(issue) and wanted.id in issue.sprints)


async def rank(call: Call) -> Response:
    """Moves issues up or down; some may have to be tried again."""
    by = call.caller
    body = await wire.read_object(call.request)
    wire.expect(body, issues=list[str | int], rankBeforeIssue=str, rankAfterIssue=str, rankCustomFieldId=int)
    refs, before, after = body.get("issues") or [], body.get("rankBeforeIssue"), body.get("rankAfterIssue")
    if not 1 <= len(refs) <= _MOST_RANKED:
        raise Refusal(400, f"The number of issues to rank must be between 1 and {_MOST_RANKED}.")
    if (before is None) == (after is None):
        raise Refusal(400, "Either rankBeforeIssue or rankAfterIssue is needed, and not both.")
    if body.get("rankCustomFieldId") not in (None, 10019):
        raise Refusal(400, "The rank custom field does not exist.")
    anchor = call.issue(before or after)
    issues = [call.issue(str(ref)) for ref in refs]
    if anchor.id in {issue.id for issue in issues}:
        raise Refusal(400, "An issue cannot be ranked relative to itself.")
    for issue in issues:
        if not call.may("SCHEDULE_ISSUES", issue.project):
            raise Refusal(403, "You do not have the permission to schedule issues.")
        call.count_write(issue)
    failed = {issue.id for issue in issues if call.world.stumbles(issue.id)}
    moved = [issue.id for issue in issues if issue.id not in failed]
    if moved:
        place = {"before": anchor.id} if before else {"after": anchor.id}
        call.world.rank(moved, by, **place)
    if not failed:
        return wire.nothing()
    entries = [
        {"issueId": issue.id, "issueKey": issue.key, "status": 200}
        if issue.id not in failed
        else {"issueId": issue.id, "issueKey": issue.key, "status": 503, "errors": [_BUSY]}
        for issue in issues
    ]
    return wire.answer({"entries": entries}, 207)


def _issues(call: Call, key: str, within: Callable[[Issue], bool]) -> Response:
    asked = call.request.query_params
    wanted = wire.words(call.request, "fields") or ["*navigable"]
    expand = wire.words(call.request, "expand")
    fresh = [int(number) for number in wire.words(call.request, "reconcileIssues") if number.isdecimal()]
    bare = set(wanted) <= {"id", "key"}
    search = Search(
        jql=asked.get("jql", ""),
        within=within,
        order=(("Rank", False),) if fields.RANK in call.site.fields.by_id else (),
        key=f"{key} {','.join(sorted(wanted))}",
        size=min(wire.whole(call.request, "maxResults", 50), 5000),
        token=asked.get("nextPageToken"),
        fresh=frozenset(fresh),
        bounded=not call.flavour.pages_by_position,
        strict=call.flavour.pages_by_position,
    )
    if call.request.url.path.endswith("/approximate-count"):
        return wire.answer({"count": search.count(call)})
    selection = call.select(wanted, expand=expand, agile=not bare)
    if call.flavour.pages_by_position:
        found = search.at(call, wire.whole(call.request, "startAt", 0))
        return wire.answer({"expand": "schema,names", **found.told, "issues": selection.shape(found.issues)})
    issues, more = search.page(call, bare=bare)
    shown: dict[str, Any] = {"expand": "names,schema", "issues": selection.shape(issues), "isLast": more is None}
    if more is not None:
        shown["nextPageToken"] = more
    return wire.answer(shown | names_and_schema(call, expand, selection.names))


def _on_board(call: Call, project: Project) -> Callable[[Issue], bool]:
    words = call.site.catalogue
    levels = (-1, 0) if not project.kanban else (-1, 0, 1)
    return lambda issue: issue.project == project.key and words.type(issue.type).level in levels


def _project(call: Call) -> Project:
    ref = call.param("board")
    found = call.site.board_project(int(ref)) if ref.isascii() and ref.isdecimal() else None
    if found is None or call.account is None:
        raise Refusal(
            404, "Requested board cannot be viewed because it either does not exist or you do not have access."
        )
    return found


def _sprint(call: Call) -> Sprint:
    ref = call.param("sprint")
    found = call.site.sprints.get(int(ref)) if ref.isascii() and ref.isdecimal() else None
    if found is None:
        raise Refusal(404, "Sprint does not exist or you do not have access.")
    return found


def _kind(project: Project) -> str:
    return "kanban" if project.kanban else "simple" if project.team_managed else "scrum"


def _name(project: Project) -> str:
    return f"{project.key} board"


def _board(call: Call, project: Project) -> dict[str, Any]:
    return {
        "id": project.board,
        "self": f"{call.base}/rest/agile/1.0/board/{project.board}",
        "name": _name(project),
        "type": _kind(project),
        "isPrivate": False,
        "location": {
            "projectId": int(project.id),
            "displayName": f"{project.name} ({project.key})",
            "projectName": project.name,
            "projectKey": project.key,
            "projectTypeKey": project.kind,
            "name": f"{project.name} ({project.key})",
        },
    }


def _page(call: Call, rows: list[Any], path: str) -> dict[str, Any]:
    size = min(wire.whole(call.request, "maxResults", _BOARDS_A_PAGE), _BOARDS_A_PAGE)
    start = wire.whole(call.request, "startAt", 0)
    shown = wire.page(rows, start, size, address=f"{call.base}/rest/agile/1.0/{path}")
    return {name: value for name, value in shown.items() if name not in ("self", "nextPage")}


CLOUD_ROUTES = (
    ("GET", "/rest/software/1.0/board/{board}/issue", board_issues),
    ("GET", "/rest/software/1.0/board/{board}/issue/approximate-count", board_issues),
    ("GET", "/rest/software/1.0/board/{board}/backlog", board_backlog),
    ("GET", "/rest/software/1.0/board/{board}/backlog/approximate-count", board_backlog),
    ("GET", "/rest/software/1.0/board/{board}/sprint/{sprint}/issue", board_sprint_issues),
)
DATA_CENTER_ROUTES = (
    ("GET", "/rest/agile/1.0/board/{board}/issue", board_issues),
    ("GET", "/rest/agile/1.0/board/{board}/backlog", board_backlog),
    ("GET", "/rest/agile/1.0/board/{board}/sprint/{sprint}/issue", board_sprint_issues),
)
ROUTES = (
    ("GET", "/rest/agile/1.0/board", boards),
    ("GET", "/rest/agile/1.0/board/{board}", board),
    ("GET", "/rest/agile/1.0/board/{board}/configuration", board_configuration),
    ("GET", "/rest/agile/1.0/board/{board}/sprint", board_sprints),
    ("GET", "/rest/agile/1.0/sprint/{sprint}", sprint),
    ("PUT", "/rest/agile/1.0/issue/rank", rank),
)
