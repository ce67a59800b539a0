"""Long texts: those of a backlog file as people would have typed them here, and how a text is shown.

A backlog file's texts are read as the sandbox Jira reads them: wiki markup and Markdown, a line at a time.
"""

import html
import re

from markupsafe import Markup

from steward_sandbox.azure_devops.model import Format
from steward_sandbox.azure_devops.sanitizer import sanitize
from steward_sandbox.jira import adf, adf_text

_BLOCK = re.compile(r"<(?:br|/?(?:div|p|li|h[1-6]|tr|blockquote|pre|ul|ol))\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_LINE_END = re.compile(r"[ \t\u00a0]*\n\s*")


def typed(text: str, form: Format) -> str:
    """A text of a backlog file in this format; in Markdown, what looks like a tag is escaped."""
    if form == "markdown":
        return text.replace("<", "&lt;").replace(">", "&gt;")
    return str(adf_text.to_html(adf.from_text(text)))


def section(heading: str, text: str, form: Format) -> str:
    """A part of a longer text under a heading of its own."""
    body = typed(text, form)
    return f"\n\n## {heading}\n\n{body}" if form == "markdown" else f"<h2>{heading}</h2>{body}"


def rendered(text: str, form: Format) -> str:
    """The text as HTML, as the comments API renders it."""
    return text if form == "html" else typed(html.unescape(text), "html")


def shown(text: str, form: Format) -> Markup:
    """The text as HTML that is safe on a page of ours, whatever it holds."""
    safe = sanitize(rendered(text, form), "html")
    return Markup(re.sub(r' (?:style|class|src|target)="[^"]*"', "", safe))


def plain(text: str, form: Format = "html") -> str:
    """The words alone, a block a line."""
    lines = _BLOCK.sub("\n", rendered(text, form))
    return _LINE_END.sub("\n", html.unescape(_TAG.sub("", lines))).strip()
