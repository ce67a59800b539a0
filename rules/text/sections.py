"""Splits a text into its sections.

A section name is recognized as a heading, on a line of its own, before a colon, and in a bullet above other bullets.
"""

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from msgspec import Struct, field

from rules.model import BlockKind
from rules.text.lexicon import FIRST_UNSPACED_CHARACTER, Lexicon, SectionKind
from rules.text.lines import OPAQUE, Line
from rules.text.tokens import tokenize, tokenize_with_ends
from rules.text.vocabulary.vocabulary import phrases

_MAX_NAME_WORDS = 8
"""Words of a section name, such as "acceptance criteria for the new export of orders"."""

_MAX_NAME_CHARACTERS = 90
"""Characters of a section name; a longer line is a sentence."""

_MAX_ABBREVIATION_LETTERS = 3
"""Letters of an abbreviation such as "AC", which may be qualified like the full name."""

_QUALIFIERS = frozenset(phrases("for, of, draft, optional, für, zu, pour, para, voor, per, di, do, da"))
_MAX_OTHER_WORDS = 5
"""Words beside a name of criteria: "requirements & acceptance criteria"."""

_MIN_MISSPELLED_LETTERS, _MAX_MISSPELLED_LETTERS = 12, 32
_MAX_LENGTH_DIFFERENCE = 2
"""Letters that a misspelled name may have too many or too few."""
_MIN_SIMILARITY = 0.91
"""Least similarity of a misspelled name to a known one, from 0 to 1."""

_NOT_IN_NAMES = frozenset(
    phrases("""
    keine, ohne, fehlende, siehe, sans, sin, sem, senza, zonder, brak, bez, ver, voir, vedi, zie, template, suite,
    environment, format, field, see, no, not, missing, without, lacks, add, update, write, define, review, discuss,
    clarify, all, meets, meet, met, fulfil, fulfill, fulfills, satisfy, fix, change, check, needs, need
""")
)


BOLD = 7
"""The level of headings that are only bold lines. Without a known name, such a line counts as content."""


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
    """Split a text into sections, in order. The first one is the text before any section name."""
    sections = [TextSection(None)]
    table = _CriteriaTable()
    for line in _split_inline_headings(text, lexicon):
        if table.add_row(line, sections, lexicon):
            continue
        current = sections[-1]
        name = None if line.kind in OPAQUE else section_name(line, lexicon)
        deeper = line.kind is BlockKind.HEADING and 0 < current.heading < line.level
        if name and not (deeper and name[0] is SectionKind.OTHER):
            kind, heading, rest = name
            sections.append(TextSection(kind, heading, line.level if line.kind is BlockKind.HEADING else 0))
            if rest:
                sections[-1].lines.append(Line(BlockKind.PARAGRAPH, rest))
        elif line.kind is BlockKind.HEADING and not deeper and line.level < BOLD:
            sections.append(TextSection(None, line.text, line.level))
        else:
            current.lines.append(line)
    return sections


class _CriteriaTable:
    """Criteria in a table: in the column below a header cell that names them, or in the cells beside a label."""

    def __init__(self) -> None:
        self._column: int | None = None
        self._is_in_table = False

    def add_row(self, line: Line, sections: list[TextSection], lexicon: Lexicon) -> bool:
        """Add a table row to the section of criteria that it belongs to; return whether it belongs to one."""
        if line.kind is not BlockKind.ROW:
            if self._column is not None:
                sections.append(TextSection(None))
            self._column, self._is_in_table = None, False
            return False
        cells = [cell.strip() for cell in line.text.split(" | ")]
        is_first_row, self._is_in_table = not self._is_in_table, True
        if self._column is not None:
            sections[-1].lines += [
                Line(BlockKind.PARAGRAPH, cell) for cell in cells[self._column : self._column + 1] if cell
            ]
            return True
        kinds = [_kind_of_heading(cell, lexicon) if len(cell) <= _MAX_NAME_CHARACTERS else None for cell in cells]
        if SectionKind.CRITERIA not in kinds and kinds[0] is not SectionKind.EXPECTED:
            return False
        index = kinds.index(SectionKind.CRITERIA) if SectionKind.CRITERIA in kinds else 0
        other_cells = [cell for cell in cells[index + 1 :] if cell]
        is_label = index == 0 and (not is_first_row or any(cell.count(" ") > 1 for cell in other_cells))
        if not is_label and kinds[index] is not SectionKind.CRITERIA:
            return False
        sections.append(TextSection(kinds[index], cells[index].strip(" *:：")))
        if is_label:
            sections[-1].lines += [Line(BlockKind.PARAGRAPH, cell) for cell in other_cells]
            sections.append(TextSection(None))
        else:
            self._column = index
        return True


