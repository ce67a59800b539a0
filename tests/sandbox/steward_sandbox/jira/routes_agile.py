"""Boards, sprints, the order of a backlog, and re-ranking."""

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from steward_sandbox.app import no_content
from steward_sandbox.backlog import SprintState
from steward_sandbox.jira import fields, responses
from steward_sandbox.jira.call import Call
from steward_sandbox.jira.model import Board, Issue, Sprint
from steward_sandbox.jira.responses import JiraError, reply
from steward_sandbox.jira.search import Search

_A_PAGE = 50
_MOST_RANKED = 50
_STATES = (SprintState.CLOSED, SprintState.ACTIVE, SprintState.FUTURE)
_COLUMNS = (("To Do", "new"), ("In Progress", "indeterminate"), ("Done", "done"))
_BUSY = "JIRA Agile cannot execute the rank operation at this time. Please try again later."
_RANK: dict[str, Any] = {
    "issues": list[str | int],
    "rankBeforeIssue": str,
    "rankAfterIssue": str,
    "rankCustomFieldId": int,
}


async def list_boards(call: Call) -> Response:
    """The boards that a caller may see, page by page."""
    kind, name, owner = call.query("type"), call.query("name").casefold(), call.query("projectKeyOrId")
    rows = [
        call.serialize.board(board)
        for board in call.site.boards.values()
        if call.may("BROWSE_PROJECTS", board.project)
        and owner in ("", board.project, call.site.project(board.project).id)
        and kind in ("", board.kind)
        and name in board.name.casefold()
    ]
    return _page(call, rows, "board")


async def get_board(call: Call) -> Response:
    """One board."""
    return reply(call.serialize.board(_board(call)))


async def board_configuration(call: Call) -> Response:
    """Columns, estimation and ranking of a board."""
    board, rest = _board(call), call.serialize.rest
    points = call.site.fields.by_id.get(call.site.points_field(board.project))
    rank = call.site.fields.by_id.get(fields.RANK)
    statuses = call.site.catalogue.statuses.values()
    columns = [
        {
            "name": title,
            "statuses": [{"id": s.id, "self": f"{rest}/status/{s.id}"} for s in statuses if s.category == category],
        }
        for title, category in _COLUMNS
    ]
    more: dict[str, Any] = {"columns": columns, "rank": rank.number if rank else 0, "filter": str(10000 + board.id)}
    if board.kind == "kanban":
        more["sub_query"] = {"query": "fixVersion in unreleasedVersions() OR fixVersion is EMPTY"}
    elif points is not None:
        more["estimation"] = {"type": "field", "field": {"fieldId": points.id, "displayName": points.name}}
    else:
        more["estimation"] = {"type": "none"}
    return reply(call.serialize.board(board, "board_configuration", **more))


async def board_sprints(call: Call) -> Response:
    """The sprints of a board, closed ones first."""
    board = _board(call)
    if board.kind == "kanban":
        raise JiraError(400, "The board does not support sprints")
    states = call.csv("state")
    sprints = [s for s in call.site.sprints.values() if s.board == board.id and (not states or s.state.value in states)]
    sprints.sort(key=lambda sprint: (_STATES.index(sprint.state), sprint.id))
    return _page(call, [call.serialize.agile_sprint(sprint) for sprint in sprints], f"board/{board.id}/sprint")


async def get_sprint(call: Call) -> Response:
    """One sprint."""
    _ = call.caller
    return reply(call.serialize.agile_sprint(_sprint(call)))


async def board_issues(call: Call) -> Response:
    """The issues of a board by rank; epics are on no scrum board."""
    board = _board(call)
    return _issues(call, f"board {board.id}", _on_board(call, board))


async def board_backlog(call: Call) -> Response:
    """The issues of a board that are not done and in no active or future sprint."""
    board = _board(call)
    on_board = _on_board(call, board)

    def is_waiting(issue: Issue) -> bool:
        category = call.site.catalogue.status(issue.status).category
        if board.kind == "kanban":
            return on_board(issue) and category == "new"
        planned = len(call.world.closed_sprints(issue)) < len(issue.sprints)
        return on_board(issue) and category != "done" and not planned

    return _issues(call, f"backlog {board.id}", is_waiting)


async def board_sprint_issues(call: Call) -> Response:
    """The issues of a sprint by rank."""
    on_board, sprint = _on_board(call, _board(call)), _sprint(call)
    return _issues(call, f"sprint {sprint.id}", lambda issue: on_board(issue) and sprint.id in issue.sprints)


