"""A comment of the service, independent of the markup of a tracker: paragraphs and lists.

`connectors.markup` renders documents. It escapes their texts, because a text that comes from an item must neither
mention a person nor add a link or a heading.
"""

import hashlib
from enum import StrEnum

import msgspec
from msgspec import Struct


class Style(StrEnum):
    """The style of a piece of text."""

    PLAIN = "plain"
    STRONG = "strong"
    CODE = "code"


class Span(Struct, frozen=True, omit_defaults=True):
    """A piece of text in one style, with an optional link."""

    text: str
    style: Style = Style.PLAIN
    link: str = ""


class Paragraph(Struct, frozen=True, tag="paragraph"):
    """A paragraph, which consists of pieces of text in different styles."""

    spans: tuple[Span, ...]

    @property
    def plain_text(self) -> str:
        """The text without markup."""
        return "".join(span.text for span in self.spans)


class Bullets(Struct, frozen=True, tag="bullets"):
    """A list with bullets. Every entry has one or more lines."""

    entries: tuple[tuple[Paragraph, ...], ...]


class Document(Struct, frozen=True):
    """A whole comment."""

    parts: tuple[Paragraph | Bullets, ...]

    @property
    def plain_text(self) -> str:
        """The text without markup, one paragraph per line."""
        lines: list[str] = []
        for part in self.parts:
            if isinstance(part, Paragraph):
                lines.append(part.plain_text)
            else:
                lines += ["• " + "\n  ".join(line.plain_text for line in entry) for entry in part.entries if entry]
        return "\n".join(lines)

    @property
    def hash(self) -> str:
        """A hash of the text, the styles and the links. It is stored."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:16]
