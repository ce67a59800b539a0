"""Finds the acceptance criteria of an item.

Looks for criteria in this order: the fields for acceptance criteria, sections with that name in the description, the
expected result of a bug, checklists, numbered criteria ("AC1: ..."), scenarios (Given, When, Then), tables of cases and
results, the question and time limit of a spike (an investigation), and checkable sentences in the rest of the text.

A title alone is not a criterion, and neither is a section that only repeats it.
"""

import re
from collections.abc import Sequence
from enum import StrEnum
from itertools import islice

from msgspec import Struct

from rules.model import BlockKind, ItemKind, WorkItem, has_unreadable_part
from rules.text.checkable_sentences import checkable_sentences, is_quotable, is_vague
from rules.text.lexicon import Lexicon, SectionKind, compile_lexicon
from rules.text.lines import NON_PROSE_KINDS, Line, split_lines
from rules.text.placeholders import is_placeholder, is_pointer
from rules.text.scenarios import find_case_table, find_scenario, is_filled_row
from rules.text.sections import BOLD_LINE_LEVEL, TextSection, split_sections
from rules.text.spikes import SpikeStatus, spike_status
from rules.text.tokens import stem_words, tokenize
from rules.text.vocabulary import LANGUAGES, Language


class CriteriaStatus(StrEnum):
    """Whether an item has acceptance criteria."""

    STATED = "stated"
    """There are criteria that can be checked, in one of the usual forms."""
    IMPLIED = "implied"
    """There are only checkable sentences in the text."""
    UNTESTABLE = "untestable"
    """There are criteria, but all are too vague to be checked."""
    POINTER = "pointer"
    """The item says that the criteria are in another place."""
    PLACEHOLDER = "placeholder"
    """There is a section or field for criteria, but it contains none yet."""
    NONE = "none"
    UNKNOWN = "unknown"
    """No criteria are stated in the readable part of the text; another part could not be read."""


class CriteriaLocation(StrEnum):
    """Where in an item the criteria were found."""

    FIELD = "field"
    SECTION = "section"
    CHECKLIST = "checklist"
    NUMBERED = "numbered"
    """In lines such as "AC1: ..."."""
    SCENARIO = "scenario"
    TABLE = "table"
    QUESTION = "question"
    """In the question and the time limit of a spike."""
    SENTENCE = "sentence"
    """In a checkable sentence outside the other locations."""
    NOWHERE = "nowhere"


class Criteria(Struct, frozen=True):
    """The criteria of an item, with the evidence.

    Attributes:
        status: Whether the item has acceptance criteria.
        location: Where they were found.
        heading: The name of the section, as the author wrote it; empty outside sections.
        span: The first line or sentence that led to the status, as written in the item; empty if none can be quoted.
        repeats_title: Whether the section only repeats the title.
        spike: Whether the item is a spike, and what it lacks. Only known if there are no criteria at all.
    """

    status: CriteriaStatus
    location: CriteriaLocation = CriteriaLocation.NOWHERE
    heading: str = ""
    span: str = ""
    repeats_title: bool = False
    spike: SpikeStatus = SpikeStatus.NOT_A_SPIKE


_MAX_SENTENCES = 20
"""The maximum number of checkable sentences of an item that are examined."""
_MAX_LINES = 1_000
"""The maximum number of lines of a section that are examined."""
_MAX_CRITERIA = 50
"""The maximum number of criteria of a section that are examined. These limits bound the time that a long log takes."""
_NO_CRITERIA = Criteria(CriteriaStatus.NONE)
_NOT_CHECKABLE = (CriteriaStatus.UNTESTABLE, CriteriaStatus.POINTER, CriteriaStatus.PLACEHOLDER)
"""The statuses of sections and fields without a checkable criterion, the one that says most first."""


def find_criteria(item: WorkItem, languages: tuple[Language, ...] = tuple(LANGUAGES)) -> Criteria:
    """Find the acceptance criteria of an item and how clear they are.

    Args:
        languages: Languages in which headings and words are recognised.
    """
    field, text = split_lines(item.criteria or ()), split_lines(item.text)
    criteria = _find_in_lines(item, field, text, compile_lexicon(languages))
    if criteria.status is not CriteriaStatus.STATED and (has_unreadable_part(field) or has_unreadable_part(text)):
        return Criteria(CriteriaStatus.UNKNOWN)
    return criteria


