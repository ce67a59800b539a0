"""The counts of a backlog that are kept for each day, so that reports can show trends."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime

from rules.lifecycle import FindingState, FindingStatus
from rules.model import Backlog, Severity, StatusCategory
from sync.store.snapshots import Snapshot

ANSWERED = frozenset({FindingState.WAIVED, FindingState.SNOOZED, FindingState.COOLING_DOWN})
"""States of findings that people have answered."""


def daily_snapshot(
    backlog: Backlog, statuses: Sequence[FindingStatus], near: Collection[str], now: datetime
) -> Snapshot:
    """Count what a trend is drawn from.

    Args:
        backlog: The open items.
        statuses: Their findings.
        near: Ids of the items near the top of the backlog.
        now: The round's time.
    """
    flagged = {
        status.finding.item
        for status in statuses
        if status.finding.severity is Severity.WARNING and status.state not in ANSWERED
    }
    next_up = {item.id for item in backlog.items if item.id in near and item.category is not StatusCategory.IN_PROGRESS}
    return Snapshot(
        day=now.date(),
        open_items=len(backlog.items),
        flagged=len(flagged),
        found=dict(sorted(Counter(status.finding.rule for status in statuses).items())),
        next_up=len(next_up),
        next_ready=len(next_up - flagged),
    )
