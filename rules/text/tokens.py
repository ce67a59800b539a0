"""Splits text into words and sentences, and shortens quotations."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rules.text.vocabulary.vocabulary import phrases

_WORD = re.compile(r"[^\W_]+(?:['’./&-][^\W_]+)*")
"""Matches letters and digits, also joined by punctuation as in "don't", "e-mail" and "v1.2"."""
_FIRST_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_SENTENCE_END = re.compile(r"(?<=[.!?;…])[\"'”’)\]]*\s+")
_ABBREVIATIONS = phrases("e.g., i.e., etc., vs., cf., z.b., d.h., bzw., ca., evtl., ggf., inkl., no., nr.")
"""Abbreviations that end with a full stop and rarely end a sentence."""
_STEM_LENGTH = 5
"""The number of letters of a word that are compared: "export", "exports" and "exported" count as the same word."""

MAX_QUOTE_LENGTH = 120
"""The maximum length of a quotation of an item's text in a finding, in characters. It fits into one sentence."""
_READ_CHARACTERS_PER_QUOTED = 8
"""The number of characters that are read for each character of a quotation, because white space is dropped."""


def tokenize(text: str) -> list[str]:
    """Split a text into words in lower case, without punctuation: "Fertig, wenn:" gives ["fertig", "wenn"]."""
    return _WORD.findall(text.lower().replace("’", "'"))


def first_word(text: str) -> str:
    """Return the first run of letters in a text, in lower case; empty if there is none."""
    match = _FIRST_WORD.search(text)
    return match[0].lower().replace("’", "'") if match else ""


class Sentence(NamedTuple):
    """A sentence and its words.

    Attributes:
        text: The sentence as the author wrote it.
        word_list: Its words in lower case, in order.
        words: The same words as a set.
        padded: The same words in one string, with a space before and after each.
    """

    text: str
    word_list: list[str]
    words: frozenset[str]
    padded: str

    @classmethod
    def parse(cls, text: str) -> "Sentence":
        """Split a sentence into words."""
        words = tokenize(text)
        return cls(text, words, frozenset(words), f" {' '.join(words)} ")


def tokenize_with_ends(text: str) -> list[tuple[str, int]]:
    """Split a text into words in lower case, each with the position of its end."""
    return [(match[0].lower().replace("’", "'"), match.end()) for match in _WORD.finditer(text)]


def stem_words(words: Iterable[str], stop_words: frozenset[str]) -> frozenset[str]:
    """Return the stems (first letters) of words and numbers, without stop words and single letters."""
    return frozenset(
        word[:_STEM_LENGTH] for word in words if (len(word) > 1 or word.isdigit()) and word not in stop_words
    )


def split_sentences(text: str) -> Iterator[str]:
    """Split a line into sentences. An abbreviation such as "e.g." does not end a sentence."""
    parts: list[str] = []
    for piece in _SENTENCE_END.split(text):
        if part := piece.strip():
            parts.append(part)
            if not part.lower().endswith(_ABBREVIATIONS):
                yield " ".join(parts)
                parts.clear()
    if parts:
        yield " ".join(parts)


_INVISIBLE_CATEGORIES = "CZ"
"""The first letters of the Unicode categories of control characters, invisible characters and separators."""


def make_quotable(text: str, limit: int = MAX_QUOTE_LENGTH) -> str:
    """Make item text safe to quote in a sentence.

    The result is one line without control or invisible characters. It has at most `limit` characters, and is cut
    between words unless that loses more than half of it. Double quotation marks become single ones, because double ones
    surround the quotation.
    """
    visible = "".join(
        " " if unicodedata.category(char)[0] in _INVISIBLE_CATEGORIES else char
        for char in text[: limit * _READ_CHARACTERS_PER_QUOTED]
    )
    line = " ".join(visible.split()).replace('"', "'")
    if len(line) <= limit:
        return line
    whole_words, space, _ = line[:limit].rpartition(" ")
    is_mostly_kept = bool(space) and len(whole_words) > limit // 2
    return (whole_words if is_mostly_kept else line[: limit - 1]).rstrip(" ,;:.-") + "…"
