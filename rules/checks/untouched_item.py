"""Nobody has changed or discussed an item for a long time.

## What it does

It asks whether an item is still wanted if no person has changed, moved or discussed it for 180 days, and it is in no
active or future sprint.

## Why it matters

Most items that nobody touched for half a year are not finished in the next half year either. They make it harder to see
the important ones, and the people who asked for them wait for an answer. The rule only asks; the service never closes
an item.

## What it cannot see

- Why an item waits. A comment with the reason, or with a date to look at it again, clears the finding for another half
  year.
- Changes before the history that the tracker keeps. If no change of an item is known, it is not judged.
- Changes by programs. They do not count.

## Options

`days` is the number of days without activity after which an item gets a finding.

## How to clear it

Say in a comment what the item waits for, change it to what is wanted today, or close it.

## Examples

- fail: untouched
  name: Not touched for a year
  item: {title: Dark mode, created: 2025-01-10, changed_by_person: 2025-03-02}
- pass: Discussed last month
  item: {title: Dark mode, created: 2025-01-10, changed_by_person: 2026-05-02}
- pass: It is planned
  item:
    title: Dark mode
    changed_by_person: 2025-03-02
    sprints: [{id: "7", name: Sprint 7, state: future}]
- pass: Nothing is known about its changes
  item: {title: Dark mode, created: 2025-01-10}
- pass: The configured time is longer
  options: {days: 600}
  item: {title: Dark mode, changed_by_person: 2025-03-02}
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, ClassVar

from pydantic import Field

from rules.context import Input
from rules.model import ItemKind, WorkItem
from rules.rule import Hit, Message, Rule, RuleOptions, register


class UntouchedOptions(RuleOptions):
    days: Annotated[int, Field(ge=30, le=3650, description="Days without activity by a person.")] = 180


@register
class UntouchedItem(Rule[UntouchedOptions]):
    id = "untouched-item"
    title = "Nobody has changed or discussed it for a long time"
    question_subject = "untouched"
    kinds = frozenset({ItemKind.STORY, ItemKind.BUG, ItemKind.TASK, ItemKind.OTHER})
    judges_only_story_level = True
    inputs = frozenset({Input.SPRINTS, Input.COMMENTS, Input.TODAY})
    needed_attributes = frozenset({"sprints"})
    messages: ClassVar = {
        "untouched": Message(
            evidence="Nobody has changed or discussed it since {until:date}.",
            question="Is this still wanted, and if so, what does it wait for?",
            resolution="Say what it waits for, change it into what is wanted today, or close it.",
        )
    }
    saturation_question = (
        "Nobody has changed or discussed {flagged} of {judged} open items for a long time. Is there a day to look "
        "through them, or should this rule be off?"
    )

    def check(self, item: WorkItem) -> Iterator[Hit]:
        """Yield a hit if no person has acted on the item for too long, and it is in no active or future sprint."""
        if not item.changed_by_person or any(sprint.is_coming for sprint in item.sprints):
            return
        latest = max(time for time in (item.changed_by_person, item.discussed, item.ranked_by_person) if time)
        if self.context.now - latest >= timedelta(days=self.settings.days):
            # "until" is the stored name of this fact.
            yield Hit(variant="untouched", facts={"until": latest.date().isoformat()})
