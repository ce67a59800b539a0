"""Suggests an order for every backlog: the team's own order, changed only by evidence.

The team's order is by sprint, then by rank. An item is lifted (moved up) to just above the highest item that should
come after it; no item is pushed down. A dependency takes precedence over other evidence. Dependencies that contradict
each other are reported.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain, count

from msgspec import Struct

from rules.flow.dependencies import find_dependencies
from rules.flow.planned_order import next_sprint, number_sprints, sprint_key
from rules.model import Backlog, HierarchyLevel, ItemOutline, Sprint
from rules.priority.evidence import Edge, Evidence, ReasonKind, compare_parents
from rules.priority.precedence import Graph, Lift, Place, longest_increasing_subsequence, strong_components
from rules.priority.ranked_item import RankedItem
from rules.priority.wsjf import WsjfOptions

_MAX_PASSES = 8
"""The maximum number of times that `_compute_stable_sequence` recomputes an order. A few orders never become stable."""

Group = tuple[str, HierarchyLevel]
"""The tracker and the level of items that are ordered together."""


class MoveReason(Struct, frozen=True):
    """Why an item should come before another one.

    Attributes:
        later_item: The item that should come after it.
        highest_item: Of the items that should come after it, the highest in the team's order: `later_item`, or an item
            that should come after `later_item`.
        sprint: The active or future sprint of `highest_item`; None if it has none, or if the item is in the same one.
    """

    kind: ReasonKind
    later_item: ItemOutline
    highest_item: ItemOutline
    sprint: Sprint | None


class Move(Struct, frozen=True):
    """An item that should be ranked higher.

    Attributes:
        before: Its position in the team's order among the items of its level in its tracker, from 1.
        after: Its position in the suggested order.
        reasons: The reasons, the strongest first. There is at least one.
    """

    item: ItemOutline
    before: int
    after: int
    reasons: tuple[MoveReason, ...]

    @property
    def later_items(self) -> Iterator[ItemOutline]:
        """The items that should come after it, some of them more than once."""
        return (item for reason in self.reasons for item in (reason.highest_item, reason.later_item))

    @property
    def named_items(self) -> Iterator[ItemOutline]:
        """The item, and those that should come after it: the items that a sentence about the move names."""
        return chain((self.item,), self.later_items)

    @property
    def is_restricted(self) -> bool:
        """Whether the tracker restricts one of the named items to some people."""
        return any(item.restricted for item in self.named_items)


class SuggestedOrder(Struct, frozen=True):
    """An order of the open items of some backlogs.

    Attributes:
        items: The items in the suggested order, by tracker and level, without sub-tasks.
        moves: The suggested moves, the most important first.
        cycles: Items that block each other in a cycle. None of them is moved because of these dependencies.
    """

    items: Mapping[Group, Sequence[ItemOutline]]
    moves: tuple[Move, ...]
    cycles: tuple[tuple[ItemOutline, ...], ...]


def suggest_order(
    backlogs: Iterable[Backlog],
    now: datetime,
    options: WsjfOptions | None = None,
    *,
    include_restricted: bool = True,
    only_changes_by_people: bool = False,
) -> SuggestedOrder:
    """Suggest an order for the open items of all backlogs together. Dependencies between backlogs count.

    Args:
        include_restricted: Whether to include items that only some people may see.
        only_changes_by_people: See `Evidence`.
    """
    ordering = _Ordering(tuple(backlogs), include_restricted=include_restricted)
    evidence = Evidence(now, options or WsjfOptions(), only_changes_by_people=only_changes_by_people)
    return ordering.suggest(evidence)


class _Ordering:
    """The items of some backlogs with their places.

    Items of different groups are compared by sprint only.

    A node of the graph is the index of an item, or the number of a virtual node; see `rules.priority.precedence`.

    Attributes:
        items: The outlines of the items, without sub-tasks.
        groups: The group of each item.
        nodes: The indexes of the items. Other lists contain the same numbers, so that memory holds each only once.
        sprints: The next sprint of each item; None if it has none.
        places: The current place of each item. Items without a next sprint are in a sprint of their own after the last.
    """

    def __init__(self, backlogs: Sequence[Backlog], *, include_restricted: bool) -> None:
        self._backlogs, self._include_restricted = backlogs, include_restricted
        self.items = [outline for backlog in backlogs for outline in backlog.outlines if self._is_ordered(outline)]
        shared_groups: dict[Group, Group] = {}  # so that memory holds each group only once
        groups = ((item.tracker, item.level) for item in self.items)
        self.groups = [shared_groups.setdefault(group, group) for group in groups]
        self.nodes = list(range(len(self.items)))
        self.sprints = [next_sprint(item) for item in self.items]
        numbers = number_sprints(filter(None, self.sprints))
        self.places = [
            self._make_place(numbers[sprint_key(sprint)] if sprint else len(numbers), position)
            for position, sprint in enumerate(self.sprints)
        ]

    def _is_ordered(self, outline: ItemOutline) -> bool:
        """Whether an item is part of the order."""
        return outline.level is not HierarchyLevel.TASK and (self._include_restricted or not outline.restricted)

    def _make_place(self, sprint_number: int, position: int) -> Place:
        """Return the place at a position, up to the number of items, in the sprint with a number."""
        return sprint_number * (len(self.items) + 1) + position

    def _get_sprint_number(self, place: Place) -> int:
        """Return the number of the sprint of a place."""
        return place // (len(self.items) + 1)

    def _read_items(self) -> Iterator[RankedItem]:
        """Yield the items. They are not kept, because there may be many."""
        for backlog in self._backlogs:
            for outline, item in zip(backlog.outlines, backlog.read_parts(RankedItem), strict=True):
                if self._is_ordered(outline):
                    yield item

    def suggest(self, evidence: Evidence) -> SuggestedOrder:
        """Break all cycles, and lift items by dependencies and other evidence.

        All dependencies in a cycle of dependencies are dropped. In other cycles, only the other evidence is dropped.
        """
        dependencies = tuple(find_dependencies(self.items))
        graph = Graph()
        graph.add((before, after, ReasonKind.BLOCKS) for before, after in dependencies)
        component = strong_components(graph.after)
        cycles = self._find_cycles(component)
        if cycles:
            graph = graph.without_cycles(component, may_drop=lambda _node, _kind: True)
        graph.add(self._find_evidence(dependencies, evidence))
        component = strong_components(graph.after)
        if len(set(component.values())) < len(component):
            graph = graph.without_cycles(component, may_drop=self._may_drop)
            component = strong_components(graph.after)
        lift = Lift(graph.after, component, self.places, self._place_before)
        sequence = self._compute_stable_sequence(graph, component, lift)
        ordered: dict[Group, list[ItemOutline]] = {group: [] for group in self.groups}
        for node in sequence:
            ordered[self.groups[node]].append(self.items[node])
        return SuggestedOrder(ordered, tuple(self._find_moves(graph, lift, sequence)), cycles)

    def _find_evidence(self, dependencies: Iterable[tuple[int, int]], evidence: Evidence) -> Iterator[Edge]:
        """Find all evidence other than dependencies, as edges between nodes. `evidence` has no items yet."""
        for node, item, sprint in zip(self.nodes, self._read_items(), self.sprints, strict=True):
            evidence.add(node, item, is_planned=sprint is not None)
        nodes = count(len(self.items))
        yield from compare_parents(self.items, dependencies, nodes)
        yield from evidence.find_edges(nodes)

    def _compute_stable_sequence(self, graph: Graph, component: Mapping[int, int], lift: Lift) -> list[int]:
        """Return the indexes of the items in an order that would not change again if the team followed it.

        A team that follows it changes ranks, but not sprints. So if an item is lifted to a place in another sprint, the
        order is computed again from the suggested ranks and the current sprints.
        """
        places, sequence = self.places, self._sort_by_lifted_place(lift, self.places)
        sprint_numbers = list(map(self._get_sprint_number, places))
        for _ in range(_MAX_PASSES):
            if all(self._get_sprint_number(lift.places[node]) == number for node, number in enumerate(sprint_numbers)):
                break
            places = [0] * len(places)
            for rank, node in enumerate(sequence):
                places[node] = self._make_place(sprint_numbers[node], rank)
            lift = Lift(graph.after, component, places, self._place_before)
            previous_sequence, sequence = sequence, self._sort_by_lifted_place(lift, places)
            if sequence == previous_sequence:
                break
        return sequence

    def _sort_by_lifted_place(self, lift: Lift, places: Sequence[Place]) -> list[int]:
        """Return the indexes of the items, sorted by the place to which they are lifted.

        Several items can be lifted to the same place. The one with the longest path to the target comes first.
        """
        sequence = sorted(self.nodes, key=places.__getitem__)
        sequence.sort(key=lambda node: -lift.depths.get(node, 0))
        sequence.sort(key=lift.places.__getitem__)
        return sequence

    def _may_drop(self, node: int, kind: str) -> bool:
        """Whether an edge may be dropped to break a cycle: any edge from an item, except dependencies.

        Edges from virtual nodes are kept, because every cycle has an edge from an item that may be dropped.
        """
        return kind is not ReasonKind.BLOCKS and node < len(self.items)

    def _place_before(self, node: int, after: int, place: Place) -> Place:
        """Return the place to which a node is lifted to come before another node, `after`, which is at `place`.

        For an item of another group, the end of the same sprint is enough.
        """
        size = len(self.items)
        if node >= size or after >= size or self.groups[node] == self.groups[after]:
            return place
        return self._make_place(self._get_sprint_number(place), size)

    def _find_cycles(self, component: Mapping[int, int]) -> tuple[tuple[ItemOutline, ...], ...]:
        """Return the cycles of items that block each other, each in the team's order.

        Args:
            component: The number of each item's strongly connected component in the graph of dependencies.
        """
        members: dict[int, list[int]] = defaultdict(list)
        for node, number in component.items():
            members[number].append(node)
        return tuple(
            tuple(self.items[node] for node in sorted(nodes, key=self.places.__getitem__))
            for nodes in sorted(members.values(), key=min)
            if len(nodes) > 1
        )

    def _find_moves(self, graph: Graph, lift: Lift, sequence: Sequence[int]) -> list[Move]:
        """Return the moves from the team's order to the suggested one, `sequence`, the most important first."""
        lifted = {node for node, place in enumerate(self.places) if lift.places[node] < place}
        if not lifted:
            return []
        current_sequence = sorted(self.nodes, key=self.places.__getitem__)
        before, after = (self._compute_positions(nodes, lifted) for nodes in (current_sequence, sequence))
        keyed_moves = [
            (self._sort_key(node, reasons, lift), Move(self.items[node], before[node], after[node], reasons))
            for node in self._find_minimal_moves(lifted, current_sequence, sequence)
            if (reasons := tuple(self._find_reasons(node, graph, lift)))
        ]
        return [move for _, move in sorted(keyed_moves, key=lambda pair: pair[0])]

    def _compute_positions(self, sequence: Iterable[int], nodes: Container[int]) -> dict[int, int]:
        """Return the positions of some items within their groups."""
        counts: dict[Group, int] = defaultdict(int)
        positions: dict[int, int] = {}
        for node in sequence:
            group = self.groups[node]
            counts[group] += 1
            if node in nodes:
                positions[node] = counts[group]
        return positions

    def _find_minimal_moves(self, lifted: set[int], current: Sequence[int], suggested: Sequence[int]) -> Iterator[int]:
        """Find the fewest lifted items that have to move so that the current order becomes the suggested one.

        Items that are not lifted keep their order, and the other items are in the gaps between them. A lifted item does
        not have to move if it stays in its gap and is in the longest run of items there whose order does not change.
        """
        gaps: dict[Group, int] = defaultdict(int)
        old_gaps: dict[int, int] = {}
        for node in current:
            group = self.groups[node]
            if node in lifted:
                old_gaps[node] = gaps[group]
            else:
                gaps[group] += 1
        gaps.clear()
        candidates: dict[tuple[Group, int], list[int]] = defaultdict(list)
        for node in suggested:
            group = self.groups[node]
            if node not in lifted:
                gaps[group] += 1
            elif old_gaps[node] == gaps[group]:
                candidates[group, gaps[group]].append(node)
            else:
                yield node
        for nodes in candidates.values():
            unmoved = longest_increasing_subsequence([self.places[node] for node in nodes])
            yield from (node for index, node in enumerate(nodes) if index not in unmoved)

    def _find_reasons(self, node: int, graph: Graph, lift: Lift) -> Iterator[MoveReason]:
        """Yield the evidence for moving an item, the strongest first, one of each kind."""
        strongest: dict[str, tuple[Place, int]] = {}
        for after, kind in graph.edges(node):
            place = self._place_before(node, after, lift.places[after])
            if place < strongest.get(kind, (self.places[node], node))[0]:
                strongest[kind] = place, after
        for kind, (_, after) in sorted(strongest.items(), key=lambda entry: (entry[1][0], entry[0])):
            highest = lift.targets.get(after, after)
            later = after if after < len(self.items) else lift.next_items[after]
            sprint_number, highest_number = (self._get_sprint_number(self.places[item]) for item in (node, highest))
            sprint = self.sprints[highest] if sprint_number != highest_number else None
            yield MoveReason(ReasonKind(kind), self.items[later], self.items[highest], sprint)

    def _sort_key(self, node: int, reasons: Sequence[MoveReason], lift: Lift) -> tuple[object, ...]:
        """Return the sort key of a move: dependencies first, then items not in progress, then by suggested place."""
        is_blocker = any(reason.kind is ReasonKind.BLOCKS for reason in reasons)
        return not is_blocker, self.items[node].has_begun, lift.places[node], self.places[node]
