"""What slips: the same luck before and after a change of the plan."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.flow.forecast import Simulation
from rules.flow.slips import NEW_WORK, Change, Outlook
from rules.flow.throughput import WorkingDays
from rules.model import Backlog, FinishedItem, Link, Sprint, SprintState, WorkItem

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
SPRINT = Sprint(id="7", name="Sprint 7", state=SprintState.FUTURE, start=NOW, end=NOW + timedelta(days=4))


def one_a_day(tracker="team"):
    """Sixty items, one on each working day: with no spread, every future is the same."""
    days = (NOW - timedelta(days=back) for back in range(1, 85))
    return [
        FinishedItem(id=f"F{day:%j}", key=f"F-{day:%j}", resolved=day, team=tracker)
        for day in days
        if day.weekday() < 5
    ]


@pytest.fixture
def outlook(monkeypatch):
    monkeypatch.setattr("rules.flow.slips.Simulation", _without_spread)

    def make(items, until=date(2026, 6, 5), **more):
        backlog = [
            WorkItem(tracker="team", id=str(n), key=f"PAY-{n}", team="team", **values) for n, values in enumerate(items)
        ]
        return Outlook([Backlog("team", backlog, one_a_day())], NOW, until, **more)

    return make


def _without_spread(known, team, **_):
    return Simulation(known, team, pace_spread=0, runs=20)


def test_an_item_that_is_lifted_pushes_the_last_one_over_the_line(outlook):
    """One item a day, five days until Friday: the fifth is finished on Friday before, on Monday after."""
    slips = outlook([{}] * 7).compare("team", Change((6,), 1))
    assert [(slip.item, slip.before, slip.after) for slip in slips.no_longer_safe] == [(4, 0.95, 0.0)]
    last = slips.no_longer_safe[0]
    assert (last.date_before, last.date_after, last.days_later) == (date(2026, 6, 5), date(2026, 6, 8), 1)
    lifted = next(slip for slip in slips.changed if slip.item == 6)
    assert (lifted.date_before, lifted.date_after, lifted.days_later) == (date(2026, 6, 9), date(2026, 6, 1), -6)


def test_the_end_of_an_items_sprint_is_its_own_line(outlook):
    slips = outlook([{"sprints": (SPRINT,)}] * 5 + [{}] * 2, until=date(2026, 6, 10)).compare("team", Change((6,), 1))
    assert [(slip.item, slip.due) for slip in slips.no_longer_safe] == [(4, date(2026, 6, 5))]


def test_a_deadline_breaks_if_it_was_safe_and_is_not_any_more(outlook):
    """One item a day: the fifth is finished on Friday before and on Monday after, the sixth on Monday and Tuesday."""
    items = [{}, {}, {}, {"due": date(2026, 6, 5)}, {"due": date(2026, 6, 5)}, {"due": date(2026, 6, 5)}, {}]
    slips = outlook(items, until=date(2026, 7, 1)).compare("team", Change((6,), 1))
    assert [(slip.item, slip.due, slip.before, slip.after) for slip in slips.broken_deadlines] == [
        (4, date(2026, 6, 5), 0.95, 0.0)
    ]


def test_new_work_takes_a_place_as_well(outlook):
    slips = outlook([{}] * 5).compare("team", Change((NEW_WORK, NEW_WORK), 2))
    assert [slip.item for slip in slips.no_longer_safe] == [3, 4]


def test_dropping_an_item_makes_room(outlook):
    slips = outlook([{}] * 6).compare("team", Change(drops=frozenset({0})))
    assert [(slip.item, slip.before, slip.after) for slip in slips.changed if slip.before != slip.after] == [(5, 0.0, 0.95)]  # fmt: skip
    assert not slips.no_longer_safe


def test_an_item_that_is_dropped_first_does_not_slip_later(outlook):
    changes = Change(drops=frozenset({0})), Change((NEW_WORK,), 1)
    assert 0 not in [slip.item for slip in outlook([{}] * 6).compare("team", *changes).changed]


def test_a_dependency_breaks_where_an_item_is_put_above_what_it_waits_for(outlook):
    slips = outlook([{}, {}, {"links": (Link("is blocked by", "PAY-1"),)}]).compare("team", Change((2,), 1))
    assert slips.broken_dependencies == ((1, 2),)


def test_a_dependency_breaks_where_what_others_wait_for_is_dropped(outlook):
    slips = outlook([{}, {}, {"links": (Link("is blocked by", "PAY-1"),)}]).compare(
        "team", Change(drops=frozenset({1}))
    )
    assert slips.broken_dependencies == ((1, 2),)


def test_what_waits_for_a_slipping_item_slips_with_it(outlook):
    items = [{}, {}, {}, {}, {"links": (Link("is blocked by", "PAY-3"),)}, {}]
    slips = outlook(items, until=date(2026, 6, 4)).compare("team", Change((NEW_WORK,), 1))
    assert [slip.item for slip in slips.no_longer_safe] == [3]


def test_a_day_off_is_nobodys_fault(outlook):
    off = WorkingDays(days_off=frozenset({date(2026, 6, 1)}))
    made = outlook([{}] * 5, calendar=off)
    assert made.compare("team", Change((NEW_WORK,), 1)).no_longer_safe[0].item == 3


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.integers(0, 11), max_size=6), st.integers(1, 14), st.lists(st.integers(1, 80), min_size=25, max_size=40)
)
def test_for_every_plan(links, to, ages):
    items = [
        WorkItem(
            tracker="team", id=str(n), key=f"PAY-{n}", team="team",
            links=tuple(Link("blocks", f"PAY-{other}") for other in links if (n + other) % 3 == 0),
        )
        for n in range(12)
    ]  # fmt: skip
    finished = [FinishedItem(id=str(n), key=f"F-{n}", resolved=NOW - timedelta(days=age), team="team") for n, age in enumerate([*ages, 50])]  # fmt: skip
    outlook = Outlook([Backlog("team", items, finished)], NOW, date(2026, 6, 26), runs=40)
    if "team" not in outlook.simulations:
        return
    assert outlook.compare("team", Change()).changed == (), "nothing changed, nothing slips"
    place = outlook.orders["team"][to % 12]
    same = outlook.compare("team", Change((place,), outlook.orders["team"].index(place) + 1))
    assert same.changed == same.broken_dependencies == (), "an item put where it is changes nothing"
    added = outlook.compare("team", Change((NEW_WORK,), to))
    assert all(slip.after <= slip.before for slip in added.changed), "more work makes nothing likelier"
    dropped = outlook.compare("team", Change(drops=frozenset({place})))
    assert all(slip.after >= slip.before for slip in dropped.changed), "less work makes nothing less likely"
