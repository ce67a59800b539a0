"""Markdown, as Azure DevOps stores fields and comments since 2025."""

import re
from collections.abc import Iterator
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from connectors.document import Bullets, Document, Paragraph, Span, Style
from connectors.markup.html import NOT_SAID
from connectors.markup.html import read as read_html
from connectors.markup.lines import BOLD_LINE, bullet, one_line, row
from connectors.markup.words import CODE_SENTINEL
from rules.model import Block, BlockKind, RichText

_SPECIAL = re.compile(r"[\\`*_{}\[\]#|~]|(?<![^\s(])@")
_BREAKS = ("softbreak", "hardbreak")
_TAG = re.compile(r"<(/?)(\w+)")


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"])


def read(text: str, *, mark_code: bool = False) -> RichText:
    """Rendered blocks of a Markdown text, and of the HTML in it.

    Args:
        text: The text.
        mark_code: Put `CODE_SENTINEL` before all text set as code, quoted or struck out inside a line.
    """
    reader = _Reader(mark_code=mark_code)
    return tuple(block for token in _parser().parse(text) for block in reader.read(token))


class _Reader:
    def __init__(self, *, mark_code: bool) -> None:
        self._mark_code = mark_code
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
            yield from read_html(token.content, mark_code=self._mark_code)
        elif token.type == "inline":
            yield from self._inline(token)

    def _inline(self, token: Token) -> Iterator[Block]:
        lines = list(_lines(token.children or [], mark_code=self._mark_code))
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


def _lines(children: list[Token], *, mark_code: bool) -> Iterator[tuple[str, bool]]:
    """The words of each line, and whether all are bold."""
    words: list[str] = []
    strong, silenced, bold = 0, 0, True
    for child in [*children, Token("hardbreak", "", 0)]:
        if child.type in _BREAKS:
            yield one_line("".join(words)), bold
            words, bold = [], True
            continue
        if child.type.startswith("strong"):
            strong += child.nesting
        text = child.content if child.type in ("text", "code_inline", "image") else ""
        bold = bold and (bool(strong) or not text.strip(" :"))
        silenced = max(0, silenced + _silencing(child))
        if mark_code and (silenced or child.type == "code_inline"):
            words.append(CODE_SENTINEL)
        words.append(text)


def _silencing(token: Token) -> int:
    """1 where code, a quotation or struck-out text starts inside a line, -1 where it ends."""
    if token.type in ("s_open", "s_close"):
        return token.nesting
    tag = _TAG.match(token.content) if token.type == "html_inline" else None
    if tag is None or tag[2].casefold() not in NOT_SAID:
        return 0
    return -1 if tag[1] else 1


def write(document: Document) -> str:
    """A document as Markdown. Item text in it stays text, without markup, tags or mentions."""
    return "\n\n".join(
        _spans(part) if isinstance(part, Paragraph) else "\n".join(_entries(part)) for part in document.parts
    )


def _entries(part: Bullets) -> Iterator[str]:
    for entry in part.entries:
        # Two trailing spaces break a line inside an entry.
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
    """Escape all markup in a text.

    `<` becomes an entity, because the tracker's sanitiser removes everything that looks like a tag. A zero-width space
    after `@` keeps it from mentioning anybody.
    """
    lead = " " if text[:1].isspace() else ""
    trail = " " if text[-1:].isspace() and text.strip() else ""
    kept = lead + one_line(text) + trail
    safe = _SPECIAL.sub(lambda match: "@\u200b" if match[0] == "@" else "\\" + match[0], kept)
    safe = safe.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"^(\s*)([-+]|\d+[.)])(\s)", r"\1\\\2\3", safe)
