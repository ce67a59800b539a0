"""Converts work items and comments of Azure DevOps to the classes that all trackers share."""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import MAXYEAR, UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote, unquote

import msgspec
from msgspec import Struct

from connectors.azure_devops import comment_tag
from connectors.azure_devops.history import (
    AzureHistory,
    AzurePeople,
    account_names,
    parse_date,
    parse_identity,
    split_tags,
    to_utc,
)
from connectors.azure_devops.library import Iteration
from connectors.azure_devops.payloads import AzureComment, Item, Relation
from connectors.azure_devops.process import Process
from connectors.comments import SERVICE_NAME, Author, Comment, CommentTag
from connectors.markup import find_commands, html, markdown, plain_text
from connectors.resolutions import AbandonedNames
from connectors.tracker import FetchedItem
from connectors.writes import FieldValue
from rules.model import HierarchyLevel, ItemKind, Link, RichText, Sprint, SprintState, StatusCategory, WorkItem

_DEFAULT_PRIORITY = "2"
"""The priority that Azure DevOps gives to new items."""
_DESCRIPTION = "System.Description"
_CLOSED_DATE = "Microsoft.VSTS.Common.ClosedDate"
_REASON_FIELDS = ("System.Reason", "Microsoft.VSTS.Common.ResolvedReason")
_PLAIN_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")
"""Matches a number that was entered into a text field."""
_REQUIRED_ATTRIBUTES = {"type": {"type", "kind", "level"}, "status": {"status", "category"}}
"""The attributes of `WorkItem` that every item must have, and with each, all attributes from the same field."""
_DUE_DATE_FIELDS = ("Microsoft.VSTS.Scheduling.TargetDate", "Microsoft.VSTS.Scheduling.DueDate")
_REPRO_STEPS = "Microsoft.VSTS.TCM.ReproSteps"
_LINK_NAMES = {
    "System.LinkTypes.Dependency-Forward": "blocks",
    "System.LinkTypes.Dependency-Reverse": "is blocked by",
    "System.LinkTypes.Duplicate-Forward": "is duplicated by",
    "System.LinkTypes.Duplicate-Reverse": "duplicates",
    "System.LinkTypes.Related": "relates to",
    "Hyperlink": "links to",
}
_UNKNOWN_DATE = datetime(2000, 1, 1, tzinfo=UTC)
"""The date of comments without a date. It is earlier than any other, so that they do not count as recent."""
FINISHED_CATEGORIES = (StatusCategory.DONE, StatusCategory.REMOVED)
_SPRINT_STATES = {"past": SprintState.CLOSED, "current": SprintState.ACTIVE, "future": SprintState.FUTURE}


class AzureSiteInfo(Struct, frozen=True):
    """The data about an organisation and a team that is read before their items.

    Attributes:
        address: The address of the organisation or collection.
        process: The types, fields and sprints of the team.
        abandoned: States and reasons of items that were closed without being done.
        labels: The tags that the service writes, by their name in lower case.
        allowed_projects: Names of the projects that may be read and written, in lower case; empty for all.
        earlier_sprint_paths: The paths of the sprints that the team had when changes were last read; None if unknown.
    """

    tracker: str
    address: str
    project: str
    process: Process
    people: AzurePeople
    abandoned: AbandonedNames = AbandonedNames()
    labels: Mapping[str, str] = {}
    allowed_projects: frozenset[str] = frozenset()
    earlier_sprint_paths: frozenset[str] | None = None

    def is_excluded_project(self, project: str) -> bool:
        """Whether a project may not be read or written."""
        return bool(self.allowed_projects) and project.casefold() not in self.allowed_projects


