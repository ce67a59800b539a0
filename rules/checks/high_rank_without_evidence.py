"""An item is near the top of the backlog, and nothing shows that anybody wants it.

## What it does

It asks why a story, or a feature or an item of a custom type on the level of stories, is near the top of the backlog if
it has no vote, no recorded feedback and no business value, while other items have some. A link to a ticket of a
customer counts as feedback.

## Why it matters

The top of the backlog is what gets built. An assumption that nobody has checked is cheapest to check before that.

## What it cannot see

- Feedback that is neither in the tracker nor in the file that `feedback` in steward.yaml names.
- Why the team ranked it high. Work that only the team sees, such as a clean-up, has no votes; waive the finding.
- Whether the team records such evidence, if fewer than five items have a vote, feedback or a value. Then it flags
  nothing.

## Options

`top` is how many items count as the top.

## How to clear it

Link a ticket, add the record to the feedback file, enter a value, or waive this with the reason.

## Examples

- fail: no-evidence
  name: At the top, without a vote
  item: {title: Dark mode, votes: 0}
  backlog:
    below: [{votes: 3}, {votes: 1}, {value: 5}, {votes: 9}, {votes: 2}]
- pass: Somebody voted for it
  item: {title: Dark mode, votes: 1}
  backlog:
    below: [{votes: 3}, {votes: 1}, {value: 5}, {votes: 9}, {votes: 2}]
- pass: Customers asked for it
  item: {title: Dark mode, votes: 0, feedback: {counts: {ticket: 2}, customers: 1}}
  backlog:
    below: [{votes: 3}, {votes: 1}, {value: 5}, {votes: 9}, {votes: 2}]
- pass: Nobody votes here
  item: {title: Dark mode, votes: 0}
  backlog: {below: [{title: A, votes: 0}]}
"""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field

from rules.context import Input
from rules.model import ItemKind, WorkItem
from rules.rule import Hit, Message, Rule, RuleOptions, Unjudged, register

_MIN_ITEMS = 5
"""The minimum number of open items with evidence that show that the team records evidence."""


class EvidenceOptions(RuleOptions):
    top: Annotated[int, Field(ge=1, description="How many items count as the top.")] = 10


@register
class HighRankWithoutEvidence(Rule[EvidenceOptions]):
    id = "high-rank-without-evidence"
    title = "Near the top without any evidence"
    question_subject = "evidence"
    kinds = frozenset({ItemKind.STORY, ItemKind.FEATURE, ItemKind.OTHER})
    inputs = frozenset({Input.BACKLOG, Input.LINKS})
    backlog_attributes = frozenset({"feedback", "value", "votes"})
    needed_attributes = frozenset({"links"})  # tickets that an item links to count as feedback
    messages: ClassVar = {
        "no-evidence": Message(
            evidence="It is near the top, but it has no vote, no recorded feedback and no value.",
            question="How do we know that this is wanted?",
            resolution="Link a ticket, record the feedback, enter a value, or say in the item why it is wanted.",
        )
    }
    saturation_question = (
        "{flagged} of {judged} items near the top have no recorded evidence. Is it kept somewhere else, or should this "
        "rule be off?"
    )

    def learn(self) -> tuple[Unjudged, ...]:
        """Count the items with evidence, to learn whether the team records it."""
        self._team_records_evidence = sum(1 for item in self.context.items() if _has_evidence(item)) >= _MIN_ITEMS
        return ()

    def check(self, item: WorkItem) -> Iterator[Hit]:
        """Yield a hit if the item is near the top, and has no vote, no feedback and no value."""
        position = self.context.position(item)
        is_near_top = position is not None and position <= self.settings.top
        is_evidence_known = item.votes is not None and item.is_known("value")
        if self._team_records_evidence and is_near_top and is_evidence_known and not _has_evidence(item):
            yield Hit(variant="no-evidence")


def _has_evidence(item: WorkItem) -> bool:
    """Whether an item has a vote, recorded feedback, or a value."""
    return bool(item.votes) or item.feedback is not None or item.value is not None
