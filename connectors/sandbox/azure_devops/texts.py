"""Long texts: those of a backlog file as people would have typed them here, and how a text is shown.

A backlog file's texts are read as the sandbox Jira reads them (wiki markup and Markdown, a line at a time), and
written as Azure DevOps' own editors would: HTML in `div`s, or Markdown.
"""

import html
import re
from collections.abc import Iterable
from typing import Any

from markupsafe import Markup

from connectors.sandbox.azure_devops.model import Format
from connectors.sandbox.azure_devops.sanitiser import sanitised
from connectors.sandbox.jira import adf, adf_text

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
    return Markup(re.sub(r' (?:style|class|src|target)="[^"]*"', "", safe))  # noqa: S704 - sanitised above


def plain(text: str, form: Format = "html") -> str:
    """The words alone, a block a line."""
    broken = re.sub(r"(?i)<(?:br|/?(?:div|p|li|h[1-6]|tr|blockquote|pre|ul|ol))\b[^>]*>", "\n", rendered(text, form))
    return _SPACES.sub("\n", html.unescape(_TAG.sub("", broken))).strip()


def _html(node: Node) -> str:
    kind, inner = node["type"], node.get("content", [])
    match kind:
        case "text":
            return _marked_html(node)
        case "paragraph":
            return f"<div>{_joined(inner) or '<br>'}</div>"
        case "heading":
            return f"<h{node['attrs']['level']}>{_joined(inner)}</h{node['attrs']['level']}>"
        case "listItem":
            return f"<li>{_item_html(inner)}</li>"
        case "taskItem":
            mark = "☑" if node["attrs"]["state"] == "DONE" else "☐"
            return f"<li>{mark} {_joined(inner)}</li>"
        case "codeBlock":
            return f"<pre><code>{_joined(inner)}</code></pre>"
        case "rule":
            return "<hr>"
    tag = _BLOCKS.get(kind)
    return f"<{tag}>{_joined(inner)}</{tag}>" if tag else _joined(inner)


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
    inner = node.get("content", [])
    match node["type"]:
        case "heading":
            return f"{'#' * node['attrs']['level']} {_line(inner)}"
        case "bulletList" | "orderedList" | "taskList":
            return "\n".join(_item(child, indent, place, node["type"]) for place, child in enumerate(inner, start=1))
        case "codeBlock":
            return "```\n" + "".join(str(child["text"]) for child in inner) + "\n```"
        case "blockquote" | "panel":
            return "\n".join(f"> {_line(child.get('content', []))}" for child in inner)
        case "rule":
            return "---"
        case "table":
            rows = [[_line(p) for p in _cells(row)] for row in inner]
            lines = ["| " + " | ".join(row) + " |" for row in rows]
            return "\n".join([lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]]) if lines else ""
    return _line(inner)


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
