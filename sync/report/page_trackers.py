"""Loads the part of the report page about one tracker: its durations, rules and decisions.

A finding is what a rule flagged in an item.
"""

import statistics
from bisect import insort
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from msgspec import Struct

from rules.flow.durations import DurationKind, choose_duration_kind, elapsed_days, percentile
from rules.flow.sprint_results import SprintResult, sprint_results
from rules.model import Backlog, Decision, FinishedItem, HierarchyLevel, StatusCategory, WorkItem, drop_superseded
from rules.priority.levels import HIGH_LEVEL, priority_level
from rules.registry import all_rules
from sync.decisions.changes_since import changes_since, describe_changes
from sync.messages import Messages
from sync.store import Transaction, decisions, findings, items, snapshots
from sync.store.findings import PresentFinding
from sync.store.snapshots import DailySnapshot

_CHART_WINDOW = timedelta(days=180)
"""The period that the charts show, up to now."""
_MIN_FINISHED_ITEMS = 20
"""The minimum number of finished items for a percentile."""
_LATE_PERCENTILE = 0.85
"""An item in progress is late if its age exceeds this percentile of the durations of the finished items."""
_MAX_AGING = 12
"""The maximum number of items in progress on the page."""
_MAX_DECISIONS = 40
"""The maximum number of entries of the decision log on the page."""
_MAX_SPRINTS = 6
"""The maximum number of sprints on the page, which are the last ones that have ended."""
_MIN_PRIORITIES = 20
"""The minimum number of items with a priority for a share of urgent ones."""
_UNTOUCHED = timedelta(days=60)
"""An urgent item that nobody has changed or commented on for this time can evidently wait."""
_MAX_EXAMPLES = 5
"""The maximum number of items that the page names for a rule."""


class AgingItem(Struct, frozen=True, kw_only=True):
    """An item in progress, and its age in days."""

    key: str
    title: str
    url: str
    age: float


class Durations(Struct, frozen=True, kw_only=True):
    """The durations of the items that were finished within `_CHART_WINDOW`.

    Attributes:
        kind: Whether these are cycle times or lead times.
        finished: Day, duration in days and key of each item. The key is empty if the tracker restricts who can see it.
        median: Their median in days; None if there are too few items.
        late_after: The duration above which an item counts as late: their 85th percentile in days, or None as above.
    """

    kind: DurationKind
    finished: tuple[tuple[date, float, str], ...]
    median: float | None = None
    late_after: float | None = None


class RuleCard(Struct, frozen=True, kw_only=True):
    """The findings of a rule.

    Attributes:
        flagged: The number of flagged items, without those whose visibility the tracker restricts.
        states: The number of findings by the displayed name of their state.
        question, examples: The question about the first of these items, and the keys of the first ones.
    """

    rule: str
    flagged: int
    states: dict[str, int]
    question: str
    examples: tuple[str, ...]


class LoggedDecision(Struct, frozen=True, kw_only=True):
    """An entry of the decision log.

    Attributes:
        kind: The readable name of what was decided.
        about: The rule that the decision is about, or the field or label that a person has changed (the label says
            that an item is ready for a purpose, such as a sprint); empty if it is about the whole item.
        role: The displayed name of the role of the person who decided.
        changes: What has changed in the item since the decision, if it is due for review.
    """

    key: str
    title: str
    url: str
    kind: str
    about: str
    reason: str
    role: str
    made: date
    review: date | None
    is_due: bool
    changes: str = ""


class UrgentItems(Struct, frozen=True):
    """How many open items have a high priority.

    Attributes:
        untouched: The number of these that nobody has changed or commented on for 60 days.
        prioritized: The number of open items with a priority that somebody chose.
    """

    high: int
    untouched: int
    prioritized: int


