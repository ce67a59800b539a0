"""Checks messages against Slack's limits before they are sent.

Slack rejects a whole message if one field is a character too long, and its error does not say which part that is. Valid
parts that this service never uses are reported as well: markup, mentions of groups and other types of blocks. A message
is written in Slack's Block Kit: a list of blocks, each of which consists of elements.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from connectors.errors import Refused

_DOCS = "https://docs.slack.dev/reference/block-kit"


class Limit(Struct, frozen=True):
    """The smallest and largest number of characters or entries in a part of a message, and the page that says so."""

    max: int
    source: str
    min: int = 0


BLOCKS: Final = Limit(50, f"{_DOCS}/blocks")
TEXT_OBJECT: Final = Limit(3_000, f"{_DOCS}/composition-objects/text-object", min=1)
HEADER_TEXT: Final = Limit(150, f"{_DOCS}/blocks/header-block", min=1)
CONTEXT_ELEMENTS: Final = Limit(10, f"{_DOCS}/blocks/context-block", min=1)
URL: Final = Limit(3_000, f"{_DOCS}/block-elements/button-element", min=1)
ACTIONS_ELEMENTS: Final = Limit(25, f"{_DOCS}/blocks/actions-block", min=1)
BUTTON_TEXT: Final = Limit(75, f"{_DOCS}/block-elements/button-element", min=1)
BUTTON_VALUE: Final = Limit(2_000, f"{_DOCS}/block-elements/button-element", min=1)
IDENTIFIER: Final = Limit(255, f"{_DOCS}/blocks", min=1)
TEXT: Final = Limit(40_000, "https://docs.slack.dev/reference/methods/chat.postMessage", min=1)
TOTAL_TEXT: Final = Limit(
    11_000,
    "https://github.com/slackapi/bolt-js/issues/2509 and #2867: undocumented, about 12,000 minus some for each block; "
    "9,597 characters were accepted, 11,341 refused",
)

_MEMBER_ID: Final = re.compile(r"[UW][A-Z0-9]{4,}")

TEXT_BUDGET: Final = 9_000
"""Maximum number of characters that the service puts into the blocks of one message, well below `TOTAL_TEXT`."""
_MAX_PROBLEMS_IN_ERROR = 5
_MAX_TYPE_CHARACTERS = 40


class LayoutProblem(Struct, frozen=True):
    """Something in a message that Slack would reject, or that this service never uses.

    Attributes:
        code: The error code that Slack returns for such a problem; "invalid_blocks" for parts that Slack would accept.
        pointer: The location, as a JSON pointer.
        message: A sentence for the user: the location, what it contains and what was expected.
    """

    code: str
    pointer: str
    message: str


def validate_message(text: str, blocks: Sequence[Mapping[str, Any]] = ()) -> None:
    """Check that Slack accepts a message, and that it only has parts of the kinds that this service uses.

    Raises:
        Refused: `find_problems` finds problems in the message. The error names the first ones.
    """
    problems = find_problems({"text": text, "blocks": list(blocks)})
    if problems:
        first = "; ".join(problem.message for problem in problems[:_MAX_PROBLEMS_IN_ERROR])
        surplus = len(problems) - _MAX_PROBLEMS_IN_ERROR
        more = f"; and {surplus} more" if surplus > 0 else ""
        raise Refused(
            f"Slack would refuse this message: {first}{more}.", hint="Nothing was sent.", code=problems[0].code
        )


def count_text_characters(blocks: Any) -> int:
    """Count the characters of all text in these blocks. The service keeps the number below `TEXT_BUDGET`."""
    if isinstance(blocks, Mapping):
        return sum(
            len(value) if name == "text" and isinstance(value, str) else count_text_characters(value)
            for name, value in blocks.items()
        )
    return sum(count_text_characters(value) for value in blocks) if isinstance(blocks, list | tuple) else 0


def find_problems(message: Mapping[str, Any]) -> list[LayoutProblem]:
    """Find everything in a message that Slack would reject or this service never uses, in the order of its blocks."""
    problems: list[LayoutProblem] = []
    text, blocks = message.get("text"), message.get("blocks")
    location = _Location(problems, "/text", "text")
    if not isinstance(text, str) or not text.strip():
        location.report("is empty, but notifications and screen readers need it", "no_text")
    elif len(text) > TEXT.max:
        location.report(f"has {len(text):,} characters, at most {TEXT.max:,}", "msg_too_long")
    if blocks is None:
        return problems
    location = _Location(problems, "/blocks", "blocks")
    block_ids: set[str] = set()
    for child, block in location.check_members(blocks, BLOCKS):
        _check_block(child, block)
        if isinstance(block, Mapping) and "block_id" in block:
            child.check_unique(block, "block_id", block_ids)
    total = count_text_characters(blocks)
    if total > TOTAL_TEXT.max:
        location.report(f"hold {total:,} characters of text in all, at most {TOTAL_TEXT.max:,}", "msg_blocks_too_long")
    return problems


class _Location:
    """A location in a message, at which problems can be reported.

    Attributes:
        problems: Receives the problems of the whole message.
        pointer: The location as a JSON pointer (RFC 6901).
        name: The location for messages, such as "blocks[2] (header) text".
    """

    def __init__(self, problems: list[LayoutProblem], pointer: str, name: str) -> None:
        self.problems = problems
        self.pointer = pointer
        self.name = name

    def report(self, problem: str, code: str = "invalid_blocks") -> None:
        """Report a problem, which is the rest of a sentence that begins with the location."""
        self.problems.append(LayoutProblem(code, self.pointer, f"{self.name} {problem}"))

    def child_location(self, key: str) -> "_Location":
        separator = " " if self.name.endswith(")") else "."
        return _Location(self.problems, f"{self.pointer}/{key}", f"{self.name}{separator}{key}")

    def check_string(self, parent: Mapping[str, Any], key: str, limit: Limit) -> None:
        value, child = parent.get(key), self.child_location(key)
        if value is None:
            child.report("is missing")
        elif not isinstance(value, str):
            child.report(f"is {_describe_kind(value)}, expected a string")
        elif limit.min and not value.strip():
            child.report("is empty")
        elif len(value) > limit.max:
            child.report(f"has {len(value):,} characters, at most {limit.max:,}")

    def check_unique(self, parent: Mapping[str, Any], key: str, used_identifiers: set[str]) -> None:
        """Check an identifier, and that no other part uses the same one."""
        self.check_string(parent, key, IDENTIFIER)
        identifier = str(parent.get(key))
        if identifier in used_identifiers:
            self.child_location(key).report(f"is used twice: {identifier[:40]!r}")
        used_identifiers.add(identifier)

    def check_text(self, value: Any, limit: Limit) -> None:
        """Check that a value is a text object without markup (`plain_text`), and its length."""
        if not isinstance(value, Mapping) or value.get("type") != "plain_text":
            self.report(f"is {_describe_type(value)}, expected plain_text")
            return
        self.check_string(value, "text", limit)

    def check_members(self, value: Any, limit: Limit | None = None) -> Iterator[tuple["_Location", Any]]:
        """Check a list and its size, and yield its members with their locations."""
        if not isinstance(value, list | tuple):
            self.report(f"is {_describe_kind(value)}, expected a list")
            return
        if limit and not limit.min <= len(value) <= limit.max:
            entries = "1 entry" if len(value) == 1 else f"{len(value)} entries"
            self.report(f"has {entries}, expected {limit.min} to {limit.max}")
        for index, member in enumerate(value):
            yield _Location(self.problems, f"{self.pointer}/{index}", f"{self.name}[{index}]"), member


def _check_block(location: _Location, block: Any) -> None:
    if not isinstance(block, Mapping):
        location.report(f"is {_describe_kind(block)}, expected a block")
        return
    check = _BLOCK_CHECKS.get(block["type"]) if isinstance(block.get("type"), str) else None
    if check is None:
        location.report(f"is {_describe_type(block)}, expected one of {', '.join(_BLOCK_CHECKS)}")
        return
    location.name += f" ({block['type']})"
    check(location, block)


def _check_context(location: _Location, block: Mapping[str, Any]) -> None:
    for child, value in location.child_location("elements").check_members(block.get("elements"), CONTEXT_ELEMENTS):
        child.check_text(value, TEXT_OBJECT)


def _check_actions(location: _Location, block: Mapping[str, Any]) -> None:
    action_ids: set[str] = set()
    for child, element in location.child_location("elements").check_members(block.get("elements"), ACTIONS_ELEMENTS):
        if not isinstance(element, Mapping) or element.get("type") != "button":
            child.report(f"is {_describe_type(element)}, expected button")
            continue
        child.child_location("text").check_text(element.get("text"), BUTTON_TEXT)
        child.check_unique(element, "action_id", action_ids)
        if "url" in element:
            child.check_string(element, "url", URL)
        else:
            child.check_string(element, "value", BUTTON_VALUE)


def _check_rich_text(location: _Location, block: Mapping[str, Any]) -> None:
    for child, part in location.child_location("elements").check_members(block.get("elements")):
        kind = part.get("type") if isinstance(part, Mapping) else None
        if kind == "rich_text_section":
            _check_elements(child, part)
        elif kind == "rich_text_list":
            if part.get("style") not in ("bullet", "ordered"):
                child.child_location("style").report("is neither bullet nor ordered")
            _check_rich_text(child, part)
        else:
            child.report(f"is {_describe_type(part)}, expected rich_text_section or rich_text_list")


def _check_elements(location: _Location, part: Mapping[str, Any]) -> None:
    for child, element in location.child_location("elements").check_members(part.get("elements")):
        kind = element.get("type") if isinstance(element, Mapping) else None
        if kind == "link":
            child.check_string(element, "url", URL)
        elif kind == "user":
            if not _MEMBER_ID.fullmatch(str(element.get("user_id"))):
                child.child_location("user_id").report("is not the id of one person")
        elif kind == "text":
            if not isinstance(element.get("text"), str) or not element["text"]:
                child.child_location("text").report("is empty")
        else:
            child.report(f"is {_describe_type(element)}, expected text, link or user")


_BLOCK_CHECKS: Final[Mapping[str, Callable[[_Location, Mapping[str, Any]], None]]] = {
    "actions": _check_actions,
    "context": _check_context,
    "divider": lambda _location, _block: None,
    "header": lambda location, block: location.child_location("text").check_text(block.get("text"), HEADER_TEXT),
    "rich_text": _check_rich_text,
}


def _describe_kind(value: Any) -> str:
    if value is None:
        return "missing"
    return {str: "a string", list: "a list", dict: "an object", int: "a number"}.get(type(value), "something else")


def _describe_type(value: Any) -> str:
    """Describe a block or an element by its type, and any other value by its JSON type."""
    if isinstance(value, Mapping) and value.get("type") is not None:
        return f"of type {str(value['type'])[:_MAX_TYPE_CHARACTERS]!r}"
    return _describe_kind(value)
