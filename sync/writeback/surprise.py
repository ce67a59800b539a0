"""Notices when a round is about to do something nobody expects of it."""

from collections.abc import Sequence
from statistics import median

_TOO_FEW_TO_MATTER = 10
_ENOUGH_ROUNDS = 3


def surprise(planned: int, usual: Sequence[int], factor: float, *, approved: bool) -> str:
    """Why this round should ask first; empty when there is no reason.

    Args:
        planned: Changes that would be made.
        usual: Changes made by earlier rounds that made any.
        factor: How many times the usual is a surprise.
        approved: Whether a person has let the service write under the present settings.
    """
    if not approved:
        return "It would be the first writing under these settings."
    if len(usual) < _ENOUGH_ROUNDS or planned <= _TOO_FEW_TO_MATTER:
        return ""
    normal = median(usual)
    if planned > normal * factor:
        return f"{planned} changes would be made, more than {factor:g} times the usual {normal:g}."
    return ""
