"""Maps Azure DevOps' items and comments to the common vocabulary."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote

import msgspec
from msgspec import Struct

from connectors.azure_devops.history import AzurePast, AzurePeople, identity, moment, names
from connectors.azure_devops.payloads import AzureComment, Item, Relation
from connectors.azure_devops.process import Process, TypeInfo
from connectors.markup import commands, html, markdown, plain
from connectors.tracker import Author, Comment, CommentTag, FetchedItem, FieldValue
from rules.model import HierarchyLevel, ItemKind, Link, RichText, Sprint, SprintState, StatusCategory, WorkItem

SIGNATURE = "Backlog Steward"
"""The start of our comments; the tracker's sanitiser removes hidden tags."""

_DEFAULT_PRIORITY = 2
"""The priority of new items, which nobody chose."""
_DESCRIPTION = "System.Description"
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
        label: The tag that we write, in the letter case of the configuration.
    """

    tracker: str
    address: str
    project: str
    process: Process
    people: AzurePeople
    installation: str
    label: str = ""


def fetched(item: Item, past: AzurePast, comments: Sequence[AzureComment], site: AzureSiteInfo) -> FetchedItem:
    """An item with its history and discussion, in the common vocabulary."""
    mapped_comments = tuple(comment(raw, site) for raw in comments)
    discussed = _latest([entry.created for entry in mapped_comments if entry.author.is_human])
    created = moment(item.fields.get("System.CreatedDate"))
    by_person = site.people.author(identity(item.fields.get("System.CreatedBy"))) is Author.PERSON
    mapped = _work_item(item, site)
    ranked = past.ranked_by_person or (mapped.created if mapped.rank is not None else None)
    return FetchedItem(
        item=msgspec.structs.replace(
            mapped,
            started=mapped.started or past.started,
            changed_by_person=_latest([past.changed_by_person, discussed, created if by_person else None]),
            discussed=discussed,
            # An item has no rank until somebody ranks it.
            ranked_by_person=ranked,
        ),
        transitions=past.transitions,
        comments=mapped_comments,
        label_changes={tag: change for tag, change in past.label_changes.items() if tag in mapped.labels},
        last_editors=past.last_editors,
    )


def _work_item(item: Item, site: AzureSiteInfo) -> WorkItem:
    fields, process = item.fields, site.process
    kind = str(fields.get("System.WorkItemType", ""))
    info = process.types.get(kind)
    formats = item.multiline_fields_format or {}
    state = str(fields.get("System.State", ""))
    category = info.states.get(state, StatusCategory.UNKNOWN) if info else StatusCategory.UNKNOWN
    priority = fields.get("Microsoft.VSTS.Common.Priority")
    changed = moment(fields.get("System.ChangedDate"))
    closed = moment(fields.get("Microsoft.VSTS.Common.ClosedDate"))
    since = moment(fields.get("Microsoft.VSTS.Common.StateChangeDate"))
    finished = category in (StatusCategory.DONE, StatusCategory.REMOVED)
    parent = fields.get("System.Parent")
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
        title=" ".join(str(fields.get("System.Title", "")).split()),
        text=(*_text(fields, formats, _DESCRIPTION), *_text(fields, formats, _STEPS)),
        criteria=_criteria(fields, formats, info),
        status=state,
        category=category,
        priority=None if priority is None else str(priority),
        priority_is_default=priority in (None, _DEFAULT_PRIORITY),
        points=number(fields.get(info.effort)) if info else None,
        value=_own(fields, process.value),
        urgency=_own(fields, process.urgency),
        risk=_own(fields, process.risk),
        effort=_own(fields, process.effort),
        created=moment(fields.get("System.CreatedDate")),
        updated=changed,
        started=moment(fields.get("Microsoft.VSTS.Common.ActivatedDate")),
        resolved=(closed or since or changed) if finished else None,
        rank=_rank(fields.get(process.order)),
        sprints=_sprints(fields.get("System.IterationPath"), site),
        labels=tags(fields.get("System.Tags"), site),
        area=str(fields["System.AreaPath"]) if "System.AreaPath" in fields else None,
        parent=None if parent is None else str(int(parent)),
        links=tuple(link for relation in item.relations or () if (link := _link(relation)) is not None),
        assigned="System.AssignedTo" in fields,
        fields={write.reference: field_value(fields.get(write.reference)) for write in process.writes.values()},
        version=str(item.rev),
    )


def project_of(item: Item) -> str:
    """The project that the item is in now."""
    return str(item.fields.get("System.TeamProject", ""))


def tags(value: object, site: AzureSiteInfo) -> tuple[str, ...]:
    """The tags in a field; our own tag in our letter case."""
    names = (tag for part in str(value or "").split(";") if (tag := part.strip()))
    return tuple(site.label if tag.casefold() == site.label.casefold() else tag for tag in names)


def number(value: object) -> float | None:
    """A number; None for anything else."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def field_value(value: Any) -> FieldValue:
    """The value of a writable field."""
    if value is None or isinstance(value, bool):
        return None
    return float(value) if isinstance(value, int | float) else str(value)


def comment(raw: AzureComment, site: AzureSiteInfo) -> Comment:
    """A comment in the common vocabulary. Ours are recognised by their author and their first words."""
    text = plain(read(raw.text, raw.format))
    author = site.people.author(raw.created_by)
    ours = author is Author.US and text.startswith(SIGNATURE)
    created = raw.created_date or raw.modified_date or _LONG_AGO
    return Comment(
        id=str(raw.number),
        author=author,
        created=created.astimezone(UTC),
        updated=(raw.modified_date or created).astimezone(UTC),
        edited_by=site.people.author(raw.modified_by) if raw.modified_by else None,
        names=names(raw.modified_by or raw.created_by),
        text=text,
        commands=commands(read(raw.text, raw.format, mark_code=True)),
        tag=CommentTag(site.installation, "", content_key(text)) if ours else None,
    )


def content_key(words: str) -> str:
    """The words of a comment with white space normalised, by which our comments are recognised."""
    return " ".join(words.split())


def read(text: str, kind: str, *, mark_code: bool = False) -> RichText:
    """Rendered blocks of a long text in its format."""
    reader = markdown.read if kind.casefold() == "markdown" else html.read
    return reader(text, mark_code=mark_code)


def _text(fields: Mapping[str, Any], formats: Mapping[str, str], name: str) -> RichText:
    return read(str(fields.get(name) or ""), formats.get(name, "html"))


def _criteria(fields: Mapping[str, Any], formats: Mapping[str, str], info: TypeInfo | None) -> RichText | None:
    if info is None or info.criteria is None:
        return None
    return tuple(block for name in info.criteria for block in _text(fields, formats, name))


def _own(fields: Mapping[str, Any], reference: str | None) -> float | None:
    return number(fields.get(reference)) if reference else None


def _rank(value: object) -> str | None:
    return None if number(value) is None else str(value)


def _sprints(path: object, site: AzureSiteInfo) -> tuple[Sprint, ...]:
    sprint = next((iteration for iteration in site.process.iterations if iteration.path == path), None)
    if sprint is None:
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
