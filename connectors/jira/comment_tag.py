"""The hidden tag of our comments: a comment property, and on Data Center also an invisible anchor in the text.

Data Center may ignore the properties of a new comment. A property that is set afterwards is missing if the process is
killed before that. The anchor is part of the text.
"""

import re
from typing import Any
from urllib.parse import quote, unquote

import msgspec

from connectors.tracker import CommentTag

PROPERTY = "backlog-steward"
"""Key of the comment property that contains our tag."""
INTERNAL = "sd.public.comment"
"""Key of the property that hides a comment from service-desk customers."""

_ANCHOR = re.compile(r"\{anchor:" + PROPERTY + r"/([^/}\s]*)/([^/}\s]*)/([^/}\s]*)\}")


def properties(tag: CommentTag, *, internal: bool) -> dict[str, Any]:
    """The properties of a comment with this tag."""
    tag_property: dict[str, Any] = {PROPERTY: msgspec.to_builtins(tag)}
    return tag_property | ({INTERNAL: {"internal": True}} if internal else {})


def anchor(value: Any) -> str:
    """Render the value of our property as an anchor in wiki markup."""
    parts = msgspec.structs.astuple(msgspec.convert(value, CommentTag))
    return "{{anchor:{}/{}/{}/{}}}".format(PROPERTY, *(quote(part, safe="") for part in parts))


def from_anchor(text: str) -> dict[str, str] | None:
    """Parse the value of our property from the last of our anchors in a text; None if there is none."""
    anchors = _ANCHOR.findall(text)
    return msgspec.to_builtins(CommentTag(*(unquote(part) for part in anchors[-1]))) if anchors else None
