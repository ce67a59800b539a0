"""The web page: the backlog in its order with its comments, and one issue with its history."""

from datetime import datetime
from typing import Any

from starlette.responses import HTMLResponse, Response

from steward_sandbox import page
from steward_sandbox.jira import adf_text, fields
from steward_sandbox.jira.call import Call
from steward_sandbox.jira.changelog import as_text
from steward_sandbox.jira.model import Comment, History, Issue, IssueLink
from steward_sandbox.jira.responses import JiraError
from steward_sandbox.jira.routing import route

_SIZES = (fields.BUSINESS_VALUE, fields.TIME_CRITICALITY, fields.RISK_REDUCTION, fields.WSJF, fields.MOSCOW)

_templates = page.templates("steward_sandbox.jira")


class Row(page.Row):
    """An issue as a line of the list."""

    priority: str


@route("GET", "/")
async def backlog(call: Call) -> Response:
    """The list of issues in rank order."""
    ordered = call.world.ordered()
    listed = page.listing(call.request.query_params, ordered, lambda issue, name: _is_shown(call, issue, name))
    rows = _rows(call, ordered, listed.items)
    return _page(call, "backlog.html", list=listed, rows=rows, link="/?show=")


@route("GET", "/browse/{issue}")
async def issue_page(call: Call) -> Response:
    """One issue with everything that people can see of it."""
    issue = call.world.find(call.param("issue"))
    if issue is None:
        raise JiraError(404, "No such issue.")
    names, issues = call.site.fields.by_id, call.world.issues
    criteria = issue.custom.get(fields.CRITERIA)
    return _page(
        call,
        "issue.html",
        row=_rows(call, call.world.ordered(), [issue])[0],
        description=adf_text.to_html(issue.description),
        criteria=adf_text.to_html(criteria if isinstance(criteria, dict) else None),
        facts=[(names[name].name, as_text(issue.custom.get(name))) for name in _SIZES if name in names],
        parent=issues.get(issue.parent) if issue.parent else None,
        links=[(_phrase(call, link), issues[link.other]) for link in issue.links if link.other in issues],
        components=issue.components,
        people=[("Assignee", _name(call, issue.assignee)), ("Reporter", _name(call, issue.reporter))],
        created=_day(call, issue.created),
        updated=_day(call, issue.updated),
        history=[_entry(call, entry) for entry in reversed(issue.history)],
        properties=sorted(issue.properties),
    )


def _is_shown(call: Call, issue: Issue, name: str) -> bool:
    match name:
        case "comments":
            return bool(issue.comments)
        case "changed":
            return any(_kind(call, entry.author) in page.PROGRAMS for entry in issue.history)
        case "open":
            return not call.site.catalogue.is_done(issue.status)
    return True


def _rows(call: Call, ordered: list[Issue], issues: Any) -> list[Row]:
    """Issues as lines, with their positions as people count them: among what is not done."""
    waiting = [issue.id for issue in ordered if _is_shown(call, issue, "open")]
    places = {number: str(place) for place, number in enumerate(waiting, start=1)}
    return [_row(call, places.get(issue.id, ""), issue) for issue in issues]


def _row(call: Call, place: str, issue: Issue) -> Row:
    entries = ((_kind(call, entry.author) in page.PROGRAMS, item) for entry in issue.history for item in entry.items)
    changes = [(program, item.field, item.before_text or "", item.after_text or "") for program, item in entries]
    changed, added = page.by_programs(changes)
    sprint = call.site.sprints[issue.sprints[-1]] if issue.sprints else None
    return Row(
        place=place,
        key=issue.key,
        title=issue.summary,
        type=issue.type,
        status=issue.status,
        category=call.site.catalogue.status(issue.status).category,
        points=as_text(issue.custom.get(call.site.points_field(issue.project))) or "",
        priority=issue.priority or "–",
        sprint=sprint.name if sprint else "",
        sprint_state=sprint.state.value if sprint else "",
        labels=[(label, label in added) for label in issue.labels],
        changed=list(changed.items()),
        comments=[_comment(call, comment) for comment in issue.comments],
        flagged=issue.flagged,
        hidden=issue.hidden,
    )


def _comment(call: Call, comment: Comment) -> page.Said:
    return page.Said(
        author=_name(call, comment.author),
        kind=_kind(call, comment.author),
        at=_day(call, comment.created),
        edited=comment.updated != comment.created,
        restricted=str((comment.visibility or {}).get("value", "")),
        html=adf_text.to_html(comment.body),
    )


def _entry(call: Call, entry: History) -> dict[str, Any]:
    items = [(item.field, item.before_text or "", item.after_text or "") for item in entry.items]
    author = {"author": _name(call, entry.author), "kind": _kind(call, entry.author)}
    return {**author, "at": _day(call, entry.at), "items": items}


def _phrase(call: Call, link: IssueLink) -> str:
    kind = call.site.catalogue.link_types[link.type]
    return kind.outward if link.outward else kind.inward


def _kind(call: Call, account: str) -> str:
    """The type of an account; `service` for one that came with a token and that no person of the site has."""
    known = call.site.accounts.by_id[account]
    return "service" if known.through_api else known.type


def _name(call: Call, account: str | None) -> str:
    return call.site.accounts.by_id[account].name if account else "nobody"


def _day(call: Call, moment: datetime) -> str:
    return f"{moment.astimezone(call.site.zone):%d %b %Y, %H:%M}"


def _page(call: Call, template: str, **values: Any) -> Response:
    html = _templates.get_template(template).render(now=_day(call, call.world.clock()), **values)
    return HTMLResponse(html, headers=page.HEADERS)
