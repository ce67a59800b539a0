"""A backlog as it was: what the history of items tells, and what it does not."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.model import FieldChange, Sprint, SprintState, StatusCategory
from rules.past import backlog_as_of

DAY = timedelta(days=1)
YEAR = timedelta(days=365)


@pytest.fixture
def as_of(now):
    """The backlog some days ago, from items and their changes."""

    def look(days, *histories):
        pairs = [entry if isinstance(entry, tuple) else (entry, ()) for entry in histories]
        return backlog_as_of("team", lambda: pairs, now - days * DAY, YEAR)

    return look


@pytest.fixture
def change(now):
    def make(days, field, before, after, *, by_person=True):
        return FieldChange(now - days * DAY, field, before, after, by_person)

    return make


@pytest.fixture
def done(item, now):
    def make(number, *, resolved, **values):
        at = now - resolved * DAY
        return item(number, status="Done", category=StatusCategory.DONE, resolved=at, **values)

    return make


def keys(past):
    return [item.key for item in past.backlog.items]


def test_what_was_closed_later_was_open_and_what_was_created_later_was_not_there(as_of, item, done, now):
    still_open = item(1, status="To Do")
    closed_later, closed_before = done(2, resolved=10), done(3, resolved=30, parent="PAY-9")
    new = item(4, status="To Do", created=now - 5 * DAY)
    past = as_of(20, still_open, closed_later, closed_before, new)
    assert keys(past) == ["PAY-1", "PAY-2"]
    assert [(finished.key, finished.parent) for finished in past.backlog.finished] == [("PAY-3", "PAY-9")]
    assert (past.omitted, past.backlog.items[1].resolved) == (0, None)


@pytest.mark.parametrize(
    "values",
    [{"created": None, "status": "To Do"}, {"status": ""}, {"status": "Done", "category": StatusCategory.DONE}],
    ids=["created is not known", "nothing says that it is open", "closed at an unknown time"],
)
def test_an_item_that_has_no_place_in_time_is_counted_and_never_called_open(as_of, item, values):
    past = as_of(20, item(1, **values), item(2, status="To Do"))
    assert (keys(past), past.omitted, len(past.notes)) == (["PAY-2"], 1, 2)


def test_a_file_that_states_no_status_of_open_items_has_open_items(as_of, item, done):
    past = as_of(20, item(1, status=""), done(2, resolved=30))
    assert (keys(past), past.omitted) == (["PAY-1"], 0)


def test_of_a_later_change_of_the_text_and_a_later_question_nothing_was_known(as_of, item, now):
    later, earlier = now - 5 * DAY, now - 30 * DAY
    items = [item(number, text_changed=at, question_asked=at) for number, at in enumerate((later, earlier))]
    found = [(past.text_changed, past.question_asked) for past in as_of(20, *items).backlog.items]
    assert found == [(None, None), (earlier, earlier)]


def test_a_removed_item_has_the_time_of_its_last_move(as_of, item, change):
    removed = item(1, status="Won't do", category=StatusCategory.REMOVED)
    moved = change(10, "status", "To Do", "Won't do")
    assert keys(as_of(20, (removed, [moved]))) == ["PAY-1"]
    assert keys(as_of(5, (removed, [moved]))) == []


def test_values_are_those_before_the_next_change(as_of, item, change):
    changes = [
        change(40, "points", "", "3"),
        change(15, "points", "3", "8"),
        change(14, "status", "To Do", "Doing"),
        change(13, "priority", "", "High"),
        change(2, "points", "8", "13"),
    ]
    now_open = item(
        1, points=13.0, status="Doing", category=StatusCategory.IN_PROGRESS, started=changes[2].at, priority="High"
    )
    other = item(2, status="To Do")
    then = as_of(20, (now_open, changes), other).backlog.items[0]
    assert (then.points, then.status, then.category) == (3.0, "To Do", StatusCategory.TO_DO)
    assert (then.started, then.priority) == (None, None)
    later = as_of(10, (now_open, changes), other).backlog.items[0]
    assert (later.points, later.category, later.priority) == (8.0, StatusCategory.IN_PROGRESS, "High")


def test_people_had_not_yet_done_what_they_did_later(as_of, item, change, now):
    changes = [change(40, "rank", "", "x"), change(3, "rank", "x", "y"), change(2, "summary", "Old title", "Item 1")]
    talked_about = item(1, status="To Do", discussed=now - DAY, changed_by_person=now - DAY, ranked_by_person=now)
    then = as_of(20, (talked_about, changes)).backlog.items[0]
    assert (then.discussed, then.title) == (None, "Old title")
    assert then.changed_by_person == then.ranked_by_person == now - 40 * DAY


def test_sprints_have_the_state_that_their_dates_give(as_of, item, change, now):
    first = Sprint("1", "Sprint 1", SprintState.CLOSED, now - 30 * DAY, now - 16 * DAY)
    second = Sprint("2", "Sprint 2", SprintState.ACTIVE, now - 15 * DAY, now + DAY)
    carried = item(1, status="To Do", sprints=(first, second))
    moved = change(16, "sprint", "Sprint 1", "Sprint 1, Sprint 2")
    then = as_of(20, (carried, [moved])).backlog.items[0]
    assert [(sprint.name, sprint.state) for sprint in then.sprints] == [("Sprint 1", SprintState.ACTIVE)]
    unknown = as_of(20, (carried, [change(16, "sprint", "Sprint 0", "Sprint 2")])).backlog.items[0]
    assert (unknown.sprints, unknown.unknown) == ((), ("sprints",))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 90), st.integers(0, 90)), max_size=12), st.integers(0, 90))
def test_every_item_is_open_finished_or_not_yet_there(as_of, done, now, lives, days):
    items = [
        done(number, resolved=min(life), created=now - max(life) * DAY) for number, life in enumerate(lives, start=1)
    ]
    past, moment = as_of(days, *items), now - days * DAY
    assert keys(past) == [item.key for item in items if item.created <= moment < item.resolved]
    assert {item.key for item in past.backlog.finished} == {item.key for item in items if item.resolved <= moment}
    assert not any(item.resolved for item in past.backlog.items)
