"""Renders a Slack message as plain text, for a preview in a terminal."""

from collections.abc import Iterator

from sync.messages import Messages
from sync.report.slack_parts import Block, ReportMessage


def as_text(message: ReportMessage, messages: Messages) -> str:
    """Render the message and its thread."""
    lines = [line for block in message.blocks for line in _block_lines(block)]
    if message.replies:
        lines += ["", messages.text("report.thread")]
    for reply in message.replies:
        lines += ["", *(f"  {line}" for block in reply.blocks for line in _block_lines(block))]
    return "\n".join(lines)


def _block_lines(block: Block) -> Iterator[str]:
    match block["type"]:
        case "header":
            yield block["text"]["text"]
        case "context":
            yield from (element["text"] for element in block["elements"])
        case "rich_text":
            for part in block["elements"]:
                is_list = part["type"] == "rich_text_list"
                for section in part["elements"] if is_list else [part]:
                    words = "".join(
                        f"@{element['user_id']}" if element["type"] == "user" else str(element["text"])
                        for element in section["elements"]
                    )
                    yield from ([f"- {words}"] if is_list else words.rstrip("\n").split("\n"))
