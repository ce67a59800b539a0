"""Investigations: what an answer is worth depends on the question and on how long it may take."""

import re

from rules.model import WorkItem, words
from rules.text.lexicon import Lexicon
from rules.text.tokens import Sentence, tokens

_LENGTH = re.compile(
    r"\b(?:\d+(?:[.,]\d+)?|half an?|an?|one|two|three|four|five|ein(?:en?|em)?|zwei|drei|vier|fünf)[\s-]*"
    r"(?:person[\s-])?(?:hours?|h|days?|d|weeks?|sprints?|stunden?|tage?n?|wochen?|sprints?)\b",
    re.IGNORECASE,
)


def is_spike(item: WorkItem, lexicon: Lexicon) -> bool:
    """Whether an item asks for knowledge, by its type or by the first word of its title."""
    if " ".join(tokens(item.type)) in lexicon.spikes.words or Sentence.of(item.type) in lexicon.spikes:
        return True
    head, mark, _ = item.title.strip().lstrip("[(").partition(":" if ":" in item.title[:30] else "]")
    return bool(mark) and " ".join(tokens(head)) in lexicon.spikes.words


def asks(item: WorkItem, lexicon: Lexicon) -> bool:
    """Whether the description puts a question."""
    text = words(item.text)
    return "?" in text or Sentence.of(text) in lexicon.find_out


def is_limited(item: WorkItem, lexicon: Lexicon) -> bool:
    """Whether the text says how long it may take: a limiting word and a length of time in the same line."""
    return any(
        _LENGTH.search(line) and Sentence.of(line) in lexicon.limits
        for line in (item.title, *(block.text for block in item.text))
    )
