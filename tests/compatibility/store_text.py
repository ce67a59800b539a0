"""A SQLite store as SQL that people can read: payloads are JSON, and stand there as text."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

_LEFT_OUT = {"lease"}


def dumped(store: Path) -> str:
    """All of a store but who works on it, as SQL."""
    connection = sqlite3.connect(store)
    try:
        return "\n".join(_statements(connection)) + "\n"
    finally:
        connection.close()


def restore(text: str, store: Path) -> None:
    """A store as the SQL says."""
    connection = sqlite3.connect(store)
    try:
        connection.executescript(text)
    finally:
        connection.close()


def _statements(connection: sqlite3.Connection) -> Iterator[str]:
    shapes = connection.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type DESC, name"
    )
    known = shapes.fetchall()
    yield from (" ".join(sql.split()) + ";" for _, _, sql in known)
    for kind, name, _ in known:
        if kind == "table" and name not in _LEFT_OUT:
            rows = [f"({', '.join(map(_literal, row))})" for row in connection.execute(f'SELECT * FROM "{name}"')]
            yield from (f'INSERT INTO "{name}" VALUES {row};' for row in sorted(rows))


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return f"CAST({_literal(value.decode())} AS BLOB)"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return repr(value)
