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
    FLAGGED,
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

    If verdicts are remembered, it yields the findings of the verdicts that are new; see also `find_all`.

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
        self._text_rules = self._find_active(Input.TEXT)
        self._reasons: dict[int, tuple[Unjudged, ...]] = {}
        """Why a prepared rule cannot judge some items, by the `id()` of the rule object."""
        self._outcomes: Counter[tuple[bytes, str, tuple[Rule[Any], ...]]] = Counter()
        """The number of items by the encoded outcomes of all rules, the item type, and the overridden rules."""
        self._used_again: set[int] = set()
        """The numbers of the rules that judged an item again."""
        self._failed: set[str] = set()
        """The ids of the rules that raised an exception."""
        self._known_items: Mapping[str, RememberedItem] = {}
        self._changed_items: dict[str, RememberedItem] = {}
        self._digests: dict[str, str] = {}
        """The digests of the active rules, if verdicts are remembered."""

    def __iter__(self) -> Iterator[Finding]:
        if self._memory is None:
            for chunk in self._read_chunks() if self._active else ():
                active = self._find_active()
                yield from self._judge_items(chunk, {item.id: (b"", active) for item in chunk})
            self._finish({})
        else:
            yield from self._judge_changed(self._memory)

    def find_all(self, items: Iterable[WorkItem]) -> Iterator[Finding]:
        """Yield all findings about some items, after the iteration, if verdicts are remembered."""
        active = dict(self._active)
        for item in items:
            verdicts = self._changed_items.get(item.id) or self._known_items[item.id]
            for number, hits in decode_hits(verdicts.hits).items():
                if number in active:
                    rule = self._rule_for(active[number], item)
                    yield from (make_finding(rule, item, hit) for hit in hits)

    def _judge_changed(self, memory: Memory) -> Iterator[Finding]:
        """Judge what is not remembered."""
        digests = Digests(self._backlog, self._ruleset, self._now, self._code)
        self._digests = {name: digests.rule_digest(name, self._encode_learned(name)) for _, name in self._active}
        known = {rule.id: rule for rule in memory.rules}
        self._known_items = memory.items if tuple(known) == self._names else {}
        unchanged = {
            name: known[name]
            for name, current in self._digests.items()
            if self._known_items and known[name].digest == current
        }
        active = self._find_active()
        changed = frozenset(number for number, name in self._active if name not in unchanged)
        related = changed | self._find_active(Input.FAMILY, Input.LINKS)
        known_items, outcomes = self._known_items, self._outcomes
        for chunk in self._read_chunks():
            to_judge: dict[str, tuple[bytes, AbstractSet[int]]] = {}
            for item in chunk:
                basis, known_item = digests.basis(item), known_items.get(item.id)
                if known_item is not None and known_item.basis == basis and not changed:
                    outcomes[known_item.outcomes, item.type, self._find_overridden(item)] += 1
                else:
                    to_judge[item.id] = basis, _choose_rules(known_item, basis, changed, related, active)
            yield from self._judge_items(chunk, to_judge)
        self._finish(
            {
                name: unchanged[name]
                for number, name in self._active
                if name in unchanged and self._looks_at_backlog(name) and number not in self._used_again
            }
        )

    def _read_chunks(self) -> Iterator[list[WorkItem]]:
        """Yield all open items in chunks."""
        remaining = iter(self._backlog.items)
        while chunk := list(islice(remaining, _ITEMS_PER_CHUNK)):
            yield chunk

    def _judge_items(
        self, items: Iterable[WorkItem], to_judge: Mapping[str, tuple[bytes, AbstractSet[int]]]
    ) -> Iterator[Finding]:
        """Judge some items again, each by some of the rules. Texts are loaded only for rules that read them.

        Args:
            to_judge: The basis of the verdicts, and the numbers of the rules, by the id of the item.
        """
        chosen = [(item, *to_judge[item.id]) for item in items if item.id in to_judge]
        with_texts = self._backlog.with_texts(
            item for item, _, numbers in chosen if not numbers.isdisjoint(self._text_rules)
        )
        for item, basis, numbers in chosen:
            whole = item if numbers.isdisjoint(self._text_rules) else next(with_texts)
            yield from self._judge_again(whole, basis, numbers)

    def _judge_again(self, item: WorkItem, basis: bytes, numbers: AbstractSet[int]) -> Iterator[Finding]:
        """Judge an item by the rules with these numbers, and keep the remembered verdicts of the other rules."""
        self._used_again |= numbers
        outcomes = [NOT_JUDGED] * len(self._names)
        hits: dict[int, Sequence[Hit]] = {}
        remembered = self._known_items.get(item.id) if len(numbers) < len(self._active) else None
        if remembered is not None:
            outcomes = list(decode_outcomes(remembered.outcomes))
            hits.update(decode_hits(remembered.hits))
        without_texts = item.without_texts()
        new_hits: dict[int, Sequence[Hit]] = {}
        for number, name in self._active:
            if number in numbers:
                view = item if number in self._text_rules else without_texts
                outcomes[number], hits[number], findings = self._judge(name, view)
                yield from findings
            if hits.get(number):
                new_hits[number] = hits[number]
        encoded = encode_outcomes(outcomes)
        self._outcomes[encoded, item.type, self._find_overridden(item)] += 1
        if self._memory is not None:
            current = RememberedItem(basis, encoded, encode_hits(new_hits))
            if current != self._memory.items.get(item.id):
                self._changed_items[item.id] = current

    def _judge(self, name: str, item: WorkItem) -> tuple[RuleOutcome, Sequence[Hit], Sequence[Finding]]:
        """Judge an item by a rule."""
        self.judged_again += 1
        has_judged_type: bool | None = None
        is_judged = False
        try:
            rule = self._rule_for(name, item)
            if rule.settings.severity == "off":
                return NOT_JUDGED, (), ()
            if ItemKind.STORY in rule.kinds and self._has_custom_type(item):
                # A rule may apply to few items of a type that it judges, such as those with a due date.
                has_judged_type = rule.applies(item) or Rule.applies(rule, item)
            if not rule.judges(item):
                unknown = rule.unknown_attributes(item) if rule.applies(item) else ()
                if not unknown and has_judged_type is None:
                    return NOT_JUDGED, (), ()
                return RuleOutcome(unknown=unknown, has_judged_type=has_judged_type), (), ()
            self._prepare(rule)
            is_judged = True
            hits = rule.judge(item)
            findings = [make_finding(rule, item, hit) for hit in hits]
        except Exception as error:  # noqa: BLE001 - an error in one item must not stop the others
            self.failures.append(Failure(name, item.key, f"{type(error).__name__}: {error}"))
            self._failed.add(name)
            return RuleOutcome(is_judged=is_judged, has_judged_type=has_judged_type), (), ()
        if not rule.counted and has_judged_type is None:
            return FLAGGED if hits else JUDGED, hits, findings
        return RuleOutcome(True, tuple(rule.counted), (), has_judged_type, bool(hits)), hits, findings

    def _rule_for(self, name: str, item: WorkItem) -> Rule[Any]:
        """Return the rule with the settings for an item."""
        return self._ruleset.rule_for(name, item) if name in self._overridden else self._rules[name]

    def _find_overridden(self, item: WorkItem) -> tuple[Rule[Any], ...]:
        """Return the rules with overrides, with the settings for an item."""
        if not self._overridden:
            return ()
        return tuple(self._ruleset.rule_for(name, item) for name in self._overridden)

    def _find_active(self, *inputs: Input) -> frozenset[int]:
        """Return the numbers of the enabled rules with one of these inputs; of all enabled rules if none is given."""
        types = self._ruleset.rule_types
        return frozenset(
            number for number, name in self._active if not inputs or not types[name].inputs.isdisjoint(inputs)
        )

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
            unchanged: Rules whose tallies are remembered, because nothing that they look at has changed.
        """
        order = {name: position for position, name in enumerate(self._names)}
        self.failures.sort(key=lambda failure: order[failure.rule])
        for name, totals in self._sum_up_outcomes().items():
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

    def _sum_up_outcomes(self) -> Mapping[str, "_Totals"]:
        """Return the totals of each enabled rule over all items, and count the items of custom types."""
        totals_by_rule = {name: _Totals() for _, name in self._active}
        for (encoded, item_type, overridden), count in self._outcomes.items():
            rules = self._rules | dict(zip(self._overridden, overridden, strict=True))
            outcomes = decode_outcomes(encoded)
            for number, name in self._active:
                outcome, totals = outcomes[number], totals_by_rule[name]
                if outcome.has_judged_type is not None:
                    by_rule = self._custom_types.setdefault(item_type, {})
                    by_rule.setdefault(name, Counter())[outcome.has_judged_type] += count
                totals.unknown.update(dict.fromkeys(outcome.unknown, count))
                if outcome.is_judged:
                    totals.judged += count
                    totals.flagged += count * outcome.is_flagged
                    totals.used.add(id(rules[name]))
                    totals.counted.update({(id(rules[name]), counted): count for counted in outcome.counted})
        return totals_by_rule

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
            rule.counts = Counter(
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
            tally = self.tallies.get(name, Tally())
            current = "" if name in self._failed else self._digests.get(name, "")
            rules.append(RememberedRule(name, current, tally.judged, tally.flagged, tally.unjudged))
        return Memory(tuple(rules), self._changed_items)


@dataclass
class _Totals:
    """The numbers of one rule, for all sets of its settings together.

    Attributes:
        judged: The number of judged items.
        flagged: The number of these with a finding.
        unknown: The number of items whose value of a needed attribute is unknown, by attribute.
        counted: The number of items that a rule could not judge for a reason, by the `id()` of the rule object and the
            name of the reason.
        used: The `id()` of each rule object that has judged an item. There is one object for each set of settings.
    """

    judged: int = 0
    flagged: int = 0
    unknown: Counter[str] = field(default_factory=Counter)
    counted: Counter[tuple[int, str]] = field(default_factory=Counter)
    used: set[int] = field(default_factory=set)


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
    judgement = Judgement(backlog, ruleset, now)
    return _assess(judgement, judgement, ruleset)


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
    for _ in judgement:
        pass
    return _assess(judgement, judgement.find_all(backlog.items), ruleset), judgement.changed_memory


def _assess(judgement: Judgement, findings: Iterable[Finding], ruleset: Ruleset) -> Assessment:
    """Collect the result of a judgement."""
    order = {name: position for position, name in enumerate(ruleset.rule_types)}
    in_order = tuple(sorted(findings, key=lambda finding: order[finding.rule]))
    return Assessment(in_order, judgement.tallies, tuple(judgement.failures), judgement.unjudged_types)


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
