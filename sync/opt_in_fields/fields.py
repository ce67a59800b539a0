"""Opt-in fields, which the service writes only if the settings name them.

These are the WSJF score, the suggested priority, the suggested place (such as the next sprint), and the reason for it.
WSJF (weighted shortest job first) is the cost of delay divided by the job size.
"""

import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from connectors.writes import FieldValue
from rules.model import WorkItem
from rules.priority.evidence import ReasonKind
from rules.priority.suggestion import Suggestion
from rules.priority.wsjf import Refusal, Score, WsjfOptions, wsjf
from sync.messages import Messages
from sync.messages.priority_reasons import describe_reason

SUGGESTION_FIELDS = ("suggested_priority", "suggested_place", "priority_reason")
"""Keys of the fields under `write.fields` that depend on the suggested order."""
_MAX_TEXT_LENGTH = 255
"""The maximum number of characters that every tracker accepts in a single-line text field."""
_KINDS_WITH_AMOUNTS = (ReasonKind.SCORE, ReasonKind.REQUESTED, ReasonKind.CUSTOMERS, ReasonKind.SMALL)
"""Kinds of reasons whose sentences contain amounts, and no other numbers except those in keys. If only the amounts have
changed, the difference is too small to write."""
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
"""A number in a sentence, such as 12 or 3.5."""


@dataclass(frozen=True)
class OptInField:
    """A field that is written where the configuration names it.

    Attributes:
        name: Its key under `write.fields`, such as "wsjf".
        description: What it is called in messages, with an article, such as "the score".
        compute: Returns the value for an item, None if the item has no value, or why it cannot be computed.
        is_noise: Whether the difference between the value that the service wrote on an item and a new one is too small
            to write.
    """

    name: str
    description: str
    compute: Callable[[WorkItem], FieldValue | Refusal]
    is_noise: Callable[[WorkItem, FieldValue, FieldValue], bool] = lambda _item, _written, _new: False


def make_score_field(options: WsjfOptions) -> OptInField:
    """Make the field for the score."""

    def compute(item: WorkItem) -> FieldValue | Refusal:
        score = wsjf(item, options)
        return score.value if isinstance(score, Score) else score

    return OptInField("wsjf", "the score", compute)


def make_suggestion_fields(
    suggestions: Mapping[tuple[str, str], Suggestion], messages: Messages, options: WsjfOptions
) -> Iterator[OptInField]:
    """Make the fields that say what the suggested order means for an item.

    Args:
        suggestions: Suggestions by the tracker and id of the item.
        options: Which items are scored. Reasons that are about scores quote them.
    """

    def priority(item: WorkItem) -> FieldValue:
        suggestion = suggestions.get((item.tracker, item.id))
        return suggestion.priority if suggestion else None

    def place(item: WorkItem) -> FieldValue:
        suggestion = suggestions.get((item.tracker, item.id))
        return messages.name("priority.places", suggestion.band) if suggestion and suggestion.band else None

    def reason(item: WorkItem) -> FieldValue:
        suggestion = suggestions.get((item.tracker, item.id))
        if suggestion is None:
            return None
        first = suggestion.reasons[0]
        sentence = describe_reason(suggestion.item, suggestion.later_item, first, messages, options)
        return textwrap.shorten(sentence, _MAX_TEXT_LENGTH, placeholder=" …")

    def is_noise(item: WorkItem, written: FieldValue, new: FieldValue) -> bool:
        suggestion = suggestions.get((item.tracker, item.id))
        if suggestion is None or suggestion.reasons[0].kind not in _KINDS_WITH_AMOUNTS:
            return False
        # The reason is the same if the sentences differ only in amounts, which may change every day.
        key = suggestion.reasons[0].later_item.key
        return _without_amounts(written, key) == _without_amounts(new, key)

    yield OptInField("suggested_priority", "the suggested priority", priority)
    yield OptInField("suggested_place", "the suggested place", place)
    yield OptInField("priority_reason", "the reason for a higher place", reason, is_noise)


def _without_amounts(sentence: FieldValue, key: str) -> str:
    """A sentence without its numbers, except those in `key`, the key of the item that should come later."""
    parts = re.split(rf"(?<![\w-]){re.escape(key)}(?![\w-])", str(sentence))
    return key.join(_NUMBER.sub("", part) for part in parts)
