"""How long finished items took."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import message_templates as sentences
from rules.flow.durations import DurationKind, choose_duration_kind, elapsed_days, percentile, round_up
from rules.model import FinishedItem

END = datetime(2026, 5, 1, tzinfo=UTC)


def done(created: float | None = 1, started: float | None = None) -> FinishedItem:
    """An item created and started so many days before it was finished."""
    return FinishedItem(
        id="1",
        key="T-1",
        resolved=END,
        created=None if created is None else END - timedelta(days=created),
        started=None if started is None else END - timedelta(days=started),
    )


def test_time_runs_from_where_the_clock_says() -> None:
    assert (elapsed_days(done(3, 1), DurationKind.LEAD), elapsed_days(done(3, 1), DurationKind.CYCLE)) == (3, 1)


@pytest.mark.parametrize("item", [done(None), done(-1)])
def test_an_unknown_or_impossible_beginning_is_no_duration(item: FinishedItem) -> None:
    assert elapsed_days(item, DurationKind.LEAD) is None


def test_time_zero_is_a_duration() -> None:
    assert elapsed_days(done(0), DurationKind.LEAD) == 0


@pytest.mark.parametrize(
    ("known", "unknown", "clock"),
    [
        (30, 0, DurationKind.CYCLE),
        (29, 0, DurationKind.LEAD),
        (30, 900, DurationKind.CYCLE),
        (29, 900, DurationKind.LEAD),
        (0, 0, DurationKind.LEAD),
    ],
)
def test_cycle_time_needs_thirty_known_starts_however_many_are_unknown(
    known: int, unknown: int, clock: DurationKind
) -> None:
    assert choose_duration_kind([done(2, 1)] * known + [done(2)] * unknown, 30) is clock


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([1], 0.85, 1), ([1, 2, 3, 4], 0.5, 2), (range(1, 101), 0.85, 85), (range(1, 21), 0.85, 17), ([5, 1], 0.0, 1)],
)
def test_a_percentile_is_the_smallest_value_with_enough_at_or_below_it(
    values: list[float], share: float, expected: float
) -> None:
    assert percentile(values, share) == expected


def test_nothing_has_no_percentile() -> None:
    with pytest.raises(ValueError, match="at least one"):
        percentile([], 0.85)


VALUES = st.lists(st.floats(0, 1e4, allow_nan=False), min_size=1, max_size=80)


@given(VALUES, st.floats(0.01, 0.99))
def test_a_percentile_occurred_and_splits_as_it_says(values: list[float], share: float) -> None:
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-6
    assert sum(value < found for value in values) < share * len(values) + 1e-6 or found == min(values)


@given(VALUES, st.randoms(use_true_random=False))
def test_a_percentile_does_not_depend_on_order(values: list[float], chance: object) -> None:
    shuffled = list(values)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert percentile(shuffled, 0.85) == percentile(values, 0.85)


@pytest.mark.parametrize(
    ("length", "words"),
    [(20.845, "21 days"), (10.0, "10 days"), (9.01, "9.1 days"), (1.0, "1 day"), (0.5, "12 hours"), (0.0, "1 hour")],
)
def test_a_length_is_rounded_up_for_people(length: float, words: str) -> None:
    assert sentences.format_duration(round_up(length)) == words


@given(st.floats(0, 5000, allow_nan=False))
def test_rounding_up_never_shortens_and_is_done_once(length: float) -> None:
    once = round_up(length)
    assert once >= length - 1e-9
    assert round_up(once) == pytest.approx(once)


@pytest.mark.parametrize(("number", "text"), [(13.0, "13"), (0.5, "0.5"), (0.0, "0"), (2.25, "2.25"), (100.0, "100")])
def test_numbers_have_no_needless_digits(number: float, text: str) -> None:
    assert sentences.format_number(number) == text
