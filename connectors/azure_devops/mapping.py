"""From an answer of Azure DevOps to a work item with its history and discussion."""

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
"""How our comments begin; hidden marks do not survive the tracker's sanitiser."""

_DEFAULT_PRIORITY = 2
"""What every new item gets; it says nothing."""
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
"""When a comment was written whose date nobody tells."""
_FRAMES = {"past": SprintState.CLOSED, "current": SprintState.ACTIVE, "future": SprintState.FUTURE}


class AzureSiteInfo(Struct, frozen=True):
    """What mapping needs to know about an organisation.

    Attributes:
        tracker: Name of the tracker in the configuration.
        address: Organisation or collection, as people open it.
        label: The tag that is ours, in our letter case.
    """

    tracker: str
    address: str
    project: str
    process: Process
    people: AzurePeople
    installation: str
    label: str = ""


def fetched(item: Item, life: AzurePast, comments: Sequence[AzureComment], site: AzureSiteInfo) -> FetchedItem:
    """An item with its history and discussion, in the common vocabulary."""
    said = tuple(comment(one, site) for one in comments)
    others = [one.created for one in said if one.author is not Author.US]
    people = [one.created for one in said if one.author is Author.PERSON]
    created = moment(item.fields.get("System.CreatedDate"))
    by_person = site.people.author(identity(item.fields.get("System.CreatedBy"))) is Author.PERSON
    mapped = _work_item(item, site)
    ranked = life.ranked_by_person or (mapped.created if mapped.rank is not None else None)
    return FetchedItem(
        item=msgspec.structs.replace(
            mapped,
            started=mapped.started or life.started,
            changed_by_person=_latest([life.changed_by_person, *people, created if by_person else None]),
            discussed=_latest(others),
            # Nothing has a place here until somebody gives it one.
            ranked_by_person=ranked,
        ),
        transitions=life.transitions,
        comments=said,
        label_changes={tag: change for tag, change in life.label_changes.items() if tag in mapped.labels},
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
    """Where the item is, which may be elsewhere than it was."""
    return str(item.fields.get("System.TeamProject", ""))


def tags(value: object, site: AzureSiteInfo) -> tuple[str, ...]:
    """Tags, which the tracker keeps as one text; ours is written as we write it."""
    found = (tag for part in str(value or "").split(";") if (tag := part.strip()))
    return tuple(site.label if tag.casefold() == site.label.casefold() else tag for tag in found)


def number(value: object) -> float | None:
    """A number, or None for what is none."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def field_value(value: Any) -> FieldValue:
    """What a writable field holds."""
    if value is None or isinstance(value, bool):
        return None
    return float(value) if isinstance(value, int | float) else str(value)


def comment(one: AzureComment, site: AzureSiteInfo) -> Comment:
    """A comment in the common vocabulary; one of ours is known by its author and by how it begins."""
    blocks = read(one.text, one.format)
    said = plain(blocks)
    author = site.people.author(one.created_by)
    ours = author is Author.US and said.startswith(SIGNATURE)
    created = one.created_date or one.modified_date or _LONG_AGO
    return Comment(
        id=str(one.number),
        author=author,
        created=created.astimezone(UTC),
        updated=(one.modified_date or created).astimezone(UTC),
        edited_by=site.people.author(one.modified_by) if one.modified_by else None,
        names=names(one.modified_by or one.created_by),
        text=said,
        commands=commands(blocks),
        tag=CommentTag(site.installation, "", content_key(said)) if ours else None,
    )


def content_key(words: str) -> str:
    """What a comment of ours is known by: its words, with white space evened out."""
    return " ".join(words.split())


def read(text: str, kind: str) -> RichText:
    """Rendered blocks of a long text in the format it is kept in."""
    return markdown.read(text) if kind.casefold() == "markdown" else html.read(text)


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
    found = next((one for one in site.process.iterations if one.path == path), None)
    if found is None:
        return ()
    # Without dates a sprint is still to come, even where the server calls it the current one.
    dated = found.start is not None and found.finish is not None
    state = _FRAMES.get(found.frame.casefold(), SprintState.FUTURE) if dated else SprintState.FUTURE
    return (Sprint(found.id, found.name, state, _utc(found.start), _utc(found.finish)),)


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
    return max((one for one in moments if one is not None), default=None)
