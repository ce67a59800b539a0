"""Parses and writes the Atlassian Document Format (ADF), the format of long texts in Jira Cloud.

A document is a tree of nodes, such as paragraphs, lists and pieces of text. The parser accepts more than the published
schema, as Jira does: it reads the text and the children of a node of any type. The writer uses only a small part of the
schema.
"""

import re
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from connectors.document import Bullets, Document, Paragraph, Span, Style
from connectors.markup.lines import BOLD_LINE_LEVEL, SCENARIO_LANGUAGES, one_line
from connectors.markup.text import CODE_SENTINEL, MENTION_SENTINEL, remove_forbidden_in_xml
from rules.model import UNREADABLE_BLOCK, Block, BlockKind, RichText, limit_text


class Node(Struct, gc=False):
    """A node of a document. `marks` are the styles of a piece of text, such as "strong", "code" or "link"."""

    type: str = ""
    text: str | None = None
    content: list["Node"] | None = None
    attrs: dict[str, Any] | None = None
    marks: list[dict[str, Any]] | None = None


_PARAGRAPH, _HEADING, _BULLET, _QUOTE = BlockKind.PARAGRAPH, BlockKind.HEADING, BlockKind.BULLET, BlockKind.QUOTE
"""The most frequent kinds, kept here because Python 3.11 looks up the members of an enumeration slowly."""
_EMPTY_NODE = Node()
"""A node without any of the known JSON members, so that its content cannot be read."""
_MAX_DEPTH = 60
"""Nodes that are nested more deeply are ignored. Documents that people write stay far below this."""
_MAX_HEADING_LEVEL = 6
_WHITESPACE_EXCEPT_SPACE = re.compile(r"[\t\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
"""Characters that would end or divide a line in a piece of text."""

_TEXT_ATTRIBUTES = ("text", "shortName", "url", "title", "name", "alt")
"""The attributes that contain the visible text of a node without text, such as a mention or an image."""
_COLLAPSIBLE_TYPES = {"expand", "nestedExpand"}
"""The types of collapsible parts. Their title is read as a heading."""
_LIST_TYPES = {"bulletList", "orderedList", "taskList", "decisionList"}
_INLINE_TYPES = {
    "text",
    "hardBreak",
    "mention",
    "emoji",
    "inlineCard",
    "date",
    "status",
    "placeholder",
    "inlineExtension",
}
"""The types of nodes that do not start a new line."""


def parse(document: Node, *, for_commands: bool = False) -> RichText:
    """Parse a document into blocks. If parts of it cannot be read, the last block is `UNREADABLE_BLOCK`.

    Args:
        for_commands: Whether to mark inline code and mentions, so that commands in code are not followed and commands
            after a mention are.
    """
    if (unformatted_text := _parse_unformatted(document)) is not None:
        return unformatted_text
    blocks: list[Block] = []
    root = _with_sentinels(document, 0) if for_commands else document
    if root.type == "doc" and root.content:
        _read_children(root.content, _PARAGRAPH, 0, 0, blocks)
    else:
        _read_blocks(root, _PARAGRAPH, 0, 0, blocks)
    visible_blocks = [block for block in blocks if block.text or block.kind is BlockKind.MEDIA]
    return limit_text(visible_blocks if _is_readable(document) else [*visible_blocks, UNREADABLE_BLOCK])


def _parse_unformatted(document: Node) -> RichText | None:
    """Parse a document that consists of paragraphs without any formatting, as most comments do; None for others."""
    if document.type != "doc" or not document.content:
        return None
    blocks: list[Block] = []
    for node in document.content:
        if node.type != "paragraph" or node.content is None or len(node.content) != 1:
            return None
        child = node.content[0]
        text = child.text
        if child.type != "text" or text is None or child.marks or child.content or not text.isprintable():
            return None
        if line := text.strip():
            blocks.append(Block(_PARAGRAPH, line))
    return limit_text(blocks)


def _is_readable(document: Node) -> bool:
    """Whether no node is empty or nested too deeply."""
    if document == _EMPTY_NODE:
        return False
    nodes = document.content or []
    for _ in range(_MAX_DEPTH):
        if not nodes:
            return True
        if _EMPTY_NODE in nodes:
            return False
        nodes = [child for node in nodes if node.content for child in node.content]
    return not nodes


def _read_blocks(  # noqa: C901, PLR0912 - one branch for each type of node
    node: Node, kind: BlockKind, level: int, depth: int, blocks: list[Block]
) -> None:
    """Append the blocks of a node to a list.

    Args:
        kind: The kind of block that a line of ordinary text becomes: a paragraph, a list entry, or a quotation.
        level: The number of lists in which the list of the node is nested; 0 outside of lists.
        depth: The number of nodes in which the node is nested.
    """
    if depth > _MAX_DEPTH:
        return
    children = node.content or []
    attributes = node.attrs or {}
    is_quoted = kind is _QUOTE
    match node.type:
        case "paragraph" | "caption" | "decisionItem":
            _read_lines(children, kind, level, blocks)
        case "heading":
            level_value = attributes.get("level")
            heading_level = min(max(level_value, 1), _MAX_HEADING_LEVEL) if isinstance(level_value, int) else 1
            title = _inline_text(children)
            blocks.append(Block(kind, title) if is_quoted else Block(_HEADING, title, heading_level))
        case "codeBlock" if str(attributes.get("language", "")).lower() in SCENARIO_LANGUAGES:
            # A test scenario is text rather than code.
            _read_lines(children, kind, level, blocks)
        case "codeBlock":
            blocks.append(Block(BlockKind.CODE, "".join(_own_text(child) for child in children)))
        case "blockquote":
            _read_children(children, _QUOTE, level, depth, blocks)
        case "taskItem" | "blockTaskItem":
            done = str(attributes.get("state", "")).upper() == "DONE"
            task = Block(BlockKind.TASK, _inline_text(children), level, done=done)
            blocks.append(Block(kind, task.text) if is_quoted else task)
        case "listItem":
            _read_list_item(children, kind, level, depth, blocks)
        case "tableRow":
            blocks.append(Block(BlockKind.ROW, " | ".join(one_line(_flatten(cell, depth)) for cell in children)))
        case "media":
            blocks.append(Block(BlockKind.MEDIA, one_line(_own_text(node))))
        case "blockCard" | "embedCard":
            blocks.append(Block(BlockKind.LINK, one_line(_own_text(node))))
        case _ if node.type in _INLINE_TYPES:
            _read_lines([node], kind, level, blocks)
        case _:
            text = one_line(_own_text(node)) if node.attrs or node.text else ""
            if node.type in _COLLAPSIBLE_TYPES and text and not is_quoted:
                blocks.append(Block(_HEADING, text, BOLD_LINE_LEVEL))
            elif text and (node.type in _COLLAPSIBLE_TYPES or not children):
                blocks.append(Block(kind, text, level))
            child_level = level + 1 if node.type in _LIST_TYPES and kind is _BULLET else level
            child_kind = _BULLET if node.type in _LIST_TYPES and not is_quoted else kind
            _read_children(children, child_kind, child_level, depth, blocks)


def _read_children(children: list[Node], kind: BlockKind, level: int, depth: int, blocks: list[Block]) -> None:
    """Append the blocks of the children of a node. `kind` and `level` are those of the children."""
    if depth == _MAX_DEPTH:
        return
    for child in children:
        if child.type == "paragraph":  # a shortcut for the most frequent type
            _read_lines(child.content or [], kind, level, blocks)
        else:
            _read_blocks(child, kind, level, depth + 1, blocks)


def _read_list_item(children: list[Node], kind: BlockKind, level: int, depth: int, blocks: list[Block]) -> None:
    """Append the blocks of a list entry. Only its first paragraph and nested lists become list entries."""
    other_kind = _QUOTE if kind is _QUOTE else _PARAGRAPH
    for index, child in enumerate(children):
        keeps_kind = index == 0 or child.type in _LIST_TYPES
        _read_blocks(child, kind if keeps_kind else other_kind, level, depth + 1, blocks)


def _read_lines(children: list[Node], kind: BlockKind, level: int, blocks: list[Block]) -> None:
    """Append a block for each line of inline nodes."""
    if len(children) == 1:
        child = children[0]
        if child.type == "text" and child.text is not None and not child.marks:
            # A shortcut for the most frequent case: a paragraph without any formatting.
            _append_lines(child.text, kind, level, blocks)
            return
    line: list[Node] = []
    for child in children:
        if child.type == "hardBreak":
            _read_line(line, kind, level, blocks)
            line = []
        else:
            line.append(child)
    _read_line(line, kind, level, blocks)


def _read_line(line: list[Node], kind: BlockKind, level: int, blocks: list[Block]) -> None:
    """Append the block of a line of inline nodes.

    A line that is entirely bold counts as a heading. Struck-out text is left out, unless the line has no other text.
    """
    unstruck_nodes = [node for node in line if not _has_mark(node, "strike")]
    line_text = "".join(_own_text(node) for node in unstruck_nodes)
    nonblank_nodes = [node for node in unstruck_nodes if _own_text(node).strip()]
    if kind in (_PARAGRAPH, _BULLET) and nonblank_nodes:
        if kind is _PARAGRAPH and all(_has_mark(node, "strong") for node in nonblank_nodes):
            kind, level = _HEADING, BOLD_LINE_LEVEL
        elif all(_is_link(node) for node in nonblank_nodes):
            kind, level = BlockKind.LINK, 0
    if not nonblank_nodes and line:
        line_text, kind, level = "".join(_own_text(node) for node in line), BlockKind.STRUCK, 0
    _append_lines(line_text, kind, level, blocks)


def _append_lines(text: str, kind: BlockKind, level: int, blocks: list[Block]) -> None:
    # Every white-space character except the space is unprintable, and so is every line break.
    if text.isprintable():
        if line := text.strip():
            blocks.append(Block(kind, line, level))
        return
    for part in text.splitlines():
        line = part.strip() if part.isprintable() or "  " in part else " ".join(part.split())
        if line:
            blocks.append(Block(kind, line, level))


def _has_mark(node: Node, name: str) -> bool:
    return any(mark.get("type") == name for mark in node.marks or ())


def _is_link(node: Node) -> bool:
    """Whether a node is a link to a page or, as a mention, to a person."""
    return node.type in ("inlineCard", "mention") or _has_mark(node, "link")


def _inline_text(children: list[Node]) -> str:
    """Return the text of nodes, joined to one line."""
    return one_line(_flatten(Node(content=children), 0))


def _flatten(node: Node, depth: int) -> str:
    """Return the text of a node and the nodes in it, without struck-out text."""
    if depth > _MAX_DEPTH or _has_mark(node, "strike"):
        return ""
    inner_texts = [_flatten(child, depth + 1) for child in node.content or ()]
    has_only_inline_nodes = all(child.type in _INLINE_TYPES for child in node.content or ())
    separator = "" if has_only_inline_nodes else " "
    return _own_text(node) + separator.join(part for part in inner_texts if part)


def _own_text(node: Node) -> str:
    """Return the text of a node, without that of the nodes in it."""
    if node.text is not None:
        return node.text
    if node.type == "hardBreak":
        return "\n"
    if not node.attrs:
        return ""
    if node.type == "date":
        return _format_date(node.attrs.get("timestamp"))
    return next((value for key in _TEXT_ATTRIBUTES if isinstance(value := node.attrs.get(key), str)), "")


def _format_date(timestamp: object) -> str:
    """Format a date, which ADF stores as text with milliseconds since 1970."""
    try:
        return datetime.fromtimestamp(int(str(timestamp)) / 1000, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return ""


def render(document: Document) -> dict[str, Any]:
    """Convert a document to ADF.

    Item text in it stays plain text: it can neither become a link nor mention a person.
    """
    return {"type": "doc", "version": 1, "content": [node for part in document.parts for node in _render_part(part)]}


def _render_part(part: Paragraph | Bullets) -> list[dict[str, Any]]:
    if isinstance(part, Paragraph):
        return [{"type": "paragraph", "content": [node for span in part.spans for node in _render_span(span)]}]
    items = [
        {"type": "listItem", "content": [node for line in entry or (Paragraph(()),) for node in _render_part(line)]}
        for entry in part.entries
    ]
    # The schema does not allow empty lists.
    return [{"type": "bulletList", "content": items}] if items else []


def _render_span(span: Span) -> list[dict[str, Any]]:
    text = remove_forbidden_in_xml(_WHITESPACE_EXCEPT_SPACE.sub(" ", span.text))
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


def _with_sentinels(node: Node, depth: int) -> Node:
    """Copy a node, with `CODE_SENTINEL` before inline code and `MENTION_SENTINEL` around mentions."""
    if node.type == "mention" and node.text is None:
        return Node("text", f"{MENTION_SENTINEL}{_own_text(node)}{MENTION_SENTINEL}")
    is_code = node.text is not None and _has_mark(node, "code")
    content = [_with_sentinels(child, depth + 1) for child in node.content or ()] if depth <= _MAX_DEPTH else None
    return Node(node.type, f"{CODE_SENTINEL}{node.text}" if is_code else node.text, content, node.attrs, node.marks)
