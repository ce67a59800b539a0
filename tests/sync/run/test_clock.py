"""Clocks jump: rounds go on, times of day are planned again, and a repeated hour fires once."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sync.run import service as service_module
from sync.run.clock import ClockWatch, OncePerMinute

BERLIN = ZoneInfo("Europe/Berlin")


class Hands:
    """A clock that people can move, and a time that they cannot."""

    def __init__(self, moment):
        self.moment, self.passed = moment, 0.0

    def wall(self):
        return self.moment.timestamp()

    def now(self, zone):
        return self.moment.astimezone(zone)

    def steady(self):
        return self.passed

    def run(self, **time):
        self.moment += timedelta(**time)
        self.passed += timedelta(**time).total_seconds()

    def move(self, **time):
        self.moment += timedelta(**time)


@pytest.mark.parametrize("hours", [-1, 1, -24, 24])
def test_a_clock_that_is_moved_is_noticed_once(hours):
    hands = Hands(datetime(2026, 6, 1, 9, tzinfo=UTC))
    watch = ClockWatch(hands.wall, hands.steady)
    hands.run(seconds=20)
    assert watch.detect_jump() == 0
    hands.move(hours=hours)
    hands.run(seconds=20)
    assert watch.detect_jump() == hours * 3600
    hands.run(hours=5)
    assert watch.detect_jump() == 0


def test_small_corrections_are_no_jump():
    hands = Hands(datetime(2026, 6, 1, 9, tzinfo=UTC))
    watch = ClockWatch(hands.wall, hands.steady)
    hands.move(seconds=5)
    assert watch.detect_jump() == 0


def fired(times, hands, hours, minutes_of_the_hour=(30,)):
    """The local times at which a job runs that is due at some minutes of every hour."""
    local = []
    for _ in range(hours * 60):
        moment = hands.now(BERLIN)
        if moment.minute in minutes_of_the_hour and times.may_run("report", BERLIN):
            local.append(f"{moment:%H:%M}")
        hands.run(minutes=1)
    return local


def test_the_hour_that_is_repeated_in_autumn_fires_once():
    hands = Hands(datetime(2026, 10, 24, 23, 0, tzinfo=UTC))  # 01:00 in Berlin; at 03:00 it is 02:00 again
    assert fired(OncePerMinute(hands.now), hands, 4) == ["01:30", "02:30", "03:30"]


def test_an_hour_that_is_set_back_fires_once():
    hands = Hands(datetime(2026, 6, 1, 6, 0, tzinfo=UTC))
    times = OncePerMinute(hands.now)
    assert fired(times, hands, 1) == ["08:30"]
    hands.move(hours=-1)
    assert fired(times, hands, 2) == ["09:30"]


def test_a_clock_that_was_a_day_ahead_stops_nothing():
    hands = Hands(datetime(2026, 6, 2, 6, 0, tzinfo=UTC))
    times = OncePerMinute(hands.now)
    assert fired(times, hands, 1) == ["08:30"]
    hands.move(days=-1, hours=-1)
    assert fired(times, hands, 1) == ["08:30"]


def test_a_job_that_is_planned_again_runs_at_once():
    hands = Hands(datetime(2026, 6, 1, 6, 0, tzinfo=UTC))
    times = OncePerMinute(hands.now)
    assert times.may_run("round team", BERLIN)
    times.forget("round team")
    assert times.may_run("round team", BERLIN)


def test_the_service_plans_its_rounds_again_after_a_jump(store, settings, running, monkeypatch):
    hands = Hands(datetime(2026, 6, 1, 9, tzinfo=UTC))
    monkeypatch.setattr(service_module, "ClockWatch", lambda: ClockWatch(hands.wall, hands.steady))
    with running(store, settings) as here:
        rounds = here.rounds
        hands.move(hours=-1)
        here.wait_for(lambda: here.rounds > rounds)
        assert "the clock was changed; all jobs are planned again" in here.told()
