"""Sprints as text: attributes in any order, names and goals with any punctuation."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.jira.sprints import parse

PREFIX = "com.atlassian.greenhopper.service.sprint.Sprint@5791"


def test_a_closed_sprint_with_odd_words_is_read_in_full():
    sprint = parse(
        f"{PREFIX}[completeDate=2021-03-15T09:12:04.000Z,startDate=2021-03-01T08:00:00.000Z,state=CLOSED,"
        "name=Harbour, part 2 [a=b],endDate=2021-03-15T09:00:00.000Z,goal=Moor 100%! id of boats,rapidViewId=12,"
        "sequence=345,id=345]"
    )
    assert (sprint.id, sprint.name, sprint.state, sprint.goal) == (
        345, "Harbour, part 2 [a=b]", "CLOSED", "Moor 100%! id of boats",
    )  # fmt: skip
    assert sprint.start_date == datetime(2021, 3, 1, 8, tzinfo=UTC)
    assert sprint.end_date == datetime(2021, 3, 15, 9, tzinfo=UTC)


def test_what_is_null_or_empty_is_nothing():
    sprint = parse(f"{PREFIX}[id=1,rapidViewId=<null>,state=FUTURE,name=Next,goal=,startDate=<null>,endDate=<null>]")
    assert (sprint.goal, sprint.start_date, sprint.end_date) == ("", None, None)


@pytest.mark.parametrize(
    "date", ["2021-03-01T08:00:00.000+0000", "2021-03-01T09:00:00.000+01:00", "2021-03-01T08:00:00Z"]
)
def test_a_date_may_be_written_in_any_of_jiras_ways(date):
    assert parse(f"{PREFIX}[id=1,state=ACTIVE,name=x,startDate={date}]").start_date == datetime(
        2021, 3, 1, 8, tzinfo=UTC
    )


@pytest.mark.parametrize(
    "text", ["", "Sprint 1", "[]", f"{PREFIX}[]", f"{PREFIX}[name=x]", f"{PREFIX}[id=one,name=x]", "x[id=1"]
)
def test_a_text_that_tells_of_no_sprint_gives_none(text):
    assert parse(text) is None


def test_a_date_that_is_none_spoils_only_itself():
    assert parse(f"{PREFIX}[id=1,name=x,startDate=soon]").start_date is None


@given(
    name=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40).filter(
        lambda name: "=" not in name and name != "<null>"
    ),
    order=st.permutations(["id", "name", "state", "rapidViewId", "goal"]),
)
def test_any_name_is_read_in_any_order(name, order):
    values = {"id": "29200", "name": name, "state": "ACTIVE", "rapidViewId": "8070", "goal": name}
    sprint = parse(f"{PREFIX}[{','.join(f'{key}={values[key]}' for key in order)}]")
    assert (sprint.id, sprint.name, sprint.goal) == (29200, name, name)
