"""The four processes that every organisation has: Agile, Scrum, CMMI and Basic."""

from steward_sandbox.azure_devops import field_data as names
from steward_sandbox.azure_devops.processes import (
    COMPLETED,
    IN_PROGRESS,
    PROPOSED,
    REMOVED,
    RESOLVED,
    Level,
    LevelKind,
    Process,
    State,
    Type,
    TypeField,
    field_set,
)

_C, _S = "Microsoft.VSTS.Common.", "Microsoft.VSTS.Scheduling."
_LIFE = (
    names.STATE_CHANGED,
    names.ACTIVATED,
    names.ACTIVATED_BY,
    names.RESOLVED,
    names.RESOLVED_BY,
    names.CLOSED,
    names.CLOSED_BY,
    "Microsoft.VSTS.Build.IntegrationBuild",
)
_PRIORITY = TypeField(names.PRIORITY, default=2, allowed=(1, 2, 3, 4))
_NEEDED_PRIORITY = TypeField(names.PRIORITY, required=True, default=2, allowed=(1, 2, 3, 4))
_VALUE_AREA = TypeField(f"{_C}ValueArea", required=True, default="Business", allowed=("Architectural", "Business"))
_RISK = TypeField(f"{_C}Risk", allowed=("1 - High", "2 - Medium", "3 - Low"))
_SEVERITY = TypeField(
    f"{_C}Severity", default="3 - Medium", allowed=("1 - Critical", "2 - High", "3 - Medium", "4 - Low")
)
_ACTIVITY = TypeField(
    f"{_C}Activity", allowed=("Deployment", "Design", "Development", "Documentation", "Requirements", "Testing")
)
_DISCIPLINE = TypeField(
    f"{_C}Discipline", allowed=("Analysis", "Development", "Test", "User Education", "User Experience")
)
_NEEDED_SEVERITY = TypeField(
    f"{_C}Severity", required=True, default="3 - Medium", allowed=("1 - Critical", "2 - High", "3 - Medium", "4 - Low")
)
_TRIAGE = TypeField(
    f"{_C}Triage", required=True, default="Pending", allowed=("Info Received", "More Info", "Pending", "Triaged")
)
_BLOCKED = TypeField(names.BLOCKED, allowed=("Yes",))
_YES_OR_NO = TypeField(names.BLOCKED, default="No", allowed=("No", "Yes"))
_NEEDED_YES_OR_NO = TypeField(names.BLOCKED, required=True, default="No", allowed=("No", "Yes"))
_COMMITTED = TypeField("Microsoft.VSTS.CMMI.Committed", required=True, default="No", allowed=("No", "Yes"))
_KIND = TypeField(
    "Microsoft.VSTS.CMMI.RequirementType",
    required=True,
    default="Functional",
    allowed=(
        "Business Objective",
        "Feature",
        "Functional",
        "Interface",
        "Operational",
        "Quality of Service",
        "Safety",
        "Scenario",
        "Security",
    ),
)
_ACCEPTED = TypeField(
    "Microsoft.VSTS.CMMI.UserAcceptanceTest",
    required=True,
    default="Not Ready",
    allowed=("Fail", "Not Ready", "Pass", "Ready", "Skipped"),
)
_CAUSE = TypeField(
    "Microsoft.VSTS.CMMI.RootCause",
    default="Unknown",
    allowed=("Coding Error", "Communication Error", "Design Error", "Specification Error", "Unknown"),
)
_CHECKS = ("Review", "Test")
_VALUE = (names.BUSINESS_VALUE, names.TIME_CRITICALITY, names.EFFORT, f"{_S}StartDate", f"{_S}TargetDate")
_HOURS = (names.REMAINING, f"{_S}OriginalEstimate", f"{_S}CompletedWork")
_DATES = (f"{_S}StartDate", f"{_S}FinishDate")
_BUG_TEXT = (names.REPRO, "Microsoft.VSTS.TCM.SystemInfo", "Microsoft.VSTS.Build.FoundIn", _SEVERITY)
_REASON = f"{_C}ResolvedReason"

_LOOKS = {
    "Epic": ("FF7B00", "icon_crown"),
    "Feature": ("773B93", "icon_trophy"),
    "Bug": ("CC293D", "icon_insect"),
    "Task": ("F2CB1D", "icon_clipboard"),
    "Issue": ("B4009E", "icon_traffic_cone"),
    "Impediment": ("B4009E", "icon_traffic_cone"),
    "Test Case": ("004B50", "icon_test_case"),
}


def _states(text: str) -> tuple[State, ...]:
    """States in order, `|` between categories: proposed, in progress, resolved, completed, removed."""
    parts = (part.split(",") for part in text.split("|"))
    categories = (PROPOSED, IN_PROGRESS, RESOLVED, COMPLETED, REMOVED)
    return tuple(
        State(name.strip(), category)
        for category, found in zip(categories, parts, strict=True)
        for name in found
        if name.strip()
    )


