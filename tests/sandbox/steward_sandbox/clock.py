"""Clocks for the sandbox: the real one, one that runs from another moment, one that stands still; stamps and lags."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Gives the time as an aware UTC datetime, whenever it is asked."""


def real_clock() -> datetime:
    return datetime.now(UTC)


def running_from(moment: datetime) -> Clock:
    """A clock that stands at this moment now and runs on from there."""
    offset = moment.astimezone(UTC) - real_clock()
    return lambda: real_clock() + offset


class StoppedClock:
    def __init__(self, moment: datetime) -> None:
        self._moment = moment.astimezone(UTC)

    def __call__(self) -> datetime:
        return self._moment

    def advance(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> datetime:
        self._moment += timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        return self._moment

    def move_to(self, moment: datetime) -> None:
        """Puts the clock at this moment, which may lie in its past."""
        self._moment = moment.astimezone(UTC)


class Stamps:
    """Time stamps for changes: the clock's time, cut to a tick, and always later than the stamp before."""

    def __init__(self, clock: Clock, *, tick: timedelta = timedelta(milliseconds=1)) -> None:
        self._clock, self._tick = clock, tick
        self._last = datetime.min.replace(tzinfo=UTC)

    def next(self) -> datetime:
        moment = self._clock()
        moment -= (moment - datetime.min.replace(tzinfo=UTC)) % self._tick
        self._last = moment if moment > self._last else self._last + self._tick
        return self._last


@dataclass(frozen=True, slots=True)
class Lag:
    """How far behind an index or a feed is: by time on its clock, and by number of changes. The larger wins."""

    seconds: float = 0.0
    changes: int = 0

    def __bool__(self) -> bool:
        return self.seconds > 0 or self.changes > 0
