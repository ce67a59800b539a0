"""Derives the history of an item in Azure DevOps from its saves: who changed what, and when work began and ended.

A save creates a new revision of an item, unless it changes only links. There are two sources of saves: the list of
updates of a single item, and the revision feed of a whole project, in which each revision is compared with the previous
one of the same item. The feed is read without long texts, so if none of the other fields changed, a save counts as a
change of a long text.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct

from connectors.azure_devops.payloads import AzureComment, Identity, Revision, Update
from connectors.azure_devops.process import Process, TypeInfo
from connectors.comments import LABEL_COMMAND_PREFIX, Author, LabelChange, LastEditors
from rules.model import FieldChange, StatusCategory

STATE = "System.State"
TAGS = "System.Tags"
CHANGED = "System.ChangedDate"
CHANGED_BY = "System.ChangedBy"
COMMENTS = "System.CommentCount"
ITERATION = "System.IterationPath"
PRIORITY = "Microsoft.VSTS.Common.Priority"
TYPE = "System.WorkItemType"

_FIELDS_SET_BY_SERVER = frozenset(
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
"""Fields that the server changes when something else changes. They are not part of the history."""
_DERIVED_FIELD_PREFIXES = ("WEF_", "System.AreaLevel", "System.IterationLevel")
"""Prefixes of the names of fields that repeat other fields. "WEF_" fields contain the column of an item on a board."""
_PROGRAM_DESCRIPTOR_PREFIXES = ("svc.", "s2s.", "aadsp.", "imp.")
"""Prefixes of the descriptors of accounts that belong to programs: build services, other services, service principals
of Entra, and imported accounts."""
_MAX_VALUE_CHARACTERS = 200
"""Longer values are truncated in the history."""
_SHORT_FIELDS = (
    STATE,
    TAGS,
    ITERATION,
    PRIORITY,
    COMMENTS,
    TYPE,
    "System.Title",
    "System.AreaPath",
    "System.AssignedTo",
)
"""Fields whose changes are recorded, in addition to those for the rank and for sizes. All of them are part of the
history, except `COMMENTS`, which shows when a comment was added or deleted."""


class AzurePeople(Struct, frozen=True):
    """Distinguishes people, this service and other programs.

    Attributes:
        account_id: The id of the account that this service uses.
        bots: Ids and unique names of the accounts of other programs, from the configuration.
        own_comment_ids: Ids of the comments that this service wrote, possibly with other accounts.
    """

    account_id: str
    bots: frozenset[str] = frozenset()
    own_comment_ids: frozenset[str] = frozenset()

    def author(self, identity: Identity | None) -> Author:
        """The kind of author of a change by an identity. If there is none, Azure DevOps itself made the change."""
        if identity is None or not (identity.id or identity.unique_name):
            return Author.OTHER_PROGRAM
        if self.account_id and self.account_id in (identity.id, identity.unique_name):
            return Author.THIS_SERVICE
        is_bot = identity.id in self.bots or identity.unique_name in self.bots
        if is_bot or identity.descriptor.startswith(_PROGRAM_DESCRIPTOR_PREFIXES):
            return Author.OTHER_PROGRAM
        return Author.PERSON

    def comment_author(self, comment: AzureComment) -> Author:
        """The kind of author that wrote a comment."""
        return Author.THIS_SERVICE if str(comment.number) in self.own_comment_ids else self.author(comment.created_by)

    def comment_editor(self, comment: AzureComment) -> Author | None:
        """The kind of author that last edited a comment; None if it was never edited."""
        if comment.modified_by is None:
            return None
        by_author = account_names(comment.modified_by) == account_names(comment.created_by)
        return self.comment_author(comment) if by_author else self.author(comment.modified_by)


class Save(Struct, frozen=True):
    """One save of an item.

    Attributes:
        at: When it was saved.
        changes: The old and the new value of each changed field, by the reference name of the field.
        may_change_content: Whether the save can have changed the content of the item, and not only links.
        names: All names of its author, as in `account_names`.
    """

    at: datetime
    author: Author
    changes: Mapping[str, tuple[str, str]]
    may_change_content: bool
    names: frozenset[str] = frozenset()


class AzureHistory(Struct):
    """The history of an item. The other attributes are as in `FetchedItem` and `WorkItem`.

    Attributes:
        field_changes: The changes of its fields, oldest first.
        started: When work began; None if it has not begun, or if the time is unknown.
        is_start_unknown: Whether the item was in a state that its type no longer has, so that work may have begun then.
        done: When the item last became done; None if it never did.
        has_own_saves: Whether this service has saved the item.
        is_complete: Whether all saves could be read.
    """

    field_changes: list[FieldChange] = []
    started: datetime | None = None
    is_start_unknown: bool = False
    done: datetime | None = None
    changed_by_person: datetime | None = None
    ranked_by_person: datetime | None = None
    label_changes: dict[str, LabelChange] = {}
    last_editors: LastEditors = msgspec.field(default_factory=LastEditors)
    has_own_saves: bool = False
    is_complete: bool = True


def parse_date(value: object) -> datetime | None:
    """Parse a date; return None if it is not one. Azure DevOps uses the year 9999 for "until now"."""
    if not isinstance(value, str) or value.startswith("9999-"):
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        return None
    return to_utc(parsed)


def to_utc(moment: datetime) -> datetime:
    """Convert a time to UTC. A time without a time zone is in UTC."""
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def parse_identity(value: object) -> Identity | None:
    """Parse the identity in a field: an object, or on old servers a string such as "Name <mail>"."""
    if isinstance(value, dict):
        return Identity(*[str(value.get(name) or "") for name in ("id", "uniqueName", "displayName", "descriptor")])
    if isinstance(value, str) and value:
        name, _, mail = value.rstrip(">").partition("<")
        return Identity(unique_name=mail.strip() or name.strip(), display_name=name.strip())
    return None


def account_names(identity: Identity | None) -> frozenset[str]:
    """The id, unique name (usually an e-mail address) and display name of an identity, without those that it lacks."""
    return frozenset((identity.id, identity.unique_name, identity.display_name)) - {""} if identity else frozenset()


def split_tags(value: str) -> list[str]:
    """The tags in the value of the field for tags."""
    return [name for tag in value.split(";") if (name := tag.strip())]


def history_fields(process: Process) -> list[str]:
    """The reference names of the fields to request from the revision feed."""
    written_fields = {field.reference for field in process.write_fields.values()}
    return [*dict.fromkeys((CHANGED, CHANGED_BY, *_recorded_fields(process), *sorted(written_fields)))]


def _recorded_fields(process: Process) -> list[str]:
    """The reference names of `_SHORT_FIELDS` and of the fields for the rank and for sizes."""
    size_fields = {type_info.size_field for type_info in process.types.values()}
    return [*_SHORT_FIELDS, process.rank_field, *sorted(size_fields)]


def saves_from_updates(updates: Iterable[Update], people: AzurePeople) -> Iterator[Save]:
    """Convert the updates of one item to saves, oldest first."""
    previous_time: datetime | None = None
    for update in sorted(updates, key=lambda update: update.id):
        fields = update.fields or {}
        changed = fields.get(CHANGED)
        at = parse_date(changed.new_value if changed else None) or parse_date(update.revised_date) or previous_time
        if at is None:
            continue
        previous_time = at
        changes = {name: (_to_text(field.old_value), _to_text(field.new_value)) for name, field in fields.items()}
        # A save without changed fields changed only links, which are not part of the content.
        yield Save(at, people.author(update.revised_by), changes, bool(fields), account_names(update.revised_by))


class HistoryBuilder:
    """Collects the history of one item from its saves, oldest first. `result` is the history so far."""

    def __init__(self, process: Process, people: AzurePeople) -> None:
        self._process = process
        self._people = people
        self._names_of_changes = {
            STATE: "status",
            ITERATION: "sprint",
            PRIORITY: "priority",
            process.rank_field: "rank",
            TAGS: "tags",
        }
        # Only fields that both sources of saves contain, so that the result does not depend on the source.
        self._fields_in_history = {name for name in _recorded_fields(process) if _is_meaningful(name)}
        self._previous_fields: Mapping[str, Any] = {}
        self._type_name = ""
        self._save_count = 0
        self._next_revision = 1
        self._category = StatusCategory.UNKNOWN
        self.result = AzureHistory()

    def add_revision(self, revision: Revision) -> None:
        """Add the next revision from the revision feed. If one is missing before it, the history is incomplete."""
        fields: Mapping[str, Any] = revision.fields if isinstance(revision.fields, dict) else {}
        previous_fields = self._previous_fields
        self._previous_fields = fields
        if revision.rev != self._next_revision:
            self.result.is_complete = False
        self._next_revision += 1
        at = parse_date(fields.get(CHANGED))
        if at is None:
            return
        changes = {
            name: (_to_text(previous_fields.get(name)), _to_text(value))
            for name, value in fields.items()
            if previous_fields.get(name) != value
        }
        for name, value in previous_fields.items():
            if value is not None and name not in fields:
                changes[name] = (_to_text(value), "")
        changed_by = parse_identity(fields.get(CHANGED_BY))
        self.add_save(
            Save(at, self._people.author(changed_by), changes, may_change_content=True, names=account_names(changed_by))
        )

    def add_save(self, save: Save) -> None:
        """Add the next save. The first one creates the item, so its values are not changes."""
        self._type_name = save.changes.get(TYPE, ("", ""))[1] or self._type_name
        type_info = self._process.types.get(self._type_name)
        by_person = save.author is Author.PERSON
        if self._save_count:
            size_field = type_info.size_field if type_info is not None else ""
            changes = [change for change in save.changes.items() if change[0] in self._fields_in_history]
            self.result.field_changes += [
                FieldChange(
                    save.at,
                    "points" if name == size_field else self._names_of_changes.get(name, name),
                    before[:_MAX_VALUE_CHARACTERS],
                    after[:_MAX_VALUE_CHARACTERS],
                    by_person,
                )
                for name, (before, after) in sorted(changes)
            ]
        self._record_editor(save)
        self._save_count += 1
        if save.author is Author.THIS_SERVICE:
            self.result.has_own_saves = True
        if state := save.changes.get(STATE, ("", ""))[1]:
            self._enter_state(save.at, state_category(state, type_info, self._process))
        if by_person and self._process.rank_field in save.changes:
            self.result.ranked_by_person = save.at
        if by_person and _changes_content(save, self._process):
            self.result.changed_by_person = save.at

    def _enter_state(self, at: datetime, category: StatusCategory) -> None:
        """Record that the item entered a state. If its category is unknown, and work had not begun before, the start of
        work stays unknown.
        """
        if self.result.started is None and not self.result.is_start_unknown:
            self.result.started = at if category is StatusCategory.IN_PROGRESS else None
            self.result.is_start_unknown = category is StatusCategory.UNKNOWN
        if category is StatusCategory.DONE and self._category is not StatusCategory.DONE:
            self.result.done = at
        self._category = category

    def _record_editor(self, save: Save) -> None:
        """Record who changed fields, removed tags or deleted comments, and who added tags that are commands to this
        service (with the prefix `LABEL_COMMAND_PREFIX`).
        """
        editors = self.result.last_editors
        if TAGS in save.changes:
            before, after = (set(split_tags(value)) for value in save.changes[TAGS])
            added = {tag for tag in after - before if tag.casefold().startswith(LABEL_COMMAND_PREFIX)}
            change = LabelChange(save.at, save.author, save.names, at_creation=not self._save_count)
            self.result.label_changes |= dict.fromkeys(added, change)
            if self._save_count:
                editors.removed_labels.update(dict.fromkeys(before - after, save.author))
        if self._save_count:
            editors.fields.update(dict.fromkeys(save.changes, save.author))
        comment_counts = save.changes.get(COMMENTS, ("", ""))
        comments_before, comments_after = [int(count) if count.isdecimal() else 0 for count in comment_counts]
        if comments_after < comments_before:
            deleted_comments = (*editors.deleted_comments, (save.at, save.author))
            self.result.last_editors = msgspec.structs.replace(editors, deleted_comments=deleted_comments)


def state_category(state: str, type_info: TypeInfo | None, process: Process) -> StatusCategory:
    """The category of a state in the item's type or, if the type is unknown, in all types that have the state."""
    candidates = [type_info] if type_info is not None else list(process.types.values())
    categories = {type_info.states[state] for type_info in candidates if state in type_info.states}
    return categories.pop() if len(categories) == 1 else StatusCategory.UNKNOWN


@lru_cache(1000)
def _is_meaningful(name: str) -> bool:
    """Whether a field is one that a person changes, and not a consequence of other changes.

    The result is cached, because the names of a few fields occur in thousands of changes.
    """
    return name not in _FIELDS_SET_BY_SERVER and not name.startswith(_DERIVED_FIELD_PREFIXES)


def _changes_content(save: Save, process: Process) -> bool:
    """Whether a save changed the content of an item, and not only tags, the rank, comments or links."""
    if not save.may_change_content:
        return False
    content_fields = set(filter(_is_meaningful, save.changes))
    if not content_fields:
        # A long text was changed, unless a comment was added.
        return COMMENTS not in save.changes
    return bool(content_fields - {TAGS, process.rank_field})


def _to_text(value: object) -> str:
    """Convert the value of a field to text. The text of an identity is its display name."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        value = value.get("displayName", "")
    return "" if value is None else str(value)
