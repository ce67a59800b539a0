"""Recognises the usual names of types, statuses and priorities in exports, in English and German.

Jira writes names in the language of the person who exports them. Unlike the API, a file often lacks the category of a
status, so the category is derived from the status name.
"""

from connectors.export.rows import ExportFormat
from connectors.resolutions import AbandonedNames
from rules.model import HierarchyLevel, ItemKind, StatusCategory

_DONE_STATUSES = frozenset({"done", "closed", "resolved", "complete", "completed", "fertig", "erledigt", "geschlossen"})
_IN_PROGRESS_STATUSES = frozenset(
    {"in progress", "doing", "active", "committed", "in review", "in test", "in arbeit", "in bearbeitung", "reviewing"}
)
_TO_DO_STATUSES = frozenset(
    {"to do", "todo", "open", "new", "backlog", "reopened", "approved", "proposed", "ready", "refined", "planned",
     "selected for development", "offen", "neu", "zu erledigen", "geplant", "bereit"}
)  # fmt: skip
"""Names of statuses whose items have not been started. All names in this module are in lower case."""
_CATEGORY_NAMES = {
    "new": StatusCategory.TO_DO,
    "indeterminate": StatusCategory.IN_PROGRESS,
    "to do": StatusCategory.TO_DO,
    "zu erledigen": StatusCategory.TO_DO,
    "in progress": StatusCategory.IN_PROGRESS,
    "in arbeit": StatusCategory.IN_PROGRESS,
    "in bearbeitung": StatusCategory.IN_PROGRESS,
    "done": StatusCategory.DONE,
    "fertig": StatusCategory.DONE,
    "erledigt": StatusCategory.DONE,
}
"""The status categories of Jira, by name and by the key that the API uses."""
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
_ABANDONED = AbandonedNames()


def kind_and_level(type_name: str) -> tuple[ItemKind, HierarchyLevel]:
    """The kind and the hierarchy level of items of a type; `OTHER` and the level of stories for unknown types."""
    return _KINDS.get(type_name.strip().casefold(), (ItemKind.OTHER, HierarchyLevel.REQUIREMENT))


def is_default_priority(export_format: ExportFormat, priority: str | None) -> bool:
    """Whether a priority is the one that the tracker gives to new items."""
    default_priority = "2" if export_format.is_from_azure else "medium"
    return priority is None or priority.strip().casefold() == default_priority


def is_in_progress(status: str) -> bool:
    """Whether items in a status are usually being worked on."""
    return status.strip().casefold() in _IN_PROGRESS_STATUSES


def category_of(
    export_format: ExportFormat, category_name: str, status: str, resolution: str, *, is_resolved: bool
) -> StatusCategory:
    """The category of an item's status. It is `REMOVED` if the item was closed without being done.

    Args:
        category_name: The name of the category; empty if the file does not contain it.
        status: The name of the status, or of the state in Azure DevOps.
        resolution: Jira's resolution, or Azure DevOps' reason for the state; empty if there is none.
        is_resolved: Whether the item has a date on which it was resolved or closed.
    """
    category = _CATEGORY_NAMES.get(category_name.strip().casefold())
    if category is None:
        category = _category_of_status(export_format, status.strip().casefold(), is_resolved=is_resolved)
    # In Azure DevOps, an item that is not done has a reason too, such as "New".
    has_resolution = resolution.strip().casefold() not in ("", "unresolved") and not export_format.is_from_azure
    if category is StatusCategory.UNKNOWN and has_resolution:
        category = StatusCategory.DONE
    is_abandoned = category is StatusCategory.DONE and _ABANDONED.contains_any((status, resolution))
    return StatusCategory.REMOVED if is_abandoned else category


def _category_of_status(export_format: ExportFormat, status: str, *, is_resolved: bool) -> StatusCategory:
    """The category of a status by its name in lower case."""
    # In Azure DevOps, a resolved item still has to be tested and closed.
    if export_format.is_from_azure and status == "resolved":
        return StatusCategory.IN_PROGRESS
    if is_resolved or status in _DONE_STATUSES or _ABANDONED.contains_any((status,)):
        return StatusCategory.DONE
    if is_in_progress(status):
        return StatusCategory.IN_PROGRESS
    # In JSON lines, an unresolved item with an unusual status counts as not started.
    if status in _TO_DO_STATUSES or export_format is ExportFormat.JSON_LINES:
        return StatusCategory.TO_DO
    return StatusCategory.UNKNOWN
