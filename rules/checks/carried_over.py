"""Planned again and again, and not finished.

## What it does

It asks what would make a part of an item finishable where the item was in two or more sprints that are over.

## Why it matters

An item that was carried over twice is often carried over a third time. What holds it back is mostly known by then and
rarely written down: it is too large, it waits for somebody, or something else was always more important.

## What it cannot see

- Why it was not finished.
- Sprints that an item was taken out of before they ended: the tracker may keep them in its history or not.
- Epics, features and sub-tasks are not judged.

## Options

`sprints` says how many sprints make a finding.

## How to clear it

Finish it, split off what can be finished in one sprint, or take it out of the coming sprint until it can be.

## Examples

- fail: carried-over
  name: In two sprints that are over, and in the next one
  item:
    title: Pay by card
    category: in progress
    sprints:
      - {id: "5", name: Sprint 5, state: closed, end: 2026-05-01T09:00:00Z}
      - {id: "6", name: Sprint 6, state: closed, end: 2026-05-15T09:00:00Z}
      - {id: "7", name: Sprint 7, state: active, end: 2026-06-05T09:00:00Z}
- pass: In one sprint that is over
  item:
    title: Pay by card
    sprints:
      - {id: "6", name: Sprint 6, state: closed, end: 2026-05-15T09:00:00Z}
      - {id: "7", name: Sprint 7, state: active, end: 2026-06-05T09:00:00Z}
- pass: Back in the backlog
  item:
    title: Pay by card
    sprints:
      - {id: "5", name: Sprint 5, state: closed, end: 2026-05-01T09:00:00Z}
      - {id: "6", name: Sprint 6, state: closed, end: 2026-05-15T09:00:00Z}
"""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field

from rules.context import Input
from rules.model import HierarchyLevel, ItemKind, WorkItem
from rules.rule import Hit, Message, Rule, RuleOptions, register


class CarriedOverOptions(RuleOptions):
    """Settings of carried-over."""

    sprints: Annotated[int, Field(ge=1, le=20, description="Sprints that ended without the item being finished.")] = 2


@register
class CarriedOver(Rule[CarriedOverOptions]):
    """An item in a coming sprint that several sprints have ended without."""

    id = "carried-over"
    title = "Planned again and again"
    subject = "carried-over"
    options: ClassVar[type[RuleOptions]] = CarriedOverOptions
    kinds = frozenset({ItemKind.STORY, ItemKind.BUG, ItemKind.TASK, ItemKind.OTHER})
    inputs = frozenset({Input.SPRINTS})
    needs = frozenset({"sprints"})
    judges_started_work = True
    messages: ClassVar = {
        "carried-over": Message(
            evidence="It was in {sprints} sprints that are over, the last one being {sprint}.",
            question="Which part of this can be finished in one sprint?",
            resolution="Split off what can be finished in one sprint, or take it out until what it waits for is there.",
        ),
    }
    whole = (
        "{flagged} of {judged} open items were in several sprints that are over. Are sprints used for something else "
        "here, or should this rule be off?"
    )

    def applies(self, item: WorkItem) -> bool:
        """Whether it is an item that a team pulls."""
        return item.level is HierarchyLevel.REQUIREMENT and super().applies(item)

    def check(self, item: WorkItem) -> Iterator[Hit]:
        """Counts the sprints that ended without it being finished."""
        ended = {sprint.id: sprint for sprint in item.sprints if not sprint.is_coming}
        if len(ended) >= self.settings.sprints and any(sprint.is_coming for sprint in item.sprints):
            last = max(ended.values(), key=lambda sprint: (sprint.end is not None, sprint.sort_key))
            yield Hit(variant="carried-over", facts={"sprints": len(ended), "sprint": last.name})
