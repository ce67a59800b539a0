"""A tracker in memory, behind the protocol of `connectors.tracker`."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from connectors.comments import LABEL_COMMAND_PREFIX, Author, Comment, CommentTag, LabelChange, LastEditors
from connectors.connection import Account, Capabilities, Connection
from connectors.document import Document
from connectors.errors import Gone, Refused, Retriable, ShadowBreach
from connectors.markup import Markup, find_commands, plain_text, render, wiki
from connectors.plugin import TrackerContext
from connectors.response import TrafficStats
from connectors.tracker import Batch, Changes, FetchedItem, ScopeIds, Stamp, Whereabouts
from connectors.writes import Edit, Notification, Snapshot, WriteResult
from memory_tracker.faults import MemoryFaults
from memory_tracker.world import STEWARD, US, MemoryComment, MemoryItem, MemoryWorld
from rules.model import ItemKind, Link, Sprint, SprintState, WorkItem

FIELDS = frozenset({"WSJF", "Suggested priority", "Suggested place", "Priority reason"})
"""Names, which are also the ids, of the fields that can be written."""
_KINDS = {kind.value: kind for kind in ItemKind}


class MemoryTracker:
    """Reads and writes one project of a world.

    Attributes:
        calls: The calls so far, by name.
    """

    def __init__(
        self,
        world: MemoryWorld,
        context: TrackerContext,
        *,
        project: str,
        faults: MemoryFaults,
        bots: frozenset[str] = frozenset(),
    ) -> None:
        self.name = context.name
        self.stats = TrafficStats()
        self.calls: list[str] = []
        self.target = MemoryTarget(self)
        self.directory = None
        self.world = world
        self.context = context
        self.project = project
        self.faults = faults
        self.bots = bots

    def connect(self) -> Connection:
        """Say what can be done."""
        return self.call("connect", self._connect)

    def changes(self, since: str | None, *, quick: bool = False) -> Iterator[Changes]:
        """What changed since a position in the world's list of changes."""
        yield from self.call("changes", lambda: self._changes(since))

    def list_ids(self, *, quick: bool = False) -> ScopeIds:
        """All visible items of the project, in rank order."""
        return self.call("list_ids", lambda: ScopeIds(tuple(ident for ident in self.world.rank if self._shows(ident))))

    def fetch(self, ids: Sequence[str]) -> Iterator[Batch]:
        """The items with these ids, in one batch."""
        if ids:
            yield self.call("fetch", lambda: Batch(tuple(self._fetched(one) for one in ids if self._visible(one))))

    def locate(self, ids: Sequence[str]) -> dict[str, Whereabouts]:
        """Where items are."""
        return self.call("locate", lambda: {ident: self._whereabouts(ident) for ident in ids})

    def comments(self, ids: Sequence[tuple[str, str]]) -> dict[str, Comment]:
        """Comments as they are now."""
        return self.call("comments", lambda: self._comments(ids)) if ids else {}

    def close(self) -> None:
        """Do nothing."""

    def call(self, name: str, act: Any) -> Any:
        """Count a read, and let it fail where a fault is due or the process ends."""
        self.check_stop(name)
        self.calls.append(name)
        self.stats.reads += 1
        return self.faults.around(name, act)

    def check_stop(self, name: str) -> None:
        """Stop before a call, as an HTTP client does."""
        if self.context.stop.is_set():
            raise Retriable(f"{self.name}: stopped before {name}.")

    @property
    def written_field_ids(self) -> set[str]:
        """The fields that may hold values of ours."""
        return FIELDS & {*self.context.write_fields.values(), *self.context.written_field_ids}

    def comment(self, raw: MemoryComment) -> Comment:
        """A comment in the common vocabulary."""
        blocks = wiki.parse(raw.body)
        return Comment(
            id=raw.id,
            author=self._author(raw.author),
            created=raw.created,
            updated=raw.updated,
            edited_by=self._author(raw.edited_by) if raw.edited_by else None,
            names=(raw.edited_by or raw.author).names,
            text=plain_text(blocks),
            commands=find_commands(blocks),
            tag=raw.tag,
            restricted=raw.restricted,
        )

    def _connect(self) -> Connection:
        fields = {key: name for key, name in self.context.write_fields.items() if name in FIELDS}
        absent = {f"write.fields.{key}": name for key, name in self.context.write_fields.items() if key not in fields}
        return Connection(
            account=Account("steward", STEWARD),
            capabilities=Capabilities(writable_fields=fields, missing_fields=absent),
            fingerprint=f"{self.project} {sorted(fields.values())} {sorted(self.bots)}",
            projects=(self.project,),
        )

    def _changes(self, since: str | None) -> list[Changes]:
        seen, sprints = msgspec.json.decode(since, type=tuple[int, dict[str, str]]) if since else (-1, {})
        now = {one.id: hashlib.sha256(repr(one).encode()).hexdigest()[:8] for one in self.world.sprints.values()}
        position = msgspec.json.encode((len(self.world.changed), now)).decode()
        if seen < 0:
            return [Changes((), position)]
        stamps = {
            ident: Stamp(ident, _version(self.world.items[ident]))
            for ident in dict.fromkeys(self.world.changed[seen:])
            if self._shows(ident)
        }
        replanned = {one.name for one in self.world.sprints.values() if sprints.get(one.id) != now[one.id]}
        for item in self.world.items.values():
            if replanned & {*item.sprints} and self._shows(item.id):
                stamps[item.id] = Stamp(item.id, None)
        return [Changes(tuple(stamps.values()), position)]

    def _visible(self, ident: str) -> bool:
        item = self.world.items.get(ident)
        return item is not None and not item.hidden

    def _shows(self, ident: str) -> bool:
        return self._visible(ident) and self.world.items[ident].project == self.project

    def _whereabouts(self, ident: str) -> Whereabouts:
        if not self._visible(ident):
            return Whereabouts.GONE
        return Whereabouts.IN_SCOPE if self._shows(ident) else Whereabouts.MOVED

    def _comments(self, ids: Sequence[tuple[str, str]]) -> dict[str, Comment]:
        wanted = {comment for _, comment in ids}
        there = [item for ident in dict.fromkeys(item for item, _ in ids) if (item := self.world.items.get(ident))]
        return {one.id: self.comment(one) for item in there for one in item.comments if one.id in wanted}

    def _author(self, account: Any) -> Author:
        return Author.OTHER_PROGRAM if account.name in self.bots else account.author

    def _fetched(self, ident: str) -> FetchedItem:
        item = self.world.items[ident]
        comments = tuple(self.comment(one) for one in item.comments)
        people = [change for change in item.history if change.by_person]
        said = [one.created for one in comments if one.author.is_human]
        created = [item.created] if item.creator.author.is_human else []
        content = [change.at for change in people if change.field not in ("rank", "labels")]
        begun = [change.at for change in item.history if change.field == "status" and change.after == "In Progress"]
        return FetchedItem(
            item=msgspec.structs.replace(
                self._work_item(item),
                started=min(begun, default=None),
                discussed=max(said, default=None),
                changed_by_person=max([*content, *said, *created], default=None),
                ranked_by_person=max((change.at for change in people if change.field == "rank"), default=None),
            ),
            field_changes=tuple(sorted(item.history, key=lambda change: change.at)),
            comments=comments,
            label_changes={
                label: self._label_change(item, label)
                for label in item.labels
                if label.casefold().startswith(LABEL_COMMAND_PREFIX)
            },
            last_editors=LastEditors(
                removed_labels={label: self._author(who) for label, who in item.label_removers.items()},
                fields={name: self._author(who) for name, who in item.field_editors.items()},
                deleted_comments=tuple((at, self._author(who)) for at, who in item.comment_deletions),
            ),
        )

    def _label_change(self, item: MemoryItem, label: str) -> LabelChange:
        at, who = item.label_adders.get(label, (item.created, item.creator))
        return LabelChange(at, self._author(who), who.names, at_creation=label not in item.label_adders)

    def _work_item(self, item: MemoryItem) -> WorkItem:
        there = self.world.items
        return WorkItem(
            tracker=self.name,
            id=item.id,
            key=item.key,
            url=f"https://memory.example/browse/{item.key}",
            project=item.project,
            type=item.type,
            kind=_KINDS.get(item.type.casefold(), ItemKind.OTHER),
            level=item.level,
            title=item.title,
            text=wiki.parse(item.description),
            criteria=wiki.parse(item.acceptance_criteria),
            status=item.status,
            category=item.category,
            priority=item.priority,
            priority_is_default=item.priority in (None, "Medium"),
            points=item.points,
            value=item.values.get("business_value"),
            urgency=item.values.get("time_criticality"),
            risk=item.values.get("risk_reduction"),
            created=item.created,
            updated=item.updated,
            resolved=item.resolved,
            sprints=tuple(self._sprint(name) for name in item.sprints),
            labels=item.labels,
            components=item.components,
            releases=item.releases,
            parent=there[item.parent].key if item.parent in there else None,
            links=tuple(Link(kind, there[other].key) for kind, other in item.links if not there[other].hidden),
            votes=item.votes,
            flagged=item.flagged,
            assigned=item.assignee is not None,
            restricted=item.security is not None,
            public=item.project in self.world.public,
            fields={name: item.written.get(name) for name in self.written_field_ids},
            version=_version(item),
        )

    def _sprint(self, name: str) -> Sprint:
        sprint = self.world.sprints[name]
        return Sprint(sprint.id, sprint.name, SprintState(sprint.state), sprint.start, sprint.end)


