"""Reads Acme."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connectors.acme.settings import AcmeSettings
from connectors.acme.target import AcmeTarget
from connectors.acme.version import version_of
from connectors.comments import Comment
from connectors.connection import Account, Capabilities, Connection
from connectors.errors import Misconfigured
from connectors.markup import markdown
from connectors.plugin import TrackerContext
from connectors.response import TrafficStats
from connectors.tracker import Batch, Changes, FetchedItem, ScopeIds, Stamp, Whereabouts
from rules.model import HierarchyLevel, ItemKind, StatusCategory, WorkItem


class AcmeSource:
    """One file of items."""

    directory = None

    def __init__(self, settings: AcmeSettings, context: TrackerContext) -> None:
        self.name = context.name
        self.stats = TrafficStats()
        self._path = Path(settings.path)
        self.target = AcmeTarget(self._path, context)

    def connect(self) -> Connection:
        """Check that the file is there."""
        if not self._path.is_file():
            raise Misconfigured(f"{self.name}: there is no file {self._path}.", hint="Correct `path`.")
        return Connection(
            account=Account("steward", "Steward"),
            capabilities=Capabilities(),
            fingerprint=str(self._path),
            projects=("Acme",),
        )

    def changes(self, since: str | None, *, quick: bool = False) -> Iterator[Changes]:
        """The versions of all items."""
        del since
        yield Changes(tuple(Stamp(ident, version_of(item)) for ident, item in self._items().items()), "always the same")

    def list_ids(self, *, quick: bool = False) -> ScopeIds:
        """All ids in the order of the file, which is the rank order."""
        return ScopeIds(tuple(self._items()))

    def fetch(self, ids: Sequence[str]) -> Iterator[Batch]:
        """The items with these ids, in one batch."""
        items = self._items()
        yield Batch(tuple(self._fetched(ident, items[ident]) for ident in ids if ident in items))

    def locate(self, ids: Sequence[str]) -> dict[str, Whereabouts]:
        """What is not in the file is gone."""
        items = self._items()
        return {ident: Whereabouts.IN_SCOPE if ident in items else Whereabouts.GONE for ident in ids}

    def comments(self, ids: Sequence[tuple[str, str]]) -> dict[str, Comment]:
        """Comments as they are now."""
        found = {
            comment.id: comment
            for item in dict.fromkeys(item for item, _ in ids)
            for comment in self.target.comments(item)
        }
        return {comment: found[comment] for _, comment in ids if comment in found}

    def close(self) -> None:
        """Do nothing."""

    def _items(self) -> dict[str, Any]:
        return json.loads(self._path.read_text(encoding="utf-8"))

    def _fetched(self, ident: str, item: dict[str, Any]) -> FetchedItem:
        created = datetime.fromisoformat(item["created"]).astimezone(UTC)
        work_item = WorkItem(
            tracker=self.name,
            id=ident,
            key=f"ACME-{ident}",
            url=f"https://acme.example/ACME-{ident}",
            project="Acme",
            type="Wish",
            kind=ItemKind.STORY,
            level=HierarchyLevel.REQUIREMENT,
            title=item["title"],
            text=markdown.parse(item["text"]),
            status="open",
            category=StatusCategory.TO_DO,
            created=created,
            updated=created,
            changed_by_person=created,
            labels=tuple(item["labels"]),
            version=version_of(item),
        )
        return FetchedItem(item=work_item, comments=self.target.comments(ident))
