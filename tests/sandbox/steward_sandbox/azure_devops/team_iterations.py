"""A team's iterations, and which of them is the current one."""

from datetime import datetime, timedelta

from steward_sandbox.azure_devops.model import Node, Team
from steward_sandbox.azure_devops.world import World


def selected(world: World, team: Team) -> list[Node]:
    """The iterations that a team has selected: dated ones by their dates, the others after them as they were added."""
    nodes = [world.collection.trees.by_id[number] for number in team.iterations]
    return sorted(nodes, key=lambda node: (node.start is None, node.start.timestamp() if node.start else 0.0))


def timeframes(world: World, team: Team) -> dict[int, str]:
    """Past, current or future, by node. Where no dated iteration is current, the first without dates is."""
    now = world.clock()
    frames: dict[int, str] = {}
    for node in selected(world, team):
        if node.start is not None or node.finish is not None:
            frames[node.id] = _by_dates(node, now)
        else:
            frames[node.id] = "future" if "current" in frames.values() else "current"
    return frames


def current(world: World, team: Team) -> int | None:
    """The node of a team's current iteration."""
    return next((node for node, frame in timeframes(world, team).items() if frame == "current"), None)


def _by_dates(node: Node, now: datetime) -> str:
    # The finish is the last day of an iteration.
    if node.finish is not None and node.finish + timedelta(days=1) <= now:
        return "past"
    return "current" if node.start is None or node.start <= now else "future"
