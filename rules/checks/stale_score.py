"""The inputs of an item's score are old.

## What it does

It asks whether the inputs of a WSJF score (value, urgency, risk reduction, size) are still right if nobody has changed
or discussed the item for 120 days.

## Why it matters

Value and urgency change with the market, and size with what was built since. An old number looks as exact as a new one.

## What it cannot see

- When an input was entered. The inputs are at least as old as the last change of the item by a person. So an item that
  was edited for another reason is not flagged.
- Whether the inputs are still right.

## Options

`days` is the number of days without a change after which an item gets a finding.

## How to clear it

Confirm or correct the inputs in the item. Any change or comment by a person counts.

## Examples

- fail: stale
  name: Scored last year
  item: {title: Instalments, kind: feature, level: portfolio, value: 8, urgency: 5, changed_by_person: 2025-11-03}
- pass: Changed last month
  item: {title: Instalments, kind: feature, level: portfolio, value: 8, urgency: 5, changed_by_person: 2026-05-03}
- pass: Nothing is known about its changes
  item: {title: Instalments, kind: feature, level: portfolio, value: 8}
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, ClassVar

from pydantic import Field

from rules.context import Input
from rules.model import ItemKind, WorkItem
from rules.rule import Hit, Message, Rule, RuleOptions, register


class StaleScoreOptions(RuleOptions):
    days: Annotated[int, Field(ge=14, le=3650, description="Days without any change by a person.")] = 120


@register
class StaleScore(Rule[StaleScoreOptions]):
    id = "stale-score"
    title = "The inputs of its score are old"
    question_subject = "score-age"
    kinds = frozenset({ItemKind.STORY, ItemKind.FEATURE, ItemKind.EPIC, ItemKind.INITIATIVE})
    inputs = frozenset({Input.TODAY})
    messages: ClassVar = {
        "stale": Message(
            evidence="Nobody has changed it since {until:date}, so the inputs of its score are at least that old.",
            question="Are its value and its urgency still what they were?",
            resolution="Confirm the inputs in a comment, or correct them.",
        )
    }
    saturation_question = (
        "The inputs of {flagged} of {judged} scores are old. Does the team still use these scores, or should this rule "
        "be off?"
    )

    def applies(self, item: WorkItem) -> bool:
        """Whether the item has an input of a score besides its size."""
        return super().applies(item) and any(value is not None for value in (item.value, item.urgency, item.risk))

    def check(self, item: WorkItem) -> Iterator[Hit]:
        """Yield a hit if no person has changed or discussed the item for a long time."""
        since = item.changed_by_person  # by an edit or a comment
        if since is not None and self.context.now - since >= timedelta(days=self.settings.days):
            # "until" is the stored name of this fact.
            yield Hit(variant="stale", facts={"until": since.date().isoformat()})
