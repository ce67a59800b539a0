"""Reads a backlog file: JSON lines, one item a line, from which a sandbox is filled.

An absent key stays absent; each sandbox fills in only what its tracker always has. The first line may describe the
whole file instead of an item: `sprints`, further `boards`, and `fields` that only some projects have.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec
from msgspec import Struct

AccountType = Literal["atlassian", "app", "customer"]

NEVER_RANKED = ""
"""The rank of an item whose line says `"rank": null`: it has no position, where a tracker allows that."""

T = TypeVar("T")


class BacklogError(ValueError):
    """A backlog file that cannot be read; the message names file, line and key."""


class SprintState(StrEnum):
    CLOSED = "closed"
    ACTIVE = "active"
    FUTURE = "future"


class SeedPerson(Struct, frozen=True, forbid_unknown_fields=True):
    """A person named in a backlog file; a bare name is enough. An e-mail of null is hidden from others."""

    name: str
    type: AccountType = "atlassian"
    email: str | None = ""


SOMEBODY = SeedPerson("Robin Field")
"""Who did what a backlog file tells without a name."""


class SeedBoard(Struct, frozen=True, forbid_unknown_fields=True):
    project: str
    name: str
    type: Literal["scrum", "kanban"] = "scrum"


class SeedSprint(Struct, frozen=True, forbid_unknown_fields=True):
    """A sprint; without a state its dates decide, without dates the items in it."""

    name: str
    state: SprintState | None = None
    start: datetime | None = None
    end: datetime | None = None
    goal: str = ""

    def state_by_dates(self, now: datetime) -> SprintState | None:
        """The state that the dates tell; None without dates."""
        if self.start is None and self.end is None:
            return None
        if self.end is not None and self.end < now:
            return SprintState.CLOSED
        return SprintState.ACTIVE if self.start is not None and self.start <= now else SprintState.FUTURE


class SeedRelease(Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    day: datetime | None = msgspec.field(name="date", default=None)
    released: bool = False


class SeedLink(Struct, frozen=True, forbid_unknown_fields=True):
    """A link to another item, by the phrase read from this one: "blocks", "is blocked by"."""

    kind: str
    target: str


class SeedChange(Struct, frozen=True, forbid_unknown_fields=True):
    """One change in the history of an item; `from` and `to` as a person reads them."""

    at: datetime
    field: str
    before: str | float | None = msgspec.field(name="from", default=None)
    after: str | float | None = msgspec.field(name="to", default=None)
    by: SeedPerson | None = None


class SeedComment(Struct, frozen=True, forbid_unknown_fields=True):
    at: datetime
    text: str
    by: SeedPerson | None = None


class SeedItem(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of a backlog file. None, or an empty tuple, means that the file does not say."""

    key: str
    title: str
    project: str | None = None
    type: str | None = None
    description: str | None = None
    acceptance_criteria: str | None = None
    points: float | None = None
    business_value: float | None = None
    time_criticality: float | None = None
    risk_reduction: float | None = None
    priority: str | None = None
    status: str | None = None
    resolution: str | None = None
    created: datetime | None = None
    updated: datetime | None = None
    resolved: datetime | None = None
    rank: float | str | None = None
    due: datetime | None = None
    releases: tuple[SeedRelease, ...] = ()
    sprint: tuple[SeedSprint, ...] = ()
    parent: str | None = None
    links: tuple[SeedLink, ...] = ()
    labels: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    area: str | None = None
    security: str | None = None
    assignee: SeedPerson | None = None
    reporter: SeedPerson | None = None
    votes: int = 0
    flagged: bool = False
    transitions: tuple[SeedChange, ...] = ()
    comments: tuple[SeedComment, ...] = ()

    @property
    def dates(self) -> list[datetime]:
        """Every moment the file tells about this item, in no order."""
        events = [*(change.at for change in self.transitions), *(comment.at for comment in self.comments)]
        known = (self.created, self.updated, self.resolved, *events)
        return [moment for moment in known if moment is not None]

    def lifetime(self, span: tuple[datetime, datetime]) -> tuple[datetime, datetime]:
        """When it was created and when it last changed; without any date as early and as late as its backlog."""
        created = self.created or min(self.dates, default=span[0])
        updated = self.updated or max(self.dates, default=span[1])
        return created, max(created, updated)


