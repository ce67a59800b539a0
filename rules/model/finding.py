"""A finding: a match of a rule on an item, with a question to the team."""

import hashlib
from enum import StrEnum

from msgspec import Struct, field

Facts = dict[str, str | int | float | bool | None]
"""The values of a finding, by name. The placeholders of its messages show most of them."""
_HASH_LENGTH = 16
"""The number of hexadecimal digits in ids and hashes: enough to tell all findings of an installation apart."""


class Severity(StrEnum):
    """How much a finding matters to planning."""

    INFO = "info"
    """It is counted in reports, and may set a label."""
    WARNING = "warning"
    """It may also become a comment."""

    @property
    def weight(self) -> int:
        """A number for sorting. A larger one is more important."""
        return 2 if self is Severity.WARNING else 1


class Finding(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One match of a rule on an item.

    Attributes:
        id: As returned by `finding_id`. It stays the same when the item is edited.
        item: The id of the item in its tracker.
        key: The key of the item, such as PAY-12.
        part: The part of the item that it is about, if a rule can flag several parts; empty for the whole item. Stored
            as `place`.
        variant: Which case of the rule applies: a key of `Rule.messages`.
        severity: The severity in the settings of the rule, or a lower one that the rule chose for this match.
        evidence: What was found, in one sentence.
        question: The question to the team, in one sentence.
        resolution: How to clear the finding, in one sentence.
        facts: The values in these sentences, and others that explain the match.
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
        """A hash of the variant and the facts, except `volatile_facts`. If it changes, the finding has new evidence."""
        facts = sorted((name, repr(value)) for name, value in self.facts.items() if name not in self.volatile_facts)
        return hashlib.sha256(f"{self.variant}\0{facts}".encode()).hexdigest()[:_HASH_LENGTH]


def finding_id(tracker: str, item_id: str, rule: str, part: str = "") -> str:
    """Return the id of the finding of a rule on an item, or on a part of it. The same arguments give the same id."""
    return hashlib.sha256(f"{tracker}\0{item_id}\0{rule}\0{part}".encode()).hexdigest()[:_HASH_LENGTH]
