"""Splits a text into its sections.

A section name is the text of a heading, or known words such as "Acceptance criteria" in a line or bullet of their own,
before a colon, or in a table cell.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from itertools import groupby
from typing import NamedTuple

from msgspec import Struct, field

from rules.model import BlockKind
from rules.text.lexicon import FIRST_UNSPACED_CHARACTER, Lexicon, SectionKind
from rules.text.lines import NON_PROSE_KINDS, Line
from rules.text.tokens import first_word, tokenize, tokenize_with_ends
from rules.text.vocabulary.vocabulary import phrases

_MAX_NAME_WORDS = 10
"""The maximum number of words in a section name such as "acceptance criteria for the new export of orders"."""

_MAX_NAME_CHARACTERS = 90
"""The maximum number of characters in a section name; a longer line is a sentence."""

_MAX_ABBREVIATION_LETTERS = 3
"""The maximum number of letters in an abbreviation, such as "AC", that details may follow like a full name."""

_PREPOSITIONS_AND_REMARKS = frozenset(phrases("for, of, draft, optional, für, zu, pour, para, voor, per, di, do, da"))
"""Words after the name of criteria in a section name that is about a part of them, as in "acceptance criteria for the
export", or says how final they are, as in "acceptance criteria draft"."""
_MAX_OTHER_WORDS = 5
"""The maximum number of words beside a name of criteria, as in "requirements & acceptance criteria". For a name that
is only recognised as a whole line or before a colon (`Vocabulary.headings_only`), its own words count too."""

_MIN_MISSPELLED_LETTERS, _MAX_MISSPELLED_LETTERS = 12, 32
"""The lengths of texts that can be a misspelled name: shorter ones are similar to too many other words."""
_MAX_LENGTH_DIFFERENCE = 2
"""The maximum number of letters that a misspelled name has too many or too few."""
_MIN_SIMILARITY = 0.91
"""The minimum similarity of a misspelled name to a known one, from 0 to 1, as `difflib` computes it. It allows one or
two wrong letters."""

_WORDS_NOT_IN_NAMES = frozenset(
    phrases("""
        keine, ohne, fehlende, siehe, sans, sin, sem, senza, zonder, brak, bez, ver, voir, vedi, zie, template, suite,
        environment, format, field, see, no, not, missing, without, lacks, add, update, write, define, review, discuss,
        clarify, all, meets, meet, met, fulfil, fulfill, fulfills, satisfy, fix, change, check, needs, need
    """)
)
"""Words with which a line says something about the criteria, as in "see acceptance criteria", instead of naming
them."""

_MIN_UNSPACED_SENTENCE = 8
"""The minimum number of characters in a table cell that says something, in a language without spaces."""
BOLD_LINE_LEVEL = 7
"""The level of headings that are only bold lines; real headings have the levels 1 to 6.

A bold line that is not a known section name counts as content.
"""


class TextSection(Struct):
    """One section of a text.

    Attributes:
        kind: What it is about; None if it has no name, or an unknown one. OTHER is a known name for anything else.
        heading_level: The level of its heading, from 1; 0 if its name is not in a heading.
    """

    kind: SectionKind | None
    name: str = ""
    heading_level: int = 0
    lines: list[Line] = field(default_factory=list)


def split_sections(text: Sequence[Line], lexicon: Lexicon) -> list[TextSection]:
    """Split a text into sections, in order. The first one is the text before any section name."""
    sections = [TextSection(None)]
    for is_table, lines in groupby(_split_inline_headings(text, lexicon), key=lambda line: line.kind is BlockKind.ROW):
        if is_table:
            _add_table(lines, sections, lexicon)
            continue
        for line in lines:
            current = sections[-1]
            # Lines of the kinds in `NON_PROSE_KINDS`, such as code and quotations, are not the author's own sentences.
            start = None if line.kind in NON_PROSE_KINDS else parse_section_start(line, lexicon)
            is_subheading = line.kind is BlockKind.HEADING and 0 < current.heading_level < line.level
            if start and not (is_subheading and start.kind is SectionKind.OTHER):
                level = line.level if line.kind is BlockKind.HEADING else 0
                sections.append(TextSection(start.kind, start.name, level))
                if start.content:
                    sections[-1].lines.append(Line(BlockKind.PARAGRAPH, start.content))
            elif line.kind is BlockKind.HEADING and not is_subheading and line.level < BOLD_LINE_LEVEL:
                sections.append(TextSection(None, line.text, line.level))
            else:
                current.lines.append(line)
    return sections


