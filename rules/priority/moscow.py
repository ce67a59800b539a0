"""MoSCoW as defined by DSDM: shares of Must, Should and Could by effort, not by count.

At most 60 % of the effort should be Must, and about 20 % Could, which is the contingency (DSDM Agile Project Framework
Handbook, p. 74). An older source says 70 %. Won't does not count.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from msgspec import Struct

from rules.flow import find_dependencies
from rules.model import WorkItem
from rules.priority.rating import Rating, get_effort

MUST_SHARE = 0.6
COULD_SHARE = 0.2
_MAX_WEAKEST = 3


class Moscow(StrEnum):
    """The MoSCoW class of an item."""

    MUST = "must"
    SHOULD = "should"
    COULD = "could"
    WONT = "wont"


_ORDER = tuple(Moscow)
_NAMES = {
    **dict.fromkeys(("must", "musthave"), Moscow.MUST),
    **dict.fromkeys(("should", "shouldhave"), Moscow.SHOULD),
    **dict.fromkeys(("could", "couldhave"), Moscow.COULD),
    **dict.fromkeys(("wont", "wonthave", "wouldhave"), Moscow.WONT),
}


class MoscowShares(Struct, frozen=True):
    """The effort of each MoSCoW class.

    Attributes:
        must, should, could: The effort of each.
        unsized: Keys of items with a class but without effort. They do not count.
        weakest: Keys of the Must items that could best become Should if there is too much Must: the last ones in the
            order that block no other Must item.
    """

    must: float
    should: float
    could: float
    unsized: tuple[str, ...] = ()
    weakest: tuple[str, ...] = ()

    @property
    def total(self) -> float:
        """The effort of all classes except Won't."""
        return self.must + self.should + self.could

    @property
    def excess(self) -> float:
        """The effort by which Must exceeds its share; 0 if it does not."""
        return max(self.must - MUST_SHARE * self.total, 0.0)


def moscow_class(item: WorkItem) -> Moscow | None:
    """The class of an item by a label or its priority, such as "Must have" or "moscow-must"; None if it has none."""
    for name in (*item.labels, item.priority or ""):
        word = "".join(char for char in name.casefold() if char.isalpha()).removeprefix("moscow")
        if word in _NAMES:
            return _NAMES[word]
    return None


def rate_moscow(items: Iterable[WorkItem]) -> list[Rating]:
    """The class and the effort of each item that has a class, Must first."""
    ratings = []
    for item in items:
        need, effort = moscow_class(item), get_effort(item)
        if need is not None:
            ratings.append(
                Rating(
                    item=item,
                    result=need,
                    score=-float(_ORDER.index(need)),
                    inputs={} if effort is None else {"effort": effort},
                    missing=("effort",) if effort is None else (),
                )
            )
    return sorted(ratings, key=lambda rating: -(rating.score or 0.0))


def moscow_shares(items: Sequence[WorkItem]) -> MoscowShares:
    """Compute the effort of each class.

    Args:
        items: The items of a release or sprint, in the team's order.
    """
    effort = dict.fromkeys(Moscow, 0.0)
    unsized = []
    musts = []
    for item in items:
        need, size = moscow_class(item), get_effort(item)
        if need is None or need is Moscow.WONT:
            continue
        if size is None:
            unsized.append(item.key)
            continue
        effort[need] += size
        if need is Moscow.MUST:
            musts.append(item)
    shares = MoscowShares(effort[Moscow.MUST], effort[Moscow.SHOULD], effort[Moscow.COULD], tuple(unsized))
    needed = {before for before, _ in find_dependencies(musts)}
    weakest = [item for number, item in enumerate(musts) if number not in needed]
    excess = shares.excess
    chosen: list[str] = []
    for item in reversed(weakest):
        if excess <= 0 or len(chosen) == _MAX_WEAKEST:
            break
        chosen.append(item.key)
        excess -= get_effort(item) or 0.0
    return MoscowShares(shares.must, shares.should, shares.could, shares.unsized, tuple(chosen))
