"""Finds the items that each team starts next: those of its next sprint, or else the top of its backlog.

Findings of a rule that flags most of a backlog are not written as comments, except on some of these items.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from rules.horizon import THROUGHPUT_WINDOW, count_items_with_unread_sprints, take_from_top
from rules.model import Backlog, ItemOutline, SprintState

_SPRINTS_IN_WINDOW = 2
"""The number of sprints that `THROUGHPUT_WINDOW` usually contains."""
_MIN_COUNT = 10
"""The minimum number of items to take, even if the team finishes fewer in a sprint: enough for one planning meeting."""


class NextUp(Struct, frozen=True):
    """The items that a team starts next.

    Attributes:
        items: The ids of the items, in rank order.
        sprint: The name of the next sprint; empty if the items are the top of the backlog.
    """

    items: tuple[str, ...]
    sprint: str = ""


def find_next_up(backlog: Backlog, now: datetime) -> Mapping[str, NextUp]:
    """Find the items that each team starts next, by team.

    These are the items of the next sprint that are not in progress. If no sprint is planned, they are as many items
    from the top of the backlog as the team finishes in two weeks, measured over the last four weeks, but at least ten;
    items that are in progress or in an active sprint do not count. An item that could not be read takes one of these
    places in every team (see `take_from_top`). If no sprint is known, but one that could not be read may be planned
    (see `count_items_with_unread_sprints`), it is unknown what comes next.
    """
    return {team: _find_for_team(backlog, team, items, now) for team, items in backlog.unstarted_by_team().items()}


def _find_for_team(backlog: Backlog, team: str, items: Sequence[ItemOutline], now: datetime) -> NextUp:
    """Find the items that a team starts next, among its items that are not in progress."""
    team_sprint_ids = {sprint.id for item in items for sprint in item.sprints}
    future_sprints = [
        sprint
        for sprint in backlog.coming_sprints
        if sprint.id in team_sprint_ids and sprint.state is SprintState.FUTURE
    ]
    if future_sprints:
        planned = [item.id for item in items if any(sprint.id == future_sprints[0].id for sprint in item.sprints)]
        return NextUp(tuple(planned), future_sprints[0].name)
    if count_items_with_unread_sprints(backlog, items):
        return NextUp(())
    not_in_active_sprint = [
        item for item in items if not any(sprint.state is SprintState.ACTIVE for sprint in item.sprints)
    ]
    finished = backlog.throughput(now, THROUGHPUT_WINDOW, team)
    count = max(round(finished / _SPRINTS_IN_WINDOW), _MIN_COUNT)
    return NextUp(tuple(take_from_top(backlog, not_in_active_sprint, count)))
