"""Judges a backlog by a ruleset: all of it, or only what has changed since it was last judged."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from rules.assessment import Assessment, Failure, Tally, UnjudgedType
from rules.context import Input
from rules.model import Backlog, Finding, HierarchyLevel, ItemKind, Severity, StatusCategory, WorkItem, finding_id
from rules.registry import all_rules
from rules.remembered import (
    DIGEST_LENGTH,
    JUDGED,
    NOT_JUDGED,
    Digests,
    Memory,
    RememberedItem,
    RememberedRule,
    RuleOutcome,
    decode_hits,
    decode_outcomes,
    encode_hits,
    encode_learned,
    encode_outcomes,
)
from rules.rule import Hit, Rule, Unjudged, make_not_known_reason
from rules.ruleset import Ruleset
from rules.text import LANGUAGES, SpikeStatus, compile_lexicon, spike_status

_ITEMS_PER_CHUNK = 500
"""The number of items whose texts are in memory at the same time."""


class Judgement:
    """Judges a backlog while it is iterated, and yields findings item by item, so that they need not all fit in memory.

    Args:
        backlog: The backlog to judge.
        ruleset: The rules with their settings.
        now: The time at which it is judged.
        memory: The verdicts from when the backlog was last judged. They are used again where nothing that they depend
            on has changed. None to judge everything, and to remember nothing.
        code: A text that changes when the code of the rules changes, such as a hash.

    Attributes:
        tallies: The numbers of judged and flagged items, by rule. Complete after the iteration.
        failures: The exceptions that rules raised. Complete after the iteration.
        judged_again: The number of verdicts (one for each rule and item) that were not remembered.
    """

    def __init__(
        self, backlog: Backlog, ruleset: Ruleset, now: datetime, memory: Memory | None = None, code: str = ""
    ) -> None:
        self.tallies: dict[str, Tally] = {}
        self.failures: list[Failure] = []
        self.judged_again = 0
        self._custom_types: dict[str, dict[str, Counter[bool]]] = {}
        """The number of items to which a rule applies (True) or not (False), by custom type and rule."""
        self._backlog = backlog
        self._ruleset = ruleset
        self._now = now
        self._memory = memory
        self._code = code
        self._names = tuple(ruleset.rule_types)
        self._active = [(number, name) for number, name in enumerate(self._names) if not ruleset.is_off(name)]
        self._overridden = [name for _, name in self._active if ruleset.has_overrides(name)]
        self._rules = {name: ruleset.rule(name) for name in self._names}
        self._totals = {name: _Totals() for _, name in self._active}
        self._reasons: dict[int, tuple[Unjudged, ...]] = {}
        """Why a prepared rule cannot judge some items, by the `id()` of the rule object."""
        self._changed_items: dict[str, RememberedItem] = {}
        self._digests: dict[str, str] = {}
        """The digests of the active rules, if verdicts are remembered."""

    def __iter__(self) -> Iterator[Finding]:
        if self._memory is None:
            for item in self._backlog.with_texts(self._backlog.items) if self._active else ():
                for _, name in self._active:
                    _, _, findings = self._judge(name, item)
                    yield from findings
            self._finish({})
        else:
            yield from self._judge_changed(self._memory)

    def _judge_changed(self, memory: Memory) -> Iterator[Finding]:
        """Judge what is not remembered, and yield all findings."""
        digests = Digests(self._backlog, self._ruleset, self._now, self._code)
        self._digests = {name: digests.rule_digest(name, self._encode_learned(name)) for _, name in self._active}
        known = {rule.id: rule for rule in memory.rules}
        remembered_items = memory.items if tuple(known) == self._names else {}
        unchanged = {
            name: known[name]
            for name, current in self._digests.items()
            if remembered_items and known[name].digest == current
        }
        changed = frozenset(number for number, name in self._active if name not in unchanged)
        related = changed | {number for number, name in self._active if self._looks_at_relatives(name)}
        active = frozenset(number for number, _ in self._active)
        repeat_counts: Counter[tuple[bytes, str, tuple[Rule[Any], ...]]] = Counter()
        remaining = iter(self._backlog.items)
        while chunk := list(islice(remaining, _ITEMS_PER_CHUNK)):
            to_judge: dict[str, tuple[bytes, AbstractSet[int]]] = {}
            for item in chunk:
                basis, remembered_item = digests.basis(item), remembered_items.get(item.id)
                numbers = _choose_rules(remembered_item, basis, changed, related, active)
                if numbers or remembered_item is None:
                    to_judge[item.id] = basis, numbers
            with_texts = self._backlog.with_texts(item for item in chunk if item.id in to_judge)
            for item in chunk:
                remembered_item = remembered_items.get(item.id)
                if remembered_item is None or item.id in to_judge:
                    yield from self._judge_again(next(with_texts), *to_judge[item.id], remembered_item)
                else:
                    overridden = tuple(self._ruleset.rule_for(name, item) for name in self._overridden)
                    repeat_counts[remembered_item.outcomes, item.type, overridden] += 1
                    yield from self._make_all_remembered_findings(item, remembered_item.hits)
        for (outcomes, item_type, overridden), count in repeat_counts.items():
            rules = self._rules | dict(zip(self._overridden, overridden, strict=True))
            decoded = decode_outcomes(outcomes)
            for number, name in self._active:
                self._add_outcome(name, rules[name], decoded[number], item_type, count)
        self._finish({name: rule for name, rule in unchanged.items() if self._looks_at_backlog(name)})

    def _judge_again(
        self, item: WorkItem, basis: bytes, numbers: AbstractSet[int], remembered_item: RememberedItem | None
    ) -> Iterator[Finding]:
        """Judge an item by the rules with these numbers, and use the remembered verdicts of the other rules."""
        outcomes = (
            list(decode_outcomes(remembered_item.outcomes))
            if remembered_item is not None
            else [NOT_JUDGED] * len(self._names)
        )
        remembered_hits = decode_hits(remembered_item.hits) if remembered_item is not None else {}
        hits: dict[int, Sequence[Hit]] = {}
        for number, name in self._active:
            if number in numbers:
                outcomes[number], new_hits, findings = self._judge(name, item)
            else:
                new_hits = remembered_hits.get(number, ())
                self._add_outcome(name, self._ruleset.rule_for(name, item), outcomes[number], item.type, 1)
                findings = self._make_remembered_findings(name, item, new_hits)
            yield from findings
            if new_hits:
                hits[number] = new_hits
        current = RememberedItem(basis, encode_outcomes(outcomes), encode_hits(hits))
        if current != remembered_item:
            self._changed_items[item.id] = current

    def _judge(self, name: str, item: WorkItem) -> tuple[RuleOutcome, Sequence[Hit], Sequence[Finding]]:
        """Judge an item by a rule, and add the result to the totals of the rule."""
        totals = self._totals[name]
        self.judged_again += 1
        has_judged_type: bool | None = None
        is_judged = False
        try:
            rule = self._ruleset.rule_for(name, item) if name in self._overridden else self._rules[name]
            if rule.settings.severity == "off":
                return NOT_JUDGED, (), ()
            if ItemKind.STORY in rule.kinds and self._has_custom_type(item):
                # A rule may apply to few items of a type that it judges, such as those with a due date.
                has_judged_type = rule.applies(item) or Rule.applies(rule, item)
                self._custom_types.setdefault(item.type, {}).setdefault(name, Counter())[has_judged_type] += 1
            if not rule.judges(item):
                unknown = rule.unknown_attributes(item) if rule.applies(item) else ()
                totals.unknown.update(unknown)
                if not unknown and has_judged_type is None:
                    return NOT_JUDGED, (), ()
                return RuleOutcome(unknown=unknown, has_judged_type=has_judged_type), (), ()
            self._prepare(rule)
            totals.used.add(id(rule))
            totals.judged += 1
            is_judged = True
            hits = rule.judge(item)
            findings = [make_finding(rule, item, hit) for hit in hits]
        except Exception as error:  # noqa: BLE001 - an error in one item must not stop the others
            self.failures.append(Failure(name, item.key, f"{type(error).__name__}: {error}"))
            totals.has_failed = True
            return RuleOutcome(is_judged=is_judged, has_judged_type=has_judged_type), (), ()
        totals.flagged += bool(findings)
        if not rule.counted and has_judged_type is None:
            return JUDGED, hits, findings
        return RuleOutcome(True, tuple(rule.counted), (), has_judged_type), hits, findings

    def _make_all_remembered_findings(self, item: WorkItem, encoded: bytes) -> Iterator[Finding]:
        """Yield the findings of all remembered verdicts on an item."""
        for number, hits in decode_hits(encoded).items():
            if self._names[number] in self._totals:
                yield from self._make_remembered_findings(self._names[number], item, hits)

    def _make_remembered_findings(self, name: str, item: WorkItem, hits: Sequence[Hit]) -> Sequence[Finding]:
        """Make the findings of a remembered verdict."""
        rule = self._ruleset.rule_for(name, item) if name in self._overridden else self._rules[name]
        self._totals[name].flagged += bool(hits)
        return [make_finding(rule, item, hit) for hit in hits]

    def _add_outcome(self, name: str, rule: Rule[Any], outcome: RuleOutcome, item_type: str, count: int) -> None:
        """Add a remembered outcome on a number of items, of one type, to the totals of a rule."""
        totals = self._totals[name]
        if outcome.has_judged_type is not None:
            by_rule = self._custom_types.setdefault(item_type, {})
            by_rule.setdefault(name, Counter())[outcome.has_judged_type] += count
        totals.unknown.update(dict.fromkeys(outcome.unknown, count))
        if outcome.is_judged:
            totals.judged += count
            totals.used.add(id(rule))
            totals.counted.update({(id(rule), counted): count for counted in outcome.counted})

    def _prepare(self, rule: Rule[Any]) -> None:
        """Prepare a rule for the backlog, unless it has been prepared before."""
        if id(rule) not in self._reasons:
            self._reasons[id(rule)] = rule.prepare(self._backlog, self._now)

    def _encode_learned(self, name: str) -> bytes | None:
        """Return what a rule learned, encoded, if it learns from the team's finished items only; otherwise None."""
        rule_type = self._ruleset.rule_types[name]
        if Input.TEAM not in rule_type.inputs or Input.BACKLOG in rule_type.inputs or name in self._overridden:
            return None
        try:
            self._prepare(self._rules[name])
        except Exception:  # noqa: BLE001 - the error is reported with the items that the rule cannot judge
            return None
        return encode_learned(self._rules[name])

    def _looks_at_relatives(self, name: str) -> bool:
        """Whether a rule looks at the relatives of an item."""
        return not self._ruleset.rule_types[name].inputs.isdisjoint((Input.FAMILY, Input.LINKS))

    def _looks_at_backlog(self, name: str) -> bool:
        """Whether a rule looks at the whole backlog."""
        return Input.BACKLOG in self._ruleset.rule_types[name].inputs

    def _has_custom_type(self, item: WorkItem) -> bool:
        """Whether the item that is being judged has a custom type. This is computed once for all rules."""
        if self._custom_item is not item:
            self._custom_item, self._is_custom = item, _has_custom_type(item)
        return self._is_custom

    _custom_item: WorkItem | None = None
    _is_custom = False

    def _finish(self, unchanged: Mapping[str, RememberedRule]) -> None:
        """Complete the tallies.

        Args:
            unchanged: Rules that look at the whole backlog, which has not changed: their tallies are remembered.
        """
        order = {name: position for position, name in enumerate(self._names)}
        self.failures.sort(key=lambda failure: order[failure.rule])
        for name, totals in self._totals.items():
            if name in unchanged:
                remembered = unchanged[name]
                judged, flagged, reasons = remembered.judged, remembered.flagged, list(remembered.unjudged)
                is_tallied = bool(judged or totals.unknown)
            else:
                rules = [rule for rule in self._ruleset.rules_named(name) if id(rule) in totals.used]
                reasons = self._collect_reasons(name, rules, totals)
                judged, flagged = totals.judged, totals.flagged
                is_tallied = bool(rules or totals.unknown)
            if is_tallied:
                self.tallies[name] = Tally(
                    judged, flagged, _remove_repeats(reasons), self._custom_saturation_question(name)
                )

    def _collect_reasons(self, name: str, rules: Sequence[Rule[Any]], totals: "_Totals") -> list[Unjudged]:
        """Return why a rule could not judge some items. `rules` are the objects of this rule that judged an item."""
        reasons: list[Unjudged] = []
        for rule in rules:
            try:
                self._prepare(rule)
            except Exception as error:  # noqa: BLE001 - as in `_judge`
                self.failures.append(Failure(name, "", f"{type(error).__name__}: {error}"))
                continue
            reasons += self._reasons[id(rule)]
        for rule in rules:
            rule.counts.update(
                {name: count for (rule_id, name), count in totals.counted.items() if rule_id == id(rule)}
            )
            reasons += rule.report_unjudged()
        return [
            *reasons,
            *(make_not_known_reason(attribute, items) for attribute, items in sorted(totals.unknown.items())),
        ]

    def _custom_saturation_question(self, name: str) -> str:
        """Return the saturation question of a rule that the admin wrote; empty for a shipped rule."""
        return "" if name in all_rules() else self._ruleset.rule_types[name].saturation_question

    @property
    def unjudged_types(self) -> tuple[UnjudgedType, ...]:
        """The custom item types that rules for stories do not judge. Complete after the iteration."""
        types: list[UnjudgedType] = []
        for name, unordered_counts in sorted(self._custom_types.items()):
            counts_by_rule = {rule: unordered_counts[rule] for rule in self._names if rule in unordered_counts}
            rules = tuple(rule for rule, counts in counts_by_rule.items() if not counts[True])
            if rules:
                items = max(counts_by_rule[rule][False] for rule in rules)
                types.append(UnjudgedType(name, items, rules if len(rules) < len(counts_by_rule) else ()))
        return tuple(types)

    @property
    def changed_memory(self) -> Memory:
        """What to remember: all rules, and the items whose verdicts have changed. Complete after the iteration."""
        rules = []
        for name in self._names:
            totals, tally = self._totals.get(name, _Totals()), self.tallies.get(name, Tally())
            current = "" if totals.has_failed else self._digests.get(name, "")
            rules.append(RememberedRule(name, current, tally.judged, tally.flagged, tally.unjudged))
        return Memory(tuple(rules), self._changed_items)


