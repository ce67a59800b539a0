"""Limits how many requests to one system wait for a response, and learns how many are of use."""

import threading
import time
from collections.abc import Callable

_MIN_CONCURRENT = 2
"""One request can be on its way while the response to another one is processed."""
_MIN_PERIOD_SECONDS = 0.05
"""The minimum length of a period, at the end of which the limit may change."""
_BUSY_SHARE = 0.9
"""The share of processor time in a period above which the process is busy, and fewer requests are enough."""
_WAITING_SHARE = 0.7
"""The share of processor time in a period below which the process waits, and more requests are of use."""


class ConcurrencyLimit:
    """A semaphore whose value follows from how busy the process is. Thread-safe.

    The threads of a Python process take turns. If a system responds faster than they can process what they receive,
    further responses only make them wait for each other, and switching between them takes processor time.

    Args:
        maximum: The maximum number of requests at a time, and the limit at first.
        now: Returns the time of a monotonic clock, in seconds.
        processor_time: Returns the processor time of the process so far, in seconds.
    """

    def __init__(
        self,
        maximum: int,
        *,
        now: Callable[[], float] = time.monotonic,
        processor_time: Callable[[], float] = time.process_time,
    ) -> None:
        self._maximum = maximum
        self._limit = maximum
        self._in_flight = 0
        self._now = now
        self._processor_time = processor_time
        self._period_start = now(), processor_time()
        self._ended_in_period = 0
        self._has_changed = threading.Condition()

    def acquire(self, timeout: float) -> bool:
        """Wait until a request may be sent, and count it as in flight. Return false if it takes too long.

        Args:
            timeout: The maximum number of seconds to wait.
        """
        with self._has_changed:
            may_send = self._has_changed.wait_for(lambda: self._in_flight < self._limit, timeout)
            self._in_flight += may_send
            return may_send

    def release(self) -> None:
        """End a request."""
        with self._has_changed:
            self._in_flight -= 1
            self._ended_in_period += 1
            self._adapt()
            self._has_changed.notify(max(0, self._limit - self._in_flight))

    def _adapt(self) -> None:
        """At the end of a period, halve the limit if the process was busy in it, or double it if the process waited.

        A period lasts until as many requests have ended as may be in flight, because responses may arrive in bursts.
        """
        now, processor_time = self._now(), self._processor_time()
        seconds = now - self._period_start[0]
        if seconds < _MIN_PERIOD_SECONDS or self._ended_in_period < self._limit:
            return
        busy_share = (processor_time - self._period_start[1]) / seconds
        if busy_share > _BUSY_SHARE:
            self._limit = max(self._limit // 2, min(_MIN_CONCURRENT, self._maximum))
        elif busy_share < _WAITING_SHARE:
            self._limit = min(self._limit * 2, self._maximum)
        self._period_start = now, processor_time
        self._ended_in_period = 0
