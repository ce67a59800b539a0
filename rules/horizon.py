"""The horizon: the part of a backlog that a team will start soon. Refining items beyond it is waste."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from rules.model import Backlog, HierarchyLevel, Sprint

_SPRINT_COUNT = 2
_THROUGHPUT_WINDOW = timedelta(weeks=4)
_DEFAULT_THROUGHPUT = 20


@dataclass(frozen=True)
class Horizon:
    """The part of a backlog that a team will start soon.

    Attributes:
        items: Ids of its items.
        description: A phrase for messages: "in Sprint 12 or Sprint 13", "among the top 24 of the backlog".
    """

    items: frozenset[str]
    description: str


def find_horizon(backlog: Backlog, now: datetime) -> Horizon:
    """Find the items of the next two sprints; if fewer are planned, the top of the backlog by throughput.

    Each missing sprint is replaced by as many items from the top of the backlog as the team finishes in two weeks,
    measured over the last four weeks. Without finished items, it is replaced by half of the top 20. An item that could
    not be read keeps its place at the top, because it may be the only one of a sprint.
    """
    sprints = backlog.coming_sprints[:_SPRINT_COUNT]
    sprint_ids = {sprint.id for sprint in sprints}
    items = {item.id for item in backlog.items if any(sprint.id in sprint_ids for sprint in item.sprints)}
    missing = _SPRINT_COUNT - len(sprints)
    if not missing:
        return Horizon(frozenset(items), f"in {_join_names(sprints)}")
    finished = backlog.throughput(now, _THROUGHPUT_WINDOW)
    depth = round((finished or _DEFAULT_THROUGHPUT) * missing / _SPRINT_COUNT) or 1
    unplanned = (
        (place, item.id)
        for place, item in enumerate(backlog.items)
        if item.level is HierarchyLevel.REQUIREMENT and item.id not in items
    )
    items |= {
        item_id
        for rank, (place, item_id) in enumerate(islice(unplanned, depth))
        if rank + bisect_right(backlog.unread_places, place) < depth
    }
    top = f"among the top {depth} of the backlog"
    return Horizon(frozenset(items), f"in {_join_names(sprints)} or {top}" if sprints else top)


def _join_names(sprints: Sequence[Sprint]) -> str:
    return " or ".join(sprint.name for sprint in sprints)
