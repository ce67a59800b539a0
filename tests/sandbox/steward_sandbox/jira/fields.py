"""The fields of a pretended site: system fields, the ones a planning team uses, and the many that stand empty."""

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct

DEVELOPMENT = "customfield_10000"
TEAM = "customfield_10001"
EPIC_LINK = "customfield_10014"
START_DATE = "customfield_10015"
ESTIMATE = "customfield_10016"
PARENT_LINK = "customfield_10018"
RANK = "customfield_10019"
SPRINT = "customfield_10020"
FLAGGED = "customfield_10021"
POINTS = "customfield_10028"
CRITERIA = "customfield_10040"
BUSINESS_VALUE = "customfield_10041"
TIME_CRITICALITY = "customfield_10042"
RISK_REDUCTION = "customfield_10043"
WSJF = "customfield_10044"
MOSCOW = "customfield_10045"

IMPEDIMENT = "10019"
MOSCOW_OPTIONS = {"Must have": "10050", "Should have": "10051", "Could have": "10052", "Won't have": "10053"}

_PLATFORM = "com.atlassian.jira.plugin.system.customfieldtypes:"
_AGILE = "com.pyxis.greenhopper.jira:"


class Field(Struct, frozen=True, kw_only=True):
    """One field.

    Attributes:
        type, items, system, custom: Its schema as the field list gives it.
        edit: How a value is checked and stored: text, rich, labels, number, option, person, priority, sprint,
            parent, components, flag, type or date; empty where an edit cannot set it.
        clauses: What JQL calls it besides its name.
        navigable: Whether it comes with `*navigable`.
        on_screen: Whether the edit screen shows it.
        listed, searched: Whether `/field` and `/field/search` name it; the two differ on every real site.
        project: Key of the only project that has it.
    """

    id: str
    name: str
    type: str
    items: str | None = None
    system: str | None = None
    custom: str | None = None
    edit: str = ""
    clauses: tuple[str, ...] = ()
    navigable: bool = True
    on_screen: bool = True
    listed: bool = True
    searched: bool = True
    project: str | None = None

    @property
    def number(self) -> int | None:
        """The number in a custom field's id."""
        return int(self.id.removeprefix("customfield_")) if self.custom else None

    @property
    def schema(self) -> dict[str, Any]:
        """The schema as answers hold it."""
        given = {
            "type": self.type,
            "items": self.items,
            "system": self.system,
            "custom": self.custom,
            "customId": self.number,
        }
        return {key: value for key, value in given.items() if value is not None}

    @property
    def operations(self) -> list[str]:
        """What an edit may do to it."""
        return ["add", "set", "remove"] if self.type == "array" and self.edit != "sprint" else ["set"]


def _system(
    name: str, title: str, type_: str, edit: str = "", *, items: str | None = None, navigable: bool = True
) -> Field:
    return Field(
        id=name,
        name=title,
        type=type_,
        items=items,
        system=name,
        edit=edit,
        clauses=(name,),
        navigable=navigable,
        searched=edit != "",
    )


def _custom(
    name: str,
    title: str,
    type_: str,
    custom: str,
    edit: str = "",
    *,
    items: str | None = None,
    on_screen: bool = True,
    listed: bool = True,
) -> Field:
    return Field(
        id=name,
        name=title,
        type=type_,
        items=items,
        custom=custom,
        edit=edit,
        clauses=(title, f"cf[{name.removeprefix('customfield_')}]"),
        on_screen=on_screen,
        listed=listed,
    )


