"""By which a comment is known to be ours: a property, and on Data Center an anchor in its text besides.

Data Center may keep no property that is sent along with a new comment; one that is set afterwards is missing for a
moment, and for good when the process is killed in that moment. An anchor is part of the text and shown to nobody.
"""

import re
from typing import Any
from urllib.parse import quote, unquote

import msgspec

from connectors.tracker import CommentTag

PROPERTY = "backlog-steward"
"""Key of the comment property by which our comments are known again."""
INTERNAL = "sd.public.comment"
"""Key of the property that keeps a comment from the customers of a service desk."""

_ANCHOR = re.compile(r"\{anchor:" + PROPERTY + r"/([^/}\s]*)/([^/}\s]*)/([^/}\s]*)\}")


def properties(marker: CommentTag, *, internal: bool) -> dict[str, Any]:
    """The properties that a comment of ours carries."""
    kept: dict[str, Any] = {PROPERTY: msgspec.to_builtins(marker)}
    return kept | ({INTERNAL: {"internal": True}} if internal else {})


def anchor(mark: Any) -> str:
    """The value of our property as an anchor in wiki markup."""
    marker = msgspec.convert(mark, CommentTag)
    return "{{anchor:{}/{}/{}/{}}}".format(
        PROPERTY, *(quote(part, safe="") for part in msgspec.structs.astuple(marker))
    )


def anchored(text: str) -> dict[str, str] | None:
    """The value of our property as an anchor in this text tells it, if one does; the last one counts."""
    found = _ANCHOR.findall(text)
    return msgspec.to_builtins(CommentTag(*(unquote(part) for part in found[-1]))) if found else None