class TrackerContent(Struct, frozen=True, kw_only=True):
    """The part of the page about one tracker.

    Attributes:
        aging: Items in progress, the oldest first.
        late_count: The number of items in progress that are late.
        durations: How long finished items took.
        snapshots: Counts of open and flagged items, one snapshot a day.
        sprints: How many items were finished in each of the last sprints.
        urgent: How many items have a high priority; None if too few have any.
    """

    tracker: str
    aging: tuple[AgingItem, ...]
    late_count: int
    durations: Durations
    rules: tuple[RuleCard, ...]
    decisions: tuple[LoggedDecision, ...]
    snapshots: tuple[DailySnapshot, ...]
    sprints: tuple[SprintResult, ...]
    urgent: UrgentItems | None = None

    @property
    def late_items(self) -> list[AgingItem]:
        """Those of the listed items in progress that are late."""
        return [
            item
            for item in self.aging
            if self.durations.late_after is not None and item.age > self.durations.late_after
        ]


def load_tracker_content(
    transaction: Transaction, backlog: Backlog, now: datetime, messages: Messages
) -> TrackerContent:
    """Load the part of the page about one tracker.

    Args:
        backlog: The tracker's backlog, with the items that were finished within `_CHART_WINDOW`.
        now: The current time, in the team's time zone.
    """
    tracker = backlog.tracker
    durations = _measure_durations(backlog, now)
    aging = _list_aging_items(backlog, now)
    return TrackerContent(
        tracker=tracker,
        aging=tuple(aging[:_MAX_AGING]),
        late_count=sum(1 for item in aging if durations.late_after is not None and item.age > durations.late_after),
        durations=durations,
        rules=tuple(_make_rule_cards(transaction, backlog, messages)),
        decisions=tuple(_list_logged_decisions(transaction, backlog, now, messages)),
        snapshots=tuple(snapshots.since(transaction, tracker, (now - _CHART_WINDOW).date())),
        sprints=tuple(
            sprint_results(items.sprint_members(transaction, tracker, now - _CHART_WINDOW), now - _CHART_WINDOW, now)
        )[-_MAX_SPRINTS:],
        urgent=_count_urgent_items(backlog, now),
    )


def _count_urgent_items(backlog: Backlog, now: datetime) -> UrgentItems | None:
    """Count the items with a high priority; None if fewer than `_MIN_PRIORITIES` have a chosen priority.

    A comment of a person counts as a change (`WorkItem.changed_by_person`).
    """
    levels = [
        (level, item.changed_by_person)
        for item in backlog.items
        if item.level is HierarchyLevel.REQUIREMENT
        and item.priority_is_default is not True
        and (level := priority_level(item.priority)) is not None
    ]
    if len(levels) < _MIN_PRIORITIES:
        return None
    high = [changed for level, changed in levels if level <= HIGH_LEVEL]
    untouched = sum(1 for changed in high if changed is not None and now - changed >= _UNTOUCHED)
    return UrgentItems(len(high), untouched, len(levels))


def _list_aging_items(backlog: Backlog, now: datetime) -> list[AgingItem]:
    """List the items in progress, the oldest first."""
    in_progress = (
        backlog.items[outline.index]
        for outline in backlog.outlines
        if outline.category is StatusCategory.IN_PROGRESS
        and outline.level is HierarchyLevel.REQUIREMENT
        and not outline.restricted
    )
    aging = [
        AgingItem(key=item.key, title=item.title, url=item.url, age=(now - item.started).total_seconds() / 86_400)
        for item in in_progress
        if item.started is not None
    ]
    return sorted(aging, key=lambda item: -item.age)


def _measure_durations(backlog: Backlog, now: datetime) -> Durations:
    """Calculate how long the items took that were finished within `_CHART_WINDOW`."""

    def finished() -> Iterator[FinishedItem]:
        items = backlog.finished_since(now - _CHART_WINDOW)
        return (item for item in items if item.level is HierarchyLevel.REQUIREMENT)

    kind = choose_duration_kind(finished(), _MIN_FINISHED_ITEMS)
    points = tuple(
        (item.resolved.astimezone(now.tzinfo).date(), duration, "" if item.restricted else item.key)
        for item in finished()
        if (duration := elapsed_days(item, kind)) is not None
    )
    durations = [duration for _, duration, _ in points]
    if len(durations) < _MIN_FINISHED_ITEMS:
        return Durations(kind=kind, finished=points)
    return Durations(
        kind=kind,
        finished=points,
        median=statistics.median(durations),
        late_after=percentile(durations, _LATE_PERCENTILE),
    )


