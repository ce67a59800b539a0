"""Loads the figures for a retrospective: on sprints, unfinished items, rework, forecasts and measures of objectives.

All figures are about teams or trackers and come with the size of their sample. No item is named, because some items may
be visible only to some people. A rule flags an item in which it finds something to ask about.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from msgspec import Struct

from rules.flow.causes import Cause, find_causes
from rules.flow.late_changes import find_addition_time
from rules.flow.sprint_results import SprintResult, find_unfinished
from rules.flow.throughput import WINDOW_WEEKS
from rules.model import Backlog, HierarchyLevel, WorkItem
from rules.priority.goals import Objective, SprintGoalOutcome
from rules.priority.measures import MeasureOutcome, judge_measure
from sync.inspect.forecast import Calibration, calibrate_forecasts
from sync.settings import Configuration
from sync.store import Transaction, findings, items, tracker_states

_PERIOD = timedelta(days=180)
"""The maximum length of the period, ending now, that the figures cover."""
_DELIVERY_PERIOD = timedelta(days=365)
"""The length of the period, ending now, in which the latest delivery for an objective is looked for."""
_FORECAST_WEEKS = 2
"""How many weeks the checked forecasts look ahead: about a sprint."""
_FORECAST_RUNS = 1000
"""How many runs are simulated for each of them: fewer than for plans, because there may be many teams."""
_MAX_ITEMS = 500
"""The maximum number of unfinished items of a tracker whose history is read, and also of finished ones."""


class Share(Struct, frozen=True):
    """A number of items out of a sample of `n` items."""

    part: int
    n: int

    @property
    def percent(self) -> int:
        """The share in percent, rounded."""
        return round(100 * self.part / self.n)


class SprintGoal(Struct, frozen=True):
    """The goal of an ended sprint; the outcome is None if nobody has recorded it."""

    sprint: str
    goal: str
    outcome: SprintGoalOutcome | None


class TrackerRetrospective(Struct, frozen=True, kw_only=True):
    """The figures about the teams of one tracker.

    Attributes:
        sprints: The number of sprints that the figures cover: the last ones that have ended.
        done: The number of items that were done in one of these sprints, out of those that were in it.
        carried_over: The number of items that were moved on to a later sprint.
        goals: The goals of these sprints, the latest first.
        causes: How often each cause was found for items that were not done in their sprint, the commonest first.
        unfinished: The number of these items.
        reworked_flagged: The number of finished items that had been reopened, out of those that a rule had flagged.
        reworked_unflagged: The number of finished items that had been reopened, out of the others.
    """

    tracker: str
    sprints: int
    done: Share
    carried_over: int
    goals: tuple[SprintGoal, ...]
    causes: tuple[tuple[Cause, int], ...]
    unfinished: int
    reworked_flagged: Share
    reworked_unflagged: Share


class Retrospective(Struct, frozen=True):
    """All figures for a retrospective.

    Attributes:
        calibrations: How often forecasts for each team were right, by team.
        measures: For each objective with a measure, its values before and after the last delivery of work for it.
    """

    trackers: tuple[TrackerRetrospective, ...] = ()
    calibrations: Mapping[str, Calibration] = {}
    measures: tuple[MeasureOutcome, ...] = ()


def load_retrospective(
    transaction: Transaction,
    configuration: Configuration,
    sprint_results: Mapping[str, Sequence[SprintResult]],
    backlogs: Sequence[Backlog],
    now: datetime,
) -> Retrospective:
    """Load the figures for a retrospective.

    Args:
        sprint_results: The results of each tracker's last sprints, by tracker.
        backlogs: The backlogs of all trackers, with finished items.
    """
    calendar = configuration.settings.schedule.working_days
    history_start = now - _PERIOD - timedelta(weeks=WINDOW_WEEKS)
    forecasts = calibrate_forecasts(backlogs, now, _FORECAST_WEEKS, calendar, history_start, _FORECAST_RUNS)
    return Retrospective(
        tuple(
            _load_tracker_figures(transaction, tracker, results, configuration.goals.sprint_goals, now)
            for tracker, results in sprint_results.items()
        ),
        {forecast.team: forecast.calibration for forecast in forecasts if forecast.calibration is not None},
        _judge_measures(transaction, configuration, tuple(sprint_results), now),
    )


def _load_tracker_figures(
    transaction: Transaction,
    tracker: str,
    results: Sequence[SprintResult],
    goals: Mapping[str, SprintGoalOutcome],
    now: datetime,
) -> TrackerRetrospective:
    """Load the figures about one tracker.

    Causes and rework are counted only since the first round, because before it no rule judged any item. A round is one
    pass over a tracker.
    """
    since = max(tracker_states.load(transaction, tracker).first_round or now, now - _PERIOD)
    unfinished = list(find_unfinished(items.sprint_members(transaction, tracker, since), since, now))[-_MAX_ITEMS:]
    finished = list(items.stream_finished(transaction, tracker, since, _MAX_ITEMS))
    item_ids = {*(member.id for _, _, member in unfinished), *(item.id for item in finished)}
    periods = findings.flagged_periods(transaction, tracker, item_ids)
    causes: Counter[Cause] = Counter()
    for sprint, start, member in unfinished:
        added = find_addition_time(sprint, member.created, items.history(transaction, tracker, member.id))
        causes.update(find_causes(periods.get(member.id, ()), start, added))
    item_counts: Counter[tuple[bool, bool]] = Counter()  # by (a rule had flagged it, it had been reopened)
    for item in finished:
        if item.level is HierarchyLevel.REQUIREMENT and item.resolved is not None:
            is_flagged = any(period.first_seen <= item.resolved for period in periods.get(item.id, ()))
            item_counts[is_flagged, _was_reopened(transaction, item)] += 1
    return TrackerRetrospective(
        tracker=tracker,
        sprints=len(results),
        done=Share(sum(result.done for result in results), sum(result.total for result in results)),
        carried_over=sum(result.carried_over for result in results),
        goals=tuple(
            SprintGoal(result.sprint.name, result.sprint.goal, goals.get(result.sprint.name))
            for result in reversed(results)
            if result.sprint.goal or result.sprint.name in goals
        ),
        causes=tuple(causes.most_common()),
        unfinished=len(unfinished),
        reworked_flagged=Share(item_counts[True, True], item_counts[True, True] + item_counts[True, False]),
        reworked_unflagged=Share(item_counts[False, True], item_counts[False, True] + item_counts[False, False]),
    )


def _was_reopened(transaction: Transaction, item: WorkItem) -> bool:
    """Whether a finished item had been in its present status before, and was then moved to another one."""
    history = items.history(transaction, item.tracker, item.id)
    return any(change.field == "status" and change.before == item.status for change in history)


def _judge_measures(
    transaction: Transaction, configuration: Configuration, trackers: Sequence[str], now: datetime
) -> tuple[MeasureOutcome, ...]:
    """Judge whether the measures of objectives in goals.yaml have moved since work for the objective was delivered."""
    measured = [objective for objective in configuration.goals.objectives if objective.measure]
    if not measured:
        return ()
    own_items: list[list[WorkItem]] = [[] for _ in measured]
    for tracker in trackers:
        for item in items.stream_finished(transaction, tracker, now - _DELIVERY_PERIOD):
            for objective, served_by in zip(measured, own_items, strict=True):
                if _serves(item, objective):
                    served_by.append(item.without_texts())
    return tuple(
        judge_measure(objective, configuration.measures, _find_delivery(served_by, now.date()))
        for objective, served_by in zip(measured, own_items, strict=True)
    )


def _find_delivery(own_items: Sequence[WorkItem], today: date) -> date | None:
    """The day on which work for an objective was last delivered, given its finished items; None if nothing was.

    This is the day of the latest release of its items or, if they have no releases, the day on which the last of them
    was finished.
    """
    release_days = [
        release.day
        for item in own_items
        for release in item.releases
        if release.released and release.day is not None and release.day <= today
    ]
    finish_days = [item.resolved.date() for item in own_items if item.resolved is not None]
    return max(release_days or finish_days, default=None)


def _serves(item: WorkItem, objective: Objective) -> bool:
    """Whether an objective in goals.yaml names an item, its parent or one of its labels.

    It names them by impact: a change in people's behaviour that is expected to help the objective.
    """
    keys = {item.key.casefold(), (item.parent or "").casefold()}
    labels = {label.casefold() for label in item.labels}
    return any(
        not keys.isdisjoint(key.casefold() for key in impact.items) or impact.label.casefold() in labels
        for impact in objective.impacts
    )
