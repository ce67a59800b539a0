"""Small values that the store keeps under a name, about the installation or about one tracker.

An installation of the service has one store and one id, which is in the hidden tag of each comment that it writes. An
example of a value about a tracker is the ids of the items that were missing when it was last read.
"""

import secrets
from typing import TypeVar

import msgspec
from sqlalchemy import Connection, select

from sync.store.statements import get_table, insert_new, upsert
from sync.store.tables import StoredValueRow

T = TypeVar("T")
"""The type of a stored value."""

_stored_values = get_table(StoredValueRow)
_ADOPTED_INSTALLATIONS = "adopted installations"
"""The name of the value with the ids of the installations whose comments this one has adopted."""


def save_for_tracker(connection: Connection, tracker: str, name: str, value: object) -> None:
    """Store a value about a tracker as JSON."""
    save_text_for_tracker(connection, tracker, name, msgspec.json.encode(value).decode())


def load_for_tracker(connection: Connection, tracker: str, name: str, kind: type[T]) -> T | None:
    """A value of this type about a tracker; None if none is stored."""
    stored = load_text_for_tracker(connection, tracker, name)
    return msgspec.json.decode(stored, type=kind) if stored else None


def save_text_for_tracker(connection: Connection, tracker: str, name: str, text: str) -> None:
    """Store a text about a tracker as it is. An equal text is not written again."""
    full_name = name_for_tracker(tracker, name)
    if load(connection, full_name) != text:
        upsert(connection, StoredValueRow, [{"name": full_name, "value": text}])


def load_text_for_tracker(connection: Connection, tracker: str, name: str) -> str:
    """A text that is stored about a tracker; empty if there is none."""
    return load(connection, name_for_tracker(tracker, name)) or ""


def name_for_tracker(tracker: str, name: str) -> str:
    """The name under which a value about a tracker is stored."""
    return f"{name} of {tracker}"


def load(connection: Connection, name: str) -> str | None:
    """The text that is stored under a full name; None if there is none."""
    query = select(_stored_values.c.value).where(_stored_values.c.name == name)
    return connection.execute(query).scalar_one_or_none()


def ensure_installation_id(connection: Connection) -> str:
    """Return the id of this installation. Creates the id when it is first needed."""
    insert_new(connection, StoredValueRow, [{"name": "installation", "value": secrets.token_hex(8)}])
    return installation_id(connection)


def installation_id(connection: Connection) -> str:
    """The id of this installation; empty if it has none yet."""
    return load(connection, "installation") or ""


def adopted_installations(connection: Connection) -> frozenset[str]:
    """Ids of other installations whose comments this one has adopted, so that it treats them as its own."""
    stored = load(connection, _ADOPTED_INSTALLATIONS)
    return frozenset() if stored is None else msgspec.json.decode(stored, type=frozenset[str])


def adopt_installation(connection: Connection, adopted_id: str) -> None:
    """Record that this installation has adopted the comments of another one."""
    adopted = sorted({*adopted_installations(connection), adopted_id} - {"", ensure_installation_id(connection)})
    upsert(
        connection, StoredValueRow, [{"name": _ADOPTED_INSTALLATIONS, "value": msgspec.json.encode(adopted).decode()}]
    )
