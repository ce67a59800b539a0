"""Finds the items that people have decided not to do, or not now."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from rules.model import Decision, WorkItem, select_in_force


def find_declined_items(
    items: Iterable[WorkItem], decisions: Mapping[str, Sequence[Decision]], now: datetime
) -> set[tuple[str, str]]:
    """Return the declined items, as (tracker, item id).

    A decision is in force until its review date, unless the item's evidence, such as more votes, ends it before.

    Args:
        items: Items of one tracker.
        decisions: All decisions at this tracker, by item id.
    """
    return {
        (item.tracker, item.id)
        for item in items
        if any(
            decision.kind.is_about_the_item and decision.kind.suppresses_questions
            for decision in select_in_force(decisions.get(item.id, ()), now, item.evidence)
        )
    }
