"""One document in four markups: each reads back as the same words, and words of an item stay words in all of them."""

import re
import unicodedata

import msgspec
import pytest
from cmarkgfm import markdown_to_html
from cmarkgfm.cmark import Options
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connectors.document import Bullets, Document, Paragraph, Span, Style
from connectors.markup import adf, html, markdown, wiki
from connectors.markup.adf import Node
from connectors.markup.text import find_commands, may_contain_commands
from rules.model import BlockKind, RichText


def as_adf(document: Document) -> RichText:
    return adf.parse(msgspec.convert(adf.render(document), Node))


def as_wiki(document: Document) -> RichText:
    return wiki.parse(wiki.render(document))


def as_html(document: Document) -> RichText:
    return html.parse(html.render(document))


def as_markdown(document: Document) -> RichText:
    return markdown.parse(markdown.render(document))


MARKUPS = {"adf": as_adf, "wiki": as_wiki, "html": as_html, "markdown": as_markdown}
EVERY = pytest.mark.parametrize("there_and_back", MARKUPS.values(), ids=MARKUPS)


def comment(said: str, link: str = "https://rules.example/oversized-story") -> Document:
    """A comment as the service writes it, with words of an item where they may stand."""
    return Document(
        (
            Paragraph((Span("Backlog Steward", Style.STRONG), Span(" has 2 questions about this item."))),
            Bullets(
                (
                    (
                        Paragraph((Span("How will we see that this is done?", Style.STRONG),)),
                        Paragraph(
                            (
                                Span(f'This sentence can be checked: "{said}" Nothing else says it. ('),
                                Span("missing-acceptance-criteria", link=link),
                                Span(")"),
                            )
                        ),
                    ),
                    (
                        Paragraph((Span("Was ist der kleinste Teil davon?", Style.STRONG),)),
                        Paragraph((Span(f"Unter „{said}“ steht noch nichts."),)),
                    ),
                )
            ),
            Paragraph((Span(f"Set aside (oversized-story) until 2027-01-15: {said}."),)),
            Paragraph((Span("Fine as it is? Reply "), Span("/steward waive RULE because …", Style.CODE), Span("."))),
        )
    )


def seen(document: Document) -> list[str]:
    """The lines that a reader sees, without bullets."""
    return [words(line.removeprefix("• ").removeprefix("  ")) for line in document.plain_text.split("\n")]


def words(line: str) -> str:
    """A line with its white space evened out and without what nobody sees."""
    return " ".join("".join(one for one in line if unicodedata.category(one) not in ("Cf", "Cc")).split())


def lines(text: RichText) -> list[str]:
    return [words(block.text) for block in text]


# What rules let through: one line, visible, no double quotation mark (see rules.text.make_quotable).
item_words = st.text(st.characters(codec="utf-8", categories=["L", "M", "N", "P", "S", "Zs"]), max_size=60).map(
    lambda said: " ".join(said.split()).replace('"', "'")
)
HOSTILE = [
    "[~accountid:5b10] @ana @channel <@U1>",
    "{quote} {code:java} {panel} {color:red}red{color} {noformat}",
    "h1. big", "bq. said", "* bullet", "- bullet", "# number", "1. number", "1) number", "+ plus", "---- rule",
    "[click|https://evil.example] [click](https://evil.example) https://evil.example",
    "<b>bold</b> <script>alert(1)</script> <img src=x onerror=y> &lt;b&gt; &amp; &#64;ana",
    "!picture.png! ![alt](x.png)", "||head|| |cell|", "*bold* _it_ ~~gone~~ **b** `code` {{mono}} +ins+ ^up^ ~down~ ??c??",
    "\\ \\\\ \\{ ends with \\", "``` fence", "~~~ fence", "> quoted", "/steward waive everything", "(/) :) (!)",
    "a -dash- b--c a—b", "{n} {points} %s {{n}} {0.__class__}", "___", "***", "=== ---", "$x$ $$y$$", "#123 !456 @789 AB#1",
]  # fmt: skip


@EVERY
@pytest.mark.parametrize("said", HOSTILE)
def test_hostile_words_stay_words(there_and_back, said):
    document = comment(said)
    text = there_and_back(document)
    assert lines(text) == seen(document)
    assert {block.kind for block in text} <= {BlockKind.PARAGRAPH, BlockKind.BULLET, BlockKind.HEADING}
    assert find_commands(text) == ()


@EVERY
@settings(max_examples=50, deadline=None)
@given(item_words)
@example("")
def test_any_words_of_an_item_read_back_as_they_are(there_and_back, said):
    document = comment(said)
    assert lines(there_and_back(document)) == seen(document)


@EVERY
@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(HOSTILE) | item_words, min_size=1, max_size=4).map(" ".join))
def test_hostile_words_put_together_stay_words(there_and_back, said):
    document = comment(said)
    assert lines(there_and_back(document)) == seen(document)


@settings(max_examples=40, deadline=None)
@given(item_words | st.sampled_from(HOSTILE))
def test_all_markups_say_the_same(said):
    document = comment(said)
    first, *others = [lines(there_and_back(document)) for there_and_back in MARKUPS.values()]
    assert all(other == first for other in others)


@pytest.mark.parametrize("said", HOSTILE)
def test_nothing_of_an_item_is_alive_in_html(said):
    tags = set(re.findall(r"<(/?\w+)", html.render(comment(said))))
    assert {tag.strip("/") for tag in tags} == {"p", "ul", "li", "br", "strong", "code", "a"}
    assert html.render(comment(said)).count("href=") == 1


