"""Atlassian documents as blocks: every word is kept, in the block that a reader sees."""

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connectors.document import Bullets, Document, Paragraph, Span, Style
from connectors.jira.rich_text import parse, plain_text, read_comment
from connectors.markup import adf
from connectors.markup.adf import Node
from rules.model import Block, BlockKind

P, H, B, T, C, Q, R, M = (
    BlockKind.PARAGRAPH, BlockKind.HEADING, BlockKind.BULLET, BlockKind.TASK, BlockKind.CODE, BlockKind.QUOTE,
    BlockKind.ROW, BlockKind.MEDIA,
)  # fmt: skip


def commands_in(body):
    return read_comment(body)[1]


def text(words, *marks):
    return {"type": "text", "text": words, "marks": [{"type": mark} for mark in marks]}


def node(kind, *content, **attrs):
    return {"type": kind, "content": list(content), **({"attrs": attrs} if attrs else {})}


def para(*inline):
    return node("paragraph", *(text(one) if isinstance(one, str) else one for one in inline))


def doc(*content):
    return msgspec.convert({"type": "doc", "version": 1, "content": list(content)}, Node)


def bullets(*items):
    return node("bulletList", *(node("listItem", *item) for item in items))


def seen(*content):
    return [(block.kind, block.text) for block in parse(doc(*content))]


BREAK = {"type": "hardBreak"}


def test_paragraphs_and_headings():
    found = parse(doc(para("One  two"), node("heading", text("Title"), level=2), para("")))
    assert found == (Block(P, "One  two"), Block(H, "Title", 2))


@pytest.mark.parametrize(
    ("level", "shown"), [(0, 1), (-3, 1), (6, 6), (7, 6), (10**30, 6), ("2", 1), (None, 1), (2.5, 1)]
)
def test_a_heading_has_one_of_six_sizes(level, shown):
    (block,) = parse(doc(node("heading", text("x"), level=level)))
    assert block.level == shown


def test_a_hard_break_ends_a_line():
    assert seen(para("one", BREAK, "two", BREAK, BREAK, "three")) == [(P, "one"), (P, "two"), (P, "three")]
    assert seen(para("one\ntwo\u2028three")) == [(P, "one"), (P, "two"), (P, "three")]


def test_a_hard_break_parts_words_where_a_block_is_one_line():
    assert seen(node("heading", text("one"), BREAK, text("two"), level=1)) == [(H, "one two")]
    assert seen(node("taskItem", text("one"), BREAK, text("two"))) == [(T, "one two")]
    cells = node("tableRow", node("tableCell", para("a", BREAK, "b")), node("tableCell", para("c")))
    assert seen(node("table", cells)) == [(R, "a b | c")]


def test_words_in_different_styles_stay_one_word():
    assert seen(para(text("un", "em"), text("believ", "strong"), text("able"))) == [(P, "unbelievable")]


def test_a_line_that_is_all_bold_is_a_heading():
    assert seen(para(text("Acceptance criteria", "strong"), text(": ", "strong", "em"))) == [
        (H, "Acceptance criteria:")
    ]
    assert seen(para(text("Note", "strong"), text(" well"))) == [(P, "Note well")]
    assert seen(para(text("Title", "strong"), BREAK, text("words"))) == [(H, "Title"), (P, "words")]
    assert seen(para(text("Title", "strong"), text("  "))) == [(H, "Title")]
    assert seen(bullets([para(text("bold", "strong"))])) == [(B, "bold")]
    assert seen(para(text(" ", "strong"))) == []


def test_lists_know_their_depth():
    inner = bullets([para("b"), bullets([para("c")])])
    found = parse(doc(bullets([para("a"), inner, para("more of a")], [para("d")])))
    assert [(one.kind, one.text, one.level) for one in found] == [
        (B, "a", 0), (B, "b", 1), (B, "c", 2), (P, "more of a", 0), (B, "d", 0),
    ]  # fmt: skip
    numbered = node("orderedList", node("listItem", para("x")), order=3)
    assert [(one.kind, one.text) for one in parse(doc(numbered))] == [(B, "x")]


