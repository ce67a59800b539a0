"""Plain text and commands from rendered blocks, whatever their markup."""

import re
import unicodedata

from connectors.markup.lines import one_line
from connectors.tracker import COMMAND
from rules.model import BlockKind, RichText

CODE_SENTINEL = "\N{GRAVE ACCENT}\ufdd0"
"""Stands before code, quotations and struck-out text while commands are looked for: no command begins with it."""

_SILENT = frozenset(BlockKind) - {BlockKind.PARAGRAPH, BlockKind.HEADING, BlockKind.BULLET, BlockKind.TASK}
_BLANK = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0\ufffc")
"""Characters that show nothing although Unicode does not class them as format characters."""
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def plain_text(text: RichText) -> str:
    """The words, one block a line, with white space normalised. Used to compare with what was written."""
    return "\n".join(one_line(block.text) for block in text)


def find_commands(text: RichText) -> tuple[str, ...]:
    """Lines addressed to the service. Quotes, code, tables, links, media and struck-out lines give no commands."""
    lines = (_from_first_visible(one_line(block.text)) for block in text if block.kind not in _SILENT)
    return tuple(line.replace(CODE_SENTINEL, "") for line in lines if _is_command(line))


def remove_invisible(text: str) -> str:
    """Text without characters that show nothing, such as the marks that come along when text is copied."""
    return "".join(character for character in text if not _is_invisible(character))


def _is_command(line: str) -> bool:
    first = unicodedata.normalize("NFKC", remove_invisible(line.split(" ", 1)[0]))
    return first.casefold() == COMMAND


def _from_first_visible(line: str) -> str:
    seen = (place for place, character in enumerate(line) if not (character.isspace() or _is_invisible(character)))
    return line[next(seen, 0) :]


def _is_invisible(character: str) -> bool:
    return character in _BLANK or unicodedata.category(character) == "Cf" or "\ufe00" <= character <= "\ufe0f"


def printable(line: str) -> str:
    """A line without characters that XML lacks. Jira rejects or drops them."""
    return _UNPRINTABLE.sub("", line)
