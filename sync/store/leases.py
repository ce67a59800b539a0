"""Who may work: one process at a time, with a token that a frozen process no longer holds when it wakes."""

from datetime import UTC, datetime, timedelta

from msgspec import Struct
from sqlalchemy import Connection, func, or_, select, update

from sync.store.core import insert_new, table_of
from sync.store.tables import LeaseRow

_leases = table_of(LeaseRow)


class Lease(Struct, frozen=True):
    """The right to work, until it expires. `token` is larger than that of every earlier holder."""

    name: str
    holder: str
    token: int
    expires: datetime


def clock(connection: Connection) -> datetime:
    """The time that all holders share: the database's own, where it is a server."""
    if connection.dialect.name != "postgresql":
        return datetime.now(UTC)
    moment: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return moment.astimezone(UTC)


def take(connection: Connection, name: str, holder: str, length: timedelta) -> Lease | None:
    """Takes or renews a lease; None while somebody else holds it."""
    now = clock(connection)
    insert_new(connection, LeaseRow, [{"name": name, "holder": "", "token": 0, "expires": now}])
    connection.execute(
        update(_leases)
        .where(_leases.c.name == name, _leases.c.holder == holder, _leases.c.expires > now)
        .values(expires=now + length)
    )
    connection.execute(
        update(_leases)
        .where(_leases.c.name == name, or_(_leases.c.expires <= now, _leases.c.holder == ""))
        .values(holder=holder, token=_leases.c.token + 1, expires=now + length)
    )
    lease = held(connection, name)
    return lease if lease is not None and lease.holder == holder else None


def release(connection: Connection, lease: Lease) -> None:
    """Gives a lease back, if it is still held."""
    connection.execute(
        update(_leases)
        .where(_leases.c.name == lease.name, _leases.c.token == lease.token)
        .values(holder="", expires=_leases.c.expires)
    )


def renew(connection: Connection, lease: Lease, length: timedelta) -> bool:
    """Keeps a lease for longer; false when it has run out or somebody else holds it."""
    now = clock(connection)
    kept = connection.execute(
        update(_leases)
        .where(_leases.c.name == lease.name, _leases.c.token == lease.token, _leases.c.holder == lease.holder)
        .where(_leases.c.expires > now)
        .values(expires=now + length)
    )
    return bool(kept.rowcount)


def held(connection: Connection, name: str) -> Lease | None:
    """Who holds a lease at present; None when nobody does, or it has run out."""
    row = connection.execute(select(_leases).where(_leases.c.name == name)).mappings().first()
    if row is None or not row["holder"] or row["expires"] <= clock(connection):
        return None
    return Lease(row["name"], row["holder"], row["token"], row["expires"])
