"""An item is ranked below one with a clearly lower score.

## What it does

It asks whether the order or the scores are right if a feature or epic is ranked below one with a lower WSJF score. It
does not ask if a change of one input of each item by one step of the scale (1, 2, 3, 5, 8, 13, 20 …) could make the
scores equal or reverse them.

## Why it matters

Either the team does not use its scores, so that scoring is wasted work, or nobody has checked the order since the items
were scored.

## What it cannot see

- Dependencies, agreements and dates that are the reason for the order.
- Whether the scores are reliable: `steward priorities --model wsjf` shows how stable they are.
- Items of other types than feature and epic, and items with a missing input.

## How to clear it

Move one of the two, or correct the input that is out of date.

## Examples

- fail: inverted
  name: A score of 11 below a score of 2.5
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
from typing import ClassVar, NamedTuple

from rules.context import Input
from rules.model import HierarchyLevel, ItemKind, WorkItem
from rules.priority.stability import find_score_range
from rules.priority.wsjf import Score, WsjfOptions, wsjf
from rules.rule import Hit, Message, Rule, RuleOptions, Unjudged, register

_DEFAULT_OPTIONS = WsjfOptions()


class _ScoredItem(NamedTuple):
    """An item with a score. Such items are compared by their highest possible score first.

    Attributes:
        range_low, range_high: The ends of the range of its score if one input were one step of the scale off.
    """

    range_high: float
    score: float
    key: str
    range_low: float


@register
class ScoreOrderInversion(Rule[RuleOptions]):
    id = "score-order-inversion"
    title = "Below an item with a lower score"
    question_subject = "score"
    kinds = frozenset({ItemKind.FEATURE, ItemKind.EPIC})
    inputs = frozenset({Input.BACKLOG})
    backlog_attributes = frozenset(
        {"effort", "kind", "points", "restricted", "risk", "type", "unknown", "urgency", "value"}
    )
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

    def learn(self) -> tuple[Unjudged, ...]:
        """Find, for each item with a score, the lowest-scored item of the same kind above it.

        Scores are compared by the upper ends of their ranges. Items that only some people may see are left out, because
        the finding would name them.
        """
        self._lowest_above: dict[str, _ScoredItem] = {}
        lowest: dict[tuple[HierarchyLevel, ItemKind], _ScoredItem] = {}
        for item in self.context.items() if self.context.is_ordered else ():
            scored = _score(item)
            if scored is None:
                continue
            group = item.level, item.kind
            if group in lowest:
                self._lowest_above[item.id] = lowest[group]
            if not item.restricted:
                lowest[group] = min(lowest.get(group, scored), scored)
        return ()

    def check(self, item: WorkItem) -> Iterator[Hit]:
        """Yield a hit if the whole range of the item's score is higher than the range of the lowest score above it."""
        scored, above = _score(item), self._lowest_above.get(item.id)
        if scored is not None and above is not None and scored.range_low > above.range_high:
            yield Hit(variant="inverted", facts={"score": scored.score, "other": above.key, "other_score": above.score})


def _score(item: WorkItem) -> _ScoredItem | None:
    """Score an item; None if an input is missing."""
    score = wsjf(item, _DEFAULT_OPTIONS)
    if not isinstance(score, Score):
        return None
    score_range = find_score_range(score)
    return _ScoredItem(score_range.high, score.value, item.key, score_range.low)
