"""Durations of finished items, as cycle time or lead time.

Cycle time runs from when work began, lead time from when the item was created. The two are never mixed. Both are
elapsed days of 24 hours, weekends included.
"""

import math
from collections.abc import Iterable
from enum import StrEnum

from rules.model import FinishedItem

_SECONDS_PER_DAY = 86_400.0
_TOLERANCE = 1e-9
"""Subtracted from a product before rounding up, so that a rounding error of floating-point numbers does not add a whole
step."""


class DurationKind(StrEnum):
    """The duration that is measured."""

    CYCLE = "cycle"
    """Cycle time: from the start of work to done."""
    LEAD = "lead"
    """Lead time: from the creation of the item to done."""


def choose_duration_kind(finished: Iterable[FinishedItem], min_durations: int) -> DurationKind:
    """Choose cycle time if at least `min_durations` cycle times are known, otherwise lead time."""
    known_count = sum(1 for item in finished if elapsed_days(item, DurationKind.CYCLE) is not None)
    return DurationKind.CYCLE if known_count >= min_durations else DurationKind.LEAD


def elapsed_days(item: FinishedItem, kind: DurationKind) -> float | None:
    """Return the cycle time or lead time of an item, in days; None if the start is unknown or after the end."""
    start = item.started if kind is DurationKind.CYCLE else item.created
    if start is None or start > item.resolved:
        return None
    return (item.resolved - start).total_seconds() / _SECONDS_PER_DAY


def cycle_days(item: FinishedItem) -> float | None:
    """Return the cycle time of an item, in days; None if the start is unknown or after the end."""
    return elapsed_days(item, DurationKind.CYCLE)


def percentile(values: Iterable[float], share: float) -> float:
    """Return the smallest value that at least this share of all values does not exceed.

    This is the inverse of the empirical distribution, definition 1 in Hyndman and Fan, "Sample Quantiles in
    Statistical Packages", The American Statistician 50 (1996) 361-365. It is always one of the values, so that
    "85 % took that long or less" is true.

    Raises:
        ValueError: There are no values.
    """
    ordered = sorted(values)
    if not ordered:
        raise ValueError("a percentile needs at least one value")
    return ordered[max(count_share(share, len(ordered)), 1) - 1]


def count_share(share: float, count: int) -> int:
    """Return the smallest whole number that is at least this share of a number of values."""
    return math.ceil(share * count - _TOLERANCE)


def round_up(duration: float) -> float:
    """Round a number of days up: to whole days if it is at least 10, to tenths if it is at least 1, else to hours.

    A duration that serves as a limit, such as a percentile, is printed like this. Items are compared with the rounded
    limit, so that what is printed is true.
    """
    if duration >= 10:
        return float(math.ceil(duration))
    if duration >= 1:
        return math.ceil(duration * 10 - _TOLERANCE) / 10
    return max(math.ceil(duration * 24 - _TOLERANCE), 1) / 24
