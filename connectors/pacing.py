"""How fast calls may leave: pauses that a server asked for, and the rhythm of writes to one item."""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_WAIT = 60.0
"""Seconds that a call waits at most; when a server asks for more, it is left alone until then."""

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
    if asked.isdigit():
        return float(asked)
    moment = _date(asked) or _reset(headers.get("x-ratelimit-reset", "").strip())
    return None if moment is None else max(0.0, (moment - now).total_seconds())


def _date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _reset(value: str) -> datetime | None:
    try:
        if value.isdigit():
            return datetime.fromtimestamp(int(value), UTC)
        moment = datetime.fromisoformat(value)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class ItemPacer:
    """Keeps writes to one item under the tracker's own limits, whatever the rest of the traffic does.

    Jira Cloud allows 20 writes in 2 seconds and 100 in 30 seconds to one issue. A bounded map of recent write
    times is enough: a limiter object an item would start a thread each.
    """

    def __init__(
        self,
        windows: tuple[Window, ...],
        *,
        remember: int = 10_000,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._windows = windows
        self._remember = remember
        self._now = now
        self._written: OrderedDict[str, deque[float]] = OrderedDict()
        self._not_before: dict[str, float] = {}
        self._lock = threading.Lock()

    def wait_for(self, item: str) -> float:
        """Seconds until one more write to this item is allowed; 0 means now."""
        with self._lock:
            now = self._now()
            ready = self._not_before.get(item, now)
            times = self._written.get(item, deque())
            for count, span in self._windows:
                if len(times) >= count:
                    ready = max(ready, times[-count] + span)
            return max(0.0, ready - now)

    def written(self, item: str) -> None:
        """Remembers that a write to this item is leaving now."""
        with self._lock:
            longest = max((count for count, _ in self._windows), default=1)
            self._written.setdefault(item, deque(maxlen=longest)).append(self._now())
            self._written.move_to_end(item)
            self._not_before.pop(item, None)
            while len(self._written) > self._remember:
                self._written.popitem(last=False)

    def hold(self, item: str, seconds: float) -> None:
        """No write to this item for so long, because the tracker said so."""
        with self._lock:
            self._not_before[item] = self._now() + seconds
