"""Rows of an export file, one at a time: CSV as Jira and Azure DevOps write it, JSON lines, or the JSON of their APIs.

Files may be large, repeat a header for every label, have lines before the header, and hold line breaks inside cells.
"""

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, TextIO

from msgspec import Struct

from connectors.errors import Misconfigured
from connectors.export import rest
from connectors.export.file import ExportFile

_LARGEST_CELL = 50_000_000
_LARGEST_DOCUMENT = 200_000_000
_DELIMITERS = ",;\t|"
_SAMPLE = 1 << 18
_MAX_LINES_BEFORE_HEADER = 20

KEYS = ("issue key", "work item key", "work key", "key")
_JIRA_COLUMNS = frozenset(
    {"summary", "issue type", "work type", "status", "issue id", "priority", "created", "description"}
)
_AZURE_COLUMNS = frozenset({"work item type", "title", "title 1", "state"})


class Shape(StrEnum):
    """What kind of export a file is."""

    JIRA = "Jira CSV"
    AZURE = "Azure DevOps CSV"
    LINES = "JSON lines"
    JIRA_REST = "JSON of Jira's REST API"
    AZURE_REST = "JSON of Azure DevOps' REST API"

    @property
    def is_csv(self) -> bool:
        """Whether it is a table with columns."""
        return self in (Shape.JIRA, Shape.AZURE)


class Layout(Struct, frozen=True):
    """How a file is read.

    Attributes:
        shape: The kind of export.
        delimiter: Between cells.
        names: Column names in lower case.
        header: How many rows come before the first item.
        is_document: Whether the file is one JSON document.
    """

    shape: Shape
    delimiter: str = ","
    names: tuple[str, ...] = ()
    header: int = 0
    is_document: bool = False


class ExportRow(Struct, frozen=True):
    """One item of the file: values by lower-case column name, several if the header is repeated.

    Attributes:
        line: Number of its first line, from 1; of the item in a JSON document.
        digest: Changes when any value changes.
        plain: The item of a JSON file.
        is_short: Whether it has fewer cells than the header.
        is_shifted: Whether it has more cells than the header, so that cells may be under the wrong names.
    """

    line: int
    cells: dict[str, list[str]]
    digest: str
    plain: Mapping[str, Any] | None = None
    is_short: bool = False
    is_shifted: bool = False

    def first(self, *names: str) -> str:
        """The first value of some columns that is not empty."""
        return next((value for name in names for value in self.cells.get(name, ()) if value.strip()), "")

    def every(self, *names: str) -> list[str]:
        """All values of some columns that are not empty."""
        return [value for name in names for value in self.cells.get(name, ()) if value.strip()]

    @property
    def key(self) -> str:
        """The key of the item; empty if it has none."""
        if self.plain is None:
            return self.first(*KEYS, "id").strip()
        key = self.plain.get("key")
        return str(key).strip() if isinstance(key, str | int | float) else ""


def layout_of(file: ExportFile) -> Layout:
    """Detect how a file is read.

    Raises:
        Misconfigured: It is not a known export.
    """
    with file.open() as text:
        sample = text.read(_SAMPLE)
    start = sample.lstrip()
    if start.startswith(("{", "[")):
        return _json_layout(file, start)
    layouts = [layout for delimiter in _DELIMITERS if (layout := _table(sample, delimiter))]
    if not layouts:
        raise Misconfigured(
            f"{file.path} is not a known export: it has neither `Issue key` and `Summary` nor `ID` and "
            "`Work Item Type`.",
            hint="Export all fields as CSV from Jira or Azure DevOps in English, or write one JSON object per line.",
        )
    return max(layouts, key=lambda layout: len(layout.names))


def rows(file: ExportFile, layout: Layout) -> Iterator[ExportRow]:
    """All rows of a file.

    Raises:
        Misconfigured: The file cannot be read as what it is.
    """
    with file.open() as text:
        if layout.shape.is_csv:
            yield from _csv_rows(file, text, layout)
        elif layout.is_document:
            yield from _json_entries(_document(file, text))
        else:
            yield from _json_lines(file, text)


def _table(sample: str, delimiter: str) -> Layout | None:
    """The layout of a CSV file with this delimiter; None if no row looks like a header."""
    told = re.match(r"sep=(.)\r?\n", sample, re.IGNORECASE)
    if told and told[1] != delimiter:
        return None
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    for number in range(_MAX_LINES_BEFORE_HEADER):
        try:
            cells = next(reader, None)
        except csv.Error:
            return None
        if cells is None:
            return None
        names = tuple(_name(cell) for cell in cells)
        if shape := _shape_of(frozenset(names)):
            return Layout(shape, delimiter, names, number + 1)
    return None


def _shape_of(names: frozenset[str]) -> Shape | None:
    if names & set(KEYS) and names & _JIRA_COLUMNS:
        return Shape.JIRA
    return Shape.AZURE if "id" in names and names & _AZURE_COLUMNS else None


