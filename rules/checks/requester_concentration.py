"""Most of what is near the top of the backlog was asked for by one group.

## What it does

It asks whether the team decided that one group, such as a department or a market, comes first. It does so if the group
asked for most of the items near the top of the backlog, and its share there is clearly larger than its share of the
whole backlog. A group is recognised by the labels and components that the option `groups` names.

## Why it matters

Whoever asks most often or most loudly gets the most, unless somebody looks at the whole. The group may be the most
important one; then that is a decision, and everybody can know it.

## What it cannot see

- Who asked. It looks at labels and components only: no names of people are read, stored or shown.
- Items without a group. They do not count.
- Anything without the option `groups`. Then it says nothing.
- Why the items were ranked high.

## Options

`groups` names the labels and components of each group. `top` is how many items count as near the top, and `share` how
much of them one group has to have asked for. At least five items near the top need a group.

## How to clear it

Move items of other groups up, or waive the finding with the reason why this group comes first.

## Examples

- fail: concentrated
  name: One group asked for all of the first five items, and for half of the backlog
  options: {groups: {Sales: [sales], Support: [support]}, top: 5}
  item: {title: Discount codes, labels: [sales]}
  backlog:
    above: [{labels: [sales]}, {labels: [sales]}, {labels: [sales]}, {labels: [sales]}]
    below: [{labels: [support]}, {labels: [support]}, {labels: [support]}, {labels: [support]}, {labels: [support]}]
- pass: The group asked for as much of the whole backlog
  options: {groups: {Sales: [sales], Support: [support]}, top: 5}
  item: {title: Discount codes, labels: [sales]}
  backlog:
    above: [{labels: [sales]}, {labels: [sales]}, {labels: [sales]}, {labels: [sales]}]
    below: [{labels: [sales]}, {labels: [sales]}, {labels: [sales]}, {labels: [sales]}]
- pass: Several groups share the top
  options: {groups: {Sales: [sales], Support: [support]}, top: 5}
  item: {title: Discount codes, labels: [sales]}
  backlog:
    above: [{labels: [support]}, {labels: [support]}, {labels: [support]}, {labels: [sales]}]
    below: [{labels: [support]}, {labels: [support]}]
- pass: No groups are named
  item: {title: Discount codes, labels: [sales]}
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from math import sqrt
from typing import Annotated, ClassVar

from pydantic import Field

from rules.context import Input
from rules.model import HierarchyLevel, ItemKind, Severity, WorkItem
from rules.rule import Hit, Message, OffByDefaultOptions, Rule, Unjudged, register

_MIN_ITEMS = 5
"""The minimum number of items near the top whose group is known."""
_STANDARD_DEVIATIONS = 2
"""The minimum number of standard deviations by which a group's items near the top exceed the number that is expected
from its share of the whole backlog."""


class ConcentrationOptions(OffByDefaultOptions):
    groups: Annotated[
        Mapping[str, tuple[str, ...]],
        Field(
            default_factory=dict,
            description="The labels and components by which the items of each group are recognised.",
        ),
    ]
    top: Annotated[int, Field(ge=_MIN_ITEMS, description="How many items count as near the top.")] = 20
    share: Annotated[
        float,
        Field(gt=0, le=1, description="The share of the items near the top that one group has to have asked for."),
    ] = 0.5


@register
class RequesterConcentration(Rule[ConcentrationOptions]):
    id = "requester-concentration"
    title = "Most of the top is for one group"
    question_subject = "group"
    kinds = frozenset({ItemKind.STORY, ItemKind.BUG, ItemKind.TASK, ItemKind.OTHER})
    judges_only_story_level = True
    inputs = frozenset({Input.BACKLOG})
    backlog_attributes = frozenset({"labels", "components"})
    volatile_facts = frozenset({"count", "n", "all", "grouped"})
    messages: ClassVar = {
        "concentrated": Message(
            evidence="{group} asked for {count} of the top {n} items that have a group, and {all} of all {grouped}.",
            question="Is it decided that {group} comes first?",
            resolution="Write the decision into the item, or move up what others asked for.",
        )
    }
    saturation_question = (
        "{flagged} of {judged} items are near the top and were asked for by one group. "
        "Is it decided that this group comes first, or should this rule be off?"
    )
    unjudged_messages: ClassVar = {
        "few-items": "Not enough data (n={n}): a share of the top needs at least {least} items with a group."
    }

    _top_groups: Mapping[str, str]
    """The group of each item near the top, by item id. Items without a group are left out."""
    _counts_of_all: Counter[str]
    """The number of open items of each group, at the level of stories."""

    def learn(self) -> tuple[Unjudged, ...]:
        """Find the group of each item near the top, and count the items of each group."""
        self._top_groups, self._counts_of_all = {}, Counter()
        if not self.settings.groups or not self.context.is_ordered:
            return ()
        items = [item for item in self.context.items() if item.level is HierarchyLevel.REQUIREMENT]
        groups = {item.id: group for item in items if (group := self._find_group(item))}
        self._counts_of_all = Counter(groups.values())
        self._top_groups = {item.id: groups[item.id] for item in items[: self.settings.top] if item.id in groups}
        if len(self._top_groups) < _MIN_ITEMS:
            return (self.make_unjudged("few-items", n=len(self._top_groups), least=_MIN_ITEMS),)
        return ()

    def check(self, item: WorkItem) -> Iterator[Hit]:
        """Yield a hit if the item is near the top, and its group has clearly more than its share there."""
        group = self._top_groups.get(item.id)
        if group is None or len(self._top_groups) < _MIN_ITEMS:
            return
        n, grouped = len(self._top_groups), self._counts_of_all.total()
        count, count_of_all = Counter(self._top_groups.values())[group], self._counts_of_all[group]
        usual_share = count_of_all / grouped
        # The standard deviation of the count in a random sample without replacement (hypergeometric distribution). It
        # is zero if no other count is possible.
        deviation = sqrt(n * usual_share * (1 - usual_share) * (grouped - n) / max(grouped - 1, 1))
        if count >= self.settings.share * n and count - n * usual_share >= _STANDARD_DEVIATIONS * deviation > 0:
            yield Hit(
                variant="concentrated",
                facts={"group": group, "count": count, "n": n, "all": count_of_all, "grouped": grouped},
                max_severity=Severity.INFO,
            )

    def _find_group(self, item: WorkItem) -> str:
        """Return the group that asked for an item: the first with a label or component of the item; empty if none."""
        names = {name.casefold() for name in (*item.labels, *item.components)}
        return next(
            (group for group, words in self.settings.groups.items() if any(word.casefold() in names for word in words)),
            "",
        )
