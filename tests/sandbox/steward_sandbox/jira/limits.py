"""How many writes one issue takes: 20 in 2 seconds and 100 in 30, by the machine's clock."""

import time
from collections import deque
from collections.abc import Callable

WINDOWS = ((20, 2.0), (100, 30.0))


class WriteLimits:
    """Counts writes issue by issue."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._writes: dict[int, deque[float]] = {}

    def seconds_to_wait(self, issue: int) -> float:
        """Zero, and the write is counted; or how long this issue takes no more writes."""
        now = self._clock()
        longest = WINDOWS[-1]
        writes = self._writes.setdefault(issue, deque(maxlen=longest[0]))
        wait = max(self._wait(writes, now, most, span) for most, span in WINDOWS)
        if wait <= 0:
            writes.append(now)
        return max(wait, 0.0)

    def _wait(self, writes: deque[float], now: float, most: int, span: float) -> float:
        return span - (now - writes[-most]) if len(writes) >= most else 0.0
