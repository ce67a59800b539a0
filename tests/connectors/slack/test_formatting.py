"""Hostile words stay words, wherever they are put."""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connectors.document import Bullets, Document, Paragraph, Span, Style
from connectors.slack.formatting import (
    EMPTY_TEXT,
    clean,
    escape,
    escape_mrkdwn,
    from_document,
    link_element,
    mentions,
    mrkdwn,
    mrkdwn_link,
    plain_text,
    rich_text,
    rich_text_list,
    rich_text_section,
    safe_url,
    table_cell,
    text_element,
    truncate,
)
from connectors.slack.validation import problems
from steward_sandbox.slack.mrkdwn import alive

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
def test_escaped_text_holds_no_markup_in_angle_brackets_and_says_what_it_said(text: str):
    escaped = escape(text)

    assert not set("<>") & set(escaped)
    assert unescape(escaped) == text


@settings(max_examples=300)
@given(HOSTILE)
@example("> quote")
@example("* :a:b: *")
def test_inert_text_has_nothing_alive_in_it(text: str):
    assert alive(escape_mrkdwn(text), verbatim=True) == []
    assert mentions({"text": escape_mrkdwn(text)}) == []


def test_inert_text_looks_as_it_did():
    assert escape_mrkdwn("PAY-1: a & b, at 10:30") == "PAY-1: a &amp; b, at 10:30"


@settings(max_examples=300)
@given(URLS, HOSTILE)
def test_a_link_leads_to_a_web_address_or_nowhere_and_nothing_else_is_alive(url: str, text: str):
    made = mrkdwn_link(url, text)

    for found in alive(made, verbatim=True):
        assert found == made
        target, bar, label = made.removeprefix("<").removesuffix(">").partition("|")
        assert urlsplit(unescape(target)).scheme in ("http", "https")
        assert urlsplit(unescape(target)).hostname
        assert bar
        assert label
        assert not set("<>|") & set(target + label)
    assert made
    assert mentions({"text": made}) == []


def test_a_link_keeps_its_address_working():
    assert mrkdwn_link("https://x.example/a?b=1&c=2#d", "PAY-1") == "<https://x.example/a?b=1&amp;c=2#d|PAY-1>"
    assert mrkdwn_link("https://x.example/a|b>c d", "a|b > c") == "<https://x.example/a%7Cb%3Ec%20d|a¦b &gt; c>"
    assert mrkdwn_link("https://x.example/%20", "") == "<https://x.example/%20|https://x.example/%20>"


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
    assert mrkdwn_link(url, "PAY-1") == "PAY-1"
    assert mrkdwn_link(url, "") == EMPTY_TEXT
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


@settings(max_examples=300)
@given(HOSTILE, st.integers(min_value=0, max_value=40))
def test_a_cut_keeps_the_length_and_breaks_no_entity(text: str, most: int):
    short = truncate(escape(text), most)

    assert len(short) <= most
    if short != escape(text):
        assert short == "" or short.endswith("…")
        assert text.startswith(unescape(short[:-1]))


def test_cleaning_keeps_words_and_drops_what_only_deceives():
    assert clean("a\x00b\r\n  c\u202e d\u2028e ") == "a b c d e"
    assert clean("a\n\n  b\t c", lines=True) == "a\n\nb c"
    assert clean("\ud800") == "\ufffd"


@given(HOSTILE)
def test_cleaned_text_can_be_sent_and_is_one_line(text: str):
    cleaned = clean(text)

    assert cleaned.encode("utf-8").decode("utf-8") == cleaned
    assert len(cleaned.splitlines()) <= 1
    assert clean(cleaned) == cleaned


def document(text: str, url: str) -> Document:
    spans = (Span(text), Span(text, Style.STRONG), Span(text, Style.CODE), Span(text, link=url))
    return Document((Paragraph(spans), Paragraph(spans), Bullets(((Paragraph(spans), Paragraph(spans)),))))


@settings(max_examples=200)
@given(HOSTILE, URLS)
def test_item_text_in_blocks_is_never_markup_and_never_refused(text: str, url: str):
    blocks = [
        {"type": "header", "text": plain_text(text, 150)},
        rich_text(
            rich_text_section(text_element(text, bold=True), link_element(url, text)),
            rich_text_list(rich_text_section(text_element(text)), style="ordered"),
        ),
        {"type": "context", "elements": [plain_text(text)]},
        {"type": "table", "rows": [[table_cell(text), rich_text(rich_text_section(link_element(url, text)))]]},
        from_document(document(text, url)),
    ]

    assert problems({"text": "Report", "blocks": blocks}) == []
    assert mentions({"blocks": blocks}) == []
    kinds = {node["type"] for node in nodes(blocks)}
    assert kinds <= {
        "header", "plain_text", "rich_text", "rich_text_section", "rich_text_list", "text", "link", "context", "table",
        "raw_text",
    }  # fmt: skip
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
    assert text_element("x", bold=True, code=True) == {
        "type": "text",
        "text": "x",
        "style": {"bold": True, "code": True},
    }
    assert text_element("") == {"type": "text", "text": EMPTY_TEXT}


def test_our_own_markup_makes_no_links_by_itself():
    assert mrkdwn("*Ready* see https://example.com") == {
        "type": "mrkdwn",
        "text": "*Ready* see https://example.com",
        "verbatim": True,
    }
    assert mrkdwn(" ")["text"] == EMPTY_TEXT


def test_a_document_becomes_one_block():
    block = from_document(
        Document(
            (
                Paragraph((Span("Who may ask?", Style.STRONG), Span(" See "), Span("PAY-1", link="https://x.example"))),
                Paragraph((Span("13 points"),)),
                Bullets(((Paragraph((Span("one"),)), Paragraph((Span("more"),))), (Paragraph((Span("two"),)),))),
            )
        )
    )

    assert block == rich_text(
        rich_text_section(
            text_element("Who may ask?", bold=True), text_element(" See "), link_element("https://x.example", "PAY-1")
        ),
        rich_text_section(text_element("\n"), text_element("13 points")),
        rich_text_list(
            rich_text_section(text_element("one"), text_element("\n"), text_element("more")),
            rich_text_section(text_element("two")),
        ),
    )


def test_every_kind_of_ping_is_found():
    blocks = [
        {
            "type": "section",
            "text": {"type": "mrkdwn", "text": "<!channel> <!here|here> <!everyone> <@U1> <!subteam^S1>"},
        },
        rich_text(
            rich_text_section(
                {"type": "broadcast", "range": "here"},
                {"type": "user", "user_id": "U2"},
                {"type": "usergroup", "usergroup_id": "S2"},
            )
        ),
        {"type": "section", "text": {"type": "plain_text", "text": "<!channel> is only words here"}},
    ]

    assert mentions({"text": "<!channel>", "blocks": blocks}) == [
        "<!channel>", "<!channel>", "<!here|here>", "<!everyone>", "<@U1>", "<!subteam^S1>",
        "broadcast here", "user U2", "usergroup S2",
    ]  # fmt: skip
    assert mentions({"text": "&lt;!channel&gt; <https://x.example|x>", "blocks": None}) == []
