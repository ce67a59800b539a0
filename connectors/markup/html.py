"""Parses and writes HTML, the format of long texts in Azure DevOps. The parser keeps what a person sees."""

import html as entities
import re
from collections.abc import Iterator
from typing import NamedTuple

from connectors.document import Bullets, Document, Paragraph, Span, Style
from connectors.markup.lines import BOLD_LINE_LEVEL, SCENARIO_LANGUAGES, make_bullet, make_row, one_line
from connectors.markup.text import CODE_SENTINEL, MENTION_SENTINEL
from rules.model import UNREADABLE_BLOCK, Block, BlockKind, RichText, limit_text

_HEADING_LEVELS = {f"h{level}": level for level in range(1, 7)} | {"summary": BOLD_LINE_LEVEL, "dt": BOLD_LINE_LEVEL}
_BLOCK_TAGS = frozenset(
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
"""Tags that begin and end a block."""
_HIDDEN_TAG_ENDS = {name: re.compile(f"</{name}", re.IGNORECASE) for name in ("script", "style", "title", "template")}
"""Patterns for the closing tags of elements whose content is never visible, by the name of the tag."""
_CODE_OR_QUOTE = "inline code or quotation"
_COUNTED_ELEMENTS = {
    "a": "link",
    "blockquote": "quote",
    "pre": "pre",
    **dict.fromkeys(("b", "strong"), "bold"),
    **dict.fromkeys(("code", "kbd", "samp", "tt", "var", "q", "cite"), _CODE_OR_QUOTE),
    **dict.fromkeys(("del", "s", "strike"), "struck"),
    **dict.fromkeys(("ul", "ol"), "list"),
}
"""The kinds of elements of which the open ones are counted, by tag."""
_SCENARIO_LANGUAGE = re.compile(rf"\b(?:{'|'.join(SCENARIO_LANGUAGES)})\b", re.IGNORECASE)
_MAX_TOKENS = 200_000
"""The maximum number of tags and pieces of text that are read. An `UNREADABLE_BLOCK` replaces the rest."""
_HUGE_CHARACTER_REFERENCE = re.compile(r"&#(?:x[0-9a-f]{7,}+|[0-9]{8,}+);?", re.IGNORECASE)
"""Matches character references whose number is too large. The standard library fails on the longest ones."""

_MENTION = re.compile(r"<a\s[^<>]{0,300}data-vss-mention[^<>]{0,300}>[^<>]{0,200}</a>", re.IGNORECASE)
"""Matches a mention of a person in a comment of Azure DevOps."""


def parse(text: str, *, for_commands: bool = False) -> RichText:
    """Parse HTML into blocks of its visible text.

    With `for_commands`, inline code, quotations and mentions are marked for `connectors.markup.find_commands`.
    """
    if "<" not in text:
        lines = (one_line(unescape(line)) for line in text.splitlines())
        return limit_text(Block(BlockKind.PARAGRAPH, line) for line in lines if line)
    if for_commands:
        text = _MENTION.sub(rf"{MENTION_SENTINEL}\g<0>{MENTION_SENTINEL}", text)
    return limit_text(_BlockBuilder(mark_code=for_commands).build_blocks(text))


def unescape(text: str) -> str:
    """Replace character references such as `&amp;`. Those outside Unicode become the replacement character."""
    return entities.unescape(_HUGE_CHARACTER_REFERENCE.sub("\ufffd", text) if "&#" in text else text)


class _Token(NamedTuple):
    """A piece of text, or a tag.

    Attributes:
        text: The text, or the attributes of the tag as they are written.
        name: The name of the tag in lower case; empty for text.
        closes: Whether it is a closing tag.
    """

    text: str
    name: str = ""
    closes: bool = False


_TAG_PATTERN = re.compile(r"""<(/?)([a-zA-Z][^\s/>]*+)((?:[^>=]++|=\s*+(?:"[^"]*+"|'[^']*+')?+)*+)>""")
_UNQUOTED_TAG_PATTERN = re.compile(r"<(/?)([a-zA-Z][^\s/>]*+)([^>]*+)>")
"""Like `_TAG_PATTERN`, but a tag ends at the first ">", even within quotation marks."""
_DECLARATION_ENDS = {"<!--": "-->", "<![CDATA[": "]]>", "<!": ">", "<?": ">", "</": ">"}
"""The ends of comments, declarations and invalid tags, which are skipped, by their beginnings."""
_ATTRIBUTE_PATTERN = re.compile(r"""([^\s=/"']++)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"']\S*+)))?+""")


def _split_into_tokens(text: str) -> Iterator[_Token]:
    """Split HTML into tags and the text between them, in time proportional to its length.

    Parsers that build a tree are slow if tags are unclosed or nested incorrectly. The parser of the standard library
    builds no tree, but it is slow if quotation marks are unclosed.
    """
    tag_pattern = _TAG_PATTERN
    missing_ends: set[str] = set()
    position, last_tag_end = 0, text.rfind(">")
    while 0 <= (start := text.find("<", position)) < last_tag_end:
        if start > position:
            yield _Token(text[position:start])
        tag = tag_pattern.match(text, start)
        if tag is None and (tag := _UNQUOTED_TAG_PATTERN.match(text, start)):
            # A quotation mark is never closed. From here on, ignore quotation marks, because otherwise the search for
            # the end of each tag would read the whole rest of the text.
            tag_pattern = _UNQUOTED_TAG_PATTERN
        if tag is not None:
            position, name = tag.end(), tag[2].lower()
            yield _Token(tag[3], name, tag[1] == "/")
            if tag[3].endswith("/"):
                yield _Token("", name, closes=True)
            elif name in _HIDDEN_TAG_ENDS and not tag[1] and name not in missing_ends:
                if end_tag := _HIDDEN_TAG_ENDS[name].search(text, position):
                    position = end_tag.start()
                else:
                    missing_ends.add(name)
            continue
        end = _find_declaration_end(text, start, missing_ends)
        if end < 0:
            yield _Token("<")
        position = end if end > 0 else start + 1
    if position < len(text):
        yield _Token(text[position:])


def _find_declaration_end(text: str, start: int, missing_ends: set[str]) -> int:
    """Return the index after a comment or declaration that begins at `start`; -1 if there is none, or it has no end.

    The ends that do not occur in the rest of the text are added to `missing_ends`, and not searched for again.
    """
    closing = next((closing for opening, closing in _DECLARATION_ENDS.items() if text.startswith(opening, start)), "")
    if not closing or closing in missing_ends:
        return -1
    end = text.find(closing, start + 2)
    if end < 0:
        missing_ends.add(closing)
        return -1
    return end + len(closing)


def _parse_attributes(source: str) -> dict[str, str]:
    return {
        attribute[1].lower(): unescape(attribute[2] or attribute[3] or attribute[4] or "")
        for attribute in _ATTRIBUTE_PATTERN.finditer(source)
    }


class _BlockBuilder:
    """Builds blocks from tags and text, in the order in which they are read.

    The text of a line is collected until a tag ends it. The open elements of a kind are only counted, so that missing
    and surplus closing tags do little harm. `mark_code` puts `CODE_SENTINEL` before inline code and quotations.
    """

    def __init__(self, *, mark_code: bool) -> None:
        self._mark_code = mark_code
        self._blocks: list[Block] = []
        self._texts: list[str] = []
        self._struck_texts: list[str] = []
        # Whether the text of the current line so far is all bold, all links, or empty.
        self._is_bold_only = self._is_link_only = self._is_blank = True
        self._depths = dict.fromkeys(_COUNTED_ELEMENTS.values(), 0)
        self._heading_level = 0
        self._is_in_list_entry = self._is_in_cell = self._is_in_scenario = False
        # Whether the checkbox at the start of the line is ticked; None if there is none.
        self._is_ticked: bool | None = None
        # The cells of the current row of a table; None outside of tables.
        self._cells: list[str] | None = None

    def build_blocks(self, text: str) -> Iterator[Block]:
        """Yield the blocks of an HTML text."""
        for count, token in enumerate(_split_into_tokens(text)):
            if count == _MAX_TOKENS:
                yield UNREADABLE_BLOCK
                return
            if not token.name:
                self._add_text(unescape(token.text))
            elif token.closes:
                self._close_tag(token.name)
            else:
                self._open_tag(token.name, token.text)
            yield from self._blocks
            self._blocks.clear()
        self._flush_line()
        yield from self._blocks

    def _open_tag(self, tag: str, attributes: str) -> None:
        if tag in ("td", "th") and self._cells is not None:
            self._end_cell()
            self._is_in_cell = True
        elif tag in _BLOCK_TAGS or tag in _HEADING_LEVELS:
            self._open_block(tag)
        elif tag in _COUNTED_ELEMENTS:
            self._depths[_COUNTED_ELEMENTS[tag]] += 1
            if _COUNTED_ELEMENTS[tag] == _CODE_OR_QUOTE:
                self._is_in_scenario = self._depths["pre"] > 0 and _SCENARIO_LANGUAGE.search(attributes) is not None
        elif tag == "img" and self._cells is None:
            self._flush_line()
            self._blocks.append(Block(BlockKind.MEDIA, one_line(_parse_attributes(attributes).get("alt", ""))))
        elif tag == "input" and self._is_blank:
            attributes_by_name = _parse_attributes(attributes)
            if attributes_by_name.get("type") == "checkbox":
                self._is_ticked = "checked" in attributes_by_name

    def _close_tag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._end_cell()
        elif tag in _BLOCK_TAGS or tag in _HEADING_LEVELS:
            self._close_block(tag)
        else:
            self._close_counted(tag)

    def _close_counted(self, tag: str) -> None:
        if kind := _COUNTED_ELEMENTS.get(tag):
            self._depths[kind] = max(0, self._depths[kind] - 1)

    def _add_text(self, text: str) -> None:
        if self._depths["struck"]:
            self._struck_texts.append(text)
            return
        if text.strip():
            self._is_blank = False
            self._is_bold_only = self._is_bold_only and self._depths["bold"] > 0
            self._is_link_only = self._is_link_only and self._depths["link"] > 0
        if self._mark_code and self._depths[_CODE_OR_QUOTE]:
            self._texts.append(CODE_SENTINEL)
        self._texts.append(text)

    def _open_block(self, tag: str) -> None:
        # The content of a cell stays on one line.
        if self._cells is not None and tag not in ("tr", "table"):
            self._texts.append(" ")
            return
        self._flush_line()
        self._heading_level = _HEADING_LEVELS.get(tag, 0)
        if tag == "li":
            self._is_in_list_entry = True
        elif tag == "tr":
            self._cells = []
        elif tag in _COUNTED_ELEMENTS:
            self._depths[_COUNTED_ELEMENTS[tag]] += 1
            self._is_in_scenario = False

    def _close_block(self, tag: str) -> None:
        if self._cells is not None and tag not in ("tr", "table"):
            self._texts.append(" ")
            return
        if tag == "tr" and self._cells is not None:
            self._end_cell()
            if any(self._cells):
                self._blocks.append(make_row(self._cells))
            self._cells = None
            return
        self._flush_line()
        self._heading_level = 0
        if tag == "li":
            self._is_in_list_entry = False
        self._close_counted(tag)

    def _end_cell(self) -> None:
        text = one_line("".join(self._texts))
        self._texts.clear()
        self._struck_texts.clear()
        if self._cells is not None and (text or self._is_in_cell):
            self._cells.append(text)
        self._is_in_cell = False

    def _flush_line(self) -> None:
        """Turn the text collected so far into a block, or a test scenario into one block for each line."""
        collected_text, struck_text = "".join(self._texts), one_line("".join(self._struck_texts))
        text = collected_text.strip("\n") if self._depths["pre"] else one_line(collected_text)
        is_bold, is_link = self._is_bold_only, self._is_link_only
        self._depths["link"] = 0
        self._is_bold_only = self._is_link_only = self._is_blank = True
        self._texts.clear()
        self._struck_texts.clear()
        if self._depths["pre"] and self._is_in_scenario:
            lines = (one_line(line) for line in text.split("\n"))
            self._blocks += [Block(BlockKind.PARAGRAPH, line) for line in lines if line]
        elif text.strip():
            self._blocks.append(self._make_block(text, is_bold=is_bold, is_link=is_link))
        elif struck_text:
            self._blocks.append(Block(BlockKind.STRUCK, struck_text))

    def _make_block(self, text: str, *, is_bold: bool, is_link: bool) -> Block:  # noqa: PLR0911 - one line for each kind
        """Make the block for a line, whose kind depends on the open elements and on its style."""
        if self._depths["pre"]:
            return Block(BlockKind.CODE, text)
        if self._depths["quote"]:
            return Block(BlockKind.QUOTE, text)
        if self._heading_level:
            return Block(BlockKind.HEADING, text, self._heading_level)
        if self._is_ticked is not None:
            done, self._is_ticked = self._is_ticked, None
            return Block(BlockKind.TASK, text, max(0, self._depths["list"] - 1), done=done)
        is_list_entry, self._is_in_list_entry = self._is_in_list_entry and self._depths["list"] > 0, False
        if is_link and not is_bold:
            return Block(BlockKind.LINK, text)
        if is_list_entry:
            return make_bullet(text, self._depths["list"] - 1)
        return Block(BlockKind.HEADING, text, BOLD_LINE_LEVEL) if is_bold else Block(BlockKind.PARAGRAPH, text)


def render(document: Document) -> str:
    """Convert a document to HTML. Texts and the addresses of links are escaped."""
    return "".join(_render_part(part) for part in document.parts)


def _render_part(part: Paragraph | Bullets) -> str:
    if isinstance(part, Paragraph):
        return f"<p>{_render_spans(part)}</p>"
    entries = ("<br>".join(_render_spans(paragraph) for paragraph in entry) for entry in part.entries)
    return "<ul>" + "".join(f"<li>{entry}</li>" for entry in entries) + "</ul>"


def _render_spans(paragraph: Paragraph) -> str:
    return "".join(_render_span(span) for span in paragraph.spans)


def _render_span(span: Span) -> str:
    text = entities.escape(span.text)
    if span.link:
        return f'<a href="{entities.escape(span.link)}">{text}</a>'
    tag = {Style.STRONG: "strong", Style.CODE: "code"}.get(span.style)
    return f"<{tag}>{text}</{tag}>" if tag else text
