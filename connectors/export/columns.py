"""The columns that rules need, in each format of an export, and the attributes of an item that they determine."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from msgspec import Struct

from connectors.export.rows import ExportFormat, ExportRow
from connectors.export.values import parse_number, to_text

TYPE_COLUMNS = ("issue type", "work type", "work item type", "type")
CRITERIA_COLUMNS = ("acceptance criteria", "akzeptanzkriterien", "abnahmekriterien")
"""English and German names, as Jira shows them. All names of columns in this module are in lower case."""
POINTS_COLUMNS = ("story points", "story point estimate", "effort", "size")
DUE_COLUMNS = ("target date", "due date", "due")
RELEASE_COLUMNS = ("fix version/s", "fix versions", "releases")
RANK_COLUMNS = ("rank", "stack rank", "backlog priority")
COMPONENT_COLUMNS = ("component/s", "components", "component")
PARENT_COLUMNS = ("parent key", "parent", "epic link")
LINK_PREFIXES = ("outward issue link (", "inward issue link (")
"""The names of columns with links begin with these."""
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
        title: The name of the column in messages.
        names: The possible names of the column in exports. Replies of a REST API are first converted to the keys of
            JSON lines, so their columns have the names of those keys.
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
    Column("title", ("title",), ("title",)),
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
RARE_COLUMNS: Mapping[ExportFormat, Mapping[str, tuple[str, ...]]] = {
    ExportFormat.JIRA: {
        "due": DUE_COLUMNS,
        "releases": RELEASE_COLUMNS,
        "labels": ("labels",),
        "components": COMPONENT_COLUMNS,
        "parent": PARENT_COLUMNS,
        "links": LINK_PREFIXES,
        "flagged": ("flagged",),
    },
    ExportFormat.AZURE: {
        "due": DUE_COLUMNS,
        "labels": ("tags",),
        "area": ("area path",),
        "parent": ("parent", "title 1"),
        "links": (),
        "flagged": (),
    },
    ExportFormat.JSON_LINES: {},
    ExportFormat.JIRA_REST: {
        name: (name,) for name in ("due", "releases", "labels", "components", "parent", "links", "flagged")
    },
    # The API leaves out the fields in which an item has no value.
    ExportFormat.AZURE_REST: {"links": (), "flagged": ()},
}
"""The names of further columns, or their beginnings, by the attribute that is unknown without them. A note about their
absence would not help most people, and a rule that needs one says so."""
ALL_ATTRIBUTES = tuple(
    sorted(
        {"category", "criteria", "area", "assigned", "updated"}.union(
            *(column.attributes for column in _JIRA_COLUMNS), RARE_COLUMNS[ExportFormat.JIRA], NUMBER_COLUMNS
        )
    )
)
"""The attributes that are unknown if the cells of a row may be under the wrong columns."""
DATE_COLUMNS = {
    ExportFormat.JIRA: (("created",), ("updated",), ("resolved", "resolution date"), ("status category changed",)),
    ExportFormat.AZURE: (("created date",), ("changed date",), ("closed date",), ("activated date",)),
}
"""The columns with dates, each with its possible names. The first one is the date of creation, which no other date of
an item should precede."""


def find_missing_rare(export_format: ExportFormat, columns: AbstractSet[str]) -> tuple[str, ...]:
    """Return the attributes for which a file with these columns has none of the rare ones."""
    return tuple(
        attribute
        for attribute, names in RARE_COLUMNS[export_format].items()
        if not any(column.startswith(names) if names == LINK_PREFIXES else column in names for column in columns)
    )


def get_dates(row: ExportRow, export_format: ExportFormat) -> list[str]:
    """The dates of a row as strings, usually the earliest first."""
    if row.json_item is not None:
        return [to_text(row.json_item.get(name)) for name in ("created", "updated", "resolved")]
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
