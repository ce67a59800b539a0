"""Removes tags, and what looks like one, from texts as Azure DevOps does, unless it knows them."""

import re

from steward_sandbox.azure_devops.model import Format

_TAGS = """
a b big blockquote br caption cite code col colgroup del div em figure font h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark
ol p pre s small span strike strong sub sup table tbody td tfoot th thead tr tt u ul
"""
_ATTRIBUTES = """
href src alt title style class color size face width height colspan rowspan align valign start type dir
data-vss-mention rel target
"""
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_DROPPED = re.compile(
    r"<(script|style|iframe|object|embed|head|title|noscript|template)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE
)
_TAG = re.compile(r"<(/?)([A-Za-z][\w:-]*)([^<>]*)>|<[!?][^<>]*>")
_ATTRIBUTE = re.compile(r"([\w-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_ADDRESS = re.compile(r"\s*(?:(?:https?|mailto):|[^:]*$)", re.IGNORECASE)


def sanitize(text: str, form: Format) -> str:
    """The text as it is stored: HTML keeps its known tags, Markdown keeps no tag at all."""
    text = _COMMENT.sub("", text)
    return _TAG.sub("" if form == "markdown" else _known_tag, text if form == "markdown" else _DROPPED.sub("", text))


def _known_tag(tag: re.Match[str]) -> str:
    name = (tag[2] or "").casefold()
    if name not in _TAGS.split():
        return ""
    return f"</{name}>" if tag[1] else f"<{name}{''.join(map(_known_attribute, _ATTRIBUTE.finditer(tag[3])))}>"


def _known_attribute(attribute: re.Match[str]) -> str:
    name, value = attribute[1].casefold(), attribute[2] or attribute[3] or attribute[4] or ""
    unsafe = name in ("href", "src") and not _ADDRESS.match(value)
    return "" if unsafe or name not in _ATTRIBUTES.split() else f' {name}="{value}"'
