"""Decodes JSON even if some of its values have an unexpected format.

Trackers send values that their API documentation does not mention, such as a null in a list or a number instead of
text. Such values are left out and reported, so that callers can distinguish "unreadable" from "empty".
"""

import contextlib
import re
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec
from msgspec import Raw

T = TypeVar("T")

_MAX_REPAIRS = 100
"""If there are more errors than this, decoding fails, because the whole format must have changed."""
_ERROR_PATH = re.compile(r" - at `([^`]*)`$")
"""Matches the path of the value at the end of an error message of `msgspec`, such as `$.comments[3].created`."""
_PATH_STEP = re.compile(r"\[(\d+)\]|\.([^.\[]+)")
"""Matches one step of such a path: an index of a list, or the name of a member."""
_LIST_ENTRY = re.compile(r".*\[\d+\]")
"""Matches the part of such a path up to the last entry of a list."""

_MAX_DIGITS = 19
"""The number of digits of the largest 64-bit integer. Text with more digits is not converted to a number."""
_IDENTIFIERS = frozenset({"id", "rev"})
"""Members that some versions of an API send as a number, and others as text."""

DECODE_ERRORS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""Raised for JSON that is malformed or of an unexpected format."""


def decode(content: bytes | Raw, expected_type: type[T]) -> tuple[T, tuple[str, ...]]:
    """Decode JSON, leaving out entries of its lists that have an unexpected format.

    If the value has an attribute `left_out`, it is set to the number of these entries. If the type has an attribute
    `lenient_type`, JSON that cannot be decoded to the type is decoded to the lenient one.

    Returns:
        The value, and the paths of the entries that were left out.

    Raises:
        msgspec.DecodeError: It is not JSON, or a value outside of lists has an unexpected format.
    """
    lenient_type: type[T] | None = getattr(expected_type, "lenient_type", None)
    if lenient_type is not None:
        with contextlib.suppress(*DECODE_ERRORS):
            return msgspec.json.decode(content, type=expected_type), ()
        return decode(content, lenient_type)
    with contextlib.suppress(msgspec.ValidationError):
        return msgspec.json.decode(content, type=expected_type), ()
    removed_paths: list[str] = []

    def remove_entry(document: Any, path: str) -> bool:
        entry = _LIST_ENTRY.match(path)
        removed_paths.append(entry[0] if entry else "")
        return entry is not None and _remove_entry(document, entry[0])

    value = decode_with_repairs(content, expected_type, remove_entry)
    if hasattr(value, "left_out"):
        value.left_out = len(removed_paths)
    return value, tuple(removed_paths)


def decode_entries(raw_entries: Iterable[Raw], expected_type: type[T]) -> tuple[list[T], int]:
    """Decode the entries of a list one by one; returns those that can be decoded, and the number of the others."""
    entries: list[T] = []
    undecodable_count = 0
    for raw in raw_entries:
        try:
            entries.append(_decode_entry(raw, expected_type))
        except DECODE_ERRORS:
            undecodable_count += 1
    return entries, undecodable_count


def _decode_entry(raw: Raw, expected_type: type[T]) -> T:
    with contextlib.suppress(msgspec.ValidationError):
        return msgspec.json.decode(raw, type=expected_type)
    return decode_with_repairs(raw, expected_type, lambda _document, _path: False)


def decode_members(raw: Raw, expected_type: type[T]) -> tuple[T | None, frozenset[str]]:
    """Decode an object without its unreadable members.

    Returns:
        The object, or None if a required member is missing or unreadable; and the names of the unreadable members.
    """
    unreadable_members: set[str] = set()

    def remove_member(document: Any, path: str) -> bool:
        name = next((step[2] for step in _PATH_STEP.finditer(path)), None)
        if name is None or not isinstance(document, dict) or name not in document:
            return False
        del document[name]
        unreadable_members.add(name)
        return True

    try:
        return msgspec.json.decode(raw, type=expected_type), frozenset()
    except msgspec.ValidationError:
        pass
    except DECODE_ERRORS:
        return None, frozenset()
    try:
        return decode_with_repairs(raw, expected_type, remove_member), frozenset(unreadable_members)
    except DECODE_ERRORS:
        return None, frozenset(unreadable_members)


def decode_with_repairs(content: bytes | Raw, expected_type: type[T], repair: Callable[[Any, str], bool]) -> T:
    """Decode JSON, and repair it where it has an unexpected format.

    Identifiers that are numbers instead of text, or vice versa, are converted.

    Args:
        repair: Changes the document at the path of an error, such as `$.comments[3].created`; returns whether it did.

    Raises:
        msgspec.ValidationError: The JSON could not be repaired.
    """
    document = msgspec.json.decode(content)
    for attempt in range(_MAX_REPAIRS + 1):
        try:
            return msgspec.json.decode(msgspec.json.encode(document), type=expected_type)
        except msgspec.ValidationError as error:
            error_path = _ERROR_PATH.search(str(error))
            if attempt == _MAX_REPAIRS or error_path is None:
                raise
            if not _convert_identifier(document, error_path[1]) and not repair(document, error_path[1]):
                raise
    raise AssertionError("unreachable")


def _convert_identifier(document: Any, path: str) -> bool:
    """Convert an identifier at this path from a number to text or vice versa, and return whether there was one."""
    *parent_steps, last_step = _PATH_STEP.finditer(path)
    name = last_step[2]
    if name not in _IDENTIFIERS:
        return False
    try:
        parent = _follow(document, parent_steps)
        value = parent[name]
    except (KeyError, IndexError, TypeError):
        return False
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _MAX_DIGITS:
        parent[name] = int(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        parent[name] = str(value)
    else:
        return False
    return True


def _follow(document: Any, steps: Iterable[re.Match[str]]) -> Any:
    """Return the value to which these steps lead from the document."""
    for step in steps:
        document = document[int(step[1]) if step[1] else step[2]]
    return document


def _remove_entry(document: Any, path: str) -> bool:
    """Remove the entry of a list at this path; returns false if there is none."""
    *parent_steps, last_step = _PATH_STEP.finditer(path)
    try:
        del _follow(document, parent_steps)[int(last_step[1])]
    except (KeyError, IndexError, TypeError):
        return False
    return True
