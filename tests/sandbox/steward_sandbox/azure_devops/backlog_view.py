"""What stands on a team's backlog, in which order, and moving things there."""

from collections.abc import Callable, Iterable, Sequence

from steward_sandbox.azure_devops import field_data as names
from steward_sandbox.azure_devops import ordering
from steward_sandbox.azure_devops.collection import Project
from steward_sandbox.azure_devops.model import Account, Team, WorkItem
from steward_sandbox.azure_devops.processes import COMPLETED, REMOVED, Level
from steward_sandbox.azure_devops.world import Ref, World


def team_filter(world: World, team: Team) -> Callable[[WorkItem], bool]:
    """Whether an item is a team's, by the values of its team field."""
    project = world.collection.projects[team.project]
    field = project.process.team_field
    trees = world.collection.trees
    if field != names.AREA:
        values = {area.value for area in team.areas}
        return lambda item: item.fields.get(field) in values
    nodes = {
        node
        for area in team.areas
        for node in (trees.under(int(area.value)) if area.include_children else {int(area.value)})
    }
    return lambda item: item.fields[names.AREA_ID] in nodes


def level_types(project: Project, level: Level, team: Team) -> set[str]:
    """The types on a level of a team's backlog, bugs included where the team plans them there."""
    bugs = {"asRequirements": "requirement", "asTasks": "task"}.get(team.bugs)
    return {*level.types, *(project.process.bug_types if bugs == level.kind else ())}


def on_level(world: World, team: Team, level: Level) -> list[WorkItem]:
    """The open items of a level of a team's backlog, highest first."""
    project = world.collection.projects[team.project]
    types, mine = level_types(project, level, team), team_filter(world, team)
    found = [
        item
        for item in world.visible()
        if item.type in types
        and world.project_of(item).id == project.id
        and mine(item)
        and world.type_of(item).category(item.state) not in (COMPLETED, REMOVED)
    ]
    return in_order(world, found)


def in_order(world: World, items: Iterable[WorkItem]) -> list[WorkItem]:
    """Items by their position: what was never ranked stands last, and equal positions go by id."""
    return sorted(items, key=lambda item: (*_place(world, item), item.id))


def order_of(world: World, item: WorkItem) -> float | None:
    """The position of an item, if it was ever given one."""
    value = item.fields.get(world.project_of(item).process.order)
    return float(value) if isinstance(value, (int, float)) else None


def drag(
    world: World, team: Team, refs: Iterable[Ref], by: Account, *, before: Ref | None = None, after: Ref | None = None
) -> list[tuple[int, float]]:
    """Moves items before or after another one; without either, to the top.

    Every item that gets another position gets a revision, neighbours that make room included.

    Returns:
        The ids and positions that changed.
    """
    with world.lock:
        moved = [world.item(ref) for ref in refs]
        project = world.collection.projects[team.project]
        level = project.process.level_of(moved[0].type, team.bugs) or project.process.requirements
        ids = {item.id for item in moved}
        others = [item for item in on_level(world, team, level) if item.id not in ids]
        place = _index(others, world, before, after)
        orders = [order_of(world, item) for item in others]
        line: Sequence[WorkItem] = [*others[:place], *moved, *others[place:]]
        changed = ordering.spread(orders, place, len(moved))
        for position, order in changed.items():
            world.save(line[position].id, by, {project.process.order: order}, notify=False)
        return [(line[position].id, order) for position, order in changed.items()]


def _index(others: list[WorkItem], world: World, before: Ref | None, after: Ref | None) -> int:
    if before is None and after is None:
        return 0
    anchor = world.item(before if before is not None else after or "").id
    place = next((n for n, item in enumerate(others) if item.id == anchor), None)
    if place is None:
        raise KeyError(f"work item {anchor} is not on this level of the backlog")
    return place + (before is None)


def _place(world: World, item: WorkItem) -> tuple[bool, float]:
    order = order_of(world, item)
    return (order is None, order or 0.0)
