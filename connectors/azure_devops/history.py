"""Maps an item's saves to field changes, and to when people worked on the item.

There are two sources. A single item has a list of updates. For many items the revision feed is read, and each revision
compared with the previous one. The feed is read without long texts: a save that changes no short field counts as a
change of text.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from connectors.azure_devops.payloads import AzureComment, Identity, Revision, Update
from connectors.azure_devops.process import Process, TypeInfo
from connectors.tracker import LABEL_COMMAND, Author, LabelChange, LastEditors
from rules.model import FieldChange, StatusCategory

STATE = "System.State"
TAGS = "System.Tags"
CHANGED = "System.ChangedDate"
CHANGED_BY = "System.ChangedBy"
COMMENTS = "System.CommentCount"
ITERATION = "System.IterationPath"
PRIORITY = "Microsoft.VSTS.Common.Priority"
TYPE = "System.WorkItemType"

_BOOKKEEPING = frozenset(
    {
        "System.Rev",
        "System.Id",
        "System.RevisedDate",
        "System.AuthorizedDate",
        "System.AuthorizedAs",
        "System.Watermark",
        "System.PersonId",
        "System.History",
        "System.CommentCount",
        "System.BoardColumn",
        "System.BoardColumnDone",
        "System.BoardLane",
        "System.AreaId",
        "System.IterationId",
        "System.NodeName",
        "System.Parent",
        "Microsoft.VSTS.Common.StateChangeDate",
        "Microsoft.VSTS.Common.ActivatedDate",
        "Microsoft.VSTS.Common.ActivatedBy",
        "Microsoft.VSTS.Common.ResolvedDate",
        "Microsoft.VSTS.Common.ResolvedBy",
        "Microsoft.VSTS.Common.ClosedDate",
        "Microsoft.VSTS.Common.ClosedBy",
        CHANGED,
        CHANGED_BY,
    }
)
_DERIVED = ("WEF_", "System.AreaLevel", "System.IterationLevel")
"""Prefixes of fields that repeat other fields."""
_SERVICES = ("svc.", "s2s.", "aadsp.", "imp.")
"""Prefixes of descriptors of identities that are not people."""
_LONGEST_VALUE = 200
_SHORT = (STATE, TAGS, ITERATION, PRIORITY, COMMENTS, TYPE, "System.Title", "System.AreaPath", "System.AssignedTo")


class AzurePeople(Struct, frozen=True):
    """Distinguishes people from programs.

    Attributes:
        own_comment_ids: Ids of comments that we wrote, whatever account was used.
    """

    account: str
    bots: frozenset[str] = frozenset()
    own_comment_ids: frozenset[str] = frozenset()

    def author(self, identity: Identity | None) -> Author:
        """Who is behind an identity; no identity means the tracker itself."""
        if identity is None or not (identity.id or identity.unique_name):
            return Author.SERVICE
        if self.account and self.account in (identity.id, identity.unique_name):
            return Author.US
        if identity.descriptor.startswith(_SERVICES) or self.bots & {identity.id, identity.unique_name}:
            return Author.SERVICE
        return Author.PERSON

    def comment_author(self, comment: AzureComment) -> Author:
        """Who wrote a comment."""
        return Author.US if str(comment.number) in self.own_comment_ids else self.author(comment.created_by)

    def comment_editor(self, comment: AzureComment) -> Author | None:
        """Who edited a comment last; None if nobody did."""
        if comment.modified_by is None:
            return None
        by_author = names(comment.modified_by) == names(comment.created_by)
        return self.comment_author(comment) if by_author else self.author(comment.modified_by)


class Save(Struct, frozen=True):
    """One save: its changes, whether they are about content, and all names of its author."""

    at: datetime
    author: Author
    changes: Mapping[str, tuple[str, str]]
    content: bool
    names: frozenset[str] = frozenset()


class AzurePast(Struct, frozen=True):
    """An item's history from its saves. Attributes as in `FetchedItem`.

    Attributes:
        started: When work first began; None if it did not, or if that is not known.
        start_unknown: Whether the item was in a state that its type does not have any more, in which work may have
            begun.
        done: When the item last moved into a state that means done, from one that does not.
        ours: Whether any save was ours.
        complete: Whether all saves could be read.
    """

    transitions: tuple[FieldChange, ...] = ()
    started: datetime | None = None
    start_unknown: bool = False
    done: datetime | None = None
    changed_by_person: datetime | None = None
    ranked_by_person: datetime | None = None
    label_changes: dict[str, LabelChange] = {}
    last_editors: LastEditors = msgspec.field(default_factory=LastEditors)
    ours: bool = False
    complete: bool = True


def moment(value: object) -> datetime | None:
    """Parse a date. The year 9999 means "until now" and is not a date."""
    if not isinstance(value, str) or value.startswith("9999-"):
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        return None
    return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def identity(value: object) -> Identity | None:
    """Parse the identity in a field: an object, or on old servers a text such as "Name <mail>"."""
    if isinstance(value, Mapping):
        names = ("id", "uniqueName", "displayName", "descriptor")
        return Identity(*(str(value.get(name) or "") for name in names))
    if isinstance(value, str) and value:
        name, _, mail = value.rstrip(">").partition("<")
        return Identity(unique_name=mail.strip() or name.strip(), display_name=name.strip())
    return None


def names(who: Identity | None) -> frozenset[str]:
    """All names of an identity."""
    known = (who.id, who.unique_name, who.display_name) if who is not None else ()
    return frozenset(name for name in known if name)


def _tags(value: str) -> set[str]:
    return {name for tag in value.split(";") if (name := tag.strip())}


def fields_to_follow(process: Process) -> list[str]:
    """The short fields to request from the revision feed."""
    writes = {write.reference for write in process.writes.values()}
    return [*dict.fromkeys((CHANGED, CHANGED_BY, *_reported_fields(process), *sorted(writes)))]


def _reported_fields(process: Process) -> list[str]:
    sizes = {info.effort for info in process.types.values()}
    return [*_SHORT, process.order, *sorted(sizes)]


def saves_of_updates(updates: Iterable[Update], people: AzurePeople) -> Iterator[Save]:
    """Saves of one item from its updates, by date."""
    last: datetime | None = None
    for update in sorted(updates, key=lambda update: update.id):
        fields = update.fields or {}
        changed = fields.get(CHANGED)
        at = moment(changed.new_value if changed else None) or moment(update.revised_date) or last
        if at is None:
            continue
        last = at
        changes = {name: (_shown(field.old_value), _shown(field.new_value)) for name, field in fields.items()}
        # A save without fields changed only links: planning, not content.
        yield Save(at, people.author(update.revised_by), changes, bool(fields), names(update.revised_by))


class HistoryReader:
    """Reads the saves of one item in order, and keeps only the result."""

    def __init__(self, process: Process, people: AzurePeople) -> None:
        self._process = process
        self._people = people
        self._names = {STATE: "status", ITERATION: "sprint", PRIORITY: "priority", process.order: "rank", TAGS: "tags"}
        # Only what both sources have, so that the result does not depend on the source.
        self._reported = {name for name in _reported_fields(process) if _is_meaningful(name)}
        self._before: Mapping[str, Any] = {}
        self._kind = ""
        self._saves = 0
        self._next = 1
        self._gaps = False
        self._transitions: list[FieldChange] = []
        self._started: datetime | None = None
        self._start_unknown = False
        self._done: datetime | None = None
        self._category = StatusCategory.UNKNOWN
        self._changed: datetime | None = None
        self._ranked: datetime | None = None
        self._label_changes: dict[str, LabelChange] = {}
        self._last_editors = LastEditors()
        self._deleted_comments: list[tuple[datetime, Author]] = []
        self._ours = False

    def revise(self, revision: Revision) -> None:
        """Read the next revision of the feed."""
        now: Mapping[str, Any] = revision.fields if isinstance(revision.fields, dict) else {}
        before = self._before
        self._before = now
        self._gaps = self._gaps or revision.rev != self._next
        self._next += 1
        at = moment(now.get(CHANGED))
        if at is None:
            return
        changes = {
            name: (_shown(before.get(name)), _shown(now.get(name)))
            for name in {*before, *now}
            if before.get(name) != now.get(name)
        }
        who = identity(now.get(CHANGED_BY))
        self.save(Save(at, self._people.author(who), changes, content=True, names=names(who)))

    def save(self, save: Save) -> None:
        """Read the next save."""
        self._kind = save.changes.get(TYPE, ("", ""))[1] or self._kind
        info = self._process.types.get(self._kind)
        by_person = save.author is Author.PERSON
        if self._saves:
            self._transitions += [
                FieldChange(save.at, self._name(name, info), _short(before), _short(after), by_person)
                for name, (before, after) in sorted(save.changes.items())
                if name in self._reported
            ]
        self._note_editor(save)
        self._saves += 1
        self._ours = self._ours or save.author is Author.US
        if state := save.changes.get(STATE, ("", ""))[1]:
            self._move(save.at, category_of(state, info, self._process))
        if by_person and self._process.order in save.changes:
            self._ranked = save.at
        if by_person and _is_content(save, self._process):
            self._changed = save.at

    def _move(self, at: datetime, category: StatusCategory) -> None:
        """Follow a move to a state. What comes after an unknown state is not known to be the start."""
        if self._started is None and not self._start_unknown:
            self._started = at if category is StatusCategory.IN_PROGRESS else None
            self._start_unknown = category is StatusCategory.UNKNOWN
        if category is StatusCategory.DONE and self._category is not StatusCategory.DONE:
            self._done = at
        self._category = category

    def _note_editor(self, save: Save) -> None:
        """Remember who changed tags, fields and the number of comments."""
        before, after = (_tags(value) for value in save.changes.get(TAGS, ("", "")))
        added = {tag for tag in after - before if tag.casefold().startswith(LABEL_COMMAND)}
        change = LabelChange(save.at, save.author, save.names, at_creation=not self._saves)
        self._label_changes |= dict.fromkeys(added, change)
        if self._saves:
            self._last_editors.removed_labels.update(dict.fromkeys(before - after, save.author))
            self._last_editors.fields.update(dict.fromkeys(save.changes, save.author))
        fewer, more = (int(count) if count.isdecimal() else 0 for count in save.changes.get(COMMENTS, ("", ""))[::-1])
        if fewer < more:
            self._deleted_comments.append((save.at, save.author))

    @property
    def is_complete(self) -> bool:
        """Whether the saves started with the first revision and had no gaps."""
        return not self._gaps

    @property
    def past(self) -> AzurePast:
        """The result so far."""
        return AzurePast(
            transitions=tuple(self._transitions),
            started=self._started,
            start_unknown=self._start_unknown,
            done=self._done,
            changed_by_person=self._changed,
            ranked_by_person=self._ranked,
            label_changes=self._label_changes,
            last_editors=msgspec.structs.replace(self._last_editors, deleted_comments=tuple(self._deleted_comments)),
            ours=self._ours,
        )

    def _name(self, name: str, info: TypeInfo | None) -> str:
        return "points" if info is not None and name == info.effort else self._names.get(name, name)


def category_of(state: str, info: TypeInfo | None, process: Process) -> StatusCategory:
    """What a state means, for the item's type or, if that is unknown, for all types that have the state."""
    known = [info] if info is not None else list(process.types.values())
    categories = {info.states[state] for info in known if state in info.states}
    return categories.pop() if len(categories) == 1 else StatusCategory.UNKNOWN


def _is_meaningful(name: str) -> bool:
    return name not in _BOOKKEEPING and not name.startswith(_DERIVED)


def _is_content(save: Save, process: Process) -> bool:
    """Whether a person changed the content, not only tags, the rank or comments."""
    if not save.content:
        return False
    names = {name for name in save.changes if _is_meaningful(name)}
    if not names:
        return COMMENTS not in save.changes
    return bool(names - {TAGS, process.order})


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        value = value.get("displayName", "")
    return "" if value is None else str(value)


def _short(value: str) -> str:
    return value[:_LONGEST_VALUE]
