"""Reads CSV files of the admin, whose first line names the columns."""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from sync.settings.yaml_file import ConfigurationError, ConfigurationIssue


class CsvTable:
    """A CSV file, and the issues that were found in it.

    Args:
        columns: The names of all columns that are read, in lower case. `rows` yields cells in this order.
        required: Those that the file has to have.
    """

    def __init__(self, path: Path, columns: Sequence[str], required: Sequence[str]) -> None:
        self._path = path
        self._columns = columns
        self._rows = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""))
        self._names = {(name or "").strip().casefold(): name for name in self._rows.fieldnames or ()}
        """The names of the columns as they are in the file, by the name in lower case."""
        self._issues = [
            ConfigurationIssue(str(path), 1, 1, name, f"The column is missing. Expected: {', '.join(columns)}.")
            for name in required
            if name not in self._names
        ]

    def rows(self) -> Iterator[list[str]]:
        """Yield the cells of each row, in the order of `columns`; empty text for a missing cell.

        Raises:
            ConfigurationError: A required column is missing, or an issue was added. The error lists every issue.
        """
        if not self._issues:
            for row in self._rows:
                yield [(row.get(self._names.get(name, "")) or "").strip() for name in self._columns]
        if self._issues:
            raise ConfigurationError(self._issues)

    def add_issue(self, column: str, message: str) -> None:
        """Add an issue in the current row."""
        self._issues.append(ConfigurationIssue(str(self._path), self._rows.line_num, 1, column, message))
