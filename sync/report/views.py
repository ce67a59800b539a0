"""Makes views of the report: the parts of it for one kind of reader, as sections of plain text.

The kinds of readers are the team, the product owner and stakeholders. A fourth view is for the team's retrospective.
"""

from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum

from msgspec import Struct

from rules.message_templates import format_day
from rules.model import ITEM_DECISIONS, HierarchyLevel, WorkItem
from sync.messages import Messages
from sync.report.agenda import format_agenda
from sync.report.alerts import make_alerts
from sync.report.open_decisions import OpenDecision
from sync.report.page_content import PageContent
from sync.report.retrospective_lines import objective_measure_lines, retrospective_sections

RECENT_PERIOD = timedelta(days=14)
"""The period of which decisions and finished items are listed."""
_MAX_LISTED = 10
_OPTIONAL_SECTIONS = frozenset({"alerts", "outcomes"})
"""The sections, by the last part of the text id of their heading, that are left out if they have no lines."""
_SMALLEST_STATED_CHANCE = 0.01
"""The smallest chance of finishing an item in time that is stated as a number. Smaller ones would be rounded to 0 %."""
_WEEKS_AHEAD = 4
"""The forecast states the number of items that are finished within this number of weeks."""


class View(StrEnum):
    """A view, named after its readers or, for the retrospective, after its purpose."""

    TEAM = "team"
    PRODUCT_OWNER = "product-owner"
    STAKEHOLDER = "stakeholder"
    RETROSPECTIVE = "retrospective"


class ViewSection(Struct, frozen=True):
    """A part of a view: its heading, and its lines."""

    heading: str
    lines: tuple[str, ...]


def make_view(content: PageContent, view: View, finished: list[WorkItem], messages: Messages) -> list[ViewSection]:
    """Make the sections of a view. A section without entries says so or, if it is optional, is left out.

    No line names an item that the tracker shows only to some people.

    Args:
        finished: The items that were finished in the `RECENT_PERIOD`.
    """
    if view is View.RETROSPECTIVE:
        return [
            ViewSection(messages.text(f"retrospective.{name}"), tuple(lines))
            for name, lines in retrospective_sections(content, messages)
        ] or [ViewSection(messages.text("retrospective.planned"), (messages.text("retrospective.nothing"),))]
    match view:
        case View.TEAM:
            sections = {
                "alerts": _alert_lines(content, messages),
                "agenda": _agenda_lines(content, messages),
                "aging": _aging_lines(content, messages),
                "not-judged": (limit for part in content.digest.trackers for limit in part.limits),
            }
        case View.PRODUCT_OWNER:
            sections = {
                "alerts": _alert_lines(content, messages),
                "decide": _decision_lines(content, messages),
                "review": _review_lines(content),
                "moves": (f"{move.key} {move.title}: {move.reasons[0]}" for move in content.moves),
                "late": _risk_lines(content, messages),
            }
        case View.STAKEHOLDER:
            sections = {
                "decided": _decided_lines(content, messages),
                "late": _risk_lines(content, messages),
                "finished": _finished_lines(content, finished, messages),
                "outcomes": objective_measure_lines(content, messages),
                "forecast": _forecast_lines(content, messages),
            }
    listed = {name: tuple(lines) for name, lines in sections.items()}
    return [
        ViewSection(messages.text(f"views.{name}"), lines or (messages.text(f"views.no-{name}"),))
        for name, lines in listed.items()
        if lines or name not in _OPTIONAL_SECTIONS
    ]


def _alert_lines(content: PageContent, messages: Messages) -> Iterator[str]:
    """Yield the alerts about sprints, with their items."""
    for alert in make_alerts(content.digest, messages):
        yield f"{alert.heading} {alert.question}"
        yield from (f"- {item.key} {item.title}: {item.note}" for item in alert.items)


def _agenda_lines(content: PageContent, messages: Messages) -> Iterator[str]:
    """Yield the items on the agendas of the next refinements, with their questions."""
    for agenda in content.digest.agendas_with_entries:
        yield from format_agenda(agenda, messages)


