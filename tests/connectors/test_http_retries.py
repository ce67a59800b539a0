"""How often a call is sent: reads again wherever that may help, writes only when surely nothing happened."""

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress

import httpx
import pytest

from connectors.errors import Conflict, ConnectorError, Garbled, Gone, Misconfigured, Refused, Retriable, Uncertain
from connectors.http import HttpClient

ATTEMPTS = 4
READS = [("GET", "/item"), ("HEAD", "/item"), ("OPTIONS", "/item"), ("POST", "/search/jql")]
WRITES = [("POST", "/item"), ("PUT", "/item"), ("PATCH", "/item"), ("DELETE", "/item")]

TRANSIENT = [408, 500, 501, 502, 503, 504, 507, 520, 599]
FINAL = {400: Refused, 401: Misconfigured, 402: Refused, 403: Refused, 404: Gone, 409: Conflict, 410: Gone,
         412: Conflict, 413: Refused, 415: Refused, 422: Refused, 451: Refused}  # fmt: skip
NEVER_LEFT = [
    httpx.ConnectError("refused"),
    httpx.ConnectTimeout("slow"),
    httpx.PoolTimeout("full"),
    httpx.ProxyError("502 Bad Gateway"),
]
LOST = [
    httpx.ReadTimeout("slow"),
    httpx.ReadError("reset"),
    httpx.WriteTimeout("slow"),
    httpx.WriteError("broken pipe"),
    httpx.RemoteProtocolError("closed"),
    httpx.CloseError("closed"),
]
CANNOT_BE_SENT = [httpx.UnsupportedProtocol("ftp"), httpx.LocalProtocolError("bad header")]


def named(value):
    return type(value).__name__ if isinstance(value, Exception) else None


def asked(open_http_client, tracker, call, response, **how):
    """What one call raises, and how often it was sent."""
    route = tracker.route(method=call[0], path=call[1]).mock(side_effect=response)
    with pytest.raises(Exception) as caught:
        open_http_client(allow_writes=True, **how).request(*call)
    return caught.value, route.call_count


def always(response):
    return lambda _request: response


def raising(error):
    def fail(request):
        raise error

    return fail


@pytest.mark.parametrize("call", READS)
@pytest.mark.parametrize("status", [429, *TRANSIENT])
def test_a_read_is_sent_again_after_what_may_pass(call, status, open_http_client, tracker):
    error, sent = asked(open_http_client, tracker, call, always(httpx.Response(status)))
    assert (type(error), error.status, sent) == (Retriable, status, ATTEMPTS)


@pytest.mark.parametrize("call", WRITES)
@pytest.mark.parametrize("status", TRANSIENT)
@pytest.mark.parametrize("headers", [{}, {"Retry-After": "1"}, {"Retry-After": "1847"}], ids=["", "soon", "late"])
def test_a_write_that_ran_into_a_failing_server_is_uncertain_after_one_call(
    call, status, headers, open_http_client, tracker
):
    error, sent = asked(open_http_client, tracker, call, always(httpx.Response(status, headers=headers)))
    assert (type(error), error.status, sent) == (Uncertain, status, 1)


@pytest.mark.parametrize("call", WRITES)
def test_a_write_that_came_too_fast_is_sent_again_because_nothing_happened(call, open_http_client, tracker):
    error, sent = asked(open_http_client, tracker, call, always(httpx.Response(429)))
    assert (type(error), sent) == (Retriable, ATTEMPTS)


@pytest.mark.parametrize("call", [*READS, *WRITES])
@pytest.mark.parametrize(("status", "kind"), FINAL.items())
def test_a_refusal_is_taken_at_its_word(call, status, kind, open_http_client, tracker):
    error, sent = asked(open_http_client, tracker, call, always(httpx.Response(status)))
    assert (type(error), error.status, sent) == (kind, status, 1)


@pytest.mark.parametrize("call", [*READS, *WRITES])
@pytest.mark.parametrize("failure", NEVER_LEFT, ids=named)
def test_whatever_never_left_is_sent_again(call, failure, open_http_client, tracker):
    error, sent = asked(open_http_client, tracker, call, raising(failure))
    assert (type(error), sent) == (Retriable, ATTEMPTS)
    assert "tracker.example cannot be reached" in str(error)


@pytest.mark.parametrize("call", READS)
@pytest.mark.parametrize("failure", LOST, ids=named)
def test_a_read_without_a_response_is_sent_again(call, failure, open_http_client, tracker):
    error, sent = asked(open_http_client, tracker, call, raising(failure))
    assert (type(error), sent) == (Retriable, ATTEMPTS)


@pytest.mark.parametrize("call", WRITES)
@pytest.mark.parametrize("failure", LOST, ids=named)
def test_a_lost_reply_to_a_write_is_uncertain_after_one_call(call, failure, open_http_client, tracker):
    error, sent = asked(open_http_client, tracker, call, raising(failure))
    assert (type(error), sent) == (Uncertain, 1)
    assert "may or may not have happened" in str(error)


