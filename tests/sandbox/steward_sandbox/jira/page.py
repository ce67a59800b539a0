"""The web page: the backlog in its order with its comments, and one issue with its history."""

from datetime import datetime
from functools import cache
from typing import Any

from jinja2 import Environment
from starlette.responses import HTMLResponse, Response

from steward_sandbox import page
from steward_sandbox.jira import adf_text, fields
from steward_sandbox.jira.call import Call
from steward_sandbox.jira.changelog import as_text
from steward_sandbox.jira.model import Issue
from steward_sandbox.jira.responses import JiraError
from steward_sandbox.jira.routing import route


@route("GET", "/")
async def backlog(call: Call) -> Response:
    return _page(call, "backlog.html", list=page.listing(call.request.query_params, _rows(call)), link="/?show=")


@route("GET", "/browse/{issue}")
async def issue_page(call: Call) -> Response:
    issue = call.world.find(call.param("issue"))
    if issue is None:
        raise JiraError(404, "No such issue.")
    row = next(row for row in _rows(call) if row["key"] == issue.key)
    return _page(call, "issue.html", row=row, issue=issue)


def _rows(call: Call) -> list[page.Row]:
    return page.complete(_row(call, issue) for issue in call.world.ordered())


def _row(call: Call, issue: Issue) -> page.Row:
    fill = call.serialize.fill
    history = [
        fill("page_entry", entry, changes=[(i.field, i.before_text or "", i.after_text or "") for i in entry.items])
        for entry in issue.history
    ]
    last = call.site.sprints[issue.sprints[-1]] if issue.sprints else None
    row: page.Row = fill("page_row", issue, points=as_text(issue.custom.get(fields.POINTS)) or "", last_sprint=last)
    comments = [fill("page_comment", comment, html=adf_text.to_html(comment.body)) for comment in issue.comments]
    return row | {"comments": comments, "history": history}


def _day(moment: datetime, call: Call) -> str:
    return f"{moment.astimezone(call.site.zone):%d %b %Y, %H:%M}"


def _page(call: Call, template: str, **values: Any) -> Response:
    html = _templates().get_template(template).render(call=call, now=_day(call.world.clock(), call), **values)
    return HTMLResponse(html, headers=page.HEADERS)


@cache
def _templates() -> Environment:
    templates = page.templates("steward_sandbox.jira")
    templates.filters |= {"day": _day, "text": as_text, "html": adf_text.to_html}
    return templates
