"""The columns of exports that rules look at, and what is unknown of an item without them."""

from collections.abc import Mapping

from msgspec import Struct

from connectors.export.rows import Shape

TYPES = ("issue type", "work type", "work item type", "type")
CRITERIA = ("acceptance criteria", "akzeptanzkriterien", "abnahmekriterien")
POINTS = ("story points", "story point estimate", "effort", "size")
RANKS = ("rank", "stack rank", "backlog priority")


class Column(Struct, frozen=True):
    """A column that rules look at.

    Attributes:
        title: Its name for people.
        names: The names it has in exports, in lower case.
        attributes: What is unknown of an item without it.
    """

    title: str
    names: tuple[str, ...]
    attributes: tuple[str, ...]


_JIRA_COLUMNS = (
    Column("Summary", ("summary",), ("title",)),
    Column("Work type", TYPES, ("type", "kind", "level")),
    Column("Status", ("status", "status category"), ("status",)),
    Column("Priority", ("priority",), ("priority",)),
    Column("Description", ("description",), ("text",)),
    Column("Sprint", ("sprint",), ("sprints",)),
    Column("Story Points", POINTS, ("points",)),
    Column("Rank", ("rank",), ("rank",)),
    Column("Created", ("created",), ("created",)),
)
_AZURE_COLUMNS = (
    Column("Title", ("title", "title 1"), ("title",)),
    Column("Work Item Type", ("work item type",), ("type", "kind", "level")),
    Column("State", ("state",), ("status",)),
    Column("Priority", ("priority",), ("priority",)),
    Column("Description", ("description",), ("text",)),
    Column("Acceptance Criteria", CRITERIA, ()),
    Column("Iteration Path", ("iteration path",), ("sprints",)),
    Column("Story Points", POINTS, ("points",)),
    Column("Stack Rank", RANKS, ("rank",)),
    Column("Created Date", ("created date",), ("created",)),
)
# In JSON lines, an absent key means that the item has no such value, apart from a text that no line has.
_LINES_COLUMNS = (Column("description", ("description",), ("text",)),)
_REST_COLUMNS = (
    Column("title", ("title",), ("title",)),
    Column("type", ("type",), ("type", "kind", "level")),
    Column("status", ("status",), ("status",)),
    *_LINES_COLUMNS,
    Column("priority", ("priority",), ("priority",)),
    Column("sprint", ("sprint",), ("sprints",)),
    Column("points", ("points",), ("points",)),
    Column("created", ("created",), ("created",)),
)
COLUMNS: Mapping[Shape, tuple[Column, ...]] = {
    Shape.JIRA: _JIRA_COLUMNS,
    Shape.AZURE: _AZURE_COLUMNS,
    Shape.LINES: _LINES_COLUMNS,
    # The API names Jira's own fields by ids, so that these are not known.
    Shape.JIRA_REST: (*_REST_COLUMNS, Column("acceptance criteria", ("acceptance_criteria",), ("criteria",))),
    Shape.AZURE_REST: (*_REST_COLUMNS, Column("acceptance criteria", ("acceptance_criteria",), ())),
}
ALL_ATTRIBUTES = tuple(sorted({"category", "criteria"}.union(*(column.attributes for column in _JIRA_COLUMNS))))
DATES = {
    Shape.JIRA: (("created",), ("updated",), ("resolved", "resolution date"), ("status category changed",)),
    Shape.AZURE: (("created date",), ("changed date",), ("closed date",), ("activated date",)),
}
