"""Which size has been slow."""

import math
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.flow.durations import cycle_days
from rules.flow.sizes import (
    NoSizeLimit,
    NoSizeLimitReason,
    SlowSize,
    UsualSize,
    learn_size,
    learn_slow_shares,
    parse_size,
)
from rules.model import FinishedItem, HierarchyLevel

END = datetime(2026, 5, 1, tzinfo=UTC)


def done(points: object, started: float | None, *, level: HierarchyLevel = HierarchyLevel.REQUIREMENT) -> FinishedItem:
    """An item that was started so many days before it was finished."""
    return FinishedItem(
        id="1",
        key="T-1",
        resolved=END,
        level=level,
        points=points,  # type: ignore[arg-type]
        created=END - timedelta(days=90),
        started=None if started is None else END - timedelta(days=started),
    )


USUAL = [done(3, 5)] * 90


def test_the_smallest_size_that_ran_long_twice_as_often_is_the_limit() -> None:
    finished = [*USUAL, *[done(8, 5)] * 20, *[done(8, 30)] * 2, *[done(13, 30)] * 3, *[done(13, 5)] * 7]
    shares = {"": pytest.approx(5 / 122)}
    assert learn_size(finished) == SlowSize(size=13, sized=10, slow=3, limit=5.0, n=122, slow_shares=shares)


def test_a_share_below_the_wanted_one_is_not_slow() -> None:
    finished = [*USUAL, *[done(13, 30)] * 2, *[done(13, 5)] * 5]
    assert isinstance(learn_size(finished), NoSizeLimit)
    assert isinstance(learn_size(finished, min_slow_share=2 / 7), SlowSize)


def test_five_items_of_a_size_are_needed() -> None:
    assert isinstance(learn_size([*USUAL, *[done(13, 30)] * 4]), NoSizeLimit)
    limit = learn_size([*USUAL, *[done(13, 30)] * 5])
    assert isinstance(limit, SlowSize)
    assert (limit.size, limit.sized, limit.slow) == (13, 5, 5)


def test_larger_sizes_count_as_or_more() -> None:
    limit = learn_size([*USUAL, *[done(8, 30)] * 4, *[done(20, 30)] * 4])
    assert isinstance(limit, SlowSize)
    assert (limit.size, limit.sized) == (8, 8)


def test_too_few_finished_items_teach_nothing() -> None:
    assert learn_size([done(3, 5)] * 29) == NoSizeLimit(NoSizeLimitReason.FEW_FINISHED, 29, 29)


def test_too_few_sizes_teach_nothing() -> None:
    assert learn_size([*[done(None, 5)] * 100, *[done(13, 30)] * 15]) == NoSizeLimit(
        NoSizeLimitReason.FEW_SIZED, 15, 115
    )


def test_sizes_that_say_nothing_are_said_to() -> None:
    learned = learn_size([done(size, length) for size in (1, 3, 8) for length in range(1, 41)])
    assert learned == NoSizeLimit(NoSizeLimitReason.NO_PATTERN, 120, 120, 34)


def test_epics_and_subtasks_are_left_out() -> None:
    aside = [done(13, 300, level=level) for level in (HierarchyLevel.PORTFOLIO, HierarchyLevel.TASK) for _ in range(50)]
    assert learn_size([*USUAL, *aside]) == learn_size(USUAL)


def test_thirty_known_starts_are_enough_however_many_are_unknown() -> None:
    unknown = [done(3, None)] * 900
    learned = learn_size([*unknown, *[done(3, 5)] * 26, *[done(13, 30)] * 2, *[done(8, 30)] * 2, done(13, 5)])
    assert learned == SlowSize(size=8, sized=5, slow=4, limit=5, n=31, slow_shares={"": pytest.approx(4 / 31)})
    assert isinstance(learn_size([*unknown, *[done(3, 5)] * 29]), UsualSize)


