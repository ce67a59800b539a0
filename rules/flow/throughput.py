"""How many items a team finished on each working day, or why that says too little to forecast with.

Throughput counts finished items, whatever their size: the pace of a team, never a target and never about a person.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from rules.model import FinishedItem, HierarchyLevel

WINDOW_WEEKS = 13
"""Weeks of history that a forecast looks at. Chosen with `benchmarks/calibration.py`, like the blocks of the draws."""
LEAST_ITEMS = 20
LEAST_WEEKS = 6
BATCH_SHARE = 0.25
"""A day on which more than this share of the items was closed tells about tidying up, not about work."""
_LEAST_BATCH = 10
_DAYS_A_WEEK = 7
WEEKDAYS = frozenset(range(5))
"""Monday to Friday, as `date.weekday` numbers them."""


class WorkingDays(Struct, frozen=True):
    """The days on which a team works.

    Attributes:
        weekdays: Numbers from 0 for Monday.
        days_off: Days without work.
    """

    weekdays: frozenset[int] = WEEKDAYS
    days_off: frozenset[date] = frozenset()

    def includes(self, day: date) -> bool:
        """Whether the team works on a day."""
        return day.weekday() in self.weekdays and day not in self.days_off

    def after(self, day: date) -> Iterator[date]:
        """The working days after a day, without end."""
        while True:
            day += timedelta(days=1)
            if self.includes(day):
                yield day

    def up_to(self, day: date, weeks: int) -> list[date]:
        """The working days of some weeks that end with a day, oldest first."""
        days = (day - timedelta(days=back) for back in range(weeks * _DAYS_A_WEEK - 1, -1, -1))
        return [each for each in days if self.includes(each)]


class Throughput(Struct, frozen=True):
    """What a team finished.

    Attributes:
        daily: Items finished on each working day, oldest first; those of days without work count for the day before.
        weeks: How many weeks these days span.
        until: The last day.
    """

    daily: tuple[int, ...]
    weeks: int
    until: date

    @property
    def items(self) -> int:
        """How many items were finished."""
        return sum(self.daily)


class NoForecastReason(StrEnum):
    """Why there is no forecast."""

    FEW_ITEMS = "few-items"
    FEW_WEEKS = "few-weeks"
    BATCH = "batch"


class NoForecast(Struct, frozen=True):
    """Why there is no forecast.

    Attributes:
        items: How many finished items there are.
        weeks: How many weeks they span.
        day: The day on which many were closed at once, and how many those were.
    """

    reason: NoForecastReason
    items: int
    weeks: int
    day: date | None = None
    on_day: int = 0


def measure_throughput(
    finished: Iterable[FinishedItem],
    now: datetime,
    calendar: WorkingDays | None = None,
    window_weeks: int = WINDOW_WEEKS,
) -> Throughput | NoForecast:
    """Count what was finished on each working day of the latest weeks.

    Args:
        finished: The finished items of one team. Epics, features and sub-tasks are left out.
        now: The present time; the day of it is not over and is left out.
        calendar: The days on which the team works; Monday to Friday if None.
        window_weeks: How many weeks to look back.
    """
    days = (item.resolved.date() for item in finished if item.level is HierarchyLevel.REQUIREMENT)
    return count_days(days, now.date() - timedelta(days=1), calendar or WorkingDays(), window_weeks)


def count_days(
    days: Iterable[date], until: date, calendar: WorkingDays, window_weeks: int = WINDOW_WEEKS
) -> Throughput | NoForecast:
    """Count on which working days something was finished.

    Args:
        days: The day on which each item was finished.
        until: The last day to count.
        calendar: The days on which the team works.
        window_weeks: How many weeks to look back.
    """
    start = until - timedelta(days=window_weeks * _DAYS_A_WEEK - 1)
    counts = Counter(day for day in days if start <= day <= until)
    items = counts.total()
    weeks = min(((until - min(counts)).days // _DAYS_A_WEEK) + 1, window_weeks) if counts else 0
    if items < LEAST_ITEMS:
        return NoForecast(NoForecastReason.FEW_ITEMS, items, weeks)
    if weeks < LEAST_WEEKS:
        return NoForecast(NoForecastReason.FEW_WEEKS, items, weeks)
    busiest, most = max(counts.items(), key=lambda entry: (entry[1], entry[0]))
    if most >= _LEAST_BATCH and most > BATCH_SHARE * items:
        return NoForecast(NoForecastReason.BATCH, items, weeks, busiest, most)
    worked = calendar.up_to(until, weeks)
    return Throughput(tuple(_by_working_day(counts, worked)), weeks, until)


def _by_working_day(counts: Counter[date], worked: Collection[date]) -> list[int]:
    """Counts by working day. What was finished on another day counts for the working day before, or the first."""
    ordered = sorted(worked)
    places = {day: place for place, day in enumerate(ordered)}
    daily = [0] * len(ordered)
    for day, count in counts.items():
        at = day
        while at not in places and ordered and at > ordered[0]:
            at -= timedelta(days=1)
        if ordered:
            daily[places.get(at, 0)] += count
    return daily
