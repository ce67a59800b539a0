"""Hostile text is shown as it is, wherever it is put."""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.slack.formatting import (
    EMPTY_TEXT,
    clean,
    escape,
    link_element,
    plain_text,
    rich_text,
    rich_text_list,
    rich_text_section,
    safe_url,
    text_element,
    truncate,
)
from connectors.slack.validation import find_problems

BITS = [
    "<!channel>", "<!here|here>", "<!everyone>", "<@U123ABC>", "<#C123|general>", "<!subteam^S1|@team>",
    "<https://evil.example|your bank>", "https://evil.example", "javascript:alert(1)", "@channel", "@here", "#general",
    "*bold*", "_it_", "~no~", "`code`", "```\nblock\n```", "\n> quote", "&gt; quote", ":tada:", "&", "&amp;",
    "&lt;!here&gt;", "<", ">", "|", "*", "_", "`", "\r\n", "\u2028", "\x00", "\x1b[31m", "\u202e", "\ud800",
    "👩\u200d💻", " ", "word",
]  # fmt: skip
HOSTILE = st.lists(st.sampled_from(BITS) | st.text(max_size=4), max_size=12).map("".join)
URLS = HOSTILE | HOSTILE.map(lambda text: f"https://example.com/{text}")


def unescape(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def test_the_ampersand_is_escaped_first():
    assert escape("<a> & &lt;") == "&lt;a&gt; &amp; &amp;lt;"


@given(HOSTILE)
def test_escaped_text_has_no_markup_in_angle_brackets_and_reads_the_same(text: str):
    escaped = escape(text)

    assert not set("<>") & set(escaped)
    assert unescape(escaped) == text


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "java\nscript:alert(1)",
        "ftp://example.com",
        "//example.com",
        "example.com",
        "https://",
        "https://[",
        "https://example.com:port/",
        "ht\ntps://example.com",
        "https://example.com/" + "x" * 3_000,
    ],
)
def test_what_is_no_web_address_makes_no_link(url: str):
    assert safe_url(url) is None
    assert link_element(url, "PAY-1") == {"type": "text", "text": "PAY-1"}


def test_text_is_cut_at_the_end_of_a_word():
    assert truncate("The payment is refused", 22) == "The payment is refused"
    assert truncate("The payment is refused", 21) == "The payment is…"
    assert truncate("The payment is refused", 15) == "The payment is…"
    assert truncate("Unbreakable", 5) == "Unbr…"
    assert truncate("anything", 1) == "…"
    assert truncate("anything", 0) == ""


def test_no_character_is_cut_in_half():
    assert truncate("see 👩\u200d💻 there", 6) == "see…"
    assert truncate("caf\u0065\u0301 noir", 5) == "caf…"


@settings(max_examples=60)
@given(HOSTILE, st.integers(min_value=0, max_value=40))
def test_a_cut_keeps_the_length_and_breaks_no_entity(text: str, most: int):
    short = truncate(escape(text), most)

    assert len(short) <= most
    if short != escape(text):
        assert short == "" or short.endswith("…")
        assert text.startswith(unescape(short[:-1]))


def test_cleaning_keeps_words_and_drops_what_only_deceives():
    assert clean("a\x00b\r\n  c\u202e d\u2028e ") == "a b c d e"
    assert clean("a\n\n  b\t c", keep_lines=True) == "a\n\nb c"
    assert clean("\ud800") == "\ufffd"


@given(HOSTILE)
def test_cleaned_text_can_be_sent_and_is_one_line(text: str):
    cleaned = clean(text)

    assert cleaned.encode("utf-8").decode("utf-8") == cleaned
    assert len(cleaned.splitlines()) <= 1
    assert clean(cleaned) == cleaned


@settings(max_examples=60)
@given(HOSTILE, URLS)
def test_item_text_in_blocks_is_never_markup_and_never_refused(text: str, url: str):
    blocks = [
        {"type": "header", "text": plain_text(text, 150)},
        rich_text(
            rich_text_section(text_element(text, bold=True), link_element(url, text)),
            rich_text_list(rich_text_section(text_element(text))),
        ),
        {"type": "context", "elements": [plain_text(text)]},
    ]

    assert find_problems({"text": "Report", "blocks": blocks}) == []
    kinds = {node["type"] for node in nodes(blocks)}
    assert kinds <= {
        "header",
        "plain_text",
        "rich_text",
        "rich_text_section",
        "rich_text_list",
        "text",
        "link",
        "context",
    }
    for node in nodes(blocks):
        if node["type"] == "link":
            assert urlsplit(node["url"]).scheme in ("http", "https")
    json.dumps(blocks).encode("ascii")
    json.dumps(blocks, ensure_ascii=False).encode("utf-8")


def nodes(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        return [value, *(node for inner in value.values() for node in nodes(inner))] if "type" in value else []
    return [node for inner in value for node in nodes(inner)] if isinstance(value, list) else []


def test_words_are_shown_as_they_are():
    assert text_element("*a* <!channel> `b`\n") == {"type": "text", "text": "*a* <!channel> `b`\n"}
    assert text_element("x", bold=True) == {"type": "text", "text": "x", "style": {"bold": True}}
    assert text_element("") == {"type": "text", "text": EMPTY_TEXT}


def test_a_link_keeps_its_address_working():
    assert link_element("https://x.example/a?b=1&c=2#d", "PAY-1")["url"] == "https://x.example/a?b=1&c=2#d"
    assert link_element("https://x.example/a|b>c d", "")["url"] == "https://x.example/a%7Cb%3Ec%20d"
    assert link_element("https://x.example/%20", "x")["url"] == "https://x.example/%20"
