"""Rich text in a short notation, for examples and tests.

One line, one block: "# " opens a heading, "- " a bullet, "[ ] " or "[x] " a task, "> " a quotation, "| " a table row,
and what stands between lines of three backticks is code. Anything else is a paragraph. It is not
Markdown; connectors read real markup.
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
            blocks.append(_block(line))
    if code:
        blocks.append(Block(BlockKind.CODE, "\n".join(code)))
    return tuple(blocks)


def _block(line: str) -> Block:
    text = line.strip()
    mark, _, rest = text.partition(" ")
    rest = rest.strip()
    if mark.strip("#") == "" and rest:
        return Block(BlockKind.HEADING, rest, len(mark))
    if text.lower().startswith(("[ ] ", "[x] ")):
        return Block(BlockKind.TASK, text[4:].strip(), done=text[1] != " ")
    if mark == "-" and rest:
        return Block(BlockKind.BULLET, rest, (len(line) - len(line.lstrip())) // 2)
    if mark == ">":
        return Block(BlockKind.QUOTE, rest)
    if mark == "|":
        return Block(BlockKind.ROW, rest.rstrip("|").strip())
    return Block(BlockKind.PARAGRAPH, text)
