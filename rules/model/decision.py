"""A decision of people about a finding, with its reason and the day it is looked at again."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class Verdict(StrEnum):
    """What people said to a finding."""

    WAIVE = "waive"
    """It may stay as it is, until the review date."""
    SNOOZE = "snooze"
    """Ask again later."""
    WRONG = "wrong"
    """The rule is mistaken here; counts against the rule."""
    DISMISSED = "dismissed"
    """People removed or changed what the service wrote; taken as an answer without words."""


class Decision(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry of the decision log; entries are added and never changed.

    Attributes:
        id: The same answer read twice has the same id.
        item: The item's id in its tracker.
        key: What people call the item.
        rule: Which rule's finding it answers; empty for whatever the service says about the item.
        reason: In the words of whoever decided.
        at: When it was made, UTC.
        review: When it ends and is looked at again, UTC.
        source: Where it was said: "command line", "reply", "comment", "label" or "field".
        by: Name or role of whoever decided, as far as the source tells.
    """

    id: str
    tracker: str
    item: str
    key: str
    verdict: Verdict
    at: datetime
    review: datetime | None = None
    rule: str = ""
    reason: str = ""
    source: str = ""
    by: str = ""

    def holds(self, rule: str, now: datetime) -> bool:
        """Whether this decision answers a rule's finding at this moment."""
        return self.rule in ("", rule) and self.at <= now and (self.review is None or now < self.review)
