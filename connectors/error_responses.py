"""Extracts the error message from a response of a tracker, or of a proxy in front of it, in any format."""

import codecs
import html
import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from connectors.response import Response

_MAX_CHARACTERS = 10_000
"""Maximum number of characters of a body that are examined, unless it is JSON."""
_MAX_DEPTH = 4
"""The depth to which nested JSON objects and lists are searched for messages."""
_MAX_EXCERPT_CHARACTERS = 100
"""Maximum length of the excerpt from a web page without a title."""
_MESSAGE_KEYS = (
    "errorMessages",
    "errors",
    "message",
    "Message",
    "errorMessage",
    "error_description",
    "error",
    "detail",
)
"""The keys under which trackers and gateways return error messages."""
_FALLBACK_KEYS = ("details", "title", "reason", "description", "value")
"""The keys to try if there is no message under `_MESSAGE_KEYS`."""
_INVISIBLE_ELEMENTS = re.compile(r"<(script|style|svg|head)\b.*?</\1\s*>|<!--.*?-->", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.DOTALL | re.IGNORECASE)
_XML_MESSAGE = re.compile(r"<(?:\w+:)?message[^>]*>(.*?)</(?:\w+:)?message", re.DOTALL | re.IGNORECASE)


def extract_error_message(response: Response) -> str:
    """Extract the error message, as one line, from JSON, XML or the title of a web page. Other text is the message.

    It is empty if there is none, or if the body is incomplete or otherwise invalid JSON.
    """
    try:
        body = msgspec.json.decode(response.content.removeprefix(codecs.BOM_UTF8))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        text = response.text.strip()[:_MAX_CHARACTERS]
        if text.startswith(("{", "[")):
            return ""
        return _one_line(_describe_markup(text) if text.startswith("<") else text)
    return _one_line("; ".join(dict.fromkeys(text.strip() for text in _messages_in_json(body) if text.strip())))


def _messages_in_json(body: Any, depth: int = 0) -> Iterator[str]:
    """Yield the messages in a JSON value that is nested in `depth` objects and lists."""
    if isinstance(body, str):
        yield body
    elif isinstance(body, list) and depth < _MAX_DEPTH:
        for entry in body:
            yield from _messages_in_json(entry, depth + 1)
    elif isinstance(body, Mapping) and depth < _MAX_DEPTH:
        messages = [text for key in _MESSAGE_KEYS if key in body for text in _messages_under_key(key, body[key], depth)]
        yield from messages or [
            text for key in _FALLBACK_KEYS if key in body for text in _messages_in_json(body[key], depth + 1)
        ]


def _messages_under_key(key: str, errors: Any, depth: int) -> Iterator[str]:
    """The messages under a key. An object under "errors" has a message for each field, which is named before it."""
    if key == "errors" and isinstance(errors, Mapping):
        yield from (f"{name}: {text}" for name, text in errors.items() if isinstance(text, str))
        return
    yield from _messages_in_json(errors, depth + 1)


def _describe_markup(text: str) -> str:
    """The message in an XML document, or else a description of a web page by its title or visible text."""
    if message := _XML_MESSAGE.search(text):
        return html.unescape(_TAG.sub(" ", message[1]))
    title = _TITLE.search(text)
    visible_text = html.unescape(_TAG.sub(" ", _INVISIBLE_ELEMENTS.sub(" ", text)))
    if title and title[1].strip():
        return f'a web page, "{html.unescape(title[1]).strip()}"'
    return (
        f'a web page, "{_one_line(visible_text)[:_MAX_EXCERPT_CHARACTERS]}"' if visible_text.strip() else "a web page"
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())
