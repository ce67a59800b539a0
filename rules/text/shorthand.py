"""Parses rich text from a short notation, for examples and tests.

Each line is one block: "# " begins a heading, "- " a bullet, "[ ] " or "[x] " a task, "> " a quotation, "| " a table
row. Lines between two lines of three backticks are code. Any other line is a paragraph. The notation is not Markdown;
connectors parse real markup.
"""

from rules.model import Block, BlockKind, RichText


def from_shorthand(source: str) -> RichText:
    """Parse a text in the short notation into blocks."""
    blocks: list[Block] = []
    code: list[str] | None = None
    for line in source.splitlines():
        if line.strip() == "```":
            if code is not None:
                blocks.append(Block(BlockKind.CODE, "\n".join(code)))
            code = [] if code is None else None
        elif code is not None:
            code.append(line)
        elif line.strip():
            blocks.append(_parse_block(line))
    if code:
        blocks.append(Block(BlockKind.CODE, "\n".join(code)))
    return tuple(blocks)


def _parse_block(line: str) -> Block:
    """Parse a line that is not code. Every two spaces before a bullet add one to its level."""
    text = line.strip()
    marker, _, content = text.partition(" ")
    content = content.strip()
    if marker.strip("#") == "" and content:
        return Block(BlockKind.HEADING, content, len(marker))
    if text.lower().startswith(("[ ] ", "[x] ")):
        return Block(BlockKind.TASK, text[4:].strip(), done=text[1] != " ")
    if marker == "-" and content:
        return Block(BlockKind.BULLET, content, (len(line) - len(line.lstrip())) // 2)
    if marker == ">":
        return Block(BlockKind.QUOTE, content)
    if marker == "|":
        return Block(BlockKind.ROW, content.rstrip("|").strip())
    return Block(BlockKind.PARAGRAPH, text)
