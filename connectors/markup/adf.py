"""Atlassian Document Format, as Jira Cloud stores long texts.

Reading is tolerant: what Jira stores is looser than its published schema, so every node's children and words are taken,
whatever its type. Writing keeps to a small subset of that schema.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from msgspec import Struct

from connectors.document import Bullets, Document, Paragraph, Span, Style
from connectors.markup.lines import BOLD_LINE, SCENARIO_LANGUAGES, one_line
from connectors.markup.words import CODE_SENTINEL, printable
from rules.model import UNREADABLE_BLOCK, Block, BlockKind, RichText, limit_text


class Node(Struct, gc=False):
    """A node of a document, of any type."""

    type: str = ""
    text: str | None = None
    content: list["Node"] | None = None
    attrs: dict[str, Any] | None = None
    marks: list[dict[str, Any]] | None = None


_NOTHING = Node()
_DEEPEST = 60
_SMALLEST_HEADING = 6
_LINE_END = re.compile(r"[\t\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")

_ATTRIBUTE_TEXT = ("text", "shortName", "url", "title", "name", "alt")
_FOLDS = {"expand", "nestedExpand"}
"""Collapsible parts. Their title is a heading to the reader."""
_BLOCK_PARENTS = {"bulletList", "orderedList", "taskList", "decisionList"}
_INLINE = {"text", "hardBreak", "mention", "emoji", "inlineCard", "date", "status", "placeholder", "inlineExtension"}


def parse(document: Node, *, mark_code: bool = False) -> RichText:
    """Rendered blocks of a document.

    Args:
        document: The root node.
        mark_code: Put `CODE_SENTINEL` before all text set as code.
    """
    root = _with_marked_code(document, 0) if mark_code else document
    blocks = (block for block in _walk(root, BlockKind.PARAGRAPH, 0, 0) if block.text or block.kind is BlockKind.MEDIA)
    return limit_text(chain(blocks, () if _is_readable(document) else (UNREADABLE_BLOCK,)))


def _is_readable(document: Node) -> bool:
    """Whether every node below the root has something known in it, and none is too deep."""
    level = document.content or []
    for _ in range(_DEEPEST):
        if any(node == _NOTHING for node in level):
            return False
        level = [child for node in level for child in node.content or ()]
    return not level


def _walk(  # noqa: C901, PLR0912 - one branch a type of node is the clearest table
    node: Node, kind: BlockKind, level: int, depth: int
) -> Iterator[Block]:
    if depth > _DEEPEST:
        return
    children = node.content or []
    attributes = node.attrs or {}
    quoted = kind is BlockKind.QUOTE
    match node.type:
        case "paragraph" | "caption" | "decisionItem":
            yield from _lines(children, kind, level)
        case "heading":
            size = min(max(_number(attributes.get("level"), 1), 1), _SMALLEST_HEADING)
            yield Block(kind, _joined(children)) if quoted else Block(BlockKind.HEADING, _joined(children), size)
        case "codeBlock" if str(attributes.get("language", "")).lower() in SCENARIO_LANGUAGES:
            yield from _lines(children, kind, level)
        case "codeBlock":
            yield Block(BlockKind.CODE, "".join(_own_words(child) for child in children))
        case "blockquote":
            for child in children:
                yield from _walk(child, BlockKind.QUOTE, level, depth + 1)
        case "taskItem" | "blockTaskItem":
            done = str(attributes.get("state", "")).upper() == "DONE"
            task = Block(BlockKind.TASK, _joined(children), level, done=done)
            yield Block(kind, task.text) if quoted else task
        case "listItem":
            yield from _list_item(children, kind, level, depth)
        case "tableRow":
            yield Block(BlockKind.ROW, " | ".join(one_line(_flat(cell, depth)) for cell in children))
        case "media":
            yield Block(BlockKind.MEDIA, one_line(_own_words(node)))
        case "blockCard" | "embedCard":
            yield Block(BlockKind.LINK, one_line(_own_words(node)))
        case _ if node.type in _INLINE:
            yield from _lines([node], kind, level)
        case _:
            words = one_line(_own_words(node))
            if node.type in _FOLDS and words and not quoted:
                yield Block(BlockKind.HEADING, words, BOLD_LINE)
            elif words and (node.type in _FOLDS or not children):
                yield Block(kind, words, level)
            deeper = level + 1 if node.type in _BLOCK_PARENTS and kind is BlockKind.BULLET else level
            inner = BlockKind.BULLET if node.type in _BLOCK_PARENTS and not quoted else kind
            for child in children:
                yield from _walk(child, inner, deeper, depth + 1)


def _list_item(children: list[Node], kind: BlockKind, level: int, depth: int) -> Iterator[Block]:
    rest = BlockKind.QUOTE if kind is BlockKind.QUOTE else BlockKind.PARAGRAPH
    for number, child in enumerate(children):
        same_kind = number == 0 or child.type in _BLOCK_PARENTS
        yield from _walk(child, kind if same_kind else rest, level, depth + 1)


def _lines(children: list[Node], kind: BlockKind, level: int) -> Iterator[Block]:
    line: list[Node] = []
    for child in [*children, Node(type="hardBreak")]:
        if child.type != "hardBreak":
            line.append(child)
            continue
        kept = [node for node in line if not _has_mark(node, "strike")]
        whole = "".join(_own_words(node) for node in kept)
        remove_invisible = [node for node in kept if _own_words(node).strip()]
        shape = Block(kind, "", level)
        if kind in (BlockKind.PARAGRAPH, BlockKind.BULLET) and remove_invisible:
            if kind is BlockKind.PARAGRAPH and all(_has_mark(node, "strong") for node in remove_invisible):
                shape = Block(BlockKind.HEADING, "", BOLD_LINE)
            elif all(_is_link(node) for node in remove_invisible):
                shape = Block(BlockKind.LINK, "")
        if not remove_invisible and line:
            whole, shape = "".join(_own_words(node) for node in line), Block(BlockKind.STRUCK, "")
        for part in whole.splitlines():
            text = " ".join(part.split()) if "  " not in part else part.strip()
            if text:
                yield Block(shape.kind, text, shape.level)
        line = []


def _has_mark(node: Node, name: str) -> bool:
    return any(mark.get("type") == name for mark in node.marks or ())


def _is_link(node: Node) -> bool:
    return node.type in ("inlineCard", "mention") or _has_mark(node, "link")


def _joined(children: list[Node]) -> str:
    return one_line(_flat(Node(content=children), 0))


def _flat(node: Node, depth: int) -> str:
    if depth > _DEEPEST or _has_mark(node, "strike"):
        return ""
    inner = [_flat(child, depth + 1) for child in node.content or ()]
    inline = all(child.type in _INLINE for child in node.content or ())
    return _own_words(node) + ("" if inline else " ").join(part for part in inner if part)


def _own_words(node: Node) -> str:
    if node.text is not None:
        return node.text
    attributes = node.attrs or {}
    match node.type:
        case "hardBreak":
            return "\n"
        case "date":
            return _day(attributes.get("timestamp"))
        case _:
            return next((value for key in _ATTRIBUTE_TEXT if isinstance(value := attributes.get(key), str)), "")


def _day(timestamp: object) -> str:
    """Parse a date: milliseconds since 1970, as text."""
    try:
        return datetime.fromtimestamp(int(str(timestamp)) / 1000, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return ""


def _number(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) else otherwise


def render(document: Document) -> dict[str, Any]:
    """A document as ADF. Item text in it stays text: it can neither link nor mention."""
    return {"type": "doc", "version": 1, "content": [node for part in document.parts for node in _part(part)]}


def _part(part: Paragraph | Bullets) -> list[dict[str, Any]]:
    if isinstance(part, Paragraph):
        return [{"type": "paragraph", "content": [text for span in part.spans for text in _span(span)]}]
    items = [
        {"type": "listItem", "content": [text for line in entry or (Paragraph(()),) for text in _part(line)]}
        for entry in part.entries
    ]
    # ADF has no empty lists.
    return [{"type": "bulletList", "content": items}] if items else []


def _span(span: Span) -> list[dict[str, Any]]:
    text = printable(_LINE_END.sub(" ", span.text))
    if not text:
        return []
    marks: list[dict[str, Any]] = []
    if span.style is Style.STRONG:
        marks.append({"type": "strong"})
    if span.style is Style.CODE:
        marks.append({"type": "code"})
    if span.link.startswith(("https://", "http://")):
        marks.append({"type": "link", "attrs": {"href": span.link}})
    return [{"type": "text", "text": text, **({"marks": marks} if marks else {})}]


def _with_marked_code(node: Node, depth: int) -> Node:
    """The same node with `CODE_SENTINEL` before all text set as code."""
    is_code = node.text is not None and _has_mark(node, "code")
    content = [_with_marked_code(child, depth + 1) for child in node.content or ()] if depth <= _DEEPEST else None
    return Node(node.type, f"{CODE_SENTINEL}{node.text}" if is_code else node.text, content, node.attrs, node.marks)
