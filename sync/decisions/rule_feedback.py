"""Feedback on a rule: how often people called it wrong, and on how many items."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from rules.model import Decision, DecisionKind
from sync.store import Transaction, decisions, findings


class CalledWrong(Struct, frozen=True):
    """How often a rule was called wrong.

    Attributes:
        times: How many decisions said so.
        items: How many items these decisions were about.
        flagged: How many items the rule has ever flagged.
    """

    times: int
    items: int
    flagged: int

    @property
    def line(self) -> str:
        """All of it in one sentence."""
        if not self.times:
            return f"Never called wrong (flagged {self.flagged} items so far)."
        count = "once" if self.times == 1 else f"{self.times} times"
        return f"Called wrong {count}, on {self.items} of the {self.flagged} items it has flagged so far."


def called_wrong(connection: Transaction, trackers: list[str], rule: str) -> CalledWrong:
    """Count the decisions against a rule. One without a rule counts against every rule that had flagged the item."""
    flagged = findings.first_flagged_at(connection, rule)
    log = [decision for tracker in trackers for decision in decisions.since(connection, tracker)]
    replaced = {ident for decision in log for ident in decision.replaces}
    items = [
        (decision.tracker, decision.item)
        for decision in log
        if decision.kind is DecisionKind.WRONG and decision.id not in replaced and _is_about(decision, rule, flagged)
    ]
    return CalledWrong(len(items), len(set(items)), len({*flagged, *items}))


def _is_about(decision: Decision, rule: str, flagged: Mapping[tuple[str, str], datetime]) -> bool:
    first = flagged.get((decision.tracker, decision.item))
    return decision.rule == rule or (not decision.rule and first is not None and first <= decision.at)