async def rank_issues(call: Call) -> Response:
    """Moves issues up or down; some may have to be tried again."""
    caller = call.caller
    body = await call.body()
    responses.expect(body, **_RANK)
    refs, before, after = body.get("issues") or [], body.get("rankBeforeIssue"), body.get("rankAfterIssue")
    if not 1 <= len(refs) <= _MOST_RANKED:
        raise JiraError(400, f"The number of issues to rank must be between 1 and {_MOST_RANKED}.")
    if (before is None) == (after is None):
        raise JiraError(400, "Either rankBeforeIssue or rankAfterIssue is needed, and not both.")
    if body.get("rankCustomFieldId") not in (None, 10019):
        raise JiraError(400, "The rank custom field does not exist.")
    anchor = call.issue(before or after)
    issues = [call.issue(str(ref)) for ref in refs]
    if anchor.id in {issue.id for issue in issues}:
        raise JiraError(400, "An issue cannot be ranked relative to itself.")
    for issue in issues:
        if not call.may("SCHEDULE_ISSUES", issue.project):
            raise JiraError(403, "You do not have the permission to schedule issues.")
        call.count_write(issue)
    failed = {issue.id for issue in issues if call.world.fails_in_bulk(issue.id)}
    moved = [issue.id for issue in issues if issue.id not in failed]
    if moved:
        call.world.rank(moved, caller, **{"before" if before else "after": anchor.id})
    if not failed:
        return no_content()
    entries: list[dict[str, Any]] = [
        {"issueId": issue.id, "issueKey": issue.key}
        | ({"status": 503, "errors": [_BUSY]} if issue.id in failed else {"status": 200})
        for issue in issues
    ]
    return reply({"entries": entries}, 207)


def _issues(call: Call, key: str, within: Callable[[Issue], bool]) -> Response:
    wanted = call.csv("fields") or ["*navigable"]
    by_position = not call.deployment.is_cloud
    search = Search(
        jql=call.query("jql"),
        within=within,
        order=(("Rank", False),) if fields.RANK in call.site.fields.by_id else (),
        key=f"{key} {','.join(sorted(wanted))}",
        size=min(call.integer("maxResults", 50), 5000),
        token=call.query("nextPageToken"),
        fresh=frozenset(int(number) for number in call.csv("reconcileIssues") if number.isdecimal()),
        strict=by_position,
    )
    bare = set(wanted) <= {"id", "key"}
    selection = call.select(wanted, expand=call.csv("expand"), agile=not bare)
    if by_position:
        issues, position = search.page_at(call, call.integer("startAt", 0))
        return reply({"expand": "schema,names", **position, "issues": selection.build(issues)})
    issues, paging = search.page(call, bare=bare)
    shown = {"expand": "names,schema", "issues": selection.build(issues), **paging}
    return reply(shown | selection.names_and_schema())


def _on_board(call: Call, board: Board) -> Callable[[Issue], bool]:
    catalogue = call.site.catalogue
    levels = (-1, 0, 1) if board.kind == "kanban" else (-1, 0)
    return lambda issue: issue.project == board.project and catalogue.type(issue.type).level in levels


def _board(call: Call) -> Board:
    ref = call.param("board")
    board = call.site.boards.get(int(ref)) if ref.isascii() and ref.isdecimal() else None
    if board is None or call.account is None:
        message = "Requested board cannot be viewed because it either does not exist or you do not have access."
        raise JiraError(404, message)
    return board


def _sprint(call: Call) -> Sprint:
    ref = call.param("sprint")
    sprint = call.site.sprints.get(int(ref)) if ref.isascii() and ref.isdecimal() else None
    if sprint is None:
        raise JiraError(404, "Sprint does not exist or you do not have access.")
    return sprint


def _page(call: Call, rows: list[Any], path: str) -> Response:
    size, start = min(call.integer("maxResults", _A_PAGE), _A_PAGE), call.integer("startAt", 0)
    shown = responses.page(rows, start, size, address=f"{call.base}/rest/agile/1.0/{path}")
    return reply({name: value for name, value in shown.items() if name not in ("self", "nextPage")})


_LISTS = (
    ("/board/{board}/issue", board_issues),
    ("/board/{board}/backlog", board_backlog),
    ("/board/{board}/sprint/{sprint}/issue", board_sprint_issues),
)
CLOUD_ROUTES = tuple(("GET", f"/rest/software/1.0{path}", handler) for path, handler in _LISTS)
DATA_CENTER_ROUTES = tuple(("GET", f"/rest/agile/1.0{path}", handler) for path, handler in _LISTS)
ROUTES = (
    ("GET", "/rest/agile/1.0/board", list_boards),
    ("GET", "/rest/agile/1.0/board/{board}", get_board),
    ("GET", "/rest/agile/1.0/board/{board}/configuration", board_configuration),
    ("GET", "/rest/agile/1.0/board/{board}/sprint", board_sprints),
    ("GET", "/rest/agile/1.0/sprint/{sprint}", get_sprint),
    ("PUT", "/rest/agile/1.0/issue/rank", rank_issues),
)
