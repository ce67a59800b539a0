"""Finds what the text of an item leaves open: "TBD", "to be decided", a list of open questions."""

import re
from collections.abc import Iterator

from rules.model import BlockKind, RichText
from rules.text.lines import OPAQUE, split_lines

_UNDECIDED = re.compile(
    r"(?<![\w#.-])(?:tbd|tbc|tba)(?![\w-])(?! comments?\b)"
    r"|\bto be (?:decided|defined|determined|discussed|clarified|confirmed)\b(?! (?:or not|as)\b)"
    r"|\b(?:need|needs|still) to (?:decide|clarify)\b"
    r"|\b(?:not (?:yet )?decided|open questions?:|undecided)"
    r"|\b(?:noch (?:offen|unklar|zu klären|zu entscheiden)|zu klären|wird noch geklärt|offene fragen?:"
    r"|muss noch (?:geklärt|entschieden) werden)\b",
    re.IGNORECASE,
)
_QUESTIONS_HEADING = re.compile(r"\b(?:open|offene)\s+(?:questions?|points?|fragen|punkte)\b", re.IGNORECASE)
_MAX_CONTEXT_LENGTH = 60
"""Characters that are quoted before the words that leave something open."""


def open_questions(text: RichText) -> Iterator[str]:
    """Yield the sentences that leave something undecided, and the lines below a heading for open questions.

    Tasks that are done are ignored.
    """
    is_below_heading = False
    for line in split_lines(tuple(block for block in text if not block.done)):
        if line.kind is BlockKind.HEADING:
            is_below_heading = _QUESTIONS_HEADING.search(line.text) is not None
        elif line.kind in OPAQUE or not line.text:
            continue
        elif is_below_heading:
            yield line.text
        elif found := _UNDECIDED.search(line.text):
            begin = max(line.text.rfind(". ", 0, found.start()) + 1, found.start() - _MAX_CONTEXT_LENGTH, 0)
            yield line.text[begin:].strip()
