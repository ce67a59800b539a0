"""No text of an item can stop the service: reading and judging take time in proportion to its length.

Each regular expression of the readers and of the rules is turned into hostile texts; the lists below add what no single
expression shows. A slow text is doubled: the time must double too, and not grow fourfold.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from connectors.jira import rich_text
from connectors.jira.sprints import parse_sprints
from connectors.markup import adf, html, markdown, wiki
from connectors.markup.adf import Node
from rules.engine import assess
from rules.model import (
    MAX_BLOCKS,
    MAX_CHARACTERS,
    UNREADABLE_BLOCK,
    Backlog,
    Block,
    BlockKind,
    ItemKind,
    StatusCategory,
    WorkItem,
)
from rules.ruleset import Ruleset
from rules.text import LANGUAGES, CriteriaStatus, find_criteria
from rules.text.lexicon import compile_lexicon
from rules.text.scenarios import _compile_opener
from support.hostile import modules, patterns, units

EVERY_LANGUAGE = tuple(LANGUAGES)
SHORT, LONG = 300, 1_200
"""Lengths that are compared. What grows much faster than its length is doubled, and doubled again."""


def judge(text: str) -> object:
    """Find criteria in a text as a paragraph and as a field."""
    blocks = (Block(BlockKind.PARAGRAPH, text),)
    return find_criteria(WorkItem(tracker="t", id="1", key="T-1", text=blocks, criteria=blocks), EVERY_LANGUAGE)


def judge_lines(text: str) -> object:
    """Find criteria in a bug with a heading, a row and a bullet full of it, and in its title."""
    kinds = (BlockKind.HEADING, BlockKind.ROW, BlockKind.BULLET)
    blocks = (Block(BlockKind.PARAGRAPH, f"Steps: it must {text}"), *(Block(kind, text, 7) for kind in kinds))
    return find_criteria(
        WorkItem(tracker="t", id="1", key="T-1", title=text, text=blocks, kind=ItemKind.BUG), EVERY_LANGUAGE
    )


def read_adf(text: str) -> object:
    return adf.parse(Node("doc", content=[Node("paragraph", content=[Node("text", text)])]), for_commands=True)


READERS: dict[str, Callable[[str], object]] = {
    "wiki": lambda text: wiki.parse(text, for_commands=True),
    "markdown": markdown.parse,
    "html": lambda text: html.parse(f"<p>{text}</p>", for_commands=True),
    "escape": lambda text: (wiki.escape(text), markdown.escape(text)),
}
JUDGES: dict[str, Callable[[str], object]] = {"judge": judge, "judge lines": judge_lines}

MARKUP = [
    *(
        "[[",
        "![",
        "[a](",
        "[a]: ",
        "[a|b",
        "[]",
        "*a ",
        "**a",
        "_a ",
        "*a_ ",
        "a*",
        "~~a",
        "^a ",
        "`",
        "``` ",
        "a``b```",
    ),
    *(
        "{code:",
        "{quote}",
        "{panel:title=a} ",
        "{color:",
        "{{",
        "}}",
        "!a",
        "h1. ",
        "bq. ",
        "|| ",
        "|a|\n",
        "a|b\n-|-\n",
    ),
    *(
        "* a\n",
        "** ",
        "> ",
        ">> a\n",
        "- [ ] a\n",
        "  - ",
        "1. ",
        "# a\n",
        "a\n",
        "\n",
        "===\n",
        "\\",
        "\\\\ ",
        "&",
        "&#",
    ),
    *(
        "<",
        "<a ",
        "</",
        "<!--",
        "<!",
        "<?",
        "<![CDATA[",
        '<a x="',
        "<a x='",
        '<a x=">" ',
        "<a>",
        "</a>",
        "<i></b>",
        "<div>",
    ),
    *(
        "<ul><li>",
        "<table><tr><td>",
        "<td>",
        "<blockquote>",
        "<pre>",
        "<script>",
        "<title>",
        "<img>",
        " <input>",
        "<br/>",
    ),
    *("&#9", "&a", "\u2003", "\x1f", "\u2028"),
]
WORDS = [
    *(
        "a.",
        "a.a.",
        "A",
        "e.g. ",
        "a? ",
        'a." ',
        ". ",
        "(",
        "(a ",
        "1.",
        "1-",
        "...",
        "<a ",
        "[",
        "{",
        "_",
        "-",
        ": ",
        " - ",
    ),
    *("given ", "Given a When b Then ", "Given a\nWhen b\nThen c\n", "AC1: ", "AC: TBD\n", "Acceptance criteria: "),
    *(
        "must ",
        "must not ",
        "should be ",
        "at most 3 ",
        "expected: ",
        "steps: a\nactual: b\n",
        "{code} ",
        "{code}\n{quote}\n",
    ),
    *("[ ] ", "(/) a\n", "- [ ] a\n", "a  ", "# a ", " h1. ", "| a | b |\n", "acceptance ", "don't ", "a/b/", "2 "),
]


def from_patterns(*packages: str) -> list[str]:
    found = {unit for package in packages for module in modules(package) for p in patterns(module) for unit in units(p)}
    return sorted(found)


def from_vocabulary() -> list[str]:
    lexicon = compile_lexicon(EVERY_LANGUAGE)
    words = [_compile_opener(words, allow_clause=True) for scenario in lexicon.scenario_keywords for words in scenario]
    return sorted({unit for pattern in (lexicon.inline_criteria_name, *words) for unit in units(pattern)})


def seconds(reader: Callable[[str], object], text: str) -> float:
    started = time.process_time()
    reader(text)
    return time.process_time() - started


def superlinear(readers: dict[str, Callable[[str], object]], texts: list[str]) -> list[str]:
    """The texts that take more than in proportion to their length, with the readers."""
    return [
        f"{name}: {unit!r}"
        for unit in texts
        for name, reader in readers.items()
        if _grows(reader, unit, SHORT, LONG, 6)
        and all(_grows(reader, unit, LONG * factor, LONG * factor * 2, 2.5) for factor in (1, 2, 4, 8))
    ]


def _grows(reader: Callable[[str], object], unit: str, short: int, long: int, limit: float) -> bool:
    """Whether the time for a repeated text grows beyond a limit, in the best of three attempts."""
    texts = [unit * (length // len(unit) + 1) for length in (short, long)]
    return all(seconds(reader, texts[1]) > limit * seconds(reader, texts[0]) for _ in range(3))


def test_reading_takes_time_in_proportion_to_the_text():
    assert superlinear(READERS, [*MARKUP, *from_patterns("connectors.markup")]) == []


OPENERS = (
    *("{{", "{code:", "{color:", "[", "[~", "[a|", "![", "*", "<a ", '<a x="', "<a data-vss-mention", "<!--", "&#"),
    *("@<", "**", "~~", "`", "\ufdd1"),
)


def test_what_is_opened_and_never_closed_is_read_in_proportion_to_the_text():
    readers = {
        f"{name} {opener}": lambda text, read=read, opener=opener: read(opener + text)
        for name, read in READERS.items()
        for opener in OPENERS
    }
    assert superlinear(readers, ["a", "a ", "a1-"]) == []


def test_sprints_are_read_in_proportion_to_the_text():
    readers = {"sprints": lambda text: parse_sprints(text, lambda _sprint_id: None)}
    assert superlinear(readers, ["  ", "\t", " ,", "] ", "[", "1 ,", ",id="]) == []


def test_judging_takes_time_in_proportion_to_the_text():
    assert superlinear(JUDGES, [*WORDS, *from_patterns("rules.text", "rules.checks")]) == []


def test_every_language_is_looked_for_in_proportion_to_the_text():
    assert superlinear({"judge": judge}, from_vocabulary()) == []


CUT = {"paragraph": "a " * MAX_CHARACTERS, "lines": "a\n" * (MAX_BLOCKS + 1)}
MARKUP_ALONE = {"cells": "|a", "marks": "{*}", "links": "[a|", "quotations": "> ", "cuts": "~~a", "open": "<a "}


@pytest.mark.parametrize("unit", MARKUP_ALONE.values(), ids=MARKUP_ALONE)
@pytest.mark.parametrize("read", [wiki.parse, markdown.parse, html.parse], ids=["wiki", "markdown", "html"])
def test_a_megabyte_of_markup_is_read_in_a_second(read, unit):
    assert seconds(read, unit * (1_000_000 // len(unit))) < 1


@pytest.mark.parametrize("text", CUT.values(), ids=CUT)
@pytest.mark.parametrize("read", [wiki.parse, markdown.parse, html.parse], ids=["wiki", "markdown", "html"])
def test_what_is_beyond_the_limits_is_unread(read, text):
    assert read(text)[-1] == UNREADABLE_BLOCK
    assert UNREADABLE_BLOCK not in read(text[: MAX_BLOCKS // 2])


def test_html_of_too_many_tags_is_unread():
    assert html.parse("<b>" * 300_000)[-1] == UNREADABLE_BLOCK
    assert markdown.parse("> " * 125_000)[-1] == UNREADABLE_BLOCK


@pytest.mark.parametrize(("depth", "unread"), [(50, False), (70, True), (300, True)])
def test_a_document_nested_too_deeply_is_unread(depth, unread):
    node = Node("paragraph", content=[Node("text", "The file opens.")])
    for _ in range(depth):
        node = Node("panel", content=[node])
    text = rich_text.parse(Node("doc", content=[Node("paragraph", content=[Node("text", "a")]), node]))
    assert (UNREADABLE_BLOCK in text) is unread
    assert text[0] == Block(BlockKind.PARAGRAPH, "a")
    assert (Block(BlockKind.PARAGRAPH, "The file opens.") in text) is not unread


def test_a_huge_character_reference_is_read():
    assert html.parse("&#" + "9" * 5_000 + "; x")[0].text == "\ufffd x"
    assert html.parse("<p>&#x" + "f" * 5_000 + "; x")[0].text == "\ufffd x"
    assert wiki.parse("&#9999999; x")


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ('<p>a <img alt="x> b', "a"),
        ("<p>a <b class='x>b</b> c", "a"),
        ("<p>a <!-- b", "a <!-- b"),
        ("<p>a <script>b", "a b"),
        ("<p>a <!-- b --> c <![CDATA[ > ]]> d", "a c d"),
        ("<p>a < b <3 </p><p>c", "a < b <3"),
        ("<head><title>t</title></head><p>a", "a"),
    ],
)
def test_broken_html_hides_nothing_that_a_browser_shows(text, seen):
    assert html.parse(text)[0].text.startswith(seen)


def test_criteria_beyond_what_is_read_are_unknown_and_counted():
    story = {"tracker": "t", "kind": ItemKind.STORY, "category": StatusCategory.TO_DO}
    items = [
        WorkItem(id="1", key="T-1", text=wiki.parse("A wish. " * 14_000), **story),
        WorkItem(id="2", key="T-2", text=wiki.parse("AC: it opens. " * 8_000), **story),
        WorkItem(id="3", key="T-3", text=wiki.parse("A wish.\n" * (MAX_BLOCKS + 1)), **story),
        WorkItem(id="4", key="T-4", text=wiki.parse("A wish. "), criteria=(UNREADABLE_BLOCK,), **story),
        WorkItem(id="5", key="T-5", text=wiki.parse("A wish."), **story),
    ]
    assert [find_criteria(item).status for item in items] == [
        CriteriaStatus.UNKNOWN,
        CriteriaStatus.STATED,
        CriteriaStatus.UNKNOWN,
        CriteriaStatus.UNKNOWN,
        CriteriaStatus.NONE,
    ]
    found = assess(Backlog("t", items), Ruleset({}), datetime(2026, 6, 1, tzinfo=UTC))
    name = "missing-acceptance-criteria"
    assert [str(limit) for limit in found.tallies[name].unjudged] == [
        "The content of the field for acceptance criteria of 1 open item is not known.",
        "The description of 3 open items is not known.",
    ]
    assert [finding.key for finding in found.findings if finding.rule == name] == ["T-5"]