def _type(name: str, states: str, *fields: str | TypeField) -> Type:
    color, icon = _LOOKS.get(name, ("009CCC", "icon_list"))
    return Type(
        name=name,
        ref=f"Microsoft.VSTS.WorkItemTypes.{name.replace(' ', '')}",
        states=_states(states),
        fields=field_set(*_LIFE, *fields),
        color=color,
        icon=icon,
    )


def _by_name(*types: Type) -> dict[str, Type]:
    tests = (
        _type("Test Case", "Design|Ready||Closed|", _PRIORITY, "Microsoft.VSTS.TCM.Steps"),
        _type("Shared Steps", "|Active||Closed|", _PRIORITY, "Microsoft.VSTS.TCM.Steps"),
        _type("Test Plan", "|Active||Inactive|"),
        _type("Test Suite", "In Planning|In Progress||Completed|"),
    )
    return {kind.name: kind for kind in (*types, *tests)}


_KINDS: dict[str, tuple[LevelKind, str]] = {
    "Epic": ("portfolio", "FF7B00"),
    "Feature": ("portfolio", "773B93"),
    "Requirement": ("requirement", "009CCC"),
    "Task": ("task", "F2CB1D"),
}


def _levels(**types: tuple[str, str]) -> tuple[Level, ...]:
    """Levels from the highest down, each with its plural and its type; epics are hidden where features exist."""
    ranks = {name: rank for rank, name in enumerate(reversed(list(types)), start=1)}
    return tuple(
        Level(
            id=f"Microsoft.{name}Category",
            name=plural,
            kind=_KINDS[name][0],
            rank=ranks[name],
            types=(kind,),
            color=_KINDS[name][1],
            hidden=name == "Epic" and "Feature" in types,
        )
        for name, (plural, kind) in types.items()
    )


_AGILE_LIFE = "New|Active,Resolved||Closed|Removed"
AGILE = Process(
    id="adcc42ab-9882-485e-a3ed-7678f01f66bc",
    name="Agile",
    description="This template is flexible and will work great for most teams using Agile planning methods.",
    types=_by_name(
        _type("Epic", _AGILE_LIFE, _REASON, _NEEDED_PRIORITY, names.STACK_RANK, _VALUE_AREA, _RISK, *_VALUE),
        _type("Feature", _AGILE_LIFE, _REASON, _PRIORITY, names.STACK_RANK, _VALUE_AREA, _RISK, *_VALUE),
        _type(
            "User Story",
            _AGILE_LIFE,
            names.POINTS,
            _REASON,
            _PRIORITY,
            names.STACK_RANK,
            _VALUE_AREA,
            _RISK,
            *_DATES,
            names.CRITERIA,
        ),
        _type(
            "Bug",
            "New|Active|Resolved|Closed|",
            names.POINTS,
            *_HOURS,
            _ACTIVITY,
            _REASON,
            _PRIORITY,
            names.STACK_RANK,
            _VALUE_AREA,
            *_BUG_TEXT,
        ),
        _type("Task", "New|Active||Closed|Removed", *_HOURS, _ACTIVITY, _PRIORITY, names.STACK_RANK, *_DATES),
        _type("Issue", "|Active||Closed|", _PRIORITY, names.STACK_RANK, f"{_S}DueDate"),
    ),
    levels=_levels(
        Epic=("Epics", "Epic"),
        Feature=("Features", "Feature"),
        Requirement=("Stories", "User Story"),
        Task=("Tasks", "Task"),
    ),
    effort=names.POINTS,
    order=names.STACK_RANK,
)

_SCRUM_LIFE = "New,Approved|Committed||Done|Removed"
_SCRUM_TOP = "New|In Progress||Done|Removed"
SCRUM = Process(
    id="6b724908-ef14-45cf-84f8-768b5384da45",
    name="Scrum",
    description="This template is for teams who follow the Scrum framework.",
    types=_by_name(
        _type("Epic", _SCRUM_TOP, _NEEDED_PRIORITY, _VALUE_AREA, *_VALUE, names.CRITERIA, names.BACKLOG_PRIORITY),
        _type("Feature", _SCRUM_TOP, _PRIORITY, _VALUE_AREA, *_VALUE, names.CRITERIA, names.BACKLOG_PRIORITY),
        _type(
            "Product Backlog Item",
            _SCRUM_LIFE,
            _NEEDED_PRIORITY,
            _VALUE_AREA,
            names.BUSINESS_VALUE,
            names.EFFORT,
            names.CRITERIA,
            names.BACKLOG_PRIORITY,
        ),
        _type(
            "Bug",
            _SCRUM_LIFE,
            names.REMAINING,
            _ACTIVITY,
            _PRIORITY,
            _VALUE_AREA,
            names.EFFORT,
            names.CRITERIA,
            names.BACKLOG_PRIORITY,
            *_BUG_TEXT,
        ),
        _type(
            "Task",
            "To Do|In Progress||Done|Removed",
            names.REMAINING,
            _ACTIVITY,
            _PRIORITY,
            _BLOCKED,
            names.BACKLOG_PRIORITY,
        ),
        _type("Impediment", "|Open||Closed|", _PRIORITY, names.EFFORT, names.BACKLOG_PRIORITY, f"{_C}Resolution"),
    ),
    levels=_levels(
        Epic=("Epics", "Epic"),
        Feature=("Features", "Feature"),
        Requirement=("Backlog items", "Product Backlog Item"),
        Task=("Tasks", "Task"),
    ),
    effort=names.EFFORT,
    order=names.BACKLOG_PRIORITY,
    bugs="asRequirements",
)

