"""Right-sizing: the size from which a team's items often run long, learned from its own history.

The usual time is the service level expectation of Kanban ("85 % of items in 10 days or less", The Kanban Guide for
Scrum Teams, prokanban.org); by definition 15 % of all items take longer. If twice as many items of a size take longer,
the size is too large for this team. Sizes are only compared with each other, so any unit will do.
"""

import math
from collections.abc import Iterable, Sequence
from enum import StrEnum

from msgspec import Struct

from rules.flow.durations import cycle_days, percentile, round_up
from rules.model import FinishedItem, HierarchyLevel

USUAL_SHARE = 0.85
"""Share of finished items that are within the usual time or size."""


class SlowSize(Struct, frozen=True):
    """The size from which items often took longer than usual.

    Attributes:
        size: In the team's own points.
        sized: Number of finished items of this size or larger.
        slow: Number of these that took longer than `limit`.
        limit: Days of cycle time within which 85 % of all finished items were done, rounded up.
        n: Number of cycle times that the limit was computed from.
    """

    size: float
    sized: int
    slow: int
    limit: float
    n: int


class UsualSize(Struct, frozen=True):
    """The size that most items do not exceed. It is used if too few cycle times are known.

    Attributes:
        size: The 85th percentile of the sizes.
        larger: Number of finished items that were larger.
        n: Number of finished items with a size.
        started: Number of these with a known start.
    """

    size: float
    larger: int
    n: int
    started: int


class NoLimitReason(StrEnum):
    """Why there is no size limit."""

    FEW_FINISHED = "few finished"
    FEW_SIZED = "few sized"
    NO_PATTERN = "no pattern"


class Unknown(Struct, frozen=True):
    """Why there is no size limit.

    Attributes:
        reason: What is missing.
        n: The number of items or cycle times found.
        finished: Number of finished items.
        limit: Days within which 85 % of them were done, rounded up; 0 if unknown.
    """

    reason: NoLimitReason
    n: int
    finished: int
    limit: float = 0.0


def valid_size(points: object) -> float | None:
    """An estimate as a number; None if it is blank, text, negative or NaN."""
    if isinstance(points, bool) or not isinstance(points, int | float):
        return None
    try:
        size = float(points)
    except OverflowError:
        return None
    return size if math.isfinite(size) and size >= 0 else None


def learn_size(
    finished: Iterable[FinishedItem], *, min_items: int = 30, min_sized_items: int = 5, min_slow_share: float = 0.3
) -> SlowSize | UsualSize | Unknown:
    """Learn which size is too large: from cycle times if enough are known, otherwise from the sizes alone.

    Args:
        finished: The items to learn from. Portfolio items and sub-tasks are left out.
        min_items: Number of sizes, and of cycle times of items with a size, that are needed.
        min_sized_items: Number of finished items that a size needs to be called slow.
        min_slow_share: The share of them that has to be slow, between 0 and 1.
    """
    comparable = [item for item in finished if item.level is HierarchyLevel.REQUIREMENT]
    if len(comparable) < max(min_items, 1):
        return Unknown(NoLimitReason.FEW_FINISHED, len(comparable), len(comparable))
    sizes = [size for item in comparable if (size := valid_size(item.points)) is not None]
    if len(sizes) < max(min_items, 1):
        return Unknown(NoLimitReason.FEW_SIZED, len(sizes), len(comparable))
    durations = [(valid_size(item.points), days) for item in comparable if (days := cycle_days(item)) is not None]
    timed = [(size, days) for size, days in durations if size is not None]
    if len(timed) < max(min_items, 1):
        usual = percentile(sizes, USUAL_SHARE)
        return UsualSize(usual, sum(size > usual for size in sizes), len(sizes), len(timed))
    limit = round_up(percentile((days for _, days in durations), USUAL_SHARE))
    smallest = _smallest_slow([(size, days > limit) for size, days in timed], min_sized_items, min_slow_share)
    if smallest is None:
        return Unknown(NoLimitReason.NO_PATTERN, len(timed), len(comparable), limit)
    size, count, slow = smallest
    return SlowSize(size=size, sized=count, slow=slow, limit=limit, n=len(durations))


def _smallest_slow(
    sized: Sequence[tuple[float, bool]], min_items: int, min_slow_share: float
) -> tuple[float, int, int] | None:
    """The smallest slow size with the number of items of this size or larger, and the number of slow ones."""
    ordered = sorted(sized, reverse=True)
    smallest = None
    slow = 0
    for count, (size, was_slow) in enumerate(ordered, start=1):
        slow += was_slow
        is_last_of_size = count == len(ordered) or ordered[count][0] != size
        if is_last_of_size and count >= min_items and slow >= min_slow_share * count:
            smallest = size, count, slow
    return smallest
