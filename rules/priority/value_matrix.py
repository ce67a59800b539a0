"""Value against effort, or against risk: four quadrants with a stated threshold, and a band between them.

The names of the quadrants are the common ones: quick wins, big bets (also called major projects), fill-ins and money
pits. Items near a threshold are borderline, in no quadrant.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from enum import StrEnum
from statistics import median

from msgspec import Struct

from rules.flow import valid_size
from rules.model import HierarchyLevel, WorkItem
from rules.priority.rating import Rating, effort_of

BAND = 1.25
"""An item within this factor of a threshold is borderline."""
LEAST_ITEMS = 4
"""Below this many, a median says nothing."""


class Quadrant(StrEnum):
    """Where an item lies."""

    QUICK_WIN = "quick-win"
    BIG_BET = "big-bet"
    FILL_IN = "fill-in"
    MONEY_PIT = "money-pit"
    BORDERLINE = "borderline"
    RISKY_FIRST = "risky-first"
    SAFE_NEXT = "safe-next"
    SAFE_LAST = "safe-last"
    AVOID = "avoid"


_BY_EFFORT = {
    (True, False): Quadrant.QUICK_WIN,
    (True, True): Quadrant.BIG_BET,
    (False, False): Quadrant.FILL_IN,
    (False, True): Quadrant.MONEY_PIT,
}
_BY_RISK = {
    (True, True): Quadrant.RISKY_FIRST,
    (True, False): Quadrant.SAFE_NEXT,
    (False, False): Quadrant.SAFE_LAST,
    (False, True): Quadrant.AVOID,
}
_ORDER = tuple(Quadrant)
_HIGH_RISK = frozenset({"highrisk", "riskhigh", "hohesrisiko", "risikohoch"})
_LOW_RISK = frozenset({"lowrisk", "risklow", "geringesrisiko", "risikogering", "risikoniedrig"})


class Matrix(Struct, frozen=True):
    """The quadrants of one cohort: the items of one level in one tracker.

    Attributes:
        value: The threshold of the value: the median of the cohort.
        effort: The threshold of the effort, likewise; 0 where risk is the second axis.
        ratings: The items, the most worthwhile first; those without a quadrant last.
    """

    tracker: str
    level: HierarchyLevel
    value: float
    effort: float
    ratings: tuple[Rating, ...]


def rate_matrix(items: Iterable[WorkItem], *, by_risk: bool = False) -> list[Matrix]:
    """The quadrants of all items, cohort by cohort. A cohort in which nobody has given a value is left out.

    Args:
        items: Open items of any number of trackers.
        by_risk: Whether risk is the second axis instead of effort: from a label such as high-risk, never guessed.
    """
    cohorts: dict[tuple[str, HierarchyLevel], list[WorkItem]] = defaultdict(list)
    for item in items:
        cohorts[item.tracker, item.level].append(item)
    return [
        _rate_cohort(*cohort, members, by_risk=by_risk)
        for cohort, members in cohorts.items()
        if sum(valid_size(item.value) is not None for item in members) >= LEAST_ITEMS
    ]


def _rate_cohort(tracker: str, level: HierarchyLevel, members: Sequence[WorkItem], *, by_risk: bool) -> Matrix:
    values = [value for item in members if (value := valid_size(item.value)) is not None]
    efforts = [effort for item in members if item.value is not None and (effort := effort_of(item)) is not None]
    value = median(values)
    effort = median(efforts) if efforts and not by_risk else 0.0
    ratings = [_rate_by_risk(item, value) if by_risk else _rate_by_effort(item, value, effort) for item in members]
    used = [rating for rating in ratings if "value" in rating.inputs]
    return Matrix(tracker, level, value, effort, tuple(sorted(used, key=_worth)))


def _worth(rating: Rating) -> tuple[int, float]:
    place = _ORDER.index(Quadrant(rating.result)) if rating.result else len(_ORDER)
    return place, -float(rating.inputs["value"])


def _rate_by_effort(item: WorkItem, value_limit: float, effort_limit: float) -> Rating:
    value, effort = valid_size(item.value), effort_of(item)
    inputs: dict[str, float | str] = {
        name: amount for name, amount in (("value", value), ("effort", effort)) if amount is not None
    }
    missing = tuple(name for name, amount in (("value", value), ("effort", effort)) if amount is None)
    if value is None or effort is None:
        return Rating(item=item, inputs=inputs, missing=missing)
    if _is_near(value, value_limit) or _is_near(effort, effort_limit):
        return Rating(item=item, result=Quadrant.BORDERLINE, inputs=inputs)
    return Rating(item=item, result=_BY_EFFORT[value > value_limit, effort > effort_limit], inputs=inputs)


def _rate_by_risk(item: WorkItem, value_limit: float) -> Rating:
    value, is_risky = valid_size(item.value), _risk(item)
    inputs: dict[str, float | str] = {} if value is None else {"value": value}
    if is_risky is not None:
        inputs["risk"] = "high" if is_risky else "low"
    missing = tuple(name for name, known in (("value", value), ("risk", is_risky)) if known is None)
    if value is None or is_risky is None:
        return Rating(item=item, inputs=inputs, missing=missing)
    if _is_near(value, value_limit):
        return Rating(item=item, result=Quadrant.BORDERLINE, inputs=inputs)
    return Rating(item=item, result=_BY_RISK[value > value_limit, is_risky], inputs=inputs)


def _is_near(amount: float, limit: float) -> bool:
    return limit / BAND <= amount <= limit * BAND


def _risk(item: WorkItem) -> bool | None:
    words = {"".join(char for char in label.casefold() if char.isalpha()) for label in item.labels}
    is_high, is_low = bool(words & _HIGH_RISK), bool(words & _LOW_RISK)
    return None if is_high == is_low else is_high
