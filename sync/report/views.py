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
from sync.report.page_outlooks import SprintRisk
from sync.report.page_trackers import LoggedDecision
from sync.report.retrospective_lines import objective_measure_lines, retrospective_sections

RECENT_PERIOD = timedelta(days=14)
"""The period of which decisions and finished items are listed."""
_MAX_LISTED = 10
"""The maximum number of entries that a section lists."""
_OPTIONAL_SECTIONS = frozenset({"alerts", "outcomes"})
"""The sections, by the last part of the text id of their heading, that are left out if they have no lines."""
_SMALLEST_CHANCE = 0.01
"""The smallest chance that is stated as a number. Smaller ones would be rounded to 0 %."""
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
    """Make the sections of a view. A section without entries says so or, if it is optional, is left out."""
    if view is View.RETROSPECTIVE:
        return [
            ViewSection(messages.text(f"retrospective.{name}"), tuple(lines))
            for name, lines in retrospective_sections(content, messages)
        ] or [ViewSection(messages.text("retrospective.planned"), (messages.text("retrospective.nothing"),))]
    section_lines = _SectionLines(content, messages)
    match view:
        case View.TEAM:
            sections = {
                "alerts": section_lines.alerts(),
                "agenda": section_lines.agenda(),
                "aging": section_lines.aging(),
                "not-judged": section_lines.not_judged(),
            }
        case View.PRODUCT_OWNER:
            sections = {
                "alerts": section_lines.alerts(),
                "decide": section_lines.decisions(),
                "review": section_lines.due_for_review(),
                "moves": section_lines.moves(),
                "late": section_lines.late(),
            }
        case View.STAKEHOLDER:
            sections = {
                "decided": section_lines.decided(),
                "late": section_lines.late(),
                "finished": section_lines.finished(finished),
                "outcomes": objective_measure_lines(content, messages),
                "forecast": section_lines.forecast(),
            }
    listed = {name: tuple(lines) for name, lines in sections.items()}
    return [
        ViewSection(messages.text(f"views.{name}"), lines or (messages.text(f"views.no-{name}"),))
        for name, lines in listed.items()
        if lines or name not in _OPTIONAL_SECTIONS
    ]


class _SectionLines:
    """Makes the lines of each section. No line names an item that the tracker shows only to some people."""

    def __init__(self, content: PageContent, messages: Messages) -> None:
        self._content = content
        self._messages = messages
        self._since = content.created.date() - RECENT_PERIOD

    def alerts(self) -> Iterator[str]:
        """The alerts about sprints, with their items."""
        for alert in make_alerts(self._content.digest, self._messages):
            yield f"{alert.heading} {alert.question}"
            yield from (f"- {item.key} {item.title}: {item.note}" for item in alert.items)

    def agenda(self) -> Iterator[str]:
        """The items on the agendas of the next refinements, with their questions."""
        for tracker in self._content.trackers:
            for agenda in tracker.agendas:
                if agenda.entries:
                    yield from format_agenda(agenda, self._messages)

    def aging(self) -> Iterator[str]:
        """The items that have been in progress for longer than most finished items took, with their age."""
        for tracker in self._content.trackers:
            for item in tracker.late_items:
                yield self._text("age", item=f"{item.key} {item.title}", days=round(item.age))

    def not_judged(self) -> Iterator[str]:
        """What rules could not judge, with the reasons."""
        for part in self._content.digest.trackers:
            yield from part.limits

    def decisions(self) -> Iterator[str]:
        """The open decisions that the product owner or the whole team has to make."""
        role = self._messages.name("agenda.roles", "product-owner")
        open_decisions = [
            decision
            for decision in self._content.digest.all_decisions
            if (not decision.role or role in decision.role) and not self._is_due(decision)
        ]
        for decision in open_decisions[:_MAX_LISTED]:
            subject = f"{decision.key} {decision.title}".strip()
            yield f"{subject}: {decision.question}"
        if (more := len(open_decisions) - _MAX_LISTED) > 0:
            yield self._messages.text("report.more-items", count=more)

    def due_for_review(self) -> Iterator[str]:
        """The earlier decisions that are due for review."""
        for decision in self._content.digest.all_decisions:
            if self._is_due(decision):
                yield f"{decision.key} {decision.title}: {decision.question}"

    def moves(self) -> Iterator[str]:
        """The suggested moves of items in the backlog, each with its main reason."""
        for move in self._content.moves:
            yield f"{move.key} {move.title}: {move.reasons[0]}"

    def late(self) -> Iterator[str]:
        """The items of the coming sprint that are likely to be late."""
        risks = [risk for outlook in self._content.outlooks for risk in outlook.at_risk]
        yield from (self._describe_risk(risk) for risk in risks[:_MAX_LISTED])

    def decided(self) -> Iterator[str]:
        """The recent decisions about whole items. Decisions about single rules matter only to the team."""
        kinds = {self._messages.name("report.answer-kinds", kind) for kind in ITEM_DECISIONS}
        logged = [decision for tracker in self._content.trackers for decision in tracker.decisions]
        recent = [decision for decision in logged if decision.made >= self._since and decision.kind in kinds]
        yield from (self._describe_decision(decision) for decision in recent[:_MAX_LISTED])

    def finished(self, finished: list[WorkItem]) -> Iterator[str]:
        """The number of recently finished items, and the first of them."""
        visible = [item for item in finished if item.level is HierarchyLevel.REQUIREMENT and not item.restricted]
        if visible:
            yield self._messages.text("views.count", count=len(visible), since=f"{self._since:%Y-%m-%d}")
        yield from (f"{item.key} {item.title}" for item in visible[:_MAX_LISTED])
        if (more := len(visible) - _MAX_LISTED) > 0:
            yield self._messages.text("report.more-items", count=more)

    def forecast(self) -> Iterator[str]:
        """How many items each team probably finishes in the next weeks, and the history behind this forecast."""
        for outlook in self._content.outlooks:
            if len(outlook.weekly) > _WEEKS_AHEAD:
                ahead = outlook.weekly[_WEEKS_AHEAD]
                _, likely, _ = ahead.counts  # with a probability of 50, 85 and 95 %
                yield self._text("outlook", team=outlook.team, items=likely, day=f"{ahead.day:%Y-%m-%d}")
            yield outlook.basis

    def _is_due(self, decision: OpenDecision) -> bool:
        """Whether this is an earlier decision that is due for review: no other kind has an item but no rule."""
        return bool(decision.key) and not decision.rules

    def _describe_risk(self, risk: SprintRisk) -> str:
        """Say how likely an item is to be finished by the end of its sprint."""
        item = f"{risk.key} {risk.title}"
        if risk.chance < _SMALLEST_CHANCE:
            return self._text("no-chance", item=item, day=f"{risk.due:%Y-%m-%d}")
        return self._text("risk", item=item, day=f"{risk.due:%Y-%m-%d}", chance=round(risk.chance * 100))

    def _describe_decision(self, decision: LoggedDecision) -> str:
        """Say what was decided about an item, when, why, and how long the decision is in force."""
        day = format_day(f"{decision.made:%Y-%m-%d}", self._messages.locale_format)
        line = f"{day}: {decision.key} {decision.title}: {decision.kind}"
        if decision.review:
            line += f", {self._messages.text('report.answer-until', review=f'{decision.review:%Y-%m-%d}')}"
        return f"{line}: {decision.reason}" if decision.reason else f"{line}."

    def _text(self, name: str, **facts: str | float) -> str:
        """Return one of the texts of views, with its facts filled in."""
        return self._messages.text(f"views.{name}", count=None, **facts)
