"""Finds what a team should be alerted to in its sprints.

Before the planning of a sprint, these are its items with open questions; in a running sprint, the items that were added
or changed after its planning. Items that the tracker shows only to some people are left out.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime

from msgspec import Struct

from rules.flow.late_changes import LateChange, LateChangeKind, find_late_changes
from rules.model import Backlog, Severity, SprintState
from sync.report.agenda import Agenda, AgendaEntry
from sync.report.refinement import next_working_day
from sync.store import Transaction, findings, items


class SprintBeforePlanning(Struct, frozen=True, kw_only=True):
    """A sprint that begins by the next working day, and its items with open questions.

    Attributes:
        id: The id of the alert. If the start of the sprint changes, the alert is a new one.
        total: The number of its items, with or without open questions.
        entries: The first items with open questions.
        open_count: The number of all items with open questions.
    """

    id: str
    tracker: str
    team: str
    sprint: str
    start: date
    total: int
    entries: tuple[AgendaEntry, ...]
    open_count: int


class LateItem(Struct, frozen=True, kw_only=True):
    """An item that was added to a running sprint, or changed, after the sprint's planning.

    Attributes:
        id: The id of the change. A change of another kind, or on another day, has another id.
        day: The day of the change, in the team's time zone.
        before, after: The estimates, if the size changed; otherwise empty.
    """

    id: str
    key: str
    title: str
    link: str
    kind: LateChangeKind
    day: date
    before: str = ""
    after: str = ""


class LateChanges(Struct, frozen=True, kw_only=True):
    """What was added or changed in the running sprint of a team."""

    tracker: str
    team: str
    sprint: str
    items: tuple[LateItem, ...]

    def of_kind(self, *kinds: LateChangeKind) -> tuple[LateItem, ...]:
        """The items with a change of one of these kinds."""
        return tuple(item for item in self.items if item.kind in kinds)


def find_sprints_before_planning(
    agendas: Sequence[Agenda], today: date, days_off: Collection[date]
) -> Iterator[SprintBeforePlanning]:
    """Yield the sprints that begin after today, by the next working day, and have items with open questions.

    Args:
        agendas: The agendas of the teams' refinement meetings that have entries, without restricted items. Those
            that are not about a sprint with a known start are ignored.
        today: The current day, in the team's time zone.
        days_off: Days without work besides weekends.
    """
    last_day = next_working_day(today, days_off)
    for agenda in agendas:
        if agenda.start is not None and today < agenda.start <= last_day:
            yield SprintBeforePlanning(
                id=f"{agenda.tracker} {agenda.team} before {agenda.sprint} {agenda.start}",
                tracker=agenda.tracker,
                team=agenda.team,
                sprint=agenda.sprint,
                start=agenda.start,
                total=agenda.next_up_count,
                entries=agenda.entries,
                open_count=agenda.open_count,
            )


def load_late_changes(transaction: Transaction, backlog: Backlog, now: datetime) -> Iterator[LateChanges]:
    """Yield what was added or changed after planning in the running sprints of the teams of a backlog.

    Args:
        now: The current time, in the team's time zone.
    """
    tracker = backlog.tracker
    in_active_sprints = (
        backlog.items[outline.index]
        for outline in backlog.outlines
        if not outline.restricted and any(sprint.state is SprintState.ACTIVE for sprint in outline.sprints)
    )
    late_changes = find_late_changes(
        in_active_sprints, get_history=lambda item: items.history(transaction, tracker, item.id)
    )
    changes: dict[tuple[str, str], list[LateChange]] = {}
    for change in late_changes:
        if change.kind is not LateChangeKind.ADDED and not _questions_were_cleared_before(transaction, change):
            continue
        changes.setdefault((change.item.team or tracker, change.sprint.name), []).append(change)
    for (team, sprint), sprint_changes in sorted(changes.items()):
        late_items = tuple(_to_late_item(change, now) for change in sprint_changes)
        yield LateChanges(tracker=tracker, team=team, sprint=sprint, items=late_items)


def _questions_were_cleared_before(transaction: Transaction, change: LateChange) -> bool:
    """Whether all questions about an item were cleared before it changed. Otherwise the change may be the answer."""
    stored = findings.for_item(transaction, change.item.tracker, change.item.id)
    warnings = [finding for finding in stored if finding.finding.severity is Severity.WARNING]
    return all(finding.cleared is not None and finding.cleared < change.at for finding in warnings)


def _to_late_item(change: LateChange, now: datetime) -> LateItem:
    """Reduce a change to what reports show."""
    day = change.at.astimezone(now.tzinfo).date()
    item = change.item
    return LateItem(
        id=f"{item.tracker} {item.key} {change.kind} {change.sprint.name} {day}",
        key=item.key,
        title=item.title,
        link=item.url,
        kind=change.kind,
        day=day,
        before=change.before,
        after=change.after,
    )
