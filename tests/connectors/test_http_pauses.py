"""Pauses: no call is sent earlier than the system asked."""

import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from zoneinfo import ZoneInfo

import httpx
import pytest
import respx

from connectors.errors import Retriable, Uncertain
from connectors.http import HttpClient
from connectors.rate_limit import CLOCK_TICK_SECONDS, RateLimiter

OK = httpx.Response(200, json={})
READ = ("GET", "/item")
ABSURD = "9223372036854775807"
SERVER_DAY = datetime(2019, 2, 3, 4, 5, 6, tzinfo=UTC)
"""A server whose clock is years off."""


def later(seconds):
    return SERVER_DAY + timedelta(seconds=seconds)


ASKING = {
    "seconds": {"Retry-After": "17"},
    "fractions": {"Retry-After": "16.5"},
    "date": {"Retry-After": format_datetime(later(17), usegmt=True)},
    "reset as a time": {"X-RateLimit-Reset": later(17).isoformat().replace("+00:00", "Z")},
    "reset in seconds": {"X-RateLimit-Reset": str(int(later(17).timestamp()))},
    "reset because the rest is nonsense": {"Retry-After": "soon", "X-RateLimit-Reset": later(17).isoformat()},
    "seconds before reset": {"Retry-After": "17", "X-RateLimit-Reset": later(1).isoformat()},
}


@pytest.mark.parametrize("asking", ASKING.values(), ids=ASKING)
@pytest.mark.parametrize(("call", "status"), [(READ, 429), (READ, 503), (("POST", "/item"), 429)])
def test_a_call_is_sent_again_no_earlier_than_asked(asking, call, status, *, open_http_client, tracker, passing):
    headers = {"Date": format_datetime(SERVER_DAY, usegmt=True), **asking}
    if status == 503 and "Retry-After" not in headers:
        headers["Retry-After"] = "later"
    tracker.route(method=call[0], path=call[1]).mock(side_effect=[httpx.Response(status, headers=headers), OK])
    http = open_http_client(allow_writes=True)
    http.request(*call)
    assert 16.5 <= passing.waited < 20


def test_a_pause_without_a_server_date_counts_from_now(open_http_client, tracker, passing):
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    tracker.get("/item").mock(side_effect=[httpx.Response(429, headers={"Retry-After": moment}), OK])
    open_http_client().request(*READ)
    assert 28 <= passing.waited <= 33


@pytest.mark.parametrize("past", ["0", "-5", "Mon, 01 Jan 2001 00:00:00 GMT", "nonsense", "", "\xb2"])
def test_a_pause_that_is_over_or_makes_no_sense_leaves_our_own(past, open_http_client, tracker, passing):
    headers = [(b"Retry-After", past.encode("latin-1"))]
    tracker.get("/item").mock(side_effect=[httpx.Response(429, headers=headers), OK])
    open_http_client().request(*READ)
    assert 0.5 <= passing.waited <= 2


def test_a_response_that_succeeded_may_still_ask_for_a_pause(open_http_client, tracker, passing):
    tracker.get("/item").mock(side_effect=[httpx.Response(200, json={}, headers={"Retry-After": "20"}), OK])
    http = open_http_client()
    http.request(*READ)
    assert passing.waited == 0
    http.request(*READ)
    assert passing.waited == pytest.approx(20)


def test_an_hourly_reset_on_a_response_that_succeeded_is_no_request_to_wait(open_http_client, tracker, passing):
    headers = {"X-RateLimit-Reset": (datetime.now(UTC) + timedelta(seconds=50)).isoformat()}
    tracker.get("/item").mock(return_value=httpx.Response(200, json={}, headers=headers))
    http = open_http_client()
    http.request(*READ)
    http.request(*READ)
    assert passing.waited == 0


def test_a_pause_of_a_minute_is_waited_for(open_http_client, tracker, passing):
    tracker.get("/item").mock(side_effect=[httpx.Response(429, headers={"Retry-After": "60"}), OK])
    open_http_client().request(*READ)
    assert passing.waited >= 60


@pytest.mark.parametrize(
    ("asked", "seconds"), [("61", 61), ("1847", 1847), (ABSURD, 86_400), ("9" * 400, 86_400), ("90000", 86_400)]
)
@pytest.mark.parametrize(("call", "status"), [(READ, 429), (READ, 503), (("PUT", "/item"), 429)])
def test_a_longer_pause_backs_off_from_the_tracker(asked, seconds, call, status, *, open_http_client, tracker, passing):
    route = tracker.route(method=call[0], path=call[1]).mock(
        side_effect=[httpx.Response(status, headers={"Retry-After": asked}), OK]
    )
    http = open_http_client(allow_writes=True)
    until = passing.clock() + timedelta(seconds=seconds)
    with pytest.raises(Retriable, match=rf"PAY asked us to wait until {until:%Y-%m-%d %H:%M:%S} UTC") as caught:
        http.request(*call)
    assert caught.value.status == status
    for other in (READ, ("DELETE", "/other")):
        with pytest.raises(Retriable, match=f"wait until {until:%Y-%m-%d %H:%M:%S} UTC"):
            http.request(*other)
    assert (route.call_count, passing.waited) == (1, 0)
    passing.seconds += seconds
    http.request(*call)
    assert route.call_count == 2


