"""Splits text into words and sentences, and shortens quotations."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_TOKEN = re.compile(r"[^\W_]+(?:['’./&-][^\W_]+)*")
_SENTENCE_END = re.compile(r"(?<=[.!?;…])[\"'”’)\]]*\s+")
_ABBREVIATED = (
    "e.g.",
    "i.e.",
    "etc.",
    "vs.",
    "cf.",
    "z.b.",
    "d.h.",
    "bzw.",
    "ca.",
    "evtl.",
    "ggf.",
    "inkl.",
    "no.",
    "nr.",
)
_LONGEST_ABBREVIATION = max(map(len, _ABBREVIATED))
_STEM = 5
"""Letters of a word that are compared, so that "export", "exports" and "exported" count as one."""

QUOTED = 120
"""Longest stretch of an item's text that a finding repeats."""


def tokens(text: str) -> list[str]:
    """The words of a text in lower case, without marks: "Fertig, wenn:" gives ["fertig", "wenn"]."""
    return _TOKEN.findall(text.lower().replace("’", "'"))


class Sentence(NamedTuple):
    """One sentence as it is looked at.

    Attributes:
        text: As the author wrote it.
        order: Its words one after the other.
        words: The same as a set.
        padded: The same in one string, with a blank before and behind each word.
    """

    text: str
    order: list[str]
    words: frozenset[str]
    padded: str

    @classmethod
    def of(cls, text: str) -> "Sentence":
        """Cuts a sentence into words."""
        order = tokens(text)
        return cls(text, order, frozenset(order), f" {' '.join(order)} ")


def spans(text: str) -> list[tuple[str, int]]:
    """Every word in lower case with the place where it ends."""
    return [(match[0].lower().replace("’", "'"), match.end()) for match in _TOKEN.finditer(text)]


def stems(words: Iterable[str], stop_words: frozenset[str]) -> frozenset[str]:
    """The beginnings of the words that carry content, and numbers."""
    return frozenset(word[:_STEM] for word in words if (len(word) > 1 or word.isdigit()) and word not in stop_words)


def sentences(text: str) -> Iterator[str]:
    """The sentences of one line, each without surrounding blanks. "E.g." and its like end none."""
    waiting: list[str] = []
    for piece in _SENTENCE_END.split(text):
        if part := piece.strip():
            waiting.append(part)
            if not part[-_LONGEST_ABBREVIATION:].lower().endswith(_ABBREVIATED):
                yield " ".join(waiting)
                waiting.clear()
    if waiting:
        yield " ".join(waiting)


def quotable(text: str, limit: int = QUOTED) -> str:
    """Item text that may stand inside a sentence of ours.

    One line, no control or invisible characters, at most `limit` characters, cut between words. Double quotation
    marks become single ones, because ours stand around it.
    """
    visible = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in text[: limit * 8])
    line = " ".join(visible.split()).replace('"', "'")
    if len(line) <= limit:
        return line
    head, blank, _ = line[:limit].rpartition(" ")
    return (head if blank and len(head) > limit // 2 else line[: limit - 1]).rstrip(" ,;:.-") + "…"
