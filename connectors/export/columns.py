"""The columns that rules need, in each format of an export, and the attributes of an item that they determine."""

from collections.abc import Mapping

from msgspec import Struct

from connectors.export.rows import ExportFormat

TYPE_COLUMNS = ("issue type", "work type", "work item type", "type")
CRITERIA_COLUMNS = ("acceptance criteria", "akzeptanzkriterien", "abnahmekriterien")
"""English and German names, as Jira shows them. All names of columns in this module are in lower case."""
POINTS_COLUMNS = ("story points", "story point estimate", "effort", "size")
DUE_COLUMNS = ("target date", "due date", "due")
RELEASE_COLUMNS = ("fix version/s", "fix versions", "releases")
RANK_COLUMNS = ("rank", "stack rank", "backlog priority")
NUMBER_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "points": POINTS_COLUMNS,
    "value": ("business value",),
    "urgency": ("time criticality",),
    "risk": ("rr-oe", "risk reduction"),
}
"""The columns of a CSV file that contain numbers, by the attribute of an item."""
NUMBER_KEYS: Mapping[str, str] = {
    "points": "points",
    "value": "business_value",
    "urgency": "time_criticality",
    "risk": "risk_reduction",
}
"""The keys of a JSON file that contain numbers, by the attribute of an item."""


class Column(Struct, frozen=True):
    """A column of a CSV file, or a key of a JSON file, that rules need.

    Attributes:
        title: Its name in messages.
        names: Its possible names in exports. Replies of a REST API are first converted to the keys of JSON lines, so
            theirs are the names of those keys.
        attributes: The attributes of an item that are unknown without it; empty if that depends on the type of the
            item, as for acceptance criteria in Azure DevOps.
    """

    title: str
    names: tuple[str, ...]
    attributes: tuple[str, ...]


_JIRA_COLUMNS = (
    Column("Summary", ("summary",), ("title",)),
    Column("Work type", TYPE_COLUMNS, ("type", "kind", "level")),
    Column("Status", ("status", "status category"), ("status",)),
    Column("Priority", ("priority",), ("priority",)),
    Column("Description", ("description",), ("text",)),
    Column("Sprint", ("sprint",), ("sprints",)),
    Column("Story Points", POINTS_COLUMNS, ("points",)),
    Column("Rank", ("rank",), ("rank",)),
    Column("Created", ("created",), ("created",)),
)
_AZURE_COLUMNS = (
    Column("Title", ("title", "title 1"), ("title",)),
    Column("Work Item Type", ("work item type",), ("type", "kind", "level")),
    Column("State", ("state",), ("status",)),
    Column("Priority", ("priority",), ("priority",)),
    Column("Description", ("description",), ("text",)),
    Column("Acceptance Criteria", CRITERIA_COLUMNS, ()),
    Column("Iteration Path", ("iteration path",), ("sprints",)),
    Column("Story Points", POINTS_COLUMNS, ("points",)),
    Column("Stack Rank", RANK_COLUMNS, ("rank",)),
    Column("Created Date", ("created date",), ("created",)),
)
_DESCRIPTION = Column("description", ("description",), ("text",))
# If a line of JSON lines lacks a key, the item has no such value. Only if all lines lack one of these is it unknown.
_JSON_LINES_COLUMNS = (
    _DESCRIPTION,
    Column("priority", ("priority",), ("priority",)),
    Column("rank", ("rank",), ("rank",)),
)
_REST_COLUMNS = (
    Column("title", ("title",), ("title",)),
    Column("type", ("type",), ("type", "kind", "level")),
    Column("status", ("status",), ("status",)),
    _DESCRIPTION,
    Column("priority", ("priority",), ("priority",)),
    Column("sprint", ("sprint",), ("sprints",)),
    Column("points", ("points",), ("points",)),
    Column("created", ("created",), ("created",)),
)
COLUMNS: Mapping[ExportFormat, tuple[Column, ...]] = {
    ExportFormat.JIRA: _JIRA_COLUMNS,
    ExportFormat.AZURE: _AZURE_COLUMNS,
    ExportFormat.JSON_LINES: _JSON_LINES_COLUMNS,
    # Jira's API identifies custom fields by ids that differ between sites, so acceptance criteria cannot be found.
    ExportFormat.JIRA_REST: (*_REST_COLUMNS, Column("acceptance criteria", ("acceptance_criteria",), ("criteria",))),
    ExportFormat.AZURE_REST: (*_REST_COLUMNS, Column("acceptance criteria", ("acceptance_criteria",), ())),
}
"""The columns that rules need, by the format of the file."""
ALL_ATTRIBUTES = tuple(sorted({"category", "criteria"}.union(*(column.attributes for column in _JIRA_COLUMNS))))
"""The attributes that are unknown if the cells of a row may be under the wrong columns.

`_JIRA_COLUMNS` do not contain "category" and "criteria", because for other rows the mapping decides by several
columns, or by the type of the item, whether these are unknown.
"""
DATE_COLUMNS = {
    ExportFormat.JIRA: (("created",), ("updated",), ("resolved", "resolution date"), ("status category changed",)),
    ExportFormat.AZURE: (("created date",), ("changed date",), ("closed date",), ("activated date",)),
}
"""The columns with dates, each with its possible names. The first one is the date of creation, which no other date of
an item should precede."""
