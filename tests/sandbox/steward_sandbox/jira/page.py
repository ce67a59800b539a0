"""The web page: the backlog in its order with its comments, and one issue with its history."""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any

from jinja2 import Environment
from starlette.responses import HTMLResponse, Response

from steward_sandbox import page
from steward_sandbox.jira import adf_text, fields
from steward_sandbox.jira.call import Call
from steward_sandbox.jira.changelog import as_text
from steward_sandbox.jira.model import History, Issue
from steward_sandbox.jira.responses import JiraError
from steward_sandbox.jira.routing import route


@route("GET", "/")
async def backlog(call: Call) -> Response:
    """The list of issues in rank order."""
    ordered = call.world.ordered()
    listed = page.listing(call.request.query_params, ordered, lambda issue, name: _is_shown(call, issue, name))
    return _page(call, "backlog.html", rows=_rows(call, listed.items), list=listed, link="/?show=")


@route("GET", "/browse/{issue}")
async def issue_page(call: Call) -> Response:
    """One issue with everything that people can see of it."""
    issue = call.world.find(call.param("issue"))
    if issue is None:
        raise JiraError(404, "No such issue.")
    history = [_entry(call, entry) for entry in reversed(issue.history)]
    return _page(call, "issue.html", row=_rows(call, [issue])[0], issue=issue, history=history)


def _is_shown(call: Call, issue: Issue, name: str) -> bool:
    match name:
        case "comments":
            return bool(issue.comments)
        case "changed":
            return any(_author(call, entry.author)["kind"] in page.PROGRAMS for entry in issue.history)
        case "open":
            return not call.site.catalogue.is_done(issue.status)
    return True


def _rows(call: Call, issues: Iterable[Issue]) -> list[dict[str, Any]]:
    """Issues as lines, with their positions as people count them: among what is not done."""
    waiting = (issue.id for issue in call.world.ordered() if _is_shown(call, issue, "open"))
    places = {number: str(place) for place, number in enumerate(waiting, start=1)}
    return [_row(call, places.get(issue.id, ""), issue) for issue in issues]


def _row(call: Call, place: str, issue: Issue) -> dict[str, Any]:
    entries = [
        (_author(call, entry.author)["kind"] in page.PROGRAMS, item) for entry in issue.history for item in entry.items
    ]
    changes = [(program, item.field, item.before_text or "", item.after_text or "") for program, item in entries]
    changed, added = page.by_programs(changes)
    row: dict[str, Any] = call.serialize.fill(
        "page_row",
        issue,
        place=place,
        points=as_text(issue.custom.get(fields.POINTS)) or "",
        last_sprint=call.site.sprints[issue.sprints[-1]] if issue.sprints else None,
    )
    said = [
        call.serialize.fill(
            "page_comment", comment, **_author(call, comment.author), html=adf_text.to_html(comment.body)
        )
        for comment in issue.comments
    ]
    return row | {"labels": [(n, n in added) for n in issue.labels], "changed": changed.items(), "comments": said}


def _entry(call: Call, entry: History) -> dict[str, Any]:
    items = [(item.field, item.before_text or "", item.after_text or "") for item in entry.items]
    return {**_author(call, entry.author), "at": _day(entry.at, call), "items": items}


def _author(call: Call, account: str) -> dict[str, str]:
    """Name and type of an account; `service` is one that came with a token and that no person of the site has."""
    known = call.site.accounts.by_id[account]
    return {"author": known.name, "kind": "service" if known.through_api else known.type}


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
