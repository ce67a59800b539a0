"""Builds text for Slack messages so that item text is never read as markup.

Item text is untrusted: a title may contain `<!channel>`, `<@U123>`, `*bold*`, backticks, line breaks and characters
that reverse the reading direction. So **item text goes into `rich_text` and `plain_text`, never into `mrkdwn`**. Slack
shows these as they are: it parses no markup, makes no links and notifies nobody. Escaping is not enough for `mrkdwn`:
it stops `<!channel>`, but `* _ ~` and the backtick cannot be escaped, `&gt;` starts a quote just as `>` does, and words
such as `#general` become links. Where an item's key has to stand in `mrkdwn`, `mrkdwn_link` and `escape_mrkdwn`
replace the characters that Slack would parse by similar ones.

All functions take raw text. Empty text is replaced, because Slack refuses it.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal
from urllib.parse import quote, urlsplit

from connectors.document import Bullets, Document, Paragraph, Span, Style
from connectors.slack import validation

Json = dict[str, Any]

ELLIPSIS: Final = "…"
EMPTY_TEXT: Final = "–"
"""Shown in place of empty text."""

# Characters that change the reading direction, so that a name reads as another one.
_DIRECTION_MARKS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C])
_LOOKALIKES = str.maketrans({"*": "∗", "_": "ˍ", "~": "∼", "`": "ˋ", "|": "¦"})
_EMOJI_CODE = re.compile(r":(?=[\w+'-]+:)")
_ENTITY = re.compile(r"&(?:amp|lt|gt);")
_MENTION = re.compile(r"<(?:!(?:channel|here|everyone|group)\b|!subteam\^|@)[^>]*>")
_JOINERS = "\u200d\ufe0e\ufe0f"
_BREAK: Final[Json] = {"type": "text", "text": "\n"}


def clean(text: str, *, lines: bool = False) -> str:
    """Remove control characters, direction marks and repeated blanks; also line breaks, unless `lines`."""
    kept = (" ".join(row.split()) for row in _printable(text).split("\n"))
    return ("\n" if lines else " ").join(row for row in kept if row or lines).strip()


def escape(text: str) -> str:
    """Escape `&`, `<` and `>`. All other markup of `mrkdwn` stays active."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def escape_mrkdwn(text: str) -> str:
    """Text on one line for use in `mrkdwn`, with as few changes as possible, and none of it markup.

    URLs stay plain text only where the text object is `verbatim`, as `mrkdwn` makes it.
    """
    swapped = _EMOJI_CODE.sub("∶", clean(text).translate(_LOOKALIKES))
    return escape(re.sub(r"^>", "›", swapped))


def truncate(text: str, limit: int) -> str:
    """Shorten text to a number of characters, at the end of a word, and add an ellipsis.

    Also works for escaped text: entities are never split.
    """
    if len(text) <= limit:
        return text
    if limit < 1:
        return ""
    end = limit - 1
    for entity in _ENTITY.finditer(text, max(0, end - 4), end + 5):
        if entity.start() < end < entity.end():
            end = entity.start()
    while end > 0 and (unicodedata.combining(text[end]) or text[end] in _JOINERS or text[end - 1] == "\u200d"):
        end -= 1
    if not text[end].isspace():
        # A long last word is split: dropping it could lose most of the line.
        blank = max(text.rfind(" ", 0, end), text.rfind("\n", 0, end))
        end = blank if blank > end // 2 else end
    return text[:end].rstrip() + ELLIPSIS


def safe_url(url: str) -> str | None:
    """The URL as it may be used in a link, or None if it is not a web address."""
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
    whole = quote(url, safe="!#$%&'()*+,/:;=?@[]~-._")
    return whole if len(whole) <= validation.URL.max else None


def mrkdwn_link(url: str, text: str) -> str:
    """A link for `mrkdwn`; only the text if the URL is not a web address."""
    words = escape_mrkdwn(text)
    address = safe_url(url)
    if address is None:
        return words or EMPTY_TEXT
    return f"<{escape(address)}|{words or escape(address)}>"


def mrkdwn(text: str) -> Json:
    """A text object with markup, for our own texts. Slack adds no links or mentions to it."""
    return {"type": "mrkdwn", "text": text if text.strip() else EMPTY_TEXT, "verbatim": True}


