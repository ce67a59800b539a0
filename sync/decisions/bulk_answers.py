"""Recognises answers that were given to many items at once: together they are one question to the team."""

from collections.abc import Collection, Sequence

from msgspec import Struct

from sync.messages import Messages
from sync.store.records import AnnotationChange

MANY = 10
"""More items than this, changed in the same way between two rounds, are one question."""


class SortedChanges(Struct, frozen=True):
    """What people did to our annotations.

    Attributes:
        answers: The changes that are answers.
        questions: Those that are a question to the team, because they were made on many items at once.
    """

    answers: tuple[AnnotationChange, ...]
    questions: tuple[AnnotationChange, ...]

    def texts(self, messages: Messages) -> dict[str, str]:
        """The question about each way in which many items were changed."""
        kinds = dict.fromkeys(change.what for change in self.questions)
        return {
            what: messages.text(
                f"report.at-once.{what}",
                count=len({change.annotation.item for change in self.questions if change.what == what}),
                apply="`steward apply`",
            )
            for what in kinds
        }

    @property
    def items(self) -> frozenset[str]:
        """Ids of the items that the questions are about."""
        return frozenset(change.annotation.item for change in self.questions)


def sort_changes(changes: Sequence[AnnotationChange], *, confirmed: Collection[str]) -> SortedChanges:
    """Tell answers from questions.

    Args:
        changes: What people did since the last round.
        confirmed: Ids of items about which the question was asked and answered with yes.
    """
    open_items: dict[str, set[str]] = {}
    for change in changes:
        if change.annotation.item not in confirmed:
            open_items.setdefault(change.what, set()).add(change.annotation.item)
    many = {what for what, items in open_items.items() if len(items) > MANY}
    questions = tuple(change for change in changes if change.what in many and change.annotation.item not in confirmed)
    held = {change.annotation.item for change in questions}
    # What else was done to these items waits for the same reply.
    answers = tuple(change for change in changes if change.annotation.item not in held)
    return SortedChanges(answers, questions)
