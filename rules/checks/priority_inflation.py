"""An item has had a high priority for a long time, in a backlog in which many items have one.

## What it does

It asks whether an item is still urgent if more than one in five open items has a high priority, and nobody has changed
or discussed this one for 60 days.

## Why it matters

A high priority helps to choose only while few items have one. An item that was urgent and untouched for months can
evidently wait.

## What it cannot see

- What a priority means in this team. Levels are recognised by their usual names; items with other ones are not judged.
- Whether somebody chose a priority that the tracker gives by default. Items with it count, but they are not judged.
- Why nobody works on it.

## Options

`share` is the share of high priorities that is normal for the team; `days` is the number of days after which an item
counts as untouched; `least` is how many items with a priority are needed.

## How to clear it

Lower the priority, or plan the item.

## Examples

- fail: inflated
  name: Urgent for months, among many urgent items
  options: {least: 3}
  item: {title: Pay by card, priority: High, changed_by_person: 2026-01-05}
  backlog: {below: [{title: Dark mode, priority: High}, {title: Rounding, priority: Low}]}
- pass: Somebody works on it
  options: {least: 3}
  item: {title: Pay by card, priority: High, changed_by_person: 2026-05-20}
  backlog: {below: [{title: Dark mode, priority: High}, {title: Rounding, priority: Low}]}
- pass: Few items have a high priority
  options: {least: 3, share: 0.5}
  item: {title: Pay by card, priority: High, changed_by_person: 2026-01-05}
  backlog: {below: [{title: Dark mode, priority: Low}, {title: Rounding, priority: Low}]}
- pass: It is planned
  options: {least: 3}
  item:
    title: Pay by card
    priority: High
    changed_by_person: 2026-01-05
    sprints: [{id: "7", name: Sprint 7, state: future}]
  backlog: {below: [{title: Dark mode, priority: High}, {title: Rounding, priority: Low}]}
- pass: Too few items to speak of a share
  item: {title: Pay by card, priority: High, changed_by_person: 2026-01-05}
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, ClassVar

from pydantic import Field

from rules.context import Input
from rules.model import Facts, HierarchyLevel, ItemKind, WorkItem
from rules.priority.levels import HIGH_LEVEL, priority_level
from rules.rule import Hit, Message, Rule, RuleOptions, Unjudged, register


class InflationOptions(RuleOptions):
    share: Annotated[float, Field(gt=0, lt=1, description="Share of high priorities that is normal here.")] = 0.2
    days: Annotated[int, Field(ge=7, le=3650, description="Days without any change by a person.")] = 60
    least: Annotated[
        int, Field(ge=2, description="Number of items with a known priority below which no item is judged.")
    ] = 20


@register
class PriorityInflation(Rule[InflationOptions]):
    id = "priority-inflation"
    title = "Urgent for a long time, like many others"
    question_subject = "priority"
    kinds = frozenset({ItemKind.STORY, ItemKind.BUG, ItemKind.TASK, ItemKind.OTHER})
    judges_only_story_level = True
    inputs = frozenset({Input.BACKLOG, Input.SPRINTS, Input.TODAY})
    backlog_attributes = frozenset({"priority"})
    needed_attributes = frozenset({"priority", "sprints"})
    volatile_facts = frozenset({"high", "n"})
    messages: ClassVar = {
        "inflated": Message(
            evidence="Its priority is {priority}; {high} of {n} open items have a high priority. Nobody has changed or "
            "discussed it since {until:date}.",
            question="Is this still urgent?",
            resolution="Lower its priority, or plan it into a sprint.",
        )
    }
    saturation_question = (
        "{flagged} of {judged} open items have long been urgent and untouched. Does a priority mean something else "
        "here, or should this rule be off?"
    )
    unjudged_messages: ClassVar = {
        "few-items": "Not enough data (n={n}): a share of high priorities needs at least {least} items whose priority "
        "is known."
    }

    def learn(self) -> tuple[Unjudged, ...]:
        """Count the requirements (items of the level that teams plan), and those of them with a high priority."""
        levels = [
            level
            for item in self.context.items()
            if item.level is HierarchyLevel.REQUIREMENT and (level := priority_level(item.priority)) is not None
        ]
        self._item_count = len(levels)
        self._high_count = sum(1 for level in levels if level <= HIGH_LEVEL)
        if self._item_count < self.settings.least:
            return (self.make_unjudged("few-items", n=self._item_count, least=self.settings.least),)
        return ()

    def applies(self, item: WorkItem) -> bool:
        """Whether the item is a requirement to which somebody gave a high priority, or whose priority was not read.

        The latter is reported as not judged.
        """
        level = priority_level(item.priority)
        was_set_high = level is not None and level <= HIGH_LEVEL and item.priority_is_default is not True
        return super().applies(item) and (was_set_high or not item.is_known("priority"))

    def check(self, item: WorkItem) -> Iterator[Hit]:
        """Yield a hit if many items have a high priority, and nobody has changed, discussed or planned this one."""
        if self._item_count < self.settings.least or self._high_count <= self.settings.share * self._item_count:
            return
        since = item.changed_by_person  # by an edit or a comment
        if since is None or any(sprint.is_coming for sprint in item.sprints):
            return
        if self.context.now - since >= timedelta(days=self.settings.days):
            # "until" is the stored name of this fact.
            facts: Facts = {
                "priority": item.priority or "",
                "high": self._high_count,
                "n": self._item_count,
                "until": since.date().isoformat(),
            }
            yield Hit(variant="inflated", facts=facts)
