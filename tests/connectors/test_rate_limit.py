"""The arithmetic of pauses and rates, on a clock that is moved by hand."""

import contextlib
import heapq
import math
import threading
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.rate_limit import CLOCK_TICK_SECONDS, PerItemLimiter, RateLimiter, requested_pause

JIRA = ((20, 2.0), (100, 30.0))
NARROW = ((2, 2.0), (5, 10.0))
"""Like Jira's, and met by a few writes, so that few are needed to find a gap."""


class ManualClock:
    """A clock that stands still until it is moved."""

    def __init__(self):
        self.at = 0.0

    def __call__(self):
        return self.at

    def wall(self):
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
    pause = requested_pause(headers)
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
    assert requested_pause(headers) == pause


def departures(rate_limiter, clock, wishes):
    """When each of some wishes leaves, on a way that takes no time; a wish is the time since the one before, and an item."""
    return [(left, item) for left, _, item in journeys(rate_limiter, clock, [(*wish, 0, 0) for wish in wishes])]


def journeys(rate_limiter, clock, wishes):
    """When each of some wishes to write leaves and when it arrives.

    Nobody waits for a response before the next wish. A wish is the time since the one before, an item, and how long the
    way there and the way back take.
    """
    in_flight, made = [], []

    def move(to):
        while in_flight and in_flight[0][0] <= to:
            clock.at, _, call = heapq.heappop(in_flight)
            call.close()
        clock.at = to

    for number, (gap, item, there, back) in enumerate(wishes):
        move(clock.at + gap)
        while (wait := rate_limiter.acquire(item)) > 0:
            move(clock.at + wait)
        made.append((clock.at, clock.at + there, item))
        heapq.heappush(in_flight, (clock.at + there + back, number, entered(rate_limiter.in_flight(item))))
    return made


def entered(context):
    """A context that was entered; closing it leaves it."""
    stack = contextlib.ExitStack()
    stack.enter_context(context)
    return stack


def of_one_item(times, item):
    return sorted(at for at, of in times if of == item)


@pytest.mark.parametrize("windows", [JIRA, NARROW])
@given(
    wishes=st.lists(
        st.tuples(st.sampled_from([0.0, 0.0, 0.0, 0.01, 0.3, 2.0, 29.0]), st.sampled_from("aab")), max_size=150
    )
)
def test_no_item_gets_more_writes_than_its_windows_allow(windows, wishes):
    clock = ManualClock()
    left = departures(RateLimiter(rate=10_000, item_windows=windows, now=clock, clock=clock.wall), clock, wishes)
    for item in "ab":
        times = of_one_item(left, item)
        for count, span in windows:
            for first, beyond in zip(times, times[count:], strict=False):
                assert beyond - first >= span + CLOCK_TICK_SECONDS - 1e-6


ways = st.sampled_from([0.0, 0.0, 0.001, 0.01, 0.2, 1.5, 8.0])


@pytest.mark.parametrize("windows", [JIRA, NARROW])
@given(
    wishes=st.lists(
        st.tuples(st.sampled_from([0.0, 0.0, 0.0, 0.01, 0.3, 2.0]), st.sampled_from("aab"), ways, ways), max_size=150
    )
)
def test_however_long_the_ways_take_no_more_arrive_than_the_windows_allow(windows, wishes):
    clock = ManualClock()
    made = journeys(RateLimiter(rate=10_000, item_windows=windows, now=clock, clock=clock.wall), clock, wishes)
    for item in "ab":
        # The server reads its clock in ticks: it takes what arrived within one tick for the same moment.
        times = [math.floor(at / 0.016) * 0.016 for at in of_one_item([(arrived, of) for _, arrived, of in made], item)]
        for count, span in windows:
            for first, beyond in zip(times, times[count:], strict=False):
                assert beyond - first >= span - 1e-6


def test_a_window_counts_from_the_response_and_a_tick_more():
    clock = ManualClock()
    rate_limiter = RateLimiter(rate=10_000, item_windows=((2, 5.0),), now=clock, clock=clock.wall)
    # The first is held up on its way for 3 seconds and its response for 1; counted from its leaving, the third would go at 5.
    made = journeys(rate_limiter, clock, [(0, "a", 3, 1), (0.5, "a", 0, 0), (0, "a", 0, 0), (0, "a", 0, 0)])
    assert [left for left, _, _ in made[:2]] == [0, 0.5]
    assert made[2][0] == pytest.approx(0.5 + 5 + CLOCK_TICK_SECONDS), "the second was answered first, and at once"
    assert made[3][0] == pytest.approx(4 + 5 + CLOCK_TICK_SECONDS), "the first arrived by 4 at the latest"


