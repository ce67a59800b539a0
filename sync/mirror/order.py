"""Compares two reads of the rank order, to find the items that were moved up or down.

Some trackers do not change the version of an item when it is moved, so the service has to find such items itself.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from operator import eq

_SHORT_RUN_LENGTH = 20
"""The maximum length of a run (see `find_reranked`) that counts as moved even if other items may have been moved past
it, because reading it again is cheap.
"""


def insert_unlisted(listed: Sequence[str], unlisted: Sequence[str], former_order: Sequence[str]) -> list[str]:
    """Return the listed items in their order, with each unlisted item directly after its former predecessor.

    Unlisted items are in scope although the tracker's list left them out, so their present position is unknown. Those
    that are not in the former order either come last.

    Args:
        listed: Ids in the present rank order.
        unlisted: Ids that are missing from it.
        former_order: Ids in the former rank order.
    """
    if not unlisted:
        return list(listed)
    unlisted_ids = set(unlisted)
    followers: dict[str, list[str]] = {}
    listed_ids, predecessor = set(listed), ""
    for item_id in former_order:
        if item_id in unlisted_ids:
            followers.setdefault(predecessor, []).append(item_id)
        elif item_id in listed_ids:
            predecessor = item_id
    order = [*followers.get("", ())]
    for item_id in listed:
        order += [item_id, *followers.get(item_id, ())]
    known_ids = set(former_order)
    return [*order, *(item_id for item_id in unlisted if item_id not in known_ids)]


def find_reranked(former_order: Sequence[str], present_order: Sequence[str]) -> list[str]:
    """Find the items that somebody may have moved. An item does not count as moved if others were added or removed.

    A run is a part of the present order in which the items follow each other as they did before. Two orders do not show
    which of two neighbouring runs was moved past the other. So the result contains the fewest items that explain the
    difference, and also the first and last item of every other run.
    """
    if len(former_order) == len(present_order) and all(map(eq, former_order, present_order)):
        return []
    remaining = set(present_order)
    positions = {
        item_id: position
        for position, item_id in enumerate(item_id for item_id in former_order if item_id in remaining)
    }
    order = [item_id for item_id in present_order if item_id in positions]
    runs = list(_unbroken_runs([positions[item_id] for item_id in order]))
    if len(runs) <= 1:
        return []
    reranked: dict[str, None] = {}
    unmoved_runs = _heaviest_increasing(
        [positions[order[start]] for start, _ in runs], [end - start for start, end in runs]
    )
    for index, (start, end) in enumerate(runs):
        is_moved = end - start <= _SHORT_RUN_LENGTH or index not in unmoved_runs
        reranked |= dict.fromkeys(order[start:end] if is_moved else (order[start], order[end - 1]))
    return list(reranked)


def _unbroken_runs(positions: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the start and the end (exclusive) of every run of consecutive positions."""
    start = 0
    for index in range(1, len(positions) + 1):
        if index == len(positions) or positions[index] != positions[index - 1] + 1:
            yield start, index
            start = index


def _heaviest_increasing(values: Sequence[int], weights: Sequence[int]) -> set[int]:
    """The indices of an increasing subsequence of `values` whose weights have the largest sum.

    For the runs' former positions, weighted by their lengths, these are the runs that need not have been moved.
    """
    # A subsequence is dropped once another one has both a smaller last value and a larger sum.
    last_values: list[int] = []
    sums: list[int] = []
    last_indices: list[int] = []
    previous: list[int] = []
    for index, value in enumerate(values):
        slot = bisect_left(last_values, value)
        weight = weights[index] + (sums[slot - 1] if slot else 0)
        previous.append(last_indices[slot - 1] if slot else -1)
        end = slot
        while end < len(last_values) and sums[end] <= weight:
            end += 1
        last_values[slot:end], sums[slot:end], last_indices[slot:end] = [value], [weight], [index]
    chosen: set[int] = set()
    index = last_indices[-1] if last_indices else -1
    while index >= 0:
        chosen.add(index)
        index = previous[index]
    return chosen
