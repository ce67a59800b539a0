"""What Azure DevOps does to texts that are sent to it: whatever looks like a tag and is not a known one goes."""

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
_TAGS = frozenset(_KNOWN_TAGS.split())
_VOID = frozenset({"br", "col", "hr", "img"})
_SILENT = frozenset({"script", "style", "iframe", "object", "embed", "head", "title", "noscript", "template"})
_ATTRIBUTES = frozenset(_KNOWN_ATTRIBUTES.split())
_ADDRESSES = ("http", "https", "mailto", "")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG_LIKE = re.compile(r"</?[A-Za-z][^<>]*>|<![A-Za-z][^<>]*>|<\?[^<>]*>")


def sanitised(text: str, form: Format) -> str:
    """The text as it is stored: HTML keeps its known tags, Markdown keeps no tag at all."""
    if form == "markdown":
        return _TAG_LIKE.sub("", _COMMENT.sub("", text))
    cleaner = _Cleaner()
    cleaner.feed(text)
    cleaner.close()
    return cleaner.text


class _Cleaner(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self._parts: list[str] = []
        self._silent = 0

    @property
    def text(self) -> str:
        return "".join(self._parts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag in _TAGS and not self._silent:
            self._parts.append(f"<{tag}{''.join(_attribute(tag, *pair) for pair in attrs)}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _TAGS and not self._silent:
            self._parts.append(f"<{tag}{''.join(_attribute(tag, *pair) for pair in attrs)}>")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(self._silent - 1, 0)
        elif tag in _TAGS - _VOID and not self._silent:
            self._parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._parts.append(data.replace("<", "&lt;"))

    def handle_entityref(self, name: str) -> None:
        self.handle_data(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.handle_data(f"&#{name};")


def _attribute(tag: str, name: str, value: str | None) -> str:
    if name not in _ATTRIBUTES:
        return ""
    if name in ("href", "src") and not _is_address(tag, value or ""):
        return ""
    return f' {name}="{escape(value or "")}"'


def _is_address(tag: str, value: str) -> bool:
    try:
        scheme = urlsplit(value.strip()).scheme.casefold()
    except ValueError:
        return False
    return scheme in _ADDRESSES or (tag == "img" and scheme == "data")
