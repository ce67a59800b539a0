"""The working day on which each item of the teams' plans is finished, in the simulated runs of each team's future.

In a run, an item is finished when its team has finished as many items as its position in the plan says, and no earlier
than its blockers. So the day follows from one position for each team that works on the item or on what it waits for,
and no day of a run has to be stored: that would be thousands for each item.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import reduce
from itertools import chain
from operator import and_

from rules.flow.durations import count_share
from rules.flow.forecast import BEYOND_HORIZON, MAX_PROBABILITY, PROBABILITIES, Simulation

RequiredPositions = tuple[tuple[str, int], ...]
"""The position, from 1, that each team has to reach in its plan before an item is finished. Empty if the item, or one
that it waits for, is in no plan of a team with a simulation."""


class FinishDays:
    """The working day, from 0 for today, on which each item is finished, by run.

    The pace of a team does not depend on blockers. Each item counts as one, whatever its size, because that is what
    throughput counts.

    Args:
        plans: By team: its items in the order of work, each as its index in `Outlook.items`. A negative index is work
            that is not an item yet.
        simulations: By team; all have the same number of runs.
        blockers: By index of an item: the indexes of the items that it waits for.
    """

    def __init__(
        self,
        plans: Mapping[str, Sequence[int]],
        simulations: Mapping[str, Simulation],
        blockers: Mapping[int, Sequence[int]],
    ) -> None:
        self._simulations = simulations
        self._runs = next((len(simulation.finished) for simulation in simulations.values()), 1)
        self._teams = [team for team in plans if team in simulations]
        size = 1 + max((item for team in self._teams for item in plans[team]), default=-1)
        self._team_numbers, self._positions = array("l", [0]) * size, array("l", [0]) * size
        for number, team in enumerate(self._teams):
            for position, item in enumerate(plans[team], start=1):
                if item >= 0:
                    self._team_numbers[item], self._positions[item] = number, position
        self._required_positions: dict[int, RequiredPositions] = {}
        for item in _sort_blockers_first(blockers):
            positions = [self.required_positions(planned) for planned in (item, *blockers[item])]
            self._required_positions[item] = _merge(positions)

    def required_positions(self, item: int) -> RequiredPositions:
        """Return the positions that determine the day of an item: if they are equal, so are the days in every run."""
        if item in self._required_positions:
            return self._required_positions[item]
        position = self._positions[item] if item < len(self._positions) else 0
        return ((self._teams[self._team_numbers[item]], position),) if position else ()

    def probability(self, item: int, working_days: int) -> float:
        """Return the share of runs that finish an item within a number of working days, at most `MAX_PROBABILITY`."""
        return min(self._count_runs(self.required_positions(item), working_days) / self._runs, MAX_PROBABILITY)

    def day(self, item: int, probability: float) -> int:
        """Return the working day by which an item is finished with a probability.

        `BEYOND_HORIZON` if that is after the simulated period, or if it is unknown because the item has no positions.
        """
        positions = self.required_positions(item)
        if not positions:
            return BEYOND_HORIZON
        runs = count_share(probability, self._runs)
        first = max(self._simulations[team].first_day(position, runs) for team, position in positions)
        if len(positions) == 1 or first == BEYOND_HORIZON:
            return first
        # All teams have to reach their positions in the same runs, so the day may be later than that of each team.
        later_days = range(first, BEYOND_HORIZON)
        return first + bisect_left(later_days, runs, key=lambda day: self._count_runs(positions, day + 1))

    def dates_by_probability(self, item: int, dates: Sequence[date]) -> dict[float, date | None]:
        """Return the date by which an item is finished, by probability; None if it is after the last date or unknown.

        Args:
            dates: The dates of the working days.
        """
        days = {probability: self.day(item, probability) for probability in PROBABILITIES}
        return {probability: dates[day] if day < len(dates) else None for probability, day in days.items()}

    def _count_runs(self, positions: RequiredPositions, working_days: int) -> int:
        """Return the number of runs in which all positions are reached within a number of working days."""
        if not positions or working_days <= 0:
            return 0
        if len(positions) == 1:
            team, position = positions[0]
            return self._simulations[team].count_runs(position, working_days)
        reached = (self._simulations[team].finished_by(working_days) >= position for team, position in positions)
        return int(reduce(and_, reached).sum())


def _merge(positions_of_items: Sequence[RequiredPositions]) -> RequiredPositions:
    """Return the largest position for each team; empty if the positions of one item are empty."""
    if not all(positions_of_items):
        return ()
    largest: dict[str, int] = {}
    for team, position in chain.from_iterable(positions_of_items):
        largest[team] = max(position, largest.get(team, 0))
    return tuple(sorted(largest.items()))


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