def _csv_rows(file: ExportFile, text: TextIO, layout: Layout) -> Iterator[ExportRow]:
    csv.field_size_limit(_LARGEST_CELL)
    # Without `strict`, an unclosed quotation mark would silently swallow the rest of the file.
    reader = csv.reader(text, delimiter=layout.delimiter, strict=True)
    ancestors: list[str] = []
    number = 0
    while True:
        line = reader.line_num + 1
        try:
            values = next(reader, None)
        except csv.Error as error:
            raise Misconfigured(
                f"{file.path}:{line}: {error}.", hint="The file is not complete CSV from here on."
            ) from error
        if values is None:
            return
        number += 1
        if number <= layout.header or not any(values):
            continue
        cells: dict[str, list[str]] = {}
        for name, value in zip(layout.names, values, strict=False):
            cells.setdefault(name, []).append(value)
        row = ExportRow(
            line,
            cells,
            _digest("\0".join(values)),
            is_short=len(values) < len(layout.names),
            is_shifted=any(value.strip() for value in values[len(layout.names) :]),
        )
        if "title 1" in cells and "parent" not in cells:
            _add_parent(row, ancestors)
        yield row


def _add_parent(row: ExportRow, ancestors: list[str]) -> None:
    """In the export of a tree, the column of the title tells the level of an item."""
    level = next((int(name[6:]) for name, values in row.cells.items() if name[6:].isdigit() and any(values)), 0)
    if level:
        del ancestors[level - 1 :]
        ancestors += [""] * (level - 1 - len(ancestors))
        row.cells["parent"] = [ancestors[-1] if ancestors else ""]
        ancestors.append(row.key)


def _json_layout(file: ExportFile, start: str) -> Layout:
    first_line = start.partition("\n")[0]
    is_document = start.startswith("[")
    try:
        first = json.loads(first_line)
    except (ValueError, RecursionError):
        # A document over many lines, or a line that is longer than the sample or broken.
        is_document = is_document or first_line.strip() == "{"
        first = None
    if is_document or first is None:
        with file.open() as text:
            entries = _json_entries(_document(file, text)) if is_document else _json_lines(file, text)
            item = next((row.plain for row in entries if row.plain), None)
    else:
        item = next((row.plain for row in _json_entries([first]) if row.plain), None)
    if is_document and item is None:
        raise Misconfigured(f"{file.path} is a JSON document without items.", hint=_JSON_HINT)
    return Layout(Shape(_rest_shape(item or {})), is_document=is_document)


_JSON_HINT = 'Write one JSON object per line, such as {"key": "PAY-1", "title": "Pay in parts"}.'


def _rest_shape(item: Mapping[str, Any]) -> Shape:
    origin = item.get(rest.ORIGIN)
    return Shape.JIRA_REST if origin == "jira" else Shape.AZURE_REST if origin == "azure" else Shape.LINES


def _document(file: ExportFile, text: TextIO) -> list[Any]:
    content = text.read(_LARGEST_DOCUMENT + 1)
    if len(content) > _LARGEST_DOCUMENT:
        raise Misconfigured(f"{file.path} is too large for one JSON document.", hint=_JSON_HINT)
    try:
        document = json.loads(content)
    except json.JSONDecodeError as error:
        raise Misconfigured(
            f"{file.path}:{error.lineno}: {error.msg} (column {error.colno}).", hint=_JSON_HINT
        ) from error
    except (ValueError, RecursionError) as error:
        raise Misconfigured(f"{file.path} cannot be read as JSON: {error}.", hint=_JSON_HINT) from error
    return document if isinstance(document, list) else [document]


def _json_lines(file: ExportFile, text: TextIO) -> Iterator[ExportRow]:
    # Only "\n" ends a line: texts contain other characters that Python treats as line ends.
    for number, line in enumerate(_lines(text), start=1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
        except json.JSONDecodeError as error:
            raise Misconfigured(f"{file.path}:{number}: {error.msg} (column {error.colno}).") from error
        except (ValueError, RecursionError) as error:
            raise Misconfigured(f"{file.path}:{number}: {error}.") from error
        if not isinstance(item, dict):
            raise Misconfigured(f"{file.path}:{number}: expected one JSON object per line.", hint=_JSON_HINT)
        for row in _json_entries([item]):
            yield ExportRow(number, {}, row.digest, row.plain)


def _json_entries(entries: list[Any]) -> Iterator[ExportRow]:
    """Items of a list, and of the replies of an API in it."""
    number = 0
    for entry in entries:
        for item in rest.items(entry):
            number += 1
            plain = rest.plain(item) if isinstance(item, dict) else {}
            yield ExportRow(number, {}, _digest(json.dumps(item, sort_keys=True)), plain)


def _lines(text: TextIO) -> Iterator[str]:
    pending = ""
    while chunk := text.read(1 << 20):
        *lines, pending = (pending + chunk).split("\n")
        yield from lines
    yield pending


def _name(cell: str) -> str:
    name = " ".join(cell.split()).casefold()
    if name.startswith("custom field (") and name.endswith(")"):
        name = name.removeprefix("custom field (").removesuffix(")")
    return name


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=8).hexdigest()
