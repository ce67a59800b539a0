"""The one way out: every byte to or from another system passes here.

A `Door` owns one HTTP client and decides, for every request, how long it may take, whether it may be repeated, how
fast it may leave and whether it may leave at all. What a call *does* decides, not its verb: reading may be repeated,
writing is repeated only where the server says that it did nothing. No other module imports an HTTP client.
"""

import re
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec
import stamina
import structlog
from pyrate_limiter import Limiter, Rate, StateBucket, TokenBucket

from connectors.errors import (
    Conflict,
    ConnectorError,
    Garbled,
    Gone,
    Misconfigured,
    Refused,
    Retriable,
    ShadowBreach,
    Uncertain,
)
from connectors.pacing import LONGEST_WAIT, ItemPacer, Window, asked_pause
from connectors.redaction import redact

_log = structlog.get_logger(__name__)

T = TypeVar("T")

_READING_VERBS = frozenset({"GET", "HEAD", "OPTIONS"})


class Answer(msgspec.Struct, frozen=True):
    """What came back. Header names are lower-case."""

    status: int
    headers: dict[str, str]
    content: bytes
    url: str
    reason: str = ""

    @property
    def text(self) -> str:
        """The body as text, whatever bytes it holds."""
        return self.content.decode("utf-8-sig", errors="replace")

    def decode(self, kind: type[T]) -> T:
        """The body as JSON of this shape.

        Raises:
            Misconfigured: It is a web page: a sign-in form, a proxy, a wrong address.
            Garbled: It is no JSON, or breaks off.
            msgspec.ValidationError: It is JSON of another shape.
        """
        if self.content.lstrip()[:1] == b"<":
            raise Misconfigured(
                f"{urlsplit(self.url).netloc} answered with a web page where data was expected.",
                hint="Check the address and the credentials; a sign-in page or a proxy may stand in between.",
                status=self.status,
            )
        try:
            return msgspec.json.decode(self.content, type=kind)
        except msgspec.ValidationError:
            raise
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Garbled(
                f"{urlsplit(self.url).netloc} sent an answer that breaks off or is no JSON "
                f"({len(self.content)} bytes): {error}.",
                status=self.status,
            ) from error


@dataclass
class Traffic:
    """What has passed through a door; read it at any time from any thread."""

    reads: int = 0
    writes: int = 0
    repeats: int = 0
    received: int = 0
    """Bytes of bodies."""
    waited: float = 0.0
    """Seconds spent waiting for limits."""
    statuses: Counter[int] = field(default_factory=Counter)
    paths: Counter[str] = field(default_factory=Counter)
    """Requests by method and last fixed part of the path, such as "POST bulkfetch"."""
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)


Explain = Callable[[Answer], tuple[str, str]]
"""Reads an error body: the tracker's own words for people, and its error code."""


class _TryAgain(Exception):
    def __init__(self, error: ConnectorError) -> None:
        super().__init__(str(error))
        self.error = error


