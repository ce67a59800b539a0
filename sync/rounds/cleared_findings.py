"""Determines which findings were cleared since the last round.

A finding is what a rule flags in an item. A finding of the last round that is not found again is cleared if something
about its item or backlog has changed. It is withdrawn if the admin has changed the settings of its rule, or which items
and fields are read. As nobody has resolved a withdrawn finding, it may be raised again at once, which means that people
are asked about it.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from connectors.connection import Connection
from rules.model import WorkItem
from rules.ruleset import Ruleset
from sync.rounds.judging import JudgedBacklog
from sync.rounds.rule_modes import fingerprints
from sync.store import Transaction, findings, stored_values

_SETTINGS_NAME = "settings of findings"
"""The name under which the store keeps the hashes of the settings that the last round judged with."""
_READING = "reading"
"""The key of the hash of the settings that select items and fields; no rule has this id."""


class ClearedFindings(Struct, frozen=True):
    """Ids of findings that the last round found and this one does not.

    Attributes:
        cleared: Findings whose item or backlog has changed.
        withdrawn: Findings that are missing because the settings have changed.
        settings: The hashes of the present settings, by rule, and of those that select items and fields.
    """

    cleared: tuple[str, ...]
    withdrawn: tuple[str, ...]
    settings: Mapping[str, str]


def find_cleared_findings(
    transaction: Transaction,
    tracker: str,
    connection: Connection,
    judged: JudgedBacklog,
    missing: Sequence[str],
) -> ClearedFindings:
    """Find out which missing findings were cleared or withdrawn. Those for which the rule lacks data now are neither.

    Args:
        missing: Ids of the findings that the last round found, but this round does not.
    """
    settings = {**dict(fingerprints(judged.ruleset)), _READING: connection.fingerprint}
    settings_before = stored_values.load_for_tracker(transaction, tracker, _SETTINGS_NAME, dict[str, str]) or {}
    if not missing:
        return ClearedFindings((), (), settings)
    open_items = judged.backlog.items_by_id
    cleared: list[str] = []
    withdrawn: list[str] = []
    for finding in findings.by_ids(transaction, missing):
        item = open_items.get(finding.item)
        if item is not None and _lacks_data(judged.ruleset, finding.rule, item):
            continue
        have_settings_changed = any(
            settings.get(name) != settings_before.get(name, settings.get(name)) for name in (finding.rule, _READING)
        )
        (withdrawn if have_settings_changed else cleared).append(finding.id)
    return ClearedFindings(tuple(cleared), tuple(withdrawn), settings)


def save_settings(transaction: Transaction, tracker: str, settings: Mapping[str, str]) -> None:
    """Store the hashes of the settings that this round judged with."""
    stored_values.save_for_tracker(transaction, tracker, _SETTINGS_NAME, settings)


def _lacks_data(ruleset: Ruleset, rule: str, item: WorkItem) -> bool:
    return rule in ruleset.rule_types and bool(ruleset.rule_for(rule, item).unknown_attributes(item))
