"""Feedback on a rule: how often people said that it is wrong, and on how many items."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from rules.model import Decision, DecisionKind
from sync.store import Transaction, decisions, findings


class RuleFeedback(Struct, frozen=True):
    """How often people said that a rule is wrong.

    Attributes:
        times: The number of decisions that call the rule wrong.
        items: The number of items that these decisions are about.
        flagged: The number of items that the rule has ever flagged.
    """

    times: int
    items: int
    flagged: int

    @property
    def line(self) -> str:
        """The feedback in one sentence."""
        if not self.times:
            return f"Never called wrong (flagged {self.flagged} items so far)."
        count = "once" if self.times == 1 else f"{self.times} times"
        return f"Called wrong {count}, on {self.items} of the {self.flagged} items it has flagged so far."


def count_feedback(transaction: Transaction, trackers: list[str], rule: str) -> RuleFeedback:
    """Count the decisions that call a rule wrong, without those that a later decision replaced.

    A decision that names no rule counts for all rules that had flagged the item by then.
    """
    first_flagged_at = findings.first_flagged_at(transaction, rule)
    all_decisions = [decision for tracker in trackers for decision in decisions.since(transaction, tracker)]
    replaced_ids = {replaced_id for decision in all_decisions for replaced_id in decision.replaces}
    items = [
        (decision.tracker, decision.item)
        for decision in all_decisions
        if decision.kind is DecisionKind.WRONG
        and decision.id not in replaced_ids
        and _is_about(decision, rule, first_flagged_at)
    ]
    return RuleFeedback(len(items), len(set(items)), len({*first_flagged_at, *items}))


def _is_about(decision: Decision, rule: str, first_flagged_at: Mapping[tuple[str, str], datetime]) -> bool:
    """Whether a decision names a rule, or names none and the rule had flagged the item by then.

    Args:
        first_flagged_at: When the rule first flagged each item, by tracker and item id.
    """
    first_flagged = first_flagged_at.get((decision.tracker, decision.item))
    return decision.rule == rule or (not decision.rule and first_flagged is not None and first_flagged <= decision.at)
