"""How often forecasts held: each is made as of a past day, from what was known then, and compared with what came."""

import math
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from msgspec import Struct

from rules.flow.forecast import BLOCK_DAYS, PACE_SPREAD, RUNS, Simulation
from rules.flow.throughput import LEAST_WEEKS, WINDOW_WEEKS, NoForecast, Throughput, WorkingDays, count_days

RANGE = 0.85
"""The share of cases in which the range should hold; what is outside lies half below and half above."""


class Trial(Struct, frozen=True):
    """A forecast as of a past day, and what happened.

    Attributes:
        day: The last day that was known.
        known: The history that the forecast was made from.
        low, high: The ends of the 85 % range of the number of items.
        at_least: As many or more were expected with 85 %.
        mean: The average of all futures.
        real: How many were finished.
    """

    day: date
    known: Throughput
    low: int
    high: int
    at_least: int
    mean: float
    real: int

    @property
    def is_within_range(self) -> bool:
        """Whether as many were finished as the range says."""
        return self.low <= self.real <= self.high


def walk_forward(
    days: Sequence[date],
    weeks: int,
    *,
    seed: str = "",
    calendar: WorkingDays | None = None,
    window_weeks: int = WINDOW_WEEKS,
    block_days: int = BLOCK_DAYS,
    pace_spread: float = PACE_SPREAD,
    runs: int = RUNS,
    until: date | None = None,
) -> Iterator[Trial | tuple[date, NoForecast]]:
    """Forecast every few weeks; what cannot be forecast is handed out with its day.

    Args:
        days: The days on which items were finished, rising.
        weeks: How far each forecast looks ahead, and how far apart they are.
        seed: Whose luck it is.
        calendar: The days on which the team works.
        window_weeks: How many weeks each forecast looks back.
        block_days: Working days of one stretch of the past.
        pace_spread: How much faster or slower the team may become.
        runs: How many futures.
        until: The last day of the history; the day of the last item if None.
    """
    if not days:
        return
    ahead, worked = timedelta(weeks=weeks), calendar or WorkingDays()
    last = (until or days[-1]) - ahead
    day = days[0] + timedelta(weeks=LEAST_WEEKS)
    while day <= last:
        known = count_days(days, day, worked, window_weeks)
        if isinstance(known, NoForecast):
            yield day, known
        else:
            horizon = sum(1 for back in range(1, weeks * 7 + 1) if worked.includes(day + timedelta(days=back)))
            drawn = Simulation(
                known, f"{seed} {day}", runs=runs, block_days=block_days, pace_spread=pace_spread, horizon=horizon
            )
            counts = sorted(int(count) for count in drawn.finished_by(horizon))
            yield Trial(
                day,
                known,
                low=_quantile(counts, (1 - RANGE) / 2),
                high=_quantile(counts, (1 + RANGE) / 2),
                at_least=_quantile(counts, 1 - RANGE),
                mean=sum(counts) / len(counts),
                real=sum(1 for each in days if day < each <= day + ahead),
            )
        day += ahead


def _quantile(counts: Sequence[int], share: float) -> int:
    """The inverse of the empirical distribution."""
    return counts[min(max(math.ceil(share * len(counts) - 1e-9) - 1, 0), len(counts) - 1)]


def share_interval(held: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson, JASA 22 (1927) 209-212); everything where there are no cases."""
    if not n:
        return 0.0, 1.0
    share, z = held / n, 1.96
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return middle - half, middle + half
