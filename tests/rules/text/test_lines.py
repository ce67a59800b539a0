"""Blocks become the lines that a reader sees."""

from hypothesis import given
from hypothesis import strategies as st

from rules.model import Block, BlockKind, RichText
from rules.text.lines import NON_PROSE_KINDS, Line, split_lines, strip_markup

P, H, B, T = BlockKind.PARAGRAPH, BlockKind.HEADING, BlockKind.BULLET, BlockKind.TASK


def flat(text: str) -> list[tuple[BlockKind, str]]:
    """The lines of one block that lost its line ends."""
    return [(line.kind, line.text) for line in split_lines((Block(P, text),))]


def test_a_flattened_wiki_text_is_cut_at_its_marks() -> None:
    assert flat("h2. Why  For audits.  h2. Acceptance Criteria # one file ## no gaps # opens") == [
        (H, "Why"),
        (P, "For audits."),
        (H, "Acceptance Criteria"),
        (B, "one file"),
        (B, "no gaps"),
        (B, "opens"),
    ]


def test_single_blanks_before_a_mark_are_enough() -> None:
    assert flat("Criteria: - one - two * three") == [(P, "Criteria:"), (B, "one - two"), (B, "three")]


def test_a_dash_within_a_sentence_is_no_bullet() -> None:
    assert flat("The export - a file - is signed.") == [(P, "The export - a file - is signed.")]


def test_every_line_end_that_unicode_knows_ends_a_line() -> None:
    assert [text for _, text in flat("a\r\nb\u2028c\x85d")] == ["a", "b", "c", "d"]


def test_leftover_code_and_quotations_are_set_apart() -> None:
    kinds = [
        kind for kind, _ in flat("before {code:java}must{code} after {quote}said{quote} ```x``` end {noformat}open")
    ]
    assert kinds == [P, BlockKind.CODE, P, BlockKind.QUOTE, BlockKind.CODE, P, BlockKind.CODE]


def test_code_may_end_in_a_later_block() -> None:
    text = tuple(Block(P, line) for line in ["a {code}", "x", "y {code} b", "{code} c", "{noformat}"])
    assert [(line.kind, line.text) for line in split_lines(text) if line.text] == [
        (P, "a"),
        (BlockKind.CODE, "x"),
        (BlockKind.CODE, "y "),
        (P, "b"),
        (BlockKind.CODE, " c"),
    ]


def test_a_mark_that_nothing_closes_ends_with_its_block() -> None:
    text = (Block(P, "a {quote} b"), Block(BlockKind.CODE, "{quote}"), Block(P, "c"))
    assert [line.kind for line in split_lines(text)] == [P, BlockKind.QUOTE, BlockKind.CODE, P]


def test_marked_tasks_are_tasks() -> None:
    assert flat("- [ ] one\n[x] two\n☐ three\n(/) four") == [(T, "one"), (T, "two"), (T, "three"), (T, "four")]


def test_a_line_of_dashes_is_no_line() -> None:
    assert flat("a\n----\nb") == [(P, "a"), (P, "b")]


def test_only_the_first_line_of_a_heading_is_its_heading() -> None:
    text: RichText = (Block(H, "Acceptance criteria  The file opens.", 3),)
    assert split_lines(text) == (Line(H, "Acceptance criteria", 3), Line(P, "The file opens."))


def test_marks_of_emphasis_links_and_images_are_taken_off() -> None:
    assert strip_markup("*bold* _it_ {{mono}} [text|http://x] {color:red}red{color} !a.png!") == "bold it mono text red"


def test_code_keeps_what_it_holds() -> None:
    assert split_lines((Block(BlockKind.CODE, "*a*\n  b"),)) == (Line(BlockKind.CODE, "*a*\n  b"),)


BLOCKS = st.lists(
    st.builds(Block, st.sampled_from(BlockKind), st.text(max_size=200), st.integers(0, 6)), max_size=6
).map(tuple)


@given(BLOCKS)
def test_any_text_has_lines_without_empty_ones(text: RichText) -> None:
    for line in split_lines(text):
        assert line.text or line.kind not in (P, B)
        assert "\n" not in line.text or line.kind in NON_PROSE_KINDS or line.kind is BlockKind.ROW
