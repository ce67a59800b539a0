"""Weighted shortest job first: cost of delay divided by job size.

Reinertsen's cost of delay over duration, in the form SAFe gave it: (business value + time criticality + risk
reduction or opportunity enablement) / job size. All four are relative figures of one team for items of one level;
a score says nothing outside that company.
"""

from math import isfinite
from typing import Annotated

from msgspec import Struct, field
from pydantic import BaseModel, ConfigDict, Field

from rules.model import WorkItem

_INPUTS = (("value", "business value"), ("urgency", "time criticality"), ("risk", "risk reduction"))


class WsjfOptions(BaseModel):
    """Which items are scored."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    levels: Annotated[
        tuple[str, ...],
        Field(
            description="Kinds or types that are scored. SAFe itself no longer recommends it for stories: "
            "they are too small for their value to be told apart."
        ),
    ] = ("feature", "epic")


class Score(Struct, frozen=True):
    """A score with its inputs.

    Attributes:
        value: Rounded to two decimals, as it is written to a field.
        inputs: The terms of the cost of delay, by name.
        size: The job size that it was divided by.
    """

    value: float
    inputs: dict[str, float] = field(default_factory=dict)
    size: float = 0.0


class Refusal(Struct, frozen=True):
    """Why an item has no score.

    Attributes:
        missing: Names of the inputs that are blank.
        undivided: Whether there is a job size, and nothing can be divided by it.
    """

    missing: tuple[str, ...]
    undivided: bool = False


def wsjf(item: WorkItem, options: WsjfOptions) -> Score | Refusal | None:
    """The score of one item, a refusal that names what is missing, or None for an item that is not to be scored.

    An item on which nobody has filled in any input is not to be scored: its team does not use the method there.
    """
    levels = {level.casefold() for level in options.levels}
    if item.kind.value not in levels and item.type.casefold() not in levels:
        return None
    inputs = {name: getattr(item, attribute) for attribute, name in _INPUTS}
    if all(given is None for given in inputs.values()):
        return None
    size = item.effort if item.effort is not None else item.points
    missing = [name for name, given in [*inputs.items(), ("job size", size)] if given is None]
    cost = sum(given for given in inputs.values() if given is not None)
    score = round(cost / size, 2) if size else 0.0
    undivided = size is not None and not (size > 0 and isfinite(score))
    if size is None or missing or undivided:
        return Refusal(tuple(missing), undivided)
    added = {name: given for name, given in inputs.items() if given is not None}
    return Score(score, added, size)
