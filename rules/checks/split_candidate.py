"""The text of an item names several parts that could be separate items.

## What it does

It asks for a first part if the text of an item names several: operations on one thing ("import and export", "manage"),
steps of a workflow, business rules, variations such as formats, interfaces, or scenarios. The patterns are those of
SPIDR (Mike Cohn) and of the story splitting guide of Humanizing Work. It also asks if a bug report names several
problems, or if the author says that the item should be split. The finding quotes the words.

## Why it matters

Items with several parts are carried over to another sprint more often than others. Once the parts are named, the most
useful one can be finished first, and some may turn out to be unnecessary.

## What it cannot see

- Whether the parts are useful on their own. It asks, and the answer may be no.
- Whether an item of the team's usual size or less has several parts. Such items are small enough, so they are not
  judged. Items without an estimate are judged by their words alone.
- Parts in a list of tasks ("write tests, update docs"), because none of them is useful on its own.
- Words in languages other than English and German.
- Parts of a bug, unless it names several problems or says that it should be split. Epics are not judged.

## Options

It has none of its own. The usual size is the median of what the team finished, if at least 30 sizes are known.

## How to clear it

Split the item so that each part is useful on its own, keep only the first part in it, or waive the finding if the parts
belong together.

## Examples

- fail: operations
  name: Two operations
  item: {title: Import and export of orders}
- fail: operations
  name: A verb that covers several operations
  item: {title: "As an editor I want to manage my drafts"}
- fail: workflow
  name: One step after the other
  item: {title: Choose a seat and then pay for it}
- fail: rules
  name: A list of rules
  item:
    title: Refunds
    text: |
      - If the order is older than 30 days, nothing is refunded.
      - If it was paid with a voucher, a new voucher is sent.
      - Unless the shop is closed, the refund is sent within a day.
- fail: data
  name: Several formats
  item:
    title: Export orders
    text: |
      It offers these formats:
      - CSV
      - PDF
      - Plain text
- fail: interfaces
  name: Two interfaces
  item: {title: Change an address in the web and mobile app}
- fail: paths
  name: Three scenarios
  item:
    title: Pay by card
    text: |
      Scenario: the card is accepted
      Scenario: the card is declined
      Scenario: the bank does not answer
- fail: problems
  name: Two problems in one report
  item:
    title: Search is hard to use
    kind: bug
    text: |
      There are two problems with the search fields.
- fail: announced
  name: The author says so
  item:
    title: Show the orders as a chart
    text: |
      This may be broken up into several stories.
- pass: A single operation
  item: {title: Export orders}
- pass: Work to be done is not a list of parts
  item:
    title: Export orders
    text: |
      - Write tests
      - Update the manual
      - Ask the auditor
- pass: Of the team's usual size
  item: {title: Import and export of orders, points: 3}
  backlog:
    finished:
      - {count: 40, points: 3}
"""

from collections.abc import Iterator
from statistics import median
from typing import ClassVar

from rules.context import Input
from rules.flow.sizes import parse_size
from rules.model import Facts, ItemKind, WorkItem
from rules.rule import Hit, Message, Rule, RuleOptions, Unjudged, register
from rules.text import find_split, make_quotable

_MIN_SIZES = 30
"""The minimum number of finished items with a size from which the usual size is learned."""


@register
class SplitCandidate(Rule[RuleOptions]):
    id = "split-candidate"
    title = "Names several parts"
    question_subject = "split"
    rules_with_similar_question = frozenset({"oversized-story"})
    kinds = frozenset({ItemKind.STORY, ItemKind.BUG, ItemKind.TASK, ItemKind.OTHER})
    inputs = frozenset({Input.TEXT, Input.FINISHED})
    needed_attributes = frozenset({"text", "points"})
    messages: ClassVar = {
        "operations": Message(
            evidence='It names several operations: "{span}".',
            question="Which of these operations would already help someone?",
            resolution="Split it by operation, so that each part is useful on its own, or keep only the first one.",
        ),
        "workflow": Message(
            evidence='It names several steps: "{span}".',
            question="Which step would already help without the later ones?",
            resolution="Split it by steps: a thin first version from start to end, or the first useful step.",
        ),
        "rules": Message(
            evidence='It lists {parts} requirements, such as "{span}".',
            question="Which of these requirements is needed first?",
            resolution="Split it by rules: begin with the usual case, and let the others follow.",
        ),
        "data": Message(
            evidence='It names {parts} variations: "{span}".',
            question="Which of these is needed first?",
            resolution="Split it by data: begin with the variation that matters most, and let the others follow.",
        ),
        "interfaces": Message(
            evidence='It names more than one interface: "{span}".',
            question="Which of these is needed first?",
            resolution="Split it by interface: begin with the one that most people use, and let the others follow.",
        ),
        "paths": Message(
            evidence='It has {parts} scenarios, such as "{span}".',
            question="Which of these scenarios is needed first?",
            resolution="Split it by paths: begin with the usual scenario, and let the others follow.",
        ),
        "problems": Message(
            evidence='It names several problems: "{span}".',
            question="Which of these problems should be solved first?",
            resolution="Split it by problem, so that each can be fixed and checked on its own.",
        ),
        "announced": Message(
            evidence='It says that it should be split: "{span}".',
            question="Into which parts, and which of them comes first?",
            resolution="Split it before it is planned, or delete the sentence if it is out of date.",
        ),
    }
    saturation_question = (
        "{flagged} of {judged} open items name several parts. Is that how this team writes titles, or should this rule "
        "be off?"
    )

    _usual_size: float | None = None
    """The median size of what the team finished; None if it could not be learned."""

    def learn(self) -> tuple[Unjudged, ...]:
        """Learn the usual size of what the team finished."""
        sizes = [size for item in self.context.finished if (size := parse_size(item.points)) is not None]
        self._usual_size = median(sizes) if len(sizes) >= _MIN_SIZES else None
        return ()

    def check(self, item: WorkItem) -> Iterator[Hit]:
        """Yield a hit if the words of the item name parts, unless its size is known and not above the usual one."""
        size = parse_size(item.points)
        if size is not None and self._usual_size is not None and size <= self._usual_size:
            return
        if (split := find_split(item)) is not None:
            facts: Facts = {"span": make_quotable(split.span.rstrip(" .:"))}
            if split.parts:
                facts["parts"] = split.parts
            yield Hit(variant=split.pattern.value, facts=facts)