@pytest.mark.parametrize("call", [*READS, *WRITES])
@pytest.mark.parametrize("failure", CANNOT_BE_SENT, ids=named)
def test_what_cannot_be_sent_at_all_is_a_wrong_address(call, failure, open_http_client, tracker):
    error, sent = asked(open_http_client, tracker, call, raising(failure))
    assert (type(error), sent) == (Misconfigured, 1)


@pytest.mark.parametrize(("call", "failure"), [(READS[0], httpx.Response(502)), (WRITES[0], httpx.Response(429))])
@pytest.mark.parametrize("failures", [1, 2, 3])
def test_a_call_that_works_in_the_end_has_worked(call, failure, failures, open_http_client, tracker):
    responses = [*[failure] * failures, httpx.Response(200, json={"ok": 1})]
    route = tracker.route(method=call[0], path=call[1]).mock(side_effect=responses)
    http = open_http_client(allow_writes=True)
    assert http.request_json(*call, dict[str, int]) == {"ok": 1}
    assert route.call_count == failures + 1
    assert http.stats.retries == failures


def test_failures_of_different_kinds_count_together(open_http_client, tracker):
    route = tracker.get("/item").mock(
        side_effect=[
            httpx.ReadTimeout("x"),
            httpx.Response(503),
            httpx.Response(200, content=b'{"cut'),
            httpx.ConnectError("x"),
        ]
    )
    with pytest.raises(Retriable, match="cannot be reached"):
        open_http_client().request_json("GET", "/item", dict)
    assert route.call_count == ATTEMPTS


def test_the_number_of_tries_is_the_clients(open_http_client, tracker):
    error, sent = asked(open_http_client, tracker, READS[0], always(httpx.Response(500)), attempts=2)
    assert (type(error), sent) == (Retriable, 2)


def test_the_pauses_between_tries_grow_and_differ(open_http_client, tracker, passing):
    tracker.get("/item").mock(return_value=httpx.Response(500))
    for _ in range(20):
        with pytest.raises(Retriable):
            open_http_client().request("GET", "/item")
    first, second, third = passing.waits[0::3], passing.waits[1::3], passing.waits[2::3]
    assert (min(first) >= 0.5, min(second) >= 1.0, min(third) >= 2.0) == (True, True, True)
    assert max(third) <= 3.0
    assert len(set(passing.waits)) > 50, "without chance in them all clients come back at once"


@pytest.mark.parametrize(
    "cut", [b"", b"{", b'{"a": "b', b"nonsense", b"\xff\xfe", b'{"a": "\\ud800"}', b'{"a":' * 100_000]
)
def test_a_read_that_breaks_off_is_sent_again_and_then_garbled(cut, open_http_client, tracker):
    route = tracker.get("/item").mock(return_value=httpx.Response(200, content=cut))
    with pytest.raises(Garbled, match=r"GET /\S* returned truncated or invalid JSON \(\d+ bytes\)"):
        open_http_client().request_json("GET", "/item", dict)
    assert route.call_count == ATTEMPTS


@pytest.mark.parametrize("response", [b"", b"{", b"nonsense", b"[]", b'{"id": "not a number"}'])
def test_a_write_whose_response_cannot_be_read_is_uncertain_after_one_call(response, open_http_client, tracker):
    route = tracker.post("/item").mock(return_value=httpx.Response(201, content=response))
    with pytest.raises(Uncertain, match=r"POST /item returned 201 with a response that cannot be read"):
        open_http_client(allow_writes=True).request_json("POST", "/item", dict[str, int])
    assert route.call_count == 1


def test_a_mark_before_json_is_no_damage(open_http_client, tracker):
    tracker.get("/item").mock(return_value=httpx.Response(200, content=b'\xef\xbb\xbf{"a": 1}'))
    assert open_http_client().request_json("GET", "/item", dict[str, int]) == {"a": 1}


def test_what_was_sent_is_counted_whether_or_not_a_response_came(open_http_client, tracker):
    http = open_http_client(allow_writes=True)
    tracker.get("/a/item").mock(
        side_effect=[httpx.ReadTimeout("x"), httpx.Response(500), httpx.Response(200, json=[1])]
    )
    tracker.post("/item/PAY-1").mock(side_effect=[httpx.ConnectError("x"), httpx.ReadTimeout("x")])
    http.request("GET", "/a/item")
    with pytest.raises(Uncertain):
        http.request("POST", "/item/PAY-1")
    stats = http.stats
    assert (stats.reads, stats.writes, stats.retries) == (3, 1, 3)
    assert stats.responses_by_status == {500: 1, 200: 1}
    assert stats.requests_by_endpoint == {"GET item": 3, "POST item": 1}
    assert stats.bytes_received == len(b"[1]")