def map_item(
    item: Item,
    item_history: AzureHistory,
    comments: Sequence[AzureComment],
    site: AzureSiteInfo,
    *,
    has_unreadable_links: bool = False,
) -> FetchedItem:
    """Convert an item with its history and comments. If it `has_unreadable_links`, its links are unknown."""
    mapped_comments = tuple(map_comment(raw, site) for raw in comments)
    last_discussed = _latest([entry.created for entry in mapped_comments if entry.author.is_human])
    created = parse_date(item.fields.get("System.CreatedDate"))
    created_by_person = site.people.author(parse_identity(item.fields.get("System.CreatedBy"))) is Author.PERSON
    unknown = {"links"} if has_unreadable_links else set()
    unknown |= set() if item_history.is_complete else {"started", "ranked_by_person"}
    mapped_item = _map_work_item(item, site, item_history, unknown)
    # Azure DevOps gives items no rank, so an item that was created with a rank was ranked by a person.
    ranked = item_history.ranked_by_person or (mapped_item.created if mapped_item.rank is not None else None)
    return FetchedItem(
        item=msgspec.structs.replace(
            mapped_item,
            changed_by_person=_latest(
                [item_history.changed_by_person, last_discussed, created if created_by_person else None]
            ),
            discussed=last_discussed,
            ranked_by_person=ranked,
            unknown=tuple(sorted(unknown)),
        ),
        field_changes=tuple(item_history.field_changes),
        comments=mapped_comments,
        label_changes={tag: change for tag, change in item_history.label_changes.items() if tag in mapped_item.labels},
        last_editors=item_history.last_editors,
    )


def _map_work_item(item: Item, site: AzureSiteInfo, item_history: AzureHistory, unknown: set[str]) -> WorkItem:
    """Convert the fields of an item. The names of attributes with unreadable values are added to `unknown`."""
    fields, process = _FieldReader(item.fields, unknown), site.process
    type_name = fields.text("System.WorkItemType", "type")
    type_info = process.types.get(type_name)
    formats = item.multiline_fields_format if isinstance(item.multiline_fields_format, dict) else {}
    state = fields.text("System.State", "status")
    category = _status_category(item, site)
    if category is StatusCategory.UNKNOWN and type_info is not None:
        unknown.add("category")
    priority = fields.scalar("Microsoft.VSTS.Common.Priority", "priority")
    changed = fields.date("System.ChangedDate", "updated")
    parent = fields.number("System.Parent", "parent")
    project = get_project(item) or site.project
    return WorkItem(
        tracker=site.tracker,
        id=str(item.id),
        key=str(item.id),
        url=f"{site.address}/{quote(project)}/_workitems/edit/{item.id}",
        project=project,
        type=type_name,
        kind=type_info.kind if type_info else ItemKind.OTHER,
        level=type_info.level if type_info else HierarchyLevel.REQUIREMENT,
        title=" ".join(fields.text("System.Title", "title").split()),
        text=(*fields.rich_text(_DESCRIPTION, formats, "text"), *fields.rich_text(_REPRO_STEPS, formats, "text")),
        criteria=None
        if type_info is None or type_info.criteria_fields is None
        else tuple(
            block for name in type_info.criteria_fields for block in fields.rich_text(name, formats, "criteria")
        ),
        status=state,
        category=category,
        priority=priority,
        priority_is_default=priority in (None, _DEFAULT_PRIORITY),
        points=fields.number(type_info.size_field, "points") if type_info else None,
        value=fields.number(process.value_field, "value"),
        urgency=fields.number(process.urgency_field, "urgency"),
        risk=fields.number(process.risk_field, "risk"),
        effort=fields.number(process.effort_field, "effort"),
        created=fields.date("System.CreatedDate", "created"),
        updated=changed,
        started=_find_start(fields, item_history, unknown),
        resolved=_find_done_time(fields, item_history) or changed if category is StatusCategory.DONE else None,
        rank=None if fields.number(process.rank_field, "rank") is None else str(item.fields[process.rank_field]),
        due=_parse_due_date(fields),
        sprints=_map_sprints(
            item.fields.get("System.IterationPath"), site, unknown, is_finished=category in FINISHED_CATEGORIES
        ),
        labels=parse_tags(fields.text("System.Tags", "labels"), site),
        area=fields.text("System.AreaPath", "area") or None,
        parent=None if parent is None else str(int(parent)),
        links=tuple(link for relation in item.relations or () if (link := _map_link(relation)) is not None),
        assigned="System.AssignedTo" in item.fields,
        fields={write.reference: field_value(item.fields.get(write.reference)) for write in process.all_written_fields},
        version=str(item.rev),
    )