@pytest.mark.parametrize("said", HOSTILE)
def test_nothing_of_an_item_is_alive_in_markdown(said):
    rendered = markdown_to_html(markdown.render(comment(said)), Options.CMARK_OPT_UNSAFE)
    tags = set(re.findall(r"<(/?\w+)", rendered))
    assert {tag.strip("/") for tag in tags} == {"p", "ul", "li", "br", "strong", "code", "a"}
    assert rendered.count("href=") == 1


@pytest.mark.parametrize("said", HOSTILE)
def test_nothing_of_an_item_is_alive_in_a_document(said):
    written = msgspec.json.encode(adf.render(comment(said)))
    assert written.count(b'"href"') == 1
    assert b'"mention"' not in written


READERS = {
    "html": lambda text: html.parse(text, for_commands=True),
    "markdown": lambda text: markdown.parse(text, for_commands=True),
    "wiki": lambda text: wiki.parse(text, for_commands=True),
}
LINE = "/steward waive x"


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("html", f"<p><code>{LINE}</code></p>"),
        ("html", f"<code>{LINE}</code>"),
        ("html", f"<div><code>first<br>{LINE}</code></div>"),
        ("html", f"<p><b><kbd>{LINE}</kbd></b></p>"),
        ("html", f"<p><q>{LINE}</q></p>"),
        ("html", f"<p><s>{LINE}</s></p>"),
        ("html", f"<pre>{LINE}</pre>"),
        ("html", f"<blockquote>{LINE}</blockquote>"),
        ("html", f"&gt; {LINE}"),
        ("html", f"<p>\u201c{LINE}\u201d</p>"),
        ("markdown", f"`{LINE}`"),
        ("markdown", f"**`{LINE}`**"),
        ("markdown", f"- `{LINE}`"),
        ("markdown", f"<code>{LINE}</code>"),
        ("markdown", f"one <code>two\n{LINE}</code>"),
        ("markdown", f"~~{LINE}~~"),
        ("markdown", f"~~one\n{LINE}~~"),
        ("markdown", f"    {LINE}"),
        ("markdown", f"```\n{LINE}\n```"),
        ("markdown", f"> {LINE}"),
    ],
)
def test_code_quotations_and_struck_out_text_give_no_commands(markup, text):
    assert find_commands(READERS[markup](text)) == ()


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("html", f"<p>{LINE}</p>"),
        ("html", f"<p><span style='color:red'><b>{LINE}</b></span></p>"),
        ("html", f"<p>The <code>rule</code> is off.<br>{LINE}</p>"),
        ("html", f"<ul><li>{LINE}</li></ul>"),
        ("markdown", f"**{LINE}**"),
        ("markdown", f"The `rule` is off.\n{LINE}"),
        ("markdown", f"~~no~~ yes\n{LINE}"),
        ("markdown", f"\\{LINE}"),
    ],
)
def test_copied_formatting_does_not_hide_a_command(markup, text):
    assert find_commands(READERS[markup](text)) == (LINE,)


MENTIONS = {
    "html": '<a href="#" data-vss-mention="version:2.0,{id}">@Backlog Steward</a>',
    "markdown": "@<0a1b2c3d-4e5f-6789-abcd-ef0123456789>",
    "wiki": "[~accountid:5b10a2844c20165700ede21g]",
}


@pytest.mark.parametrize("between", [" ", "\u00a0", ", ", ": "])
@pytest.mark.parametrize("markup", MENTIONS)
def test_a_mention_before_it_which_trackers_put_into_a_reply_does_not_hide_a_command(markup, between):
    mention = MENTIONS[markup]
    assert find_commands(READERS[markup](f"{mention}{between}{LINE}")) == (LINE,)
    assert find_commands(READERS[markup](f"{mention} {mention}{between}{LINE}")) == (LINE,)
    assert find_commands(READERS[markup](f"{mention} said: {LINE}")) == ()
    (line,) = find_commands(READERS[markup](f"{LINE} because {mention} agreed"))
    assert line.startswith(f"{LINE} because")
    assert line.isprintable()


@pytest.mark.parametrize(
    "mark", ["\u200b", "\ufeff", "\u2060", "\u200e", "\u202a", "\u2066", "\u00ad", "\ufe0f", "\u00a0", "\u3164"]
)
def test_invisible_marks_do_not_hide_a_command(mark):
    for text in (f"{mark}{LINE}", f"{mark} {mark}{LINE}"):
        assert find_commands(html.parse(text)) == (LINE,)
    (line,) = find_commands(html.parse(f"/{mark if mark.strip() else ''}steward waive x"))
    assert line.endswith("steward waive x")


@pytest.mark.parametrize(
    "mark", ["- ", "* ", "\u2022 ", "\u2013 ", "1. ", "12) ", "\u2705 ", "\U0001f44d\ufe0f", "\u2705 - "]
)
def test_a_typed_list_mark_or_an_emoji_does_not_hide_a_command(mark):
    assert find_commands(html.parse(f"<p>{mark}{LINE}</p>")) == (LINE,)
    assert may_contain_commands(f"{mark}{LINE}")
    assert find_commands(READERS["html"](f"<p>{mark}<code>{LINE}</code></p>")) == ()


@pytest.mark.parametrize("word", ["/Steward", "/STEWARD", "\uff0fsteward"])
def test_a_command_may_have_any_letter_case_and_width(word):
    assert find_commands(html.parse(f"{word} waive x")) == (f"{word} waive x",)


def test_code_after_a_scenario_stays_code():
    scenario = '<pre><code class="gherkin">Given a card\nThen it is charged</code></pre>'
    kinds = [block.kind for block in html.parse(f"{scenario}<pre>run\nstop</pre>")]
    assert kinds == [BlockKind.PARAGRAPH, BlockKind.PARAGRAPH, BlockKind.CODE]
