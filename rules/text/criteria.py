"""Finds where an item says when it is done.

Looked at, in this order: the fields kept for acceptance criteria, sections named so in the description, the expected
outcome of a bug, checklists, numbered criteria ("AC1: ..."), scenarios, rule tables, the question and time limit of an
investigation, and at last sentences that can be checked although nobody called them criteria.

A title alone says what is wanted, not when it is done; so does a section that only repeats it.
"""

import re
from enum import StrEnum

from msgspec import Struct

from rules.model import BlockKind, ItemKind, RichText, WorkItem
from rules.text.implied import first_implied
from rules.text.lexicon import Lexicon, Section, lexicon
from rules.text.lines import OPAQUE, Line, lines
from rules.text.outline import BOLD, Part, outline
from rules.text.placeholder import is_placeholder
from rules.text.scenario import rule_table, scenario
from rules.text.spike import Investigation, investigation
from rules.text.tokens import stems, tokens
from rules.text.words import Language


class CriteriaVerdict(StrEnum):
    """What an item says about when it is done."""

    STATED = "stated"
    IMPLIED = "implied"
    PLACEHOLDER = "placeholder"
    NONE = "none"


class Place(StrEnum):
    """Where in an item something was found."""

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
    """What was found, and the evidence.

    Attributes:
        verdict: What the item says about when it is done.
        place: Where.
        heading: The name of the section, as the author wrote it.
        span: The first words that led to the verdict, as they stand in the item; empty where there are none.
        repeats_title: Whether the section only says the title once more.
        investigation: What the item lacks where it is an investigation and says nothing else.
    """

    verdict: CriteriaVerdict
    place: Place = Place.NOWHERE
    heading: str = ""
    span: str = ""
    repeats_title: bool = False
    investigation: Investigation = Investigation.NOT_ONE


_NOTHING = Criteria(CriteriaVerdict.NONE)


def find_criteria(item: WorkItem, languages: tuple[Language, ...] = ("en", "de")) -> Criteria:
    """Where and how clearly an item says when it is done.

    Args:
        item: The item; its kind decides which parts of a bug report count, its type whether it is an investigation.
        languages: Languages in which names and words are recognised.
    """
    words = lexicon(languages)
    title = stems(tokens(item.title), words.small)
    defect = item.kind is ItemKind.BUG
    field = _in_field(item.criteria, title, words)
    parts = outline(lines(item.text), words)
    named = _in_sections(parts, title, words, defect=defect)
    for found in (field, named, _unnamed(parts, words)):
        if found.verdict is CriteriaVerdict.STATED:
            return found
    spike = investigation(item, words)
    if spike is Investigation.COMPLETE:
        return Criteria(CriteriaVerdict.STATED, Place.QUESTION)
    for found in (field, named):
        if found.verdict is CriteriaVerdict.PLACEHOLDER:
            return found
    prose = (line for part in parts if part.section is not Section.ASIDE for line in part.lines)
    if sentence := first_implied(prose, item.title, words, defect=defect):
        return Criteria(CriteriaVerdict.IMPLIED, Place.SENTENCE, span=sentence)
    return Criteria(CriteriaVerdict.NONE, investigation=spike)


def _in_field(criteria: RichText | None, title: frozenset[str], words: Lexicon) -> Criteria:
    if not criteria:
        return _NOTHING
    parts = outline(lines(criteria), words)
    content = [line for part in parts for line in part.lines]
    return _weighed(content, Place.FIELD, "", title, words) if content else _NOTHING


def _in_sections(parts: list[Part], title: frozenset[str], words: Lexicon, *, defect: bool) -> Criteria:
    """The best that the sections say which are named after criteria, or after what is expected."""
    best = _NOTHING
    for part in parts:
        if part.section not in (Section.CRITERIA, Section.EXPECTED) or _is_output_of_a_test(part):
            continue
        repeated = title if part.section is Section.CRITERIA else frozenset[str]()
        found = _weighed(part.lines, Place.SECTION, part.name, repeated, words)
        if found.verdict is CriteriaVerdict.STATED:
            return found
        if best is _NOTHING:
            best = found
    if defect:
        told = {part.section: part for part in parts if any(_says(line, words) for line in part.lines)}
        if Section.STEPS in told and Section.ACTUAL in told:
            part = told[Section.ACTUAL]
            return Criteria(CriteriaVerdict.STATED, Place.SECTION, part.name, part.lines[0].text)
    return best


def _is_output_of_a_test(part: Part) -> bool:
    """Whether "expected:" comes from a failed assertion: "expected:<1> but was:<2>"."""
    if part.section is not Section.EXPECTED:
        return False
    text = " ".join(line.text for line in part.lines[:3]).lower()
    return text.startswith("<") or "but was" in text or "but: " in text


def _weighed(content: list[Line], place: Place, name: str, title: frozenset[str], words: Lexicon) -> Criteria:
    """What lines say that stand where criteria belong. Code, quotations and pictures count here: someone put them."""
    said = [line for line in content if _says(line, words) or line.kind in OPAQUE]
    if not said:
        span = next((line.text for line in content if line.text), "")
        return Criteria(CriteriaVerdict.PLACEHOLDER, place, name, span)
    told = stems([word for line in said for word in tokens(line.text)], words.small)
    if told and told <= title and not any(line.kind in OPAQUE for line in said):
        return Criteria(CriteriaVerdict.PLACEHOLDER, place, name, said[0].text, repeats_title=True)
    return Criteria(CriteriaVerdict.STATED, place, name, said[0].text)


def _says(line: Line, words: Lexicon) -> bool:
    """Whether a line is more than a mark, a heading or a placeholder."""
    if line.kind in OPAQUE or (line.kind is BlockKind.HEADING and line.level < BOLD):
        return False
    return not is_placeholder(line.text, words)


_NUMBERED = re.compile(r"(?<![\w-])AC[ #_-]?\d{1,2}\s?[:.)–-]\s*(\S.*)")


def _unnamed(parts: list[Part], words: Lexicon) -> Criteria:
    """Criteria in a form that needs no name: a checklist, numbers, a scenario, a table."""
    candid = [line for part in parts if part.section is not Section.ASIDE for line in part.lines]
    for line in candid:
        if line.kind is BlockKind.TASK and _says(line, words):
            return Criteria(CriteriaVerdict.STATED, Place.CHECKLIST, span=line.text)
    own = [line for line in candid if line.kind not in OPAQUE]
    for line in own:
        if "AC" in line.text and (numbered := _NUMBERED.search(line.text)) and not is_placeholder(numbered[1], words):
            return Criteria(CriteriaVerdict.STATED, Place.NUMBERED, span=numbered[0])
    if span := scenario(own, words):
        return Criteria(CriteriaVerdict.STATED, Place.SCENARIO, span=span)
    if span := rule_table(own):
        return Criteria(CriteriaVerdict.STATED, Place.TABLE, span=span)
    return _NOTHING
