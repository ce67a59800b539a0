"""The write limit per round: how many planned items are written now, starting from the top of the backlog."""

from collections.abc import Sequence
from typing import TypeVar

from sync.settings.schema import Budget

T = TypeVar("T")


def within_budget(planned: Sequence[T], budget: Budget, limit: int | None) -> tuple[tuple[T, ...], tuple[T, ...]]:
    """Divide planned items, in rank order, into those that are written in this round and those that wait.

    Args:
        planned: All items with something to write.
        budget: The configured budget.
        limit: The maximum number of items; None for the configured number.
    """
    count = budget.per_round if limit is None else limit
    return tuple(planned[:count]), tuple(planned[count:])
