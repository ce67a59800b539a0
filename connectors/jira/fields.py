"""Finds out which fields of a Jira site contain points, ranks, sprints and so on.

A field is recognised by its schema, which names an app and the kind of field that the app defines, because the name of
a field may be translated, changed, or used for several fields. Only fields of a general type, such as numbers and
checkboxes, are recognised by name. The schemas come from recorded field lists of real sites.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct, field

from connectors.jira.payloads import JiraField
from connectors.plugin import FieldNames

_SPRINT_SCHEMA = "com.pyxis.greenhopper.jira:gh-sprint"
_RANK_SCHEMA = "com.pyxis.greenhopper.jira:gh-lexo-rank"
_EPIC_LINK_SCHEMA = "com.pyxis.greenhopper.jira:gh-epic-link"
_POINTS_SCHEMA = "com.pyxis.greenhopper.jira:jsw-story-points"
_ORIGINAL_POINTS_SCHEMA = "com.atlassian.jpo:jpo-custom-field-original-story-points"
"""The schema of a planning app's field for the first estimate of an issue, which may have one of `_POINTS_NAMES`."""
_TEAM_SCHEMA = "com.atlassian.teams:rm-teams-custom-field-team"
_CHECKBOXES_SCHEMA = "com.atlassian.jira.plugin.system.customfieldtypes:multicheckboxes"

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
"""The purposes of fields: the attributes of `FieldMap` whose fields are looked up by schema or by name."""


class JiraWriteField(Struct, frozen=True):
    """A field that the service can write.

    Attributes:
        kind: The type of its values: "number", "option" for one of several given values, "text" for plain text, or
            "rich" for text with markup.
    """

    id: str
    name: str
    kind: str


_STORED_NAMES = {
    "write_fields": "writes",
    "formerly_written_fields": "carried",
    "lost_field_ids": "lost",
    "missing_fields": "absent",
    "unusable_fields": "doubtful",
}
"""The names of attributes of `FieldMap` in its JSON, which is stored."""


