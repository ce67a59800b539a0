"""Shows an Atlassian document to people: as wiki text, which the older API speaks, and as HTML for the page."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from steward_sandbox.jira.model import Doc

WIKI = "wiki"
"""Where a document that was written in wiki markup keeps what was written."""

_SHOWN = {"mention": "text", "emoji": "shortName", "inlineCard": "url", "date": "timestamp", "status": "text"}


def to_wiki(doc: Doc | None) -> str:
    """The document as wiki text, a block a line; as it was written where it is kept like that."""
    if doc and WIKI in doc:
        return str(doc[WIKI])
    return "\n".join(_wiki_blocks(doc, "")) if doc else ""


def to_plain(doc: Doc | None) -> str:
    """The words of the document without any markup, a block a line."""
    return "\n".join(_plain_blocks(doc)) if doc else ""


def _wiki_blocks(node: Doc, bullet: str) -> list[str]:
    lines: list[str] = []
    for child in node.get("content", []):
        kind, attrs = child["type"], child.get("attrs", {})
        match kind:
            case "heading":
                lines.append(f"h{attrs['level']}. {_wiki_line(child)}")
            case "bulletList" | "orderedList":
                mark = "*" if kind == "bulletList" else "#"
                lines += [line for item in child["content"] for line in _wiki_item(item, bullet + mark)]
            case "taskList":
                lines += _wiki_tasks(child)
            case "codeBlock":
                lines += ["{code}", _wiki_line(child), "{code}"]
            case "blockquote" | "panel" | "expand":
                lines += ["{quote}", *_wiki_blocks(child, ""), "{quote}"]
            case "table":
                lines += [_wiki_row(row) for row in child["content"]]
            case "rule":
                lines.append("----")
            case _:
                lines.append(_wiki_line(child))
    return lines


def _wiki_item(item: Doc, bullet: str) -> list[str]:
    first, *rest = item["content"]
    lead = _wiki_line(first) if first["type"] == "paragraph" else ""
    others = rest if first["type"] == "paragraph" else item["content"]
    return [f"{bullet} {lead}", *_wiki_blocks({"content": others}, bullet)]


def _wiki_tasks(tasks: Doc) -> list[str]:
    lines: list[str] = []
    for item in tasks["content"]:
        if item["type"] == "taskList":
            lines += _wiki_tasks(item)
        else:
            lines.append(f"- [{'x' if item['attrs']['state'] == 'DONE' else ' '}] {_wiki_line(item)}")
    return lines


def _wiki_row(row: Doc) -> str:
    edge = "||" if row["content"] and row["content"][0]["type"] == "tableHeader" else "|"
    return edge + edge.join(" ".join(_wiki_blocks(cell, "")) for cell in row["content"]) + edge


def _wiki_line(node: Doc) -> str:
    return "".join(_wiki_inline(child) for child in node.get("content", []))


def _wiki_inline(node: Doc) -> str:
    if node["type"] != "text":
        return _shown(node)
    text = str(node["text"])
    marks = {mark["type"]: mark for mark in node.get("marks", [])}
    if "code" in marks:
        text = "{{" + text + "}}"
    elif "strong" in marks:
        text = f"*{text}*"
    if "link" in marks:
        href = marks["link"]["attrs"]["href"]
        text = href if text == href else f"[{text}|{href}]"
    return text


def _plain_blocks(node: Doc) -> list[str]:
    content = node.get("content", [])
    if any(child["type"] == "text" or child["type"] in _SHOWN for child in content):
        return ["".join(child.get("text") or _shown(child) for child in content)]
    return [line for child in content for line in _plain_blocks(child)]


def _shown(node: Doc) -> str:
    return "\n" if node["type"] == "hardBreak" else str(node.get("attrs", {}).get(_SHOWN.get(node["type"], ""), ""))


_TAGS = {
    "paragraph": "p",
    "bulletList": "ul",
    "orderedList": "ol",
    "listItem": "li",
    "blockquote": "blockquote",
    "panel": "blockquote",
    "expand": "blockquote",
    "table": "table",
    "tableRow": "tr",
    "tableCell": "td",
    "tableHeader": "th",
    "taskList": "ul",
}
_MARK_TAGS = {"strong": "strong", "em": "em", "strike": "s", "underline": "u", "code": "code"}


def to_html(doc: Doc | None) -> Markup:
    """The document as HTML without scripts, styles or foreign addresses, safe whatever the text holds."""
    return _join(_html(child) for child in doc["content"]) if doc else Markup()


def _join(parts: Any) -> Markup:
    return Markup().join(parts)


def _inner(node: Doc) -> Markup:
    return _join(_html(child) for child in node.get("content", []))


def _html(node: Doc) -> Markup:
    kind = node["type"]
    show: Callable[[Doc], Markup] | None = _SPECIAL.get(kind)
    if show is not None:
        return show(node)
    tag = _TAGS.get(kind)
    return Markup("<{0}>{1}</{0}>").format(Markup(tag), _inner(node)) if tag else escape(_shown(node))


def _html_text(node: Doc) -> Markup:
    shown = escape(node["text"])
    for mark in node.get("marks", []):
        if mark["type"] == "link":
            shown = link(mark["attrs"]["href"], shown)
        elif mark["type"] in _MARK_TAGS:
            shown = Markup("<{0}>{1}</{0}>").format(Markup(_MARK_TAGS[mark["type"]]), shown)
    return shown


def link(address: str, text: str | Markup) -> Markup:
    """A link where the address is one that a page may hold; otherwise only the text."""
    try:
        safe = urlsplit(address.strip()).scheme in ("http", "https")
    except ValueError:
        safe = False
    if not safe:
        return escape(text)
    return Markup('<a href="{}" rel="noreferrer noopener nofollow">{}</a>').format(address.strip(), text)


def _html_task(node: Doc) -> Markup:
    done = node["attrs"]["state"] == "DONE"
    mark = Markup("&#9745;") if done else Markup("&#9744;")
    return Markup('<li class="task">{} {}</li>').format(mark, _inner(node))


def _html_heading(node: Doc) -> Markup:
    return Markup("<h{0}>{1}</h{0}>").format(min(node["attrs"]["level"] + 2, 6), _inner(node))


_SPECIAL: dict[str, Callable[[Doc], Markup]] = {
    "text": _html_text,
    "hardBreak": lambda _node: Markup("<br>"),
    "rule": lambda _node: Markup("<hr>"),
    "heading": _html_heading,
    "taskItem": _html_task,
    "codeBlock": lambda node: Markup("<pre>{}</pre>").format(_join(escape(c["text"]) for c in node.get("content", []))),
    "inlineCard": lambda node: link(node["attrs"]["url"], node["attrs"]["url"]),
    "mention": lambda node: Markup('<span class="mention">{}</span>').format(_shown(node)),
}
