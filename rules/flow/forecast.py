"""Forecasts from a team's own throughput: simulated runs, each drawn from the team's history.

Each run is put together from blocks of past working days (a circular block bootstrap, Politis and Romano 1992):
a team has streaks of good and bad weeks, and drawing single days would give ranges that are far too narrow. In each
run the team is also somewhat faster or slower than it was, because teams change. Every draw depends only on a seed and
a label, so that the same question has the same answer, and two plans that are compared use the same draws.
"""

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from rules.flow.throughput import Throughput, WorkingDays

if TYPE_CHECKING:
    from numpy.typing import NDArray

RUNS = 2000
"""The number of simulated runs."""
BLOCK_DAYS = 5
"""The number of working days in a block of the history. Chosen with `benchmarks/calibration.py`."""
PACE_SPREAD = 0.5
"""How much faster or slower a team may become: the standard deviation of the logarithm of its pace.

Chosen with `benchmarks/calibration.py`.
"""
_MAX_PACE = 2.5
"""The fastest pace, as a multiple of the pace in the history. The slowest is its inverse."""
_TOLERANCE = 1e-9
"""Keeps a rounding error of floating-point numbers from changing a result by a whole step."""
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
        """Simulate the runs.

        Args:
            throughput: What the team finished.
            seed: The seed of the draws: the team's name, so that each team has its own draws.
            block_days: Working days of one block of the history.
            pace_spread: How much faster or slower the team may become.
            horizon: Working days to look ahead.
        """
        import numpy as np  # noqa: PLC0415

        past = np.asarray(throughput.daily, dtype=np.int32)
        offsets = np.arange(block_days)
        max_pace = _MAX_PACE if pace_spread else 1.0
        starts = (draw_uniform(seed, str(block), runs) for block in range(math.ceil(max_pace * horizon / block_days)))
        blocks = [past[(np.floor(start * len(past)).astype(int)[:, None] + offsets) % len(past)] for start in starts]
        counts = np.concatenate(blocks, axis=1).cumsum(axis=1)
        pace = np.exp(pace_spread * _normal_quantiles(draw_uniform(seed, "pace", runs))).clip(1 / _MAX_PACE, max_pace)
        # At twice the pace, a team has finished after one day what the history shows after two.
        effective_days = np.floor(pace[:, None] * np.arange(1, horizon + 1)).astype(int)
        counts_from_zero = np.concatenate([np.zeros((runs, 1), dtype=counts.dtype), counts], axis=1)
        self.finished: NDArray[Any] = np.take_along_axis(counts_from_zero, effective_days, axis=1)

    def days_until(self, item_counts: Sequence[int]) -> "NDArray[Any]":
        """Return the working day, from 0, on which each number of items is finished, by run and number.

        It is `BEYOND_HORIZON` if the simulated period ends before that.

        Args:
            item_counts: Numbers of items, in ascending order.
        """
        import numpy as np  # noqa: PLC0415

        targets = np.asarray(item_counts)
        days = np.empty((len(self.finished), len(targets)), dtype=np.int32)
        for run, counts in enumerate(self.finished):
            days[run] = np.searchsorted(counts, targets)
        return days

    def finished_by(self, working_days: int) -> "NDArray[Any]":
        """Return the number of items that are finished within a number of working days, by run."""
        return self.finished[:, working_days - 1] if working_days > 0 else self.finished[:, 0] * 0


def _normal_quantiles(shares: "NDArray[Any]") -> "NDArray[Any]":
    """Return the quantile of the standard normal distribution for each share."""
    import numpy as np  # noqa: PLC0415

    quantile = NormalDist().inv_cdf
    return np.array([quantile(min(max(float(share), _TOLERANCE), 1 - _TOLERANCE)) for share in shares])


def counts_by_probability(simulation: Simulation, working_days: int) -> dict[float, int]:
    """Return the minimum number of items that are finished within a number of working days, by probability."""
    counts = sorted(int(count) for count in simulation.finished_by(working_days))
    return {level: counts[max(math.floor((1 - level) * len(counts) + _TOLERANCE), 0)] for level in PROBABILITIES}


def dates_by_probability(days: "NDArray[Any]", dates: Sequence[date]) -> dict[float, date | None]:
    """Return the date by which an item is finished, by probability; None if it is beyond the horizon.

    Args:
        days: By run: the number of the working day, from 0 for today.
        dates: The dates of the working days.
    """
    ordered = sorted(int(day) for day in days)
    finish_dates: dict[float, date | None] = {}
    for level in PROBABILITIES:
        day = ordered[min(math.ceil(level * len(ordered) - _TOLERANCE), len(ordered)) - 1]
        finish_dates[level] = dates[day] if day < len(dates) else None
    return finish_dates


def probability(days: "NDArray[Any]", working_days: int) -> float:
    """Return the share of runs that finish an item within a number of working days, at most `MAX_PROBABILITY`."""
    return min(float((days < working_days).mean()), MAX_PROBABILITY)


def working_dates(today: date, calendar: WorkingDays, count: int = HORIZON_DAYS) -> list[date]:
    """Return the dates of the next working days, including today if it is one."""
    first = [today] if calendar.includes(today) else []
    return [*first, *islice(calendar.after(today), count - len(first))]


def count_working_days(dates: Sequence[date], until: date) -> int:
    """Return the number of dates up to and including a day."""
    return sum(1 for day in dates if day <= until)


def finish_days(
    plans: Mapping[str, Sequence[int]],
    simulations: Mapping[str, Simulation],
    blockers: Mapping[int, Sequence[int]],
    item_count: int,
) -> "NDArray[Any]":
    """Return the working day on which each item is finished, by item and run; `BEYOND_HORIZON` if no plan contains it.

    An item is finished no earlier than its blockers, whichever team works on them. The pace of a team does not depend
    on blockers. Each item counts as one, whatever its size, because that is what throughput counts.

    Args:
        plans: By team: the indexes of its items in the order of work. A negative index is work that is not an item yet.
        blockers: By item: the items that it waits for.
    """
    import numpy as np  # noqa: PLC0415

    runs = len(next(iter(simulations.values())).finished) if simulations else 1
    finish = np.full((item_count, runs), BEYOND_HORIZON, dtype=np.int32)
    for team, order in plans.items():
        if team in simulations and order:
            days = simulations[team].days_until(range(1, len(order) + 1)).T
            positions = [position for position, item in enumerate(order) if item >= 0]
            finish[[order[position] for position in positions]] = days[positions]
    for item in _sort_blockers_first(blockers):
        finish[item] = np.maximum.reduce([finish[item], *(finish[blocker] for blocker in blockers[item])])
    return finish


def _sort_blockers_first(blockers: Mapping[int, Sequence[int]]) -> Iterator[int]:
    """Yield all items that have blockers, each after its own blockers. A cycle is cut at one of its items."""
    done: set[int] = set()
    entered: set[int] = set()
    for start in blockers:
        stack = [start]
        while stack:
            item = stack[-1]
            unvisited = [blocker for blocker in blockers[item] if blocker in blockers and blocker not in entered]
            if item in entered or not unvisited:
                stack.pop()
                if item not in done:
                    done.add(item)
                    yield item
            else:
                stack += unvisited
            entered.add(item)
