"""A finding: a question about one item, with what raised it."""

import hashlib
from enum import StrEnum

from msgspec import Struct, field

Facts = dict[str, str | int | float | bool | None]
"""Named values that raised a finding; wording fills them into its sentences."""


class Severity(StrEnum):
    """How much a finding matters to planning."""

    INFO = "info"
    WARNING = "warning"

    @property
    def weight(self) -> int:
        """Order among severities; larger matters more."""
        return 2 if self is Severity.WARNING else 1


class Finding(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one rule says about one item.

    Attributes:
        id: Identity over rounds: item, rule and place. It outlives edits of the item.
        tracker: Name of the item's tracker.
        item: The item's id in its tracker.
        key: What people call the item.
        rule: Id of the rule.
        place: Where in the item, when a rule can speak about several places; empty for the whole item.
        variant: Which of the rule's sentences applies.
        severity: Importance after the team's own settings.
        evidence: What was seen, in one sentence.
        question: What the team is asked, in one sentence.
        resolution: How to clear it, in one sentence.
        facts: The values behind those sentences.
        drifting: Names of facts that change without anybody touching the item.
    """

    id: str
    tracker: str
    item: str
    key: str
    rule: str
    place: str = ""
    variant: str = ""
    severity: Severity = Severity.INFO
    evidence: str = ""
    question: str = ""
    resolution: str = ""
    facts: Facts = field(default_factory=dict)
    drifting: tuple[str, ...] = ()

    @property
    def evidence_hash(self) -> str:
        """Changes when what was seen changes; the finding's id does not, nor does this for what drifts by itself."""
        seen = sorted((name, repr(value)) for name, value in self.facts.items() if name not in self.drifting)
        return hashlib.sha256(f"{self.variant}\0{seen}".encode()).hexdigest()[:16]


def finding_id(tracker: str, item: str, rule: str, place: str = "") -> str:
    """The identity of what a rule says about a place in an item: the same input gives the same id."""
    return hashlib.sha256(f"{tracker}\0{item}\0{rule}\0{place}".encode()).hexdigest()[:16]
