"""Questions that the text of an item leaves open."""

import re
from collections.abc import Iterator

from rules.model import BlockKind, RichText

_UNDECIDED = re.compile(
    r"\b(?:TBD|TBC|to be (?:decided|defined|discussed|clarified|confirmed)|not (?:yet )?decided|open question"
    r"|noch (?:offen|unklar|zu klären)|zu klären|wird noch geklärt)\b|\?{2,}",
    re.IGNORECASE,
)
_HEADING = re.compile(r"\b(?:open|offene)\s+(?:questions?|points?|fragen|punkte)\b", re.IGNORECASE)


def open_questions(text: RichText) -> Iterator[str]:
    """The lines that leave something undecided, and what stands under a heading for open questions."""
    is_below_heading = False
    for block in text:
        if block.kind is BlockKind.HEADING:
            is_below_heading = bool(_HEADING.search(block.text))
        elif block.kind in (BlockKind.CODE, BlockKind.QUOTE, BlockKind.STRUCK) or block.done:
            continue
        elif block.text.strip() and (is_below_heading or _UNDECIDED.search(block.text)):
            yield block.text