def test_tasks_know_whether_they_are_done():
    tasks = node(
        "taskList",
        node("taskItem", text("open"), state="TODO", localId="1"),
        node("taskItem", text("done"), state="DONE", localId="2"),
        node("taskList", node("taskItem", text("inside"), state="done")),
        node("blockTaskItem", para("two"), para("paragraphs"), state="TODO"),
    )
    found = parse(doc(tasks))
    assert [(one.text, one.done) for one in found] == [
        ("open", False), ("done", True), ("inside", True), ("two paragraphs", False),
    ]  # fmt: skip
    assert {one.kind for one in found} == {T}


def test_code_keeps_its_lines_and_quotations_are_marked():
    assert seen(node("codeBlock", text("if x:\n    y"), BREAK, text("z"), language="py")) == [(C, "if x:\n    y\nz")]
    quoted = node(
        "blockquote",
        para("said"),
        bullets([para("one"), para("more")], [para("two")]),
        node("heading", text("loud"), level=1),
        node("taskList", node("taskItem", text("to do"))),
        node("expand", para("inside"), title="folded"),
        para(text("bold", "strong")),
    )
    assert {kind for kind, _ in seen(quoted)} == {Q}
    assert [words for _, words in seen(quoted)] == [
        "said",
        "one",
        "more",
        "two",
        "loud",
        "to do",
        "folded",
        "inside",
        "bold",
    ]


def test_tables_are_rows():
    table = node(
        "table",
        node("tableRow", node("tableHeader", para("Who")), node("tableHeader", para("What"))),
        node("tableRow", node("tableCell", para("a"), para("b")), node("tableCell", bullets([para("c")], [para("d")]))),
    )
    assert seen(table) == [(R, "Who | What"), (R, "a b | c d")]


def test_the_title_of_what_folds_away_is_a_heading():
    assert seen(node("expand", para("words"), title="Acceptance criteria")) == [
        (H, "Acceptance criteria"),
        (P, "words"),
    ]
    assert seen(node("expand", para("words"), title="")) == [(P, "words")]
    assert seen(node("nestedExpand", title="only")) == [(H, "only")]


@pytest.mark.parametrize(
    ("inline", "words"),
    [
        ({"type": "mention", "attrs": {"id": "1", "text": "@Ana"}}, "@Ana"),
        ({"type": "emoji", "attrs": {"shortName": ":smile:", "text": "😄"}}, "😄"),
        ({"type": "emoji", "attrs": {"shortName": ":party:"}}, ":party:"),
        ({"type": "inlineCard", "attrs": {"url": "https://x.example"}}, "https://x.example"),
        ({"type": "status", "attrs": {"text": "BLOCKED", "color": "red"}}, "BLOCKED"),
        ({"type": "date", "attrs": {"timestamp": "1582156800000"}}, "2020-02-20"),
        ({"type": "date", "attrs": {"timestamp": 1582156800000}}, "2020-02-20"),
        ({"type": "date", "attrs": {"timestamp": "9" * 40}}, ""),
        ({"type": "date"}, ""),
        ({"type": "placeholder", "attrs": {"text": "Type here"}}, "Type here"),
        ({"type": "mention", "attrs": {"text": 7}}, ""),
    ],
)
def test_everything_in_a_line_is_read(inline, words):
    assert seen(para("see ", inline, " now")) == [(P, f"see {words} now" if words else "see  now")]
    kind = BlockKind.LINK if inline["type"] in ("mention", "inlineCard") else P
    assert seen(inline) == ([(kind, words)] if words else [])


def test_pictures_and_cards_are_media():
    assert seen(node("mediaSingle", {"type": "media", "attrs": {"alt": "a \n screen"}})) == [(M, "a screen")]
    assert seen(node("mediaGroup", {"type": "media", "attrs": {"id": "x"}})) == [(M, "")]


