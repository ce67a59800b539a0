"""An item is ranked below one with a clearly lower score.

## What it does

It asks whether the order or the scores are right if a feature or epic is ranked below one with a lower WSJF score. It
does not ask if the scores would be equal with any one input of each item one step of the scale higher or lower.

## Why it matters

Either the team does not use its scores, so that scoring is wasted work, or nobody has checked the order since the items
were scored.

## What it cannot see

- Dependencies, agreements and dates that are the reason for the order.
- Whether the scores are reliable: `steward priorities --model wsjf` shows how stable they are.
- Items of other types than feature and epic, and items with a missing input.

## Options

It has none of its own.

## How to clear it

Move one of the two, or correct the input that is out of date.

## Examples

- fail: inverted
  name: 11 below 2.5
  item: {title: Instalments, kind: feature, level: portfolio, value: 20, urgency: 1, risk: 1, effort: 2}
  backlog:
    above: [{title: Dark mode, kind: feature, level: portfolio, value: 3, urgency: 1, risk: 1, effort: 2}]
- pass: Within one step of the scale
  item: {title: Instalments, kind: feature, level: portfolio, value: 5, urgency: 1, risk: 1, effort: 2}
  backlog:
    above: [{title: Dark mode, kind: feature, level: portfolio, value: 3, urgency: 1, risk: 1, effort: 2}]
- pass: An input is missing
  item: {title: Instalments, kind: feature, level: portfolio, value: 20, urgency: 1, effort: 2}
  backlog:
    above: [{title: Dark mode, kind: feature, level: portfolio, value: 3, urgency: 1, risk: 1, effort: 2}]
- pass: No order is visible
  item: {title: Instalments, kind: feature, level: portfolio, value: 20, urgency: 1, risk: 1, effort: 2}
  backlog:
    ordered: false
    above: [{title: Dark mode, kind: feature, level: portfolio, value: 3, urgency: 1, risk: 1, effort: 2}]
"""

from collections.abc import Iterator
from typing import ClassVar

from rules.context import Input
from rules.model import HierarchyLevel, ItemKind, WorkItem
from rules.priority.stability import ScoreRange, score_range
from rules.priority.wsjf import Score, WsjfOptions, wsjf
from rules.rule import Hit, Message, Rule, RuleOptions, Unjudged, register

_DEFAULT_OPTIONS = WsjfOptions()


@register
class ScoreOrderInversion(Rule[RuleOptions]):
    """An open item below one with a clearly lower score."""

    id = "score-order-inversion"
    title = "Below an item with a lower score"
    subject = "score"
    kinds = frozenset({ItemKind.FEATURE, ItemKind.EPIC})
    inputs = frozenset({Input.BACKLOG})
    messages: ClassVar = {
        "inverted": Message(
            evidence="Its WSJF score is {score:g}, but it is ranked below {other} with {other_score:g}. One step on "
            "any input does not explain the difference.",
            question="Which is right, the order or the scores?",
            resolution="Move one of the two, or correct the input that is out of date.",
        )
    }
    saturation_question = (
        "{flagged} of {judged} scored items are ranked below one with a clearly lower score. Does the team still use "
        "these scores, or should this rule be off?"
    )

    def learn(self) -> tuple[Unjudged | str, ...]:
        """Find, for each item with a score, the item of the same kind above it whose score is lowest even at its best.

        Each entry consists of the upper end of the range of that score, the score, and the key of its item.
        """
        self._lowest_above: dict[str, tuple[float, float, str]] = {}
        lowest: dict[tuple[HierarchyLevel, ItemKind], tuple[float, float, str]] = {}
        for item in self.context.items() if self.context.is_ordered else ():
            scored = _score_with_range(item)
            if scored is None:
                continue
            value, value_range = scored
            group = item.level, item.kind
            if group in lowest:
                self._lowest_above[item.id] = lowest[group]
            entry = value_range.high, value, item.key
            if not item.restricted:
                lowest[group] = min(lowest.get(group, entry), entry)
        return ()

    def check(self, item: WorkItem) -> Iterator[Hit]:
        """Yield a hit if the lowest score above the item is below its own, even at the ends of their ranges."""
        scored, above = _score_with_range(item), self._lowest_above.get(item.id)
        if scored is None or above is None:
            return
        value, value_range = scored
        highest_above, value_above, key_above = above
        if value_range.low > highest_above:
            yield Hit(variant="inverted", facts={"score": value, "other": key_above, "other_score": value_above})


def _score_with_range(item: WorkItem) -> tuple[float, ScoreRange] | None:
    """Return the score of an item and the range in which it may lie; None if the item has no score."""
    score = wsjf(item, _DEFAULT_OPTIONS)
    return (score.value, score_range(score)) if isinstance(score, Score) else None
