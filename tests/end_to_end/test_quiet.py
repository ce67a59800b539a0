"""Six weeks of a real team's changes: little is said, and everything that is has a reason."""

import importlib.util
import logging
import sys
from datetime import UTC, datetime

import pytest
import structlog

START = datetime(2018, 10, 1, 9, tzinfo=UTC)
END = datetime(2018, 11, 16, tzinfo=UTC)


@pytest.fixture(scope="module")
def quiet_year(repository):
    """The measurement, with its logs switched off."""
    spec = importlib.util.spec_from_file_location("quiet_year", repository / "benchmarks" / "quiet_year.py")
    module = sys.modules["quiet_year"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield module
    structlog.configure(**before)
    del sys.modules["quiet_year"]


@pytest.fixture(scope="module")
def team(quiet_year, shared):
    return quiet_year.read_team(shared / "data")


def test_the_log_tells_of_enough_items_and_of_one_sprint_after_the_other(team):
    assert len(team.lives) > 200
    assert team.without_text + len(team.lives) == 876
    sprints = list(team.sprints.values())
    assert all(begin < end for _, begin, end in sprints)
    assert all(first[2] <= second[1] for first, second in zip(sprints, sprints[1:], strict=False))


def test_what_is_said_in_six_weeks_is_little_and_has_a_reason(quiet_year, team, tmp_path):
    year = quiet_year.run(team, START, END, tmp_path, hours=(10,), strict=True)
    said = quiet_year.figures(team, year, strict=True)
    assert said["unexplained_writes"] == []
    assert said["answers_read_where_none_were_given"] == []
    assert said["items_with_two_comments"] == []
    assert said["troubles"] == []
    assert said["total"]["created"] > 0, "there was something to say"
    assert said["items_written"] > 10
    # So short a time holds the first days, in which what stood before is said for the first time.
    assert year.new_comments / year.open_items * 100 <= 2 * quiet_year.LIMIT * len(year.months)
