"""Learns the smallest size at which a team's items often take longer than usual.

The usual time is the service level expectation of Kanban ("85 % of items in 10 days or less", The Kanban Guide for
Scrum Teams, prokanban.org); by definition 15 % of all items take longer. A size is too large for a team if at
least twice that share of the items of this size or larger take longer. Sizes are only compared with each other, so any
unit will do.
"""

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import chain
from typing import Any

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
        sized: The number of finished items of this size or larger whose cycle time is known.
        slow: The number of these that took longer than `limit`.
        limit: The days of cycle time within which 85 % of all finished items whose cycle time is known were done,
            rounded up.
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


class NoSizeLimitReason(StrEnum):
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
        limit: For `NO_PATTERN`, the days of cycle time within which 85 % of those whose cycle time is known were done,
            rounded up; 0 for the other reasons.
    """

    reason: NoSizeLimitReason
    n: int
    finished: int
    limit: float = 0.0


def _make_durations() -> "defaultdict[Any, array[float]]":
    # Arrays take a twentieth of the memory that the items take.
    return defaultdict(lambda: array("d"))


@dataclass
class _History:
    """What is learned from finished items. Durations are in days; unknown ones are left out.

    Attributes:
        count: The number of items.
        sizes: The number of items of each size.
        cycle_times: The cycle times of the items of each size.
        lead_times: The lead times of the items of each size.
        cycle_times_by_type: The cycle times of the items of each type.
    """

    count: int = 0
    sizes: Counter[float] = field(default_factory=Counter)
    cycle_times: "defaultdict[float, array[float]]" = field(default_factory=_make_durations)
    lead_times: "defaultdict[float, array[float]]" = field(default_factory=_make_durations)
    cycle_times_by_type: "defaultdict[str, array[float]]" = field(default_factory=_make_durations)


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
    history = _read_history(finished)
    count, sizes = history.count, history.sizes
    if count < min_items:
        return NoSizeLimit(NoSizeLimitReason.FEW_FINISHED, count, count)
    if sizes.total() < min_items:
        return NoSizeLimit(NoSizeLimitReason.FEW_SIZED, sizes.total(), count)
    started = sum(map(len, history.cycle_times.values()))
    if started < min_items:
        return _learn_usual_size(history, started=started, min_items=min_items)
    limit = round_up(percentile(chain.from_iterable(history.cycle_times_by_type.values()), USUAL_SHARE))
    smallest = _find_smallest_slow_size(history.cycle_times, limit, min_items_of_size, min_slow_share)
    if smallest is None:
        return NoSizeLimit(NoSizeLimitReason.NO_PATTERN, started, count, limit)
    n = sum(map(len, history.cycle_times_by_type.values()))
    return SlowSize(*smallest, limit=limit, n=n, slow_shares=learn_slow_shares(history.cycle_times_by_type, limit))


def _read_history(finished: Iterable[FinishedItem]) -> _History:
    """Read the sizes and durations of finished items, except portfolio items and sub-tasks."""
    history = _History()
    for item in finished:
        if item.level is not HierarchyLevel.REQUIREMENT:
            continue
        history.count += 1
        cycle_time = cycle_days(item)
        if cycle_time is not None:
            history.cycle_times_by_type[item.type].append(cycle_time)
        if (size := parse_size(item.points)) is not None:
            history.sizes[size] += 1
            if cycle_time is not None:
                history.cycle_times[size].append(cycle_time)
            if (lead_time := elapsed_days(item, DurationKind.LEAD)) is not None:
                history.lead_times[size].append(lead_time)
    return history


def _learn_usual_size(history: _History, *, started: int, min_items: int) -> UsualSize:
    """Learn the size that most items do not exceed, and by lead time how long larger ones took.

    Args:
        started: The number of items with a size and a known start.
        min_items: The minimum number of lead times to say anything about them.
    """
    sizes, lead_times = history.sizes, history.lead_times
    usual = percentile(sizes.elements(), USUAL_SHARE)
    larger_count = sum(count for size, count in sizes.items() if size > usual)
    known_count = sum(map(len, lead_times.values()))
    if known_count < min_items:
        return UsualSize(usual, larger_count, sizes.total(), started)
    limit = round_up(percentile(chain.from_iterable(lead_times.values()), USUAL_SHARE))
    larger = [days for size, durations in lead_times.items() if size > usual for days in durations]
    return UsualSize(
        usual,
        larger_count,
        sizes.total(),
        started,
        lead_times=known_count,
        lead_limit=limit,
        larger_lead_times=len(larger),
        larger_and_slow=sum(days > limit for days in larger),
    )


def learn_slow_shares(durations: Mapping[str, Sequence[float]], limit: float) -> dict[str, float]:
    """Return the share of items that took longer than `limit` days, by type, smoothed towards the share of all.

    Args:
        durations: How many days items took, by their type.
    """
    slow_counts = {item_type: sum(days > limit for days in of_type) for item_type, of_type in durations.items()}
    overall_share = sum(slow_counts.values()) / max(sum(map(len, durations.values())), 1)
    return {
        item_type: (slow_counts[item_type] + _TYPE_WEIGHT * overall_share) / (len(of_type) + _TYPE_WEIGHT)
        for item_type, of_type in durations.items()
    }


def _find_smallest_slow_size(
    cycle_times: Mapping[float, Sequence[float]], limit: float, min_items: int, min_slow_share: float
) -> tuple[float, int, int] | None:
    """Find the smallest size at which items are often slow; None if there is none.

    Args:
        cycle_times: The cycle times of the items of each size, in days.
        limit: The number of days that slow items exceed.
        min_items: The minimum number of items of a size or larger.
        min_slow_share: The minimum share of slow items among these.

    Returns:
        The size, the number of items of this size or larger, and the number of slow ones among them.
    """
    smallest = None
    count = slow = 0
    for size, durations in sorted(cycle_times.items(), reverse=True):
        count += len(durations)
        slow += sum(days > limit for days in durations)
        if count >= min_items and slow >= min_slow_share * count:
            smallest = size, count, slow
    return smallest
