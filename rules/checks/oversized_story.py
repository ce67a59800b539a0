"""An item has a size that often takes this team longer than usual.

## What it does

It asks for a smaller first part of an item if items of its size often took this team longer than usual. The usual time
is the cycle time within which 85% of the finished items were done. The limit is the smallest size for which at least
30% of the items of that size or more took longer. If fewer than 30 items with a size have a known start, it asks about
sizes above the team's own 85th percentile instead. The report then says how many starts are unknown, and how long
larger items took by lead time, from creation to done. A team can also set a fixed limit.

## Why it matters

Large items contain surprises and delay other items. If an item is split into parts that are useful on their own, users
get the first part early, and the last part may turn out to be unnecessary. What is too large differs between teams, so
a limit from a textbook is wrong for most of them.

## What it cannot see

- The size of an item without an estimate. It is not judged, and the report says how many there are.
- Any limit, if fewer than 30 items were finished, or fewer than 30 of them have a size. The report says so.
- Any limit, if there is no size at which items often took longer than usual. Then size does not predict slow items, and
  the report says so.
- Which of the large items will be slow. Most of them are not: in 16 open-source projects it would have asked about 8.5%
  of the items with a size. 41% of those took longer than usual, compared with 16% of all items (`make bench-rules`).
- Earlier estimates. It learns from the latest ones, even if a team corrects estimates after the work.
- Working time. It counts elapsed days of 24 hours, including weekends.
- How to split the item. The parts need not have the same size.

## Options

The history ends with the last full month, so that the numbers in a finding change once a month and not every day.
Unless the limit is fixed, portfolio items and sub-tasks are neither judged nor used for learning, even if you name
their types. Bugs are judged only if you name them. Reviews, and work that others do, are never judged. If the title
says that the item is one of several parts, such as "part 1 of 3", the question is whether the size is that of the part
or of the whole.

## How to clear it

Split the item into smaller parts that are useful on their own, or re-estimate it if the number is out of date. If it is
right as it is, waive the finding with a reason.

## Examples

- fail: history
  name: A size that often ran longer than usual
  item: {title: Move all invoices, points: 13}
  backlog:
    finished:
      - {count: 90, points: 3, started_days: 5}  # done 5 days after work on them began
      - {count: 12, points: 13, started_days: 30}
- pass: A size that was finished as quickly as others
  item: {title: Move one invoice, points: 3}
  backlog:
    finished:
      - {count: 90, points: 3, started_days: 5}
      - {count: 12, points: 13, started_days: 30}
- pass: Nobody has estimated it, so its size is unknown
  item: {title: Move all invoices}
  backlog:
    finished:
      - {count: 90, points: 3, started_days: 5}
      - {count: 12, points: 13, started_days: 30}
- pass: Too little was finished to learn from
  item: {title: Move all invoices, points: 13}
  backlog:
    finished:
      - {count: 12, points: 13, started_days: 30}
- fail: points
  name: Larger than most items, whose cycle times are unknown
  item: {title: Move all invoices, points: 13}
  backlog:
    finished:
      - {count: 90, points: 3}
      - {count: 12, points: 13}
      - {count: 3, points: 20}
- fail: history-other
  name: A bug gets a question of its own, if bugs are configured
  options: {types: [bug]}
  item: {title: Invoices are lost, kind: bug, points: 13}
  backlog:
    finished:
      - {count: 90, points: 3, started_days: 5, kind: bug}
      - {count: 12, points: 13, started_days: 30, kind: bug}
- fail: points-other
  name: An upgrade gets a question about its steps
  item: {title: Upgrade the invoice library from 3 to 5, points: 13}
  backlog:
    finished:
      - {count: 90, points: 3}
      - {count: 3, points: 20}
- fail: number-other
  name: The title says that it is one of several parts
  options: {above: 8}
  item: {title: "Move all invoices, part 1 of 3", points: 13}
- pass: A review cannot be split
  options: {above: 8}
  item: {title: "Code review: invoices", points: 13}
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
from rules.flow.durations import DurationKind
from rules.flow.sizes import NoSizeLimit, NoSizeLimitReason, SlowSize, UsualSize, learn_size, parse_size
from rules.model import Facts, FinishedItem, HierarchyLevel, ItemKind, Severity, WorkItem
from rules.rule import Hit, Message, Rule, RuleOptions, SeverityOption, Unjudged, register
from rules.text import (
    LANGUAGES,
    compile_lexicon,
    is_chore,
    is_done_by_others,
    is_part_of_larger_work,
    is_review,
    is_subtask_type,
)


class OversizedOptions(RuleOptions):
    severity: SeverityOption = "warning"
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
            description="A size is too large when at least this share of the finished items of that size or more took "
            "longer than usual. 0.15 of all items do by definition.",
        ),
    ] = 0.3
    least: Annotated[
        int,
        Field(
            ge=10,
            description="How many finished items with a size are needed to learn, and how many of them with a known "
            "start to learn from cycle times.",
        ),
    ] = 30
    least_of_a_size: Annotated[
        int, Field(ge=3, description="How many finished items of a size or more are needed to call that size slow.")
    ] = 5

    @property
    def period(self) -> timedelta:
        """The setting `window` as a duration."""
        number, unit = self.window.split()
        return timedelta(weeks=int(number)) if unit.startswith("week") else timedelta(days=int(number))


_SMALLER_QUESTION = "What is the smallest part of this that would already help someone?"
_SPLIT_RESOLUTION = "Split it, or re-estimate it if the number is out of date or counts more than this item."
_SLOW_EVIDENCE = (
    "{points:points}. Of {sized} finished items of {size:points} or more, {slow} took more than {limit:length}."
)
_LARGE_EVIDENCE = "{points:points}. Of the last {n} items with a size, {larger} were larger than {size:points}."
_ABOVE_EVIDENCE = "{points:points}; this team reviews everything above {above:points}."


@register
class OversizedStory(Rule[OversizedOptions]):
    id = "oversized-story"
    title = "Larger than what this team finishes smoothly"
    asked_role = "developers"
    version = 2
    question_subject = "size"
    rules_with_similar_question = frozenset({"split-candidate", "carried-over"})
    question_covered_by = ("split-candidate", "carried-over")
    kinds = frozenset({ItemKind.STORY, ItemKind.TASK, ItemKind.OTHER})
    inputs = frozenset({Input.TEXT, Input.FINISHED, Input.TODAY})
    needed_attributes = frozenset({"points"})
    volatile_facts = frozenset({"size", "sized", "slow", "limit", "larger", "n", "window", "until", "type_slow"})
    messages: ClassVar = {
        "history": Message(
            evidence=_SLOW_EVIDENCE,
            question=_SMALLER_QUESTION,
            resolution="Split it so that each part is below {size:points} and useful on its own, or re-estimate it "
            "if the number is out of date.",
        ),
        "points": Message(
            evidence=_LARGE_EVIDENCE,
            question=_SMALLER_QUESTION,
            resolution="Split it so that no part is above {size:points} and each is useful on its own, or re-estimate "
            "it if the number is out of date.",
        ),
        "number": Message(
            evidence=_ABOVE_EVIDENCE,
            question=_SMALLER_QUESTION,
            resolution="Split it so that no part is above {above:points} and each is useful on its own, or "
            "re-estimate it if the number is out of date.",
        ),
        "history-other": Message(evidence=_SLOW_EVIDENCE, question="{other}", resolution=_SPLIT_RESOLUTION),
        "points-other": Message(evidence=_LARGE_EVIDENCE, question="{other}", resolution=_SPLIT_RESOLUTION),
        "number-other": Message(evidence=_ABOVE_EVIDENCE, question="{other}", resolution=_SPLIT_RESOLUTION),
    }
    facts_not_shown: ClassVar = {"history": frozenset({"n", "clock", "window", "until", "type_slow"})}
    code_texts: ClassVar = {
        "clock": {
            DurationKind.CYCLE.value: "cycle time, started to done",
            DurationKind.LEAD.value: "lead time, created to done",
        },
        "other": {
            "bug": "What is the smallest fix that would already remove the worst of the problem?",
            "chore": "Which step of this could be finished and checked by itself?",
            "part": "Is this the size of this part, or of the whole?",
        },
    }
    unjudged_messages: ClassVar = {
        "few-finished": "Not enough data (n={n}): sizes are learned from at least {least} finished items "
        "({window:length} up to {until:date}).",
        "few-sized": "Not enough data (n={n}): of {finished} finished items, {n} have a size, and {least} are needed "
        "({window:length} up to {until:date}).",
        "few-started": "It is not known when work began on {unknown} of {n} finished items with a size, nor when "
        "enough of them were created. Until {least} starts are known, this asks about sizes above {size:points}, which "
        "85% of {n} items do not exceed ({window:length} up to {until:date}).",
        "lead-time": "It is not known when work began on {unknown} of {n} finished items with a size, and cycle times "
        "need {least} known starts. Lead time is used instead (created to done, n={lead_times}): {slow} of {larger} "
        "items above {size:points} took more than {limit:length}, which at most 15% of all items did. This asks about "
        "sizes above {size:points}, which 85% of {n} items do not exceed ({window:length} up to {until:date}).",
        "no-pattern": "Size does not predict which items take long here (n={n}, {clock}, {window:length} up to "
        "{until:date}): there is no size above which {share}% of the items took longer than {limit:length}. "
        "A fixed limit can be set instead, such as above: 8.",
        "one-unsized": "{unknown} of {judged} open items has no estimate, so its size is unknown.",
        "unsized": "{unknown} of {judged} open items have no estimate, so their size is unknown.",
    }
    saturation_question = (
        "{flagged} of {judged} open items have a size that often took long. Are sizes used differently now, or should "
        "this rule only flag larger items?"
    )

    _learned: SlowSize | UsualSize | NoSizeLimit | None = None
    """The result of learning; None if the team set a fixed limit."""
    _until = ""
    """The end of the history from which it was learned, as an ISO date."""

    def applies(self, item: WorkItem) -> bool:
        """Whether the rule applies to the type of the item. A type that is called a sub-task has to be configured."""
        return super().applies(item) and not (is_subtask_type(item.type) and not self.settings.types)

    def learn(self) -> tuple[Unjudged, ...]:
        """Learn the limit from finished items, unless the team set a fixed one.

        The history ends with the last full month, so that the limit changes once a month at most.
        """
        self._learned = None
        if self.settings.above != "history":
            return ()
        end = self.context.now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        begin = end - self.settings.period
        self._until = end.date().isoformat()
        self._learned = learn_size(
            (item for item in self.context.finished if begin <= item.resolved < end and self._learns_from(item)),
            min_items=self.settings.least,
            min_items_of_size=self.settings.least_of_a_size,
            min_slow_share=self.settings.share,
        )
        return self._explain_missing_limit(self._learned)

    def report_unjudged(self) -> tuple[Unjudged, ...]:
        """Report how many items have no estimate."""
        unsized = self.counts["unsized"]
        if not unsized:
            return ()
        variant = "one-unsized" if unsized == 1 else "unsized"
        return (self.make_unjudged(variant, unknown=unsized, judged=self.counts["judged"]),)

    def check(self, item: WorkItem) -> Iterator[Hit]:
        """Yield a hit if the estimate is above the limit."""
        self.count("judged")
        size = parse_size(item.points)
        if size is None:
            self.count("unsized")
            return
        if is_review(item) or is_done_by_others(item):
            return
        variant, facts = self._compare(size, item)
        if not variant:
            return
        if special_question := _find_special_question(item):
            severity = Severity.INFO if special_question == "part" else Severity.WARNING
            yield Hit(variant=f"{variant}-other", facts={**facts, "other": special_question}, max_severity=severity)
        else:
            yield Hit(variant=variant, facts=facts)

    def _compare(self, size: float, item: WorkItem) -> tuple[str, Facts]:
        """Return the variant and the facts of the hit if a size is above the limit; an empty variant if it is not."""
        above, learned = self.settings.above, self._learned
        if above != "history":
            return ("number", {"points": size, "above": above}) if size > above else ("", {})
        if item.level is not HierarchyLevel.REQUIREMENT:
            return "", {}
        facts: Facts = {"points": size, "window": self.settings.window, "until": self._until}
        if isinstance(learned, SlowSize) and size >= learned.size:
            facts |= {"size": learned.size, "sized": learned.sized, "slow": learned.slow, "limit": learned.limit}
            facts |= {"n": learned.n, "clock": DurationKind.CYCLE.value}
            if item.type in learned.slow_shares:  # the share of slow items among those of this type
                facts["type_slow"] = round(learned.slow_shares[item.type], 2)
            return "history", facts
        if isinstance(learned, UsualSize) and size > learned.size:
            return "points", {**facts, "size": learned.size, "larger": learned.larger, "n": learned.n}
        return "", {}

    def _learns_from(self, item: FinishedItem) -> bool:
        """Whether the limit is learned from items of this type: those that the rule judges while they are open.

        `learn_size` leaves out sub-tasks and portfolio items, by their level.
        """
        if not self.settings.types:
            return item.kind in self.kinds and not is_subtask_type(item.type)
        return self.settings.names_type(item)

    def _explain_missing_limit(self, learned: SlowSize | UsualSize | NoSizeLimit) -> tuple[Unjudged, ...]:
        """Return the reason why no limit was learned from cycle times, and what is used instead; empty if one was."""
        if isinstance(learned, SlowSize):
            return ()
        facts: Facts = {"window": self.settings.window, "until": self._until, "least": self.settings.least}
        facts["n"] = learned.n
        if isinstance(learned, UsualSize):
            variant = "few-started"
            facts |= {"started": learned.started, "unknown": learned.n - learned.started, "size": learned.size}
            if learned.lead_times:
                variant = "lead-time"
                facts |= {"lead_times": learned.lead_times, "limit": learned.lead_limit}
                facts |= {"larger": learned.larger_lead_times, "slow": learned.larger_and_slow}
        elif learned.reason is NoSizeLimitReason.FEW_FINISHED:
            variant = "few-finished"
        elif learned.reason is NoSizeLimitReason.FEW_SIZED:
            variant = "few-sized"
            facts["finished"] = learned.finished
        else:
            variant = "no-pattern"
            facts |= {"clock": DurationKind.CYCLE.value, "share": self.settings.share * 100, "limit": learned.limit}
        return (self.make_unjudged(variant, **facts),)


def _find_special_question(item: WorkItem) -> str:
    """Return the code of the question for a part, a bug or a chore; empty for any other item.

    The texts of the codes are in `code_texts`, under the fact `other`. The variants that end in "-other" show them.
    """
    if is_part_of_larger_work(item):
        return "part"
    if item.kind is ItemKind.BUG:
        return "bug"
    return "chore" if is_chore(item, compile_lexicon(tuple(LANGUAGES))) else ""
