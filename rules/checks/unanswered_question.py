"""An item contains a question that nobody has answered.

## What it does

It points out words in the description that leave a decision open, such as "TBD" or "to be decided", and questions about
what is wanted, such as "Should we …?" or "Is this a bug or by design?". It can also point out a comment that ends with
a question and has been the last one for three days.

## Why it matters

Somebody wanted to know this before starting. If nobody answers now, somebody will have to guess later.

## What it cannot see

- An answer that was given in a meeting or a chat.
- A question in a comment that is not at its end, or has no question mark.
- Questions about a cause ("Why does it fail?"), requests, and rhetorical questions.
- Comments that only some people may read, and comments of programs.
- Comments on items that were read before this rule existed, until the items change.

## Options

`comments` also judges the last comment. It is off by default, because its findings could not be checked: no public
backlog with comments was available.

## How to clear it

If the description leaves something open, write the decision there. If a comment asks, answer in a comment.

## Examples

- fail: comment
  name: The last comment is a question
  options: {comments: true}
  item: {title: Pay by card, question_asked: 2026-05-20}
- fail: decision
  name: A decision that is left open
  item: {title: Pay by card, text: Which cards are accepted is to be decided.}
- fail: decision
  name: A question about what is wanted
  item: {title: Pay by card, text: Should we accept cards of shops?}
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
from rules.model import ItemKind, WorkItem, plain_text
from rules.rule import Hit, Message, Rule, RuleOptions, register
from rules.text import is_spike, make_quotable, open_questions
from rules.text.tokens import tokenize
from rules.text.vocabulary.vocabulary import phrases

_TIME_TO_ANSWER = timedelta(days=3)
"""A question in a comment counts as unanswered only after this time."""
_MAX_PLACEHOLDER_WORDS = 2
"""The maximum number of words in a description that is only a placeholder."""
_DECIDING_WORDS = frozenset(
    phrases("""
        decide, define, determine, clarify, discuss, discussion, choose, agree, understand, research, experiment,
        investigate, explore, evaluate, figure, entscheiden, entscheide, klären, kläre, festlegen, abstimmen
    """)
)
"""Words in the titles of items whose purpose is to decide or find out something, so that something is always open."""
_SEARCHED_WORDS = 2
"""The number of words at the start of a title, after any colon, among which `_DECIDING_WORDS` are looked for. The last
word is searched as well."""


class QuestionOptions(RuleOptions):
    comments: Annotated[
        bool, Field(strict=True, description="Whether a comment that ends in a question counts as well.")
    ] = False


@register
class UnansweredQuestion(Rule[QuestionOptions]):
    id = "unanswered-question"
    title = "A question that nobody has answered"
    question_subject = "answer"
    kinds = frozenset({ItemKind.STORY, ItemKind.BUG, ItemKind.TASK, ItemKind.OTHER, ItemKind.FEATURE})
    inputs = frozenset({Input.TEXT, Input.COMMENTS, Input.TODAY})
    needed_attributes = frozenset({"text"})
    messages: ClassVar = {
        "comment": Message(
            evidence="The last comment, of {until:date}, ends in a question.",
            question="Who can answer the last comment?",
            resolution="Answer in a comment.",
        ),
        "decision": Message(
            evidence='The description leaves this open: "{span}".',
            question="What has been decided about this, or who decides?",
            resolution="Write into the description what was decided, or who decides and by when.",
        ),
    }
    saturation_question = (
        "{flagged} of {judged} open items have an open question. Are questions answered somewhere else, or should this "
        "rule be off?"
    )

    def check(self, item: WorkItem) -> Iterator[Hit]:
        """Yield a hit if the last comment is a question, or the description leaves a decision open."""
        asked = item.question_asked if self.settings.comments else None
        if asked is not None and self.context.now - asked >= _TIME_TO_ANSWER:
            # "until" is the stored name of this fact.
            yield Hit(variant="comment", facts={"until": asked.date().isoformat()})
        elif item.kind is ItemKind.STORY and len(plain_text(item.text).split()) <= _MAX_PLACEHOLDER_WORDS:
            return  # missing-acceptance-criteria asks about a description that is only "TBD"
        elif _is_about_a_decision(item):
            return
        elif (span := next(open_questions(item.text), None)) is not None:
            yield Hit(variant="decision", facts={"span": make_quotable(span.rstrip(" .:"))})


def _is_about_a_decision(item: WorkItem) -> bool:
    """Whether the work of an item is to decide or find out something."""
    words = tokenize(item.title.rpartition(":")[2])
    # In a German title, the verb is the last word.
    searched_words = (*words[:_SEARCHED_WORDS], *words[-1:])
    return is_spike(item) or not _DECIDING_WORDS.isdisjoint(searched_words)
