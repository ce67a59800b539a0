"""A feature is in progress, but has no items below it.

## What it does

It asks for the first item below a feature or an epic that is in progress and has no children, neither open nor
finished.

## Why it matters

Nobody can plan the work on a feature without items below it, and nobody can say how much of it is done.

## What it cannot see

- Hierarchies other than parent and child. If no item of the backlog has a parent, no feature is judged.
- Children that are outside the scope, or that were finished more than about a year ago.
- Features that have not been started. Many of them do not need children yet, so they are not judged.

## How to clear it

Add the first item below it, link the existing items to it, or put it back if work on it has not begun.

## Examples

- fail: childless
  name: In progress, and nothing below it
  item: {title: Payments, kind: feature, category: in progress}
  backlog:
    below:
      - {title: Pay by card, parent: OTHER-1}
- pass: An open item below it
  item: {title: Payments, kind: feature, category: in progress}
  backlog:
    below:
      - {title: Pay by card, parent: EX-1}  # the item itself
- pass: Not started yet
  item: {title: Payments, kind: feature}
  backlog:
    below:
      - {title: Pay by card, parent: OTHER-1}
- pass: Nothing here has a parent
  item: {title: Payments, kind: feature, category: in progress}
  backlog:
    below:
      - {title: Pay by card}
"""

from collections.abc import Iterator
from typing import ClassVar

from rules.context import Input
from rules.model import ItemKind, WorkItem
from rules.rule import Hit, Message, OffByDefaultOptions, Rule, register


@register
class FeatureWithoutChildren(Rule[OffByDefaultOptions]):
    id = "feature-without-children"
    title = "In progress with nothing below it"
    question_subject = "children"
    kinds = frozenset({ItemKind.FEATURE, ItemKind.EPIC})
    inputs = frozenset({Input.FAMILY})
    judges_started_work = True
    messages: ClassVar = {
        "childless": Message(
            evidence="Work on it has begun, but it has no child items, open or finished.",
            question="What is the first item below this?",
            resolution="Add the first item below it, link the ones there are, or put it back if work has not begun.",
        )
    }
    saturation_question = (
        "{flagged} of {judged} features in progress have nothing below them. Are items linked to them in another way, "
        "or should this rule be off?"
    )

    def check(self, item: WorkItem) -> Iterator[Hit]:
        """Yield a hit if the item is in progress and has no children, although other items have a parent."""
        if item.has_begun and self.context.has_hierarchy and not self.context.has_children(item):
            yield Hit(variant="childless")
