"""The columns that rules need in each export format, and the item attributes that are unknown if one is missing."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from msgspec import Struct

from connectors.export.rows import ExportFormat, ExportRow
from connectors.export.values import parse_number, to_text

TYPE_COLUMNS = ("issue type", "work type", "work item type", "type")
CRITERIA_COLUMNS = ("acceptance criteria", "akzeptanzkriterien", "abnahmekriterien")
"""The English and German names of the column. All column names in this module are in lower case."""
POINTS_COLUMNS = ("story points", "story point estimate", "effort", "size")
DUE_COLUMNS = ("target date", "due date", "due")
RELEASE_COLUMNS = ("fix version/s", "fix versions", "releases")
RANK_COLUMNS = ("rank", "stack rank", "backlog priority")
COMPONENT_COLUMNS = ("component/s", "components", "component")
PARENT_COLUMNS = ("parent key", "parent", "epic link")
LINK_PREFIXES = ("outward issue link (", "inward issue link (")
NUMBER_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "points": POINTS_COLUMNS,
    "value": ("business value",),
    "urgency": ("time criticality",),
    # "RR-OE" is "risk reduction and opportunity enablement", a part of the cost of delay in SAFe.
    "risk": ("rr-oe", "risk reduction"),
}
"""The possible names of the numeric columns of a CSV file, by item attribute."""
NUMBER_KEYS: Mapping[str, str] = {
    "points": "points",
    "value": "business_value",
    "urgency": "time_criticality",
    "risk": "risk_reduction",
}
"""The numeric keys of a JSON file, by item attribute."""


class Column(Struct, frozen=True):
    """A column of a CSV file, or a key of a JSON file, that rules need.

    Attributes:
        title: The name of the column in messages.
        names: The possible names of the column in exports. Saved API responses are first converted to JSON lines (one
            JSON object per item), so for them, these are keys of such an object.
        attributes: The item attributes that are unknown if the column is missing; empty if that depends on the type of
            the item, as for acceptance criteria in Azure DevOps.
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
# A key that is missing from one line means that this item has no value. If all lines lack one of these keys, its
# value is unknown; other keys are optional.
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
OPTIONAL_COLUMNS: Mapping[ExportFormat, Mapping[str, tuple[str, ...]]] = {
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
        # "Title 1" is in exports of a tree of items, in which the columns of the titles show who is whose parent.
        "parent": ("parent", "title 1"),
        "links": (),
        "flagged": (),
    },
    ExportFormat.JSON_LINES: {},
    ExportFormat.JIRA_REST: {
        name: (name,) for name in ("due", "releases", "labels", "components", "parent", "links", "flagged")
    },
    # The API leaves out empty fields, so a missing field means that the item has no value.
    ExportFormat.AZURE_REST: {"links": (), "flagged": ()},
}
"""The possible names of less common columns, by the item attribute that is unknown without them; no names if the format
never contains the attribute. For links, the names are prefixes. The user is not told that such a column is missing."""
ALL_ATTRIBUTES = tuple(
    sorted(
        {"category", "criteria", "area", "assigned", "updated"}.union(
            *(column.attributes for column in _JIRA_COLUMNS), OPTIONAL_COLUMNS[ExportFormat.JIRA], NUMBER_COLUMNS
        )
    )
)
"""All item attributes that an export can contain. All are unknown if a row's cells may be under the wrong columns."""
DATE_COLUMNS = {
    ExportFormat.JIRA: (("created",), ("updated",), ("resolved", "resolution date"), ("status category changed",)),
    ExportFormat.AZURE: (("created date",), ("changed date",), ("closed date",), ("activated date",)),
}
"""The possible names of each date column. The first column is the date of creation, which no other date of an item
should precede."""


def attributes_without_optional_column(export_format: ExportFormat, columns: AbstractSet[str]) -> tuple[str, ...]:
    """Return the attributes that are unknown because none of their `OPTIONAL_COLUMNS` is among these columns."""
    return tuple(
        attribute
        for attribute, names in OPTIONAL_COLUMNS[export_format].items()
        if not any(column.startswith(names) if names == LINK_PREFIXES else column in names for column in columns)
    )


def get_dates(row: ExportRow, export_format: ExportFormat) -> list[str]:
    """The dates of a row as strings, the date of creation first; a missing date is an empty string."""
    if row.json_item is not None:
        return [to_text(row.json_item.get(name)) for name in ("created", "updated", "resolved")]
    return [row.first(*names) for names in DATE_COLUMNS[export_format]]


def rank_sort_key(row: ExportRow) -> tuple[bool, float, str]:
    """The key by which rows are sorted in rank order. Rows without a rank come last."""
    rank = row.first(*RANK_COLUMNS).strip()
    value = parse_number(rank)
    if value is None:
        return not rank, 0.0, rank
    return False, value, ""
