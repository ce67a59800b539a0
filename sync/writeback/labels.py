"""Which labels are written: none, one for each reason, or one name of the admin's beside our comment."""

from collections.abc import Iterable
from typing import NamedTuple

from rules.registry import all_rules
from sync.settings import Write
from sync.store import Transaction, writes

BY_REASON = "by-reason"
_FORMER_DEFAULT = "needs-refinement"
"""The label of earlier versions, where the configuration named no other."""


class LabelSetting(NamedTuple):
    """The label setting in force.

    Attributes:
        label: `BY_REASON`, a label, or None for none.
        alone: Whether a label that names no reason may stand without a comment, as in earlier versions.
    """

    label: str | None
    alone: bool


def label_setting(reading: Transaction, write: Write) -> LabelSetting:
    """The label setting in force. A store that an earlier version has written labels with goes on as before."""
    alone = writes.labels_allowed_without_comment(reading)
    keeps = alone and "label" not in write.model_fields_set and writes.has_written_label(reading, _FORMER_DEFAULT)
    return LabelSetting(_FORMER_DEFAULT if keeps else write.label, alone)


def possible_labels(setting: str | None) -> tuple[str, ...]:
    """All labels that may be written with a setting."""
    return tuple(labels_for_rules(all_rules(), setting))


def labels_for_rules(rules: Iterable[str], setting: str | None) -> dict[str, tuple[str, ...]]:
    """The labels of findings of some rules, each with the rules it stands for."""
    named: dict[str, list[str]] = {}
    for rule in sorted(rules) if setting is not None else ():
        named.setdefault(_by_reason(rule) if setting == BY_REASON else str(setting), []).append(rule)
    return {label: tuple(of) for label, of in named.items()}


def _by_reason(rule: str) -> str:
    known = all_rules().get(rule)
    return f"refine-{(known.subject if known is not None else '') or rule}"
