"""Plain text and commands from rendered blocks, whatever their markup."""

import re

from connectors.markup.lines import one_line
from connectors.tracker import COMMAND
from rules.model import BlockKind, RichText

CODE_SENTINEL = "\N{GRAVE ACCENT}\ufdd0"
"""Stands before text set as code while commands are looked for, so that no command begins with it."""

_SILENT = (BlockKind.QUOTE, BlockKind.CODE, BlockKind.ROW, BlockKind.MEDIA)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def plain(text: RichText) -> str:
    """The words, one block a line, with white space normalised. Used to compare with what was written."""
    return "\n".join(one_line(block.text) for block in text)


def commands(text: RichText) -> tuple[str, ...]:
    """Lines addressed to the service. Quotes, code, tables and media give no commands."""
    lines = (one_line(block.text) for block in text if block.kind not in _SILENT)
    return tuple(line.replace(CODE_SENTINEL, "") for line in lines if line.split(" ")[0] == COMMAND)


def printable(line: str) -> str:
    """A line without characters that XML lacks. Jira rejects or drops them."""
    return _UNPRINTABLE.sub("", line)
