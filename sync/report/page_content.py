"""Loads the content of the report page from the store. Items that the tracker shows only to some people are left
out.
"""

import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from msgspec import Struct

from rules.flow.durations import Clock, choose_clock, elapsed_days, percentile
from rules.flow.slips import Outlook, end_of_plan
from rules.flow.sprint_results import SprintResult, sprint_results
from rules.flow.throughput import WorkingDays
from rules.lifecycle import FindingState
from rules.model import (
    Backlog,
    Decision,
    Finding,
    HierarchyLevel,
    StatusCategory,
    WorkItem,
    drop_superseded,
)
from rules.priority.moscow import MoscowShares
from rules.priority.value_matrix import Quadrant, rate_matrix
from rules.registry import all_rules
from sync.decisions.changes_since import changes_since, describe_changes
from sync.decisions.declined import find_declined_items
from sync.inspect.models import Model, report_model
from sync.inspect.priorities import SuggestedMove, suggest_moves
from sync.messages import Messages
from sync.report.agenda import Agenda, load_agendas
from sync.report.digest import Digest, TrackerDigest, make_digest
from sync.report.page_outlooks import ChangeEffect, TeamOutlook, find_effect_of_move, forecast_teams
from sync.report.planning import Dependencies, PiReadiness, judge_features, load_dependencies
from sync.rounds.judging import HISTORY_WINDOW
from sync.settings import Configuration
from sync.store import Database, Transaction, decisions, findings, items, snapshots
from sync.store.backlogs import load_backlog
from sync.store.snapshots import DailySnapshot

_CHART_WINDOW = timedelta(days=180)
"""The period that the charts show."""
_MIN_FINISHED_ITEMS = 20
"""Finished items that are needed for a percentile."""
_LATE_PERCENTILE = 0.85
"""An item in progress is late if it is older than this share of the finished items were."""
_MAX_AGING = 12
"""How many items in progress the page shows."""
_MAX_DECISIONS = 40
"""How many entries of the decision log the page shows."""
_MAX_MOVES = 5
"""How many suggested moves the page shows."""
_MAX_POINTS = 25
"""How many items a matrix of value and effort shows; the keys of more items would overlap."""
_MAX_SPRINTS = 6
"""How many of the last sprints the page shows."""
_MAX_EXAMPLES = 5
"""How many items the page names for a rule."""


class AgingItem(Struct, frozen=True, kw_only=True):
    """An item in progress, and its age in days."""

    key: str
    title: str
    url: str
    age: float


class Durations(Struct, frozen=True, kw_only=True):
    """The durations of recently finished items.

    Attributes:
        clock: Whether these are cycle times or lead times.
        finished: Day, duration in days and key of each item. The key of a restricted item is empty.
        median, late: The median and the 85th percentile in days; None if there are too few items.
    """

    clock: Clock
    finished: tuple[tuple[date, float, str], ...]
    median: float | None = None
    late: float | None = None


class RuleCard(Struct, frozen=True, kw_only=True):
    """The findings of a rule: the number of flagged items, the findings by state, and a few examples."""

    rule: str
    flagged: int
    states: dict[str, int]
    question: str
    examples: tuple[str, ...]