@dataclass
class _RuleSummary:
    """Counts the findings of a rule.

    Attributes:
        ranks: The ranks of the flagged items.
        states: The number of findings by state.
        first: By state: the first rank of an item with such a finding.
        earliest: By state: the time and the id of the finding that was found first.
        examples: The findings of the first items, each as its item's rank, its time and its id.
    """

    ranks: set[int] = field(default_factory=set)
    states: Counter[str] = field(default_factory=Counter)
    first: dict[str, int] = field(default_factory=dict)
    earliest: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    examples: list[tuple[int, datetime, str]] = field(default_factory=list)

    def add(self, finding: PresentFinding, rank: int) -> None:
        """Count a finding of the item with this rank, and keep its id if it is one of the first."""
        state, found = finding.state, (finding.first_seen, finding.id)
        self.ranks.add(rank)
        self.states[state] += 1
        self.first[state] = min(rank, self.first.get(state, rank))
        self.earliest[state] = min(found, self.earliest.get(state, found))
        insort(self.examples, (rank, *found))
        del self.examples[_MAX_EXAMPLES:]

    def count_by_name(self, messages: Messages) -> dict[str, int]:
        """Return the number of findings by the displayed name of their state, that of the first item first."""
        counts: Counter[str] = Counter()
        for state in sorted(self.states, key=lambda state: (self.first[state], self.earliest[state])):
            counts[messages.name("report.states", state)] += self.states[state]
        return dict(counts)


def _make_rule_cards(transaction: Transaction, backlog: Backlog, messages: Messages) -> Iterator[RuleCard]:
    """Summarize the findings of each rule that has any."""
    ranks = {outline.id: outline.index for outline in backlog.outlines if not outline.restricted}
    summaries: dict[str, _RuleSummary] = defaultdict(_RuleSummary)
    for counted in findings.present_columns(transaction, backlog.tracker):
        if counted.item in ranks:
            summaries[counted.rule].add(counted, ranks[counted.item])
    for rule in all_rules():
        if summary := summaries.get(rule):
            ids = [finding_id for _, _, finding_id in summary.examples]
            examples = {finding.id: finding for finding in findings.by_ids(transaction, ids)}
            yield RuleCard(
                rule=rule,
                flagged=len(summary.ranks),
                states=summary.count_by_name(messages),
                question=messages.finding(examples[ids[0]]).question,
                examples=tuple(examples[finding_id].key for finding_id in ids),
            )


def _describe_changes(
    transaction: Transaction, decision: Decision, item: WorkItem, now: datetime, messages: Messages
) -> str:
    """Describe what has changed in an item since a decision about it; empty if the decision is not due for review."""
    if not (decision.kind.is_about_the_item and decision.review_reason(now, item.demand)):
        return ""
    history = items.history(transaction, item.tracker, item.id)
    return describe_changes(changes_since(decision, item, history), messages)


def _list_logged_decisions(
    transaction: Transaction, backlog: Backlog, now: datetime, messages: Messages
) -> list[LoggedDecision]:
    """List the decisions in force or due for review, the latest first."""
    entries: list[tuple[Decision, WorkItem]] = []
    decisions_by_item = decisions.by_item(transaction, backlog.tracker)
    for outline in backlog.outlines:
        if outline.id in decisions_by_item and not outline.restricted:
            item = backlog.items[outline.index]
            entries += [(decision, item) for decision in drop_superseded(decisions_by_item[item.id])]
    entries.sort(key=lambda entry: entry[0].at, reverse=True)
    return [
        LoggedDecision(
            key=item.key,
            title=item.title,
            url=item.url,
            kind=messages.name("report.answer-kinds", decision.kind),
            about=decision.rule,
            reason=decision.reason,
            role=messages.name("page.log.roles", decision.by),
            made=decision.at.astimezone(now.tzinfo).date(),
            review=decision.review.astimezone(now.tzinfo).date() if decision.review else None,
            is_due=bool(decision.review_reason(now, item.demand)),
            changes=_describe_changes(transaction, decision, item, now, messages),
        )
        for decision, item in entries[:_MAX_DECISIONS]
    ]
