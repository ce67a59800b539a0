"""Sprints as text: attributes in any order, names and goals with any punctuation."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.jira.sprints import parse_java_object, parse_sprints
from rules.model import Sprint, SprintState

PREFIX = "com.atlassian.greenhopper.service.sprint.Sprint@5791"


def by_id(ident):
    return {"7": Sprint("7", "Sprint 7", SprintState.FUTURE)}.get(ident)


def sprint_of(text):
    (sprint,), understood = parse_sprints([text], by_id)
    assert understood
    return sprint


def test_a_closed_sprint_with_odd_words_is_read_in_full():
    sprint = sprint_of(
        f"{PREFIX}[completeDate=2021-03-15T09:12:04.000Z,startDate=2021-03-01T08:00:00.000Z,state=CLOSED,"
        "name=Harbour, part 2 [a=b],endDate=2021-03-15T09:00:00.000Z,goal=Moor 100%! id of boats,rapidViewId=12,"
        "sequence=345,id=345]"
    )
    assert sprint == Sprint(
        "345",
        "Harbour, part 2 [a=b]",
        SprintState.CLOSED,
        datetime(2021, 3, 1, 8, tzinfo=UTC),
        datetime(2021, 3, 15, 9, tzinfo=UTC),
        "Moor 100%! id of boats",
        board="12",
    )


def test_what_is_null_or_empty_is_nothing():
    sprint = sprint_of(
        f"{PREFIX}[id=1,rapidViewId=<null>,state=FUTURE,name=Next,goal=,startDate=<null>,endDate=<null>]"
    )
    assert (sprint.goal, sprint.start, sprint.end) == ("", None, None)


@pytest.mark.parametrize(
    "date", ["2021-03-01T08:00:00.000+0000", "2021-03-01T09:00:00.000+01:00", "2021-03-01T08:00:00Z"]
)
def test_a_date_may_be_written_in_any_of_jiras_ways(date):
    assert sprint_of(f"{PREFIX}[id=1,state=ACTIVE,name=x,startDate={date}]").start == datetime(
        2021, 3, 1, 8, tzinfo=UTC
    )


@pytest.mark.parametrize(
    "text", ["", "Sprint 1", "[]", f"{PREFIX}[]", f"{PREFIX}[name=x]", f"{PREFIX}[id=one,name=x]", "x[id=1"]
)
def test_a_text_that_tells_of_no_sprint_gives_none(text):
    assert parse_java_object(text) is None


def test_a_date_that_is_none_spoils_only_itself():
    assert sprint_of(f"{PREFIX}[id=1,state=ACTIVE,name=x,startDate=soon]").start is None


TEXT = f"{PREFIX}[id=7,state=FUTURE,name=Sprint 7]"
OTHER = f"{PREFIX}[id=8,state=ACTIVE,name=Sprint 8, part 2]"
OBJECT = {"id": 7, "name": "Sprint 7", "state": "future"}


@pytest.mark.parametrize(
    "value",
    [
        TEXT, [TEXT], f"[{TEXT}]", OBJECT, [OBJECT], OBJECT | {"id": "7"}, [OBJECT | {"state": "FUTURE", "goal": None}],
        7, "7", "7, 7", [7], ["7"], ["7,7"], {"id": 7}, [{"id": "7", "name": "Sprint 7"}], [OBJECT, TEXT, "7"],
    ],
)  # fmt: skip
def test_a_sprint_is_read_in_every_form(value):
    assert parse_sprints(value, by_id) == ((Sprint("7", "Sprint 7", SprintState.FUTURE),), True)


@pytest.mark.parametrize("value", [f"{TEXT},{OTHER}", f"[{TEXT}, {OTHER}]", [f"{TEXT},{OTHER}"], [TEXT, OTHER]])
def test_several_sprints_in_one_text_are_told_apart(value):
    sprints, understood = parse_sprints(value, by_id)
    assert ([sprint.name for sprint in sprints], understood) == (["Sprint 7", "Sprint 8, part 2"], True)


@pytest.mark.parametrize("value", [None, [], ""])
def test_no_sprint_is_none(value):
    assert parse_sprints(value, by_id) == ((), True)


@pytest.mark.parametrize(
    "value", ["soon", ["soon"], [None], [""], {}, [{"name": "x"}], True, [[7]], 9, {"id": 9}, [7.5], -1]
)
def test_what_is_no_sprint_is_not_understood(value):
    assert parse_sprints(value, by_id) == ((), False)


def test_the_sprints_beside_one_that_is_not_understood_are_read():
    sprints, understood = parse_sprints([OBJECT, None], by_id)
    assert ([sprint.id for sprint in sprints], understood) == (["7"], False)


@given(
    name=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40).filter(
        lambda name: "=" not in name and name != "<null>"
    ),
    order=st.permutations(["id", "name", "state", "rapidViewId", "goal"]),
)
def test_any_name_is_read_in_any_order(name, order):
    values = {"id": "29200", "name": name, "state": "ACTIVE", "rapidViewId": "8070", "goal": name}
    sprint = sprint_of(f"{PREFIX}[{','.join(f'{key}={values[key]}' for key in order)}]")
    assert (sprint.id, sprint.name, sprint.goal) == ("29200", name, name)
