"""Daily snapshots of a backlog, from which trends are drawn: counts only, never the content of items."""

from datetime import date

import msgspec
from msgspec import Struct, field
from sqlalchemy import Connection, select

from sync.store.statements import get_table, upsert
from sync.store.tables import SnapshotRow

_snapshots = get_table(SnapshotRow)


class DailySnapshot(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The counts of a backlog at the end of a day.

    Attributes:
        day: The day, in UTC.
        flagged: Number of open items with a warning that nobody has answered.
        finding_counts: Number of findings by rule; `found` in JSON.
        next_up: Number of items that the teams start next.
        next_ready: Number of those without such a warning.
    """

    day: date
    open_items: int = 0
    flagged: int = 0
    finding_counts: dict[str, int] = field(name="found", default_factory=dict)
    next_up: int = 0
    next_ready: int = 0


def save(connection: Connection, tracker: str, snapshot: DailySnapshot) -> None:
    """Store a day's snapshot; a later one of the same day replaces it."""
    key = {"tracker": tracker, "day": snapshot.day.isoformat()}
    payload = msgspec.json.encode(snapshot)
    stored = connection.execute(select(_snapshots.c.payload).filter_by(**key)).scalar()
    if stored != payload:
        upsert(connection, SnapshotRow, [key | {"payload": payload}])


def since(connection: Connection, tracker: str, day: date) -> list[DailySnapshot]:
    """A tracker's snapshots since a day, oldest first."""
    payloads = connection.execute(
        select(_snapshots.c.payload)
        .where(_snapshots.c.tracker == tracker, _snapshots.c.day >= day.isoformat())
        .order_by(_snapshots.c.day)
    ).scalars()
    return [msgspec.json.decode(payload, type=DailySnapshot) for payload in payloads]
