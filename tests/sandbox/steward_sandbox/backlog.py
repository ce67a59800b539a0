"""Reads a backlog file: JSON lines, one item a line, from which a sandbox is filled.

A key that is absent stays absent here; each sandbox fills in what its tracker always has. Texts may hold any
line end that Unicode knows, so a file is split on the line feed alone.
"""

import difflib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec
from msgspec import Struct

from rules.model import SprintState

AccountType = Literal["atlassian", "app", "customer"]

NEVER_RANKED = ""
"""The rank of an item whose line says `"rank": null`: it has no position, where a tracker allows that."""

T = TypeVar("T")


class BacklogError(ValueError):
    """A backlog file that cannot be read; the message names file, line and key."""


class SeedPerson(Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody named in a backlog file; a bare name stands for a person."""

    name: str
    type: AccountType = "atlassian"


class SeedSprint(Struct, frozen=True, forbid_unknown_fields=True):
    """A time-box; without a state its dates decide, without dates the items in it."""

    name: str
    state: SprintState | None = None
    start: datetime | None = None
    end: datetime | None = None
    goal: str = ""


class SeedLink(Struct, frozen=True, forbid_unknown_fields=True):
    """A link to another item, in the words read from this one: "blocks", "is blocked by"."""

    kind: str
    target: str


class SeedChange(Struct, frozen=True, forbid_unknown_fields=True):
    """One change in the life of an item; `from` and `to` as a person reads them."""

    at: datetime
    field: str
    before: str | float | None = msgspec.field(name="from", default=None)
    after: str | float | None = msgspec.field(name="to", default=None)
    by: SeedPerson | None = None


class SeedComment(Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody wrote under an item."""

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
        known = [self.created, self.updated, self.resolved]
        known += [change.at for change in self.transitions]
        known += [comment.at for comment in self.comments]
        return [moment for moment in known if moment is not None]


class Backlog(Struct, frozen=True):
    """A whole backlog file, in file order.

    Attributes:
        items: One for each line.
        sprints: Time-boxes described once for the whole file.
        skipped: Items left out because their place in time is not known; only after `as_of`.
    """

    items: tuple[SeedItem, ...]
    sprints: tuple[SeedSprint, ...] = ()
    skipped: int = 0


def read_backlog(path: Path) -> Backlog:
    """Reads a backlog file.

    Raises:
        BacklogError: The file cannot be read, or a line of it cannot be understood.
    """
    try:
        text = path.read_bytes().decode()
    except OSError as error:
        raise BacklogError(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise BacklogError(f"{path}: not UTF-8 at byte {error.start}") from error
    return parse_backlog(text, source=str(path))


def parse_backlog(text: str, *, source: str = "backlog") -> Backlog:
    """Reads the text of a backlog file; `source` names it in errors.

    Raises:
        BacklogError: A line cannot be understood; the message names it.
    """
    items: list[SeedItem] = []
    sprints: tuple[SeedSprint, ...] = ()
    lines: dict[str, int] = {}
    for number, line in enumerate(text.removeprefix("\N{BYTE ORDER MARK}").split("\n"), start=1):
        if not line.strip():
            continue
        where = f"{source}:{number}"
        values = _object(line, where)
        if "sprints" in values and "key" not in values:
            if items:
                raise BacklogError(f"{where}: sprints of the whole file belong on its first line")
            sprints = _convert(_file_sprints(values, where), tuple[SeedSprint, ...], where)
            continue
        item = _item(values, where)
        if item.key in lines:
            raise BacklogError(f"{where}: {item.key} stands already on line {lines[item.key]}")
        lines[item.key] = number
        items.append(item)
    return Backlog(items=tuple(items), sprints=sprints)


def as_of(backlog: Backlog, day: date | datetime) -> Backlog:
    """The backlog as it stood at the start of a day, or at a moment.

    Only items whose creation and resolution are both known can be placed in time; the others are left out and
    counted. What happened later is taken back as far as the file tells: an item that was resolved afterwards is
    open, with the last status known then, or none.
    """
    moment = _utc(day if isinstance(day, datetime) else datetime(day.year, day.month, day.day, tzinfo=UTC))
    placed = [item for item in backlog.items if item.created is not None and item.resolved is not None]
    stood = [_item_as_of(item, moment) for item in placed if item.created is not None and item.created <= moment]
    return Backlog(
        items=tuple(stood),
        sprints=tuple(_sprint_as_of(sprint) for sprint in backlog.sprints),
        skipped=len(backlog.items) - len(placed),
    )


_ROLLED_BACK = {
    "status": "status",
    "points": "points",
    "story points": "points",
    "priority": "priority",
    "type": "type",
    "title": "title",
    "summary": "title",
    "description": "description",
}


def _item_as_of(item: SeedItem, moment: datetime) -> SeedItem:
    changes: dict[str, Any] = {
        "transitions": tuple(change for change in item.transitions if change.at <= moment),
        "comments": tuple(comment for comment in item.comments if comment.at <= moment),
        "sprint": tuple(_sprint_as_of(sprint) for sprint in item.sprint),
    }
    for change in sorted(item.transitions, key=lambda change: change.at, reverse=True):
        name = _ROLLED_BACK.get(change.field.casefold())
        if change.at > moment and name is not None:
            changes[name] = _text_or_points(name, change.before)
    changes["title"] = changes.get("title") or item.title
    if item.updated is not None and item.updated > moment:
        changes["updated"] = None
    if item.resolved is not None and item.resolved > moment:
        changes["resolved"] = None
        changes["resolution"] = None
        changes.setdefault("status", _last_status(item, moment))
    return msgspec.structs.replace(item, **changes)


def _text_or_points(name: str, value: str | float | None) -> str | float | None:
    if value is None or value == "":
        return None
    return float(value) if name == "points" else str(value)


def _last_status(item: SeedItem, moment: datetime) -> str | None:
    past = [c for c in item.transitions if c.field.casefold() == "status" and c.at <= moment]
    return str(max(past, key=lambda change: change.at).after) if past else None


def _sprint_as_of(sprint: SeedSprint) -> SeedSprint:
    return msgspec.structs.replace(sprint, state=None) if sprint.start or sprint.end else sprint


_KEYS = tuple(info.encode_name for info in msgspec.structs.fields(SeedItem))


def _object(line: str, where: str) -> dict[str, Any]:
    try:
        values = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise BacklogError(f"{where}: not JSON: {error}") from error
    if not isinstance(values, dict):
        raise BacklogError(f"{where}: expected one item as a JSON object")
    return values


def _item(values: dict[str, Any], where: str) -> SeedItem:
    for key in values:
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; known keys: {', '.join(_KEYS)}"
            raise BacklogError(f"{where}: unknown key {key!r}{hint}")
    given = {key: value for key, value in values.items() if value is not None}
    if "rank" in values and values["rank"] is None:
        given["rank"] = NEVER_RANKED
    for key in ("created", "updated", "resolved"):
        _date(given, key, where)
    for key in ("transitions", "comments"):
        given[key] = [_dated(entry, ("at",), where) for entry in _list(given.get(key), key, where)]
    sprints = given.get("sprint", [])
    given["sprint"] = [_sprint(sprint, where) for sprint in (sprints if isinstance(sprints, list) else [sprints])]
    for key in ("assignee", "reporter"):
        _person(given, key)
    item = _convert(given, SeedItem, where)
    if not item.key.strip():
        raise BacklogError(f"{where}: key is empty")
    return item


def _file_sprints(values: dict[str, Any], where: str) -> list[Any]:
    unknown = sorted(set(values) - {"sprints"})
    if unknown:
        raise BacklogError(f"{where}: unknown key {unknown[0]!r} beside 'sprints'")
    return [_sprint(sprint, where) for sprint in _list(values["sprints"], "sprints", where)]


def _sprint(sprint: Any, where: str) -> Any:
    return {"name": sprint} if isinstance(sprint, str) else _dated(sprint, ("start", "end"), where)


def _list(value: Any, key: str, where: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise BacklogError(f"{where}: {key} must be a list")
    return value


def _dated(entry: Any, keys: tuple[str, ...], where: str) -> Any:
    if not isinstance(entry, dict):
        return entry
    entry = {key: value for key, value in entry.items() if value is not None or key in ("from", "to")}
    for key in keys:
        _date(entry, key, where)
    _person(entry, "by")
    return entry


def _person(values: dict[str, Any], key: str) -> None:
    if isinstance(values.get(key), str):
        values[key] = {"name": values[key]}


def _date(values: dict[str, Any], key: str, where: str) -> None:
    """Turns the value into a UTC moment: a day is its first moment, a time without a zone is UTC."""
    value = values.get(key)
    if value is None:
        return
    try:
        values[key] = _utc(datetime.fromisoformat(value))
    except (TypeError, ValueError) as error:
        raise BacklogError(
            f"{where}: {key} must be a date or time such as 2024-03-01T09:30:00Z, not {value!r}"
        ) from error


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _convert(values: Mapping[str, Any] | list[Any], kind: type[T], where: str) -> T:
    try:
        return msgspec.convert(values, kind)
    except msgspec.ValidationError as error:
        raise BacklogError(f"{where}: {error}".replace(" - at `$.", " at `").replace(" - at `$", " at `")) from error
