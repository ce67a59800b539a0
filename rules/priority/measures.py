"""Judges whether the measure of an objective has moved towards its target since work for it was last delivered."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from msgspec import Struct

from rules.priority.goals import Objective


class MeasurePoint(Struct, frozen=True):
    """The value of an objective's measure on a day."""

    objective: str
    day: date
    value: float


class Movement(StrEnum):
    """Whether a measure moved towards its target."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    """There is no later value, no earlier value to compare it with, or no target that shows which way is better."""


class MeasureOutcome(Struct, frozen=True, kw_only=True):
    """What became of an objective's measure after the last delivery of work for it.

    Attributes:
        delivered: The day of that delivery; None if nothing was delivered yet.
        before: The last value up to that day; the baseline if there is none.
        after: The latest value after that day; None if there is none.
        n: The number of values.
    """

    objective: str
    measure: str
    delivered: date | None
    before: float | None
    after: MeasurePoint | None
    moved: Movement
    n: int


def judge_measure(objective: Objective, points: Sequence[MeasurePoint], delivered: date | None) -> MeasureOutcome:
    """Judge whether the measure of an objective moved after the last delivery of work for it.

    Args:
        points: The values of all objectives, in any order.
    """
    own_points = sorted((point for point in points if point.objective == objective.name), key=lambda point: point.day)
    before, after = objective.baseline, None
    for point in own_points:
        if delivered is None or point.day <= delivered:
            before = point.value
        else:
            after = point
    moved = Movement.UNKNOWN
    if after is not None and before is not None and objective.target is not None and objective.target != before:
        # The product is positive if the value moved in the direction of the target.
        is_better = (after.value - before) * (objective.target - before) > 0
        moved = Movement.YES if is_better else Movement.NO
    return MeasureOutcome(
        objective=objective.name,
        measure=objective.measure,
        delivered=delivered,
        before=before,
        after=after,
        moved=moved,
        n=len(own_points),
    )
