"""The rounds, each of which is one pass over a tracker, with their outcomes."""

import secrets
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, delete, insert, select, update

from sync.store.statements import first_row, get_table, insert_new
from sync.store.tables import LedgerRow, OutboxRow, RoundRow

_rounds = get_table(RoundRow)
_ledger = get_table(LedgerRow)
_outbox = get_table(OutboxRow)
_KEPT_FOR = timedelta(days=90)
"""How long rounds that wrote nothing are kept. For a large backlog, the record of each takes 75 kB."""
_MAX_DELETED = 500
"""The maximum number of rounds that are deleted at once, so that other processes can write soon."""


class Round(Struct, frozen=True, kw_only=True):
    """A stored round.

    Attributes:
        kind: "round", "apply" (started by a person), "undo", "adopt" (which records comments of the service that the
            store lacked) or "pull" (judged without writing; earlier versions only).
        outcome: "running", "done", "stopped" (ended early, with a plan) or "trouble" (ended early without one, or an
            undo that ended early).
        summary: A `RoundSummary`, decoded from JSON to built-in types.
    """

    id: str
    tracker: str
    kind: str
    started: datetime
    ended: datetime | None
    outcome: str
    writes: int
    summary: dict[str, Any]


def begin(connection: Connection, tracker: str, kind: str, now: datetime) -> str:
    """Record the start of a round; return its id, which sorts by time."""
    round_id = f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
    row = {"id": round_id, "tracker": tracker, "kind": kind, "started": now, "outcome": "running", "writes": 0}
    connection.execute(insert(_rounds).values(row | {"summary": b"{}"}))
    return round_id


def restore(connection: Connection, round_id: str, tracker: str, kind: str, at: datetime) -> None:
    """Record a round whose record was lost with an earlier store. Does nothing if this store contains it."""
    row = {"id": round_id, "tracker": tracker, "kind": kind, "started": at, "ended": at, "outcome": "done", "writes": 0}
    insert_new(connection, RoundRow, [row | {"summary": b"{}"}])


def end(connection: Connection, round_id: str, now: datetime, outcome: str, *, writes: int, summary: Any) -> None:
    """Record the end and the outcome of a round; see `Round` for the values."""
    connection.execute(
        update(_rounds)
        .where(_rounds.c.id == round_id)
        .values(ended=now, outcome=outcome, writes=writes, summary=msgspec.json.encode(summary))
    )


def latest(connection: Connection, tracker: str, count: int = 20) -> list[Round]:
    """A tracker's latest rounds, at most `count`, newest first."""
    rows = connection.execute(
        select(_rounds)
        .where(_rounds.c.tracker == tracker)
        .order_by(_rounds.c.started.desc(), _rounds.c.id.desc())
        .limit(count)
    ).mappings()
    return [_to_round(row) for row in rows]


def latest_judged(connection: Connection, tracker: str) -> Round | None:
    """The newest round that judged the backlog; None if there is none."""
    query = (
        select(_rounds)
        .where(
            _rounds.c.tracker == tracker,
            _rounds.c.kind.not_in(("undo", "adopt")),
            _rounds.c.outcome.in_(("done", "stopped")),
        )
        .order_by(_rounds.c.started.desc(), _rounds.c.id.desc())
    )
    row = first_row(connection, query)
    return _to_round(row) if row else None


def by_id(connection: Connection, round_id: str) -> Round | None:
    """The round with this id; None if there is none."""
    row = first_row(connection, select(_rounds).where(_rounds.c.id == round_id))
    return _to_round(row) if row else None


def delete_old(connection: Connection, tracker: str, now: datetime) -> int:
    """Delete a tracker's old rounds that wrote nothing, at most some hundreds at once; return their number.

    Comments name the round that wrote them. So rounds stay if they are in the ledger, the record of every write, or in
    the outbox, which contains the calls that may have written something. Only rounds of the kinds "round" and "pull"
    are deleted, so rounds that `restore` recorded as "apply" stay. The latest round that judged the backlog stays as
    well.
    """
    judged = latest_judged(connection, tracker)
    old_ids = (
        select(_rounds.c.id)
        .where(
            _rounds.c.tracker == tracker,
            _rounds.c.started < now - _KEPT_FOR,
            _rounds.c.kind.in_(("round", "pull")),
            _rounds.c.outcome != "running",
            _rounds.c.writes == 0,
            _rounds.c.id != (judged.id if judged else ""),
            _rounds.c.id.not_in(select(_ledger.c.round)),
            _rounds.c.id.not_in(select(_outbox.c.round)),
        )
        .limit(_MAX_DELETED)
    )
    return connection.execute(delete(_rounds).where(_rounds.c.id.in_(old_ids))).rowcount


def _to_round(row: Any) -> Round:
    values = {name: row[name] for name in Round.__struct_fields__ if name != "summary"}
    return Round(**values, summary=msgspec.json.decode(row["summary"]))
