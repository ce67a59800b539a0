"""What Slack takes: every limit at its edge, and no input that the check cannot judge."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.errors import Refused
from connectors.slack import validation
from connectors.slack.formatting import (
    link_element,
    mrkdwn,
    plain_text,
    rich_text,
    rich_text_list,
    rich_text_section,
    table_cell,
    text_element,
)
from connectors.slack.validation import TEXT_BUDGET, TOTAL_TEXT, inspect, problems, total_text, validate_message

Json = dict[str, Any]


def message(*blocks: Any) -> Json:
    return {"text": "Report", "blocks": list(blocks)}


def mark(length: int) -> Json:
    return {"type": "mrkdwn", "text": "x" * length}


def section(length: int) -> Json:
    return {"type": "section", "text": mark(length)}


def fields(count: int, length: int = 1) -> Json:
    return {"type": "section", "fields": [mark(length)] * count}


def header(length: int) -> Json:
    return {"type": "header", "text": {"type": "plain_text", "text": "x" * length}}


def context(count: int, length: int = 1) -> Json:
    return {"type": "context", "elements": [mark(length)] * count}


def button(**more: Any) -> Json:
    return {"type": "button", "text": {"type": "plain_text", "text": "Yes"}, **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def overflow(count: int, label: int = 1, value: int = 1) -> Json:
    option = {"text": {"type": "plain_text", "text": "x" * label}, "value": "v" * value}
    return {"type": "overflow", "options": [option] * count}


def table(rows: int, cells: int, **more: Any) -> Json:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * cells] * rows, **more}


def image(url: int = 20, alt: int = 1) -> Json:
    return {"type": "image", "image_url": "h" * url, "alt_text": "x" * alt}


AT_THE_EDGE = {
    "section text": (section, 3_000),
    "section fields": (fields, 10),
    "field text": (lambda n: fields(1, n), 2_000),
    "header": (header, 150),
    "context elements": (context, 10),
    "context.text": (lambda n: context(1, n), 3_000),
    "actions": (lambda n: actions(*[button()] * n), 25),
    "button text": (lambda n: actions(button(text={"type": "plain_text", "text": "x" * n})), 75),
    "button value": (lambda n: actions(button(value="x" * n)), 2_000),
    "button url": (lambda n: actions(button(url="x" * n)), 3_000),
    "action id": (lambda n: actions(button(action_id="x" * n)), 255),
    "block id": (lambda n: {"type": "divider", "block_id": "x" * n}, 255),
    "overflow options": (lambda n: actions(overflow(n)), 5),
    "option text": (lambda n: actions(overflow(2, label=n)), 75),
    "option value": (lambda n: actions(overflow(2, value=n)), 150),
    "rows": (lambda n: table(n, 1), 100),
    "cells": (lambda n: table(1, n), 20),
    "column settings": (lambda n: table(1, 1, column_settings=[{"align": "left"}] * n), 20),
    "image url": (image, 3_000),
    "image words": (lambda n: image(alt=n), 2_000),
    "link url": (lambda n: rich_text(rich_text_section({"type": "link", "url": "x" * n})), 3_000),
}


@pytest.mark.parametrize("what", AT_THE_EDGE)
def test_what_is_just_short_enough_passes_and_one_more_does_not(what: str):
    build, most = AT_THE_EDGE[what]

    assert problems(message({"type": "divider"}, build(most))) == []
    (problem, *_) = problems(message({"type": "divider"}, build(most + 1)))
    assert problem.startswith("blocks[1]")
    assert f"{most:,}" in problem or f"to {most}" in problem


def test_every_limit_says_where_it_is_written():
    known = {name: value for name, value in vars(validation).items() if isinstance(value, validation.Limit)}

    assert len(known) >= 20
    assert all(limit.source.startswith("https://") for limit in known.values())
    assert TOTAL_TEXT.max > TEXT_BUDGET


def test_fifty_blocks_pass_and_fifty_one_do_not():
    assert problems(message(*[{"type": "divider"}] * 50)) == []
    assert problems(message(*[{"type": "divider"}] * 51)) == ["blocks has 51 entries, expected 0 to 50"]


def test_all_text_of_a_message_is_counted_together():
    full = [section(3_000)] * 3 + [section(2_000)]

    assert total_text(full) == TOTAL_TEXT.max
    assert problems(message(*full)) == []
    (problem,) = inspect(message(*full, section(1)))
    assert problem.code == "msg_blocks_too_long"
    assert problem.message == "blocks hold 11,001 characters of text in all, at most 11,000"


def test_the_text_of_tables_and_rich_text_counts_as_well():
    block = rich_text(
        rich_text_section(text_element("four"), link_element("https://example.com", "five5")),
        rich_text_list(rich_text_section(text_element("six666"))),
    )

    assert total_text([block, table(2, 3)]) == 4 + 5 + 6 + 6


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "no_text"), ("  \n", "no_text"), (None, "no_text"), (7, "no_text"), ("x" * 40_001, "msg_too_long")],
)
def test_a_text_that_slack_refuses(text: Any, code: str):
    assert [problem.code for problem in inspect({"text": text})] == [code]
    assert problems({"text": "x" * 40_000}) == []


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ("divider", "blocks[0] is a string, expected a block"),
        ({"type": "markdown", "text": "x"}, "blocks[0] is of type 'markdown', expected one of"),
        ({"type": ["section"]}, "blocks[0] is of type \"['section']\", expected one of"),
        ({}, "blocks[0] is an object, expected one of"),
        ({"type": "section"}, "blocks[0] (section) has neither text nor fields"),
        ({"type": "section", "text": {"type": "mrkdwn", "text": " "}}, "blocks[0] (section) text.text is empty"),
        ({"type": "section", "text": "words"}, "blocks[0] (section) text is a string, expected plain_text or mrkdwn"),
        ({"type": "section", "fields": "words"}, "blocks[0] (section) fields is a string, expected a list"),
        ({"type": "header", "text": mark(3)}, "blocks[0] (header) text is of type 'mrkdwn', expected plain_text"),
        ({"type": "header"}, "blocks[0] (header) text is missing, expected plain_text"),
        (
            {"type": "section", "text": {"type": "mrkdwn", "text": "x", "emoji": True}},
            "blocks[0] (section) text.emoji belongs to plain_text, not to mrkdwn",
        ),
        (
            {"type": "section", "text": mark(1), "accessory": {"type": "datepicker"}},
            "blocks[0] (section) accessory is of type 'datepicker', expected button or overflow or image",
        ),
        (actions(), "blocks[0] (actions) elements has 0 entries, expected 1 to 25"),
        (actions(overflow(1)), "blocks[0] (actions) elements[0].options has 1 entry, expected 2 to 5"),
        (
            actions(overflow(2) | {"options": ["a", *overflow(1)["options"]]}),
            "blocks[0] (actions) elements[0].options[0] is a string, expected an option",
        ),
        (actions(button(style="loud")), "blocks[0] (actions) elements[0].style is neither primary nor danger"),
        (actions(button(value=7)), "blocks[0] (actions) elements[0].value is a number, expected a string"),
        (actions(button(text=mark(1))), "blocks[0] (actions) elements[0].text is of type 'mrkdwn'"),
        ({"type": "image", "image_url": "https://x"}, "blocks[0] (image) alt_text is missing"),
        (image() | {"title": mark(1)}, "blocks[0] (image) title is of type 'mrkdwn', expected plain_text"),
        (table(0, 0), "blocks[0] (table) rows has 0 entries, expected 1 to 100"),
        ({"type": "table", "rows": [[{"type": "raw_text", "text": ""}]]}, "blocks[0] (table) rows[0][0].text is empty"),
        ({"type": "table", "rows": [[mark(1)]]}, "blocks[0] (table) rows[0][0] is of type 'mrkdwn'"),
        (rich_text({"type": "section"}), "blocks[0] (rich_text) elements[0] is of type 'section'"),
        (
            rich_text(rich_text_section({"type": "text", "text": ""})),
            "blocks[0] (rich_text) elements[0].elements[0].text is empty",
        ),
        (
            rich_text(rich_text_section({"type": "mention"})),
            "blocks[0] (rich_text) elements[0].elements[0] is of type 'mention'",
        ),
        (rich_text({"type": "rich_text_list", "elements": []}), "blocks[0] (rich_text) elements[0].style is neither"),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_what_was_expected(block: Any, said: str):
    (problem,) = inspect(message(block))

    assert problem.message.startswith(said)
    assert problem.pointer.startswith("/blocks/0")
    assert problem.code == "invalid_blocks"


def test_ids_must_be_unique_where_slack_wants_them_to_be():
    twice = message({"type": "divider", "block_id": "b"}, {"type": "divider", "block_id": "b"})
    assert problems(twice) == ["blocks[1] (divider) block_id 'b' is used twice"]

    one_block = message(actions(button(action_id="a"), button(action_id="a")))
    assert problems(one_block) == ["blocks[0] (actions) elements[1].action_id 'a' is used twice"]

    two_blocks = message(actions(button(action_id="a")), actions(button(action_id="a")))
    assert problems(two_blocks) == []


def test_a_message_holds_one_table():
    assert problems(message(table(1, 1), table(1, 1))) == ["blocks[1] (table) is a second table, at most one a message"]


def test_a_table_may_hold_rich_text():
    rich = {"type": "table", "rows": [[rich_text(rich_text_section(text_element("x"))), table_cell("y")]]}

    assert problems(message(rich)) == []


def test_pictures_stand_in_context_and_beside_sections():
    beside = {"type": "section", "text": mark(1), "accessory": image()}

    assert problems(message({"type": "context", "elements": [image()]}, beside)) == []
    beside["accessory"] = image(alt=0)
    assert problems(message(beside)) == ["blocks[0] (section) accessory.alt_text is empty"]


def test_all_problems_are_told_at_once_and_the_first_ones_in_the_error():
    with pytest.raises(Refused) as caught:
        validate_message("", [{"type": "nonsense"}] * 6)

    assert caught.value.code == "no_text"
    assert "text is empty" in str(caught.value)
    assert "blocks[3] is of type 'nonsense'" in str(caught.value)
    assert "and 2 more. Nothing was sent." in str(caught.value)


def test_a_good_message_is_passed_on():
    for good in (message(header(5), section(5), {"type": "divider"}), {"text": "Only words", "blocks": []}):
        validate_message(good["text"], good["blocks"])
        assert problems(good) == []


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["type", "text", "elements", "fields", "rows", "options", "accessory", "url", "value"]),
            inner
            | st.sampled_from(["section", "actions", "button", "table", "rich_text", "rich_text_section", "mrkdwn"]),
            max_size=5,
        )
    ),
    max_leaves=25,
)


@settings(max_examples=300)
@given(ANYTHING, ANYTHING)
def test_nothing_that_can_be_sent_breaks_the_check(text: Any, blocks: Any):
    for problem in inspect({"text": text, "blocks": blocks}):
        assert problem.message
        assert problem.code
        assert problem.pointer.startswith(("/text", "/blocks"))


PHRASES = st.text(max_size=60)
LINES = st.lists(PHRASES.map(text_element), max_size=3).map(lambda elements: rich_text_section(*elements))
FINE_BLOCKS = st.one_of(
    st.just({"type": "divider"}),
    PHRASES.map(lambda phrase: {"type": "header", "text": plain_text(phrase, 150)}),
    PHRASES.map(lambda phrase: {"type": "section", "text": mrkdwn(phrase)}),
    st.lists(PHRASES.map(plain_text), min_size=1, max_size=10).map(lambda texts: {"type": "section", "fields": texts}),
    st.lists(PHRASES.map(mrkdwn), min_size=1, max_size=10).map(lambda texts: {"type": "context", "elements": texts}),
    PHRASES.map(lambda phrase: actions(button(text=plain_text(phrase, 75), value=phrase))),
    st.lists(LINES, max_size=3).map(lambda lines: rich_text(*lines, rich_text_list(*lines))),
)


@settings(max_examples=100)
@given(st.lists(FINE_BLOCKS, max_size=12), st.integers(min_value=0))
def test_a_message_within_the_limits_passes_and_one_bad_block_is_found_where_it_stands(blocks: list[Json], where: int):
    assert problems(message(*blocks)) == []

    index = where % (len(blocks) + 1)
    spoilt = [*blocks[:index], header(151), *blocks[index:]]
    (problem,) = inspect(message(*spoilt))
    assert problem.pointer == f"/blocks/{index}/text/text"
    assert problem.message == f"blocks[{index}] (header) text.text has 151 characters, at most 150"
