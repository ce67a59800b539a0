"""Combines findings on one item that ask the same, so that people read one question with all its evidence.

A rule declares in `Rule.included_in` whose question includes its own: how an item that names two operations can be
split also answers what the smallest useful part of a large item is.
"""

from collections.abc import Iterable
from typing import NamedTuple

from rules.model import Finding
from rules.registry import all_rules


class CombinedQuestion(NamedTuple):
    """One question about an item.

    Attributes:
        asked: The finding whose question is asked.
        included: Further findings, whose questions are answered with it. Only their evidence is shown.
    """

    asked: Finding
    included: tuple[Finding, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, the one that is asked first."""
        return (self.asked, *self.included)


def combine_questions(findings: Iterable[Finding]) -> tuple[CombinedQuestion, ...]:
    """Combine the findings on one item into questions, in the order of the first finding of each."""
    by_rule: dict[str, list[Finding]] = {}
    for finding in findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    groups: dict[str, list[str]] = {}
    for rule in by_rule:
        groups.setdefault(_asked_rule(rule, by_rule.keys()), []).append(rule)
    questions: list[CombinedQuestion] = []
    for asked_rule, rules in groups.items():
        asked, *others = by_rule[asked_rule]
        included = [finding for rule in rules if rule != asked_rule for finding in by_rule[rule]]
        questions += [CombinedQuestion(asked, tuple(included)), *(CombinedQuestion(other) for other in others)]
    return tuple(questions)


def _asked_rule(rule: str, present: Iterable[str]) -> str:
    """The rule whose question is asked for a rule: itself, unless another one that is present includes it."""
    rules = all_rules()
    including = rules[rule].included_in if rule in rules else ()
    including_rule = next((other for other in including if other in present), None)
    return rule if including_rule is None else _asked_rule(including_rule, present)