class _FieldReader:
    """Reads the fields of an item, and records the attributes whose values have an unexpected format.

    Every method takes the reference name of a field, and the attribute of `WorkItem` for its value.
    """

    def __init__(self, fields: Mapping[str, Any], unknown: set[str]) -> None:
        """`unknown` receives the names of attributes with unreadable values."""
        self._fields = fields
        self._unknown = unknown

    def text(self, name: str, attribute: str) -> str:
        value = self._fields.get(name)
        # Every item has a type and a state; other fields are absent if they are empty.
        is_missing = value is None and attribute in _REQUIRED_ATTRIBUTES
        if is_missing or (value is not None and not isinstance(value, str)):
            self._unknown |= _REQUIRED_ATTRIBUTES.get(attribute, {attribute})
        return value if isinstance(value, str) else ""

    def scalar(self, name: str, attribute: str) -> str | None:
        """The text of a field that may contain a number or text; None if it is empty."""
        value = self._fields.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            self._unknown.add(attribute)
            return None
        return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)

    def rich_text(self, name: str, formats: Mapping[str, Any], attribute: str) -> RichText:
        text = self.text(name, attribute)
        return parse_rich_text(text, str(formats.get(name, "html"))) if text else ()

    def number(self, name: str | None, attribute: str) -> float | None:
        value = self._fields.get(name) if name else None
        if value is None:
            return None
        if isinstance(value, str) and _PLAIN_NUMBER.fullmatch(value.strip()):
            return float(value.replace(",", "."))
        if value != "" and to_number(value) is None:
            self._unknown.add(attribute)
        return to_number(value)

    def date(self, name: str, attribute: str) -> datetime | None:
        value = self._fields.get(name)
        moment = parse_date(value)
        if value is not None and moment is None:
            self._unknown.add(attribute)
        return moment


def is_finished(item: Item, site: AzureSiteInfo) -> bool:
    """Whether an item is done or removed."""
    return _status_category(item, site) in FINISHED_CATEGORIES


def _status_category(item: Item, site: AzureSiteInfo) -> StatusCategory:
    """The category of an item's state. It is `REMOVED` if the item was closed without being done."""
    state = str(item.fields.get("System.State") or "")
    type_info = site.process.types.get(str(item.fields.get("System.WorkItemType") or ""))
    category = type_info.states.get(state, StatusCategory.UNKNOWN) if type_info else StatusCategory.UNKNOWN
    if category is StatusCategory.UNKNOWN and parse_date(item.fields.get(_CLOSED_DATE)) is not None:
        category = StatusCategory.DONE
    reasons = [item.fields.get(name) for name in _REASON_FIELDS]
    is_abandoned = site.abandoned.contains_any([state, *(reason for reason in reasons if isinstance(reason, str))])
    return StatusCategory.REMOVED if category is StatusCategory.DONE and is_abandoned else category


def _find_start(fields: _FieldReader, item_history: AzureHistory, unknown: Collection[str]) -> datetime | None:
    """When work first began; None if it has not begun, or if the history does not show when.

    The field with the date is used only if the history lacks it, because it contains the last start, not the first.
    """
    if item_history.is_start_unknown or "started" in unknown:
        return None
    return item_history.started or fields.date("Microsoft.VSTS.Common.ActivatedDate", "started")


def _find_done_time(fields: _FieldReader, item_history: AzureHistory) -> datetime | None:
    """When an item became done, from the most reliable source that has the date."""
    return (
        fields.date(_CLOSED_DATE, "resolved")
        or item_history.done
        or fields.date("Microsoft.VSTS.Common.StateChangeDate", "resolved")
    )


def get_project(item: Item) -> str:
    """The project that the item is in now."""
    return str(item.fields.get("System.TeamProject", ""))


def parse_tags(value: object, site: AzureSiteInfo) -> tuple[str, ...]:
    """Parse the tags in a field. Tags that the service writes get the letter case in which it writes them."""
    return tuple(site.labels.get(tag.casefold(), tag) for tag in split_tags(str(value or "")))


