"""Determines when a team's next refinement meeting (its refinement, for short) is, and whether its agenda is due."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from sync.settings.human_values import WeeklyTime

_SATURDAY = 5
"""The number of Saturday in `datetime.weekday`, where Monday is 0."""
_MAX_WEEKS = 10
"""The number of weeks to search for a refinement that is not on a day off."""


def find_due_refinement(weekly: WeeklyTime | None, now: datetime, days_off: Collection[date]) -> datetime | None:
    """Return the next refinement if its agenda is due, else None.

    The agenda is due if the refinement begins before this time of day on the next working day.

    Args:
        weekly: When the team meets each week; None if it has no refinement.
        now: The current time, in the team's time zone.
        days_off: Days without work besides weekends.
    """
    if weekly is None or (refinement := _next_refinement(weekly, now, days_off)) is None:
        return None
    next_day = datetime.combine(next_working_day(now.date(), days_off), now.timetz())
    return refinement if refinement < next_day else None


def next_working_day(today: date, days_off: Collection[date]) -> date:
    """The next day that is neither a Saturday, a Sunday nor a day off."""
    day = today + timedelta(days=1)
    while day.weekday() >= _SATURDAY or day in days_off:
        day += timedelta(days=1)
    return day


def _next_refinement(weekly: WeeklyTime, now: datetime, days_off: Collection[date]) -> datetime | None:
    """The next refinement that is not on a day off; None if there is none within `_MAX_WEEKS` weeks."""
    day = now.date() + timedelta(days=(weekly.day - now.weekday()) % 7)
    for week in range(_MAX_WEEKS):
        refinement = datetime.combine(day + timedelta(weeks=week), weekly.time, now.tzinfo)
        if refinement >= now and refinement.date() not in days_off:
            return refinement
    return None
