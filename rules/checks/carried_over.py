"""An item was planned for several sprints and is still not finished.

## What it does

It asks which part of an item can be finished if the item is in an upcoming sprint, which may be the active one, and
was in two or more sprints that have ended.

## Why it matters

An item that was carried over twice is often carried over a third time. By then, people usually know the reason but have
rarely written it down: the item is too large, it waits for somebody, or other work was always more important.

## What it cannot see

- Why the item was not finished.
- Whether an item was taken out of a sprint before the sprint ended. Some trackers still list that sprint.
- Epics, features and sub-tasks. They are not judged.

## Options

`sprints` is the minimum number of ended sprints for a finding.

## How to clear it

Finish it, split off what can be finished in one sprint, or take it out of the upcoming sprint until it can be finished.

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
from rules.model import ItemKind, WorkItem
from rules.rule import Hit, Message, Rule, RuleOptions, register


class CarriedOverOptions(RuleOptions):
    sprints: Annotated[
        int, Field(ge=1, le=20, description="Minimum number of sprints that ended without the item being finished.")
    ] = 2


@register
class CarriedOver(Rule[CarriedOverOptions]):
    id = "carried-over"
    title = "Planned again and again"
    question_subject = "carried-over"
    kinds = frozenset({ItemKind.STORY, ItemKind.BUG, ItemKind.TASK, ItemKind.OTHER})
    judges_only_story_level = True
    inputs = frozenset({Input.SPRINTS})
    needed_attributes = frozenset({"sprints"})
    judges_started_work = True
    rules_with_similar_question = frozenset({"split-candidate", "aging-work"})
    question_covered_by = ("split-candidate", "aging-work")
    messages: ClassVar = {
        "carried-over": Message(
            evidence="It was in {sprints} sprints that are over, the last one being {sprint}.",
            question="Which part of this can be finished in one sprint?",
            resolution="Split off what can be finished in one sprint, or take it out of the sprint until it can be "
            "finished.",
        )
    }
    saturation_question = (
        "{flagged} of {judged} open items were in several sprints that are over. Are sprints used for something else "
        "here, or should this rule be off?"
    )

    def check(self, item: WorkItem) -> Iterator[Hit]:
        """Yield a hit if the item is in an upcoming sprint and was in enough sprints that have ended."""
        ended_sprints = {sprint.id: sprint for sprint in item.sprints if not sprint.is_coming}
        if len(ended_sprints) >= self.settings.sprints and any(sprint.is_coming for sprint in item.sprints):
            last_sprint = max(ended_sprints.values(), key=lambda sprint: (sprint.end is not None, sprint.sort_key))
            yield Hit(variant="carried-over", facts={"sprints": len(ended_sprints), "sprint": last_sprint.name})
