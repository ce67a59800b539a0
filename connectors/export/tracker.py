"""An export file as a tracker that can only be read."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from connectors.document import Document
from connectors.errors import Refused
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
    CommentTag,
    Connection,
    Edit,
    FetchedItem,
    ScopeIds,
    Snapshot,
    Stamp,
    Whereabouts,
    Written,
)

_PER_BATCH = 500
_MAPPING_VERSION = 1


class ExportTracker:
    """One export file."""

    def __init__(self, settings: ExportSettings, context: TrackerContext) -> None:
        self.name = context.name
        self._path = Path(settings.path)
        self._stats = TrafficStats()
        self._shape: Shape | None = None

    @property
    def stats(self) -> TrafficStats:
        """Nothing passes to or from a file."""
        return self._stats

    def connect(self) -> Connection:
        """Finds out what kind of export the file is."""
        self._shape = shape_of(self._path)
        ordered = self._shape is Shape.LINES
        return Connection(
            account=Account("", str(self._path)),
            capabilities=Capabilities(
                comments=False, labels=False, ordered=ordered or self._has_ranks(), drags_stamped=True
            ),
            fingerprint=f"{_MAPPING_VERSION}:{self._path}:{self._shape}",
            notes=(f"{self._path} was read as {self._shape.value}.",),
        )

    def close(self) -> None:
        """Does nothing."""

    def changes(self, since: str | None) -> Iterator[Changes]:
        """A mark of every row; a file has no other way to tell what changed."""
        if since is None:
            yield Changes((), "read")
            return
        stamps: list[Stamp] = []
        for row in rows(self._path, self._kind):
            stamps.append(Stamp(key_of(row, self._kind), row.digest))
            if len(stamps) >= _PER_BATCH:
                yield Changes(tuple(stamps), since)
                stamps.clear()
        yield Changes(tuple(stamps), since)

    def census(self) -> ScopeIds:
        """Keys in the order of their rank where the file has one, else in the order of the file."""
        ranked: list[tuple[bool, str, int, str]] = []
        for place, row in enumerate(rows(self._path, self._kind)):
            key = key_of(row, self._kind)
            rank = row.first("rank", "stack rank", "backlog priority")
            numeric = f"{float(rank):030.9f}" if _is_number(rank) else rank
            if key:
                ranked.append((not rank, numeric, place, key))
        return ScopeIds(tuple(dict.fromkeys(key for *_, key in sorted(ranked))))

    def fetch(self, ids: Sequence[str]) -> Iterator[Batch]:
        """Items with these keys, as the file is read."""
        wanted = set(ids)
        found: list[FetchedItem] = []
        for row in rows(self._path, self._kind):
            if key_of(row, self._kind) not in wanted:
                continue
            one = fetched(row, self._kind, self.name)
            if one is not None:
                found.append(one)
            if len(found) >= _PER_BATCH:
                yield Batch(tuple(found))
                found = []
        yield Batch(tuple(found))

    def locate(self, ids: Sequence[str]) -> dict[str, Whereabouts]:
        """What a file does not have is gone."""
        return dict.fromkeys(ids, Whereabouts.GONE)

    def comments(self, ids: Sequence[tuple[str, str]]) -> dict[str, Comment]:
        """None: nothing of ours is in a file."""
        del ids
        return {}

    def look(self, item: str) -> Snapshot:
        """Refused: a file is not written to."""
        raise self._refusal(item)

    def content_key(self, document: Document) -> str:
        """The hash of a document."""
        return document.hash

    def verify(self, snapshot: Snapshot, edit: Edit) -> None:
        """Refused."""
        del edit
        raise self._refusal(snapshot.id)

    def edit(self, snapshot: Snapshot, edit: Edit) -> Written:
        """Refused."""
        del edit
        raise self._refusal(snapshot.id)

    def add_comment(self, snapshot: Snapshot, document: Document, marker: CommentTag) -> Written:
        """Refused."""
        del document, marker
        raise self._refusal(snapshot.id)

    def replace_comment(self, snapshot: Snapshot, comment: str, document: Document, marker: CommentTag) -> Written:
        """Refused."""
        del comment, document, marker
        raise self._refusal(snapshot.id)

    def delete_comment(self, snapshot: Snapshot, comment: str) -> Written:
        """Refused."""
        del comment
        raise self._refusal(snapshot.id)

    @property
    def _kind(self) -> Shape:
        if self._shape is None:
            self.connect()
        assert self._shape is not None
        return self._shape

    def _has_ranks(self) -> bool:
        first = next(rows(self._path, self._kind), None)
        return first is not None and first.has("rank", "stack rank", "backlog priority")

    def _refusal(self, item: str) -> Refused:
        return Refused(f"{self.name}: {item} is in an export, which is only read.")


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()
