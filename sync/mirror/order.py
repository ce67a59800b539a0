"""Finds the items that were moved up or down between two reads of the rank order."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

_SHORT = 20


def insert_unlisted(listed: Sequence[str], unlisted: Sequence[str], before: Sequence[str]) -> list[str]:
    """The listed items in their order, and each unlisted one after the item that it came after before.

    Where an item is that a list left out is not known, least of all that it is last.
    """
    missing = set(unlisted)
    followers: dict[str, list[str]] = {}
    present, last = set(listed), ""
    for ident in before:
        if ident in missing:
            followers.setdefault(last, []).append(ident)
        elif ident in present:
            last = ident
    order = [*followers.get("", ())]
    for ident in listed:
        order += [ident, *followers.get(ident, ())]
    return [*order, *(ident for ident in unlisted if ident not in set(before))]


def find_reranked(before: Sequence[str], now: Sequence[str]) -> list[str]:
    """Find the items that somebody may have moved. Items that were added or removed move no other.

    Two orders do not show which of two neighbours was moved past the other. Returned are the fewest items that explain
    the difference, and the items beside every place where the order was broken: a few for each move, however far.
    """
    remaining = set(now)
    positions = {ident: position for position, ident in enumerate(ident for ident in before if ident in remaining)}
    order = [ident for ident in now if ident in positions]
    runs = list(_unbroken_runs([positions[ident] for ident in order]))
    if len(runs) <= 1:
        return []
    found: dict[str, None] = {}
    unmoved = _heaviest_increasing([positions[order[start]] for start, _ in runs], [end - start for start, end in runs])
    for number, (start, end) in enumerate(runs):
        whole = end - start <= _SHORT or number not in unmoved
        found |= dict.fromkeys(order[start:end] if whole else (order[start], order[end - 1]))
    return list(found)


def _unbroken_runs(positions: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield start and end of every run of items that are still in sequence."""
    start = 0
    for number in range(1, len(positions) + 1):
        if number == len(positions) or positions[number] != positions[number - 1] + 1:
            yield start, number
            start = number


def _heaviest_increasing(values: Sequence[int], weights: Sequence[int]) -> set[int]:
    """The indices of the heaviest increasing subsequence: the runs that need not have moved."""
    # Of two subsequences, the one that ends lower and weighs more is better. Only the best of each end are kept.
    ends: list[int] = []
    sums: list[int] = []
    tips: list[int] = []
    previous: list[int] = []
    for number, value in enumerate(values):
        place = bisect_left(ends, value)
        weight = weights[number] + (sums[place - 1] if place else 0)
        previous.append(tips[place - 1] if place else -1)
        last = place
        while last < len(ends) and sums[last] <= weight:
            last += 1
        ends[place:last], sums[place:last], tips[place:last] = [value], [weight], [number]
    found: set[int] = set()
    number = tips[-1] if tips else -1
    while number >= 0:
        found.add(number)
        number = previous[number]
    return found
