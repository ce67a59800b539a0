"""Larger than what this team finishes smoothly.

## What it does

It asks for a smaller first part when an item has a size that has been slow for this team. The limit is learned from
finished items: the time within which 85% of them were done is the usual time, and the limit is the smallest size at or
above which most finished items took longer. A team that prefers a fixed number sets it.

## Why it matters

Large items hide surprises and block each other. Split into parts that are useful on their own, the first part reaches
users early, and the last one may turn out not to be needed. What counts as large differs from team to team, so a limit
from a book is wrong for most of them.

## What it cannot see

- An item without an estimate has an unknown size. It is not judged, and the report says how many there are.
- With fewer than 30 finished items, or fewer than 30 of them with a size, nothing is learned and the report says so.
- Where no size was mostly slow, size does not predict slow items, and the report says so.
- Estimates are the latest ones in the tracker. A team that corrects them afterwards teaches the rule its corrections.
- Where the tracker does not record when work started, time runs from creation; this is called lead time.
- Time is elapsed time: days of 24 hours, weekends included.
- How to split. Parts need not have the same size.

## Options

The history ends with the last full month, so figures on an item change once a month and not every day. Portfolio items
and sub-tasks are neither judged nor learned from.

## How to clear it

Split the item into smaller parts that are useful on their own, or re-estimate it if the number is out of date. If it is
right as it is, waive the finding with a reason.

## Examples

- fail: history
  name: A size that took most items longer than usual
  item: {title: Move all invoices, points: 13}
  backlog:
    finished:
      - {count: 90, points: 3, days: 5}
      - {count: 12, points: 13, days: 30}
- pass: A size that was finished as quickly as others
  item: {title: Move one invoice, points: 3}
  backlog:
    finished:
      - {count: 90, points: 3, days: 5}
      - {count: 12, points: 13, days: 30}
- pass: Nobody has estimated it, so its size is unknown
  item: {title: Move all invoices}
  backlog:
    finished:
      - {count: 90, points: 3, days: 5}
      - {count: 12, points: 13, days: 30}
- pass: Too little was finished to learn from
  item: {title: Move all invoices, points: 13}
  backlog:
    finished:
      - {count: 12, points: 13, days: 30}
- fail: number
  name: More points than the team wants to take on at once
  options: {above: 8}
  item: {title: Move all invoices, points: 13}
- pass: Exactly as many points as the team wants to take on at once
  options: {above: 8}
  item: {title: Move all invoices, points: 8}
"""

from collections.abc import Iterator
from datetime import UTC, timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from rules.context import Input
from rules.flow import Clock, Reason, SizeLimit, Unknown, size_limit, size_of
from rules.model import Facts, FinishedItem, HierarchyLevel, ItemKind, WorkItem
from rules.rule import Hit, Message, Rule, RuleOptions, Unjudged, register


class OversizedOptions(RuleOptions):
    """Settings of oversized-story."""

    severity: Annotated[
        Literal["info", "warning", "off"],
        Field(description="How much a finding matters: info is label and field only, warning may become a comment."),
    ] = "warning"
    above: Annotated[
        Literal["history"] | Annotated[float, Field(ge=0, strict=True, allow_inf_nan=False)],
        Field(description="history learns the limit from finished items; a number of points is a limit of your own."),
    ] = "history"
    window: Annotated[
        str,
        Field(
            pattern=r"^[1-9][0-9]{0,3} (day|week)s?$",
            description="How far back finished items are counted, in days or weeks.",
            examples=["365 days", "26 weeks"],
        ),
    ] = "365 days"
    share: Annotated[
        float,
        Field(
            gt=0.15,
            lt=1,
            description="A size is too large when more than this share of the finished items of that size or more were "
            "slow. 0.15 of all items are slow by definition.",
        ),
    ] = 0.5
    least: Annotated[
        int, Field(ge=10, description="How many finished items, and how many of them with a size, are needed to learn.")
    ] = 30
    least_of_a_size: Annotated[
        int, Field(ge=3, description="How many finished items of a size or more are needed to call that size slow.")
    ] = 10

    @property
    def period(self) -> timedelta:
        """The window as a length of time."""
        number, unit = self.window.split()
        return timedelta(weeks=int(number)) if unit.startswith("week") else timedelta(days=int(number))


