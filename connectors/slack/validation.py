"""Checks messages against Slack's limits before they are sent.

Slack refuses a whole message for one field that is a character too long, and its error names no item. Everything that
this service does not use is refused as well: markup, mentions, buttons and all other blocks.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from connectors.errors import Refused

_DOCS = "https://docs.slack.dev/reference/block-kit"


class Limit(Struct, frozen=True):
    """The limit of something in a message, and its source."""

    max: int
    source: str
    min: int = 0


BLOCKS: Final = Limit(50, f"{_DOCS}/blocks")
TEXT_OBJECT: Final = Limit(3_000, f"{_DOCS}/composition-objects/text-object", min=1)
HEADER_TEXT: Final = Limit(150, f"{_DOCS}/blocks/header-block", min=1)
CONTEXT_ELEMENTS: Final = Limit(10, f"{_DOCS}/blocks/context-block", min=1)
URL: Final = Limit(3_000, f"{_DOCS}/block-elements/button-element", min=1)
TEXT: Final = Limit(40_000, "https://docs.slack.dev/reference/methods/chat.postMessage", min=1)
TOTAL_TEXT: Final = Limit(
    11_000,
    "https://github.com/slackapi/bolt-js/issues/2509 and #2867: undocumented, about 12,000 minus some for each block; "
    "9,597 characters were accepted, 11,341 refused",
)

TEXT_BUDGET: Final = 9_000
"""Maximum text that we put into the blocks of one message; less than anything known to be refused."""


class LayoutProblem(Struct, frozen=True):
    """Something that Slack would refuse.

    Attributes:
        code: Slack's error code.
        pointer: The place, as a JSON pointer.
        message: For people: the place, what is there and what was expected.
    """

    code: str
    pointer: str
    message: str


def find_problems(message: Mapping[str, Any]) -> list[str]:
    """Everything that Slack would refuse in a message with `text` and `blocks`, one sentence each."""
    return [problem.message for problem in inspect(message)]


def validate_message(text: str, blocks: Sequence[Mapping[str, Any]] = ()) -> None:
    """Check that Slack accepts a message.

    Raises:
        Refused: Slack would refuse it. The error names the first places, what is there and what was expected.
    """
    found = inspect({"text": text, "blocks": list(blocks)})
    if found:
        first = "; ".join(problem.message for problem in found[:5])
        rest = f"; and {len(found) - 5} more" if len(found) > 5 else ""
        raise Refused(f"Slack would refuse this message: {first}{rest}.", hint="Nothing was sent.", code=found[0].code)


def count_text_characters(blocks: Any) -> int:
    """Number of characters of all texts in these blocks; compare it with `TEXT_BUDGET`."""
    if isinstance(blocks, Mapping):
        return sum(
            len(value) if name == "text" and isinstance(value, str) else count_text_characters(value)
            for name, value in blocks.items()
        )
    return sum(count_text_characters(value) for value in blocks) if isinstance(blocks, list | tuple) else 0


def inspect(message: Mapping[str, Any]) -> list[LayoutProblem]:
    """Everything that Slack would refuse in a message, in the order of its blocks."""
    found: list[LayoutProblem] = []
    text, blocks = message.get("text"), message.get("blocks")
    location = _Location(found, "/text", "text")
    if not isinstance(text, str) or not text.strip():
        location.report("is empty, but notifications and screen readers need it", "no_text")
    elif len(text) > TEXT.max:
        location.report(f"has {len(text):,} characters, at most {TEXT.max:,}", "msg_too_long")
    if blocks is None:
        return found
    location = _Location(found, "/blocks", "blocks")
    for child, block in location.members(blocks, BLOCKS):
        _block(child, block)
    total = count_text_characters(blocks)
    if total > TOTAL_TEXT.max:
        location.report(f"hold {total:,} characters of text in all, at most {TOTAL_TEXT.max:,}", "msg_blocks_too_long")
    return found


class _Location:
    """A place in a message, and the list that collects its problems."""

    def __init__(self, found: list[LayoutProblem], pointer: str, name: str) -> None:
        self.found = found
        self.pointer = pointer
        self.name = name

    def report(self, problem: str, code: str = "invalid_blocks") -> None:
        self.found.append(LayoutProblem(code, self.pointer, f"{self.name} {problem}"))

    def at(self, key: str) -> "_Location":
        step = " " if self.name.endswith(")") else "."
        return _Location(self.found, f"{self.pointer}/{key}", f"{self.name}{step}{key}")

    def string(self, holder: Mapping[str, Any], key: str, limit: Limit) -> None:
        """Check a string and its length."""
        value, child = holder.get(key), self.at(key)
        if value is None:
            child.report("is missing")
        elif not isinstance(value, str):
            child.report(f"is {_kind(value)}, expected a string")
        elif limit.min and not value.strip():
            child.report("is empty")
        elif len(value) > limit.max:
            child.report(f"has {len(value):,} characters, at most {limit.max:,}")

    def text(self, value: Any, limit: Limit) -> None:
        """Check a text object without markup, and its length."""
        if not isinstance(value, Mapping) or value.get("type") != "plain_text":
            self.report(f"is {_typed(value)}, expected plain_text")
            return
        self.string(value, "text", limit)

    def members(self, value: Any, limit: Limit | None = None) -> Iterator[tuple["_Location", Any]]:
        """Check a list and its size, and yield its members with their locations."""
        if not isinstance(value, list | tuple):
            self.report(f"is {_kind(value)}, expected a list")
            return
        if limit and not limit.min <= len(value) <= limit.max:
            entries = "1 entry" if len(value) == 1 else f"{len(value)} entries"
            self.report(f"has {entries}, expected {limit.min} to {limit.max}")
        for index, member in enumerate(value):
            yield _Location(self.found, f"{self.pointer}/{index}", f"{self.name}[{index}]"), member


def _block(location: _Location, block: Any) -> None:
    if not isinstance(block, Mapping):
        location.report(f"is {_kind(block)}, expected a block")
        return
    check = _BLOCKS.get(block["type"]) if isinstance(block.get("type"), str) else None
    if check is None:
        location.report(f"is {_typed(block)}, expected one of {', '.join(_BLOCKS)}")
        return
    location.name += f" ({block['type']})"
    check(location, block)


def _header(location: _Location, block: Mapping[str, Any]) -> None:
    location.at("text").text(block.get("text"), HEADER_TEXT)


def _context(location: _Location, block: Mapping[str, Any]) -> None:
    for child, value in location.at("elements").members(block.get("elements"), CONTEXT_ELEMENTS):
        child.text(value, TEXT_OBJECT)


def _rich_text(location: _Location, block: Mapping[str, Any]) -> None:
    for child, part in location.at("elements").members(block.get("elements")):
        kind = part.get("type") if isinstance(part, Mapping) else None
        if kind == "rich_text_section":
            _elements(child, part)
        elif kind == "rich_text_list":
            if part.get("style") not in ("bullet", "ordered"):
                child.at("style").report("is neither bullet nor ordered")
            _rich_text(child, part)
        else:
            child.report(f"is {_typed(part)}, expected rich_text_section or rich_text_list")


def _elements(location: _Location, part: Mapping[str, Any]) -> None:
    for child, element in location.at("elements").members(part.get("elements")):
        kind = element.get("type") if isinstance(element, Mapping) else None
        if kind == "link":
            child.string(element, "url", URL)
        elif kind == "text":
            if not isinstance(element.get("text"), str) or not element["text"]:
                child.at("text").report("is empty")
        else:
            child.report(f"is {_typed(element)}, expected text or link")


_BLOCKS: Final[Mapping[str, Callable[[_Location, Mapping[str, Any]], None]]] = {
    "context": _context,
    "divider": lambda _location, _block: None,
    "header": _header,
    "rich_text": _rich_text,
}


def _kind(value: Any) -> str:
    if value is None:
        return "missing"
    return {str: "a string", list: "a list", dict: "an object", int: "a number"}.get(type(value), "something else")


def _typed(value: Any) -> str:
    if isinstance(value, Mapping) and value.get("type") is not None:
        return f"of type {str(value['type'])[:40]!r}"
    return _kind(value)
