"""Discovery of a site's fields: by schema, or by name where only people's names tell fields apart.

Names are translated, changed and repeated from site to site; schemas are not. Atlassian's schema keys are those of
the recorded field lists of real sites.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct, field

from connectors.jira.payloads import JiraField
from connectors.plugin import FieldNames

_SPRINT = "com.pyxis.greenhopper.jira:gh-sprint"
_RANK = "com.pyxis.greenhopper.jira:gh-lexo-rank"
_EPIC_LINK = "com.pyxis.greenhopper.jira:gh-epic-link"
_TEAM_POINTS = "com.pyxis.greenhopper.jira:jsw-story-points"
_PLANNER_POINTS = "com.atlassian.jpo:jpo-custom-field-original-story-points"
_TEAM = "com.atlassian.teams:rm-teams-custom-field-team"
_FLAGS = "com.atlassian.jira.plugin.system.customfieldtypes:multicheckboxes"

_POINTS_NAMES = ("story points", "story point estimate")
_FLAG_NAMES = ("flagged", "impediment")
_CRITERIA_NAMES = ("acceptance criteria", "acceptance criterion", "akzeptanzkriterien", "abnahmekriterien")
_VALUE_NAMES = ("business value", "user-business value", "geschäftswert")
_URGENCY_NAMES = ("time criticality", "zeitkritikalität")
_RISK_NAMES = ("rr-oe", "risk reduction", "risk reduction and opportunity enablement", "risikominderung")
_EFFORT_NAMES = ("job size",)


_PURPOSES = (
    "points",
    "sprint",
    "rank",
    "flagged",
    "epic_link",
    "team",
    "criteria",
    "value",
    "urgency",
    "risk",
    "effort",
)


class JiraWriteField(Struct, frozen=True):
    """A field that can be written. `kind` is "number", "option", "text" or "rich"."""

    id: str
    name: str
    kind: str


class FieldMap(Struct, frozen=True, kw_only=True):
    """Field ids of a site by their purpose.

    Attributes:
        points: Candidates, preferred first. Sites often have two, used by different projects.
        criteria: Fields for acceptance criteria.
        writes: By the name used in the configuration.
        carried: Other fields that hold values of ours.
        lost: Ids of fields that were found earlier and are not now. An issue that does not tell their value has an
            unknown one.
        absent: Configured names that the site does not have, by configuration key.
        doubtful: Why an existing field is not used although it is configured, by configuration key. The sentences are
            part of the connection's fingerprint.
    """

    points: tuple[str, ...] = ()
    sprint: str | None = None
    rank: str | None = None
    flagged: str | None = None
    epic_link: str | None = None
    team: str | None = None
    criteria: tuple[str, ...] = ()
    value: str | None = None
    urgency: str | None = None
    risk: str | None = None
    effort: str | None = None
    writes: dict[str, JiraWriteField] = field(default_factory=dict)
    carried: tuple[JiraWriteField, ...] = ()
    lost: tuple[str, ...] = ()
    absent: dict[str, str] = field(default_factory=dict)
    doubtful: dict[str, str] = field(default_factory=dict)

    @property
    def numbers(self) -> tuple[str, ...]:
        """Fields that contain numbers."""
        ids = [*self.points, self.value, self.urgency, self.risk, self.effort]
        return tuple(dict.fromkeys(ident for ident in ids if ident))

    def completed(self, earlier: "FieldMap") -> "FieldMap":
        """This map with the fields that were found earlier and are not now.

        An account that loses a permission sees fewer fields, and people rename fields. Neither empties them.
        """
        kept: dict[str, Any] = {name: _merged(getattr(self, name), getattr(earlier, name)) for name in _PURPOSES}
        writes = earlier.writes | self.writes
        ids = {ident for value in kept.values() for ident in (value if isinstance(value, tuple) else [value]) if ident}
        found = {ident for ids in self.by_purpose.values() for ident in ids} | {self.epic_link, self.team}
        restored = {key for key, name in self.absent.items() if earlier.absent.get(key) != name}
        return msgspec.structs.replace(
            self,
            **kept,
            writes=writes,
            carried=tuple(field for field in self.carried if field.id not in {write.id for write in writes.values()}),
            lost=tuple(sorted(ids - found)),
            absent={key: name for key, name in self.absent.items() if key not in restored},
        )

    @property
    def all_written_fields(self) -> tuple[JiraWriteField, ...]:
        """Fields that may hold values of ours."""
        return (*self.writes.values(), *self.carried)

    @property
    def by_purpose(self) -> dict[str, tuple[str, ...]]:
        """Field ids by their name in the configuration."""
        single = {
            "business_value": self.value,
            "time_criticality": self.urgency,
            "risk_reduction": self.risk,
            "effort": self.effort,
            "sprint": self.sprint,
            "rank": self.rank,
            "flagged": self.flagged,
        }
        singles = {name: (ident,) if ident else () for name, ident in single.items()}
        return {"points": self.points, "acceptance_criteria": self.criteria} | singles


def _merged(now: Any, before: Any) -> Any:
    """One field, or several in the order of preference, with those that are not found any more."""
    if not isinstance(now, tuple):
        return now or before
    return now if set(before) <= set(now) else (*before, *(ident for ident in now if ident not in before))


def discover(
    fields: Sequence[JiraField], names: FieldNames, writes: Mapping[str, str], carrying: Collection[str] = ()
) -> FieldMap:
    """Find every field in use. Configured fields that cannot be used are in `absent` or `doubtful`.

    Args:
        fields: The fields of the site.
        names: Configured names of the fields to read.
        writes: Configured names of the fields to write, by what goes into them.
        carrying: Ids of fields that hold values of ours, whatever is configured now.
    """
    site = _SiteFields(fields)

    def number(configured: str, key: str, usual: Sequence[str]) -> str | None:
        return _first(site.configured_numbers(configured, key) if configured else site.numbers_named(usual))

    if names.points:
        points = site.configured_numbers(names.points, "fields.points")
    else:
        points = [*site.with_schema(_TEAM_POINTS), *site.numbers_named(_POINTS_NAMES)]
    if names.acceptance_criteria:
        criteria = [ident for name in names.acceptance_criteria for ident in site.configured_texts(name)]
    else:
        criteria = [field.id for field in fields if _plain(field.name) in _CRITERIA_NAMES and _type(field) == "string"]
    written = {logical: site.writable(name, f"write.fields.{logical}") for logical, name in writes.items()}
    found = {logical: field for logical, field in written.items() if field is not None}
    return FieldMap(
        points=tuple(dict.fromkeys(points)),
        sprint=_first(site.with_schema(_SPRINT)),
        rank=_first(site.with_schema(_RANK)),
        flagged=_first(field.id for field in site.of_schema(_FLAGS) if _plain(field.name) in _FLAG_NAMES),
        epic_link=_first(site.with_schema(_EPIC_LINK)),
        team=_first(site.with_schema(_TEAM)),
        criteria=tuple(dict.fromkeys(criteria)),
        value=number(names.business_value, "fields.business_value", _VALUE_NAMES),
        urgency=number(names.time_criticality, "fields.time_criticality", _URGENCY_NAMES),
        risk=number(names.risk_reduction, "fields.risk_reduction", _RISK_NAMES),
        effort=number(names.effort, "fields.effort", _EFFORT_NAMES),
        writes=found,
        carried=site.by_id(set(carrying) - {field.id for field in found.values()}),
        absent=site.absent,
        doubtful=site.doubtful,
    )


class _SiteFields:
    """The fields of a site, and the problems with configured names."""

    def __init__(self, fields: Sequence[JiraField]) -> None:
        self._fields = fields
        self.absent: dict[str, str] = {}
        self.doubtful: dict[str, str] = {}

    def of_schema(self, custom: str) -> list[JiraField]:
        return [field for field in self._fields if _custom(field) == custom]

    def with_schema(self, custom: str) -> list[str]:
        return [field.id for field in self.of_schema(custom)]

    def numbers_named(self, names: Sequence[str]) -> list[str]:
        return [
            field.id
            for name in names
            for field in self._fields
            if _plain(field.name) == name and _type(field) == "number" and _custom(field) != _PLANNER_POINTS
        ]

    def configured_numbers(self, name: str, key: str) -> list[str]:
        return self._configured(name, key, "number", "holds no number")

    def configured_texts(self, name: str) -> list[str]:
        return self._configured(name, "fields.acceptance_criteria", "string", "holds no text")

    def writable(self, name: str, key: str) -> JiraWriteField | None:
        """The only writable field of this name; None if there are several."""
        named = self._named(name, key)
        usable = [JiraWriteField(field.id, field.name, kind) for field in named if (kind := _kind(field))]
        if len(usable) == 1:
            return usable[0]
        if usable:
            ids = ", ".join(field.id for field in usable)
            self.doubtful[key] = f'names several fields of this site: "{name}" is {ids}. Write the id that is meant.'
        elif named:
            self.doubtful[key] = f'names a field of a kind that cannot be written: "{name}".'
        return None

    def by_id(self, ids: Collection[str]) -> tuple[JiraWriteField, ...]:
        """Fields by their ids, whatever their names and kinds are by now."""
        return tuple(
            JiraWriteField(field.id, field.name, _kind(field) or "text") for field in self._fields if field.id in ids
        )

    def _configured(self, name: str, key: str, kind: str, otherwise: str) -> list[str]:
        named = self._named(name, key)
        usable = [field.id for field in named if _type(field) == kind]
        if named and not usable:
            self.doubtful[key] = f'names a field that {otherwise}: "{name}".'
        return usable

    def _named(self, name: str, key: str) -> list[JiraField]:
        """Fields with this id, or else with this name: names are not unique."""
        wanted = _plain(name)
        named = [field for field in self._fields if field.id.casefold() == wanted]
        named = named or [field for field in self._fields if _plain(field.name) == wanted]
        if not named:
            self.absent[key] = f'{self.absent[key]}", "{name}' if key in self.absent else name
        return named


def _plain(name: str) -> str:
    return name.strip().casefold()


def _type(field: JiraField) -> str:
    return field.schema.type if field.schema is not None else ""


def _custom(field: JiraField) -> str:
    return field.schema.custom if field.schema is not None else ""


def _kind(field: JiraField) -> str:
    """How a field is written; empty for field that is not: those that every Jira has are people's own."""
    kind, custom = _type(field), _custom(field)
    if not custom or custom in (_SPRINT, _RANK, _EPIC_LINK):
        return ""
    if custom.endswith(":textarea"):
        return "rich"
    return {"number": "number", "option": "option", "string": "text"}.get(kind, "")


def _first(ids: Iterable[str]) -> str | None:
    return next(iter(ids), None)
