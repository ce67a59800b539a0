"""What people think of a rule: how often it was called wrong, and on how many items."""

from msgspec import Struct

from rules.model import DecisionKind
from sync.store import Connection, decisions, findings


class CalledWrong(Struct, frozen=True):
    """How often a rule was called wrong.

    Attributes:
        times: Answers, one a person and occasion.
        items: Items they were about.
        flagged: Items that the rule has ever flagged, of which these are.
    """

    times: int
    items: int
    flagged: int

    @property
    def line(self) -> str:
        """In one sentence."""
        if not self.times:
            return f"Never called wrong (flagged {self.flagged} items so far)."
        often = "once" if self.times == 1 else f"{self.times} times"
        return f"Called wrong {often}, on {self.items} of the {self.flagged} items it has flagged so far."


def called_wrong(connection: Connection, trackers: list[str], rule: str) -> CalledWrong:
    """Counts the answers against a rule. One that names no rule is against every rule that had flagged the item."""
    flagged = findings.flagged_by(connection, rule)
    answers = [
        (one.tracker, one.item)
        for tracker in trackers
        for one in decisions.since(connection, tracker)
        if one.kind is DecisionKind.WRONG
        and (one.rule == rule or (not one.rule and (first := flagged.get((one.tracker, one.item))) and first <= one.at))
    ]
    return CalledWrong(len(answers), len(set(answers)), len({*flagged, *answers}))
