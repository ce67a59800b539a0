"""Maps rows of an export to work items. What a file does not say stays unknown."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from connectors.export.rows import ExportRow, Shape
from connectors.markup import html, markdown, wiki
from connectors.tracker import FetchedItem
from rules.model import (
    FieldChange,
    HierarchyLevel,
    ItemKind,
    Link,
    RichText,
    Sprint,
    SprintState,
    StatusCategory,
    WorkItem,
)

_DATES = (
    "%d/%b/%y %I:%M %p",
    "%d/%b/%Y %I:%M %p",
    "%d/%b/%y %H:%M",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%y %H:%M",
    "%Y/%m/%d %H:%M",
    "%d/%b/%y",
    "%m/%d/%Y",
    "%d.%m.%Y",
)
_FINISHED = frozenset({"done", "closed", "resolved", "complete", "completed", "fertig", "erledigt", "geschlossen"})
_REMOVED = frozenset({"removed", "cancelled", "canceled", "won't do", "rejected", "abgebrochen"})
_BEGUN = frozenset(
    {"in progress", "doing", "active", "committed", "in review", "in test", "in arbeit", "in bearbeitung", "reviewing"}
)
_CATEGORY_NAMES = {
    "to do": StatusCategory.TO_DO,
    "in progress": StatusCategory.IN_PROGRESS,
    "done": StatusCategory.DONE,
}
_KINDS = {
    "story": (ItemKind.STORY, HierarchyLevel.REQUIREMENT),
    "user story": (ItemKind.STORY, HierarchyLevel.REQUIREMENT),
    "product backlog item": (ItemKind.STORY, HierarchyLevel.REQUIREMENT),
    "requirement": (ItemKind.STORY, HierarchyLevel.REQUIREMENT),
    "issue": (ItemKind.STORY, HierarchyLevel.REQUIREMENT),
    "bug": (ItemKind.BUG, HierarchyLevel.REQUIREMENT),
    "fehler": (ItemKind.BUG, HierarchyLevel.REQUIREMENT),
    "task": (ItemKind.TASK, HierarchyLevel.REQUIREMENT),
    "aufgabe": (ItemKind.TASK, HierarchyLevel.REQUIREMENT),
    "sub-task": (ItemKind.SUBTASK, HierarchyLevel.TASK),
    "subtask": (ItemKind.SUBTASK, HierarchyLevel.TASK),
    "feature": (ItemKind.FEATURE, HierarchyLevel.PORTFOLIO),
    "epic": (ItemKind.EPIC, HierarchyLevel.PORTFOLIO),
    "initiative": (ItemKind.INITIATIVE, HierarchyLevel.PORTFOLIO),
}
_CRITERIA = ("acceptance criteria", "akzeptanzkriterien", "abnahmekriterien")
_POINTS = ("story points", "story point estimate", "effort", "size")
_DEFAULT_PRIORITIES = {Shape.JIRA: ("medium",), Shape.AZURE: ("2",), Shape.LINES: ("medium",)}


def fetched(row: ExportRow, shape: Shape, tracker: str) -> FetchedItem | None:
    """An item; None for a row without a key."""
    if shape is Shape.LINES:
        return _from_json(row, tracker)
    item = _from_jira(row, tracker) if shape is Shape.JIRA else _from_azure(row, tracker)
    return FetchedItem(item=item) if item.key else None


def key_of(row: ExportRow, shape: Shape) -> str:
    """The key of a row's item; empty if it has none."""
    if shape is Shape.LINES:
        return str((row.plain or {}).get("key", ""))
    return row.first("issue key", "key") if shape is Shape.JIRA else row.first("id")


