"""Notices that the clock was changed, and keeps a job from running twice at one time of day."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo

_MAX_DRIFT = 30.0
"""Seconds by which the clock may differ from the time that passed; time servers correct less than that."""
_CORRECTION = timedelta(hours=3)
"""A clock that goes back further was wrong before, so that what ran then does not count."""


class ClockWatch:
    """Compares the clock with the time that has passed.

    Args:
        wall: The clock, in seconds since 1970.
        steady: A time that nobody can change.
    """

    def __init__(self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic) -> None:
        self._wall, self._steady = wall, steady
        self._offset = wall() - steady()

    def jump(self) -> float:
        """By how many seconds the clock was changed since the last call; 0 for small corrections."""
        offset = self._wall() - self._steady()
        jump, self._offset = offset - self._offset, offset
        return jump if abs(jump) > _MAX_DRIFT else 0.0


class OnceAMinute:
    """Lets a job run at most once at each local time, also in an hour that the clock repeats."""

    def __init__(self, now: Callable[[tzinfo], datetime] = datetime.now) -> None:
        self._now = now
        self._last: dict[str, datetime] = {}

    def may_run(self, job: str, zone: tzinfo) -> bool:
        """Whether the job has not run at this local time yet; if so, it counts as run."""
        local = self._now(zone).replace(tzinfo=None, second=0, microsecond=0)
        last = self._last.get(job)
        if last is not None and last - _CORRECTION < local <= last:
            return False
        self._last[job] = local
        return True

    def forget(self, job: str) -> None:
        """Let a job run at once."""
        self._last.pop(job, None)
