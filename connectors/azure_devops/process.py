"""Discovers a team's process: work item types and their levels, the fields for effort and rank, and states.

A process defines the types of work items of a project, with their fields and states. Fields are identified by their
reference name, such as System.Title, because other names may be translated.
"""

from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct, field

from connectors.azure_devops.library import Area, AzureLibrary, FieldInfo, Iteration
from connectors.bulk_reads import try_request
from connectors.errors import Gone
from connectors.plugin import FieldNames
from rules.model import HierarchyLevel, ItemKind, StatusCategory

CRITERIA_FIELD = "Microsoft.VSTS.Common.AcceptanceCriteria"
_PORTFOLIO_EFFORT_FIELD = "Microsoft.VSTS.Scheduling.Effort"
"""The effort field of features and epics in every process."""
_VALUE_FIELD = "Microsoft.VSTS.Common.BusinessValue"
_URGENCY_FIELD = "Microsoft.VSTS.Common.TimeCriticality"
_BUGS_AS_REQUIREMENTS = "asRequirements"

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
        name: The name that people see.
        kind: The type in the vocabulary that all trackers share.
        level: The level of its items in the hierarchy of the backlog.
        effort: The field for the size of an item.
        criteria: The fields for acceptance criteria; None if the type has no such field.
        states: Categories by the names of the states.
    """

    name: str
    kind: ItemKind
    level: HierarchyLevel
    effort: str
    criteria: tuple[str, ...] | None
    states: Mapping[str, StatusCategory]


class AzureWriteField(Struct, frozen=True):
    """A field that the service may write.

    Attributes:
        reference: The reference name.
        name: The name that people see.
        kind: The type of its values: "double", "integer", "string", "html", "plainText", …
    """

    reference: str
    name: str
    kind: str


class Process(Struct, frozen=True, kw_only=True):
    """One team's process.

    Attributes:
        team: The name of the team.
        types: Types on the requirement and portfolio levels, by name.
        rank_field: The field for the rank.
        areas: The area paths whose items belong to the team.
        iterations: The team's sprints; None if they could not be read.
        value, urgency, risk, effort: The fields for business value, time criticality, risk reduction and job size; None
            if there is no such field.
        write_fields: The fields to write, by their purpose: the key under `write.fields` in the configuration.
        formerly_written_fields: Other fields that the service has written to.
        missing_fields: Configured names that the organisation does not have, by configuration key.
    """

    team: str
    types: Mapping[str, TypeInfo]
    rank_field: str
    areas: tuple[Area, ...]
    iterations: tuple[Iteration, ...] | None
    value: str | None = None
    urgency: str | None = None
    risk: str | None = None
    effort: str | None = None
    write_fields: dict[str, AzureWriteField] = field(default_factory=dict)
    formerly_written_fields: tuple[AzureWriteField, ...] = ()
    missing_fields: dict[str, str] = field(default_factory=dict)

    @property
    def all_written_fields(self) -> tuple[AzureWriteField, ...]:
        """Fields that may contain values written by the service."""
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
        library: Reads the process with Microsoft's Python package for Azure DevOps.
        field_names: Configured names of the fields to read.
        write_field_names: Configured names of the fields to write, by their purpose.
        areas: The areas of the team.
        written_field_ids: Reference names of the fields that the service has ever written to.
    """
    configuration = library.backlog_configuration()
    field_index = _FieldIndex(library.fields())
    missing_fields: dict[str, str] = {}
    points = field_index.find_configured(field_names.points, "fields.points", missing_fields)
    criteria = [
        reference
        for name in field_names.acceptance_criteria
        if (reference := field_index.find_configured(name, "fields.acceptance_criteria", missing_fields)) is not None
    ]
    bug_type_names = library.bug_type_names()
    levels: dict[str, HierarchyLevel] = dict.fromkeys(configuration.requirement.types, HierarchyLevel.REQUIREMENT)
    # Each team chooses whether bugs are on the level of stories.
    if configuration.bugs_behavior == _BUGS_AS_REQUIREMENTS:
        levels |= dict.fromkeys(bug_type_names, HierarchyLevel.REQUIREMENT)
    for portfolio_level in configuration.portfolio:
        levels |= dict.fromkeys(portfolio_level.types, HierarchyLevel.PORTFOLIO)
    portfolio_level_numbers = {
        name: level_number
        for level_number, portfolio_level in enumerate(configuration.portfolio)
        for name in portfolio_level.types
    }
    types: dict[str, TypeInfo] = {}
    for name, level in levels.items():
        try:
            type_field_names = library.type_field_names(name)
        except Gone:
            continue
        effort = _PORTFOLIO_EFFORT_FIELD if level is HierarchyLevel.PORTFOLIO else configuration.fields["Effort"]
        criteria_fields = tuple(
            reference for reference in (criteria or [CRITERIA_FIELD]) if reference in type_field_names
        )
        types[name] = TypeInfo(
            name=name,
            kind=ItemKind.BUG
            if name in bug_type_names
            else _item_kind(name, level, portfolio_level_numbers.get(name, 0)),
            level=level,
            effort=points or effort,
            criteria=criteria_fields or None,
            states={state: _status_category(category) for state, category in library.type_states(name).items()},
        )
    write_fields = field_index.find_writable(write_field_names, missing_fields)
    return Process(
        team=library.team,
        types=types,
        rank_field=configuration.fields["Order"],
        areas=areas,
        iterations=try_request(library.iterations),
        value=field_index.find_configured(
            field_names.business_value, "fields.business_value", missing_fields, default=_VALUE_FIELD
        ),
        urgency=field_index.find_configured(
            field_names.time_criticality, "fields.time_criticality", missing_fields, default=_URGENCY_FIELD
        ),
        risk=field_index.find_configured(field_names.risk_reduction, "fields.risk_reduction", missing_fields),
        effort=field_index.find_configured(field_names.effort, "fields.effort", missing_fields),
        write_fields=write_fields,
        formerly_written_fields=field_index.find_by_references(
            set(written_field_ids) - {field.reference for field in write_fields.values()}
        ),
        missing_fields=missing_fields,
    )


