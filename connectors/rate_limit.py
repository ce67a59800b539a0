"""Limits how often requests are sent: by rate, by writes to one item, and by pauses that a server asks for."""

import re
import threading
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from pyrate_limiter import Duration, Rate, RateItem, StateBucket, TokenBucket

MAX_WAIT_SECONDS = 60.0
"""The longest time that a request waits. If a server asks for a longer pause, requests fail until it ends."""

_MAX_BACK_OFF_SECONDS = 86_400.0
"""Servers may ask a blocked account to pause for years. The service tries again after a day."""

CLOCK_TICK_SECONDS = 0.02
"""Added to each window, because the clock of the server that counts writes may advance only every 16 ms."""

Window = tuple[int, float]
"""A limit on writes: a maximum number, and the length in seconds of the period in which it applies."""


def requested_pause(headers: Mapping[str, str]) -> float | None:
    """Return the seconds for which a server asks clients to wait; None if it does not ask.

    Args:
        headers: The headers of a response, with names in lower case.

    Parses `Retry-After` in both formats (RFC 9110, section 10.2.3), otherwise `X-RateLimit-Reset`, which Jira sends as
    an ISO time and Azure DevOps in seconds since 1970. Times are compared with the server's `Date` header where there
    is one, so that a wrong clock on either side has no effect.
    """
    now = _parse_http_date(headers.get("date", "")) or datetime.now(UTC)
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", value):
        return float(value)
    parsed_time = _parse_http_date(value) or _parse_reset_time(headers.get("x-ratelimit-reset", "").strip())
    return None if parsed_time is None else max(0.0, (parsed_time - now).total_seconds())


def _parse_http_date(value: str) -> datetime | None:
    try:
        parsed_time = parsedate_to_datetime(value)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return parsed_time if parsed_time.tzinfo else parsed_time.replace(tzinfo=UTC)


def _parse_reset_time(value: str) -> datetime | None:
    try:
        if value.isdecimal():
            return datetime.fromtimestamp(int(value), UTC)
        parsed_time = datetime.fromisoformat(value)
    except (ValueError, OverflowError, OSError):
        return None
    return parsed_time if parsed_time.tzinfo else parsed_time.replace(tzinfo=UTC)


