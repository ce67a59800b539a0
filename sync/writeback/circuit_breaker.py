"""Notices when a round is about to do something nobody expects of it."""

from collections.abc import Sequence
from statistics import median

from sync.messages import Messages

_TOO_FEW_TO_MATTER = 10
_ENOUGH_ROUNDS = 3


def surprise(planned: int, usual: Sequence[int], factor: float, *, approved: bool, messages: Messages) -> str:
    """Why this round should ask first; empty when there is no reason.

    Args:
        planned: Changes that would be made.
        usual: Changes made by earlier rounds that made any.
        factor: How many times the usual is a surprise.
        approved: Whether a person has let the service write under the present settings.
        messages: What people read.
    """
    if not approved:
        return messages.text("report.first-writing")
    if len(usual) < _ENOUGH_ROUNDS or planned <= _TOO_FEW_TO_MATTER:
        return ""
    normal = median(usual)
    if planned > normal * factor:
        return messages.text("report.many-writes", count=planned, factor=factor, usual=normal)
    return ""
