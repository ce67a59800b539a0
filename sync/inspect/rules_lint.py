"""What in rules.yaml, waivers and `asks` has no effect: `steward rules lint`, and a part of `steward doctor`."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from msgspec import Struct

from rules.rule import RuleOptions
from rules.ruleset import Ruleset
from sync.settings import Configuration
from sync.store import Transaction, findings, items
from sync.store.backlogs import count_items, load_backlog

_NEVER = datetime.max.replace(tzinfo=UTC)


class LintIssue(Struct, frozen=True):
    """Something without effect. `id` never changes; `place` is the key in the file."""

    id: str
    place: str
    message: str


def lint_rules(own: Mapping[str, Any], ruleset: Ruleset, base_ruleset: Ruleset) -> Iterator[LintIssue]:
    """Find settings that change nothing.

    Args:
        own: The rules file without its presets.
        ruleset: The rules in force.
        base_ruleset: The rules without the file, from the presets and files that it extends.
    """
    for name, settings in _sections(own.get("rules")):
        place = f"rules.{name}"
        if ruleset.base(name).severity == "off" and settings.keys() - {"severity"}:
            options = ", ".join(sorted(settings.keys() - {"severity"}))
            yield LintIssue("unused-option", place, f"The rule is off, so {options} has no effect.")
        else:
            yield from _find_redundant(place, settings, ruleset.base(name), base_ruleset.base(name))
    for number, override in enumerate(own.get("overrides") or ()):
        place = f"overrides.{number}"
        if not override.get("where"):
            yield LintIssue("override-for-everything", place, "It has no condition. Set this under `rules` instead.")
        if not override.get("rules"):
            yield LintIssue("empty-override", place, "It changes no rule.")
        for name, settings in _sections(override.get("rules")):
            if settings == {"severity": "off"} and ruleset.base(name).severity == "off":
                yield LintIssue("unused-override", f"{place}.rules.{name}", "The rule is off for all items already.")


def _sections(rules: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, settings in (rules or {}).items():
        yield name, {"severity": settings} if settings == "off" else dict(settings or {})


def _find_redundant(
    place: str, settings: Mapping[str, Any], options: RuleOptions, base_options: RuleOptions
) -> Iterator[LintIssue]:
    for option in settings:
        if getattr(options, option, None) == getattr(base_options, option, None):
            yield LintIssue("same-as-preset", f"{place}.{option}", "It has this value without being set.")


def lint_stored(transaction: Transaction, configuration: Configuration, today: date) -> Iterator[LintIssue]:
    """Find overrides without items, waivers without findings, and roles that are asked nothing.

    Args:
        transaction: The store.
        configuration: The settings and rules in force.
        today: Waivers that ended before are reported.
    """
    ruleset, teams = configuration.ruleset(), configuration.settings.team_map
    for rule in configuration.settings.asks:
        if ruleset.base(rule).severity == "off" and not ruleset.is_enabled_somewhere(rule):
            yield LintIssue("unused-role", f"asks.{rule}", "The rule is off, so nobody is asked.")
    if not any(sum(count_items(transaction, tracker)) for tracker in configuration.settings.trackers):
        return
    unused = set(range(len(ruleset.override_conditions)))
    for tracker in configuration.settings.trackers:
        backlog = load_backlog(transaction, tracker, _NEVER, teams=teams, in_memory=False)
        for item in backlog.items:
            unused -= {number for number in unused if ruleset.override_conditions[number].matches(item)}
            if not unused:
                break
    for number in sorted(unused):
        yield LintIssue("unused-override", f"overrides.{number}", "It matches no open item.")
    yield from _unused_waivers(transaction, configuration, today)


def _unused_waivers(transaction: Transaction, configuration: Configuration, today: date) -> Iterator[LintIssue]:
    for number, waiver in enumerate(configuration.waivers):
        place = f"waivers.{number}"
        named = [
            item
            for item in items.items_by_key(transaction, waiver.item)
            if waiver.tracker in (None, item.tracker) and item.tracker in configuration.settings.trackers
        ]
        if waiver.until is not None and waiver.until <= today:
            yield LintIssue("ended-waiver", place, f"It ended on {waiver.until}: {waiver}.")
        elif not named:
            yield LintIssue("unused-waiver", place, f"No tracker has this item: {waiver}.")
        elif not any(
            finding.rule == waiver.rule
            for item in named
            for finding, _, _ in findings.present(transaction, item.tracker, item.id)
        ):
            yield LintIssue("unused-waiver", place, f"The rule has no finding there: {waiver}.")
