"""Rendered text as the lines a reader sees, even where a tracker lost them.

Descriptions arrive as blocks. Some were flattened on their way, so that one block holds a heading, its bullets and the
next heading with runs of blanks between them; some still carry marks of wiki or Markdown that were never rendered.
Here they become lines again, and code and quotations are set apart from what the author says.
"""

import re
from collections.abc import Iterator

from msgspec import Struct

from rules.model import Block, BlockKind, Text

OPAQUE = frozenset({BlockKind.CODE, BlockKind.QUOTE, BlockKind.MEDIA})
"""Kinds of lines whose words are not the author's own sentences."""


class Line(Struct, frozen=True, gc=False):
    """One line of a text.

    Attributes:
        kind: What the line is to the reader.
        text: The words without marks.
        level: Depth of a heading (1 is the largest) or of a bullet (0 is outermost).
    """

    kind: BlockKind
    text: str
    level: int = 0


def lines(text: Text) -> list[Line]:
    """The lines of a text in reading order, without empty ones. Media and code stay, marked as such."""
    return [line for block in text for line in _lines_of(block)]


_FENCED = re.compile(r"\{(code|noformat|quote)(?::[^}]{0,200})?\}(.*?)(?:\{\1\}|\Z)|(```|~~~)(.*?)(?:\3|\Z)", re.DOTALL)
_BREAK = re.compile(
    r"\s(?:"
    r"(?<=[\n\r\v\f\x1c-\x1e\x85\u2028\u2029])\s*"  # every line end that Unicode knows
    r"|(?<=[ \t\u00a0\u2000-\u200a\u3000])\s+"  # runs of blanks, left where line ends were lost
    r"|(?=h[1-6]\.\s)"  # a wiki heading
    r"|(?=[*#]{1,4}\s+\S)"  # a wiki bullet
    r"|(?<=[.:;!?)].)(?=[-+•–]\s+\S)"  # a dash that opens a bullet
    r"|(?=[-*+]\s\[[ xX]\]\s)"  # a Markdown task
    r")"
)
_WIKI_HEADING = re.compile(r"h([1-6])\.\s*")
_MARKDOWN_HEADING = re.compile(r"(#{1,6})\s+")
_BULLET = re.compile(r"([*#]{1,6}|[-+•–—·])\s+|\(?\d{1,2}[.)]\s+")
_TASK = re.compile(r"\[[ xX✓]?\]\s*|[☐☑✅✔]\s*|\(/\)\s*|\(x\)\s*")
_RULE = re.compile(r"[-=_*~\s]+\Z")


def _lines_of(block: Block) -> Iterator[Line]:
    if block.kind in OPAQUE:
        yield Line(block.kind, block.text)
    elif block.kind is BlockKind.ROW:
        if block.text.strip(" |"):
            yield Line(block.kind, block.text)
    else:
        for text, opaque in _authored(block.text):
            if opaque is not None:
                yield Line(opaque, text)
            else:
                yield from _pieces(text, block)


def _authored(text: str) -> Iterator[tuple[str, BlockKind | None]]:
    """Parts of a text; what stands between leftover marks of code or quotation comes with that kind."""
    if "{" not in text and "```" not in text and "~~~" not in text:
        yield text, None
        return
    end = 0
    for fenced in _FENCED.finditer(text):
        yield text[end : fenced.start()], None
        yield fenced[2] or fenced[4] or "", BlockKind.QUOTE if fenced[1] == "quote" else BlockKind.CODE
        end = fenced.end()
    yield text[end:], None


def _pieces(text: str, block: Block) -> Iterator[Line]:
    kind, level = block.kind, block.level
    for piece in _BREAK.split(text):
        words = piece.strip()
        if words and not _RULE.match(words):
            line = _marked(words, kind, level)
            if line.text or line.kind in (BlockKind.HEADING, BlockKind.TASK):
                yield line
            kind, level = BlockKind.PARAGRAPH, 0


def _marked(words: str, kind: BlockKind, level: int) -> Line:
    """A piece with its leading mark read as the kind of line it stands for."""
    if words[0].isalpha() and words[0] != "h":
        return Line(kind, bare(words), level)
    if heading := _WIKI_HEADING.match(words):
        return Line(BlockKind.HEADING, bare(words[heading.end() :]), int(heading[1]))
    if words.startswith(("bq. ", ">")):
        return Line(BlockKind.QUOTE, words)
    if words[0] == "|":
        return Line(BlockKind.ROW, " | ".join(cell.strip() for cell in re.split(r"\|+", words.strip("|"))))
    if heading := _MARKDOWN_HEADING.match(words):
        # Wiki markup numbers its lists with the same sign; a name decides later which it was.
        return Line(BlockKind.BULLET, bare(words[heading.end() :]), len(heading[1]) - 1)
    if bullet := _BULLET.match(words):
        kind, level = BlockKind.BULLET, len(bullet[1] or "*") - 1
        words = words[bullet.end() :]
    if task := _TASK.match(words):
        kind, words = BlockKind.TASK, words[task.end() :]
    return Line(kind, bare(words), level)


_MARKS = re.compile(
    r"\{(?:color|panel|section|column|anchor|info|note|tip|warning)[^}]{0,200}\}"
    r"|\{\{|\}\}|\{\*\}|\{_\}"
    r"|(?<![\w*])\*{1,2}(?=\S)|(?<=\S)\*{1,2}(?![\w*])"
    r"|(?<!\w)_{1,2}(?=\w)|(?<=\w)_{1,2}(?!\w)|`"
)
_LINK = re.compile(r"\[([^\[\]|]{1,300})\|[^\[\]]{0,900}\]|\[([^\[\]]{1,300})\]\([^()]{0,900}\)")
_IMAGE = re.compile(r"![^\s!]{1,200}\.(?:png|jpe?g|gif|svg|bmp)(?:\|[^!]{0,100})?!", re.IGNORECASE)


def bare(words: str) -> str:
    """Words without leftover marks of emphasis, links, colours and images."""
    if "!" in words:
        words = _IMAGE.sub(" ", words)
    if "[" in words:
        words = _LINK.sub(lambda link: link[1] or link[2], words)
    if "*" in words or "_" in words or "{" in words or "`" in words:
        words = _MARKS.sub("", words)
    return words.strip()
