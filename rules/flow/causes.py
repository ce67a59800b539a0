"""Finds out why items were not done in their sprint, as far as the data shows it.

A cause is a fault of the item that a rule flagged while the sprint was planned (until a day after its start), or that
the item was added after that. An item may have several causes.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from rules.flow.late_changes import PLANNING_PERIOD


class Cause(StrEnum):
    """Why an item was not done in its sprint."""

    QUESTION = "question"
    """A question about it was open while the sprint was planned."""
    SIZE = "size"
    """It was large, or named several parts."""
    BLOCKED = "blocked"
    """It waited for an item that was planned later."""
    ADDED = "added"
    """It was added after the planning of the sprint."""
    UNKNOWN = "unknown"
    """The data shows no cause."""


_CAUSES_BY_RULE = {
    "oversized-story": Cause.SIZE,
    "split-candidate": Cause.SIZE,
    "blocked-by-later": Cause.BLOCKED,
    "missing-acceptance-criteria": Cause.QUESTION,
    "unanswered-question": Cause.QUESTION,
    "vague-title": Cause.QUESTION,
    "spike-without-question": Cause.QUESTION,
    "bug-without-reproduction": Cause.QUESTION,
    "changed-after-ready": Cause.QUESTION,
}
"""The cause that a finding shows, by the id of its rule. The findings of other rules show none."""


class FlaggedPeriod(Struct, frozen=True):
    """The time in which a rule flagged an item.

    Attributes:
        cleared: When the finding was cleared; None if it is still there, or was there when the item was finished.
    """

    rule: str
    first_seen: datetime
    cleared: datetime | None


def find_causes(periods: Iterable[FlaggedPeriod], start: datetime, added: datetime | None) -> set[Cause]:
    """Find out why an item was not done in a sprint.

    Args:
        start: The start of the sprint.
        added: When the item was added to the sprint; None if unknown.
    """
    end_of_planning = start + PLANNING_PERIOD
    causes = {
        _CAUSES_BY_RULE[period.rule]
        for period in periods
        if period.rule in _CAUSES_BY_RULE
        and period.first_seen <= end_of_planning
        and (period.cleared is None or period.cleared > start)
    }
    if added is not None and added > end_of_planning:
        causes.add(Cause.ADDED)
    return causes or {Cause.UNKNOWN}
