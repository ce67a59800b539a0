"""Removes tags, and what looks like one, from texts as Azure DevOps does, unless it knows them."""

import re
from html import escape
from html.parser import HTMLParser
from urllib.parse import urlsplit

from steward_sandbox.azure_devops.model import Format

_KNOWN_TAGS = """
a b big blockquote br caption cite code col colgroup del div em figure font h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark
ol p pre s small span strike strong sub sup table tbody td tfoot th thead tr tt u ul
"""
_KNOWN_ATTRIBUTES = """
href src alt title style class color size face width height colspan rowspan align valign start type dir
data-vss-mention rel target
"""
_TAGS, _ATTRIBUTES = frozenset(_KNOWN_TAGS.split()), frozenset(_KNOWN_ATTRIBUTES.split())
_VOID = frozenset({"br", "col", "hr", "img"})
_SILENT = frozenset({"script", "style", "iframe", "object", "embed", "head", "title", "noscript", "template"})
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG_LIKE = re.compile(r"</?[A-Za-z][^<>]*>|<![A-Za-z][^<>]*>|<\?[^<>]*>")


def sanitize(text: str, form: Format) -> str:
    """The text as it is stored: HTML keeps its known tags, Markdown keeps no tag at all."""
    if form == "markdown":
        return _TAG_LIKE.sub("", _COMMENT.sub("", text))
    cleaner = _Cleaner()
    cleaner.feed(text)
    cleaner.close()
    return "".join(cleaner.parts)


class _Cleaner(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag in _TAGS and not self._silent:
            kept = [(name, value or "") for name, value in attrs if _keeps(name, value or "")]
            attributes = "".join(f' {name}="{escape(value)}"' for name, value in kept)
            self.parts.append(f"<{tag}{attributes}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _SILENT:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(self._silent - 1, 0)
        elif tag in _TAGS - _VOID and not self._silent:
            self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data.replace("<", "&lt;"))

    def handle_entityref(self, name: str) -> None:
        self.handle_data(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.handle_data(f"&#{name};")


def _keeps(name: str, value: str) -> bool:
    if name not in ("href", "src"):
        return name in _ATTRIBUTES
    try:
        return urlsplit(value.strip()).scheme.casefold() in ("http", "https", "mailto", "")
    except ValueError:
        return False
