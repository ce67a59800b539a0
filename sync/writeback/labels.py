"""Determines which labels are written, according to the setting `write.label`.

It has three options: no labels; one label for each reason, such as refine-size; or one label that the team has chosen,
which is only set on items with the service's comment.
"""

from collections.abc import Iterable
from typing import NamedTuple

from rules.registry import all_rules
from sync.settings import Write
from sync.store import Transaction, writes

BY_REASON = "by-reason"
"""The value of the setting that stands for one label for each reason."""
_FORMER_DEFAULT = "needs-refinement"
"""The default label of versions before `by-reason` existed."""


class LabelSetting(NamedTuple):
    """The label setting in force.

    Attributes:
        label: `BY_REASON`, the label that the team has chosen, or None for no labels.
        allowed_without_comment: Whether the team's label may be set on items without the service's comment. Earlier
            versions did so, and stores in which they wrote such labels keep that behaviour.
    """

    label: str | None
    allowed_without_comment: bool


def load_label_setting(transaction: Transaction, write: Write) -> LabelSetting:
    """Return the label setting in force.

    If the settings do not name a label, and an earlier version wrote its default label, that label remains in force.
    """
    allowed = writes.labels_allowed_without_comment(transaction)
    keeps_former_default = (
        allowed and "label" not in write.model_fields_set and writes.has_written_label(transaction, _FORMER_DEFAULT)
    )
    return LabelSetting(_FORMER_DEFAULT if keeps_former_default else write.label, allowed)


def labels_for_rules(rules: Iterable[str], setting: str | None) -> dict[str, tuple[str, ...]]:
    """The labels for findings of these rules, each with the rules that it is for.

    Args:
        setting: A value of `LabelSetting.label`.
    """
    if setting is None:
        return {}
    rules_by_label: dict[str, list[str]] = {}
    for rule in sorted(rules):
        label = _reason_label(rule) if setting == BY_REASON else setting
        rules_by_label.setdefault(label, []).append(rule)
    return {label: tuple(names) for label, names in rules_by_label.items()}


def _reason_label(rule: str) -> str:
    """The label for a rule: "refine-" and the subject of its questions, such as "size", or else its id."""
    rule_type = all_rules().get(rule)
    subject = rule_type.question_subject if rule_type is not None else ""
    return f"refine-{subject or rule}"
