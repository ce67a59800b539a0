"""Shows Slack's `mrkdwn` as HTML: a subset of https://docs.slack.dev/messaging/formatting-message-text."""

import re
from html import escape
from itertools import groupby
from typing import Final
from urllib.parse import urlsplit

from steward_sandbox.data_files import load_json

_INLINE: Final = re.compile(
    r"<(?P<control>[^<>\n]+)>"
    r"|`(?P<code>[^`\n]+)`"
    r"|(?<![\w*])\*(?P<bold>[^\s*](?:[^*\n]*[^\s*])?)\*(?![\w*])"
    r"|(?<!\w)_(?P<italic>[^\s_](?:[^_\n]*[^\s_])?)_(?!\w)"
    r"|(?<![\w~])~(?P<strike>[^\s~](?:[^~\n]*[^\s~])?)~(?![\w~])"
    r"|:(?P<emoji>[\w+'-]+):"
    r"|(?P<url>https?://[^\s<>|]+)"
)
_FENCE: Final = re.compile(r"```(.*?)```", re.DOTALL)
_QUOTED: Final = re.compile(r"^(?:&gt;|>) ?(.*)$")
_TAGS: Final = {"bold": "b", "italic": "i", "strike": "s", "code": "code"}


def to_html(text: str, *, verbatim: bool = False) -> str:
    """The text as HTML; addresses in it become links by themselves unless it is `verbatim`."""
    shown = []
    for position, piece in enumerate(_FENCE.split(text)):
        if position % 2:
            shown.append(f"<pre>{_literal(piece.strip(chr(10)))}</pre>")
        elif piece:
            shown.append(_paragraphs(piece, verbatim=verbatim))
    return "".join(shown)


def emoji(name: str) -> str:
    """The picture of this name, or the name as it is written."""
    return str(load_json("slack", "emoji").get(name, f":{name}:"))


def web_address(url: str) -> str | None:
    """The address if a browser may be sent there, else None."""
    try:
        return url if urlsplit(url.strip()).scheme.lower() in ("http", "https", "mailto") else None
    except ValueError:
        return None


def _paragraphs(text: str, *, verbatim: bool) -> str:
    parts = []
    for quoted, rows in groupby(text.split("\n"), lambda row: _QUOTED.match(row) is not None):
        shown = "\n".join(_inline(_QUOTED.sub(r"\1", row), verbatim=verbatim) for row in rows)
        parts.append(f"<blockquote>{shown}</blockquote>" if quoted else shown)
    return "\n".join(parts).replace("</blockquote>\n", "</blockquote>")


def _inline(text: str, *, verbatim: bool) -> str:
    shown, end = "", 0
    for match in _INLINE.finditer(text):
        shown += _literal(text[end : match.start()]) + _piece(match, verbatim=verbatim)
        end = match.end()
    return shown + _literal(text[end:])


def _piece(match: re.Match[str], *, verbatim: bool) -> str:
    kind = str(match.lastgroup)
    inner = match[kind]
    if kind == "control":
        return _control(inner)
    if kind == "emoji":
        return _literal(emoji(inner))
    if kind == "url":
        return ("" if verbatim else _anchor(inner, inner)) or _literal(inner)
    tag = _TAGS[kind]
    return f"<{tag}>{_literal(inner) if kind == 'code' else _inline(inner, verbatim=verbatim)}</{tag}>"


def _control(inner: str) -> str:
    target, _, label = inner.partition("|")
    if target.startswith(("@", "#", "!")):
        sign = "#" if target.startswith("#") else "@"
        if target.startswith("!date"):
            return _literal(label)
        name = label.removeprefix(sign) or target[1:].removeprefix("subteam^")
        return f'<span class="mention">{sign}{_literal(name)}</span>'
    return _anchor(target, label or target) or _literal(f"<{inner}>")


def _anchor(url: str, label: str) -> str:
    """A link, or nothing when a browser must not be sent there."""
    address = web_address(_plain(url))
    return f'<a href="{escape(address)}" rel="noreferrer noopener">{_literal(label)}</a>' if address else ""


def _literal(text: str) -> str:
    return escape(_plain(text))


def _plain(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
