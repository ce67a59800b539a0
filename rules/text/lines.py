"""Splits rich text into lines, even if the tracker lost the line ends.

Descriptions arrive as blocks. Some lost their line ends, so that one block contains a heading, its bullets and the next
heading, separated by runs of spaces. Others contain wiki or Markdown markup that was never rendered. This module
restores the lines, and separates code and quotations from the author's own sentences.

A fence is a mark around code or a quotation, such as three backticks in Markdown or "{code}" in wiki markup.
"""

import re
from collections.abc import Generator, Iterator

from rules.model import Block, BlockKind, RichText, limit_text
from rules.text.last_results import keep_last_results

NON_PROSE_KINDS = frozenset(
    {BlockKind.CODE, BlockKind.QUOTE, BlockKind.MEDIA, BlockKind.LINK, BlockKind.STRUCK, BlockKind.UNREADABLE}
)
"""Kinds of lines whose words are not sentences of the author."""


Line = Block
"""A line of a text: its kind, its text without markup, and the level of a heading or bullet."""


@keep_last_results
def split_lines(text: RichText) -> RichText:
    """Split a text into its lines, without empty ones. Blocks of the kinds in `NON_PROSE_KINDS` keep their kind.

    Some trackers return markup line by line, so code can begin in one block and end in a later one. A text that is
    longer than the limits of `limit_text` ends with a line of the kind UNREADABLE.
    """
    return tuple(_split_blocks(limit_text(text)))


def _split_blocks(text: RichText) -> Iterator[Line]:
    """Yield the lines of all blocks. A fence that no later block closes only applies to its own block."""
    last_block_with_fence = {
        fence: index
        for index, block in enumerate(text)
        if block.kind not in NON_PROSE_KINDS
        for fence in _KIND_BY_FENCE
        if fence in block.text
    }
    open_fence = ""
    for index, block in enumerate(text):
        if block.kind in NON_PROSE_KINDS:
            yield Line(block.kind, "" if block.kind is BlockKind.UNREADABLE else block.text)
            continue
        content = block.text
        if open_fence:
            inside, closing_fence, content = content.partition(open_fence)
            yield Line(_KIND_BY_FENCE[open_fence], inside)
            if not closing_fence:
                continue
        unclosed = yield from _split_fences(content, block)
        open_fence = unclosed if last_block_with_fence.get(unclosed, index) > index else ""


_FENCED = re.compile(r"\{(code|noformat|quote)(?::[^{}]{0,200}+)?\}(.*?)(\{\1\}|\Z)|(```|~~~)(.*?)(\4|\Z)", re.DOTALL)
"""Matches code or a quotation between two fences, or from a fence to the end of the text."""
_KIND_BY_FENCE = {
    "{code}": BlockKind.CODE,
    "{noformat}": BlockKind.CODE,
    "{quote}": BlockKind.QUOTE,
    "```": BlockKind.CODE,
    "~~~": BlockKind.CODE,
}


def _split_fences(text: str, block: Block) -> Generator[Line, None, str]:
    """Yield the lines of a text, with code and quotations as lines of their own.

    Args:
        text: The text of the block, or the rest of it.
        block: The block, whose kind and level the first line gets, and the first line after each fenced part.

    Returns:
        The fence that is not closed; empty if all are closed.
    """
    if block.kind is BlockKind.ROW:
        if text.strip(" |"):
            yield Line(block.kind, text)
        return ""
    if "{" not in text and "```" not in text and "~~~" not in text:
        yield from _split_paragraph(text, block)
        return ""
    end, unclosed = 0, ""
    for fenced in _FENCED.finditer(text):
        yield from _split_paragraph(text[end : fenced.start()], block)
        fence = f"{{{fenced[1]}}}" if fenced[1] else fenced[4]
        yield Line(_KIND_BY_FENCE[fence], fenced[2] or fenced[5] or "")
        unclosed = "" if fenced[3] or fenced[6] else fence
        end = fenced.end()
    yield from _split_paragraph(text[end:], block)
    return unclosed


