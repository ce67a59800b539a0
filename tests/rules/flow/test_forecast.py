"""Forecasts: what is counted, when there is none, and what holds for every draw."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.flow.finish_days import FinishDays
from rules.flow.forecast import (  # fmt: skip
    BEYOND_HORIZON,
    MAX_PROBABILITY,
    PROBABILITIES,
    Simulation,
    counts_by_probability,
    draw_uniform,
    working_dates,
)
from rules.flow.throughput import NoForecast, Throughput, WorkingDays, count_by_working_day, measure_throughputs
from rules.model import FinishedItem, HierarchyLevel

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
"""A Monday."""
MONDAY = date(2026, 6, 1)


def finished(days_ago, number=0, **values):
    key, resolved = f"PAY-{number}", NOW - timedelta(days=days_ago)
    return FinishedItem(id=str(number), key=key, team="team", resolved=resolved, **values)


def steady(count=60, weeks=12):
    return [finished(1 + number * weeks * 7 // count, number) for number in range(count)]


def measure(items):
    return measure_throughputs(items, ["team"], NOW)["team"]


def history(*daily):
    return Throughput(daily, max(len(daily) // 5, 1), MONDAY)


def test_each_working_day_is_counted_and_what_is_closed_on_a_weekend_counts_for_friday():
    days = [date(2026, 4, 20)] * 7 + [date(2026, 5, 29)] * 6 + [date(2026, 5, 30), date(2026, 5, 31)] + [date(2026, 5, 4)] * 6  # fmt: skip
    known = count_by_working_day(days, date(2026, 5, 31), WorkingDays())
    assert (known.weeks, known.items, len(known.daily)) == (6, 21, 30)
    assert (known.daily[0], known.daily[10], known.daily[-1]) == (7, 6, 8)


def test_days_off_are_no_days_of_work():
    days = [date(2026, 4, 20) + timedelta(days=number) for number in range(42)]
    calendar = WorkingDays(days_off=frozenset({date(2026, 5, 1)}))
    known = count_by_working_day(days, date(2026, 5, 31), calendar)
    assert (len(known.daily), known.items) == (29, 42)
    assert known.daily[8] == 4, "Thursday before the day off counts until Sunday"
    assert date(2026, 5, 1) not in working_dates(date(2026, 4, 30), calendar)


@pytest.mark.parametrize(
    ("items", "reason", "said"),
    [
        (steady(19), "few-items", {"items": 19, "weeks": 12}),
        (steady(40, weeks=5), "few-weeks", {"items": 40, "weeks": 5}),
        (steady(40) + [finished(10, number) for number in range(20)], "batch", {"items": 60, "items_on_day": 20, "day": date(2026, 5, 22)}),
    ],
)  # fmt: skip
def test_too_little_to_forecast_with_says_what_there_is(items, reason, said):
    refused = measure(items)
    assert isinstance(refused, NoForecast)
    assert refused.reason == reason
    assert {name: getattr(refused, name) for name in said} == said


def test_twenty_items_in_six_weeks_are_enough():
    assert isinstance(measure(steady(20, weeks=6)), Throughput)


def test_epics_sub_tasks_and_today_are_not_counted():
    others = [finished(5, level=HierarchyLevel.PORTFOLIO), finished(5, level=HierarchyLevel.TASK), finished(0)]
    assert measure([*steady(), *others]).items == 60


def test_a_team_that_finishes_one_item_a_day_needs_as_many_days_as_there_are_items():
    simulation = Simulation(history(*[1] * 60), "team", pace_spread=0)
    dates = working_dates(MONDAY, WorkingDays())
    days = FinishDays({"team": range(6)}, {"team": simulation}, {})
    assert [days.day(item, 0.5) for item in (0, 4, 5)] == [0, 4, 5]
    assert days.dates_by_probability(5, dates) == dict.fromkeys(PROBABILITIES, date(2026, 6, 8))
    assert counts_by_probability(simulation, 10) == dict.fromkeys(PROBABILITIES, 10)


def test_the_levels_are_those_of_the_draws():
    """Blocks of one day from one good and three empty days: in two days 0, 1 or 2 items with 9/16, 6/16 and 1/16."""
    simulation = Simulation(history(1, 0, 0, 0), "team", block_days=1, pace_spread=0, runs=20_000, horizon=2)
    shares = [(simulation.finished_by(2) == count).mean() for count in (0, 1, 2)]
    assert shares == pytest.approx([9 / 16, 6 / 16, 1 / 16], abs=0.015)
    assert counts_by_probability(simulation, 2) == {0.5: 0, 0.85: 0, 0.95: 0}


def test_certainty_is_never_stated():
    simulation = Simulation(history(*[5] * 60), "team")
    assert FinishDays({"team": [0]}, {"team": simulation}, {}).probability(0, 100) == MAX_PROBABILITY


def test_what_never_happened_is_not_forecast():
    days = FinishDays({"team": [0]}, {"team": Simulation(history(*[0] * 30), "team")}, {})
    assert days.day(0, 0.5) == BEYOND_HORIZON
    assert days.dates_by_probability(0, working_dates(MONDAY, WorkingDays())) == dict.fromkeys(PROBABILITIES)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=10, max_size=60), st.integers(1, 40))
def test_for_every_history(daily, horizon):
    short = Simulation(history(*daily), "team", runs=50, horizon=horizon)
    longer = Simulation(history(*daily), "team", runs=50, horizon=horizon + 20)
    assert (short.finished == longer.finished[:, :horizon]).all(), "a longer look ahead does not change the near part"
    assert (longer.finished[:, 1:] >= longer.finished[:, :-1]).all(), "nothing finished is undone"
    at_least = counts_by_probability(longer, horizon)
    assert at_least[0.5] >= at_least[0.85] >= at_least[0.95], "the more certain, the fewer"


def test_draws_are_addressed_by_seed_and_place():
    assert (draw_uniform("team", "3", 100) == draw_uniform("team", "3", 100)).all()
    assert (draw_uniform("team", "3", 100) == draw_uniform("team", "3", 200)[:100]).all()
    assert (draw_uniform("team", "3", 100) != draw_uniform("team", "4", 100)).any()
    assert (draw_uniform("team", "3", 100) != draw_uniform("other", "3", 100)).any()


def test_an_item_waits_for_what_blocks_it_in_whichever_team():
    simulations = {name: Simulation(history(*[pace] * 20), name, pace_spread=0, runs=5) for name, pace in (("ours", 2), ("theirs", 1))}  # fmt: skip
    days = FinishDays({"ours": [0, 1], "theirs": [2, 3, 4]}, simulations, {0: [1, 4], 4: [3]})
    assert [days.day(item, 0.5) for item in range(6)] == [2, 0, 0, 1, 2, BEYOND_HORIZON]


def test_a_circle_does_not_go_on_for_ever():
    simulations = {"ours": Simulation(history(*[1] * 20), "ours", pace_spread=0, runs=5)}
    days = FinishDays({"ours": [0, 1]}, simulations, {0: [1], 1: [0]})
    assert [days.day(item, 0.5) for item in (0, 1)] == [1, 1]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 4), min_size=10, max_size=20), min_size=2, max_size=3),
    st.dictionaries(st.integers(0, 8), st.lists(st.integers(0, 9), min_size=1, max_size=3)),
    st.integers(0, 60),
)
def test_days_are_those_of_every_single_run(daily_by_team, blockers, working_days):
    simulations = {
        str(team): Simulation(history(*daily), str(team), runs=40) for team, daily in enumerate(daily_by_team)
    }
    blockers = {item: others for item, others in blockers.items() if item < min(others)}
    plans = {team: range(number, 9, len(simulations)) for number, team in enumerate(simulations)} | {"no history": [9]}
    days = FinishDays(plans, simulations, blockers)
    runs = {9: [BEYOND_HORIZON] * 40}
    for team, order in plans.items():
        for position, item in enumerate(order if team in simulations else (), start=1):
            runs[item] = (simulations[team].finished < position).sum(axis=1).tolist()
    for item in sorted(blockers, reverse=True):
        runs[item] = [
            max(of_all) for of_all in zip(runs[item], *(runs[other] for other in blockers[item]), strict=True)
        ]
    for item, of_runs in runs.items():
        share = sum(day < working_days for day in of_runs) / 40
        assert days.probability(item, working_days) == min(share, MAX_PROBABILITY)
        assert [days.day(item, level) for level in (0.5, 0.85, 1)] == [sorted(of_runs)[n] for n in (19, 33, 39)]
