"""Judges a backlog by a ruleset: all of it, or only what has changed since it was last judged."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import islice
from operator import attrgetter
from typing import Any, NamedTuple

from rules.assessment import Assessment, Failure, Tally, UnjudgedType
from rules.context import Input
from rules.model import Backlog, Finding, HierarchyLevel, ItemKind, ItemOutline, Severity, WorkItem, finding_id
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
from rules.rule import Hit, Rule, Unjudged, make_not_known_reason, start_of_day
from rules.ruleset import Ruleset
from rules.text import is_spike
from rules.text.last_results import keep_last_results

_ITEMS_PER_CHUNK = 500
"""The number of items whose texts are in memory at the same time."""


class _Verdict(NamedTuple):
    """The result of one rule on one item."""

    outcome: RuleOutcome
    hits: Sequence[Hit] = ()
    findings: Sequence[Finding] = ()


class _EnabledRules(NamedTuple):
    """The numbers of the enabled rules, grouped by the changes after which they judge an item again.

    Attributes:
        all: All enabled rules, which judge an item again if it has changed.
        looking_at_relatives: The rules that also judge an item again if one of its relatives has changed.
        changed: The rules that judge all items again, because their own digest has changed.
        judged_earlier: The rules whose remembered verdicts are of an earlier day. They judge an item again if they
            looked at the day.
    """

    all: AbstractSet[int]
    looking_at_relatives: AbstractSet[int]
    changed: AbstractSet[int]
    judged_earlier: AbstractSet[int]

    @property
    def is_any_outdated(self) -> bool:
        """Whether a rule may judge an item again although neither the item nor its relatives have changed."""
        return bool(self.changed or self.judged_earlier)

    def choose(self, remembered_item: RememberedItem, basis: bytes) -> AbstractSet[int]:
        """Return the numbers of the rules that judge an item again.

        Args:
            remembered_item: The remembered verdicts on the item.
            basis: The current digest of the item, followed by that of its relatives.
        """
        if remembered_item.basis[:DIGEST_LENGTH] != basis[:DIGEST_LENGTH]:
            return self.all
        outdated = self.changed | (self.judged_earlier & _find_rules_looking_at_day(remembered_item.outcomes))
        return outdated if remembered_item.basis == basis else outdated | self.looking_at_relatives


@lru_cache(1000)  # few outcomes differ
def _find_rules_looking_at_day(outcomes: bytes) -> AbstractSet[int]:
    """Return the numbers of the rules that looked at the day when they judged an item with these encoded outcomes."""
    return {number for number, outcome in enumerate(decode_outcomes(outcomes)) if outcome.looked_at_day}


_ItemToJudge = tuple[ItemOutline, bytes, AbstractSet[int]]
"""An item to judge again, the current basis of its verdicts (see `RememberedItem`), and the numbers of the rules that
judge it."""
_get_id = attrgetter("id")


class Judgement:
    """Judges a backlog while it is iterated, and yields findings item by item, so that they need not all fit in memory.

    If verdicts are remembered, it yields only the findings of new verdicts. To get the other findings as well, call
    `judge_changes` instead, and then `assess`.

    In this class, the name of a rule is its id, and the number of a rule is its position in the ruleset, from 0. An
    override changes the settings of a rule for some items, so that a rule has one object for each set of settings.

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
        new_verdict_count: The number of verdicts (one for each rule and item) that were not remembered.
    """

    def __init__(
        self, backlog: Backlog, ruleset: Ruleset, now: datetime, memory: Memory | None = None, code: str = ""
    ) -> None:
        self.tallies: dict[str, Tally] = {}
        self.failures: list[Failure] = []
        self.new_verdict_count = 0
        self._custom_types: dict[str, dict[str, Counter[bool]]] = {}
        """The number of items, by type (of no standard kind), rule, and whether the rule judges the type."""
        self._backlog = backlog
        self._ruleset = ruleset
        self._now = now
        self._day = start_of_day(now).date().isoformat()
        self._memory = memory
        self._code = code
        self._names = tuple(ruleset.rule_types)
        self._numbers = {name: number for number, name in enumerate(self._names)}
        self._enabled = [(number, name) for number, name in enumerate(self._names) if not ruleset.is_off(name)]
        """The number and the name of each enabled rule."""
        self._overridden = [name for _, name in self._enabled if ruleset.has_overrides(name)]
        """The names of the rules with overrides."""
        self._rules = {name: ruleset.rule(name) for name in self._names}
        """The rules with the settings for items without an override, by name."""
        self._text_rules = self._find_enabled(Input.TEXT)
        """The numbers of the enabled rules that read texts."""
        self._reasons: dict[int, tuple[Unjudged, ...]] = {}
        """Why a prepared rule cannot judge some items, by the `id()` of the rule object."""
        self._outcomes: Counter[tuple[bytes, str, tuple[Rule[Any], ...]]] = Counter()
        """The number of items by the encoded outcomes of all rules, the item type, and the rules with overrides.

        There are few such groups, so that few outcomes have to be decoded.
        """
        self._shared_outcomes: dict[bytes, bytes] = {}
        """One object for all equal outcomes, to save memory: few differ."""
        self._rules_that_ran: set[int] = set()
        """The numbers of the rules that judged an item in this run, instead of using a remembered verdict."""
        self._failed_rules: set[str] = set()
        """The names of the rules that raised an exception."""
        self._remembered_items: Mapping[str, RememberedItem] = {}
        self._items_to_remember: dict[str, RememberedItem] = {}
        """What is remembered about items from now on, by id, if it differs from what was remembered before."""
        self._digests: dict[str, str] = {}
        """The digests of the enabled rules, if verdicts are remembered."""

    def __iter__(self) -> Iterator[Finding]:
        if self._memory is None:
            enabled = self._find_enabled()
            items = iter(self._backlog.items if enabled else ())
            while chunk := list(islice(items, _ITEMS_PER_CHUNK)):
                yield from self._judge_items([(item, b"", enabled) for item in chunk])
            self._finish({})
        else:
            yield from self._judge_changed(self._memory)

    def judge_changes(self) -> AbstractSet[str]:
        """Judge what is not remembered, and return the ids of the items of which something new is remembered."""
        for _ in self:
            pass
        return self._items_to_remember.keys()

    def assess(self, items: Iterable[WorkItem]) -> Assessment:
        """Return the result after `judge_changes`, with all findings about some of the items."""
        return self.collect(finding for item in items for finding in self._make_findings(item))

    def _make_findings(self, item: WorkItem) -> Iterator[Finding]:
        """Yield the findings of all verdicts on an item, remembered or new."""
        names = dict(self._enabled)
        verdicts = self._items_to_remember.get(item.id) or self._remembered_items[item.id]
        for number, hits in decode_hits(verdicts.hits).items():
            if number in names:
                rule = self._rule_for(names[number], item)
                yield from (make_finding(rule, item, hit) for hit in hits)

    def collect(self, findings: Iterable[Finding]) -> Assessment:
        """Return the result with these findings, in the order of the rules."""
        in_order = tuple(sorted(findings, key=lambda finding: self._numbers[finding.rule]))
        return Assessment(in_order, self.tallies, tuple(self.failures), self.unjudged_types)

    def _judge_changed(self, memory: Memory) -> Iterator[Finding]:
        """Judge what is not remembered.

        The outlines of the items have only a few attributes, and save decoding items that are not judged again.
        """
        digests = Digests(self._backlog, self._ruleset, self._day, self._code)
        self._digests = {name: digests.rule_digest(name, self._encode_learned(name)) for _, name in self._enabled}
        remembered_rules = {rule.id: rule for rule in memory.rules}
        # Remembered verdicts refer to rules by their numbers, so they are of no use if rules were added or removed.
        self._remembered_items = memory.items if tuple(remembered_rules) == self._names else {}
        unchanged = {
            name: remembered_rules[name]
            for name, current in self._digests.items()
            if self._remembered_items and remembered_rules[name].digest == current
        }
        enabled_rules = _EnabledRules(
            all=self._find_enabled(),
            looking_at_relatives=self._find_enabled(Input.FAMILY, Input.LINKS),
            changed=frozenset(number for number, name in self._enabled if name not in unchanged),
            judged_earlier=frozenset(
                number for number, name in self._enabled if name in unchanged and unchanged[name].day != self._day
            ),
        )
        items_to_judge = self._select_items(digests.bases(), enabled_rules)
        while chunk := list(islice(items_to_judge, _ITEMS_PER_CHUNK)):
            yield from self._judge_items(
                [(self._backlog.items[outline.index], basis, rule_numbers) for outline, basis, rule_numbers in chunk]
            )
        # If the digest of a rule that looks at the backlog is unchanged, no item is new or gone, so what it could not
        # judge is the same, unless it judged an item again. The digests of other rules do not show this.
        looking_at_backlog = self._find_enabled(Input.BACKLOG) - self._rules_that_ran
        self._finish(
            {
                name: unchanged[name]
                for number, name in self._enabled
                if name in unchanged and number in looking_at_backlog
            }
        )

    def _select_items(self, bases: Iterable[bytes], enabled_rules: _EnabledRules) -> Iterator[_ItemToJudge]:
        """Yield the items to judge again, and count the outcomes of all others.

        Args:
            bases: The current basis of the verdicts on each item, in the order of the backlog.
        """
        outlines = self._backlog.outlines
        remembered_items = map(self._remembered_items.get, map(_get_id, outlines))
        counts: dict[tuple[bytes, str], int] = {}
        is_any_outdated = enabled_rules.is_any_outdated
        for outline, basis, remembered_item in zip(outlines, bases, remembered_items, strict=True):
            if remembered_item is None:
                yield outline, basis, enabled_rules.all
            elif (is_any_outdated or remembered_item.basis != basis) and (
                rule_numbers := enabled_rules.choose(remembered_item, basis)
            ):
                yield outline, basis, rule_numbers
            elif self._overridden:
                overridden = self._find_overridden(self._backlog.items[outline.index])
                self._outcomes[remembered_item.outcomes, outline.type, overridden] += 1
            else:
                group = remembered_item.outcomes, outline.type
                counts[group] = counts.get(group, 0) + 1
        self._outcomes.update({(outcomes, item_type, ()): count for (outcomes, item_type), count in counts.items()})

    def _judge_items(self, to_judge: Sequence[tuple[WorkItem, bytes, AbstractSet[int]]]) -> Iterator[Finding]:
        """Judge some items, each by some of the rules. Texts are loaded only for rules that read them.

        Args:
            to_judge: The items, each with the current basis of its verdicts (see `RememberedItem`), and the numbers of
                the rules that judge it.
        """
        with_texts = self._backlog.with_texts(
            item for item, _, rule_numbers in to_judge if not rule_numbers.isdisjoint(self._text_rules)
        )
        for item, basis, rule_numbers in to_judge:
            loaded_item = item if rule_numbers.isdisjoint(self._text_rules) else next(with_texts)
            yield from self._judge_again(loaded_item, basis, rule_numbers)

    def _judge_again(self, item: WorkItem, basis: bytes, rule_numbers: AbstractSet[int]) -> Iterator[Finding]:
        """Judge an item by the rules with these numbers, and keep the remembered verdicts of the other rules."""
        self._rules_that_ran |= rule_numbers
        outcomes = [NOT_JUDGED] * len(self._names)
        remembered_hits: Mapping[int, Sequence[Hit]] = {}
        remembered_item = self._remembered_items.get(item.id)
        if remembered_item is not None and len(rule_numbers) < len(self._enabled):
            outcomes = list(decode_outcomes(remembered_item.outcomes))
            remembered_hits = decode_hits(remembered_item.hits)
        without_texts = item.without_texts()
        hits: dict[int, Sequence[Hit]] = {}
        for number, name in self._enabled:
            if number in rule_numbers:
                verdict = self._judge(name, item if number in self._text_rules else without_texts)
                outcomes[number], hits[number] = verdict.outcome, verdict.hits
                yield from verdict.findings
            elif number in remembered_hits:
                hits[number] = remembered_hits[number]
        encoded_outcomes = encode_outcomes(outcomes)
        self._outcomes[encoded_outcomes, item.type, self._find_overridden(item)] += 1
        if self._memory is not None:
            hits = {number: hits_of_rule for number, hits_of_rule in hits.items() if hits_of_rule}
            shared_outcomes = self._shared_outcomes.setdefault(encoded_outcomes, encoded_outcomes)
            current = RememberedItem(basis, shared_outcomes, encode_hits(hits))
            if current != self._memory.items.get(item.id):
                self._items_to_remember[item.id] = current

    def _judge(self, name: str, item: WorkItem) -> _Verdict:
        """Judge an item by a rule."""
        self.new_verdict_count += 1
        judges_type: bool | None = None  # whether the rule judges the item's custom type; None for other types
        is_judged = False
        try:
            rule = self._rule_for(name, item)
            if rule.settings.severity == "off":
                return _Verdict(NOT_JUDGED)
            if ItemKind.STORY in rule.kinds and _has_custom_type(item):
                # A rule may apply to few items of a type that it judges, such as those with a due date.
                judges_type = rule.applies(item) or Rule.applies(rule, item)
            if not rule.judges(item):
                unknown = rule.unknown_attributes(item) if rule.applies(item) else ()
                if not unknown and judges_type is None:
                    return _Verdict(NOT_JUDGED)  # saves making a `RuleOutcome`
                return _Verdict(RuleOutcome(unknown=unknown, judges_type=judges_type))
            self._prepare(rule)
            is_judged = True
            hits = rule.judge(item)
            findings = [make_finding(rule, item, hit) for hit in hits]
        except Exception as error:  # noqa: BLE001 - an error in one item must not stop the others
            self.failures.append(Failure(name, item.key, f"{type(error).__name__}: {error}"))
            self._failed_rules.add(name)
            return _Verdict(RuleOutcome(is_judged=is_judged, judges_type=judges_type))
        looked_at_day = rule.context.looked_at_day
        if not (rule.counted or looked_at_day) and judges_type is None and len(hits) < 2:
            return _Verdict(FLAGGED if hits else JUDGED, hits, findings)  # saves making a `RuleOutcome`
        outcome = RuleOutcome(
            is_judged=True,
            counted=tuple(rule.counted),
            judges_type=judges_type,
            hit_count=len(hits),
            looked_at_day=looked_at_day,
        )
        return _Verdict(outcome, hits, findings)

    def _rule_for(self, name: str, item: WorkItem) -> Rule[Any]:
        """Return the rule with the settings for an item."""
        return self._ruleset.rule_for(name, item) if name in self._overridden else self._rules[name]

    def _find_overridden(self, item: WorkItem) -> tuple[Rule[Any], ...]:
        """Return the rules with overrides, with the settings for an item."""
        if not self._overridden:
            return ()
        return tuple(self._ruleset.rule_for(name, item) for name in self._overridden)

    def _find_enabled(self, *inputs: Input) -> frozenset[int]:
        """Return the numbers of the enabled rules with one of these inputs; of all enabled rules if none is given."""
        types = self._ruleset.rule_types
        return frozenset(
            number for number, name in self._enabled if not inputs or not types[name].inputs.isdisjoint(inputs)
        )

    def _prepare(self, rule: Rule[Any]) -> None:
        """Prepare a rule for the backlog, unless it has been prepared before."""
        if id(rule) not in self._reasons:
            self._reasons[id(rule)] = rule.prepare(self._backlog, self._now)

    def _encode_learned(self, name: str) -> bytes | None:
        """Return what a rule learned, encoded, if it learns from the team's finished items only; otherwise None."""
        rule_type = self._ruleset.rule_types[name]
        if Input.FINISHED not in rule_type.inputs or Input.BACKLOG in rule_type.inputs or name in self._overridden:
            return None
        try:
            self._prepare(self._rules[name])
        except Exception:  # noqa: BLE001 - the error is reported with the items that the rule cannot judge
            return None
        return encode_learned(self._rules[name])

    def _finish(self, unchanged: Mapping[str, RememberedRule]) -> None:
        """Complete the tallies. A rule that judged no item has none, unless values that it needs are unknown.

        Args:
            unchanged: Rules whose remembered reasons still hold, because nothing that they look at has changed.
        """
        self.failures.sort(key=lambda failure: self._numbers[failure.rule])
        for name, totals in self._sum_up_outcomes().items():
            if totals.judged or totals.unknown:
                reasons = unchanged[name].unjudged if name in unchanged else self._collect_reasons(name, totals)
                self.tallies[name] = Tally(
                    judged=totals.judged,
                    flagged=totals.flagged,
                    finding_count=totals.finding_count,
                    # Rule objects with different settings may have the same reason.
                    unjudged=tuple({reason.text: reason for reason in reasons}.values()),
                    # Tallies are stored. The question of a shipped rule is in its class, so it is left out here.
                    saturation_question=""
                    if name in all_rules()
                    else self._ruleset.rule_types[name].saturation_question,
                )

    def _sum_up_outcomes(self) -> Mapping[str, "_Totals"]:
        """Return the totals of each enabled rule over all items, and count the items of custom types."""
        totals_by_rule = {name: _Totals() for _, name in self._enabled}
        for (encoded, item_type, overridden), count in self._outcomes.items():
            rules = self._rules | dict(zip(self._overridden, overridden, strict=True))
            outcomes = decode_outcomes(encoded)
            for number, name in self._enabled:
                outcome, totals = outcomes[number], totals_by_rule[name]
                if outcome.judges_type is not None:
                    by_rule = self._custom_types.setdefault(item_type, {})
                    by_rule.setdefault(name, Counter())[outcome.judges_type] += count
                totals.unknown.update(dict.fromkeys(outcome.unknown, count))
                if outcome.is_judged:
                    totals.judged += count
                    totals.flagged += count * bool(outcome.hit_count)
                    totals.finding_count += count * outcome.hit_count
                    totals.rule_object_ids.add(id(rules[name]))
                    totals.counted.update({(id(rules[name]), counted): count for counted in outcome.counted})
        return totals_by_rule

    def _collect_reasons(self, name: str, totals: "_Totals") -> Sequence[Unjudged]:
        """Return why a rule could not judge some items."""
        rules = [rule for rule in self._ruleset.rules_named(name) if id(rule) in totals.rule_object_ids]
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
                {counted: count for (rule_id, counted), count in totals.counted.items() if rule_id == id(rule)}
            )
            reasons += rule.report_unjudged()
        return [
            *reasons,
            *(make_not_known_reason(attribute, items) for attribute, items in sorted(totals.unknown.items())),
        ]

    @property
    def unjudged_types(self) -> tuple[UnjudgedType, ...]:
        """The custom item types that some or all rules for stories do not judge. Complete after the iteration."""
        types: list[UnjudgedType] = []
        for item_type, unordered_counts in sorted(self._custom_types.items()):
            counts_by_rule = {rule: unordered_counts[rule] for rule in self._names if rule in unordered_counts}
            rules = tuple(rule for rule, counts in counts_by_rule.items() if not counts[True])
            if rules:
                items = max(counts_by_rule[rule][False] for rule in rules)
                judged_by_none = len(rules) == len(counts_by_rule)
                types.append(UnjudgedType(item_type, items, rules=() if judged_by_none else rules))
        return tuple(types)

    @property
    def changed_memory(self) -> Memory:
        """What to remember: all rules, and the items of which something changed. Complete after the iteration."""
        rules = []
        for name in self._names:
            tally = self.tallies.get(name, Tally())
            current = "" if name in self._failed_rules else self._digests.get(name, "")
            rules.append(RememberedRule(name, current, tally.unjudged, self._day))
        return Memory(tuple(rules), self._items_to_remember)


