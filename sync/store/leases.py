"""Leases: the right of one process to work for a limited time, so that two processes never do the same work.

A lease has a name, such as that of the service. It expires unless its holder renews it; then another process can
acquire it. Its token is a number that increases with every new holder, so that a former holder can tell that it has
lost the lease.
"""

from datetime import UTC, datetime, timedelta

from msgspec import Struct
from sqlalchemy import Connection, func, or_, select, update

from sync.store.statements import first_row, get_table, insert_new
from sync.store.tables import LeaseRow

_leases = get_table(LeaseRow)


class Lease(Struct, frozen=True):
    """The right of one process to do certain work until a time.

    Attributes:
        token: A number that is larger than that of every earlier holder.
        expires: When it ends unless it is renewed, UTC.
    """

    name: str
    holder: str
    token: int
    expires: datetime


def current_time(connection: Connection) -> datetime:
    """The current time, UTC: by the clock of the database server if there is one, so that all processes agree."""
    if connection.dialect.name != "postgresql":
        return datetime.now(UTC)
    time: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return time.astimezone(UTC)


def acquire(connection: Connection, name: str, holder: str, duration: timedelta) -> Lease | None:
    """Acquire or renew a lease. Returns None while another holder has it."""
    now = current_time(connection)
    insert_new(connection, LeaseRow, [{"name": name, "holder": "", "token": 0, "expires": now}])
    connection.execute(
        update(_leases)
        .where(_leases.c.name == name, _leases.c.holder == holder, _leases.c.expires > now)
        .values(expires=now + duration)
    )
    connection.execute(
        update(_leases)
        .where(_leases.c.name == name, or_(_leases.c.expires <= now, _leases.c.holder == ""))
        .values(holder=holder, token=_leases.c.token + 1, expires=now + duration)
    )
    lease = current(connection, name)
    return lease if lease is not None and lease.holder == holder else None


def release(connection: Connection, lease: Lease) -> None:
    """Release a lease, unless another holder has it by now."""
    connection.execute(
        update(_leases).where(_leases.c.name == lease.name, _leases.c.token == lease.token).values(holder="")
    )


def renew(connection: Connection, lease: Lease, duration: timedelta) -> bool:
    """Extend a lease. Returns false if it has expired or another holder has it."""
    now = current_time(connection)
    renewed = connection.execute(
        update(_leases)
        .where(_leases.c.name == lease.name, _leases.c.token == lease.token, _leases.c.holder == lease.holder)
        .where(_leases.c.expires > now)
        .values(expires=now + duration)
    )
    return bool(renewed.rowcount)


def last_token(connection: Connection, name: str) -> int:
    """The token of the last holder, even if the lease has expired; 0 if there never was a holder."""
    return int(connection.execute(select(_leases.c.token).where(_leases.c.name == name)).scalar() or 0)


def current(connection: Connection, name: str) -> Lease | None:
    """Load a lease with its present holder; None if nobody holds it or it has expired."""
    row = first_row(connection, select(_leases).where(_leases.c.name == name))
    if row is None or not row["holder"] or row["expires"] <= current_time(connection):
        return None
    return Lease(row["name"], row["holder"], row["token"], row["expires"])
