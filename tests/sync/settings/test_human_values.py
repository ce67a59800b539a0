"""Durations, shares, hours and schedules as people write them."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.run.schedule import make_trigger
from sync.settings.human_values import (
    TimeWindow,
    parse_duration,
    parse_factor,
    parse_percentage,
    parse_schedule,
    parse_time_window,
)

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("7 days", timedelta(days=7)),
        ("1 day", timedelta(days=1)),
        ("90 minutes", timedelta(minutes=90)),
        ("2 Weeks", timedelta(weeks=2)),
        (" 14d ", timedelta(days=14)),
        ("3 h", timedelta(hours=3)),
        ("0 days", timedelta(0)),
        ("520 weeks", timedelta(weeks=520)),
    ],
)
def test_a_duration_is_a_number_with_a_unit(said, meant):
    assert parse_duration(said) == meant


@pytest.mark.parametrize(
    "said", ["", "days", "7", "-1 days", "7 fortnights", "1.5 days", "7 days ago", "600 weeks", None]
)
def test_anything_else_is_no_duration(said):
    with pytest.raises(ValueError, match="not a duration|longer than"):
        parse_duration(said)


@pytest.mark.parametrize(("said", "meant"), [("20%", 0.2), ("0%", 0), ("100 %", 1), ("2.5%", 0.025), (0.2, 0.2)])
def test_a_share_is_a_percentage(said, meant):
    assert parse_percentage(said) == meant


@pytest.mark.parametrize("said", ["20", "101%", "-5%", "all", 20, 1.5, -0.1, float("nan"), True])
def test_anything_else_is_no_share(said):
    with pytest.raises(ValueError, match="not a percentage"):
        parse_percentage(said)


@pytest.mark.parametrize(("said", "meant"), [("3x", 3), ("2.5 X", 2.5), ("0x", 0), (3.0, 3)])
def test_a_factor_is_a_multiple(said, meant):
    assert parse_factor(said) == meant


@pytest.mark.parametrize("said", ["3", "x", "-3x", 3, float("inf"), float("nan")])
def test_anything_else_is_no_factor(said):
    with pytest.raises(ValueError, match="not a factor"):
        parse_factor(said)


@given(st.text() | st.integers() | st.floats() | st.none() | st.booleans() | st.lists(st.integers()))
@pytest.mark.parametrize("parse", [parse_duration, parse_percentage, parse_factor, parse_time_window, parse_schedule])
def test_whatever_is_said_is_understood_or_refused_in_words(parse, said):
    try:
        parse(said)
    except ValueError as error:
        assert str(error)


monday = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "moment", "within"),
    [
        ("weekdays 08:00-18:00", monday.replace(hour=8), True),
        ("weekdays 08:00-18:00", monday.replace(hour=17, minute=59, second=59), True),
        ("weekdays 08:00-18:00", monday.replace(hour=18), False),
        ("weekdays 08:00-18:00", monday.replace(hour=7, minute=59), False),
        ("weekdays 08:00-18:00", monday.replace(hour=9) - timedelta(days=1), False),
        ("weekdays 08:00-18:00", monday.replace(hour=9) + timedelta(days=5), False),
        ("8:00-18:00", monday.replace(hour=9) - timedelta(days=1), True),
        ("always", monday - timedelta(days=1), True),
        ("Always", monday.replace(hour=23, minute=59, second=59), True),
    ],
)
def test_hours_include_what_they_say(said, moment, within):
    assert parse_time_window(said).includes(moment) is within


def test_hours_are_kept_as_they_are():
    some = TimeWindow(time(8), time(9))
    assert parse_time_window(some) is some


def firings(said, start, count, zone=BERLIN):
    """When a schedule fires next, so many times, in the team's time."""
    made, found = make_trigger(parse_schedule(said), zone), [start]
    made.jitter = None
    while len(found) <= count:
        found.append(made.get_next_fire_time(found[-1], found[-1]).astimezone(zone))
    return found[1:]


def test_an_interval_fires_every_so_often():
    start = datetime(2026, 6, 1, 8, 0, tzinfo=BERLIN)
    found = firings("every 10 minutes", start, 3)
    assert {later - earlier for earlier, later in pairwise(found)} == {timedelta(minutes=10)}


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ("weekdays at 08:30", "Mon Tue Wed Thu Fri"),
        ("at 08:30", "Mon Tue Wed Thu Fri Sat Sun"),
        ("cron: 30 8 * * mon-fri", "Mon Tue Wed Thu Fri"),
        # cron counts the days of the week from Sunday
        ("cron: 30 8 * * 1-5", "Mon Tue Wed Thu Fri"),
        ("cron: 30 8 * * 1", "Mon"),
        ("cron: 30 8 * * 0", "Sun"),
        ("cron: 30 8 * * 7", "Sun"),
        ("cron: 30 8 * * 0-6", "Mon Tue Wed Thu Fri Sat Sun"),
        ("cron: 30 8 * * 0-7", "Mon Tue Wed Thu Fri Sat Sun"),
        ("cron: 30 8 * * 5-7", "Fri Sat Sun"),
        ("cron: 30 8 * * sun-thu", "Mon Tue Wed Thu Sun"),
        ("cron: 30 8 * * fri-mon", "Mon Fri Sat Sun"),
        ("cron: 30 8 * * 1,3,fri", "Mon Wed Fri"),
        ("cron: 30 8 * * MON", "Mon"),
        ("cron: 30 8 * * 1-5/2", "Mon Wed Fri"),
        ("cron: 30 8 * * */2", "Tue Thu Sat Sun"),
        ("cron: 30 8 * * *", "Mon Tue Wed Thu Fri Sat Sun"),
    ],
)
def test_a_schedule_fires_on_the_days_it_says_at_the_teams_time(said, days):
    found = firings(said, datetime(2026, 6, 1, 0, 0, tzinfo=BERLIN), 7)
    week = sorted({moment for moment in found if moment < datetime(2026, 6, 8, tzinfo=BERLIN)})
    assert " ".join(f"{moment:%a}" for moment in week) == days
    assert {f"{moment:%H:%M}" for moment in week} == {"08:30"}


@pytest.mark.parametrize(
    "said", ["cron: 30 8 * * 8", "cron: 30 8 * * mo", "cron: 30 8 * * xyz", "cron: 30 8 * * 1-5/0"]
)
def test_a_day_that_is_none_is_refused(said):
    with pytest.raises(ValueError, match="not a cron expression"):
        parse_schedule(said)


def test_a_daily_time_stays_where_it_is_when_clocks_change():
    found = firings("at 08:30", datetime(2026, 3, 27, tzinfo=BERLIN), 5)
    assert {f"{moment:%H:%M}" for moment in found} == {"08:30"}
    assert len({moment.utcoffset() for moment in found}) == 2


def test_a_time_that_the_change_of_clocks_leaves_out_is_not_lost_for_good():
    found = firings("at 02:30", datetime(2026, 3, 27, tzinfo=BERLIN), 4)
    assert [moment.day for moment in found][:2] == [27, 28]
    assert found[-1].day >= 30