class RateLimiter:
    """Limits the requests to one system. All clients and threads with the same credentials share one limiter.

    It never waits itself. It returns how long to wait, so that the caller can be stopped while waiting.

    The caller has to send nothing while `backing_off_until` has a value, which `acquire` does not check, and to fail a
    request that would wait longer than `MAX_WAIT_SECONDS`.

    Args:
        rate: Maximum number of requests a second. After a second without requests, this many may be sent immediately.
        item_windows: Limits on the writes to one item. For Slack, an item is a channel.
        now: Returns the time of a monotonic clock, in seconds.
        clock: Returns the date and time.
    """

    def __init__(
        self,
        *,
        rate: int = 20,
        item_windows: tuple[Window, ...] = (),
        now: Callable[[], float] = time.monotonic,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        # Only the bucket: a `Limiter` around it would start a thread that never ends, and wait without a limit.
        self._bucket = StateBucket([Rate(rate, Duration.SECOND)], algorithm=TokenBucket())
        self._item_limiter = PerItemLimiter(item_windows, now=now)
        self._now = now
        self._clock = clock
        self._not_before = float("-inf")
        """The end, by the clock `now`, of a pause that is short enough for requests to wait."""
        self._backing_off_until: datetime | None = None
        """The end, by `clock`, of a pause that is so long that requests fail instead of waiting."""
        self._lock = threading.Lock()

    @property
    def backing_off_until(self) -> datetime | None:
        """The end of a pause that is so long that requests fail instead of waiting; None if there is no such pause."""
        with self._lock:
            if self._backing_off_until is not None and self._clock() >= self._backing_off_until:
                self._backing_off_until = None
            return self._backing_off_until

    def acquire(self, item_id: str = "") -> float:
        """Allow a request and return 0, or return the seconds after which to call this again.

        Args:
            item_id: The id of the item that is written to; empty for a read. Send the request within `in_flight`.
        """
        with self._lock:
            wait = self._not_before - self._now()
            if item_id:
                wait = max(wait, self._item_limiter.delay(item_id))
            if wait <= 0:
                wait = self._rate_delay()
            if wait > 0:
                return wait
            if item_id:
                self._item_limiter.record_start(item_id)
            return 0.0

    @contextmanager
    def in_flight(self, item_id: str = "") -> Iterator[None]:
        """Record, at the end of the context, that the request that `acquire` allowed has succeeded or failed."""
        try:
            yield
        finally:
            if item_id:
                with self._lock:
                    self._item_limiter.record_end(item_id)

    def back_off(self, seconds: float, *, item_id: str = "") -> datetime | None:
        """Begin or extend a pause that the server asked for.

        Args:
            item_id: If it is not empty, only writes to this item have to wait.

        Returns:
            The end of the pause, if it is so long that requests fail instead of waiting; None otherwise.
        """
        with self._lock:
            is_too_long = seconds > MAX_WAIT_SECONDS
            until = self._clock() + timedelta(seconds=min(seconds, _MAX_BACK_OFF_SECONDS)) if is_too_long else None
            if item_id:
                self._item_limiter.back_off(item_id, min(seconds, _MAX_BACK_OFF_SECONDS))
            elif until is not None:
                self._backing_off_until = max(until, self._backing_off_until or until)
            else:
                self._not_before = max(self._not_before, self._now() + seconds)
            return until

    def _rate_delay(self) -> float:
        """Count a request towards the maximum rate and return 0, or return the seconds until the rate allows it."""
        request = RateItem("", int(self._now() * 1000))
        return 0.0 if self._bucket.put(request) else max(int(self._bucket.waiting(request)), 1) / 1000  # type: ignore[arg-type]


class PerItemLimiter:
    """Limits the writes to each item. Not thread-safe.

    A server counts writes when they arrive, and allows for example 20 in any 2 seconds. The time of arrival is unknown,
    but it is before the response. So a window begins with the response, and a write without a response counts as
    arriving now.

    Args:
        windows: The limits.
        max_remembered_items: The maximum number of items whose last writes are kept in memory.
        now: Returns the time of a monotonic clock, in seconds.
    """

    def __init__(
        self,
        windows: tuple[Window, ...],
        *,
        max_remembered_items: int = 10_000,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._windows = windows
        self._max_window_writes = max((count for count, _ in windows), default=1)
        self._max_remembered_items = max_remembered_items
        self._now = now
        self._in_flight: Counter[str] = Counter()
        self._end_times: OrderedDict[str, deque[float]] = OrderedDict()
        self._not_before: dict[str, float] = {}

    def delay(self, item_id: str) -> float:
        """Return the seconds after which a write to this item may be allowed; 0 if it is allowed now."""
        now = self._now()
        ready_at = self._not_before.get(item_id, now)
        end_times = self._end_times.get(item_id) or deque()
        for count, window_seconds in self._windows:
            free_slots = count - self._in_flight[item_id]
            if free_slots <= 0:
                ready_at = max(ready_at, now + window_seconds / count)
            elif len(end_times) >= free_slots:
                ready_at = max(ready_at, end_times[-free_slots] + window_seconds + CLOCK_TICK_SECONDS)
        return max(0.0, ready_at - now)

    def record_start(self, item_id: str) -> None:
        """Record that a write to this item is being sent."""
        self._in_flight[item_id] += 1
        self._not_before.pop(item_id, None)

    def record_end(self, item_id: str) -> None:
        """Record that a write to this item has ended."""
        self._in_flight[item_id] -= 1
        if not self._in_flight[item_id]:
            del self._in_flight[item_id]
        self._end_times.setdefault(item_id, deque(maxlen=self._max_window_writes)).append(self._now())
        self._end_times.move_to_end(item_id)
        while len(self._end_times) > self._max_remembered_items:
            self._end_times.popitem(last=False)

    def back_off(self, item_id: str, seconds: float) -> None:
        """Allow no writes to this item for some seconds, because the server asked for it."""
        now = self._now()
        self._not_before = {paused_id: until for paused_id, until in self._not_before.items() if until > now}
        self._not_before[item_id] = max(now + seconds, self._not_before.get(item_id, now))
