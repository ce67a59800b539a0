"""Detects changes to the system clock, and prevents a job from running twice at the same local time."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo

_MAX_DRIFT_SECONDS = 30.0
"""The largest change to the clock that counts as a correction by a time server."""
_MAX_REPEATED_TIME = timedelta(hours=3)
"""The longest time that the end of daylight saving time can repeat. If the clock is set back by more than this, it was
wrong before, and earlier runs do not count."""


class ClockWatch:
    """Compares the system clock with a monotonic clock.

    Args:
        wall_clock: The system clock, in seconds since 1970.
        monotonic_clock: A clock that cannot be changed.
    """

    def __init__(
        self, wall_clock: Callable[[], float] = time.time, monotonic_clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._wall_clock, self._monotonic_clock = wall_clock, monotonic_clock
        self._offset = wall_clock() - monotonic_clock()

    def detect_jump(self) -> float:
        """Return the number of seconds by which the clock was changed since the last call; 0 for small corrections."""
        offset = self._wall_clock() - self._monotonic_clock()
        jump, self._offset = offset - self._offset, offset
        return jump if abs(jump) > _MAX_DRIFT_SECONDS else 0.0


class OncePerMinute:
    """Lets a job run at most once at each local time, even in the hour that the end of daylight saving time repeats."""

    def __init__(self, now: Callable[[tzinfo], datetime] = datetime.now) -> None:
        self._now = now
        self._last: dict[str, datetime] = {}

    def may_run(self, job: str, zone: tzinfo) -> bool:
        """Return whether the job may run now: not if it ran at this local time before. If so, record that it runs."""
        local = self._now(zone).replace(tzinfo=None, second=0, microsecond=0)
        last = self._last.get(job)
        if last is not None and last - _MAX_REPEATED_TIME < local <= last:
            return False
        self._last[job] = local
        return True

    def forget(self, job: str) -> None:
        """Forget when a job last ran, so that it may run next at any time."""
        self._last.pop(job, None)
