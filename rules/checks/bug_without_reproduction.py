"""A bug that nobody else can see yet.

## What it does

It asks how to see a bug where its description has neither steps nor what was expected, no example, log, picture or
link, and no word on when it happens.

## Why it matters

A bug that cannot be seen cannot be fixed, and nobody can tell later that it was. Whoever reported it still knows how;
in a month they may not.

## What it cannot see

- Whether the steps are enough. Any of them, even one word on when it happens, keeps it silent.
- What stands in comments and attachments.
- Reports of 12 words or more are taken to say how.
- A bug whose title says what to do ("Remove the old index") is not asked.

- Of what it finds in projects that call every chore a bug, about half is beside the point. It is off until it is
  switched on.

## Options

It has none of its own.

## How to clear it

Add what was done, what was expected and what happened instead; one line each is enough.

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
- pass: What a program printed
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
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from rules.model import ItemKind, WorkItem, plain_text
from rules.rule import Hit, Message, Rule, RuleOptions, register
from rules.text import LANGUAGES, compile_lexicon, says_how_to_reproduce


class BugOptions(RuleOptions):
    """Settings of bug-without-reproduction."""

    severity: Annotated[
        Literal["info", "warning", "off"],
        Field(description="How much a finding matters: info is label and field only, warning may become a comment."),
    ] = "off"


@register
class BugWithoutReproduction(Rule[BugOptions]):
    """An open bug whose report does not say how to see it."""

    id = "bug-without-reproduction"
    options: ClassVar[type[RuleOptions]] = BugOptions
    title = "Does not say how to see the bug"
    subject = "reproduction"
    kinds = frozenset({ItemKind.BUG})
    needs = frozenset({"text"})
    messages: ClassVar = {
        "no-steps": Message(
            evidence="The description has no steps, no expected result and no example.",
            question="What does somebody have to do to see this, and what should happen instead?",
            resolution="Add what was done, what was expected and what happened; one line each is enough.",
        ),
        "no-text": Message(
            evidence="The description is empty, so only the title says what happens.",
            question="What does somebody have to do to see this, and what should happen instead?",
            resolution="Add what was done, what was expected and what happened; one line each is enough.",
        ),
    }
    whole = (
        "{flagged} of {judged} open bugs do not say how to see them. Are the steps kept in another field, or should "
        "this rule be off?"
    )

    def check(self, item: WorkItem) -> Iterator[Hit]:
        """Looks for anything by which somebody else could see the bug."""
        if not says_how_to_reproduce(item, compile_lexicon(tuple(LANGUAGES))):
            yield Hit(variant="no-steps" if plain_text(item.text).strip() else "no-text")
