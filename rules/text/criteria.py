"""Finds the acceptance criteria of an item.

Looks, in this order, at: the fields kept for acceptance criteria, sections named so in the description, the expected
outcome of a bug, checklists, numbered criteria ("AC1: ..."), scenarios, rule tables, the question and time limit of an
spike, and finally checkable sentences that nobody called criteria.

A title alone is no criterion, and neither is a section that only repeats it.
"""

import re
from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from rules.model import BlockKind, ItemKind, WorkItem, is_unread
from rules.text.checkable_sentences import first_checkable_sentence
from rules.text.lexicon import Lexicon, SectionKind, compile_lexicon
from rules.text.lines import OPAQUE, Line, lines
from rules.text.placeholders import is_placeholder
from rules.text.scenarios import find_rule_table, find_scenario
from rules.text.sections import BOLD, TextSection, split_sections
from rules.text.spikes import SpikeStatus, spike_status
from rules.text.tokens import stems, tokens
from rules.text.vocabulary import Language


class CriteriaStatus(StrEnum):
    """Whether an item has acceptance criteria."""

    STATED = "stated"
    IMPLIED = "implied"
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
        span: The first words that led to the verdict, as they stand in the item; empty where there are none.
        repeats_title: Whether the section only repeats the title.
        investigation: What the item lacks where it is an investigation and says nothing else.
    """

    status: CriteriaStatus
    location: CriteriaLocation = CriteriaLocation.NOWHERE
    heading: str = ""
    span: str = ""
    repeats_title: bool = False
    spike: SpikeStatus = SpikeStatus.NOT_ONE


_NOTHING = Criteria(CriteriaStatus.NONE)


def find_criteria(item: WorkItem, languages: tuple[Language, ...] = ("en", "de")) -> Criteria:
    """Find the acceptance criteria of an item and how clear they are.

    Args:
        item: The item; its kind decides which parts of a bug report count, its type whether it is a spike.
        languages: Languages in which headings and words are recognised.
    """
    field, text = lines(item.criteria or ()), lines(item.text)
    criteria = _find(item, field, text, compile_lexicon(languages))
    if criteria.status is not CriteriaStatus.STATED and (is_unread(field) or is_unread(text)):
        return Criteria(CriteriaStatus.UNKNOWN)
    return criteria


def _find(item: WorkItem, field: Sequence[Line], text: Sequence[Line], lexicon: Lexicon) -> Criteria:
    title = stems(tokens(item.title), lexicon.stop_words)
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
    for criteria in (in_field, in_sections):
        if criteria.status is CriteriaStatus.PLACEHOLDER:
            return criteria
    prose = (line for section in sections if section.kind is not SectionKind.ASIDE for line in section.lines)
    if sentence := first_checkable_sentence(prose, item.title, lexicon, is_bug=is_bug):
        return Criteria(CriteriaStatus.IMPLIED, CriteriaLocation.SENTENCE, span=sentence)
    return Criteria(CriteriaStatus.NONE, spike=spike)


def _in_field(field: Sequence[Line], title: frozenset[str], lexicon: Lexicon) -> Criteria:
    sections = split_sections(field, lexicon)
    content = [line for section in sections for line in section.lines]
    return _judge_lines(content, CriteriaLocation.FIELD, "", title, lexicon) if content else _NOTHING


def _in_sections(sections: list[TextSection], title: frozenset[str], lexicon: Lexicon, *, is_bug: bool) -> Criteria:
    """The best criteria in sections named after criteria or expected results."""
    best = _NOTHING
    for section in sections:
        if section.kind not in (SectionKind.CRITERIA, SectionKind.EXPECTED) or _is_test_output(section):
            continue
        repeated = title if section.kind is SectionKind.CRITERIA else frozenset[str]()
        criteria = _judge_lines(section.lines, CriteriaLocation.SECTION, section.name, repeated, lexicon)
        if criteria.status is CriteriaStatus.STATED:
            return criteria
        if best is _NOTHING:
            best = criteria
    if is_bug:
        filled = {
            section.kind: section for section in sections if any(_has_content(line, lexicon) for line in section.lines)
        }
        if SectionKind.STEPS in filled and SectionKind.ACTUAL in filled:
            actual = filled[SectionKind.ACTUAL]
            return Criteria(CriteriaStatus.STATED, CriteriaLocation.SECTION, actual.name, actual.lines[0].text)
    return best


def _is_test_output(section: TextSection) -> bool:
    """Whether "expected:" comes from a failed assertion: "expected:<1> but was:<2>"."""
    if section.kind is not SectionKind.EXPECTED:
        return False
    text = " ".join(line.text for line in section.lines[:3]).lower()
    return text.startswith("<") or "but was" in text or "but: " in text


def _judge_lines(
    content: Sequence[Line], location: CriteriaLocation, name: str, title: frozenset[str], lexicon: Lexicon
) -> Criteria:
    """Judge the lines in a place meant for criteria. Code, quotations and pictures count: someone put them there."""
    meaningful = [line for line in content if _has_content(line, lexicon) or line.kind in OPAQUE]
    if not meaningful:
        span = next((line.text for line in content if line.text), "")
        return Criteria(CriteriaStatus.PLACEHOLDER, location, name, span)
    stated = stems([word for line in meaningful for word in tokens(line.text)], lexicon.stop_words)
    if stated and stated <= title and not any(line.kind in OPAQUE for line in meaningful):
        return Criteria(CriteriaStatus.PLACEHOLDER, location, name, meaningful[0].text, repeats_title=True)
    return Criteria(CriteriaStatus.STATED, location, name, meaningful[0].text)


def _has_content(line: Line, lexicon: Lexicon) -> bool:
    """Whether a line is more than a mark, a heading or a placeholder."""
    if line.kind in OPAQUE or (line.kind is BlockKind.HEADING and line.level < BOLD):
        return False
    return not is_placeholder(line.text, lexicon)


_NUMBERED = re.compile(r"(?<![\w-])AC[ #_-]?\d{1,2}\s?[:.)–-]\s*(\S.*)")


def _without_heading(sections: list[TextSection], lexicon: Lexicon) -> Criteria:
    """Criteria in a form that needs no heading: a checklist, numbers, a scenario, a table."""
    readable = [line for section in sections if section.kind is not SectionKind.ASIDE for line in section.lines]
    for line in readable:
        if line.kind is BlockKind.TASK and _has_content(line, lexicon):
            return Criteria(CriteriaStatus.STATED, CriteriaLocation.CHECKLIST, span=line.text)
    own = [line for line in readable if line.kind not in OPAQUE]
    for line in own:
        if "AC" in line.text and (numbered := _NUMBERED.search(line.text)) and not is_placeholder(numbered[1], lexicon):
            return Criteria(CriteriaStatus.STATED, CriteriaLocation.NUMBERED, span=numbered[0])
    if span := find_scenario(own, lexicon):
        return Criteria(CriteriaStatus.STATED, CriteriaLocation.SCENARIO, span=span)
    if span := find_rule_table(own):
        return Criteria(CriteriaStatus.STATED, CriteriaLocation.TABLE, span=span)
    return _NOTHING