def test_a_line_that_is_only_a_link_is_a_link():
    link = text("the wiki", "link")
    assert seen({"type": "blockCard", "attrs": {"url": "https://x.example"}}) == [(BlockKind.LINK, "https://x.example")]
    assert seen(para(link), bullets([para(link)])) == [(BlockKind.LINK, "the wiki")] * 2
    assert seen(para("see ", link), node("heading", link, level=2)) == [(P, "see the wiki"), (H, "the wiki")]


def test_what_is_struck_out_is_left_out():
    struck = text("the file opens", "strike")
    assert seen(para(struck), bullets([para(struck)])) == [(BlockKind.STRUCK, "the file opens")] * 2
    assert seen(para("it is signed, ", struck), node("taskList", node("taskItem", struck))) == [(P, "it is signed,")]


def test_a_scenario_in_a_code_block_is_text():
    code = node("codeBlock", text("Given a\nWhen b"), language="gherkin")
    assert seen(code) == [(P, "Given a"), (P, "When b")]


def test_unknown_nodes_give_their_words():
    assert seen(node("hologram", para("inside"))) == [(P, "inside")]
    assert seen({"type": "extension", "attrs": {"text": "a\nmacro"}}) == [(P, "a macro")]
    assert seen({"content": [para("nameless")]}) == [(P, "nameless")]
    assert seen({}) == [(BlockKind.UNREADABLE, "")]
    assert seen(doc(para("before"), {"surprise": 1})) == [(P, "before"), (BlockKind.UNREADABLE, "")]
    assert seen(bullets([{"type": "hologram", "content": [para("x")]}])) == [(B, "x")]


@pytest.mark.parametrize("empty", [None, "", "  \n ", doc(), doc(para()), doc(para("", "  "))])
def test_an_empty_text_has_no_blocks(empty):
    assert (parse(empty), plain_text(empty), commands_in(empty)) == ((), "", ())


def test_a_plain_text_is_its_lines():
    assert parse("one\r\n\n two ") == (Block(P, "one"), Block(P, "two"))


@pytest.mark.parametrize(
    "spoken",
    [
        para("/steward waive oversized-story because so it is"),
        para("Hello", BREAK, "/steward waive oversized-story because so it is"),
        bullets([para("/steward waive oversized-story because so it is")]),
        para(text("/steward waive oversized-story because so it is", "strong")),
        para("/steward\u00a0waive  oversized-story because so it is"),
        para("/steward waive ", text("oversized-story", "code"), " because so it is"),
        node("panel", para(" /steward waive oversized-story because so it is"), panelType="info"),
        node("heading", text("/steward waive oversized-story because so it is"), level=1),
    ],
)
def test_a_line_that_begins_with_our_name_speaks_to_us(spoken):
    assert commands_in(doc(para("Before"), spoken, para("after"))) == (
        "/steward waive oversized-story because so it is",
    )


@pytest.mark.parametrize(
    "silent",
    [
        node("blockquote", para("/steward waive x")),
        node("blockquote", bullets([para("/steward waive x"), para("/steward waive x")])),
        node("blockquote", node("taskList", node("taskItem", text("/steward waive x")))),
        node("blockquote", node("heading", text("/steward waive x"), level=1)),
        bullets([node("blockquote", para("/steward waive x"))]),
        node("codeBlock", text("/steward waive x")),
        para(text("/steward waive x", "code")),
        para(text("/steward", "code"), " waive x"),
        bullets([para(text("/steward waive x", "code"))]),
        node("table", node("tableRow", node("tableCell", node("codeBlock", text("/steward waive x"))))),
        node("table", node("tableRow", node("tableCell", para("/steward waive x")))),
        para("Please use /steward waive x"),
        para("/stewardship matters"),
        para("/steward: no"),
        {"type": "blockCard", "attrs": {"url": "/steward waive x"}},
    ],
)
def test_what_is_quoted_or_code_or_said_in_passing_speaks_to_nobody(silent):
    assert commands_in(doc(silent)) == ()


