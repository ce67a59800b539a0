"""A bug report that does not say how to reproduce the bug.

## What it does

It asks how to reproduce a bug if its description contains neither steps nor an expected result, and no example, log,
picture or link, and if neither the description nor the title says when the bug occurs.

## Why it matters

A bug that nobody can reproduce cannot be fixed, and nobody can check later that it was fixed. The person who reported
it still knows how to reproduce it; in a month they may not.

## What it cannot see

- Whether the steps are sufficient. Any of them, and even one word about when the bug occurs, is enough.
- The content of comments and attachments.
- Whether a longer report says how to reproduce the bug. A report of 12 words or more is assumed to.
- Bugs whose title says what to do, such as "Remove the old index". They are not judged.
- The difference between bugs and other work. In projects that call every task a bug, about half of its findings are
  irrelevant. So the rule is off by default.

## How to clear it

Add what was done, what was expected, and what happened instead. One line each is enough.

## Examples

- fail: no-steps
  name: Only what is wrong
  item: {title: Totals are wrong, kind: bug, text: The total does not match the lines.}
- fail: no-text
  name: Only a title
  item: {title: Totals are wrong, kind: bug}
- pass: Steps and what was expected
  item:
    title: Totals are wrong
    kind: bug
    text: |
      Steps: add two items, remove one.
      Expected: the total is that of one item.
- pass: It says when it happens
  item: {title: Totals are wrong, kind: bug, text: The total stays the same after a line was removed.}
- pass: The output of a program
  item:
    title: Totals are wrong
    kind: bug
    text: |
      ```
      Total.java:17 IllegalState
      ```
- pass: The title says when it happens
  item: {title: Total stays the same when a line is removed, kind: bug}
"""

from collections.abc import Iterator
from typing import ClassVar

from rules.context import Input
from rules.model import ItemKind, WorkItem, plain_text
from rules.rule import Hit, Message, OffByDefaultOptions, Rule, register
from rules.text import LANGUAGES, compile_lexicon, says_how_to_reproduce


@register
class BugWithoutReproduction(Rule[OffByDefaultOptions]):
    id = "bug-without-reproduction"
    title = "Does not say how to see the bug"
    question_subject = "reproduction"
    kinds = frozenset({ItemKind.BUG})
    inputs = frozenset({Input.TEXT})
    needed_attributes = frozenset({"text"})
    messages: ClassVar = {
        "no-steps": Message(
            evidence="The description has no steps, no expected result and no example.",
            question="How can this be reproduced, and what should happen instead?",
            resolution="Add what was done, what was expected and what happened; one line each is enough.",
        ),
        "no-text": Message(
            evidence="The description is empty, so only the title says what happens.",
            question="How can this be reproduced, and what should happen instead?",
            resolution="Add what was done, what was expected and what happened; one line each is enough.",
        ),
    }
    saturation_question = (
        "{flagged} of {judged} open bugs do not say how to reproduce them. Are the steps kept in another field, or "
        "should this rule be off?"
    )

    def check(self, item: WorkItem) -> Iterator[Hit]:
        """Yield a hit if nothing in the item says how to reproduce the bug."""
        if not says_how_to_reproduce(item, compile_lexicon(tuple(LANGUAGES))):
            yield Hit(variant="no-steps" if plain_text(item.text).strip() else "no-text")
