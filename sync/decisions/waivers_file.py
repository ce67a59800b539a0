"""Brings the decision log in line with the waivers file, in which an admin lists items that may stay as they are.

A waiver in the file becomes a decision. When it is removed from the file, the decision ends.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, time

from rules.model import Decision, DecisionKind, decision_id
from sync.settings.waivers import Waiver
from sync.store import Transaction, decisions, items

SOURCE = "waivers file"
"""The source of these decisions; see `Decision.source`."""


def update_from_waivers_file(transaction: Transaction, tracker: str, waivers: Sequence[Waiver], now: datetime) -> None:
    """Add decisions for new waivers, and end the decisions of removed waivers."""
    logged_decisions = [decision for decision in decisions.since(transaction, tracker) if decision.source == SOURCE]
    ended_ids = {replaced_id for decision in logged_decisions for replaced_id in decision.replaces}
    current_decisions = [
        decision
        for decision in logged_decisions
        if decision.kind is DecisionKind.WAIVE and decision.id not in ended_ids
    ]
    decisions_in_file = [
        decision
        for waiver in waivers
        if waiver.tracker in (None, tracker)
        for decision in _make_decisions(transaction, tracker, waiver, now, len(ended_ids))
    ]
    content_in_file = {_content(decision) for decision in decisions_in_file}
    current_content = {_content(decision) for decision in current_decisions}
    added = [decision for decision in decisions_in_file if _content(decision) not in current_content]
    ended = [_end(decision, now) for decision in current_decisions if _content(decision) not in content_in_file]
    decisions.add(transaction, [*added, *ended])


def _end(decision: Decision, now: datetime) -> Decision:
    """Make the decision that ends one whose waiver is no longer in the file."""
    return Decision(
        id=decision_id(decision.tracker, decision.item, SOURCE, "ended", decision.id),
        tracker=decision.tracker,
        item=decision.item,
        key=decision.key,
        kind=DecisionKind.RESUME,
        rule=decision.rule,
        at=now,
        source=SOURCE,
        replaces=(decision.id,),
    )


def _make_decisions(
    transaction: Transaction, tracker: str, waiver: Waiver, now: datetime, ended_count: int
) -> list[Decision]:
    """Make the decisions of a waiver: one for each item with the waiver's key; none if no item has it.

    Their ids depend on the number of ended decisions, so that a waiver that is removed and added again gets a new id.
    """
    review = datetime.combine(waiver.until, time.min, UTC) if waiver.until is not None else None
    return [
        Decision(
            id=decision_id(tracker, item.id, SOURCE, waiver.rule, str(waiver.until), waiver.reason, str(ended_count)),
            tracker=tracker,
            item=item.id,
            key=item.key,
            kind=DecisionKind.WAIVE,
            rule=waiver.rule,
            reason=waiver.reason,
            at=now,
            review=review,
            source=SOURCE,
            by="admin",
        )
        for item in items.items_by_key(transaction, waiver.item)
        if item.tracker == tracker
    ]


def _content(decision: Decision) -> tuple[str, str, str, datetime | None]:
    """The parts of a decision that come from the file."""
    return decision.item, decision.rule, decision.reason, decision.review
