"""The work items of a pretended organisation and everything that can happen to them, whoever does it.

A save makes a revision and moves ChangedDate; so does every comment, edit and deletion of a comment. Links alone
make an update without a revision, at both ends. Renaming an area touches no item.
"""

import threading
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from steward_sandbox.azure_devops import field_data as names
from steward_sandbox.azure_devops import item_rules
from steward_sandbox.azure_devops.collection import Collection, Project
from steward_sandbox.azure_devops.link_store import LinkStore
from steward_sandbox.azure_devops.model import (
    Account,
    Comment,
    CommentVersion,
    Deletion,
    Format,
    Mail,
    Place,
    Relation,
    Revision,
    Update,
    Value,
    WorkItem,
)
from steward_sandbox.azure_devops.processes import Type
from steward_sandbox.clock import Clock, real_clock
from steward_sandbox.ids import Counters

Ref = str | int
_TICK = timedelta(milliseconds=1)
_EMPTY = (None, "", ())


class World:
    """The state of a pretended organisation, in memory. Every method may be called from any thread.

    Attributes:
        collection: Everything but the items.
        clock: The organisation's idea of now.
        lock: Held while anything is read or changed.
        items: By id, those in the recycle bin included.
        links: Every link there is, and the feed of those that came and went.
        feed: Every revision in the order of the saves.
        mails: On which occasions people were told.
        races: How often the next saves of an item lose against somebody else's.
    """

    def __init__(self, collection: Collection | None = None, *, clock: Clock = real_clock) -> None:
        self.collection = collection or Collection()
        self.clock = clock
        self.lock = threading.RLock()
        self.items: dict[int, WorkItem] = {}
        self.links = LinkStore()
        self.feed: list[Place] = []
        self.mails: list[Mail] = []
        self.races: dict[int, int] = {}
        self.counters = Counters(item=1, comment=1)
        self._keys: dict[str, int] = {}
        self._moment: datetime | None = None
        self._last_stamp: datetime | None = None
        self._watermark = 0

    def now(self) -> datetime:
        """A moment for a new change: the clock's, and always later than that of the change before."""
        moment = self._moment or self.clock()
        moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
        if self._last_stamp is not None and moment <= self._last_stamp:
            moment = self._last_stamp + _TICK
        self._last_stamp = moment
        return moment

    def pretend(self, moment: datetime | None) -> None:
        """Lets changes happen at another time than now, one after the other; None ends that."""
        self._moment = moment

    def find(self, ref: Ref) -> WorkItem | None:
        """The item with this id, or with this key of the backlog file; the recycle bin included."""
        text = str(ref)
        number = int(text) if text.isascii() and text.isdecimal() else self._keys.get(text.upper())
        return self.items.get(number) if number is not None else None

    def item(self, ref: Ref) -> WorkItem:
        """The item with this id or key.

        Raises:
            KeyError: There is none.
        """
        found = self.find(ref)
        if found is None:
            raise KeyError(f"no work item {ref}")
        return found

    def project_of(self, item: WorkItem | Revision) -> Project:
        """The project an item is in, or was in when it had this revision."""
        area = item.fields[names.AREA_ID]
        return self.collection.projects[self.collection.trees.by_id[int(str(area))].project]

    def type_of(self, item: WorkItem) -> Type:
        """The type of an item, with its rules."""
        return self.project_of(item).process.types[item.type]

    def visible(self) -> list[WorkItem]:
        """The items that are there for everybody, by id."""
        return [item for _, item in sorted(self.items.items()) if item.deleted is None and not item.hidden]

    def create(
        self,
        project: Project,
        kind: Type,
        by: Account,
        fields: Mapping[str, Value],
        *,
        formats: Mapping[str, Format] | None = None,
        number: int | None = None,
        key: str | None = None,
    ) -> WorkItem:
        """Adds an item."""
        with self.lock:
            at = self.now()
            given = {names.AREA_ID: project.areas, names.ITERATION_ID: project.iterations, **fields}
            values = item_rules.started(kind, given, at, by.id)
            number = number if number is not None else self._free_number()
            kept = {ref: form for ref, form in (formats or {}).items() if ref in values}
            first = Revision(rev=1, at=at, by=by.id, watermark=self._mark(), fields=values, formats=kept)
            step = Update(id=1, rev=1, at=at, by=by.id, revised=True)
            if key is not None:
                self._keys[key.upper()] = number
            self.feed.append(Place(first.watermark, number, 1, at))
            return self._store(WorkItem(id=number, revisions=(first,), updates=(step,), key=key))

    def save(
        self,
        ref: Ref,
        by: Account,
        fields: Mapping[str, Value | None] | None = None,
        *,
        formats: Mapping[str, Format] | None = None,
        said: str | None = None,
        add: Iterable[Relation] = (),
        remove: Iterable[Relation] = (),
        notify: bool = True,
        always: bool = False,
    ) -> WorkItem:
        """Changes fields, says something, adds and removes links, all in one step.

        Args:
            ref: Id or key of the item.
            by: Who does it.
            fields: New values; None empties a field.
            formats: New formats of long texts.
            said: A comment in HTML, which becomes part of the same revision.
            add: Links that come.
            remove: Links that go.
            notify: Whether people are told.
            always: Whether there is a revision even when nothing changes.
        """
        with self.lock:
            item = self.item(ref)
            values, forms = self.merged(item, fields or {}, formats or {}, by)
            coming, going = tuple(add), tuple(remove)
            revised = values != item.fields or forms != dict(item.now.formats) or said is not None or always
            if not revised and not coming and not going:
                return item
            at = self.now()
            for relation in going:
                self._unlink(item.id, relation, by, at)
            for relation in coming:
                self._link(item.id, relation, by, at)
            item = self.items[item.id]
            if said is not None:
                item, values = self._said(item, values, CommentVersion(said, by.id, at), "html")
            item = self._stepped(
                item, values, forms, by, at, revised=revised, added=coming, removed=going, history=said
            )
            if notify:
                self.mails.append(Mail(item.id, by.name, "edit"))
            return item

    def link(self, ref: Ref, by: Account, relation: Relation) -> WorkItem:
        """Adds one link; neither end gets a revision."""
        return self.save(ref, by, add=(relation,), notify=False)

    def unlink(self, ref: Ref, by: Account, relation: Relation) -> WorkItem:
        """Removes one link; neither end gets a revision."""
        return self.save(ref, by, remove=(relation,), notify=False)

    def add_comment(self, ref: Ref, by: Account, text: str, form: Format = "html") -> Comment:
        """Writes a comment; people are told, and the item gets a revision."""
        with self.lock:
            item, at = self.item(ref), self.now()
            item, values = self._said(item, item.fields, CommentVersion(text, by.id, at), form)
            self._stepped(item, values, item.now.formats, by, at, history=text, about=(item.comments[-1].id, 1))
            self.mails.append(Mail(item.id, by.name, "comment"))
            return item.comments[-1]

    def edit_comment(self, ref: Ref, comment: int, by: Account, text: str, form: Format | None = None) -> Comment:
        """Rewrites a comment; the item gets a revision."""
        old = self.comment(ref, comment)
        new = CommentVersion(text, by.id, self.now())
        return self._rewritten(ref, msgspec.structs.replace(old, format=form or old.format), new)

    def delete_comment(self, ref: Ref, comment: int, by: Account) -> Comment:
        """Deletes a comment; it stays as a mark, and the item gets a revision."""
        return self._rewritten(ref, self.comment(ref, comment), CommentVersion("", by.id, self.now(), deleted=True))

    def comment(self, ref: Ref, comment: int) -> Comment:
        """A comment of an item.

        Raises:
            KeyError: There is none.
        """
        found = next((known for known in self.item(ref).comments if known.id == comment), None)
        if found is None:
            raise KeyError(f"no comment {comment} on work item {ref}")
        return found

    def delete(self, ref: Ref, by: Account) -> WorkItem:
        """Puts an item into the recycle bin; for others it is gone."""
        with self.lock:
            item, at = self.item(ref), self.now()
            item = msgspec.structs.replace(item, deleted=Deletion(at, by.id))
            return self._stepped(item, item.fields, item.now.formats, by, at, deleted=True)

    def restore(self, ref: Ref, by: Account) -> WorkItem:
        """Takes an item out of the recycle bin."""
        with self.lock:
            item, at = msgspec.structs.replace(self.item(ref), deleted=None), self.now()
            return self._stepped(item, item.fields, item.now.formats, by, at)

    def destroy(self, ref: Ref) -> None:
        """Removes an item for good: nothing ever tells of it again."""
        with self.lock:
            gone = self.items.pop(self.item(ref).id)
            self._keys = {key: number for key, number in self._keys.items() if number != gone.id}
            self.links.forget(gone.id)

    def hide(self, ref: Ref, *, hidden: bool = True) -> WorkItem:
        """Takes an item out of callers' sight, or brings it back, as a permission does: nothing moves."""
        with self.lock:
            return self._store(msgspec.structs.replace(self.item(ref), hidden=hidden))

    def race(self, ref: Ref, *, times: int = 1) -> None:
        """Lets the next saves of an item through the API lose against somebody who saves at the same moment."""
        with self.lock:
            self.races[self.item(ref).id] = times

    def merged(
        self, item: WorkItem, fields: Mapping[str, Value | None], formats: Mapping[str, Format], by: Account
    ) -> tuple[dict[str, Value], dict[str, Format]]:
        """The fields and formats that a save would lead to, with what follows from a change of type or state."""
        merged: dict[str, Any] = {**item.fields, **fields}
        project = self.collection.projects[self.collection.trees.by_id[merged[names.AREA_ID]].project]
        kind = project.process.types[str(merged[names.TYPE])]
        followed = item_rules.followed(self.type_of(item), kind, item.fields, fields, at=self._peek(), by=by.id)
        values: dict[str, Value] = {ref: value for ref, value in (merged | followed).items() if value not in _EMPTY}
        forms: dict[str, Format] = {**item.now.formats, **formats}
        return values, {ref: form for ref, form in forms.items() if form != "html" and ref in values}

    def _stepped(
        self,
        item: WorkItem,
        fields: Mapping[str, Value],
        formats: Mapping[str, Format],
        by: Account,
        at: datetime,
        *,
        revised: bool = True,
        added: tuple[Relation, ...] = (),
        removed: tuple[Relation, ...] = (),
        history: str | None = None,
        about: tuple[int, int] | None = None,
        deleted: bool = False,
    ) -> WorkItem:
        """The item one update further on, with a revision unless only its links changed."""
        rev = item.rev + 1 if revised else item.rev
        step = Update(id=len(item.updates) + 1, rev=rev, at=at, by=by.id, revised=revised, added=added, removed=removed)
        revisions = item.revisions
        if revised:
            mark = self._mark()
            about = about or ((item.comments[-1].id, 1) if history is not None else None)
            revision = Revision(
                rev=rev,
                at=at,
                by=by.id,
                watermark=mark,
                fields=dict(fields),
                formats=dict(formats),
                history=history,
                comment=about,
                deleted=deleted,
            )
            revisions = (*revisions, revision)
            self.feed.append(Place(mark, item.id, rev, at))
        return self._store(msgspec.structs.replace(item, revisions=revisions, updates=(*item.updates, step)))

    def _said(
        self, item: WorkItem, fields: Mapping[str, Value], version: CommentVersion, form: Format
    ) -> tuple[WorkItem, dict[str, Value]]:
        comment = Comment(self.counters.next("comment"), form, (version,))
        comments = (*item.comments, comment)
        count = sum(not known.now.deleted for known in comments)
        return msgspec.structs.replace(item, comments=comments), {**fields, names.COMMENTS: count}

    def _rewritten(self, ref: Ref, comment: Comment, version: CommentVersion) -> Comment:
        with self.lock:
            item = self.item(ref)
            comment = msgspec.structs.replace(comment, versions=(*comment.versions, version))
            comments = tuple(comment if known.id == comment.id else known for known in item.comments)
            fields = {**item.fields, names.COMMENTS: sum(not known.now.deleted for known in comments)}
            item = msgspec.structs.replace(item, comments=comments)
            by = self.collection.accounts.by_id[version.by]
            about = (comment.id, len(comment.versions))
            self._stepped(item, fields, item.now.formats, by, version.at, about=about)
            return comment

    def _link(self, number: int, relation: Relation, by: Account, at: datetime) -> None:
        other = self.items[relation.other]
        back = self.links.add(number, relation, by.id, at, self._mark())
        self._stepped(other, other.fields, {}, by, at, revised=False, added=(back,))

    def _unlink(self, number: int, relation: Relation, by: Account, at: datetime) -> None:
        back = self.links.remove(number, relation, by.id, at, self._mark())
        other = self.items.get(relation.other)
        if other is not None:
            self._stepped(other, other.fields, {}, by, at, revised=False, removed=(back,))

    def _free_number(self) -> int:
        number = self.counters.next("item")
        while number in self.items:
            number = self.counters.next("item")
        return number

    def _mark(self) -> int:
        self._watermark += 1
        return self._watermark

    def _peek(self) -> datetime:
        """The moment that the save under way will have."""
        kept = self._last_stamp
        moment = self.now()
        self._last_stamp = kept
        return moment

    def _store(self, item: WorkItem) -> WorkItem:
        self.items[item.id] = item
        return item
