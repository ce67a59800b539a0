"""Recognises the same change on many items at once, which becomes a question to the team.

When a person removes the service's label from one item, that is an answer: it becomes a decision not to set it again.
When somebody removes it from very many items between two rounds, which are passes over the tracker, it may be an answer
or an accident, so the team is asked what it means. The service's comments, labels and field values are its annotations.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence

from msgspec import Struct

from sync.messages import Messages
from sync.store.records import AnnotationChange

MAX_ITEMS_FOR_ANSWERS = 10
"""If more items than this are changed in the same way between two rounds, the team is asked what it means."""


class ClassifiedChanges(Struct, frozen=True):
    """The changes that people made to the service's annotations, by what they mean.

    Attributes:
        answers: Changes that count as answers.
        questions: Changes that the team is asked about, because they were made on many items at once.
    """

    answers: tuple[AnnotationChange, ...]
    questions: tuple[AnnotationChange, ...]

    def question_texts(self, messages: Messages) -> dict[str, str]:
        """The questions to the team, by the kind of change that they are about."""
        kinds = dict.fromkeys(change.kind for change in self.questions)
        return {
            kind: messages.text(
                f"report.at-once.{kind}",
                count=len({change.annotation.item for change in self.questions if change.kind == kind}),
                apply="`steward apply`",
            )
            for kind in kinds
        }

    @property
    def items(self) -> frozenset[str]:
        """Ids of the items that the questions are about."""
        return frozenset(change.annotation.item for change in self.questions)


def classify_changes(changes: Sequence[AnnotationChange], *, confirmed: Collection[str]) -> ClassifiedChanges:
    """Separate the changes that count as answers from those that the team is asked about.

    Args:
        changes: The changes that people have made since the last round.
        confirmed: Ids of items for which a person has confirmed that the changes are answers.
    """
    unconfirmed = [change for change in changes if change.annotation.item not in confirmed]
    items_by_kind: defaultdict[str, set[str]] = defaultdict(set)
    for change in unconfirmed:
        items_by_kind[change.kind].add(change.annotation.item)
    questions = tuple(change for change in unconfirmed if len(items_by_kind[change.kind]) > MAX_ITEMS_FOR_ANSWERS)
    items_in_question = {change.annotation.item for change in questions}
    # Other changes on these items wait until the team has answered, too.
    answers = tuple(change for change in changes if change.annotation.item not in items_in_question)
    return ClassifiedChanges(answers, questions)