def test_the_end_of_a_pause_is_said_in_the_teams_time_zone(open_http_client, tracker, passing):
    tracker.get("/item").mock(return_value=httpx.Response(429, headers={"Retry-After": "1847"}))
    zone = ZoneInfo("Asia/Kolkata")
    until = (passing.clock() + timedelta(seconds=1847)).astimezone(zone)
    with pytest.raises(Retriable, match=f"wait until {until:%Y-%m-%d %H:%M:%S} Asia/Kolkata"):
        open_http_client(time_zone=zone).request(*READ)


def test_a_write_that_meets_a_backed_off_client_has_not_happened(open_http_client, tracker, passing):
    tracker.put("/item").mock(return_value=httpx.Response(503, headers={"Retry-After": "1847"}))
    http = open_http_client(allow_writes=True)
    with pytest.raises(Uncertain, match="PUT /item returned 503"):
        http.request("PUT", "/item")
    with pytest.raises(Retriable, match="asked us to wait until"):
        http.request("PUT", "/item")


def test_a_shorter_pause_does_not_end_a_longer_one(open_http_client, tracker, passing):
    rate_limiter = RateLimiter(now=passing.now, clock=passing.clock)
    first = rate_limiter.back_off(1000)
    assert rate_limiter.back_off(100) == passing.clock() + timedelta(seconds=100)
    assert rate_limiter.backing_off_until == first
    rate_limiter.back_off(40)
    rate_limiter.back_off(5)
    passing.seconds += 20
    assert rate_limiter.acquire() == pytest.approx(20)


def test_a_pause_holds_for_every_client_with_the_same_credentials(open_http_client, tracker, passing):
    rate_limiter = RateLimiter(now=passing.now, clock=passing.clock)
    one, two = open_http_client(rate_limiter=rate_limiter), open_http_client(rate_limiter=rate_limiter)
    tracker.get("/item").mock(side_effect=[httpx.Response(200, json={}, headers={"Retry-After": "20"}), OK])
    one.request(*READ)
    two.request(*READ)
    assert passing.waited == pytest.approx(20)


def test_a_pause_that_comes_up_while_another_is_waited_for_is_waited_for_too(open_http_client, tracker, passing):
    http = open_http_client()
    tracker.get("/item").mock(return_value=OK)
    http._rate_limiter.back_off(10)
    passing.meanwhile = lambda: http._rate_limiter.back_off(30)
    http.request(*READ)
    assert passing.waited == pytest.approx(40)


def test_a_call_that_waits_does_not_leave_once_the_tracker_is_backed_off(open_http_client, tracker, passing):
    http = open_http_client()
    http._rate_limiter.back_off(10)
    passing.meanwhile = lambda: http._rate_limiter.back_off(1847)
    with pytest.raises(Retriable, match="asked us to wait until"):
        http.request(*READ)


def test_threads_do_not_leave_while_one_of_them_was_told_to_wait():
    """Eight threads, one of which meets a limit: whoever asks after that asks later."""
    times = []
    lock = threading.Lock()

    def response(_request):
        with lock:
            times.append(time.monotonic())
            return httpx.Response(429, headers={"Retry-After": "2"}) if len(times) == 5 else httpx.Response(200)

    with respx.mock(base_url="https://tracker.example") as router:
        router.get("/item").mock(side_effect=response)
        http = HttpClient("PAY", "https://tracker.example", rate=100)

        def work():
            for _ in range(3):
                http.request(*READ)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        http.close()
    limited = times[4]
    # Those that had their turn before the response came may still arrive with it.
    assert not [at for at in times if limited + 1.0 < at < limited + 2.0]
    assert len(times) == 25


@pytest.mark.parametrize("kind", ["pause", "back-off", "rate", "item"])
def test_a_wait_ends_at_once_when_the_service_stops(kind, tracker):
    stop = threading.Event()
    http = HttpClient(
        "PAY", "https://tracker.example", stop=stop, allow_writes=True, rate=1 if kind == "rate" else 20,
        item_windows=((1, 30.0),),
    )  # fmt: skip
    responses = {
        "pause": httpx.Response(429, headers={"Retry-After": "30"}),
        "back-off": httpx.Response(502),
        "rate": httpx.Response(200),
        "item": httpx.Response(200),
    }
    method = "PUT" if kind == "item" else "GET"
    route = tracker.route(method=method, path="/item").mock(return_value=responses[kind])
    threading.Timer(0.15, stop.set).start()
    started = time.monotonic()
    if kind in ("rate", "item"):
        http.request(method, "/item", item_id="1")
    with pytest.raises(Retriable, match=rf"PAY: stopped before {method} /item"):
        http.request(method, "/item", item_id="1")
    assert 0.1 < time.monotonic() - started < 10
    assert route.call_count <= 2
    http.close()