def section_name(line: Line, lexicon: Lexicon) -> tuple[SectionKind, str, str] | None:
    """The section a line starts: its kind, its name as written, and the rest of the line; None if it starts none."""
    if line.kind is BlockKind.ROW:
        return None
    text = line.text
    is_heading = line.kind is BlockKind.HEADING
    for separator in (":", "：", " - ", " – ", " — ", " = ", ";"):
        if separator in text or separator == ":":
            head, _, rest = text.partition(separator)
            if len(head) <= _MAX_NAME_CHARACTERS and (kind := _kind_of_heading(head, lexicon, is_heading=is_heading)):
                is_numbered = kind is SectionKind.CRITERIA and head.rstrip(" *")[-1:].isdigit()
                if is_numbered and (
                    line.kind is BlockKind.BULLET if not rest.strip() else _NUMBERED_NAME.fullmatch(head.strip(" *"))
                ):
                    return None
                return kind, head.strip(" *#-\t"), rest.strip()
    return _parse_done_when(text, lexicon) or (_parse_merged_heading(line, lexicon) if is_heading else None)


def _parse_done_when(text: str, lexicon: Lexicon) -> tuple[SectionKind, str, str] | None:
    """Parse a sentence that says when the item is done, such as "Done when the file opens"."""
    first = _FIRST_WORD.search(text)
    if first is None or first[0].lower() not in lexicon.done_when.first_words:
        return None
    words = tokenize_with_ends(text[:_MAX_NAME_CHARACTERS])
    length = lexicon.done_when.match([word for word, _ in words])
    if not length or length + 1 >= len(words):
        return None
    end = words[length - 1][1]
    return SectionKind.CRITERIA, text[:end], text[end:].strip(" :,-")


_FIRST_WORD = re.compile(r"[^\W\d_]+")
_NUMBERED_NAME = re.compile(r"(?:ac|ak|ca|ka)[#_ .-]{0,2}\d{1,2}", re.IGNORECASE)
_SLASHES = re.compile(r"[/&+]")
_JOINED = re.compile(
    r"\s*[&/+,＆・、]\s*|\s+(?:and|or|und|oder|et|ou|y|o|e|en|of|i|oraz)\s+|と|和|与|及び|及", re.IGNORECASE
)


def _kind_of_heading(head: str, lexicon: Lexicon, *, is_heading: bool = False) -> SectionKind | None:
    first = _FIRST_WORD.search(head)
    if first is None:
        return None
    words = tokenize(head)
    if words[0].isdigit():
        words = words[1:]
    if not 0 < len(words) <= _MAX_NAME_WORDS + 2:
        return None
    if len(words) > 1 and words[-1].isdigit() and lexicon.sections.get(" ".join(words[:-1])) is SectionKind.CRITERIA:
        return SectionKind.CRITERIA
    if first[0].lower() in lexicon.openings:
        if section := lexicon.sections.get(" ".join(words)) or lexicon.sections.get(
            " ".join(tokenize(_without_remark(head)))
        ):
            return section
        if _NUMBERED_NAME.fullmatch(head.strip(" *")) or _is_qualified(head, words, lexicon):
            return SectionKind.CRITERIA
    return SectionKind.CRITERIA if _names_criteria(head, words, lexicon, is_heading=is_heading) else None


