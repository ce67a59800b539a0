"""HTML, the format in which Azure DevOps stores long texts. Reading keeps what a person sees."""

import html as entities
import re
from collections.abc import Iterator
from typing import NamedTuple

from connectors.document import Bullets, Document, Paragraph, Span, Style
from connectors.markup.lines import BOLD_LINE, SCENARIO_LANGUAGES, bullet, one_line, row
from connectors.markup.words import CODE_SENTINEL
from rules.model import UNREADABLE_BLOCK, Block, BlockKind, RichText, limit_text

_HEADINGS = {f"h{level}": level for level in range(1, 7)} | {"summary": BOLD_LINE, "dt": BOLD_LINE}
_BREAKS = frozenset(
    {
        "p",
        "div",
        "br",
        "hr",
        "section",
        "article",
        "ul",
        "ol",
        "li",
        "table",
        "tr",
        "pre",
        "blockquote",
        "details",
        "dd",
    }
)
_HIDDEN = {name: re.compile(f"</{name}", re.IGNORECASE) for name in ("script", "style", "title", "template")}
_BOLD = frozenset({"b", "strong"})
_NOT_SAID = frozenset({"code", "kbd", "samp", "tt", "var", "q", "cite"})
"""Tags of code and quotations inside a line."""
_STRUCK = frozenset({"del", "s", "strike"})
_SCENARIO = re.compile(rf"\b(?:{'|'.join(SCENARIO_LANGUAGES)})\b", re.IGNORECASE)
_MAX_TOKENS = 200_000


def parse(text: str, *, mark_code: bool = False) -> RichText:
    """Rendered blocks of an HTML text; none if nothing is visible.

    Args:
        text: The text.
        mark_code: Put `CODE_SENTINEL` before all text set as code or quoted inside a line.
    """
    if "<" not in text:
        lines = (one_line(unescape(line)) for line in text.splitlines())
        return limit_text(Block(BlockKind.PARAGRAPH, line) for line in lines if line)
    return limit_text(_Reader(mark_code=mark_code).blocks_of(text))


_HUGE_REFERENCE = re.compile(r"&#(?:x[0-9a-f]{7,}+|[0-9]{8,}+);?", re.IGNORECASE)


def unescape(text: str) -> str:
    """Replace character references. Those beyond Unicode become the replacement character, however long."""
    return entities.unescape(_HUGE_REFERENCE.sub("\ufffd", text) if "&#" in text else text)


class _Token(NamedTuple):
    """Text, or a tag with a name."""

    text: str
    name: str = ""
    closes: bool = False


_TAG = re.compile(r"""<(/?)([a-zA-Z][^\s/>]*+)((?:[^>=]++|=\s*+(?:"[^"]*+"|'[^']*+')?+)*+)>""")
_TAG_WITHOUT_QUOTES = re.compile(r"<(/?)([a-zA-Z][^\s/>]*+)([^>]*+)>")
_MARKUP = {"<!--": "-->", "<![CDATA[": "]]>", "<!": ">", "<?": ">", "</": ">"}
_ATTRIBUTE = re.compile(r"""([^\s=/"']++)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"']\S*+)))?+""")


def _tokens(text: str) -> Iterator[_Token]:
    """Split HTML into tags and the text between them, in time proportional to its length.

    Parsers that build a tree do not: unclosed or misnested tags make them slow, in the standard library even unclosed
    quotes do.
    """
    tag_pattern = _TAG
    unclosed: set[str] = set()
    at, last = 0, text.rfind(">")
    while 0 <= (start := text.find("<", at)) < last:
        if start > at:
            yield _Token(text[at:start])
        tag = tag_pattern.match(text, start)
        if tag is None and (tag := _TAG_WITHOUT_QUOTES.match(text, start)):
            # A quotation mark is never closed. Ignore them from here on, or each tag would search for its end again.
            tag_pattern = _TAG_WITHOUT_QUOTES
        if tag is not None:
            at, name = tag.end(), tag[2].lower()
            yield _Token(tag[3], name, tag[1] == "/")
            if tag[3].endswith("/"):
                yield _Token("", name, closes=True)
            elif name in _HIDDEN and not tag[1] and name not in unclosed:
                if end_tag := _HIDDEN[name].search(text, at):
                    at = end_tag.start()
                else:
                    unclosed.add(name)
            continue
        end = _end_of_markup(text, start, unclosed)
        if end < 0:
            yield _Token("<")
        at = end if end > 0 else start + 1
    if at < len(text):
        yield _Token(text[at:])


def _end_of_markup(text: str, start: int, unclosed: set[str]) -> int:
    """Where a comment or declaration ends; -1 if none starts here, or it has no end."""
    closing = next((closing for opening, closing in _MARKUP.items() if text.startswith(opening, start)), "")
    if not closing or closing in unclosed:
        return -1
    end = text.find(closing, start + 2)
    if end < 0:
        unclosed.add(closing)
        return -1
    return end + len(closing)