_CMMI_LIFE = "Proposed|Active,Resolved||Closed|"
_CMMI_SIDE = (_REASON, _PRIORITY, names.STACK_RANK, _DISCIPLINE, names.SIZE, f"{_S}OriginalEstimate", names.REMAINING)
CMMI = Process(
    id="27450541-8e31-4150-9947-dc59f998fc01",
    name="CMMI",
    description="This template is for more formal projects requiring a framework for process improvement.",
    types=_by_name(
        _type("Epic", _CMMI_LIFE, _REASON, _NEEDED_PRIORITY, names.STACK_RANK, _VALUE_AREA, _TRIAGE, *_VALUE),
        _type("Feature", _CMMI_LIFE, _REASON, _PRIORITY, names.STACK_RANK, _VALUE_AREA, _TRIAGE, *_VALUE),
        _type(
            "Requirement",
            _CMMI_LIFE,
            f"{_S}OriginalEstimate",
            _REASON,
            _NEEDED_PRIORITY,
            names.STACK_RANK,
            _VALUE_AREA,
            *_DATES,
            _TRIAGE,
            names.SIZE,
            _YES_OR_NO,
            _KIND,
            _COMMITTED,
            "Microsoft.VSTS.CMMI.ImpactAssessmentHtml",
            _ACCEPTED,
            *(f"Microsoft.VSTS.CMMI.SubjectMatterExpert{n}" for n in (1, 2, 3)),
        ),
        _type(
            "Bug",
            "Proposed|Active|Resolved|Closed|",
            *_HOURS,
            _REASON,
            _NEEDED_PRIORITY,
            names.STACK_RANK,
            _VALUE_AREA,
            _TRIAGE,
            _DISCIPLINE,
            names.SIZE,
            _YES_OR_NO,
            *_BUG_TEXT,
            _NEEDED_SEVERITY,
            _CAUSE,
            *(f"Microsoft.VSTS.CMMI.{n}" for n in ("Symptom", "ProposedFix", "HowFound", "FoundInEnvironment")),
        ),
        _type(
            "Task",
            _CMMI_LIFE,
            *_HOURS,
            _REASON,
            _NEEDED_PRIORITY,
            names.STACK_RANK,
            *_DATES,
            _TRIAGE,
            _DISCIPLINE,
            _NEEDED_YES_OR_NO,
            *(TypeField(f"Microsoft.VSTS.CMMI.Requires{n}", default="No", allowed=("No", "Yes")) for n in _CHECKS),
            TypeField(
                "Microsoft.VSTS.CMMI.TaskType",
                default="Planned",
                allowed=("Corrective Action", "Mitigation Action", "Planned"),
            ),
        ),
        _type("Issue", "Proposed|Active,Resolved||Closed|", _SEVERITY, _TRIAGE, *_CMMI_SIDE),
        _type("Change Request", "Proposed|Active,Resolved||Closed|", _TRIAGE, _YES_OR_NO, *_CMMI_SIDE),
        _type("Risk", "Proposed|Active,Resolved||Closed|", _SEVERITY, _YES_OR_NO, *_CMMI_SIDE),
    ),
    levels=_levels(
        Epic=("Epics", "Epic"),
        Feature=("Features", "Feature"),
        Requirement=("Requirements", "Requirement"),
        Task=("Tasks", "Task"),
    ),
    effort=names.SIZE,
    order=names.STACK_RANK,
    activity=f"{_C}Discipline",
)

_BASIC_LIFE = "To Do|Doing||Done|"
BASIC = Process(
    id="b8a3a935-7e91-48b8-a94c-606d37c3e9f2",
    name="Basic",
    description="This template is flexible for any process and great for teams getting started with Azure DevOps.",
    types=_by_name(
        _type("Epic", _BASIC_LIFE, _PRIORITY, names.STACK_RANK, names.EFFORT, f"{_S}StartDate", f"{_S}TargetDate"),
        _type("Issue", _BASIC_LIFE, _PRIORITY, names.STACK_RANK, names.EFFORT),
        _type("Task", _BASIC_LIFE, _PRIORITY, names.STACK_RANK, names.REMAINING, _ACTIVITY),
    ),
    levels=_levels(Epic=("Epics", "Epic"), Requirement=("Issues", "Issue"), Task=("Tasks", "Task")),
    effort=names.EFFORT,
    order=names.STACK_RANK,
    bugs="off",
    bug_types=(),
)

PROCESSES = {process.name: process for process in (AGILE, SCRUM, CMMI, BASIC)}
"""The system processes by name."""