def _add_table(rows: Iterable[Line], sections: list[TextSection], lexicon: Lexicon) -> None:
    """Add the rows of a table to the sections.

    Criteria can be in the column below a header cell that names them, or in the cells beside a label. A label in the
    first column can also name the expected result. All other rows belong to the section before them.
    """
    column: int | None = None
    for number, row in enumerate(rows):
        cells = [cell.strip() for cell in row.text.split(" | ")]
        if column is not None:
            sections[-1].lines += [Line(BlockKind.PARAGRAPH, cell) for cell in cells[column : column + 1] if cell]
            continue
        kinds = [_find_section_kind(cell, lexicon) if len(cell) <= _MAX_NAME_CHARACTERS else None for cell in cells]
        index = kinds.index(SectionKind.CRITERIA) if SectionKind.CRITERIA in kinds else 0
        other_cells = [cell for cell in cells[index + 1 :] if cell]
        # A name in the first column is a label beside criteria, or the header of a column above them.
        is_label = index == 0 and (number > 0 or any(_is_sentence(cell) for cell in other_cells))
        if kinds[index] is not SectionKind.CRITERIA and not (is_label and kinds[0] is SectionKind.EXPECTED):
            sections[-1].lines.append(row)
            continue
        sections.append(TextSection(kinds[index], cells[index].strip(" *:：")))
        if is_label:
            sections[-1].lines += [Line(BlockKind.PARAGRAPH, cell) for cell in other_cells]
            sections.append(TextSection(None))
        else:
            column = index
    if column is not None:
        sections.append(TextSection(None))


def _is_sentence(cell: str) -> bool:
    """Whether a table cell says something, in contrast to the name of a column."""
    return cell.count(" ") > 1 or (cell[-1] >= FIRST_UNSPACED_CHARACTER and len(cell) >= _MIN_UNSPACED_SENTENCE)


class SectionStart(NamedTuple):
    """A section name at the start of a line.

    Attributes:
        kind: What the section is about.
        content: The rest of the line, which is the first content of the section; empty if there is none.
    """

    kind: SectionKind
    name: str
    content: str


def parse_section_start(line: Line, lexicon: Lexicon) -> SectionStart | None:
    """Parse the section name at the start of a line; None if the line does not begin with one."""
    text = line.text
    is_heading = line.kind is BlockKind.HEADING
    for separator in (":", "：", " - ", " – ", " — ", " = ", ";"):
        # The colon is always tried, because a line without any separator may be a name as a whole.
        if separator in text or separator == ":":
            name, _, content = text.partition(separator)
            if len(name) <= _MAX_NAME_CHARACTERS and (kind := _find_section_kind(name, lexicon, is_heading=is_heading)):
                # "AC1: The file opens" is a criterion in a section, and not the start of one.
                is_numbered = kind is SectionKind.CRITERIA and name.rstrip(" *")[-1:].isdigit()
                is_one_criterion = is_numbered and (
                    _NUMBERED_NAME.fullmatch(name.strip(" *")) if content.strip() else line.kind is BlockKind.BULLET
                )
                return None if is_one_criterion else SectionStart(kind, name.strip(" *#-\t"), content.strip())
    return _parse_done_when(text, lexicon) or (_parse_merged_heading(line, lexicon) if is_heading else None)


def _parse_done_when(text: str, lexicon: Lexicon) -> SectionStart | None:
    """Parse a sentence that says when the item is done, such as "Done when the file opens"."""
    if first_word(text) not in lexicon.done_when.first_words:
        return None
    words = tokenize_with_ends(text[:_MAX_NAME_CHARACTERS])
    length = lexicon.done_when.match([word for word, _ in words])
    if not length or length + 1 >= len(words):
        return None
    end = words[length - 1][1]
    return SectionStart(SectionKind.CRITERIA, text[:end], text[end:].strip(" :,-"))


_NUMBERED_NAME = re.compile(r"(?:ac|ak|ca|ka)[#_ .-]{0,2}\d{1,2}", re.IGNORECASE)
"""The abbreviation of "acceptance criterion" in several languages with a number, such as "AC1"."""
_JOINING_CHARACTER = re.compile(r"[/&+]")
_CONJUNCTION = re.compile(
    r"\s*[&/+,＆・、]\s*|\s+(?:and|or|und|oder|et|ou|y|o|e|en|of|i|oraz)\s+|と|和|与|及び|及", re.IGNORECASE
)


def _find_section_kind(name: str, lexicon: Lexicon, *, is_heading: bool = False) -> SectionKind | None:
    """Return the kind of section that has this name; None if it is not a known name.

    Args:
        is_heading: Whether it is the text of a heading, in which more unknown words are accepted.
    """
    words = tokenize(name)
    if words and words[0].isdigit():
        words = words[1:]
    if not 0 < len(words) <= _MAX_NAME_WORDS:
        return None
    if section := lexicon.sections.get(" ".join(words)):
        return section
    if words[-1].isdigit() and lexicon.sections.get(" ".join(words[:-1])) is SectionKind.CRITERIA:
        return SectionKind.CRITERIA
    if first_word(name) in lexicon.section_first_words:
        if section := lexicon.sections.get(" ".join(tokenize(_REMARK.sub(" ", name)))):
            return section
        if _NUMBERED_NAME.fullmatch(name.strip(" *")) or _has_details(name, words, lexicon):
            return SectionKind.CRITERIA
    return SectionKind.CRITERIA if _contains_criteria_name(name, words, lexicon, is_heading=is_heading) else None


