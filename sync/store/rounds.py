"""Rounds, facts about the installation, and the messages of the day."""

import secrets
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, insert, select, update

from sync.store.core import insert_new, table_of, upsert
from sync.store.tables import Fact, RoundRow, SlackMessageRow

_rounds = table_of(RoundRow)
_facts = table_of(Fact)
_messages = table_of(SlackMessageRow)


class Round(Struct, frozen=True, kw_only=True):
    """One round as it is kept."""

    id: str
    tracker: str
    kind: str
    started: datetime
    ended: datetime | None
    outcome: str
    writes: int
    summary: dict[str, Any]


def begin(connection: Connection, tracker: str, kind: str, now: datetime) -> str:
    """Opens a round and gives its id, which sorts by time."""
    ident = f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
    row = {"id": ident, "tracker": tracker, "kind": kind, "started": now, "outcome": "running", "writes": 0}
    connection.execute(insert(_rounds).values(row | {"summary": b"{}"}))
    return ident


def end(connection: Connection, ident: str, now: datetime, outcome: str, *, writes: int, summary: Any) -> None:
    """Closes a round with what came of it."""
    connection.execute(
        update(_rounds)
        .where(_rounds.c.id == ident)
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
    return [_round(row) for row in rows]


def latest_judged(connection: Connection, tracker: str) -> Round | None:
    """The newest round that came as far as judging the backlog, however long ago."""
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
    return _round(row) if row else None


def one(connection: Connection, ident: str) -> Round | None:
    """A round by its id."""
    row = connection.execute(select(_rounds).where(_rounds.c.id == ident)).mappings().first()
    return _round(row) if row else None


def _round(row: Any) -> Round:
    plain = {name: row[name] for name in Round.__struct_fields__ if name != "summary"}
    return Round(**plain, summary=msgspec.json.decode(row["summary"]))


def save_about(connection: Connection, tracker: str, what: str, value: bytes) -> None:
    """Remember something about a tracker, as JSON, for commands that ask no tracker."""
    upsert(connection, Fact, [{"name": f"{what} of {tracker}", "value": value.decode()}])


def saved_about(connection: Connection, tracker: str, what: str) -> str | None:
    """What was last remembered about a tracker, as JSON; None if nothing was."""
    value = connection.execute(
        select(_facts.c.value).where(_facts.c.name == f"{what} of {tracker}")
    ).scalar_one_or_none()
    return None if value is None else str(value)


def installation(connection: Connection) -> str:
    """The id of this installation, made when first asked for; our comments carry it."""
    insert_new(connection, Fact, [{"name": "installation", "value": secrets.token_hex(8)}])
    return str(connection.execute(select(_facts.c.value).where(_facts.c.name == "installation")).scalar_one())


class SlackMessage(Struct, frozen=True, kw_only=True):
    """The message of a day in a channel."""

    channel: str
    day: str
    channel_id: str
    ts: str
    hash: str


def slack_message(connection: Connection, channel: str, day: str) -> SlackMessage | None:
    """The message of a day, if there is one."""
    row = (
        connection.execute(select(_messages).where(_messages.c.channel == channel, _messages.c.day == day))
        .mappings()
        .first()
    )
    return SlackMessage(**row) if row else None


def latest_slack_message(connection: Connection, channel: str) -> SlackMessage | None:
    """The newest message in a channel."""
    row = (
        connection.execute(
            select(_messages).where(_messages.c.channel == channel).order_by(_messages.c.day.desc()).limit(1)
        )
        .mappings()
        .first()
    )
    return SlackMessage(**row) if row else None


def keep_slack_message(connection: Connection, message: SlackMessage) -> None:
    """Remembers the message of a day."""
    upsert(connection, SlackMessageRow, [msgspec.structs.asdict(message)])
