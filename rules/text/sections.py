"""Splits a text into its sections.

A section name counts wherever people put it: as a heading, on its own line, before a colon, in a bullet above others.
"""

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct, field

from rules.model import BlockKind
from rules.text.lexicon import Lexicon, SectionKind
from rules.text.lines import OPAQUE, Line
from rules.text.tokens import spans, tokens

_LONGEST_NAME = 8
"""Words in "acceptance criteria for the new export of orders" and its like."""

_LONGEST_HEAD = 90
"""Letters of such a name; a longer line is a sentence."""

_SHORT = 3
"""Letters of a short form such as "AC", which may be qualified like the full name."""

_QUALIFIERS = frozenset(
    {"for", "of", "draft", "optional", "für", "zu", "pour", "para", "voor", "per", "di", "do", "da"}
)


BOLD = 7
"""From this level on a heading is only a bold line: without a known name it may as well be content."""


class TextSection(Struct):
    """One section of a text.

    Attributes:
        kind: What it is about; None if it has no heading, or an unknown one.
        name: Its heading as the author wrote it.
        heading: The level of its heading; 0 if its name is not marked as one.
        lines: Its content.
    """

    kind: SectionKind | None
    name: str = ""
    heading: int = 0
    lines: list[Line] = field(default_factory=list)


def split_sections(text: Sequence[Line], lexicon: Lexicon) -> list[TextSection]:
    """Split a text into sections, in order. The first one is whatever comes before any section name."""
    sections = [TextSection(None)]
    for line in _split_inline_headings(text, lexicon):
        current = sections[-1]
        name = None if line.kind in OPAQUE else section_name(line, lexicon)
        deeper = line.kind is BlockKind.HEADING and 0 < current.heading < line.level
        if name and not (deeper and name[0] is SectionKind.ELSEWHERE):
            kind, heading, rest = name
            sections.append(TextSection(kind, heading, line.level if line.kind is BlockKind.HEADING else 0))
            if rest:
                sections[-1].lines.append(Line(BlockKind.PARAGRAPH, rest))
        elif line.kind is BlockKind.HEADING and not deeper and line.level < BOLD:
            sections.append(TextSection(None, line.text, line.level))
        else:
            current.lines.append(line)
    return sections


def section_name(line: Line, lexicon: Lexicon) -> tuple[SectionKind, str, str] | None:
    """The section a line starts: its kind, its name as written, and the rest of the line; None if it starts none."""
    if line.kind is BlockKind.ROW:
        return None
    text = line.text
    for mark in (":", "：", " - ", " – ", " — "):
        if mark in text or mark == ":":
            head, _, rest = text.partition(mark)
            if len(head) <= _LONGEST_HEAD and (found := _kind_of_heading(head, lexicon)):
                return found, head.strip(" *#-\t"), rest.strip()
    return _merged_heading(line, lexicon) if line.kind is BlockKind.HEADING else None


_FIRST_WORD = re.compile(r"[^\W\d_]+")


def _kind_of_heading(head: str, lexicon: Lexicon) -> SectionKind | None:
    first = _FIRST_WORD.search(head)
    if first is None or first[0].lower() not in lexicon.openings:
        return None
    words = tokens(head)
    if words[0].isdigit():
        words = words[1:]
    if not 0 < len(words) <= _LONGEST_NAME + 2:
        return None
    if section := lexicon.sections.get(" ".join(words)) or lexicon.sections.get(
        " ".join(tokens(_without_remark(head)))
    ):
        return section
    for length in range(min(4, len(words) - 1), 0, -1):
        name = " ".join(words[:length])
        qualified = words[length] in _QUALIFIERS or f"{words[length - 1]} (" in head.lower()
        if qualified and (
            name in lexicon.strong or (len(name) <= _SHORT and lexicon.sections.get(name) is SectionKind.CRITERIA)
        ):
            return SectionKind.CRITERIA
    return None


_REMARK = re.compile(r"\([^()]*\)")


def _without_remark(head: str) -> str:
    """A name without a remark in brackets: "Pending issues (another time?)"."""
    return _REMARK.sub(" ", head)


_NOT_A_SECTION = ("test", "suite", "template", "environment", "format", "field")


def _merged_heading(line: Line, lexicon: Lexicon) -> tuple[SectionKind, str, str] | None:
    """A heading that lost the line end behind its name: "Acceptance criteria The user sees ..."."""
    words = spans(line.text)
    for name in lexicon.strong:
        length = name.count(" ") + 1
        if len(words) > length and " ".join(word for word, _ in words[:length]) == name:
            if words[length][0].startswith(_NOT_A_SECTION):
                return None
            end = words[length - 1][1]
            return SectionKind.CRITERIA, line.text[:end].strip(), line.text[end:].strip()
    return None


def _split_inline_headings(text: Sequence[Line], lexicon: Lexicon) -> Iterator[Line]:
    """Lines, cut again where a name stands in the middle of one."""
    for line in text:
        if ":" not in line.text or line.kind in OPAQUE or line.kind is BlockKind.ROW:
            yield line
            continue
        start = 0
        for name in lexicon.inline.finditer(line.text):
            if before := line.text[start : name.start()].strip():
                yield Line(line.kind if start == 0 else BlockKind.PARAGRAPH, before, line.level if start == 0 else 0)
            start = name.start()
        if start == 0:
            yield line
        else:
            yield Line(BlockKind.PARAGRAPH, line.text[start:].strip())
