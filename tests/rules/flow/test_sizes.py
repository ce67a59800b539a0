"""Which size has been slow."""

import json
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.flow import Clock, Reason, SizeLimit, Unknown, size_limit, size_of
from rules.model import FinishedItem, HierarchyLevel

END = datetime(2026, 5, 1, tzinfo=UTC)


def done(
    points: object,
    days: float | None,
    *,
    started: float | None = None,
    level: HierarchyLevel = HierarchyLevel.REQUIREMENT,
) -> FinishedItem:
    return FinishedItem(
        id="1",
        key="T-1",
        resolved=END,
        level=level,
        points=points,  # type: ignore[arg-type]
        created=None if days is None else END - timedelta(days=days),
        started=None if started is None else END - timedelta(days=started),
    )


USUAL = [done(3, 5)] * 90


def test_the_smallest_size_that_was_mostly_slow_is_the_limit() -> None:
    finished = [*USUAL, *[done(8, 5)] * 10, *[done(8, 30)] * 4, *[done(13, 30)] * 7, *[done(13, 5)] * 5]
    assert size_limit(finished) == SizeLimit(size=13, sized=12, slow=7, limit=5.0, exact=5.0, n=116, clock=Clock.LEAD)


def test_ten_items_of_a_size_are_needed() -> None:
    assert isinstance(size_limit([*USUAL, *[done(13, 30)] * 9]), Unknown)
    limit = size_limit([*USUAL, *[done(13, 30)] * 10])
    assert isinstance(limit, SizeLimit)
    assert (limit.size, limit.sized, limit.slow) == (13, 10, 10)


def test_half_is_not_more_than_half() -> None:
    assert isinstance(size_limit([*USUAL, *[done(13, 30)] * 6, *[done(13, 5)] * 6]), Unknown)


def test_larger_sizes_count_as_or_more() -> None:
    limit = size_limit([*USUAL, *[done(8, 30)] * 6, *[done(20, 30)] * 5])
    assert isinstance(limit, SizeLimit)
    assert (limit.size, limit.sized) == (8, 11)


def test_too_few_finished_items_teach_nothing() -> None:
    found = size_limit([done(3, 5)] * 29)
    assert isinstance(found, Unknown)
    assert (found.reason, found.n) == (Reason.FEW_FINISHED, 29)


def test_too_few_sizes_teach_nothing() -> None:
    found = size_limit([*[done(None, 5)] * 100, *[done(13, 30)] * 15])
    assert isinstance(found, Unknown)
    assert (found.reason, found.n, found.finished) == (Reason.FEW_SIZED, 15, 115)


def test_sizes_that_say_nothing_are_said_to() -> None:
    found = size_limit([done(size, length) for size in (1, 3, 8) for length in range(1, 41)])
    assert isinstance(found, Unknown)
    assert (found.reason, found.limit) == (Reason.NO_PATTERN, 34)


def test_epics_and_subtasks_are_left_out() -> None:
    aside = [done(13, 300, level=level) for level in (HierarchyLevel.PORTFOLIO, HierarchyLevel.TASK) for _ in range(50)]
    assert size_limit([*USUAL, *aside]) == size_limit(USUAL)


def test_cycle_time_is_used_and_named_where_starts_are_known() -> None:
    finished = [*[done(3, 50, started=5)] * 90, *[done(13, 50, started=30)] * 12]
    limit = size_limit(finished)
    assert isinstance(limit, SizeLimit)
    assert (limit.clock, limit.limit, limit.slow) == (Clock.CYCLE, 5, 12)


@pytest.mark.parametrize(
    ("points", "size"),
    [(13, 13), (0.5, 0.5), (0, 0), (0.0, 0), (None, None), ("13", None), ("L", None), (-1, None), (True, None)],
)
def test_only_numbers_from_zero_on_are_sizes(points: object, size: float | None) -> None:
    assert size_of(points) == size


@pytest.mark.parametrize("points", [math.nan, math.inf, -math.inf, 10**400])
def test_absurd_numbers_are_no_sizes(points: object) -> None:
    assert size_of(points) is None


POINTS = st.none() | st.sampled_from([0, 1, 2, 3, 5, 8, 13, 20]) | st.floats() | st.just("13")
ITEMS = st.lists(st.builds(done, POINTS, st.none() | st.floats(-5, 90)), max_size=120)


@given(ITEMS, st.randoms(use_true_random=False))
def test_the_order_of_finished_items_does_not_matter(items: list[FinishedItem], chance: object) -> None:
    shuffled = list(items)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert size_limit(shuffled, least=10, least_sized=3) == size_limit(items, least=10, least_sized=3)


@given(ITEMS)
def test_what_is_said_is_true(items: list[FinishedItem]) -> None:
    found = size_limit(items, least=10, least_sized=3)
    if isinstance(found, SizeLimit):
        took = [
            ((END - item.created).total_seconds() / 86_400, item)
            for item in items
            if item.created and item.created <= END
        ]
        large = [length for length, item in took if (size := size_of(item.points)) is not None and size >= found.size]
        assert found.n == len(took)
        assert found.sized == len(large) >= 3
        assert found.slow == sum(length > found.limit for length in large) > len(large) / 2
        assert sum(length <= found.limit for length, _ in took) >= 0.85 * len(took)


@given(ITEMS)
def test_items_without_a_size_are_not_small_ones(items: list[FinishedItem]) -> None:
    """Taking the unknown sizes out changes nothing about which sizes are compared."""
    found = size_limit(items, least=10, least_sized=3)
    if isinstance(found, SizeLimit):
        assert found.sized <= sum(1 for item in items if size_of(item.points) is not None)


def test_a_real_history_gives_the_figures_worked_out_by_hand(springxd: Path) -> None:
    now = datetime(2014, 1, 1, tzinfo=UTC)
    rows = [json.loads(line) for line in springxd.read_text(encoding="utf-8").split("\n") if line]
    finished = [
        FinishedItem(
            id=row["key"],
            key=row["key"],
            resolved=datetime.fromisoformat(row["resolved"]),
            created=datetime.fromisoformat(row["created"]),
            points=row.get("points"),
        )
        for row in rows
        if row.get("resolved") and row.get("created") and row.get("type") != "Epic"
    ]
    window = [item for item in finished if now - timedelta(days=365) <= item.resolved < now]
    limit = size_limit(window)
    assert isinstance(limit, SizeLimit)
    assert round(limit.exact, 1) == 20.8
    assert (limit.n, limit.size, limit.slow, limit.sized) == (731, 12, 7, 12)
    assert (limit.limit, limit.clock) == (21, Clock.LEAD)
