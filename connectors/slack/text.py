"""Puts words into a Slack message so that nothing in them comes alive.

Item text is hostile: a title may hold `<!channel>`, `<@U123>`, `*bold*`, backticks, line breaks and characters that
turn the reading direction round. The decision: **item text goes into `rich_text` and `plain_text`, never into
`mrkdwn`.** There a text is shown as it is: Slack parses no markup, makes no links of its own and pings nobody, so
nothing has to be escaped and nothing can be forgotten. Escaping alone would not do: it stops `<!channel>`, but
`* _ ~` and the backtick have no escape at all, a quote begins with `&gt;` as well as with `>`, and words such as
`#general` become links. So `mrkdwn` is for words of our own; where an item's key has to stand among them, `link` and
`inert` swap the characters that Slack would read for ones that look the same.

What is built here takes raw text and returns JSON as Slack wants it, never empty, since Slack refuses empty text.
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
NOTHING: Final = "–"
"""Stands where there is no text."""

# Turns the reading direction round, so that a name reads as another one.
_DIRECTION = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C])
_LOOKALIKES = str.maketrans({"*": "∗", "_": "ˍ", "~": "∼", "`": "ˋ", "|": "¦"})
_EMOJI_CODE = re.compile(r":(?=[\w+'-]+:)")
_ENTITY = re.compile(r"&(?:amp|lt|gt);")
_PING = re.compile(r"<(?:!(?:channel|here|everyone|group)\b|!subteam\^|@)[^>]*>")
_JOINERS = "\u200d\ufe0e\ufe0f"
_BREAK: Final[Json] = {"type": "text", "text": "\n"}


def clean(text: str, *, lines: bool = False) -> str:
    """Text without control characters, reversed direction and runs of blanks; on one line unless `lines`."""
    kept = (" ".join(row.split()) for row in _printable(text).split("\n"))
    return ("\n" if lines else " ").join(row for row in kept if row or lines).strip()


def escape(text: str) -> str:
    """Text whose `&`, `<` and `>` Slack does not read as markup; all else of `mrkdwn` stays alive."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def inert(text: str) -> str:
    """Text on one line for a place inside `mrkdwn`, changed as little as it takes for none of it to be markup.

    Addresses in it stay words only where the text object is `verbatim`, as `mrkdwn` makes it.
    """
    swapped = _EMOJI_CODE.sub("∶", clean(text).translate(_LOOKALIKES))
    return escape(re.sub(r"^>", "›", swapped))


def cut(text: str, most: int) -> str:
    """Text of at most so many characters, cut at the end of a word and marked as cut.

    Takes escaped text as well: an entity is kept whole or left out.
    """
    if len(text) <= most:
        return text
    if most < 1:
        return ""
    end = most - 1
    for entity in _ENTITY.finditer(text, max(0, end - 4), end + 5):
        if entity.start() < end < entity.end():
            end = entity.start()
    while end > 0 and (unicodedata.combining(text[end]) or text[end] in _JOINERS or text[end - 1] == "\u200d"):
        end -= 1
    if not text[end].isspace():
        # A long last word is cut in the middle: better than losing most of the line with it.
        blank = max(text.rfind(" ", 0, end), text.rfind("\n", 0, end))
        end = blank if blank > end // 2 else end
    return text[:end].rstrip() + ELLIPSIS


def safe_url(url: str) -> str | None:
    """The address as it may stand in a link, or None when it is no web address."""
    url = clean(url)
    try:
        parts = urlsplit(url)
        host = parts.hostname
        # A port that is no number is found out only when it is asked for.
        _ = parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not host:
        return None
    whole = quote(url, safe="!#$%&'()*+,/:;=?@[]~-._")
    return whole if len(whole) <= validation.URL.most else None


def link(url: str, text: str) -> str:
    """A link for `mrkdwn`; only its words when the address is no web address."""
    words = inert(text)
    address = safe_url(url)
    if address is None:
        return words or NOTHING
    return f"<{escape(address)}|{words or escape(address)}>"


def mrkdwn(text: str) -> Json:
    """A text object with markup, for words of our own; Slack makes no links or mentions of plain words in it."""
    return {"type": "mrkdwn", "text": text if text.strip() else NOTHING, "verbatim": True}


def plain(text: str, most: int = validation.TEXT_OBJECT.most) -> Json:
    """A text object without markup, cut to a length."""
    return {"type": "plain_text", "text": cut(clean(text, lines=True), most) or NOTHING, "emoji": False}


def cell(text: str, most: int = 200) -> Json:
    """A cell of a table, cut to a length."""
    return {"type": "raw_text", "text": cut(clean(text), most) or NOTHING}


def words(text: str, *, bold: bool = False, italic: bool = False, strike: bool = False, code: bool = False) -> Json:
    """Text for a `rich_text` line, as it is but for control characters; cut it first where it may be long."""
    style = {"bold": bold, "italic": italic, "strike": strike, "code": code}
    return _styled({"type": "text", "text": _printable(text) or NOTHING}, style)


def anchor(url: str, text: str, *, bold: bool = False) -> Json:
    """A link for a `rich_text` line; only its words when the address is no web address."""
    address = safe_url(url)
    if address is None:
        return words(text, bold=bold)
    return _styled({"type": "link", "url": address, "text": clean(text) or address}, {"bold": bold})


def line(*elements: Json) -> Json:
    """A line of a `rich_text` block."""
    return {"type": "rich_text_section", "elements": list(elements)}


def bullets(*lines: Json, style: Literal["bullet", "ordered"] = "bullet", indent: int = 0) -> Json:
    """A list inside a `rich_text` block, of lines."""
    return {"type": "rich_text_list", "style": style, "indent": indent, "elements": list(lines)}


def rich_text(*parts: Json) -> Json:
    """A block of lines and lists."""
    return {"type": "rich_text", "elements": list(parts)}


def from_document(document: Document) -> Json:
    """A document of ours as one `rich_text` block."""
    parts: list[Json] = []
    for part in document.parts:
        match part:
            case Paragraph():
                # Slack sets sections close together; a blank line keeps paragraphs apart.
                gap = [_BREAK] if parts and parts[-1]["type"] == "rich_text_section" else []
                parts.append(line(*gap, *_spans(part)))
            case Bullets():
                parts.append(bullets(*(line(*_entry(entry)) for entry in part.entries)))
    return rich_text(*parts)


def pings(message: Mapping[str, Any]) -> list[str]:
    """Everything in a message with `text` and `blocks` that would call people, as it is written there."""
    found = [match[0] for match in _PING.finditer(str(message.get("text") or ""))]
    for node in _nodes(message.get("blocks")):
        match node.get("type"):
            case "mrkdwn":
                found += [match[0] for match in _PING.finditer(str(node.get("text")))]
            case "user" | "usergroup" | "broadcast" as kind:
                found.append(f"{kind} {node.get('user_id') or node.get('usergroup_id') or node.get('range')}")
            case _:
                pass
    return found


def _printable(text: str) -> str:
    """Text without control characters other than line breaks, and without halves of characters."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    rows = whole.translate(_DIRECTION).replace("\r\n", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
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
    return anchor(span.link, span.text, bold=bold) if span.link else words(span.text, bold=bold, code=code)


def _entry(paragraphs: tuple[Paragraph, ...]) -> Iterator[Json]:
    for number, paragraph in enumerate(paragraphs):
        if number:
            yield _BREAK
        yield from _spans(paragraph)
