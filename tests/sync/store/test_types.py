"""A moment is stored in UTC and comes back in UTC; one without a zone is refused."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import StatementError

from sync.store import rounds


def stored(database, moment):
    with database.writing() as connection:
        ident = rounds.begin(connection, "team", "round", moment)
    with database.reading() as connection:
        return rounds.by_id(connection, ident).started


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 6, 1, 9, 30, tzinfo=UTC),
        datetime(2026, 6, 1, 3, 4, 5, 678901, tzinfo=timezone(timedelta(hours=5, minutes=30))),
        datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"), fold=0),
        datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"), fold=1),
        datetime(1970, 1, 1, tzinfo=UTC),
    ],
)
def test_the_same_moment_comes_back_in_utc(database, moment):
    found = stored(database, moment)
    assert found == moment.astimezone(UTC)
    assert found.utcoffset() == timedelta(0)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.datetimes(
        min_value=datetime(1900, 1, 2),
        max_value=datetime(9000, 1, 1),
        timezones=st.timezones() | st.just(UTC),
    )
)
def test_any_moment_comes_back(database, moment):
    assert stored(database, moment) == moment.astimezone(UTC)


def test_a_moment_without_a_zone_is_refused(database):
    with pytest.raises((StatementError, ValueError), match="no time zone"):
        stored(database, datetime(2026, 6, 1, 9, 30))


def test_no_moment_is_no_moment(database):
    with database.writing() as connection:
        ident = rounds.begin(connection, "team", "round", datetime(2026, 6, 1, tzinfo=UTC))
        assert rounds.by_id(connection, ident).ended is None
