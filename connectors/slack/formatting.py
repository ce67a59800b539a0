"""Builds text for Slack messages so that item text is never read as markup.

Item text is untrusted: a title may contain `<!channel>`, `<@U123>`, `*bold*`, backticks, line breaks and characters
that reverse the reading direction. So all text in blocks goes into elements of the types `rich_text` and `plain_text`,
which Slack shows as they are: it parses no markup, creates no links and notifies nobody. No text goes into `mrkdwn`,
where escaping would not be enough: `* _ ~` and the backtick cannot be escaped, and words such as `#general` become
links.

All functions accept any text. In elements, a dash replaces empty text, because Slack rejects it; in a link, its
address replaces it.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, urlsplit

from connectors.slack import validation

Json = dict[str, Any]
"""A part of a message, in the format of Slack's Block Kit."""

ELLIPSIS: Final = "…"
EMPTY_TEXT: Final = "–"
"""Shown in place of empty text."""

_DIRECTION_MARKS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C])
"""A table for `str.translate` that removes characters that change the reading direction, because they can make one name
look like another."""
_ENTITY = re.compile(r"&(?:amp|lt|gt);")
_JOINERS = "\u200d\ufe0e\ufe0f"
"""Invisible characters that modify the character before them, as in some emoji."""
_URL_CHARACTERS = "!#$%&'()*+,/:;=?@[]~-._"
"""The characters that may occur in an address besides letters and digits (RFC 3986)."""


def clean(text: str, *, keep_lines: bool = False) -> str:
    """Remove control characters, direction marks and repeated spaces; also line breaks, unless `keep_lines`."""
    cleaned_lines = (" ".join(line.split()) for line in _printable(text).split("\n"))
    return ("\n" if keep_lines else " ").join(line for line in cleaned_lines if line or keep_lines).strip()


def escape(text: str) -> str:
    """Escape `&`, `<` and `>`, so that they are not read as markup in the `text` of a message.

    Slack shows this text in notifications, instead of the blocks.
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def truncate(text: str, limit: int) -> str:
    """Shorten text to at most `limit` characters, at the end of a word, with an ellipsis.

    The text may have been escaped with `escape`.
    """
    if len(text) <= limit:
        return text
    if limit < 1:
        return ""
    end = limit - 1
    # Do not split an entity, which has at most five characters.
    for entity in _ENTITY.finditer(text, max(0, end - 4), end + 5):
        if entity.start() < end < entity.end():
            end = entity.start()
    # Do not split an accent or an emoji.
    while end > 0 and (unicodedata.combining(text[end]) or text[end] in _JOINERS or text[end - 1] == "\u200d"):
        end -= 1
    if not text[end].isspace():
        # Only a word that takes up more than half of the text is split.
        last_space = max(text.rfind(" ", 0, end), text.rfind("\n", 0, end))
        end = last_space if last_space > end // 2 else end
    return text[:end].rstrip() + ELLIPSIS


def safe_url(url: str) -> str | None:
    """Return an address, encoded for use in a link; None if it is not a web address or is too long."""
    url = clean(url)
    try:
        parts = urlsplit(url)
        host = parts.hostname
        # Raises ValueError if the port is not a number.
        _ = parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not host:
        return None
    encoded = quote(url, safe=_URL_CHARACTERS)
    return encoded if len(encoded) <= validation.URL.max else None


def plain_text(text: str, limit: int = validation.TEXT_OBJECT.max) -> Json:
    """Make a text object without markup, truncated to a number of characters."""
    return {"type": "plain_text", "text": truncate(clean(text, keep_lines=True), limit) or EMPTY_TEXT, "emoji": False}


def text_element(text: str, *, bold: bool = False) -> Json:
    """Make a text element for `rich_text`, without control characters. It is not truncated."""
    element: Json = {"type": "text", "text": _printable(text) or EMPTY_TEXT}
    return element | {"style": {"bold": True}} if bold else element


def link_element(url: str, text: str) -> Json:
    """Make a link element for `rich_text`, or a text element if `url` is not a web address."""
    address = safe_url(url)
    if address is None:
        return text_element(text)
    return {"type": "link", "url": address, "text": clean(text) or address}


def mention_element(user_id: str) -> Json:
    """Make an element that mentions one person."""
    return {"type": "user", "user_id": user_id}


def rich_text_section(*elements: Json) -> Json:
    """Make a section of a `rich_text` block, which is usually one line."""
    return {"type": "rich_text_section", "elements": list(elements)}


def rich_text_list(*sections: Json, ordered: bool = False) -> Json:
    """Make a list with bullets or numbers inside a `rich_text` block."""
    return {"type": "rich_text_list", "style": "ordered" if ordered else "bullet", "elements": list(sections)}


def rich_text(*parts: Json) -> Json:
    """Make a `rich_text` block of sections and lists."""
    return {"type": "rich_text", "elements": list(parts)}


def button(text: str, action_id: str, value: str) -> Json:
    """Make a button. Slack sends `value` back when somebody clicks it."""
    label = plain_text(text, validation.BUTTON_TEXT.max)
    return {"type": "button", "text": label, "action_id": action_id, "value": value}


def link_button(text: str, action_id: str, url: str) -> Json | None:
    """Make a button that opens an address; return None if `url` is not a web address."""
    address = safe_url(url)
    if address is None:
        return None
    label = plain_text(text, validation.BUTTON_TEXT.max)
    return {"type": "button", "text": label, "action_id": action_id, "url": address}


def actions(*buttons: Json) -> Json:
    """Make a row of buttons."""
    return {"type": "actions", "elements": list(buttons)}


def with_block_ids(blocks: Sequence[Mapping[str, Any]], seed: str) -> list[Json]:
    """Give blocks ids that begin with `seed`. Slack redraws a block of an edited message only if its id is new."""
    return [{**block, "block_id": f"{seed}-{number}"} for number, block in enumerate(blocks)]


def _printable(text: str) -> str:
    """Remove direction marks, and replace invalid characters and all control characters except line breaks."""
    valid_text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    normalized = (
        valid_text.translate(_DIRECTION_MARKS).replace("\r\n", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    )
    return "".join(
        " " if character != "\n" and unicodedata.category(character) == "Cc" else character for character in normalized
    )
