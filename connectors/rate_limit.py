"""How fast calls may leave: pauses that a server asked for, our own rate, and the rhythm of writes to one item."""

import re
import threading
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from pyrate_limiter import Duration, Rate, RateItem, StateBucket, TokenBucket

LONGEST_WAIT = 60.0
"""Seconds that a call waits at most; when a server asks for more, it is left alone until then."""

_LONGEST_PARKING = 86_400.0
"""A blocked account is told absurd figures; a day is long enough to wait before asking again."""

CLOCK_TICK = 0.02
"""Seconds by which a window is kept longer than it is: a server may read its clock in ticks of up to 16 ms."""

Window = tuple[int, float]
"""So many writes in so many seconds."""


def asked_pause(headers: Mapping[str, str]) -> float | None:
    """Seconds that a server asks us to stay away, or None when it does not say.

    Reads `Retry-After` in both of its forms (RFC 9110, section 10.2.3), and else `X-RateLimit-Reset`, which Jira
    gives as an ISO time and Azure DevOps in seconds since 1970. Times are compared with the server's own `Date` where
    it sends one, so that a wrong clock on either side does no harm.
    """
    now = _date(headers.get("date", "")) or datetime.now(UTC)
    asked = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", asked):
        return float(asked)
    moment = _date(asked) or _reset(headers.get("x-ratelimit-reset", "").strip())
    return None if moment is None else max(0.0, (moment - now).total_seconds())


def _date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _reset(value: str) -> datetime | None:
    try:
        if value.isdecimal():
            return datetime.fromtimestamp(int(value), UTC)
        moment = datetime.fromisoformat(value)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class RateLimiter:
    """How fast calls may leave for one other system; shared by all doors and threads with the same credentials.

    It never waits itself: it says how long to wait, and whoever waits can be stopped while doing so.

    Args:
        rate: Calls a second, with a burst of the same size.
        item_windows: Limits of writes to one item.
        now: Seconds that only grow.
        clock: The time of day.
    """

    def __init__(
        self,
        *,
        rate: int = 20,
        item_windows: tuple[Window, ...] = (),
        now: Callable[[], float] = time.monotonic,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        # The bucket alone: a `Limiter` around it would start a thread for ever, and wait without an end.
        self._bucket = StateBucket([Rate(rate, Duration.SECOND)], algorithm=TokenBucket())
        self._items = PerItemLimiter(item_windows, now=now)
        self._now = now
        self._clock = clock
        self._not_before = float("-inf")
        self._parked_until: datetime | None = None
        self._lock = threading.Lock()

    @property
    def parked_until(self) -> datetime | None:
        """Until when the other system wants to be left alone; None when it may be called."""
        with self._lock:
            if self._parked_until is not None and self._clock() >= self._parked_until:
                self._parked_until = None
            return self._parked_until

    def take_turn(self, item: str = "") -> float:
        """Takes a turn and gives 0, or takes none and gives the seconds after which to ask again.

        Args:
            item: The item that is written to, if any; what is then done stands within `under_way`.
        """
        with self._lock:
            wait = self._not_before - self._now()
            if item:
                wait = max(wait, self._items.wait_for(item))
            if wait <= 0:
                wait = self._short_of_rate()
            if wait > 0:
                return wait
            if item:
                self._items.left(item)
            return 0.0

    @contextmanager
    def under_way(self, item: str = "") -> Iterator[None]:
        """A call whose turn was taken, until it was answered, was given up, or did not leave after all."""
        try:
            yield
        finally:
            if item:
                with self._lock:
                    self._items.answered(item)

    def heed(self, seconds: float, *, item: str = "") -> datetime | None:
        """Keeps calls from leaving for so long, because the other system said so.

        Args:
            seconds: How long.
            item: Keeps back writes to this item only.

        Returns:
            Until when, if that is too long to be waited for.
        """
        with self._lock:
            too_long = seconds > LONGEST_WAIT
            until = self._clock() + timedelta(seconds=min(seconds, _LONGEST_PARKING)) if too_long else None
            if item:
                self._items.hold(item, min(seconds, _LONGEST_PARKING))
            elif until is not None:
                self._parked_until = max(until, self._parked_until or until)
            else:
                self._not_before = max(self._not_before, self._now() + seconds)
            return until

    def _short_of_rate(self) -> float:
        wish = RateItem("", int(self._now() * 1000))
        return 0.0 if self._bucket.put(wish) else max(int(self._bucket.waiting(wish)), 1) / 1000  # type: ignore[arg-type]


class PerItemLimiter:
    """Keeps writes to one item under the tracker's own limits, whatever the rest of the traffic does.

    Jira Cloud allows 20 writes in 2 seconds and 100 in 30 seconds to one issue, and counts them as they arrive. When
    that was is not known: a call may be held up on its way, the first more than the last. It was before the answer
    came back, though, so a window is counted from the answer, and a write that is still under way is taken to arrive
    now. A bounded map of recent answers is enough: a limiter object an item would start a thread each. Not safe for
    threads by itself.
    """

    def __init__(
        self,
        windows: tuple[Window, ...],
        *,
        remember: int = 10_000,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._windows = windows
        self._longest = max((count for count, _ in windows), default=1)
        self._remember = remember
        self._now = now
        self._under_way: Counter[str] = Counter()
        self._answered: OrderedDict[str, deque[float]] = OrderedDict()
        self._not_before: dict[str, float] = {}

    def wait_for(self, item: str) -> float:
        """Seconds until one more write to this item is allowed, or may be asked for again; 0 means now."""
        now = self._now()
        ready = self._not_before.get(item, now)
        times = self._answered.get(item) or deque()
        for count, span in self._windows:
            free = count - self._under_way[item]
            if free <= 0:
                ready = max(ready, now + span / count)
            elif len(times) >= free:
                ready = max(ready, times[-free] + span + CLOCK_TICK)
        return max(0.0, ready - now)

    def left(self, item: str) -> None:
        """Remembers that a write to this item is leaving now."""
        self._under_way[item] += 1
        self._not_before.pop(item, None)

    def answered(self, item: str) -> None:
        """Remembers that a write to this item is no longer under way."""
        self._under_way[item] -= 1
        if not self._under_way[item]:
            del self._under_way[item]
        self._answered.setdefault(item, deque(maxlen=self._longest)).append(self._now())
        self._answered.move_to_end(item)
        while len(self._answered) > self._remember:
            self._answered.popitem(last=False)

    def hold(self, item: str, seconds: float) -> None:
        """No write to this item for so long, because the tracker said so."""
        now = self._now()
        self._not_before = {held: until for held, until in self._not_before.items() if until > now}
        self._not_before[item] = max(now + seconds, self._not_before.get(item, now))
