"""Reads an export file."""

from collections.abc import Iterator, Sequence

from connectors.errors import Misconfigured
from connectors.export.dates import DateReader
from connectors.export.file import ExportFile
from connectors.export.mapping import ItemMapper, date_cells, has_rank, rank_of
from connectors.export.rows import ExportRow, Layout, Shape, layout_of, rows
from connectors.export.settings import ExportSettings
from connectors.plugin import TrackerContext
from connectors.response import TrafficStats
from connectors.tracker import (
    Account,
    Batch,
    Capabilities,
    Changes,
    Comment,
    Connection,
    FetchedItem,
    Problem,
    ScopeIds,
    Stamp,
    Whereabouts,
)

_PER_BATCH = 500
_MAPPING_VERSION = 3


class ExportSource:
    """One export file."""

    target = None
    directory = None

    def __init__(self, settings: ExportSettings, context: TrackerContext) -> None:
        self.name = context.name
        self._file = ExportFile(settings.path)
        self._stats = TrafficStats()
        self._opened: tuple[Layout, ItemMapper] | None = None

    @property
    def stats(self) -> TrafficStats:
        """Always zero: a file needs no requests."""
        return self._stats

    def connect(self) -> Connection:
        """Detect the format of the file; read it once to learn how dates are written and which columns are missing."""
        file = self._file
        file.detect()
        layout = layout_of(file)
        survey = _Survey(layout)
        for row in rows(file, layout):
            survey.add(row)
        if not survey.items:
            raise Misconfigured(f"{file.path} contains no items.", hint="Check the filter or query that was exported.")
        survey.dates.decide()
        mapper = ItemMapper(self.name, layout.shape, survey.columns, survey.dates)
        self._opened = layout, mapper
        return Connection(
            account=Account("", str(file.path)),
            capabilities=Capabilities(
                can_comment=False,
                can_label=False,
                is_ordered=layout.shape is Shape.LINES or survey.has_ranks,
                rank_changes_version=True,
            ),
            fingerprint=f"{_MAPPING_VERSION}:{file.path}:{layout.shape}:{survey.dates.order}:{','.join(mapper.missing)}",
            notes=(
                f"{file.path} was read as {layout.shape.value}.",
                *file.notes,
                *_lacking(mapper.missing),
                *survey.notes,
                *survey.dates.notes,
            ),
        )

    def close(self) -> None:
        """Delete the temporary copy of a pipe. A file can be connected to again."""
        self._file.close()

    def changes(self, since: str | None) -> Iterator[Changes]:
        """A stamp of every row; the position is always the same."""
        if since is None:
            yield Changes((), "read")
            return
        stamps: list[Stamp] = []
        for row in self._rows():
            stamps.append(Stamp(row.key, row.digest))
            if len(stamps) >= _PER_BATCH:
                yield Changes(tuple(stamps), since)
                stamps.clear()
        yield Changes(tuple(stamps), since)

    def list_ids(self) -> ScopeIds:
        """Keys in rank order if the file has ranks, else in the order of the file."""
        ranked = sorted((*rank_of(row), place, row.key) for place, row in enumerate(self._rows()))
        return ScopeIds(tuple(dict.fromkeys(key for *_, key in ranked)))

    def fetch(self, ids: Sequence[str]) -> Iterator[Batch]:
        """The items with these keys, as the file is read."""
        wanted = set(ids)
        items: list[FetchedItem] = []
        problems: list[Problem] = []
        for row in self._rows():
            if row.key not in wanted:
                continue
            try:
                items.append(self._mapper.item(row))
            except Exception as error:  # noqa: BLE001 - one bad item never stops the others
                problems.append(Problem(row.key, f"could not be read ({type(error).__name__}: {error})"))
            if len(items) >= _PER_BATCH:
                yield Batch(tuple(items))
                items = []
        yield Batch(tuple(items), tuple(problems))

    def locate(self, ids: Sequence[str]) -> dict[str, Whereabouts]:
        """What the file does not contain is gone."""
        return dict.fromkeys(ids, Whereabouts.GONE)

    def comments(self, ids: Sequence[tuple[str, str]]) -> dict[str, Comment]:
        """Always empty: a file contains no comments of ours."""
        del ids
        return {}

    @property
    def _mapper(self) -> ItemMapper:
        if self._opened is None:
            self.connect()
        assert self._opened is not None
        return self._opened[1]

    def _rows(self) -> Iterator[ExportRow]:
        """The rows with a key."""
        if self._opened is None:
            self.connect()
        assert self._opened is not None
        return (row for row in rows(self._file, self._opened[0]) if row.key)


class _Survey:
    """What a file contains, learned by reading it once."""

    def __init__(self, layout: Layout) -> None:
        self.dates = DateReader()
        self.columns: set[str] = set(layout.names)
        self.items = 0
        self.has_ranks = False
        self._shape = layout.shape
        self._without_key: list[int] = []
        self._odd_lengths: list[int] = []
        self._keyless = self._odd = 0

    def add(self, row: ExportRow) -> None:
        """Count a row."""
        if not row.key:
            self._keyless += 1
            self._without_key += [row.line] if self._keyless <= _SHOWN else []
            return
        self.items += 1
        self.has_ranks = self.has_ranks or has_rank(row)
        if row.plain is not None:
            self.columns |= row.plain.keys()
        elif row.is_short or row.is_shifted:
            self._odd += 1
            self._odd_lengths += [row.line] if self._odd <= _SHOWN else []
        self.dates.learn(date_cells(row, self._shape), f"{row.key}, line {row.line}")

    @property
    def notes(self) -> Iterator[str]:
        """Sentences about rows that were skipped or are odd."""
        if self._keyless:
            yield f"Rows without a key were skipped: {self._keyless} ({_lines(self._without_key)})."
        if self._odd:
            yield f"Rows with more or fewer cells than the header: {self._odd} ({_lines(self._odd_lengths)})."


_SHOWN = 3


def _lines(numbers: Sequence[int]) -> str:
    return f"line {', '.join(map(str, numbers))}"


def _lacking(columns: Sequence[str]) -> Iterator[str]:
    if columns:
        yield f"The export lacks {', '.join(columns)}. What depends on them is not judged."
