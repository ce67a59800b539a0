"""Recognises spikes, and whether they have a question and a time limit.

A spike is an investigation that ends with an answer instead of a change of the product. It is complete if it says what
to find out, and how long to look for it.
"""

import re
from enum import Enum

from rules.model import WorkItem
from rules.text.lexicon import Lexicon, compile_lexicon
from rules.text.lines import NON_PROSE_KINDS
from rules.text.tokens import Sentence, tokenize
from rules.text.vocabulary import LANGUAGES


class SpikeStatus(Enum):
    """Whether an item is a spike, and what it lacks."""

    NOT_A_SPIKE = "not one"
    COMPLETE = "complete"
    """It has a question and a time limit."""
    NO_QUESTION = "no question"
    """It has a time limit only."""
    NO_TIME_LIMIT = "no limit"
    """It has a question only."""
    NEITHER = "neither"
    """It has neither a question nor a time limit."""


def is_spike(item: WorkItem) -> bool:
    """Whether an item is a spike, in any language; see `spike_status` for what it lacks."""
    return _is_called_spike(item, compile_lexicon(tuple(LANGUAGES)))


def spike_status(item: WorkItem, lexicon: Lexicon) -> SpikeStatus:
    """Determine from its type, labels and title whether an item is a spike, and from its text what it lacks."""
    if not _is_called_spike(item, lexicon):
        return SpikeStatus.NOT_A_SPIKE
    # Blocks of these kinds, such as code and quotations, contain no sentences of the author.
    text = [item.title, *(block.text for block in item.text if block.kind not in NON_PROSE_KINDS)]
    has_question = any(_QUESTION.search(line) or Sentence.parse(line) in lexicon.questions for line in text)
    has_limit = any(_DURATION.search(line) and Sentence.parse(line) in lexicon.time_limits for line in text)
    if has_question:
        return SpikeStatus.COMPLETE if has_limit else SpikeStatus.NO_TIME_LIMIT
    return SpikeStatus.NO_QUESTION if has_limit else SpikeStatus.NEITHER


_QUESTION = re.compile(r"\w[\"'”’)\]]?\?(?![\w=&])")
"""A question mark after a word, but not the one in a web address."""
_DURATION = re.compile(
    r"\b(?:\d+(?:[.,]\d+)?|half an?|an?|one|two|three|four|five|ein(?:en?|em)?|zwei|drei|vier|fünf)[\s-]*"
    r"(?:person[\s-])?(?:hours?|h|days?|d|weeks?|sprints?|stunden?|tage?n?|wochen?)\b",
    re.IGNORECASE,
)
_NAME_AT_START = re.compile(r"[\[(【]?\s*([^\]):：】|–—]{2,30}?)\s*(?:[\]):：】|–—]|\s-|-\s)")
"""A name at the start of a title, before a bracket, colon or dash: "[Spike] Payments"."""
_NAME_AT_END = re.compile(r"[\[(【]\s*([^\[(【\])】]{3,30})[\])】]\s*\Z")
"""A name in brackets at the end of a title: "Payments (spike)"."""
_WORDS_AFTER_OTHER_SPIKES = frozenset(
    {"in", "of", "at", "after", "during", "detection", "is", "are", "was", "bei", "im"}
)
"""Words after "spike" that show that it means a peak: "Spike in errors after the release"."""
_MAX_NAME_DISTANCE = 60
"""The number of characters at either end of a title in which an item can be called a spike."""


def _is_called_spike(item: WorkItem, lexicon: Lexicon) -> bool:
    """Whether the type, a label or the title calls an item a spike."""
    if any(Sentence.parse(name) in lexicon.spike_names for name in (item.type, *item.labels)):
        return True
    words = tokenize(item.title)
    if len(words) > 1 and words[0] == "spike" and words[1] not in _WORDS_AFTER_OTHER_SPIKES:
        return True
    matches = (
        _NAME_AT_START.match(item.title[:_MAX_NAME_DISTANCE]),
        _NAME_AT_END.search(item.title[-_MAX_NAME_DISTANCE:]),
    )
    names = (" ".join(tokenize(match[1])) for match in matches if match)
    spike_names = lexicon.spike_names
    return lexicon.spike_openings.match(words) > 0 or any(
        name in spike_names.words or f" {name} " in spike_names.phrases for name in names
    )
