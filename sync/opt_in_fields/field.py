"""The interface of an opt-in field: a field that the service writes only if the settings name it."""

from collections.abc import Callable
from dataclasses import dataclass

from connectors.writes import FieldValue
from rules.model import WorkItem
from rules.priority import Refusal


def _is_never_noise(_item: WorkItem, _written: FieldValue, _new: FieldValue) -> bool:
    """Return False, for a field in which every change is written."""
    return False


@dataclass(frozen=True)
class OptInField:
    """A field that is written where the configuration names it.

    Attributes:
        name: Its key under `write.fields`, such as "wsjf".
        description: What it is called in messages, with an article, such as "the score".
        compute: Returns the value for an item, None if the item has no value, or why it cannot be computed.
        is_noise: Whether the difference between the value that the service wrote on an item and a new one is too small
            to write.
    """

    name: str
    description: str
    compute: Callable[[WorkItem], FieldValue | Refusal]
    is_noise: Callable[[WorkItem, FieldValue, FieldValue], bool] = _is_never_noise
