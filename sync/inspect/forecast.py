"""Forecasts for each team: how many items it finishes by a date, and by when each item is finished.

A forecast is based on simulated runs, in which the team works at the pace of random weeks of its past. "With 85 %"
means that 85 % of the runs reach the result. A team's plan is the order in which it works on its open items.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import islice

from msgspec import Struct, field

from rules.flow.calibration import Trial, walk_forward, wilson_interval
from rules.flow.forecast import RUNS, count_working_days, counts_by_probability
from rules.flow.slips import Outlook
from rules.flow.throughput import (
    MIN_ITEMS,
    MIN_WEEKS,
    WINDOW_WEEKS,
    NoForecast,
    NoForecastReason,
    Throughput,
    WorkingDays,
)
from rules.model import Backlog, HierarchyLevel
from sync.messages import Messages

_EARLIEST_TIME = datetime.min.replace(tzinfo=UTC)
"""The default start of the history: early enough that all finished items count."""
_WEEKS_AHEAD = (2, 4, 8, 13)
"""The dates for which items are counted by default, in weeks from today."""


class ItemCount(Struct, frozen=True):
    """The minimum number of items that are finished by a date.

    Attributes:
        p50, p85, p95: The number that is reached with 50, 85 and 95 %.
    """

    by: date
    p50: int
    p85: int
    p95: int


class ItemFinish(Struct, frozen=True, kw_only=True):
    """When an item is finished.

    Attributes:
        position: Its position in the team's plan, from 1.
        due: The end of its sprint, or of the period of the forecast.
        chance: The probability that it is finished by `due`; at most 0.95, because the history
            does not show everything that can happen.
        p50, p85, p95: When it is finished, with 50, 85 and 95 %; None if that is after the last simulated day, or if
            it is unknown because the item waits for one without a forecast.
    """

    key: str
    title: str
    position: int
    due: date
    chance: float
    p50: date | None
    p85: date | None
    p95: date | None


class Calibration(Struct, frozen=True):
    """How often forecasts as of past days were right.

    The 85 % range of a forecast contains the number of finished items with a probability of 85 %.

    Attributes:
        weeks: Number of weeks that the forecasts looked ahead.
        n: Number of forecasts.
        hits: Number of forecasts whose 85 % range contained the actual number; `held` in JSON.
        low, high: The 95 % confidence interval of the share of hits.
    """

    weeks: int
    n: int
    hits: int = field(name="held")
    low: float
    high: float


class TeamForecast(Struct, frozen=True, kw_only=True):
    """The forecast for one team.

    Attributes:
        basis: The history that it is based on, or why there is no forecast, in one sentence.
        open_items: Number of items that wait or are in progress.
        finished: Number of finished items that it is based on.
        weeks: Number of weeks in which these items were finished.
        counts: How many items the team finishes by each of several dates.
        items: When each item is finished, in the order of the plan.
        calibration: How often past forecasts were right; only set by `calibrate_forecasts`, which makes no forecast.
    """

    team: str
    basis: str
    is_possible: bool
    open_items: int
    finished: int
    weeks: int
    counts: tuple[ItemCount, ...] = ()
    items: tuple[ItemFinish, ...] = ()
    calibration: Calibration | None = None


def forecast_teams(
    outlook: Outlook,
    messages: Messages,
    *,
    until: date | None = None,
    keys: Sequence[str] = (),
    limit: int | None = None,
) -> list[TeamForecast]:
    """Forecast all teams.

    Args:
        until: The only date for which to count items; None for the dates in `_WEEKS_AHEAD`.
        keys: Keys of the items to forecast; empty for all items.
        limit: The maximum number of items to forecast for each team; None for all.
    """
    selected_keys = {key.casefold() for key in keys}
    forecasts = []
    for team, order in outlook.orders.items():
        throughput = outlook.throughputs[team]
        simulation = outlook.simulations.get(team)
        counts: list[ItemCount] = []
        finishes: list[ItemFinish] = []
        if simulation is not None:
            ends = [until] if until else [outlook.today + timedelta(weeks=weeks) for weeks in _WEEKS_AHEAD]
            counts = [
                ItemCount(end, *counts_by_probability(simulation, count_working_days(outlook.dates, end)).values())
                for end in ends
            ]
            selected = (
                (position, index)
                for position, index in enumerate(order, start=1)
                if not selected_keys or outlook.items[index].key.casefold() in selected_keys
            )
            finishes = [_forecast_item(outlook, index, position) for position, index in islice(selected, limit)]
        forecasts.append(
            TeamForecast(
                team=team,
                basis=describe_basis(throughput, messages),
                is_possible=simulation is not None,
                open_items=len(order),
                finished=throughput.items,
                weeks=throughput.weeks,
                counts=tuple(counts),
                items=tuple(finishes),
            )
        )
    return forecasts


def _forecast_item(outlook: Outlook, index: int, position: int) -> ItemFinish:
    """Forecast when an item is finished. `index` is its index in `Outlook.items`."""
    item, due = outlook.read_item(index), outlook.due_date(index)
    p50, p85, p95 = outlook.planned_days.dates_by_probability(index, outlook.dates).values()
    chance = outlook.planned_days.probability(index, count_working_days(outlook.dates, due))
    return ItemFinish(
        key=item.key, title=item.title, position=position, due=due, chance=round(chance, 4), p50=p50, p85=p85, p95=p95
    )


def describe_basis(throughput: Throughput | NoForecast, messages: Messages) -> str:
    """Describe the history that a forecast is based on, or why there is no forecast, in one sentence."""
    if isinstance(throughput, Throughput):
        return messages.text(
            "flow.basis", count=throughput.weeks, items=throughput.items, until=f"{throughput.until:%Y-%m-%d}"
        )
    match throughput.reason:
        case NoForecastReason.FEW_ITEMS:
            return messages.text(
                "flow.no-forecast.few-items", count=throughput.items, least=MIN_ITEMS, weeks=WINDOW_WEEKS
            )
        case NoForecastReason.FEW_WEEKS:
            return messages.text("flow.no-forecast.few-weeks", count=throughput.weeks, least=MIN_WEEKS)
        case NoForecastReason.BATCH:
            day = f"{throughput.day:%Y-%m-%d}" if throughput.day else ""
            return messages.text(
                "flow.no-forecast.batch", count=throughput.items_on_day, items=throughput.items, day=day
            )


def calibrate_forecasts(  # noqa: PLR0917 - what is checked, and how thoroughly
    backlogs: Sequence[Backlog],
    now: datetime,
    weeks: int,
    calendar: WorkingDays,
    since: datetime = _EARLIEST_TIME,
    runs: int = RUNS,
) -> list[TeamForecast]:
    """Check how often forecasts for each team would have been right in its own history.

    Args:
        backlogs: The backlogs, with finished items.
        weeks: How many weeks the forecasts look ahead.
        since: Items that were finished before this time are left out.
    """
    finish_dates: dict[str, list[date]] = {}
    for backlog in backlogs:
        for item in backlog.finished:
            if item.level is HierarchyLevel.REQUIREMENT and since <= item.resolved < now:
                finish_dates.setdefault(item.team, []).append(item.resolved.date())
    forecasts = []
    for team, team_dates in sorted(finish_dates.items()):
        # `walk_forward` also yields the days on which no forecast was possible; only forecasts can be right.
        trials = [
            trial
            for trial in walk_forward(
                sorted(team_dates), weeks, seed=team, calendar=calendar, runs=runs, until=now.date()
            )
            if isinstance(trial, Trial)
        ]
        hits = sum(trial.is_within_range for trial in trials)
        low, high = wilson_interval(hits, len(trials))
        forecasts.append(
            TeamForecast(
                team=team,
                basis="",
                is_possible=bool(trials),
                open_items=0,
                finished=len(team_dates),
                weeks=(now.date() - min(team_dates)).days // 7 + 1,
                calibration=Calibration(weeks, len(trials), hits, round(low, 3), round(high, 3)),
            )
        )
    return forecasts


def describe_calibration(calibration: Calibration, messages: Messages) -> str:
    """Describe how often forecasts were right, in one sentence."""
    if not calibration.n:
        return messages.text("flow.not-calibrated", weeks=calibration.weeks)
    return messages.text(
        "flow.calibration",
        count=calibration.n,
        held=calibration.hits,
        weeks=calibration.weeks,
        low=round(calibration.low * 100),
        high=round(calibration.high * 100),
    )
