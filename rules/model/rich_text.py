"""Text as people see it: a sequence of blocks, independent of the tracker's markup.

Trackers store Atlassian documents, wiki markup, HTML or Markdown. Connectors convert all of them to these blocks, so
that rules can distinguish headings, bullets, code and quotations from paragraphs.
"""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct


class BlockKind(StrEnum):
    """The kind of a block."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    BULLET = "bullet"
    TASK = "task"
    CODE = "code"
    QUOTE = "quote"
    ROW = "row"
    """One row of a table; its cells are joined by " | "."""
    MEDIA = "media"
    """An image or a file. The text is its name, which may be empty."""
    LINK = "link"
    """A line that consists of a link, a mention or an embedded card. The text is what it shows."""
    STRUCK = "struck"
    """A line that is struck out completely."""
    UNREADABLE = "unread"
    """The rest of a text that is too long or too deeply nested to be read. Its content is unknown."""


class Block(Struct, frozen=True, gc=False, omit_defaults=True, array_like=True):
    """One block of rendered text.

    Attributes:
        kind: The kind of block.
        text: The text on one line, without markup. Only code keeps its line breaks.
        level: Depth of a heading (1 is the largest) or of a bullet (0 is outermost).
        done: Whether a task is ticked; None for other blocks.
    """

    kind: BlockKind
    text: str
    level: int = 0
    done: bool | None = None


RichText = tuple[Block, ...]
"""A whole text. An empty tuple is an empty text."""


MAX_CHARACTERS = 100_000
MAX_BLOCKS = 10_000
"""Limits of one text. Jira stores at most 32,767 characters by default; longer texts are usually pasted logs."""

UNREADABLE_BLOCK = Block(BlockKind.UNREADABLE, "")


def limit_text(blocks: Iterable[Block]) -> RichText:
    """Take blocks up to the limits of a text. One `UNREADABLE_BLOCK` replaces everything that follows."""
    taken: list[Block] = []
    remaining = MAX_CHARACTERS
    for block in blocks:
        if len(taken) == MAX_BLOCKS:
            return (*taken, UNREADABLE_BLOCK)
        if len(block.text) > remaining:
            return (*taken, Block(block.kind, block.text[:remaining], block.level, block.done), UNREADABLE_BLOCK)
        remaining -= len(block.text)
        taken.append(block)
    return tuple(taken)


def has_unreadable_part(text: RichText) -> bool:
    """Whether a part of the text could not be read."""
    return any(block.kind is BlockKind.UNREADABLE for block in text)


def plain_text(text: RichText) -> str:
    """The text without markup, one line for each block."""
    return "\n".join(block.text for block in text if block.text)
