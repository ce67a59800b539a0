"""The web page: the backlog in its order with its comments, and one issue with its history."""

from typing import Any

from starlette.responses import HTMLResponse, Response

from steward_sandbox import page
from steward_sandbox.backlog import SprintState
from steward_sandbox.jira import adf_text, fields
from steward_sandbox.jira.call import Call
from steward_sandbox.jira.changelog import as_text
from steward_sandbox.jira.model import Account, Comment, History, Issue
from steward_sandbox.jira.responses import JiraError

_SIZES = (
    fields.BUSINESS_VALUE,
    fields.TIME_CRITICALITY,
    fields.RISK_REDUCTION,
    fields.WSJF,
    fields.MOSCOW,
)

_templates = page.templates("steward_sandbox.jira")


class Row(page.Row):
    """An issue as a line of the list shows it."""

    priority: str


async def backlog(call: Call) -> Response:
    """The list of issues in rank order."""
    ordered, places = call.world.ordered(), _places(call)
    listed = page.listing(call.request.query_params, ordered, lambda issue, shown: _wanted(call, issue, shown))
    return _page(
        "backlog.html",
        list=listed,
        rows=[_row(call, places.get(issue.id), issue) for issue in listed.items],
        link="/?show=",
        now=_day(call, call.world.clock()),
    )


async def issue(call: Call) -> Response:
    """One issue with everything people can see of it."""
    found = call.world.find(call.param("issue"))
    if found is None:
        raise JiraError(404, "No such issue.")
    words = call.site.fields
    return _page(
        "issue.html",
        row=_row(call, _places(call).get(found.id), found),
        description=adf_text.to_html(found.description),
        criteria=adf_text.to_html(doc if isinstance(doc := found.custom.get(fields.CRITERIA), dict) else None),
        facts=[(words.by_id[name].name, as_text(found.custom.get(name))) for name in _SIZES if name in words.by_id],
        parent=call.world.issues.get(found.parent) if found.parent else None,
        links=[
            (_link_words(call, link.type, outward=link.outward), call.world.issues[link.other])
            for link in found.links
            if link.other in call.world.issues
        ],
        components=found.components,
        people=[(role, _name(call, who)) for role, who in (("Assignee", found.assignee), ("Reporter", found.reporter))],
        created=_day(call, found.created),
        updated=_day(call, found.updated),
        history=[_entry(call, entry) for entry in reversed(found.history)],
        properties=sorted(found.properties),
        now=_day(call, call.world.clock()),
    )


def is_service(account: Account) -> bool:
    """Whether this account is a program: an app, or whoever came with a token that no person of the site has."""
    return account.through_api or account.type == "app"


def _wanted(call: Call, found: Issue, shown: str) -> bool:
    match shown:
        case "comments":
            return bool(found.comments)
        case "changed":
            return any(is_service(call.site.accounts.by_id[entry.author]) for entry in found.history)
        case "open":
            return call.site.catalogue.status(found.status).category != "done"
        case _:
            return True


def _places(call: Call) -> dict[int, int]:
    """Positions as people count them: among what is not done."""
    waiting = [found.id for found in call.world.ordered() if _wanted(call, found, "open")]
    return {number: place for place, number in enumerate(waiting, start=1)}


def _row(call: Call, place: int | None, found: Issue) -> Row:
    changed, added = _by_service(call, found)
    sprint = call.site.sprints[found.sprints[-1]] if found.sprints else None
    return Row(
        place="" if place is None else str(place),
        key=found.key,
        title=found.summary,
        type=found.type,
        status=found.status,
        category=call.site.catalogue.status(found.status).category,
        points=as_text(found.custom.get(call.site.points_field(found.project))) or "",
        priority=found.priority or "–",
        sprint=sprint.name if sprint else "",
        sprint_state=sprint.state.value if sprint else SprintState.CLOSED.value,
        labels=[(label, label in added) for label in found.labels],
        changed=list(changed.items()),
        comments=[_said(call, comment) for comment in found.comments],
        flagged=found.flagged,
        hidden=found.hidden,
    )


def _by_service(call: Call, found: Issue) -> tuple[dict[str, str], set[str]]:
    """The fields whose value, and the labels whose presence, is a program's doing and nobody's since."""
    values: dict[str, str] = {}
    labels: set[str] = set()
    for entry in found.history:
        program = is_service(call.site.accounts.by_id[entry.author])
        for item in entry.items:
            if item.field == "labels":
                added = set((item.after_text or "").split()) - set((item.before_text or "").split())
                labels = labels | added if program else labels - added
            elif program:
                values[item.field] = item.after_text or "emptied"
            else:
                values.pop(item.field, None)
    return values, labels


def _said(call: Call, comment: Comment) -> page.Said:
    author = call.site.accounts.by_id[comment.author]
    seen_by = comment.visibility.get("value", "") if comment.visibility else ""
    return page.Said(
        author=author.name,
        kind="service" if is_service(author) else author.type,
        at=_day(call, comment.created),
        edited=comment.updated != comment.created,
        restricted=str(seen_by),
        html=adf_text.to_html(comment.body),
    )


def _entry(call: Call, entry: History) -> dict[str, Any]:
    author = call.site.accounts.by_id[entry.author]
    return {
        "author": author.name,
        "kind": "service" if is_service(author) else author.type,
        "at": _day(call, entry.at),
        "items": [(item.field, item.before_text or "", item.after_text or "") for item in entry.items],
    }


def _link_words(call: Call, name: str, *, outward: bool) -> str:
    kind = call.site.catalogue.link_types[name]
    return kind.outward if outward else kind.inward


def _name(call: Call, account: str | None) -> str:
    return call.site.accounts.by_id[account].name if account else "nobody"


def _day(call: Call, moment: Any) -> str:
    return f"{moment.astimezone(call.site.zone):%d %b %Y, %H:%M}"


def _page(template: str, **values: Any) -> Response:
    return HTMLResponse(_templates.get_template(template).render(**values), headers=page.HEADERS)


ROUTES = (
    ("GET", "/", backlog),
    ("GET", "/browse/{issue}", issue),
)
