"""The MoSCoW priority model (Must, Should, Could, Won't have), with the share of each class in the effort.

DSDM, the method in which the model was defined, says that at most 60 % of the effort should be Must, and about 20 %
Could, which is the contingency (DSDM Agile Project Framework Handbook, p. 74). Won't items are not counted.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Protocol

import msgspec
from msgspec import Struct

from rules.flow.dependencies import find_dependencies
from rules.model import Link, WorkItem
from rules.priority.ratable_item import RatableItem
from rules.priority.rating import ItemSummary, Rating, get_effort

MUST_SHARE = 0.6
"""The maximum share of Must items in the effort."""

_MAX_WEAKEST = 3
"""The maximum number of Must items that are proposed to become Should, so that a team can discuss them."""


class Moscow(StrEnum):
    """The MoSCoW class of an item."""

    MUST = "must"
    SHOULD = "should"
    COULD = "could"
    WONT = "wont"


_ORDER = tuple(Moscow)
"""The classes, the most important first."""
_NAMES = {
    **dict.fromkeys(("must", "musthave"), Moscow.MUST),
    **dict.fromkeys(("should", "shouldhave"), Moscow.SHOULD),
    **dict.fromkeys(("could", "couldhave"), Moscow.COULD),
    **dict.fromkeys(("wont", "wonthave", "wouldhave"), Moscow.WONT),
}
"""The class by the name of a label or priority, reduced to its letters in lower case, without "moscow" at the start."""


class MoscowShares(Struct, frozen=True):
    """The effort of each MoSCoW class.

    Attributes:
        must, should, could: The effort of the items in each class.
        unsized: The keys of items with a class but without effort. They are not counted.
        weakest: The keys of the Must items that should become Should first if Must exceeds its share: the last ones in
            the team's order that block no other Must item.
    """

    must: float
    should: float
    could: float
    unsized: tuple[str, ...]
    weakest: tuple[str, ...] = ()

    @property
    def total(self) -> float:
        """The effort of all classes except Won't."""
        return self.must + self.should + self.could

    @property
    def excess(self) -> float:
        """The effort by which Must exceeds its share; 0 if it does not."""
        return max(self.must - MUST_SHARE * self.total, 0.0)


class ClassedItem(Struct, frozen=True, gc=False):
    """An item with a MoSCoW class, and what the shares of the classes depend on.

    Attributes:
        effort: See `get_effort`.
    """

    tracker: str
    key: str
    links: tuple[Link, ...]
    moscow: Moscow
    effort: float | None


class _ItemWithLabels(Protocol):
    """An item, or a part of it, with the attributes that may name its class."""

    @property
    def labels(self) -> Sequence[str]:
        """Its labels."""

    @property
    def priority(self) -> str | None:
        """Its priority, as the tracker names it."""


def moscow_class(item: _ItemWithLabels) -> Moscow | None:
    """Return the class that a label or the priority of an item names, such as "Must have"; None if there is none."""
    classes = (_find_class(name) for name in (*item.labels, item.priority or ""))
    return next(filter(None, classes), None)


@lru_cache(maxsize=1000)
def _find_class(name: str) -> Moscow | None:
    """Return the class that a label or a priority names; None if it names none."""
    word = "".join(char for char in name.casefold() if char.isalpha()).removeprefix("moscow")
    return _NAMES.get(word)


def classify(item: WorkItem) -> ClassedItem | None:
    """Return an item with its class; None if it has none."""
    moscow = moscow_class(item)
    return None if moscow is None else ClassedItem(item.tracker, item.key, item.links, moscow, get_effort(item))


def rate_moscow(items: Iterable[WorkItem | RatableItem]) -> list[Rating]:
    """Return the class and the effort of each item that has a class, Must first."""
    ratings = []
    for item in items:
        moscow, effort = moscow_class(item), get_effort(item)
        if moscow is not None:
            ratings.append(
                Rating(
                    item=ItemSummary.of_item(item),
                    result=moscow,
                    inputs={} if effort is None else {"effort": effort},
                    missing=("effort",) if effort is None else (),
                )
            )
    return sorted(ratings, key=lambda rating: _ORDER.index(Moscow(rating.result)))


def moscow_shares(items: Iterable[ClassedItem]) -> MoscowShares:
    """Compute the effort of each class.

    Args:
        items: The items of a release or sprint that have a class, in the team's order.
    """
    effort = dict.fromkeys(Moscow, 0.0)
    unsized = []
    musts = []
    for item in items:
        if item.moscow is Moscow.WONT:
            continue
        if item.effort is None:
            unsized.append(item.key)
            continue
        effort[item.moscow] += item.effort
        if item.moscow is Moscow.MUST:
            musts.append(item)
    shares = MoscowShares(effort[Moscow.MUST], effort[Moscow.SHOULD], effort[Moscow.COULD], tuple(unsized))
    blockers = {before for before, _ in find_dependencies(musts)}
    candidates = [item for number, item in enumerate(musts) if number not in blockers]
    excess = shares.excess
    weakest: list[str] = []
    for item in reversed(candidates):
        if excess <= 0 or len(weakest) == _MAX_WEAKEST:
            break
        weakest.append(item.key)
        excess -= item.effort or 0.0
    return msgspec.structs.replace(shares, weakest=tuple(weakest))
