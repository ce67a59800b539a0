"""Stores pulses, which are anonymous surveys of a team about its refinement. Each is open for some days.

A person chooses a value for each statement, from 1 (not at all true) to 5. Only the number of people who chose each
value is stored. So that nobody answers twice, a keyed hash of each person who has answered is stored in another row
until the pulse closes. The hashes are sorted, so that their order does not show who answered first. Their key is
deleted with them.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import date, timedelta
from enum import Enum

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, delete, select

from sync.store import stored_values
from sync.store.statements import get_table
from sync.store.tables import StoredValueRow

_stored_values = get_table(StoredValueRow)

MAX_VALUE = 5
"""The highest value that a person can choose for a statement; the lowest is 1."""
MIN_ANSWERS = 5
"""If fewer people answer, the counts of a pulse are deleted when it closes."""

_OPEN_NAME, _COUNTS_NAME, _CLOSED_NAME = "open pulse", "counts of the pulse", "closed pulses"
"""The names under which the store keeps the open pulse of a team with its hashes, its counts, and earlier pulses.

They are stored like values about a tracker, with the team in place of the tracker."""

Counts = tuple[tuple[int, ...], ...]
"""For each statement, the number of people who chose each value, beginning with the value 1."""


class OpenPulse(Struct, frozen=True, kw_only=True):
    """A pulse that people can answer.

    Attributes:
        period: What it is about: a month such as "2026-11", or the start or end of an experiment.
        opened: The day on which the team was asked.
        closes: The first day on which it can no longer be answered.
        key: The secret key with which the hashes are calculated.
        respondents: The hash of each person who has answered, sorted.
    """

    period: str
    opened: date
    closes: date
    key: str
    respondents: tuple[str, ...] = ()

    @property
    def last_day(self) -> date:
        """The last day on which it can be answered."""
        return self.closes - timedelta(days=1)


class ClosedPulse(Struct, frozen=True, kw_only=True):
    """A pulse that has ended.

    Attributes:
        counts: The counts; None if fewer people answered than `MIN_ANSWERS`.
    """

    period: str
    closed: date
    counts: Counts | None


class AnswerOutcome(Enum):
    """What became of a person's answers."""

    RECORDED = "recorded"
    ALREADY_ANSWERED = "known"
    """The person had answered before."""
    CLOSED = "closed"
    """The pulse is not open."""


def open_pulse(  # noqa: PLR0917 - all are needed for a new row
    connection: Connection, team: str, period: str, opened: date, closes: date, last_message: date | None = None
) -> None:
    """Open a pulse of a team, unless another one is open or there has been one about this period.

    Args:
        last_message: The day on which this service last posted in the team's channel; None if it never did. Messages
            have the button to answer, so a pulse that was opened later has not been seen, and begins again.
    """
    existing = load_open(connection, team)
    if existing is None and all(pulse.period != period for pulse in load_closed(connection, team)):
        pulse = OpenPulse(period=period, opened=opened, closes=closes, key=secrets.token_hex(32))
        stored_values.save_for_tracker(connection, team, _OPEN_NAME, pulse)
    elif existing is not None and not existing.respondents and (last_message or date.min) < existing.opened:
        stored_values.save_for_tracker(
            connection, team, _OPEN_NAME, msgspec.structs.replace(existing, opened=opened, closes=closes)
        )


def load_open(connection: Connection, team: str) -> OpenPulse | None:
    """The open pulse of a team; None if there is none."""
    return stored_values.load_for_tracker(connection, team, _OPEN_NAME, OpenPulse)


def teams_with_open_pulse(connection: Connection) -> list[str]:
    """The teams with an open pulse, whether or not they are configured."""
    prefix = stored_values.name_for_tracker("", _OPEN_NAME)
    query = select(_stored_values.c.name).where(_stored_values.c.name.startswith(prefix, autoescape=True))
    return [name.removeprefix(prefix) for name in connection.execute(query).scalars()]


def load_closed(connection: Connection, team: str) -> tuple[ClosedPulse, ...]:
    """The closed pulses of a team, the oldest first."""
    return stored_values.load_for_tracker(connection, team, _CLOSED_NAME, tuple[ClosedPulse, ...]) or ()


def find_obstacle(connection: Connection, team: str, period: str, person: str, today: date) -> AnswerOutcome | None:
    """The reason why a person cannot answer a pulse; None if the person can."""
    pulse = load_open(connection, team)
    if pulse is None or pulse.period != period or today >= pulse.closes:
        return AnswerOutcome.CLOSED
    return AnswerOutcome.ALREADY_ANSWERED if _hash(pulse, person) in pulse.respondents else None


def add_answers(
    connection: Connection, team: str, period: str, person: str, values: Sequence[int], *, today: date
) -> AnswerOutcome:
    """Count the answers of a person who can answer; return what became of them.

    Args:
        person: The id of the person, of which only a hash is stored.
        values: The value that the person chose for each statement.
    """
    _lock(connection, team)
    obstacle = find_obstacle(connection, team, period, person, today)
    pulse = load_open(connection, team)
    if obstacle is not None or pulse is None:
        return obstacle or AnswerOutcome.CLOSED
    respondents = tuple(sorted((*pulse.respondents, _hash(pulse, person))))
    counts = stored_values.load_for_tracker(connection, team, _COUNTS_NAME, Counts) or ((0,) * MAX_VALUE,) * len(values)
    new_counts = tuple(
        tuple(count + (value == chosen) for value, count in enumerate(row, start=1))
        for row, chosen in zip(counts, values, strict=True)
    )
    stored_values.save_for_tracker(
        connection, team, _OPEN_NAME, msgspec.structs.replace(pulse, respondents=respondents)
    )
    stored_values.save_for_tracker(connection, team, _COUNTS_NAME, new_counts)
    return AnswerOutcome.RECORDED


def close_pulse(connection: Connection, team: str, today: date) -> None:
    """Close the open pulse of a team if it has ended. The hashes are deleted and, if there are too few, the answers."""
    _lock(connection, team)
    pulse = load_open(connection, team)
    if pulse is None or today < pulse.closes:
        return
    counts = stored_values.load_for_tracker(connection, team, _COUNTS_NAME, Counts)
    closed = ClosedPulse(
        period=pulse.period, closed=pulse.closes, counts=counts if counts and sum(counts[0]) >= MIN_ANSWERS else None
    )
    stored_values.save_for_tracker(connection, team, _CLOSED_NAME, (*load_closed(connection, team), closed))
    names = [stored_values.name_for_tracker(team, name) for name in (_OPEN_NAME, _COUNTS_NAME)]
    connection.execute(delete(_stored_values).where(_stored_values.c.name.in_(names)))


def _lock(connection: Connection, team: str) -> None:
    """Wait until no other transaction changes the pulse of a team. SQLite has only one writing transaction anyway."""
    name = stored_values.name_for_tracker(team, _OPEN_NAME)
    connection.execute(select(_stored_values.c.name).where(_stored_values.c.name == name).with_for_update())


def _hash(pulse: OpenPulse, person: str) -> str:
    """The hash of a person's id, by the key of a pulse."""
    return hmac.new(pulse.key.encode(), person.encode(), hashlib.sha256).hexdigest()
