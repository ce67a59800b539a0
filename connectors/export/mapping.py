"""Converts rows of an export to work items: the base class for all formats. What a file does not contain is unknown."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date

from connectors.export.columns import ALL_ATTRIBUTES, COLUMNS, CRITERIA_COLUMNS, attributes_without_optional_column
from connectors.export.dates import DateParser
from connectors.export.rows import ExportFormat, ExportRow
from connectors.export.values import MAX_TITLE_CHARACTERS, parse_number
from connectors.tracker import FetchedItem
from rules.model import SprintSource, StatusCategory

_TYPES_WITH_CRITERIA = frozenset({"user story", "product backlog item"})
"""The types that have a separate field for acceptance criteria in Azure DevOps. If a file lacks that column, their
criteria are unknown; other types have their criteria in the description."""


class ItemMapper(ABC):
    """Converts the rows of one file to work items.

    Args:
        columns: The columns of a CSV file, or all keys of a JSON file.
        dates: Parses the dates of the file. Its `choose_format` has been called.

    Attributes:
        missing_columns: The titles of the columns that rules need and the file lacks.
        sprint_source: Where the sprints of the items come from: nowhere if the file lacks their column.
    """

    def __init__(self, tracker: str, export_format: ExportFormat, columns: AbstractSet[str], dates: DateParser) -> None:
        self._tracker = tracker
        self._export_format = export_format
        self._columns = columns
        self._dates = dates
        missing_columns = [column for column in COLUMNS[export_format] if not columns & set(column.names)]
        self.missing_columns = tuple(column.title for column in missing_columns)
        self._unknown_in_file = (
            *(attribute for column in missing_columns for attribute in column.attributes),
            *attributes_without_optional_column(export_format, columns),
        )
        has_sprints = "sprints" not in self._unknown_in_file
        self.sprint_source = SprintSource.ITEMS if has_sprints else SprintSource.NOWHERE
        # The last name is that of the key in JSON files.
        self._has_no_criteria_column = not columns & {*CRITERIA_COLUMNS, "acceptance_criteria"}

    @abstractmethod
    def map_row(self, row: ExportRow) -> FetchedItem:
        """Convert a row that has a key."""

    def _unknown_attributes(
        self, row: ExportRow, category: StatusCategory, *, unreadable: Iterable[str], type_name: str, title: str
    ) -> tuple[str, ...]:
        """The attributes of an item that are unknown.

        Args:
            unreadable: Attributes whose values have an unexpected format.
            title: Its complete title.
        """
        if row.is_shifted:  # It has more cells than the header, so any cell may be in the wrong column.
            return ALL_ATTRIBUTES
        unknown = [*self._unknown_in_file, *unreadable]
        if row.is_short:  # It has fewer cells than the header.
            missing_cells = [
                column for column in COLUMNS[self._export_format] if not row.cells.keys() & set(column.names)
            ]
            unknown += [attribute for column in missing_cells for attribute in column.attributes]
            unknown += attributes_without_optional_column(self._export_format, row.cells.keys())
        if category is StatusCategory.UNKNOWN and not self._shows_resolution(row):
            unknown.append("category")
        if (
            self._export_format.is_from_azure
            and self._has_no_criteria_column
            and type_name.casefold() in _TYPES_WITH_CRITERIA
        ):
            unknown.append("criteria")
        if len(title) > MAX_TITLE_CHARACTERS:
            unknown.append("title")
        return tuple(dict.fromkeys(unknown))

    @abstractmethod
    def _shows_resolution(self, row: ExportRow) -> bool:
        """Whether the row shows if the item is resolved. If not, an item whose status is unfamiliar may be done."""

    def _parse_day(self, text: str) -> date | None:
        """Parse a date, and drop its time; None if it is empty or cannot be parsed."""
        parsed = self._dates.parse(text)
        return None if parsed is None else parsed.date()

    def _unreadable_dates(self, text_by_attribute: Mapping[str, str]) -> list[str]:
        """The attributes whose text should be a date but is not."""
        return [name for name, text in text_by_attribute.items() if text.strip() and self._dates.parse(text) is None]


def unreadable_numbers(value_by_attribute: Mapping[str, object]) -> list[str]:
    """The attributes whose value should be a number but is not."""
    return [
        name for name, value in value_by_attribute.items() if value not in (None, "") and parse_number(value) is None
    ]


def differ(values: Sequence[object]) -> bool:
    """Whether any of the values differs from the others."""
    return any(value != values[0] for value in values)