def plain_text(text: str, limit: int = validation.TEXT_OBJECT.max) -> Json:
    """A text object without markup, truncated to a length."""
    return {"type": "plain_text", "text": truncate(clean(text, lines=True), limit) or EMPTY_TEXT, "emoji": False}


def table_cell(text: str, limit: int = 200) -> Json:
    """A table cell, truncated to a length."""
    return {"type": "raw_text", "text": truncate(clean(text), limit) or EMPTY_TEXT}


def text_element(
    text: str, *, bold: bool = False, italic: bool = False, strike: bool = False, code: bool = False
) -> Json:
    """A text element for `rich_text`, without control characters. Not truncated."""
    style = {"bold": bold, "italic": italic, "strike": strike, "code": code}
    return _styled({"type": "text", "text": _printable(text) or EMPTY_TEXT}, style)


def link_element(url: str, text: str, *, bold: bool = False) -> Json:
    """A link element for `rich_text`; only the text if the URL is not a web address."""
    address = safe_url(url)
    if address is None:
        return text_element(text, bold=bold)
    return _styled({"type": "link", "url": address, "text": clean(text) or address}, {"bold": bold})


def rich_text_section(*elements: Json) -> Json:
    """A section of a `rich_text` block, usually one line."""
    return {"type": "rich_text_section", "elements": list(elements)}


def rich_text_list(*lines: Json, style: Literal["bullet", "ordered"] = "bullet", indent: int = 0) -> Json:
    """A list inside a `rich_text` block."""
    return {"type": "rich_text_list", "style": style, "indent": indent, "elements": list(lines)}


def rich_text(*parts: Json) -> Json:
    """A `rich_text` block of sections and lists."""
    return {"type": "rich_text", "elements": list(parts)}


def from_document(document: Document) -> Json:
    """Convert a document to one `rich_text` block."""
    parts: list[Json] = []
    for part in document.parts:
        match part:
            case Paragraph():
                # Slack shows sections without space between them, so paragraphs need a blank line.
                gap = [_BREAK] if parts and parts[-1]["type"] == "rich_text_section" else []
                parts.append(rich_text_section(*gap, *_spans(part)))
            case Bullets():
                parts.append(rich_text_list(*(rich_text_section(*_entry(entry)) for entry in part.entries)))
    return rich_text(*parts)


def mentions(message: Mapping[str, Any]) -> list[str]:
    """All mentions in a message with `text` and `blocks` that would notify people, as they are written there."""
    found = [match[0] for match in _MENTION.finditer(str(message.get("text") or ""))]
    for node in _nodes(message.get("blocks")):
        match node.get("type"):
            case "mrkdwn":
                found += [match[0] for match in _MENTION.finditer(str(node.get("text")))]
            case "user" | "usergroup" | "broadcast" as kind:
                found.append(f"{kind} {node.get('user_id') or node.get('usergroup_id') or node.get('range')}")
            case _:
                pass
    return found


def _printable(text: str) -> str:
    """Remove control characters other than line breaks, and unpaired surrogates."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    rows = whole.translate(_DIRECTION_MARKS).replace("\r\n", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return "".join(" " if char != "\n" and unicodedata.category(char) == "Cc" else char for char in rows)


def _nodes(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        yield value
        value = list(value.values())
    if isinstance(value, list | tuple):
        for member in value:
            yield from _nodes(member)


def _styled(element: Json, style: Mapping[str, bool]) -> Json:
    chosen = {name: True for name, on in style.items() if on}
    return element | {"style": chosen} if chosen else element


def _spans(paragraph: Paragraph) -> list[Json]:
    return [_span(span) for span in paragraph.spans if span.text]


def _span(span: Span) -> Json:
    bold, code = span.style is Style.STRONG, span.style is Style.CODE
    return link_element(span.link, span.text, bold=bold) if span.link else text_element(span.text, bold=bold, code=code)


def _entry(paragraphs: tuple[Paragraph, ...]) -> Iterator[Json]:
    for number, paragraph in enumerate(paragraphs):
        if number:
            yield _BREAK
        yield from _spans(paragraph)
