"""A finding: a question about one item, with the facts that raised it."""

import hashlib
from enum import StrEnum

from msgspec import Struct, field

Facts = dict[str, str | int | float | bool | None]
"""The values that raised a finding, by name. Message templates name them as placeholders."""


class Severity(StrEnum):
    """How much a finding matters to planning."""

    INFO = "info"
    WARNING = "warning"

    @property
    def weight(self) -> int:
        """For sorting; a larger weight is more important."""
        return 2 if self is Severity.WARNING else 1


class Finding(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one rule says about one item.

    Attributes:
        id: Made from item, rule and part, so that it stays the same when the item is edited.
        tracker: Name of the item's tracker.
        item: The item's id in its tracker.
        key: The item's key, such as PAY-12.
        rule: Id of the rule.
        part: The part of the item that it is about, if a rule can flag several parts; empty for the whole item. Stored
            as `place`.
        variant: Which of the rule's message variants applies.
        severity: The severity by the team's settings.
        evidence: The evidence for the finding, in one sentence.
        question: The question to the team, in one sentence.
        resolution: The way to clear the finding, in one sentence.
        facts: The values in these sentences.
        volatile_facts: Names of facts that change without an edit of the item, such as ages. Stored as `drifting`.
    """

    id: str
    tracker: str
    item: str
    key: str
    rule: str
    part: str = field(default="", name="place")
    variant: str = ""
    severity: Severity = Severity.INFO
    evidence: str = ""
    question: str = ""
    resolution: str = ""
    facts: Facts = field(default_factory=dict)
    volatile_facts: tuple[str, ...] = field(default=(), name="drifting")

    @property
    def evidence_hash(self) -> str:
        """A hash of the facts, except those that change by themselves. The finding's id does not depend on it."""
        facts = sorted((name, repr(value)) for name, value in self.facts.items() if name not in self.volatile_facts)
        return hashlib.sha256(f"{self.variant}\0{facts}".encode()).hexdigest()[:16]


def finding_id(tracker: str, item_id: str, rule: str, part: str = "") -> str:
    """The id of a rule's finding about an item or a part of it. The same input gives the same id."""
    return hashlib.sha256(f"{tracker}\0{item_id}\0{rule}\0{part}".encode()).hexdigest()[:16]
