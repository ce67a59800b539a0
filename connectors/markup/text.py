"""Plain text and commands from the blocks of a text."""

import re
import unicodedata

from connectors.markup.lines import one_line
from connectors.tracker import COMMAND
from rules.model import BlockKind, RichText

CODE_SENTINEL = "\N{GRAVE ACCENT}\ufdd0"
"""Put before inline code and quotations while commands are searched for, because no command begins with it."""

_KINDS_WITHOUT_COMMANDS = frozenset(BlockKind) - {
    BlockKind.PARAGRAPH,
    BlockKind.HEADING,
    BlockKind.BULLET,
    BlockKind.TASK,
}
_BLANK_CHARACTERS = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0\ufffc")
"""Invisible characters that Unicode does not class as format characters."""
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def plain_text(text: RichText) -> str:
    """The text of all blocks, one block per line, with white space normalised."""
    return "\n".join(one_line(block.text) for block in text)


def find_commands(text: RichText) -> tuple[str, ...]:
    """Lines addressed to the service, except those in quotes, code, tables, links, media and struck-out lines."""
    lines = (
        _strip_invisible_start(one_line(block.text)) for block in text if block.kind not in _KINDS_WITHOUT_COMMANDS
    )
    return tuple(line.replace(CODE_SENTINEL, "") for line in lines if _is_command(line))


def remove_invisible(text: str) -> str:
    """Remove invisible characters, such as those that are copied together with text."""
    return "".join(character for character in text if not _is_invisible(character))


def _is_command(line: str) -> bool:
    first = unicodedata.normalize("NFKC", remove_invisible(line.split(" ", 1)[0]))
    return first.casefold() == COMMAND


def _strip_invisible_start(line: str) -> str:
    visible_positions = (
        position for position, character in enumerate(line) if not (character.isspace() or _is_invisible(character))
    )
    return line[next(visible_positions, 0) :]


def _is_invisible(character: str) -> bool:
    return (
        character in _BLANK_CHARACTERS or unicodedata.category(character) == "Cf" or "\ufe00" <= character <= "\ufe0f"
    )


def printable(line: str) -> str:
    """Remove characters that XML does not allow, because Jira rejects or drops them."""
    return _UNPRINTABLE.sub("", line)
