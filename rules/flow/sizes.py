"""Right-sizing: the size from which a team's items are mostly slow, learned from its own history.

Half of the method is the service level expectation of Kanban ("85 % of items in 10 days or less", The Kanban Guide for
Scrum Teams, prokanban.org); the other half asks from which size on most items missed it. Nothing here knows what a
point is: sizes are only compared with each other.
"""

import math
from collections.abc import Iterable, Sequence
from enum import StrEnum

from msgspec import Struct

from rules.flow.durations import Clock, clock_for, days, percentile, rounded_up
from rules.model import FinishedItem, HierarchyLevel

SHARE = 0.85
"""Share of finished items within the time that counts as usual."""


class SizeLimit(Struct, frozen=True):
    """The size from which most items were slow.

    Attributes:
        size: In the team's own points.
        sized: How many finished items were of this size or larger.
        slow: How many of those took longer than `limit`.
        limit: Days within which 85 % of all finished items were done, rounded up.
        exact: The same before rounding.
        n: How many finished items the limit rests on.
        clock: Which duration was measured.
    """

    size: float
    sized: int
    slow: int
    limit: float
    exact: float
    n: int
    clock: Clock


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
        finished: How many finished items had a known duration.
        limit: Days within which 85 % of them were done, rounded up; 0 where not even that is known.
        clock: Which duration was measured.
    """

    reason: Reason
    n: int
    finished: int
    limit: float
    clock: Clock


def size_of(points: object) -> float | None:
    """An estimate as a number; None for a blank, text, a negative number or NaN."""
    if isinstance(points, bool) or not isinstance(points, int | float):
        return None
    try:
        size = float(points)
    except OverflowError:
        return None
    return size if math.isfinite(size) and size >= 0 else None


def size_limit(
    finished: Iterable[FinishedItem], *, least: int = 30, least_sized: int = 10, share: float = 0.5
) -> SizeLimit | Unknown:
    """Find the smallest size from which more than a share of the items took longer than 85 % of all items.

    By definition 15 % of all items are slow. Ten items of which six are slow come about by chance in about 1 of 700
    cases (binomial, p = 0.15), which is why ten are enough to speak of a size.

    Args:
        finished: Items of the kinds and the window to learn from. Items of the portfolio and sub-tasks are left out.
        least: How many durations, and how many sizes, are needed.
        least_sized: How many finished items a size needs before anything is said about it.
        share: The share that has to be exceeded, between 0 and 1.
    """
    comparable = [item for item in finished if item.level is HierarchyLevel.REQUIREMENT]
    clock = clock_for(comparable, least)
    took = [(length, item.points) for item in comparable if (length := days(item, clock)) is not None]
    n = len(took)
    if n < max(least, 1):
        return Unknown(Reason.FEW_FINISHED, n, n, 0.0, clock)
    exact = percentile((length for length, _ in took), SHARE)
    limit = rounded_up(exact)
    sized = [(size, length > limit) for length, points in took if (size := size_of(points)) is not None]
    if len(sized) < least:
        return Unknown(Reason.FEW_SIZED, len(sized), n, limit, clock)
    smallest = _smallest_slow(sized, least_sized, share)
    if smallest is None:
        return Unknown(Reason.NO_PATTERN, len(sized), n, limit, clock)
    size, count, slow = smallest
    return SizeLimit(size=size, sized=count, slow=slow, limit=limit, exact=exact, n=n, clock=clock)


def _smallest_slow(sized: Sequence[tuple[float, bool]], least: int, share: float) -> tuple[float, int, int] | None:
    """The smallest slow size with its counts. Sizes are visited from the largest down, so counts mean "or more"."""
    ordered = sorted(sized, reverse=True)
    smallest = None
    slow = 0
    for count, (size, was_slow) in enumerate(ordered, start=1):
        slow += was_slow
        last_of_size = count == len(ordered) or ordered[count][0] != size
        if last_of_size and count >= least and slow > share * count:
            smallest = size, count, slow
    return smallest
