"""The HTTP client through which every request of a connector is sent.

`HttpClient` sets the timeout of each request, limits the rate of requests, repeats those that failed, and blocks writes
in shadow mode, in which the service only reads. `connectors.retry_policy` decides which requests are repeated. Only
this module and the modules whose names begin with `http_` import the HTTP library.
"""

import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from typing import Any, TypeVar

import httpx
import msgspec
import structlog
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, stop_after_delay, wait_exponential_jitter

from connectors.concurrency import is_abandoned
from connectors.concurrency_limit import ConcurrencyLimit
from connectors.discovery_cache import DiscoveryCache
from connectors.error_responses import extract_error_message
from connectors.errors import ConnectorError, Garbled, Misconfigured, Retriable, ShadowBreach
from connectors.http_address import encoded_path, host_for_messages, origin_of, parse_base_url, parse_request_address
from connectors.http_transport import MAX_CONNECTIONS, HttpTransport
from connectors.rate_limit import MAX_WAIT_SECONDS, RateLimiter, Window, requested_pause
from connectors.redaction import redact
from connectors.response import ErrorParser, Response, TrafficStats
from connectors.retry_policy import (
    AttemptFailed,
    Call,
    back_off_error,
    http_error,
    redirect_error,
    stopped_error,
    unexpected_response_error,
    unreadable_response_error,
)

__all__ = ["ErrorParser", "HttpClient", "Response", "TrafficStats"]

_log = structlog.get_logger(__name__)