def _find_in_lines(item: WorkItem, field: Sequence[Line], text: Sequence[Line], lexicon: Lexicon) -> Criteria:
    """Find the criteria in the lines of an item's field for criteria and of its text.

    Stated criteria take precedence wherever they are, then a complete spike, then a section or field without a
    checkable criterion, and last checkable sentences.
    """
    title_stems = stem_words(tokenize(item.title), lexicon.stop_words)
    is_bug = item.kind is ItemKind.BUG
    content = [line for section in split_sections(field, lexicon) for line in section.lines]
    in_field = _judge_lines(content, CriteriaLocation.FIELD, "", title_stems, lexicon) if content else _NO_CRITERIA
    sections = split_sections(text, lexicon)
    in_sections = _find_in_sections(sections, title_stems, lexicon, is_bug=is_bug)
    for criteria in (in_field, in_sections, _find_without_heading(sections, lexicon)):
        if criteria.status is CriteriaStatus.STATED:
            return criteria
    spike = spike_status(item, lexicon)
    if spike is SpikeStatus.COMPLETE:
        return Criteria(CriteriaStatus.STATED, CriteriaLocation.QUESTION)
    best = min(in_field, in_sections, key=_rank_by_content)
    if best.status in _NOT_CHECKABLE:
        return best
    prose = (line for section in sections if section.kind is not SectionKind.IGNORED for line in section.lines)
    sentences = list(islice(checkable_sentences(prose, item.title, lexicon, is_bug=is_bug), _MAX_SENTENCES))
    if sentences and spike is SpikeStatus.NOT_A_SPIKE:
        quotable = (sentence for sentence in sentences if is_quotable(sentence, lexicon))
        span = next((sentence for sentence in quotable if not _repeats_title(title_stems, sentence, lexicon)), "")
        return Criteria(CriteriaStatus.IMPLIED, CriteriaLocation.SENTENCE, span=span)
    return Criteria(CriteriaStatus.NONE, spike=spike)


_MIN_TITLE_SHARE = 0.75
"""The minimum share of the title's stems in a sentence that repeats the title."""


def _repeats_title(title_stems: frozenset[str], sentence: str, lexicon: Lexicon) -> bool:
    """Whether a sentence contains most of the words in the title."""
    sentence_stems = stem_words(tokenize(sentence), lexicon.stop_words)
    return bool(title_stems) and len(title_stems & sentence_stems) >= _MIN_TITLE_SHARE * len(title_stems)


def _find_in_sections(
    sections: list[TextSection], title_stems: frozenset[str], lexicon: Lexicon, *, is_bug: bool
) -> Criteria:
    """Return the best criteria in sections named after criteria or expected results.

    A bug with steps to reproduce and an actual result needs no section for the expected result: that the bug no longer
    happens is its criterion.
    """
    best = _NO_CRITERIA
    for section in sections:
        if section.kind not in _CRITERIA_SECTIONS or _is_test_output(section) or _is_electric_current(section):
            continue
        if section.kind is SectionKind.EXPECTED:
            criteria = _judge_expected(section, lexicon)
        else:
            criteria = _judge_lines(section.lines, CriteriaLocation.SECTION, section.name, title_stems, lexicon)
        if criteria.status is CriteriaStatus.STATED:
            return criteria
        best = min(best, criteria, key=_rank_by_content)
    if is_bug:
        filled_sections = {
            section.kind: section for section in sections if any(_has_content(line, lexicon) for line in section.lines)
        }
        if SectionKind.STEPS in filled_sections and SectionKind.ACTUAL in filled_sections:
            actual = filled_sections[SectionKind.ACTUAL]
            return Criteria(CriteriaStatus.STATED, CriteriaLocation.SECTION, actual.name, actual.lines[0].text)
    return best


def _rank_by_content(criteria: Criteria) -> int:
    """Return the rank of criteria that cannot be checked: 0 for those that say most about what is wanted."""
    return _NOT_CHECKABLE.index(criteria.status) if criteria.status in _NOT_CHECKABLE else len(_NOT_CHECKABLE)


def _is_test_output(section: TextSection) -> bool:
    """Whether "expected:" comes from a failed assertion, as in "expected:<1> but was:<2>"."""
    if section.kind is not SectionKind.EXPECTED:
        return False
    text = " ".join(line.text for line in section.lines[:3]).lower()
    return text.startswith("<") or "but was" in text or "but: " in text


def _is_electric_current(section: TextSection) -> bool:
    """Whether "AC" means alternating current, as in "AC: 22 kW"."""
    first = section.lines[0].text.strip() if section.lines else ""
    return len(section.name) <= _MAX_ABBREVIATION_LENGTH and _ELECTRIC_QUANTITY.fullmatch(first) is not None


