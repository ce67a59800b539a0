"""Rates items by value and effort, or by value and risk, in four quadrants.

The quadrants of value and effort have the common names: quick wins, big bets (also called major projects), fill-ins and
money pits. Items near a threshold are borderline, and belong to no quadrant.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from enum import StrEnum
from statistics import median

from msgspec import Struct

from rules.flow.sizes import parse_size
from rules.model import HierarchyLevel, WorkItem
from rules.priority.ratable_item import RatableItem
from rules.priority.rating import ItemSummary, Rating, get_effort
from rules.priority.wsjf import Refusal

BORDERLINE_FACTOR = 1.25
"""An item within this factor of a threshold is borderline."""
MIN_ITEMS = 4
"""The minimum number of items with a value for a median."""


class Quadrant(StrEnum):
    """The quadrant of an item, or that it is in none."""

    QUICK_WIN = "quick-win"
    """High value and low effort."""
    BIG_BET = "big-bet"
    """High value and high effort."""
    FILL_IN = "fill-in"
    """Low value and low effort."""
    MONEY_PIT = "money-pit"
    """Low value and high effort."""
    RISKY_FIRST = "risky-first"
    """High value and high risk: do it first, to learn early."""
    SAFE_NEXT = "safe-next"
    """High value and low risk."""
    SAFE_LAST = "safe-last"
    """Low value and low risk."""
    AVOID = "avoid"
    """Low value and high risk."""
    BORDERLINE = "borderline"
    """Near a threshold, and therefore in no quadrant."""


_QUADRANT_BY_EFFORT = {
    (True, False): Quadrant.QUICK_WIN,
    (True, True): Quadrant.BIG_BET,
    (False, False): Quadrant.FILL_IN,
    (False, True): Quadrant.MONEY_PIT,
}
"""The quadrant, by whether the value is high, and whether the effort is high."""
_QUADRANT_BY_RISK = {
    (True, True): Quadrant.RISKY_FIRST,
    (True, False): Quadrant.SAFE_NEXT,
    (False, False): Quadrant.SAFE_LAST,
    (False, True): Quadrant.AVOID,
}
"""The quadrant, by whether the value is high, and whether the risk is high."""
_ORDER = tuple(Quadrant)
"""The quadrants in the order in which they are listed."""
_HIGH_RISK = frozenset({"highrisk", "riskhigh", "hohesrisiko", "risikohoch"})
"""Labels for a high risk in English and German, reduced to their letters in lower case."""
_LOW_RISK = frozenset({"lowrisk", "risklow", "geringesrisiko", "risikogering", "risikoniedrig"})
"""Labels for a low risk, in the same form."""


class Matrix(Struct, frozen=True):
    """The quadrants of one cohort: the items of one level in one tracker.

    Attributes:
        value: The threshold between low and high value: the median value of the cohort.
        effort: The threshold between low and high effort: the median effort of the items with a value; 0 if risk is the
            second axis.
        ratings: The items with a value, in the order of `Quadrant`, then by descending value. Those whose effort or
            risk is unknown are last.
    """

    tracker: str
    level: HierarchyLevel
    value: float
    effort: float
    ratings: tuple[Rating, ...]


class _Member(Struct, frozen=True):
    """An item of a cohort.

    Attributes:
        effort: See `get_effort`.
        has_effort: Whether the item has an effort or points, even if they cannot be used.
        is_risky: See `_is_risky`; None if risk is not an axis.
    """

    item: ItemSummary
    value: float
    effort: float | None
    has_effort: bool
    is_risky: bool | None


def rate_matrix(items: Iterable[WorkItem | RatableItem], *, by_risk: bool = False) -> list[Matrix]:
    """Rate the items with a value, cohort by cohort. Cohorts with too few values are left out.

    The cohorts are in the order of their first items, even if these have no value.

    Args:
        items: Open items of one or more trackers.
        by_risk: Whether risk, from a label such as high-risk, is the second axis instead of effort.
    """
    cohorts: dict[tuple[str, HierarchyLevel], list[_Member]] = defaultdict(list)
    for item in items:
        cohort = cohorts[item.tracker, item.level]
        if (value := parse_size(item.value)) is not None:
            has_effort = item.effort is not None or item.points is not None
            member = _Member(
                ItemSummary.of_item(item), value, get_effort(item), has_effort, _is_risky(item) if by_risk else None
            )
            cohort.append(member)
    return [
        _rate_cohort(tracker, level, members, by_risk=by_risk)
        for (tracker, level), members in cohorts.items()
        if len(members) >= MIN_ITEMS
    ]


def _rate_cohort(tracker: str, level: HierarchyLevel, members: Sequence[_Member], *, by_risk: bool) -> Matrix:
    """Rate the items of a cohort."""
    efforts = [member.effort for member in members if member.effort is not None]
    value_threshold = median(member.value for member in members)
    effort_threshold = median(efforts) if efforts and not by_risk else 0.0
    ratings = [
        _rate_by_risk(member, value_threshold)
        if by_risk
        else _rate_by_effort(member, value_threshold, effort_threshold)
        for member in members
    ]
    return Matrix(tracker, level, value_threshold, effort_threshold, tuple(sorted(ratings, key=_sort_key)))


def _sort_key(rating: Rating) -> tuple[int, float]:
    """Return the sort key of a rating: by quadrant, then by descending value."""
    position = _ORDER.index(Quadrant(rating.result)) if rating.result else len(_ORDER)
    return position, -float(rating.inputs["value"])


def _rate_by_effort(member: _Member, value_threshold: float, effort_threshold: float) -> Rating:
    value, effort = member.value, member.effort
    if effort is None:
        refusal = Refusal(missing=(), has_unusable_size=True) if member.has_effort else None
        return Rating(item=member.item, inputs={"value": value}, missing=("effort",), refusal=refusal)
    quadrant = _QUADRANT_BY_EFFORT[value > value_threshold, effort > effort_threshold]
    if _is_near(value, value_threshold) or _is_near(effort, effort_threshold):
        quadrant = Quadrant.BORDERLINE
    return Rating(item=member.item, result=quadrant, inputs={"value": value, "effort": effort})


def _rate_by_risk(member: _Member, value_threshold: float) -> Rating:
    value, is_risky = member.value, member.is_risky
    if is_risky is None:
        return Rating(item=member.item, inputs={"value": value}, missing=("risk",))
    quadrant = _QUADRANT_BY_RISK[value > value_threshold, is_risky]
    if _is_near(value, value_threshold):
        quadrant = Quadrant.BORDERLINE
    return Rating(item=member.item, result=quadrant, inputs={"value": value, "risk": "high" if is_risky else "low"})


def _is_near(amount: float, threshold: float) -> bool:
    """Whether a value or an effort is near its threshold."""
    return threshold / BORDERLINE_FACTOR <= amount <= threshold * BORDERLINE_FACTOR


def _is_risky(item: WorkItem | RatableItem) -> bool | None:
    """Whether labels say that the risk of an item is high (True) or low (False); None if they say neither or both."""
    words = {"".join(char for char in label.casefold() if char.isalpha()) for label in item.labels}
    is_high, is_low = bool(words & _HIGH_RISK), bool(words & _LOW_RISK)
    return None if is_high == is_low else is_high
