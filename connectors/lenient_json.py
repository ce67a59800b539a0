"""Decodes JSON without letting one bad value spoil the rest.

Trackers send entries and values that their API documentation does not mention: a null in a list, a number where text
was promised. What cannot be read is left out and named, so that callers can tell "not understood" from "empty".
"""

import contextlib
import re
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec
from msgspec import Raw

T = TypeVar("T")

_MAX_REPAIRS = 100
"""With more errors than this, the format has changed."""
_PLACE = re.compile(r" - at `([^`]*)`$")
_STEP = re.compile(r"\[(\d+)\]|\.([^.\[]+)")
_LIST_ENTRY = re.compile(r".*\[\d+\]")

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""Raised for JSON that is malformed or of an unexpected format."""


def decode(content: bytes | Raw, kind: type[T]) -> tuple[T, tuple[str, ...]]:
    """Decode JSON, leaving out entries of its lists that have an unexpected format.

    If the value has an attribute `left_out`, it is set to their number.

    Returns:
        The value, and the places of the entries that were left out.

    Raises:
        msgspec.DecodeError: It is not JSON, or something other than an entry of a list has an unexpected format.
    """
    with contextlib.suppress(msgspec.ValidationError):
        return msgspec.json.decode(content, type=kind), ()
    left_out: list[str] = []

    def remove_entry(document: Any, place: str) -> bool:
        entry = _LIST_ENTRY.match(place)
        left_out.append(entry[0] if entry else "")
        return entry is not None and _remove(document, entry[0])

    value = repaired(content, kind, remove_entry)
    if hasattr(value, "left_out"):
        value.left_out = len(left_out)
    return value, tuple(left_out)


def entries(raw_entries: Iterable[Raw], kind: type[T]) -> tuple[list[T], int]:
    """The entries of a list that can be read, and the number of those that cannot."""
    readable: list[T] = []
    unreadable = 0
    for raw in raw_entries:
        try:
            readable.append(msgspec.json.decode(raw, type=kind))
        except UNREADABLE:
            unreadable += 1
    return readable, unreadable


def members(raw: Raw, kind: type[T]) -> tuple[T | None, frozenset[str]]:
    """What can be read of an object, and the names of its members that cannot; None if a required one is missing."""
    unread: set[str] = set()

    def remove_member(document: Any, place: str) -> bool:
        name = next((step[2] for step in _STEP.finditer(place)), None)
        if name is None or not isinstance(document, dict) or name not in document:
            return False
        del document[name]
        unread.add(name)
        return True

    try:
        return msgspec.json.decode(raw, type=kind), frozenset()
    except msgspec.ValidationError:
        pass
    except UNREADABLE:
        return None, frozenset()
    try:
        return repaired(raw, kind, remove_member), frozenset(unread)
    except UNREADABLE:
        return None, frozenset(unread)


def repaired(content: bytes | Raw, kind: type[T], repair: Callable[[Any, str], bool]) -> T:
    """Decode JSON after repairs.

    Args:
        content: The JSON.
        kind: The type to decode.
        repair: Changes the document at the place of an error, such as `$.comments[3].created`; false if it cannot.

    Raises:
        msgspec.ValidationError: It could not be repaired.
    """
    document = msgspec.json.decode(content)
    for attempt in range(_MAX_REPAIRS + 1):
        try:
            return msgspec.json.decode(msgspec.json.encode(document), type=kind)
        except msgspec.ValidationError as error:
            found = _PLACE.search(str(error))
            if attempt == _MAX_REPAIRS or found is None or not repair(document, found[1]):
                raise
    raise AssertionError("unreachable")


def _remove(document: Any, place: str) -> bool:
    """Remove an entry of a list; false if the place cannot be found, for example within a mapping."""
    *parents, last = _STEP.finditer(place)
    try:
        for step in parents:
            document = document[int(step[1]) if step[1] else step[2]]
        del document[int(last[1])]
    except (KeyError, IndexError, TypeError):
        return False
    return True
