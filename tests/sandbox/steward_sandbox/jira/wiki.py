"""Wiki markup that is kept as it was written, with a document made of it for the page that people look at."""

import re
from collections.abc import Iterator
from typing import Any

from steward_sandbox.jira import adf, adf_text
from steward_sandbox.jira.model import Doc

_INVISIBLE = re.compile(r"(?<!\\)\{anchor(?::(?:[^}\\]|\\[^}])*)?\}")
_BREAK = re.compile(r" ?\\\\(?: |$)", re.MULTILINE)
_ESCAPED = re.compile(r"\\([{}\[\]|*_+^~!?.\\-])")
_ENTITY = re.compile(r"&#(\d{2,3});")
_LINE_BREAK = "\ue000"
_SAFE = 0xE100
"""Characters that markup cannot touch stand in for escaped ones while a text is taken apart."""


def document(text: str) -> Doc:
    """The document, with the text it was made of."""
    seen = _BREAK.sub(_LINE_BREAK, _INVISIBLE.sub("", text))
    seen = _ESCAPED.sub(lambda found: chr(_SAFE + ord(found[1])), seen)
    seen = _ENTITY.sub(lambda found: chr(_SAFE + int(found[1])) if int(found[1]) < 128 else found[0], seen)
    return {**_restored(adf.from_text(seen)), adf_text.WIKI: text.replace("\r\n", "\n")}


def _restored(node: dict[str, Any]) -> dict[str, Any]:
    content = node.get("content")
    if content is None:
        return node
    return {**node, "content": [part for child in content for part in _parts(child)]}


def _parts(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if node.get("type") != "text":
        yield _restored(node)
        return
    for number, piece in enumerate(str(node["text"]).split(_LINE_BREAK)):
        if number:
            yield {"type": "hardBreak"}
        if piece:
            yield {**node, "text": "".join(_plain(mark) for mark in piece)}


def _plain(mark: str) -> str:
    return chr(ord(mark) - _SAFE) if _SAFE <= ord(mark) < _SAFE + 128 else mark
