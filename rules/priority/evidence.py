"""Finds evidence, other than dependencies, that one item should come before another one.

Each kind of evidence compares the items of a cohort: items that a team would compare, such as those of one type in one
tracker. Only differences that are larger than the noise in the data count. The evidence does not depend on the current
order of the items, so items in the order that it suggests are not moved again.

Items are the nodes of a graph, and their indexes are the numbers of the nodes. Evidence is an edge: its first node
should come before its second one. A virtual node is not an item; it connects many items to many others with few edges.

Most kinds of evidence only compare waiting items, which are neither in a sprint nor started. In the functions below,
`levels` maps their indexes to the levels of their priorities (1 is the most urgent), and `nodes` yields numbers for
virtual nodes.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from itertools import count
from math import sqrt

from rules.flow.sizes import parse_size
from rules.priority.levels import HIGH_LEVEL, priority_level
from rules.priority.ranked_item import RankedItem

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
_Candidate = tuple[float, float, int, bool]
"""An item in a comparison: the high and the low end of its range, its node, and whether it can come before others.

It should come before all whose high end is below its low end.
"""
_Candidates = Iterator[tuple[Hashable, _Candidate]]
"""Candidates, each with its cohort: only candidates with equal cohorts are compared."""


def find_evidence(items: Sequence[RankedItem], dependencies: Iterable[tuple[int, int]], today: date) -> Iterator[Edge]:
    """Find all evidence other than dependencies, as edges between nodes.

    Args:
        items: Open items of one or more trackers.
        dependencies: Pairs of indexes: a blocker, and an item that it blocks.
    """
    nodes = count(len(items))
    yield from _compare_parents(items, dependencies, nodes)
    yield from _compare(_score_candidates(items), ReasonKind.SCORE, nodes)
    levels = {number: priority_level(item.priority) for number, item in enumerate(items) if item.is_waiting}
    yield from _compare(_priority_candidates(items, levels), ReasonKind.UNTOUCHED, nodes)
    yield from _compare(_vote_candidates(items, levels), ReasonKind.REQUESTED, nodes)
    yield from _compare(_customer_candidates(items, levels), ReasonKind.CUSTOMERS, nodes)
    yield from _compare(_size_candidates(items, levels), ReasonKind.SMALL, nodes)
    yield from _compare(_deadline_candidates(items, levels, today), ReasonKind.DUE, nodes)


def _compare(candidates: _Candidates, kind: ReasonKind, nodes: Iterator[int]) -> Iterator[Edge]:
    """Compare the candidates of each cohort."""
    cohorts: dict[Hashable, list[_Candidate]] = defaultdict(list)
    for cohort, candidate in candidates:
        cohorts[cohort].append(candidate)
    for cohort_candidates in cohorts.values():
        yield from _compare_ranges(cohort_candidates, kind, nodes)


def _compare_ranges(candidates: Sequence[_Candidate], kind: ReasonKind, nodes: Iterator[int]) -> Iterator[Edge]:
    """Yield edges from each candidate that can come before others to all whose high end is below its low end.

    The virtual nodes form a chain: each leads to the one before it, and so to all candidates of that one, and to a few
    more. So the number of edges grows only with the number of candidates.
    """
    leaders = sorted((low, node) for _, low, node, can_lead in candidates if can_lead)
    followers = deque(sorted(candidates))
    last_virtual_node: int | None = None
    for low, leader in leaders:
        if followers and followers[0][0] < low:
            virtual_node = next(nodes)
            if last_virtual_node is not None:
                yield virtual_node, last_virtual_node, kind
            last_virtual_node = virtual_node
            while followers and followers[0][0] < low:
                yield virtual_node, followers.popleft()[2], kind
        if last_virtual_node is not None:
            yield leader, last_virtual_node, kind


def _compare_parents(
    items: Sequence[RankedItem], dependencies: Iterable[tuple[int, int]], nodes: Iterator[int]
) -> Iterator[Edge]:
    """Compare by parents: if a feature blocks another one, its children come before the children of the other one.

    All of them are joined by one virtual node if they have the same tracker and level. Otherwise their ranks cannot be
    compared, so each pair gets an edge of its own, and `rules.priority.order` compares their sprints.
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


def _score_candidates(items: Sequence[RankedItem]) -> _Candidates:
    """Yield WSJF scores, to be compared among items of the same type. Scores whose ranges overlap are equal."""
    for number, item in enumerate(items):
        if item.score_range is not None:
            low, high = item.score_range.low, item.score_range.high
            yield (item.tracker, item.level, item.kind), (high, low, number, True)


def _priority_candidates(items: Sequence[RankedItem], levels: Mapping[int, int | None]) -> _Candidates:
    """Yield priorities, to be compared among the items of one tracker.

    Only untouched items with a high priority that somebody chose come before others. If many items of a tracker have a
    high priority, its priorities are not compared.
    """
    counts = Counter(items[number].tracker for number in levels)
    high_counts = Counter(items[number].tracker for number, level in levels.items() if level and level <= HIGH_LEVEL)
    for number, level in levels.items():
        item = items[number]
        if level is not None and high_counts[item.tracker] <= MAX_HIGH_SHARE * counts[item.tracker]:
            yield item.tracker, (-level, -level, number, item.untouched_since is not None)


def _vote_candidates(items: Sequence[RankedItem], levels: Mapping[int, int | None]) -> _Candidates:
    """Yield the numbers of votes, to be compared among items with the same parent, type and priority."""
    for number, level in levels.items():
        item = items[number]
        if item.votes is not None:
            yield (item.tracker, item.parent, item.kind, level), _count_candidate(item.votes, number)


def _count_candidate(count: int, number: int) -> _Candidate:
    """Make a candidate that is compared by a count, such as of votes.

    Square roots of counts are compared, because the standard deviation of the square root of a random (Poisson) count
    is about one half whatever the count. The range is two standard deviations in each direction.
    """
    return sqrt(count) + 1, sqrt(count) - 1, number, count >= MIN_COUNT


def _customer_candidates(items: Sequence[RankedItem], levels: Mapping[int, int | None]) -> _Candidates:
    """Yield the numbers of customers, to be compared among items with the same type and priority."""
    for number, level in levels.items():
        item = items[number]
        yield (item.tracker, item.kind, level), _count_candidate(item.customers, number)


def _size_candidates(items: Sequence[RankedItem], levels: Mapping[int, int | None]) -> _Candidates:
    """Yield sizes, to be compared among items with the same parent, priority and value: smaller items come first."""
    for number, level in levels.items():
        item, size = items[number], parse_size(items[number].points)
        if size and item.value is not None:
            candidate = (-size, -size * _MAX_SIMILAR_SIZE_RATIO, number, True)
            yield (item.tracker, item.parent, level, item.value), candidate


def _deadline_candidates(items: Sequence[RankedItem], levels: Mapping[int, int | None], today: date) -> _Candidates:
    """Yield deadlines, to be compared among the items of one team.

    The earlier one comes first, as in the earliest-due-date rule (Jackson 1955).

    Items without a deadline are not compared, because perhaps nobody has entered it. Past deadlines are not compared,
    because they are usually out of date.
    """
    for number in levels:
        item, deadline = items[number], items[number].deadline
        if deadline is not None and deadline >= today:
            day, spread = -deadline.toordinal(), _MAX_DAYS_BETWEEN_CLOSE_DEADLINES / 2
            yield (item.tracker, item.team), (day + spread, day - spread, number, True)
