"""Rows of an export file, one at a time: CSV as Jira and Azure DevOps write it, or JSON lines.

Files may be large, begin with a byte-order mark, repeat a header for every label, and hold line breaks inside cells.
"""

import csv
import hashlib
import json
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TextIO

from msgspec import Struct

from connectors.errors import Misconfigured

_LARGEST_CELL = 50_000_000
_DELIMITERS = ",;\t|"


class Shape(StrEnum):
    """What kind of export a file is."""

    JIRA = "Jira CSV"
    AZURE = "Azure DevOps CSV"
    LINES = "JSON lines"


class ExportRow(Struct, frozen=True):
    """One item of the file: values by lower-case column name, several if the header is repeated.

    Attributes:
        line: Number of its first line, from 1.
        digest: Changes when any value changes.
    """

    line: int
    cells: dict[str, list[str]]
    digest: str
    plain: dict[str, object] | None = None

    def first(self, *names: str) -> str:
        """The first value of some columns that is not empty."""
        return next((value for name in names for value in self.cells.get(name, ()) if value.strip()), "")

    def every(self, *names: str) -> list[str]:
        """All values of some columns that are not empty."""
        return [value for name in names for value in self.cells.get(name, ()) if value.strip()]

    def has(self, *names: str) -> bool:
        """Whether the file has one of these columns."""
        return any(name in self.cells for name in names)


def shape_of(path: Path) -> Shape:
    """Detect the kind of an export by its first line.

    Raises:
        Misconfigured: It cannot be read, or is of none of the kinds.
    """
    with _opened(path) as file:
        first = file.readline(200_000)
    if first.lstrip().startswith("{"):
        return Shape.LINES
    names = {_name(cell) for cell in next(csv.reader([first], delimiter=_delimiter(first)), [])}
    if {"issue key", "summary"} <= names or {"key", "summary"} <= names:
        return Shape.JIRA
    if {"id", "work item type"} <= names:
        return Shape.AZURE
    raise Misconfigured(
        f"{path} is not a known export: it has neither `Issue key` and `Summary` nor `ID` and `Work Item Type`.",
        hint="Export all fields as CSV from Jira or Azure DevOps, or write one JSON object per line.",
    )


def rows(path: Path, shape: Shape) -> Iterator[ExportRow]:
    """All rows of a file.

    Raises:
        Misconfigured: The file cannot be read as what it is.
    """
    with _opened(path) as file:
        yield from _json_rows(path, file) if shape is Shape.LINES else _csv_rows(path, file)


def _opened(path: Path) -> TextIO:
    try:
        return path.open(encoding="utf-8-sig", errors="replace", newline="")
    except OSError as error:
        raise Misconfigured(f"{path} cannot be read: {error.strerror or error}.") from error


def _csv_rows(path: Path, file: TextIO) -> Iterator[ExportRow]:
    csv.field_size_limit(_LARGEST_CELL)
    header = file.readline()
    delimiter = _delimiter(header)
    names = [_name(cell) for cell in next(csv.reader([header], delimiter=delimiter), [])]
    reader = csv.reader(file, delimiter=delimiter)
    while True:
        line = reader.line_num + 2
        try:
            values = next(reader, None)
        except csv.Error as error:
            raise Misconfigured(f"{path}:{line}: {error}.", hint="The file is no complete CSV from here on.") from error
        if values is None:
            return
        if not any(values):
            continue
        cells: dict[str, list[str]] = {}
        for name, value in zip(names, values, strict=False):
            cells.setdefault(name, []).append(value)
        yield ExportRow(line, cells, _digest("\0".join(values)))


def _json_rows(path: Path, file: TextIO) -> Iterator[ExportRow]:
    # Only "\n" ends a line: texts contain other characters that Python treats as line ends.
    for number, text in enumerate(file, start=1):
        if not text.strip():
            continue
        try:
            item = json.loads(text)
        except json.JSONDecodeError as error:
            raise Misconfigured(f"{path}:{number}: {error.msg} (column {error.colno}).") from error
        if not isinstance(item, dict):
            raise Misconfigured(f"{path}:{number}: expected one JSON object per line.")
        if "key" in item:
            yield ExportRow(number, {}, _digest(text), item)


def _delimiter(header: str) -> str:
    return max(_DELIMITERS, key=header.count)


def _name(cell: str) -> str:
    name = cell.strip().casefold()
    if name.startswith("custom field (") and name.endswith(")"):
        name = name.removeprefix("custom field (").removesuffix(")")
    return name


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
