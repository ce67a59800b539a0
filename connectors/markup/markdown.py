"""Markdown as Azure DevOps keeps it in fields and comments since 2025."""

import re
from collections.abc import Iterator
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from connectors.document import Bullets, Document, Paragraph, Span, Style
from connectors.markup.html import read as read_html
from connectors.markup.lines import BOLD_LINE, bullet, one_line, row
from rules.model import Block, BlockKind, RichText

_LIVE = re.compile(r"[\\`*_{}\[\]#|~]|(?<![^\s(])@")
_BREAKS = ("softbreak", "hardbreak")


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"])


def read(text: str) -> RichText:
    """Rendered blocks of a text in Markdown; HTML inside it is read as HTML."""
    reader = _Reader()
    return tuple(block for token in _parser().parse(text) for block in reader.read(token))


class _Reader:
    def __init__(self) -> None:
        self._lists = self._quotes = self._heading = 0
        self._entry = False
        self._cells: list[str] | None = None

    def read(self, token: Token) -> Iterator[Block]:
        """The blocks that end with a token."""
        kind, _, what = token.type.rpartition("_")
        if kind in ("bullet_list", "ordered_list"):
            self._lists += token.nesting
        elif kind == "blockquote":
            self._quotes += token.nesting
        elif kind == "heading":
            self._heading = int(token.tag[1:]) if what == "open" else 0
        elif token.type == "list_item_open":
            self._entry = True
        elif token.type == "tr_open":
            self._cells = []
        elif token.type == "tr_close":
            yield row(self._cells or [])
            self._cells = None
        elif token.type in ("fence", "code_block"):
            yield Block(BlockKind.CODE, token.content.rstrip("\n"))
        elif token.type == "html_block":
            yield from read_html(token.content)
        elif token.type == "inline":
            yield from self._inline(token)

    def _inline(self, token: Token) -> Iterator[Block]:
        lines = list(_lines(token.children or []))
        if self._cells is not None:
            self._cells.append(one_line(" ".join(words for words, _ in lines)))
            return
        for words, bold in lines:
            if not words:
                continue
            if self._heading:
                yield Block(BlockKind.HEADING, words, self._heading)
            elif self._quotes:
                yield Block(BlockKind.QUOTE, words)
            elif self._entry:
                yield bullet(words, self._lists - 1)
                self._entry = False
            else:
                yield Block(BlockKind.HEADING, words, BOLD_LINE) if bold else Block(BlockKind.PARAGRAPH, words)


def _lines(children: list[Token]) -> Iterator[tuple[str, bool]]:
    """Words of each line, and whether all of them are bold."""
    words: list[str] = []
    strong, bold = 0, True
    for child in [*children, Token("hardbreak", "", 0)]:
        if child.type in _BREAKS:
            yield one_line("".join(words)), bold
            words, bold = [], True
            continue
        if child.type.startswith("strong"):
            strong += child.nesting
        said = child.content if child.type in ("text", "code_inline", "image") else ""
        bold = bold and (bool(strong) or not said.strip(" :"))
        words.append(said)


def write(document: Document) -> str:
    """A document of ours in Markdown. Item text in it stays text: no markup, no tag, no mention of it is live."""
    return "\n\n".join(
        _spans(part) if isinstance(part, Paragraph) else "\n".join(_entries(part)) for part in document.parts
    )


def _entries(part: Bullets) -> Iterator[str]:
    for entry in part.entries:
        # Two blanks at the end of a line break it inside the entry.
        yield "- " + "  \n  ".join(_spans(paragraph) for paragraph in entry)


def _spans(paragraph: Paragraph) -> str:
    return "".join(_span(span) for span in paragraph.spans)


def _span(span: Span) -> str:
    if span.style is Style.CODE and not set("`<>\n") & set(span.text):
        return f"`{span.text}`"
    words = escape(span.text)
    if span.link:
        return f"[{words}]({span.link})"
    return f"**{words}**" if span.style is Style.STRONG and words and words.strip() == words else words


def escape(text: str) -> str:
    """Text of which nothing is markup.

    The tracker's sanitiser drops whatever looks like a tag, so `<` is written out; an at sign is kept apart from what
    follows, so that nobody is mentioned.
    """
    lead = " " if text[:1].isspace() else ""
    trail = " " if text[-1:].isspace() and text.strip() else ""
    kept = lead + one_line(text) + trail
    safe = _LIVE.sub(lambda found: "@\u200b" if found[0] == "@" else "\\" + found[0], kept)
    safe = safe.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"^(\s*)([-+]|\d+[.)])(\s)", r"\1\\\2\3", safe)
