"""Reads the rows of an export file: CSV from Jira or Azure DevOps, JSON lines, or the JSON of their APIs.

Files may be large, have several columns with the same header, have lines before the header, and contain line breaks in
cells.
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

_MAX_CELL_CHARACTERS = 50_000_000
"""The maximum length of a cell for the `csv` module. Its default is shorter than some descriptions."""
_MAX_DOCUMENT_CHARACTERS = 200_000_000
"""Maximum length of a file that is one JSON document, because all of it has to be in memory. Other files are read line
by line."""
_DELIMITERS = ",;\t|"
_DECLARED_DELIMITER = re.compile(r"sep=([^\s\w\"]|\t)\r?\n", re.IGNORECASE)
"""Matches a first line that names the delimiter, as Excel reads and writes it."""
_SAMPLE_CHARACTERS = 2**18
"""The number of characters at the start of a CSV file from which its layout is detected."""
_MAX_LINES_BEFORE_HEADER = 20
"""The number of lines that are searched for the header. Exports may begin with a title or a note."""
_LINE_CHUNK_CHARACTERS = 2**20

_KEY_COLUMNS = ("issue key", "work item key", "work key", "key")
_JIRA_COLUMNS = frozenset(
    {"summary", "issue type", "work type", "status", "issue id", "priority", "created", "description"}
)
"""The header of an export from Jira has a column for the key (`_KEY_COLUMNS`), and at least one of these."""
_AZURE_COLUMNS = frozenset({"work item type", "title", "title 1", "state"})
"""The header of an export from Azure DevOps has a column "id", and at least one of these."""
_CUSTOM_FIELD = re.compile(r"^custom field \((.*)\)$")
_TITLE_COLUMN = re.compile(r"title (\d+)")
_SURROGATE_ESCAPE = re.compile(
    r"(\\\\|\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2})|\\u[dD][89a-fA-F][\da-fA-F]{2}"
)
"""Matches an escaped backslash or a pair of escapes for one character, as a group, or half of such a pair."""


class ExportFormat(StrEnum):
    """The format of an export file."""

    JIRA = "Jira CSV"
    AZURE = "Azure DevOps CSV"
    JSON_LINES = "JSON lines"
    JIRA_REST = "JSON of Jira's REST API"
    AZURE_REST = "JSON of Azure DevOps' REST API"

    @property
    def is_csv(self) -> bool:
        """Whether the file is a CSV file."""
        return self in (ExportFormat.JIRA, ExportFormat.AZURE)

    @property
    def is_from_azure(self) -> bool:
        """Whether the file comes from Azure DevOps."""
        return self in (ExportFormat.AZURE, ExportFormat.AZURE_REST)


class Layout(Struct, frozen=True):
    """The layout of a file.

    Attributes:
        delimiter: The character between cells.
        column_names: Column names in lower case.
        header_rows: Number of rows before the first item.
        is_document: Whether the file is one JSON document, instead of one in each line.
    """

    export_format: ExportFormat
    delimiter: str = ","
    column_names: tuple[str, ...] = ()
    header_rows: int = 0
    is_document: bool = False


class ExportRow(Struct, frozen=True):
    """One item of the file.

    Attributes:
        line: The number of its first line, starting at 1; in a JSON document, the number of the item.
        cells: The values of a row of a CSV file, by column name in lower case. Several columns can have the same name.
            Empty for a JSON file.
        digest: A hash of all values.
        json_item: The item of a JSON file, in the format of JSON lines; None for a CSV file.
        is_short: Whether the row has fewer cells than the header.
        is_shifted: Whether the row has more cells than the header, so that cells may be under the wrong names.
    """

    line: int
    cells: dict[str, list[str]]
    digest: str
    json_item: Mapping[str, Any] | None = None
    is_short: bool = False
    is_shifted: bool = False

    def first(self, *names: str) -> str:
        """The first non-empty value in these columns; empty if there is none."""
        return next((value for name in names for value in self.cells.get(name, ()) if value.strip()), "")

    def every(self, *names: str) -> list[str]:
        """All non-empty values in these columns."""
        return [value for name in names for value in self.cells.get(name, ()) if value.strip()]

    @property
    def key(self) -> str:
        """The key of the item; empty if it has no key."""
        if self.json_item is None:
            return self.first(*_KEY_COLUMNS, "id").strip()
        key = self.json_item.get("key")
        return str(key).strip() if isinstance(key, str | int | float) else ""


def detect_layout(file: ExportFile) -> Layout:
    """Detect the layout of a file.

    Raises:
        Misconfigured: The file is not a known export.
    """
    with file.open() as text:
        sample = text.read(_SAMPLE_CHARACTERS)
    start = sample.lstrip()
    if start.startswith(("{", "[")):
        return _detect_json_layout(file, start)
    declared = _DECLARED_DELIMITER.match(sample)
    delimiters = declared[1] if declared else _DELIMITERS
    layouts = [layout for delimiter in delimiters if (layout := _detect_csv_layout(sample, delimiter))]
    if not layouts:
        raise Misconfigured(
            f"{file.path} is not a known export: it has neither `Issue key` and `Summary` nor `ID` and "
            "`Work Item Type`.",
            hint="Export all fields as CSV from Jira or Azure DevOps in English, or write one JSON object per line.",
        )
    return max(layouts, key=lambda layout: len(layout.column_names))


def read_rows(file: ExportFile, layout: Layout) -> Iterator[ExportRow]:
    """Read all rows of a file.

    Raises:
        Misconfigured: The file is invalid.
    """
    with file.open() as text:
        if layout.export_format.is_csv:
            yield from _read_csv(file, text, layout)
        elif layout.is_document:
            yield from _to_rows(_read_document(file, text))
        else:
            yield from _read_json_lines(file, text)


def _detect_csv_layout(sample: str, delimiter: str) -> Layout | None:
    """The layout of a CSV file with this delimiter; None if no row looks like a header."""
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    for rows_before_header in range(_MAX_LINES_BEFORE_HEADER):
        try:
            cells = next(reader, None)
        except csv.Error:
            return None
        if cells is None:
            return None
        names = _normalize_column_names(cells)
        if export_format := _detect_csv_format(frozenset(names)):
            return Layout(export_format, delimiter, names, rows_before_header + 1)
    return None


def _detect_csv_format(names: frozenset[str]) -> ExportFormat | None:
    if names & set(_KEY_COLUMNS) and names & _JIRA_COLUMNS:
        return ExportFormat.JIRA
    return ExportFormat.AZURE if "id" in names and names & _AZURE_COLUMNS else None


def _read_csv(file: ExportFile, text: TextIO, layout: Layout) -> Iterator[ExportRow]:
    csv.field_size_limit(_MAX_CELL_CHARACTERS)
    # Without `strict`, everything after an unclosed quotation mark would become one cell, without an error.
    reader = csv.reader(text, delimiter=layout.delimiter, strict=True)
    ancestors: list[str] = []
    row_number = 0
    while True:
        line_number = reader.line_num + 1
        try:
            values = next(reader, None)
        except csv.Error as error:
            raise Misconfigured(
                f"{file.path}:{line_number}: {error}.", hint="The file is not complete CSV from here on."
            ) from error
        if values is None:
            return
        row_number += 1
        if row_number <= layout.header_rows or not any(values):
            continue
        cells: dict[str, list[str]] = {}
        for name, value in zip(layout.column_names, values, strict=False):
            cells.setdefault(name, []).append(value)
        row = ExportRow(
            line_number,
            cells,
            _hash("\0".join(values)),
            is_short=len(values) < len(layout.column_names),
            is_shifted=any(value.strip() for value in values[len(layout.column_names) :]),
        )
        if "title 1" in cells and "parent" not in cells:
            _add_parent(row, ancestors)
        yield row


def _add_parent(row: ExportRow, ancestors: list[str]) -> None:
    """Add the key of the parent to a row of an exported tree of items.

    Azure DevOps exports a tree with one column of titles for each level: "Title 1", "Title 2" and so on. The parent of
    an item is the last item before it on the next higher level.

    Args:
        row: The row, which is changed.
        ancestors: The keys of the last item on each level so far, from the highest. It is changed too.
    """
    titles = ((_TITLE_COLUMN.fullmatch(name), values) for name, values in row.cells.items())
    level = next((int(column[1]) for column, values in titles if column and any(values)), 0)
    if level:
        del ancestors[level - 1 :]
        ancestors += [""] * (level - 1 - len(ancestors))
        row.cells["parent"] = [ancestors[-1] if ancestors else ""]
        ancestors.append(row.key)


def _detect_json_layout(file: ExportFile, start: str) -> Layout:
    """Detect the layout of a JSON file that begins with `start`."""
    first_line = start.partition("\n")[0]
    is_document = start.startswith("[")
    try:
        first_entry = json.loads(first_line)
    except (ValueError, RecursionError):
        # The file is a document of many lines, or its first line is invalid or longer than the sample.
        is_document = is_document or first_line.strip() == "{"
        first_entry = None
    if is_document or first_entry is None:
        with file.open() as text:
            rows = _to_rows(_read_document(file, text)) if is_document else _read_json_lines(file, text)
            item = next((row.json_item for row in rows if row.json_item), None)
    else:
        item = next((row.json_item for row in _to_rows([first_entry]) if row.json_item), None)
    if is_document and item is None:
        raise Misconfigured(f"{file.path} is a JSON document without items.", hint=_JSON_HINT)
    formats = {"jira": ExportFormat.JIRA_REST, "azure": ExportFormat.AZURE_REST}
    origin = str((item or {}).get(rest.ORIGIN_KEY))
    return Layout(formats.get(origin, ExportFormat.JSON_LINES), is_document=is_document)


_JSON_HINT = 'Write one JSON object per line, such as {"key": "PAY-1", "title": "Pay in parts"}.'


def _read_document(file: ExportFile, text: TextIO) -> list[Any]:
    """Read a file that is one JSON document. An object counts as a list with one entry."""
    content = text.read(_MAX_DOCUMENT_CHARACTERS + 1)
    if len(content) > _MAX_DOCUMENT_CHARACTERS:
        raise Misconfigured(f"{file.path} is too large for one JSON document.", hint=_JSON_HINT)
    document = _parse_json(file, content)
    return document if isinstance(document, list) else [document]


def _read_json_lines(file: ExportFile, text: TextIO) -> Iterator[ExportRow]:
    for number, line in enumerate(_read_lines(text), start=1):
        if not line.strip():
            continue
        item = _parse_json(file, line, number)
        if not isinstance(item, dict):
            raise Misconfigured(f"{file.path}:{number}: expected one JSON object per line.", hint=_JSON_HINT)
        for row in _to_rows([item]):
            yield ExportRow(number, {}, row.digest, row.json_item)


def _parse_json(file: ExportFile, content: str, line_number: int | None = None) -> Any:
    """Parse a line of a file, or the whole file if there is no line number."""
    try:
        return json.loads(_without_lone_surrogates(content))
    except json.JSONDecodeError as error:
        location = f"{file.path}:{line_number or error.lineno}"
        raise Misconfigured(f"{location}: {error.msg} (column {error.colno}).", hint=_JSON_HINT) from error
    except (ValueError, RecursionError) as error:  # the JSON may be valid, but Python cannot read it
        limit = "it is nested too deeply" if isinstance(error, RecursionError) else "a number has too many digits"
        location = f"{file.path}:{line_number}" if line_number else f"{file.path} cannot be read as JSON"
        raise Misconfigured(f"{location}: {limit}.", hint=_JSON_HINT) from error


def _to_rows(entries: list[Any]) -> Iterator[ExportRow]:
    """Convert JSON entries to rows. An entry is an item, or a saved API response that contains several items."""
    number = 0
    for entry in entries:
        for item in rest.find_items(entry):
            number += 1
            json_item = rest.to_json_lines_item(item) if isinstance(item, dict) else {}
            yield ExportRow(number, {}, _hash(json.dumps(item, sort_keys=True)), json_item)


def _read_lines(text: TextIO) -> Iterator[str]:
    """Split text at line feeds only. JSON strings may contain other characters that Python treats as line breaks."""
    pending = ""
    while chunk := text.read(_LINE_CHUNK_CHARACTERS):
        *lines, pending = (pending + chunk).split("\n")
        yield from lines
    yield pending


def _normalize_column_names(cells: list[str]) -> tuple[str, ...]:
    """Return the column names in lower case. "Custom field (NAME)", as Jira calls a custom field, becomes NAME.

    If another column is called NAME, the long name is kept.
    """
    names = [" ".join(cell.split()).casefold() for cell in cells]
    return tuple(inner if (inner := _CUSTOM_FIELD.sub(r"\1", name)) not in names else name for name in names)


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=8).hexdigest()


def _without_lone_surrogates(text: str) -> str:
    """Replace escapes of half a character in JSON, which cannot be stored, by the replacement character."""
    if "\\ud" not in text and "\\uD" not in text:
        return text
    return _SURROGATE_ESCAPE.sub(lambda match: match[0] if match[1] else "\\ufffd", text)
