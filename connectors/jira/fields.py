"""Which of a site's fields hold what: found by schema first, by name where people chose the name.

Names are translated, changed and repeated from site to site; schemas are not. Atlassian's schema keys are those of
the recorded field lists of real sites.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct, field

from connectors.jira.config import FieldNames
from connectors.jira.wire import JiraField

_SPRINT = "com.pyxis.greenhopper.jira:gh-sprint"
_RANK = "com.pyxis.greenhopper.jira:gh-lexo-rank"
_EPIC_LINK = "com.pyxis.greenhopper.jira:gh-epic-link"
_TEAM_POINTS = "com.pyxis.greenhopper.jira:jsw-story-points"
_FLAGS = "com.atlassian.jira.plugin.system.customfieldtypes:multicheckboxes"

_POINTS_NAMES = ("story points", "story point estimate")
_FLAG_NAMES = ("flagged", "impediment")
_CRITERIA_NAMES = ("acceptance criteria", "acceptance criterion", "akzeptanzkriterien", "abnahmekriterien")
_VALUE_NAMES = ("business value", "user-business value", "geschäftswert")
_URGENCY_NAMES = ("time criticality", "zeitkritikalität")
_RISK_NAMES = ("rr-oe", "risk reduction", "risk reduction and opportunity enablement", "risikominderung")
_EFFORT_NAMES = ("job size",)


class WriteField(Struct, frozen=True):
    """A field that the service may write. `kind` is "number", "option" or "text"."""

    id: str
    name: str
    kind: str


class FieldMap(Struct, frozen=True, kw_only=True):
    """Field ids of one site by what they hold.

    Attributes:
        points: Candidates, the preferred one first: sites often have both kinds, used by different projects.
        criteria: Fields kept for acceptance criteria.
        writes: By the name used in the configuration.
        absent: Configured names that the site does not have, by where they stand in the configuration.
    """

    points: tuple[str, ...] = ()
    sprint: str | None = None
    rank: str | None = None
    flagged: str | None = None
    epic_link: str | None = None
    criteria: tuple[str, ...] = ()
    value: str | None = None
    urgency: str | None = None
    risk: str | None = None
    effort: str | None = None
    writes: dict[str, WriteField] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)

    @property
    def numbers(self) -> tuple[str, ...]:
        """Fields that hold a number."""
        found = [*self.points, self.value, self.urgency, self.risk, self.effort]
        return tuple(dict.fromkeys(one for one in found if one))


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
        found = {name: (ident,) if ident else () for name, ident in single.items()}
        return {"points": self.points, "acceptance_criteria": self.criteria} | found


def discover(fields: Sequence[JiraField], names: FieldNames, writes: dict[str, str]) -> FieldMap:
    """Finds every field we use; what is configured and not there is named in `absent`."""
    site = _Site(fields)
    absent: dict[str, str] = {}

    def number(configured: str, key: str, usual: Sequence[str]) -> str | None:
        return next(iter(site.configured(configured, key, absent) if configured else site.numbers_named(usual)), None)

    if names.points:
        points = site.configured(names.points, "fields.points", absent)
    else:
        points = [*site.with_schema(_TEAM_POINTS), *site.numbers_named(_POINTS_NAMES)]
    if names.acceptance_criteria:
        criteria = [
            one
            for name in names.acceptance_criteria
            for one in site.configured(name, "fields.acceptance_criteria", absent)
        ]
    else:
        criteria = [one.id for one in fields if one.name.casefold() in _CRITERIA_NAMES and _is_text(one)]
    written: dict[str, WriteField] = {}
    for logical, name in writes.items():
        for one in site.named(name)[:1]:
            written[logical] = WriteField(one.id, one.name, _kind(one))
        if logical not in written:
            absent[f"write.fields.{logical}"] = name
    return FieldMap(
        points=tuple(dict.fromkeys(points)),
        sprint=_first(site.with_schema(_SPRINT)),
        rank=_first(site.with_schema(_RANK)),
        flagged=_first(one.id for one in site.of_schema(_FLAGS) if one.name.casefold() in _FLAG_NAMES),
        epic_link=_first(site.with_schema(_EPIC_LINK)),
        criteria=tuple(dict.fromkeys(criteria)),
        value=number(names.business_value, "fields.business_value", _VALUE_NAMES),
        urgency=number(names.time_criticality, "fields.time_criticality", _URGENCY_NAMES),
        risk=number(names.risk_reduction, "fields.risk_reduction", _RISK_NAMES),
        effort=number(names.effort, "fields.effort", _EFFORT_NAMES),
        writes=written,
        absent=absent,
    )


class _Site:
    def __init__(self, fields: Sequence[JiraField]) -> None:
        self._fields = fields

    def named(self, name: str) -> list[JiraField]:
        wanted = name.strip().casefold()
        return [one for one in self._fields if wanted in (one.name.casefold(), one.id.casefold())]

    def configured(self, name: str, key: str, absent: dict[str, str]) -> list[str]:
        found = [one.id for one in self.named(name)]
        if not found:
            absent[key] = name
        return found

    def of_schema(self, custom: str) -> list[JiraField]:
        return [one for one in self._fields if one.schema is not None and one.schema.custom == custom]

    def with_schema(self, custom: str) -> list[str]:
        return [one.id for one in self.of_schema(custom)]

    def numbers_named(self, names: Sequence[str]) -> list[str]:
        return [
            one.id
            for name in names
            for one in self._fields
            if one.name.casefold() == name and one.schema is not None and one.schema.type == "number"
        ]


def _is_text(one: JiraField) -> bool:
    return one.schema is not None and one.schema.type == "string"


def _kind(one: JiraField) -> str:
    kind = one.schema.type if one.schema is not None else ""
    return {"number": "number", "option": "option"}.get(kind, "text")


def _first(ids: Iterable[str]) -> str | None:
    return next(iter(ids), None)
