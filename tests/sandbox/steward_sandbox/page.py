"""The page for people, as far as it looks the same for every tracker: a backlog as a list, cut down and in pages.

A tracker gives its items as rows, highest first, with what the templates show of them: among it `open`, `ranked`,
`labels`, `comments`, and the `history`, oldest first, whose entries hold `kind` and `items` of field, before and after.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

ROWS_A_PAGE = 100
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'none'; "
        "base-uri 'none'; form-action 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_FILTERS = {"open": "Open", "comments": "With comments", "changed": "Changed by the service", "all": "All"}
_LABEL_FIELDS = ("labels", "Tags")

Row = dict[str, Any]


def complete(rows: Iterable[Row]) -> list[Row]:
    """Adds positions as people count them, among open items, and what programs changed."""
    completed: list[Row] = []
    position = 0
    for row in rows:
        position += row["open"]
        place = (str(position) if row["ranked"] else "?") if row["open"] else ""
        changed, labels = _changed_by_programs(row["history"])
        shown_labels = [(label, label in labels) for label in row["labels"]]
        completed.append({**row, "place": place, "labels": shown_labels, "changed": list(changed.items())})
    return completed


def listing(query: Mapping[str, str], rows: Sequence[Row]) -> dict[str, Any]:
    """Cuts a backlog down to what a query asks for, by `show` and `page`; what makes no sense in it is passed over.

    Each filter has a name, a title and the number of items that it leaves.
    """
    kept = {
        "open": [row for row in rows if row["open"]],
        "comments": [row for row in rows if row["comments"]],
        "changed": [row for row in rows if any(map(_is_by_program, row["history"]))],
        "all": rows,
    }
    shown = query.get("show", "open") if query.get("show") in _FILTERS else "open"
    pages = max(1, -(-len(kept[shown]) // ROWS_A_PAGE))
    text = query.get("page", "1")
    number = min(max(int(text) if text.isascii() and text.isdecimal() else 1, 1), pages)
    start = (number - 1) * ROWS_A_PAGE
    filters = [(name, title, len(kept[name])) for name, title in _FILTERS.items()]
    rows = kept[shown][start : start + ROWS_A_PAGE]
    return {"rows": rows, "filters": filters, "shown": shown, "number": number, "pages": pages}


def _is_by_program(entry: Row) -> bool:
    return entry["kind"] in ("service", "app")


def _changed_by_programs(history: Iterable[Row]) -> tuple[dict[str, str], set[str]]:
    """The fields and the labels whose value or presence is a program's doing, and nobody's since."""
    values: dict[str, str] = {}
    labels: set[str] = set()
    for entry in history:
        for field, before, after in entry["items"]:
            if field in _LABEL_FIELDS:
                added = set(after.split()) - set(before.split())
                labels = labels | added if _is_by_program(entry) else labels - added
            elif _is_by_program(entry):
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
