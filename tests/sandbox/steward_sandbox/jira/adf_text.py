"""Shows an Atlassian document as text: wiki text, which the older API uses, plain, or HTML."""

from functools import cache

from jinja2 import Template
from markupsafe import Markup

from steward_sandbox import page
from steward_sandbox.jira.model import Doc

WIKI = "wiki"
"""Where a document that was written in wiki markup keeps what was written."""

_SHOWN = {"mention": "text", "emoji": "shortName", "inlineCard": "url", "date": "timestamp", "status": "text"}


def to_wiki(doc: Doc | None) -> str:
    """The document as wiki text, a block a line; as it was written if it keeps that."""
    if doc and WIKI in doc:
        return str(doc[WIKI])
    return "\n".join(_wiki_blocks(doc, "")) if doc else ""


def to_plain(doc: Doc | None) -> str:
    """The text of the document without any markup, a block a line."""
    return "\n".join(_plain_blocks(doc)) if doc else ""


def _wiki_blocks(node: Doc, bullet: str) -> list[str]:
    lines: list[str] = []
    for child in node.get("content", []):
        kind, content = child["type"], child.get("content", [])
        match kind:
            case "heading":
                lines.append(f"h{child['attrs']['level']}. {_wiki_line(child)}")
            case "bulletList" | "orderedList":
                lines += _wiki_blocks(child, bullet + ("*" if kind == "bulletList" else "#"))
            case "listItem":
                leads = content[0]["type"] == "paragraph"
                lines.append(f"{bullet} {_wiki_line(content[0]) if leads else ''}")
                lines += _wiki_blocks({"content": content[leads:]}, bullet)
            case "taskItem":
                lines.append(f"- [{'x' if child['attrs']['state'] == 'DONE' else ' '}] {_wiki_line(child)}")
            case "codeBlock":
                lines += ["{code}", _wiki_line(child), "{code}"]
            case "blockquote" | "panel" | "expand":
                lines += ["{quote}", *_wiki_blocks(child, ""), "{quote}"]
            case _ if _is_line(child):
                lines.append(_wiki_line(child))
            case _:
                lines += _wiki_blocks(child, bullet)
    return lines


def _is_line(node: Doc) -> bool:
    inline = ("text", "hardBreak", *_SHOWN)
    return node["type"] == "paragraph" or any(child["type"] in inline for child in node.get("content", []))


def _wiki_line(node: Doc) -> str:
    return "".join(_wiki_inline(child) for child in node.get("content", []))


def _wiki_inline(node: Doc) -> str:
    text = _shown(node)
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
        return ["".join(map(_shown, content))]
    return [line for child in content for line in _plain_blocks(child)]


def _shown(node: Doc) -> str:
    if node["type"] == "hardBreak":
        return "\n"
    return str(node.get("text") or node.get("attrs", {}).get(_SHOWN.get(node["type"], ""), ""))


def to_html(doc: Doc | None) -> Markup:
    """The document as HTML without scripts, styles or foreign addresses, safe whatever the text holds."""
    return Markup(_template().render(document=doc))


@cache
def _template() -> Template:
    return page.templates("steward_sandbox.jira").get_template("document.html")
