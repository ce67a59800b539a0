"""Checks forecasts against history ("walk-forward validation").

Each forecast is made with the history up to a past day, and compared with what was finished afterwards.
"""

import math
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from msgspec import Struct

from rules.flow.durations import percentile
from rules.flow.forecast import BLOCK_DAYS, PACE_SPREAD, RUNS, Simulation
from rules.flow.throughput import MIN_WEEKS, WINDOW_WEEKS, NoForecast, Throughput, WorkingDays, count_by_working_day

RANGE_PROBABILITY = 0.85
"""The probability that the range of a forecast contains the number of finished items.

Numbers below the range are as likely as numbers above it.
"""
_Z_95 = 1.96
"""The quantile of the standard normal distribution that gives a 95 % interval."""


class Trial(Struct, frozen=True):
    """A forecast as of a past day, and what happened.

    Attributes:
        day: The last day of the history that the forecast used.
        throughput: What the team finished up to that day.
        counts: The number of items that are finished in each simulated run.
        low, high: The ends of the 85 % range of these numbers.
        actual: The number of items that were finished.
    """

    day: date
    throughput: Throughput
    counts: Sequence[int]
    low: int
    high: int
    actual: int

    @property
    def is_within_range(self) -> bool:
        """Whether the number of finished items is within the range."""
        return self.low <= self.actual <= self.high


def walk_forward(
    days: Sequence[date],
    weeks: int,
    *,
    seed: str,
    calendar: WorkingDays,
    window_weeks: int = WINDOW_WEEKS,
    block_days: int = BLOCK_DAYS,
    pace_spread: float = PACE_SPREAD,
    runs: int = RUNS,
    until: date | None = None,
) -> Iterator[Trial | tuple[date, NoForecast]]:
    """Yield a forecast for every few weeks of the history, or the day and the reason if there is none.

    Args:
        days: The day on which each item was finished, in ascending order. A day occurs once for each of its items.
        weeks: How far each forecast looks ahead, and how far apart the forecasts are.
        seed: The seed of the random draws. The day of each forecast is added to it.
        window_weeks: Number of weeks that each forecast looks back.
        block_days: The number of successive working days of the history that are drawn together.
        pace_spread: How much faster or slower the team may become, as the standard deviation of the logarithm of its
            pace.
        until: The last day of the history; the day of the last item if None.
    """
    if not days:
        return
    look_ahead = timedelta(weeks=weeks)
    last_day = (until or days[-1]) - look_ahead
    day = days[0] + timedelta(weeks=MIN_WEEKS)
    while day <= last_day:
        throughput = count_by_working_day(days, day, calendar, window_weeks)
        if isinstance(throughput, NoForecast):
            yield day, throughput
        else:
            horizon = len(calendar.last_weeks(day + look_ahead, weeks))
            simulation = Simulation(
                throughput, f"{seed} {day}", runs=runs, block_days=block_days, pace_spread=pace_spread, horizon=horizon
            )
            counts = simulation.finished_by(horizon).tolist()
            yield Trial(
                day,
                throughput,
                counts,
                low=int(percentile(counts, (1 - RANGE_PROBABILITY) / 2)),
                high=int(percentile(counts, (1 + RANGE_PROBABILITY) / 2)),
                actual=sum(1 for finished_on in days if day < finished_on <= day + look_ahead),
            )
        day += look_ahead


def wilson_interval(successes: int, n: int) -> tuple[float, float]:
    """Return the ends of the 95 % confidence interval of a share (Wilson, JASA 22 (1927) 209-212).

    The share is that of the successes among all `n` cases. Without cases, the interval is 0 to 1.
    """
    if not n:
        return 0.0, 1.0
    share, z = successes / n, _Z_95
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half_width = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return middle - half_width, middle + half_width
