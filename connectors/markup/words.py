"""What is read out of rendered blocks, whatever markup they came from."""

from connectors.markup.lines import one_line
from connectors.tracker import COMMAND
from rules.model import BlockKind, RichText


def plain(text: RichText) -> str:
    """The words, a block a line, with white space evened out: to be compared with what was written."""
    return "\n".join(one_line(block.text) for block in text)


def commands(text: RichText) -> tuple[str, ...]:
    """Lines that speak to the service; what is quoted or set as code speaks to nobody."""
    spoken = (block.text for block in text if block.kind not in (BlockKind.QUOTE, BlockKind.CODE))
    return tuple(line for line in spoken if line.split(maxsplit=1)[:1] == [COMMAND])
