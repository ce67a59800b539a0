"""Converts the rows of CSV exports from Jira and Azure DevOps to work items."""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from connectors.export.columns import (
    COLUMNS,
    COMPONENT_COLUMNS,
    CRITERIA_COLUMNS,
    DUE_COLUMNS,
    LINK_PREFIXES,
    NUMBER_COLUMNS,
    PARENT_COLUMNS,
    RANK_COLUMNS,
    RELEASE_COLUMNS,
    TYPE_COLUMNS,
)
from connectors.export.mapping import ItemMapper, differ, unreadable_numbers
from connectors.export.names import category_of, is_default_priority, kind_and_level
from connectors.export.rows import ExportRow
from connectors.export.values import parse_number, to_sprints, to_title
from connectors.markup import html, wiki
from connectors.tracker import FetchedItem
from rules.model import Link, Release, RichText, StatusCategory, WorkItem

_INWARD_LINK_NAMES = {"blocks": "is blocked by", "depends": "is depended on by", "dependency": "is depended on by"}
"""How a link type is called on the item to which the link points, by the name of the type in the column header."""
_LIST_ATTRIBUTES = frozenset({"sprints"})
"""Attributes in `COLUMNS` that may have several columns with the same name, each with one of the values."""


class _CsvMapper(ItemMapper):
    """Converts the rows of a CSV file."""

    resolution_columns: ClassVar[frozenset[str]]
    """The columns that show whether an item is resolved."""

    def _shows_resolution(self, _row: ExportRow) -> bool:
        return bool(self._columns & self.resolution_columns)

    def _unknown_in_row(
        self, row: ExportRow, category: StatusCategory, type_name: str, title: str, dates: dict[str, str]
    ) -> tuple[str, ...]:
        """The unknown attributes, including those whose cells are unreadable or contradict each other."""
        unreadable = [
            name
            for name, columns in NUMBER_COLUMNS.items()
            if differ([parse_number(value) for value in row.every(*columns)])
        ]
        for column in COLUMNS[self._export_format]:
            has_one_value = not _LIST_ATTRIBUTES & set(column.attributes)
            if has_one_value and any(differ(row.every(name)) for name in column.names):
                unreadable += (*column.attributes, *(["category"] if "status" in column.attributes else []))
        unreadable += unreadable_numbers({name: row.first(*columns) for name, columns in NUMBER_COLUMNS.items()})
        unreadable += self._unreadable_dates(dates | {"due": row.first(*DUE_COLUMNS)})
        return self._unknown_attributes(row, category, unreadable=unreadable, type_name=type_name, title=title)

    def _parse_numbers(self, row: ExportRow) -> dict[str, Any]:
        return {name: parse_number(row.first(*columns)) for name, columns in NUMBER_COLUMNS.items()}

    def _parse_criteria(self, row: ExportRow, parse_text: Callable[[str], RichText]) -> RichText | None:
        return None if self._has_no_criteria_column else parse_text(row.first(*CRITERIA_COLUMNS))

    def _is_assigned(self, row: ExportRow, column: str) -> bool | None:
        return bool(row.first(column)) if column in self._columns else None

    def _is_default_priority(self, priority: str | None) -> bool | None:
        return is_default_priority(self._export_format, priority) if "priority" in self._columns else None


