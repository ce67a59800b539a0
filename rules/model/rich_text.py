"""The text of an item or a comment as people see it: a sequence of blocks, independent of the markup of the tracker.

Trackers store texts in the Atlassian Document Format, wiki markup, HTML or Markdown. Connectors convert them to blocks,
so that rules can distinguish headings, list entries, code and quotations from paragraphs.
"""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct


class BlockKind(StrEnum):
    """The kind of a block."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    BULLET = "bullet"
    """An entry of a list, also of a numbered one."""
    TASK = "task"
    """An entry of a checklist."""
    CODE = "code"
    QUOTE = "quote"
    ROW = "row"
    """A row of a table. Its cells are joined by " | "."""
    MEDIA = "media"
    """An image or a file. The text is its name, which may be empty."""
    LINK = "link"
    """A line that consists of a link, a mention of a person, or an embedded page. The text is what people see."""
    STRUCK = "struck"
    """A line that is struck out completely."""
    UNREADABLE = "unread"
    """The rest of a text that is too long or too deeply nested to be read. Its content is unknown."""


class Block(Struct, frozen=True, gc=False, omit_defaults=True, array_like=True):
    """One block of a text.

    Attributes:
        text: The text on one line, without markup. Only code keeps its line breaks.
        level: The level of a heading, where 1 is the highest, or of a list entry, where 0 is not nested.
        done: Whether a task is ticked off; None for other blocks.
    """

    kind: BlockKind
    text: str
    level: int = 0
    done: bool | None = None


RichText = tuple[Block, ...]
"""A whole text. An empty tuple is an empty text."""

MAX_CHARACTERS = 100_000
"""The maximum length of a text. Jira stores at most 32,767 characters by default; longer texts are usually logs."""
MAX_BLOCKS = 10_000
"""The maximum number of blocks of a text."""

_UNREADABLE = BlockKind.UNREADABLE
"""Kept here because Python 3.11 looks up the members of an enumeration slowly."""
UNREADABLE_BLOCK = Block(_UNREADABLE, "")
"""The last block of a text whose rest could not be read."""


def limit_text(blocks: Iterable[Block]) -> RichText:
    """Take blocks up to the maximum length and number. An `UNREADABLE_BLOCK` replaces everything that follows."""
    text = tuple(blocks)
    if len(text) <= MAX_BLOCKS and sum([len(block.text) for block in text]) <= MAX_CHARACTERS:
        return text
    limited: list[Block] = []
    remaining_characters = MAX_CHARACTERS
    for block in text:
        if len(limited) == MAX_BLOCKS:
            return (*limited, UNREADABLE_BLOCK)
        if len(block.text) > remaining_characters:
            start = Block(block.kind, block.text[:remaining_characters], block.level, block.done)
            return (*limited, start, UNREADABLE_BLOCK)
        remaining_characters -= len(block.text)
        limited.append(block)
    return tuple(limited)


def has_unreadable_part(text: RichText) -> bool:
    """Whether a part of the text could not be read."""
    return _UNREADABLE in [block.kind for block in text]


def only_unreadable(text: RichText) -> RichText:
    """Return the placeholder for unreadable content if the text contains any; otherwise an empty text."""
    return (UNREADABLE_BLOCK,) if has_unreadable_part(text) else ()


def plain_text(text: RichText) -> str:
    """Return the text without markup, one line for each block."""
    return "\n".join(block.text for block in text if block.text)
