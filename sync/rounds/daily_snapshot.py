"""Counts a backlog once a day, so that reports can show trends."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime

from rules.lifecycle import FindingState, FindingStatus
from rules.model import Backlog, Severity, StatusCategory
from sync.store.snapshots import DailySnapshot

ANSWERED = frozenset({FindingState.WAIVED, FindingState.SNOOZED, FindingState.COOLING_DOWN})
"""States of findings that people have answered."""


def take_daily_snapshot(
    backlog: Backlog, statuses: Sequence[FindingStatus], horizon: Collection[str], now: datetime
) -> DailySnapshot:
    """Count a backlog for the trends in reports.

    Args:
        backlog: The open items.
        statuses: The status of their findings.
        horizon: Ids of the items within the horizon.
        now: The round's time.
    """
    flagged = {
        status.finding.item
        for status in statuses
        if status.finding.severity is Severity.WARNING and status.state not in ANSWERED
    }
    next_up = {
        item.id for item in backlog.items if item.id in horizon and item.category is not StatusCategory.IN_PROGRESS
    }
    return DailySnapshot(
        day=now.date(),
        open_items=len(backlog.items),
        flagged=len(flagged),
        found=dict(sorted(Counter(status.finding.rule for status in statuses).items())),
        next_up=len(next_up),
        next_ready=len(next_up - flagged),
    )
