"""The arithmetic of pauses and rates, on a clock that is moved by hand."""

import threading
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.pacing import ItemPacer, Pace, asked_pause

JIRA = ((20, 2.0), (100, 30.0))


class Hand:
    """A clock that stands still until it is moved."""

    def __init__(self):
        self.at = 0.0

    def __call__(self):
        return self.at

    def clock(self):
        return datetime.fromtimestamp(self.at, UTC)


texts = st.text(max_size=40) | st.sampled_from(
    ["Mon, 01 Jan 0001 00:00:00 +2359", "Fri, 31 Dec 9999 23:59:59 -1200", "9999-12-31T23:59:59-14:00", "1e5", "inf",
     "nan", "0x10", "²", "٣", "9" * 500, "-1", "Sun, 06 Nov 1994 08:49:37 GMT, 5", "32503680000", "2026-01-01"]
)  # fmt: skip


@given(
    headers=st.dictionaries(
        st.sampled_from(["date", "retry-after", "x-ratelimit-reset"]), texts | st.integers().map(str), max_size=3
    )
)
def test_no_header_breaks_the_reading_of_a_pause(headers):
    pause = asked_pause(headers)
    assert pause is None or pause >= 0


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({}, None),
        ({"retry-after": "0"}, 0),
        ({"retry-after": " 12 "}, 12),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "1e3"}, None),
        ({"date": "Sun, 06 Nov 1994 08:49:37 GMT", "retry-after": "Sun, 06 Nov 1994 08:50:07 GMT"}, 30),
        ({"date": "Sun, 06 Nov 1994 08:49:37 GMT", "retry-after": "Sun, 06 Nov 1994 08:49:07 GMT"}, 0),
        ({"date": "Sun, 06 Nov 1994 08:49:37 GMT", "x-ratelimit-reset": "1994-11-06T08:49:47Z"}, 10),
        ({"date": "Sun, 06 Nov 1994 08:49:37 GMT", "x-ratelimit-reset": "1994-11-06T09:49:47+01:00"}, 10),
        ({"date": "Sun, 06 Nov 1994 08:49:37 GMT", "x-ratelimit-reset": "1994-11-06T08:49:47"}, 10),
        ({"date": "Sun, 06 Nov 1994 08:49:37 GMT", "x-ratelimit-reset": "784111787"}, 10),
    ],
)
def test_a_pause_is_read_in_every_form(headers, pause):
    assert asked_pause(headers) == pause


def departures(pace, hand, wishes):
    """When each of some wishes to write leaves; a wish is the time since the one before, and an item."""
    left = []
    for gap, item in wishes:
        hand.at += gap
        while (wait := pace.take_turn(item)) > 0:
            hand.at += wait
        left.append((hand.at, item))
    return left


@given(
    st.lists(st.tuples(st.sampled_from([0.0, 0.0, 0.0, 0.01, 0.3, 2.0, 29.0]), st.sampled_from("aab")), max_size=150)
)
def test_no_item_gets_more_writes_than_its_windows_allow(wishes):
    hand = Hand()
    left = departures(Pace(rate=10_000, item_windows=JIRA, now=hand, clock=hand.clock), hand, wishes)
    for item in "ab":
        times = [at for at, of in left if of == item]
        for count, span in JIRA:
            for first, beyond in zip(times, times[count:], strict=False):
                assert beyond - first >= span - 1e-6


def test_writes_to_one_item_are_as_fast_as_its_windows_allow():
    hand = Hand()
    left = departures(Pace(rate=10_000, item_windows=JIRA, now=hand, clock=hand.clock), hand, [(0, "a")] * 120)
    assert left[19][0] < 0.1
    assert left[20][0] == pytest.approx(2, abs=0.1)
    assert left[99][0] == pytest.approx(8, abs=0.1)
    assert left[100][0] == pytest.approx(30, abs=0.1)


@given(st.integers(1, 50), st.lists(st.sampled_from([0.0, 0.0, 0.001, 0.02, 0.5, 3.0]), min_size=1, max_size=200))
def test_the_rate_lets_a_burst_and_then_the_rate_through(rate, gaps):
    hand = Hand()
    left = [at for at, _ in departures(Pace(rate=rate, now=hand, clock=hand.clock), hand, [(gap, "") for gap in gaps])]
    for number, start in enumerate(left):
        within = [at for at in left[number:] if at <= start + 1.0]
        assert len(within) <= 2 * rate + 1


def test_the_rate_holds_for_eight_threads():
    pace, left, lock = Pace(rate=50), [], threading.Lock()

    def work():
        for _ in range(12):
            while (wait := pace.take_turn()) > 0:
                time.sleep(wait)
            with lock:
                left.append(time.monotonic())

    threads = [threading.Thread(target=work) for _ in range(8)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(left) == 96
    assert time.monotonic() - started >= (96 - 50) / 50 - 0.05


def test_an_item_is_not_written_to_faster_by_eight_threads():
    pace, left, lock = Pace(rate=1000, item_windows=((5, 0.3),)), [], threading.Lock()

    def work():
        for _ in range(2):
            while (wait := pace.take_turn("a")) > 0:
                time.sleep(wait)
            with lock:
                left.append(time.monotonic())

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    left.sort()
    assert len(left) == 16
    # The note is made a moment after the turn was taken.
    assert left[15] - left[0] >= 0.85
    assert all(left[n + 5] - left[n] >= 0.28 for n in range(11))


def test_what_is_remembered_of_items_is_bounded():
    hand = Hand()
    pacer = ItemPacer(JIRA, remember=100, now=hand)
    for number in range(1000):
        hand.at += 1
        pacer.written(str(number))
        pacer.hold(str(number), 10)
    assert len(pacer._written) <= 100
    assert len(pacer._not_before) <= 12


def test_a_hold_is_not_shortened_and_ends_by_itself():
    hand = Hand()
    pacer = ItemPacer((), now=hand)
    pacer.hold("a", 20)
    pacer.hold("a", 5)
    assert (pacer.wait_for("a"), pacer.wait_for("b")) == (20, 0)
    hand.at = 20
    assert pacer.wait_for("a") == 0
