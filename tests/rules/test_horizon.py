"""Which items are near enough to be spoken about."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.horizon import find_horizon
from rules.model import FinishedItem, HierarchyLevel, Sprint, SprintSource, SprintState

ACTIVE = SprintState.ACTIVE
FUTURE = SprintState.FUTURE
CLOSED = SprintState.CLOSED


@pytest.fixture
def sprint(now):
    def make(number, state, *, weeks=None):
        start = None if weeks is None else now + timedelta(weeks=weeks)
        return Sprint(str(number), f"Sprint {number}", state, start)

    return make


def finished(now, count, *, days=7, level=HierarchyLevel.REQUIREMENT):
    return tuple(
        FinishedItem(id=f"F{number}", key=f"F-{number}", resolved=now - timedelta(days=days), level=level)
        for number in range(count)
    )


def test_the_next_two_sprints_are_near_and_the_rest_is_not(backlog, item, sprint, now):
    planned = [sprint(1, ACTIVE), sprint(2, FUTURE, weeks=1), sprint(3, FUTURE, weeks=3)]
    items = [item(number, sprints=(one,)) for number, one in enumerate(planned, start=1)]
    near = find_horizon(backlog([*items, item(9)]), now)
    assert near.items == {"1", "2"}
    assert near.description == "in Sprint 1 or Sprint 2"


def test_an_active_sprint_comes_before_one_that_should_have_begun_earlier(backlog, item, sprint, now):
    late, active, soon = sprint(1, FUTURE, weeks=-3), sprint(2, ACTIVE, weeks=0), sprint(3, FUTURE, weeks=2)
    items = [item(number, sprints=(one,)) for number, one in enumerate((late, active, soon), start=1)]
    assert find_horizon(backlog(items), now).items == {"1", "2"}


def test_a_sprint_without_a_date_comes_last(backlog, item, sprint, now):
    some = [sprint(1, FUTURE), sprint(2, FUTURE, weeks=1), sprint(3, FUTURE, weeks=2)]
    items = [item(number, sprints=(one,)) for number, one in enumerate(some, start=1)]
    assert find_horizon(backlog(items), now).items == {"2", "3"}


def test_an_item_that_could_not_be_read_keeps_its_place_at_the_top(backlog, item, now):
    items = [item(number) for number in range(1, 31)]
    near = find_horizon(replace(backlog(items), finished=finished(now, 4), unread_places=(0, 2, 9)), now)
    assert near.items == {"1", "2"}


@pytest.mark.parametrize("count", [3, 40])
@pytest.mark.parametrize(("source", "unread_count"), [(SprintSource.INCOMPLETE_LIST, 1), (SprintSource.ITEMS, 2)])
def test_while_sprints_have_never_been_read_nothing_is_near_but_what_is_in_a_known_one(
    backlog, item, sprint, now, count, source, unread_count
):
    def near_of(*items):
        return find_horizon(replace(backlog([*items, *unread]), sprint_source=source), now)

    unread = [item(number, unknown=("sprints",)) for number in range(count, count + unread_count)]
    near = near_of(*map(item, range(1, count)))
    assert (near.items, near.description) == (frozenset(), "in a sprint that could be read")
    assert near.item_count_with_unread_sprints == unread_count
    near = near_of(item(1, sprints=(sprint(1, ACTIVE),)), item(2))
    assert (near.items, near.description) == ({"1"}, "in Sprint 1")
    assert near_of().items == frozenset()


def test_sprints_that_were_read_before_or_are_all_planned_or_of_other_levels_hold_nothing_up(
    backlog, item, sprint, now
):
    outdated = item(1, sprints=(sprint(1, CLOSED),), unknown=("sprints",))
    epic = item(2, unknown=("sprints",), level=HierarchyLevel.PORTFOLIO)
    near = find_horizon(backlog([outdated, epic, item(3)]), now)
    assert (near.items, near.item_count_with_unread_sprints) == ({"1", "3"}, 0)
    planned = [item(1, sprints=(sprint(1, ACTIVE),)), item(2, sprints=(sprint(2, FUTURE, weeks=1),))]
    near = find_horizon(backlog([*planned, item(3, unknown=("sprints",))]), now)
    assert (near.items, near.item_count_with_unread_sprints) == ({"1", "2"}, 0)


def test_a_closed_sprint_is_not_a_coming_one(backlog, item, sprint, now):
    items = [item(number, sprints=(sprint(1, CLOSED),)) for number in range(1, 31)]
    near = find_horizon(backlog(items), now)
    assert near.description == "among the top 20 of the backlog"
    assert len(near.items) == 20


def test_an_item_carried_over_from_a_closed_sprint_is_near_by_its_new_one(backlog, item, sprint, now):
    carried = item(1, sprints=(sprint(1, CLOSED), sprint(2, ACTIVE)))
    other = item(2, sprints=(sprint(3, FUTURE, weeks=2),))
    assert find_horizon(backlog([carried, other]), now).items == {"1", "2"}


@pytest.mark.parametrize(("done", "depth"), [(0, 20), (7, 7), (24, 24), (1, 1)])
def test_without_sprints_it_is_what_four_weeks_finished(backlog, now, done, depth):
    near = find_horizon(backlog(40, finished=finished(now, done)), now)
    assert near.items == {str(number) for number in range(1, depth + 1)}
    assert near.description == f"among the top {depth} of the backlog"


def test_a_missing_sprint_counts_for_what_two_weeks_finished(backlog, item, sprint, now):
    items = [item(1), item(2, sprints=(sprint(1, ACTIVE),)), *[item(number) for number in range(3, 40)]]
    near = find_horizon(backlog(items, finished=finished(now, 8)), now)
    assert near.items == {"2", "1", "3", "4", "5"}
    assert near.description == "in Sprint 1 or among the top 4 of the backlog"


def test_what_was_finished_longer_ago_does_not_count(backlog, now):
    done = (*finished(now, 3, days=27), *finished(now, 30, days=29))
    assert find_horizon(backlog(40, finished=done), now).description == "among the top 3 of the backlog"


def test_finished_epics_and_sub_tasks_are_not_what_a_team_pulls(backlog, now):
    done = (*finished(now, 9, level=HierarchyLevel.PORTFOLIO), *finished(now, 9, level=HierarchyLevel.TASK))
    assert find_horizon(backlog(40, finished=done), now).description == "among the top 20 of the backlog"


def test_epics_and_sub_tasks_take_no_place_among_the_top(backlog, item, now):
    items = [
        item(1, level=HierarchyLevel.PORTFOLIO),
        item(2, level=HierarchyLevel.TASK),
        *[item(number) for number in range(3, 40)],
    ]
    near = find_horizon(backlog(items), now)
    assert near.items == {str(number) for number in range(3, 23)}


def test_an_empty_backlog_has_an_empty_horizon(backlog, now):
    assert find_horizon(backlog(0), now).items == frozenset()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # these only make values
@given(st.integers(0, 60), st.integers(0, 60), st.lists(st.sampled_from(list(SprintState)), max_size=4))
def test_a_horizon_holds_items_of_the_backlog_and_is_said_in_words(backlog, item, now, count, done, states):
    sprints = [Sprint(str(number), f"S{number}", state) for number, state in enumerate(states)]
    items = [item(number, sprints=(sprints[number % len(sprints)],) if sprints else ()) for number in range(count)]
    near = find_horizon(backlog(items, finished=finished(now, done)), now)
    assert near.items <= {one.id for one in items}
    assert near.description.startswith(("in ", "among the top "))


def test_a_source_without_sprints_holds_nothing_up_and_one_odd_value_only_its_item(backlog, item, now):
    export = [item(number, unknown=("sprints",)) for number in range(1, 4)]
    near = find_horizon(replace(backlog(export), sprint_source=SprintSource.NOWHERE), now)
    assert (near.items, near.item_count_with_unread_sprints) == ({"1", "2", "3"}, 0)
    for count in (2, 12):
        near = find_horizon(backlog([*map(item, range(1, count)), item(count, unknown=("sprints",))]), now)
        assert (near.items, near.item_count_with_unread_sprints) == ({str(number) for number in range(1, count)}, 0)
