"""What slips when the plan changes: the same possible futures, worked off before and after.

Both plans share their luck, draw by draw, so that a difference comes from the change and never from chance, and a
change of nothing is a difference of nothing.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from rules.flow.dependencies import find_dependencies
from rules.flow.forecast import MOST_CERTAIN, RUNS, Simulation, count_working_days, finish_days, working_dates
from rules.flow.planned_order import next_sprint, planned_order
from rules.flow.throughput import NoForecast, Throughput, WorkingDays, measure_throughput
from rules.model import Backlog, HierarchyLevel, StatusCategory

if TYPE_CHECKING:
    from numpy.typing import NDArray

LINE = 0.85
"""The probability from which an item counts as safe."""
_SWAPS_TRIED = 5
NEW_WORK = -1
"""Stands for work that is no item yet."""


class Change(Struct, frozen=True):
    """A change of one team's plan.

    Attributes:
        moves: Indexes of items that are put in a row at `to`; `NEW_WORK` for work that is no item yet.
        to: The number of the first of them in the plan, from 1.
        drops: Indexes of items that are not done.
    """

    moves: tuple[int, ...] = ()
    to: int = 1
    drops: frozenset[int] = frozenset()

    def apply(self, order: Sequence[int]) -> list[int]:
        """The order of work after the change."""
        kept = [item for item in order if item not in self.drops and item not in self.moves]
        place = max(min(self.to - 1, len(kept)), 0)
        return [*kept[:place], *self.moves, *kept[place:]]


class Slip(Struct, frozen=True):
    """What a change does to one item.

    Attributes:
        item: Its index.
        due: The day for which the probabilities are: the end of its sprint, or of the period looked at.
        before, after: The probability that it is finished by then, at most 95 %.
        date_before, date_after: When it is finished with 85 %; None beyond what is simulated.
        days_later: Working days between these; 0 where one is not known.
    """

    item: int
    due: date
    before: float
    after: float
    date_before: date | None
    date_after: date | None
    days_later: int

    @property
    def leaves_line(self) -> bool:
        """Whether it was safe and is not any more."""
        return self.before >= LINE > self.after


class Slips(Struct, frozen=True):
    """What a change does to a plan.

    Attributes:
        changed: Every item whose probability or date changes, in the order of work before; those moved included.
        broken: Pairs of a blocker and what then stands above it, or goes on while the blocker is dropped.
    """

    changed: tuple[Slip, ...]
    broken: tuple[tuple[int, int], ...]

    @property
    def leaving(self) -> tuple[Slip, ...]:
        """Items that were safe and are not any more."""
        return tuple(slip for slip in self.changed if slip.leaves_line)


def end_of_plan(backlogs: Sequence[Backlog], now: datetime) -> date:
    """The end of the last planned sprint; four weeks from now where none has one."""
    ends = [
        sprint.end.date()
        for backlog in backlogs
        for item in backlog.items
        if (sprint := next_sprint(item)) is not None and sprint.end is not None and sprint.end > now
    ]
    return max(ends, default=now.date() + timedelta(weeks=4))


class Outlook:
    """The plans of all teams, and what may become of them.

    Attributes:
        items: The open items that teams pull, of all teams.
        orders: By team: the indexes of its items in the order of work.
        throughputs: By team: what it finished, or why that is too little.
        dates: The working days from today on.
        today, until: The present day, and the day by which items without a sprint are looked at.
    """

    def __init__(
        self,
        backlogs: Sequence[Backlog],
        now: datetime,
        until: date,
        calendar: WorkingDays | None = None,
        *,
        runs: int = RUNS,
    ) -> None:
        """Look ahead from now on.

        Args:
            backlogs: The backlogs of all teams.
            now: The present time.
            until: The day by which items without a sprint are looked at.
            calendar: The days on which teams work; Monday to Friday if None.
            runs: How many futures.
        """
        days = calendar or WorkingDays()
        self.until = until
        self.today = now.date()
        self.items = [
            item for backlog in backlogs for item in backlog.items if item.level is HierarchyLevel.REQUIREMENT
        ]
        self.orders: dict[str, list[int]] = {}
        for index in planned_order(self.items):
            self.orders.setdefault(self.items[index].team, []).append(index)
        finished = [item for backlog in backlogs for item in backlog.finished]
        self.throughputs: dict[str, Throughput | NoForecast] = {
            team: measure_throughput((item for item in finished if item.team == team), now, days)
            for team in self.orders
        }
        self.simulations = {
            team: Simulation(known, team, runs=runs)
            for team, known in self.throughputs.items()
            if isinstance(known, Throughput)
        }
        self.dates = working_dates(now.date(), days)
        self.dependencies = tuple(find_dependencies(self.items))
        self.blockers: dict[int, list[int]] = {}
        for blocker, blocked in self.dependencies:
            self.blockers.setdefault(blocked, []).append(blocker)

    def finish_days(self, orders: Mapping[str, Sequence[int]]) -> "NDArray[Any]":
        """By item and run: the working day on which it is finished if the teams work in some order."""
        planned = {item for order in orders.values() for item in order}
        waits = {
            blocked: [blocker for blocker in blockers if blocker in planned]
            for blocked, blockers in self.blockers.items()
        }
        return finish_days(orders, self.simulations, {item: by for item, by in waits.items() if by}, len(self.items))

    @cached_property
    def _planned_days(self) -> "NDArray[Any]":
        return self.finish_days(self.orders)

    def due(self, item: int) -> date:
        """The day by which an item is expected: the end of its sprint, or of the period looked at."""
        sprint = next_sprint(self.items[item])
        return sprint.end.date() if sprint is not None and sprint.end is not None else self.until

    def date(self, day: int) -> date | None:
        """The date of a working day from today; None beyond what is simulated."""
        return self.dates[day] if day < len(self.dates) else None

    def compare(self, team: str, *changes: Change) -> Slips:
        """What changes of one team's plan, one after the other, do to all items.

        Args:
            team: Whose plan is changed; there must be a forecast for it.
            changes: The changes.
        """
        order, drops = self.orders[team], frozenset[int]()
        for change in changes:
            order, drops = change.apply(order), drops | change.drops
        changed = {**self.orders, team: order}
        before, after = self._planned_days, self.finish_days(changed)
        limits = [count_working_days(self.dates, self.due(item)) for item in range(len(self.items))]
        chances = [_chances(days, limits) for days in (before, after)]
        sure = [_sure_days(days) for days in (before, after)]
        forecast = [item for name, order in self.orders.items() if name in self.simulations for item in order]
        slips = [
            Slip(
                item,
                self.due(item),
                chances[0][item],
                chances[1][item],
                self.date(sure[0][item]),
                self.date(sure[1][item]),
                self._later(sure[0][item], sure[1][item]),
            )
            for item in forecast
            if item not in drops and (chances[0][item] != chances[1][item] or sure[0][item] != sure[1][item])
        ]
        return Slips(tuple(slips), tuple(self._broken(team, order, drops)))

    def find_swap(self, team: str, item: int, to: int, slips: Slips) -> int | None:
        """The item that can best wait instead: safe now, not started, and with the least that slips besides.

        Args:
            team: Whose plan is changed.
            item: The item that is lifted.
            to: Its number after that.
            slips: What lifting it does to the plan.
        """
        order = self.orders[team]
        place = order.index(item)
        blocking = {blocker for blocker, _ in self.dependencies}
        safe = {slip.item for slip in slips.changed if slip.before >= LINE}
        candidates = [
            other
            for other in reversed(order[max(to - 1, 0) : place])
            if other in safe and other not in blocking and self.items[other].category is not StatusCategory.IN_PROGRESS
        ]
        best: tuple[int, int] | None = None
        for other in candidates[:_SWAPS_TRIED]:
            swapped = self.compare(team, Change((item,), to), Change((other,), place + 1))
            besides = sum(1 for slip in swapped.leaving if slip.item != other)
            if best is None or besides < best[0]:
                best = besides, other
            if not besides:
                break
        return None if best is None or best[0] >= len(slips.leaving) > 0 else best[1]

    def _later(self, before: int, after: int) -> int:
        return after - before if max(before, after) < len(self.dates) else 0

    def _broken(self, team: str, order: Sequence[int], drops: frozenset[int]) -> list[tuple[int, int]]:
        """Dependencies that held in the order of work, and do not hold in the changed one."""
        old = {item: place for place, item in enumerate(self.orders[team])}
        new = {item: place for place, item in enumerate(order)}
        broken = []
        for blocker, blocked in self.dependencies:
            if blocker in drops:
                if blocked not in drops:
                    broken.append((blocker, blocked))
            elif blocker in new and blocked in new and old[blocker] < old[blocked] and new[blocker] > new[blocked]:
                broken.append((blocker, blocked))
        return broken


def _chances(days: "NDArray[Any]", limits: Sequence[int]) -> list[float]:
    """By item: the share of runs in which it is finished within so many working days, at most `MOST_CERTAIN`."""
    import numpy as np  # noqa: PLC0415

    shares = (days < np.asarray(limits)[:, None]).mean(axis=1) if len(limits) else np.zeros(0)
    return [min(float(share), MOST_CERTAIN) for share in shares]


def _sure_days(days: "NDArray[Any]") -> list[int]:
    """By item: the working day by which it is finished with the probability of the line."""
    import numpy as np  # noqa: PLC0415

    place = math.ceil(LINE * days.shape[1] - 1e-9) - 1
    return [int(day) for day in np.partition(days, place, axis=1)[:, place]] if len(days) else []
