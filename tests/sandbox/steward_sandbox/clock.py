"""Clocks for pretended worlds: the real one, one that runs since another day, and one that stands still."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Gives the time as an aware UTC datetime, whenever it is asked."""


def real_clock() -> datetime:
    """The time of the machine."""
    return datetime.now(UTC)


def running_from(moment: datetime) -> Clock:
    """A clock that stands at this moment now and runs on from there."""
    offset = moment.astimezone(UTC) - real_clock()
    return lambda: real_clock() + offset


class StoppedClock:
    """A clock that moves only when it is told to."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment.astimezone(UTC)

    def __call__(self) -> datetime:
        return self._moment

    def advance(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> datetime:
        """Moves the clock forward and says where it stands then."""
        self._moment += timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        return self._moment

    def move_to(self, moment: datetime) -> None:
        """Puts the clock at this moment, which may lie in its past."""
        self._moment = moment.astimezone(UTC)
