"""A team's iterations, and which of them is the current one."""

from datetime import datetime, timedelta

from steward_sandbox.azure_devops.model import Node, Team
from steward_sandbox.azure_devops.world import World

_DAY = timedelta(days=1)


def selected(world: World, team: Team) -> list[Node]:
    """The iterations that a team has selected: dated ones by their dates, the others after them as they were added."""
    nodes = [world.collection.trees.by_id[number] for number in team.iterations]
    return sorted(nodes, key=lambda node: (node.start is None, node.start.timestamp() if node.start else 0.0))


def timeframes(world: World, team: Team) -> dict[int, str]:
    """Past, current or future, by node. Without dates an iteration has a time frame all the same.

    An end is the last day of an iteration. Where no dated one is current, the first without dates is.
    """
    now = world.clock()
    frames: dict[int, str] = {}
    for node in selected(world, team):
        if node.start is not None or node.finish is not None:
            frames[node.id] = _by_dates(node, now)
        else:
            frames[node.id] = "future" if "current" in frames.values() else "current"
    return frames


def current(world: World, team: Team) -> Node | None:
    """The current iteration of a team."""
    frames = timeframes(world, team)
    number = next((number for number, frame in frames.items() if frame == "current"), None)
    return world.collection.trees.by_id[number] if number is not None else None


def _by_dates(node: Node, now: datetime) -> str:
    if node.finish is not None and node.finish + _DAY <= now:
        return "past"
    return "current" if node.start is None or node.start <= now else "future"