_SYSTEM = (
    _system("summary", "Summary", "string", "text"),
    _system("description", "Description", "string", "rich"),
    _system("issuetype", "Issue Type", "issuetype", "type"),
    _system("project", "Project", "project"),
    _system("status", "Status", "status"),
    _system("statusCategory", "Status Category", "statusCategory"),
    _system("statuscategorychangedate", "Status Category Changed", "datetime"),
    _system("resolution", "Resolution", "resolution"),
    _system("resolutiondate", "Resolved", "datetime"),
    _system("priority", "Priority", "priority", "priority"),
    _system("labels", "Labels", "array", "labels", items="string"),
    _system("components", "Components", "array", "components", items="component"),
    _system("fixVersions", "Fix versions", "array", items="version"),
    _system("versions", "Affects versions", "array", items="version"),
    _system("assignee", "Assignee", "user", "person"),
    _system("reporter", "Reporter", "user", "person"),
    _system("creator", "Creator", "user"),
    _system("created", "Created", "datetime"),
    _system("updated", "Updated", "datetime"),
    _system("duedate", "Due date", "date"),
    _system("parent", "Parent", "issuelink", "parent"),
    _system("subtasks", "Sub-tasks", "array", items="issuelinks"),
    _system("issuelinks", "Linked Issues", "array", items="issuelinks"),
    _system("security", "Security Level", "securitylevel"),
    _system("environment", "Environment", "string"),
    _system("votes", "Votes", "votes"),
    _system("watches", "Watchers", "watches"),
    _system("timespent", "Time Spent", "number"),
    _system("timeoriginalestimate", "Original estimate", "number"),
    _system("timeestimate", "Remaining Estimate", "number"),
    _system("aggregatetimespent", "Σ Time Spent", "number"),
    _system("workratio", "Work Ratio", "number"),
    _system("progress", "Progress", "progress"),
    _system("lastViewed", "Last Viewed", "datetime"),
    _system("issuerestriction", "Restrict to", "issuerestriction"),
    _system("comment", "Comment", "comments-page", navigable=False),
    _system("attachment", "Attachment", "array", items="attachment", navigable=False),
    _system("worklog", "Log Work", "array", items="worklog", navigable=False),
    _system("timetracking", "Time tracking", "timetracking", navigable=False),
)
_PLANNING = (
    _custom(
        DEVELOPMENT, "Development", "any", "com.atlassian.jira.plugins.jira-development-integration-plugin:devsummarycf"
    ),
    _custom(TEAM, "Team", "team", "com.atlassian.teams:rm-teams-custom-field-team"),
    _custom(EPIC_LINK, "Epic Link", "any", _AGILE + "gh-epic-link"),
    _custom(START_DATE, "Start date", "date", _PLATFORM + "datepicker"),
    _custom(ESTIMATE, "Story point estimate", "number", _AGILE + "jsw-story-points", "number"),
    _custom(PARENT_LINK, "Parent Link", "any", "com.atlassian.jpo:jpo-custom-field-parent"),
    _custom(RANK, "Rank", "any", _AGILE + "gh-lexo-rank"),
    _custom(SPRINT, "Sprint", "array", _AGILE + "gh-sprint", "sprint", items="json"),
    _custom(FLAGGED, "Flagged", "array", _PLATFORM + "multicheckboxes", "flag", items="option", on_screen=False),
    _custom(POINTS, "Story Points", "number", _PLATFORM + "float", "number"),
    _custom(
        "customfield_10111",
        "Original story points",
        "number",
        "com.atlassian.jpo:jpo-custom-field-original-story-points",
    ),
    _custom(CRITERIA, "Acceptance Criteria", "string", _PLATFORM + "textarea", "rich"),
    _custom(BUSINESS_VALUE, "Business Value", "number", _PLATFORM + "float", "number"),
    _custom(TIME_CRITICALITY, "Time Criticality", "number", _PLATFORM + "float", "number"),
    _custom(RISK_REDUCTION, "RR-OE", "number", _PLATFORM + "float", "number"),
    _custom(WSJF, "WSJF", "number", _PLATFORM + "float", "number"),
    _custom(MOSCOW, "MoSCoW", "option", _PLATFORM + "select", "option"),
)
_EMPTY_NAMES = (
    "Actual end", "Actual start", "Approvals", "Approvers", "Audience", "Browser", "Build", "Campaign", "Change reason",
    "Change risk", "Change type", "Contract", "Cost centre", "Customer", "Data centre", "Design", "Environment type",
    "External reference", "Focus areas", "Impact", "Internal notes", "Market", "Operating system", "Partner",
    "Platform", "Product area", "Region", "Release notes", "Request participants", "Request language", "Root cause",
    "Satisfaction", "Sentiment", "Severity", "Support tier", "Target end", "Target start", "Test link", "Vulnerability",
    "Work category",
)  # fmt: skip
_EMPTY_KINDS = (("string", "textfield"), ("option", "select"), ("date", "datepicker"), ("number", "float"))


def _empty_fields() -> Iterator[Field]:
    for place, title in enumerate(_EMPTY_NAMES):
        type_, custom = _EMPTY_KINDS[place % len(_EMPTY_KINDS)]
        yield _custom(
            f"customfield_{10060 + place}", title, type_, _PLATFORM + custom, listed=title != "Request language"
        )


class Fields:
    """The fields of one site.

    Args:
        absent: Names of fields that this site has not got.
        team_managed: Keys of team-managed projects; each has a field of its own besides the shared ones.
    """

    def __init__(self, *, absent: Iterable[str] = (), team_managed: Iterable[str] = ()) -> None:
        missing = frozenset(absent)
        own = tuple(
            Field(
                id=f"customfield_{10200 + number}",
                name="Effort",
                type="number",
                custom=_PLATFORM + "float",
                edit="number",
                clauses=(f"cf[{10200 + number}]",),
                searched=False,
                project=key,
            )
            for number, key in enumerate(team_managed)
        )
        everything = (*_SYSTEM, *_PLANNING, *_empty_fields(), *own)
        self.by_id = {field.id: field for field in everything if field.name not in missing}
        self._by_clause: dict[str, list[Field]] = {}
        for field in self.by_id.values():
            for clause in {field.id, field.name, *field.clauses}:
                self._by_clause.setdefault(clause.casefold(), []).append(field)

    def __iter__(self) -> Iterator[Field]:
        return iter(self.by_id.values())

    def called(self, clause: str) -> Field | None:
        """The field that JQL calls so."""
        found = self._by_clause.get(clause.casefold())
        return found[0] if found else None

    def named(self, name: str) -> Field:
        """The field of this id or name.

        Raises:
            KeyError: The site has no such field.
        """
        field = self.by_id.get(name) or self.called(name)
        if field is None:
            raise KeyError(f"no field {name!r} on this site")
        return field

    def of_project(self, key: str, *, team_managed: bool) -> Iterator[Field]:
        """The fields that issues of a project have."""
        other = POINTS if team_managed else ESTIMATE
        for field in self:
            if field.id != other and field.project in (None, key):
                yield field


def points_field(*, team_managed: bool) -> str:
    """Where a project of this kind keeps its estimates."""
    return ESTIMATE if team_managed else POINTS