def to_number(value: object) -> float | None:
    """Return a number as a float, and None for any other value."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def field_value(value: Any) -> FieldValue:
    """The value of a field that the service writes: a number or text; None if it is empty or a boolean."""
    if value is None or isinstance(value, bool):
        return None
    return float(value) if isinstance(value, int | float) else str(value)


def map_comment(raw: AzureComment, site: AzureSiteInfo) -> Comment:
    """Convert a comment.

    `tag` is set if the account of this service wrote the comment and it contains the name of the service. The hidden
    tag in the text identifies the installation that wrote it.
    """
    tagged_text = plain_text(parse_rich_text(raw.text, raw.format))
    text = comment_tag.remove(tagged_text)
    author = site.people.comment_author(raw)
    tag = None
    if author is Author.THIS_SERVICE and SERVICE_NAME in text:
        # Comments by earlier versions of the service contain no hidden tag.
        installation, round_id = comment_tag.find(tagged_text) or ("", "")
        tag = CommentTag(installation, round_id, content_key(text))
    created = raw.created_date or raw.modified_date or _UNKNOWN_DATE
    return Comment(
        id=str(raw.number),
        author=author,
        created=created.astimezone(UTC),
        updated=(raw.modified_date or created).astimezone(UTC),
        edited_by=site.people.comment_editor(raw),
        names=account_names(raw.modified_by or raw.created_by),
        text=text,
        commands=find_commands(parse_rich_text(raw.text, raw.format, for_commands=True)),
        tag=tag,
    )


def content_key(text: str) -> str:
    """The text of a comment, with each run of white space reduced to one space. Equal content has equal keys."""
    return " ".join(text.split())


def parse_rich_text(text: str, text_format: str, *, for_commands: bool = False) -> RichText:
    """Parse a long text.

    Args:
        text_format: "markdown" or "html".
        for_commands: Whether `find_commands` will read the blocks, so that code, quotations and mentions are marked.
    """
    parse = markdown.parse if text_format.casefold() == "markdown" else html.parse
    return parse(text, for_commands=for_commands)


def _parse_due_date(fields: _FieldReader) -> date | None:
    """The target date, or the due date, which only some types have.

    Azure DevOps stores midnight in the time zone of the person who entered the date. So the result is the day that
    begins nearest in UTC. Dates in the year 9999, the last one that Python supports, count as none.
    """
    moments = (fields.date(name, "due") for name in _DUE_DATE_FIELDS)
    moment = next((moment for moment in moments if moment is not None), None)
    return None if moment is None or moment.year == MAXYEAR else (moment + timedelta(hours=12)).date()


def _map_sprints(path: object, site: AzureSiteInfo, unknown: set[str], *, is_finished: bool) -> tuple[Sprint, ...]:
    """The sprint of an item; empty if its iteration path is not one of the team's sprints."""
    iterations = site.process.iterations
    sprint = next((iteration for iteration in iterations or () if iteration.path == path), None)
    if sprint is None:
        if path is not None and (not isinstance(path, str) or _may_be_sprint(path, site, is_finished=is_finished)):
            unknown.add("sprints")
        return ()
    start, end = (None if moment is None else to_utc(moment) for moment in (sprint.start, sprint.finish))
    return (Sprint(sprint.id, sprint.name, _sprint_state(sprint), start, end),)


def _may_be_sprint(path: str, site: AzureSiteInfo, *, is_finished: bool) -> bool:
    """Whether an iteration path that is not among the team's sprints may be one, because their list is incomplete.

    An incomplete list makes it seem that no sprint is planned. So a list whose entries could all be read is believed
    only if it contains a future sprint, if the list before it lacked the path too, or if the item is finished. The root
    of the iterations, whose path has no backslash, is never a sprint.
    """
    iterations, earlier_paths = site.process.iterations, site.earlier_sprint_paths
    if "\\" not in path:
        return False
    if iterations is None or not all(iteration.path for iteration in iterations):
        return True
    return (
        not is_finished
        and (earlier_paths is None or path in earlier_paths)
        and all(_sprint_state(iteration) is not SprintState.FUTURE for iteration in iterations)
    )


def _sprint_state(iteration: Iteration) -> SprintState:
    """The state of a sprint. Without dates it counts as a future one, even if the server calls it current."""
    if iteration.start is None or iteration.finish is None:
        return SprintState.FUTURE
    return _SPRINT_STATES.get(iteration.time_frame.casefold(), SprintState.FUTURE)


def _map_link(relation: Relation) -> Link | None:
    """Convert a link to an item or an address; None for links that no rule uses, such as attachments."""
    link_name = _LINK_NAMES.get(relation.rel)
    if link_name is None:
        return None
    target = relation.url if relation.rel == "Hyperlink" else unquote(relation.url.rsplit("/", 1)[-1])
    return Link(link_name, target)


def _latest(moments: Sequence[datetime | None]) -> datetime | None:
    return max((moment for moment in moments if moment is not None), default=None)