class MemoryTarget:
    """Writes to a world, as the account Steward."""

    label_names = ("labels",)

    def __init__(self, tracker: MemoryTracker) -> None:
        self._tracker = tracker

    def get_snapshot(self, item: str) -> Snapshot:
        """The item's current state, with our comments."""
        return self._tracker.call("get_snapshot", lambda: self._snapshot(item))

    def content_key(self, document: Document) -> str:
        """The hash of the document, which the tag carries."""
        return document.hash

    def verify(self, snapshot: Snapshot, edit: Edit) -> None:
        """Do nothing: edits cannot be checked without saving them."""

    def edit(self, snapshot: Snapshot, edit: Edit) -> WriteResult:
        """Change labels and fields."""

        def change() -> WriteResult:
            item = self._tracker.world.items[snapshot.id]
            labels = [label for label in item.labels if label not in edit.remove_labels]
            labels += [label for label in edit.add_labels if label not in labels]
            self._tracker.world.edit(snapshot.id, US, labels=tuple(labels), **edit.fields)
            return WriteResult(notification=Notification.SUPPRESSED)

        return self._write("edit", snapshot, change)

    def add_comment(self, snapshot: Snapshot, document: Document, tag: CommentTag) -> WriteResult:
        """Write a comment with its tag."""
        body = render(document, Markup.WIKI)
        return self._write(
            "add_comment", snapshot, lambda: self._written(self._tracker.world.comment(snapshot.id, US, body, tag))
        )

    def replace_comment(self, snapshot: Snapshot, comment: str, document: Document, tag: CommentTag) -> WriteResult:
        """Replace the text of a comment of ours."""

        def replace() -> WriteResult:
            self._find(snapshot.id, comment)
            body = render(document, Markup.WIKI)
            return self._written(self._tracker.world.edit_comment(comment, US, body, tag))

        return self._write("replace_comment", snapshot, replace)

    def delete_comment(self, snapshot: Snapshot, comment: str) -> WriteResult:
        """Delete a comment of ours."""

        def delete() -> WriteResult:
            self._tracker.world.delete_comment(comment, US)
            return WriteResult(comment_id=comment, notification=Notification.NONE)

        return self._write("delete_comment", snapshot, delete)

    def _snapshot(self, ident: str) -> Snapshot:
        tracker = self._tracker
        item = tracker.world.items.get(ident)
        if item is None or item.hidden:
            raise Gone(f"{tracker.name}: {ident} is not visible.")
        if item.project in tracker.world.public:
            raise Refused(f"{tracker.name}: customers read the comments of {item.key}.")
        comments = [tracker.comment(one) for one in item.comments]
        ours = tuple(one for one in comments if one.author is Author.THIS_SERVICE and tracker.context.owns(one.tag))
        return Snapshot(
            id=ident,
            version=_version(item),
            project=item.project,
            labels=frozenset(item.labels),
            fields={name: item.written.get(name) for name in tracker.written_field_ids},
            own_comments=ours,
            comment_ids=frozenset(one.id for one in comments),
            answered_comment_ids=frozenset(
                our.id
                for our in ours
                if any(other.author.is_human and other.created > our.created for other in comments)
            ),
        )

    def _write(self, name: str, snapshot: Snapshot, act: Any) -> WriteResult:
        tracker = self._tracker
        if not tracker.context.allow_writes:
            raise ShadowBreach(f"{tracker.name} is in shadow mode.")
        tracker.check_stop(name)
        tracker.context.before_write()
        tracker.calls.append(name)
        tracker.stats.writes += 1
        item = tracker.world.items.get(snapshot.id)
        if item is None or item.hidden:
            raise Gone(f"{tracker.name}: {snapshot.id} is not visible.")
        if {item.project, "*"} & tracker.world.denied:
            raise Refused(f"{tracker.name}: the account may not change {item.key}.", status=403)
        return tracker.faults.around(name, act)

    def _find(self, item: str, comment: str) -> MemoryComment:
        for one in self._tracker.world.items[item].comments:
            if one.id == comment:
                return one
        raise Gone(f"{self._tracker.name}: there is no comment {comment}.")

    def _written(self, raw: MemoryComment) -> WriteResult:
        return WriteResult(
            comment_id=raw.id,
            text=self._tracker.comment(raw).text,
            created=raw.created,
            notification=Notification.SENT,
        )


def _version(item: MemoryItem) -> str:
    return str(round(item.updated.timestamp() * 1000))
