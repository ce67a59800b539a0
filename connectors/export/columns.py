"""The columns of exports that rules use, and the attributes of an item that are unknown without them."""

from collections.abc import Mapping

from msgspec import Struct

from connectors.export.rows import ExportFormat

TYPE_COLUMNS = ("issue type", "work type", "work item type", "type")
CRITERIA_COLUMNS = ("acceptance criteria", "akzeptanzkriterien", "abnahmekriterien")
POINTS_COLUMNS = ("story points", "story point estimate", "effort", "size")
RANK_COLUMNS = ("rank", "stack rank", "backlog priority")


class Column(Struct, frozen=True):
    """A column that rules use.

    Attributes:
        title: Its name in messages.
        names: Its names in exports, in lower case.
        attributes: The attributes of an item that are unknown without it.
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
# In JSON lines, a missing key means that the item has no such value, apart from these where no line has them.
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
    # The API identifies Jira's custom fields by their ids, so their values are unknown.
    ExportFormat.JIRA_REST: (*_REST_COLUMNS, Column("acceptance criteria", ("acceptance_criteria",), ("criteria",))),
    ExportFormat.AZURE_REST: (*_REST_COLUMNS, Column("acceptance criteria", ("acceptance_criteria",), ())),
}
ALL_ATTRIBUTES = tuple(sorted({"category", "criteria"}.union(*(column.attributes for column in _JIRA_COLUMNS))))
DATE_COLUMNS = {
    ExportFormat.JIRA: (("created",), ("updated",), ("resolved", "resolution date"), ("status category changed",)),
    ExportFormat.AZURE: (("created date",), ("changed date",), ("closed date",), ("activated date",)),
}