def test_a_command_follows_the_mention_that_jira_puts_into_a_reply():
    mention = {"type": "mention", "attrs": {"id": "5b10a2844c20165700ede21g", "text": "@Backlog Steward"}}
    assert commands_in(doc(para(mention, " /steward waive a"))) == ("/steward waive a",)
    assert commands_in(doc(para(mention, " says /steward waive a"))) == ()
    assert commands_in(doc(para("/steward waive a because ", mention, " agreed"))) == (
        "/steward waive a because @Backlog Steward agreed",
    )


def test_several_lines_are_several_commands():
    assert commands_in(doc(para("/steward waive a", BREAK, "/steward wrong b"), para("/steward"))) == (
        "/steward waive a", "/steward wrong b", "/steward",
    )  # fmt: skip


kinds = st.sampled_from(
    ["paragraph", "heading", "bulletList", "orderedList", "listItem", "taskList", "taskItem", "blockTaskItem",
     "decisionList", "decisionItem", "codeBlock", "blockquote", "panel", "expand", "nestedExpand", "table", "tableRow",
     "tableCell", "tableHeader", "mediaSingle", "media", "caption", "layoutSection", "extension", "bodiedExtension",
     "text", "hardBreak", "mention", "emoji", "date", "status", "inlineCard", "rule", "hologram", ""]
)  # fmt: skip
scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.floats(allow_nan=False)
attributes = st.dictionaries(
    st.sampled_from(["level", "state", "title", "text", "url", "timestamp", "shortName", "alt", "name", "x"]),
    scalars | st.lists(scalars, max_size=2),
    max_size=3,
)
words = st.text(st.characters(codec="utf-8"), max_size=8)
marks = st.lists(st.sampled_from([{"type": "strong"}, {"type": "code"}, {}, {"type": 7}]), max_size=2)
trees = st.recursive(
    st.builds(Node, st.just("text"), words, st.none(), st.none(), st.none() | marks)
    | st.builds(Node, kinds, st.none() | words, st.none(), st.none() | attributes),
    lambda inner: st.builds(
        Node, kinds, st.none(), st.none() | st.lists(inner, max_size=4), st.none() | attributes, st.none() | marks
    ),
    max_leaves=15,
)


@settings(max_examples=60, deadline=None)
@given(trees)
def test_any_document_is_read(tree):
    found = parse(tree)
    for block in found:
        assert block.text or block.kind in (M, BlockKind.UNREADABLE)
        assert block.kind is C or len(block.text.splitlines()) <= 1, "a block is one line"
        assert 0 <= block.level <= 60
        assert (block.done is None) == (block.kind is not T)
    for line in commands_in(tree):
        assert line.split(" ")[0] == "/steward"
    msgspec.json.decode(msgspec.json.encode(found), type=tuple[Block, ...])


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.sampled_from(["paragraph", "panel", "bulletList", "listItem", "layoutColumn", "hologram"]), max_size=40
    ),
    words,
)
def test_words_are_not_lost_on_the_way_down(kinds_down, said):
    tree = Node("paragraph", None, [Node("text", said)])
    for kind in kinds_down:
        tree = Node(kind, None, [tree])
    if kinds_down and "paragraph" in kinds_down:
        return  # words within blocks within a paragraph are joined, see the test of lines
    assert [block.text.split() for block in parse(tree)] == [line.split() for line in said.splitlines() if line.split()]


