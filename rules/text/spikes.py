"""Recognizes spikes (investigations), and whether they have a question and a time limit."""

import re
from enum import Enum

from rules.model import WorkItem
from rules.text.lexicon import Lexicon
from rules.text.lines import OPAQUE
from rules.text.tokens import Sentence, tokenize


class SpikeStatus(Enum):
    """Whether an item is a spike, and what it lacks."""

    NOT_ONE = "not one"
    COMPLETE = "complete"
    NO_QUESTION = "no question"
    NO_LIMIT = "no limit"
    NEITHER = "neither"


def spike_status(item: WorkItem, lexicon: Lexicon) -> SpikeStatus:
    """Determine from its type, labels and title whether an item is a spike, and from its text what it lacks."""
    if not _is_spike(item, lexicon):
        return SpikeStatus.NOT_ONE
    text = [item.title, *(block.text for block in item.text if block.kind not in OPAQUE)]
    has_question = any(_QUESTION.search(line) or Sentence.parse(line) in lexicon.questions for line in text)
    has_limit = any(_DURATION.search(line) and Sentence.parse(line) in lexicon.time_limits for line in text)
    if has_question:
        return SpikeStatus.COMPLETE if has_limit else SpikeStatus.NO_LIMIT
    return SpikeStatus.NO_QUESTION if has_limit else SpikeStatus.NEITHER


_QUESTION = re.compile(r"\w[\"'”’)\]]?\?(?![\w=&])")
_DURATION = re.compile(
    r"\b(?:\d+(?:[.,]\d+)?|half an?|an?|one|two|three|four|five|ein(?:en?|em)?|zwei|drei|vier|fünf)[\s-]*"
    r"(?:person[\s-])?(?:hours?|h|days?|d|weeks?|sprints?|stunden?|tage?n?|wochen?)\b",
    re.IGNORECASE,
)
_PREFIX = re.compile(r"[\[(【]?\s*([^\]):：】|–—]{3,30}?)\s*(?:[\]):：】|–—]|\s-|-\s)")
_SUFFIX = re.compile(r"[\[(【]\s*([^\[(【\])】]{3,30})[\])】]\s*\Z")
_MAX_AFFIX_LENGTH = 60
"""Characters at either end of a title in which it can be called a spike."""


def _is_spike(item: WorkItem, lexicon: Lexicon) -> bool:
    if any(Sentence.parse(name) in lexicon.spike_names for name in (item.type, *item.labels) if name):
        return True
    names = (
        match[1]
        for match in (_PREFIX.match(item.title[:_MAX_AFFIX_LENGTH]), _SUFFIX.search(item.title[-_MAX_AFFIX_LENGTH:]))
        if match
    )
    known = lexicon.spike_names
    return any(
        " ".join(words := tokenize(name)) in known.words or f" {' '.join(words)} " in known.phrases for name in names
    ) or (lexicon.spike_openings.match(tokenize(item.title)) > 0)
