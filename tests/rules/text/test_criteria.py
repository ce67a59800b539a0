"""Where and how clearly an item says when it is done."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.model import Block, BlockKind, ItemKind, RichText, WorkItem
from rules.text import Criteria, CriteriaLocation, CriteriaStatus, find_criteria, from_shorthand

STATED, IMPLIED, PLACEHOLDER, NONE = (CriteriaStatus(name) for name in ("stated", "implied", "placeholder", "none"))
BEST_FIRST = list(CriteriaStatus)


def item(
    text: str | RichText = "", criteria: str | RichText | None = None, *, kind: ItemKind = ItemKind.STORY
) -> WorkItem:
    return WorkItem(
        tracker="t",
        id="1",
        key="T-1",
        kind=kind,
        title="Export orders",
        text=from_shorthand(text) if isinstance(text, str) else text,
        criteria=from_shorthand(criteria) if isinstance(criteria, str) else criteria,
    )


def find(
    text: str | RichText = "", criteria: str | RichText | None = None, *, kind: ItemKind = ItemKind.STORY
) -> Criteria:
    return find_criteria(item(text, criteria, kind=kind))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("## Acceptance criteria\n- the file opens", CriteriaLocation.SECTION),
        ("Acceptance criteria:\n- the file opens", CriteriaLocation.SECTION),
        ("Acceptance criteria\nthe file opens", CriteriaLocation.SECTION),
        ("*AC:* the file opens; it is signed", CriteriaLocation.SECTION),
        ("Some words. Acceptance criteria: the file opens", CriteriaLocation.SECTION),
        ("h2. Why  For audits.  h3. Acceptance criteria * the file opens * it is signed", CriteriaLocation.SECTION),
        ("For audits.    *Acceptance criteria*   * the file opens", CriteriaLocation.SECTION),
        ("## Akzeptanzkriterien\n- die Datei öffnet sich", CriteriaLocation.SECTION),
        ("Für die Prüfung. Akzeptanzkriterien: die Datei öffnet sich", CriteriaLocation.SECTION),
        ("- Acceptance criteria\n  - the file opens", CriteriaLocation.SECTION),
        ("Expected result: the file opens", CriteriaLocation.SECTION),
        ("[ ] the file opens\n[x] it is signed", CriteriaLocation.CHECKLIST),
        ("AC1: the file opens\nAC2: it is signed", CriteriaLocation.NUMBERED),
        ("Given no orders\nWhen I export\nThen the file is empty", CriteriaLocation.SCENARIO),
        ("| Input | Expected\n| none | empty file", CriteriaLocation.TABLE),
        ("## Acceptance criteria\n```\nGiven no orders\n```", CriteriaLocation.SECTION),
    ],
)
def test_criteria_are_found_in_many_forms(text: str, place: CriteriaLocation) -> None:
    found = find(text)
    assert (found.status, found.location) == (STATED, place)


BOLD = Block(BlockKind.HEADING, "Acceptance criteria", 7)


def test_a_bold_line_is_a_heading_by_its_name_and_content_without_one() -> None:
    assert find((BOLD, Block(BlockKind.HEADING, "The file opens", 7))).status is STATED
    assert find((BOLD, Block(BlockKind.HEADING, "Notes", 7), Block(BlockKind.PARAGRAPH, "Sam"))).status is PLACEHOLDER
    assert find((BOLD, Block(BlockKind.HEADING, "Rollout", 2), Block(BlockKind.PARAGRAPH, "x"))).status is PLACEHOLDER


def test_markup_that_comes_line_by_line_is_read_like_rendered_text() -> None:
    lines = ["h3. Acceptance criteria", "# the file opens", "h3. Notes"]
    assert find(tuple(Block(BlockKind.PARAGRAPH, line) for line in lines)).status is STATED
    code = ["For audits.", "{code:java}", "// AC: the file must contain one line for each sale", "{code}", "Thanks."]
    assert find(tuple(Block(BlockKind.PARAGRAPH, line) for line in code)).status is NONE


def test_a_picture_under_the_heading_points_elsewhere() -> None:
    assert find("AC:\n!mockup.png|thumbnail!").status is CriteriaStatus.POINTER
    assert find((BOLD, Block(BlockKind.MEDIA, ""))).status is CriteriaStatus.POINTER


def test_the_field_is_enough() -> None:
    assert find("", "- the file opens") == Criteria(STATED, CriteriaLocation.FIELD, span="the file opens")


def test_an_empty_field_is_as_good_as_none() -> None:
    assert find("", ()) == find("", None) == Criteria(NONE)


def test_criteria_in_the_description_make_up_for_a_field_that_holds_a_place() -> None:
    assert find("AC: the file opens", "TBD").status is STATED


@pytest.mark.parametrize(
    "text", ["TBD", "n/a", "Given\nWhen\nThen", "- \n- ...", "siehe oben", "Acceptance criteria: tbd"]
)
def test_a_field_that_holds_a_place_is_a_placeholder(text: str) -> None:
    assert find("", text).status is PLACEHOLDER


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("## Acceptance criteria\nTBD", "TBD"),
        ("## Acceptance criteria", ""),
        ("## Acceptance criteria\n## Notes\nSam knows.", ""),
        ("Acceptance criteria: ???\nNotes: Sam knows.", "???"),
        ("h3. Acceptance criteria  h3. Notes  Sam knows", ""),
        ("## Akzeptanzkriterien\nfolgt", "folgt"),
        ("AC:\n- \n- n/a", "n/a"),
    ],
)
def test_a_section_that_holds_a_place_is_a_placeholder(text: str, span: str) -> None:
    found = find(text)
    assert (found.status, found.span) == (PLACEHOLDER, span)


@pytest.mark.parametrize(
    "text",
    [
        "This makes the acceptance test suite pass again.",
        "Runs in the user acceptance testing environment.",
        "Acceptance tests pass in CI.",
        "See the acceptance criteria of the other item.",
        "> Acceptance criteria: the file opens",
        "```\nAcceptance criteria: the file opens\n```",
        "{quote}Acceptance criteria: it must open in two seconds{quote}",
        "{code} [ ] the file opens {code}",
        "As a clerk I want to export orders.",
        "It should be fast.",
        "## Out of scope\n[ ] the file must contain one line for each order",
        "java.lang.AssertionError: expected:<1> but was:<2>",
        "new AC(); AC3D models",
    ],
)
def test_other_text_says_nothing(text: str) -> None:
    assert find(text).status is NONE


def test_a_title_alone_says_nothing() -> None:
    assert find_criteria(WorkItem(tracker="t", id="1", key="T-1", title="AC: the file must open")).status is NONE


def test_the_title_once_more_is_a_placeholder_that_says_so() -> None:
    found = find("", "Orders are exported")
    assert found.status is PLACEHOLDER
    assert found.repeats_title
    assert find("", "Export at most 3 orders").status is STATED


@pytest.mark.parametrize("kind", [ItemKind.STORY, ItemKind.BUG])
def test_what_is_expected_counts_for_every_kind(kind: ItemKind) -> None:
    assert find("Expected: one line for each order", kind=kind).status is STATED


def test_steps_and_outcome_are_enough_for_a_bug_only() -> None:
    text = "Steps: export May\nActual: the file is empty"
    assert find(text, kind=ItemKind.BUG).status is STATED
    assert find(text).status is NONE


def test_a_sentence_is_quoted_where_nothing_else_is_found() -> None:
    assert find("For audits. The file must contain one line for each sale.") == Criteria(
        IMPLIED, CriteriaLocation.SENTENCE, span="The file must contain one line for each sale."
    )


def test_a_placeholder_is_said_before_a_sentence() -> None:
    assert find("The file must contain one line for each sale.\n## Acceptance criteria\nTBD").status is PLACEHOLDER


def test_only_the_languages_asked_for_are_read() -> None:
    text = "## Critères d'acceptation\n- le fichier s'ouvre"
    assert find_criteria(item(text), ("en", "de")).status is NONE
    assert find_criteria(item(text), ("fr",)).status is find_criteria(item(text)).status is STATED


MARKS = ["h3. ", "* ", "# ", "  ", "{code}", "{quote}", "```", "- [ ] ", "\n", ". ", ":", "||", "AC1:"]
NAMES = ["Acceptance criteria", "AC", "TBD", "Given", "When", "Then", "must", "should", "not", "the file", "opens"]
WORDS = st.sampled_from([*MARKS, *NAMES, "expected", "soll", "wenn"])
TEXTS = st.lists(WORDS, max_size=14).map(" ".join) | st.text(max_size=120)
BLOCKS = st.lists(st.builds(Block, st.sampled_from(BlockKind), TEXTS, st.integers(0, 6)), max_size=5).map(tuple)
FIELDS = st.none() | BLOCKS
OPAQUE = st.builds(Block, st.sampled_from([BlockKind.CODE, BlockKind.QUOTE]), TEXTS)


@given(BLOCKS, FIELDS, st.sampled_from(ItemKind))
def test_any_text_gives_the_same_verdict_twice(text: RichText, criteria: RichText | None, kind: ItemKind) -> None:
    assert find(text, criteria, kind=kind) == find(text, criteria, kind=kind)


@given(BLOCKS, FIELDS)
def test_a_stated_criterion_never_makes_it_worse(text: RichText, criteria: RichText | None) -> None:
    before = find(text, criteria).status
    section = from_shorthand("# Acceptance criteria\n- the colour is green")
    assert find((*section, *text), criteria).status is STATED
    assert find((*text, *section), criteria).status is STATED
    assert BEST_FIRST.index(find(text, from_shorthand("the colour is green")).status) <= BEST_FIRST.index(before)


@given(BLOCKS, OPAQUE, st.integers(0, 5))
def test_code_and_quotations_never_turn_nothing_into_something(text: RichText, added: Block, at: int) -> None:
    if find(text).status is NONE:
        assert find((*text[:at], added, *text[at:])).status is NONE


@pytest.mark.parametrize(
    ("title", "sentence", "quoted"),
    [
        (
            "Property editor should open for new components",
            "When a user drops a new component, the property editor should open for it.",
            False,
        ),
        ("Move the buttons", "The buttons at the bottom should say Save and Cancel.", True),
        ("Pool connections", "The driver must be deployed on the server, otherwise no connection is created.", False),
        ("Channels", "The alias hint should probably create a channel for each stream.", False),
    ],
)
def test_a_sentence_is_quoted_only_if_it_adds_an_outcome_to_the_title(title: str, sentence: str, quoted: bool) -> None:
    story = WorkItem(tracker="t", id="1", key="T-1", title=title, text=from_shorthand(sentence))
    assert find_criteria(story).span == (sentence if quoted else "")
