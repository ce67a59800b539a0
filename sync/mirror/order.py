"""Who was moved up or down between two looks at the order of a backlog."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

_SHORT = 20


def dragged(before: Sequence[str], now: Sequence[str]) -> list[str]:
    """Items that somebody may have moved, by how their order differs; those that came or went move nobody.

    Two orders do not tell which of two neighbours was moved past the other. So the fewest that explain the difference
    are named, and those beside every place where the order was broken: a few for a drag, whatever its distance.
    """
    there = set(now)
    places = {ident: place for place, ident in enumerate(ident for ident in before if ident in there)}
    order = [ident for ident in now if ident in places]
    runs = list(_runs([places[ident] for ident in order]))
    if len(runs) <= 1:
        return []
    found: dict[str, None] = {}
    kept = _longest_rise([places[order[start]] for start, _ in runs], [end - start for start, end in runs])
    for number, (start, end) in enumerate(runs):
        whole = end - start <= _SHORT or number not in kept
        found |= dict.fromkeys(order[start:end] if whole else (order[start], order[end - 1]))
    return list(found)


def _runs(places: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Stretches that still stand together as they stood before, as start and end."""
    start = 0
    for number in range(1, len(places) + 1):
        if number == len(places) or places[number] != places[number - 1] + 1:
            yield start, number
            start = number


def _longest_rise(values: Sequence[int], weights: Sequence[int]) -> set[int]:
    """Positions of the heaviest rising subsequence: what need not have moved."""
    # Of two rises the one that ends lower and weighs more is better; only the best of each end are kept, in order.
    ends: list[int] = []
    sums: list[int] = []
    tips: list[int] = []
    back: list[int] = []
    for number, value in enumerate(values):
        place = bisect_left(ends, value)
        weight = weights[number] + (sums[place - 1] if place else 0)
        back.append(tips[place - 1] if place else -1)
        last = place
        while last < len(ends) and sums[last] <= weight:
            last += 1
        ends[place:last], sums[place:last], tips[place:last] = [value], [weight], [number]
    found: set[int] = set()
    number = tips[-1] if tips else -1
    while number >= 0:
        found.add(number)
        number = back[number]
    return found