class Backlog(Struct, frozen=True, forbid_unknown_fields=True):
    """A whole backlog file.

    Attributes:
        boards: Boards besides the one of each project.
        fields: Keys of the only projects that have a field, by the name of the field.
        skipped: Items left out because their place in time is not known; only after `as_of`.
    """

    items: tuple[SeedItem, ...]
    sprints: tuple[SeedSprint, ...] = ()
    boards: tuple[SeedBoard, ...] = ()
    fields: Mapping[str, tuple[str, ...]] = {}
    skipped: int = 0

    @property
    def ranked(self) -> list[SeedItem]:
        """The items by rank: numbers come first, then words, then items without one; smaller is higher."""

        def given(item: SeedItem) -> tuple[int, float, str]:
            if isinstance(item.rank, (int, float)):
                return 0, float(item.rank), ""
            return (1, 0.0, item.rank) if item.rank else (2, 0.0, "")

        return sorted(self.items, key=given)

    def span(self, now: datetime) -> tuple[datetime, datetime]:
        """The earliest and the latest date that it tells; now if it tells none."""
        dates = [moment for item in self.items for moment in item.dates]
        return min(dates, default=now), max(dates, default=now)


def read_backlog(path: Path) -> Backlog:
    try:
        text = path.read_bytes().decode()
    except OSError as error:
        raise BacklogError(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise BacklogError(f"{path}: not UTF-8 at byte {error.start}") from error
    return parse_backlog(text, source=str(path))


def parse_backlog(text: str, *, source: str = "backlog") -> Backlog:
    """Read the text of a backlog file; `source` names it in a `BacklogError`."""
    items: dict[str, tuple[int, SeedItem]] = {}
    whole_file = Backlog(items=())
    # Texts may hold any line end that Unicode knows, so a file is split on the line feed alone.
    for number, line in enumerate(text.removeprefix("\N{BYTE ORDER MARK}").split("\n"), start=1):
        if not line.strip():
            continue
        where = f"{source}:{number}"
        values = _read_line(line, where)
        if "key" not in values and values.keys() & {"sprints", "boards", "fields"}:
            if items:
                raise BacklogError(f"{where}: {', '.join(values)} of the whole file belong on its first line")
            whole_file = _convert(values | {"items": ()}, Backlog, where)
            continue
        item = _convert(values, SeedItem, where)
        if not item.key.strip():
            raise BacklogError(f"{where}: key is empty")
        if item.key in items:
            raise BacklogError(f"{where}: {item.key} is already on line {items[item.key][0]}")
        items[item.key] = (number, item)
    return msgspec.structs.replace(whole_file, items=tuple(item for _, item in items.values()))


_DATES = ("at", "created", "updated", "resolved", "start", "end", "due", "date")
_NAMED = ("by", "assignee", "reporter", "sprint", "releases", "sprints")
"""Keys whose objects may be given by their name alone."""
_LISTS = ("transitions", "comments", "sprints")


def _read_line(line: str, where: str) -> dict[str, Any]:
    try:
        values = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise BacklogError(f"{where}: not JSON: {error}") from error
    if not isinstance(values, dict):
        raise BacklogError(f"{where}: expected one item as a JSON object")
    if "rank" in values and values["rank"] is None:
        values["rank"] = NEVER_RANKED
    return _normalized(values, where)


def _convert(values: dict[str, Any], kind: type[T], where: str) -> T:
    try:
        return msgspec.convert(values, kind)
    except msgspec.ValidationError as error:
        raise BacklogError(f"{where}: {error}".replace(" - at `$.", " at `").replace(" - at `$", " at `")) from error


def _normalized(values: dict[str, Any], where: str) -> dict[str, Any]:
    """An object without nulls that say nothing, with dates read and short forms written out."""
    given = {key: value for key, value in values.items() if value is not None or key in ("from", "to", "email")}
    return {key: _value(key, value, where) for key, value in given.items()}


def _value(key: str, value: Any, where: str) -> Any:
    if key in _LISTS and not isinstance(value, list):
        raise BacklogError(f"{where}: {key} must be a list")
    values = [value] if key == "sprint" and not isinstance(value, list) else value
    return [_entry(key, entry, where) for entry in values] if isinstance(values, list) else _entry(key, values, where)


def _entry(key: str, value: Any, where: str) -> Any:
    if isinstance(value, dict):
        return _normalized(value, where)
    if key in _NAMED and isinstance(value, str):
        return {"name": value}
    if key not in _DATES:
        return value
    try:
        return utc(datetime.fromisoformat(value))
    except (TypeError, ValueError) as error:
        message = f"{where}: {key} must be a date or time such as 2024-03-01T09:30:00Z, not {value!r}"
        raise BacklogError(message) from error


def utc(moment: datetime) -> datetime:
    """The moment in UTC, which is its zone if it has none: a day is its first moment."""
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


_ATTRIBUTES = {name: name for name in ("status", "points", "priority", "type", "title", "description")}
_ATTRIBUTES |= {"story points": "points", "summary": "title"}


def as_of(backlog: Backlog, day: date | datetime) -> Backlog:
    """The backlog as it was at the start of a day, or at a moment.

    Only items whose creation and resolution are both known can be placed in time; the others are left out and
    counted. Later changes are taken back as far as the file tells: an item that was resolved afterwards is open,
    with the last status known then, or none.
    """
    moment = utc(day if isinstance(day, datetime) else datetime(day.year, day.month, day.day, tzinfo=UTC))
    placed = [item for item in backlog.items if item.created is not None and item.resolved is not None]
    existing = [item for item in placed if item.created is not None and item.created <= moment]
    return msgspec.structs.replace(
        backlog,
        items=tuple(_item_as_of(item, moment) for item in existing),
        sprints=tuple(map(_sprint_without_state, backlog.sprints)),
        skipped=len(backlog.items) - len(placed),
    )


def _item_as_of(item: SeedItem, moment: datetime) -> SeedItem:
    past = tuple(change for change in item.transitions if change.at <= moment)
    changes: dict[str, Any] = {
        "transitions": past,
        "comments": tuple(comment for comment in item.comments if comment.at <= moment),
        "sprint": tuple(map(_sprint_without_state, item.sprint)),
    }
    for change in sorted(item.transitions, key=lambda change: change.at, reverse=True):
        name = _ATTRIBUTES.get(change.field.casefold())
        if change.at > moment and name is not None:
            changes[name] = _value_before(name, change.before)
    changes["title"] = changes.get("title") or item.title
    if item.updated is not None and item.updated > moment:
        changes["updated"] = None
    if item.resolved is not None and item.resolved > moment:
        changes |= {"resolved": None, "resolution": None}
        statuses = [change for change in past if change.field.casefold() == "status"]
        last = max(statuses, key=lambda change: change.at, default=None)
        changes.setdefault("status", str(last.after) if last else None)
    return msgspec.structs.replace(item, **changes)


def _value_before(name: str, value: str | float | None) -> str | float | None:
    if value is None or value == "":
        return None
    return float(value) if name == "points" else str(value)


def _sprint_without_state(sprint: SeedSprint) -> SeedSprint:
    """Its dates decide then, if it has any."""
    return msgspec.structs.replace(sprint, state=None) if sprint.start or sprint.end else sprint
