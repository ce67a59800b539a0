"""Learns the smallest size at which a team's items often take longer than usual.

The usual time is the service level expectation of Kanban ("85 % of items in 10 days or less", The Kanban Guide for
Scrum Teams, prokanban.org); by definition 15 % of all items take longer. A size is too large for a team if at
least twice that share of the items of this size or larger take longer. Sizes are only compared with each other, so any
unit will do.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct

from rules.flow.durations import DurationKind, cycle_days, elapsed_days, percentile, round_up
from rules.model import FinishedItem, HierarchyLevel

_TYPE_WEIGHT = 40
"""The number of items of average speed that are added to each type, so that a few slow items change little (additive
smoothing).

Chosen on the earlier half of each project's items in `benchmarks/rule_quality.py`.
"""
USUAL_SHARE = 0.85
"""The share of finished items that do not exceed the usual time or size."""


class SlowSize(Struct, frozen=True):
    """The smallest size at which items often took longer than usual.

    Attributes:
        size: The size, in the team's own points.
        sized: The number of finished items of this size or larger.
        slow: The number of these that took longer than `limit`.
        limit: The days of cycle time within which 85 % of all finished items were done, rounded up.
        n: The number of cycle times from which the limit was computed.
        slow_shares: By type: the share of items that took longer than `limit`, between 0 and 1. For types with few
            items it is close to the share of all items.
    """

    size: float
    sized: int
    slow: int
    limit: float
    n: int
    slow_shares: Mapping[str, float]


class UsualSize(Struct, frozen=True):
    """The size that most items do not exceed. It is used if too few cycle times are known.

    Attributes:
        size: The 85th percentile of the sizes.
        larger: The number of finished items that were larger.
        n: The number of finished items with a size.
        started: The number of these with a known start.
        lead_times: The number of these with a known lead time; 0 if they are too few to learn from.
        lead_limit: The days of lead time within which 85 % of the items with a lead time were done, rounded up.
        larger_lead_times: The number of larger items with a known lead time.
        larger_and_slow: The number of these that took longer than `lead_limit`.
    """

    size: float
    larger: int
    n: int
    started: int
    lead_times: int = 0
    lead_limit: float = 0.0
    larger_lead_times: int = 0
    larger_and_slow: int = 0


class NoLimitReason(StrEnum):
    """Why no size can be called too large."""

    FEW_FINISHED = "few finished"
    """Too few items are finished."""
    FEW_SIZED = "few sized"
    """Too few finished items have a size."""
    NO_PATTERN = "no pattern"
    """There is no size at which items often took longer than usual."""


class NoSizeLimit(Struct, frozen=True):
    """The result if no size can be called too large.

    Attributes:
        n: The number of finished items that count for the reason: all for `FEW_FINISHED`, those with a size for
            `FEW_SIZED`, those with a size and a cycle time for `NO_PATTERN`.
        finished: The number of finished items.
        limit: The days of cycle time within which 85 % of them were done, rounded up; 0 if unknown.
    """

    reason: NoLimitReason
    n: int
    finished: int
    limit: float = 0.0


def parse_size(points: object) -> float | None:
    """Return an estimate as a number; None if it is empty, text, negative or not finite."""
    if isinstance(points, bool) or not isinstance(points, int | float):
        return None
    try:
        size = float(points)
    except OverflowError:
        return None
    return size if math.isfinite(size) and size >= 0 else None


def learn_size(
    finished: Iterable[FinishedItem], *, min_items: int = 30, min_items_of_size: int = 5, min_slow_share: float = 0.3
) -> SlowSize | UsualSize | NoSizeLimit:
    """Learn which size is too large: from cycle times if enough are known, otherwise from the sizes alone.

    Args:
        finished: The items to learn from. Portfolio items and sub-tasks are left out.
        min_items: The minimum number of items with a size, and of items with a size and a known start.
        min_items_of_size: The minimum number of finished items of a size or larger for that size to be called slow.
        min_slow_share: The minimum share of slow items among these, between 0 and 1.
    """
    comparable = [item for item in finished if item.level is HierarchyLevel.REQUIREMENT]
    if len(comparable) < min_items:
        return NoSizeLimit(NoLimitReason.FEW_FINISHED, len(comparable), len(comparable))
    sizes = [size for item in comparable if (size := parse_size(item.points)) is not None]
    if len(sizes) < min_items:
        return NoSizeLimit(NoLimitReason.FEW_SIZED, len(sizes), len(comparable))
    durations = [(parse_size(item.points), days) for item in comparable if (days := cycle_days(item)) is not None]
    sizes_and_days = [(size, days) for size, days in durations if size is not None]
    if len(sizes_and_days) < min_items:
        return _learn_usual_size(comparable, sizes, started=len(sizes_and_days), min_items=min_items)
    limit = round_up(percentile((days for _, days in durations), USUAL_SHARE))
    smallest = _find_smallest_slow_size(
        [(size, days > limit) for size, days in sizes_and_days], min_items_of_size, min_slow_share
    )
    if smallest is None:
        return NoSizeLimit(NoLimitReason.NO_PATTERN, len(sizes_and_days), len(comparable), limit)
    return SlowSize(*smallest, limit=limit, n=len(durations), slow_shares=learn_slow_shares(comparable, limit))


def _learn_usual_size(
    finished: Sequence[FinishedItem], sizes: Sequence[float], *, started: int, min_items: int
) -> UsualSize:
    """Learn the size that most items do not exceed, and by lead time how long larger ones took.

    Args:
        sizes: The sizes of those items that have one.
        started: The number of items with a size and a known start.
        min_items: The minimum number of lead times to say anything about them.
    """
    usual = percentile(sizes, USUAL_SHARE)
    larger_count = sum(size > usual for size in sizes)
    sizes_and_days = [
        (size, days)
        for item in finished
        if (size := parse_size(item.points)) is not None and (days := elapsed_days(item, DurationKind.LEAD)) is not None
    ]
    if len(sizes_and_days) < min_items:
        return UsualSize(usual, larger_count, len(sizes), started)
    limit = round_up(percentile((days for _, days in sizes_and_days), USUAL_SHARE))
    larger = [days for size, days in sizes_and_days if size > usual]
    return UsualSize(
        usual,
        larger_count,
        len(sizes),
        started,
        lead_times=len(sizes_and_days),
        lead_limit=limit,
        larger_lead_times=len(larger),
        larger_and_slow=sum(days > limit for days in larger),
    )


def learn_slow_shares(finished: Iterable[FinishedItem], limit: float) -> dict[str, float]:
    """Return the share of items that took longer than `limit` days, by type, smoothed towards the share of all."""
    outcomes = [(item.type, days > limit) for item in finished if (days := cycle_days(item)) is not None]
    counts = Counter(item_type for item_type, _ in outcomes)
    slow_counts = Counter(item_type for item_type, slow in outcomes if slow)
    overall_share = slow_counts.total() / max(len(outcomes), 1)
    return {
        item_type: (slow_counts[item_type] + _TYPE_WEIGHT * overall_share) / (count + _TYPE_WEIGHT)
        for item_type, count in counts.items()
    }


def _find_smallest_slow_size(
    sizes: Sequence[tuple[float, bool]], min_items: int, min_slow_share: float
) -> tuple[float, int, int] | None:
    """Find the smallest size at which items are often slow; None if there is none.

    Args:
        sizes: The size of each item, and whether the item was slow.
        min_items: The minimum number of items of a size or larger.
        min_slow_share: The minimum share of slow items among these.

    Returns:
        The size, the number of items of this size or larger, and the number of slow ones among them.
    """
    ordered = sorted(sizes, reverse=True)
    smallest = None
    slow = 0
    for count, (size, was_slow) in enumerate(ordered, start=1):
        slow += was_slow
        is_last_of_size = count == len(ordered) or ordered[count][0] != size
        if is_last_of_size and count >= min_items and slow >= min_slow_share * count:
            smallest = size, count, slow
    return smallest
