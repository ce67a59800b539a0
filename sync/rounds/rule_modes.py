"""Whether a rule writes or only reports: of all that is said about it, the strictest counts.

A rule that is new, or whose version or settings changed since a person let it write on this store, reports what it
would have done until `steward rules promote`. Rules that are there when the first writing is approved have been seen
in its plan, and count as promoted.
"""

import hashlib
from collections.abc import Collection
from typing import Any

from msgspec import Struct

from rules.registry import all_rules
from rules.rule import Mode, Rule
from rules.ruleset import Ruleset
from sync.settings import Settings

NOT_PROMOTED = "the rule is new or changed since it was let write; `steward rules promote {rule}` lets it."
SET_SO = "the rule is set to `mode: shadow` in rules.yaml."

Promoted = Collection[tuple[str, str]]
"""Rules by id and fingerprint; empty before the first writing."""


class RuleMode(Struct, frozen=True):
    """The mode that holds, and why it is not another."""

    mode: Mode
    why: str


def fingerprint(ruleset: Ruleset, rule: str) -> str:
    """Changes with a rule's version and any of its settings."""
    return _hash(ruleset.fingerprint(rule))


def fingerprints(ruleset: Ruleset) -> tuple[tuple[str, str], ...]:
    """Every rule with the fingerprint it has under these settings."""
    return tuple((rule, fingerprint(ruleset, rule)) for rule in all_rules())


def waits(ruleset: Ruleset, rule: str, promoted: Promoted) -> bool:
    """Whether a rule has to be promoted before it writes.

    Stores hold fingerprints of two versions: the first counted every option, the present one leaves out defaults.
    """
    if not promoted or (rule, fingerprint(ruleset, rule)) in promoted:
        return False
    first = ruleset.first_fingerprint(rule)
    return first is None or (rule, _hash(first)) not in promoted


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def mode_of(rule: Rule[Any], settings: Settings, ruleset: Ruleset, promoted: Promoted, tracker: str) -> RuleMode:
    """The mode that holds for a rule with some settings, and why.

    Args:
        rule: With the settings of an item, or of items without an override.
        settings: What is said of the installation and its trackers.
        ruleset: What is said of all rules.
        promoted: Which rules were let write.
        tracker: Where.
    """
    if settings.write.mode == "shadow":
        return RuleMode("shadow", "`write.mode` is shadow in steward.yaml.")
    if settings.mode_of(tracker) == "shadow":
        return RuleMode("shadow", f"the tracker {tracker} is in shadow in steward.yaml.")
    if rule.settings.mode == "shadow":
        return RuleMode("shadow", SET_SO)
    if waits(ruleset, rule.id, promoted):
        return RuleMode("shadow", NOT_PROMOTED.format(rule=rule.id))
    if not promoted:
        return RuleMode("write", "it writes from the first `steward apply` on.")
    return RuleMode("write", "it was let write.")