class LoggedDecision(Struct, frozen=True, kw_only=True):
    """An entry of the decision log.

    Attributes:
        kind: The readable name of what was decided.
        about: Id of the rule; empty if it is about the whole item.
        role: The role of the person who decided.
        made: The day of the decision.
        review: The day of its review.
        is_due: Whether it is due for review.
        changes: What has changed on the item since then, if it is due.
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


class TeamPage(Struct, frozen=True, kw_only=True):
    """One tracker's part of the page.

    Attributes:
        mode: "shadow" (nothing is written) or "write", in the last round.
        agendas: The agenda of each of its teams.
        aging: Items in progress, the oldest first.
        overdue: Number of items in progress that are late.
        durations: How long finished items took.
        rules: The findings of each rule.
        snapshots: The counts of each day.
        sprints: What was done in the last sprints.
        last_good: When a round was last complete.
        trouble: Why the data is stale; empty if it is not.
    """

    tracker: str
    mode: str
    open_items: int
    agendas: tuple[Agenda, ...]
    aging: tuple[AgingItem, ...]
    overdue: int
    durations: Durations
    rules: tuple[RuleCard, ...]
    decisions: tuple[LoggedDecision, ...]
    snapshots: tuple[DailySnapshot, ...]
    sprints: tuple[SprintResult, ...]
    last_good: datetime | None
    trouble: str


class ValueMatrix(Struct, frozen=True, kw_only=True):
    """The items of one level with a value and an effort, and the thresholds of both.

    Attributes:
        points: Key, effort and value of each item.
        quick_wins: Keys of the items that give much value for little effort.
    """

    tracker: str
    level: HierarchyLevel
    value: float
    effort: float
    points: tuple[tuple[str, float, float], ...]
    quick_wins: tuple[str, ...]


class PageContent(Struct, frozen=True, kw_only=True):
    """Everything on the page; times are in the team's time zone.

    Attributes:
        created: When the content was loaded.
        digest: The digest of the day.
        teams: The part of each tracker.
        moves: The suggested moves that matter most.
        more_moves: The number of further moves.
        what_if: The effect of the first move that can be forecast; None if there is none.
        outlooks: The forecast of each team.
        matrices: Value against effort of the items.
        shares: The effort of each MoSCoW class, by the name of the sprint or release, and for all open items.
        dependencies: The dependencies between open items.
        pi_planning: The day of the next PI planning (program increment); None if it is not configured.
        pi_readiness: Which features are ready for it.
    """

    created: datetime
    digest: Digest
    teams: tuple[TeamPage, ...]
    moves: tuple[SuggestedMove, ...] = ()
    more_moves: int = 0
    what_if: ChangeEffect | None = None
    outlooks: tuple[TeamOutlook, ...] = ()
    matrices: tuple[ValueMatrix, ...] = ()
    shares: dict[str, MoscowShares] = {}
    dependencies: Dependencies = Dependencies(counts={}, across_teams=0, to_move=())
    pi_planning: date | None = None
    pi_readiness: tuple[PiReadiness, ...] = ()


def load_page_content(database: Database, configuration: Configuration, now: datetime) -> PageContent:
    """Load the content of the page.

    Args:
        database: The store.
        configuration: The configuration, with the trackers and the language.
        now: The current time, in the team's time zone.
    """
    settings, messages = configuration.settings, configuration.messages
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    digest = make_digest(database, tuple(settings.trackers), midnight, messages)
    with database.reading() as transaction:
        backlogs = [
            load_backlog(transaction, part.tracker, now - HISTORY_WINDOW, teams=settings.team_map).with_feedback(
                configuration.feedback
            )
            for part in digest.trackers
        ]
        teams = tuple(
            _team_page(
                transaction,
                part,
                backlog,
                load_agendas(transaction, part.tracker, messages, settings.asks, with_restricted=False),
                now,
                messages,
            )
            for part, backlog in zip(digest.trackers, backlogs, strict=True)
        )
        declined = {
            key
            for backlog in backlogs
            for key in find_declined_items(backlog.items, decisions.by_item(transaction, backlog.tracker), now)
        }
    options = configuration.ruleset().priority.wsjf
    moves = suggest_moves(backlogs, now, messages, options, declined)
    visible = [backlog.without_restricted() for backlog in backlogs]
    pi_planning = settings.schedule.pi_planning
    calendar = WorkingDays(days_off=frozenset(settings.schedule.days_off))
    outlook = Outlook(backlogs, now, end_of_plan(backlogs, now), calendar)
    return PageContent(
        created=now,
        digest=digest,
        teams=teams,
        moves=moves[:_MAX_MOVES],
        more_moves=max(0, len(moves) - _MAX_MOVES),
        what_if=find_effect_of_move(outlook, backlogs, moves[:_MAX_MOVES], messages),
        outlooks=tuple(forecast_teams(outlook, messages)),
        matrices=tuple(_matrices([item for backlog in visible for item in backlog.items])),
        dependencies=load_dependencies(visible),
        pi_planning=pi_planning,
        pi_readiness=tuple(judge_features(visible, configuration.ruleset(), now)) if pi_planning else (),
        shares=report_model(Model.MOSCOW, visible, options, messages).shares,
    )


def _matrices(visible: Sequence[WorkItem]) -> Iterator[ValueMatrix]:
    """Yield the matrices of value and effort, where people have filled in both."""
    for matrix in rate_matrix(visible):
        points = tuple(
            (rating.item.key, float(rating.inputs["effort"]), float(rating.inputs["value"]))
            for rating in matrix.ratings
            if rating.result
        )
        if points and matrix.effort:
            yield ValueMatrix(
                tracker=matrix.tracker,
                level=matrix.level,
                value=matrix.value,
                effort=matrix.effort,
                points=points[:_MAX_POINTS],
                quick_wins=tuple(
                    rating.item.key for rating in matrix.ratings if rating.result == Quadrant.QUICK_WIN.value
                ),
            )


def _team_page(  # noqa: PLR0917 - one team, read once
    transaction: Transaction,
    part: TrackerDigest,
    backlog: Backlog,
    agendas: Sequence[Agenda],
    now: datetime,
    messages: Messages,
) -> TeamPage:
    """Load one tracker's part of the page."""
    tracker = part.tracker
    finding_states = [(finding, FindingState(state)) for finding, state, _ in findings.present(transaction, tracker)]
    durations = _durations(backlog, now)
    aging = _aging(backlog, now)
    return TeamPage(
        tracker=tracker,
        mode=part.mode,
        open_items=len(backlog.items),
        agendas=tuple(agendas),
        aging=tuple(aging[:_MAX_AGING]),
        overdue=sum(1 for item in aging if durations.late is not None and item.age > durations.late),
        durations=durations,
        rules=tuple(_rule_cards(finding_states, backlog, messages)),
        decisions=tuple(_logged_decisions(transaction, tracker, now, messages)),
        snapshots=tuple(snapshots.since(transaction, tracker, (now - _CHART_WINDOW).date())),
        sprints=tuple(
            sprint_results(items.sprint_members(transaction, tracker, now - _CHART_WINDOW), now - _CHART_WINDOW, now)
        )[-_MAX_SPRINTS:],
        last_good=part.last_good,
        trouble=part.trouble,
    )


