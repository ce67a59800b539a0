"""Discovery of a team's process: work item types and their levels, fields of effort and order, meaning of states.

Everything is discovered per project and team, by reference name: names of types and states are translated.
"""

from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct, field

from connectors.azure_devops.library import Area, AzureLibrary, FieldInfo, Iteration
from connectors.bulk_reads import try_request
from connectors.errors import Gone
from connectors.plugin import FieldNames
from rules.model import HierarchyLevel, ItemKind, StatusCategory

CRITERIA = "Microsoft.VSTS.Common.AcceptanceCriteria"
_PORTFOLIO_EFFORT = "Microsoft.VSTS.Scheduling.Effort"
"""The effort field of features and epics in every process, whatever the team's own effort field is."""
_VALUE = "Microsoft.VSTS.Common.BusinessValue"
_URGENCY = "Microsoft.VSTS.Common.TimeCriticality"
_BUGS_AS_REQUIREMENTS = "asRequirements"

_CATEGORIES = {
    "proposed": StatusCategory.TO_DO,
    "inprogress": StatusCategory.IN_PROGRESS,
    "resolved": StatusCategory.IN_PROGRESS,
    "completed": StatusCategory.DONE,
    "complete": StatusCategory.DONE,
    "removed": StatusCategory.REMOVED,
}
_KINDS = {
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
        effort: The field of its size.
        criteria: The type's fields for acceptance criteria; None if it has none, so that criteria are in the text.
        states: Category by name of state.
    """

    name: str
    kind: ItemKind
    level: HierarchyLevel
    effort: str
    criteria: tuple[str, ...] | None
    states: Mapping[str, StatusCategory]


class AzureWriteField(Struct, frozen=True):
    """A field that can be written."""

    reference: str
    name: str
    kind: str


class Process(Struct, frozen=True, kw_only=True):
    """One team's process.

    Attributes:
        types: Types on the requirement and portfolio levels, by name.
        order: The field of the rank.
        iterations: The team's sprints; None if they could not be read.
        writes: By the name used in the configuration.
        carried: Other fields that hold values of ours.
        absent: Configured names that the organisation does not have.
    """

    team: str
    types: Mapping[str, TypeInfo]
    order: str
    areas: tuple[Area, ...]
    iterations: tuple[Iteration, ...] | None
    value: str | None = None
    urgency: str | None = None
    risk: str | None = None
    effort: str | None = None
    writes: dict[str, AzureWriteField] = field(default_factory=dict)
    carried: tuple[AzureWriteField, ...] = ()
    absent: dict[str, str] = field(default_factory=dict)

    @property
    def all_written_fields(self) -> tuple[AzureWriteField, ...]:
        """Fields that may hold values of ours."""
        return (*self.writes.values(), *self.carried)


def discover(
    library: AzureLibrary,
    names: FieldNames,
    writes: Mapping[str, str],
    *,
    areas: tuple[Area, ...],
    carrying: Collection[str] = (),
) -> Process:
    """Discover a team's process. Configured fields that do not exist are in `absent`.

    Args:
        library: Reads the process.
        names: Configured names of the fields to read.
        writes: Configured names of the fields to write, by what goes into them.
        areas: The areas of the team.
        carrying: Reference names of fields that hold values of ours, whatever is configured now.
    """
    shape = library.shape()
    known = _Fields(library.fields())
    absent: dict[str, str] = {}
    points = known.configured(names.points, "fields.points", absent)
    criteria = [
        reference
        for name in names.acceptance_criteria
        if (reference := known.configured(name, "fields.acceptance_criteria", absent)) is not None
    ]
    bugs = library.bugs()
    levels: dict[str, HierarchyLevel] = dict.fromkeys(shape.requirement.types, HierarchyLevel.REQUIREMENT)
    # The types are the project's; whether bugs are on the level of stories is the team's choice.
    if shape.bugs == _BUGS_AS_REQUIREMENTS:
        levels |= dict.fromkeys(bugs, HierarchyLevel.REQUIREMENT)
    for above in shape.portfolio:
        levels |= dict.fromkeys(above.types, HierarchyLevel.PORTFOLIO)
    heights = {name: height for height, above in enumerate(shape.portfolio) for name in above.types}
    types: dict[str, TypeInfo] = {}
    for name, level in levels.items():
        try:
            has = library.fields_of(name)
        except Gone:
            continue
        effort = _PORTFOLIO_EFFORT if level is HierarchyLevel.PORTFOLIO else shape.fields["Effort"]
        criteria_fields = tuple(reference for reference in (criteria or [CRITERIA]) if reference in has)
        types[name] = TypeInfo(
            name=name,
            kind=ItemKind.BUG if name in bugs else _kind(name, level, heights.get(name, 0)),
            level=level,
            effort=points or effort,
            criteria=criteria_fields or None,
            states={state: _category(category) for state, category in library.states_of(name).items()},
        )
    writable = known.writable(writes, absent)
    return Process(
        team=library.team,
        types=types,
        order=shape.fields["Order"],
        areas=areas,
        iterations=try_request(library.iterations),
        value=known.configured(names.business_value, "fields.business_value", absent, usual=_VALUE),
        urgency=known.configured(names.time_criticality, "fields.time_criticality", absent, usual=_URGENCY),
        risk=known.configured(names.risk_reduction, "fields.risk_reduction", absent),
        effort=known.configured(names.effort, "fields.effort", absent),
        writes=writable,
        carried=known.by_reference(set(carrying) - {field.reference for field in writable.values()}),
        absent=absent,
    )


class _Fields:
    def __init__(self, fields: Sequence[FieldInfo]) -> None:
        self._by_name = {field.name.casefold(): field for field in fields}
        self._by_reference = {field.reference.casefold(): field for field in fields}

    def named(self, name: str) -> FieldInfo | None:
        folded = name.strip().casefold()
        return self._by_reference.get(folded) or self._by_name.get(folded)

    def configured(self, name: str, key: str, absent: dict[str, str], usual: str = "") -> str | None:
        field = self.named(name or usual) if name or usual else None
        if field is None and name:
            absent[key] = name
        return field.reference if field is not None else None

    def by_reference(self, references: Collection[str]) -> tuple[AzureWriteField, ...]:
        """Fields by their reference names, whatever their names are by now."""
        found = (self._by_reference.get(reference.casefold()) for reference in sorted(references))
        return tuple(AzureWriteField(field.reference, field.name, field.kind) for field in found if field)

    def writable(self, writes: Mapping[str, str], absent: dict[str, str]) -> dict[str, AzureWriteField]:
        writable: dict[str, AzureWriteField] = {}
        for logical, name in writes.items():
            field = self.named(name)
            if field is None:
                absent[f"write.fields.{logical}"] = name
            else:
                writable[logical] = AzureWriteField(field.reference, field.name, field.kind)
        return writable


def _category(name: str) -> StatusCategory:
    return _CATEGORIES.get(name.replace(" ", "").casefold(), StatusCategory.UNKNOWN)


def _kind(name: str, level: HierarchyLevel, height: int) -> ItemKind:
    named = _KINDS.get(name.casefold())
    if level is HierarchyLevel.PORTFOLIO:
        if named in (ItemKind.FEATURE, ItemKind.EPIC):
            return named
        return (ItemKind.FEATURE, ItemKind.EPIC, ItemKind.INITIATIVE)[min(height, 2)]
    # Any other type on the requirement level is what this team calls a story.
    return named if named in (ItemKind.BUG, ItemKind.TASK) else ItemKind.STORY
