"""Long texts: those of a backlog file as people would have typed them here, and what is stored and shown of a text.

A backlog file's texts are read as the sandbox Jira reads them: wiki markup and Markdown, a line at a time.
"""

import html
import re
from functools import lru_cache

from markupsafe import Markup

from steward_sandbox.azure_devops.model import Format
from steward_sandbox.data_files import load_json
from steward_sandbox.jira import adf, adf_text

_BLOCK = re.compile(r"<(?:br|/?(?:div|p|li|h[1-6]|tr|blockquote|pre|ul|ol))\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_LINE_END = re.compile(r"[ \t\u00a0]*\n\s*")
_KNOWN_HTML: dict[str, list[str]] = load_json("azure_devops", "html")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_DROPPED = re.compile(
    r"<(script|style|iframe|object|embed|head|title|noscript|template)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE
)
_MARKUP = re.compile(r"<(/?)([A-Za-z][\w:-]*)([^<>]*)>|<[!?][^<>]*>")
_ATTRIBUTE = re.compile(r"([\w-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_ADDRESS = re.compile(r"\s*(?:(?:https?|mailto):|[^:]*$)", re.IGNORECASE)


def sanitize(text: str, form: Format) -> str:
    """The text as it is stored: HTML keeps its known tags, Markdown keeps no tag at all."""
    text = _COMMENT.sub("", text)
    return _MARKUP.sub("" if form == "markdown" else _known_tag, text if form == "markdown" else _DROPPED.sub("", text))


@lru_cache(maxsize=1000)
def typed(text: str, form: Format) -> str:
    """A text of a backlog file in this format; in Markdown, what looks like a tag is escaped."""
    if form == "markdown":
        return text.replace("<", "&lt;").replace(">", "&gt;")
    return str(adf_text.to_html(adf.from_text(text)))


def section(heading: str, text: str, form: Format) -> str:
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
    lines = _BLOCK.sub("\n", rendered(text, form))
    return _LINE_END.sub("\n", html.unescape(_TAG.sub("", lines))).strip()


def _known_tag(tag: re.Match[str]) -> str:
    name = (tag[2] or "").casefold()
    if name not in _KNOWN_HTML["tags"]:
        return ""
    return f"</{name}>" if tag[1] else f"<{name}{''.join(map(_known_attribute, _ATTRIBUTE.finditer(tag[3])))}>"


def _known_attribute(attribute: re.Match[str]) -> str:
    name, value = attribute[1].casefold(), attribute[2] or attribute[3] or attribute[4] or ""
    unsafe = name in ("href", "src") and not _ADDRESS.match(value)
    return "" if unsafe or name not in _KNOWN_HTML["attributes"] else f' {name}="{value}"'