@contextmanager
def loopback(behave):
    """A server of raw bytes on loopback; `behave` gets each connection. Gives its address and the connections."""
    seen = []
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def serve():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                seen.append(connection)
                with closing(connection):
                    connection.recv(65536)
                    behave(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", seen
        # Closing alone does not wake a thread that waits in accept.
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def hang_up(_connection):
    pass


def break_off(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")


def slowly(connection, start, piece):
    """Send something, and then a little of it again and again: never silent for long, and never done."""
    try:
        connection.sendall(start)
        for _ in range(3000):
            connection.sendall(piece)
            time.sleep(0.01)
    except OSError:
        pass


SLOW = {
    "body": (b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b" "),
    "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "status line": (b"HTTP/1.1 200 ", b"O"),
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X-More: 1\r\n"),
    "one header": (b"HTTP/1.1 200 OK\r\nX-Long: ", b"x"),
    "early hints": (b"", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"),
}


@pytest.mark.parametrize("behave", [hang_up, break_off])
def test_over_a_real_connection_a_lost_reply_is_a_lost_reply(behave, open_http_client):
    with loopback(behave) as (url, connections):
        http = open_http_client(base_url=url, allow_writes=True)
        with pytest.raises(Uncertain, match="may or may not have happened"):
            http.request("POST", "/item")
        assert len(connections) == 1
        with pytest.raises(Retriable):
            http.request("GET", "/item")
        assert len(connections) == 1 + ATTEMPTS


def test_nobody_at_home_is_no_uncertainty(open_http_client):
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Retriable, match=rf"127.0.0.1:{port} cannot be reached"):
        open_http_client(base_url=f"http://127.0.0.1:{port}", allow_writes=True).request("POST", "/item")


@pytest.fixture(scope="module")
def slow_calls():
    """By method and kind of response: the error in which a call ended, and after how many seconds. A call takes two
    seconds, so that all are made at the same time.
    """

    def call(method, slow):
        start, piece = SLOW[slow]
        with loopback(lambda connection: slowly(connection, start, piece)) as (url, _):
            started = time.monotonic()
            http = HttpClient("PAY", url, timeout=0.2, attempts=1, allow_writes=True)
            try:
                http.request(method, "/item")
            except ConnectorError as error:
                return error, time.monotonic() - started
            finally:
                http.close()
        return None, time.monotonic() - started

    with ThreadPoolExecutor(2 * len(SLOW)) as pool:
        calls = {(method, slow): pool.submit(call, method, slow) for method in ("GET", "PUT") for slow in SLOW}
    return {case: done.result() for case, done in calls.items()}


@pytest.mark.parametrize("slow", SLOW)
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_response_that_comes_in_drops_is_given_up(method, slow, slow_calls):
    error, seconds = slow_calls[method, slow]
    with pytest.raises(Retriable if method == "GET" else Uncertain, match="took more than"):
        raise error
    assert 1.9 < seconds < 20


def test_early_hints_without_a_pause_are_given_up_too(open_http_client):
    def flood(connection):
        with suppress(OSError):
            while True:
                connection.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 100)

    with loopback(flood) as (url, _), pytest.raises(Retriable, match="took more than"):
        open_http_client(base_url=url, timeout=0.05, attempts=1).request("GET", "/item")


def test_every_call_has_its_own_deadline(open_http_client):
    """A connection that is used again, and waiting between two calls, take nothing from it."""

    def behave(connection):
        with suppress(OSError):
            while True:
                time.sleep(0.2)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
                if not connection.recv(65536):
                    return

    with loopback(behave) as (url, connections):
        http = open_http_client(base_url=url, timeout=0.05, attempts=1)
        http._transport.client.timeout = httpx.Timeout(5)  # only the deadline counts, which is 0.5 s
        for _ in range(4):
            assert http.request("GET", "/item").content == b"{}"
        http.close()
        assert len(connections) == 1


def test_silence_is_given_up(open_http_client):
    with loopback(lambda _connection: time.sleep(0.3)) as (url, connections):
        with pytest.raises(Uncertain, match="lost"):
            open_http_client(base_url=url, timeout=0.05, allow_writes=True).request("PUT", "/item")
        assert len(connections) == 1


@pytest.mark.parametrize("call", WRITES)
def test_a_write_that_waited_asks_again_whether_it_may_leave(open_http_client, tracker, call):
    """The right to write may run out while a call waits until it may come back."""
    rights = iter([True])

    def before_write():
        if not next(rights, False):
            raise Retriable("Another process took over.")

    error, sent = asked(open_http_client, tracker, call, always(httpx.Response(429)), before_write=before_write)
    assert isinstance(error, Retriable)
    assert "took over" in str(error)
    assert sent == 1


@pytest.mark.parametrize("call", READS)
def test_a_read_needs_no_right_to_write(open_http_client, tracker, call):
    def before_write():
        raise Retriable("Another process took over.")

    tracker.route(method=call[0], path=call[1]).respond(200)
    assert open_http_client(before_write=before_write, read_only_posts=("/search",)).request(*call).status == 200
