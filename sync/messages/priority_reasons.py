"""Describes in one sentence why the suggested order ranks an item higher than another one.

WSJF (weighted shortest job first) is a score: the cost of delay divided by the job size.
"""

from rules.priority.evidence import ReasonKind
from rules.priority.order import MoveReason
from rules.priority.ranked_item import RankedItem
from rules.priority.wsjf import Score, WsjfOptions, wsjf
from sync.messages.catalogue import Messages


def describe_reason(
    item: RankedItem, other: RankedItem, reason: MoveReason, messages: Messages, options: WsjfOptions
) -> str:
    """Describe a reason in one sentence.

    Args:
        item: The item that should be ranked higher.
        other: The item that should come after it; `reason.later_item` is its outline.
    """
    facts: dict[str, str | float] = {"other": other.key}
    match reason.kind:
        case ReasonKind.BLOCKS:
            return _describe_dependency(item, reason, messages)
        case ReasonKind.PARENT_BLOCKS:
            facts |= {"parent": item.parent or "", "other_parent": other.parent or ""}
        case ReasonKind.SCORE:
            facts |= {"score": _score(item, options), "other_score": _score(other, options)}
        case ReasonKind.UNTOUCHED:
            since = item.last_change
            facts |= {"priority": item.priority or "", "since": f"{since:%Y-%m-%d}" if since else ""}
        case ReasonKind.REQUESTED:
            facts |= {"votes": item.votes or 0, "other_votes": other.votes or 0}
        case ReasonKind.CUSTOMERS:
            facts |= {"customers": item.customers, "other_customers": other.customers}
        case ReasonKind.SMALL:
            facts |= {"points": item.points or 0, "other_points": other.points or 0}
        case ReasonKind.DUE:
            return _describe_deadline(item, other, messages)
    return messages.text(f"priority.reasons.{reason.kind}", count=None, **facts)


def _describe_dependency(item: RankedItem, reason: MoveReason, messages: Messages) -> str:
    """Describe that an item blocks another one, directly or through further items.

    `reason.later_item` waits for the item directly. `reason.highest_item` is the highest-ranked item that waits for it:
    either `later_item`, or an item that waits for `later_item`.
    """
    facts: dict[str, str | float] = {"other": reason.later_item.key}
    message_id = "blocks-higher"
    if reason.sprint is not None:
        facts["sprint"] = reason.sprint.name
        message_id = "blocks-planned"
        if reason.highest_item.tracker != item.tracker:
            facts["tracker"] = reason.highest_item.tracker
            message_id = "blocks-elsewhere"
    if reason.highest_item is not reason.later_item:
        facts["target"] = reason.highest_item.key
        message_id += "-through"
    return messages.text(f"priority.reasons.{message_id}", count=None, **facts)


def _describe_deadline(item: RankedItem, other: RankedItem, messages: Messages) -> str:
    """Describe that an item has an earlier deadline than another one: a due date, or the date of a release."""
    facts = {"other": other.key, "due": f"{item.deadline}", "other_due": f"{other.deadline}"}
    release = next((release for release in item.coming_releases if release.day == item.deadline), None)
    if release is None:
        return messages.text("priority.reasons.due", count=None, **facts)
    return messages.text("priority.reasons.release", count=None, **facts, release=release.name)


def _score(item: RankedItem, options: WsjfOptions) -> float:
    """The WSJF score of an item; 0 if it has none."""
    score = wsjf(item, options)
    return score.value if isinstance(score, Score) else 0.0
