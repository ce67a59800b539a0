"""The result of judging a backlog: findings, how many items each rule judged, and what it could not judge.

A rule that flags most of the items that it judges is saturated: it says more about how the team works than about any
single item. Then the team is asked one question about all of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from msgspec import Struct

from rules.message_templates import fill
from rules.model import Finding
from rules.registry import all_rules
from rules.rule import Unjudged

SATURATION_SHARE = 0.5
"""The share of judged items above which a rule that flags them is saturated."""
MIN_ITEMS_FOR_SATURATION = 20
"""The minimum number of judged items for a rule to be saturated."""


class Tally(Struct, frozen=True):
    """The result of one rule on one backlog.

    Attributes:
        judged: The number of open items that the rule judged.
        flagged: The number of these items with a finding.
        finding_count: The number of findings; an item may have several.
        unjudged: The reasons why it could not judge some items.
        saturation_question: For a rule that the admin wrote in rules.yaml, the template of the question to the team if
            the rule is saturated; empty for a shipped rule, whose class has the template.
    """

    judged: int = 0
    flagged: int = 0
    finding_count: int = 0
    unjudged: tuple[Unjudged, ...] = ()
    saturation_question: str = ""

    @property
    def is_saturated(self) -> bool:
        """Whether the team is asked one question about the rule, instead of about each finding."""
        return self.judged >= MIN_ITEMS_FOR_SATURATION and self.flagged > self.judged * SATURATION_SHARE


class Failure(Struct, frozen=True):
    """An exception that a rule raised while it judged one item, which is left out, or examined the whole backlog.

    Attributes:
        key: The key of the item; empty if the exception is not about a single item, but about the whole backlog.
        error: The type and the message of the exception.
    """

    rule: str
    key: str
    error: str


class UnjudgedType(Struct, frozen=True):
    """A custom item type that some rules for stories do not judge, because their option `types` does not name it.

    Attributes:
        type: The type as the tracker names it.
        items: The number of open items of this type.
        rules: The rules for stories that do not judge it, if others do; empty if none of them judges it.
    """

    type: str
    items: int
    rules: tuple[str, ...] = ()


@dataclass(frozen=True)
class Assessment:
    """The result of judging one backlog at one time.

    Attributes:
        tallies: The numbers of judged and flagged items, by rule.
        unjudged_types: The custom item types that rules for stories do not judge.
    """

    findings: tuple[Finding, ...]
    tallies: Mapping[str, Tally]
    failures: tuple[Failure, ...] = ()
    unjudged_types: tuple[UnjudgedType, ...] = ()


def english_team_question(rule: str, tally: Tally) -> str:
    """Return the question that the team is asked instead of a saturated rule's findings, in English."""
    question = tally.saturation_question
    if not question:
        rule_type = all_rules()[rule]
        flags_all = tally.flagged == tally.judged
        question = (flags_all and rule_type.saturation_question_of_all) or rule_type.saturation_question
    return fill(question, {"flagged": tally.flagged, "judged": tally.judged})