def _attributes(source: str) -> dict[str, str]:
    return {found[1].lower(): unescape(found[2] or found[3] or found[4] or "") for found in _ATTRIBUTE.finditer(source)}


class _Reader:
    def __init__(self, *, mark_code: bool) -> None:
        self._mark_code = mark_code
        self._blocks: list[Block] = []
        self._words: list[str] = []
        self._struck_words: list[str] = []
        self._bold_only = self._link_only = self._blank = True
        self._bold = self._links = self._struck = self._not_said = self._lists = self._quotes = self._code = (
            self._heading
        ) = 0
        self._in_entry = self._in_cell = self._in_scenario = False
        self._ticked: bool | None = None
        self._cells: list[str] | None = None

    def blocks_of(self, text: str) -> Iterator[Block]:
        """Yield the blocks of a text."""
        for count, token in enumerate(_tokens(text)):
            if count == _MAX_TOKENS:
                yield UNREADABLE_BLOCK
                return
            if not token.name:
                self._read_text(unescape(token.text))
            elif token.closes:
                self._close(token.name)
            else:
                self._open(token.name, token.text)
            yield from self._blocks
            self._blocks.clear()
        self._end_line()
        yield from self._blocks

    def _open(self, tag: str, attributes: str) -> None:
        if tag in ("td", "th") and self._cells is not None:
            self._end_cell()
            self._in_cell = True
        elif tag in _BREAKS or tag in _HEADINGS:
            self._begin_line(tag)
        elif tag in _BOLD:
            self._bold += 1
        elif tag == "a":
            self._links += 1
        elif tag in _STRUCK:
            self._struck += 1
        elif tag == "img":
            self._image(_attributes(attributes).get("alt", ""))
        elif tag in _NOT_SAID:
            self._not_said += 1
            self._in_scenario = self._code > 0 and _SCENARIO.search(attributes) is not None
        elif tag == "input" and self._blank:
            given = _attributes(attributes)
            if given.get("type") == "checkbox":
                self._ticked = "checked" in given

    def _close(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._end_cell()
        elif tag in _BREAKS or tag in _HEADINGS:
            self._finish_line(tag)
        elif tag in _BOLD:
            self._bold = max(0, self._bold - 1)
        elif tag == "a":
            self._links = max(0, self._links - 1)
        elif tag in _STRUCK:
            self._struck = max(0, self._struck - 1)
        elif tag in _NOT_SAID:
            self._not_said = max(0, self._not_said - 1)

    def _read_text(self, data: str) -> None:
        if self._struck:
            self._struck_words.append(data)
            return
        if data.strip():
            self._blank = False
            self._bold_only = self._bold_only and self._bold > 0
            self._link_only = self._link_only and self._links > 0
        if self._mark_code and self._not_said:
            self._words.append(CODE_SENTINEL)
        self._words.append(data)

    def _begin_line(self, tag: str) -> None:
        if self._cells is not None and tag not in ("tr", "table"):
            self._words.append(" ")
            return
        self._end_line()
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
                self._blocks.append(row(self._cells))
            self._cells = None
            return
        self._end_line()
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
        self._struck_words.clear()
        if self._cells is not None and (words or self._in_cell):
            self._cells.append(words)
        self._in_cell = False

    def _image(self, name: str) -> None:
        if self._cells is None:
            self._end_line()
            self._blocks.append(Block(BlockKind.MEDIA, one_line(name)))

    def _end_line(self) -> None:
        """Turn the words collected so far into a block."""
        raw, struck = "".join(self._words), one_line("".join(self._struck_words))
        words = raw.strip("\n") if self._code else one_line(raw)
        bold, link = self._bold_only, self._link_only
        self._links = 0
        self._bold_only = self._link_only = self._blank = True
        self._words.clear()
        self._struck_words.clear()
        if self._code and self._in_scenario:
            lines = (one_line(line) for line in words.split("\n"))
            self._blocks += [Block(BlockKind.PARAGRAPH, line) for line in lines if line]
        elif words.strip():
            self._blocks.append(self._block(words, bold=bold, link=link))
        elif struck:
            self._blocks.append(Block(BlockKind.STRUCK, struck))

    def _block(self, words: str, *, bold: bool, link: bool) -> Block:  # noqa: PLR0911 - one line a kind
        if self._code:
            return Block(BlockKind.CODE, words)
        if self._quotes:
            return Block(BlockKind.QUOTE, words)
        if self._heading:
            return Block(BlockKind.HEADING, words, self._heading)
        if self._ticked is not None:
            done, self._ticked = self._ticked, None
            return Block(BlockKind.TASK, words, max(0, self._lists - 1), done=done)
        in_entry, self._in_entry = self._in_entry and self._lists > 0, False
        if link and not bold:
            return Block(BlockKind.LINK, words)
        if in_entry:
            return bullet(words, self._lists - 1)
        return Block(BlockKind.HEADING, words, BOLD_LINE) if bold else Block(BlockKind.PARAGRAPH, words)


def render(document: Document) -> str:
    """A document as HTML. Text of items is escaped."""
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