@dataclass
class _Totals:
    """The numbers of one rule so far, for all sets of its settings together.

    Attributes:
        judged: The number of judged items.
        flagged: The number of these with a finding.
        unknown: The number of items whose value of a needed attribute is unknown, by attribute.
        counted: The number of items that a rule could not judge for a reason, by the `id()` of the rule object and the
            name of the reason.
        used: The `id()` of each rule object that has judged an item. There is one object for each set of settings.
        has_failed: Whether it raised an exception.
    """

    judged: int = 0
    flagged: int = 0
    unknown: Counter[str] = field(default_factory=Counter)
    counted: Counter[tuple[int, str]] = field(default_factory=Counter)
    used: set[int] = field(default_factory=set)
    has_failed: bool = False


def _choose_rules(
    remembered_item: RememberedItem | None,
    basis: bytes,
    changed: AbstractSet[int],
    related: AbstractSet[int],
    active: AbstractSet[int],
) -> AbstractSet[int]:
    """Return the numbers of the rules that judge an item again.

    Args:
        remembered_item: The remembered verdicts on the item.
        basis: The digest of the item, followed by that of its relatives.
        changed: The rules whose own digest has changed.
        related: The changed rules, and the rules that look at relatives.
        active: All enabled rules.
    """
    if remembered_item is None or remembered_item.basis[:DIGEST_LENGTH] != basis[:DIGEST_LENGTH]:
        return active
    return changed if remembered_item.basis == basis else related


