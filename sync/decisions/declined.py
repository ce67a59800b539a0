"""Items that people have decided not to do now."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from rules.model import Decision, WorkItem, in_force


def declined_items(
    items: Iterable[WorkItem], decided: Mapping[str, Sequence[Decision]], now: datetime
) -> set[tuple[str, str]]:
    """Tracker and id of the items that people have decided not to do now.

    Args:
        items: The items to look at.
        decided: All decisions, by item id.
        now: The present time.
    """
    return {
        (item.tracker, item.id)
        for item in items
        if any(
            decision.kind.is_about_the_item and decision.kind.suppresses_questions
            for decision in in_force(decided.get(item.id, ()), now, item.evidence)
        )
    }
