"""Converts issues and comments of Jira to the classes that all trackers share."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct

from connectors.comments import LABEL_COMMAND_PREFIX, LabelChange
from connectors.jira import rich_text, sprints
from connectors.jira.comment_mapping import map_comment
from connectors.jira.fields import FieldMap, JiraWriteField
from connectors.jira.history import ChangelogReader, JiraHistory, JiraPeople, latest, to_utc
from connectors.jira.issue import (
    CHANGELOG,
    Fields,
    Issue,
    LinkValue,
    TypeValue,
    VersionValue,
    make_custom_values_reader,
)
from connectors.jira.payloads import History, JiraComment
from connectors.jira.sprints import FindSprint
from connectors.markup.adf import Node
from connectors.markup.lines import one_line
from connectors.resolutions import AbandonedNames
from connectors.tracker import FetchedItem
from connectors.writes import FieldValue
from rules.model import HierarchyLevel, ItemKind, Link, Release, RichText, Sprint, StatusCategory, WorkItem

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
"""The kinds of usual issue types, by their English and German names in lower case."""


def _find_no_sprint(_sprint_id: str) -> Sprint | None:
    return None


class JiraSiteInfo(Struct, frozen=True):
    """The data about a site that is read before its issues.

    Attributes:
        tracker: The name of the tracker in the configuration.
        fields: The ids of the site's fields, by their purpose.
        categories: The key of the category of each status ("new", "indeterminate" or "done"), by the id of the status.
        default_priority: The name of the priority that the site gives to new issues; None if unknown.
        points_field_by_project: The field that the boards of a project use for estimates, by project key.
        internal_comments: Whether this service writes comments in service-desk projects. It hides them from customers.
        abandoned: Resolutions and statuses of issues that were closed without being done.
        allowed_projects: Keys of the projects that may be read and written, in lower case; empty for all.
    """

    tracker: str
    address: str
    fields: FieldMap
    people: JiraPeople
    categories: Mapping[str, str]
    default_priority: str | None = None
    points_field_by_project: Mapping[str, str] = {}
    internal_comments: bool = False
    abandoned: AbandonedNames = AbandonedNames()
    find_sprint: FindSprint = _find_no_sprint
    allowed_projects: frozenset[str] = frozenset()

    def is_excluded_project(self, project: str) -> bool:
        """Whether a project may not be read or written."""
        return bool(self.allowed_projects) and project.casefold() not in self.allowed_projects


class IssueMapper:
    """Converts the issues of one site."""

    def __init__(self, site: JiraSiteInfo) -> None:
        self._site = site
        self._changelogs = ChangelogReader(site.fields, site.people, site.categories)
        fields = site.fields
        self._written_fields = fields.all_written_fields
        self._read_custom_values = make_custom_values_reader(
            *(fields.sprint, fields.epic_link, fields.flagged, fields.team, fields.rank),
            *(fields.value, fields.urgency, fields.risk, fields.effort),
        )

    def map_item(
        self,
        issue: Issue,
        histories: Sequence[History],
        comments: Sequence[JiraComment],
        unreadable_fields: Collection[str] = (),
    ) -> FetchedItem:
        """Convert an issue with its complete history and all comments.

        Args:
            unreadable_fields: Ids of fields that are partly or entirely unreadable.
        """
        fields, people = issue.fields, self._site.people
        is_service_desk = _is_service_desk(fields)
        mapped_comments = tuple([map_comment(raw, people, service_desk=is_service_desk) for raw in comments])
        created = to_utc(fields.created) if fields.created else None
        history = self._changelogs.read(histories, labels=fields.labels or (), created=created)
        discussed = latest([comment.created for comment in mapped_comments if comment.author.is_human])
        return FetchedItem(
            item=self._map_work_item(issue, history, created, discussed, unreadable_fields),
            field_changes=history.field_changes,
            comments=mapped_comments,
            label_changes=self._labels_since_creation(fields) | history.label_changes,
            last_editors=history.last_editors,
        )

    def _labels_since_creation(self, fields: Fields) -> dict[str, LabelChange]:
        """The labels that are commands to this service, as if the issue had been created with all of them.

        That is right for a label that is not in the changelog. The caller replaces the entries of the others.
        """
        labels = [label for label in fields.labels or () if label.casefold().startswith(LABEL_COMMAND_PREFIX)]
        if not labels or not fields.created:
            return {}
        names = fields.creator.names if fields.creator else frozenset()
        author = self._site.people.author(fields.creator)
        return dict.fromkeys(labels, LabelChange(to_utc(fields.created), author, names, at_creation=True))

    def _map_work_item(
        self,
        issue: Issue,
        history: JiraHistory,
        created: datetime | None,
        discussed: datetime | None,
        unreadable_fields: Collection[str],
    ) -> WorkItem:
        """Convert the fields of an issue.

        Args:
            discussed: When a person last commented on it.
            unreadable_fields: Ids of fields that are partly or entirely unreadable.
        """
        site, fields = self._site, issue.fields
        sprint_value, epic_value, flag, team, rank, value, urgency, risk, effort = self._read_custom_values(fields)
        kind, level = _kind_and_level(fields.issuetype)
        project = fields.project.key if fields.project else ""
        priority = fields.priority.name if fields.priority else None
        category = _status_category(fields, site.abandoned)
        issue_sprints, sprints_known = sprints.parse_sprints(sprint_value, site.find_sprint)
        epic, epic_known = _parse_epic(epic_value)
        points, points_known = _find_points(fields, site, project, unreadable_fields)
        unknown = set(self._unknown_attributes(fields, unreadable_fields))
        known_attributes = (
            ("flagged", flag is None or isinstance(flag, list)),
            ("sprints", sprints_known),
            ("points", points_known),
            ("parent", epic_known or fields.parent is not None),
            ("started", bool(site.categories)),
        )
        unknown.update([name for name, is_known in known_attributes if not is_known])
        created_by_person = created if site.people.author(fields.creator).is_human else None
        updated = to_utc(fields.updated) if fields.updated else None
        return WorkItem(
            tracker=site.tracker,
            id=issue.id,
            key=issue.key,
            url=f"{site.address}/browse/{issue.key}",
            project=project,
            type=fields.issuetype.name if fields.issuetype else "",
            kind=kind,
            level=level,
            title=one_line(fields.summary or ""),
            text=rich_text.parse(fields.description),
            criteria=_parse_criteria(fields, site.fields),
            status=fields.status.name if fields.status else "",
            category=category,
            priority=priority,
            priority_is_default=None if site.default_priority is None else priority in (None, site.default_priority),
            points=points,
            value=value,
            urgency=urgency,
            risk=risk,
            effort=effort,
            created=created,
            updated=updated,
            started=None if "started" in unknown else history.started,
            resolved=_find_done_time(fields, history) if category is StatusCategory.DONE else None,
            changed_by_person=latest([history.changed_by_person, discussed, created_by_person]),
            discussed=discussed,
            ranked_by_person=history.ranked_by_person,
            rank=rank,
            due=fields.duedate,
            releases=tuple([_map_release(version) for version in fields.fix_versions or () if version.name]),
            sprints=issue_sprints,
            labels=tuple(fields.labels or ()),
            components=tuple([component.name for component in fields.components or ()]),
            team_field=_team_name(team),
            parent=(fields.parent.key if fields.parent else None) or epic,
            links=tuple([link for raw in fields.issuelinks or () for link in _map_links(raw)]),
            votes=fields.votes.votes if fields.votes else None,
            flagged=bool(flag),
            assigned=fields.assignee is not None,
            # An unreadable security level may restrict who can see the issue.
            restricted=fields.security is not None or "security" in unreadable_fields,
            # Customers read comments in service-desk projects, except internal ones.
            public=(_is_service_desk(fields) or "project" in unreadable_fields) and not site.internal_comments,
            fields=_map_written_fields(fields, self._written_fields),
            unknown=tuple(sorted(unknown)),
            version=issue_version(updated),
        )

    def _unknown_attributes(self, fields: Fields, unreadable_fields: Collection[str]) -> Iterator[str]:
        """Yield the attributes of `WorkItem` whose fields are unreadable or missing.

        A field is lost if an earlier connection to the site found it and this one did not.
        """
        field_map = self._site.fields
        missing_fields = [field_id for field_id in field_map.lost_field_ids if not fields.contains(field_id)]
        # Every issue has a type and a status.
        if fields.issuetype is None:
            missing_fields.append("issuetype")
        if fields.status is None:
            missing_fields.append("status")
        for field_id in (*unreadable_fields, *missing_fields):
            yield from _attributes_of_field(field_id, field_map)


_ATTRIBUTES_BY_FIELD = {
    "summary": ("title",),
    "description": ("text",),
    "issuetype": ("type", "kind", "level"),
    "status": ("status", "category"),
    "resolution": ("category",),
    "priority": ("priority", "priority_is_default"),
    "created": ("created",),
    "resolutiondate": ("resolved",),
    "duedate": ("due",),
    "fixVersions": ("releases",),
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
"""The attributes of `WorkItem` whose values come from a standard field, by the id of the field. The changelog counts
as one."""


def _attributes_of_field(field_id: str, field_map: FieldMap) -> Sequence[str]:
    """The attributes of `WorkItem` whose values come from a field."""
    if field_id in _ATTRIBUTES_BY_FIELD:
        return _ATTRIBUTES_BY_FIELD[field_id]
    if field_id in field_map.criteria:
        return ("criteria",)
    by_field = {
        field_map.sprint: "sprints",
        field_map.rank: "rank",
        field_map.value: "value",
        field_map.urgency: "urgency",
        field_map.risk: "risk",
        field_map.effort: "effort",
        field_map.team: "team_field",
    }
    return (by_field[field_id],) if field_id in by_field else ()


def _parse_epic(value: Any) -> tuple[str | None, bool]:
    """Parse the key of an epic. Also return whether the value has a known format."""
    key = value.get("key") if isinstance(value, dict) else value
    return (key or None, True) if isinstance(key, str) else (None, value is None)


def _team_name(value: Any) -> str | None:
    name = (value.get("name") or value.get("title")) if isinstance(value, dict) else value
    return name if isinstance(name, str) and name else None


def issue_version(updated: datetime | None) -> str:
    """The version of an issue: its update time in milliseconds since 1970."""
    return str(round(to_utc(updated).timestamp() * 1000)) if updated else ""


def field_value(value: Any, kind: str = "text") -> FieldValue:
    """The value of a field that the service writes; None if it is empty.

    It is a number, the name of an option, or plain text.

    Args:
        value: The value in the JSON of Jira.
        kind: The kind of the field, as in `JiraWriteField`. Only the kind shows whether text is wiki markup.
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