def _has_custom_type(item: WorkItem) -> bool:
    """Whether an item that is not started yet has a type that corresponds to no standard kind.

    Spikes do not count, because the rule about spikes judges them, whatever their type.
    """
    is_waiting = item.is_open and item.category is not StatusCategory.IN_PROGRESS
    is_other = item.kind is ItemKind.OTHER and "kind" not in item.unknown
    is_custom = is_waiting and is_other and bool(item.type) and item.level is HierarchyLevel.REQUIREMENT
    return is_custom and spike_status(item, compile_lexicon(tuple(LANGUAGES))) is SpikeStatus.NOT_A_SPIKE


def assess(backlog: Backlog, ruleset: Ruleset, now: datetime) -> Assessment:
    """Judge every open item by every rule that is enabled for it. The same input gives the same findings.

    Findings are in the order of the rules; those of one rule in the order of the items.
    """
    return _assess(Judgement(backlog, ruleset, now), ruleset)


def assess_changes(
    backlog: Backlog, ruleset: Ruleset, now: datetime, memory: Memory, code: str
) -> tuple[Assessment, Memory]:
    """Judge only what has changed since a backlog was last judged. The result is the same as that of `assess`.

    Args:
        ruleset: The rules with their settings.
        now: The time at which it is judged.
        memory: What was remembered when it was last judged.
        code: A text that changes when the code of the rules changes.

    Returns:
        The result, and what to remember: all rules, and the items whose verdicts have changed.
    """
    judgement = Judgement(backlog, ruleset, now, memory, code)
    return _assess(judgement, ruleset), judgement.changed_memory


