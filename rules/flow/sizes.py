"""Right-sizing: the size from which a team's items often run long, learned from its own history.

The usual time is the service level expectation of Kanban ("85 % of items in 10 days or less", The Kanban Guide for
Scrum Teams, prokanban.org); by definition 15 % of all items take longer. A size from which twice as many do is large
for this team. Nothing here knows what a point is: sizes are only compared with each other.
"""

import math
from collections.abc import Iterable, Sequence
from enum import StrEnum

from msgspec import Struct

from rules.flow.durations import cycle_days, percentile, rounded_up
from rules.model import FinishedItem, HierarchyLevel

SHARE = 0.85
"""Share of finished items within the time, or the size, that counts as usual."""


class SlowSize(Struct, frozen=True):
    """The size from which items often ran long.

    Attributes:
        size: In the team's own points.
        sized: How many finished items were of this size or larger.
        slow: How many of those took longer than `limit`.
        limit: Days of cycle time within which 85 % of all finished items were done, rounded up.
        n: How many cycle times the limit rests on.
    """

    size: float
    sized: int
    slow: int
    limit: float
    n: int


class UsualSize(Struct, frozen=True):
    """The size that most items do not exceed, where too little is known about how long they took.

    Attributes:
        size: The 85th percentile of the sizes.
        larger: How many finished items were larger.
        n: How many finished items had a size.
        started: How many of those had a known start.
    """

    size: float
    larger: int
    n: int
    started: int


class Reason(StrEnum):
    """Why there is no size limit."""

    FEW_FINISHED = "few finished"
    FEW_SIZED = "few sized"
    NO_PATTERN = "no pattern"


class Unknown(Struct, frozen=True):
    """Why there is no size limit.

    Attributes:
        reason: What is missing.
        n: How many there are of what is missing.
        finished: How many items were finished.
        limit: Days within which 85 % of them were done, rounded up; 0 where that is not known.
    """

    reason: Reason
    n: int
    finished: int
    limit: float = 0.0


def size_of(points: object) -> float | None:
    """An estimate as a number; None for a blank, text, a negative number or NaN."""
    if isinstance(points, bool) or not isinstance(points, int | float):
        return None
    try:
        size = float(points)
    except OverflowError:
        return None
    return size if math.isfinite(size) and size >= 0 else None


def learn_size(
    finished: Iterable[FinishedItem], *, least: int = 30, least_sized: int = 5, share: float = 0.3
) -> SlowSize | UsualSize | Unknown:
    """Learn which size is too large: by cycle time where enough starts are known, otherwise by the sizes alone.

    Args:
        finished: Items of the kinds and the window to learn from. Items of the portfolio and sub-tasks are left out.
        least: How many sizes are needed, and how many cycle times of sized items.
        least_sized: How many finished items a size needs before it is called slow.
        share: The share of them that has to be slow, between 0 and 1.
    """
    comparable = [item for item in finished if item.level is HierarchyLevel.REQUIREMENT]
    if len(comparable) < max(least, 1):
        return Unknown(Reason.FEW_FINISHED, len(comparable), len(comparable))
    sizes = [size for item in comparable if (size := size_of(item.points)) is not None]
    if len(sizes) < max(least, 1):
        return Unknown(Reason.FEW_SIZED, len(sizes), len(comparable))
    durations = [(size_of(item.points), days) for item in comparable if (days := cycle_days(item)) is not None]
    timed = [(size, days) for size, days in durations if size is not None]
    if len(timed) < max(least, 1):
        usual = percentile(sizes, SHARE)
        return UsualSize(usual, sum(size > usual for size in sizes), len(sizes), len(timed))
    limit = rounded_up(percentile((days for _, days in durations), SHARE))
    smallest = _smallest_slow([(size, days > limit) for size, days in timed], least_sized, share)
    if smallest is None:
        return Unknown(Reason.NO_PATTERN, len(timed), len(comparable), limit)
    size, count, slow = smallest
    return SlowSize(size=size, sized=count, slow=slow, limit=limit, n=len(durations))


def _smallest_slow(sized: Sequence[tuple[float, bool]], least: int, share: float) -> tuple[float, int, int] | None:
    """The smallest slow size with its counts. Sizes are visited from the largest down, so counts mean "or more"."""
    ordered = sorted(sized, reverse=True)
    smallest = None
    slow = 0
    for count, (size, was_slow) in enumerate(ordered, start=1):
        slow += was_slow
        last_of_size = count == len(ordered) or ordered[count][0] != size
        if last_of_size and count >= least and slow >= share * count:
            smallest = size, count, slow
    return smallest