def _judge_lines(
    content: Sequence[Line], location: CriteriaLocation, name: str, title_stems: frozenset[str], lexicon: Lexicon
) -> Criteria:
    """Judge the lines in a section or field for criteria.

    Code and quotations count too, because somebody put them there. Several lines that only name routine steps say
    nothing about the item; a single one may.
    """
    content = content[:_MAX_LINES]
    meaningful_lines = list(islice((line for line in content if _has_content(line, lexicon)), _MAX_CRITERIA))
    if len(meaningful_lines) == 1 and _is_only_name(meaningful_lines[0].text):
        meaningful_lines = []
    if len(meaningful_lines) > 1 and all(_is_routine(line, lexicon) for line in meaningful_lines):
        return Criteria(CriteriaStatus.PLACEHOLDER, location, name, meaningful_lines[0].text)
    if not meaningful_lines:
        return _judge_empty(content, location, name, lexicon)
    content_stems = stem_words([word for line in meaningful_lines for word in tokenize(line.text)], lexicon.stop_words)
    if (
        content_stems
        and content_stems <= title_stems
        and not any(line.kind in NON_PROSE_KINDS for line in meaningful_lines)
    ):
        return Criteria(CriteriaStatus.PLACEHOLDER, location, name, meaningful_lines[0].text, repeats_title=True)
    if all(is_vague(line.text, lexicon) for line in meaningful_lines):
        return Criteria(CriteriaStatus.UNTESTABLE, location, name, meaningful_lines[0].text)
    return Criteria(CriteriaStatus.STATED, location, name, meaningful_lines[0].text)


def _judge_expected(section: TextSection, lexicon: Lexicon) -> Criteria:
    """Judge the expected result of a bug. One word or code can be enough."""
    line = next((line for line in section.lines if line.kind in _EXAMPLE_KINDS or _has_content(line, lexicon)), None)
    if line is None:
        return _judge_empty(section.lines, CriteriaLocation.SECTION, section.name, lexicon)
    return Criteria(CriteriaStatus.STATED, CriteriaLocation.SECTION, section.name, line.text)


def _judge_empty(content: Sequence[Line], location: CriteriaLocation, name: str, lexicon: Lexicon) -> Criteria:
    """Judge a section or field without criteria: it points to another place, or is a placeholder."""
    pointer = next((line for line in content if line.kind in _POINTER_KINDS or is_pointer(line.text, lexicon)), None)
    if pointer is not None:
        return Criteria(CriteriaStatus.POINTER, location, name, pointer.text)
    span = next((line.text for line in content if line.text), "")
    return Criteria(CriteriaStatus.PLACEHOLDER, location, name, span)


_POINTER_KINDS = frozenset({BlockKind.LINK, BlockKind.MEDIA})
"""Kinds of lines that refer to a place outside the text, as words such as "see the wiki" do."""
_EXAMPLE_KINDS = frozenset({BlockKind.CODE, BlockKind.MEDIA})
"""Kinds of lines that can be an expected result without words, such as a picture."""
_KINDS_WITHOUT_CONTENT = _POINTER_KINDS | {BlockKind.STRUCK, BlockKind.UNREADABLE}
_CRITERIA_SECTIONS = (SectionKind.CRITERIA, SectionKind.EXPECTED)
"""The kinds of sections in which criteria are looked for."""
_MAX_NAME_WORDS = 3
"""The maximum number of words in the name of a person or a feature."""
_MAX_ABBREVIATION_LENGTH = 4
"""The maximum number of characters in a section name such as "AC", which also means alternating current."""
_QUANTITY = r"[<>≤≥=~±≈]?\s*\d+(?:[.,]\d+)?\s*(?:[^\W\d_]{1,5}|[%°]C?)\.?"
_ELECTRIC_QUANTITY = re.compile(rf"{_QUANTITY}(?:\s*[/,;x×]\s*{_QUANTITY})*")
"""Matches values with units after "AC" in the sense of alternating current, such as "22 kW / 32 A"."""


def _has_content(line: Line, lexicon: Lexicon) -> bool:
    """Whether a line is more than punctuation, a heading, a placeholder, or a pointer to another place.

    A bold line counts as content if it is not the name of a section.
    """
    if line.kind in _KINDS_WITHOUT_CONTENT or (line.kind is BlockKind.HEADING and line.level < BOLD_LINE_LEVEL):
        return False
    if line.kind is BlockKind.ROW:
        return is_filled_row(line.text)
    if line.kind is BlockKind.CODE:
        return any(part.strip() and not is_placeholder(part, lexicon) for part in line.text.split("\n"))
    return not is_placeholder(line.text, lexicon) and not is_pointer(line.text, lexicon)


