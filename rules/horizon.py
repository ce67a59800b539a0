"""The near part of a backlog: refining items that are far away is waste."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from rules.model import Backlog, HierarchyLevel, Sprint

_SPRINTS = 2
_LOOK_BACK = timedelta(weeks=4)
_WITHOUT_HISTORY = 20


@dataclass(frozen=True)
class Horizon:
    """The near part of a backlog.

    Attributes:
        items: Ids of the items within it.
        words: What it is, for people: "in Sprint 12 or Sprint 13", "among the top 24 of the backlog".
    """

    items: frozenset[str]
    words: str


def horizon(backlog: Backlog, now: datetime) -> Horizon:
    """The next two sprints; where fewer are planned, the top of the backlog by throughput.

    Each sprint that is missing is replaced by as many items from the top as were finished in two weeks, measured over
    the last four; without any history, by half of the top 20.
    """
    sprints = backlog.coming_sprints[:_SPRINTS]
    planned = {sprint.id for sprint in sprints}
    near = {item.id for item in backlog.items if any(sprint.id in planned for sprint in item.sprints)}
    missing = _SPRINTS - len(sprints)
    if not missing:
        return Horizon(frozenset(near), f"in {_names(sprints)}")
    finished = backlog.throughput(now, _LOOK_BACK)
    depth = round((finished or _WITHOUT_HISTORY) * missing / _SPRINTS) or 1
    waiting = [item for item in backlog.items if item.level is HierarchyLevel.REQUIREMENT and item.id not in near]
    near |= {item.id for item in waiting[:depth]}
    top = f"among the top {depth} of the backlog"
    return Horizon(frozenset(near), f"in {_names(sprints)} or {top}" if sprints else top)


def _names(sprints: Sequence[Sprint]) -> str:
    return " or ".join(sprint.name for sprint in sprints)
