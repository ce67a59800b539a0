"""The text of an item changed after its sprint had begun.

## What it does

It asks whether everybody knows about a change if a person changed the description or the acceptance criteria of an item
more than a day after the start of its sprint.

## Why it matters

The item no longer says what the team agreed to in planning. Those who have read it will not read it again.

## What it cannot see

- Whether the change matters. A corrected typing error counts as well.
- Changes of the text that the history does not contain. The histories that are read from Azure DevOps contain no texts,
  so no item from there is flagged.
- Changes of items that were read before this rule existed, until the items change again.
- Whether the change was agreed in a conversation and only written down afterwards.

## How to clear it

Say in a comment what changed and who knows about it, and waive the finding. It ends with the sprint in any case.

## Examples

- fail: changed
  name: Rewritten in the middle of the sprint
  item:
    title: Pay by card
    text_changed: 2026-05-28
    sprints: [{id: "7", name: Sprint 7, state: active, start: 2026-05-25T09:00:00Z}]
- pass: Changed on the day of planning
  item:
    title: Pay by card
    text_changed: 2026-05-25
    sprints: [{id: "7", name: Sprint 7, state: active, start: 2026-05-25T09:00:00Z}]
- pass: The sprint has not begun
  item:
    title: Pay by card
    text_changed: 2026-05-28
    sprints: [{id: "7", name: Sprint 7, state: future, start: 2026-06-08T09:00:00Z}]
"""

from collections.abc import Iterator
from typing import ClassVar

from rules.context import Input
from rules.flow.late_changes import PLANNING_PERIOD
from rules.model import ItemKind, SprintState, WorkItem
from rules.rule import Hit, Message, OffByDefaultOptions, Rule, register


@register
class ChangedAfterReady(Rule[OffByDefaultOptions]):
    id = "changed-after-ready"  # settings name it so; "ready" means planned into the sprint
    title = "Changed after the sprint had begun"
    question_subject = "change"
    kinds = frozenset({ItemKind.STORY, ItemKind.BUG, ItemKind.TASK, ItemKind.OTHER})
    inputs = frozenset({Input.SPRINTS})
    needed_attributes = frozenset({"sprints"})
    judges_started_work = True
    messages: ClassVar = {
        "changed": Message(
            evidence="Its text changed on {until:date}, after {sprint} had begun.",
            question="Does everybody who works on this know what changed?",
            resolution="Say in a comment what changed, or move the change into an item of its own.",
        )
    }
    saturation_question = (
        "The text of {flagged} of {judged} items changed after the sprint had begun. Are texts completed during the "
        "sprint here, or should this rule be off?"
    )

    def check(self, item: WorkItem) -> Iterator[Hit]:
        """Yield a hit if the text changed after the planning of the active sprint."""
        changed = item.text_changed
        if changed is None:
            return
        for sprint in item.sprints:
            if sprint.state is SprintState.ACTIVE and sprint.start and changed > sprint.start + PLANNING_PERIOD:
                # "until" is the stored name of this fact.
                yield Hit(variant="changed", facts={"until": changed.date().isoformat(), "sprint": sprint.name})
                return
