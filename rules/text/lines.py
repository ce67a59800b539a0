"""Splits rich text into the lines a reader sees, even where the tracker lost the line ends.

Descriptions arrive as blocks. Some were flattened on their way, so that one block holds a heading, its bullets and the
next heading with runs of blanks between them; some still carry marks of wiki or Markdown that were never rendered.
Here they become lines again, and code and quotations are set apart from what the author says.
"""

import re
from collections.abc import Generator, Iterator

from rules.model import Block, BlockKind, RichText, limit_text

OPAQUE = frozenset(
    {BlockKind.CODE, BlockKind.QUOTE, BlockKind.MEDIA, BlockKind.LINK, BlockKind.STRUCK, BlockKind.UNREADABLE}
)
"""Kinds of lines whose words are not the author's own sentences."""


Line = Block
"""One line of a text: its kind, its words without marks, and the depth of a heading or bullet."""


def lines(text: RichText) -> RichText:
    """The lines of a text in reading order, without empty ones. Media and code stay, marked as such.

    Where a tracker hands over its markup line by line, code may begin in one block and end in a later one. A text
    beyond the limits ends with an UNREAD line.
    """
    return tuple(_lines(limit_text(text)))


def _lines(text: RichText) -> Iterator[Line]:
    last_use = {
        mark: place
        for place, block in enumerate(text)
        if block.kind not in OPAQUE
        for mark in _KINDS
        if mark in block.text
    }
    mark = ""
    for place, block in enumerate(text):
        if block.kind in OPAQUE:
            yield Line(block.kind, "" if block.kind is BlockKind.UNREADABLE else block.text)
            continue
        words = block.text
        if mark:
            inside, closed, words = words.partition(mark)
            yield Line(_KINDS[mark], inside)
            if not closed:
                continue
        opened = yield from _without_code(words, block)
        mark = opened if last_use.get(opened, place) > place else ""


_FENCED = re.compile(
    r"\{(code|noformat|quote)(?::[^{}]{0,200}+)?\}(.*?)(\{\1\}|\Z)|(```|~~~)(.*?)(\4|\Z)",
    re.DOTALL,
)
_KINDS = {
    "{code}": BlockKind.CODE,
    "{noformat}": BlockKind.CODE,
    "{quote}": BlockKind.QUOTE,
    "```": BlockKind.CODE,
    "~~~": BlockKind.CODE,
}


def _without_code(text: str, block: Block) -> Generator[Line, None, str]:
    """Yield the lines of a text, with code and quotations set apart.

    Returns:
        The mark that would close what the text leaves open; empty when it leaves nothing open.
    """
    if block.kind is BlockKind.ROW:
        if text.strip(" |"):
            yield Line(block.kind, text)
        return ""
    if "{" not in text and "```" not in text and "~~~" not in text:
        yield from _pieces(text, block)
        return ""
    end, left_open = 0, ""
    for fenced in _FENCED.finditer(text):
        yield from _pieces(text[end : fenced.start()], block)
        mark = f"{{{fenced[1]}}}" if fenced[1] else fenced[4]
        yield Line(_KINDS[mark], fenced[2] or fenced[5] or "")
        left_open = "" if fenced[3] or fenced[6] else mark
        end = fenced.end()
    yield from _pieces(text[end:], block)
    return left_open


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


def _pieces(text: str, block: Block) -> Iterator[Line]:
    kind, level = block.kind, block.level
    for piece in _BREAK.split(text):
        words = piece.strip()
        if words and not _RULE.match(words):
            line = _marked(words, kind, level)
            if line.text or line.kind in (BlockKind.HEADING, BlockKind.TASK, BlockKind.MEDIA):
                yield line
            kind, level = BlockKind.PARAGRAPH, 0


def _marked(words: str, kind: BlockKind, level: int) -> Line:
    """A piece with its leading mark read as the kind of line it stands for."""
    if words[0].isalpha() and words[0] != "h":
        return Line(kind, bare(words), level)
    if heading := _WIKI_HEADING.match(words):
        return Line(BlockKind.HEADING, bare(words[heading.end() :]), int(heading[1]))
    if apart := _set_apart(words):
        return apart
    if heading := _MARKDOWN_HEADING.match(words):
        # Wiki markup numbers its lists with the same sign; a name decides later which it was.
        return Line(BlockKind.BULLET, bare(words[heading.end() :]), len(heading[1]) - 1)
    if bullet := _BULLET.match(words):
        kind, level = BlockKind.BULLET, len(bullet[1] or "*") - 1
        words = words[bullet.end() :]
    if task := _TASK.match(words):
        kind, words = BlockKind.TASK, words[task.end() :]
    return Line(kind, bare(words), level)


def _set_apart(words: str) -> Line | None:
    """A piece that is a picture, a quotation or a row of a table."""
    if words[0] == "!" and not _IMAGE.sub("", words).strip():
        return Line(BlockKind.MEDIA, "")
    if words.startswith(("bq. ", ">")):
        return Line(BlockKind.QUOTE, words)
    if words[0] == "|":
        return Line(BlockKind.ROW, " | ".join(cell.strip() for cell in re.split(r"\|+", words.strip("|"))))
    return None


_MARKS = re.compile(
    r"\{(?:color|panel|section|column|anchor|info|note|tip|warning)[^{}]{0,200}+\}"
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
