"""The one way out: every byte to or from another system passes here.

An `HttpClient` decides for every request how long it may take, how fast it may leave and whether it may leave at all;
`connectors.retry_policy` says whether it may be repeated. No other module imports an HTTP library.
"""

import re
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

import httpx
import msgspec
import structlog
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, stop_after_delay, wait_exponential_jitter

from connectors.errors import ConnectorError, Garbled, Misconfigured, Refused, Retriable, ShadowBreach
from connectors.rate_limit import LONGEST_WAIT, RateLimiter, Window, asked_pause
from connectors.redaction import redact
from connectors.response import Explain, Response, TrafficStats, first_words
from connectors.retry_policy import Call, TryAgain, left_alone, refused, stopped, unanswered, unreadable

__all__ = ["Explain", "HttpClient", "Response", "TrafficStats"]

_log = structlog.get_logger(__name__)

T = TypeVar("T")

_READING_VERBS = frozenset({"GET", "HEAD", "OPTIONS"})
_PATIENCE = 300.0
"""Seconds that one call may take in all, with its waits and repetitions."""
BACK_OFF = wait_exponential_jitter(multiplier=0.5, max=30)
"""Seconds between two tries of a call."""


class HttpClient:
    """The way to one other system, with one set of credentials.

    Args:
        name: What messages and logs call the other system.
        base_url: Nothing leaves for another scheme, host or port than this one's.
        sign: Gives the headers that prove who we are; asked anew for every request.
        reads: Patterns of paths whose POST only reads, such as a search. Everything that is neither one of these nor
            GET, HEAD or OPTIONS is a write.
        writing: Whether writes may leave. Without it the door is in shadow mode and lets reads through, nothing else.
        before_write: Called when a write is about to leave, each time that it is tried and after all waiting; raises
            when this process may not write any more.
        rate: Requests a second, with a burst of the same size.
        item_windows: Limits of writes to one item.
        rate_limiter: How fast calls may leave, shared by clients with the same credentials; replaces the two above.
        stop: When set, waits end and nothing new leaves.
        explain: Reads the other system's error bodies.
        ca_bundle: File of certificate authorities to trust beside the usual ones.
        timeout: Seconds without a byte before a call is given up; a whole answer may take ten times as long.
        attempts: How often a call is tried in all.
        stats: Where to count; doors may share one.

    Raises:
        Misconfigured: The address or the file of certificate authorities cannot be used.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        *,
        sign: Callable[[], Mapping[str, str]] = dict,
        reads: Sequence[str] = (),
        writing: bool = False,
        before_write: Callable[[], None] = lambda: None,
        rate: int = 20,
        item_windows: tuple[Window, ...] = (),
        rate_limiter: RateLimiter | None = None,
        stop: threading.Event | None = None,
        explain: Explain | None = None,
        ca_bundle: str | None = None,
        timeout: float = 30.0,
        attempts: int = 4,
        stats: TrafficStats | None = None,
    ) -> None:
        self.name = name
        self.base_url = base_url.rstrip("/")
        self.writing = writing
        self._before_write = before_write
        self.stats = stats or TrafficStats()
        self.stop = stop or threading.Event()
        self._origin = self._checked_origin()
        self._sign = sign
        self._reads = tuple(re.compile(pattern) for pattern in reads)
        self._explain = explain or first_words
        self._attempts = attempts
        self._longest_answer = 10 * timeout
        self._rate_limiter = rate_limiter or RateLimiter(rate=rate, item_windows=item_windows)
        self._client = httpx.Client(
            timeout=httpx.Timeout(timeout, connect=10.0),
            limits=httpx.Limits(max_connections=16, max_keepalive_connections=16),
            verify=self._trusted(ca_bundle) if ca_bundle else _usual_trust(),
            headers={"User-Agent": "backlog-steward"},
        )

    def close(self) -> None:
        """Lets go of all connections."""
        self._client.close()

    def is_read(self, method: str, url: str) -> bool:
        """Whether a call changes nothing at the other side."""
        if method.upper() in _READING_VERBS:
            return True
        return method.upper() == "POST" and any(pattern.search(_path(url)) for pattern in self._reads)

    def ask(
        self, method: str, path: str, kind: type[T], *, check: Callable[[Response], None] | None = None, **request: Any
    ) -> T:
        """A request whose response is decoded. A response that breaks off is requested again if that is safe.

        Args:
            method: HTTP verb.
            path: As in `request`.
            kind: The type of the response.
            check: Called with the response before it is decoded; may raise.
            **request: Further arguments of `request`.

        Raises:
            ConnectorError: The response has an unexpected format, or as in `request`.
        """
        result: list[T] = []

        def receive(response: Response) -> None:
            if check is not None:
                check(response)
            result.append(response.decode(kind))

        try:
            self.request(method, path, receive=receive, **request)
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
        receive: Callable[[Response], None] | None = None,
        item: str = "",
        redirects: bool = False,
        anonymous: bool = False,
        headers: Mapping[str, str] | None = None,
        **content: Any,
    ) -> Response:
        """One call, repeated where that is safe.

        Args:
            method: HTTP verb.
            path: Below the base address, or a whole address of the same origin.
            receive: Shown the answer; a read is repeated when it raises `Garbled`.
            item: Id of the item that is written to.
            redirects: True to be handed a redirection instead of an error.
            anonymous: True to ask without credentials.
            headers: Sent besides the usual ones.
            **content: `params`, `json`, `content`.

        Returns:
            An answer with a status below 400.

        Raises:
            ConnectorError: One of its kinds, by what can be done about it.
        """
        url = self.base_url + path if path.startswith("/") else path
        read = self.is_read(method, url)
        call = Call(self.name, method.upper(), url, _path(url), read, item, redirects, anonymous)
        self._may_leave(call)
        retrying = Retrying(
            retry=retry_if_exception_type(TryAgain),
            stop=stop_after_attempt(self._attempts) | stop_after_delay(_PATIENCE),
            wait=BACK_OFF,
            sleep=lambda seconds: self._back_off(call, seconds),
            reraise=True,
        )
        try:
            return retrying(self._once, call, receive, headers or {}, content)
        except TryAgain as given_up:
            raise given_up.error from given_up.__cause__

    def _may_leave(self, call: Call) -> None:
        try:
            where, named = _origin(call.url), httpx.URL(call.url).userinfo
        except httpx.InvalidURL as error:
            raise Misconfigured(
                f"{self.name}: a call cannot be sent ({redact(str(error))}).", hint="Check the configured address."
            ) from error
        if where != self._origin or named:
            raise Misconfigured(
                f"{self.name}: a call was about to leave for {_host(call.url) or 'nowhere'}, "
                f"which is not {_host(self.base_url)}; it was stopped.",
                hint="Check the configured address.",
            )
        if not call.read and not self.writing:
            raise ShadowBreach(
                f"{self.name}: {call.label} would write, and this tracker is in shadow mode; nothing left.",
                hint="Set `mode: write` to let the service write.",
            )

    def _once(
        self,
        call: Call,
        receive: Callable[[Response], None] | None,
        headers: Mapping[str, str],
        content: dict[str, Any],
    ) -> Response:
        self._wait_for_turn(call)
        with self._rate_limiter.under_way(call.paced):
            request = self._request(call, headers, content)
            if not call.read:
                self._before_write()
            started = time.perf_counter()
            with self._lost_replies(call):
                answer = self._send(call, request)
        self._count(call, answer, time.perf_counter() - started)
        parked = self._heed_pauses(call, answer)
        if answer.status >= 400:
            raise refused(call, answer, *self._explain(answer), parked)
        self._check_place(call, answer)
        if receive is not None:
            self._receive(call, answer, receive)
        return answer

    def _request(self, call: Call, headers: Mapping[str, str], content: dict[str, Any]) -> httpx.Request:
        signed = {} if call.anonymous else self._sign()
        try:
            return self._client.build_request(call.method, call.url, headers={**headers, **signed}, **content)
        except ValueError as error:
            raise Refused(f"{self.name}: {call.label} holds what cannot be sent ({redact(str(error))}).") from error

    def _send(self, call: Call, request: httpx.Request) -> Response:
        until = time.monotonic() + self._longest_answer
        body = bytearray()
        with closing(self._client.send(request, stream=True)) as got:
            for part in got.iter_bytes():
                body += part
                if time.monotonic() > until:
                    raise httpx.ReadTimeout(f"the answer took more than {self._longest_answer:.0f} s")
        return Response(
            status=got.status_code,
            headers={name.lower(): value for name, value in got.headers.items()},
            content=bytes(body),
            url=str(got.url),
            reason=got.reason_phrase,
            asked=f"{self.name}: {call.label}",
        )

    @contextmanager
    def _lost_replies(self, call: Call) -> Iterator[None]:
        try:
            yield
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            # The request never left, so even a write may be tried again.
            raise TryAgain(
                Retriable(
                    f"{self.name}: {_host(call.url)} cannot be reached ({redact(str(error)) or 'timeout'}).",
                    hint="Check the address and the network.",
                )
            ) from error
        except (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.LocalProtocolError) as error:
            raise Misconfigured(
                f"{self.name}: {call.label} cannot be sent ({redact(str(error))}).", hint="Check the address."
            ) from error
        except httpx.HTTPError as error:
            self._count(call)
            what = redact(str(error)) or type(error).__name__
            raise unanswered(call, what) from error
        except RuntimeError as error:
            if not self._client.is_closed:
                raise
            raise Retriable(f"{self.name}: the connection was closed before {call.label}.") from error

    def _wait_for_turn(self, call: Call) -> None:
        started = time.monotonic()
        while True:
            if self.stop.is_set():
                raise stopped(call)
            if (until := self._rate_limiter.parked_until) is not None:
                raise left_alone(call, until, 429)
            wait = self._rate_limiter.take_turn(call.paced)
            if wait <= 0:
                break
            if time.monotonic() - started + wait > _PATIENCE or wait > LONGEST_WAIT:
                raise Retriable(f"{self.name}: {call.label} would have to wait too long for its turn.")
            self.stop.wait(wait)
        with self.stats.lock:
            self.stats.waited += time.monotonic() - started

    def _back_off(self, call: Call, seconds: float) -> None:
        """Pause before a call is sent again; a stop ends the pause."""
        _log.debug("repeat", system=self.name, call=call.label, pause=round(seconds, 2))
        if self.stop.wait(seconds):
            raise stopped(call)
        with self.stats.lock:
            self.stats.repeats += 1

    def _heed_pauses(self, call: Call, answer: Response) -> datetime | None:
        """Remembers, for every thread, how long the server wants to be left alone; says until when if that is long."""
        if answer.status not in (429, 503) and "retry-after" not in answer.headers:
            return None
        seconds = asked_pause(answer.headers)
        if seconds is None:
            return None
        item_only = answer.headers.get("ratelimit-reason") == "jira-per-issue-on-write"
        return self._rate_limiter.heed(seconds, item=call.paced if item_only else "")

    def _check_place(self, call: Call, answer: Response) -> None:
        """Whether the answer comes from where we meant to ask, and not from something that stands before it."""
        if answer.status >= 300:
            if call.redirects:
                return
            raise Misconfigured(
                f"{self.name}: {call.label} was redirected to "
                f"{_host(answer.headers.get('location', '')) or 'another page'}.",
                hint="Check the address and the credentials; sign-in pages redirect like this.",
                status=answer.status,
            )
        if answer.is_web_page:
            raise Misconfigured(
                f"{self.name}: {call.label} was answered with a web page where data was expected.",
                hint="Check the address and the credentials; a sign-in page or a proxy may stand in between.",
                status=answer.status,
            )

    def _receive(self, call: Call, answer: Response, receive: Callable[[Response], None]) -> None:
        try:
            receive(answer)
        except (Garbled, msgspec.ValidationError) as error:
            if call.read and not isinstance(error, Garbled):
                raise
            raise unreadable(call, answer, error) from error

    def _count(self, call: Call, answer: Response | None = None, seconds: float = 0.0) -> None:
        with self.stats.lock:
            if call.read:
                self.stats.reads += 1
            else:
                self.stats.writes += 1
            self.stats.paths[call.short] += 1
            if answer is not None:
                self.stats.received += len(answer.content)
                self.stats.statuses[answer.status] += 1
        _log.debug(
            "request",
            system=self.name,
            call=call.label,
            status=answer.status if answer is not None else None,
            milliseconds=round(seconds * 1000),
            bytes=len(answer.content) if answer is not None else 0,
        )

    def _checked_origin(self) -> tuple[str, bytes, int | None]:
        try:
            origin = _origin(self.base_url)
        except httpx.InvalidURL:
            origin = "", b"", None
        if origin[0] not in ("http", "https") or not origin[1]:
            raise Misconfigured(f"{self.name}: its address is no web address.", hint="It begins with https://.")
        if httpx.URL(self.base_url).userinfo:
            raise Misconfigured(
                f"{self.name}: its address holds a user or a password.", hint="Give credentials under their own keys."
            )
        return origin

    def _trusted(self, ca_bundle: str) -> ssl.SSLContext:
        context = httpx.create_ssl_context()
        try:
            context.load_verify_locations(cafile=ca_bundle)
        except (OSError, ssl.SSLError) as error:
            raise Misconfigured(
                f"{self.name}: the certificate authorities in {ca_bundle} cannot be read ({error}).",
                hint="Check `ca_bundle`; it names a file in PEM format.",
            ) from error
        return context


@cache
def _usual_trust() -> ssl.SSLContext:
    """The usual certificate authorities; reading them takes longer than a call."""
    return httpx.create_ssl_context()


def _origin(url: str) -> tuple[str, bytes, int | None]:
    """Scheme, host and port as the HTTP client itself will read them from this address."""
    parsed = httpx.URL(url)
    return parsed.scheme, parsed.raw_host.lower(), parsed.port or {"https": 443, "http": 80}.get(parsed.scheme)


def _path(url: str) -> str:
    """The path as it is sent, with its percent signs: what is decoded could look like another path."""
    try:
        return httpx.URL(url).raw_path.partition(b"?")[0].decode("ascii")
    except httpx.InvalidURL:
        return ""


def _host(url: str) -> str:
    """Host and port for messages; an address may hold a password besides."""
    try:
        return redact(httpx.URL(url).netloc.decode("ascii", errors="replace"))
    except httpx.InvalidURL:
        return ""
