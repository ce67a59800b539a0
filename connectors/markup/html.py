"""HTML, as Azure DevOps stores long texts. Reading keeps what a person sees."""

import html as entities
from html.parser import HTMLParser

from connectors.document import Bullets, Document, Paragraph, Span, Style
from connectors.markup.lines import BOLD_LINE, bullet, one_line, row
from connectors.markup.words import CODE_SENTINEL
from rules.model import Block, BlockKind, RichText

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BREAKS = frozenset(
    {"p", "div", "br", "hr", "section", "article", "ul", "ol", "li", "table", "tr", "pre", "blockquote"}
)
_UNSEEN = frozenset({"script", "style", "head", "title", "template"})
_BOLD = frozenset({"b", "strong"})
NOT_SAID = frozenset({"code", "kbd", "samp", "tt", "var", "q", "cite", "del", "s", "strike"})
"""Tags of code, quotations and struck-out text."""


def read(text: str, *, mark_code: bool = False) -> RichText:
    """Rendered blocks of an HTML text; none if it shows nothing.

    Args:
        text: The text.
        mark_code: Put `CODE_SENTINEL` before all text set as code, quoted or struck out inside a line.
    """
    if "<" not in text:
        lines = (one_line(entities.unescape(line)) for line in text.splitlines())
        return tuple(Block(BlockKind.PARAGRAPH, line) for line in lines if line)
    reader = _Reader(mark_code=mark_code)
    reader.feed(text)
    reader.close()
    reader.end_line()
    return tuple(reader.blocks)


class _Reader(HTMLParser):
    def __init__(self, *, mark_code: bool) -> None:
        super().__init__(convert_charrefs=True)
        self._mark_code = mark_code
        self.blocks: list[Block] = []
        self._words: list[str] = []
        self._bold_only = True
        self._bold = self._not_said = self._lists = self._quotes = self._unseen = self._code = self._heading = 0
        self._in_entry = False
        self._ticked: bool | None = None
        self._cells: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag in ("td", "th") and self._cells is not None:
            self._end_cell()
        elif tag in _BREAKS or tag in _HEADINGS:
            self._begin_line(tag)
        elif tag in _BOLD:
            self._bold += 1
        elif tag in NOT_SAID:
            self._not_said += 1
        elif tag == "img":
            self._image(dict(attrs))
        elif tag == "input" and dict(attrs).get("type") == "checkbox":
            self._ticked = "checked" in dict(attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag in ("td", "th"):
            self._end_cell()
        elif tag in _BREAKS or tag in _HEADINGS:
            self._finish_line(tag)
        elif tag in _BOLD:
            self._bold = max(0, self._bold - 1)
        elif tag in NOT_SAID:
            self._not_said = max(0, self._not_said - 1)

    def handle_data(self, data: str) -> None:
        if self._unseen:
            return
        if data.strip() and not self._bold:
            self._bold_only = False
        if self._mark_code and self._not_said:
            self._words.append(CODE_SENTINEL)
        self._words.append(data)

    def _begin_line(self, tag: str) -> None:
        if self._cells is not None and tag not in ("tr", "table"):
            self._words.append(" ")
            return
        self.end_line()
        self._heading = _HEADINGS.get(tag, 0)
        match tag:
            case "ul" | "ol":
                self._lists += 1
            case "li":
                self._in_entry = True
            case "blockquote":
                self._quotes += 1
            case "pre":
                self._code += 1
            case "tr":
                self._cells = []

    def _finish_line(self, tag: str) -> None:
        if self._cells is not None and tag not in ("tr", "table"):
            self._words.append(" ")
            return
        if tag == "tr" and self._cells is not None:
            self._end_cell()
            if any(self._cells):
                self.blocks.append(row(self._cells))
            self._cells = None
            return
        self.end_line()
        self._heading = 0
        match tag:
            case "ul" | "ol":
                self._lists = max(0, self._lists - 1)
            case "li":
                self._in_entry = False
            case "blockquote":
                self._quotes = max(0, self._quotes - 1)
            case "pre":
                self._code = max(0, self._code - 1)

    def _end_cell(self) -> None:
        words = one_line("".join(self._words))
        self._words.clear()
        if self._cells is not None and words:
            self._cells.append(words)

    def _image(self, attributes: dict[str, str | None]) -> None:
        if self._cells is None:
            self.end_line()
            self.blocks.append(Block(BlockKind.MEDIA, one_line(attributes.get("alt") or "")))

    def end_line(self) -> None:
        """Turn the words collected so far into a block."""
        raw = "".join(self._words)
        words = raw.strip("\n") if self._code else one_line(raw)
        bold, self._bold_only = self._bold_only, True
        self._words.clear()
        if not words.strip():
            return
        self.blocks.append(self._block(words, bold=bold))

    def _block(self, words: str, *, bold: bool) -> Block:
        if self._code:
            return Block(BlockKind.CODE, words)
        if self._quotes:
            return Block(BlockKind.QUOTE, words)
        if self._heading:
            return Block(BlockKind.HEADING, words, self._heading)
        if self._ticked is not None:
            done, self._ticked = self._ticked, None
            return Block(BlockKind.TASK, words, max(0, self._lists - 1), done=done)
        if self._in_entry and self._lists:
            self._in_entry = False
            return bullet(words, self._lists - 1)
        return Block(BlockKind.HEADING, words, BOLD_LINE) if bold else Block(BlockKind.PARAGRAPH, words)


def write(document: Document) -> str:
    """A document as HTML. Item text in it stays text."""
    return "".join(_part(part) for part in document.parts)


def _part(part: Paragraph | Bullets) -> str:
    if isinstance(part, Paragraph):
        return f"<p>{_spans(part)}</p>"
    entries = ("<br>".join(_spans(paragraph) for paragraph in entry) for entry in part.entries)
    return "<ul>" + "".join(f"<li>{entry}</li>" for entry in entries) + "</ul>"


def _spans(paragraph: Paragraph) -> str:
    return "".join(_span(span) for span in paragraph.spans)


def _span(span: Span) -> str:
    words = entities.escape(span.text)
    if span.link:
        return f'<a href="{entities.escape(span.link)}">{words}</a>'
    tag = {Style.STRONG: "strong", Style.CODE: "code"}.get(span.style)
    return f"<{tag}>{words}</{tag}>" if tag else words
