"""The horizon: the items that a team will start soon.

These are the items of two sprints, active ones included. If the team has planned fewer than two, items from the top of
the backlog are taken for each that is missing.

Only these, and the items that each team starts next (see `rules.next_up`; they may include others), get comments,
because refining later items would be wasted effort.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from rules.model import Backlog, HierarchyLevel, ItemOutline, SprintSource

_SPRINT_COUNT = 2
"""The number of active and future sprints whose items are within the horizon."""
THROUGHPUT_WINDOW = timedelta(weeks=4)
"""The period in which finished items are counted: about the length of two sprints."""
_DEFAULT_THROUGHPUT = 20
"""The number of items to assume for this period if none was finished."""


@dataclass(frozen=True)
class Horizon:
    """The part of a backlog that a team will start soon.

    Attributes:
        items: The ids of its items.
        description: Where these items are, as a part of a sentence: "in Sprint 12 or Sprint 13", "among the top 24 of
            the backlog".
        item_count_with_unread_sprints: If items were left out because it is unknown whether a sprint is planned, the
            number of open items whose sprints have never been read; else 0.
    """

    items: frozenset[str]
    description: str
    item_count_with_unread_sprints: int = 0


def find_horizon(backlog: Backlog, now: datetime) -> Horizon:
    """Find the items of the first two sprints that are active or planned.

    For each sprint that is missing from two, take as many items from the top of the backlog as the team finished in two
    weeks, on average over the last four weeks; ten if it finished none. If an unknown sprint may be planned (see
    `count_items_with_unread_sprints`), nothing is taken from the top.
    """
    sprints = backlog.coming_sprints[:_SPRINT_COUNT]
    sprint_ids = {sprint.id for sprint in sprints}
    sprint_names = " or ".join(sprint.name for sprint in sprints)
    items = {item.id for item in backlog.outlines if any(sprint.id in sprint_ids for sprint in item.sprints)}
    unplanned_sprints = _SPRINT_COUNT - len(sprints)
    if not unplanned_sprints:
        return Horizon(frozenset(items), f"in {sprint_names}")
    requirements = [item for item in backlog.outlines if item.level is HierarchyLevel.REQUIREMENT]
    if unread_count := count_items_with_unread_sprints(backlog, requirements):
        return Horizon(frozenset(items), f"in {sprint_names or 'a sprint that could be read'}", unread_count)
    finished = backlog.throughput(now, THROUGHPUT_WINDOW)
    count = round((finished or _DEFAULT_THROUGHPUT) * unplanned_sprints / _SPRINT_COUNT) or 1
    items.update(take_from_top(backlog, [item for item in requirements if item.id not in items], count))
    top = f"among the top {count} of the backlog"
    return Horizon(frozenset(items), f"in {sprint_names} or {top}" if sprints else top)


def take_from_top(backlog: Backlog, items: Sequence[ItemOutline], count: int) -> list[str]:
    """Return the ids of the first `count` of some items, which are in rank order.

    An item that could not be read, or whose sprints have never been read although the tracker has sprints, counts as
    one of them, but is left out.
    """
    has_sprints = backlog.sprint_source is not SprintSource.NOWHERE
    return [
        item.id
        for items_before, item in enumerate(items[:count])
        if items_before + bisect_right(backlog.unread_places, item.index) < count
        and not (has_sprints and item.may_be_in_unread_sprint)
    ]


def count_items_with_unread_sprints(backlog: Backlog, items: Iterable[ItemOutline]) -> int:
    """Count those of the items whose sprints have never been read, if a planned sprint may be missing because of them.

    If the sprints come from the items themselves, a single such item is an exception that says nothing about the
    others, so return 0.
    """
    if backlog.sprint_source is SprintSource.NOWHERE:
        return 0
    count = sum(item.may_be_in_unread_sprint for item in items)
    return 0 if count == 1 and backlog.sprint_source is SprintSource.ITEMS else count