def test_what_is_in_flight_counts_until_it_ends():
    clock = ManualClock()
    rate_limiter = RateLimiter(rate=10_000, item_windows=((2, 5.0),), now=clock, clock=clock.wall)
    assert (rate_limiter.acquire("a"), rate_limiter.acquire("a"), rate_limiter.acquire("b")) == (0, 0, 0)
    first, second = entered(rate_limiter.in_flight("a")), entered(rate_limiter.in_flight("a"))
    clock.at = 60
    assert rate_limiter.acquire("a") == pytest.approx(2.5), "asks again before long"
    first.close()
    assert rate_limiter.acquire("a") == pytest.approx(5 + CLOCK_TICK_SECONDS)
    clock.at = 65.1
    assert rate_limiter.acquire("a") == 0
    second.close()
    assert rate_limiter.acquire("a") > 0


def test_a_call_that_fails_is_no_longer_in_flight():
    clock = ManualClock()
    rate_limiter = RateLimiter(rate=10_000, item_windows=((1, 5.0),), now=clock, clock=clock.wall)
    assert rate_limiter.acquire("a") == 0
    with pytest.raises(OSError, match="lost"), rate_limiter.in_flight("a"):
        raise OSError("lost")
    assert rate_limiter.acquire("a") == pytest.approx(5 + CLOCK_TICK_SECONDS)


def test_writes_to_one_item_are_as_fast_as_its_windows_allow():
    clock = ManualClock()
    left = departures(RateLimiter(rate=10_000, item_windows=JIRA, now=clock, clock=clock.wall), clock, [(0, "a")] * 120)
    assert left[19][0] < 0.1
    assert left[20][0] == pytest.approx(2, abs=0.1)
    assert left[99][0] == pytest.approx(8, abs=0.1)
    assert left[100][0] == pytest.approx(30, abs=0.1)


@given(st.integers(1, 50), st.lists(st.sampled_from([0.0, 0.0, 0.001, 0.02, 0.5, 3.0]), min_size=1, max_size=200))
def test_the_rate_lets_a_burst_and_then_the_rate_through(rate, gaps):
    clock = ManualClock()
    left = [
        at
        for at, _ in departures(RateLimiter(rate=rate, now=clock, clock=clock.wall), clock, [(gap, "") for gap in gaps])
    ]
    for number, start in enumerate(left):
        within = [at for at in left[number:] if at <= start + 1.0]
        assert len(within) <= 2 * rate + 1


def test_the_rate_holds_for_eight_threads():
    rate_limiter, left, lock = RateLimiter(rate=50), [], threading.Lock()

    def work():
        for _ in range(12):
            while (wait := rate_limiter.acquire()) > 0:
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
    rate_limiter, left, lock = RateLimiter(rate=1000, item_windows=((5, 0.3),)), [], threading.Lock()

    def work():
        for _ in range(2):
            while (wait := rate_limiter.acquire("a")) > 0:
                time.sleep(wait)
            with rate_limiter.in_flight("a"), lock:
                left.append(time.monotonic())

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    left.sort()
    assert len(left) == 16
    # The note is made while the call is in flight, as a server would make it.
    assert left[15] - left[0] >= 0.9
    assert all(left[n + 5] - left[n] >= 0.3 for n in range(11))


def test_what_is_remembered_of_items_is_bounded():
    clock = ManualClock()
    limiter = PerItemLimiter(JIRA, max_remembered_items=100, now=clock)
    for number in range(1000):
        clock.at += 1
        limiter.record_start(str(number))
        limiter.record_end(str(number))
        limiter.back_off(str(number), 10)
    assert len(limiter._end_times) <= 100
    assert not limiter._in_flight
    assert len(limiter._not_before) <= 12


def test_a_hold_is_not_shortened_and_ends_by_itself():
    clock = ManualClock()
    limiter = PerItemLimiter((), now=clock)
    limiter.back_off("a", 20)
    limiter.back_off("a", 5)
    assert (limiter.delay("a"), limiter.delay("b")) == (20, 0)
    clock.at = 20
    assert limiter.delay("a") == 0
