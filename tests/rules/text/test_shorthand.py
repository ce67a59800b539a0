"""Sketched text."""

from hypothesis import given
from hypothesis import strategies as st

from rules.model import Block, BlockKind
from rules.text import from_shorthand


def test_each_mark_makes_its_block() -> None:
    text = "## Why\nFor audits\n- a\n  - b\n[ ] open\n[x] done\n> said\n| a | b |\n```\nx = 1\ny\n```"
    assert from_shorthand(text) == (
        Block(BlockKind.HEADING, "Why", 2),
        Block(BlockKind.PARAGRAPH, "For audits"),
        Block(BlockKind.BULLET, "a"),
        Block(BlockKind.BULLET, "b", 1),
        Block(BlockKind.TASK, "open", done=False),
        Block(BlockKind.TASK, "done", done=True),
        Block(BlockKind.QUOTE, "said"),
        Block(BlockKind.ROW, "a | b"),
        Block(BlockKind.CODE, "x = 1\ny"),
    )


def test_code_that_is_never_closed_is_code() -> None:
    assert from_shorthand("```\nx") == (Block(BlockKind.CODE, "x"),)


@given(st.text())
def test_any_text_can_be_sketched(text: str) -> None:
    assert all(isinstance(block, Block) for block in from_shorthand(text))
