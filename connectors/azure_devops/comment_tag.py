"""The hidden tag of our comments: invisible characters behind the name of the service.

The comments API has no properties, and Azure DevOps removes HTML comments and unknown attributes. It keeps characters
without a width. Each byte of the tag is written as four of them. The hash of the content is not part of the tag,
because the text itself identifies the content.
"""

import re

from connectors.tracker import SERVICE_NAME

_DIGITS = "\u200b\u200c\u200d\u2060"
_DIGITS_A_BYTE = 4
_RUN = re.compile(f"[{_DIGITS}]{{{_DIGITS_A_BYTE * 2},}}")
_CONTENT = re.compile(r"(?P<installation>[\w.-]+)/(?P<round>[\w.-]*)", re.ASCII)
_ENCODE = {code: "".join(_DIGITS[code >> shift & 3] for shift in (6, 4, 2, 0)) for code in range(256)}
_DECODE = {digits: code for code, digits in _ENCODE.items()}


def insert(text: str, installation: str, round_id: str) -> str:
    """Insert a tag behind the first name of the service in a rendered text, or at its end."""
    before, name, after = text.partition(SERVICE_NAME)
    return before + name + "".join(map(_ENCODE.__getitem__, f"{installation}/{round_id}".encode())) + after


def find(text: str) -> tuple[str, str] | None:
    """Return the installation and the round in the first tag in a text; None if there is none."""
    for run in _RUN.findall(text):
        digits = (run[start : start + _DIGITS_A_BYTE] for start in range(0, len(run), _DIGITS_A_BYTE))
        content = bytes(_DECODE.get(part, 0) for part in digits).decode(errors="replace")
        if match := _CONTENT.fullmatch(content):
            return match["installation"], match["round"]
    return None


def remove(text: str) -> str:
    """Return the text without tags."""
    return _RUN.sub("", text)
