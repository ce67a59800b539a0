"""Blocks that all markup formats have: list entries, tasks, table rows and bold lines."""

import re

from rules.model import Block, BlockKind

BOLD_LINE_LEVEL = 7
"""Heading level of a line that is entirely bold. People use such lines as headings."""

SCENARIO_LANGUAGES = frozenset({"gherkin", "feature", "cucumber"})
"""Languages of code blocks that contain scenarios, which are text rather than code."""

_TASK_PATTERN = re.compile(r"\[([ xX])\]\s+(.*)", re.DOTALL)


def make_bullet(text: str, level: int = 0) -> Block:
    """A list entry, or a task if it starts with a checkbox."""
    if task := _TASK_PATTERN.fullmatch(text):
        return Block(BlockKind.TASK, task[2].strip(), level, done=task[1] != " ")
    return Block(BlockKind.BULLET, text, level)


def make_row(cells: list[str]) -> Block:
    """A row of a table."""
    return Block(BlockKind.ROW, " | ".join(cell.strip() for cell in cells))


def one_line(text: str) -> str:
    """Text on one line, with white space normalised."""
    return " ".join(text.split())


def one_line_with_outer_spaces(text: str) -> str:
    """Text on one line, with one space at either end if it has white space there."""
    lead = " " if text[:1].isspace() else ""
    trail = " " if text[-1:].isspace() and text.strip() else ""
    return lead + one_line(text) + trail
