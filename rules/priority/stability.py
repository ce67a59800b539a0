"""Computes how stable a score is: its range if any one of its inputs were one step higher or lower.

The inputs are the terms of the cost of delay and the job size. Relative estimates use a scale with gaps, and people who
estimate the same item often differ by one step. So a score has a best and a worst rank: those that it would have at the
ends of its range.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

from msgspec import Struct

from rules.model import WorkItem
from rules.priority.ratable_item import RatableItem
from rules.priority.rating import ItemSummary, Rating
from rules.priority.wsjf import JOB_SIZE, Refusal, Score, WsjfOptions, wsjf

MODIFIED_FIBONACCI = (0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 20.0, 40.0, 100.0)
"""The scale of planning poker. SAFe uses the part from 1 to 20."""


class ScoreRange(Struct, frozen=True):
    """The smallest and the largest score that an item could have if one of its inputs were one step off."""

    low: float
    high: float


def step_up(value: float) -> float:
    """Return the next larger step of the scale; beyond the scale, twice the value."""
    index = bisect_right(MODIFIED_FIBONACCI, value)
    return MODIFIED_FIBONACCI[index] if index < len(MODIFIED_FIBONACCI) else value * 2


def step_down(value: float) -> float:
    """Return the next smaller step of the scale. 0 and the smallest step do not change.

    Beyond the scale, it is half the value, but at least the largest step.
    """
    if value > MODIFIED_FIBONACCI[-1]:
        return max(value / 2, MODIFIED_FIBONACCI[-1])
    index = bisect_left(MODIFIED_FIBONACCI, value)
    return MODIFIED_FIBONACCI[index - 1] if index else value


def find_score_range(score: Score) -> ScoreRange:
    """Return the range of a WSJF score if one of its inputs were one step off."""
    cost_of_delay = sum(score.inputs.values())
    lower = [cost_of_delay - value + step_down(value) for value in score.inputs.values()]
    higher = [cost_of_delay - value + step_up(value) for value in score.inputs.values()]
    return ScoreRange(
        low=min([cost_of_delay / step_up(score.size), *(changed / score.size for changed in lower)]),
        high=max([cost_of_delay / step_down(score.size), *(changed / score.size for changed in higher)]),
    )


def rate_wsjf(items: Iterable[WorkItem | RatableItem], options: WsjfOptions) -> list[Rating]:
    """Compute the WSJF score of each item with any term of the cost of delay, the highest first.

    Items that have such a term, but no score, come last. `missing` contains their negative and unreadable inputs too.

    The best and the worst rank of an item are computed from the ends of its range, while all other scores stay the
    same.
    """
    scored: list[tuple[ItemSummary, Score, ScoreRange]] = []
    unscored: list[Rating] = []
    for item in items:
        score = wsjf(item, options)
        if isinstance(score, Score):
            scored.append((ItemSummary.of_item(item), score, find_score_range(score)))
        elif isinstance(score, Refusal):
            names = (
                *score.missing,
                *score.negative,
                *score.unreadable,
                *((JOB_SIZE,) if score.has_unusable_size else ()),
            )
            unscored.append(Rating(item=ItemSummary.of_item(item), missing=tuple(dict.fromkeys(names)), refusal=score))
    scored.sort(key=lambda entry: -entry[1].value)
    negated_values = [-score.value for _, score, _ in scored]
    return [
        Rating(
            item=item,
            result=f"{score.value:.15g}",  # as text: other models have a class
            score=score.value,
            # A score is rounded, so it may itself be outside its range.
            best=1 + bisect_left(negated_values, -max(score_range.high, score.value)),
            worst=bisect_right(negated_values, -min(score_range.low, score.value)),
            inputs={**score.inputs, JOB_SIZE: score.size},
        )
        for item, score, score_range in scored
    ] + unscored
