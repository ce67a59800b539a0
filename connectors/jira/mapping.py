"""Maps decoded issues and comments to the common vocabulary."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from connectors.jira import rich_text, sprints
from connectors.jira.comment_tag import PROPERTY
from connectors.jira.fields import FieldMap
from connectors.jira.history import JiraPast, JiraPeople, label_changes, last_editors, latest, past, utc
from connectors.jira.issue import CHANGELOG, Fields, Issue, LinkValue, TypeValue
from connectors.jira.payloads import History, JiraComment
from connectors.jira.sprints import SprintById
from connectors.markup.adf import Node
from connectors.resolutions import AbandonedNames
from connectors.tracker import LABEL_COMMAND, Comment, CommentTag, FetchedItem, FieldValue, LabelChange
from rules.model import HierarchyLevel, ItemKind, Link, RichText, Sprint, StatusCategory, WorkItem

_CATEGORIES = {"new": StatusCategory.TO_DO, "indeterminate": StatusCategory.IN_PROGRESS, "done": StatusCategory.DONE}
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


_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""The date of comments without a date."""


def _no_sprint(_ident: str) -> Sprint | None:
    return None


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
        abandoned: Recognises resolutions and statuses of issues that were closed without being done.
        only: Keys of the only projects that are read and written; empty for all.
        sprint_by_id: Finds a sprint of which an issue has only the id.
    """

    tracker: str
    address: str
    fields: FieldMap
    people: JiraPeople
    categories: Mapping[str, str]
    default_priority: str | None = None
    points_by_project: Mapping[str, str] = {}
    internal_comments: bool = False
    abandoned: AbandonedNames = AbandonedNames()
    sprint_by_id: SprintById = _no_sprint
    only: frozenset[str] = frozenset()

    def leaves_out(self, project: str) -> bool:
        """Whether a project must not be read or written."""
        return bool(self.only) and project.casefold() not in self.only


def map_item(
    issue: Issue,
    histories: Sequence[History],
    comments: Sequence[JiraComment],
    site: JiraSiteInfo,
    unread: Collection[str] = (),
) -> FetchedItem:
    """An issue with its complete history and discussion, in the common vocabulary.

    Args:
        issue: The issue.
        histories: All its changes.
        comments: All its comments.
        site: What was discovered about the site.
        unread: Ids of fields that could not be read, or not entirely.
    """
    is_desk = _is_service_desk(issue.fields)
    mapped_comments = tuple(map_comment(raw, site.people, service_desk=is_desk) for raw in comments)
    created = utc(issue.fields.created) if issue.fields.created else None
    changelog = past(histories, site.fields, site.people, site.categories, created)
    by_person = site.people.author(issue.fields.creator).is_human
    discussed = latest([entry.created for entry in mapped_comments if entry.author.is_human])
    item = _work_item(issue, site, changelog, unread)
    return FetchedItem(
        item=msgspec.structs.replace(
            item,
            discussed=discussed,
            changed_by_person=latest([changelog.changed_by_person, discussed, created if by_person else None]),
            ranked_by_person=changelog.ranked_by_person,
        ),
        transitions=changelog.transitions,
        comments=mapped_comments,
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


def _work_item(issue: Issue, site: JiraSiteInfo, changelog: JiraPast, unread: Collection[str]) -> WorkItem:
    fields, places = issue.fields, site.fields
    kind, level = _kind(fields.issuetype)
    project = fields.project.key if fields.project else ""
    priority = fields.priority.name if fields.priority else None
    category = _category(fields, site.abandoned)
    issue_sprints, sprints_known = sprints.read(fields.own(places.sprint), site.sprint_by_id)
    epic, epic_known = _epic(fields.own(places.epic_link))
    points, points_known = _points(fields, site, project, unread)
    untold = [ident for ident in places.lost if not fields.has(ident)]
    # Every issue has a type and a status.
    untold += [name for name, value in (("issuetype", fields.issuetype), ("status", fields.status)) if value is None]
    unknown = {name for ident in (*unread, *untold) for name in _attributes(ident, places)}
    unknown |= {"sprints"} if not sprints_known else set()
    unknown |= {"points"} if not points_known else set()
    unknown |= {"parent"} if not epic_known and not fields.parent else set()
    unknown |= {"started"} if not site.categories else set()
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
        text=rich_text.parse(fields.description),
        criteria=_criteria(fields, places),
        status=fields.status.name if fields.status else "",
        category=category,
        priority=priority,
        priority_is_default=None if site.default_priority is None else priority in (None, site.default_priority),
        points=points,
        value=fields.own(places.value),
        urgency=fields.own(places.urgency),
        risk=fields.own(places.risk),
        effort=fields.own(places.effort),
        created=utc(fields.created) if fields.created else None,
        updated=utc(fields.updated) if fields.updated else None,
        started=None if "started" in unknown else changelog.started,
        resolved=_resolved(fields, changelog) if category is StatusCategory.DONE else None,
        rank=fields.own(places.rank),
        sprints=issue_sprints,
        labels=tuple(fields.labels or ()),
        components=tuple(component.name for component in fields.components or ()),
        team_field=_team_name(fields.own(places.team)),
        parent=(fields.parent.key if fields.parent else None) or epic,
        links=tuple(link for raw in fields.issuelinks or () for link in _links(raw)),
        votes=fields.votes.votes if fields.votes else None,
        flagged=bool(fields.own(places.flagged)),
        assigned=fields.assignee is not None,
        # What cannot be read may say that not everybody may see the issue.
        restricted=fields.security is not None or "security" in unread,
        public=(_is_service_desk(fields) or "project" in unread) and not site.internal_comments,
        fields={
            write.id: field_value(fields.own(write.id), write.kind)
            for write in places.all_written_fields
            if fields.has(write.id)
        },
        unknown=tuple(sorted(unknown)),
        version=version(fields.updated),
    )


_ATTRIBUTES = {
    "summary": ("title",),
    "description": ("text",),
    "issuetype": ("type", "kind", "level"),
    "status": ("status", "category"),
    "resolution": ("category",),
    "priority": ("priority", "priority_is_default"),
    "created": ("created",),
    "resolutiondate": ("resolved",),
    "parent": ("parent",),
    "labels": ("labels",),
    "components": ("components",),
    "issuelinks": ("links",),
    "votes": ("votes",),
    "assignee": ("assigned",),
    "security": ("restricted",),
    "project": ("project", "public"),
    CHANGELOG: ("started", "ranked_by_person"),
}
"""The attributes of an item that a field decides about."""


def _attributes(ident: str, places: FieldMap) -> Sequence[str]:
    """The attributes of an item that a field decides about."""
    if ident in _ATTRIBUTES:
        return _ATTRIBUTES[ident]
    if ident in places.criteria:
        return ("criteria",)
    by_field = {
        places.sprint: "sprints",
        places.rank: "rank",
        places.value: "value",
        places.urgency: "urgency",
        places.risk: "risk",
        places.effort: "effort",
        places.team: "team_field",
    }
    return (by_field[ident],) if ident in by_field else ()


def _epic(value: Any) -> tuple[str | None, bool]:
    """The key of an epic, and whether the value was understood."""
    if isinstance(value, Mapping):
        value = value.get("key")
    return (value or None, True) if isinstance(value, str) else (None, value is None)


def _team_name(value: Any) -> str | None:
    """The name in a value of the Team field."""
    name = (value.get("name") or value.get("title")) if isinstance(value, Mapping) else value
    return name if isinstance(name, str) and name else None


def version(updated: datetime | None) -> str:
    """The version of an issue: when it was last updated, in milliseconds since 1970."""
    return str(round(utc(updated).timestamp() * 1000)) if updated else ""


def field_value(value: Any, kind: str = "text") -> FieldValue:
    """The value of a writable field: a number, an option or a text.

    Only the kind of the field tells wiki markup and plain text apart.
    """
    if isinstance(value, str) and kind == "rich":
        return rich_text.plain_text(value) or None
    if isinstance(value, Mapping):
        is_text = value.get("type") == "doc"
        value = msgspec.convert(value, Node) if is_text else value.get("value", value.get("name"))
    if isinstance(value, Node):
        return rich_text.plain_text(value) or None
    if isinstance(value, bool) or value is None:
        return None
    return float(value) if isinstance(value, int | float) else str(value)


def map_comment(raw: JiraComment, people: JiraPeople, *, service_desk: bool = False) -> Comment:
    """A comment in the common vocabulary. `tag` is set if it has our property.

    Args:
        raw: The comment.
        people: Tells people and programs apart.
        service_desk: Whether its issue is in a service desk. There, a comment that does not say that customers can read
            it counts as restricted.
    """
    value = next((entry.value for entry in raw.properties if entry.key == PROPERTY), None)
    tag = None
    if isinstance(value, Mapping):
        tag = CommentTag(*(str(value.get(name, "")) for name in ("installation", "round", "hash")))
    last_author = raw.update_author or raw.author
    created = utc(raw.created or raw.updated or _LONG_AGO)
    return Comment(
        id=raw.id,
        author=people.comment_author(raw),
        created=created,
        updated=utc(raw.updated) if raw.updated else created,
        edited_by=people.comment_editor(raw),
        names=last_author.names if last_author else frozenset(),
        text=rich_text.plain_text(raw.body),
        commands=rich_text.find_commands(raw.body),
        tag=tag,
        restricted=raw.visibility is not None or raw.jsd_public is False or (service_desk and raw.jsd_public is None),
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


def _is_service_desk(fields: Fields) -> bool:
    return fields.project is not None and fields.project.project_type_key == "service_desk"


def _category(fields: Fields, abandoned: AbandonedNames) -> StatusCategory:
    key = fields.status.status_category.key if fields.status and fields.status.status_category else ""
    category = _CATEGORIES.get(key, StatusCategory.UNKNOWN)
    if category is StatusCategory.UNKNOWN and (fields.resolution is not None or fields.resolutiondate is not None):
        category = StatusCategory.DONE
    names = [named.name for named in (fields.resolution, fields.status) if named]
    return StatusCategory.REMOVED if category is StatusCategory.DONE and abandoned.contains_any(names) else category


def _resolved(fields: Fields, changelog: JiraPast) -> datetime | None:
    """When an issue was done. Workflows often set no resolution, and then no date of it either."""
    done = fields.resolutiondate or changelog.done or fields.statuscategorychangedate
    return utc(done) if done else None


def _points(fields: Fields, site: JiraSiteInfo, project: str, unread: Collection[str]) -> tuple[float | None, bool]:
    """The size, and whether it is known: a field that could not be read may come before the one that has a value."""
    chosen = site.points_by_project.get(project)
    candidates = [chosen] if chosen in site.fields.points else []
    candidates += [ident for ident in site.fields.points if ident != chosen]
    for ident in candidates:
        if ident in unread or (points := fields.own(ident)) is not None:
            return (None, False) if ident in unread else (points, True)
    return None, all(fields.has(ident) for ident in candidates if ident in site.fields.lost)


def _criteria(fields: Fields, places: FieldMap) -> RichText | None:
    if not places.criteria:
        return None
    return tuple(block for name in places.criteria for block in rich_text.parse(fields.own(name)))


def _links(raw: LinkValue) -> list[Link]:
    ends = ((raw.type.outward, raw.outward_issue), (raw.type.inward, raw.inward_issue))
    return [Link(words, other.key) for words, other in ends if other is not None and other.key]