T = TypeVar("T")

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that, by the HTTP standard (RFC 9110), change nothing."""
_MAX_CALL_SECONDS = 300.0
"""Maximum duration of one call, including waits and retries."""
_SLOT_WAIT_SECONDS = 0.5
"""How often a request that waits for other requests to end checks whether it may still be sent."""
RETRY_WAIT = wait_exponential_jitter(multiplier=0.5, max=30)
"""The wait between two attempts, in seconds: it doubles each time, with a random part so that clients do not
coincide."""


class HttpClient:
    """Sends requests to one system with one set of credentials. Thread-safe.

    Args:
        name: The name of the system in messages and logs.
        base_url: The address of the system. Requests to any other scheme, host or port are refused.
        auth_headers: Function that returns the headers with the credentials. Called for each request.
        read_only_posts: Regular expressions for paths where POST only reads, such as a search. GET, HEAD and OPTIONS
            are reads; everything else is a write.
        allow_writes: Whether writes may be sent. False is shadow mode.
        before_write: Called right before each attempt to write. It raises an error if this process may no longer write.
        rate: Maximum number of requests a second.
        item_windows: Limits on the writes to one item, as in `connectors.rate_limit`.
        rate_limiter: Shared by clients with the same credentials. Replaces `rate` and `item_windows`.
        stop: When set, waits end and no new request is sent.
        parse_error: Extracts the message and the error code from an error response of the system.
        ca_bundle: File of certificate authorities to trust in addition to the usual ones.
        timeout: Maximum number of seconds between two bytes of a response. A whole attempt may take ten times as long.
        attempts: Maximum number of attempts of a call.
        stats: Counts the requests. Clients may share it.
        cache: Responses from the last time that the tracker connected, which are used while it connects again.
        time_zone: The time zone of times in error messages.

    Raises:
        Misconfigured: The address or the file of certificate authorities cannot be used.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        *,
        auth_headers: Callable[[], Mapping[str, str]] = dict,
        read_only_posts: Sequence[str] = (),
        allow_writes: bool = False,
        before_write: Callable[[], None] = lambda: None,
        rate: int = 20,
        item_windows: tuple[Window, ...] = (),
        rate_limiter: RateLimiter | None = None,
        stop: threading.Event | None = None,
        parse_error: ErrorParser | None = None,
        ca_bundle: str | None = None,
        timeout: float = 30.0,
        attempts: int = 4,
        stats: TrafficStats | None = None,
        cache: DiscoveryCache | None = None,
        time_zone: tzinfo = UTC,
    ) -> None:
        self.name = name
        self._time_zone = time_zone
        self.base_url = base_url.rstrip("/")
        self.allow_writes = allow_writes
        self._before_write = before_write
        self.stats = stats or TrafficStats()
        self._cache = cache or DiscoveryCache()
        self.stop = stop or threading.Event()
        self._origin = parse_base_url(name, self.base_url)
        self._auth_headers = auth_headers
        self._read_only_posts = tuple(re.compile(pattern) for pattern in read_only_posts)
        self._parse_error = parse_error or (lambda response: (extract_error_message(response), ""))
        self._attempts = attempts
        self._rate_limiter = rate_limiter or RateLimiter(rate=rate, item_windows=item_windows)
        self._concurrency_limit = ConcurrencyLimit(MAX_CONNECTIONS)
        self._thread = threading.local()
        """Its attribute `has_slot` is whether a request of the thread counts as in flight."""
        self._transport = HttpTransport(name, self.base_url, ca_bundle, timeout, on_no_response=self._count)

    def limit_in_flight(self, count: int) -> None:
        """Let at most `count` requests wait for a response at the same time. Call it while no request is sent."""
        self._concurrency_limit = ConcurrencyLimit(min(count, MAX_CONNECTIONS))

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()

    def is_read(self, method: str, url: str) -> bool:
        """Whether a request changes nothing."""
        try:
            return self._is_read(method, encoded_path(httpx.URL(url)))
        except httpx.InvalidURL:
            return method.upper() in _SAFE_METHODS

    def _is_read(self, method: str, path: str) -> bool:
        """Whether a request with this method and encoded path changes nothing."""
        if method.upper() in _SAFE_METHODS:
            return True
        return method.upper() == "POST" and any(pattern.search(path) for pattern in self._read_only_posts)

    def request_json(
        self,
        method: str,
        path: str,
        response_type: type[T],
        *,
        check: Callable[[Response], None] | None = None,
        **request: Any,
    ) -> T:
        """Send a request and decode the response. A read whose response is truncated or not valid JSON is repeated.

        Args:
            path: As in `request`.
            response_type: The type to decode the JSON of the response to.
            check: Called with the response before it is decoded; may raise an error.
            **request: Further arguments of `request`.

        Raises:
            ConnectorError: The response has an unexpected format, or as in `request`.
        """
        result: list[T] = []

        def handle_response(response: Response) -> None:
            if check is not None:
                check(response)
            result.append(response.decode(response_type))

        try:
            self.request(method, path, handle_response=handle_response, **request)
        except msgspec.ValidationError as error:
            message = (
                f"{self.name}: the response to {method} {redact(path)} has an unexpected format: {redact(str(error))}."
            )
            raise ConnectorError(message) from error
        return result[0]

    def request(
        self,
        method: str,
        path: str,
        *,
        handle_response: Callable[[Response], None] | None = None,
        item_id: str = "",
        before_repeat: Callable[[], None] | None = None,
        return_redirects: bool = False,
        anonymous: bool = False,
        headers: Mapping[str, str] | None = None,
        **content: Any,
    ) -> Response:
        """Send a request, and retry where that is safe.

        Args:
            path: Path below the base address, or a full address of the same origin.
            handle_response: Called with the response. If it raises `Garbled`, a read is retried.
            item_id: The id of the item that is written to, or in Slack the channel, for the limits on writes to it.
            before_repeat: Called before a request that returned 429 is sent again. It raises an error if the request
                took effect nevertheless.
            return_redirects: True to return a redirect instead of raising an error.
            anonymous: True to send no credentials.
            **content: The arguments `params`, `json` and `content` of httpx.

        Returns:
            A response with a status below 400.

        Raises:
            ConnectorError: The request failed. The subclass says what can be done about it.
        """
        url = self.base_url + path if path.startswith("/") else path
        address = parse_request_address(self.name, url)
        path = encoded_path(address)
        is_read = self._is_read(method, path)
        call = Call(
            self.name,
            method.upper(),
            url,
            path,
            is_read,
            item_id,
            return_redirects,
            anonymous,
            time_zone=self._time_zone,
        )
        self._check_allowed(call, address)
        retrying = Retrying(
            retry=retry_if_exception_type(AttemptFailed),
            stop=stop_after_attempt(self._attempts) | stop_after_delay(_MAX_CALL_SECONDS),
            wait=RETRY_WAIT,
            sleep=lambda seconds: self._wait_before_retry(call, seconds),
            reraise=True,
        )
        was_throttled = False

        def attempt() -> Response:
            nonlocal was_throttled
            check = before_repeat if was_throttled else None
            try:
                return self._attempt(
                    msgspec.structs.replace(call, before_repeat=check), address, handle_response, headers or {}, content
                )
            except AttemptFailed as failure:
                was_throttled = was_throttled or failure.error.status == 429
                raise

        try:
            return retrying(attempt)
        except AttemptFailed as failure:
            raise failure.error from failure.__cause__

    def _check_allowed(self, call: Call, address: httpx.URL) -> None:
        """Raise an error if the request would go to another system, or would write in shadow mode."""
        if origin_of(address) != self._origin or address.userinfo:
            raise Misconfigured(
                f"{self.name}: a request to {host_for_messages(call.url) or 'no host'} was blocked; "
                f"only {host_for_messages(self.base_url)} may be called.",
                hint="Check the configured address.",
            )
        if not call.is_read and not self.allow_writes:
            raise ShadowBreach(
                f"{self.name}: {call.label} would write, but this tracker is in shadow mode; nothing was sent.",
                hint="Set `mode: write` to let the service write.",
            )

    def _attempt(
        self,
        call: Call,
        address: httpx.URL,
        handle_response: Callable[[Response], None] | None,
        headers: Mapping[str, str],
        content: dict[str, Any],
    ) -> Response:
        """Send a request once, unless the response is cached. Raises `AttemptFailed` if it may be sent again."""
        accept = next((value for name, value in headers.items() if name.lower() == "accept"), "")
        cache_key = (call.method, call.url, call.is_anonymous, accept, content)
        cached = self._cache.find(*cache_key) if call.is_read else None
        response, back_off_until = (cached, None) if cached else self._exchange(call, address, headers, content)
        if not call.is_read and not response.may_be_from_api:
            raise unexpected_response_error(call, response)
        if response.status >= 400:
            self._cache.keep(response, *cache_key)
            raise http_error(call, response, *self._parse_error(response), back_off_until)
        self._check_not_intercepted(call, response)
        if handle_response is not None:
            self._handle_response(call, response, handle_response)
        self._cache.keep(response, *cache_key)
        return response

    def _exchange(
        self, call: Call, address: httpx.URL, headers: Mapping[str, str], content: dict[str, Any]
    ) -> tuple[Response, datetime | None]:
        """Send a request over the network as soon as the limits allow it, and receive its response with any status.

        Returns:
            The response, and the end of a pause that the system asks for, as in `_apply_requested_back_off`.

        Raises:
            Retriable: The wait would be too long, or the service stops.
        """
        started = time.monotonic()
        while True:
            with self._slot(call):
                # The rate limiter is called only within the slot, so that a request that it counts is sent at once. The
                # slot is held until a requested pause is known, so that no other request takes it before that.
                wait = self._rate_limiter.acquire(call.rate_limited_item)
                if wait <= 0:
                    with self._rate_limiter.in_flight(call.rate_limited_item):
                        response = self._send(call, address, headers, content)
                    return response, self._apply_requested_back_off(call, response)
            if time.monotonic() - started + wait > _MAX_CALL_SECONDS or wait > MAX_WAIT_SECONDS:
                raise Retriable(f"{self.name}: {call.label} would wait too long for the rate limit.")
            pause_started = time.monotonic()
            self.stop.wait(wait)
            with self.stats.lock:
                self.stats.seconds_waited += time.monotonic() - pause_started

    def _send(self, call: Call, address: httpx.URL, headers: Mapping[str, str], content: dict[str, Any]) -> Response:
        """Send a request now."""
        credentials = {} if call.is_anonymous else self._auth_headers()
        request = self._transport.build_request(call, address, {**headers, **credentials}, content)
        if call.before_repeat is not None:
            call.before_repeat()
        if not call.is_read:
            self._before_write()
        started = time.perf_counter()
        response = self._transport.send(call, request)
        self._count(call, response, time.perf_counter() - started)
        return response

    @contextmanager
    def _slot(self, call: Call) -> Iterator[None]:
        """Wait until few enough requests are in flight. Within the context, this one counts as in flight.

        The requests of `Call.before_repeat` are sent in the slot of the request that waits for them.

        Raises:
            Retriable: The wait is too long, the service stops, or the system has asked for a pause.
        """
        if getattr(self._thread, "has_slot", False):
            self._check_may_send(call)
            yield
            return
        started = time.monotonic()
        while not self._concurrency_limit.acquire(_SLOT_WAIT_SECONDS):
            self._check_may_send(call)
            if time.monotonic() - started > _MAX_CALL_SECONDS:
                raise Retriable(f"{self.name}: {call.label} would wait too long for other requests to end.")
        self._thread.has_slot = True
        try:
            self._check_may_send(call)
            yield
        finally:
            self._thread.has_slot = False
            self._concurrency_limit.release()

    def _check_may_send(self, call: Call) -> None:
        """Raise an error if the service stops, if nobody needs the response, or while the system asks for a pause."""
        if self.stop.is_set() or is_abandoned():
            raise stopped_error(call)
        if (until := self._rate_limiter.backing_off_until) is not None:
            raise back_off_error(call, until, 429)

    def _wait_before_retry(self, call: Call, seconds: float) -> None:
        """Wait before the next attempt.

        Raises:
            Retriable: The service stops.
        """
        _log.debug("retry", system=self.name, call=call.label, pause=round(seconds, 2))
        if self.stop.wait(seconds):
            raise stopped_error(call)
        with self.stats.lock:
            self.stats.retries += 1

    def _apply_requested_back_off(self, call: Call, response: Response) -> datetime | None:
        """If the server asks clients to wait, make all threads wait; or only writes to one item, if it says so.

        Returns:
            The end of the wait, if it is so long that requests fail instead of waiting; None otherwise.
        """
        if response.status not in (429, 503) and "retry-after" not in response.headers:
            return None
        seconds = requested_pause(response.headers)
        if seconds is None:
            return None
        concerns_item_only = response.headers.get("ratelimit-reason") == "jira-per-issue-on-write"
        return self._rate_limiter.back_off(seconds, item_id=call.rate_limited_item if concerns_item_only else "")

    def _check_not_intercepted(self, call: Call, response: Response) -> None:
        """Raise an error if a proxy or a sign-in page responded instead of the system."""
        if response.status >= 300:
            if call.return_redirects:
                return
            raise redirect_error(call, response, self.base_url)
        if response.is_web_page:
            raise Misconfigured(
                f"{self.name}: {call.label} returned a web page instead of data: "
                f"{redact(extract_error_message(response))[:200].removeprefix('a web page, ')}.",
                hint="Check the address and the credentials. It may be the page of a proxy or a sign-in page.",
                status=response.status,
            )

    def _handle_response(self, call: Call, response: Response, handle_response: Callable[[Response], None]) -> None:
        """Call `handle_response`. A read is retried if the JSON is invalid.

        If the response to a write is invalid or has an unexpected format, the write is uncertain.
        """
        try:
            handle_response(response)
        except (Garbled, msgspec.ValidationError) as error:
            if call.is_read and not isinstance(error, Garbled):
                raise
            raise unreadable_response_error(call, response, error) from error

    def _count(self, call: Call, response: Response | None = None, seconds: float = 0.0) -> None:
        """Count and log a request that was sent; `response` is None if it got no complete response."""
        with self.stats.lock:
            if call.is_read:
                self.stats.reads += 1
            else:
                self.stats.writes += 1
            self.stats.requests_by_endpoint[call.endpoint] += 1
            if response is not None:
                self.stats.bytes_received += len(response.content)
                self.stats.responses_by_status[response.status] += 1
        _log.debug(
            "request",
            system=self.name,
            call=call.label,
            status=response.status if response is not None else None,
            milliseconds=round(seconds * 1000),
            bytes=len(response.content) if response is not None else 0,
        )
