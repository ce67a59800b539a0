"""What the line-based markups share: bullets, tasks, rows and lines that are all bold."""

import re

from rules.model import Block, BlockKind

BOLD_LINE = 7
"""Level given to a line that is all bold: people use it as a heading."""

_TASK = re.compile(r"\[([ xX])\]\s+(.*)", re.DOTALL)


def bullet(text: str, level: int = 0) -> Block:
    """An entry of a list; one that begins with a box is a task."""
    if task := _TASK.fullmatch(text):
        return Block(BlockKind.TASK, task[2].strip(), level, done=task[1] != " ")
    return Block(BlockKind.BULLET, text, level)


def row(cells: list[str]) -> Block:
    """A row of a table."""
    return Block(BlockKind.ROW, " | ".join(cell.strip() for cell in cells))


def one_line(text: str) -> str:
    """Text with all white space evened out."""
    return " ".join(text.split())
