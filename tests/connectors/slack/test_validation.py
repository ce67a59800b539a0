"""Limits of Slack messages, each at its edge, and arbitrary input."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.errors import Refused
from connectors.slack import validation
from connectors.slack.formatting import (
    actions,
    button,
    link_element,
    plain_text,
    rich_text,
    rich_text_list,
    rich_text_section,
    text_element,
)
from connectors.slack.validation import (
    TEXT_BUDGET,
    TOTAL_TEXT,
    count_text_characters,
    find_problems,
    validate_message,
)

Json = dict[str, Any]


def message(*blocks: Any) -> Json:
    return {"text": "Report", "blocks": list(blocks)}


def header(length: int) -> Json:
    return {"type": "header", "text": {"type": "plain_text", "text": "x" * length}}


def context(count: int, length: int = 1) -> Json:
    return {"type": "context", "elements": [{"type": "plain_text", "text": "x" * length}] * count}


def line(*elements: Json) -> Json:
    return rich_text(rich_text_section(*elements))


def buttons(count: int, label: int = 1, value: int = 1) -> Json:
    return actions(*(button("x" * label, f"answer-{number}", "v" * value) for number in range(count)))


def button_of(**parts: Any) -> Json:
    return actions(button("x", "answer", "v") | parts)


AT_THE_EDGE = {
    "buttons": (buttons, 25),
    "value of a button": (lambda n: buttons(1, value=n), 2_000),
    "action id": (lambda n: button_of(action_id="x" * n), 255),
    "label of a button": (lambda n: button_of(text={"type": "plain_text", "text": "x" * n}), 75),
    "block id": (lambda n: {"type": "divider", "block_id": "x" * n}, 255),
    "header": (header, 150),
    "context elements": (context, 10),
    "context text": (lambda n: context(1, n), 3_000),
    "link url": (lambda n: line({"type": "link", "url": "x" * n}), 3_000),
}


@pytest.mark.parametrize("what", AT_THE_EDGE)
def test_what_is_just_short_enough_passes_and_one_more_does_not(what: str):
    build, most = AT_THE_EDGE[what]

    assert find_problems(message({"type": "divider"}, build(most))) == []
    (problem, *_) = find_problems(message({"type": "divider"}, build(most + 1)))
    assert problem.message.startswith("blocks[1]")
    assert f"{most:,}" in problem.message or f"to {most}" in problem.message


def test_every_limit_says_where_it_is_written():
    known = {name: value for name, value in vars(validation).items() if isinstance(value, validation.Limit)}

    assert len(known) >= 5
    assert all(limit.source.startswith("https://") for limit in known.values())
    assert TOTAL_TEXT.max > TEXT_BUDGET


def test_fifty_blocks_pass_and_fifty_one_do_not():
    assert find_problems(message(*[{"type": "divider"}] * 50)) == []
    (problem,) = find_problems(message(*[{"type": "divider"}] * 51))
    assert problem.message == "blocks has 51 entries, expected 0 to 50"


def test_two_blocks_of_a_message_have_different_ids():
    blocks = [{"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "a"}]
    (problem,) = find_problems(message(*blocks))
    assert problem.message == "blocks[1] (divider) block_id is used twice: 'a'"


def test_all_text_of_a_message_is_counted_together():
    full = [context(1, 3_000)] * 3 + [context(1, 2_000)]

    assert count_text_characters(full) == TOTAL_TEXT.max
    assert find_problems(message(*full)) == []
    (problem,) = find_problems(message(*full, context(1)))
    assert problem.code == "msg_blocks_too_long"
    assert problem.message == "blocks hold 11,001 characters of text in all, at most 11,000"


def test_rich_text_counts_as_well():
    block = rich_text(
        rich_text_section(text_element("four"), link_element("https://example.com", "five5")),
        rich_text_list(rich_text_section(text_element("six666"))),
    )

    assert count_text_characters([block]) == 4 + 5 + 6


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "no_text"), ("  \n", "no_text"), (None, "no_text"), (7, "no_text"), ("x" * 40_001, "msg_too_long")],
)
def test_a_text_that_slack_refuses(text: Any, code: str):
    assert [problem.code for problem in find_problems({"text": text})] == [code]
    assert find_problems({"text": "x" * 40_000}) == []


@pytest.mark.parametrize(
    ("block", "message_start"),
    [
        ("divider", "blocks[0] is a string, expected a block"),
        ({"type": "markdown", "text": "x"}, "blocks[0] is of type 'markdown', expected one of"),
        (
            {"type": "section", "text": {"type": "mrkdwn", "text": "x"}},
            "blocks[0] is of type 'section', expected one of",
        ),
        ({"type": ["section"]}, "blocks[0] is of type \"['section']\", expected one of"),
        ({}, "blocks[0] is an object, expected one of"),
        (
            {"type": "header", "text": {"type": "mrkdwn"}},
            "blocks[0] (header) text is of type 'mrkdwn', expected plain_text",
        ),
        ({"type": "header"}, "blocks[0] (header) text is missing, expected plain_text"),
        ({"type": "header", "text": {"type": "plain_text"}}, "blocks[0] (header) text.text is missing"),
        ({"type": "header", "text": {"type": "plain_text", "text": 7}}, "blocks[0] (header) text.text is a number"),
        ({"type": "header", "text": {"type": "plain_text", "text": " "}}, "blocks[0] (header) text.text is empty"),
        ({"type": "context"}, "blocks[0] (context) elements is missing, expected a list"),
        (actions(), "blocks[0] (actions) elements has 0 entries, expected 1 to 25"),
        (actions({"type": "overflow"}), "blocks[0] (actions) elements[0] is of type 'overflow', expected button"),
        (button_of(value=None), "blocks[0] (actions) elements[0].value is missing"),
        (
            actions(button("a", "same", "v"), button("b", "same", "v")),
            "blocks[0] (actions) elements[1].action_id is used twice: 'same'",
        ),
        (context(0), "blocks[0] (context) elements has 0 entries, expected 1 to 10"),
        (rich_text({"type": "section"}), "blocks[0] (rich_text) elements[0] is of type 'section'"),
        (line({"type": "text", "text": ""}), "blocks[0] (rich_text) elements[0].elements[0].text is empty"),
        (line({"type": "link"}), "blocks[0] (rich_text) elements[0].elements[0].url is missing"),
        (
            line({"type": "user", "user_id": "S0123ABCD"}),
            "blocks[0] (rich_text) elements[0].elements[0].user_id is not the id of one person",
        ),
        (line({"type": "usergroup"}), "blocks[0] (rich_text) elements[0].elements[0] is of type 'usergroup'"),
        (line({"type": "broadcast", "range": "here"}), "blocks[0] (rich_text) elements[0].elements[0] is of type"),
        (rich_text({"type": "rich_text_list", "elements": []}), "blocks[0] (rich_text) elements[0].style is neither"),
    ],
)
def test_a_problem_names_its_place_and_what_was_expected(block: Any, message_start: str):
    (problem,) = find_problems(message(block))

    assert problem.message.startswith(message_start)
    assert problem.pointer.startswith("/blocks/0")
    assert problem.code == "invalid_blocks"


def test_all_problems_are_told_at_once_and_the_first_ones_in_the_error():
    with pytest.raises(Refused) as caught:
        validate_message("", [{"type": "nonsense"}] * 6)

    assert caught.value.code == "no_text"
    assert "text is empty" in str(caught.value)
    assert "blocks[3] is of type 'nonsense'" in str(caught.value)
    assert "and 2 more. Nothing was sent." in str(caught.value)


def test_a_good_message_is_passed_on():
    for good in (message(header(5), context(5), {"type": "divider"}), {"text": "Only words", "blocks": []}):
        validate_message(good["text"], good["blocks"])
        assert find_problems(good) == []


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["type", "text", "elements", "style", "url"]),
            inner | st.sampled_from(["header", "context", "rich_text", "rich_text_section", "rich_text_list", "link"]),
            max_size=5,
        )
    ),
    max_leaves=25,
)


@settings(max_examples=60)
@given(ANYTHING, ANYTHING)
def test_nothing_that_can_be_sent_breaks_the_check(text: Any, blocks: Any):
    for problem in find_problems({"text": text, "blocks": blocks}):
        assert problem.message
        assert problem.code
        assert problem.pointer.startswith(("/text", "/blocks"))


PHRASES = st.text(max_size=60)
LINES = st.lists(PHRASES.map(text_element), max_size=3).map(lambda elements: rich_text_section(*elements))
FINE_BLOCKS = st.one_of(
    st.just({"type": "divider"}),
    PHRASES.map(lambda phrase: {"type": "header", "text": plain_text(phrase, 150)}),
    st.lists(PHRASES.map(plain_text), min_size=1, max_size=10).map(
        lambda texts: {"type": "context", "elements": texts}
    ),
    st.lists(LINES, max_size=3).map(lambda lines: rich_text(*lines, rich_text_list(*lines))),
)


@settings(max_examples=40)
@given(st.lists(FINE_BLOCKS, max_size=12), st.integers(min_value=0))
def test_a_message_within_the_limits_passes_and_one_bad_block_is_found_where_it_stands(blocks: list[Json], where: int):
    assert find_problems(message(*blocks)) == []

    index = where % (len(blocks) + 1)
    spoilt = [*blocks[:index], header(151), *blocks[index:]]
    (problem,) = find_problems(message(*spoilt))
    assert problem.pointer == f"/blocks/{index}/text/text"
    assert problem.message == f"blocks[{index}] (header) text.text has 151 characters, at most 150"
