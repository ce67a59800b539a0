"""The state of each tracker. A round is one pass over a tracker: it reads the items, judges them, and may write."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, select, update

from sync.store.statements import first_row, get_table, upsert
from sync.store.tables import TrackerStateRow

_states = get_table(TrackerStateRow)

APPROVAL_REVOKED = "taken back"
"""Replaces an approval after an undo. It matches no settings, so a person has to approve writing again."""


class TrackerState(Struct, frozen=True, kw_only=True):
    """How far a tracker has been read, and the state of its last rounds.

    Attributes:
        fingerprint: Hash of everything that affects how items are read, such as the field mapping; empty if no round
            has read the tracker yet.
        position: The tracker's cursor from which the next round continues to read changes.
        first_round: When the first round was completed.
        last_good: When a round was last completed.
        trouble: The reason why the last round ended early; empty or None if it did not.
        trouble_since: The time since which every round has ended early; None if the last one did not.
        approved: Hash of the settings under which a person last approved writing; `APPROVAL_REVOKED` after an undo;
            None if nobody has approved it.
    """

    fingerprint: str = ""
    position: str | None = None
    first_round: datetime | None = None
    last_good: datetime | None = None
    trouble: str | None = None
    trouble_since: datetime | None = None
    approved: str | None = None


def load(connection: Connection, tracker: str) -> TrackerState:
    """Load the state of a tracker; an empty state if none is stored."""
    row = first_row(connection, select(_states).where(_states.c.tracker == tracker))
    return TrackerState(**{name: row[name] for name in TrackerState.__struct_fields__}) if row else TrackerState()


def change(connection: Connection, tracker: str, **columns: object) -> None:
    """Change some columns of a tracker's state, which is created if necessary. Equal values are not written again."""
    stored = first_row(connection, select(*(_states.c[name] for name in columns)).where(_states.c.tracker == tracker))
    if stored is None:
        upsert(connection, TrackerStateRow, [TrackerStateRow(tracker=tracker, fingerprint="").model_dump() | columns])
    elif dict(stored) != columns:
        connection.execute(update(_states).where(_states.c.tracker == tracker).values(**columns))


def trackers(connection: Connection) -> list[str]:
    """Names of all trackers with a stored state, even if no round could read them."""
    return list(connection.execute(select(_states.c.tracker).order_by(_states.c.tracker)).scalars())
