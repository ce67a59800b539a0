"""What Slack takes in one message, as data, and a check that a message keeps to it.

Slack refuses a whole message for one field that is a character too long, and says so in words that name no item.
So everything is checked before it leaves. Block types and elements that
this service has no use for are refused here as well: what nobody checks is what breaks.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from connectors.errors import Refused

_DOCS = "https://docs.slack.dev/reference/block-kit"


class Limit(Struct, frozen=True):
    """The most that Slack takes of something, and who says so."""

    most: int
    source: str
    least: int = 0


BLOCKS: Final = Limit(50, f"{_DOCS}/blocks")
BLOCK_ID: Final = Limit(255, f"{_DOCS}/blocks")
TEXT_OBJECT: Final = Limit(3_000, f"{_DOCS}/composition-objects/text-object", least=1)
SECTION_TEXT: Final = Limit(3_000, f"{_DOCS}/blocks/section-block", least=1)
FIELDS: Final = Limit(10, f"{_DOCS}/blocks/section-block", least=1)
FIELD_TEXT: Final = Limit(2_000, f"{_DOCS}/blocks/section-block", least=1)
HEADER_TEXT: Final = Limit(150, f"{_DOCS}/blocks/header-block", least=1)
CONTEXT_ELEMENTS: Final = Limit(10, f"{_DOCS}/blocks/context-block", least=1)
ACTIONS: Final = Limit(25, f"{_DOCS}/blocks/actions-block", least=1)
ACTION_ID: Final = Limit(255, f"{_DOCS}/block-elements/button-element")
BUTTON_TEXT: Final = Limit(75, f"{_DOCS}/block-elements/button-element", least=1)
BUTTON_VALUE: Final = Limit(2_000, f"{_DOCS}/block-elements/button-element")
URL: Final = Limit(3_000, f"{_DOCS}/block-elements/button-element", least=1)
OPTIONS: Final = Limit(5, f"{_DOCS}/block-elements/overflow-menu-element", least=2)
OPTION_TEXT: Final = Limit(75, f"{_DOCS}/composition-objects/option-object", least=1)
OPTION_VALUE: Final = Limit(150, f"{_DOCS}/composition-objects/option-object")
IMAGE_TEXT: Final = Limit(2_000, f"{_DOCS}/blocks/image-block", least=1)
TABLES: Final = Limit(1, f"{_DOCS}/blocks/table-block")
ROWS: Final = Limit(100, f"{_DOCS}/blocks/table-block", least=1)
CELLS: Final = Limit(20, f"{_DOCS}/blocks/table-block", least=1)
TEXT: Final = Limit(40_000, "https://docs.slack.dev/reference/methods/chat.postMessage", least=1)
TOTAL_TEXT: Final = Limit(
    11_000,
    "https://github.com/slackapi/bolt-js/issues/2509 and #2867: undocumented, about 12,000 less a share a block; "
    "9,597 characters were taken, 11,341 refused",
)

RECOMMENDED_TEXT: Final = 4_000
"""Longest `text` that Slack recommends."""

TEXT_BUDGET: Final = 9_000
"""Most text that we put into the blocks of one message: under everything known to be refused. The rest is threaded."""


class LayoutProblem(Struct, frozen=True):
    """One thing that Slack would not take.

    Attributes:
        code: Slack's name of the error.
        pointer: Where it stands, as a JSON pointer.
        said: For a person: the place, what stands there and what was expected.
    """

    code: str
    pointer: str
    said: str


def problems(message: Mapping[str, Any]) -> list[str]:
    """Everything Slack would refuse about a message with `text` and `blocks`, one sentence each; empty when fine."""
    return [problem.said for problem in inspect(message)]


def validate_message(text: str, blocks: Sequence[Mapping[str, Any]] = ()) -> None:
    """Passes a message that Slack takes.

    Raises:
        Refused: It would not; the message names the first places, what stands there and what was expected.
    """
    found = inspect({"text": text, "blocks": list(blocks)})
    if found:
        first = "; ".join(problem.said for problem in found[:5])
        rest = f"; and {len(found) - 5} more" if len(found) > 5 else ""
        raise Refused(f"Slack would refuse this message: {first}{rest}.", hint="Nothing was sent.", code=found[0].code)


def total_text(blocks: Any) -> int:
    """Characters of all texts in these blocks together, to be held against the budget."""
    if isinstance(blocks, Mapping):
        return sum(
            len(value) if name == "text" and isinstance(value, str) else total_text(value)
            for name, value in blocks.items()
        )
    return sum(total_text(value) for value in blocks) if isinstance(blocks, list | tuple) else 0


def inspect(message: Mapping[str, Any]) -> list[LayoutProblem]:
    """Everything Slack would refuse about a message, in the order of its blocks."""
    found: list[LayoutProblem] = []
    text, blocks = message.get("text"), message.get("blocks")
    place = _Place(found, "/text", "text")
    if not isinstance(text, str) or not text.strip():
        place.wrong("is empty; notifications and screen readers read it", "no_text")
    elif len(text) > TEXT.most:
        place.wrong(f"has {len(text):,} characters, at most {TEXT.most:,}", "msg_too_long")
    if blocks is None:
        return found
    place = _Place(found, "/blocks", "blocks")
    members = list(place.members(blocks, BLOCKS))
    for here, block in members:
        _block(here, block)
    _unique(members, "block_id")
    tables = [here for here, block in members if isinstance(block, Mapping) and block.get("type") == "table"]
    for here in tables[TABLES.most :]:
        here.wrong("is a second table, at most one a message")
    total = total_text(blocks)
    if total > TOTAL_TEXT.most:
        place.wrong(f"hold {total:,} characters of text in all, at most {TOTAL_TEXT.most:,}", "msg_blocks_too_long")
    return found


class _Place:
    """Somewhere in a message: where it is, and the list that takes what is wrong there."""

    def __init__(self, found: list[LayoutProblem], pointer: str, name: str) -> None:
        self.found = found
        self.pointer = pointer
        self.name = name

    def wrong(self, what: str, code: str = "invalid_blocks") -> None:
        self.found.append(LayoutProblem(code, self.pointer, f"{self.name} {what}"))

    def at(self, key: str) -> "_Place":
        step = " " if self.name.endswith(")") else "."
        return _Place(self.found, f"{self.pointer}/{key}", f"{self.name}{step}{key}")

    def string(self, holder: Mapping[str, Any], key: str, limit: Limit, *, required: bool = False) -> None:
        """A string of a length within the limit."""
        value, here = holder.get(key), self.at(key)
        if value is None:
            if required:
                here.wrong("is missing")
        elif not isinstance(value, str):
            here.wrong(f"is {_kind(value)}, expected a string")
        elif limit.least and not value.strip():
            here.wrong("is empty")
        elif len(value) > limit.most:
            here.wrong(f"has {len(value):,} characters, at most {limit.most:,}")

    def text(self, value: Any, limit: Limit, *, plain: bool = False) -> None:
        """A text object of a length within the limit."""
        kinds = ("plain_text",) if plain else ("plain_text", "mrkdwn")
        if not isinstance(value, Mapping) or value.get("type") not in kinds:
            self.wrong(f"is {_typed(value)}, expected {' or '.join(kinds)}")
            return
        self.string(value, "text", limit, required=True)
        for key, owner in (("emoji", "plain_text"), ("verbatim", "mrkdwn")):
            if value.get(key) is not None and value["type"] != owner:
                self.at(key).wrong(f"belongs to {owner}, not to {value['type']}")

    def members(self, value: Any, limit: Limit | None = None) -> Iterator[tuple["_Place", Any]]:
        """The members of a list whose size is within the limit, each with its place."""
        if not isinstance(value, list | tuple):
            self.wrong(f"is {_kind(value)}, expected a list")
            return
        if limit and not limit.least <= len(value) <= limit.most:
            entries = "1 entry" if len(value) == 1 else f"{len(value)} entries"
            self.wrong(f"has {entries}, expected {limit.least} to {limit.most}")
        for index, member in enumerate(value):
            yield _Place(self.found, f"{self.pointer}/{index}", f"{self.name}[{index}]"), member


def _block(place: _Place, block: Any) -> None:
    if not isinstance(block, Mapping):
        place.wrong(f"is {_kind(block)}, expected a block")
        return
    check = _BLOCKS.get(block["type"]) if isinstance(block.get("type"), str) else None
    if check is None:
        place.wrong(f"is {_typed(block)}, expected one of {', '.join(_BLOCKS)}")
        return
    place.name += f" ({block['type']})"
    place.string(block, "block_id", BLOCK_ID)
    check(place, block)


def _section(place: _Place, block: Mapping[str, Any]) -> None:
    if block.get("text") is None and not block.get("fields"):
        place.wrong("has neither text nor fields")
    if block.get("text") is not None:
        place.at("text").text(block["text"], SECTION_TEXT)
    if block.get("fields") is not None:
        for here, value in place.at("fields").members(block["fields"], FIELDS):
            here.text(value, FIELD_TEXT)
    if block.get("accessory") is not None:
        _element(place.at("accessory"), block["accessory"], ("button", "overflow", "image"))


def _header(place: _Place, block: Mapping[str, Any]) -> None:
    place.at("text").text(block.get("text"), HEADER_TEXT, plain=True)


def _context(place: _Place, block: Mapping[str, Any]) -> None:
    for here, value in place.at("elements").members(block.get("elements"), CONTEXT_ELEMENTS):
        if isinstance(value, Mapping) and value.get("type") == "image":
            _image(here, value)
        else:
            here.text(value, TEXT_OBJECT)


def _actions(place: _Place, block: Mapping[str, Any]) -> None:
    members = list(place.at("elements").members(block.get("elements"), ACTIONS))
    for here, value in members:
        _element(here, value, ("button", "overflow"))
    _unique(members, "action_id")


def _image(place: _Place, block: Mapping[str, Any]) -> None:
    place.string(block, "image_url", URL, required=True)
    place.string(block, "alt_text", IMAGE_TEXT, required=True)
    if block.get("title") is not None:
        place.at("title").text(block["title"], IMAGE_TEXT, plain=True)


def _element(place: _Place, value: Any, kinds: tuple[str, ...]) -> None:
    if not isinstance(value, Mapping) or value.get("type") not in kinds:
        place.wrong(f"is {_typed(value)}, expected {' or '.join(kinds)}")
        return
    place.string(value, "action_id", ACTION_ID)
    match value["type"]:
        case "button":
            place.at("text").text(value.get("text"), BUTTON_TEXT, plain=True)
            place.string(value, "value", BUTTON_VALUE)
            place.string(value, "url", URL)
            if value.get("style") not in (None, "primary", "danger"):
                place.at("style").wrong("is neither primary nor danger")
        case "overflow":
            for here, option in place.at("options").members(value.get("options"), OPTIONS):
                if not isinstance(option, Mapping):
                    here.wrong(f"is {_kind(option)}, expected an option")
                    continue
                here.at("text").text(option.get("text"), OPTION_TEXT, plain=True)
                here.string(option, "value", OPTION_VALUE)
                here.string(option, "url", URL)
        case _:
            _image(place, value)


def _table(place: _Place, block: Mapping[str, Any]) -> None:
    for here, row in place.at("rows").members(block.get("rows"), ROWS):
        for there, cell in here.members(row, CELLS):
            kind = cell.get("type") if isinstance(cell, Mapping) else None
            if kind == "raw_text":
                there.string(cell, "text", TEXT_OBJECT, required=True)
            elif kind == "rich_text":
                _rich_text(there, cell)
            else:
                there.wrong(f"is {_typed(cell)}, expected raw_text or rich_text")
    if block.get("column_settings") is not None:
        list(place.at("column_settings").members(block["column_settings"], CELLS))


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


def _rich_text(place: _Place, block: Mapping[str, Any]) -> None:
    for here, part in place.at("elements").members(block.get("elements")):
        if not isinstance(part, Mapping) or part.get("type") not in _RICH_PARTS:
            here.wrong(f"is {_typed(part)}, expected one of {', '.join(_RICH_PARTS)}")
        elif part["type"] == "rich_text_list":
            if part.get("style") not in ("bullet", "ordered"):
                here.at("style").wrong("is neither bullet nor ordered")
            _rich_text(here, part)
        else:
            _rich_line(here, part)


def _rich_line(place: _Place, part: Mapping[str, Any]) -> None:
    for here, element in place.at("elements").members(part.get("elements")):
        needs = _RICH_NEEDS.get(str(element.get("type"))) if isinstance(element, Mapping) else None
        if needs is None:
            here.wrong(f"is {_typed(element)}, expected one of {', '.join(_RICH_NEEDS)}")
            continue
        value = element.get(needs)
        if not isinstance(value, str) or not value:
            here.at(needs).wrong("is empty")
        elif needs == "url" and len(value) > URL.most:
            here.at(needs).wrong(f"has {len(value):,} characters, at most {URL.most:,}")


_BLOCKS: Final[Mapping[str, Callable[[_Place, Mapping[str, Any]], None]]] = {
    "actions": _actions,
    "context": _context,
    "divider": lambda _place, _block: None,
    "header": _header,
    "image": _image,
    "rich_text": _rich_text,
    "section": _section,
    "table": _table,
}


def _unique(members: Sequence[tuple[_Place, Any]], key: str) -> None:
    seen: set[str] = set()
    for place, member in members:
        value = member.get(key) if isinstance(member, Mapping) else None
        if isinstance(value, str) and value:
            if value in seen:
                place.at(key).wrong(f"{value[:40]!r} is used twice")
            seen.add(value)


def _kind(value: Any) -> str:
    if value is None:
        return "missing"
    return {str: "a string", list: "a list", dict: "an object", int: "a number"}.get(type(value), "something else")


def _typed(value: Any) -> str:
    if isinstance(value, Mapping) and value.get("type") is not None:
        return f"of type {str(value['type'])[:40]!r}"
    return _kind(value)