def _assess(judgement: Judgement, ruleset: Ruleset) -> Assessment:
    """Collect the result of a judgement."""
    order = {name: position for position, name in enumerate(ruleset.rule_types)}
    findings = tuple(sorted(judgement, key=lambda finding: order[finding.rule]))
    return Assessment(findings, judgement.tallies, tuple(judgement.failures), judgement.unjudged_types)


def make_finding(rule: Rule[Any], item: WorkItem, hit: Hit) -> Finding:
    """Make a finding from a hit, with its messages in English."""
    message = rule.message(hit)
    return Finding(
        id=finding_id(item.tracker, item.id, rule.id, hit.part),
        tracker=item.tracker,
        item=item.id,
        key=item.key,
        rule=rule.id,
        part=hit.part,
        variant=hit.variant,
        severity=_limit_severity(rule, hit),
        evidence=message.evidence,
        question=message.question,
        resolution=message.resolution,
        facts=hit.facts,
        volatile_facts=tuple(sorted(rule.volatile_facts & hit.facts.keys())),
    )


def _remove_repeats(reasons: Iterable[Unjudged]) -> tuple[Unjudged, ...]:
    """Return each reason once.

    There is one rule object for each set of settings, and several may have the same reason.
    """
    return tuple({reason.text: reason for reason in reasons}.values())


def _limit_severity(rule: Rule[Any], hit: Hit) -> Severity:
    """Return the configured severity, limited by that of the hit.

    A rule that is off is judged only to show the examples in its manual page; its findings then have the severity info.
    """
    configured = rule.settings.severity
    severity = Severity.INFO if configured == "off" else Severity(configured)
    return min(severity, hit.max_severity, key=lambda severity: severity.weight)
