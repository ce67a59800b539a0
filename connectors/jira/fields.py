"""Which of a site's fields hold what: found by schema first, by name where people chose the name.

Names are translated, changed and repeated from site to site; schemas are not. Atlassian's schema keys are those of
the recorded field lists of real sites.
"""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, field

from connectors.jira.payloads import JiraField
from connectors.plugin import FieldNames

_SPRINT = "com.pyxis.greenhopper.jira:gh-sprint"
_RANK = "com.pyxis.greenhopper.jira:gh-lexo-rank"
_EPIC_LINK = "com.pyxis.greenhopper.jira:gh-epic-link"
_TEAM_POINTS = "com.pyxis.greenhopper.jira:jsw-story-points"
_PLANNER_POINTS = "com.atlassian.jpo:jpo-custom-field-original-story-points"
_FLAGS = "com.atlassian.jira.plugin.system.customfieldtypes:multicheckboxes"

_POINTS_NAMES = ("story points", "story point estimate")
_FLAG_NAMES = ("flagged", "impediment")
_CRITERIA_NAMES = ("acceptance criteria", "acceptance criterion", "akzeptanzkriterien", "abnahmekriterien")
_VALUE_NAMES = ("business value", "user-business value", "geschäftswert")
_URGENCY_NAMES = ("time criticality", "zeitkritikalität")
_RISK_NAMES = ("rr-oe", "risk reduction", "risk reduction and opportunity enablement", "risikominderung")
_EFFORT_NAMES = ("job size",)


class JiraWriteField(Struct, frozen=True):
    """A field that the service may write. `kind` is "number", "option", "text" or "rich"."""

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
        doubtful: Why a configured name that the site does have is not used, by the same.
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
    writes: dict[str, JiraWriteField] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    doubtful: dict[str, str] = field(default_factory=dict)

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


def discover(fields: Sequence[JiraField], names: FieldNames, writes: Mapping[str, str]) -> FieldMap:
    """Finds every field we use; what is configured and cannot be used is named in `absent` or `doubtful`."""
    site = _Site(fields)

    def number(configured: str, key: str, usual: Sequence[str]) -> str | None:
        return _first(site.configured_numbers(configured, key) if configured else site.numbers_named(usual))

    if names.points:
        points = site.configured_numbers(names.points, "fields.points")
    else:
        points = [*site.with_schema(_TEAM_POINTS), *site.numbers_named(_POINTS_NAMES)]
    if names.acceptance_criteria:
        criteria = [one for name in names.acceptance_criteria for one in site.configured_texts(name)]
    else:
        criteria = [one.id for one in fields if _plain(one.name) in _CRITERIA_NAMES and _type(one) == "string"]
    written = {logical: site.writable(name, f"write.fields.{logical}") for logical, name in writes.items()}
    return FieldMap(
        points=tuple(dict.fromkeys(points)),
        sprint=_first(site.with_schema(_SPRINT)),
        rank=_first(site.with_schema(_RANK)),
        flagged=_first(one.id for one in site.of_schema(_FLAGS) if _plain(one.name) in _FLAG_NAMES),
        epic_link=_first(site.with_schema(_EPIC_LINK)),
        criteria=tuple(dict.fromkeys(criteria)),
        value=number(names.business_value, "fields.business_value", _VALUE_NAMES),
        urgency=number(names.time_criticality, "fields.time_criticality", _URGENCY_NAMES),
        risk=number(names.risk_reduction, "fields.risk_reduction", _RISK_NAMES),
        effort=number(names.effort, "fields.effort", _EFFORT_NAMES),
        writes={logical: field for logical, field in written.items() if field is not None},
        absent=site.absent,
        doubtful=site.doubtful,
    )


class _Site:
    """The fields of a site, and what was wrong with those that were asked for by name."""

    def __init__(self, fields: Sequence[JiraField]) -> None:
        self._fields = fields
        self.absent: dict[str, str] = {}
        self.doubtful: dict[str, str] = {}

    def of_schema(self, custom: str) -> list[JiraField]:
        return [one for one in self._fields if _custom(one) == custom]

    def with_schema(self, custom: str) -> list[str]:
        return [one.id for one in self.of_schema(custom)]

    def numbers_named(self, names: Sequence[str]) -> list[str]:
        return [
            one.id
            for name in names
            for one in self._fields
            if _plain(one.name) == name and _type(one) == "number" and _custom(one) != _PLANNER_POINTS
        ]

    def configured_numbers(self, name: str, key: str) -> list[str]:
        return self._configured(name, key, "number", "holds no number")

    def configured_texts(self, name: str) -> list[str]:
        return self._configured(name, "fields.acceptance_criteria", "string", "holds no text")

    def writable(self, name: str, key: str) -> JiraWriteField | None:
        """The one field of this name that can be written; where there are several, none is guessed."""
        found = self._named(name, key)
        fit = [JiraWriteField(one.id, one.name, kind) for one in found if (kind := _kind(one))]
        if len(fit) == 1:
            return fit[0]
        if fit:
            ids = ", ".join(field.id for field in fit)
            self.doubtful[key] = f'names several fields of this site: "{name}" is {ids}. Write the id that is meant.'
        elif found:
            self.doubtful[key] = f'names a field of a kind that cannot be written: "{name}".'
        return None

    def _configured(self, name: str, key: str, kind: str, otherwise: str) -> list[str]:
        found = self._named(name, key)
        fit = [one.id for one in found if _type(one) == kind]
        if found and not fit:
            self.doubtful[key] = f'names a field that {otherwise}: "{name}".'
        return fit

    def _named(self, name: str, key: str) -> list[JiraField]:
        """Fields of this id, else of this name: names are repeated, ids are not."""
        wanted = _plain(name)
        found = [one for one in self._fields if one.id.casefold() == wanted]
        found = found or [one for one in self._fields if _plain(one.name) == wanted]
        if not found:
            self.absent[key] = f'{self.absent[key]}", "{name}' if key in self.absent else name
        return found


def _plain(name: str) -> str:
    return name.strip().casefold()


def _type(one: JiraField) -> str:
    return one.schema.type if one.schema is not None else ""


def _custom(one: JiraField) -> str:
    return one.schema.custom if one.schema is not None else ""


def _kind(one: JiraField) -> str:
    """How a field is written; empty for one that is not: those that every Jira has are people's own."""
    kind, custom = _type(one), _custom(one)
    if not custom or custom in (_SPRINT, _RANK, _EPIC_LINK):
        return ""
    if custom.endswith(":textarea"):
        return "rich"
    return {"number": "number", "option": "option", "string": "text"}.get(kind, "")


def _first(ids: Iterable[str]) -> str | None:
    return next(iter(ids), None)
