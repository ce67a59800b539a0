"""Reads the items of an export file, as if it were a read-only tracker."""

from collections.abc import Iterator, Mapping, Sequence

from connectors.comments import Comment
from connectors.connection import Account, Capabilities, Connection
from connectors.errors import Misconfigured
from connectors.export.columns import RANK_COLUMNS, get_dates, rank_sort_key
from connectors.export.csv_items import AzureCsvMapper, JiraCsvMapper
from connectors.export.dates import DateParser
from connectors.export.file import ExportFile
from connectors.export.json_items import JsonMapper
from connectors.export.mapping import ItemMapper
from connectors.export.rows import ExportFormat, ExportRow, Layout, detect_layout, read_rows
from connectors.export.settings import ExportSettings
from connectors.plugin import TrackerContext
from connectors.response import TrafficStats
from connectors.tracker import Batch, Changes, FetchedItem, Problem, ScopeIds, Stamp, Whereabouts

_ITEMS_PER_BATCH = 500
_MAPPING_VERSION = 8
"""Increase this when the mapping of rows to items changes, so that all rows are read again."""
_MAPPERS: Mapping[ExportFormat, type[ItemMapper]] = {
    ExportFormat.JIRA: JiraCsvMapper,
    ExportFormat.AZURE: AzureCsvMapper,
}
"""The mappers of CSV files. All other formats are JSON."""
_CURSOR = "read"
"""The only cursor. It says nothing, because each call of `changes` with a cursor returns all items."""
_NO_KEY = "Rows without a key were skipped"
_REPEATED_KEY = "Rows with the key of an earlier row were skipped"
_WRONG_LENGTH = "Rows with more or fewer cells than the header"
_MAX_EXAMPLE_LINES = 3


class ExportSource:
    """Reads one export file. It has no write target, and no directory of people to search in."""

    target = None
    directory = None

    def __init__(self, settings: ExportSettings, context: TrackerContext) -> None:
        self.name = context.name
        self._file = ExportFile(settings.path)
        self.stats = TrafficStats()  # a file needs no requests
        self._layout_and_mapper: tuple[Layout, ItemMapper] | None = None

    def connect(self) -> Connection:
        """Detect the format of the file and of its dates, and the columns that it lacks, by reading it once."""
        file = self._file
        file.detect_encoding()
        layout = detect_layout(file)
        survey = _FileSurvey(layout)
        for row in read_rows(file, layout):
            survey.add_row(row)
        if not survey.keys:
            raise Misconfigured(f"{file.path} contains no items.", hint="Check the filter or query that was exported.")
        survey.dates.choose_format()
        mapper_class = _MAPPERS.get(layout.export_format, JsonMapper)
        mapper = mapper_class(self.name, layout.export_format, survey.columns, survey.dates)
        self._layout_and_mapper = layout, mapper
        missing = ", ".join(mapper.missing_columns)
        return Connection(
            account=Account("", str(file.path)),
            capabilities=Capabilities(
                can_comment=False,
                can_label=False,
                # The lines of a JSON lines file count as being in rank order.
                is_ordered=layout.export_format is ExportFormat.JSON_LINES or survey.has_ranks,
                # The version of an item is the hash of its row, which contains the rank if the file has ranks.
                rank_changes_version=True,
            ),
            # If the fingerprint changes, all rows are read again.
            fingerprint=(
                f"{_MAPPING_VERSION}:{file.path}:{layout.export_format}:{survey.dates.order}:"
                f"{','.join(mapper.missing_columns)}"
            ),
            notes=(
                f"{file.path} was read as {layout.export_format.value}.",
                *file.notes,
                *([f"The export lacks {missing}. What depends on them is not judged."] if missing else ()),
                *survey.notes,
                *survey.dates.notes,
            ),
        )

    def close(self) -> None:
        """Delete the temporary copy, which exists if the path is a pipe, because a pipe can be read only once."""
        self._file.close()

    def changes(self, since: str | None, *, quick: bool = False) -> Iterator[Changes]:
        """Yield the key and the version of every item; the version is a hash of its row. The cursor never changes.

        `quick`, which saves requests, has no effect on a file.
        """
        del quick
        if since is None:
            yield Changes((), _CURSOR)
            return
        stamps: list[Stamp] = []
        for row in self._rows():
            stamps.append(Stamp(row.key, row.digest))
            if len(stamps) >= _ITEMS_PER_BATCH:
                yield Changes(tuple(stamps), since)
                stamps.clear()
        yield Changes(tuple(stamps), since)

    def list_ids(self, *, quick: bool = False) -> ScopeIds:
        """List the keys in rank order if the file has ranks, otherwise in the order of the file.

        The sprints come from the items, or from nowhere if the file has no column for them.

        `quick`, which saves requests, has no effect on a file.
        """
        del quick
        sorted_rows = sorted((*rank_sort_key(row), position, row.key) for position, row in enumerate(self._rows()))
        _, mapper = self._open()
        return ScopeIds(tuple(dict.fromkeys(key for *_, key in sorted_rows)), sprint_source=mapper.sprint_source)

    def fetch(self, ids: Sequence[str]) -> Iterator[Batch]:
        """Read the items with these keys, in batches."""
        requested_keys = set(ids)
        _, mapper = self._open()
        items: list[FetchedItem] = []
        problems: list[Problem] = []
        for row in self._rows():
            if row.key not in requested_keys:
                continue
            try:
                items.append(mapper.map_row(row))
            except Exception as error:  # noqa: BLE001 - an error in one item must not stop the others
                problems.append(Problem(row.key, f"could not be read ({type(error).__name__}: {error})"))
            if len(items) >= _ITEMS_PER_BATCH:
                yield Batch(tuple(items))
                items = []
        yield Batch(tuple(items), tuple(problems))

    def locate(self, ids: Sequence[str]) -> dict[str, Whereabouts]:
        """Return `GONE` for all ids: `list_ids` did not return them, so the file does not contain them."""
        return dict.fromkeys(ids, Whereabouts.GONE)

    def comments(self, ids: Sequence[tuple[str, str]]) -> dict[str, Comment]:
        """Return nothing, because a file contains no comments of this service."""
        del ids
        return {}

    def _open(self) -> tuple[Layout, ItemMapper]:
        """The layout of the file, and the mapper for its rows. They are detected if `connect` has not been called."""
        if self._layout_and_mapper is None:
            self.connect()
        assert self._layout_and_mapper is not None
        return self._layout_and_mapper

    def _rows(self) -> Iterator[ExportRow]:
        """The rows with a key. Rows that repeat the key of an earlier row are left out."""
        layout, _ = self._open()
        seen: set[str] = set()
        for row in read_rows(self._file, layout):
            if row.key and row.key not in seen:
                seen.add(row.key)
                yield row


