"""Maps Azure DevOps' items and comments to the common vocabulary."""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote

import msgspec
from msgspec import Struct

from connectors.azure_devops.history import AzurePast, AzurePeople, identity, moment, names
from connectors.azure_devops.payloads import AzureComment, Item, Relation
from connectors.azure_devops.process import Process
from connectors.markup import find_commands, html, markdown, plain_text
from connectors.resolutions import AbandonedNames
from connectors.tracker import SERVICE_NAME, Author, Comment, CommentTag, FetchedItem, FieldValue
from rules.model import HierarchyLevel, ItemKind, Link, RichText, Sprint, SprintState, StatusCategory, WorkItem

_DEFAULT_PRIORITY = 2
"""The priority of new items, which nobody chose."""
_DESCRIPTION = "System.Description"
_CLOSED = "Microsoft.VSTS.Common.ClosedDate"
_REASONS = ("System.Reason", "Microsoft.VSTS.Common.ResolvedReason")
_PLAIN_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")
_DECIDED_TOGETHER = {"type": {"type", "kind", "level"}, "status": {"status", "category"}}
"""Attributes that are unknown if the one is."""
_STEPS = "Microsoft.VSTS.TCM.ReproSteps"
_WORDS = {
    "System.LinkTypes.Dependency-Forward": "blocks",
    "System.LinkTypes.Dependency-Reverse": "is blocked by",
    "System.LinkTypes.Duplicate-Forward": "is duplicated by",
    "System.LinkTypes.Duplicate-Reverse": "duplicates",
    "System.LinkTypes.Related": "relates to",
    "Hyperlink": "links to",
}
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
"""The date of comments without a date."""
_FRAMES = {"past": SprintState.CLOSED, "current": SprintState.ACTIVE, "future": SprintState.FUTURE}


class AzureSiteInfo(Struct, frozen=True):
    """What the mapping needs to know about an organisation.

    Attributes:
        tracker: Name of the tracker in the configuration.
        address: The organisation or collection, for links.
        abandoned: Recognises states and reasons of items that were closed without being done.
        labels: The tags that we write in our letter case, by the same in lower case.
        only: Names of the only projects that are read and written, in lower case; empty for all.
    """

    tracker: str
    address: str
    project: str
    process: Process
    people: AzurePeople
    installation: str
    abandoned: AbandonedNames = AbandonedNames()
    labels: Mapping[str, str] = {}
    only: frozenset[str] = frozenset()

    def leaves_out(self, project: str) -> bool:
        """Whether a project must not be read or written."""
        return bool(self.only) and project.casefold() not in self.only


def map_item(
    item: Item, past: AzurePast, comments: Sequence[AzureComment], site: AzureSiteInfo, *, links_lost: bool = False
) -> FetchedItem:
    """An item with its history and discussion, in the common vocabulary.

    Args:
        item: The item.
        past: Its history.
        comments: Its comments.
        site: What was discovered about the organisation.
        links_lost: Whether some of its links could not be read.
    """
    mapped_comments = tuple(map_comment(raw, site) for raw in comments)
    discussed = _latest([entry.created for entry in mapped_comments if entry.author.is_human])
    created = moment(item.fields.get("System.CreatedDate"))
    by_person = site.people.author(identity(item.fields.get("System.CreatedBy"))) is Author.PERSON
    unknown = {"links"} if links_lost else set()
    unknown |= set() if past.complete else {"started", "ranked_by_person"}
    mapped = _work_item(item, site, past, unknown)
    ranked = past.ranked_by_person or (mapped.created if mapped.rank is not None else None)
    return FetchedItem(
        item=msgspec.structs.replace(
            mapped,
            changed_by_person=_latest([past.changed_by_person, discussed, created if by_person else None]),
            discussed=discussed,
            # An item has no rank until somebody ranks it.
            ranked_by_person=ranked,
            unknown=tuple(sorted(unknown)),
        ),
        transitions=past.transitions,
        comments=mapped_comments,
        label_changes={tag: change for tag, change in past.label_changes.items() if tag in mapped.labels},
        last_editors=past.last_editors,
    )


