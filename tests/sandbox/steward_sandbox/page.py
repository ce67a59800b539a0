"""The page for people, as far as it looks the same for every tracker: a backlog as a list, cut down and in pages."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Generic, TypeVar

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from msgspec import Struct

ROWS_A_PAGE = 100
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'none'; "
        "base-uri 'none'; form-action 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
PROGRAMS = ("service", "app")
"""Kinds of authors that are no people."""
_FILTERS = {"open": "Open", "comments": "With comments", "changed": "Changed by the service", "all": "All"}

T = TypeVar("T")


class Listing(Struct, Generic[T]):
    """What the list shows of a backlog.

    Attributes:
        items: Those on this page.
        filters: Every way to cut the list down: name, title and how many items are left.
        shown: The name of the one that was asked for.
        number, pages: Which page of how many.
    """

    items: Sequence[T]
    filters: list[tuple[str, str, int]]
    shown: str
    number: int
    pages: int


def listing(asked: Mapping[str, str], ordered: Sequence[T], wanted: Callable[[T, str], bool]) -> Listing[T]:
    """Cuts a backlog down to what a query asks for; what makes no sense in it is passed over.

    Args:
        asked: `show`, the name of a filter, and `page`.
        ordered: The items in the order of the backlog.
        wanted: Whether a filter keeps an item.
    """
    shown = asked.get("show", "open") if asked.get("show") in _FILTERS else "open"
    picked = {name: [item for item in ordered if wanted(item, name)] for name in _FILTERS}
    pages = max(1, -(-len(picked[shown]) // ROWS_A_PAGE))
    text = asked.get("page", "1")
    number = min(max(int(text) if text.isascii() and text.isdecimal() else 1, 1), pages)
    start = (number - 1) * ROWS_A_PAGE
    filters = [(name, title, len(picked[name])) for name, title in _FILTERS.items()]
    return Listing(picked[shown][start : start + ROWS_A_PAGE], filters, shown, number, pages)


def by_programs(changes: Iterable[tuple[bool, str, str, str]]) -> tuple[dict[str, str], set[str]]:
    """The fields and the labels whose value or presence is a program's doing, and nobody's since.

    Args:
        changes: Whether a program made a change, its field, and the texts before and after, oldest first.
    """
    values: dict[str, str] = {}
    labels: set[str] = set()
    for program, field, before, after in changes:
        if field == "labels":
            added = set(after.split()) - set(before.split())
            labels = labels | added if program else labels - added
        elif program:
            values[field] = after or "emptied"
        else:
            values.pop(field, None)
    return values, labels


def templates(package: str) -> Environment:
    """The templates of a tracker's package, on top of those that all share."""
    return Environment(
        loader=ChoiceLoader([PackageLoader(package, "templates"), PackageLoader("steward_sandbox", "templates")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
