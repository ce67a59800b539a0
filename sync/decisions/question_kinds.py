"""The kinds of questions to people, and the answers that fit each kind.

A question about one item is answered by a change of the item, or by waiving or snoozing the finding or calling it
wrong. "Do we want this item?" needs a decision about the item as a whole. For a question about many items, no answer is
offered.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from rules.model import ITEM_DECISIONS, DecisionKind
from rules.registry import all_rules


class QuestionKind(StrEnum):
    """A kind of question, by the answer that it needs."""

    TEXT = "text"
    """What is missing from the text of the item?"""
    SPLIT = "split"
    """Should the item be split, and how?"""
    ORDER = "order"
    """Should the item or its blocker move to another place in the order or to another sprint?"""
    DECISION = "decision"
    """Do we want this item? An earlier decision about it is due for review, or nobody works on it."""
    TEAM = "team"
    """What should the team do about many items at once?"""


_KIND_BY_SUBJECT: Final = {
    "carried-over": QuestionKind.SPLIT,
    "dependency": QuestionKind.ORDER,
    "order": QuestionKind.ORDER,
    "score": QuestionKind.ORDER,
    "size": QuestionKind.SPLIT,
    "split": QuestionKind.SPLIT,
    "untouched": QuestionKind.DECISION,
}
"""The kind of question that a rule asks, by `Rule.question_subject`. All other rules ask about the text of the item."""

_FINDING_ANSWERS: Final = (DecisionKind.WAIVE, DecisionKind.SNOOZE, DecisionKind.WRONG)
ANSWERS: Final[Mapping[QuestionKind, tuple[DecisionKind, ...]]] = {
    QuestionKind.TEXT: _FINDING_ANSWERS,
    QuestionKind.SPLIT: _FINDING_ANSWERS,
    QuestionKind.ORDER: _FINDING_ANSWERS,
    QuestionKind.DECISION: ITEM_DECISIONS,
    QuestionKind.TEAM: (),
}
"""The answers that are offered to each kind of question, besides changing the item itself."""
MOVE_ANSWERS: Final = (DecisionKind.ACCEPT, DecisionKind.NOT_NOW, DecisionKind.NO)
"""The answers that are offered to a suggested move of an item."""


def kind_of_question(rule: str) -> QuestionKind:
    """The kind of the question that a rule asks."""
    rules = all_rules()
    return _KIND_BY_SUBJECT.get(rules[rule].question_subject, QuestionKind.TEXT) if rule in rules else QuestionKind.TEXT
