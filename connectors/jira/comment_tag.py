"""The hidden tag by which the service recognises its own comments in Jira.

The tag is a property of the comment. Data Center may ignore the properties of a new comment, so that they have to be
set afterwards, and a process that is killed in between would leave a comment without a tag. So on Data Center the text
contains the tag as well, as an anchor: wiki markup for a link target, which is invisible.
"""

import re
from typing import Any
from urllib.parse import quote, unquote

import msgspec

from connectors.comments import CommentTag

PROPERTY = "backlog-steward"
"""The key of the comment property that contains the tag."""
_INTERNAL_COMMENT_PROPERTY = "sd.public.comment"
"""The key of the property that hides a comment from the customers of a service desk."""

_ANCHOR = re.compile(r"\{anchor:" + PROPERTY + r"/([^/}\s]*)/([^/}\s]*)/([^/}\s]*)\}")


def properties(tag: CommentTag, *, internal: bool) -> dict[str, Any]:
    """The properties of a comment, by key. An internal comment is hidden from the customers of a service desk."""
    tag_property: dict[str, Any] = {PROPERTY: msgspec.to_builtins(tag)}
    return tag_property | ({_INTERNAL_COMMENT_PROPERTY: {"internal": True}} if internal else {})


def anchor(value: Any) -> str:
    """Convert the value of the property to an anchor in wiki markup."""
    parts = msgspec.structs.astuple(msgspec.convert(value, CommentTag))
    return "{{anchor:{}/{}/{}/{}}}".format(PROPERTY, *(quote(part, safe="") for part in parts))


def from_anchor(text: str) -> dict[str, str] | None:
    """Return the value of the property from the last anchor of this service in a text; None if there is none."""
    anchors = _ANCHOR.findall(text)
    return msgspec.to_builtins(CommentTag(*(unquote(part) for part in anchors[-1]))) if anchors else None
