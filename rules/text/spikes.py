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
    """Whether an item is a spike, by its type, a label or its title, and what it lacks if it is one."""
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
_BEFORE_MARK = re.compile(r"[\[(【]?\s*([^\]):：】|–—]{3,30}?)\s*(?:[\]):：】|–—]|\s-|-\s)")
_IN_BRACKETS = re.compile(r"[\[(【]\s*([^\[(【\])】]{3,30})[\])】]\s*\Z")
_NEAR_END = 60
"""Letters of a title in which it is called a spike, at either end."""


def _is_spike(item: WorkItem, lexicon: Lexicon) -> bool:
    if any(Sentence.of(name) in lexicon.spike_names for name in (item.type, *item.labels) if name):
        return True
    names = (
        found[1]
        for found in (_BEFORE_MARK.match(item.title[:_NEAR_END]), _IN_BRACKETS.search(item.title[-_NEAR_END:]))
        if found
    )
    known = lexicon.spike_names
    return any(
        " ".join(words := tokens(name)) in known.words or f" {' '.join(words)} " in known.phrases for name in names
    ) or (lexicon.spike_openings.match(tokens(item.title)) > 0)