def _aging_lines(content: PageContent, messages: Messages) -> Iterator[str]:
    """Yield the items that have been in progress for longer than most finished items took, with their age."""
    for tracker in content.trackers:
        for item in tracker.late_items:
            yield messages.text("views.age", item=f"{item.key} {item.title}", days=round(item.age))


def _decision_lines(content: PageContent, messages: Messages) -> Iterator[str]:
    """Yield the open decisions that the product owner or the whole team has to make."""
    role = messages.name("agenda.roles", "product-owner")
    open_decisions = [
        decision
        for decision in content.digest.all_decisions
        if (not decision.role or role in decision.role) and not _is_due(decision)
    ]
    for decision in open_decisions[:_MAX_LISTED]:
        subject = f"{decision.key} {decision.title}".strip()
        yield f"{subject}: {decision.question}"
    if (more := len(open_decisions) - _MAX_LISTED) > 0:
        yield messages.text("report.more-items", count=more)


def _review_lines(content: PageContent) -> Iterator[str]:
    """Yield the earlier decisions that are due for review."""
    for decision in content.digest.all_decisions:
        if _is_due(decision):
            yield f"{decision.key} {decision.title}: {decision.question}"


def _risk_lines(content: PageContent, messages: Messages) -> Iterator[str]:
    """Yield the items of the coming sprints that will probably not be finished by the end of their sprint."""
    risks = [risk for outlook in content.outlooks for risk in outlook.at_risk]
    for risk in risks[:_MAX_LISTED]:
        item, day = f"{risk.key} {risk.title}", f"{risk.due:%Y-%m-%d}"
        if risk.chance < _SMALLEST_STATED_CHANCE:
            yield messages.text("views.no-chance", item=item, day=day)
        else:
            yield messages.text("views.risk", item=item, day=day, chance=round(risk.chance * 100))


def _decided_lines(content: PageContent, messages: Messages) -> Iterator[str]:
    """Yield the decisions of the `RECENT_PERIOD` about whole items. Those about one rule matter only to the team."""
    since = content.created.date() - RECENT_PERIOD
    kinds = {messages.name("report.answer-kinds", kind) for kind in ITEM_DECISIONS}
    logged = [decision for tracker in content.trackers for decision in tracker.decisions]
    recent = [decision for decision in logged if decision.made >= since and decision.kind in kinds]
    for decision in recent[:_MAX_LISTED]:
        day = format_day(f"{decision.made:%Y-%m-%d}", messages.locale_format)
        line = f"{day}: {decision.key} {decision.title}: {decision.kind}"
        if decision.review:
            line += f", {messages.text('report.answer-until', review=f'{decision.review:%Y-%m-%d}')}"
        yield f"{line}: {decision.reason}" if decision.reason else f"{line}."


def _finished_lines(content: PageContent, finished: list[WorkItem], messages: Messages) -> Iterator[str]:
    """Yield the number of items that were finished in the `RECENT_PERIOD`, and the first of them."""
    visible = [item for item in finished if item.level is HierarchyLevel.REQUIREMENT and not item.restricted]
    if visible:
        since = content.created.date() - RECENT_PERIOD
        yield messages.text("views.count", count=len(visible), since=since.isoformat())
    yield from (f"{item.key} {item.title}" for item in visible[:_MAX_LISTED])
    if (more := len(visible) - _MAX_LISTED) > 0:
        yield messages.text("report.more-items", count=more)


def _forecast_lines(content: PageContent, messages: Messages) -> Iterator[str]:
    """Yield how many items each team probably finishes in the next weeks, and the history behind this forecast."""
    for outlook in content.outlooks:
        if len(outlook.weekly) > _WEEKS_AHEAD:
            ahead = outlook.weekly[_WEEKS_AHEAD]  # the first entry is for today
            _, likely, _ = ahead.counts  # with a probability of 50, 85 and 95 %
            yield messages.text("views.outlook", team=outlook.team, items=likely, day=f"{ahead.day:%Y-%m-%d}")
        yield outlook.basis


def _is_due(decision: OpenDecision) -> bool:
    """Whether this is an earlier decision that is due for review: no other kind has an item but no rule."""
    return bool(decision.key) and not decision.rules