def test_nothing_leaves_after_a_stop(open_http_client, tracker, passing):
    passing.set()
    with pytest.raises(Retriable, match="stopped before GET /item"):
        open_http_client().request(*READ)


def test_an_item_that_takes_no_more_writes_holds_up_only_itself(open_http_client, tracker, passing):
    held = httpx.Response(429, headers={"Retry-After": "9", "RateLimit-Reason": "jira-per-issue-on-write"})
    tracker.put("/item/1").mock(side_effect=[held, httpx.Response(204)])
    others = tracker.put("/item/2").mock(return_value=httpx.Response(204))
    reads = tracker.get("/item/1").mock(return_value=httpx.Response(200))
    http = open_http_client(allow_writes=True, item_windows=((20, 2.0),))

    def meanwhile():
        http.request("PUT", "/item/2", item_id="2")
        http.request("GET", "/item/1", item_id="1")
        assert passing.waited < 9

    passing.meanwhile = meanwhile
    http.request("PUT", "/item/1", item_id="1")
    assert (others.call_count, reads.call_count) == (1, 1)
    assert passing.waited >= 9


def test_writes_to_one_item_are_counted_from_their_responses(open_http_client, tracker, passing):
    def held_up(_request):
        passing.seconds += 7
        return httpx.Response(204)

    tracker.put("/item/1").mock(side_effect=[held_up, httpx.Response(204)])
    http = open_http_client(allow_writes=True, item_windows=((1, 2.0),))
    http.request("PUT", "/item/1", item_id="1")
    http.request("PUT", "/item/1", item_id="1")
    assert passing.waited == pytest.approx(2 + CLOCK_TICK_SECONDS)


@pytest.mark.parametrize("kept_back", ["before it left", "on its way"])
def test_a_write_that_came_to_nothing_does_not_hold_up_an_item_for_ever(kept_back, open_http_client, tracker, passing):
    tracker.put("/item/1").mock(
        side_effect=[httpx.Response(204)] if kept_back == "before it left" else [httpx.ReadError("lost"), OK]
    )
    fails = iter([kept_back == "before it left", False])

    def lease():
        if next(fails):
            raise Retriable("PAY: another worker writes.")

    http = open_http_client(allow_writes=True, item_windows=((1, 2.0),), before_write=lease)
    with pytest.raises((Retriable, Uncertain)):
        http.request("PUT", "/item/1", item_id="1")
    http.request("PUT", "/item/1", item_id="1")
    assert passing.waited == pytest.approx(2 + CLOCK_TICK_SECONDS)


def test_such_a_limit_on_a_call_for_no_item_holds_up_all(open_http_client, tracker, passing):
    held = httpx.Response(429, headers={"Retry-After": "9", "RateLimit-Reason": "jira-per-issue-on-write"})
    tracker.put("/item/1").mock(side_effect=[held, httpx.Response(204)])
    open_http_client(allow_writes=True).request("PUT", "/item/1")
    assert passing.waited >= 9


def test_an_item_that_is_held_for_long_does_not_park_the_tracker(open_http_client, tracker, passing):
    held = httpx.Response(429, headers={"Retry-After": "600", "RateLimit-Reason": "jira-per-issue-on-write"})
    tracker.put("/item/1").mock(return_value=held)
    tracker.put("/item/2").mock(return_value=httpx.Response(204))
    http = open_http_client(allow_writes=True)
    until = passing.clock() + timedelta(seconds=600)
    with pytest.raises(Retriable, match=f"wait until {until:%Y-%m-%d %H:%M:%S} UTC"):
        http.request("PUT", "/item/1", item_id="1")
    http.request("PUT", "/item/2", item_id="2")
    with pytest.raises(Retriable, match="would wait too long"):
        http.request("PUT", "/item/1", item_id="1")
    assert passing.waited == 0


def test_the_time_waited_is_counted(open_http_client, tracker, passing):
    passing.meanwhile = lambda: time.sleep(0.1)
    http = open_http_client(rate=10)
    tracker.get("/item").mock(return_value=OK)
    for _ in range(12):
        http.request(*READ)
    assert passing.waited > 0.1
    assert 0.1 <= http.stats.seconds_waited < 1


def test_a_client_leaves_no_thread_behind():
    before = threading.active_count()
    for _ in range(20):
        HttpClient("PAY", "https://tracker.example").close()
    assert threading.active_count() == before


def test_a_closed_client_says_so(open_http_client):
    http = open_http_client()
    http.close()
    with pytest.raises(Retriable, match="the connection was closed before GET /item"):
        http.request(*READ)
    http.close()
