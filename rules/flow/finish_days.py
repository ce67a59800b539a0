"""The working day on which each item of the teams' plans is finished, in the simulated runs of each team's future.

In a run, an item is finished when its team has finished as many items as its position in the plan says, and no earlier
than its blockers. So the day follows from one position for each team that works on the item or on what it waits for,
and no day of a run has to be stored: that would be thousands for each item.
"""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from rules.flow.durations import count_share
from rules.flow.forecast import BEYOND_HORIZON, MAX_PROBABILITY, PROBABILITIES, Simulation

Places = tuple[tuple[str, int], ...]
"""The position, from 1, that each team has to reach in its plan before an item is finished. Empty if the item, or one
that it waits for, is in no plan."""


class FinishDays:
    """The working day, from 0 for today, on which each item is finished, by run.

    The pace of a team does not depend on blockers. Each item counts as one, whatever its size, because that is what
    throughput counts.

    Args:
        plans: By team: the indexes of its items in the order of work. A negative index is work that is not an item yet.
        simulations: By team; all have the same number of runs.
        blockers: By item: the items that it waits for.
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
        self._places: dict[int, Places] = {}
        for item in _sort_blockers_first(blockers):
            self._places[item] = _merge([self.places(item), *(self.places(blocker) for blocker in blockers[item])])

    def places(self, item: int) -> Places:
        """Return what determines the day of an item: equal places mean equal days in every run."""
        if item in self._places:
            return self._places[item]
        position = self._positions[item] if item < len(self._positions) else 0
        return ((self._teams[self._team_numbers[item]], position),) if position else ()

    def probability(self, item: int, working_days: int) -> float:
        """Return the share of runs that finish an item within a number of working days, at most `MAX_PROBABILITY`."""
        return min(self._count_runs(self.places(item), working_days) / self._runs, MAX_PROBABILITY)

    def day(self, item: int, probability: float) -> int:
        """Return the working day by which an item is finished with a probability.

        `BEYOND_HORIZON` if that is after the simulated period, or if it is unknown because the item has no places.
        """
        places = self.places(item)
        if not places:
            return BEYOND_HORIZON
        runs = count_share(probability, self._runs)
        first = max(self._simulations[team].first_day(position, runs) for team, position in places)
        if len(places) == 1 or first == BEYOND_HORIZON:
            return first
        # All teams have to reach their positions in the same runs, so the day may be later than that of each team.
        low, high = first, BEYOND_HORIZON
        while low < high:
            day = (low + high) // 2
            if self._count_runs(places, day + 1) >= runs:
                high = day
            else:
                low = day + 1
        return low

    def dates_by_probability(self, item: int, dates: Sequence[date]) -> dict[float, date | None]:
        """Return the date by which an item is finished, by probability; None if it is after the last date or unknown.

        Args:
            dates: The dates of the working days.
        """
        days = {probability: self.day(item, probability) for probability in PROBABILITIES}
        return {probability: dates[day] if day < len(dates) else None for probability, day in days.items()}

    def _count_runs(self, places: Places, working_days: int) -> int:
        """Return the number of runs in which all positions are reached within a number of working days."""
        if not places or working_days <= 0:
            return 0
        if len(places) == 1:
            team, position = places[0]
            return self._simulations[team].count_runs(position, working_days)
        (team, position), *others = places
        is_reached = self._simulations[team].finished_by(working_days) >= position
        for team, position in others:
            is_reached &= self._simulations[team].finished_by(working_days) >= position
        return int(is_reached.sum())


def _merge(places_of_items: Sequence[Places]) -> Places:
    """Return the largest position for each team; empty if the places of one item are empty."""
    if not all(places_of_items):
        return ()
    positions: dict[str, int] = {}
    for places in places_of_items:
        for team, position in places:
            positions[team] = max(position, positions.get(team, 0))
    return tuple(sorted(positions.items()))


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