def test_the_own_85th_percentile_of_sizes_stands_in_for_cycle_times() -> None:
    finished = [*[done(3, None)] * 80, *[done(8, None)] * 10, *[done(13, None)] * 10, *[done(13, 5)] * 4]
    assert learn_size(finished) == UsualSize(
        size=8, larger=14, n=104, started=4, lead_times=104, lead_limit=90, larger_lead_times=14
    )
    unknown = [msgspec.structs.replace(item, created=None) for item in finished]
    assert learn_size(unknown) == UsualSize(size=8, larger=14, n=104, started=4)


def test_without_starts_lead_times_show_how_long_larger_items_took() -> None:
    late = msgspec.structs.replace(done(13, None), created=END - timedelta(days=200))
    assert learn_size([*[done(3, None)] * 90, *[done(3, 1)] * 20, *[late] * 12, done(13, 1)]) == UsualSize(
        size=3, larger=13, n=123, started=21, lead_times=123, lead_limit=90, larger_lead_times=13, larger_and_slow=12
    )


def test_an_unsized_item_still_shows_how_long_things_take() -> None:
    learned = learn_size([*[done(None, 50)] * 90, *[done(3, 5)] * 30, *[done(13, 30)] * 5])
    assert learned == NoSizeLimit(NoSizeLimitReason.NO_PATTERN, 35, 125, 50)


@pytest.mark.parametrize(
    ("points", "size"),
    [(13, 13), (0.5, 0.5), (0, 0), (0.0, 0), (None, None), ("13", None), ("L", None), (-1, None), (True, None)],
)
def test_only_numbers_from_zero_on_are_sizes(points: object, size: float | None) -> None:
    assert parse_size(points) == size


@pytest.mark.parametrize("points", [math.nan, math.inf, -math.inf, 10**400])
def test_absurd_numbers_are_no_sizes(points: object) -> None:
    assert parse_size(points) is None


POINTS = st.none() | st.sampled_from([0, 1, 2, 3, 5, 8, 13, 20]) | st.floats() | st.just("13")
ITEMS = st.lists(st.builds(done, POINTS, st.none() | st.floats(-5, 90)), max_size=120)


@given(ITEMS, st.randoms(use_true_random=False))
def test_the_order_of_finished_items_does_not_matter(items: list[FinishedItem], chance: object) -> None:
    shuffled = list(items)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert learn_size(shuffled, min_items=10, min_items_of_size=3) == learn_size(
        items, min_items=10, min_items_of_size=3
    )


@given(ITEMS)
def test_what_is_said_is_true(items: list[FinishedItem]) -> None:
    learned = learn_size(items, min_items=10, min_items_of_size=3)
    sizes = [size for item in items if (size := parse_size(item.points)) is not None]
    took = [(days, parse_size(item.points)) for item in items if (days := cycle_days(item)) is not None]
    if isinstance(learned, SlowSize):
        large = [days for days, size in took if size is not None and size >= learned.size]
        assert learned.n == len(took)
        assert learned.sized == len(large) >= 3
        assert learned.slow == sum(days > learned.limit for days in large) >= 0.3 * len(large)
        assert sum(days <= learned.limit for days, _ in took) >= 0.85 * len(took)
    elif isinstance(learned, UsualSize):
        assert learned.n == len(sizes) >= 10
        assert learned.larger == sum(size > learned.size for size in sizes) <= 0.15 * len(sizes)
        assert learned.started == sum(size is not None for _, size in took) < 10


@given(ITEMS)
def test_an_item_without_a_size_is_not_a_small_one(items: list[FinishedItem]) -> None:
    learned = learn_size(items, min_items=10, min_items_of_size=3)
    if isinstance(learned, SlowSize):
        assert learned.sized <= sum(1 for item in items if parse_size(item.points) is not None)


def test_a_type_with_few_items_is_as_slow_as_all_of_them() -> None:
    durations = {"Task": [30.0] * 40, "Story": [1.0] * 40, "Chore": [30.0]}
    shares = learn_slow_shares(durations, limit=5)
    mean = 41 / 81
    assert shares["Task"] == pytest.approx((40 + 40 * mean) / 80)
    assert shares["Story"] == pytest.approx((0 + 40 * mean) / 80)
    assert shares["Chore"] == pytest.approx((1 + 40 * mean) / 41)
    assert learn_slow_shares({}, limit=5) == {}
