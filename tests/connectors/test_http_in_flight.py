"""The limit on requests in flight: how many wait for a response at the same time."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from connectors.concurrency import bounded_map, is_abandoned
from connectors.errors import Retriable

READ = ("GET", "/item")
MANY = range(12)


class Server:
    """Responds when `release` is called, at the latest after five seconds, and counts the requests in flight.

    Attributes:
        most: The highest number of requests that were in flight at the same time.
        arrived: A semaphore that is released for each request that arrives.
    """

    def __init__(self, status=200, headers=None):
        self.response = httpx.Response(status, json={}, headers=headers)
        self.most = self._now = 0
        self.arrived = threading.Semaphore(0)
        self._may_respond = threading.Semaphore(0)
        self._lock = threading.Lock()

    def release(self, count=1):
        self._may_respond.release(count)

    def __call__(self, _request):
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        self.arrived.release()
        assert self._may_respond.acquire(timeout=5)
        with self._lock:
            self._now -= 1
        return self.response


def test_no_more_requests_are_in_flight_than_the_limit_allows(tracker, open_http_client):
    server = Server()
    tracker.get("/item").mock(side_effect=server)
    http = open_http_client(rate=1000)
    http.limit_in_flight(3)
    with ThreadPoolExecutor(len(MANY)) as pool:
        calls = [pool.submit(http.request, *READ) for _ in MANY]
        for _ in MANY:
            assert server.arrived.acquire(timeout=5)
            server.release()
        assert [call.result().status for call in calls] == [200] * len(MANY)
    assert server.most == 3


def test_the_next_request_is_sent_while_a_response_is_decoded(tracker, open_http_client):
    tracker.get("/item").respond(json={})
    http = open_http_client()
    http.limit_in_flight(1)
    is_decoding = threading.Barrier(2, timeout=5)
    with ThreadPoolExecutor(2) as pool:
        calls = [pool.submit(http.request, *READ, handle_response=lambda _: is_decoding.wait()) for _ in range(2)]
        assert [call.result().status for call in calls] == [200, 200]


def test_a_request_that_waits_for_others_fails_when_the_service_stops(tracker, open_http_client):
    server, stop = Server(), threading.Event()
    tracker.get("/item").mock(side_effect=server)
    http = open_http_client(stop=stop)
    http.limit_in_flight(1)
    with ThreadPoolExecutor(2) as pool:
        first, second = (pool.submit(http.request, *READ) for _ in range(2))
        assert server.arrived.acquire(timeout=5)
        stop.set()
        server.release()
        outcomes = sorted(str(call.exception() or call.result().status) for call in (first, second))
    assert outcomes == ["200", "PAY: stopped before GET /item."]


def test_a_request_that_waits_for_others_fails_when_the_system_asks_for_a_long_pause(tracker, open_http_client):
    server = Server(429, {"Retry-After": "3600"})
    route = tracker.get("/item").mock(side_effect=server)
    http = open_http_client()
    http.limit_in_flight(1)
    with ThreadPoolExecutor(len(MANY)) as pool:
        calls = [pool.submit(http.request, *READ) for _ in MANY]
        assert server.arrived.acquire(timeout=5)
        server.release()
        assert all("asked us to wait" in str(call.exception()) for call in calls)
    assert route.call_count == 1


def test_a_failed_request_lets_the_next_one_be_sent(tracker, open_http_client):
    tracker.get("/item").mock(side_effect=[httpx.Response(404), httpx.Response(200, json={})])
    http = open_http_client()
    http.limit_in_flight(1)
    with pytest.raises(Exception, match="404"):
        http.request(*READ)
    assert http.request(*READ).status == 200


def test_a_request_whose_result_nobody_needs_is_not_sent(tracker, open_http_client):
    first = threading.Lock()

    def respond(_request):
        while not first.acquire(blocking=False) and not is_abandoned():
            time.sleep(0.001)
        return httpx.Response(200, json={})

    route = tracker.get("/item").mock(side_effect=respond)
    http = open_http_client(rate=1000)
    http.limit_in_flight(2)
    errors = []

    def request(_task):
        try:
            return http.request(*READ)
        except Retriable as error:
            errors.append(error.message)
            raise

    results = bounded_map(request, MANY, max_workers=6)
    next(results)
    results.close()
    assert route.call_count <= 3, "the first one, and the two that were in flight"
    assert set(errors) == {"PAY: stopped before GET /item."}
