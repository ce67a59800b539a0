"""Judges a backlog by a ruleset. Returns findings, how many items each rule judged, and what it could not judge.

A rule that flags most of the items that it judges is saturated: it says more about how the team works than about any
single item. Then the team is asked one question about all of them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from msgspec import Struct

from rules.message_templates import fill
from rules.model import (
    Backlog,
    Finding,
    HierarchyLevel,
    ItemKind,
    Severity,
    StatusCategory,
    WorkItem,
    finding_id,
)
from rules.registry import all_rules
from rules.rule import Hit, Rule, Unjudged, not_known
from rules.ruleset import Ruleset
from rules.text import LANGUAGES, SpikeStatus, compile_lexicon, spike_status

SATURATION_SHARE = 0.5
"""A rule that flags a larger share of the items that it judges is saturated."""
MIN_ITEMS_FOR_SATURATION = 20
"""A rule that judges fewer items is never saturated."""


class Tally(Struct, frozen=True):
    """The result of one rule on one backlog.

    Attributes:
        judged: The number of open items that the rule judged.
        flagged: The number of these items with a finding.
        unjudged: The reasons why it could not judge some items.
        saturation_question: The template of the question to the team if the rule is saturated and the admin wrote it in
            rules.yaml; empty for a shipped rule, whose class has the template.
    """

    judged: int = 0
    flagged: int = 0
    unjudged: tuple[Unjudged, ...] = ()
    saturation_question: str = ""

    @property
    def is_saturated(self) -> bool:
        """Whether the team is asked one question about the rule, instead of about each finding."""
        return self.judged >= MIN_ITEMS_FOR_SATURATION and self.flagged > self.judged * SATURATION_SHARE


class Failure(Struct, frozen=True):
    """An exception that a rule raised on one item. The other items were judged.

    Attributes:
        rule: The id of the rule.
        key: The key of the item.
        error: The type and the message of the exception.
    """

    rule: str
    key: str
    error: str


class UnjudgedType(Struct, frozen=True):
    """A custom item type that rules for stories do not judge, because no rule names it under `types`.

    Attributes:
        type: The type as the tracker names it.
        items: The number of open items of this type.
        rules: The rules that do not judge it; empty if none of the rules does.
    """

    type: str
    items: int
    rules: tuple[str, ...] = ()


@dataclass(frozen=True)
class Assessment:
    """The result of judging one backlog at one time.

    Attributes:
        findings: All findings.
        tallies: The numbers of judged and flagged items, by rule.
        failures: The exceptions that rules raised.
        unjudged_types: The custom item types that rules for stories do not judge.
    """

    findings: tuple[Finding, ...]
    tallies: Mapping[str, Tally]
    failures: tuple[Failure, ...] = ()
    unjudged_types: tuple[UnjudgedType, ...] = ()

    def team_question(self, rule: str) -> str:
        """The question that the team is asked instead of a saturated rule's findings."""
        return team_question(rule, self.tallies[rule])


def team_question(rule: str, tally: Tally) -> str:
    """The question that the team is asked about a saturated rule, in English."""
    question = tally.saturation_question
    if not question:
        shipped = all_rules()[rule]
        is_all = tally.flagged == tally.judged
        question = (is_all and shipped.saturation_question_of_all) or shipped.saturation_question
    return fill(question, {"flagged": tally.flagged, "judged": tally.judged})