class JiraCsvMapper(_CsvMapper):
    """Converts the rows of a CSV export from Jira."""

    resolution_columns = frozenset({"resolved", "resolution date", "resolution"})
    """If a file has one of these columns, an item with an unfamiliar status is open, unless its cells in these columns
    say that it was resolved."""

    def map_row(self, row: ExportRow) -> FetchedItem:
        type_name, title = row.first(*TYPE_COLUMNS), row.first("summary")
        kind, level = kind_and_level(type_name)
        status, resolution = row.first("status"), row.first("resolution")
        resolved_text = row.first("resolved", "resolution date")
        resolved = self._dates.parse(resolved_text)
        category = category_of(
            self._export_format, row.first("status category"), status, resolution, is_resolved=bool(resolved_text)
        )
        if resolved is None and category is StatusCategory.DONE:
            resolved = self._dates.parse(row.first("status category changed"))
        priority = row.first("priority") or None
        created, updated = row.first("created"), row.first("updated")
        parent = row.first(*PARENT_COLUMNS)
        return FetchedItem(
            item=WorkItem(
                tracker=self._tracker,
                id=row.key,
                key=row.key,
                project=row.first("project key") or row.key.rpartition("-")[0],
                type=type_name,
                kind=kind,
                level=level,
                title=to_title(title),
                text=wiki.parse(row.first("description")),
                criteria=self._parse_criteria(row, wiki.parse),
                status=status,
                category=category,
                priority=priority,
                priority_is_default=self._is_default_priority(priority),
                **self._parse_numbers(row),
                created=self._dates.parse(created),
                updated=self._dates.parse(updated),
                resolved=resolved,
                rank=row.first("rank") or None,
                due=self._parse_day(row.first(*DUE_COLUMNS)),
                releases=tuple(Release(name) for name in row.every(*RELEASE_COLUMNS)),
                sprints=to_sprints(row.every("sprint"), category),
                labels=tuple(label for cell in row.every("labels") for label in cell.split()),
                components=tuple(row.every(*COMPONENT_COLUMNS)),
                # Jira's column "Parent" may contain the numeric id instead of the key, which contains a hyphen.
                parent=parent if "-" in parent else None,
                links=tuple(_map_links(row)),
                flagged=bool(row.first("flagged")),
                assigned=self._is_assigned(row, "assignee"),
                restricted=bool(row.first("security level")),
                unknown=self._unknown_in_row(row, category, type_name, title, {"created": created, "updated": updated}),
                version=row.digest,
            )
        )


class AzureCsvMapper(_CsvMapper):
    """Converts the rows of a CSV export from Azure DevOps."""

    resolution_columns = frozenset({"closed date"})

    def map_row(self, row: ExportRow) -> FetchedItem:
        type_name = row.first("work item type")
        # An exported tree of items has one column of titles for each level: "Title 1", "Title 2" and so on.
        title = row.first(*sorted(name for name in row.cells if name.startswith("title")))
        kind, level = kind_and_level(type_name)
        state, closed = row.first("state"), row.first("closed date")
        category = category_of(self._export_format, "", state, row.first("reason"), is_resolved=bool(closed))
        priority, rank = row.first("priority") or None, row.first(*RANK_COLUMNS)
        iteration = row.first("iteration path")
        created, changed = row.first("created date"), row.first("changed date")
        created_at = self._dates.parse(created)
        return FetchedItem(
            item=WorkItem(
                tracker=self._tracker,
                id=row.key,
                key=row.key,
                project=row.first("team project") or row.first("area path").partition("\\")[0],
                type=type_name,
                kind=kind,
                level=level,
                title=to_title(title),
                text=(*html.parse(row.first("description")), *html.parse(row.first("repro steps"))),
                criteria=self._parse_criteria(row, html.parse),
                status=state,
                category=category,
                priority=priority,
                priority_is_default=self._is_default_priority(priority),
                **self._parse_numbers(row),
                created=created_at,
                updated=self._dates.parse(changed),
                started=self._dates.parse(row.first("activated date")),
                resolved=self._dates.parse(closed),
                rank=rank or None,
                # In Azure DevOps, an item has no rank until a person ranks it. The export lacks the date of that.
                ranked_by_person=created_at if rank else None,
                due=self._parse_day(row.first(*DUE_COLUMNS)),
                sprints=to_sprints([iteration.rpartition("\\")[2]] if "\\" in iteration else [], category),
                labels=tuple(tag.strip() for tag in row.first("tags").split(";") if tag.strip()),
                area=row.first("area path") or None,
                parent=row.first("parent") or None,
                assigned=self._is_assigned(row, "assigned to"),
                unknown=self._unknown_in_row(row, category, type_name, title, {"created": created, "updated": changed}),
                version=row.digest,
            )
        )


def _map_links(row: ExportRow) -> Iterable[Link]:
    """Convert the links in columns such as "Outward issue link (Blocks)", whose cells name what the item blocks.

    The cells of "Inward issue link (Blocks)" name what blocks the item.
    """
    for name, values in row.cells.items():
        for prefix in LINK_PREFIXES:
            if name.startswith(prefix):
                link_type = name.removeprefix(prefix).rstrip(")")
                kind = _INWARD_LINK_NAMES.get(link_type, link_type) if prefix.startswith("inward") else link_type
                yield from (Link(kind, value.strip()) for value in values if value.strip())
