"""Converts the items of JSON files to work items: JSON lines, or saved responses of the REST APIs."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from connectors.export import rest
from connectors.export.columns import NUMBER_KEYS
from connectors.export.mapping import ItemMapper, unreadable_numbers
from connectors.export.names import category_of, is_default_priority, is_in_progress, kind_and_level
from connectors.export.rows import ExportFormat, ExportRow
from connectors.export.values import (
    is_text,
    is_text_list,
    parse_boolean,
    parse_number,
    to_sprints,
    to_text,
    to_texts,
    to_title,
)
from connectors.markup import adf, html, markdown, wiki
from connectors.tracker import FetchedItem
from rules.model import FieldChange, Link, Release, RichText, WorkItem

_TEXT_ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "title": ("title",),
    "type": ("type", "kind", "level"),
    "status": ("status", "category"),
    "category": ("category",),
    "resolution": ("category",),
    "priority": ("priority",),
    "parent": ("parent",),
}
"""The item attributes that are unknown if the value of a key is not a text, by that key."""
_LIST_ATTRIBUTES = {"sprint": "sprints", "labels": "labels", "components": "components"}
"""The item attribute that is unknown if the value of a key is not a list of texts, by that key."""


class JsonMapper(ItemMapper):
    """Converts the items of a JSON file."""

    def map_row(self, row: ExportRow) -> FetchedItem:
        item = row.json_item or {}
        is_json_lines = self._export_format is ExportFormat.JSON_LINES
        is_resolved = item.get("resolved") not in (None, "", False)
        # In JSON lines, an item without a type is a story, and one without a status is done if it has been resolved.
        type_name = to_text(item.get("type")) or ("Story" if is_json_lines else "")
        status = to_text(item.get("status")) or ("Done" if is_resolved and is_json_lines else "")
        kind, level = kind_and_level(type_name)
        category = category_of(
            self._export_format,
            to_text(item.get("category")),
            status,
            to_text(item.get("resolution")),
            is_resolved=is_resolved,
        )
        priority = to_text(item.get("priority")) or None
        transitions = self._parse_transitions(item.get("transitions"))
        text = self._parse_markup(item, "description")
        criteria = self._parse_markup(item, "acceptance_criteria")
        title = to_text(item.get("title"))
        votes = item.get("votes")
        numbers: dict[str, Any] = {name: parse_number(item.get(key)) for name, key in NUMBER_KEYS.items()}
        work_item = WorkItem(
            tracker=self._tracker,
            id=row.key,
            key=row.key,
            project=to_text(item.get("project")) or row.key.rpartition("-")[0],
            type=type_name,
            kind=kind,
            level=level,
            title=to_title(title),
            text=text or (),
            criteria=criteria if item.get("acceptance_criteria") is not None else None,
            status=status,
            category=category,
            priority=priority,
            priority_is_default=is_default_priority(self._export_format, priority),
            **numbers,
            created=self._dates.parse(to_text(item.get("created"))),
            updated=self._dates.parse(to_text(item.get("updated"))),
            started=_find_start(transitions),
            resolved=self._dates.parse(to_text(item.get("resolved"))),
            ranked_by_person=max((change.at for change in transitions if change.field == "rank"), default=None),
            due=self._parse_day(to_text(item.get("due"))),
            releases=tuple(self._map_releases(item.get("releases"))),
            sprints=to_sprints(to_texts(item.get("sprint")), category),
            labels=tuple(to_texts(item.get("labels"))),
            components=tuple(to_texts(item.get("components"))),
            parent=to_text(item.get("parent")) or None,
            links=tuple(_map_links(item.get("links"))),
            votes=votes if isinstance(votes, int) and not isinstance(votes, bool) else None,
            flagged=parse_boolean(item.get("flagged")),
            assigned=bool(item.get("assignee")) if "assignee" in item or is_json_lines else None,
            restricted=parse_boolean(item.get("restricted")),
            unknown=self._unknown_attributes(
                row,
                category,
                unreadable=self._unreadable_values(item, text, criteria),
                type_name=type_name,
                title=title,
            ),
            version=row.digest,
        )
        return FetchedItem(item=work_item, field_changes=transitions)

    def _shows_resolution(self, row: ExportRow) -> bool:
        # In JSON lines, an item without the key has not been resolved; a response may lack the field.
        return self._export_format is ExportFormat.JSON_LINES or "resolved" in (row.json_item or {})

    def _unreadable_values(
        self, item: Mapping[str, Any], text: RichText | None, criteria: RichText | None
    ) -> Iterable[str]:
        """The attributes whose values have an unexpected format, as `text` and `criteria` have if they are None."""
        for key, attributes in _TEXT_ATTRIBUTES.items():
            if not is_text(item.get(key)):
                yield from attributes
        for key, attribute in _LIST_ATTRIBUTES.items():
            if not is_text_list(item.get(key)):
                yield attribute
        yield from unreadable_numbers({name: item.get(key) for name, key in NUMBER_KEYS.items()})
        for key in ("created", "updated", "due"):
            if not is_text(item.get(key)):
                yield key
        yield from self._unreadable_dates({key: to_text(item.get(key)) for key in ("created", "updated", "due")})
        if text is None:
            yield "text"
        if criteria is None:
            yield "criteria"

    def _map_releases(self, value: object) -> Iterable[Release]:
        """Convert releases, which are objects or names."""
        for raw in value if isinstance(value, list) else ():
            details = raw if isinstance(raw, Mapping) else {}
            if name := to_text(raw):
                yield Release(name, self._parse_day(to_text(details.get("date"))), details.get("released") is True)

    def _parse_transitions(self, value: object) -> tuple[FieldChange, ...]:
        """Convert the changes of an item's fields, oldest first. Changes without a date are left out."""
        changes = []
        for raw in value if isinstance(value, list) else ():
            at = self._dates.parse(to_text(raw.get("at"))) if isinstance(raw, Mapping) else None
            if at is not None:
                name, before, after = (to_text(raw.get(key)) for key in ("field", "from", "to"))
                changes.append(FieldChange(at, name, before, after))
        return tuple(sorted(changes, key=lambda change: change.at))

    def _parse_markup(self, item: Mapping[str, Any], name: str) -> RichText | None:
        """Parse a long text in the markup of the file; None if it has an unexpected format.

        The markup is ADF or wiki markup in Jira, HTML or Markdown in Azure DevOps, and Markdown or wiki markup in JSON
        lines.
        """
        value = item.get(name)
        if isinstance(value, Mapping):
            return _parse_adf(value)
        if isinstance(value, list | bool):
            return None
        text = to_text(value)
        if self._export_format is ExportFormat.AZURE_REST:
            return markdown.parse(text) if name in item.get(rest.MARKDOWN_KEY, ()) else html.parse(text)
        is_markdown = text.lstrip().startswith(("#", "- [", "```")) or "\n## " in text
        if is_markdown and self._export_format is ExportFormat.JSON_LINES:
            return markdown.parse(text)
        return wiki.parse(text)


def _find_start(transitions: Iterable[FieldChange]) -> datetime | None:
    """The time when work on an item began: its first change to a status of work in progress."""
    return next(
        (change.at for change in transitions if change.field == "status" and is_in_progress(change.after)), None
    )


def _parse_adf(value: Mapping[str, Any]) -> RichText | None:
    if "type" not in value and "content" not in value:
        return None
    try:
        return adf.parse(msgspec.convert(value, adf.Node))
    except msgspec.ValidationError:
        return None


def _map_links(value: object) -> Iterable[Link]:
    for raw in value if isinstance(value, Sequence) else ():
        kind, target = (to_text(raw.get(name)) if isinstance(raw, Mapping) else "" for name in ("kind", "target"))
        if kind and target:
            yield Link(kind, target)
