"""Names of sections, wherever people put them."""

import pytest

from rules.model import Block, BlockKind
from rules.text import from_shorthand
from rules.text.lexicon import SectionKind, compile_lexicon
from rules.text.lines import Line, split_lines
from rules.text.sections import parse_section_start, split_sections

WORDS = compile_lexicon(("en", "de"))


def named(text: str, kind: BlockKind = BlockKind.PARAGRAPH) -> tuple[SectionKind, str, str] | None:
    return parse_section_start(Line(kind, text, 2), WORDS)


@pytest.mark.parametrize(
    "text",
    [
        "Acceptance criteria",
        "ACCEPTANCE CRITERIA:",
        "acceptance criterion:",
        "AC:",
        "ACs",
        "3. Acceptance criteria",
        "✅ Acceptance Criteria (draft)",
        "Acceptance criteria for the new export:",
        "Definition of done for this item",
        "Conditions of satisfaction",
        "Done when:",
        "Akzeptanzkriterien",
        "Abnahmekriterien:",
        "Fertig, wenn:",
    ],
)
def test_names_of_criteria_are_known(text: str) -> None:
    found = named(text)
    assert found is not None
    assert found[0] is SectionKind.CRITERIA
    assert not found[2]


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("AC: the file opens", "the file opens"),
        ("Acceptance criteria - the file opens", "the file opens"),
        ("Erledigt wenn: die Datei sich öffnet", "die Datei sich öffnet"),
    ],
)
def test_what_stands_behind_a_name_belongs_to_it(text: str, rest: str) -> None:
    found = named(text)
    assert found is not None
    assert found[2] == rest


@pytest.mark.parametrize(
    "text",
    [
        "Acceptance test suite",
        "User acceptance testing environment: staging",
        "Acceptance tests pass in CI",
        "The AC unit is broken",
        "parent = new AC(..)",
        "Notes on acceptance criteria in general",
        "We met the acceptance criteria of the last release, and it took long: two weeks",
        "Criteria for choosing a date are shown in the filter",
    ],
)
def test_phrases_about_something_else_are_no_names(text: str) -> None:
    assert named(text) is None


def test_a_heading_may_have_lost_the_line_end_behind_its_name() -> None:
    assert named("Acceptance criteria The user sees a file", BlockKind.HEADING) == (
        SectionKind.CRITERIA,
        "Acceptance criteria",
        "The user sees a file",
    )


def test_a_heading_about_testing_is_not_one_that_ran_on() -> None:
    assert named("Acceptance criteria template", BlockKind.HEADING) is None


def test_a_name_in_the_middle_of_a_line_opens_a_section() -> None:
    parts = split_sections(
        split_lines((Block(BlockKind.PARAGRAPH, "For audits. Acceptance criteria: it opens"),)), WORDS
    )
    assert [(part.kind, [line.text for line in part.lines]) for part in parts] == [
        (None, ["For audits."]),
        (SectionKind.CRITERIA, ["it opens"]),
    ]


def test_deeper_headings_stay_inside_and_level_ones_end_a_section() -> None:
    text = from_shorthand("## Acceptance criteria\n### Example\n- a\n## Something\n- b")
    parts = split_sections(split_lines(text), WORDS)
    assert [(part.name, [line.text for line in part.lines]) for part in parts[1:]] == [
        ("Acceptance criteria", ["Example", "a"]),
        ("Something", ["b"]),
    ]


def test_a_known_name_ends_the_section_before_it() -> None:
    parts = split_sections(split_lines(from_shorthand("Acceptance criteria:\n- a\nTechnical notes:\n- b")), WORDS)
    assert [part.kind for part in parts] == [None, SectionKind.CRITERIA, SectionKind.OTHER]
