"""Renders a report message and its thread as Markdown, for a wiki or another chat. Texts of items are escaped."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sync.report.slack_parts import Block, ReportMessage


def as_markdown(message: ReportMessage) -> str:
    """Render the message and its replies as Markdown, without buttons."""
    parts = [*_render_blocks(message.blocks, heading="#")]
    for reply in message.replies:
        parts += ["---", *_render_blocks(reply.blocks, heading="##")]
    return "\n\n".join(parts) + "\n"


def _render_blocks(blocks: Iterable[Block], heading: str) -> Iterator[str]:
    """Yield the paragraphs, headings and lists of blocks."""
    for block in blocks:
        match block["type"]:
            case "header":
                yield f"{heading} {_escape(block['text']['text'])}"
            case "context":
                yield "  \n".join(f"*{_escape(element['text'])}*" for element in block["elements"])
            case "rich_text":
                yield from (_render_part(part) for part in block["elements"])


def _render_part(part: Mapping[str, Any]) -> str:
    if part["type"] != "rich_text_list":
        return _render_line(part).strip()
    is_ordered = part["style"] == "ordered"
    lines = [
        f"{f'{number}.' if is_ordered else '-'} {_render_line(section)}"
        for number, section in enumerate(part["elements"], start=1)
    ]
    return "\n".join(lines)


def _render_line(section: Mapping[str, Any]) -> str:
    """Render a section as a line. Line breaks in it become those of Markdown, two spaces at the end of a line."""
    return "".join(_render_element(element) for element in section["elements"]).strip().replace("\n", "  \n")


def _render_element(element: Mapping[str, Any]) -> str:
    if element["type"] == "user":
        return f"@{element['user_id']}"
    text = _escape(element["text"])
    if element["type"] == "link":
        return f"[{text}](<{element['url']}>)"
    if element.get("style", {}).get("bold") and text.strip():
        return text.replace(text.strip(), f"**{text.strip()}**", 1)
    return text


def _escape(text: str) -> str:
    """Escape Markdown and HTML in a text."""
    escaped = re.sub(r"[\\`*_\[\]#|~!]", r"\\\g<0>", text)
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
