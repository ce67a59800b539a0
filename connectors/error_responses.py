"""Extracts the error message from a response of the tracker, or of a proxy in front of it, in any format."""

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from connectors.response import Response

_LONGEST = 10_000
"""How much of a body is examined, in characters."""
_PLACES = ("errorMessages", "errors", "message", "Message", "errorMessage", "error_description", "error", "detail")
_PLACES_BESIDE = ("details", "title", "reason", "description", "value")
_UNSHOWN = re.compile(r"<(script|style|svg|head)\b.*?</\1\s*>|<!--.*?-->", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.DOTALL | re.IGNORECASE)
_XML_MESSAGE = re.compile(r"<(?:\w+:)?message[^>]*>(.*?)</(?:\w+:)?message", re.DOTALL | re.IGNORECASE)


def extract_error_message(response: Response) -> str:
    """What the body says, as one line: messages of JSON or XML, the title of a web page, or text as it is."""
    try:
        body = msgspec.json.decode(response.content.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        text = response.text.strip()[:_LONGEST]
        if text.startswith(("{", "[")):
            return ""
        return _one_line(_of_markup(text) if text.startswith("<") else text)
    return _one_line("; ".join(dict.fromkeys(text.strip() for text in _of_json(body) if text.strip())))


def _of_json(body: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(body, str):
        yield body
    elif isinstance(body, list) and depth < 4:
        for entry in body:
            yield from _of_json(entry, depth + 1)
    elif isinstance(body, Mapping) and depth < 4:
        found = [text for key in _PLACES if key in body for text in _of_errors(key, body[key], depth)]
        yield from found or [text for key in _PLACES_BESIDE if key in body for text in _of_json(body[key], depth + 1)]


def _of_errors(key: str, errors: Any, depth: int) -> Iterator[str]:
    """The messages under a key. Errors of fields are keyed by the name of the field."""
    if key == "errors" and isinstance(errors, Mapping):
        yield from (f"{name}: {text}" for name, text in errors.items() if isinstance(text, str))
        return
    yield from _of_json(errors, depth + 1)


def _of_markup(text: str) -> str:
    if message := _XML_MESSAGE.search(text):
        return html.unescape(_TAG.sub(" ", message[1]))
    title = _TITLE.search(text)
    shown = html.unescape(_TAG.sub(" ", _UNSHOWN.sub(" ", text)))
    if title and title[1].strip():
        return f'a web page, "{html.unescape(title[1]).strip()}"'
    return f'a web page, "{_one_line(shown)[:100]}"' if shown.strip() else "a web page"


def _one_line(text: str) -> str:
    return " ".join(text.split())