_LINE_BREAK = re.compile(
    r"\s(?:"
    r"(?<=[\n\r\v\f\x1c-\x1e\x85\u2028\u2029])\s*"  # any line end in Unicode
    r"|(?<=[ \t\u00a0\u2000-\u200a\u3000])\s+"  # runs of spaces, left where line ends were lost
    r"|(?=h[1-6]\.\s)"  # a wiki heading
    r"|(?=[*#]{1,4}\s+\S)"  # a wiki bullet
    r"|(?<=[.:;!?)].)(?=[-+•–]\s+\S)"  # a dash that opens a bullet
    r"|(?=[-*+]\s\[[ xX]\]\s)"  # a Markdown task
    r")"
)
"""Matches white space at which a new line begins."""
_WIKI_HEADING = re.compile(r"h([1-6])\.\s*")
_MARKDOWN_HEADING = re.compile(r"(#{1,6})\s+")
_BULLET = re.compile(r"([*#]{1,6}|[-+•–—·])\s+|\(?\d{1,2}[.)]\s+")
_TASK = re.compile(r"\[[ xX✓]?\]\s*|[☐☑✅✔]\s*|\(/\)\s*|\(x\)\s*")
_HORIZONTAL_RULE = re.compile(r"[-=_*~\s]+\Z")


def _split_paragraph(text: str, block: Block) -> Iterator[Line]:
    """Yield the lines of a text without fences. The first one gets the kind and level of the block."""
    kind, level = block.kind, block.level
    for piece in _LINE_BREAK.split(text):
        stripped = piece.strip()
        if stripped and not _HORIZONTAL_RULE.match(stripped):
            line = _parse_line(stripped, kind, level)
            if line.text or line.kind in (BlockKind.HEADING, BlockKind.TASK, BlockKind.MEDIA):
                yield line
            kind, level = BlockKind.PARAGRAPH, 0


def _parse_line(text: str, kind: BlockKind, level: int) -> Line:
    """Parse a line. Its leading markup determines its kind; if there is none, the given kind and level apply."""
    if text[0].isalpha() and text[0] != "h":  # Of the letters, only "h" begins markup: "h2. "
        return Line(kind, strip_markup(text), level)
    if heading := _WIKI_HEADING.match(text):
        return Line(BlockKind.HEADING, strip_markup(text[heading.end() :]), int(heading[1]))
    if special := _parse_special_line(text):
        return special
    if heading := _MARKDOWN_HEADING.match(text):
        # Wiki markup numbers its lists with the same character. If the text is a known section name,
        # `rules.text.sections` begins a section with it.
        return Line(BlockKind.BULLET, strip_markup(text[heading.end() :]), len(heading[1]) - 1)
    if bullet := _BULLET.match(text):
        kind, level = BlockKind.BULLET, len(bullet[1] or "*") - 1
        text = text[bullet.end() :]
    if task := _TASK.match(text):
        kind, text = BlockKind.TASK, text[task.end() :]
    return Line(kind, strip_markup(text), level)


def _parse_special_line(text: str) -> Line | None:
    """Parse an image, a quotation or a table row; None if it is none of these."""
    if text[0] == "!" and not _IMAGE.sub("", text).strip():
        return Line(BlockKind.MEDIA, "")
    if text[0] == ">":
        return Line(BlockKind.QUOTE, text)
    if text[0] == "|":
        return Line(BlockKind.ROW, " | ".join(cell.strip() for cell in re.split(r"\|+", text.strip("|"))))
    return None


_INLINE_MARKUP = re.compile(
    r"\{(?:color|panel|section|column|anchor|info|note|tip|warning)[^{}]{0,200}+\}"
    r"|\{\{|\}\}|\{\*\}|\{_\}"
    r"|(?<![\w*])\*{1,2}(?=\S)|(?<=\S)\*{1,2}(?![\w*])"
    r"|(?<!\w)_{1,2}(?=\w)|(?<=\w)_{1,2}(?!\w)|`"
)
_LINK = re.compile(r"\[([^\[\]|]{1,300})\|[^\[\]]{0,900}\]|\[([^\[\]]{1,300})\]\([^()]{0,900}\)")
_IMAGE = re.compile(r"![^\s!]{1,200}\.(?:png|jpe?g|gif|svg|bmp)(?:\|[^!]{0,100})?!", re.IGNORECASE)


def strip_markup(text: str) -> str:
    """Remove leftover markup of emphasis, links, colours and images."""
    if "!" in text:
        text = _IMAGE.sub(" ", text)
    if "[" in text:
        text = _LINK.sub(lambda link: link[1] or link[2], text)
    if "*" in text or "_" in text or "{" in text or "`" in text:
        text = _INLINE_MARKUP.sub("", text)
    return text.strip()