class _FieldIndex:
    """Finds fields by name or reference name."""

    def __init__(self, fields: Sequence[FieldInfo]) -> None:
        self._by_name = {field.name.casefold(): field for field in fields}
        self._by_reference = {field.reference.casefold(): field for field in fields}

    def find_field(self, name: str) -> FieldInfo | None:
        key_name = name.strip().casefold()
        return self._by_reference.get(key_name) or self._by_name.get(key_name)

    def find_configured(self, name: str, key: str, missing_fields: dict[str, str], default: str = "") -> str | None:
        field = self.find_field(name or default) if name or default else None
        if field is None and name:
            missing_fields[key] = name
        return field.reference if field is not None else None

    def find_by_references(self, references: Collection[str]) -> tuple[AzureWriteField, ...]:
        """Find fields by their reference names."""
        fields = (self._by_reference.get(reference.casefold()) for reference in sorted(references))
        return tuple(AzureWriteField(field.reference, field.name, field.kind) for field in fields if field)

    def find_writable(
        self, write_field_names: Mapping[str, str], missing_fields: dict[str, str]
    ) -> dict[str, AzureWriteField]:
        write_fields: dict[str, AzureWriteField] = {}
        for purpose, name in write_field_names.items():
            field = self.find_field(name)
            if field is None:
                missing_fields[f"write.fields.{purpose}"] = name
            else:
                write_fields[purpose] = AzureWriteField(field.reference, field.name, field.kind)
        return write_fields


def _status_category(name: str) -> StatusCategory:
    return _STATUS_CATEGORIES.get(name.replace(" ", "").casefold(), StatusCategory.UNKNOWN)


def _item_kind(name: str, level: HierarchyLevel, level_number: int) -> ItemKind:
    named_kind = _ITEM_KINDS.get(name.casefold())
    if level is HierarchyLevel.PORTFOLIO:
        if named_kind in (ItemKind.FEATURE, ItemKind.EPIC):
            return named_kind
        return (ItemKind.FEATURE, ItemKind.EPIC, ItemKind.INITIATIVE)[min(level_number, 2)]
    # Any other type on the requirement level counts as a story.
    return named_kind if named_kind in (ItemKind.BUG, ItemKind.TASK) else ItemKind.STORY
