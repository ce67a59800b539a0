"""Durations of finished items, as cycle time or lead time.

Cycle time runs from when work began, lead time from when the item was created. The two are never mixed. Both are
elapsed days of 24 hours, weekends included.
"""

import math
from collections.abc import Iterable, Sequence
from enum import StrEnum

from rules.model import FinishedItem

_DAY = 86_400.0


class Clock(StrEnum):
    """Which duration is measured."""

    CYCLE = "cycle"
    """Started to done."""
    LEAD = "lead"
    """Created to done."""


def clock_for(finished: Sequence[FinishedItem], least: int) -> Clock:
    """Cycle time where enough starts are known, however many are not; otherwise lead time.

    Args:
        finished: Finished items.
        least: How many durations are needed to learn anything.
    """
    known = sum(1 for item in finished if days(item, Clock.CYCLE) is not None)
    return Clock.CYCLE if known >= max(least, 1) else Clock.LEAD


def days(item: FinishedItem, clock: Clock) -> float | None:
    """Elapsed days; None when the start is unknown or after the end."""
    start = item.started if clock is Clock.CYCLE else item.created
    if start is None or start > item.resolved:
        return None
    return (item.resolved - start).total_seconds() / _DAY


def cycle_days(item: FinishedItem) -> float | None:
    """Elapsed days from the start of work until it was done; None when the start is unknown or after the end."""
    return days(item, Clock.CYCLE)


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value such that at least this share of all values is not larger.

    This is the inverse of the empirical distribution, definition 1 in Hyndman and Fan, "Sample Quantiles in
    Statistical Packages", The American Statistician 50 (1996) 361-365. It is always a value that occurred, so that
    "85 % took that long or less" is literally true.

    Raises:
        ValueError: There are no values.
    """
    ordered = sorted(values)
    if not ordered:
        raise ValueError("a percentile needs at least one value")
    return ordered[max(math.ceil(share * len(ordered) - 1e-9), 1) - 1]


def rounded_up(length: float) -> float:
    """Round a duration up to the precision that is printed: days from 10 on, tenths below, hours below one day.

    The rounded value is the one that items are compared with, so that the printed sentence is true.
    """
    if length >= 10:
        return float(math.ceil(length))
    if length >= 1:
        return math.ceil(length * 10 - 1e-9) / 10
    return max(math.ceil(length * 24 - 1e-9), 1) / 24
