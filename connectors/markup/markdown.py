"""Parses and writes Markdown, a format of fields and comments in Azure DevOps since 2025."""

import re
from collections.abc import Iterator

from cmarkgfm.cmark import Options, markdown_to_html_with_extensions

from connectors.document import Bullets, Document, Paragraph, Span, Style
from connectors.markup import html
from connectors.markup.lines import one_line_with_outer_spaces
from connectors.markup.text import MENTION_SENTINEL
from rules.model import MAX_CHARACTERS, UNREADABLE_BLOCK, RichText, limit_text

_SPECIAL_CHARACTERS = re.compile(r"[\\`*_{}\[\]#|~]|(?<![^\s(])@")
"""Characters with a meaning in Markdown, and "@" where it may mention a person: at the start, after a space or "("."""
_MENTION = re.compile(r"(?<!\\)@<[0-9A-Fa-f-]{8,64}>")
"""Matches a mention of a person in a comment of Azure DevOps."""
_EXTENSIONS = ["table", "strikethrough", "tasklist", "tagfilter"]
_OPTIONS = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_HARDBREAKS
"""Keep HTML in the text, which is harmless because only its visible text is read, and keep line breaks."""


def parse(text: str, *, for_commands: bool = False) -> RichText:
    """Parse Markdown, and the HTML in it, into blocks.

    With `for_commands`, inline code, quotations and mentions are marked for `connectors.markup.find_commands`.
    """
    if for_commands:
        text = _MENTION.sub(f"{MENTION_SENTINEL}@{MENTION_SENTINEL}", text)
    rendered = markdown_to_html_with_extensions(text[:MAX_CHARACTERS], _OPTIONS, _EXTENSIONS)
    blocks = html.parse(rendered, for_commands=for_commands)
    return limit_text((*blocks, UNREADABLE_BLOCK)) if len(text) > MAX_CHARACTERS else blocks


def render(document: Document) -> str:
    """Convert a document to Markdown. Item text in it is escaped: it can neither become markup nor mention a person."""
    return "\n\n".join(
        _render_spans(part) if isinstance(part, Paragraph) else "\n".join(_render_entries(part))
        for part in document.parts
    )


def _render_entries(part: Bullets) -> Iterator[str]:
    for entry in part.entries:
        # Two trailing spaces are a line break inside an entry.
        yield "- " + "  \n  ".join(_render_spans(paragraph) for paragraph in entry)


def _render_spans(paragraph: Paragraph) -> str:
    return "".join(_render_span(span) for span in paragraph.spans)


def _render_span(span: Span) -> str:
    if span.style is Style.CODE and not set("`<>\n") & set(span.text):
        return f"`{span.text}`"
    text = escape(span.text)
    if span.link:
        return f"[{text}]({span.link})"
    return f"**{text}**" if span.style is Style.STRONG and text and text.strip() == text else text


def escape(text: str) -> str:
    """Escape all markup in a text, and put it on one line.

    `<` becomes an entity, because Azure DevOps removes everything that looks like a tag. A zero-width space follows
    `@`, so that it mentions nobody. A list marker at the start of the line is escaped.
    """
    single_line = one_line_with_outer_spaces(text)
    escaped = _SPECIAL_CHARACTERS.sub(lambda match: "@\u200b" if match[0] == "@" else "\\" + match[0], single_line)
    escaped = escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"^(\s*)([-+]|\d+[.)])(\s)", r"\1\\\2\3", escaped)
