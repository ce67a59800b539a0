"""Converts the rows of an export file to work items. Attributes that the file does not contain are unknown."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from typing import Any

import msgspec

from connectors.export.columns import (
    ALL_ATTRIBUTES,
    COLUMNS,
    CRITERIA_COLUMNS,
    DATE_COLUMNS,
    DUE_COLUMNS,
    NUMBER_COLUMNS,
    NUMBER_KEYS,
    POINTS_COLUMNS,
    RANK_COLUMNS,
    RELEASE_COLUMNS,
    TYPE_COLUMNS,
)
from connectors.export.dates import DateParser
from connectors.export.names import category_of, is_default_priority, is_in_progress, kind_and_level
from connectors.export.rows import ExportFormat, ExportRow
from connectors.markup import adf, html, markdown, wiki
from connectors.tracker import FetchedItem
from rules.model import (
    FieldChange,
    Link,
    Release,
    RichText,
    Sprint,
    SprintState,
    StatusCategory,
    WorkItem,
)

_TYPES_WITH_CRITERIA = frozenset({"user story", "product backlog item"})
"""The types that have a field for acceptance criteria in Azure DevOps. Without its column, their criteria are unknown;
other types have their criteria in the description."""


def get_dates(row: ExportRow, export_format: ExportFormat) -> list[str]:
    """The dates of a row as strings, usually the earliest first."""
    if row.json_item is not None:
        return [_text(row.json_item.get(name)) for name in ("created", "updated", "resolved")]
    return [row.first(*names) for names in DATE_COLUMNS[export_format]]


def has_rank(row: ExportRow) -> bool:
    """Whether a row has a column for the rank."""
    return any(name in row.cells for name in RANK_COLUMNS)


def rank_sort_key(row: ExportRow) -> tuple[bool, float, str]:
    """The key by which rows are sorted in rank order. Rows without a rank come last."""
    rank = row.first(*RANK_COLUMNS).strip()
    value = parse_number(rank)
    if value is None:
        return not rank, 0.0, rank
    return False, value, ""


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
    """Converts the rows of one file.

    Args:
        tracker: The name of the tracker in the configuration.
        export_format: The format of the file.
        columns: The columns of a CSV file, or all keys of a JSON file.
        dates: Parses the dates of the file. It has examined all of them.

    Attributes:
        missing_columns: The titles of the columns that rules need and the file lacks.
    """

    def __init__(self, tracker: str, export_format: ExportFormat, columns: AbstractSet[str], dates: DateParser) -> None:
        self._tracker = tracker
        self._export_format = export_format
        self._columns = columns
        self._dates = dates
        missing_columns = [column for column in COLUMNS[export_format] if not columns & set(column.names)]
        self.missing_columns = tuple(column.title for column in missing_columns)
        self._unknown_in_file = tuple(attribute for column in missing_columns for attribute in column.attributes)
        if export_format not in (ExportFormat.JSON_LINES, ExportFormat.AZURE_REST):
            # These columns are rare, so a note about their absence would not help.
            if not columns & set(DUE_COLUMNS):
                self._unknown_in_file += ("due",)
            # Azure DevOps has no releases of items.
            if export_format is not ExportFormat.AZURE and not columns & set(RELEASE_COLUMNS):
                self._unknown_in_file += ("releases",)
        self._has_no_criteria_column = not columns & {*CRITERIA_COLUMNS, "acceptance_criteria"}

    def map_row(self, row: ExportRow) -> FetchedItem:
        """Convert a row that has a key."""
        if row.json_item is not None:
            return self._from_json(row, row.json_item)
        return FetchedItem(
            item=self._from_jira(row) if self._export_format is ExportFormat.JIRA else self._from_azure(row)
        )

    def _from_jira(self, row: ExportRow) -> WorkItem:
        type_name = row.first(*TYPE_COLUMNS)
        kind, level = kind_and_level(type_name)
        status, resolution = row.first("status"), row.first("resolution")
        resolved = self._dates.parse(row.first("resolved", "resolution date"))
        category = category_of(
            self._export_format, row.first("status category"), status, resolution, is_resolved=resolved is not None
        )
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
            priority_is_default=is_default_priority(self._export_format, priority)
            if "priority" in self._columns
            else None,
            points=parse_number(row.first(*POINTS_COLUMNS)),
            value=parse_number(row.first(*NUMBER_COLUMNS["value"])),
            urgency=parse_number(row.first(*NUMBER_COLUMNS["urgency"])),
            risk=parse_number(row.first(*NUMBER_COLUMNS["risk"])),
            created=self._dates.parse(row.first("created")),
            updated=self._dates.parse(row.first("updated")),
            resolved=resolved,
            rank=row.first("rank") or None,
            due=self._parse_day(row.first(*DUE_COLUMNS)),
            releases=tuple(Release(name) for name in row.every(*RELEASE_COLUMNS) if name.strip()),
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
                has_resolution=bool(self._columns & {"resolved", "resolution"}),
                unreadable=self._unreadable_cells(row),
            ),
            version=row.digest,
        )

    def _from_azure(self, row: ExportRow) -> WorkItem:
        type_name = row.first("work item type")
        kind, level = kind_and_level(type_name)
        state = row.first("state")
        closed = self._dates.parse(row.first("closed date"))
        category = category_of(self._export_format, "", state, row.first("reason"), is_resolved=closed is not None)
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
            priority_is_default=is_default_priority(self._export_format, priority)
            if "priority" in self._columns
            else None,
            points=parse_number(row.first(*POINTS_COLUMNS)),
            value=parse_number(row.first(*NUMBER_COLUMNS["value"])),
            urgency=parse_number(row.first(*NUMBER_COLUMNS["urgency"])),
            created=created,
            updated=self._dates.parse(row.first("changed date")),
            started=self._dates.parse(row.first("activated date")),
            resolved=closed,
            rank=rank or None,
            # In Azure DevOps, an item has no rank until a person ranks it. When that was, an export does not say.
            ranked_by_person=created if rank else None,
            due=self._parse_day(row.first(*DUE_COLUMNS)),
            sprints=_map_sprints([iteration.rpartition("\\")[2]] if "\\" in iteration else [], category),
            labels=tuple(tag.strip() for tag in row.first("tags").split(";") if tag.strip()),
            area=row.first("area path") or None,
            parent=row.first("parent") or None,
            assigned=bool(row.first("assigned to")) if "assigned to" in self._columns else None,
            unknown=self._unknown_attributes(
                row,
                category,
                has_resolution="closed date" in self._columns,
                type_name=type_name,
                unreadable=self._unreadable_cells(row),
            ),
            version=row.digest,
        )

    def _from_json(self, row: ExportRow, item: Mapping[str, Any]) -> FetchedItem:
        is_json_lines = self._export_format is ExportFormat.JSON_LINES
        # In JSON lines, the type and the status may be left out: then it is a story, and done if it has been resolved.
        type_name = _text(item.get("type")) or ("Story" if is_json_lines else "")
        kind, level = kind_and_level(type_name)
        resolved = self._dates.parse(_text(item.get("resolved")))
        status = _text(item.get("status")) or ("Done" if resolved and is_json_lines else "")
        category = category_of(
            self._export_format,
            _text(item.get("category")),
            status,
            _text(item.get("resolution")),
            is_resolved=resolved is not None,
        )
        priority = _text(item.get("priority")) or None
        transitions = tuple(self._parse_transitions(item.get("transitions")))
        text, criteria = (self._parse_markup(item.get(name)) for name in ("description", "acceptance_criteria"))
        unreadable = [
            *_unreadable_attributes({name: item.get(key) for name, key in NUMBER_KEYS.items()}),
            *self._unreadable_due_date(_text(item.get("due"))),
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
            priority_is_default=is_default_priority(self._export_format, priority),
            points=parse_number(item.get("points")),
            value=parse_number(item.get("business_value")),
            urgency=parse_number(item.get("time_criticality")),
            risk=parse_number(item.get("risk_reduction")),
            created=self._dates.parse(_text(item.get("created"))),
            updated=self._dates.parse(_text(item.get("updated"))),
            started=next(
                (change.at for change in transitions if change.field == "status" and is_in_progress(change.after)),
                None,
            ),
            resolved=resolved,
            ranked_by_person=max((change.at for change in transitions if change.field == "rank"), default=None),
            due=self._parse_day(_text(item.get("due"))),
            releases=tuple(self._map_releases(item.get("releases"))),
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
                has_resolution=is_json_lines or "resolved" in item,
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
        has_resolution: bool,
        unreadable: Sequence[str],
        type_name: str = "",
    ) -> tuple[str, ...]:
        """The attributes of an item that are unknown.

        Args:
            row: The row of the item.
            category: The category of its status.
            has_resolution: Whether the file says which items are resolved. If not, an item whose status has an unknown
                category may be done.
            unreadable: Attributes whose values have an unexpected format.
            type_name: The name of its type.
        """
        if row.is_shifted:
            return ALL_ATTRIBUTES
        unknown = (*self._unknown_in_file, *unreadable)
        if row.is_short:
            missing_cells = [
                column for column in COLUMNS[self._export_format] if not row.cells.keys() & set(column.names)
            ]
            unknown += tuple(attribute for column in missing_cells for attribute in column.attributes)
        if category is StatusCategory.UNKNOWN and not has_resolution:
            unknown += ("category",)
        if (
            self._export_format.is_from_azure
            and self._has_no_criteria_column
            and type_name.casefold() in _TYPES_WITH_CRITERIA
        ):
            unknown += ("criteria",)
        return unknown

    def _unreadable_cells(self, row: ExportRow) -> list[str]:
        """The attributes whose cells in a row of a CSV file have an unexpected format."""
        numbers = {name: row.first(*columns) for name, columns in NUMBER_COLUMNS.items()}
        return [*_unreadable_attributes(numbers), *self._unreadable_due_date(row.first(*DUE_COLUMNS))]

    def _unreadable_due_date(self, text: str) -> tuple[str, ...]:
        """The attribute `due` if its text is not a date; empty otherwise."""
        return ("due",) if text.strip() and self._parse_day(text) is None else ()

    def _parse_day(self, text: str) -> date | None:
        """Parse a date without a time; None if it is empty or cannot be parsed."""
        moment = self._dates.parse(text)
        return None if moment is None else moment.date()

    def _map_releases(self, value: object) -> Iterable[Release]:
        """Convert the releases of a JSON item, which are objects or names."""
        for raw in value if isinstance(value, list) else ():
            details = raw if isinstance(raw, Mapping) else {}
            if name := _text(raw):
                yield Release(name, self._parse_day(_text(details.get("date"))), details.get("released") is True)

    def _parse_criteria(self, row: ExportRow, parse_text: Callable[[str], RichText]) -> RichText | None:
        return None if self._has_no_criteria_column else parse_text(row.first(*CRITERIA_COLUMNS))

    def _parse_transitions(self, value: object) -> Sequence[FieldChange]:
        changes = []
        for raw in value if isinstance(value, list) else ():
            at = self._dates.parse(_text(raw.get("at"))) if isinstance(raw, Mapping) else None
            if at is not None:
                name, before, after = (_text(raw.get(key)) for key in ("field", "from", "to"))
                changes.append(FieldChange(at, name, before, after))
        return sorted(changes, key=lambda change: change.at)

    def _parse_markup(self, value: object) -> RichText | None:
        """Parse a long text in the markup of the file; None if it has an unexpected format.

        The markup is ADF or wiki markup in Jira, HTML in Azure DevOps, and Markdown or wiki markup in JSON lines.
        """
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
        is_markdown = text.lstrip().startswith(("#", "- [", "```")) or "\n## " in text
        if is_markdown and self._export_format is ExportFormat.JSON_LINES:
            return markdown.parse(text)
        return wiki.parse(text)


def _unreadable_attributes(numbers: Mapping[str, object]) -> list[str]:
    """The attributes whose values should be numbers and are not, from the values by attribute."""
    return [name for name, value in numbers.items() if value not in (None, "") and parse_number(value) is None]


_INWARD_LINK_NAMES = {"blocks": "is blocked by", "depends": "is depended on by", "dependency": "is depended on by"}
"""The name of a kind of link as seen from its target, by the name as seen from its source."""


def _map_jira_links(row: ExportRow) -> Iterable[Link]:
    """Convert links in columns such as "Outward issue link (Blocks)". Such an item is the source of the links."""
    for name, values in row.cells.items():
        for prefix in ("outward issue link (", "inward issue link ("):
            if name.startswith(prefix):
                kind = name.removeprefix(prefix).rstrip(")")
                kind = _INWARD_LINK_NAMES.get(kind, kind) if prefix.startswith("inward") else kind
                yield from (Link(kind, value.strip()) for value in values if value.strip())


def _map_json_links(value: object) -> Iterable[Link]:
    for raw in value if isinstance(value, list) else ():
        kind, target = (_text(raw.get(name)) if isinstance(raw, Mapping) else "" for name in ("kind", "target"))
        if kind and target:
            yield Link(kind, target)


def _map_sprints(names: Sequence[str], category: StatusCategory) -> tuple[Sprint, ...]:
    """Convert names of sprints. An export has no dates of sprints, so those of an open item count as future."""
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
