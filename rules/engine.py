"""Judges a backlog by a ruleset: what was noticed, about how many items, and what could not be known."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from msgspec import Struct

from rules.message_templates import fill
from rules.model import Backlog, Finding, Severity, WorkItem, finding_id
from rules.registry import all_rules
from rules.rule import Hit, Rule, Unjudged
from rules.ruleset import Ruleset

SATURATION_SHARE = 0.5
SATURATION_FLOOR = 20
"""A rule that flags more than this share, of at least so many items, says more about the team's way of working than
about any item."""


class Tally(Struct, frozen=True):
    """What one rule made of one backlog.

    Attributes:
        judged: Open items the rule applies to.
        flagged: Those it has something to say about.
        limits: What it could not judge, and why.
    """

    judged: int = 0
    flagged: int = 0
    limits: tuple[Unjudged, ...] = ()

    @property
    def saturated(self) -> bool:
        """Whether the rule becomes one question to the team instead of a finding on each item."""
        return self.judged >= SATURATION_FLOOR and self.flagged > self.judged * SATURATION_SHARE


class Failure(Struct, frozen=True):
    """A rule broke on an item; the rest was judged all the same."""

    rule: str
    key: str
    error: str


@dataclass(frozen=True)
class Assessment:
    """All that the rules say about one backlog at one moment."""

    findings: tuple[Finding, ...]
    tallies: Mapping[str, Tally]
    failures: tuple[Failure, ...] = ()

    def whole(self, rule: str) -> str:
        """The one question to the team that stands for a saturated rule's findings."""
        return whole(rule, self.tallies[rule])


def whole(rule: str, tally: Tally) -> str:
    """The one question to the team about a rule, in English."""
    return fill(all_rules()[rule].whole, {"flagged": tally.flagged, "judged": tally.judged})


class Judgement:
    """A backlog being judged: iterating gives the findings one by one, so that a large backlog need not be held.

    Attributes:
        tallies: What each rule made of the backlog; complete once the iteration has ended.
        failures: Rules that broke on an item; likewise.
    """

    def __init__(self, backlog: Backlog, ruleset: Ruleset, now: datetime) -> None:
        self.tallies: dict[str, Tally] = {}
        self.failures: list[Failure] = []
        self._backlog = backlog
        self._ruleset = ruleset
        self._now = now

    def __iter__(self) -> Iterator[Finding]:
        for name in all_rules():
            yield from self._by_rule(name)

    def _by_rule(self, name: str) -> Iterator[Finding]:
        judged = flagged = 0
        limits: list[Unjudged] = []
        studied: set[int] = set()
        for item in self._backlog.items:
            rule = self._ruleset.rule_for(name, item)
            try:
                if rule.settings.severity == "off" or not rule.judges(item):
                    continue
                if id(rule) not in studied:
                    noted = (_unjudged(one) for one in rule.study(self._backlog, self._now))
                    limits += [one for one in noted if one not in limits]
                    studied.add(id(rule))
                judged += 1
                found = list(_findings(rule, item))
            except Exception as error:  # noqa: BLE001 - one bad item never stops the others
                self.failures.append(Failure(name, item.key, f"{type(error).__name__}: {error}"))
                continue
            yield from found
            flagged += bool(found)
        if studied:
            self.tallies[name] = Tally(judged, flagged, tuple(limits))


def assess(backlog: Backlog, ruleset: Ruleset, now: datetime) -> Assessment:
    """Judges every open item by every rule that is on for it. The same input gives the same findings."""
    judgement = Judgement(backlog, ruleset, now)
    findings = tuple(judgement)
    return Assessment(findings, judgement.tallies, tuple(judgement.failures))


def _findings(rule: Rule[Any], item: WorkItem) -> Iterator[Finding]:
    for hit in rule.check(item):
        yield finding_about(rule, item, hit)


def finding_about(rule: Rule[Any], item: WorkItem, hit: Hit) -> Finding:
    """What was noticed about an item as a finding, in English."""
    message = rule.says(hit)
    return Finding(
        id=finding_id(item.tracker, item.id, rule.id, hit.place),
        tracker=item.tracker,
        item=item.id,
        key=item.key,
        rule=rule.id,
        place=hit.place,
        variant=hit.variant,
        severity=_capped(Severity(rule.settings.severity), hit),
        evidence=message.evidence,
        question=message.question,
        resolution=message.resolution,
        facts=hit.facts,
        drifting=tuple(sorted(rule.drifting & hit.facts.keys())),
    )


def _unjudged(said: Unjudged | str) -> Unjudged:
    return Unjudged(text=said) if isinstance(said, str) else said


def _capped(severity: Severity, hit: Hit) -> Severity:
    return min(severity, hit.at_most, key=lambda one: one.weight)
