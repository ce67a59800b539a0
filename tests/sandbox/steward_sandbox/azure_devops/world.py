"""The items of an organisation: made, changed, linked, commented, deleted."""

import threading
from collections import defaultdict
from collections.abc import Collection as Numbers
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import count
from typing import Any, Literal

from msgspec.structs import replace

from steward_sandbox.azure_devops import names
from steward_sandbox.azure_devops.collection import Collection, Project
from steward_sandbox.azure_devops.links import LinkStore
from steward_sandbox.azure_devops.model import (
    EMPTY,
    Account,
    Comment,
    CommentVersion,
    Format,
    Relation,
    Revision,
    Value,
    WorkItem,
)
from steward_sandbox.azure_devops.processes import Type, changed_values, new_values
from steward_sandbox.clock import Clock, Stamps, real_clock

Ref = str | int
"""The id of an item, or its key in the backlog file."""


class World:
    """The state of an organisation, in memory. Every method may be called from any thread.

    Attributes:
        items: By id, those in the recycle bin included.
        races: How often the next saves of an item lose against somebody else's.
        seeding_at: The time of changes while a backlog file is read.
    """

    def __init__(self, collection: Collection | None = None, *, clock: Clock = real_clock) -> None:
        self.collection = collection or Collection()
        self.clock = clock
        self.lock = threading.RLock()
        self.items: dict[int, WorkItem] = {}
        self.links = LinkStore()
        self.feed: list[Revision] = []
        self.mails: list[Literal["edit", "comment"]] = []
        self.races: dict[int, int] = {}
        self.seeding_at: datetime | None = None
        self._stamps = Stamps(lambda: self.seeding_at or self.clock())
        self._counters: dict[str, Iterator[int]] = defaultdict(lambda: count(1))
        self._keys: dict[str, int] = {}

    def find(self, ref: Ref) -> WorkItem | None:
        text = str(ref)
        number = int(text) if text.isascii() and text.isdecimal() else self._keys.get(text.upper())
        return self.items.get(number) if number is not None else None

    def item(self, ref: Ref) -> WorkItem:
        found = self.find(ref)
        if found is None:
            raise KeyError(f"no work item {ref}")
        return found

    def project_of(self, item: WorkItem | Revision) -> Project:
        """The project an item is in, or was in when it had this revision."""
        revision = item.now if isinstance(item, WorkItem) else item
        return self._project_at(revision.node(names.AREA_ID))

    def type_of(self, item: WorkItem) -> Type:
        return self.type_in(item.fields)

    def type_in(self, values: Mapping[str, Any]) -> Type:
        return self._project_at(values[names.AREA_ID]).process.types[values[names.TYPE]]

    def visible(self) -> list[WorkItem]:
        return [item for _, item in sorted(self.items.items()) if not (item.deleted or item.hidden)]

    def free_number(self, taken: Numbers[int | None] = ()) -> int:
        """A number that no item has, and that is not taken otherwise."""
        number = next(self._counters["item"])
        while number in self.items or number in taken:
            number = next(self._counters["item"])
        return number

    def create(
        self,
        project: Project,
        kind: Type,
        by: Account,
        fields: Mapping[str, Value | None],
        *,
        formats: Mapping[str, Format] | None = None,
        number: int | None = None,
        key: str | None = None,
    ) -> WorkItem:
        """Add an item; a field that is None does not get its default."""
        with self.lock:
            at = self._stamps.next()
            given = {names.AREA_ID: project.areas, names.ITERATION_ID: project.iterations, **fields}
            values = new_values(kind, given, at, by.id)
            number = self.free_number() if number is None else number
            if key is not None:
                self._keys[key.upper()] = number
            item = WorkItem(id=number, revisions=(), key=key)
            return self._store_revision(item, values, by, at, formats=formats)

    def save(
        self,
        ref: Ref,
        by: Account,
        fields: Mapping[str, Value | None],
        *,
        formats: Mapping[str, Format] | None = None,
        notify: bool = True,
        always: bool = False,
    ) -> WorkItem:
        """Change fields and the formats of long texts; None empties a field.

        People are told if `notify`; there is a revision even when nothing changes if `always`.
        """
        with self.lock:
            item = self.item(ref)
            forms = {ref: form for ref, form in {**item.now.formats, **(formats or {})}.items() if form != "html"}
            given = {ref: None if value in EMPTY else value for ref, value in fields.items()}
            changes = any(item.fields.get(ref) != value for ref, value in given.items())
            if not (always or changes or forms != item.now.formats):
                return item
            at = self._stamps.next()
            item = self._store_revision(item, self.merged(item, fields, by, at), by, at, formats=forms)
            if notify:
                self.mails.append("edit")
            return item

    def merged(self, item: WorkItem, fields: Mapping[str, Value | None], by: Account, at: datetime) -> dict[str, Value]:
        """The fields that a save would lead to, with what follows from a change of type or state."""
        kind = self.type_in({**item.fields, **fields})
        return changed_values(self.type_of(item), kind, item.fields, fields, at=at, by=by.id)

    def link(self, ref: Ref, by: Account, relation: Relation, *, active: bool = True) -> WorkItem:
        """Add or remove a link; neither end gets a revision."""
        with self.lock:
            item, mark = self.item(ref), next(self._counters["watermark"])
            self.links.change(item.id, relation, by.id, self._stamps.next(), mark, active=active)
            return item

    def add_comment(self, ref: Ref, by: Account, text: str, form: Format = "html") -> Comment:
        """Write a comment; people are told, and the item gets a revision."""
        with self.lock:
            item, at = self.item(ref), self._stamps.next()
            comment = Comment(next(self._counters["comment"]), form, (CommentVersion(text, by.id, at),))
            self._save_comments(item, (*item.comments, comment), by, at, history=text)
            self.mails.append("comment")
            return comment

    def edit_comment(
        self, ref: Ref, comment: int, by: Account, text: str, form: Format | None = None, *, deleted: bool = False
    ) -> Comment:
        """Give a comment another text, or delete it; the item gets a revision."""
        with self.lock:
            item, old, at = self.item(ref), self.comment(ref, comment), self._stamps.next()
            version = CommentVersion(text, by.id, at, deleted=deleted)
            new = Comment(old.id, form or old.format, (*old.versions, version))
            self._save_comments(item, tuple(new if c.id == old.id else c for c in item.comments), by, at)
            return new

    def comment(self, ref: Ref, comment: int) -> Comment:
        found = next((known for known in self.item(ref).comments if known.id == comment), None)
        if found is None:
            raise KeyError(f"no comment {comment} on work item {ref}")
        return found

    def delete(self, ref: Ref, by: Account, *, deleted: bool = True) -> WorkItem:
        """Put an item into the recycle bin, where it is gone for others, or take it out."""
        with self.lock:
            item = replace(self.item(ref), deleted=deleted)
            return self._store_revision(item, item.fields, by, self._stamps.next(), deleted=deleted)

    def destroy(self, ref: Ref) -> None:
        """Remove an item for good: nothing ever tells of it again."""
        with self.lock:
            gone = self.items.pop(self.item(ref).id)
            self._keys = {key: number for key, number in self._keys.items() if number != gone.id}
            self.links.forget(gone.id)

    def hide(self, ref: Ref, *, hidden: bool = True) -> WorkItem:
        """Hide an item from callers, or bring it back, as a permission does: nothing else changes."""
        with self.lock:
            return self._store(replace(self.item(ref), hidden=hidden))

    def race(self, ref: Ref, *, times: int = 1) -> None:
        """Let the next saves of an item through the API lose against somebody who saves at the same moment."""
        with self.lock:
            self.races[self.item(ref).id] = times

    def _project_at(self, area: int) -> Project:
        return self.collection.projects[self.collection.trees.by_id[area].project]

    def _store_revision(
        self,
        item: WorkItem,
        fields: Mapping[str, Value],
        by: Account,
        at: datetime,
        *,
        formats: Mapping[str, Format] | None = None,
        **values: Any,
    ) -> WorkItem:
        given = item.now.formats if formats is None and item.revisions else formats or {}
        revision = Revision(
            item=item.id,
            rev=len(item.revisions) + 1,
            at=at,
            by=by.id,
            watermark=next(self._counters["watermark"]),
            fields=dict(fields),
            formats={ref: form for ref, form in given.items() if ref in fields},
            **values,
        )
        self.feed.append(revision)
        return self._store(replace(item, revisions=(*item.revisions, revision)))

    def _save_comments(
        self, item: WorkItem, comments: tuple[Comment, ...], by: Account, at: datetime, *, history: str | None = None
    ) -> None:
        item = replace(item, comments=comments)
        fields = {**item.fields, names.COMMENTS: len(item.shown_comments)}
        self._store_revision(item, fields, by, at, history=history, about_comment=True)

    def _store(self, item: WorkItem) -> WorkItem:
        self.items[item.id] = item
        return item
