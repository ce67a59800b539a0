"""Weighted shortest job first: cost of delay divided by job size.

This is Reinertsen's cost of delay over duration, in the form that SAFe uses: (business value + time criticality + risk
reduction or opportunity enablement) / job size. All four are relative figures: scores can only be compared among
items on the same level that were estimated by the same people.
"""

from collections.abc import Iterable
from math import isfinite
from typing import Annotated

from msgspec import Struct
from pydantic import BaseModel, ConfigDict, Field

from rules.model import WorkItem
from rules.priority.ratable_item import RatableItem

_COST_TERMS = (("value", "business value"), ("urgency", "time criticality"), ("risk", "risk reduction"))
"""The terms of the cost of delay: the attribute of an item, and the name of the term."""
JOB_SIZE = "job size"
"""The name of the input by which WSJF divides: the larger it is, the lower is the score."""


class WsjfOptions(BaseModel):
    """Which items are scored."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    levels: Annotated[
        tuple[str, ...],
        Field(
            description="The items that are scored: kinds such as feature, or types as the tracker names them. SAFe no "
            "longer recommends WSJF for stories: they are too small for their value to be told apart."
        ),
    ] = ("feature", "epic")


class Score(Struct, frozen=True):
    """A score with its inputs.

    Attributes:
        value: The score, rounded to two decimals, as it is written to a field.
        inputs: The inputs other than the job size, which are the terms of the cost of delay, by name.
        size: The job size by which the cost of delay was divided.
    """

    value: float
    inputs: dict[str, float]
    size: float


class Refusal(Struct, frozen=True):
    """Why an item has no score.

    Attributes:
        missing: Names of the inputs that are blank.
        has_unusable_size: Whether the job size is known, but the cost of delay cannot be divided by it, as with 0.
        negative: Names of the inputs that are below 0.
        unreadable: Names of the inputs that are not finite numbers, or that could not be read.
    """

    missing: tuple[str, ...]
    has_unusable_size: bool = False
    negative: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()


class WideScale(Struct, frozen=True):
    """One input with values too far apart for one scale, such as 800 and 5.

    Attributes:
        low, high: The smallest value above 0, and the largest value.
        low_key, high_key: Keys of the items that have them.
    """

    name: str
    low: float
    high: float
    low_key: str
    high_key: str


MAX_SCALE_FACTOR = 100
"""SAFe's scale runs from 1 to 20: values that differ by more than this factor are not on one scale."""


def wsjf(item: WorkItem | RatableItem, options: WsjfOptions) -> Score | Refusal | None:
    """Compute the score of an item, or the reason why it has no score; None if it needs none.

    An item needs no score if the options leave it out, or if it has none of the terms of the cost of delay, because
    then its team does not use WSJF for it.
    """
    if not _is_selected(item, options):
        return None
    inputs = _read_inputs(item)
    costs = [(attribute, value) for name, attribute, value in inputs if name != JOB_SIZE]
    if all(value is None and item.is_known(attribute) for attribute, value in costs):
        return None
    unreadable = tuple(name for name, attribute, value in inputs if not _is_readable(item, attribute, value))
    values = {name: value for name, _, value in inputs if name not in unreadable}
    missing = tuple(name for name, value in values.items() if value is None)
    size = values.pop(JOB_SIZE, None)
    known = {name: value for name, value in values.items() if value is not None}
    negative = tuple(name for name, value in known.items() if value < 0)
    cost = sum(known.values())
    score = round(cost / size, 2) if size else 0.0
    has_unusable_size = size is not None and not (size > 0 and isfinite(score))
    if size is None or missing or has_unusable_size or negative or unreadable:
        return Refusal(missing, has_unusable_size, negative, unreadable)
    return Score(score, known, size)


def find_wide_scales(items: Iterable[WorkItem], options: WsjfOptions) -> tuple[WideScale, ...]:
    """Find the inputs whose values are too far apart for one scale."""
    extremes: dict[str, tuple[tuple[float, str], tuple[float, str]]] = {}  # the lowest and the highest value, by name
    for item in items:
        if _is_selected(item, options):
            for name, attribute, value in _read_inputs(item):
                if value is not None and value > 0 and _is_readable(item, attribute, value):
                    entry = value, item.key
                    lowest, highest = extremes.get(name, (entry, entry))
                    extremes[name] = min(lowest, entry), max(highest, entry)
    return tuple(
        WideScale(name, low, high, low_key, high_key)
        for name, ((low, low_key), (high, high_key)) in extremes.items()
        if high > low * MAX_SCALE_FACTOR
    )


def _is_selected(item: WorkItem | RatableItem, options: WsjfOptions) -> bool:
    """Whether the options name the kind or the type of an item."""
    levels = {level.casefold() for level in options.levels}
    return item.kind.value in levels or item.type.casefold() in levels


def _read_inputs(item: WorkItem | RatableItem) -> list[tuple[str, str, float | None]]:
    """Return the name, attribute and value of each input. The job size is the effort, else the points."""
    size = "effort" if item.effort is not None or "effort" in item.unknown else "points"
    return [(name, attribute, getattr(item, attribute)) for attribute, name in (*_COST_TERMS, (size, JOB_SIZE))]


def _is_readable(item: WorkItem | RatableItem, attribute: str, value: float | None) -> bool:
    """Whether an input is blank or a finite number, and the connector could read it."""
    return item.is_known(attribute) and (value is None or isfinite(value))
