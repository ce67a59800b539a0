"""Forecasts from a team's own throughput: many possible futures, each drawn from what really happened.

The future is put together from stretches of working days of the past (a circular block bootstrap, Politis and Romano
1992): a team's good and bad weeks come in a row, and single days would give ranges that are far too narrow. In each
future the whole team is also somewhat faster or slower than it was, because teams change. Every draw is addressed by a
seed and its place, so that the same question has the same answer, and two plans that are compared share their luck.
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
BLOCK_DAYS = 5
"""Working days of one stretch of the past. Chosen with `benchmarks/calibration.py`, like the window of the history."""
PACE_SPREAD = 0.5
"""How much faster or slower a team may become: the standard deviation of the logarithm. Chosen likewise."""
_FASTEST = 2.5
HORIZON_DAYS = 520
"""Working days that are simulated: about two years. What ends later is not forecast."""
MOST_CERTAIN = 0.95
"""No probability above this is ever stated: the past never shows everything that can happen."""
LEVELS = (0.5, 0.85, 0.95)
NEVER = HORIZON_DAYS


def draw(seed: str, place: str, runs: int) -> "NDArray[Any]":
    """One number from 0 to 1 for every run: the luck at one place, whatever is asked about it.

    Args:
        seed: Whose luck it is.
        place: What it decides, such as the number of a block of days.
        runs: How many futures.
    """
    import numpy as np  # noqa: PLC0415 - takes longer to import than most commands take

    key = int.from_bytes(hashlib.sha256(f"{seed}\0{place}".encode()).digest()[:16], "big")
    return np.random.Generator(np.random.Philox(key=key)).random(runs)


class Simulation:
    """Possible futures of one team.

    Attributes:
        finished: By run and working day from today on: how many items are finished by its end.
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
        """Draw the futures.

        Args:
            throughput: What the team finished.
            seed: Whose luck it is: the team's name, so that teams do not share theirs.
            runs: How many futures.
            block_days: Working days of one stretch of the past.
            pace_spread: How much faster or slower the team may become.
            horizon: Working days to look ahead.
        """
        import numpy as np  # noqa: PLC0415

        past = np.asarray(throughput.daily, dtype=np.int32)
        within = np.arange(block_days)
        fastest = _FASTEST if pace_spread else 1.0
        starts = (draw(seed, str(block), runs) for block in range(math.ceil(fastest * horizon / block_days)))
        parts = [past[(np.floor(start * len(past)).astype(int)[:, None] + within) % len(past)] for start in starts]
        counts = np.concatenate(parts, axis=1).cumsum(axis=1)
        pace = np.exp(pace_spread * _normal(draw(seed, "pace", runs))).clip(1 / _FASTEST, fastest)
        reached = np.floor(pace[:, None] * np.arange(1, horizon + 1)).astype(int)
        with_start = np.concatenate([np.zeros((runs, 1), dtype=counts.dtype), counts], axis=1)
        self.finished: NDArray[Any] = np.take_along_axis(with_start, reached, axis=1)

    def days_until(self, positions: Sequence[int]) -> "NDArray[Any]":
        """By run and position: the working day on which so many items are finished, from 0; NEVER where it is not.

        Args:
            positions: Numbers of items, rising.
        """
        import numpy as np  # noqa: PLC0415

        wanted = np.asarray(positions)
        found = np.empty((len(self.finished), len(wanted)), dtype=np.int32)
        for run, counts in enumerate(self.finished):
            found[run] = np.searchsorted(counts, wanted)
        return found

    def finished_by(self, working_days: int) -> "NDArray[Any]":
        """By run: how many items are finished within so many working days."""
        return self.finished[:, working_days - 1] if working_days > 0 else self.finished[:, 0] * 0


def _normal(shares: "NDArray[Any]") -> "NDArray[Any]":
    """The quantiles of the standard normal distribution."""
    import numpy as np  # noqa: PLC0415

    quantile = NormalDist().inv_cdf
    return np.array([quantile(min(max(float(share), 1e-9), 1 - 1e-9)) for share in shares])


def how_many(simulation: Simulation, working_days: int) -> dict[float, int]:
    """At least how many items are finished within some working days, by probability."""
    counts = sorted(int(count) for count in simulation.finished_by(working_days))
    return {level: counts[max(math.floor((1 - level) * len(counts) + 1e-9), 0)] for level in LEVELS}


def by_when(days: "NDArray[Any]", dates: Sequence[date]) -> dict[float, date | None]:
    """By which date something is finished, by probability; None beyond what is simulated.

    Args:
        days: By run: the working day from today, from 0.
        dates: The working days after today.
    """
    ordered = sorted(int(day) for day in days)
    found: dict[float, date | None] = {}
    for level in LEVELS:
        day = ordered[min(math.ceil(level * len(ordered) - 1e-9), len(ordered)) - 1]
        found[level] = dates[day] if day < len(dates) else None
    return found


def probability(days: "NDArray[Any]", working_days: int) -> float:
    """The share of futures in which something is finished within some working days, at most `MOST_CERTAIN`."""
    return min(float((days < working_days).mean()), MOST_CERTAIN)


def working_dates(today: date, calendar: WorkingDays, count: int = HORIZON_DAYS) -> list[date]:
    """The next working days from a day on, that day included if it is one."""
    first = [today] if calendar.includes(today) else []
    return [*first, *islice(calendar.after(today), count - len(first))]


def count_working_days(dates: Sequence[date], until: date) -> int:
    """How many of some dates, in order, are not after a day."""
    return sum(1 for day in dates if day <= until)


def finish_days(
    plans: Mapping[str, Sequence[int]],
    simulations: Mapping[str, Simulation],
    blockers: Mapping[int, Sequence[int]],
    items: int,
) -> "NDArray[Any]":
    """By item and run: the working day on which it is finished; NEVER for what no team plans.

    An item is finished no earlier than what it waits for, whichever team works on that. The pace of a team does not
    depend on what it waits for. An item counts as one, whatever its size: that is what throughput counts.

    Args:
        plans: By team: the indexes of its items in the order of work. An index below 0 is work that is no item.
        simulations: By team.
        blockers: By item: what it waits for.
        items: The number of items.
    """
    import numpy as np  # noqa: PLC0415

    runs = len(next(iter(simulations.values())).finished) if simulations else 1
    found = np.full((items, runs), NEVER, dtype=np.int32)
    for team, order in plans.items():
        if team in simulations and order:
            days = simulations[team].days_until(range(1, len(order) + 1)).T
            places = [place for place, item in enumerate(order) if item >= 0]
            found[[order[place] for place in places]] = days[places]
    for item in _blockers_first(blockers):
        found[item] = np.maximum.reduce([found[item], *(found[blocker] for blocker in blockers[item])])
    return found


def _blockers_first(blockers: Mapping[int, Sequence[int]]) -> Iterator[int]:
    """All items that wait for something, each after those that it waits for; a circle is cut at one place."""
    done: set[int] = set()
    entered: set[int] = set()
    for start in blockers:
        stack = [start]
        while stack:
            item = stack[-1]
            waiting = [blocker for blocker in blockers[item] if blocker in blockers and blocker not in entered]
            if item in entered or not waiting:
                stack.pop()
                if item not in done:
                    done.add(item)
                    yield item
            else:
                stack += waiting
            entered.add(item)
