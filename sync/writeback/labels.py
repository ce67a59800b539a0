"""Determines which labels are written: none, one for each reason, or one configured label beside our comment."""

from collections.abc import Iterable
from typing import NamedTuple

from rules.registry import all_rules
from sync.settings import Write
from sync.store import Transaction, writes

BY_REASON = "by-reason"
_FORMER_DEFAULT = "needs-refinement"
"""The default label of earlier versions."""


class LabelSetting(NamedTuple):
    """The label setting in force.

    Attributes:
        label: `BY_REASON`, a configured label, or None for no labels.
        allowed_without_comment: Whether the configured label may be set without a comment, as in earlier versions.
    """

    label: str | None
    allowed_without_comment: bool


def label_setting(transaction: Transaction, write: Write) -> LabelSetting:
    """Return the label setting in force. If an earlier version wrote labels, its default remains in force."""
    allowed = writes.labels_allowed_without_comment(transaction)
    keeps_former_default = (
        allowed and "label" not in write.model_fields_set and writes.has_written_label(transaction, _FORMER_DEFAULT)
    )
    return LabelSetting(_FORMER_DEFAULT if keeps_former_default else write.label, allowed)


def possible_labels(setting: str | None) -> tuple[str, ...]:
    """All labels that may be written under a setting."""
    return tuple(labels_for_rules(all_rules(), setting))


def labels_for_rules(rules: Iterable[str], setting: str | None) -> dict[str, tuple[str, ...]]:
    """The labels for findings of these rules, each with its rules."""
    rules_by_label: dict[str, list[str]] = {}
    for rule in sorted(rules) if setting is not None else ():
        rules_by_label.setdefault(_reason_label(rule) if setting == BY_REASON else str(setting), []).append(rule)
    return {label: tuple(names) for label, names in rules_by_label.items()}


def _reason_label(rule: str) -> str:
    rule_type = all_rules().get(rule)
    return f"refine-{(rule_type.subject if rule_type is not None else '') or rule}"
