"""Boards, sprints, the order of a backlog, and re-ranking."""

from collections.abc import Callable
from typing import Any

from steward_sandbox.backlog import SprintState
from steward_sandbox.jira import fields
from steward_sandbox.jira.call import Call
from steward_sandbox.jira.model import Board, Issue
from steward_sandbox.jira.responses import JiraError
from steward_sandbox.jira.routes_search import Search
from steward_sandbox.jira.routing import route

_BOARD = "/rest/agile/1.0/board"
_CLOUD_BOARD = "/rest/software/1.0/board/{board}"
_STATES = (SprintState.CLOSED, SprintState.ACTIVE, SprintState.FUTURE)


@route("GET", _BOARD)
async def list_boards(call: Call) -> Any:
    """The boards that a caller may see, page by page."""
    kind, owner = call.query("type"), call.query("projectKeyOrId")
    rows = [
        call.serialize.fill("board", board, project=project)
        for board in call.site.boards.values()
        if call.may("BROWSE_PROJECTS", board.project)
        and owner in ("", (project := call.site.project(board.project)).key, project.id)
        and kind in ("", board.kind)
    ]
    return call.page(rows)


@route("GET", f"{_BOARD}/{{board}}/configuration")
async def board_configuration(call: Call) -> Any:
    board, known = _board(call), call.site.fields.by_id
    points, rank = known.get(fields.POINTS), known.get(fields.RANK)
    project = call.site.project(board.project)
    return call.serialize.fill("board_configuration", board, project=project, points=points, rank=rank)


@route("GET", "filter/{filter}")
async def get_filter(call: Call) -> Any:
    """The saved filter of a board; there are no others."""
    board = next((board for board in call.site.boards.values() if board.filter_id == call.number("filter")), None)
    if board is None or not call.may("BROWSE_PROJECTS", board.project):
        raise JiraError(404, "The selected filter is not available to you, perhaps it has been deleted.")
    project = call.site.project(board.project)
    return call.serialize.fill("saved_filter", board, project=project)


@route("GET", f"{_BOARD}/{{board}}/sprint")
async def board_sprints(call: Call) -> Any:
    """The sprints of a board, closed ones first."""
    board = _board(call)
    if board.kind == "kanban":
        raise JiraError(400, "The board does not support sprints")
    states = call.csv("state")
    sprints = [s for s in call.site.sprints.values() if s.board == board.id and (not states or s.state.value in states)]
    sprints.sort(key=lambda sprint: (_STATES.index(sprint.state), sprint.id))
    return call.page(call.serialize.each("agile_sprint", sprints))


@route("GET", "/rest/agile/1.0/sprint/{sprint}")
async def get_sprint(call: Call) -> Any:
    sprint = call.site.sprints.get(call.number("sprint"))
    if sprint is None or call.account is None:
        raise JiraError(404, "Sprint does not exist or you do not have access.")
    return call.serialize.fill("agile_sprint", sprint)


@route("GET", _CLOUD_BOARD + "/issue", only="cloud")
@route("GET", _BOARD + "/{board}/issue", only="server")
async def board_issues(call: Call) -> Any:
    """The issues of a board by rank; epics are on no scrum board."""
    board = _board(call)
    return _issues(call, f"board {board.id}", _on_board(call, board))


@route("GET", _CLOUD_BOARD + "/backlog", only="cloud")
@route("GET", _BOARD + "/{board}/backlog", only="server")
async def board_backlog(call: Call) -> Any:
    """The issues of a board that are not done and in no active or future sprint."""
    board = _board(call)
    on_board = _on_board(call, board)

    def is_waiting(issue: Issue) -> bool:
        planned = len(call.world.closed_sprints(issue)) < len(issue.sprints)
        return on_board(issue) and not planned and not call.site.catalogue.is_done(issue.status)

    return _issues(call, f"backlog {board.id}", is_waiting)


@route("PUT", "/rest/agile/1.0/issue/rank")
async def rank_issues(call: Call) -> None:
    actor = call.actor
    body = await call.body("rank")
    refs, before, after = body["issues"], body.get("rankBeforeIssue"), body.get("rankAfterIssue")
    anchor = call.issue(before or after or "")
    issues = [call.issue(str(ref)) for ref in refs]
    if anchor in issues:
        raise JiraError(400, "An issue cannot be ranked relative to itself.")
    for issue in issues:
        if not call.may("SCHEDULE_ISSUES", issue.project):
            raise JiraError(403, "You do not have the permission to schedule issues.")
        call.count_write(issue)
    actor.rank(*(issue.id for issue in issues), **{"before" if before else "after": anchor.id})


def _issues(call: Call, key: str, within: Callable[[Issue], bool]) -> Any:
    wanted = call.csv("fields") or ["*navigable"]
    search = Search(
        jql=call.query("jql"),
        within=within,
        order=(("Rank", False),) if fields.RANK in call.site.fields.by_id else (),
        key=f"{key} {','.join(sorted(wanted))}",
        size=min(call.integer("maxResults", 50), 5000),
        token=call.query("nextPageToken"),
        strict=not call.deployment.is_cloud,
    )
    selection = call.select(wanted, call.csv("expand"))
    if call.deployment.is_cloud:
        issues, paging = search.page(call, bare=selection.bare)
    else:
        issues, paging = search.page_at(call, call.integer("startAt", 0))
    return {"expand": "names,schema", "issues": selection.build(issues), **paging}


def _on_board(call: Call, board: Board) -> Callable[[Issue], bool]:
    catalogue = call.site.catalogue
    levels = (-1, 0, 1) if board.kind == "kanban" else (-1, 0)
    return lambda issue: issue.project == board.project and catalogue.types[issue.type].level in levels


def _board(call: Call) -> Board:
    board = call.site.boards.get(call.number("board"))
    if board is None or call.account is None:
        message = "Requested board cannot be viewed because it either does not exist or you do not have access."
        raise JiraError(404, message)
    return board
