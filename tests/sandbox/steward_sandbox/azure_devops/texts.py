"""Long texts: those of a backlog file as people would have typed them here, and how a text is shown.

A backlog file's texts are read as the sandbox Jira reads them (wiki markup and Markdown, a line at a time), and
written as Azure DevOps' own editors would: HTML in `div`s, or Markdown.
"""

import html
import re
from collections.abc import Callable, Iterable
from typing import Any

from markupsafe import Markup

from steward_sandbox.azure_devops.model import Format
from steward_sandbox.azure_devops.sanitiser import sanitised
from steward_sandbox.jira import adf, adf_text

Node = dict[str, Any]

_MARKS = {"strong": "b", "em": "i", "strike": "s", "underline": "u", "code": "code"}
_BLOCKS = {
    "bulletList": "ul",
    "orderedList": "ol",
    "taskList": "ul",
    "blockquote": "blockquote",
    "panel": "blockquote",
    "table": "table",
    "tableRow": "tr",
    "tableCell": "td",
    "tableHeader": "th",
}
_TAG = re.compile(r"<[^<>]*>")
_SPACES = re.compile(r"[ \t\u00a0]*\n\s*")


def written(text: str, form: Format) -> str:
    """A text of a backlog file in this format."""
    blocks = adf.from_text(text)["content"]
    if form == "markdown":
        return "\n\n".join(part for part in (_markdown(node) for node in blocks) if part.strip())
    return "".join(_html(node) for node in blocks)


def section(heading: str, text: str, form: Format) -> str:
    """A part of a longer text under a heading of its own."""
    body = written(text, form)
    return f"\n\n## {heading}\n\n{body}" if form == "markdown" else f"<h2>{html.escape(heading)}</h2>{body}"


def rendered(text: str, form: Format) -> str:
    """The text as HTML, as the comments API renders it."""
    if form == "html":
        return text
    return str(adf_text.to_html(adf.from_text(html.unescape(text))))


def shown(text: str, form: Format) -> Markup:
    """The text as HTML that is safe on a page of ours, whatever it holds."""
    safe = sanitised(rendered(text, form), "html")
    return Markup(re.sub(r' (?:style|class|src|target)="[^"]*"', "", safe))


def plain(text: str, form: Format = "html") -> str:
    """The words alone, a block a line."""
    broken = re.sub(r"(?i)<(?:br|/?(?:div|p|li|h[1-6]|tr|blockquote|pre|ul|ol))\b[^>]*>", "\n", rendered(text, form))
    return _SPACES.sub("\n", html.unescape(_TAG.sub("", broken))).strip()


def _html(node: Node) -> str:
    kind, inner = node["type"], node.get("content", [])
    special = _HTML.get(kind)
    if special is not None:
        return special(node)
    tag = _BLOCKS.get(kind)
    return f"<{tag}>{_joined(inner)}</{tag}>" if tag else _joined(inner)


def _html_task(node: Node) -> str:
    mark = "☑" if node["attrs"]["state"] == "DONE" else "☐"
    return f"<li>{mark} {_joined(node.get('content', []))}</li>"


def _html_heading(node: Node) -> str:
    level = node["attrs"]["level"]
    return f"<h{level}>{_joined(node.get('content', []))}</h{level}>"


def _item_html(inner: list[Node]) -> str:
    """A list item: its first paragraph stands bare."""
    if inner and inner[0]["type"] == "paragraph":
        return _joined(inner[0].get("content", [])) + _joined(inner[1:])
    return _joined(inner)


def _marked_html(node: Node) -> str:
    text = html.escape(str(node["text"]), quote=False)
    for mark in node.get("marks", []):
        if mark["type"] == "link":
            text = f'<a href="{html.escape(mark["attrs"]["href"])}">{text}</a>'
        elif mark["type"] in _MARKS:
            text = f"<{_MARKS[mark['type']]}>{text}</{_MARKS[mark['type']]}>"
    return text


def _joined(nodes: Iterable[Node]) -> str:
    return "".join(_html(node) for node in nodes)


def _markdown(node: Node, indent: str = "") -> str:
    inner, kind = node.get("content", []), node["type"]
    if kind in ("bulletList", "orderedList", "taskList"):
        return "\n".join(_item(child, indent, place, kind) for place, child in enumerate(inner, start=1))
    special = _MARKDOWN.get(kind)
    return special(node) if special is not None else _line(inner)


def _markdown_table(node: Node) -> str:
    rows = [[_line(leaves) for leaves in _cells(row)] for row in node["content"]]
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]])


def _cells(row: Node) -> list[list[Node]]:
    return [[leaf for block in cell.get("content", []) for leaf in block.get("content", [])] for cell in row["content"]]


def _item(node: Node, indent: str, place: int, kind: str) -> str:
    if node["type"] == "taskList":
        return _markdown(node, indent + "  ")
    bullet = f"{place}." if kind == "orderedList" else "-"
    if node["type"] == "taskItem":
        return f"{indent}- [{'x' if node['attrs']['state'] == 'DONE' else ' '}] {_line(node.get('content', []))}"
    first, *rest = node.get("content", []) or [{"type": "paragraph"}]
    lines = [f"{indent}{bullet} {_line(first.get('content', []))}"]
    return "\n".join([*lines, *(_markdown(child, indent + "  ") for child in rest)])


def _line(nodes: Iterable[Node]) -> str:
    return "".join(_marked_markdown(node) for node in nodes if node["type"] == "text")


def _marked_markdown(node: Node) -> str:
    """A stretch of text; angle brackets are entities, or they would be taken for tags."""
    kinds = {mark["type"]: mark for mark in node.get("marks", [])}
    raw = str(node["text"])
    text = raw.replace("<", "&lt;").replace(">", "&gt;")
    if "code" in kinds:
        return f"`{text}`"
    if "strong" in kinds:
        text = f"**{text}**"
    if "link" in kinds:
        href = kinds["link"]["attrs"]["href"]
        text = href if raw == href else f"[{text}]({href})"
    return text


_HTML: dict[str, Callable[[Node], str]] = {
    "text": _marked_html,
    "paragraph": lambda node: f"<div>{_joined(node.get('content', [])) or '<br>'}</div>",
    "heading": _html_heading,
    "listItem": lambda node: f"<li>{_item_html(node.get('content', []))}</li>",
    "taskItem": _html_task,
    "codeBlock": lambda node: f"<pre><code>{_joined(node.get('content', []))}</code></pre>",
    "rule": lambda _node: "<hr>",
}
_MARKDOWN: dict[str, Callable[[Node], str]] = {
    "heading": lambda node: f"{'#' * node['attrs']['level']} {_line(node.get('content', []))}",
    "codeBlock": lambda node: "```\n" + "".join(str(c["text"]) for c in node.get("content", [])) + "\n```",
    "blockquote": lambda node: "\n".join(f"> {_line(child.get('content', []))}" for child in node["content"]),
    "rule": lambda _node: "---",
    "table": _markdown_table,
}
