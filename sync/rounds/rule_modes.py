"""Determines whether the findings of a rule are written to items, or only reported ("shadow mode").

The strictest of all settings applies. A rule that is new, or whose version or settings have changed since it was
promoted (allowed to write), is in shadow mode until somebody runs `steward rules promote`. With the first write, all
rules in force at that time count as promoted.
"""

import hashlib
from collections.abc import Callable, Collection
from functools import cache
from typing import Any

from msgspec import Struct

from rules.model import Finding, WorkItem
from rules.rule import Mode, Rule
from rules.ruleset import Ruleset
from sync.settings import Settings

NOT_PROMOTED_REASON = (
    "the rule is new or has changed since it was promoted; `steward rules promote {rule}` lets it write."
)
SHADOW_IN_RULES_REASON = "the rule is set to `mode: shadow` in rules.yaml."

PromotedRules = Collection[tuple[str, str]]
"""The promoted rules as (id, fingerprint); empty before the service has ever written."""


class RuleMode(Struct, frozen=True):
    """The mode of a rule.

    Attributes:
        reason: Why it has this mode, as a clause.
    """

    mode: Mode
    reason: str


def fingerprint(ruleset: Ruleset, rule: str) -> str:
    """A hash of a rule's version and settings."""
    return _hash(ruleset.fingerprint(rule))


def fingerprints(ruleset: Ruleset) -> tuple[tuple[str, str], ...]:
    """The fingerprints of all rules, as (id, fingerprint)."""
    return tuple((rule, fingerprint(ruleset, rule)) for rule in ruleset.rule_types)


def needs_promotion(ruleset: Ruleset, rule: str, promoted: PromotedRules) -> bool:
    """Whether a rule has to be promoted before it writes.

    A store may contain fingerprints in two formats. The first one included all options; the present one omits defaults.
    """
    if not promoted or (rule, fingerprint(ruleset, rule)) in promoted:
        return False
    first_format = ruleset.first_fingerprint(rule)
    return first_format is None or (rule, _hash(first_format)) not in promoted


def find_shadow_reasons(ruleset: Ruleset, promoted: PromotedRules) -> Callable[[Finding, WorkItem], str]:
    """Return a function that gives the reason why the rule of a finding is in shadow mode for its item.

    The reason is empty if the rule is not in shadow mode. The modes in steward.yaml do not count.
    """
    waits_for_promotion = cache(lambda rule: needs_promotion(ruleset, rule, promoted))

    def find_reason(finding: Finding, item: WorkItem) -> str:
        if ruleset.rule_for(finding.rule, item).settings.mode == "shadow":
            return SHADOW_IN_RULES_REASON
        return NOT_PROMOTED_REASON.format(rule=finding.rule) if waits_for_promotion(finding.rule) else ""

    return find_reason


def _hash(text: str) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def mode_of(rule: Rule[Any], settings: Settings, ruleset: Ruleset, promoted: PromotedRules, tracker: str) -> RuleMode:
    """The mode of a rule on a tracker, and why the rule has it.

    Args:
        rule: The rule with the settings that apply to an item, or to items without an override.
        ruleset: The rules in rules.yaml.
    """
    if settings.write.mode == "shadow":
        return RuleMode("shadow", "`write.mode` is shadow in steward.yaml.")
    if settings.mode_of(tracker) == "shadow":
        return RuleMode("shadow", f"the tracker {tracker} is in shadow in steward.yaml.")
    if rule.settings.mode == "shadow":
        return RuleMode("shadow", SHADOW_IN_RULES_REASON)
    if needs_promotion(ruleset, rule.id, promoted):
        return RuleMode("shadow", NOT_PROMOTED_REASON.format(rule=rule.id))
    if not promoted:
        return RuleMode("write", "it writes after the first `steward apply`.")
    return RuleMode("write", "it was promoted.")
