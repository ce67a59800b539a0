"""Finds the acceptance criteria of an item.

Looks, in this order, at: the fields kept for acceptance criteria, sections named so in the description, the expected
outcome of a bug, checklists, numbered criteria ("AC1: ..."), scenarios, rule tables, the question and time limit of an
spike, and finally checkable sentences that nobody called criteria.

A title alone is no criterion, and neither is a section that only repeats it.
"""

import re
from collections.abc import Sequence
from enum import StrEnum
from itertools import islice

from msgspec import Struct

from rules.model import BlockKind, ItemKind, WorkItem, has_unreadable_part
from rules.text.checkable_sentences import checkable_sentences, is_quotable, is_vague
from rules.text.lexicon import Lexicon, SectionKind, compile_lexicon
from rules.text.lines import OPAQUE, Line, split_lines
from rules.text.placeholders import EmptyReason, empty_reason, is_placeholder
from rules.text.scenarios import find_rule_table, find_scenario
from rules.text.sections import BOLD, TextSection, split_sections
from rules.text.spikes import SpikeStatus, spike_status
from rules.text.tokens import stem_words, tokenize
from rules.text.vocabulary import LANGUAGES, Language


class CriteriaStatus(StrEnum):
    """Whether an item has acceptance criteria."""

    STATED = "stated"
    IMPLIED = "implied"
    UNTESTABLE = "untestable"
    """There are some, and nobody else could check them."""
    POINTER = "pointer"
    """They are said to be somewhere else."""
    PLACEHOLDER = "placeholder"
    NONE = "none"
    UNKNOWN = "unknown"
    """None were found in the part of the text that could be read."""


class CriteriaLocation(StrEnum):
    """Where in an item the criteria were found."""

    FIELD = "field"
    SECTION = "section"
    CHECKLIST = "checklist"
    NUMBERED = "numbered"
    SCENARIO = "scenario"
    TABLE = "table"
    QUESTION = "question"
    SENTENCE = "sentence"
    NOWHERE = "nowhere"


class Criteria(Struct, frozen=True):
    """The criteria of an item, with the evidence.

    Attributes:
        verdict: What the item says about when it is done.
        location: Where they were found.
        heading: The name of the section, as the author wrote it.
        span: The first words that led to the verdict, as they stand in the item; empty if there are none that can be
            quoted.
        repeats_title: Whether the section only repeats the title.
        investigation: What the item lacks where it is an investigation and says nothing else.
    """

    status: CriteriaStatus
    location: CriteriaLocation = CriteriaLocation.NOWHERE
    heading: str = ""
    span: str = ""
    repeats_title: bool = False
    spike: SpikeStatus = SpikeStatus.NOT_ONE


_MOST_SENTENCES = 20
_MOST_LINES = 1_000
_MOST_CRITERIA = 50
"""What is looked at: enough to know whether criteria are stated."""
_NOTHING = Criteria(CriteriaStatus.NONE)
_EMPTY_HANDED = (CriteriaStatus.UNTESTABLE, CriteriaStatus.POINTER, CriteriaStatus.PLACEHOLDER)


def find_criteria(item: WorkItem, languages: tuple[Language, ...] = tuple(LANGUAGES)) -> Criteria:
    """Find the acceptance criteria of an item and how clear they are.

    Args:
        item: The item; its kind decides which parts of a bug report count, its type whether it is a spike.
        languages: Languages in which headings and words are recognised.
    """
    field, text = split_lines(item.criteria or ()), split_lines(item.text)
    criteria = _find(item, field, text, compile_lexicon(languages))
    if criteria.status is not CriteriaStatus.STATED and (has_unreadable_part(field) or has_unreadable_part(text)):
        return Criteria(CriteriaStatus.UNKNOWN)
    return criteria


