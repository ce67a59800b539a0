"""Stops a round that would write far more than usual, until a person approves it."""

from collections.abc import Sequence
from statistics import median

from sync.messages import Messages

_TOO_FEW_TO_MATTER = 10
_ENOUGH_ROUNDS = 3


def approval_reason(planned: int, usual: Sequence[int], factor: float, *, approved: bool, messages: Messages) -> str:
    """Why a person has to approve this round; empty if it may go ahead.

    Args:
        planned: The number of changes this round would make.
        usual: The numbers of changes in earlier rounds that made any.
        factor: The multiple of the usual number that needs approval.
        approved: Whether a person has approved writing with the current settings.
        messages: The texts to use.
    """
    if not approved:
        return messages.text("report.first-writing")
    if len(usual) < _ENOUGH_ROUNDS or planned <= _TOO_FEW_TO_MATTER:
        return ""
    normal = median(usual)
    if planned > normal * factor:
        return messages.text("report.many-writes", count=planned, factor=factor, usual=normal)
    return ""
