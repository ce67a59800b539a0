"""The horizon: the part of a backlog that a team will start soon. Refining items beyond it is waste."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

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
    measured over the last four weeks. Without finished items, it is replaced by half of the top 20.
    """
    sprints = backlog.coming_sprints[:_SPRINT_COUNT]
    sprint_ids = {sprint.id for sprint in sprints}
    items = {item.id for item in backlog.items if any(sprint.id in sprint_ids for sprint in item.sprints)}
    missing = _SPRINT_COUNT - len(sprints)
    if not missing:
        return Horizon(frozenset(items), f"in {_join_names(sprints)}")
    finished = backlog.throughput(now, _THROUGHPUT_WINDOW)
    depth = round((finished or _DEFAULT_THROUGHPUT) * missing / _SPRINT_COUNT) or 1
    unplanned = [item for item in backlog.items if item.level is HierarchyLevel.REQUIREMENT and item.id not in items]
    items |= {item.id for item in unplanned[:depth]}
    top = f"among the top {depth} of the backlog"
    return Horizon(frozenset(items), f"in {_join_names(sprints)} or {top}" if sprints else top)


def _join_names(sprints: Sequence[Sprint]) -> str:
    return " or ".join(sprint.name for sprint in sprints)
