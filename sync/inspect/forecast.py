"""Forecasts in words and figures: how many items, by when, and how often such forecasts held."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from msgspec import Struct

from rules.flow.calibration import Trial, share_interval, walk_forward
from rules.flow.forecast import by_when, count_working_days, how_many, probability
from rules.flow.slips import Outlook
from rules.flow.throughput import LEAST_ITEMS, LEAST_WEEKS, NoForecast, NoForecastReason, Throughput, WorkingDays
from rules.model import Backlog, HierarchyLevel
from sync.messages import Messages

WEEKS_AHEAD = (2, 4, 8, 13)


class Count(Struct, frozen=True):
    """At least how many items are finished by a day, with 50, 85 and 95 %."""

    by: date
    p50: int
    p85: int
    p95: int


class Finish(Struct, frozen=True, kw_only=True):
    """By when an item and all before it are finished; None beyond what is simulated.

    Attributes:
        position: Its number in the team's plan, from 1.
        due: The end of its sprint, or of the period looked at.
        chance: The probability that it is finished by then, at most 0.95.
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
    """How often the 85 % range held when forecasts were made as of past days.

    Attributes:
        weeks: How far they looked ahead.
        n: How many there were.
        held: How often the range held.
        low, high: The 95 % interval of that share.
    """

    weeks: int
    n: int
    held: int
    low: float
    high: float


class TeamForecast(Struct, frozen=True, kw_only=True):
    """The forecast for one team.

    Attributes:
        basis: What it rests on, or why there is none, in one sentence.
        is_possible: Whether there is a forecast.
        open_items: How many items wait or are in progress.
        finished: How many items it rests on.
        weeks: In how many weeks these were finished.
    """

    team: str
    basis: str
    is_possible: bool
    open_items: int
    finished: int
    weeks: int
    counts: tuple[Count, ...] = ()
    items: tuple[Finish, ...] = ()
    calibration: Calibration | None = None


def forecast_teams(
    outlook: Outlook, messages: Messages, *, until: date | None = None, keys: Sequence[str] = ()
) -> list[TeamForecast]:
    """Forecast all teams.

    Args:
        outlook: Their plans.
        messages: The texts to use.
        until: The one day to count up to; two to thirteen weeks ahead if None.
        keys: The items to forecast; all if empty.
    """
    days = outlook.finish_days(outlook.orders)
    wanted = {key.casefold() for key in keys}
    forecasts = []
    for team, order in outlook.orders.items():
        known = outlook.throughputs[team]
        simulation = outlook.simulations.get(team)
        counts: list[Count] = []
        finishes: list[Finish] = []
        if simulation is not None:
            ends = [until] if until else [outlook.today + timedelta(weeks=weeks) for weeks in WEEKS_AHEAD]
            for end in ends:
                levels = how_many(simulation, count_working_days(outlook.dates, end))
                counts.append(Count(end, *levels.values()))
            for position, item in enumerate(order, start=1):
                if wanted and outlook.items[item].key.casefold() not in wanted:
                    continue
                p50, p85, p95 = by_when(days[item], outlook.dates).values()
                due = outlook.due(item)
                finishes.append(
                    Finish(
                        key=outlook.items[item].key,
                        title=outlook.items[item].title,
                        position=position,
                        due=due,
                        chance=round(probability(days[item], count_working_days(outlook.dates, due)), 4),
                        p50=p50,
                        p85=p85,
                        p95=p95,
                    )
                )
        forecasts.append(
            TeamForecast(
                team=team,
                basis=describe_basis(known, messages),
                is_possible=simulation is not None,
                open_items=len(order),
                finished=known.items,
                weeks=known.weeks,
                counts=tuple(counts),
                items=tuple(finishes),
            )
        )
    return forecasts


def describe_basis(known: Throughput | NoForecast, messages: Messages) -> str:
    """What a forecast rests on, or why there is none, in one sentence."""
    if isinstance(known, Throughput):
        return messages.text("flow.basis", count=known.weeks, items=known.items, until=f"{known.until:%Y-%m-%d}")
    match known.reason:
        case NoForecastReason.FEW_ITEMS:
            return messages.text("flow.no-forecast.few-items", count=known.items, least=LEAST_ITEMS)
        case NoForecastReason.FEW_WEEKS:
            return messages.text("flow.no-forecast.few-weeks", count=known.weeks, least=LEAST_WEEKS)
        case NoForecastReason.BATCH:
            day = f"{known.day:%Y-%m-%d}" if known.day else ""
            return messages.text("flow.no-forecast.batch", count=known.on_day, items=known.items, day=day)


def check_forecasts(
    backlogs: Sequence[Backlog], now: datetime, weeks: int, calendar: WorkingDays
) -> list[TeamForecast]:
    """How often forecasts of each team would have held, from its own history."""
    days: dict[str, list[date]] = {}
    for backlog in backlogs:
        for item in backlog.finished:
            if item.level is HierarchyLevel.REQUIREMENT and item.resolved < now:
                days.setdefault(item.team, []).append(item.resolved.date())
    checked = []
    for team, finished in sorted(days.items()):
        trials = [
            trial
            for trial in walk_forward(sorted(finished), weeks, seed=team, calendar=calendar, until=now.date())
            if isinstance(trial, Trial)
        ]
        held = sum(trial.is_within_range for trial in trials)
        low, high = share_interval(held, len(trials))
        checked.append(
            TeamForecast(
                team=team,
                basis="",
                is_possible=bool(trials),
                open_items=0,
                finished=len(finished),
                weeks=(now.date() - min(finished)).days // 7 + 1,
                calibration=Calibration(weeks, len(trials), held, round(low, 3), round(high, 3)),
            )
        )
    return checked


def describe_calibration(calibration: Calibration, messages: Messages) -> str:
    """How often forecasts held, in one sentence."""
    if not calibration.n:
        return messages.text("flow.not-calibrated", weeks=calibration.weeks)
    return messages.text(
        "flow.calibration",
        count=calibration.n,
        held=calibration.held,
        weeks=calibration.weeks,
        low=round(calibration.low * 100),
        high=round(calibration.high * 100),
    )
