"""The items of a team's backlog in their order, and moving them.

Positions are sparse numbers, lower is higher. An item that was never ranked has none and comes last.
"""

from collections.abc import Iterable

from steward_sandbox.azure_devops.model import Account, WorkItem
from steward_sandbox.azure_devops.processes import COMPLETED, REMOVED
from steward_sandbox.azure_devops.world import Ref, World

_FIRST = 1_000_000_000.0
_STEP = 7905.0
_ROOM = 2.0


def seeded_order(place: int) -> float:
    return _FIRST + place * _STEP


def is_open(world: World, item: WorkItem) -> bool:
    return world.type_of(item).category(item.state) not in (COMPLETED, REMOVED)


def in_order(world: World, items: Iterable[WorkItem]) -> list[WorkItem]:
    return sorted(items, key=lambda item: (order_of(world, item) is None, order_of(world, item) or 0.0, item.id))


def order_of(world: World, item: WorkItem) -> float | None:
    value = item.fields.get(world.project_of(item).process.order)
    return float(value) if isinstance(value, (int, float)) else None


def drag(world: World, ref: Ref, by: Account, *, before: Ref | None = None) -> None:
    """Move an item before another one of its level, or to the top.

    Every item that gets another position gets a revision, those that make room included.
    """
    with world.lock:
        moved = world.item(ref)
        project = world.project_of(moved)
        level = _level(world, moved)
        others = [
            item
            for item in in_order(world, world.visible())
            if item.id != moved.id and _level(world, item) == level and is_open(world, item)
        ]
        ids = [item.id for item in others]
        place = 0 if before is None else ids.index(world.item(before).id)
        orders = [order_of(world, item) for item in others]
        for number, order in _positions([*ids[:place], moved.id, *ids[place:]], orders, place):
            world.save(number, by, {project.process.order: order}, notify=False)


def _level(world: World, item: WorkItem) -> tuple[str, str]:
    project = world.project_of(item)
    bugs = world.collection.default_team(project).bugs
    return project.id, (project.process.level_of(item.type, bugs) or project.process.requirements).id


def _positions(ids: list[int], others: list[float | None], place: int) -> Iterable[tuple[int, float]]:
    """New positions for the item at a place, and for those that must make room."""
    ranked = [order for order in others if order is not None]
    if place < len(ranked):
        below = ranked[place]
        above = ranked[place - 1] if place else below - 2 * _STEP
        if below - above >= _ROOM:
            return [(ids[place], (above + below) // 2)]
        # There is no room: all ranked ones below go down.
        return [(number, above + n * _STEP) for n, number in enumerate(ids[place : len(ranked) + 1], start=1)]
    # Items above that were never ranked get a position now, or the moved one would jump over them.
    start = ranked[-1] + _STEP if ranked else _FIRST
    return [(ids[n], start + (n - len(ranked)) * _STEP) for n in range(len(ranked), place + 1)]