def _work_item(item: Item, site: AzureSiteInfo, past: AzurePast, unknown: set[str]) -> WorkItem:
    """The item; names of attributes whose values cannot be read are added to `unknown`."""
    fields, process = _Fields(item.fields, unknown), site.process
    kind = fields.text("System.WorkItemType", "type")
    info = process.types.get(kind)
    formats = item.multiline_fields_format if isinstance(item.multiline_fields_format, dict) else {}
    state = fields.text("System.State", "status")
    category = _category(item, site)
    # A state that the type does not have may mean anything.
    unknown |= {"category"} if category is StatusCategory.UNKNOWN and info is not None else set()
    priority = item.fields.get("Microsoft.VSTS.Common.Priority")
    changed = fields.moment("System.ChangedDate", "updated")
    parent = fields.number("System.Parent", "parent")
    project = project_of(item) or site.project
    return WorkItem(
        tracker=site.tracker,
        id=str(item.id),
        key=str(item.id),
        url=f"{site.address}/{quote(project)}/_workitems/edit/{item.id}",
        project=project,
        type=kind,
        kind=info.kind if info else ItemKind.OTHER,
        level=info.level if info else HierarchyLevel.REQUIREMENT,
        title=" ".join(fields.text("System.Title", "title").split()),
        text=(*fields.rich_text(_DESCRIPTION, formats, "text"), *fields.rich_text(_STEPS, formats, "text")),
        criteria=None
        if info is None or info.criteria is None
        else tuple(block for name in info.criteria for block in fields.rich_text(name, formats, "criteria")),
        status=state,
        category=category,
        priority=None if priority is None else str(priority),
        priority_is_default=priority in (None, _DEFAULT_PRIORITY),
        points=fields.number(info.effort, "points") if info else None,
        value=fields.number(process.value, "value"),
        urgency=fields.number(process.urgency, "urgency"),
        risk=fields.number(process.risk, "risk"),
        effort=fields.number(process.effort, "effort"),
        created=fields.moment("System.CreatedDate", "created"),
        updated=changed,
        started=_started(fields, past, unknown),
        resolved=_resolved(fields, past) or changed if category is StatusCategory.DONE else None,
        rank=_rank(fields.number(process.order, "rank"), item.fields.get(process.order)),
        sprints=_sprints(item.fields.get("System.IterationPath"), site, unknown),
        labels=tags(fields.text("System.Tags", "labels"), site),
        area=str(item.fields["System.AreaPath"]) if "System.AreaPath" in item.fields else None,
        parent=None if parent is None else str(int(parent)),
        links=tuple(link for relation in item.relations or () if (link := _link(relation)) is not None),
        assigned="System.AssignedTo" in item.fields,
        fields={write.reference: field_value(item.fields.get(write.reference)) for write in process.all_written_fields},
        version=str(item.rev),
    )


class _Fields:
    """Reads values of the fields of an item, and notes the attributes whose values have an unexpected format."""

    def __init__(self, fields: Mapping[str, Any], unknown: set[str]) -> None:
        self._fields = fields
        self._unknown = unknown

    def text(self, name: str, attribute: str) -> str:
        value = self._fields.get(name)
        # Every item has a type and a state; other fields are absent if they are empty.
        absent = value is None and attribute in _DECIDED_TOGETHER
        if absent or (value is not None and not isinstance(value, str)):
            self._unknown |= _DECIDED_TOGETHER.get(attribute, {attribute})
        return value if isinstance(value, str) else ""

    def rich_text(self, name: str, formats: Mapping[str, Any], attribute: str) -> RichText:
        return read(self.text(name, attribute), str(formats.get(name, "html")))

    def number(self, name: str | None, attribute: str) -> float | None:
        value = self._fields.get(name) if name else None
        if isinstance(value, str) and _PLAIN_NUMBER.fullmatch(value.strip()):
            return float(value.replace(",", "."))
        if value not in (None, "") and number(value) is None:
            self._unknown.add(attribute)
        return number(value)

    def moment(self, name: str, attribute: str) -> datetime | None:
        value = self._fields.get(name)
        if value is not None and moment(value) is None:
            self._unknown.add(attribute)
        return moment(value)


def is_finished(item: Item, site: AzureSiteInfo) -> bool:
    """Whether an item is done or removed."""
    return _category(item, site) in (StatusCategory.DONE, StatusCategory.REMOVED)


