"""Extracts plain text and commands from the blocks of a text.

A command is a line in which a person addresses the service, such as "/steward snooze 2 weeks".
"""

import re
import unicodedata

from connectors.comments import COMMAND
from connectors.markup.lines import one_line
from rules.model import BlockKind, RichText

CODE_SENTINEL = "\N{GRAVE ACCENT}\ufdd0"
"""Put before inline code and quotations when commands are searched for, so that a quoted command is not followed.

It is the mark of code in Markdown and a character code to which Unicode never assigns a character.
"""

MENTION_SENTINEL = "\ufdd1"
"""Put before and after a mention of a person when commands are searched for."""
_LEADING_MENTIONS = re.compile(rf"\A(?:{MENTION_SENTINEL}[^{MENTION_SENTINEL}]*+{MENTION_SENTINEL}[\s:,]*+)+")
"""Matches the mentions that trackers put before a reply."""
_LIST_MARK = re.compile(r"(?:[-*+\u2022\u2023\u00b7\u2013\u2014]|\d{1,3}[.)])\s+")
"""Matches the mark of a list item that a person typed, which the tracker keeps as text."""
_KINDS_WITHOUT_COMMANDS = frozenset(BlockKind) - {
    BlockKind.PARAGRAPH,
    BlockKind.HEADING,
    BlockKind.BULLET,
    BlockKind.TASK,
}
_BLANK_CHARACTERS = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0\ufffc")
"""Invisible characters that Unicode does not class as format characters."""
_FORBIDDEN_IN_XML = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def plain_text(text: RichText) -> str:
    """The text of all blocks, one block per line."""
    return "\n".join([one_line(block.text) for block in text])


def find_commands(text: RichText) -> tuple[str, ...]:
    """Return the commands in a text, except those in quotations, code, tables, links, images and struck-out lines."""
    lines = (_strip_decoration(one_line(block.text)) for block in text if block.kind not in _KINDS_WITHOUT_COMMANDS)
    commands = (line for line in map(_without_leading_mentions, lines) if _is_command(line))
    return tuple(line.replace(CODE_SENTINEL, "").replace(MENTION_SENTINEL, "") for line in commands)


def may_contain_commands(plain: str) -> bool:
    """Whether any line of a plain text looks like a command. It may still turn out to be in code or a quotation."""
    if plain.isascii() and COMMAND not in plain.lower():
        return False
    return any(
        _is_command(_strip_decoration(line)) or (line.startswith("@") and COMMAND in line.lower())
        for line in plain.split("\n")
    )


def remove_invisible(text: str) -> str:
    """Remove invisible characters, such as those that are copied together with text."""
    return "".join(character for character in text if not _is_invisible(character))


def _is_command(line: str) -> bool:
    first_word = line.split(" ", 1)[0]
    if not first_word.isascii():
        first_word = unicodedata.normalize("NFKC", remove_invisible(first_word))
    return first_word.casefold() == COMMAND


def _without_leading_mentions(line: str) -> str:
    return _strip_decoration(_LEADING_MENTIONS.sub("", line)) if MENTION_SENTINEL in line else line


def _strip_decoration(line: str) -> str:
    """Remove invisible characters, pictures such as emoji, and a list mark from the start of a line.

    The line must not begin with white space.
    """
    if not line[:1].isascii():
        visible_indexes = (
            index
            for index, character in enumerate(line)
            if not (character.isspace() or _is_invisible(character) or unicodedata.category(character) == "So")
        )
        line = line[next(visible_indexes, 0) :]
    mark = _LIST_MARK.match(line)
    return line if mark is None else line[mark.end() :]


def _is_invisible(character: str) -> bool:
    return (
        character in _BLANK_CHARACTERS or unicodedata.category(character) == "Cf" or "\ufe00" <= character <= "\ufe0f"
    )


def remove_forbidden_in_xml(line: str) -> str:
    """Remove control characters, and characters that XML does not allow, because Jira rejects or drops them.

    Tabs and line breaks, which XML allows, are removed as well: the text is part of a line.
    """
    return _FORBIDDEN_IN_XML.sub("", line)
