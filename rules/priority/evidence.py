"""Finds evidence, other than dependencies, that one item should come before another one.

Each kind of evidence compares the items of a cohort: items that a team would compare, such as those of one type in one
tracker. Only differences that are larger than the noise in the data count. The evidence does not depend on the current
order of the items, so items in the order that it suggests are not moved again.

Items are the nodes of a graph, and their indexes are the numbers of the nodes. Evidence is an edge: its first node
should come before its second one. A virtual node is not an item; it connects many items to many others with few edges.

Most kinds of evidence only compare waiting items, which are neither in a sprint nor started.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Hashable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from math import sqrt
from typing import NamedTuple

from rules.flow.sizes import parse_size
from rules.model import HierarchyLevel, ItemOutline
from rules.priority.levels import HIGH_LEVEL
from rules.priority.ranked_item import RankedItem
from rules.priority.stability import find_score_range
from rules.priority.wsjf import Score, WsjfOptions, wsjf

UNTOUCHED_AFTER = timedelta(days=60)
"""An item with a high priority that no person changed for this long counts as untouched: about four sprints."""
MAX_HIGH_SHARE = 0.2
"""The share of waiting items with a high priority above which high priorities are not evidence."""
MIN_COUNT = 5
"""The minimum number of votes or customers for them to count as evidence."""
_MAX_SIMILAR_SIZE_RATIO = 2.0
"""The ratio of two sizes above which one item counts as larger than the other."""
_MAX_DAYS_BETWEEN_CLOSE_DEADLINES = 14
"""The difference between deadlines above which it is evidence. Closer deadlines are usually in the same sprint."""


class ReasonKind(StrEnum):
    """Why an item ("it") should come before another one ("the other item")."""

    BLOCKS = "blocks"
    """The other item waits for it."""
    PARENT_BLOCKS = "parent-blocks"
    """The parent of the other item waits for its parent."""
    SCORE = "score"
    """It has a clearly higher WSJF score."""
    UNTOUCHED = "untouched"
    """It has a higher priority, and nobody has changed it for a long time."""
    REQUESTED = "requested"
    """It has clearly more votes."""
    CUSTOMERS = "customers"
    """Clearly more customers asked for it."""
    SMALL = "small"
    """It is less than half as large, with the same value."""
    DUE = "due"
    """It has a clearly earlier deadline."""


Edge = tuple[int, int, ReasonKind]
"""The node that comes first, the node that comes after it, and why. Virtual nodes have numbers above all indexes."""


class _Candidate(NamedTuple):
    """An item in a comparison. It should come before all candidates of its cohort whose high end is below its low end.

    Attributes:
        cohort: Only candidates with equal cohorts are compared.
        high, low: The ends of the range of its value.
        can_lead: Whether it can come before others.
    """

    cohort: Hashable
    high: float
    low: float
    can_lead: bool = True


class _Cohort:
    """The candidates of a cohort.

    Attributes:
        nodes: The nodes of all candidates, by the high and the low end of their ranges.
        leaders: The nodes of those that can come before others, by the low end of their ranges.
    """

    __slots__ = ("leaders", "nodes")

    def __init__(self) -> None:
        self.nodes: dict[tuple[float, float], list[int]] = {}
        self.leaders: dict[float, list[int]] = {}


class Evidence:
    """The evidence of all kinds that compare items, other than by dependencies and parents.

    It keeps the nodes and ranges of items, but not the items, because there may be many.

    Args:
        only_changes_by_people: Whether an item counts as untouched only if it is known when a person last changed it.
            Otherwise, the time of its last update counts where that is unknown.
    """

    def __init__(self, now: datetime, options: WsjfOptions, *, only_changes_by_people: bool = False) -> None:
        self._today, self._untouched_until = now.date(), now - UNTOUCHED_AFTER
        self._options, self._only_changes_by_people = options, only_changes_by_people
        self._cohorts: dict[ReasonKind, dict[Hashable, _Cohort]] = {
            kind: defaultdict(_Cohort)
            for kind in ReasonKind
            if kind not in {ReasonKind.BLOCKS, ReasonKind.PARENT_BLOCKS}
        }
        self._waiting_counts: Counter[str] = Counter()
        self._high_counts: Counter[str] = Counter()
        """By tracker: the number of waiting items, and of those among them that have a high priority."""

    def add(self, node: int, item: RankedItem, *, is_planned: bool) -> None:
        """Add an item. Items have to be added in the order of their nodes.

        Args:
            is_planned: Whether people have planned it into an active or future sprint.
        """
        if item.value is not None or item.urgency is not None or item.risk is not None:
            score = wsjf(item, self._options)
            if isinstance(score, Score):
                self._add_candidate(ReasonKind.SCORE, node, _score_candidate(item, score))
        if is_planned or item.has_begun or item.level is not HierarchyLevel.REQUIREMENT:
            return
        level = item.priority_level
        self._waiting_counts[item.tracker] += 1
        if level is not None:
            self._high_counts[item.tracker] += level <= HIGH_LEVEL
            can_lead = level <= HIGH_LEVEL and self._is_untouched(item)
            self._add_candidate(ReasonKind.UNTOUCHED, node, _Candidate(item.tracker, -level, -level, can_lead))
        if item.votes is not None:
            self._add_candidate(ReasonKind.REQUESTED, node, _vote_candidate(item, item.votes, level))
        self._add_candidate(ReasonKind.CUSTOMERS, node, _customer_candidate(item, level))
        if item.value is not None and (size := parse_size(item.points)):
            self._add_candidate(ReasonKind.SMALL, node, _size_candidate(item, size, level))
        # Items without a deadline are not compared, because perhaps nobody has entered it. Past deadlines are not
        # compared, because they are usually out of date.
        deadline = item.deadline if item.due or item.releases else None
        if deadline is not None and deadline >= self._today:
            self._add_candidate(ReasonKind.DUE, node, _deadline_candidate(item, deadline))

    def _is_untouched(self, item: RankedItem) -> bool:
        """Whether no person has changed an item for a long time, and somebody chose its priority."""
        since = item.changed_by_person if self._only_changes_by_people else item.last_change
        return since is not None and since <= self._untouched_until and item.priority_is_default is not True

    def _add_candidate(self, kind: ReasonKind, node: int, candidate: _Candidate) -> None:
        cohort = self._cohorts[kind][candidate.cohort]
        cohort.nodes.setdefault((candidate.high, candidate.low), []).append(node)
        if candidate.can_lead:
            cohort.leaders.setdefault(candidate.low, []).append(node)

    def find_edges(self, nodes: Iterator[int]) -> Iterator[Edge]:
        """Yield the evidence. If many items of a tracker have a high priority, its priorities are not compared.

        Args:
            nodes: Yields numbers for virtual nodes.
        """
        for tracker, waiting_count in self._waiting_counts.items():
            if self._high_counts[tracker] > MAX_HIGH_SHARE * waiting_count:
                self._cohorts[ReasonKind.UNTOUCHED].pop(tracker, None)
        for kind, cohorts in self._cohorts.items():
            for cohort in cohorts.values():
                yield from _compare_ranges(cohort, kind, nodes)


def _compare_ranges(cohort: _Cohort, kind: ReasonKind, nodes: Iterator[int]) -> Iterator[Edge]:
    """Yield edges from each candidate that can come before others to all whose high end is below its low end.

    The virtual nodes form a chain: each leads to the one before it, and so to all candidates of that one, and to a few
    more. So the number of edges grows only with the number of candidates.
    """
    followers = deque(sorted(cohort.nodes))
    last_virtual_node: int | None = None
    for low in sorted(cohort.leaders):
        if followers and followers[0][0] < low:
            virtual_node = next(nodes)
            if last_virtual_node is not None:
                yield virtual_node, last_virtual_node, kind
            last_virtual_node = virtual_node
            while followers and followers[0][0] < low:
                yield from ((virtual_node, node, kind) for node in cohort.nodes[followers.popleft()])
        if last_virtual_node is not None:
            yield from ((leader, last_virtual_node, kind) for leader in cohort.leaders[low])


def compare_parents(
    items: Sequence[ItemOutline], dependencies: Iterable[tuple[int, int]], nodes: Iterator[int]
) -> Iterator[Edge]:
    """Compare by parents: if a feature blocks another one, its children come before the children of the other one.

    All of them are joined by one virtual node if they have the same tracker and level. Otherwise their ranks cannot be
    compared, so each pair gets an edge of its own, and `rules.priority.order` compares their sprints.

    Args:
        items: Open items of one or more trackers.
        dependencies: Pairs of indexes: a blocker, and an item that it blocks.
        nodes: Yields numbers for virtual nodes.
    """
    children: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, item in enumerate(items):
        if item.parent:
            children[item.tracker, item.parent].append(number)
    for blocker, blocked in dependencies:
        first = children.get((items[blocker].tracker, items[blocker].key))
        later = children.get((items[blocked].tracker, items[blocked].key))
        if first and later:
            groups = {(items[child].tracker, items[child].level) for child in (*first, *later)}
            if len(groups) == 1:
                node = next(nodes)
                yield from ((child, node, ReasonKind.PARENT_BLOCKS) for child in first)
                yield from ((node, child, ReasonKind.PARENT_BLOCKS) for child in later)
            else:
                yield from ((child, later_child, ReasonKind.PARENT_BLOCKS) for child in first for later_child in later)


def _score_candidate(item: RankedItem, score: Score) -> _Candidate:
    """Compare WSJF scores among items of the same type. Scores whose ranges overlap are equal."""
    score_range = find_score_range(score)
    return _Candidate((item.tracker, item.level, item.kind), score_range.high, score_range.low)


def _vote_candidate(item: RankedItem, votes: int, level: int | None) -> _Candidate:
    """Compare the numbers of votes among items with the same parent, type and level of priority."""
    return _Candidate((item.tracker, item.parent, item.kind, level), *_count_range(votes), votes >= MIN_COUNT)


def _customer_candidate(item: RankedItem, level: int | None) -> _Candidate:
    """Compare the numbers of customers among items with the same type and level of priority."""
    count = item.customers
    return _Candidate((item.tracker, item.kind, level), *_count_range(count), count >= MIN_COUNT)


@cache
def _count_range(count: int) -> tuple[float, float]:
    """Return the ends of the range by which a count, such as of votes, is compared.

    Square roots of counts are compared, because the standard deviation of the square root of a random (Poisson) count
    is about one half whatever the count. The range is two standard deviations in each direction.
    """
    return sqrt(count) + 1, sqrt(count) - 1


def _size_candidate(item: RankedItem, size: float, level: int | None) -> _Candidate:
    """Compare sizes among items with the same parent, level of priority and value: smaller items come first."""
    return _Candidate((item.tracker, item.parent, level, item.value), -size, -size * _MAX_SIMILAR_SIZE_RATIO)


def _deadline_candidate(item: RankedItem, deadline: date) -> _Candidate:
    """Compare deadlines among the items of one team.

    The earlier one comes first, as in the earliest-due-date rule (Jackson 1955).
    """
    day, spread = -deadline.toordinal(), _MAX_DAYS_BETWEEN_CLOSE_DEADLINES / 2
    return _Candidate((item.tracker, item.team), day + spread, day - spread)
