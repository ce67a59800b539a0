"""The kinds of questions to people, and the answers that fit each kind.

What is missing in the text of an item is answered on the item. A suggestion, such as to split an item, can also be
declined. Whether an item is wanted is a decision about the item as a whole.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from rules.model import OUTCOMES, DecisionKind
from rules.registry import all_rules


class QuestionKind(StrEnum):
    """What kind of answer a question needs."""

    TEXT = "text"
    """Something about the item has to be said or written."""
    SPLIT = "split"
    """Whether the item is split, and how."""
    ORDER = "order"
    """Whether the item or its blocker moves to another place or sprint."""
    DECISION = "decision"
    """Whether the item is wanted: an earlier decision about it is due for review, or nobody works on it."""
    TEAM = "team"
    """What the team does about many items at once."""


_KIND_BY_SUBJECT: Final = {
    "carried-over": QuestionKind.SPLIT,
    "dependency": QuestionKind.ORDER,
    "order": QuestionKind.ORDER,
    "score": QuestionKind.ORDER,
    "size": QuestionKind.SPLIT,
    "split": QuestionKind.SPLIT,
    "untouched": QuestionKind.DECISION,
}
"""The kinds of questions of rules by `Rule.subject`. All other rules ask for something in the text."""

_FINDING_ANSWERS: Final = (DecisionKind.WAIVE, DecisionKind.SNOOZE, DecisionKind.WRONG)
ANSWERS: Final[Mapping[QuestionKind, tuple[DecisionKind, ...]]] = {
    QuestionKind.TEXT: _FINDING_ANSWERS,
    QuestionKind.SPLIT: _FINDING_ANSWERS,
    QuestionKind.ORDER: _FINDING_ANSWERS,
    QuestionKind.DECISION: OUTCOMES,
    QuestionKind.TEAM: (),
}
"""The answers that are offered to each kind of question, besides one on the item itself."""
MOVE_ANSWERS: Final = (DecisionKind.ACCEPT, DecisionKind.NOT_NOW, DecisionKind.NO)
"""The answers that are offered to a suggested move of an item."""


def kind_of_question(rule: str) -> QuestionKind:
    """The kind of the question that a rule asks."""
    rules = all_rules()
    return _KIND_BY_SUBJECT.get(rules[rule].subject, QuestionKind.TEXT) if rule in rules else QuestionKind.TEXT