def _map_written_fields(fields: Fields, written_fields: Sequence[JiraWriteField]) -> dict[str, FieldValue]:
    """The values of the fields that the service writes or has written, by field id."""
    return {
        field.id: field_value(fields.custom_value(field.id), field.kind)
        for field in written_fields
        if fields.contains(field.id)
    }


def _kind_and_level(issue_type: TypeValue | None) -> tuple[ItemKind, HierarchyLevel]:
    """The kind of an issue type, and its level in the hierarchy of the backlog."""
    if issue_type is None:
        return ItemKind.OTHER, HierarchyLevel.REQUIREMENT
    name = issue_type.untranslated_name or issue_type.name
    return _classify_type(name, issue_type.hierarchy_level or 0, is_subtask=issue_type.subtask)


@lru_cache(maxsize=1000)
def _classify_type(name: str, hierarchy_level: int, *, is_subtask: bool) -> tuple[ItemKind, HierarchyLevel]:
    """The kind and the level of an issue type. A site has few types, and thousands of issues of each."""
    if is_subtask or hierarchy_level < 0:
        return ItemKind.SUBTASK, HierarchyLevel.TASK
    kind = _KINDS.get(name.casefold(), ItemKind.OTHER)
    if hierarchy_level >= 1:
        if kind not in (ItemKind.FEATURE, ItemKind.EPIC, ItemKind.INITIATIVE):
            kind = ItemKind.EPIC if hierarchy_level == 1 else ItemKind.INITIATIVE
        return kind, HierarchyLevel.PORTFOLIO
    is_portfolio = kind in (ItemKind.EPIC, ItemKind.INITIATIVE)
    return kind, HierarchyLevel.PORTFOLIO if is_portfolio else HierarchyLevel.REQUIREMENT


