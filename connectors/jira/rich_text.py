"""Atlassian documents: read as blocks of plain text, written from our own few kinds of paragraphs.

Reading is tolerant: what Jira stores is looser than its published schema, so every node's children and words are
taken, whatever its type. Writing keeps to a small subset of that schema.
"""

from collections.abc import Iterator
from typing import Any

from connectors.document import Bullets, Document, Paragraph, Span, Style
from connectors.jira.wire import Node, RichText
from connectors.tracker import COMMAND
from rules.model import Block, BlockKind, Text

_DEEPEST = 60
_BOLD_LINE = 7
"""Level given to a line that is all bold: people use it as a heading."""

_ATTRIBUTE_TEXT = ("text", "shortName", "url", "title", "name", "alt")
_BLOCK_PARENTS = {"bulletList", "orderedList", "taskList", "decisionList"}
_INLINE = {"text", "hardBreak", "mention", "emoji", "inlineCard", "date", "status", "placeholder", "inlineExtension"}


def blocks(body: RichText) -> Text:
    """A stored text as rendered blocks; nothing for an empty one."""
    if body is None:
        return ()
    if isinstance(body, str):
        return tuple(Block(BlockKind.PARAGRAPH, line.strip()) for line in body.splitlines() if line.strip())
    return tuple(
        block for block in _walk(body, BlockKind.PARAGRAPH, 0, 0) if block.text or block.kind is BlockKind.MEDIA
    )


def _walk(  # noqa: C901, PLR0912 - one branch a type of node is the clearest table
    node: Node, kind: BlockKind, level: int, depth: int
) -> Iterator[Block]:
    if depth > _DEEPEST:
        return
    children = node.content or []
    attributes = node.attrs or {}
    match node.type:
        case "paragraph" | "caption" | "decisionItem":
            yield from _lines(children, kind, level)
        case "heading":
            yield Block(BlockKind.HEADING, _joined(children), _number(attributes.get("level"), 1))
        case "codeBlock":
            yield Block(BlockKind.CODE, "".join(child.text or "" for child in children))
        case "blockquote":
            for child in children:
                yield from _walk(child, BlockKind.QUOTE, level, depth + 1)
        case "taskItem" | "blockTaskItem":
            done = str(attributes.get("state", "")).upper() == "DONE"
            yield Block(BlockKind.TASK, _joined(children), level, done=done)
        case "listItem":
            yield from _list_item(children, kind, level, depth)
        case "tableRow":
            yield Block(BlockKind.ROW, " | ".join(_flat(cell, depth) for cell in children))
        case "media" | "blockCard" | "embedCard":
            yield Block(BlockKind.MEDIA, _own_words(node))
        case _ if node.type in _INLINE:
            yield from _lines([node], kind, level)
        case _:
            deeper = level + 1 if node.type in _BLOCK_PARENTS and kind is BlockKind.BULLET else level
            inner = BlockKind.BULLET if node.type in _BLOCK_PARENTS else kind
            for child in children:
                yield from _walk(child, inner, deeper, depth + 1)
            if not children and _own_words(node):
                yield Block(kind, _own_words(node), level)


def _list_item(children: list[Node], kind: BlockKind, level: int, depth: int) -> Iterator[Block]:
    lead = True
    for child in children:
        if child.type in _BLOCK_PARENTS:
            yield from _walk(child, BlockKind.BULLET, level, depth + 1)
        else:
            yield from _walk(child, kind if lead else BlockKind.PARAGRAPH, level, depth + 1)
        lead = False


def _lines(children: list[Node], kind: BlockKind, level: int) -> Iterator[Block]:
    line: list[Node] = []
    for child in [*children, Node(type="hardBreak")]:
        if child.type != "hardBreak":
            line.append(child)
            continue
        whole = "".join(_own_words(node) for node in line)
        bold = kind is BlockKind.PARAGRAPH and whole.strip() and all(_is_strong(node) for node in line)
        for part in whole.splitlines():
            text = " ".join(part.split()) if "  " not in part else part.strip()
            if text:
                yield Block(BlockKind.HEADING, text, _BOLD_LINE) if bold else Block(kind, text, level)
        line = []


def _is_strong(node: Node) -> bool:
    return not _own_words(node).strip() or any(mark.get("type") == "strong" for mark in node.marks or ())


def _joined(children: list[Node]) -> str:
    return " ".join("".join(_flat(child, 0) or " " for child in children).split())


def _flat(node: Node, depth: int) -> str:
    if depth > _DEEPEST:
        return ""
    inner = [_flat(child, depth + 1) for child in node.content or ()]
    inline = all(child.type in _INLINE for child in node.content or ())
    return _own_words(node) + ("" if inline else " ").join(part for part in inner if part)


def _own_words(node: Node) -> str:
    if node.text is not None:
        return node.text
    attributes = node.attrs or {}
    return next((value for key in _ATTRIBUTE_TEXT if isinstance(value := attributes.get(key), str)), "")


def _number(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) else otherwise


def adf(document: Document) -> dict[str, Any]:
    """A document of ours in Atlassian's format. Item text in it stays text: it can neither link nor mention."""
    return {"type": "doc", "version": 1, "content": [_part(part) for part in document.parts]}


def _part(part: Paragraph | Bullets) -> dict[str, Any]:
    if isinstance(part, Paragraph):
        return {"type": "paragraph", "content": [_span(span) for span in part.spans if span.text]}
    return {
        "type": "bulletList",
        "content": [
            {"type": "listItem", "content": [_part(paragraph) for paragraph in entry]} for entry in part.entries
        ],
    }


def _span(span: Span) -> dict[str, Any]:
    marks: list[dict[str, Any]] = []
    if span.style is Style.STRONG:
        marks.append({"type": "strong"})
    if span.style is Style.CODE:
        marks.append({"type": "code"})
    if span.link:
        marks.append({"type": "link", "attrs": {"href": span.link}})
    return {"type": "text", "text": span.text, **({"marks": marks} if marks else {})}


def plain(body: RichText) -> str:
    """The words of a stored text, a block a line, with white space evened out: to be compared with what was written."""
    return "\n".join(" ".join(block.text.split()) for block in blocks(body))


def commands(body: RichText) -> tuple[str, ...]:
    """Lines that speak to the service; what is quoted or set as code speaks to nobody."""
    spoken = (block.text for block in blocks(body) if block.kind not in (BlockKind.QUOTE, BlockKind.CODE))
    return tuple(line for line in spoken if line.startswith(COMMAND))
