"""Finds settings that have no effect or belong elsewhere. It checks rules.yaml, the waivers file, and `asks` in
steward.yaml.

`steward rules lint` and `steward doctor` list them. An override changes rules for items that meet its condition. A
waiver accepts a finding. `asks` names the role that is asked about the findings of a rule.
"""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from msgspec import Struct, field

from rules.model import ItemKind
from rules.ruleset import Ruleset
from sync.messages.suggestions import did_you_mean
from sync.settings import Configuration
from sync.store import Transaction, findings, items
from sync.store.backlogs import count_items, load_backlog

_TYPES_WINDOW = timedelta(days=365)
"""How far back finished items are read for the known item types. Open items are always read."""


class LintIssue(Struct, frozen=True):
    """A setting that has no effect or belongs elsewhere.

    Attributes:
        id: The kind of issue; never changes.
        key_path: The key in the file, such as "overrides.0.rules"; `place` in JSON.
    """

    id: str
    key_path: str = field(name="place")
    message: str


def lint_rules(rules_file: Mapping[str, Any], ruleset: Ruleset, ruleset_without_file: Ruleset) -> Iterator[LintIssue]:
    """Find settings that change nothing, and overrides without a condition.

    Args:
        rules_file: The content of the rules file, without what it extends.
        ruleset: The rules in force: the rules file merged into what it extends.
        ruleset_without_file: The rules from only the presets and files that the rules file extends.
    """
    for name, settings in _sections(rules_file.get("rules")):
        key_path = f"rules.{name}"
        is_off = ruleset.base(name).severity == "off" and not ruleset.is_enabled_by_override(name)
        if is_off and settings.keys() - {"severity"}:
            options = ", ".join(sorted(settings.keys() - {"severity"}))
            yield LintIssue("unused-option", key_path, f"The rule is off, so {options} has no effect.")
        else:
            base, base_without_file = ruleset.base(name), ruleset_without_file.base(name)
            for option in settings:
                if getattr(base, option, None) == getattr(base_without_file, option, None):
                    yield LintIssue("same-as-preset", f"{key_path}.{option}", "It has this value without being set.")
    for index, override in enumerate(rules_file.get("overrides") or ()):
        key_path = f"overrides.{index}"
        if not override.get("where"):
            yield LintIssue("override-for-everything", key_path, "It has no condition. Set this under `rules` instead.")
        if not override.get("rules"):
            yield LintIssue("empty-override", key_path, "It changes no rule.")
        for name, settings in _sections(override.get("rules")):
            if settings == {"severity": "off"} and ruleset.base(name).severity == "off":
                yield LintIssue("unused-override", f"{key_path}.rules.{name}", "The rule is off for all items already.")


def _sections(rules: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the id and the settings of each rule under `rules`."""
    for name, settings in (rules or {}).items():
        yield name, {"severity": settings} if settings == "off" else dict(settings or {})


def lint_stored(transaction: Transaction, configuration: Configuration, today: date) -> Iterator[LintIssue]:
    """Find overrides that match no item, unknown item types, unused waivers, and rules under `asks` that are off.

    Args:
        today: The present day. Waivers that have ended by then are reported.
    """
    ruleset, teams = configuration.ruleset(), configuration.settings.team_map
    for rule in configuration.settings.asks:
        if ruleset.base(rule).severity == "off" and not ruleset.is_enabled_by_override(rule):
            yield LintIssue("unused-role", f"asks.{rule}", "The rule is off, so nobody is asked.")
    if not any(sum(count_items(transaction, tracker)) for tracker in configuration.settings.trackers):
        return
    unused_overrides = set(range(len(ruleset.override_conditions)))
    types: set[str] = set()
    finished_since = datetime.combine(today - _TYPES_WINDOW, time(), UTC)
    for tracker in configuration.settings.trackers:
        backlog = load_backlog(transaction, tracker, finished_since, teams=teams, in_memory=False)
        types.update(finished.type for finished in backlog.finished)
        for item in backlog.items:
            types.add(item.type)
            unused_overrides -= {
                index for index in unused_overrides if ruleset.override_conditions[index].matches(item)
            }
    for index in sorted(unused_overrides):
        yield LintIssue("unused-override", f"overrides.{index}", "It matches no open item.")
    yield from _find_unknown_types(ruleset, types)
    yield from _find_unused_waivers(transaction, configuration, today)


def _find_unknown_types(ruleset: Ruleset, types: AbstractSet[str]) -> Iterator[LintIssue]:
    """Find names under `types` that are neither a kind of items nor a type of any item.

    Args:
        types: The types of all open items and of those finished in the last year.
    """
    known_names = [*ItemKind, *sorted(types)]
    folded_names = {name.casefold() for name in known_names}
    for rule_id in ruleset.rule_types:  # the classes of the rules, by id
        for rule in ruleset.rules_named(rule_id):
            for name in rule.settings.types:
                if name.casefold() not in folded_names:
                    suggestion = did_you_mean(name, known_names)
                    yield LintIssue("unknown-type", f"{rule_id}.types", f'No item has the type "{name}".{suggestion}')


def _find_unused_waivers(transaction: Transaction, configuration: Configuration, today: date) -> Iterator[LintIssue]:
    """Find waivers that have ended, or whose item or finding does not exist."""
    for index, waiver in enumerate(configuration.waivers):
        key_path = f"waivers.{index}"
        waived_items = [
            item
            for item in items.items_by_key(transaction, waiver.item)
            if waiver.tracker in (None, item.tracker) and item.tracker in configuration.settings.trackers
        ]
        if waiver.until is not None and waiver.until <= today:
            yield LintIssue("ended-waiver", key_path, f"It ended on {waiver.until}: {waiver}.")
        elif not waived_items:
            yield LintIssue("unused-waiver", key_path, f"No tracker has this item: {waiver}.")
        elif not any(
            finding.rule == waiver.rule
            for item in waived_items
            for finding, _state, _reason in findings.present(transaction, item.tracker, item.id)
        ):
            yield LintIssue("unused-waiver", key_path, f"The rule has no finding there: {waiver}.")
