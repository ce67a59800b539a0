"""Finds the items that people have decided not to do, or not now."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from rules.model import Backlog, Decision, WorkItem, select_in_force
from sync.store import Transaction, decisions


def load_declined_items(transaction: Transaction, backlogs: Iterable[Backlog], now: datetime) -> set[tuple[str, str]]:
    """Return the declined items of some backlogs, as (tracker, item id)."""
    declined: set[tuple[str, str]] = set()
    for backlog in backlogs:
        decisions_by_item = decisions.by_item(transaction, backlog.tracker)
        decided = (backlog.items[outline.index] for outline in backlog.outlines if outline.id in decisions_by_item)
        declined |= find_declined_items(decided, decisions_by_item, now)
    return declined


def find_declined_items(
    items: Iterable[WorkItem], decisions_by_item: Mapping[str, Sequence[Decision]], now: datetime
) -> set[tuple[str, str]]:
    """Return those of the items that are declined, as (tracker, item id).

    A decision is in force until its review date, unless the item's evidence, such as more votes, ends it before.

    Args:
        items: Items of one tracker.
        decisions_by_item: All decisions at this tracker, by item id.
    """
    return {
        (item.tracker, item.id)
        for item in items
        if any(
            decision.kind.is_about_the_item and decision.kind.suppresses_questions
            for decision in select_in_force(decisions_by_item.get(item.id, ()), now, item.demand)
        )
    }