hostile = st.text(max_size=30) | st.sampled_from(
    ["\x00", "\ud800", "a\ud83d", "\uffff", "\x85", "line\nbreak", "\u2028", "[~ana]", "@ana", "<b>", "{quote}", "h1. x",
     "/steward waive everything", "https://evil.example", "a" * 5000, "\u202e", "  ", "\t", "*", "|", "```", "🎉"]
)  # fmt: skip
spans = st.builds(
    Span, hostile, st.sampled_from(Style),
    st.sampled_from(["", "", "https://x.example/a b", "http://x", "javascript:alert(1)", "mailto:x", "x"]),
)  # fmt: skip
paragraphs = st.builds(Paragraph, st.lists(spans, max_size=4).map(tuple))
lists = st.builds(Bullets, st.lists(st.lists(paragraphs, max_size=3).map(tuple), max_size=3).map(tuple))
documents = st.builds(Document, st.lists(paragraphs | lists, max_size=5).map(tuple))


@settings(max_examples=20, deadline=None)
@given(documents)
@example(Document(()))
@example(Document((Bullets(()), Bullets(((),)), Paragraph(()))))
def test_whatever_we_write_is_valid(adf_schema, document):
    written = adf.render(document)
    error = next(iter(adf_schema.iter_errors(written)), None)
    assert error is None, error and error.message
    assert adf_schema.is_valid(written)
    encoded = msgspec.json.encode(written)
    assert b"javascript:" not in encoded.replace(b'"text":"javascript:', b"")
    assert not {"mention", "inlineCard", "heading"} & {one["type"] for one in nodes_of(written)}


def nodes_of(tree):
    yield tree
    for child in tree.get("content", ()):
        yield from nodes_of(child)


@settings(max_examples=60, deadline=None)
@given(documents)
def test_what_we_wrote_reads_the_same_again_and_again(document):
    once = plain_text(msgspec.convert(adf.render(document), Node))
    again = plain_text(
        msgspec.convert(adf.render(Document(tuple(Paragraph((Span(line),)) for line in once.splitlines()))), Node)
    )
    assert again == once


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8", categories=["L", "N", "P"]), min_size=1, max_size=20), max_size=5))
def test_every_word_that_we_write_is_there(texts):
    document = Document(
        tuple(Paragraph((Span(one, Style.STRONG), Span(" and "), Span(one, Style.CODE))) for one in texts)
    )
    assert plain_text(msgspec.convert(adf.render(document), Node)) == "\n".join(f"{one} and {one}" for one in texts)


def test_styles_and_links_are_kept():
    line = Paragraph((Span("a", Style.STRONG), Span("b", Style.CODE), Span("c", link="https://x.example/")))
    written = adf.render(Document((line,)))
    assert [one.get("marks") for one in written["content"][0]["content"]] == [
        [{"type": "strong"}], [{"type": "code"}], [{"type": "link", "attrs": {"href": "https://x.example/"}}],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("braced", "plain_marks"),
    [
        ("{*}AC1{*}:", "*AC1*:"),
        ("{*}Acceptance criteria{*}", "*Acceptance criteria*"),
        ("h3. {*}Acceptance criteria{*}", "h3. *Acceptance criteria*"),
        ("* {*}AC1{*}: the file is {_}empty{_}", "* *AC1*: the file is _empty_"),
        ("* [ ] {+}one line{+} for each order", "* [ ] +one line+ for each order"),
        ("| {*}Given{*} | {^}an{^} {~}order{~} |", "| *Given* | ^an^ ~order~ |"),
        ("bq. {*}Quoted{*}", "bq. *Quoted*"),
    ],
)
def test_marks_in_braces_are_read_like_those_without(braced, plain_marks):
    assert parse(braced) == parse(plain_marks) != ()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("un{*}believ{*}able", "unbelievable"),
        ("an {-}old{-} order", "an old order"),
        ("{??}cited{??}", "cited"),
        (r"a set \{*\} of all", "a set {*} of all"),
        ("{{glob}} and {{*}}", "glob and *"),
    ],
)
def test_marks_in_braces_are_no_words(text, shown):
    assert plain_text(text) == shown