_MAX_KNOWN_NAME_WORDS = 4
"""The maximum number of words in a known name that details may follow."""


def _has_details(name: str, words: list[str], lexicon: Lexicon) -> bool:
    """Whether a name of criteria is followed by details: "acceptance criteria for the export", "AC (draft)"."""
    for length in range(min(_MAX_KNOWN_NAME_WORDS, len(words) - 1), 0, -1):
        known_name = " ".join(words[:length])
        has_details = words[length] in _PREPOSITIONS_AND_REMARKS or f"{words[length - 1]} (" in name.lower()
        if has_details and (
            known_name in lexicon.criteria_names
            or (
                len(known_name) <= _MAX_ABBREVIATION_LETTERS
                and lexicon.sections.get(known_name) is SectionKind.CRITERIA
            )
        ):
            return True
    return False


def _contains_criteria_name(text: str, words: list[str], lexicon: Lexicon, *, is_heading: bool) -> bool:
    """Whether a text contains a name of criteria, beside others ("goals & acceptance criteria") or misspelled."""
    if "/" in text:
        words = tokenize(_JOINING_CHARACTER.sub(" ", text))
    joined = " ".join(words)
    if not lexicon.criteria_name_keys.isdisjoint(words):
        for name in lexicon.criteria_names:
            before, found, after = f" {joined} ".partition(f" {name} ")
            if found:
                max_unknown = is_heading + (_CONJUNCTION.search(text) is not None)
                return _may_be_beside_name([*before.split(), *after.split()], max_unknown, lexicon)
    may_contain_name = joined[-1] >= FIRST_UNSPACED_CHARACTER or not lexicon.criteria_words.isdisjoint(words)
    if may_contain_name and len(words) <= _MAX_OTHER_WORDS:
        parts = [tokenize(part) for part in _CONJUNCTION.split(text.strip(" *"))]
        kinds = [lexicon.sections.get(" ".join(part)) for part in parts]
        if len(parts) > 1 and SectionKind.CRITERIA in kinds:
            return is_heading or all(
                kind or lexicon.qualifiers.issuperset(part) for kind, part in zip(kinds, parts, strict=True)
            )
    return _is_misspelled(joined, lexicon)


def _may_be_beside_name(words: list[str], max_unknown: int, lexicon: Lexicon) -> bool:
    """Whether words may be beside a name of criteria: known qualifiers, and at most `max_unknown` other words."""
    unknown = [word for word in words if word not in lexicon.qualifiers and not word.isdigit()]
    return len(words) <= _MAX_OTHER_WORDS and _WORDS_NOT_IN_NAMES.isdisjoint(words) and len(unknown) <= max_unknown


def _is_misspelled(joined: str, lexicon: Lexicon) -> bool:
    """Whether words in lower case, joined by spaces, are a name of criteria with a spelling mistake."""
    if not _MIN_MISSPELLED_LETTERS <= len(joined) <= _MAX_MISSPELLED_LETTERS:
        return False
    names = [
        name
        for name in lexicon.criteria_names_by_start.get(joined[:2], ())
        if abs(len(name) - len(joined)) <= _MAX_LENGTH_DIFFERENCE
    ]
    return bool(names and get_close_matches(joined, names, n=1, cutoff=_MIN_SIMILARITY))


_REMARK = re.compile(r"[(（][^()（）]*[)）]")
"""Matches a remark in brackets, as in "Pending issues (another time?)"."""
_WORDS_NOT_AFTER_MERGED_NAME = phrases("test, suite, template, environment, format, field, not, are, is, missing, need")
"""Beginnings of words after which a heading is a sentence about criteria, such as "Acceptance criteria are missing"."""


def _parse_merged_heading(line: Line, lexicon: Lexicon) -> SectionStart | None:
    """Parse a heading that lost the line end after its name, such as "Acceptance criteria The user sees ..."."""
    words = tokenize_with_ends(line.text)
    joined = " ".join(word for word, _ in words)
    for name in lexicon.criteria_names:
        if joined.startswith(f"{name} "):
            length = name.count(" ") + 1
            if words[length][0].startswith(_WORDS_NOT_AFTER_MERGED_NAME):
                return None
            end = words[length - 1][1]
            return SectionStart(SectionKind.CRITERIA, line.text[:end].strip(), line.text[end:].strip())
    return None


def _split_inline_headings(text: Sequence[Line], lexicon: Lexicon) -> Iterator[Line]:
    """Split lines before each name of criteria in the middle of a line, with a colon after it."""
    for line in text:
        if ":" not in line.text or line.kind in NON_PROSE_KINDS or line.kind is BlockKind.ROW:
            yield line
            continue
        start = 0
        for name in lexicon.inline_criteria_name.finditer(line.text):
            if before := line.text[start : name.start()].strip():
                yield Line(line.kind if start == 0 else BlockKind.PARAGRAPH, before, line.level if start == 0 else 0)
            start = name.start()
        if start == 0:
            yield line
        else:
            yield Line(BlockKind.PARAGRAPH, line.text[start:].strip())