class Judgement:
    """Judges a backlog while it is iterated, and yields findings one by one, so that they need not all fit in memory.

    Attributes:
        tallies: The numbers of judged and flagged items, by rule. Complete after the iteration.
        failures: The exceptions that rules raised. Complete after the iteration.
    """

    def __init__(self, backlog: Backlog, ruleset: Ruleset, now: datetime) -> None:
        self.tallies: dict[str, Tally] = {}
        self.failures: list[Failure] = []
        self._custom_types: dict[str, dict[str, Counter[bool]]] = {}
        """How many items of a custom type a rule applies to (True) or does not (False), by type and rule."""
        self._backlog = backlog
        self._ruleset = ruleset
        self._now = now

    def __iter__(self) -> Iterator[Finding]:
        for name in self._ruleset.rule_types:
            if not self._ruleset.is_off(name):
                yield from self._judge_by_rule(name)

    def _custom_saturation_question(self, name: str) -> str:
        """The saturation question of a rule of the admin; empty for a shipped rule."""
        return "" if name in all_rules() else self._ruleset.rule_types[name].saturation_question

    @property
    def unjudged_types(self) -> tuple[UnjudgedType, ...]:
        """The custom item types that rules for stories do not judge. Complete after the iteration."""
        types: list[UnjudgedType] = []
        for name, counts_by_rule in sorted(self._custom_types.items()):
            rules = tuple(rule for rule, counts in counts_by_rule.items() if not counts[True])
            if rules:
                items = max(counts_by_rule[rule][False] for rule in rules)
                types.append(UnjudgedType(name, items, rules if len(rules) < len(counts_by_rule) else ()))
        return tuple(types)

    def _judge_by_rule(self, name: str) -> Iterator[Finding]:
        """Yield the findings of one rule on all items, and store its tally."""
        judged = flagged = 0
        unknown: Counter[str] = Counter()
        reasons: list[Unjudged] = []
        prepared: dict[int, Rule[Any]] = {}
        for item in self._backlog.items:
            rule = self._ruleset.rule_for(name, item)
            try:
                if rule.settings.severity == "off":
                    continue
                if _has_custom_type(item) and ItemKind.STORY in rule.kinds:
                    by_rule = self._custom_types.setdefault(item.type, {})
                    # A rule may apply to few items of a type that it judges, such as those with a due date.
                    by_rule.setdefault(name, Counter())[rule.applies(item) or Rule.applies(rule, item)] += 1
                if not rule.judges(item):
                    unknown.update(rule.unknown(item) if rule.applies(item) else ())
                    continue
                if id(rule) not in prepared:
                    reasons += rule.prepare(self._backlog, self._now)
                    prepared[id(rule)] = rule
                judged += 1
                findings = [make_finding(rule, item, hit) for hit in rule.judge(item)]
            except Exception as error:  # noqa: BLE001 - an error in one item must not stop the others
                self.failures.append(Failure(name, item.key, f"{type(error).__name__}: {error}"))
                continue
            yield from findings
            flagged += bool(findings)
        reasons += [reason for rule in prepared.values() for reason in rule.report_unjudged()]
        reasons += [not_known(attribute, items) for attribute, items in sorted(unknown.items())]
        if prepared or unknown:
            self.tallies[name] = Tally(
                judged, flagged, _without_repeats(reasons), self._custom_saturation_question(name)
            )


def _has_custom_type(item: WorkItem) -> bool:
    """Whether an item that is not started yet has a type that corresponds to no standard kind.

    Spikes do not count, because one rule judges them whatever their type.
    """
    is_waiting = item.is_open and item.category is not StatusCategory.IN_PROGRESS
    is_other = item.kind is ItemKind.OTHER and "kind" not in item.unknown
    is_custom = is_waiting and is_other and bool(item.type) and item.level is HierarchyLevel.REQUIREMENT
    return is_custom and spike_status(item, compile_lexicon(tuple(LANGUAGES))) is SpikeStatus.NOT_ONE


def assess(backlog: Backlog, ruleset: Ruleset, now: datetime) -> Assessment:
    """Judge every open item by every rule that is enabled for it. The same input gives the same findings."""
    judgement = Judgement(backlog, ruleset, now)
    findings = tuple(judgement)
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
        severity=_severity(rule, hit),
        evidence=message.evidence,
        question=message.question,
        resolution=message.resolution,
        facts=hit.facts,
        volatile_facts=tuple(sorted(rule.volatile_facts & hit.facts.keys())),
    )


def _without_repeats(reasons: Iterable[Unjudged]) -> tuple[Unjudged, ...]:
    """Return each reason once.

    There is one rule object for each set of settings, and several may have the same reason.
    """
    return tuple({reason.text: reason for reason in reasons}.values())


def _severity(rule: Rule[Any], hit: Hit) -> Severity:
    """The configured severity, limited by that of the hit. A rule that is off, judged in an example, gives info."""
    configured = rule.settings.severity
    severity = Severity.INFO if configured == "off" else Severity(configured)
    return min(severity, hit.max_severity, key=lambda severity: severity.weight)
