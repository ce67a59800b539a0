"""Bulk reads: one bad item is found and skipped, several in a row are the tracker's trouble."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.bulk_reads import FailureCounter, is_request_specific, read_isolating_failures, try_request
from connectors.errors import ConnectorError, Garbled, Gone, Misconfigured, Refused, Retriable, ShadowBreach

ITEM_ERRORS = [
    Refused("no", status=400),
    Refused("no", status=403),
    Gone("no", status=404),
    Garbled("cut off", status=200),
    Retriable("failed", status=500),
    Retriable("failed", status=502),
    Retriable("failed", status=504),
    ConnectorError("an unexpected format"),
]
TRACKER_ERRORS = [
    Misconfigured("no", status=401),
    Retriable("unreachable"),
    Retriable("busy", status=429),
    Retriable("down", status=503),
    ShadowBreach("no"),
]


def read(bad, ids, error=ITEM_ERRORS[0], limit=5):
    """The items that were read, those that were skipped, and the number of calls."""
    skipped, calls = [], []

    def fetch(some):
        calls.append(list(some))
        if bad & set(some):
            raise error
        return list(some)

    found = [
        one
        for part in read_isolating_failures(fetch, ids, FailureCounter(limit), lambda one, _: skipped.append(one))
        for one in part
    ]
    return found, skipped, len(calls)


@pytest.mark.parametrize("error", ITEM_ERRORS)
def test_one_bad_item_costs_only_itself(error):
    found, skipped, calls = read({37}, range(100), error)
    assert (found, skipped) == ([one for one in range(100) if one != 37], [37])
    assert calls <= 2 * 8


@pytest.mark.parametrize("error", TRACKER_ERRORS)
def test_an_error_of_the_tracker_is_not_blamed_on_items(error):
    assert not is_request_specific(error)
    with pytest.raises(type(error)):
        read({37}, range(100), error)
    with pytest.raises(type(error)):
        read({37}, [37], error)


def test_several_in_a_row_are_the_trackers():
    with pytest.raises(Retriable):
        read(set(range(100)), range(100), Retriable("failed", status=500))


def test_a_success_in_between_begins_the_count_again():
    found, skipped, _ = read(set(range(0, 64, 2)), range(64))
    assert (found, skipped) == (list(range(1, 64, 2)), list(range(0, 64, 2)))


@given(st.sets(st.integers(0, 40)), st.integers(0, 40))
def test_nothing_is_lost_and_nothing_comes_twice(bad, count):
    found, skipped, _ = read(bad, range(count), limit=1000)
    assert sorted([*found, *skipped]) == list(range(count))
    assert set(skipped) == bad & set(range(count))


@pytest.mark.parametrize("error", [*ITEM_ERRORS, Misconfigured("the token lacks a scope", status=401)])
def test_what_is_optional_may_fail(error):
    def ask():
        raise error

    assert try_request(ask) is None
    assert try_request(lambda: 7) == 7


@pytest.mark.parametrize("error", [error for error in TRACKER_ERRORS if not isinstance(error, Misconfigured)])
def test_a_tracker_that_is_down_is_not_optional(error):
    def ask():
        raise error

    with pytest.raises(type(error)):
        try_request(ask)