def _is_routine(line: Line, lexicon: Lexicon) -> bool:
    """Whether a line only names steps that are part of all work, such as "Code is reviewed"."""
    return all(
        word in lexicon.routine_words or word in lexicon.words_without_content or word.isdigit()
        for word in tokenize(line.text)
    )


def _is_only_name(text: str) -> bool:
    """Whether a line is probably only a name: a few words that all begin with a capital letter."""
    words = text.strip(" .:;,").split()
    return len(words) <= _MAX_NAME_WORDS and all(word.isalpha() and word.istitle() for word in words)


_SOME_CONTENT = r"(?:\S+(?:\s+\S+){2}|[^\x00-\u2fff]{6}).*"
"""At least three words, or six characters in a language without spaces."""
_NUMBERED_WITHOUT_SEPARATOR = re.compile(
    r"\W{0,3}(?:A/?C|AK)[ #_.-]{0,2}\d{1,2}\]?\s+(?![kMG]?[WV]h?\b|[kM]?Ah?\b(?! [^\W\d_A-Z]))"
    rf"({_SOME_CONTENT})"
)
"""A line such as "AC1 the file opens" that is not an electric quantity such as "AC 22 kW"."""
_ABBREVIATED_WITHOUT_COLON = re.compile(
    r"\W{0,3}A\. ?C\.\s+(?!\d+(?:[.,]\d+)? ?[kMGm]?[WVAH]"
    r"|(?:power|voltage|current|adapter|supply|motor|input|output|mains|unit)\b)"
    rf"({_SOME_CONTENT})"
)
"""A line such as "A.C. the file opens"."""
_NUMBERED = re.compile(r"(?<![\w-])(?:A/?C|AK|KA|CA)[ #_-]{0,2}\d{1,2}(?:\s?[:.)：–—-])+\s*(\S.*)")
"""Words such as "AC1: the file opens" anywhere in a line, also with the abbreviations of other languages."""


def _find_without_heading(sections: list[TextSection], lexicon: Lexicon) -> Criteria:
    """Find criteria in the forms that need no heading: a checklist, numbered criteria, a scenario, a table."""
    searched = [line for section in sections if section.kind is not SectionKind.IGNORED for line in section.lines]
    for line in searched:
        if line.kind is BlockKind.TASK and _has_content(line, lexicon) and not _is_routine(line, lexicon):
            return Criteria(CriteriaStatus.STATED, CriteriaLocation.CHECKLIST, span=line.text)
    author_lines = [line for line in searched if line.kind not in NON_PROSE_KINDS]
    for line in author_lines:
        numbered_criterion = (
            _NUMBERED.search(line.text)
            or _NUMBERED_WITHOUT_SEPARATOR.match(line.text)
            or _ABBREVIATED_WITHOUT_COLON.match(line.text)
        )
        if numbered_criterion and not is_placeholder(numbered_criterion[1], lexicon):
            return Criteria(CriteriaStatus.STATED, CriteriaLocation.NUMBERED, span=numbered_criterion[0])
    scenario_lines = [line for line in author_lines if line.kind is not BlockKind.ROW or is_filled_row(line.text)]
    for lines in (scenario_lines, *(_split_feature(line) for line in searched if line.kind is BlockKind.CODE)):
        if span := find_scenario(lines, lexicon):
            return Criteria(CriteriaStatus.STATED, CriteriaLocation.SCENARIO, span=span)
    if span := find_case_table(author_lines):
        return Criteria(CriteriaStatus.STATED, CriteriaLocation.TABLE, span=span)
    return _NO_CRITERIA


_FEATURE = re.compile(
    r"\s*(?:@\w+\s+)*(?:Feature|Scenario|Funktionalität|Szenario|Fonctionnalité|Scénario|Escenario)\b"
)
"""Matches the beginning of code that is a feature in Gherkin (cucumber.io/docs/gherkin/languages)."""


def _split_feature(line: Line) -> tuple[Line, ...]:
    """Return the lines of code that is a feature in Gherkin; no lines for any other code."""
    if not _FEATURE.match(line.text):
        return ()
    return tuple(Line(BlockKind.PARAGRAPH, part) for part in line.text.split("\n")[:_MAX_LINES])
