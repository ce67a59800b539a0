"""Compares two reads of the rank order, to find the items that were moved up or down."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

_SHORT_RUN_LENGTH = 20


def insert_unlisted(listed: Sequence[str], unlisted: Sequence[str], before: Sequence[str]) -> list[str]:
    """Return the listed items in their order, with each unlisted item behind its former predecessor.

    The position of an unlisted item is unknown. In particular, it is not necessarily the last one.
    """
    unlisted_ids = set(unlisted)
    followers: dict[str, list[str]] = {}
    listed_ids, predecessor = set(listed), ""
    for item_id in before:
        if item_id in unlisted_ids:
            followers.setdefault(predecessor, []).append(item_id)
        elif item_id in listed_ids:
            predecessor = item_id
    order = [*followers.get("", ())]
    for item_id in listed:
        order += [item_id, *followers.get(item_id, ())]
    return [*order, *(item_id for item_id in unlisted if item_id not in set(before))]


def find_reranked(before: Sequence[str], now: Sequence[str]) -> list[str]:
    """Find the items that somebody may have moved. Added and removed items do not count as moves of others.

    Two orders do not show which of two neighbours was moved past the other. So the result contains the fewest items
    that explain the difference, and the neighbours of every gap in the former sequence: a few items for each move.
    """
    remaining = set(now)
    positions = {
        item_id: position for position, item_id in enumerate(item_id for item_id in before if item_id in remaining)
    }
    order = [item_id for item_id in now if item_id in positions]
    runs = list(_unbroken_runs([positions[item_id] for item_id in order]))
    if len(runs) <= 1:
        return []
    found: dict[str, None] = {}
    unmoved = _heaviest_increasing([positions[order[start]] for start, _ in runs], [end - start for start, end in runs])
    for number, (start, end) in enumerate(runs):
        is_moved = end - start <= _SHORT_RUN_LENGTH or number not in unmoved
        found |= dict.fromkeys(order[start:end] if is_moved else (order[start], order[end - 1]))
    return list(found)


def _unbroken_runs(positions: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the start and end of every run of items that are still in sequence."""
    start = 0
    for number in range(1, len(positions) + 1):
        if number == len(positions) or positions[number] != positions[number - 1] + 1:
            yield start, number
            start = number


def _heaviest_increasing(values: Sequence[int], weights: Sequence[int]) -> set[int]:
    """The indices of the heaviest increasing subsequence: the runs that need not have been moved."""
    # Among the subsequences so far, only those are kept that no other beats with a smaller last value and a larger sum.
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
    found: set[int] = set()
    index = last_indices[-1] if last_indices else -1
    while index >= 0:
        found.add(index)
        index = previous[index]
    return found
