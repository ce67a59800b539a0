"""Recognises spikes (investigations) and what they lack: a question, a time limit."""

import re
from enum import Enum

from rules.model import WorkItem
from rules.text.lexicon import Lexicon
from rules.text.lines import OPAQUE
from rules.text.tokens import Sentence, tokens


class SpikeStatus(Enum):
    """Whether an item is a spike, and what it lacks."""

    NOT_ONE = "not one"
    COMPLETE = "complete"
    NO_QUESTION = "no question"
    NO_LIMIT = "no limit"
    NEITHER = "neither"


def spike_status(item: WorkItem, lexicon: Lexicon) -> SpikeStatus:
    """Whether an item is a spike, by its type or a prefix of its title, and what it lacks if it is one."""
    if not _is_spike(item, lexicon):
        return SpikeStatus.NOT_ONE
    text = [item.title, *(block.text for block in item.text if block.kind not in OPAQUE)]
    asks = any(_QUESTION.search(line) or Sentence.of(line) in lexicon.questions for line in text)
    limited = any(_LENGTH.search(line) and Sentence.of(line) in lexicon.time_limits for line in text)
    if asks:
        return SpikeStatus.COMPLETE if limited else SpikeStatus.NO_LIMIT
    return SpikeStatus.NO_QUESTION if limited else SpikeStatus.NEITHER


_QUESTION = re.compile(r"\w[\"'”’)\]]?\?(?![\w=&])")
_LENGTH = re.compile(
    r"\b(?:\d+(?:[.,]\d+)?|half an?|an?|one|two|three|four|five|ein(?:en?|em)?|zwei|drei|vier|fünf)[\s-]*"
    r"(?:person[\s-])?(?:hours?|h|days?|d|weeks?|sprints?|stunden?|tage?n?|wochen?)\b",
    re.IGNORECASE,
)
_TITLE = re.compile(r"[\[(]?\s*([^\]):]{3,30})[\]):]")


def _is_spike(item: WorkItem, lexicon: Lexicon) -> bool:
    if item.type and Sentence.of(item.type) in lexicon.spike_names:
        return True
    opening = _TITLE.match(item.title)
    return opening is not None and " ".join(tokens(opening[1])) in lexicon.spike_names.words
