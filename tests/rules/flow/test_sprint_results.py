"""The results of sprints: what was done in each, and what was carried over."""

from datetime import UTC, datetime

from rules.flow.sprint_results import SprintMember, sprint_results
from rules.model import HierarchyLevel, Sprint, SprintState


def sprint(number, state=SprintState.CLOSED):
    start, end = datetime(2024, number, 1, tzinfo=UTC), datetime(2024, number, 15, tzinfo=UTC)
    return Sprint(str(number), f"Sprint {number}", state, start, end)


def member(name, *sprints, resolved=None, level=HierarchyLevel.REQUIREMENT):
    resolved_at = resolved and datetime(2024, *resolved, tzinfo=UTC)
    return SprintMember(name, sprints=sprints, resolved=resolved_at, level=level)


def counts(*members):
    results = sprint_results(members, datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 4, 10, tzinfo=UTC))
    return [(result.sprint.name, result.total, result.done, result.carried_over) for result in results]


def test_items_of_a_sprint_are_done_carried_over_or_left():
    done = member("1", sprint(2), resolved=(2, 10))
    a_day_late = member("2", sprint(2), resolved=(2, 16))
    carried_over = member("3", sprint(2), sprint(3), resolved=(3, 5))
    unplanned = member("4", sprint(2))
    assert counts(done, a_day_late, carried_over, unplanned) == [("Sprint 2", 4, 2, 1), ("Sprint 3", 1, 1, 0)]


def test_what_was_finished_before_and_what_a_team_does_not_pull_is_not_counted():
    before = member("1", sprint(2), resolved=(1, 20))
    epic = member("2", sprint(2), level=HierarchyLevel.PORTFOLIO)
    assert counts(before, epic) == []


def test_only_sprints_that_ended_in_the_window_count():
    assert counts(member("1", sprint(4, SprintState.ACTIVE)), member("2", sprint(5)), member("3", sprint(3))) == [
        ("Sprint 3", 1, 0, 0)
    ]
