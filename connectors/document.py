"""What the service writes, before a tracker's markup is put on: a few kinds of paragraphs, nothing more.

Every connector renders a document in its tracker's own markup. Item text inside a document is data: connectors
escape it, so that it can neither mention a person nor bring in a link or a heading.
"""

import hashlib
from enum import StrEnum

import msgspec
from msgspec import Struct


class Style(StrEnum):
    """How a piece of text is set."""

    PLAIN = "plain"
    STRONG = "strong"
    CODE = "code"


class Span(Struct, frozen=True, omit_defaults=True):
    """A piece of text in one style; with `link`, a link to that address."""

    text: str
    style: Style = Style.PLAIN
    link: str = ""


class Paragraph(Struct, frozen=True, tag="paragraph"):
    """One paragraph."""

    spans: tuple[Span, ...]


class Bullets(Struct, frozen=True, tag="bullets"):
    """A list; every entry is one or more lines."""

    entries: tuple[tuple[Paragraph, ...], ...]


class Document(Struct, frozen=True):
    """A whole comment."""

    parts: tuple[Paragraph | Bullets, ...]

    @property
    def plain(self) -> str:
        """The words a reader sees, a paragraph a line."""
        lines: list[str] = []
        for part in self.parts:
            if isinstance(part, Paragraph):
                lines.append("".join(span.text for span in part.spans))
            else:
                for entry in part.entries:
                    for number, paragraph in enumerate(entry):
                        lead = "• " if number == 0 else "  "
                        lines.append(lead + "".join(span.text for span in paragraph.spans))
        return "\n".join(lines)

    @property
    def hash(self) -> str:
        """Equal for documents that say and look the same."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:16]
