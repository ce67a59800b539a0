"""Limits how much a round writes: to the budget, and to nothing if it needs a person's approval.

The budget (`write.budget.per_round`) is the number of items that any round may write. A round that would write far more
than usual is stopped, and so is every round before the first approval. The setting `write.surprise` is the multiple of
the usual number of changes above which a round is stopped.

A person approves with `steward apply`, which writes the plan without this check. Its first use for the current
settings also lets later rounds write by themselves.
"""

from collections.abc import Sequence
from statistics import median
from typing import TypeVar

from sync.messages import Messages

T = TypeVar("T")

_MAX_USUAL_WRITES = 10
"""The maximum number of changes that never count as unusual: a person can check and undo them quickly."""
_MIN_ROUNDS = 3
"""The minimum number of earlier rounds with changes from which the usual number is calculated."""


def split_by_budget(planned: Sequence[T], budget: int) -> tuple[Sequence[T], Sequence[T]]:
    """Split the planned items, in rank order, into those that this round writes and those that wait for a later one."""
    return planned[:budget], planned[budget:]


def approval_reason(
    planned: int, earlier_writes: Sequence[int], factor: float, *, approved: bool, messages: Messages
) -> str:
    """Return why a person has to apply the plan of this round, as a sentence; empty if the round may write.

    Args:
        planned: The number of changes this round would make.
        earlier_writes: The numbers of changes in earlier rounds, without rounds that made none.
        factor: The multiple of the usual number above which a round does not write by itself.
        approved: Whether a person has used `steward apply` with the current settings.
    """
    if not approved:
        return messages.text("report.first-writing")
    if len(earlier_writes) < _MIN_ROUNDS or planned <= _MAX_USUAL_WRITES:
        return ""
    usual_writes = median(earlier_writes)
    if planned > usual_writes * factor:
        return messages.text("report.many-writes", count=planned, factor=factor, usual=usual_writes)
    return ""
