"""Rounds, facts about the installation and its trackers, and the daily Slack messages.

A round is one pass over a tracker. A fact is a small value under a name, such as the time of the last pull.
"""

import secrets
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, insert, select, update

from sync.store.statements import get_table, insert_new, upsert
from sync.store.tables import Fact, RoundRow, SlackMessageRow

_rounds = get_table(RoundRow)
_facts = get_table(Fact)
_messages = get_table(SlackMessageRow)
_ADOPTED_INSTALLATIONS = "adopted installations"


class Round(Struct, frozen=True, kw_only=True):
    """A stored round."""

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
    """Record a round of a lost store, unless this store knows it."""
    row = {"id": round_id, "tracker": tracker, "kind": kind, "started": at, "ended": at, "outcome": "done", "writes": 0}
    insert_new(connection, RoundRow, [row | {"summary": b"{}"}])


def end(connection: Connection, round_id: str, now: datetime, outcome: str, *, writes: int, summary: Any) -> None:
    """Record the end and the outcome of a round."""
    connection.execute(
        update(_rounds)
        .where(_rounds.c.id == round_id)
        .values(ended=now, outcome=outcome, writes=writes, summary=msgspec.json.encode(summary))
    )


def latest(connection: Connection, tracker: str, count: int = 20) -> list[Round]:
    """A tracker's rounds, newest first."""
    rows = connection.execute(
        select(_rounds)
        .where(_rounds.c.tracker == tracker)
        .order_by(_rounds.c.started.desc(), _rounds.c.id.desc())
        .limit(count)
    ).mappings()
    return [_to_round(row) for row in rows]


def latest_judged(connection: Connection, tracker: str) -> Round | None:
    """The newest round that judged the backlog."""
    row = (
        connection.execute(
            select(_rounds)
            .where(_rounds.c.tracker == tracker, _rounds.c.kind != "undo", _rounds.c.outcome.in_(("done", "stopped")))
            .order_by(_rounds.c.started.desc(), _rounds.c.id.desc())
            .limit(1)
        )
        .mappings()
        .first()
    )
    return _to_round(row) if row else None


def by_id(connection: Connection, round_id: str) -> Round | None:
    """The round with this id; None if there is none."""
    row = connection.execute(select(_rounds).where(_rounds.c.id == round_id)).mappings().first()
    return _to_round(row) if row else None


def _to_round(row: Any) -> Round:
    values = {name: row[name] for name in Round.__struct_fields__ if name != "summary"}
    return Round(**values, summary=msgspec.json.decode(row["summary"]))


def save_tracker_fact(connection: Connection, tracker: str, name: str, value: bytes) -> None:
    """Store a fact about a tracker, as JSON, for commands that do not contact trackers."""
    upsert(connection, Fact, [{"name": f"{name} of {tracker}", "value": value.decode()}])


def tracker_fact(connection: Connection, tracker: str, name: str) -> str | None:
    """A stored fact about a tracker, as JSON; None if there is none."""
    value = connection.execute(
        select(_facts.c.value).where(_facts.c.name == f"{name} of {tracker}")
    ).scalar_one_or_none()
    return None if value is None else str(value)


def installation(connection: Connection) -> str:
    """The id of this installation, created when it is first needed. The tags of our comments contain it."""
    insert_new(connection, Fact, [{"name": "installation", "value": secrets.token_hex(8)}])
    return installation_id(connection)


def installation_id(connection: Connection) -> str:
    """The id of this installation; empty if it has none yet."""
    value = connection.execute(select(_facts.c.value).where(_facts.c.name == "installation")).scalar_one_or_none()
    return "" if value is None else str(value)


def adopted_installations(connection: Connection) -> frozenset[str]:
    """Ids of other installations whose comments this one has adopted."""
    value = connection.execute(
        select(_facts.c.value).where(_facts.c.name == _ADOPTED_INSTALLATIONS)
    ).scalar_one_or_none()
    return frozenset() if value is None else msgspec.json.decode(str(value), type=frozenset[str])


def adopt_installation(connection: Connection, other: str) -> None:
    """Record that this installation has adopted the comments of another one."""
    adopted = sorted({*adopted_installations(connection), other} - {"", installation(connection)})
    upsert(connection, Fact, [{"name": _ADOPTED_INSTALLATIONS, "value": msgspec.json.encode(adopted).decode()}])


class SlackMessage(Struct, frozen=True, kw_only=True):
    """The message of one day in a channel.

    Attributes:
        details: What it announced and the replies in its thread, as JSON.
    """

    channel: str
    day: str
    channel_id: str
    ts: str
    hash: str
    details: bytes | None = None


def slack_message(connection: Connection, channel: str, day: str) -> SlackMessage | None:
    """The message of one day in a channel; None if there is none."""
    row = (
        connection.execute(select(_messages).where(_messages.c.channel == channel, _messages.c.day == day))
        .mappings()
        .first()
    )
    return SlackMessage(**row) if row else None


def latest_slack_message(connection: Connection, channel: str) -> SlackMessage | None:
    """The newest message in a channel; None if there is none."""
    row = (
        connection.execute(
            select(_messages).where(_messages.c.channel == channel).order_by(_messages.c.day.desc()).limit(1)
        )
        .mappings()
        .first()
    )
    return SlackMessage(**row) if row else None


def save_slack_message(connection: Connection, message: SlackMessage) -> None:
    """Store the message of one day in a channel."""
    upsert(connection, SlackMessageRow, [msgspec.structs.asdict(message)])
