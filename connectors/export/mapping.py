"""Maps rows of an export to work items. Attributes that the file does not contain are unknown."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Any

import msgspec

from connectors.export.columns import (
    ALL_ATTRIBUTES,
    COLUMNS,
    CRITERIA_COLUMNS,
    DATE_COLUMNS,
    POINTS_COLUMNS,
    RANK_COLUMNS,
    TYPE_COLUMNS,
)
from connectors.export.dates import DateParser
from connectors.export.rows import ExportFormat, ExportRow
from connectors.markup import adf, html, markdown, wiki
from connectors.resolutions import AbandonedNames
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

_DONE_STATUSES = frozenset({"done", "closed", "resolved", "complete", "completed", "fertig", "erledigt", "geschlossen"})
_IN_PROGRESS_STATUSES = frozenset(
    {"in progress", "doing", "active", "committed", "in review", "in test", "in arbeit", "in bearbeitung", "reviewing"}
)
_TO_DO_STATUSES = frozenset(
    {"to do", "todo", "open", "new", "backlog", "reopened", "approved", "proposed", "ready", "refined", "planned",
     "selected for development", "offen", "neu", "zu erledigen", "geplant", "bereit"}
)  # fmt: skip
_CATEGORY_NAMES = {
    "to do": StatusCategory.TO_DO,
    "zu erledigen": StatusCategory.TO_DO,
    "in progress": StatusCategory.IN_PROGRESS,
    "in arbeit": StatusCategory.IN_PROGRESS,
    "in bearbeitung": StatusCategory.IN_PROGRESS,
    "done": StatusCategory.DONE,
    "fertig": StatusCategory.DONE,
    "erledigt": StatusCategory.DONE,
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
_TYPES_WITH_CRITERIA = frozenset({"user story", "product backlog item"})
_AZURE_FORMATS = (ExportFormat.AZURE, ExportFormat.AZURE_REST)


def get_dates(row: ExportRow, export_format: ExportFormat) -> list[str]:
    """The dates of a row as strings, the earliest first."""
    if row.json_item is not None:
        return [_text(row.json_item.get(name)) for name in ("created", "updated", "resolved")]
    return [row.first(*names) for names in DATE_COLUMNS[export_format]]


def has_rank(row: ExportRow) -> bool:
    """Whether a row has a column for the rank."""
    return any(name in row.cells for name in RANK_COLUMNS)


def rank_sort_key(row: ExportRow) -> tuple[bool, float, str]:
    """Sort key by rank. Rows without a rank come last."""
    rank = row.first(*RANK_COLUMNS).strip()
    value = parse_number(rank)
    return not rank, 0.0 if value is None else value, "" if value is not None else rank


def parse_number(value: object) -> float | None:
    """Parse a number with a decimal point or comma; None if it is not a finite number."""
    if isinstance(value, bool):
        return None
    try:
        parsed = float(value) if isinstance(value, int | float) else float(str(value or "").strip().replace(",", "."))
    except (ValueError, OverflowError):
        return None
    return parsed if math.isfinite(parsed) else None


class ItemMapper:
    """Maps the rows of one file.

    Args:
        tracker: Name of the tracker.
        export_format: The format of the file.
        columns: The columns or keys that the file has.
        dates: Parses its dates.

    Attributes:
        missing_columns: Titles of the columns that the file lacks.
    """

    def __init__(self, tracker: str, export_format: ExportFormat, columns: AbstractSet[str], dates: DateParser) -> None:
        self._tracker = tracker
        self._export_format = export_format
        self._columns = columns
        self._dates = dates
        missing_columns = [column for column in COLUMNS[export_format] if not columns & set(column.names)]
        self.missing_columns = tuple(column.title for column in missing_columns)
        self._unknown_in_file = tuple(attribute for column in missing_columns for attribute in column.attributes)
        self._has_no_criteria_column = not columns & {*CRITERIA_COLUMNS, "acceptance_criteria"}

    def map_row(self, row: ExportRow) -> FetchedItem:
        """Map a row that has a key."""
        if row.json_item is not None:
            return self._from_json(row, row.json_item)
        return FetchedItem(
            item=self._from_jira(row) if self._export_format is ExportFormat.JIRA else self._from_azure(row)
        )

    def _from_jira(self, row: ExportRow) -> WorkItem:
        type_name = row.first(*TYPE_COLUMNS)
        kind, level = _kind_and_level(type_name)
        status, resolution = row.first("status"), row.first("resolution")
        resolved = self._dates.parse(row.first("resolved", "resolution date"))
        category = self._category(row.first("status category"), status, resolution, is_resolved=resolved is not None)
        if resolved is None and category is StatusCategory.DONE:
            resolved = self._dates.parse(row.first("status category changed"))
        priority = row.first("priority") or None
        epic_link = row.first("parent key", "parent", "epic link")
        return WorkItem(
            tracker=self._tracker,
            id=row.key,
            key=row.key,
            project=row.first("project key") or row.key.rpartition("-")[0],
            type=type_name,
            kind=kind,
            level=level,
            title=_one_line(row.first("summary")),
            text=wiki.parse(row.first("description")),
            criteria=self._parse_criteria(row, wiki.parse),
            status=status,
            category=category,
            priority=priority,
            priority_is_default=self._is_default_priority(priority) if "priority" in self._columns else None,
            points=parse_number(row.first(*POINTS_COLUMNS)),
            value=parse_number(row.first(*_NUMBER_COLUMNS["value"])),
            urgency=parse_number(row.first(*_NUMBER_COLUMNS["urgency"])),
            risk=parse_number(row.first(*_NUMBER_COLUMNS["risk"])),
            created=self._dates.parse(row.first("created")),
            updated=self._dates.parse(row.first("updated")),
            resolved=resolved,
            rank=row.first("rank") or None,
            sprints=_map_sprints(row.every("sprint"), category),
            labels=tuple(label for cell in row.every("labels") for label in cell.split()),
            components=tuple(row.every("component/s", "components", "component")),
            parent=epic_link if "-" in epic_link else None,
            links=tuple(_map_jira_links(row)),
            flagged=bool(row.first("flagged")),
            assigned=bool(row.first("assignee")) if "assignee" in self._columns else None,
            restricted=bool(row.first("security level")),
            unknown=self._unknown_attributes(
                row,
                category,
                has_outcome=bool(self._columns & {"resolved", "resolution"}),
                unreadable=_unreadable_attributes(
                    {name: row.first(*columns) for name, columns in _NUMBER_COLUMNS.items()}
                ),
            ),
            version=row.digest,
        )

    def _from_azure(self, row: ExportRow) -> WorkItem:
        type_name = row.first("work item type")
        kind, level = _kind_and_level(type_name)
        state = row.first("state")
        closed = self._dates.parse(row.first("closed date"))
        category = self._category("", state, row.first("reason"), is_resolved=closed is not None)
        priority = row.first("priority") or None
        iteration = row.first("iteration path")
        rank = row.first(*RANK_COLUMNS)
        created = self._dates.parse(row.first("created date"))
        return WorkItem(
            tracker=self._tracker,
            id=row.key,
            key=row.key,
            project=row.first("team project") or row.first("area path").partition("\\")[0],
            type=type_name,
            kind=kind,
            level=level,
            title=_one_line(row.first(*sorted(name for name in row.cells if name.startswith("title")))),
            text=(*html.parse(row.first("description")), *html.parse(row.first("repro steps"))),
            criteria=self._parse_criteria(row, html.parse),
            status=state,
            category=category,
            priority=priority,
            priority_is_default=self._is_default_priority(priority) if "priority" in self._columns else None,
            points=parse_number(row.first(*POINTS_COLUMNS)),
            value=parse_number(row.first(*_NUMBER_COLUMNS["value"])),
            urgency=parse_number(row.first(*_NUMBER_COLUMNS["urgency"])),
            created=created,
            updated=self._dates.parse(row.first("changed date")),
            started=self._dates.parse(row.first("activated date")),
            resolved=closed,
            rank=rank or None,
            ranked_by_person=created if rank else None,
            sprints=_map_sprints([iteration.rpartition("\\")[2]] if "\\" in iteration else [], category),
            labels=tuple(tag.strip() for tag in row.first("tags").split(";") if tag.strip()),
            area=row.first("area path") or None,
            parent=row.first("parent") or None,
            assigned=bool(row.first("assigned to")) if "assigned to" in self._columns else None,
            unknown=self._unknown_attributes(
                row,
                category,
                has_outcome="closed date" in self._columns,
                type_name=type_name,
                unreadable=_unreadable_attributes(
                    {name: row.first(*columns) for name, columns in _NUMBER_COLUMNS.items()}
                ),
            ),
            version=row.digest,
        )

    def _from_json(self, row: ExportRow, item: Mapping[str, Any]) -> FetchedItem:
        is_json_lines = self._export_format is ExportFormat.JSON_LINES
        type_name = _text(item.get("type")) or ("Story" if is_json_lines else "")
        kind, level = _kind_and_level(type_name)
        resolved = self._dates.parse(_text(item.get("resolved")))
        status = _text(item.get("status")) or ("Done" if resolved and is_json_lines else "")
        category = self._category(
            _text(item.get("category")), status, _text(item.get("resolution")), is_resolved=resolved is not None
        )
        priority = _text(item.get("priority")) or None
        transitions = tuple(self._parse_transitions(item.get("transitions")))
        text, criteria = (self._parse_markup(item.get(name)) for name in ("description", "acceptance_criteria"))
        unreadable = [
            *_unreadable_attributes({name: item.get(key) for name, key in _NUMBER_KEYS.items()}),
            *(["text"] if text is None else []),
            *(["criteria"] if criteria is None else []),
        ]
        work_item = WorkItem(
            tracker=self._tracker,
            id=row.key,
            key=row.key,
            project=_text(item.get("project")) or row.key.rpartition("-")[0],
            type=type_name,
            kind=kind,
            level=level,
            title=_one_line(_text(item.get("title"))),
            text=text or (),
            criteria=criteria if item.get("acceptance_criteria") is not None else None,
            status=status,
            category=category,
            priority=priority,
            priority_is_default=self._is_default_priority(priority),
            points=parse_number(item.get("points")),
            value=parse_number(item.get("business_value")),
            urgency=parse_number(item.get("time_criticality")),
            risk=parse_number(item.get("risk_reduction")),
            created=self._dates.parse(_text(item.get("created"))),
            updated=self._dates.parse(_text(item.get("updated"))),
            started=next(
                (change.at for change in transitions if change.field == "status" and _is_in_progress(change.after)),
                None,
            ),
            resolved=resolved,
            ranked_by_person=max((change.at for change in transitions if change.field == "rank"), default=None),
            sprints=_map_sprints(_text_list(item.get("sprint")), category),
            labels=tuple(_text_list(item.get("labels"))),
            components=tuple(_text_list(item.get("components"))),
            parent=_text(item.get("parent")) or None,
            links=tuple(_map_json_links(item.get("links"))),
            votes=votes if isinstance(votes := item.get("votes"), int) and not isinstance(votes, bool) else None,
            flagged=bool(item.get("flagged")),
            assigned=bool(item.get("assignee")) if "assignee" in item or is_json_lines else None,
            unknown=self._unknown_attributes(
                row,
                category,
                has_outcome=is_json_lines or "resolved" in item,
                type_name=type_name,
                unreadable=unreadable,
            ),
            version=row.digest,
        )
        return FetchedItem(item=work_item, transitions=transitions)

    def _unknown_attributes(
        self,
        row: ExportRow,
        category: StatusCategory,
        *,
        has_outcome: bool,
        unreadable: Sequence[str],
        type_name: str = "",
    ) -> tuple[str, ...]:
        """The unknown attributes of an item. If its status is unknown, only an empty outcome shows that it is open."""
        if row.is_shifted:
            return ALL_ATTRIBUTES
        unknown = (*self._unknown_in_file, *unreadable)
        if row.is_short:
            missing_cells = [
                column for column in COLUMNS[self._export_format] if not row.cells.keys() & set(column.names)
            ]
            unknown += tuple(attribute for column in missing_cells for attribute in column.attributes)
        if category is StatusCategory.UNKNOWN and not has_outcome:
            unknown += ("category",)
        if (
            self._export_format in _AZURE_FORMATS
            and self._has_no_criteria_column
            and type_name.casefold() in _TYPES_WITH_CRITERIA
        ):
            unknown += ("criteria",)
        return unknown

    def _parse_criteria(self, row: ExportRow, parse_text: Callable[[str], RichText]) -> RichText | None:
        return None if self._has_no_criteria_column else parse_text(row.first(*CRITERIA_COLUMNS))

    def _category(self, category_name: str, status: str, outcome: str, *, is_resolved: bool) -> StatusCategory:
        category = _CATEGORY_NAMES.get(category_name.strip().casefold())
        if category is None:
            category = self._category_of_status(status.strip().casefold(), is_resolved=is_resolved)
        has_outcome = outcome.strip().casefold() not in ("", "unresolved") and self._export_format not in _AZURE_FORMATS
        if category is StatusCategory.UNKNOWN and has_outcome:
            category = StatusCategory.DONE
        is_abandoned = category is StatusCategory.DONE and _is_abandoned(status, outcome)
        return StatusCategory.REMOVED if is_abandoned else category

    def _category_of_status(self, name: str, *, is_resolved: bool) -> StatusCategory:
        if self._export_format in _AZURE_FORMATS and name == "resolved":
            return StatusCategory.IN_PROGRESS
        if is_resolved or name in _DONE_STATUSES or _is_abandoned(name):
            return StatusCategory.DONE
        if _is_in_progress(name):
            return StatusCategory.IN_PROGRESS
        # In JSON lines, an item that has an unusual status and is not resolved has not been started.
        return (
            StatusCategory.TO_DO
            if name in _TO_DO_STATUSES or self._export_format is ExportFormat.JSON_LINES
            else StatusCategory.UNKNOWN
        )

    def _is_default_priority(self, priority: str | None) -> bool:
        default_priority = "2" if self._export_format in _AZURE_FORMATS else "medium"
        return priority is None or priority.strip().casefold() == default_priority

    def _parse_transitions(self, value: object) -> Sequence[FieldChange]:
        changes = []
        for raw in value if isinstance(value, list) else ():
            at = self._dates.parse(_text(raw.get("at"))) if isinstance(raw, Mapping) else None
            if at is not None:
                name, before, after = (_text(raw.get(key)) for key in ("field", "from", "to"))
                changes.append(FieldChange(at, name, before, after))
        return sorted(changes, key=lambda change: change.at)

    def _parse_markup(self, value: object) -> RichText | None:
        """Parse a long text; None if that is impossible. JSON lines contain Markdown or wiki markup."""
        if isinstance(value, dict):
            try:
                return adf.parse(msgspec.convert(value, adf.Node))
            except msgspec.ValidationError:
                return None
        if isinstance(value, list):
            return None
        text = _text(value)
        if self._export_format is ExportFormat.AZURE_REST:
            return html.parse(text)
        lines = text.lstrip()
        is_markdown = lines.startswith(("#", "- [", "```")) or "\n## " in text
        return (
            markdown.parse(text) if is_markdown and self._export_format is ExportFormat.JSON_LINES else wiki.parse(text)
        )


_NUMBER_COLUMNS = {
    "points": POINTS_COLUMNS,
    "value": ("business value",),
    "urgency": ("time criticality",),
    "risk": ("rr-oe", "risk reduction"),
}
"""The columns that hold numbers, by the attribute."""
_NUMBER_KEYS = {"points": "points", "value": "business_value", "urgency": "time_criticality", "risk": "risk_reduction"}
"""The keys that hold numbers, by the attribute."""


def _unreadable_attributes(figures: Mapping[str, object]) -> list[str]:
    """The attributes of an item whose text is not a number."""
    return [name for name, value in figures.items() if value not in (None, "") and parse_number(value) is None]


_INWARD_LINK_NAMES = {"blocks": "is blocked by", "depends": "is depended on by", "dependency": "is depended on by"}
"""Names of links from the inward end, by the name in the column, which is usually the outward name."""


def _map_jira_links(row: ExportRow) -> Iterable[Link]:
    for name, values in row.cells.items():
        for direction in ("outward issue link (", "inward issue link ("):
            if name.startswith(direction):
                kind = name.removeprefix(direction).rstrip(")")
                kind = _INWARD_LINK_NAMES.get(kind, kind) if direction.startswith("inward") else kind
                yield from (Link(kind, value.strip()) for value in values if value.strip())


def _map_json_links(value: object) -> Iterable[Link]:
    for raw in value if isinstance(value, list) else ():
        kind, target = (_text(raw.get(name)) if isinstance(raw, Mapping) else "" for name in ("kind", "target"))
        if kind and target:
            yield Link(kind, target)


def _kind_and_level(name: str) -> tuple[ItemKind, HierarchyLevel]:
    return _KINDS.get(name.strip().casefold(), (ItemKind.OTHER, HierarchyLevel.REQUIREMENT))


@lru_cache(maxsize=1000)
def _is_abandoned(*names: str) -> bool:
    return AbandonedNames().contains_any(names)


def _is_in_progress(status: str) -> bool:
    return status.strip().casefold() in _IN_PROGRESS_STATUSES


def _map_sprints(names: Sequence[str], category: StatusCategory) -> tuple[Sprint, ...]:
    # An export has no dates of sprints. The sprints of an open item count as future.
    is_finished = category in (StatusCategory.DONE, StatusCategory.REMOVED)
    state = SprintState.CLOSED if is_finished else SprintState.FUTURE
    return tuple(Sprint(name, name, state) for name in dict.fromkeys(names) if name.strip())


def _text(value: object) -> str:
    """A JSON value as a string; empty for null, lists and objects without a name."""
    if isinstance(value, Mapping):
        value = value.get("name")
    return "" if value is None or isinstance(value, list | Mapping) else str(value)


def _text_list(value: object) -> list[str]:
    """The strings of a list, or a single string as a list; other values are left out."""
    entries = value if isinstance(value, list) else [value]
    return [text for entry in entries if (text := _text(entry)).strip()]


def _one_line(text: str) -> str:
    return " ".join(text.split())
