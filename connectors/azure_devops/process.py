"""Discovers a team's process: work item types and their levels, the fields for effort and rank, and states.

A process defines the work item types of a project, with their fields and states. A field is identified by its reference
name, such as System.Title, because the name that people see may be translated.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import partial

from msgspec import Struct, field

from connectors.azure_devops.library import Area, AzureLibrary, BacklogConfiguration, FieldInfo, Iteration
from connectors.bulk_reads import try_request
from connectors.concurrency import bounded_map
from connectors.errors import Gone
from connectors.plugin import FieldNames
from rules.model import HierarchyLevel, ItemKind, StatusCategory

_CRITERIA_FIELD = "Microsoft.VSTS.Common.AcceptanceCriteria"
_PORTFOLIO_EFFORT_FIELD = "Microsoft.VSTS.Scheduling.Effort"
"""The effort field of features and epics in every process."""
_VALUE_FIELD = "Microsoft.VSTS.Common.BusinessValue"
_URGENCY_FIELD = "Microsoft.VSTS.Common.TimeCriticality"
_MAX_WORKERS = 6
"""The number of types that are read at the same time."""

_STATUS_CATEGORIES = {
    "proposed": StatusCategory.TO_DO,
    "inprogress": StatusCategory.IN_PROGRESS,
    "resolved": StatusCategory.IN_PROGRESS,
    "completed": StatusCategory.DONE,
    "complete": StatusCategory.DONE,
    "removed": StatusCategory.REMOVED,
}
_ITEM_KINDS = {
    "user story": ItemKind.STORY,
    "product backlog item": ItemKind.STORY,
    "requirement": ItemKind.STORY,
    "issue": ItemKind.STORY,
    "bug": ItemKind.BUG,
    "task": ItemKind.TASK,
    "feature": ItemKind.FEATURE,
    "epic": ItemKind.EPIC,
}


class TypeInfo(Struct, frozen=True, kw_only=True):
    """A type of work item on the team's backlog.

    Attributes:
        kind: The kind of item that all trackers share, such as a story or a bug.
        level: The level of its items in the hierarchy of the backlog.
        size_field: The field for the size of an item: story points, effort or size.
        criteria_fields: The fields for acceptance criteria; None if the type has no such field.
        states: The category of each state, by the name of the state.
    """

    name: str
    kind: ItemKind
    level: HierarchyLevel
    size_field: str
    criteria_fields: tuple[str, ...] | None
    states: Mapping[str, StatusCategory]


class Process(Struct, frozen=True, kw_only=True):
    """The data about one team: the process of its project, its areas and its sprints.

    Attributes:
        types: The types on the level of stories and on the levels above, by name.
        rank_field: The field for the rank. This and the other fields are reference names.
        areas: The area paths whose items belong to the team.
        iterations: The team's sprints; None if they could not be read.
        value_field, urgency_field, risk_field: The fields for business value, time criticality and risk reduction; None
            if there is no such field.
        effort_field: The configured field for job size; None if there is none, and `size_field` of the type is used.
        write_fields: The fields to write, by their purpose: the key under `write.fields` in the configuration.
        formerly_written_fields: Other fields that the service has ever written to.
        missing_fields: Configured names that the organisation does not have, by configuration key.
    """

    team: str
    types: Mapping[str, TypeInfo]
    rank_field: str
    areas: tuple[Area, ...]
    iterations: tuple[Iteration, ...] | None
    value_field: str | None = None
    urgency_field: str | None = None
    risk_field: str | None = None
    effort_field: str | None = None
    write_fields: dict[str, FieldInfo] = field(default_factory=dict)
    formerly_written_fields: tuple[FieldInfo, ...] = ()
    missing_fields: dict[str, str] = field(default_factory=dict)

    @property
    def all_written_fields(self) -> tuple[FieldInfo, ...]:
        """The fields that may contain values written by the service."""
        return (*self.write_fields.values(), *self.formerly_written_fields)


def discover_process(
    library: AzureLibrary,
    field_names: FieldNames,
    write_field_names: Mapping[str, str],
    *,
    areas: tuple[Area, ...],
    written_field_ids: Collection[str] = (),
) -> Process:
    """Discover a team's process. Configured fields that do not exist are in `missing_fields`.

    Args:
        library: Reads the settings of the team with Microsoft's `azure-devops` package.
        field_names: Configured names of the fields to read.
        write_field_names: Configured names of the fields to write, by their purpose.
        written_field_ids: Reference names of the fields that the service has ever written to.
    """
    backlog_configuration = library.backlog_configuration()
    field_index = _FieldIndex(library.fields())
    criteria_fields = [
        reference
        for name in field_names.acceptance_criteria
        if (reference := field_index.find_reference(name, "acceptance_criteria")) is not None
    ]
    types = _discover_types(
        library,
        backlog_configuration,
        size_field=field_index.find_reference(field_names.points, "points"),
        criteria_fields=criteria_fields or [_CRITERIA_FIELD],
    )
    write_fields = {
        purpose: field
        for purpose, name in write_field_names.items()
        if (field := field_index.find(name, f"write.fields.{purpose}")) is not None
    }
    return Process(
        team=library.team,
        types=types,
        rank_field=backlog_configuration.fields["Order"],
        areas=areas,
        iterations=try_request(library.iterations),
        value_field=field_index.find_reference(field_names.business_value, "business_value", _VALUE_FIELD),
        urgency_field=field_index.find_reference(field_names.time_criticality, "time_criticality", _URGENCY_FIELD),
        risk_field=field_index.find_reference(field_names.risk_reduction, "risk_reduction"),
        effort_field=field_index.find_reference(field_names.effort, "effort"),
        write_fields=write_fields,
        formerly_written_fields=field_index.find_by_references(
            set(written_field_ids) - {field.reference for field in write_fields.values()}
        ),
        missing_fields=field_index.missing,
    )


class _FieldIndex:
    """Finds fields by name or reference name. `missing` collects the names that do not exist, by configuration key."""

    def __init__(self, fields: Sequence[FieldInfo]) -> None:
        self._by_name = {field.name.casefold(): field for field in fields}
        self._by_reference = {field.reference.casefold(): field for field in fields}
        self.missing: dict[str, str] = {}

    def find(self, name: str, key: str) -> FieldInfo | None:
        """Find the field that is configured under a key, by either of its names, ignoring letter case."""
        searched = name.strip().casefold()
        field = self._by_reference.get(searched) or self._by_name.get(searched)
        if field is None:
            self.missing[key] = name
        return field

    def find_reference(self, name: str, key: str, default: str = "") -> str | None:
        """The reference name of the field that is configured under a key of `fields`.

        Args:
            name: The configured name; empty if none is configured.
            default: The reference name of the field to use then.
        """
        field = self.find(name, f"fields.{key}") if name else self._by_reference.get(default.casefold())
        return field.reference if field is not None else None

    def find_by_references(self, references: Collection[str]) -> tuple[FieldInfo, ...]:
        """Find fields by their reference names."""
        fields = (self._by_reference.get(reference.casefold()) for reference in sorted(references))
        return tuple(field for field in fields if field is not None)


def _discover_types(
    library: AzureLibrary,
    backlog_configuration: BacklogConfiguration,
    *,
    size_field: str | None,
    criteria_fields: Sequence[str],
) -> dict[str, TypeInfo]:
    """Discover the types on the team's backlog, by name.

    Args:
        backlog_configuration: The levels of the backlog, and their types.
        size_field: The configured field for sizes; None for the one that the process defines.
        criteria_fields: The possible fields for acceptance criteria. Some types may not have them.
    """
    bug_type_names = library.bug_type_names()
    # The height of each type above the level of stories: 0 on the level directly above it; None on that level itself.
    heights: dict[str, int | None] = dict.fromkeys(backlog_configuration.requirement_types)
    # Each team chooses whether bugs are on the same level as stories.
    if backlog_configuration.bugs_behavior == "asRequirements":
        heights |= dict.fromkeys(bug_type_names)
    for height, type_names in enumerate(backlog_configuration.portfolio_types):
        heights |= dict.fromkeys(type_names, height)
    read_types = bounded_map(partial(_read_type, library), heights, max_workers=_MAX_WORKERS)
    fields_and_states = {name: (field_names, states) for name, field_names, states in read_types}
    types: dict[str, TypeInfo] = {}
    for name, height_above_stories in heights.items():
        type_field_names, states = fields_and_states[name]
        if type_field_names is None:
            continue
        is_story_level = height_above_stories is None
        types[name] = TypeInfo(
            name=name,
            kind=ItemKind.BUG if name in bug_type_names else _item_kind(name, height_above_stories),
            level=HierarchyLevel.REQUIREMENT if is_story_level else HierarchyLevel.PORTFOLIO,
            size_field=size_field
            or (backlog_configuration.fields["Effort"] if is_story_level else _PORTFOLIO_EFFORT_FIELD),
            criteria_fields=tuple(field for field in criteria_fields if field in type_field_names) or None,
            states={
                state: _STATUS_CATEGORIES.get(category.replace(" ", "").casefold(), StatusCategory.UNKNOWN)
                for state, category in states.items()
            },
        )
    return types


def _read_type(library: AzureLibrary, name: str) -> tuple[str, frozenset[str] | None, dict[str, str]]:
    """Return the name, the fields and the states of a type; None as the fields if the project lacks the type."""
    try:
        field_names = library.type_field_names(name)
    except Gone:
        return name, None, {}
    return name, field_names, library.type_states(name)


def _item_kind(name: str, height_above_stories: int | None) -> ItemKind:
    """The kind of a type, from its name or else from its level.

    `height_above_stories` is 0 for the lowest portfolio level, which usually contains features; None for stories.
    """
    named_kind = _ITEM_KINDS.get(name.casefold())
    if height_above_stories is None:
        # Any other type on the level of stories counts as a story.
        return named_kind if named_kind in (ItemKind.BUG, ItemKind.TASK) else ItemKind.STORY
    if named_kind in (ItemKind.FEATURE, ItemKind.EPIC):
        return named_kind
    return (ItemKind.FEATURE, ItemKind.EPIC, ItemKind.INITIATIVE)[min(height_above_stories, 2)]
