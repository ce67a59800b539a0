"""The hidden tag in the comments of this service: invisible characters after the name of the service.

An installation recognises its own comments by the tag. Comments in Azure DevOps have no properties in which it could be
stored, and Azure DevOps removes HTML comments and unknown attributes from them, but it keeps characters that have no
width. Each byte of the tag is written as four of them, two bits each. Unlike in other trackers, the tag contains no
hash of the comment's content: the text itself is compared.
"""

import re

from connectors.comments import SERVICE_NAME

_DIGITS = "\u200b\u200c\u200d\u2060"
"""The invisible characters that stand for the digits 0 to 3."""
_DIGITS_PER_BYTE = 4
_TAG = re.compile(f"[{_DIGITS}]{{{_DIGITS_PER_BYTE * 2},}}")
"""Matches at least two bytes. Single characters of these kinds occur in ordinary text, such as in emoji."""
_TAG_CONTENT = re.compile(r"(?P<installation>[\w.-]+)/(?P<round>[\w.-]*)", re.ASCII)
_DIGITS_BY_BYTE = {byte: "".join(_DIGITS[byte >> shift & 3] for shift in (6, 4, 2, 0)) for byte in range(256)}
_BYTE_BY_DIGITS = {digits: byte for byte, digits in _DIGITS_BY_BYTE.items()}


def insert(text: str, installation: str, round_id: str) -> str:
    """Insert a tag after the first occurrence of the service's name in a text, or at the end of the text.

    Args:
        text: The text of a comment, as it is sent.
        installation: The id of this installation of the service.
        round_id: The id of the round (a pass over the tracker) that writes the comment.
    """
    before, name, after = text.partition(SERVICE_NAME)
    tag = "".join(_DIGITS_BY_BYTE[byte] for byte in f"{installation}/{round_id}".encode())
    return before + name + tag + after


def find(text: str) -> tuple[str, str] | None:
    """Return the ids of the installation and the round in the first tag in a text; None if it has no tag."""
    for tag in _TAG.findall(text):
        groups = (tag[start : start + _DIGITS_PER_BYTE] for start in range(0, len(tag), _DIGITS_PER_BYTE))
        content = bytes(_BYTE_BY_DIGITS.get(digits, 0) for digits in groups).decode(errors="replace")
        if match := _TAG_CONTENT.fullmatch(content):
            return match["installation"], match["round"]
    return None


def remove(text: str) -> str:
    """Return the text without tags."""
    return _TAG.sub("", text)
