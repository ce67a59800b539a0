"""Text as people see it: blocks, whatever markup a tracker keeps it in.

A tracker hands over Atlassian documents, wiki markup, HTML or Markdown. Its connector turns each into the same
few blocks, so that a rule can tell a heading from a bullet, and words of the author from code or a quotation.
"""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct


class BlockKind(StrEnum):
    """What a block is to the reader."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    BULLET = "bullet"
    TASK = "task"
    CODE = "code"
    QUOTE = "quote"
    ROW = "row"
    """One row of a table; its cells are joined by " | "."""
    MEDIA = "media"
    """An image or a file; the text is its name, which may be empty."""
    LINK = "link"
    """A line that is only a link, a mention or an embedded card; the text is what it shows."""
    STRUCK = "struck"
    """A line that is struck out from start to end."""
    UNREADABLE = "unread"
    """The rest of a text that is too long, or nested too deeply, to be read. Nothing is known about it."""


class Block(Struct, frozen=True, gc=False, omit_defaults=True, array_like=True):
    """One block of rendered text.

    Attributes:
        kind: What the block is to the reader.
        text: The words, on one line, without markup. Lines of code keep their line breaks.
        level: Depth of a heading (1 is the largest) or of a bullet (0 is outermost).
        done: Whether a task is ticked; None for anything else.
    """

    kind: BlockKind
    text: str
    level: int = 0
    done: bool | None = None


RichText = tuple[Block, ...]
"""A whole rendered text. An empty tuple is a text with nothing in it."""


MAX_CHARACTERS = 100_000
MAX_BLOCKS = 10_000
"""Limits of one text. Jira stores at most 32,767 characters by default; only a paste of a log is longer."""

UNREADABLE_BLOCK = Block(BlockKind.UNREADABLE, "")


def limit_text(blocks: Iterable[Block]) -> RichText:
    """Take blocks up to the limits of a text. One UNREAD block stands for all that follows."""
    taken: list[Block] = []
    room = MAX_CHARACTERS
    for block in blocks:
        if len(taken) == MAX_BLOCKS:
            return (*taken, UNREADABLE_BLOCK)
        if len(block.text) > room:
            return (*taken, Block(block.kind, block.text[:room], block.level, block.done), UNREADABLE_BLOCK)
        room -= len(block.text)
        taken.append(block)
    return tuple(taken)


def has_unreadable_part(text: RichText) -> bool:
    """Whether some of a text could not be read."""
    return any(block.kind is BlockKind.UNREADABLE for block in text)


def plain_text(text: RichText) -> str:
    """All that a person can read in a text, a block a line."""
    return "\n".join(block.text for block in text if block.text)
