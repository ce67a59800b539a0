"""Facts about the installation and about each tracker: small values that are stored under a name.

An installation of the service has one store and one id, which is in the hidden tag of each comment that it writes. An
example of a fact about a tracker is the ids of the items that were missing when it was last read.
"""

import secrets

import msgspec
from sqlalchemy import Connection, select

from sync.store.statements import get_table, insert_new, upsert
from sync.store.tables import Fact

_facts = get_table(Fact)
_ADOPTED_INSTALLATIONS = "adopted installations"
"""The name of the fact with the ids of the installations whose comments this one has adopted."""


def save_for_tracker(connection: Connection, tracker: str, name: str, value: bytes) -> None:
    """Store a fact about a tracker.

    Args:
        name: The name of the fact.
        value: Its value as JSON.
    """
    upsert(connection, Fact, [{"name": f"{name} of {tracker}", "value": value.decode()}])


def for_tracker(connection: Connection, tracker: str, name: str) -> str | None:
    """A stored fact about a tracker, as JSON; None if there is none."""
    return load(connection, f"{name} of {tracker}")


def load(connection: Connection, name: str) -> str | None:
    """A stored fact about the installation; None if there is none."""
    return connection.execute(select(_facts.c.value).where(_facts.c.name == name)).scalar_one_or_none()


def ensure_installation_id(connection: Connection) -> str:
    """Return the id of this installation. Creates the id when it is first needed."""
    insert_new(connection, Fact, [{"name": "installation", "value": secrets.token_hex(8)}])
    return installation_id(connection)


def installation_id(connection: Connection) -> str:
    """The id of this installation; empty if it has none yet."""
    return load(connection, "installation") or ""


def adopted_installations(connection: Connection) -> frozenset[str]:
    """Ids of other installations whose comments this one has adopted, so that it treats them as its own."""
    stored = load(connection, _ADOPTED_INSTALLATIONS)
    return frozenset() if stored is None else msgspec.json.decode(stored, type=frozenset[str])


def adopt_installation(connection: Connection, other: str) -> None:
    """Record that this installation has adopted the comments of another one."""
    adopted = sorted({*adopted_installations(connection), other} - {"", ensure_installation_id(connection)})
    upsert(connection, Fact, [{"name": _ADOPTED_INSTALLATIONS, "value": msgspec.json.encode(adopted).decode()}])
