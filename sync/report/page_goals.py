"""The objectives on the report page: how many items serve each of them, and how many items serve none."""

from collections.abc import Iterator

from msgspec import Struct

from rules.priority.goals import GoalMap, ObjectiveMap, Origin
from sync.messages import Messages

_MAX_ROWS = 15
"""The maximum number of rows; the objectives of goals.yaml come first."""


class GoalRow(Struct, frozen=True, kw_only=True):
    """One way to reach an objective, as texts for the page.

    Attributes:
        objective: The objective, with its measure; empty if the row above has the same objective.
        impact: Who would do what differently; empty for an objective that is not from goals.yaml but from the backlog.
        count: The number of open items that serve the objective in this way.
        smallest: The key of the item with the least effort; empty if it is unknown or there is only one item.
    """

    objective: str
    impact: str
    count: int
    smallest: str


class GoalTable(Struct, frozen=True):
    """The rows of the table, and the sentences beside it."""

    rows: tuple[GoalRow, ...]
    lines: tuple[str, ...]

    @property
    def has_impacts(self) -> bool:
        return any(row.impact for row in self.rows)


def make_goal_table(goal_map: GoalMap, messages: Messages) -> GoalTable:
    """Make the table of objectives and ways to reach them, including those that no item serves."""
    rows = list(_make_rows(goal_map, messages))
    lines = [messages.text("page.goals.orphans", count=goal_map.item_count, orphans=len(goal_map.orphans))]
    if goal_map.sprints:
        sprints = [
            f"{sprint.sprint} ({messages.text('page.ready.of', ready=sprint.with_objective, total=sprint.item_count)})"
            for sprint in goal_map.sprints
        ]
        lines.append(messages.text("page.goals.sprints", sprints=messages.join(sprints)))
    if (more := len(rows) - _MAX_ROWS) > 0:
        lines.append(messages.text("page.goals.more", count=more))
    return GoalTable(tuple(rows[:_MAX_ROWS]), tuple([goal_map.vision, *lines] if goal_map.vision else lines))


def _make_rows(goal_map: GoalMap, messages: Messages) -> Iterator[GoalRow]:
    """Yield a row for each way to reach an objective."""
    for objective in goal_map.objectives:
        name = _name_objective(objective, messages)
        for branch in objective.branches:
            yield GoalRow(
                objective=name,
                impact=f"{branch.actor}: {branch.impact}" if branch.actor else "",
                count=len(branch.items),
                smallest=branch.cheapest if len(branch.items) > 1 else "",
            )
            name = ""


def _name_objective(objective: ObjectiveMap, messages: Messages) -> str:
    """The name of an objective, with its measure if it has one."""
    if objective.is_measurable and objective.baseline is not None and objective.target is not None:
        return messages.text(
            "page.goals.measured",
            objective=objective.name,
            measure=objective.measure,
            baseline=objective.baseline,
            target=objective.target,
        )
    if objective.origin is Origin.FILE:
        return messages.text("page.goals.unmeasured", objective=objective.name)
    return messages.text(
        f"page.goals.origins.{objective.origin.name.casefold()}", objective=f"{objective.key} {objective.name}".strip()
    )
