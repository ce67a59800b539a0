"""Finds items of which two models of priority say the opposite, and the input of WSJF that explains it.

A model favors an item, opposes it, or says neither. WSJF favors the items that stay in the top third even if any one
input is a step of the scale too high or too low, and opposes those that stay in the bottom third. MoSCoW favors
Must, and opposes Could and Won't. The matrix of value and effort favors quick wins, and opposes money pits.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import median

from msgspec import Struct

from rules.priority.moscow import Moscow
from rules.priority.rating import Model, Rating
from rules.priority.value_matrix import Quadrant
from rules.priority.wsjf import JOB_SIZE

MIN_SCORED = 6
"""The minimum number of items with a WSJF score for a top and a bottom third."""
_FAVORED = frozenset({Moscow.MUST, Quadrant.QUICK_WIN})
_OPPOSED = frozenset({Moscow.COULD, Moscow.WONT, Quadrant.MONEY_PIT})


class Disagreement(Struct, frozen=True, kw_only=True):
    """Two models that say the opposite about an item.

    Attributes:
        reason: The input of WSJF that differs most from those of other items, in the direction of its score; empty if
            WSJF is not one of the two.
    """

    favoring: Model
    opposing: Model
    reason: str


def find_median_inputs(scored: Sequence[Rating]) -> dict[str, float]:
    """Return the median of each input of WSJF, by name, over all items with a score."""
    values: dict[str, list[float]] = defaultdict(list)
    for rating in scored:
        for name, value in rating.inputs.items():
            values[name].append(float(value))
    return {name: median(amounts) for name, amounts in values.items()}


def find_disagreement(
    ratings: Mapping[Model, Rating], scored_count: int, median_inputs: Mapping[str, float]
) -> Disagreement | None:
    """Return the first two models that say the opposite about an item; None if there are none.

    Args:
        ratings: The ratings of the item by each model that rates it.
        scored_count: The number of items with a WSJF score.
        median_inputs: See `find_median_inputs`.
    """
    favoring = [model for model, rating in ratings.items() if _favors(model, rating, scored_count)]
    opposing = [model for model, rating in ratings.items() if _opposes(model, rating, scored_count)]
    if not favoring or not opposing:
        return None
    is_high = favoring[0] is Model.WSJF
    reason = ""
    if is_high or opposing[0] is Model.WSJF:
        reason = _find_reason(ratings[Model.WSJF], median_inputs, is_high=is_high)
    return Disagreement(favoring=favoring[0], opposing=opposing[0], reason=reason)


def _favors(model: Model, rating: Rating, scored_count: int) -> bool:
    """Whether a model favors the item with this rating. A worst rank of 0 means that the item has no WSJF score."""
    if model is Model.WSJF:
        return scored_count >= MIN_SCORED and 0 < rating.worst <= scored_count / 3
    return rating.result in _FAVORED


def _opposes(model: Model, rating: Rating, scored_count: int) -> bool:
    """Whether a model opposes the item with this rating."""
    if model is Model.WSJF:
        return scored_count >= MIN_SCORED and rating.best > 2 * scored_count / 3
    return rating.result in _OPPOSED


def _find_reason(rating: Rating, median_inputs: Mapping[str, float], *, is_high: bool) -> str:
    """Return the input whose ratio to its median contributes most to a high or a low score."""
    ratios: dict[str, float] = {}
    for name, value in rating.inputs.items():
        usual = median_inputs[name]
        dividend, divisor = (float(value), usual) if name != JOB_SIZE else (usual, float(value))
        ratios[name] = (dividend + 1) / (divisor + 1)  # An input may be 0
    return (max if is_high else min)(ratios, key=lambda name: ratios[name])
