"""Reads an export file."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from connectors.export.mapping import fetched, key_of
from connectors.export.rows import Shape, rows, shape_of
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
    ScopeIds,
    Stamp,
    Whereabouts,
)

_PER_BATCH = 500
_MAPPING_VERSION = 1


class ExportSource:
    """One export file."""

    target = None

    def __init__(self, settings: ExportSettings, context: TrackerContext) -> None:
        self.name = context.name
        self._path = Path(settings.path)
        self._stats = TrafficStats()
        self._known_shape: Shape | None = None

    @property
    def stats(self) -> TrafficStats:
        """Always zero: a file needs no requests."""
        return self._stats

    def connect(self) -> Connection:
        """Detect the shape of the export."""
        shape = self._known_shape = shape_of(self._path)
        return Connection(
            account=Account("", str(self._path)),
            capabilities=Capabilities(
                comments=False,
                labels=False,
                ordered=shape is Shape.LINES or self._has_ranks(),
                rank_changes_version=True,
            ),
            fingerprint=f"{_MAPPING_VERSION}:{self._path}:{shape}",
            notes=(f"{self._path} was read as {shape.value}.",),
        )

    def close(self) -> None:
        """Do nothing."""

    def changes(self, since: str | None) -> Iterator[Changes]:
        """A stamp of every row; the position is always the same."""
        if since is None:
            yield Changes((), "read")
            return
        stamps: list[Stamp] = []
        for row in rows(self._path, self._shape):
            stamps.append(Stamp(key_of(row, self._shape), row.digest))
            if len(stamps) >= _PER_BATCH:
                yield Changes(tuple(stamps), since)
                stamps.clear()
        yield Changes(tuple(stamps), since)

    def list_ids(self) -> ScopeIds:
        """Keys in rank order if the file has ranks, else in the order of the file."""
        ranked: list[tuple[bool, str, int, str]] = []
        for place, row in enumerate(rows(self._path, self._shape)):
            key = key_of(row, self._shape)
            rank = row.first("rank", "stack rank", "backlog priority")
            numeric = f"{float(rank):030.9f}" if _is_number(rank) else rank
            if key:
                ranked.append((not rank, numeric, place, key))
        return ScopeIds(tuple(dict.fromkeys(key for *_, key in sorted(ranked))))

    def fetch(self, ids: Sequence[str]) -> Iterator[Batch]:
        """Items with these keys, while the file is read."""
        wanted = set(ids)
        items: list[FetchedItem] = []
        for row in rows(self._path, self._shape):
            if key_of(row, self._shape) not in wanted:
                continue
            item = fetched(row, self._shape, self.name)
            if item is not None:
                items.append(item)
            if len(items) >= _PER_BATCH:
                yield Batch(tuple(items))
                items = []
        yield Batch(tuple(items))

    def locate(self, ids: Sequence[str]) -> dict[str, Whereabouts]:
        """What the file does not contain is gone."""
        return dict.fromkeys(ids, Whereabouts.GONE)

    def comments(self, ids: Sequence[tuple[str, str]]) -> dict[str, Comment]:
        """None: a file contains no comments of ours."""
        del ids
        return {}

    @property
    def _shape(self) -> Shape:
        if self._known_shape is None:
            self.connect()
        assert self._known_shape is not None
        return self._known_shape

    def _has_ranks(self) -> bool:
        first = next(rows(self._path, self._shape), None)
        return first is not None and first.has("rank", "stack rank", "backlog priority")


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()