def _category(item: Item, site: AzureSiteInfo) -> StatusCategory:
    """How far an item is. One that was closed without being done, such as a duplicate, counts as removed."""
    state = str(item.fields.get("System.State") or "")
    info = site.process.types.get(str(item.fields.get("System.WorkItemType") or ""))
    category = info.states.get(state, StatusCategory.UNKNOWN) if info else StatusCategory.UNKNOWN
    if category is StatusCategory.UNKNOWN and moment(item.fields.get(_CLOSED)) is not None:
        category = StatusCategory.DONE
    reasons = [item.fields.get(name) for name in _REASONS]
    abandoned = site.abandoned.contains_any([state, *(reason for reason in reasons if isinstance(reason, str))])
    return StatusCategory.REMOVED if category is StatusCategory.DONE and abandoned else category


def _started(fields: _Fields, past: AzurePast, unknown: Collection[str]) -> datetime | None:
    """When work first began. The tracker's own date is that of the last time."""
    if past.start_unknown or "started" in unknown:
        return None
    return past.started or fields.moment("Microsoft.VSTS.Common.ActivatedDate", "started")


def _resolved(fields: _Fields, past: AzurePast) -> datetime | None:
    return (
        fields.moment(_CLOSED, "resolved")
        or past.done
        or fields.moment("Microsoft.VSTS.Common.StateChangeDate", "resolved")
    )


def project_of(item: Item) -> str:
    """The project that the item is in now."""
    return str(item.fields.get("System.TeamProject", ""))


def tags(value: object, site: AzureSiteInfo) -> tuple[str, ...]:
    """The tags in a field; our own tags in our letter case."""
    names = (tag for part in str(value or "").split(";") if (tag := part.strip()))
    return tuple(site.labels.get(tag.casefold(), tag) for tag in names)


def number(value: object) -> float | None:
    """A number; None for anything else."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def field_value(value: Any) -> FieldValue:
    """The value of a writable field."""
    if value is None or isinstance(value, bool):
        return None
    return float(value) if isinstance(value, int | float) else str(value)


def map_comment(raw: AzureComment, site: AzureSiteInfo) -> Comment:
    """A comment in the common vocabulary. Ours are recognised by their author and their first words."""
    text = plain_text(read(raw.text, raw.format))
    author = site.people.comment_author(raw)
    ours = author is Author.US and text.startswith(SERVICE_NAME)  # the tracker's sanitiser removes hidden tags
    created = raw.created_date or raw.modified_date or _LONG_AGO
    return Comment(
        id=str(raw.number),
        author=author,
        created=created.astimezone(UTC),
        updated=(raw.modified_date or created).astimezone(UTC),
        edited_by=site.people.comment_editor(raw),
        names=names(raw.modified_by or raw.created_by),
        text=text,
        commands=find_commands(read(raw.text, raw.format, mark_code=True)),
        tag=CommentTag(site.installation, "", content_key(text)) if ours else None,
    )


def content_key(words: str) -> str:
    """The words of a comment with white space normalised, by which our comments are recognised."""
    return " ".join(words.split())


def read(text: str, kind: str, *, mark_code: bool = False) -> RichText:
    """Rendered blocks of a long text in its format."""
    reader = markdown.parse if kind.casefold() == "markdown" else html.parse
    return reader(text, mark_code=mark_code)


def _rank(order: float | None, value: object) -> str | None:
    return None if order is None else str(value)


def _sprints(path: object, site: AzureSiteInfo, unknown: set[str]) -> tuple[Sprint, ...]:
    iterations = site.process.iterations
    sprint = next((iteration for iteration in iterations or () if iteration.path == path), None)
    if sprint is None:
        # Without the list of sprints, an iteration may be one of them.
        unknown |= {"sprints"} if path is not None and (iterations is None or not isinstance(path, str)) else set()
        return ()
    # A sprint without dates is in the future, even if the server calls it current.
    dated = sprint.start is not None and sprint.finish is not None
    state = _FRAMES.get(sprint.frame.casefold(), SprintState.FUTURE) if dated else SprintState.FUTURE
    return (Sprint(sprint.id, sprint.name, state, _utc(sprint.start), _utc(sprint.finish)),)


def _link(relation: Relation) -> Link | None:
    words = _WORDS.get(relation.rel)
    if words is None:
        return None
    target = relation.url if relation.rel == "Hyperlink" else unquote(relation.url.rsplit("/", 1)[-1])
    return Link(words, target)


def _utc(value: datetime | None) -> datetime | None:
    if value is None:
        return None
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def _latest(moments: Sequence[datetime | None]) -> datetime | None:
    return max((moment for moment in moments if moment is not None), default=None)
