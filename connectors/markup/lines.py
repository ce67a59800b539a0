"""Blocks that all markups have: bullets, tasks, rows and bold lines."""

import re

from rules.model import Block, BlockKind

BOLD_LINE = 7
"""Heading level of a line that is all bold: people use it as a heading."""

SCENARIO_LANGUAGES = frozenset({"gherkin", "feature", "cucumber"})
"""Languages of code blocks that hold scenarios: words of the author, and no code."""

_TASK = re.compile(r"\[([ xX])\]\s+(.*)", re.DOTALL)


def bullet(text: str, level: int = 0) -> Block:
    """A list entry; it is a task if it starts with a box."""
    if task := _TASK.fullmatch(text):
        return Block(BlockKind.TASK, task[2].strip(), level, done=task[1] != " ")
    return Block(BlockKind.BULLET, text, level)


def row(cells: list[str]) -> Block:
    """A row of a table."""
    return Block(BlockKind.ROW, " | ".join(cell.strip() for cell in cells))


def one_line(text: str) -> str:
    """Text with white space normalised."""
    return " ".join(text.split())
