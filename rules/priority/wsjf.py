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
    """A score with everything that went into it.

    Attributes:
        value: Rounded to two decimals, as it is written to a field.
        line: One sentence that holds as long as the inputs do.
        inputs: What was added up, by name.
        size: What it was divided by.
    """

    value: float
    line: str
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

    @property
    def line(self) -> str:
        """One sentence that holds as long as the inputs do."""
        names = " and ".join(part for part in (", ".join(self.missing[:-1]), *self.missing[-1:]) if part)
        parts = [f"{names} {'is' if len(self.missing) == 1 else 'are'} blank"] if self.missing else []
        parts += ["the job size has to be above 0"] if self.undivided else []
        return f"WSJF cannot be worked out: {', and '.join(parts)}."


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
    parts = " + ".join(f"{_figure(given)} {name}" for name, given in added.items())
    return Score(score, f"WSJF {_figure(score)} = ({parts}) / {_figure(size)} job size.", added, size)


def _figure(number: float) -> str:
    return f"{number:g}"
