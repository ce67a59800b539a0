"""Who did what, when: an item's saves in the common vocabulary.

Two sources tell the same story. A single item has its list of updates; for many items at once the revision feed is
read, and every revision compared with the one before it. Long texts are left out of that feed, so that a save by which
no short field changed counts as a change of text.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from connectors.azure_devops.payloads import Identity, Revision, Update
from connectors.azure_devops.process import Process, TypeInfo
from connectors.tracker import LABEL_COMMAND, Author, LabelChange
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
"""How fields begin that only repeat what others say."""
_SERVICES = ("svc.", "s2s.", "aadsp.", "imp.")
"""How descriptors of identities begin behind which no person is."""
_LONGEST_VALUE = 200
_SHORT = (STATE, TAGS, ITERATION, PRIORITY, COMMENTS, TYPE, "System.Title", "System.AreaPath", "System.AssignedTo")


class AzurePeople(Struct, frozen=True):
    """Tells people from programs."""

    account: str
    bots: frozenset[str] = frozenset()

    def author(self, identity: Identity | None) -> Author:
        """Who is behind an identity. Nobody named means the tracker itself."""
        if identity is None or not (identity.id or identity.unique_name):
            return Author.SERVICE
        if self.account and self.account in (identity.id, identity.unique_name):
            return Author.US
        if identity.descriptor.startswith(_SERVICES) or self.bots & {identity.id, identity.unique_name}:
            return Author.SERVICE
        return Author.PERSON


class Save(Struct, frozen=True):
    """One save: what changed in it, whether that is content, and what its author can be called by."""

    at: datetime
    author: Author
    changes: Mapping[str, tuple[str, str]]
    content: bool
    names: frozenset[str] = frozenset()


class AzurePast(Struct, frozen=True):
    """An item's history from its saves. `label_changes` as in `FetchedItem`; `ours` if any save was ours."""

    transitions: tuple[FieldChange, ...] = ()
    started: datetime | None = None
    changed_by_person: datetime | None = None
    ranked_by_person: datetime | None = None
    label_changes: Mapping[str, LabelChange] = {}
    ours: bool = False


def moment(value: object) -> datetime | None:
    """A date as Azure DevOps writes it; the year 9999 stands for "still so" and is no date."""
    if not isinstance(value, str) or value.startswith("9999-"):
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        return None
    return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def identity(value: object) -> Identity | None:
    """An identity of a field: an object, or on old servers a text such as "Name <mail>"."""
    if isinstance(value, Mapping):
        names = ("id", "uniqueName", "displayName", "descriptor")
        return Identity(*(str(value.get(name) or "") for name in names))
    if isinstance(value, str) and value:
        name, _, mail = value.rstrip(">").partition("<")
        return Identity(unique_name=mail.strip() or name.strip(), display_name=name.strip())
    return None


def names(who: Identity | None) -> frozenset[str]:
    """All that somebody can be called by."""
    known = (who.id, who.unique_name, who.display_name) if who is not None else ()
    return frozenset(one for one in known if one)


def _spoken(tags: str) -> set[str]:
    """Those of some tags that speak to the service."""
    every = (tag.strip() for tag in tags.split(";"))
    return {tag for tag in every if tag.casefold().startswith(LABEL_COMMAND)}


def fields_to_follow(process: Process) -> list[str]:
    """The short fields by which the revision feed tells what changed."""
    sizes = {one.effort for one in process.types.values()}
    return [CHANGED, CHANGED_BY, *_SHORT, process.order, *sorted(sizes)]


def saves_of_updates(updates: Iterable[Update], people: AzurePeople) -> Iterator[Save]:
    """Saves of one item from its updates, in the order of their dates."""
    last: datetime | None = None
    for update in sorted(updates, key=lambda one: one.id):
        fields = update.fields or {}
        changed = fields.get(CHANGED)
        at = moment(changed.new_value if changed else None) or moment(update.revised_date) or last
        if at is None:
            continue
        last = at
        changes = {name: (_shown(one.old_value), _shown(one.new_value)) for name, one in fields.items()}
        # A save of links alone has no fields: somebody planned, nobody wrote.
        yield Save(at, people.author(update.revised_by), changes, bool(fields), names(update.revised_by))


class Life:
    """Follows one item from save to save and keeps only what is told of it in the end."""

    def __init__(self, process: Process, people: AzurePeople) -> None:
        self._process = process
        self._people = people
        self._names = {STATE: "status", ITERATION: "sprint", PRIORITY: "priority", process.order: "rank", TAGS: "tags"}
        # Only what both sources tell: an item has the same story however it was read.
        self._told = {name for name in fields_to_follow(process) if _is_followed(name)}
        self._before: Mapping[str, Any] = {}
        self._kind = ""
        self._saves = 0
        self._next = 1
        self._gaps = False
        self._transitions: list[FieldChange] = []
        self._started: datetime | None = None
        self._changed: datetime | None = None
        self._ranked: datetime | None = None
        self._label_changes: dict[str, LabelChange] = {}
        self._ours = False

    def revise(self, revision: Revision) -> None:
        """The next revision, in the order of the feed."""
        now, before = revision.fields, self._before
        self._before = now
        self._gaps = self._gaps or revision.rev != self._next
        self._next = revision.rev + 1
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
        """The next save."""
        self._kind = save.changes.get(TYPE, ("", ""))[1] or self._kind
        info = self._process.types.get(self._kind)
        by_person = save.author is Author.PERSON
        if self._saves:
            self._transitions += [
                FieldChange(save.at, self._name(name, info), before, after, by_person)
                for name, (before, after) in sorted(save.changes.items())
                if name in self._told
            ]
        self._saves += 1
        self._ours = self._ours or save.author is Author.US
        before, after = (_spoken(tags) for tags in save.changes.get(TAGS, ("", "")))
        self._label_changes |= {tag: LabelChange(save.at, save.author, save.names) for tag in after - before}
        state = save.changes.get(STATE, ("", ""))[1]
        if self._started is None and state and _begins(state, info, self._process):
            self._started = save.at
        if by_person and self._process.order in save.changes:
            self._ranked = save.at
        if by_person and _is_content(save, self._process):
            self._changed = save.at

    @property
    def is_whole(self) -> bool:
        """Whether it was followed from its first revision on; what an item lived through elsewhere is left out."""
        return not self._gaps

    @property
    def past(self) -> AzurePast:
        """What there is to tell so far."""
        return AzurePast(
            tuple(self._transitions), self._started, self._changed, self._ranked, self._label_changes, self._ours
        )

    def _name(self, name: str, info: TypeInfo | None) -> str:
        return "points" if info is not None and name == info.effort else self._names.get(name, name)


def _begins(state: str, info: TypeInfo | None, process: Process) -> bool:
    """Whether a state means that work goes on; for a type that is not told, what it means on any type."""
    known = [info] if info is not None else list(process.types.values())
    return any(one.states.get(state) is StatusCategory.IN_PROGRESS for one in known)


def _is_followed(name: str) -> bool:
    return name not in _BOOKKEEPING and not name.startswith(_DERIVED)


def _is_content(save: Save, process: Process) -> bool:
    """Whether a person changed what the item says: never a tag, a drag in the backlog, or a comment alone."""
    if not save.content:
        return False
    told = {name for name in save.changes if _is_followed(name)}
    if not told:
        return COMMENTS not in save.changes
    return bool(told - {TAGS, process.order})


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        value = value.get("displayName", "")
    return "" if value is None else str(value)[:_LONGEST_VALUE]