class FieldMap(Struct, frozen=True, kw_only=True, rename=_STORED_NAMES):
    """The ids of the fields of a site, by their purpose. A field that the site does not have is None.

    Attributes:
        points: The fields for story points, the preferred one first. Sites often have two, used by different projects.
        flagged: The field with which people flag an issue as blocked.
        epic_link: The field for the epic, on older sites. Newer sites use the standard field for the parent.
        criteria: The fields for acceptance criteria.
        value, urgency, risk, effort: The fields for business value, time criticality, risk reduction and job size.
        write_fields: The fields to write, by the key under `write.fields` in the configuration.
        formerly_written_fields: Other fields that the service has ever written to.
        lost_field_ids: Ids of fields that an earlier connection found and this one did not. If an issue lacks such a
            field, its value is unknown.
        missing_fields: Configured names that the site does not have, by configuration key.
        unusable_fields: Reasons why configured fields that exist are not used, by configuration key. The sentences must
            not change: they are part of the stored hash of the settings and fields, and if that changes, all issues
            are read again.
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
    write_fields: dict[str, JiraWriteField] = field(default_factory=dict)
    formerly_written_fields: tuple[JiraWriteField, ...] = ()
    lost_field_ids: tuple[str, ...] = ()
    missing_fields: dict[str, str] = field(default_factory=dict)
    unusable_fields: dict[str, str] = field(default_factory=dict)

    @property
    def number_ids(self) -> tuple[str, ...]:
        """The ids of the fields that contain numbers."""
        ids = [*self.points, self.value, self.urgency, self.risk, self.effort]
        return tuple(dict.fromkeys(field_id for field_id in ids if field_id))

    def with_lost_fields(self, earlier: "FieldMap") -> "FieldMap":
        """Add the fields that an earlier connection with the same configuration found, and this connection did not.

        An account that loses a permission sees fewer fields, and people rename fields, but the values still exist. So
        such a field counts as lost, not as missing: if an issue lacks it, its value is unknown.
        """
        merged: dict[str, Any] = {name: _merge(getattr(self, name), getattr(earlier, name)) for name in _PURPOSES}
        write_fields = earlier.write_fields | self.write_fields
        merged_ids = {
            field_id
            for value in merged.values()
            for field_id in (value if isinstance(value, tuple) else [value])
            if field_id
        }
        current_ids = {field_id for ids in self.ids_by_purpose.values() for field_id in ids}
        current_ids |= {field_id for field_id in (self.epic_link, self.team) if field_id}
        lost_keys = {key for key, name in self.missing_fields.items() if earlier.missing_fields.get(key) != name}
        return msgspec.structs.replace(
            self,
            **merged,
            write_fields=write_fields,
            formerly_written_fields=tuple(
                field
                for field in self.formerly_written_fields
                if field.id not in {write.id for write in write_fields.values()}
            ),
            lost_field_ids=tuple(sorted(merged_ids - current_ids)),
            missing_fields={key: name for key, name in self.missing_fields.items() if key not in lost_keys},
        )

    @property
    def all_written_fields(self) -> tuple[JiraWriteField, ...]:
        """The fields that may contain values written by the service."""
        return (*self.write_fields.values(), *self.formerly_written_fields)

    @property
    def ids_by_purpose(self) -> dict[str, tuple[str, ...]]:
        """The ids of the fields that `steward doctor` shows, by the key under `fields`, or else by attribute."""
        ids_by_name = {
            "business_value": self.value,
            "time_criticality": self.urgency,
            "risk_reduction": self.risk,
            "effort": self.effort,
            "sprint": self.sprint,
            "rank": self.rank,
            "flagged": self.flagged,
        }
        single_fields = {name: (field_id,) if field_id else () for name, field_id in ids_by_name.items()}
        return {"points": self.points, "acceptance_criteria": self.criteria} | single_fields


def _merge(current_ids: Any, earlier_ids: Any) -> Any:
    """Combine a field id, or several in order of preference, with those that were found earlier.

    If some of several ids have been lost, the earlier order of preference is kept.
    """
    if not isinstance(current_ids, tuple):
        return current_ids or earlier_ids
    if set(earlier_ids) <= set(current_ids):
        return current_ids
    return (*earlier_ids, *(field_id for field_id in current_ids if field_id not in earlier_ids))


def discover_fields(
    fields: Sequence[JiraField],
    field_names: FieldNames,
    write_field_names: Mapping[str, str],
    written_field_ids: Collection[str] = (),
) -> FieldMap:
    """Find all fields to use. Configured names that cannot be used are in `missing_fields` or `unusable_fields`.

    Args:
        field_names: Configured names of the fields to read.
        write_field_names: Configured names of the fields to write, by the key under `write.fields`.
        written_field_ids: Ids of the fields that the service has ever written to.
    """
    site = _SiteFields(fields)

    def find_number_field(configured: str, key: str, usual_names: Sequence[str]) -> str | None:
        return _first_or_none(
            site.configured_number_ids(configured, key) if configured else site.number_ids_by_name(usual_names)
        )

    if field_names.points:
        points = site.configured_number_ids(field_names.points, "fields.points")
    else:
        points = [*site.ids_with_schema(_POINTS_SCHEMA), *site.number_ids_by_name(_POINTS_NAMES)]
    if field_names.acceptance_criteria:
        criteria = [field_id for name in field_names.acceptance_criteria for field_id in site.configured_text_ids(name)]
    else:
        criteria = [
            field.id
            for field in fields
            if _normalize(field.name) in _CRITERIA_NAMES and _schema_type(field) == "string"
        ]
    candidates = {key: site.find_writable(name, f"write.fields.{key}") for key, name in write_field_names.items()}
    usable_fields = {key: field for key, field in candidates.items() if field is not None}
    return FieldMap(
        points=tuple(dict.fromkeys(points)),
        sprint=_first_or_none(site.ids_with_schema(_SPRINT_SCHEMA)),
        rank=_first_or_none(site.ids_with_schema(_RANK_SCHEMA)),
        flagged=_first_or_none(
            field.id for field in site.fields_with_schema(_CHECKBOXES_SCHEMA) if _normalize(field.name) in _FLAG_NAMES
        ),
        epic_link=_first_or_none(site.ids_with_schema(_EPIC_LINK_SCHEMA)),
        team=_first_or_none(site.ids_with_schema(_TEAM_SCHEMA)),
        criteria=tuple(dict.fromkeys(criteria)),
        value=find_number_field(field_names.business_value, "fields.business_value", _VALUE_NAMES),
        urgency=find_number_field(field_names.time_criticality, "fields.time_criticality", _URGENCY_NAMES),
        risk=find_number_field(field_names.risk_reduction, "fields.risk_reduction", _RISK_NAMES),
        effort=find_number_field(field_names.effort, "fields.effort", _EFFORT_NAMES),
        write_fields=usable_fields,
        formerly_written_fields=site.find_by_ids(
            set(written_field_ids) - {field.id for field in usable_fields.values()}
        ),
        missing_fields=site.missing_fields,
        unusable_fields=site.unusable_fields,
    )


class _SiteFields:
    """Finds fields of a site, and collects the problems with configured names.

    Attributes:
        missing_fields, unusable_fields: As in `FieldMap`.
    """

    def __init__(self, fields: Sequence[JiraField]) -> None:
        self._fields = fields
        self.missing_fields: dict[str, str] = {}
        self.unusable_fields: dict[str, str] = {}

    def fields_with_schema(self, schema: str) -> list[JiraField]:
        return [field for field in self._fields if _custom_schema(field) == schema]

    def ids_with_schema(self, schema: str) -> list[str]:
        return [field.id for field in self.fields_with_schema(schema)]

    def number_ids_by_name(self, field_names: Sequence[str]) -> list[str]:
        """The ids of number fields with one of these names in lower case, in the order of the names."""
        return [
            field.id
            for name in field_names
            for field in self._fields
            if _normalize(field.name) == name
            and _schema_type(field) == "number"
            and _custom_schema(field) != _ORIGINAL_POINTS_SCHEMA
        ]

    def configured_number_ids(self, name: str, key: str) -> list[str]:
        return self._find_configured(name, key, "number", "holds no number")

    def configured_text_ids(self, name: str) -> list[str]:
        return self._find_configured(name, "fields.acceptance_criteria", "string", "holds no text")

    def find_writable(self, name: str, key: str) -> JiraWriteField | None:
        """The field with this name that can be written; None if there is none, or more than one."""
        matches = self._find_fields(name, key)
        usable = [JiraWriteField(field.id, field.name, kind) for field in matches if (kind := _write_kind(field))]
        if len(usable) == 1:
            return usable[0]
        if usable:
            ids = ", ".join(field.id for field in usable)
            self.unusable_fields[key] = (
                f'names several fields of this site: "{name}" is {ids}. Write the id that is meant.'
            )
        elif matches:
            self.unusable_fields[key] = f'names a field of a kind that cannot be written: "{name}".'
        return None

    def find_by_ids(self, ids: Collection[str]) -> tuple[JiraWriteField, ...]:
        """Find fields by their ids."""
        return tuple(
            JiraWriteField(field.id, field.name, _write_kind(field) or "text")
            for field in self._fields
            if field.id in ids
        )

    def _find_configured(self, name: str, key: str, schema_type: str, reason: str) -> list[str]:
        """Return the ids of the fields with a configured name and this type of values.

        If all fields with this name have another type, `reason` is recorded for them.
        """
        matches = self._find_fields(name, key)
        usable = [field.id for field in matches if _schema_type(field) == schema_type]
        if matches and not usable:
            self.unusable_fields[key] = f'names a field that {reason}: "{name}".'
        return usable

    def _find_fields(self, name: str, key: str) -> list[JiraField]:
        """Find the field with this id, otherwise all fields with this name, because names are not unique."""
        normalized_name = _normalize(name)
        matches = [field for field in self._fields if field.id.casefold() == normalized_name]
        matches = matches or [field for field in self._fields if _normalize(field.name) == normalized_name]
        if not matches:
            # Several missing names of one key are shown as: "first", "second".
            self.missing_fields[key] = f'{self.missing_fields[key]}", "{name}' if key in self.missing_fields else name
        return matches


def _normalize(name: str) -> str:
    return name.strip().casefold()


def _schema_type(field: JiraField) -> str:
    """The type of the values of a field, such as "number"; empty if it is unknown."""
    return field.schema.type if field.schema is not None else ""


def _custom_schema(field: JiraField) -> str:
    """The schema of a custom field; empty for a standard field."""
    return field.schema.custom if field.schema is not None else ""


def _write_kind(field: JiraField) -> str:
    """The kind of a field, as in `JiraWriteField`; empty if it cannot be written, as for all standard fields."""
    schema = _custom_schema(field)
    if not schema or schema in (_SPRINT_SCHEMA, _RANK_SCHEMA, _EPIC_LINK_SCHEMA):
        return ""
    if schema.endswith(":textarea"):
        return "rich"
    return {"number": "number", "option": "option", "string": "text"}.get(_schema_type(field), "")


def _first_or_none(ids: Iterable[str]) -> str | None:
    return next(iter(ids), None)