class _FileSurvey:
    """Collects facts about a file that are needed before its rows are converted: its columns and its date format.

    Attributes:
        dates: Examines the dates of all rows, to find out whether the day or the month comes first in them.
        columns: The columns of a CSV file, or all keys of a JSON file.
        has_ranks: Whether the file has a column for the rank.
        keys: The keys of the items, which are the rows with different keys.
    """

    def __init__(self, layout: Layout) -> None:
        self.dates = DateParser()
        self.columns: set[str] = set(layout.column_names)
        self.has_ranks = False
        self.keys: set[str] = set()
        self._export_format = layout.export_format
        self._lines_by_problem: dict[str, list[int]] = {_NO_KEY: [], _REPEATED_KEY: [], _WRONG_LENGTH: []}

    def add_row(self, row: ExportRow) -> None:
        """Examine a row."""
        if not row.key or row.key in self.keys:
            self._lines_by_problem[_REPEATED_KEY if row.key else _NO_KEY].append(row.line)
            return
        self.keys.add(row.key)
        self.has_ranks = self.has_ranks or not row.cells.keys().isdisjoint(RANK_COLUMNS)
        if row.json_item is not None:
            self.columns |= row.json_item.keys()
        elif row.is_short or row.is_shifted:
            self._lines_by_problem[_WRONG_LENGTH].append(row.line)
        self.dates.add_row(get_dates(row, self._export_format), f"{row.key}, line {row.line}")

    @property
    def notes(self) -> list[str]:
        """Messages for the user about rows with problems: how many there are, and the first lines, "5 (line 2, 7)"."""
        return [
            f"{problem}: {len(lines)} (line {', '.join(map(str, lines[:_MAX_EXAMPLE_LINES]))})."
            for problem, lines in self._lines_by_problem.items()
            if lines
        ]