def _is_qualified(head: str, words: list[str], lexicon: Lexicon) -> bool:
    """Whether a heading begins with a name of criteria: "acceptance criteria for the export", "AC (draft)"."""
    for length in range(min(4, len(words) - 1), 0, -1):
        name = " ".join(words[:length])
        is_qualified = words[length] in _QUALIFIERS or f"{words[length - 1]} (" in head.lower()
        if is_qualified and (
            name in lexicon.strong
            or (len(name) <= _MAX_ABBREVIATION_LETTERS and lexicon.sections.get(name) is SectionKind.CRITERIA)
        ):
            return True
    return False


def _names_criteria(head: str, words: list[str], lexicon: Lexicon, *, is_heading: bool) -> bool:
    """Whether a heading names criteria among other words, as in "requirements & acceptance criteria", or misspelled."""
    words = tokenize(_SLASHES.sub(" ", head)) if "/" in head else words
    joined = " ".join(words)
    if lexicon.strong_words.isdisjoint(words):
        if lexicon.criteria_words.isdisjoint(words) and joined[-1] < FIRST_UNSPACED_CHARACTER:
            return _is_misspelled(joined, lexicon)
        parts = _JOINED.split(head.strip(" *")) if len(words) <= _MAX_OTHER_WORDS else []
        if len(parts) > 1 and any(
            lexicon.sections.get(" ".join(tokenize(part))) is SectionKind.CRITERIA for part in parts
        ):
            return is_heading or all(_is_familiar(part, lexicon) for part in parts)
        return _is_misspelled(joined, lexicon)
    name = next((name for name in lexicon.strong if f" {name} " in f" {joined} "), None)
    if name is None:
        return _is_misspelled(joined, lexicon)
    others = f" {joined} ".replace(f" {name} ", " ", 1).split()
    unknown = [word for word in others if word not in lexicon.qualifiers and not word.isdigit()]
    if len(others) > _MAX_OTHER_WORDS or not _NOT_IN_NAMES.isdisjoint(others):
        return False
    return (
        not unknown
        or (len(unknown) <= (2 if is_heading else 1) and _JOINED.search(head) is not None)
        or (is_heading and len(unknown) == 1)
    )


def _is_familiar(part: str, lexicon: Lexicon) -> bool:
    words = tokenize(part)
    return " ".join(words) in lexicon.sections or all(word in lexicon.qualifiers for word in words)


def _is_misspelled(joined: str, lexicon: Lexicon) -> bool:
    if not _MIN_MISSPELLED_LETTERS <= len(joined) <= _MAX_MISSPELLED_LETTERS:
        return False
    names = [
        name
        for name in lexicon.strong_by_start.get(joined[:2], ())
        if abs(len(name) - len(joined)) <= _MAX_LENGTH_DIFFERENCE
    ]
    return bool(names and get_close_matches(joined, names, n=1, cutoff=_MIN_SIMILARITY))


_REMARK = re.compile(r"\([^()]*\)")


def _without_remark(head: str) -> str:
    """Remove a remark in brackets, as in "Pending issues (another time?)"."""
    return _REMARK.sub(" ", head)


_NOT_AFTER_MERGED_NAME = (
    "test",
    "suite",
    "template",
    "environment",
    "format",
    "field",
    "not",
    "are",
    "is",
    "missing",
    "need",
)


def _parse_merged_heading(line: Line, lexicon: Lexicon) -> tuple[SectionKind, str, str] | None:
    """Parse a heading without a line end after its name, such as "Acceptance criteria The user sees ..."."""
    words = tokenize_with_ends(line.text)
    for name in lexicon.strong:
        length = name.count(" ") + 1
        if len(words) > length and " ".join(word for word, _ in words[:length]) == name:
            if words[length][0].startswith(_NOT_AFTER_MERGED_NAME):
                return None
            end = words[length - 1][1]
            return SectionKind.CRITERIA, line.text[:end].strip(), line.text[end:].strip()
    return None


def _split_inline_headings(text: Sequence[Line], lexicon: Lexicon) -> Iterator[Line]:
    """Split lines before section names in the middle of a line."""
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
