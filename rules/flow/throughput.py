"""Counts how many items a team finished on each working day, or says why its history allows no forecast.

Throughput counts the finished items of a team, whatever their size. It is not a target, and never about a person.
"""

from bisect import bisect_right
from calendar import SATURDAY
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from rules.model import FinishedItem, HierarchyLevel

WINDOW_WEEKS = 13
"""The number of weeks of history that a forecast uses. Chosen with `benchmarks/calibration.py`."""
MIN_ITEMS = 20
"""The minimum number of finished items for a forecast."""
MIN_WEEKS = 6
"""The minimum number of weeks of history for a forecast."""
BATCH_SHARE = 0.25
"""The share of items closed on one day above which that day was a clean-up of the backlog."""
_MIN_BATCH_ITEMS = 10
"""The minimum number of items closed on one day for a clean-up, whatever their share."""
_DAYS_PER_WEEK = 7


class WorkingDays(Struct, frozen=True):
    """The days on which a team works: Monday to Friday, without holidays and other days off."""

    days_off: frozenset[date] = frozenset()

    def includes(self, day: date) -> bool:
        """Whether the team works on a day."""
        return day.weekday() < SATURDAY and day not in self.days_off

    def after(self, day: date) -> Iterator[date]:
        """Yield the working days after a day, endlessly."""
        while True:
            day += timedelta(days=1)
            if self.includes(day):
                yield day

    def last_weeks(self, until: date, weeks: int) -> list[date]:
        """Return the working days of the weeks that end on a day, oldest first."""
        days = (until - timedelta(days=offset) for offset in range(weeks * _DAYS_PER_WEEK - 1, -1, -1))
        return [day for day in days if self.includes(day)]


NO_DAYS_OFF = WorkingDays()
"""The working days of a team that works on every day from Monday to Friday."""


class Throughput(Struct, frozen=True):
    """The number of items that a team finished on each working day of a period.

    Attributes:
        daily: The number of items finished on each working day, oldest first. An item finished on another day counts
            for the working day before it, or for the first one.
        weeks: The number of weeks that these days span.
        until: The last day.
    """

    daily: tuple[int, ...]
    weeks: int
    until: date

    @property
    def items(self) -> int:
        """Number of finished items."""
        return sum(self.daily)


class NoForecastReason(StrEnum):
    """Why there is no forecast."""

    FEW_ITEMS = "few-items"
    """Fewer than `MIN_ITEMS` were finished."""
    FEW_WEEKS = "few-weeks"
    """The history spans fewer than `MIN_WEEKS`."""
    BATCH = "batch"
    """Many items were closed on one day, so the dates do not show when they were finished."""


class NoForecast(Struct, frozen=True):
    """The result if no forecast is possible.

    Attributes:
        items: Number of finished items.
        weeks: Number of weeks that they span.
        day: The day on which many items were closed at once.
        items_on_day: The number of these items.
    """

    reason: NoForecastReason
    items: int
    weeks: int
    day: date | None = None
    items_on_day: int = 0


def measure_throughputs(
    finished: Iterable[FinishedItem], teams: Iterable[str], now: datetime, calendar: WorkingDays = NO_DAYS_OFF
) -> dict[str, Throughput | NoForecast]:
    """Count the items that each team finished on each working day of the last 13 weeks.

    Args:
        finished: The finished items of all teams. Epics, features and sub-tasks are left out.
        teams: The teams whose items are counted.
        now: The present time. Today is left out, because it is not over.
    """
    counts: dict[str, Counter[date]] = {team: Counter() for team in teams}
    for item in finished:
        if item.level is HierarchyLevel.REQUIREMENT and item.team in counts:
            counts[item.team][item.resolved.date()] += 1
    yesterday = now.date() - timedelta(days=1)
    return {team: count_by_working_day(days.elements(), yesterday, calendar) for team, days in counts.items()}


def count_by_working_day(
    days: Iterable[date], until: date, calendar: WorkingDays, window_weeks: int = WINDOW_WEEKS
) -> Throughput | NoForecast:
    """Count finished items by working day.

    Args:
        days: The day on which each item was finished.
        until: The last day to count.
        window_weeks: Number of weeks to look back.
    """
    start = until - timedelta(days=window_weeks * _DAYS_PER_WEEK - 1)
    counts = Counter(day for day in days if start <= day <= until)
    items = counts.total()
    weeks = min(((until - min(counts)).days // _DAYS_PER_WEEK) + 1, window_weeks) if counts else 0
    if items < MIN_ITEMS:
        return NoForecast(NoForecastReason.FEW_ITEMS, items, weeks)
    if weeks < MIN_WEEKS:
        return NoForecast(NoForecastReason.FEW_WEEKS, items, weeks)
    busiest_day, most_items = max(counts.items(), key=lambda entry: (entry[1], entry[0]))
    if most_items >= _MIN_BATCH_ITEMS and most_items > BATCH_SHARE * items:
        return NoForecast(NoForecastReason.BATCH, items, weeks, busiest_day, most_items)
    working_days = calendar.last_weeks(until, weeks)
    daily = [0] * len(working_days)
    for day, count in counts.items() if working_days else ():
        daily[max(bisect_right(working_days, day) - 1, 0)] += count
    return Throughput(tuple(daily), weeks, until)