class Door:
    """The way to one other system, with one set of credentials.

    Args:
        name: What messages and logs call the other system.
        base_url: Nothing leaves for another scheme, host or port than this one's.
        sign: Gives the headers that prove who we are; asked anew for every request.
        reads: Patterns of paths whose POST only reads, such as a search. Everything that is neither one of these nor
            GET, HEAD or OPTIONS is a write.
        writing: Whether writes may leave. Without it the door is in shadow mode and lets reads through, nothing else.
        rate: Requests a second, with a burst of the same size.
        item_windows: Limits of writes to one item.
        stop: When set, waits end and nothing new leaves.
        explain: Reads the other system's error bodies.
        ca_bundle: File of certificate authorities to trust beside the system's own.
        timeout: Seconds without a byte before a call is given up.
        attempts: How often a call is tried in all.
        traffic: Where to count; doors may share one.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        *,
        sign: Callable[[], Mapping[str, str]] = dict,
        reads: Sequence[str] = (),
        writing: bool = False,
        rate: int = 20,
        item_windows: tuple[Window, ...] = (),
        stop: threading.Event | None = None,
        explain: Explain | None = None,
        ca_bundle: str | None = None,
        timeout: float = 30.0,
        attempts: int = 4,
        traffic: Traffic | None = None,
    ) -> None:
        self.name = name
        self.base_url = base_url.rstrip("/")
        self.writing = writing
        self.traffic = traffic or Traffic()
        self.stop = stop or threading.Event()
        self._origin = _origin(self.base_url)
        self._sign = sign
        self._reads = tuple(re.compile(pattern) for pattern in reads)
        self._explain = explain or _explain
        self._attempts = attempts
        self._limiter = Limiter(StateBucket([Rate(rate, 1000)], algorithm=TokenBucket()))
        self._pacer = ItemPacer(item_windows)
        self._not_before = 0.0
        self._parked_until: datetime | None = None
        self._lock = threading.Lock()
        self._client = httpx.Client(
            timeout=httpx.Timeout(timeout, connect=10.0),
            limits=httpx.Limits(max_connections=16, max_keepalive_connections=16),
            verify=ssl.create_default_context(cafile=ca_bundle) if ca_bundle else True,
            headers={"User-Agent": "backlog-steward"},
        )

    def close(self) -> None:
        """Lets go of all connections."""
        self._client.close()

    def is_read(self, method: str, url: str) -> bool:
        """Whether a call changes nothing at the other side."""
        if method.upper() in _READING_VERBS:
            return True
        path = urlsplit(url).path
        return method.upper() == "POST" and any(pattern.search(path) for pattern in self._reads)

    def ask(self, method: str, path: str, kind: type[T], **how: Any) -> T:
        """A call whose answer has this shape; an answer that breaks off is asked for again when that is safe.

        Takes what `request` takes. Raises what `request` and `Answer.decode` raise.
        """
        result: list[T] = []
        self._call(method, path, receive=lambda answer: result.append(answer.decode(kind)), **how)
        return result[0]

    def request(self, method: str, path: str, **how: Any) -> Answer:
        """One call, repeated where that is safe.

        Args:
            method: HTTP verb.
            path: Below the base address, or a whole address of the same origin.
            **how: `params`, `json`, `content`, `headers`; `item`, the id of the item that is written to; `redirects`,
                True to be handed a redirection instead of an error.

        Returns:
            An answer with a status below 400.

        Raises:
            ConnectorError: One of its kinds, by what can be done about it.
        """
        return self._call(method, path, receive=None, **how)

    def _call(
        self,
        method: str,
        path: str,
        *,
        receive: Callable[[Answer], None] | None,
        item: str = "",
        redirects: bool = False,
        headers: Mapping[str, str] | None = None,
        **content: Any,
    ) -> Answer:
        url = path if "://" in path else self.base_url + path
        call = _Call(method.upper(), url, self.is_read(method, url), item, redirects)
        self._may_leave(call)
        try:
            for attempt in stamina.retry_context(
                on=_TryAgain,
                attempts=self._attempts,
                timeout=300.0,
                wait_initial=0.5,
                wait_max=30.0,
                wait_jitter=1.0,
            ):
                with attempt:
                    if attempt.num > 1:
                        with self.traffic.lock:
                            self.traffic.repeats += 1
                    return self._once(call, receive, headers or {}, content)
        except _TryAgain as given_up:
            raise given_up.error from given_up.__cause__
        raise AssertionError("the retry loop ends by returning or raising")

    def _may_leave(self, call: "_Call") -> None:
        if _origin(call.url) != self._origin:
            raise Misconfigured(
                f"{self.name}: a call was about to leave for {urlsplit(call.url).netloc}, "
                f"which is not {urlsplit(self.base_url).netloc}; it was stopped.",
                hint="Check the configured address.",
            )
        if not call.read and not self.writing:
            raise ShadowBreach(
                f"{self.name}: {call.label} would write, and this tracker is in shadow mode; nothing left.",
                hint="Set `mode: write` to let the service write.",
            )

    def _once(
        self,
        call: "_Call",
        receive: Callable[[Answer], None] | None,
        headers: Mapping[str, str],
        content: dict[str, Any],
    ) -> Answer:
        self._wait_for_turn(call)
        started = time.perf_counter()
        with self._lost_replies(call):
            answer = self._send(call, headers, content)
        self._count(call, answer, time.perf_counter() - started)
        self._heed_pauses(call, answer)
        if answer.status >= 400:
            self._raise(call, answer)
        if 300 <= answer.status < 400 and not call.redirects:
            raise Misconfigured(
                f"{self.name}: {call.label} was redirected to "
                f"{urlsplit(answer.headers.get('location', '')).netloc or 'another page'}.",
                hint="Check the address and the credentials; sign-in pages redirect like this.",
                status=answer.status,
            )
        if receive is not None:
            try:
                receive(answer)
            except Garbled as error:
                if call.read:
                    raise _TryAgain(error) from error
                raise Uncertain(
                    f"{self.name}: {call.label} was answered {answer.status}, but the answer cannot be read.",
                    status=answer.status,
                ) from error
        return answer

    def _send(self, call: "_Call", headers: Mapping[str, str], content: dict[str, Any]) -> Answer:
        got = self._client.request(call.method, call.url, headers={**headers, **self._sign()}, **content)
        return Answer(
            status=got.status_code,
            headers={name.lower(): value for name, value in got.headers.items()},
            content=got.content,
            url=str(got.url),
            reason=got.reason_phrase,
        )

    @contextmanager
    def _lost_replies(self, call: "_Call") -> Iterator[None]:
        try:
            yield
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            # The request never left, so even a write may be tried again.
            raise _TryAgain(
                Retriable(
                    f"{self.name}: {urlsplit(call.url).netloc} cannot be reached ({redact(str(error)) or 'timeout'}).",
                    hint="Check the address and the network.",
                )
            ) from error
        except (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.LocalProtocolError) as error:
            raise Misconfigured(
                f"{self.name}: {call.label} cannot be sent ({redact(str(error))}).", hint="Check the address."
            ) from error
        except httpx.HTTPError as error:
            what = redact(str(error)) or type(error).__name__
            if call.read:
                raise _TryAgain(Retriable(f"{self.name}: no answer to {call.label} ({what}).")) from error
            raise Uncertain(
                f"{self.name}: the reply to {call.label} was lost ({what}); it may or may not have happened."
            ) from error

    def _wait_for_turn(self, call: "_Call") -> None:
        if self.stop.is_set():
            raise Retriable(f"{self.name}: stopped before {call.label}.")
        if self._parked_until is not None:
            if datetime.now(UTC) < self._parked_until:
                raise self._parked(429)
            self._parked_until = None
        started = time.monotonic()
        wait = self._not_before - started
        if call.item and not call.read:
            wait = max(wait, self._pacer.wait_for(call.item))
        if wait > 0 and self.stop.wait(wait):
            raise Retriable(f"{self.name}: stopped before {call.label}.")
        if not self._limiter.try_acquire(self.name, timeout=LONGEST_WAIT):
            raise Retriable(f"{self.name}: waited {LONGEST_WAIT:.0f} s for our own rate limit.")
        if call.item and not call.read:
            self._pacer.written(call.item)
        with self.traffic.lock:
            self.traffic.waited += time.monotonic() - started

    def _heed_pauses(self, call: "_Call", answer: Answer) -> None:
        """Remembers, for every thread of this door, how long the server wants to be left alone."""
        if answer.status not in (429, 503) and "retry-after" not in answer.headers:
            return
        seconds = asked_pause(answer.headers)
        if seconds is None:
            return
        if answer.headers.get("ratelimit-reason") == "jira-per-issue-on-write" and seconds <= LONGEST_WAIT:
            self._pacer.hold(call.item, seconds)
            return
        with self._lock:
            if seconds > LONGEST_WAIT:
                # A blocked account sends absurd figures; a day is long enough to wait before asking again.
                self._parked_until = datetime.now(UTC) + timedelta(seconds=min(seconds, 86_400.0))
            else:
                self._not_before = max(self._not_before, time.monotonic() + seconds)

    def _parked(self, status: int) -> Retriable:
        assert self._parked_until is not None
        return Retriable(
            f"{self.name} asked to be left alone until {self._parked_until:%Y-%m-%d %H:%M:%S} UTC.",
            hint="The rest goes on; this tracker is taken up again after that.",
            status=status,
            until=self._parked_until,
        )

    def _raise(self, call: "_Call", answer: Answer) -> None:
        said, code = self._explain(answer)
        said = redact(" ".join(said.split()))[:300]
        message = f"{self.name}: {call.label} was answered {answer.status}" + (f": {said}" if said else ".")
        about: dict[str, Any] = {"status": answer.status, "code": code}
        status = answer.status
        if status == 429 or (status == 503 and "retry-after" in answer.headers):
            if self._parked_until is not None:
                raise self._parked(status)
            error: ConnectorError = Retriable(message, hint="The tracker limits how fast it is called.", **about)
            if status == 429 or call.read:
                raise _TryAgain(error)
            raise Uncertain(message, **about)
        if status == 401:
            raise Misconfigured(message, hint="Check the credentials: user, token, and whether it expired.", **about)
        if status in (404, 410):
            raise Gone(message, **about)
        if status in (409, 412):
            raise Conflict(message, **about)
        if status == 408 or status >= 500:
            if call.read:
                raise _TryAgain(Retriable(message, **about))
            raise Uncertain(message, **about)
        raise Refused(message, **about)

    def _count(self, call: "_Call", answer: Answer, seconds: float) -> None:
        with self.traffic.lock:
            if call.read:
                self.traffic.reads += 1
            else:
                self.traffic.writes += 1
            self.traffic.received += len(answer.content)
            self.traffic.statuses[answer.status] += 1
            self.traffic.paths[call.short] += 1
        _log.debug(
            "request",
            system=self.name,
            call=call.label,
            status=answer.status,
            milliseconds=round(seconds * 1000),
            bytes=len(answer.content),
        )


class _Call(msgspec.Struct, frozen=True):
    """One request as the door judges it."""

    method: str
    url: str
    read: bool
    item: str
    redirects: bool

    @property
    def label(self) -> str:
        """For people: verb and path, without a query, which may hold item text."""
        return f"{self.method} {urlsplit(self.url).path}"

    @property
    def short(self) -> str:
        """For counting: verb and the last part of the path that is a word."""
        parts = [part for part in urlsplit(self.url).path.split("/") if re.fullmatch(r"[a-z][A-Za-z_-]+", part)]
        return f"{self.method} {parts[-1] if parts else '/'}"


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, (parts.hostname or "").lower(), port


def _explain(answer: Answer) -> tuple[str, str]:
    """An error body without knowing whose it is: nothing of a web page, else its first words."""
    text = answer.text.strip()
    return ("" if text.startswith("<") else text[:300]), ""
