"""A graph of what should come before what: cycles in it, and how far up each item belongs.

Nodes are numbers. A node that stands for no item ("virtual") lets many nodes precede many others with few edges.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from typing import TypeVar

Label = TypeVar("Label")
Edges = Mapping[int, Sequence[tuple[int, Label]]]
"""By node: the nodes that should come after it, each with the label of the edge."""


def strong_components(edges: Edges[Label]) -> dict[int, int]:  # noqa: C901 - one algorithm
    """The strongly connected component of every node with edges; what comes after has the smaller number.

    Tarjan's algorithm (SIAM Journal on Computing 1 (1972) 146-160), without recursion.
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
        path: list[tuple[int, Iterator[tuple[int, Label]]]] = [(root, iter(edges[root]))]
        while path:
            node, remaining = path[-1]
            for after, _ in remaining:
                if after not in edges:
                    continue
                if after not in numbers:
                    numbers[after] = lowest[after] = len(numbers)
                    stack.append(after)
                    path.append((after, iter(edges[after])))
                    break
                if after not in component:
                    lowest[node] = min(lowest[node], numbers[after])
            else:
                path.pop()
                if path:
                    lowest[path[-1][0]] = min(lowest[path[-1][0]], lowest[node])
                if lowest[node] == numbers[node]:
                    number = next(components)
                    while True:
                        member = stack.pop()
                        component[member] = number
                        if member == node:
                            break
    return component


def without_cycles(
    edges: Edges[Label], component: Mapping[int, int], may_drop: Callable[[int, Label], bool]
) -> dict[int, list[tuple[int, Label]]]:
    """The edges without those inside a component that may be dropped.

    Args:
        edges: All edges.
        component: The component of every node.
        may_drop: Whether an edge with this start and label may be dropped.
    """
    kept: dict[int, list[tuple[int, Label]]] = {}
    for node, outgoing in edges.items():
        own = component[node]
        kept[node] = [
            (after, label) for after, label in outgoing if component.get(after) != own or not may_drop(node, label)
        ]
    return kept


class Lift:
    """How far up each node belongs, so that it stands no lower than anything that should come after it.

    Attributes:
        places: By node with edges: the smallest place among its own and those of all that should come after it.
        targets: By node with edges: the node whose place that is; the node itself where it stays.
        next_items: By node that does not stay: the first node on the way to its target that stands for an item.
        depths: By node with edges: the number of steps on the longest way to its target.
    """

    def __init__(
        self,
        edges: Edges[Label],
        component: Mapping[int, int],
        own_place: Callable[[int], int],
        place_before: Callable[[int, int, int], int],
        items: int,
    ) -> None:
        """Compute the lift. The edges must have no cycles.

        Args:
            edges: What should come before what.
            component: The number of every node with edges; what comes after has the smaller number.
            own_place: Where a node stands now; the smaller the higher.
            place_before: Where a node has to be to stand before another one that has the given place.
            items: The number of items; larger nodes are virtual.
        """
        self.places: dict[int, int] = {}
        self.targets: dict[int, int] = {}
        self.next_items: dict[int, int] = {}
        self.depths: dict[int, int] = {}
        places, depths = self.places, self.depths
        for node in sorted(component, key=component.__getitem__):
            place, depth, via = own_place(node), 0, -1
            for after, _ in edges[node]:
                other = place_before(node, after, places[after] if after in places else own_place(after))
                if other < place:
                    place, depth, via = other, depths.get(after, 0) + 1, after
                elif other == place and via >= 0:
                    depth = max(depth, depths.get(after, 0) + 1)
            places[node], depths[node] = place, depth
            self.targets[node] = self.targets.get(via, via) if via >= 0 else node
            if via >= 0:
                self.next_items[node] = via if via < items else self.next_items[via]


def longest_increasing_run(values: Sequence[int]) -> set[int]:
    """The indexes of a longest strictly increasing subsequence (Schensted 1961, by patience sorting)."""
    tails: list[int] = []
    ends: list[int] = []
    previous: list[int] = []
    for index, value in enumerate(values):
        pile = bisect_left(tails, value)
        previous.append(ends[pile - 1] if pile else -1)
        tails[pile : pile + 1] = [value]
        ends[pile : pile + 1] = [index]
    kept: set[int] = set()
    index = ends[-1] if ends else -1
    while index >= 0:
        kept.add(index)
        index = previous[index]
    return kept
