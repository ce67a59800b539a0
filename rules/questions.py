"""Combines findings of different rules on one item that ask the same question.

So people read it once, with all the evidence.

`Rule.question_covered_by` lists, for a rule, the rules whose question also covers its own. For example, "How can this
item, which names two operations, be split?" covers "What is the smallest useful part of this large item?".
"""

from collections.abc import Iterable
from typing import NamedTuple

from rules.model import Finding
from rules.registry import all_rules


class CombinedQuestion(NamedTuple):
    """One question about an item.

    Attributes:
        asked_finding: The finding whose question is asked.
        included: Further findings, whose questions it covers. Only their evidence is shown.
    """

    asked_finding: Finding
    included: tuple[Finding, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, starting with the one whose question is asked."""
        return (self.asked_finding, *self.included)


def combine_questions(findings: Iterable[Finding]) -> tuple[CombinedQuestion, ...]:
    """Combine the findings on one item into questions, in the order of the first finding of each.

    If the rule whose question is asked has several findings, the further ones remain questions of their own.
    """
    by_rule: dict[str, list[Finding]] = {}
    for finding in findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    groups: dict[str, list[str]] = {}
    for rule in by_rule:
        groups.setdefault(_find_asking_rule(rule, by_rule.keys()), []).append(rule)
    questions: list[CombinedQuestion] = []
    for asking_rule, rules in groups.items():
        asked, *further = by_rule[asking_rule]
        included = [finding for rule in rules if rule != asking_rule for finding in by_rule[rule]]
        questions += [CombinedQuestion(asked, tuple(included)), *(CombinedQuestion(finding) for finding in further)]
    return tuple(questions)


def _find_asking_rule(rule: str, rules_with_findings: Iterable[str]) -> str:
    """Return the rule whose question is asked for a rule: a rule whose question covers it, or else the rule itself.

    Args:
        rules_with_findings: The ids of the rules that have findings on the item.
    """
    rules = all_rules()
    covering = rules[rule].question_covered_by if rule in rules else ()
    covering_rule = next((candidate for candidate in covering if candidate in rules_with_findings), None)
    return rule if covering_rule is None else _find_asking_rule(covering_rule, rules_with_findings)