def _find(item: WorkItem, field: Sequence[Line], text: Sequence[Line], lexicon: Lexicon) -> Criteria:
    title = stem_words(tokenize(item.title), lexicon.stop_words)
    is_bug = item.kind is ItemKind.BUG
    in_field = _in_field(field, title, lexicon)
    sections = split_sections(text, lexicon)
    in_sections = _in_sections(sections, title, lexicon, is_bug=is_bug)
    for criteria in (in_field, in_sections, _without_heading(sections, lexicon)):
        if criteria.status is CriteriaStatus.STATED:
            return criteria
    spike = spike_status(item, lexicon)
    if spike is SpikeStatus.COMPLETE:
        return Criteria(CriteriaStatus.STATED, CriteriaLocation.QUESTION)
    for status in _EMPTY_HANDED:
        for criteria in (in_field, in_sections):
            if criteria.status is status:
                return criteria
    prose = (line for section in sections if section.kind is not SectionKind.IGNORED for line in section.lines)
    sentences = list(islice(checkable_sentences(prose, item.title, lexicon, is_bug=is_bug), _MOST_SENTENCES))
    if sentences:
        quotable = (sentence for sentence in sentences if is_quotable(sentence, lexicon))
        span = next((sentence for sentence in quotable if not _restates(title, sentence, lexicon)), "")
        return Criteria(CriteriaStatus.IMPLIED, CriteriaLocation.SENTENCE, span=span)
    return Criteria(CriteriaStatus.NONE, spike=spike)


_RESTATED = 0.75
"""A sentence with at least this share of the title's words is the title again."""


def _restates(title: frozenset[str], sentence: str, lexicon: Lexicon) -> bool:
    said = stem_words(tokenize(sentence), lexicon.stop_words)
    return bool(title) and len(title & said) >= _RESTATED * len(title)


def _in_field(field: Sequence[Line], title: frozenset[str], lexicon: Lexicon) -> Criteria:
    sections = split_sections(field, lexicon)
    content = [line for section in sections for line in section.lines]
    return _judge_lines(content, CriteriaLocation.FIELD, "", title, lexicon) if content else _NOTHING


def _in_sections(sections: list[TextSection], title: frozenset[str], lexicon: Lexicon, *, is_bug: bool) -> Criteria:
    """The best criteria in sections named after criteria or expected results."""
    best = _NOTHING
    for section in sections:
        if section.kind not in _WANTED or _is_test_output(section) or _is_electric(section):
            continue
        if section.kind is SectionKind.EXPECTED:
            criteria = _judge_expected(section, lexicon)
        else:
            criteria = _judge_lines(section.lines, CriteriaLocation.SECTION, section.name, title, lexicon)
        if criteria.status is CriteriaStatus.STATED:
            return criteria
        best = min(best, criteria, key=_rank)
    if is_bug:
        filled = {
            section.kind: section for section in sections if any(_has_content(line, lexicon) for line in section.lines)
        }
        if SectionKind.STEPS in filled and SectionKind.ACTUAL in filled:
            actual = filled[SectionKind.ACTUAL]
            return Criteria(CriteriaStatus.STATED, CriteriaLocation.SECTION, actual.name, actual.lines[0].text)
    return best


def _rank(criteria: Criteria) -> int:
    return _EMPTY_HANDED.index(criteria.status) if criteria.status in _EMPTY_HANDED else len(_EMPTY_HANDED)


def _is_test_output(section: TextSection) -> bool:
    """Whether "expected:" comes from a failed assertion: "expected:<1> but was:<2>"."""
    if section.kind is not SectionKind.EXPECTED:
        return False
    text = " ".join(line.text for line in section.lines[:3]).lower()
    return text.startswith("<") or "but was" in text or "but: " in text


def _is_electric(section: TextSection) -> bool:
    """Whether "AC" is a kind of current: "AC: 22 kW"."""
    first = section.lines[0].text.strip() if section.lines else ""
    return len(section.name) <= _ABBREVIATED and _QUANTITY.fullmatch(first) is not None


def _judge_lines(
    content: Sequence[Line], location: CriteriaLocation, name: str, title: frozenset[str], lexicon: Lexicon
) -> Criteria:
    """Judge the lines in a place meant for criteria. Code and quotations count: someone put them there."""
    content = content[:_MOST_LINES]
    meaningful = list(islice((line for line in content if _has_content(line, lexicon)), _MOST_CRITERIA))
    if len(meaningful) == 1 and _is_name(meaningful[0].text):
        meaningful = []
    if not meaningful:
        return _without_content(content, location, name, lexicon)
    stated = stem_words([word for line in meaningful for word in tokenize(line.text)], lexicon.stop_words)
    if stated and stated <= title and not any(line.kind in OPAQUE for line in meaningful):
        return Criteria(CriteriaStatus.PLACEHOLDER, location, name, meaningful[0].text, repeats_title=True)
    if all(is_vague(line.text, lexicon) for line in meaningful):
        return Criteria(CriteriaStatus.UNTESTABLE, location, name, meaningful[0].text)
    return Criteria(CriteriaStatus.STATED, location, name, meaningful[0].text)