@dataclass
class _Totals:
    """The numbers of one rule, for all sets of its settings together.

    Attributes:
        judged: The number of judged items.
        flagged: The number of these with a finding.
        finding_count: The number of findings.
        unknown: The number of items whose value of a needed attribute is unknown, by attribute.
        counted: The number of judged items that a rule counted by `Rule.count`, by the `id()` of the rule object and
            the name under which it counted them.
        rule_object_ids: The `id()` of each rule object with a verdict on an item, new or remembered. There is one
            object for each set of settings.
    """

    judged: int = 0
    flagged: int = 0
    finding_count: int = 0
    unknown: Counter[str] = field(default_factory=Counter)
    counted: Counter[tuple[int, str]] = field(default_factory=Counter)
    rule_object_ids: set[int] = field(default_factory=set)


@keep_last_results  # all rules judge an item one after the other, some of them without its texts
def _has_custom_type(item: WorkItem) -> bool:
    """Whether an item that is not started yet has a type that corresponds to no standard kind.

    Spikes do not count, because the rule about spikes judges them, whatever their type.
    """
    has_other_kind = item.kind is ItemKind.OTHER and "kind" not in item.unknown and bool(item.type)
    is_custom = item.is_open and not item.has_begun and has_other_kind and item.level is HierarchyLevel.REQUIREMENT
    return is_custom and not is_spike(item)


def assess(backlog: Backlog, ruleset: Ruleset, now: datetime) -> Assessment:
    """Judge every open item by every rule that is enabled for it. The same input gives the same findings.

    Findings are in the order of the rules; those of one rule in the order of the items.
    """
    judgement = Judgement(backlog, ruleset, now)
    return judgement.collect(judgement)


def make_finding(rule: Rule[Any], item: WorkItem, hit: Hit) -> Finding:
    """Make a finding from a hit, with its messages in English.

    A hit may be about only a part of the item. Each such part has a finding of its own.
    """
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


def _limit_severity(rule: Rule[Any], hit: Hit) -> Severity:
    """Return the configured severity, limited by that of the hit.

    A rule that is off runs only for the examples in its manual page; its findings then have the severity info.
    """
    configured = rule.settings.severity
    severity = Severity.INFO if configured == "off" else Severity(configured)
    return min(severity, hit.max_severity, key=lambda severity: severity.weight)
