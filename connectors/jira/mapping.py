"""Maps decoded issues and comments to the common vocabulary."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from connectors.jira import rich_text, sprints
from connectors.jira.comment_tag import PROPERTY
from connectors.jira.fields import FieldMap
from connectors.jira.history import JiraPeople, label_changes, last_editors, latest, past, utc
from connectors.jira.issue import Fields, Issue, LinkValue, SprintValue, TypeValue
from connectors.jira.payloads import History, JiraComment
from connectors.markup.adf import Node
from connectors.tracker import LABEL_COMMAND, Comment, CommentTag, FetchedItem, FieldValue, LabelChange
from rules.model import HierarchyLevel, ItemKind, Link, RichText, Sprint, SprintState, StatusCategory, WorkItem

_CATEGORIES = {"new": StatusCategory.TO_DO, "indeterminate": StatusCategory.IN_PROGRESS, "done": StatusCategory.DONE}
_STATES = {state.value: state for state in SprintState}
_KINDS = {
    "story": ItemKind.STORY,
    "user story": ItemKind.STORY,
    "requirement": ItemKind.STORY,
    "anforderung": ItemKind.STORY,
    "bug": ItemKind.BUG,
    "defect": ItemKind.BUG,
    "fehler": ItemKind.BUG,
    "task": ItemKind.TASK,
    "aufgabe": ItemKind.TASK,
    "feature": ItemKind.FEATURE,
    "epic": ItemKind.EPIC,
    "initiative": ItemKind.INITIATIVE,
}


class JiraSiteInfo(Struct, frozen=True):
    """What the mapping needs to know about a site.

    Attributes:
        tracker: Name of the tracker in the configuration.
        address: The site's address, for links.
        fields: The purposes of the site's fields.
        people: Tells people and programs apart.
        categories: Category key by status id.
        default_priority: Name of the priority of new issues; None if unknown.
        points_by_project: The field in which a project's board estimates, by project key.
        internal_comments: Whether our comments in service-desk projects are internal, hidden from customers.
    """

    tracker: str
    address: str
    fields: FieldMap
    people: JiraPeople
    categories: Mapping[str, str]
    default_priority: str | None = None
    points_by_project: Mapping[str, str] = {}
    internal_comments: bool = False


def fetched(issue: Issue, site: JiraSiteInfo) -> FetchedItem:
    """An issue whose changelog and comments are complete, in the common vocabulary."""
    comments = tuple(
        comment(raw, site.people) for raw in (issue.fields.comment.comments if issue.fields.comment else ())
    )
    histories = issue.changelog.histories if issue.changelog else []
    changelog = past(histories, site.fields, site.people, site.categories)
    created = utc(issue.fields.created) if issue.fields.created else None
    by_person = site.people.author(issue.fields.creator).is_human
    discussed = latest([entry.created for entry in comments if entry.author.is_human])
    return FetchedItem(
        item=msgspec.structs.replace(
            _work_item(issue, site),
            started=changelog.started,
            discussed=discussed,
            changed_by_person=latest([changelog.changed_by_person, discussed, created if by_person else None]),
            ranked_by_person=changelog.ranked_by_person,
        ),
        transitions=changelog.transitions,
        comments=comments,
        label_changes=_label_changes(issue, histories, site.people),
        last_editors=last_editors(histories, site.fields, site.people),
    )


def _label_changes(issue: Issue, histories: Sequence[History], people: JiraPeople) -> dict[str, LabelChange]:
    """Who added the labels that are addressed to the service. A label that the changelog lacks dates from creation."""
    labels, creator, created = issue.fields.labels or (), issue.fields.creator, issue.fields.created
    changes = label_changes(histories, labels, people)
    if created:
        names = creator.names if creator else frozenset()
        original = LabelChange(utc(created), people.author(creator), names, at_creation=True)
        changes = {label: original for label in labels if label.casefold().startswith(LABEL_COMMAND)} | changes
    return changes


def _work_item(issue: Issue, site: JiraSiteInfo) -> WorkItem:
    fields, places = issue.fields, site.fields
    kind, level = _kind(fields.issuetype)
    project = fields.project.key if fields.project else ""
    priority = fields.priority.name if fields.priority else None
    return WorkItem(
        tracker=site.tracker,
        id=issue.id,
        key=issue.key,
        url=f"{site.address}/browse/{issue.key}",
        project=project,
        type=fields.issuetype.name if fields.issuetype else "",
        kind=kind,
        level=level,
        title=" ".join((fields.summary or "").split()),
        text=rich_text.read(fields.description),
        criteria=_criteria(fields, places),
        status=fields.status.name if fields.status else "",
        category=_category(fields),
        priority=priority,
        priority_is_default=None if site.default_priority is None else priority in (None, site.default_priority),
        points=_points(fields, site, project),
        value=fields.own(places.value),
        urgency=fields.own(places.urgency),
        risk=fields.own(places.risk),
        effort=fields.own(places.effort),
        created=utc(fields.created) if fields.created else None,
        updated=utc(fields.updated) if fields.updated else None,
        resolved=utc(fields.resolutiondate) if fields.resolutiondate else None,
        rank=fields.own(places.rank),
        sprints=tuple(sprint for raw in fields.own(places.sprint) or () if (sprint := _sprint(raw)) is not None),
        labels=tuple(fields.labels or ()),
        components=tuple(component.name for component in fields.components or ()),
        parent=(fields.parent.key if fields.parent else None) or fields.own(places.epic_link),
        links=tuple(link for raw in fields.issuelinks or () for link in _links(raw)),
        votes=fields.votes.votes if fields.votes else None,
        flagged=bool(fields.own(places.flagged)),
        assigned=fields.assignee is not None,
        restricted=fields.security is not None,
        public=_public(fields, site),
        fields={write.id: field_value(fields.own(write.id), write.kind) for write in places.writes.values()},
        version=version(fields.updated),
    )


def version(updated: datetime | None) -> str:
    """The version of an issue: when it was last updated, in milliseconds since 1970."""
    return str(round(utc(updated).timestamp() * 1000)) if updated else ""


def field_value(value: Any, kind: str = "text") -> FieldValue:
    """The value of a writable field: a number, an option or a text.

    Only the kind of the field tells wiki markup and plain text apart.
    """
    if isinstance(value, str) and kind == "rich":
        return rich_text.plain(value) or None
    if isinstance(value, Mapping):
        is_text = value.get("type") == "doc"
        value = msgspec.convert(value, Node) if is_text else value.get("value", value.get("name"))
    if isinstance(value, Node):
        return rich_text.plain(value) or None
    if isinstance(value, bool) or value is None:
        return None
    return float(value) if isinstance(value, int | float) else str(value)


def comment(raw: JiraComment, people: JiraPeople) -> Comment:
    """A comment in the common vocabulary. `tag` is set if it has our property."""
    value = next((entry.value for entry in raw.properties if entry.key == PROPERTY), None)
    tag = None
    if isinstance(value, Mapping):
        tag = CommentTag(*(str(value.get(name, "")) for name in ("installation", "round", "hash")))
    last_author = raw.update_author or raw.author
    return Comment(
        id=raw.id,
        author=people.author(raw.author),
        created=utc(raw.created),
        updated=utc(raw.updated),
        edited_by=people.author(raw.update_author) if raw.update_author else None,
        names=last_author.names if last_author else frozenset(),
        text=rich_text.plain(raw.body),
        commands=rich_text.commands(raw.body),
        tag=tag,
    )


def _kind(type_: TypeValue | None) -> tuple[ItemKind, HierarchyLevel]:
    if type_ is None:
        return ItemKind.OTHER, HierarchyLevel.REQUIREMENT
    height = type_.hierarchy_level or 0
    if type_.subtask or height < 0:
        return ItemKind.SUBTASK, HierarchyLevel.TASK
    named = _KINDS.get((type_.untranslated_name or type_.name).casefold(), ItemKind.OTHER)
    if height >= 1:
        portfolio = named if named in (ItemKind.FEATURE, ItemKind.EPIC, ItemKind.INITIATIVE) else None
        return portfolio or (ItemKind.EPIC if height == 1 else ItemKind.INITIATIVE), HierarchyLevel.PORTFOLIO
    return named, HierarchyLevel.PORTFOLIO if named in (
        ItemKind.EPIC,
        ItemKind.INITIATIVE,
    ) else HierarchyLevel.REQUIREMENT


def _public(fields: Fields, site: JiraSiteInfo) -> bool:
    desk = fields.project is not None and fields.project.project_type_key == "service_desk"
    return desk and not site.internal_comments


def _category(fields: Fields) -> StatusCategory:
    key = fields.status.status_category.key if fields.status and fields.status.status_category else ""
    return _CATEGORIES.get(key, StatusCategory.UNKNOWN)


def _points(fields: Fields, site: JiraSiteInfo, project: str) -> float | None:
    chosen = site.points_by_project.get(project)
    candidates = [chosen] if chosen in site.fields.points else []
    candidates += [ident for ident in site.fields.points if ident != chosen]
    return next((points for ident in candidates if (points := fields.own(ident)) is not None), None)


def _criteria(fields: Fields, places: FieldMap) -> RichText | None:
    if not places.criteria:
        return None
    return tuple(block for name in places.criteria for block in rich_text.read(fields.own(name)))


def _sprint(value: SprintValue | str) -> Sprint | None:
    raw = sprints.parse(value) if isinstance(value, str) else value
    if raw is None:
        return None
    return Sprint(
        id=str(raw.id),
        name=raw.name,
        state=_STATES.get(raw.state.casefold(), SprintState.FUTURE),
        start=utc(raw.start_date) if raw.start_date else None,
        end=utc(raw.end_date) if raw.end_date else None,
        goal=raw.goal or "",
    )


def _links(raw: LinkValue) -> list[Link]:
    ends = ((raw.type.outward, raw.outward_issue), (raw.type.inward, raw.inward_issue))
    return [Link(words, other.key) for words, other in ends if other is not None and other.key]
