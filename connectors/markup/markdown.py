"""Markdown, as Azure DevOps stores fields and comments since 2025."""

import re
from collections.abc import Iterator

from cmarkgfm.cmark import Options, markdown_to_html_with_extensions

from connectors.document import Bullets, Document, Paragraph, Span, Style
from connectors.markup import html
from connectors.markup.lines import one_line
from rules.model import MAX_CHARACTERS, UNREADABLE_BLOCK, RichText, limit_text

_SPECIAL = re.compile(r"[\\`*_{}\[\]#|~]|(?<![^\s(])@")
_EXTENSIONS = ["table", "strikethrough", "tasklist", "tagfilter"]
_OPTIONS = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_HARDBREAKS
"""HTML is kept, for a reader that shows only its words; a line stays a line."""


def parse(text: str, *, mark_code: bool = False) -> RichText:
    """Rendered blocks of a Markdown text, and of the HTML in it.

    Args:
        text: The text.
        mark_code: Put `CODE_SENTINEL` before all text set as code or quoted inside a line.
    """
    rendered = markdown_to_html_with_extensions(text[:MAX_CHARACTERS], _OPTIONS, _EXTENSIONS)
    blocks = html.parse(rendered, mark_code=mark_code)
    return limit_text((*blocks, UNREADABLE_BLOCK)) if len(text) > MAX_CHARACTERS else blocks


def render(document: Document) -> str:
    """A document as Markdown. Item text in it stays text, without markup, tags or mentions."""
    return "\n\n".join(
        _spans(part) if isinstance(part, Paragraph) else "\n".join(_entries(part)) for part in document.parts
    )


def _entries(part: Bullets) -> Iterator[str]:
    for entry in part.entries:
        # Two trailing spaces break a line inside an entry.
        yield "- " + "  \n  ".join(_spans(paragraph) for paragraph in entry)


def _spans(paragraph: Paragraph) -> str:
    return "".join(_span(span) for span in paragraph.spans)


def _span(span: Span) -> str:
    if span.style is Style.CODE and not set("`<>\n") & set(span.text):
        return f"`{span.text}`"
    words = escape(span.text)
    if span.link:
        return f"[{words}]({span.link})"
    return f"**{words}**" if span.style is Style.STRONG and words and words.strip() == words else words


def escape(text: str) -> str:
    """Escape all markup in a text.

    `<` becomes an entity, because the tracker's sanitiser removes everything that looks like a tag. A zero-width space
    after `@` keeps it from mentioning anybody.
    """
    lead = " " if text[:1].isspace() else ""
    trail = " " if text[-1:].isspace() and text.strip() else ""
    kept = lead + one_line(text) + trail
    safe = _SPECIAL.sub(lambda match: "@\u200b" if match[0] == "@" else "\\" + match[0], kept)
    safe = safe.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"^(\s*)([-+]|\d+[.)])(\s)", r"\1\\\2\3", safe)
