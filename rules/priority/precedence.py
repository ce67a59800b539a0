"""A graph of the order in which items should come: its cycles, and the place to which each item has to be lifted.

Nodes are numbers: the indexes of items, and larger numbers for virtual nodes, which connect many items to many others
with few edges.
"""

import sys
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import count, repeat

Edges = Mapping[int, Sequence[int]]
"""By node: the nodes that should come after it."""


Place = int
"""A place in the order. Items are sorted by place; smaller places are higher."""
_BELOW_ALL: Place = sys.maxsize
"""The place of a virtual node that is not lifted: below all items."""


def strong_components(edges: Edges) -> dict[int, int]:  # noqa: C901 - one algorithm
    """Return the number of the strongly connected component of every node at which an edge begins.

    If an edge leads from one component to another, the second one has the smaller number.

    This is Tarjan's algorithm (SIAM Journal on Computing 1 (1972) 146-160), without recursion.
    """
    numbers: dict[int, int] = {}
    lowest: dict[int, int] = {}
    component: dict[int, int] = {}
    stack: list[int] = []
    components = count()
    for root in edges:
        if root in numbers:
            continue
        numbers[root] = lowest[root] = len(numbers)
        stack.append(root)
        path: list[tuple[int, Iterator[int]]] = [(root, iter(edges[root]))]
        while path:
            node, remaining = path[-1]
            low = lowest[node]
            for after in remaining:
                if after in numbers:
                    if after not in component and numbers[after] < low:
                        low = numbers[after]
                elif after in edges:
                    lowest[node] = low
                    numbers[after] = lowest[after] = len(numbers)
                    stack.append(after)
                    path.append((after, iter(edges[after])))
                    break
            else:
                lowest[node] = low
                path.pop()
                if path and low < lowest[path[-1][0]]:
                    lowest[path[-1][0]] = low
                if low == numbers[node]:
                    number = next(components)
                    while True:
                        member = stack.pop()
                        component[member] = number
                        if member == node:
                            break
    return component


class Graph:
    """A directed graph. An edge leads from a node to one that should come after it, with the reason as its label.

    Attributes:
        after: By node: the nodes that should come after it.
        labels: By node: the labels of the edges to the nodes in `after`.
    """

    def __init__(self) -> None:
        self.after: dict[int, list[int]] = {}
        self.labels: dict[int, list[str]] = {}

    def add(self, edges: Iterable[tuple[int, int, str]]) -> None:
        """Add edges, each with its start, its end and its label."""
        successors, labels = self.after, self.labels
        for before, after, label in edges:
            if before in successors:
                successors[before].append(after)
                labels[before].append(label)
            else:
                successors[before], labels[before] = [after], [label]

    def edges(self, node: int) -> Iterator[tuple[int, str]]:
        """Return the ends and labels of the edges that begin at a node."""
        return zip(self.after.get(node, ()), self.labels.get(node, ()), strict=True)

    def without_cycles(self, component: Mapping[int, int], may_drop: Callable[[int, str], bool]) -> "Graph":
        """Return the graph without the edges inside a strongly connected component that may be dropped.

        All cycles are inside such components. Those without an edge that may be dropped remain.

        Args:
            component: The number of every node's component, as `strong_components` returns it.
            may_drop: Whether an edge with this start and label may be dropped.
        """
        remaining = Graph()
        sizes = Counter(component.values())
        for node, ends in self.after.items():
            own_component = component[node]
            if sizes[own_component] == 1:
                remaining.after[node], remaining.labels[node] = ends, self.labels[node]
                continue
            remaining.add(
                (node, after, label)
                for after, label in self.edges(node)
                if component.get(after) != own_component or not may_drop(node, label)
            )
        return remaining


class Lift:
    """The places to which nodes are lifted, so that no node is below one that should come after it.

    Args:
        edges: They must have no cycles. At least one begins at every virtual node.
        component: The number of the strongly connected component of every node at which an edge begins, as
            `strong_components` returns it. In the order of these numbers, each node is computed after all nodes that
            should come after it.
        places: The current place of every item. Nodes without a place are virtual.
        place_before: Returns the place that a node needs to come before another node at a place.

    Attributes:
        places: By node: the smallest of its own place and the places that `place_before` returns for it.
        targets: By node of `component`: the node that determines its place; the node itself if it is not lifted.
        next_items: By lifted node: the first node on the path to its target that is an item, not virtual.
        depths: By node of `component`: the length of the longest path to its target.
    """

    def __init__(
        self,
        edges: Edges,
        component: Mapping[int, int],
        places: Sequence[Place],
        place_before: Callable[[int, int, Place], Place],
    ) -> None:
        node_count = max(component, default=-1) + 1
        self.places = [*places, *repeat(_BELOW_ALL, node_count - len(places))]
        self.targets: dict[int, int] = {}
        self.next_items: dict[int, int] = {}
        self.depths: dict[int, int] = {}
        depths = self.depths
        for node in sorted(component, key=component.__getitem__):
            place, depth, next_node = self.places[node], 0, -1
            for after in edges[node]:
                needed_place = place_before(node, after, self.places[after])
                if needed_place < place:
                    place, depth, next_node = needed_place, depths.get(after, 0) + 1, after
                elif needed_place == place and next_node >= 0:
                    depth = max(depth, depths.get(after, 0) + 1)
            self.places[node], depths[node] = place, depth
            self.targets[node] = self.targets.get(next_node, next_node) if next_node >= 0 else node
            if next_node >= 0:
                self.next_items[node] = next_node if next_node < len(places) else self.next_items[next_node]


def longest_increasing_subsequence(places: Sequence[Place]) -> set[int]:
    """Return the indexes of a longest strictly increasing subsequence (Schensted 1961, by patience sorting)."""
    # By length minus one: the smallest place that ends a subsequence of this length so far, and its index.
    end_places: list[Place] = []
    end_indexes: list[int] = []
    # By index: the index of the place before this one in the longest subsequence that it ends; -1 if there is none.
    previous: list[int] = []
    for index, place in enumerate(places):
        length_before = bisect_left(end_places, place)
        previous.append(end_indexes[length_before - 1] if length_before else -1)
        end_places[length_before : length_before + 1] = [place]
        end_indexes[length_before : length_before + 1] = [index]
    subsequence: set[int] = set()
    index = end_indexes[-1] if end_indexes else -1
    while index >= 0:
        subsequence.add(index)
        index = previous[index]
    return subsequence
