"""The rating of an item by a priority model, such as WSJF or MoSCoW: its inputs, and a result or the missing inputs."""

from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from rules.flow.sizes import parse_size
from rules.model import Feedback, WorkItem
from rules.priority.ratable_item import RatableItem
from rules.priority.wsjf import Refusal


class Model(StrEnum):
    """A model of priority."""

    WSJF = "wsjf"
    MOSCOW = "moscow"
    MATRIX = "matrix"
    """Four quadrants by value and effort."""
    RISK_MATRIX = "risk-matrix"
    """Four quadrants by value and risk."""


class ItemSummary(Struct, frozen=True, gc=False):
    """What people read about a rated item, with the feedback on it: all that is kept of it in memory."""

    tracker: str
    id: str
    key: str
    title: str
    feedback: Feedback | None

    @classmethod
    def of_item(cls, item: WorkItem | RatableItem) -> "ItemSummary":
        """Return the summary of an item."""
        return cls(item.tracker, item.id, item.key, item.title, item.feedback)


class Rating(Struct, frozen=True, kw_only=True):
    """The rating of one item by a priority model.

    Attributes:
        result: The class or the score of the item, as text; empty if it could not be rated.
        score: The WSJF score; None for other models, or if there is none.
        best, worst: The best and the worst rank that the item could have if one of its inputs were one step higher or
            lower on the scale of estimates; 0 if it has no score.
        missing: Names of the inputs that are unknown or unusable, such as negative ones. A missing input is never
            replaced by a default.
        refusal: Why there is no WSJF score; for `Model.MATRIX`, that the effort is there but cannot be used. Else None.
    """

    item: ItemSummary
    result: str = ""
    score: float | None = None
    best: int = 0
    worst: int = 0
    inputs: dict[str, float | str] = {}
    missing: tuple[str, ...] = ()
    refusal: Refusal | None = None


class SizedItem(Protocol):
    """An item, or a part of it, with its sizes."""

    @property
    def effort(self) -> float | None:
        """Its job size, if the tracker has it in a field other than points."""

    @property
    def points(self) -> float | None:
        """The team's estimate."""


def get_effort(item: SizedItem) -> float | None:
    """Return the effort of an item: its effort field, else its points; None if that is not a number above 0."""
    effort = item.effort if item.effort is not None else item.points
    return parse_size(effort) or None