@register
class OversizedStory(Rule[OversizedOptions]):
    """An open item of a size that this team has been slow with."""

    id = "oversized-story"
    title = "Larger than what this team finishes smoothly"
    asks = "developers"
    subject = "size"
    options: ClassVar[type[RuleOptions]] = OversizedOptions
    kinds = frozenset({ItemKind.STORY, ItemKind.BUG, ItemKind.TASK, ItemKind.OTHER})
    inputs = frozenset({Input.TEAM, Input.TODAY})
    needs = frozenset({"points"})
    drifting = frozenset({"sized", "slow", "limit", "n", "window", "until"})
    messages: ClassVar = {
        "history": Message(
            evidence="{points:points}. Of the {sized} finished items of {size:points} or more, {slow} took longer than "
            "{limit:length}; 85% of all {n} were done within that time ({clock}, {window:length} up to "
            "{until:date}).",
            question="What is the smallest part of this that would already help someone?",
            resolution="Split it so that each part is below {size:points} and useful on its own, or re-estimate it "
            "if the number is out of date.",
        ),
        "number": Message(
            evidence="{points:points}; this team reviews everything above {above:points}.",
            question="What is the smallest part of this that would already help someone?",
            resolution="Split it so that no part is above {above:points} and each is useful on its own, or "
            "re-estimate it if the number is out of date.",
        ),
    }
    words: ClassVar = {
        "clock": {
            Clock.CYCLE.value: "cycle time, started to done",
            Clock.LEAD.value: "lead time, created to done",
        }
    }
    limits: ClassVar = {
        "few-finished": "Not enough data (n={n}): sizes are learned from at least {least} finished items with known "
        "dates ({window:length} up to {until:date}).",
        "few-sized": "Not enough data (n={n}): of {finished} finished items, {n} have a size, and {least} are needed "
        "({window:length} up to {until:date}).",
        "no-pattern": "Size does not predict here which items take long (n={n}, {clock}, {window:length} up to "
        "{until:date}): above no size did more than {share}% of the items take longer than {limit:length}. "
        "A fixed limit can be set instead, such as above: 8.",
        "one-unsized": "{unknown} of {judged} open items has no estimate, so its size is unknown.",
        "unsized": "{unknown} of {judged} open items have no estimate, so their size is unknown.",
    }
    whole = (
        "{flagged} of {judged} open items have a size that used to take long. Are sizes used differently now, or "
        "should this rule only flag larger items?"
    )

    _limit: SizeLimit | None = None
    _until = ""
    _judged = _unsized = 0

    def study(self) -> tuple[Unjudged | str, ...]:
        """Learns the limit from finished items, unless the team set one."""
        self._judged = self._unsized = 0
        if self.settings.above != "history":
            return ()
        end = self.context.now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        begin = end - self.settings.period
        self._until = end.date().isoformat()
        learned = size_limit(
            (item for item in self.context.finished if begin <= item.resolved < end and self._learns_from(item)),
            least=self.settings.least,
            least_sized=self.settings.least_of_a_size,
            share=self.settings.share,
        )
        self._limit = learned if isinstance(learned, SizeLimit) else None
        return (self._why_unknown(learned),) if isinstance(learned, Unknown) else ()

    def conclude(self) -> tuple[Unjudged, ...]:
        """Counts the items without an estimate."""
        if not self._unsized:
            return ()
        variant = "one-unsized" if self._unsized == 1 else "unsized"
        return (self.unjudged(variant, unknown=self._unsized, judged=self._judged),)

    def check(self, item: WorkItem) -> Iterator[Hit]:
        """Compares the estimate with the limit."""
        self._judged += 1
        size = size_of(item.points)
        if size is None:
            self._unsized += 1
            return
        above = self.settings.above
        if above != "history":
            if size > above:
                yield Hit(variant="number", facts={"points": size, "above": above})
        elif (limit := self._limit) and size >= limit.size and item.level is HierarchyLevel.REQUIREMENT:
            facts: Facts = {
                "points": size,
                "size": limit.size,
                "sized": limit.sized,
                "slow": limit.slow,
                "limit": limit.limit,
                "n": limit.n,
                "clock": limit.clock.value,
                "window": self.settings.window,
                "until": self._until,
            }
            yield Hit(variant="history", facts=facts)

    def _learns_from(self, item: FinishedItem) -> bool:
        if not self.settings.types:
            return item.kind in self.kinds
        wanted = {name.casefold() for name in self.settings.types}
        return item.kind.value in wanted or item.type.casefold() in wanted

    def _why_unknown(self, unknown: Unknown) -> Unjudged:
        about: Facts = {"n": unknown.n, "window": self.settings.window, "until": self._until}
        if unknown.reason is Reason.FEW_FINISHED:
            return self.unjudged("few-finished", **about, least=self.settings.least)
        if unknown.reason is Reason.FEW_SIZED:
            return self.unjudged("few-sized", **about, least=self.settings.least, finished=unknown.finished)
        return self.unjudged(
            "no-pattern",
            **about,
            clock=unknown.clock.value,
            share=self.settings.share * 100,
            limit=unknown.limit,
        )
