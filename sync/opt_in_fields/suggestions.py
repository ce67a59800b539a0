"""The fields for the suggested priority, the suggested place (such as the next sprint), and the reason for it."""

import re
import textwrap
from collections.abc import Iterator, Mapping

from connectors.writes import FieldValue
from rules.model import WorkItem
from rules.priority import WsjfOptions
from rules.priority.evidence import ReasonKind
from rules.priority.suggestion import Suggestion
from sync.messages import Messages
from sync.messages.priority_reasons import describe_reason
from sync.opt_in_fields.field import OptInField

SUGGESTION_FIELDS = ("suggested_priority", "suggested_place", "priority_reason")
"""Keys of these fields under `write.fields`."""
_MAX_TEXT_LENGTH = 255
"""The maximum number of characters that every tracker accepts in a single-line text field."""
_KINDS_WITH_AMOUNTS = (ReasonKind.SCORE, ReasonKind.REQUESTED, ReasonKind.SMALL)
"""Kinds of reasons that are about amounts. Their sentences contain no numbers but these amounts and those in keys."""
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
"""A number in a sentence, such as 12 or 3.5."""


def make_suggestion_fields(
    suggestions: Mapping[tuple[str, str], Suggestion], messages: Messages, options: WsjfOptions
) -> Iterator[OptInField]:
    """Make the fields that say what the suggested order means for an item.

    Args:
        options: Which items have a score, for reasons that are about scores.
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
        sentence = describe_reason(suggestion.item, suggestion.reasons[0], messages, options)
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
    """A sentence without its numbers, except those in the key of the other item."""
    parts = re.split(rf"(?<![\w-]){re.escape(key)}(?![\w-])", str(sentence))
    return key.join(_NUMBER.sub("", part) for part in parts)