def _aging(backlog: Backlog, now: datetime) -> list[AgingItem]:
    """Items in progress, the oldest first."""
    started = [
        (item, item.started)
        for item in backlog.items
        if item.started is not None
        and item.category is StatusCategory.IN_PROGRESS
        and item.level is HierarchyLevel.REQUIREMENT
        and not item.restricted
    ]
    aging = [
        AgingItem(key=item.key, title=item.title, url=item.url, age=(now - start).total_seconds() / 86_400)
        for item, start in started
    ]
    return sorted(aging, key=lambda item: -item.age)


def _durations(backlog: Backlog, now: datetime) -> Durations:
    """How long recently finished items took."""
    finished = [
        item for item in backlog.finished_since(now - _CHART_WINDOW) if item.level is HierarchyLevel.REQUIREMENT
    ]
    clock = choose_clock(finished, _MIN_FINISHED_ITEMS)
    known = [(item, duration) for item in finished if (duration := elapsed_days(item, clock)) is not None]
    durations = [duration for _, duration in known]
    points = tuple(
        (item.resolved.astimezone(now.tzinfo).date(), duration, "" if item.restricted else item.key)
        for item, duration in known
    )
    if len(durations) < _MIN_FINISHED_ITEMS:
        return Durations(clock=clock, finished=points)
    return Durations(
        clock=clock, finished=points, median=statistics.median(durations), late=percentile(durations, _LATE_PERCENTILE)
    )


def _rule_cards(
    finding_states: Sequence[tuple[Finding, FindingState]], backlog: Backlog, messages: Messages
) -> list[RuleCard]:
    """Summarize the findings of each rule that has any."""
    ranks = {item.id: rank for rank, item in enumerate(backlog.items) if not item.restricted}
    cards = []
    for rule in all_rules():
        rule_findings = [
            (finding, state) for finding, state in finding_states if finding.rule == rule and finding.item in ranks
        ]
        if not rule_findings:
            continue
        rule_findings.sort(key=lambda entry: ranks[entry[0].item])
        cards.append(
            RuleCard(
                rule=rule,
                flagged=len({finding.item for finding, _ in rule_findings}),
                states=dict(Counter(messages.name("report.states", state.value) for _, state in rule_findings)),
                question=messages.finding(rule_findings[0][0]).question,
                examples=tuple(finding.key for finding, _ in rule_findings[:_MAX_EXAMPLES]),
            )
        )
    return cards


def _describe_changes(
    transaction: Transaction, decision: Decision, item: WorkItem, now: datetime, messages: Messages
) -> str:
    """Describe what has changed on an item since a decision about it that is due for review; empty for others."""
    if not (decision.kind.is_about_the_item and decision.review_reason(now, item.evidence)):
        return ""
    history = items.transitions(transaction, item.tracker, item.id)
    return describe_changes(changes_since(decision, item, history), messages)


def _logged_decisions(
    transaction: Transaction, tracker: str, now: datetime, messages: Messages
) -> list[LoggedDecision]:
    """The decisions in force or due for review, the latest first."""
    entries: list[tuple[Decision, WorkItem]] = []
    for item_id, item_decisions in decisions.by_item(transaction, tracker).items():
        item = items.item_by_id(transaction, tracker, item_id)
        if item is not None and not item.restricted and item.is_open:
            entries += [(decision, item) for decision in drop_superseded(item_decisions)]
    entries.sort(key=lambda entry: entry[0].at, reverse=True)
    return [
        LoggedDecision(
            key=item.key,
            title=item.title,
            url=item.url,
            kind=messages.name("comment.verdicts", decision.kind),
            about=decision.rule,
            reason=decision.reason,
            role=decision.by,
            made=decision.at.astimezone(now.tzinfo).date(),
            review=decision.review.astimezone(now.tzinfo).date() if decision.review else None,
            is_due=bool(decision.review_reason(now, item.evidence)),
            changes=_describe_changes(transaction, decision, item, now, messages),
        )
        for decision, item in entries[:_MAX_DECISIONS]
    ]