def _is_service_desk(fields: Fields) -> bool:
    return fields.project is not None and fields.project.project_type_key == "service_desk"


def _status_category(fields: Fields, abandoned: AbandonedNames) -> StatusCategory:
    """The category of an issue's status. It is `REMOVED` if the issue was closed without being done."""
    key = fields.status.status_category.key if fields.status and fields.status.status_category else ""
    category = _CATEGORIES.get(key, StatusCategory.UNKNOWN)
    if category is StatusCategory.UNKNOWN and (fields.resolution is not None or fields.resolutiondate is not None):
        category = StatusCategory.DONE
    if category is not StatusCategory.DONE:
        return category
    names = [value.name for value in (fields.resolution, fields.status) if value]
    return StatusCategory.REMOVED if abandoned.contains_any(names) else category


def _find_done_time(fields: Fields, history: JiraHistory) -> datetime | None:
    """When an issue became done. Many workflows set no resolution, so the date of the resolution may be missing."""
    done = fields.resolutiondate or history.done or fields.statuscategorychangedate
    return to_utc(done) if done else None


def _find_points(
    fields: Fields, site: JiraSiteInfo, project: str, unreadable_fields: Collection[str]
) -> tuple[float | None, bool]:
    """The story points of an issue, and whether they are known.

    If a site has several fields for points, they are tried until one has a value, first the field that the boards of
    the project use. The points are unknown if a field that is tried is unreadable, or if none has a value and the issue
    lacks a field that an earlier connection to the site found and this one did not.
    """
    board_field = site.points_field_by_project.get(project)
    field_ids = [board_field] if board_field in site.fields.points else []
    field_ids += [field_id for field_id in site.fields.points if field_id != board_field]
    for field_id in field_ids:
        if field_id in unreadable_fields:
            return None, False
        if (points := fields.custom_value(field_id)) is not None:
            return points, True
    return None, all(fields.contains(field_id) for field_id in field_ids if field_id in site.fields.lost_field_ids)


def _parse_criteria(fields: Fields, field_map: FieldMap) -> RichText | None:
    if not field_map.criteria:
        return None
    return tuple([block for field_id in field_map.criteria for block in rich_text.parse(fields.custom_value(field_id))])


def _map_release(version: VersionValue) -> Release:
    return Release(version.name, version.release_date, bool(version.released))


def _map_links(raw: LinkValue) -> list[Link]:
    """Convert a link. Its name says what this issue does: it "blocks" or "is blocked by" the other one."""
    ends = ((raw.type.outward, raw.outward_issue), (raw.type.inward, raw.inward_issue))
    return [
        Link(link_name, linked_issue.key)
        for link_name, linked_issue in ends
        if linked_issue is not None and linked_issue.key
    ]
