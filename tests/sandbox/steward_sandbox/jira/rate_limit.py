"""How many writes one issue takes: 20 in 2 seconds and 100 in 30, by the machine's clock."""

import time
from collections import deque
from collections.abc import Callable

WINDOWS = ((20, 2.0), (100, 30.0))


class WriteLimits:
    """Counts writes by issue."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._writes: dict[int, deque[float]] = {}

    def seconds_to_wait(self, issue: int) -> float:
        """Zero, and the write is counted; or for how long this issue takes no more writes."""
        now = self._clock()
        writes = self._writes.setdefault(issue, deque(maxlen=WINDOWS[-1][0]))
        waits = [span - (now - writes[-most]) for most, span in WINDOWS if len(writes) >= most]
        if max(waits, default=0.0) <= 0:
            writes.append(now)
        return max(0.0, *waits, 0.0)
