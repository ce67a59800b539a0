"""Helpers for all markup formats: list entries, tasks, table rows, and white space."""

import re

from rules.model import Block, BlockKind

BOLD_LINE_LEVEL = 7
"""The heading level of a line that is entirely bold, below the six levels of real headings. People use such lines as
headings."""

SCENARIO_LANGUAGES = frozenset({"gherkin", "feature", "cucumber"})
"""Languages of code blocks that contain scenarios, such as "Given … When … Then …", which are text rather than code."""

_TASK_PATTERN = re.compile(r"\[([ xX])\]\s+(.*)", re.DOTALL)


def make_bullet(text: str, level: int) -> Block:
    """Make the block for a list entry, or for a task if the text starts with a checkbox such as "[x]".

    `level` is 0 for an entry of a list that is not nested in another list.
    """
    if task := _TASK_PATTERN.fullmatch(text):
        return Block(BlockKind.TASK, task[2].strip(), level, done=task[1] != " ")
    return Block(BlockKind.BULLET, text, level)


def make_row(cells: list[str]) -> Block:
    """Make the block for a row of a table."""
    return Block(BlockKind.ROW, " | ".join(cell.strip() for cell in cells))


def one_line(text: str) -> str:
    """Replace each run of white space, such as a line break, with one space, and remove white space at both ends."""
    # Every white-space character except the space is unprintable, so most texts need no splitting.
    return text.strip() if text.isprintable() and "  " not in text else " ".join(text.split())


def one_line_with_outer_spaces(text: str) -> str:
    """Like `one_line`, but keep one space at an end with white space, because the text may continue a line."""
    leading_space = " " if text[:1].isspace() else ""
    trailing_space = " " if text[-1:].isspace() and text.strip() else ""
    return leading_space + one_line(text) + trailing_space
