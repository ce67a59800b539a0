"""Positions on a backlog: sparse numbers, lower is higher, and neighbours are spread anew where there is no room."""

FIRST = 1_000_000_000.0
STEP = 7905.0
_ROOM = 2.0
_NEIGHBOURS = 5


def seeded(place: int) -> float:
    """The position of the nth item of a file."""
    return FIRST + place * STEP


def between(above: float | None, below: float | None) -> float | None:
    """A position between two others, None is no neighbour; nothing when there is no room."""
    if above is None and below is None:
        return FIRST
    if above is None:
        return (below or 0.0) - STEP
    if below is None:
        return above + STEP
    return (above + below) // 2 if below - above >= _ROOM else None


def spread(orders: list[float | None], place: int, count: int) -> dict[int, float]:
    """Positions for new items at a place in a list, by their place in the list that results.

    Args:
        orders: The positions of the others, in order; None has never been ranked and stands last.
        place: Before which of them the new ones go.
        count: How many there are.

    Returns:
        The new positions, of the items themselves and of neighbours that had to make room.
    """
    above = orders[place - 1] if place else None
    below = orders[place] if place < len(orders) else None
    if above is None and place:
        # Whatever stands above and was never ranked gets a position now, or the new ones would jump over it.
        ranked = next((n for n in range(place - 1, -1, -1) if orders[n] is not None), -1)
        base = orders[ranked] if ranked >= 0 else FIRST
        return {n: (base or FIRST) + (n - ranked) * STEP for n in range(ranked + 1, place + count)}
    given: dict[int, float] = {}
    for number in range(count):
        found = between(above, below)
        if found is None:
            return _with_room(orders, place, count)
        given[place + number] = above = found
    return given


def _with_room(orders: list[float | None], place: int, count: int) -> dict[int, float]:
    start = max(place - _NEIGHBOURS, 0)
    end = place + _NEIGHBOURS
    while end < len(orders) and (orders[end] or 0) - (orders[start] or 0) < STEP * (end - start + count) / 4:
        end += _NEIGHBOURS
    known = [order for order in orders[start:end] if order is not None]
    total = len(orders[start:end]) + count
    low = known[0]
    beyond = orders[end] if end < len(orders) else None
    step = STEP if beyond is None else max((beyond - low) / (total + 1), _ROOM)
    return {start + n: low + n * step for n in range(total)}