def _judge_expected(section: TextSection, lexicon: Lexicon) -> Criteria:
    """Judge what is expected instead of a bug: one word can be enough, and code often is."""
    line = next((line for line in section.lines if line.kind in _SHOWN or _has_content(line, lexicon)), None)
    if line is None:
        return _without_content(section.lines, CriteriaLocation.SECTION, section.name, lexicon)
    return Criteria(CriteriaStatus.STATED, CriteriaLocation.SECTION, section.name, line.text)


def _without_content(content: Sequence[Line], location: CriteriaLocation, name: str, lexicon: Lexicon) -> Criteria:
    pointer = next((line for line in content if _points_elsewhere(line, lexicon)), None)
    if pointer is not None:
        return Criteria(CriteriaStatus.POINTER, location, name, pointer.text)
    span = next((line.text for line in content if line.text), "")
    return Criteria(CriteriaStatus.PLACEHOLDER, location, name, span)


def _points_elsewhere(line: Line, lexicon: Lexicon) -> bool:
    return line.kind in _ELSEWHERE or empty_reason(line.text, lexicon) is EmptyReason.POINTER


_ELSEWHERE = frozenset({BlockKind.LINK, BlockKind.MEDIA})
_SHOWN = frozenset({BlockKind.CODE, BlockKind.MEDIA})
_NO_SENTENCES = _ELSEWHERE | {BlockKind.STRUCK, BlockKind.UNREADABLE}
_WANTED = (SectionKind.CRITERIA, SectionKind.EXPECTED)
_LONGEST_PERSON = 3
_ABBREVIATED = 4
"""Letters of a name such as "AC", which is also a kind of current."""
_QUANTITY = re.compile(r"[<>≤≥=~±≈]?\s*\d+(?:[.,]\d+)?\s*(?:[^\W\d_]{1,5}|[%°]C?)\.?")


def _has_content(line: Line, lexicon: Lexicon) -> bool:
    """Whether a line is more than a mark, a heading, a placeholder, or a pointer to another place."""
    if line.kind in _NO_SENTENCES or (line.kind is BlockKind.HEADING and line.level < BOLD):
        return False
    if line.kind is BlockKind.CODE:
        return any(part.strip() and not is_placeholder(part, lexicon) for part in line.text.split("\n"))
    return empty_reason(line.text, lexicon) is None


def _is_name(text: str) -> bool:
    """Whether a line is only the name of somebody or something: every word begins with a capital letter."""
    words = text.strip(" .:;,").split()
    return len(words) <= _LONGEST_PERSON and all(word.isalpha() and word.istitle() for word in words)


_NUMBERED_WITHOUT_MARK = re.compile(r"\W{0,3}(?:AC|AK)[ #_.-]{0,2}\d{1,2}\]?\s+(?![kMG]?[WVA]h?\b)(\S+(?:\s+\S+){2}.*)")
_NUMBERED = re.compile(r"(?<![\w-])(?:AC|AK|KA|CA)[ #_-]{0,2}\d{1,2}(?:\s?[:.)：–—-])+\s*(\S.*)")


def _without_heading(sections: list[TextSection], lexicon: Lexicon) -> Criteria:
    """Criteria in a form that needs no heading: a checklist, numbers, a scenario, a table."""
    readable = [line for section in sections if section.kind is not SectionKind.IGNORED for line in section.lines]
    for line in readable:
        if line.kind is BlockKind.TASK and _has_content(line, lexicon):
            return Criteria(CriteriaStatus.STATED, CriteriaLocation.CHECKLIST, span=line.text)
    own = [line for line in readable if line.kind not in OPAQUE]
    for line in own:
        numbered = _NUMBERED.search(line.text) or _NUMBERED_WITHOUT_MARK.match(line.text)
        if numbered and not is_placeholder(numbered[1], lexicon):
            return Criteria(CriteriaStatus.STATED, CriteriaLocation.NUMBERED, span=numbered[0])
    if span := find_scenario(own, lexicon):
        return Criteria(CriteriaStatus.STATED, CriteriaLocation.SCENARIO, span=span)
    if span := find_rule_table(own):
        return Criteria(CriteriaStatus.STATED, CriteriaLocation.TABLE, span=span)
    return _NOTHING
