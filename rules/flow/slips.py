"""Computes which items "slip" (are finished later, or less likely to be finished in time) if the plan changes.

The plans before and after the change are simulated with the same random draws, so that every difference comes from the
change. An item is safe if it is finished in time with a probability of at least 85 %.

Items are identified by their index in `Outlook.items`. A forecast looks about two years ahead; later dates are beyond
the horizon.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property

from msgspec import Struct

from rules.flow.dependencies import find_dependencies
from rules.flow.finish_days import FinishDays
from rules.flow.forecast import RUNS, Simulation, count_working_days, working_dates
from rules.flow.planned_order import next_sprint, planned_order
from rules.flow.throughput import NO_DAYS_OFF, Throughput, WorkingDays, measure_throughputs
from rules.model import Backlog, HierarchyLevel, Release, WorkItem, first_deadline

SAFE_PROBABILITY = 0.85
"""The minimum probability at which an item counts as safe."""
_MAX_SWAP_CANDIDATES = 5
"""The maximum number of items that `find_swap` tries. Each one takes a simulation of the whole plan."""
NEW_WORK = -1
"""Used in a plan instead of the index of an item, for work that is not an item yet, such as an urgent request."""


class Change(Struct, frozen=True):
    """A change to one team's plan.

    Attributes:
        moves: Indexes of items that are moved, in their new order; `NEW_WORK` for work that is not an item yet.
        position: The new position in the plan of the first moved item, from 1.
        drops: Indexes of items that are dropped from the plan.
    """

    moves: tuple[int, ...] = ()
    position: int = 1
    drops: frozenset[int] = frozenset()

    def apply(self, order: Sequence[int]) -> list[int]:
        """Return the order of work after the change."""
        others = [item for item in order if item not in self.drops and item not in self.moves]
        start = max(min(self.position - 1, len(others)), 0)
        return [*others[:start], *self.moves, *others[start:]]


class Slip(Struct, frozen=True):
    """The effect of a change on one item.

    Attributes:
        item: Its index.
        due: The day that the probabilities refer to: its deadline in `Slips.broken_deadlines`, elsewhere the end of its
            sprint, or `Outlook.until` if it has none.
        before, after: The probability that it is finished by then, at most 95 %.
        date_before, date_after: The date by which it is finished with a probability of 85 %; None if that is beyond the
            horizon.
        days_later: The number of working days between these dates; 0 if one of them is unknown.
    """

    item: int
    due: date
    before: float
    after: float
    date_before: date | None
    date_after: date | None
    days_later: int

    @property
    def becomes_unsafe(self) -> bool:
        """Whether it is safe before the change and not after it."""
        return self.before >= SAFE_PROBABILITY > self.after


class Slips(Struct, frozen=True):
    """The effect of a change on a plan.

    Attributes:
        changed: All items whose probability or date changes, including moved ones, in the order before the change.
        broken_dependencies: Pairs of a blocker and an item that now comes before it, or whose blocker is dropped.
        broken_deadlines: The items that safely meet their deadline before the change and not after it; `due` is
            the deadline.
    """

    changed: tuple[Slip, ...]
    broken_dependencies: tuple[tuple[int, int], ...]
    broken_deadlines: tuple[Slip, ...]

    @property
    def no_longer_safe(self) -> tuple[Slip, ...]:
        """The items that are safe before the change and not after it."""
        return tuple(slip for slip in self.changed if slip.becomes_unsafe)


def end_of_plan(backlogs: Sequence[Backlog], now: datetime) -> date:
    """Return the end of the last planned sprint; four weeks from now if no sprint has an end date."""
    ends = [
        sprint.end.date()
        for backlog in backlogs
        for item in backlog.outlines
        if (sprint := next_sprint(item)) is not None and sprint.end is not None and sprint.end > now
    ]
    return max(ends, default=now.date() + timedelta(weeks=4))


class _Dates(Struct, frozen=True, gc=False):
    """The attributes of an item that determine its deadline. They are those of `WorkItem`."""

    due: date | None = None
    releases: tuple[Release, ...] = ()


class Outlook:
    """The plans of all teams, and their forecasts.

    Attributes:
        items: The outlines of the open items of all teams, without epics, features and sub-tasks.
        orders: By team: the indexes of its items in the order of work.
        throughputs: By team: the number of items that it finished, or why there is no forecast.
        simulations: By team with a forecast: the simulated runs of its future.
        dependencies: Pairs of a blocker and an item that it blocks.
        dates: The working days from today.
        until: The due date of items without a sprint.
    """

    def __init__(
        self,
        backlogs: Sequence[Backlog],
        now: datetime,
        until: date,
        calendar: WorkingDays = NO_DAYS_OFF,
        *,
        runs: int = RUNS,
    ) -> None:
        self.until = until
        self.today = now.date()
        self.items = [
            item for backlog in backlogs for item in backlog.outlines if item.level is HierarchyLevel.REQUIREMENT
        ]
        self._backlogs = {backlog.tracker: backlog for backlog in backlogs}
        self.orders: dict[str, list[int]] = {}
        for index in planned_order([next_sprint(item) for item in self.items]):
            self.orders.setdefault(self.items[index].team, []).append(index)
        finished = (item for backlog in backlogs for item in backlog.finished)
        self.throughputs = measure_throughputs(finished, self.orders, now, calendar)
        self.simulations = {
            team: Simulation(throughput, team, runs=runs)
            for team, throughput in self.throughputs.items()
            if isinstance(throughput, Throughput)
        }
        self.dates = working_dates(now.date(), calendar)
        self.dependencies = tuple(find_dependencies(self.items))

    def read_item(self, index: int) -> WorkItem:
        """Return an item with all attributes except texts, given its index."""
        outline = self.items[index]
        return self._backlogs[outline.tracker].items[outline.index]

    @cached_property
    def _deadlines(self) -> Mapping[int, date]:
        """The deadlines of the items that have one, by index."""
        dates_of_items = (
            dates
            for backlog in self._backlogs.values()
            for outline, dates in zip(backlog.outlines, backlog.read_parts(_Dates), strict=True)
            if outline.level is HierarchyLevel.REQUIREMENT
        )
        return {
            index: deadline
            for index, dates in enumerate(dates_of_items)
            if (deadline := first_deadline(dates.due, dates.releases)) is not None
        }

    def _finish_days(self, orders: Mapping[str, Sequence[int]]) -> FinishDays:
        """Return the working day on which each item is finished, if the teams work in these orders."""
        planned = {item for order in orders.values() for item in order}
        blockers: dict[int, list[int]] = {}
        for blocker, blocked in self.dependencies:
            if blocker in planned:
                blockers.setdefault(blocked, []).append(blocker)
        return FinishDays(orders, self.simulations, blockers)

    @cached_property
    def planned_days(self) -> FinishDays:
        """The working day on which each item is finished, if the plan does not change."""
        return self._finish_days(self.orders)

    def due_date(self, item: int) -> date:
        """Return the date by which an item is expected: the end of its sprint, else `until`."""
        sprint = next_sprint(self.items[item])
        return sprint.end.date() if sprint is not None and sprint.end is not None else self.until

    def _get_date(self, day: int) -> date | None:
        """Return the date of a working day, counted from today; None if it is beyond the horizon."""
        return self.dates[day] if day < len(self.dates) else None

    def compare(self, team: str, *changes: Change) -> Slips:
        """Compare the plans before and after some changes to one team's plan, which are made in this order.

        Args:
            team: The team whose plan is changed. There must be a forecast for it.
        """
        order, drops = self.orders[team], frozenset[int]()
        for change in changes:
            order, drops = change.apply(order), drops | change.drops
        before, after = self.planned_days, self._finish_days({**self.orders, team: order})
        # If the positions that determine the day of an item stay the same, so does the day in every run.
        changed_items = [
            item
            for name, planned in self.orders.items()
            if name in self.simulations
            for item in planned
            if item not in drops and before.required_positions(item) != after.required_positions(item)
        ]
        slips = (self._make_slip(item, self.due_date(item), before, after) for item in changed_items)
        deadlines = (
            self._make_slip(item, deadline, before, after)
            for item in changed_items
            if (deadline := self._deadlines.get(item))
        )
        return Slips(
            tuple(slip for slip in slips if (slip.before, slip.date_before) != (slip.after, slip.date_after)),
            self._find_broken_dependencies(team, order, drops),
            tuple(slip for slip in deadlines if slip.becomes_unsafe),
        )

    def _make_slip(self, item: int, due: date, before: FinishDays, after: FinishDays) -> Slip:
        """Return the effect on an item, with a due date."""
        limit = count_working_days(self.dates, due)
        day_before, day_after = before.day(item, SAFE_PROBABILITY), after.day(item, SAFE_PROBABILITY)
        are_known = max(day_before, day_after) < len(self.dates)
        return Slip(
            item,
            due,
            before.probability(item, limit),
            after.probability(item, limit),
            self._get_date(day_before),
            self._get_date(day_after),
            days_later=day_after - day_before if are_known else 0,
        )

    def find_swap(self, team: str, item: int, new_position: int, slips: Slips) -> int | None:
        """Find the best item of a team to postpone when another one, `item`, is moved up, so that fewer become unsafe.

        Only items that are safe, not started, and block nothing are tried. Postponing the best one makes the fewest
        other items unsafe; None if none makes fewer unsafe than moving `item` alone does.

        Args:
            new_position: The position of `item` in the plan after the move, from 1.
            slips: The effect of moving it up, which must make some items unsafe.
        """
        order = self.orders[team]
        position = order.index(item)
        blocking = {blocker for blocker, _ in self.dependencies}
        safe = {slip.item for slip in slips.changed if slip.before >= SAFE_PROBABILITY}
        candidates = [
            candidate
            for candidate in reversed(order[max(new_position - 1, 0) : position])
            if candidate in safe and candidate not in blocking and not self.items[candidate].has_begun
        ]
        best, fewest_unsafe = None, len(slips.no_longer_safe)
        for candidate in candidates[:_MAX_SWAP_CANDIDATES]:
            swapped = self.compare(team, Change((item,), new_position), Change((candidate,), position + 1))
            others_unsafe = sum(1 for slip in swapped.no_longer_safe if slip.item != candidate)
            if others_unsafe < fewest_unsafe:
                best, fewest_unsafe = candidate, others_unsafe
            if not others_unsafe:
                break
        return best

    def _find_broken_dependencies(
        self, team: str, order: Sequence[int], drops: frozenset[int]
    ) -> tuple[tuple[int, int], ...]:
        """Return the dependencies that only the order before the change respects, or whose blocker is dropped."""
        linked = {item for dependency in self.dependencies for item in dependency}
        before = {item: position for position, item in enumerate(self.orders[team]) if item in linked}
        after = {item: position for position, item in enumerate(order) if item in linked}

        def is_broken(blocker: int, blocked: int) -> bool:
            if blocker in drops:
                return blocked not in drops
            is_planned = blocker in after and blocked in after
            return is_planned and before[blocker] < before[blocked] and after[blocker] > after[blocked]

        return tuple(dependency for dependency in self.dependencies if is_broken(*dependency))
