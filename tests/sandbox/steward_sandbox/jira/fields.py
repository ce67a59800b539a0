"""The fields of a Jira site: system fields, those a planning team uses, and the many that stand empty."""

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from steward_sandbox.backlog import BacklogError
from steward_sandbox.data_files import load_csv

EPIC_LINK = "customfield_10014"
ESTIMATE = "customfield_10016"
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
PLANNING = {
    "points": POINTS,
    "acceptance_criteria": CRITERIA,
    "business_value": BUSINESS_VALUE,
    "time_criticality": TIME_CRITICALITY,
    "risk_reduction": RISK_REDUCTION,
    "wsjf": WSJF,
    "moscow": MOSCOW,
}
"""Custom fields by the names that backlog files and tests use."""


class Field(Struct, frozen=True, kw_only=True):
    """One field.

    Attributes:
        type, items, custom: Its schema as the field list gives it.
        edit: How a value is checked and stored: text, rich, labels, number, option, person, priority, type or
            sprint; empty where an edit cannot set it.
        clauses: What JQL calls it besides its name.
        navigable: Whether it comes with `*navigable`.
        on_screen: Whether the edit screen shows it.
        projects: Keys of the only projects that have it; None for all.
    """

    id: str
    name: str
    type: str
    items: str | None = None
    custom: str | None = None
    edit: str = ""
    clauses: tuple[str, ...] = ()
    navigable: bool = True
    on_screen: bool = True
    projects: frozenset[str] | None = None

    @property
    def number(self) -> int | None:
        return int(self.id.removeprefix("customfield_")) if self.custom else None

    @property
    def schema(self) -> dict[str, Any]:
        system = None if self.custom else self.id
        parts = {"type": self.type, "items": self.items, "system": system, "custom": self.custom}
        return {key: value for key, value in (parts | {"customId": self.number}).items() if value is not None}

    @property
    def operations(self) -> list[str]:
        return ["add", "set", "remove"] if self.edit == "labels" else ["set"]


class Fields:
    """The fields of one site; it lacks those with names in `absent`."""

    def __init__(self, absent: Iterable[str] = ()) -> None:
        missing = frozenset(absent)
        self.by_id = {field.id: field for field in map(_read, load_csv("jira", "fields")) if field.name not in missing}
        self._ids = {clause.casefold(): field.id for field in self for clause in (field.id, field.name, *field.clauses)}

    def __iter__(self) -> Iterator[Field]:
        return iter(self.by_id.values())

    def restrict(self, name: str, projects: Iterable[str]) -> None:
        """Leave the field of this name to some projects."""
        field = self.called(name)
        if field is None:
            raise BacklogError(f"fields: this site has no field {name!r}")
        self.by_id[field.id] = replace(field, projects=frozenset(projects))

    def called(self, clause: str) -> Field | None:
        return self.by_id.get(self._ids.get(clause.casefold(), ""))

    def named(self, name: str) -> Field:
        field = self.called(name)
        if field is None:
            raise KeyError(f"no field {name!r} on this site")
        return field

    def of_project(self, key: str) -> Iterator[Field]:
        return (field for field in self if field.id != ESTIMATE and (field.projects is None or key in field.projects))


def _read(row: dict[str, str]) -> Field:
    return Field(
        id=row["id"],
        name=row["name"],
        type=row["type"],
        items=row["items"] or None,
        custom=row["custom"] or None,
        edit=row["edit"],
        clauses=(row["name"], f"cf[{row['id'].removeprefix('customfield_')}]") if row["custom"] else (row["id"],),
        navigable="not-navigable" not in row["flags"],
        on_screen="off-screen" not in row["flags"],
    )