def moment(text: object) -> datetime | None:
    """Parse a date in any format that exports use. A date without a zone is UTC."""
    date = str(text or "").strip()
    if not date:
        return None
    try:
        return _utc(datetime.fromisoformat(date))
    except ValueError:
        pass
    for form in _DATES:
        try:
            return datetime.strptime(date, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


def number(text: object) -> float | None:
    """Parse a number with a point or a comma; None if it is not a number."""
    if isinstance(text, bool):
        return None
    if isinstance(text, int | float):
        return float(text)
    try:
        return float(str(text).strip().replace(",", ".")) if str(text or "").strip() else None
    except ValueError:
        return None


def _utc(parsed: datetime) -> datetime:
    return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _from_jira(row: ExportRow, tracker: str) -> WorkItem:
    key = row.first("issue key", "key")
    kind, level = _kind(row.first("issue type", "type"))
    resolved = moment(row.first("resolved", "resolution date"))
    status = row.first("status")
    priority = row.first("priority") or None
    epic_link = row.first("parent key", "parent", "epic link")
    return WorkItem(
        tracker=tracker,
        id=key,
        key=key,
        project=row.first("project key") or key.rpartition("-")[0],
        type=row.first("issue type", "type"),
        kind=kind,
        level=level,
        title=_one_line(row.first("summary")),
        text=wiki.read(row.first("description")),
        criteria=_criteria(row, _CRITERIA, wiki.read),
        status=status,
        category=_category(row.first("status category"), status, resolved),
        priority=priority,
        priority_is_default=_is_default(priority, Shape.JIRA) if row.has("priority") else None,
        points=number(row.first(*_POINTS)),
        value=number(row.first("business value")),
        urgency=number(row.first("time criticality")),
        risk=number(row.first("rr-oe", "risk reduction")),
        created=moment(row.first("created")),
        updated=moment(row.first("updated")),
        resolved=resolved,
        rank=row.first("rank") or None,
        sprints=_sprints(row.every("sprint"), resolved is not None),
        labels=tuple(label for cell in row.every("labels") for label in cell.split()),
        components=tuple(row.every("component/s", "components", "component")),
        parent=epic_link if "-" in epic_link else None,
        links=tuple(_jira_links(row)),
        flagged=bool(row.first("flagged")),
        assigned=bool(row.first("assignee")) if row.has("assignee") else None,
        restricted=bool(row.first("security level")),
        version=row.digest,
    )


def _jira_links(row: ExportRow) -> Sequence[Link]:
    links = []
    for name, values in row.cells.items():
        for direction in ("outward issue link (", "inward issue link ("):
            if name.startswith(direction):
                words = name.removeprefix(direction).rstrip(")")
                links += [Link(words, value.strip()) for value in values if value.strip()]
    return links


def _from_azure(row: ExportRow, tracker: str) -> WorkItem:
    key = row.first("id")
    kind, level = _kind(row.first("work item type"))
    status = row.first("state")
    resolved = moment(row.first("closed date", "resolved date"))
    priority = row.first("priority") or None
    iteration = row.first("iteration path")
    titles = sorted(name for name in row.cells if name.startswith("title"))
    rank = row.first("stack rank", "backlog priority")
    return WorkItem(
        tracker=tracker,
        id=key,
        key=key,
        project=row.first("team project") or row.first("area path").partition("\\")[0],
        type=row.first("work item type"),
        kind=kind,
        level=level,
        title=_one_line(row.first(*titles)),
        text=(*html.read(row.first("description")), *html.read(row.first("repro steps"))),
        criteria=_criteria(row, _CRITERIA, html.read),
        status=status,
        category=_category("", status, resolved),
        priority=priority,
        priority_is_default=_is_default(priority, Shape.AZURE) if row.has("priority") else None,
        points=number(row.first(*_POINTS)),
        value=number(row.first("business value")),
        urgency=number(row.first("time criticality")),
        created=moment(row.first("created date")),
        updated=moment(row.first("changed date")),
        started=moment(row.first("activated date")),
        resolved=resolved,
        rank=rank or None,
        ranked_by_person=moment(row.first("created date")) if rank else None,
        sprints=_sprints([iteration.rpartition("\\")[2]] if "\\" in iteration else [], resolved is not None),
        labels=tuple(tag.strip() for tag in row.first("tags").split(";") if tag.strip()),
        area=row.first("area path") or None,
        parent=row.first("parent") or None,
        assigned=bool(row.first("assigned to")) if row.has("assigned to") else None,
        version=row.digest,
    )


def _from_json(row: ExportRow, tracker: str) -> FetchedItem:
    item: Mapping[str, Any] = row.plain or {}
    kind, level = _kind(str(item.get("type") or "Story"))
    resolved = moment(item.get("resolved"))
    status = str(item.get("status") or ("Done" if resolved else "To Do"))
    priority = item.get("priority")
    criteria = item.get("acceptance_criteria")
    transitions = tuple(_transitions(item.get("transitions")))
    ranked = [change.at for change in transitions if change.field == "rank"]
    return FetchedItem(
        item=WorkItem(
            tracker=tracker,
            id=str(item["key"]),
            key=str(item["key"]),
            project=str(item.get("project") or str(item["key"]).rpartition("-")[0]),
            type=str(item.get("type") or "Story"),
            kind=kind,
            level=level,
            title=_one_line(str(item.get("title") or "")),
            text=_any_markup(str(item.get("description") or "")),
            criteria=None if criteria is None else _any_markup(str(criteria)),
            status=status,
            category=_category("", status, resolved),
            priority=None if priority is None else str(priority),
            priority_is_default=_is_default(priority, Shape.LINES),
            points=number(item.get("points")),
            value=number(item.get("business_value")),
            urgency=number(item.get("time_criticality")),
            risk=number(item.get("risk_reduction")),
            created=moment(item.get("created")),
            updated=moment(item.get("updated")),
            started=next(
                (change.at for change in transitions if change.field == "status" and _begun(change.after)), None
            ),
            resolved=resolved,
            ranked_by_person=max(ranked, default=None),
            sprints=_sprints(_names(item.get("sprint")), resolved is not None),
            labels=tuple(str(label) for label in item.get("labels") or ()),
            components=tuple(str(component) for component in item.get("components") or ()),
            parent=str(item["parent"]) if item.get("parent") else None,
            flagged=bool(item.get("flagged")),
            assigned="assignee" in item,
            version=row.digest,
        ),
        transitions=transitions,
    )


def _transitions(given: object) -> Sequence[FieldChange]:
    changes = []
    for raw in given if isinstance(given, list) else ():
        at = moment(raw.get("at")) if isinstance(raw, Mapping) else None
        if at is not None:
            name, before, after = (str(raw.get(key) or "") for key in ("field", "from", "to"))
            changes.append(FieldChange(at, name, before, after))
    return sorted(changes, key=lambda change: change.at)


def _names(given: object) -> list[str]:
    parts = given if isinstance(given, list) else [given] if given else []
    return [str(part.get("name", "")) if isinstance(part, Mapping) else str(part) for part in parts]


def _any_markup(text: str) -> RichText:
    """Read a text whose markup is unknown: Markdown if it looks like it, else wiki markup."""
    lines = text.lstrip()
    return markdown.read(text) if lines.startswith(("#", "- [", "```")) or "\n## " in text else wiki.read(text)


def _kind(name: str) -> tuple[ItemKind, HierarchyLevel]:
    return _KINDS.get(name.strip().casefold(), (ItemKind.OTHER, HierarchyLevel.REQUIREMENT))


def _category(exported: str, status: str, resolved: datetime | None) -> StatusCategory:
    name = status.strip().casefold()
    if exported.strip().casefold() in _CATEGORY_NAMES:
        return _CATEGORY_NAMES[exported.strip().casefold()]
    if name in _REMOVED:
        return StatusCategory.REMOVED
    if resolved is not None or name in _FINISHED:
        return StatusCategory.DONE
    return StatusCategory.IN_PROGRESS if _begun(name) else StatusCategory.TO_DO


def _begun(status: str) -> bool:
    return status.strip().casefold() in _BEGUN


def _is_default(priority: object, shape: Shape) -> bool:
    return priority is None or str(priority).strip().casefold() in _DEFAULT_PRIORITIES[shape]


def _sprints(names: Sequence[str], finished: bool) -> tuple[Sprint, ...]:
    # An export has no dates of sprints: those of an open item count as future.
    state = SprintState.CLOSED if finished else SprintState.FUTURE
    return tuple(Sprint(name, name, state) for name in dict.fromkeys(names) if name.strip())


def _criteria(row: ExportRow, names: Sequence[str], read: Any) -> RichText | None:
    if not row.has(*names):
        return None
    criteria: RichText = read(row.first(*names))
    return criteria


def _one_line(text: str) -> str:
    return " ".join(text.split())
