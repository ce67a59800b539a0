"""Checks messages against Slack's limits before they are sent.

Slack refuses a whole message for one field that is a character too long, and its error names no item. Block types and
elements that this service does not use are refused as well.
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
BLOCK_ID: Final = Limit(255, f"{_DOCS}/blocks")
TEXT_OBJECT: Final = Limit(3_000, f"{_DOCS}/composition-objects/text-object", min=1)
SECTION_TEXT: Final = Limit(3_000, f"{_DOCS}/blocks/section-block", min=1)
FIELDS: Final = Limit(10, f"{_DOCS}/blocks/section-block", min=1)
FIELD_TEXT: Final = Limit(2_000, f"{_DOCS}/blocks/section-block", min=1)
HEADER_TEXT: Final = Limit(150, f"{_DOCS}/blocks/header-block", min=1)
CONTEXT_ELEMENTS: Final = Limit(10, f"{_DOCS}/blocks/context-block", min=1)
ACTIONS: Final = Limit(25, f"{_DOCS}/blocks/actions-block", min=1)
ACTION_ID: Final = Limit(255, f"{_DOCS}/block-elements/button-element")
BUTTON_TEXT: Final = Limit(75, f"{_DOCS}/block-elements/button-element", min=1)
BUTTON_VALUE: Final = Limit(2_000, f"{_DOCS}/block-elements/button-element")
URL: Final = Limit(3_000, f"{_DOCS}/block-elements/button-element", min=1)
OPTIONS: Final = Limit(5, f"{_DOCS}/block-elements/overflow-menu-element", min=2)
OPTION_TEXT: Final = Limit(75, f"{_DOCS}/composition-objects/option-object", min=1)
OPTION_VALUE: Final = Limit(150, f"{_DOCS}/composition-objects/option-object")
IMAGE_TEXT: Final = Limit(2_000, f"{_DOCS}/blocks/image-block", min=1)
TABLES: Final = Limit(1, f"{_DOCS}/blocks/table-block")
ROWS: Final = Limit(100, f"{_DOCS}/blocks/table-block", min=1)
CELLS: Final = Limit(20, f"{_DOCS}/blocks/table-block", min=1)
TEXT: Final = Limit(40_000, "https://docs.slack.dev/reference/methods/chat.postMessage", min=1)
TOTAL_TEXT: Final = Limit(
    11_000,
    "https://github.com/slackapi/bolt-js/issues/2509 and #2867: undocumented, about 12,000 minus some for each block; "
    "9,597 characters were accepted, 11,341 refused",
)

RECOMMENDED_TEXT: Final = 4_000
"""The maximum length of `text` that Slack recommends."""

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


def problems(message: Mapping[str, Any]) -> list[str]:
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


def total_text(blocks: Any) -> int:
    """Number of characters of all texts in these blocks; compare it with `TEXT_BUDGET`."""
    if isinstance(blocks, Mapping):
        return sum(
            len(value) if name == "text" and isinstance(value, str) else total_text(value)
            for name, value in blocks.items()
        )
    return sum(total_text(value) for value in blocks) if isinstance(blocks, list | tuple) else 0


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
    members = list(location.members(blocks, BLOCKS))
    for child, block in members:
        _block(child, block)
    _unique(members, "block_id")
    tables = [child for child, block in members if isinstance(block, Mapping) and block.get("type") == "table"]
    for child in tables[TABLES.max :]:
        child.report("is a second table, at most one a message")
    total = total_text(blocks)
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

    def string(self, holder: Mapping[str, Any], key: str, limit: Limit, *, required: bool = False) -> None:
        """Check a string and its length."""
        value, child = holder.get(key), self.at(key)
        if value is None:
            if required:
                child.report("is missing")
        elif not isinstance(value, str):
            child.report(f"is {_kind(value)}, expected a string")
        elif limit.min and not value.strip():
            child.report("is empty")
        elif len(value) > limit.max:
            child.report(f"has {len(value):,} characters, at most {limit.max:,}")

    def text(self, value: Any, limit: Limit, *, plain: bool = False) -> None:
        """Check a text object and its length."""
        kinds = ("plain_text",) if plain else ("plain_text", "mrkdwn")
        if not isinstance(value, Mapping) or value.get("type") not in kinds:
            self.report(f"is {_typed(value)}, expected {' or '.join(kinds)}")
            return
        self.string(value, "text", limit, required=True)
        for key, owner in (("emoji", "plain_text"), ("verbatim", "mrkdwn")):
            if value.get(key) is not None and value["type"] != owner:
                self.at(key).report(f"belongs to {owner}, not to {value['type']}")

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
    location.string(block, "block_id", BLOCK_ID)
    check(location, block)


def _section(location: _Location, block: Mapping[str, Any]) -> None:
    if block.get("text") is None and not block.get("fields"):
        location.report("has neither text nor fields")
    if block.get("text") is not None:
        location.at("text").text(block["text"], SECTION_TEXT)
    if block.get("fields") is not None:
        for child, value in location.at("fields").members(block["fields"], FIELDS):
            child.text(value, FIELD_TEXT)
    if block.get("accessory") is not None:
        _element(location.at("accessory"), block["accessory"], ("button", "overflow", "image"))


def _header(location: _Location, block: Mapping[str, Any]) -> None:
    location.at("text").text(block.get("text"), HEADER_TEXT, plain=True)


def _context(location: _Location, block: Mapping[str, Any]) -> None:
    for child, value in location.at("elements").members(block.get("elements"), CONTEXT_ELEMENTS):
        if isinstance(value, Mapping) and value.get("type") == "image":
            _image(child, value)
        else:
            child.text(value, TEXT_OBJECT)


def _actions(location: _Location, block: Mapping[str, Any]) -> None:
    members = list(location.at("elements").members(block.get("elements"), ACTIONS))
    for child, value in members:
        _element(child, value, ("button", "overflow"))
    _unique(members, "action_id")


def _image(location: _Location, block: Mapping[str, Any]) -> None:
    location.string(block, "image_url", URL, required=True)
    location.string(block, "alt_text", IMAGE_TEXT, required=True)
    if block.get("title") is not None:
        location.at("title").text(block["title"], IMAGE_TEXT, plain=True)


def _element(location: _Location, value: Any, kinds: tuple[str, ...]) -> None:
    if not isinstance(value, Mapping) or value.get("type") not in kinds:
        location.report(f"is {_typed(value)}, expected {' or '.join(kinds)}")
        return
    location.string(value, "action_id", ACTION_ID)
    match value["type"]:
        case "button":
            location.at("text").text(value.get("text"), BUTTON_TEXT, plain=True)
            location.string(value, "value", BUTTON_VALUE)
            location.string(value, "url", URL)
            if value.get("style") not in (None, "primary", "danger"):
                location.at("style").report("is neither primary nor danger")
        case "overflow":
            for child, option in location.at("options").members(value.get("options"), OPTIONS):
                if not isinstance(option, Mapping):
                    child.report(f"is {_kind(option)}, expected an option")
                    continue
                child.at("text").text(option.get("text"), OPTION_TEXT, plain=True)
                child.string(option, "value", OPTION_VALUE)
                child.string(option, "url", URL)
        case _:
            _image(location, value)


def _table(location: _Location, block: Mapping[str, Any]) -> None:
    for child, row in location.at("rows").members(block.get("rows"), ROWS):
        for cell_location, cell in child.members(row, CELLS):
            kind = cell.get("type") if isinstance(cell, Mapping) else None
            if kind == "raw_text":
                cell_location.string(cell, "text", TEXT_OBJECT, required=True)
            elif kind == "rich_text":
                _rich_text(cell_location, cell)
            else:
                cell_location.report(f"is {_typed(cell)}, expected raw_text or rich_text")
    if block.get("column_settings") is not None:
        list(location.at("column_settings").members(block["column_settings"], CELLS))


_RICH_PARTS: Final = ("rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted")
_RICH_NEEDS: Final[Mapping[str, str]] = {
    "text": "text",
    "link": "url",
    "emoji": "name",
    "user": "user_id",
    "channel": "channel_id",
    "usergroup": "usergroup_id",
    "broadcast": "range",
}


def _rich_text(location: _Location, block: Mapping[str, Any]) -> None:
    for child, part in location.at("elements").members(block.get("elements")):
        if not isinstance(part, Mapping) or part.get("type") not in _RICH_PARTS:
            child.report(f"is {_typed(part)}, expected one of {', '.join(_RICH_PARTS)}")
        elif part["type"] == "rich_text_list":
            if part.get("style") not in ("bullet", "ordered"):
                child.at("style").report("is neither bullet nor ordered")
            _rich_text(child, part)
        else:
            _rich_line(child, part)


def _rich_line(location: _Location, part: Mapping[str, Any]) -> None:
    for child, element in location.at("elements").members(part.get("elements")):
        needs = _RICH_NEEDS.get(str(element.get("type"))) if isinstance(element, Mapping) else None
        if needs is None:
            child.report(f"is {_typed(element)}, expected one of {', '.join(_RICH_NEEDS)}")
            continue
        value = element.get(needs)
        if not isinstance(value, str) or not value:
            child.at(needs).report("is empty")
        elif needs == "url" and len(value) > URL.max:
            child.at(needs).report(f"has {len(value):,} characters, at most {URL.max:,}")


_BLOCKS: Final[Mapping[str, Callable[[_Location, Mapping[str, Any]], None]]] = {
    "actions": _actions,
    "context": _context,
    "divider": lambda _location, _block: None,
    "header": _header,
    "image": _image,
    "rich_text": _rich_text,
    "section": _section,
    "table": _table,
}


def _unique(members: Sequence[tuple[_Location, Any]], key: str) -> None:
    seen: set[str] = set()
    for location, member in members:
        value = member.get(key) if isinstance(member, Mapping) else None
        if isinstance(value, str) and value:
            if value in seen:
                location.at(key).report(f"{value[:40]!r} is used twice")
            seen.add(value)


def _kind(value: Any) -> str:
    if value is None:
        return "missing"
    return {str: "a string", list: "a list", dict: "an object", int: "a number"}.get(type(value), "something else")


def _typed(value: Any) -> str:
    if isinstance(value, Mapping) and value.get("type") is not None:
        return f"of type {str(value['type'])[:40]!r}"
    return _kind(value)
