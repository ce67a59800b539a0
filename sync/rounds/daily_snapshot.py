"""Counts a backlog, so that reports can show trends. The last round of a day determines the counts of that day."""

from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime

from rules.lifecycle import FindingStatus
from rules.model import Backlog, Severity
from sync.store.snapshots import DailySnapshot


def take_daily_snapshot(
    backlog: Backlog, statuses: Sequence[FindingStatus], next_ids: AbstractSet[str], now: datetime
) -> DailySnapshot:
    """Count a backlog for the trends in reports.

    Args:
        statuses: The statuses of the findings about its items.
        next_ids: Ids of the items that the teams start next.
    """
    flagged = {
        status.finding.item
        for status in statuses
        if status.finding.severity is Severity.WARNING and not status.is_answered
    }
    return DailySnapshot(
        day=now.date(),
        open_items=len(backlog.items),
        flagged=len(flagged),
        finding_counts=dict(sorted(Counter(status.finding.rule for status in statuses).items())),
        next_up=len(next_ids),
        next_ready=len(next_ids - flagged),
    )
