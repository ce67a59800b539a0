"""Takes waivers from the waivers file into the decision log, and ends those that are no longer in it."""

from collections.abc import Sequence
from datetime import UTC, datetime, time

from rules.model import Decision, DecisionKind, decision_id
from sync.settings.waivers import Waiver
from sync.store import Transaction, decisions, items

SOURCE = "waivers file"


def take_waivers(transaction: Transaction, tracker: str, waivers: Sequence[Waiver], now: datetime) -> None:
    """Bring the decision log in line with the waivers file.

    Args:
        transaction: The store.
        tracker: The tracker whose items are looked at.
        waivers: The content of the file.
        now: The round's time.
    """
    logged = [
        decision
        for item_decisions in decisions.by_item(transaction, tracker).values()
        for decision in item_decisions
        if decision.source == SOURCE
    ]
    ended = {replaced for decision in logged for replaced in decision.replaces}
    current = {
        decision.id: decision for decision in logged if decision.kind is DecisionKind.WAIVE and decision.id not in ended
    }
    wanted = [
        decision
        for waiver in waivers
        if waiver.tracker in (None, tracker)
        for decision in _decisions(transaction, tracker, waiver, now, len(ended))
    ]
    wanted_content = {_content(decision) for decision in wanted}
    present_content = {_content(decision) for decision in current.values()}
    decisions.add(transaction, [decision for decision in wanted if _content(decision) not in present_content])
    decisions.add(
        transaction,
        [
            Decision(
                id=decision_id(tracker, decision.item, SOURCE, "ended", decision.id),
                tracker=tracker,
                item=decision.item,
                key=decision.key,
                kind=DecisionKind.RESUME,
                rule=decision.rule,
                at=now,
                source=SOURCE,
                replaces=(decision.id,),
            )
            for decision in current.values()
            if _content(decision) not in wanted_content
        ],
    )


def _decisions(transaction: Transaction, tracker: str, waiver: Waiver, now: datetime, number: int) -> list[Decision]:
    """The decision of a waiver; none while the tracker has no such item."""
    review = datetime.combine(waiver.until, time.min, UTC) if waiver.until is not None else None
    return [
        Decision(
            id=decision_id(tracker, item.id, SOURCE, waiver.rule, str(waiver.until), waiver.reason, str(number)),
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
    return decision.item, decision.rule, decision.reason, decision.review
