"""Measures a team's experiment with its way of working: one figure, for the time before it began and since."""

import statistics
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

from msgspec import Struct

from rules.flow.durations import cycle_days, percentile
from rules.flow.sprint_results import SprintMember, sprint_results
from rules.model import FinishedItem, HierarchyLevel
from sync.settings import Settings
from sync.settings.experiments import Experiment, Measure
from sync.store import Transaction, items, snapshots
from sync.store.backlogs import finished_items
from sync.store.snapshots import DailySnapshot

TRACKER_MEASURES = frozenset({Measure.DONE_IN_SPRINT, Measure.READY, Measure.QUESTIONS})
"""Measures that are known only for a whole tracker, not for each team that uses it."""
_LATE_PERCENTILE = 0.85
"""The measured cycle time is the time within which this share of the finished items was done."""
_MIN_FINISHED_ITEMS = 10
"""The minimum number of finished items with a known cycle time for a percentile."""


class Measurement(Struct, frozen=True):
    """A figure, and the size of its sample.

    Attributes:
        value: The figure, in the unit of the measure; None if there is too little data.
        n: The size of the sample: the number of finished items, of items in sprints, or of days with a snapshot.
    """

    value: float | None
    n: int


class ExperimentResult(Struct, frozen=True, kw_only=True):
    """An experiment with its figure before it began and since.

    Attributes:
        team: The team, or the tracker for a measure that is only known for a whole tracker.
        measure: What is measured, such as "cycle-time".
        planned_end: The day after the last planned day.
        before_start: The first day of the period before the experiment, which is as long as the experiment.
        until: The day after the last measured day.
        verdict: What the team decided: "keep", "adjust" or "drop"; empty before it has decided.
        because: Why it decided this.
    """

    title: str
    team: str
    measure: str
    start: date
    planned_end: date
    before_start: date
    until: date
    before: Measurement
    since: Measurement
    verdict: str
    because: str


def load_experiment_results(
    transaction: Transaction, experiments: Sequence[Experiment], settings: Settings, now: datetime
) -> list[ExperimentResult]:
    """Measure experiments from the stored history of all trackers."""
    return [_measure_experiment(transaction, experiment, settings, now) for experiment in experiments]


def _measure_experiment(
    transaction: Transaction, experiment: Experiment, settings: Settings, now: datetime
) -> ExperimentResult:
    """Measure an experiment. For a measure of `TRACKER_MEASURES`, its team is a tracker."""
    before_start = experiment.start - timedelta(weeks=experiment.weeks)
    until = min(experiment.end, now.date())
    measure = partial(
        _measure,
        experiment.measure,
        finished=[
            item
            for tracker in settings.trackers
            for item in finished_items(transaction, tracker, _midnight(before_start), settings.team_map)
            if item.team == experiment.team and item.level is HierarchyLevel.REQUIREMENT
        ],
        members=list(items.sprint_members(transaction, experiment.team, _midnight(before_start)))
        if experiment.measure is Measure.DONE_IN_SPRINT
        else [],
        daily_snapshots=snapshots.since(transaction, experiment.team, before_start),
    )
    return ExperimentResult(
        title=experiment.title,
        team=experiment.team,
        measure=experiment.measure.value,
        start=experiment.start,
        planned_end=experiment.planned_end,
        before_start=before_start,
        until=until,
        before=measure(before_start, experiment.start),
        since=measure(experiment.start, until),
        verdict=experiment.verdict.value if experiment.verdict else "",
        because=experiment.because,
    )


def _measure(
    measure: Measure,
    first: date,
    end: date,
    *,
    finished: Sequence[FinishedItem],
    members: Sequence[SprintMember],
    daily_snapshots: Sequence[DailySnapshot],
) -> Measurement:
    """Measure a period.

    Args:
        end: The day after its last day.
        members: Items with the sprints that they were in.
        daily_snapshots: Counts of the backlog.
    """
    start_time, end_time = _midnight(first), _midnight(end)
    finished_in_period = [item for item in finished if start_time <= item.resolved < end_time]
    measured = [snapshot for snapshot in daily_snapshots if first <= snapshot.day < end]
    match measure:
        case Measure.CYCLE_TIME:
            cycle_times = [days for item in finished_in_period if (days := cycle_days(item)) is not None]
            has_enough = len(cycle_times) >= _MIN_FINISHED_ITEMS
            return Measurement(percentile(cycle_times, _LATE_PERCENTILE) if has_enough else None, len(cycle_times))
        case Measure.THROUGHPUT:
            weeks = (end - first).days / 7
            return Measurement(len(finished_in_period) / weeks if weeks >= 1 else None, len(finished_in_period))
        case Measure.DONE_IN_SPRINT:
            results = sprint_results(members, start_time, end_time)
            total = sum(result.total for result in results)
            return Measurement(100 * sum(result.done for result in results) / total if total else None, total)
        case Measure.READY:
            return _mean([snapshot.next_ready / snapshot.next_up for snapshot in measured if snapshot.next_up])
        case Measure.QUESTIONS:
            return _mean([snapshot.flagged / snapshot.open_items for snapshot in measured if snapshot.open_items])


def _mean(shares: list[float]) -> Measurement:
    """The mean of shares, in percent."""
    return Measurement(100 * statistics.fmean(shares) if shares else None, len(shares))


def _midnight(day: date) -> datetime:
    """The beginning of a day, UTC."""
    return datetime.combine(day, time(), UTC)
