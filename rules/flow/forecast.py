"""Forecasts from a team's own throughput: simulated runs, each drawn from the team's history.

Each run is put together from blocks of past working days (a circular block bootstrap, Politis and Romano 1992):
a team has streaks of good and bad weeks, and drawing single days would give ranges that are far too narrow. In each
run the team is also somewhat faster or slower than it was, because teams change. Every draw depends only on a seed and
a label, so that the same question has the same answer, and two plans that are compared use the same draws.
"""

import hashlib
import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cached_property
from itertools import islice
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from rules.flow.durations import count_share
from rules.flow.throughput import Throughput, WorkingDays

if TYPE_CHECKING:
    from numpy.typing import NDArray

RUNS = 2000
"""The number of simulated runs."""
_RUNS_AT_ONCE = 200
"""The number of runs whose paces are applied at once, to limit memory."""
BLOCK_DAYS = 5
"""The number of working days in a block of the history. Chosen with `benchmarks/calibration.py`."""
PACE_SPREAD = 0.5
"""How much faster or slower a team may become: the standard deviation of the logarithm of its pace.

Chosen with `benchmarks/calibration.py`.
"""
_MAX_PACE = 2.5
"""The fastest pace, as a multiple of the pace in the history. The slowest is its inverse."""
_MIN_PROBABILITY = 1e-9
"""Keeps probabilities away from 0 and 1, whose normal quantiles are infinite."""
HORIZON_DAYS = 520
"""The number of working days that are simulated: about two years."""
MAX_PROBABILITY = 0.95
"""The highest probability that is stated, because the history does not show everything that can happen."""
PROBABILITIES = (0.5, 0.85, 0.95)
"""The probabilities for which a forecast gives a date or a number of items."""
BEYOND_HORIZON = HORIZON_DAYS
"""Stands for the day on which an item is finished if that is after the simulated period, the horizon."""


def draw_uniform(seed: str, label: str, runs: int) -> "NDArray[Any]":
    """Draw a number between 0 and 1 for every run. The same seed and label give the same numbers.

    Args:
        seed: The seed, such as the name of a team.
        label: What the numbers are for, such as the number of a block of days.
    """
    import numpy as np  # noqa: PLC0415 - takes longer to import than most commands take

    key = int.from_bytes(hashlib.sha256(f"{seed}\0{label}".encode()).digest()[:16], "big")
    return np.random.Generator(np.random.Philox(key=key)).random(runs)


class Simulation:
    """Simulated runs of one team's future.

    Args:
        seed: The seed of the draws: the team's name, so that each team has its own draws.
        block_days: Working days of one block of the history.
        pace_spread: How much faster or slower the team may become.
        horizon: Working days to look ahead.

    Attributes:
        finished: By run and working day from today: the number of items that are finished by the end of that day.
    """

    def __init__(
        self,
        throughput: Throughput,
        seed: str,
        *,
        runs: int = RUNS,
        block_days: int = BLOCK_DAYS,
        pace_spread: float = PACE_SPREAD,
        horizon: int = HORIZON_DAYS,
    ) -> None:
        import numpy as np  # noqa: PLC0415

        max_pace = _MAX_PACE if pace_spread else 1.0
        counts = _draw_counts(throughput, seed, runs, block_days, max_pace * horizon)
        paces = _draw_paces(seed, runs, pace_spread)
        days = np.arange(1, horizon + 1)
        self.finished: NDArray[Any] = np.empty((runs, horizon), dtype=counts.dtype)
        for start in range(0, runs, _RUNS_AT_ONCE):
            rows = slice(start, start + _RUNS_AT_ONCE)
            # At twice the pace, a team has finished after one day what the history shows after two.
            effective_days = np.floor(paces[rows, None] * days).astype(int)
            self.finished[rows] = np.take_along_axis(counts[rows], effective_days, axis=1)
        self._counts_by_runs: dict[int, list[int]] = {}
        """By number of runs: the largest number of items that at least so many runs finish, by working day."""
        self._counts_by_day: dict[int, list[int]] = {}
        """By number of working days: the number of items finished in each run, in ascending order."""

    def first_day(self, item_count: int, runs: int) -> int:
        """Return the first working day, from 0, by whose end `item_count` items are finished in at least `runs` runs.

        `BEYOND_HORIZON` if there is none.
        """
        if runs not in self._counts_by_runs:
            self._counts_by_runs[runs] = self._ordered_counts[:, len(self.finished) - runs].tolist()
        counts = self._counts_by_runs[runs]
        day = bisect_left(counts, item_count)
        return day if day < len(counts) else BEYOND_HORIZON

    def count_runs(self, item_count: int, working_days: int) -> int:
        """Return the number of runs in which at least `item_count` items are finished within some working days."""
        if working_days not in self._counts_by_day:
            self._counts_by_day[working_days] = self._ordered_counts[working_days - 1].tolist()
        counts = self._counts_by_day[working_days]
        return len(counts) - bisect_left(counts, item_count)

    @cached_property
    def _ordered_counts(self) -> "NDArray[Any]":
        """By working day: the numbers of items that are finished by its end, in ascending order."""
        import numpy as np  # noqa: PLC0415

        return np.sort(self.finished.T, axis=1)

    def finished_by(self, working_days: int) -> "NDArray[Any]":
        """Return the number of items that are finished within a number of working days, by run."""
        return self.finished[:, working_days - 1] if working_days > 0 else self.finished[:, 0] * 0


def _draw_counts(throughput: Throughput, seed: str, runs: int, block_days: int, days: float) -> "NDArray[Any]":
    """Draw, by run and number of working days from 0, how many items are finished at the pace of the history."""
    import numpy as np  # noqa: PLC0415

    history = np.asarray(throughput.daily, dtype=np.int32)
    blocks = math.ceil(days / block_days)
    counts = np.zeros((runs, 1 + blocks * block_days), dtype=history.dtype)
    for block in range(blocks):
        starts = np.floor(draw_uniform(seed, str(block), runs) * len(history)).astype(int)
        first = 1 + block * block_days
        counts[:, first : first + block_days] = history[(starts[:, None] + np.arange(block_days)) % len(history)]
    return counts.cumsum(axis=1, dtype=counts.dtype, out=counts)


def _draw_paces(seed: str, runs: int, pace_spread: float) -> "NDArray[Any]":
    """Draw the team's pace in each run, as a multiple of its pace in the history, from a log-normal distribution."""
    import numpy as np  # noqa: PLC0415

    probabilities = draw_uniform(seed, "pace", runs).clip(_MIN_PROBABILITY, 1 - _MIN_PROBABILITY)
    normal_quantiles = np.array([NormalDist().inv_cdf(probability) for probability in probabilities.tolist()])
    return np.exp(pace_spread * normal_quantiles).clip(1 / _MAX_PACE, _MAX_PACE)


def counts_by_probability(simulation: Simulation, working_days: int) -> dict[float, int]:
    """Return the minimum number of items that are finished within a number of working days, by probability."""
    counts = sorted(simulation.finished_by(working_days).tolist(), reverse=True)
    return {probability: counts[count_share(probability, len(counts)) - 1] for probability in PROBABILITIES}


def working_dates(today: date, calendar: WorkingDays) -> list[date]:
    """Return the dates of the working days that are simulated, including today if it is one."""
    return list(islice(calendar.after(today - timedelta(days=1)), HORIZON_DAYS))


def count_working_days(dates: Sequence[date], until: date) -> int:
    """Return the number of dates, in ascending order, up to and including a day."""
    return bisect_right(dates, until)
