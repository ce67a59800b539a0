"""What every model of priority says about an item: its inputs, and a result or the reason why there is none."""

from msgspec import Struct

from rules.flow import valid_size
from rules.model import WorkItem


class Rating(Struct, frozen=True, kw_only=True):
    """What a model says about one item.

    Attributes:
        result: The class it belongs to; empty if the model cannot say.
        score: What the model orders by, larger first; None without a result.
        best, worst: The best and the worst number it could have if any one input were a step off; 0 where the model
            does not order by a score.
        inputs: The inputs that are known, by name.
        missing: Names of the inputs that are not known. Nothing is ever computed from a blank.
    """

    item: WorkItem
    result: str = ""
    score: float | None = None
    best: int = 0
    worst: int = 0
    inputs: dict[str, float | str] = {}
    missing: tuple[str, ...] = ()


def effort_of(item: WorkItem) -> float | None:
    """The effort of an item: the field for it, else its points; None where neither is a number above 0."""
    effort = item.effort if item.effort is not None else item.points
    return valid_size(effort) or None
