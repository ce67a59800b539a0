"""The write budget: how many items may be written in a round. Items at the top of the backlog come first."""

from collections.abc import Sequence
from typing import TypeVar

from sync.settings.schema import Budget

Planned = TypeVar("Planned")
"""The type of a planned item."""


def split_by_budget(
    planned: Sequence[Planned], budget: Budget, limit: int | None
) -> tuple[tuple[Planned, ...], tuple[Planned, ...]]:
    """Split planned items, in rank order, into those that are written in this round and those that wait.

    Args:
        planned: All items with something to write.
        limit: The maximum number of items; None for the configured number.
    """
    count = budget.per_round if limit is None else limit
    return tuple(planned[:count]), tuple(planned[count:])
