"""Words the open questions about an item, each with the role that it is for.

A finding is what a rule flagged in an item. Several findings can ask the same question.
"""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, field

from rules.lifecycle import FindingState, FindingStatus
from rules.model import Severity
from rules.questions import CombinedQuestion, combine_questions
from rules.registry import all_rules
from sync.messages import Messages


class AgendaQuestion(Struct, frozen=True):
    """One open question about an item.

    Attributes:
        rule: The id of the rule that flagged the item.
        role: The displayed name of the role that the question is for; `asked` in JSON.
        included_rules: Ids of further rules whose questions this one includes; `included` in JSON.
    """

    rule: str
    state: FindingState
    question: str
    evidence: str
    resolution: str
    role: str = field(name="asked")
    included_rules: tuple[str, ...] = field(default=(), name="included")

    @property
    def rules(self) -> tuple[str, ...]:
        """The ids of all rules that ask this question."""
        return (self.rule, *self.included_rules)


def open_questions(
    statuses: Sequence[FindingStatus], messages: Messages, roles: Mapping[str, str]
) -> Iterator[AgendaQuestion]:
    """Yield the open questions about an item: those of its warnings that nobody has answered."""
    states = {
        status.finding.id: status.state
        for status in statuses
        if not status.is_answered and status.finding.severity is Severity.WARNING
    }
    for question in combine_questions(status.finding for status in statuses if status.finding.id in states):
        yield _make_question(question, states[question.asked_finding.id], messages, roles)


def _make_question(
    question: CombinedQuestion, state: FindingState, messages: Messages, roles: Mapping[str, str]
) -> AgendaQuestion:
    """Make the question of findings that ask the same question."""
    message = messages.finding(question.asked_finding)
    rules = dict.fromkeys(finding.rule for finding in question.findings)
    return AgendaQuestion(
        question.asked_finding.rule,
        state,
        message.question,
        " ".join(messages.finding(finding).evidence for finding in question.findings),
        message.resolution,
        role_for_rule(question.asked_finding.rule, messages, roles),
        tuple(rules)[1:],
    )


def role_for_rule(rule: str, messages: Messages, roles: Mapping[str, str]) -> str:
    """The displayed name of the role that answers a rule's question: `roles[rule]`, or else the rule's default."""
    rules = all_rules()
    return roles.get(rule) or messages.name(
        "agenda.roles", rules[rule].asked_role if rule in rules else "product-owner"
    )
