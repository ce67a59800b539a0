"""An item comes next, and has no estimate.

## What it does

It asks for the size of an item that is in the next two sprints and has none, if this team estimates most items of that
kind. For each of these sprints that is not planned, items at the top of the backlog count: as many as the team finishes
in a sprint.

## Why it matters

Nobody can plan a sprint that contains items of unknown size. And the conversation matters more than the number: if
people disagree about a size, they have different things in mind.

## What it cannot see

- Whether the team estimates, if fewer than 20 items of the kind were finished. An item is judged only if at least 60%
  of them have a size.
- Estimates outside the tracker.
- Whether an estimate is good.

## How to clear it

Estimate the item, or split it if it is too large to be estimated.

## Examples

- fail: unestimated
  name: In the next sprint, without a size
  item: {title: Pay by card, sprints: [{id: "7", name: Sprint 7, state: future}]}
  backlog:
    finished:
      - {count: 30, points: 3}
- pass: It has a size
  item: {title: Pay by card, points: 5, sprints: [{id: "7", name: Sprint 7, state: future}]}
  backlog:
    finished:
      - {count: 30, points: 3}
- pass: This team does without estimates
  item: {title: Pay by card, sprints: [{id: "7", name: Sprint 7, state: future}]}
  backlog:
    finished:
      - {count: 30}
"""

from collections import Counter
from collections.abc import Iterator
from typing import ClassVar

from rules.context import Input
from rules.flow.sizes import parse_size
from rules.model import ItemKind, WorkItem
from rules.rule import Hit, Message, Rule, RuleOptions, Unjudged, register

_MIN_FINISHED_ITEMS = 20
"""The minimum number of finished items of a kind from which it is learned whether the team estimates that kind."""
_MIN_ESTIMATED_SHARE = 0.6
"""The minimum share of finished items of a kind with a size for the team to count as estimating that kind."""


@register
class UnestimatedNearTop(Rule[RuleOptions]):
    id = "unestimated-near-top"
    title = "Comes next and has no size"
    question_subject = "estimate"
    kinds = frozenset({ItemKind.STORY, ItemKind.BUG, ItemKind.TASK, ItemKind.OTHER})
    inputs = frozenset({Input.BACKLOG, Input.SPRINTS, Input.FINISHED, Input.TODAY})
    backlog_attributes = frozenset({"sprints"})
    needed_attributes = frozenset({"points", "sprints"})
    volatile_facts = frozenset({"sized", "n"})
    messages: ClassVar = {
        "unestimated": Message(
            evidence="It comes next and has no size; {sized} of the last {n} finished items of its kind had one.",
            question="How big is this, compared with something that is finished?",
            resolution="Estimate it, or split it if it is too large to be estimated.",
        )
    }
    unjudged_messages: ClassVar = {
        "few-finished": "Not enough data (n={n}): whether this team estimates is learned from at least {least} "
        "finished items of a kind."
    }
    saturation_question = (
        "{flagged} of {judged} items that come next have no size. Does this team still estimate, or should this rule "
        "be off?"
    )

    _finished: Counter[ItemKind]
    """The number of finished items, by kind."""
    _sized: Counter[ItemKind]
    """The number of these with points. `FinishedItem` has no effort."""

    def learn(self) -> tuple[Unjudged, ...]:
        """Learn which kinds of items the team estimates."""
        self._finished, self._sized = Counter(), Counter()
        for item in self.context.finished:
            self._finished[item.kind] += 1
            self._sized[item.kind] += parse_size(item.points) is not None
        return ()

    def report_unjudged(self) -> tuple[Unjudged, ...]:
        """Report that items were not judged because too few items of their kind were finished.

        Of these kinds, the largest number of finished items is reported; nothing if it is 0.
        """
        n = max((self._finished[kind] for kind in ItemKind if self.counts[kind]), default=0)
        return (self.make_unjudged("few-finished", n=n, least=_MIN_FINISHED_ITEMS),) if n else ()

    def check(self, item: WorkItem) -> Iterator[Hit]:
        """Yield a hit if the item comes next, has no size, and is of a kind that the team estimates.

        Its size is in its points or, if the tracker has another field for it, in `effort`.
        """
        if parse_size(item.points) is not None or item.effort is not None or not self._is_next(item):
            return
        finished, sized = self._finished[item.kind], self._sized[item.kind]
        if finished < _MIN_FINISHED_ITEMS:
            self.count(item.kind)
        elif sized >= finished * _MIN_ESTIMATED_SHARE:
            yield Hit(variant="unestimated", facts={"sized": sized, "n": finished})

    def _is_next(self, item: WorkItem) -> bool:
        """Whether an item comes next: it is in one of the next two sprints or, if the order is known, near the top."""
        planned = any(sprint.is_coming for sprint in item.sprints)
        return (planned or self.context.is_ordered) and self.context.is_near(item)
