"""Investigations: what an answer is worth depends on the question and on how long it may take."""

import re
from enum import Enum

from rules.model import WorkItem
from rules.text.lexicon import Lexicon
from rules.text.lines import OPAQUE
from rules.text.tokens import Sentence, tokens


class Investigation(Enum):
    """Whether an item is an investigation, and what it lacks."""

    NOT_ONE = "not one"
    COMPLETE = "complete"
    NO_QUESTION = "no question"
    NO_LIMIT = "no limit"
    NEITHER = "neither"


def investigation(item: WorkItem, lexicon: Lexicon) -> Investigation:
    """What an item asks, and for how long, if it is an investigation by its type or by the first word of its title."""
    if not _is_spike(item, lexicon):
        return Investigation.NOT_ONE
    text = [item.title, *(block.text for block in item.text if block.kind not in OPAQUE)]
    asks = any(_QUESTION.search(line) or Sentence.of(line) in lexicon.find_out for line in text)
    limited = any(_LENGTH.search(line) and Sentence.of(line) in lexicon.limits for line in text)
    if asks:
        return Investigation.COMPLETE if limited else Investigation.NO_LIMIT
    return Investigation.NO_QUESTION if limited else Investigation.NEITHER


_QUESTION = re.compile(r"\w[\"'”’)\]]?\?(?![\w=&])")
_LENGTH = re.compile(
    r"\b(?:\d+(?:[.,]\d+)?|half an?|an?|one|two|three|four|five|ein(?:en?|em)?|zwei|drei|vier|fünf)[\s-]*"
    r"(?:person[\s-])?(?:hours?|h|days?|d|weeks?|sprints?|stunden?|tage?n?|wochen?)\b",
    re.IGNORECASE,
)
_TITLE = re.compile(r"[\[(]?\s*([^\]):]{3,30})[\]):]")


def _is_spike(item: WorkItem, lexicon: Lexicon) -> bool:
    if item.type and Sentence.of(item.type) in lexicon.spikes:
        return True
    opening = _TITLE.match(item.title)
    return opening is not None and " ".join(tokens(opening[1])) in lexicon.spikes.words
