"""Six weeks of a real team's changes: little is said, and everything that is written has a reason."""

import importlib.util
import logging
import sys
from datetime import UTC, datetime
from itertools import pairwise

import pytest
import structlog

pytestmark = pytest.mark.slow

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
    assert len(team.histories) > 200
    assert team.without_text + len(team.histories) == 876
    sprints = list(team.sprints.values())
    assert all(begin < end for _, begin, end in sprints)
    assert all(first[2] <= second[1] for first, second in pairwise(sprints))


@pytest.mark.parametrize("above", [None, 2], ids=["rules as shipped", "strict rules"])
def test_everything_that_is_written_has_a_reason(quiet_year, team, tmp_path, above):
    year = quiet_year.run(team, START, END, tmp_path, hours=(10,), above=above)
    figures = quiet_year.compute_figures(team, year, above=above)
    assert figures["unexplained_writes"] == []
    assert figures["decisions_that_nobody_made"] == []
    assert figures["items_with_two_comments"] == []
    assert figures["troubles"] == []
    assert figures["findings_a_round"]
    assert figures["items_written"] > 0
    if above:
        assert figures["total"]["created"] > 0, "there was something to say"
    else:
        assert year.rate <= quiet_year.LIMIT
