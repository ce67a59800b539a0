"""An item has been in progress for longer than the team usually needs.

## What it does

It asks what an item is waiting for if work on it has begun and has already taken longer than 85% of the items that this
team finished in the last year, measured from the start of work until the item was done.

## Why it matters

Age is the earliest sign that an item is stuck. The longer it has been in progress beyond the usual time, the harder it
is to predict when it will be done.

## What it cannot see

- The usual time, if fewer than 30 finished items have a known start and end. Then no item is judged, and the report
  says so.
- Items whose start of work is unknown.
- Whether an item still waits for what its description names ("currently blocked by …"). Such an item is not flagged.
- Working time. It counts elapsed days of 24 hours, including weekends.
- Sub-tasks, epics and features. They are neither judged nor used to learn the usual time.

## Options

It has none of its own. The usual time is that of the items that were finished within the last 365 days.

## How to clear it

Finish it, say what it is waiting for, split off the part that is done, or put it back into the backlog.

## Examples

- fail: aging
  name: In progress for two months, while most items take a week
  item: {title: Pay by card, category: in progress, started: 2026-04-01}
  backlog:
    finished:  # done 9 days after they were created, and 7 days after they were started
      - {count: 40, points: 3, days: 9, started_days: 7}
- pass: In progress for two days
  item: {title: Pay by card, category: in progress, started: 2026-05-30}
  backlog:
    finished:
      - {count: 40, points: 3, days: 9, started_days: 7}
- pass: Too little was finished to learn from
  item: {title: Pay by card, category: in progress, started: 2026-04-01}
  backlog:
    finished:
      - {count: 12, points: 3, days: 9, started_days: 7}
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import ClassVar

from rules.context import Input
from rules.flow.durations import cycle_days, percentile, round_up
from rules.flow.sizes import USUAL_SHARE
from rules.model import Facts, HierarchyLevel, ItemKind, WorkItem, plain_text
from rules.rule import Hit, Message, Rule, RuleOptions, Unjudged, register

_MIN_FINISHED_ITEMS = 30
"""The minimum number of finished items with a known start from which the usual time is learned."""
_WINDOW = timedelta(days=365)
"""The time before now in which finished items are counted."""
_WAITING_WORDS = re.compile(
    r"\b(?:(?:is|currently|still) (?:blocked by|blocked on|waiting for|waiting on)|blocked by:|wartet (?:noch )?auf"
    r"|blockiert durch)",
    re.IGNORECASE,
)
"""Matches words that introduce what an item waits for."""


@register
class AgingWork(Rule[RuleOptions]):
    id = "aging-work"
    title = "In progress for longer than usual"
    question_subject = "age"
    kinds = frozenset({ItemKind.STORY, ItemKind.BUG, ItemKind.TASK, ItemKind.OTHER})
    judges_only_story_level = True
    inputs = frozenset({Input.TEXT, Input.FINISHED, Input.TODAY})
    volatile_facts = frozenset({"limit", "n"})
    judges_started_work = True
    messages: ClassVar = {
        "aging": Message(
            evidence="Work on it began on {until:date}. 85% of {n} finished items took {limit:length} or less.",
            question="What does this wait for?",
            resolution="Finish it, say what it waits for, or split off what is done.",
        )
    }
    unjudged_messages: ClassVar = {
        "few-finished": "Not enough data (n={n}): the usual time is learned from at least {least} finished items with "
        "a known start."
    }
    saturation_question = (
        "{flagged} of {judged} started items have been in progress for longer than usual. Is work put aside here "
        "without a change of status, or should this rule be off?"
    )

    _limit: float | None = None
    """The usual time, in days; None if it could not be learned."""
    _sample_size = 0
    """The number of finished items from which it was learned."""

    def learn(self) -> tuple[Unjudged, ...]:
        """Learn the time within which most items were finished."""
        since = self.context.now - _WINDOW
        durations = [
            duration
            for item in self.context.finished
            if item.level is HierarchyLevel.REQUIREMENT and item.resolved >= since
            if (duration := cycle_days(item)) is not None
        ]
        self._sample_size = len(durations)
        self._limit = round_up(percentile(durations, USUAL_SHARE)) if self._sample_size >= _MIN_FINISHED_ITEMS else None
        return ()

    def report_unjudged(self) -> tuple[Unjudged, ...]:
        """Report that the usual time is unknown, if there is work in progress."""
        if self._limit is not None or not self.counts["started"]:
            return ()
        return (self.make_unjudged("few-finished", n=self._sample_size, least=_MIN_FINISHED_ITEMS),)

    def check(self, item: WorkItem) -> Iterator[Hit]:
        """Yield a hit if the work on the item has taken longer than the usual time."""
        if not item.has_begun or item.started is None:
            return
        self.count("started")
        if self._limit is None or _WAITING_WORDS.search(plain_text(item.text)):
            return
        if self.context.now - item.started > timedelta(days=self._limit):
            # "until" is the stored name of this fact.
            facts: Facts = {"until": item.started.date().isoformat(), "limit": self._limit, "n": self._sample_size}
            yield Hit(variant="aging", facts=facts)
