"""Renders a Slack message as plain text, for a preview in a terminal."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from sync.messages import Messages, shipped_messages
from sync.report.slack_parts import Block, ReportMessage


def as_text(message: ReportMessage, messages: Messages | None = None) -> str:
    """Render the message and its thread."""
    texts = messages or shipped_messages()
    lines = list(_blocks_to_lines(message.blocks))
    if message.replies:
        lines += ["", texts.text("report.thread")]
    for reply in message.replies:
        lines += ["", *(f"  {line}" for line in _blocks_to_lines(reply.blocks))]
    return "\n".join(lines)


def _blocks_to_lines(blocks: Iterable[Block]) -> Iterator[str]:
    """The lines of blocks."""
    return chain.from_iterable(_block_lines(block) for block in blocks)


def _block_lines(block: Block) -> Iterator[str]:
    """Yield the lines of a block."""
    match block["type"]:
        case "header":
            yield block["text"]["text"]
        case "context":
            yield from (element["text"] for element in block["elements"])
        case "rich_text":
            for part in block["elements"]:
                is_list = part["type"] == "rich_text_list"
                for section in part["elements"] if is_list else [part]:
                    words = "".join(_element_text(element) for element in section["elements"])
                    yield from ([f"- {words}"] if is_list else words.rstrip("\n").split("\n"))


def _element_text(element: Mapping[str, Any]) -> str:
    """The text of an element of a line."""
    return f"@{element['user_id']}" if element["type"] == "user" else str(element["text"])
