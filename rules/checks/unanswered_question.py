"""A question that nobody has answered.

## What it does

It points out words in the description that leave a decision open, such as "TBD" or "to be decided". It can also point
out a comment that ends in a question and was not followed by any other for three days.

## Why it matters

Somebody wanted to know before starting. If nobody answers now, somebody guesses later.

## What it cannot see

- An answer given in a meeting or a chat. One line in a comment clears the finding.
- A question that is not the end of a comment, or is put without a question mark.
- Comments that only some people may read, and comments of programs.
- Items that were read before this rule existed, until they change.

## Options

`comments` also looks at the discussion. It is off: no public backlog with comments was at hand to read what it finds.

## How to clear it

Answer in a comment, or write the decision into the description.

## Examples

- fail: comment
  name: The last comment is a question
  options: {comments: true}
  item: {title: Pay by card, question_asked: 2026-05-20}
- fail: decision
  name: A decision that is left open
  item: {title: Pay by card, text: Which cards are accepted is to be decided.}
- pass: Asked yesterday
  options: {comments: true}
  item: {title: Pay by card, question_asked: 2026-05-31}
- pass: Nothing is open
  item: {title: Pay by card, text: Cards of three brands are accepted.}
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, ClassVar

from pydantic import Field

from rules.context import Input
from rules.model import ItemKind, WorkItem
from rules.rule import Hit, Message, Rule, RuleOptions, register
from rules.text import open_questions, quotable

_TIME_TO_ANSWER = timedelta(days=3)


class QuestionOptions(RuleOptions):
    """Settings of unanswered-question."""

    comments: Annotated[
        bool, Field(strict=True, description="Whether a comment that ends in a question counts as well.")
    ] = False


@register
class UnansweredQuestion(Rule[QuestionOptions]):
    """An open item with a question or a decision that is still open."""

    id = "unanswered-question"
    title = "A question that nobody has answered"
    subject = "answer"
    options: ClassVar[type[RuleOptions]] = QuestionOptions
    kinds = frozenset({ItemKind.STORY, ItemKind.BUG, ItemKind.TASK, ItemKind.OTHER, ItemKind.FEATURE})
    inputs = frozenset({Input.COMMENTS, Input.TODAY})
    needs = frozenset({"text"})
    messages: ClassVar = {
        "comment": Message(
            evidence="The last comment, of {until:date}, ends in a question.",
            question="Who can answer the last comment?",
            resolution="Answer in a comment, or write the answer into the description.",
        ),
        "decision": Message(
            evidence='The description leaves this open: "{span}".',
            question="What is decided about this, or who decides?",
            resolution="Write the decision into the description, or who decides and until when.",
        ),
    }
    whole = (
        "{flagged} of {judged} open items have an open question. Are questions answered somewhere else, or should this "
        "rule be off?"
    )

    def check(self, item: WorkItem) -> Iterator[Hit]:
        """Looks at the end of the discussion, and for a decision that is left open."""
        asked = item.question_asked if self.settings.comments else None
        if asked is not None and self.context.now - asked >= _TIME_TO_ANSWER:
            yield Hit(variant="comment", facts={"until": asked.date().isoformat()})
        elif (span := next(open_questions(item.text), None)) is not None:
            yield Hit(variant="decision", facts={"span": quotable(span)})
