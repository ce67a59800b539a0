"""The few statements that every part of the store shares."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel

_ROWS = 2000


def table_of(model: type[SQLModel]) -> Any:
    """The Core table behind a model."""
    return model.__table__  # type: ignore[attr-defined]


def upsert(connection: Connection, model: type[SQLModel], rows: Iterable[Mapping[str, Any]]) -> None:
    """Inserts rows, or replaces those with the same key; a few thousand at a time, so that memory stays bounded."""
    table = table_of(model)
    insert = _insert(connection)(table)
    keys = [column.name for column in table.primary_key]
    changed = {column.name: insert.excluded[column.name] for column in table.columns if not column.primary_key}
    statement = insert.on_conflict_do_update(index_elements=keys, set_=changed)
    _many(connection, statement, rows)


def insert_new(connection: Connection, model: type[SQLModel], rows: Iterable[Mapping[str, Any]]) -> int:
    """Inserts rows whose key is new and leaves the others alone; says how many were new."""
    table = table_of(model)
    statement = _insert(connection)(table).on_conflict_do_nothing().returning(*table.primary_key)
    return sum(connection.execute(statement, dict(row)).first() is not None for row in rows)


def _insert(connection: Connection) -> Any:
    return postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert


def _many(connection: Connection, statement: Insert, rows: Iterable[Mapping[str, Any]]) -> None:
    waiting = iter(rows)
    while chunk := [dict(row) for row in islice(waiting, _ROWS)]:
        connection.execute(statement, chunk)


def chunks(ids: Sequence[str], size: int = 500) -> Iterable[Sequence[str]]:
    """Ids in portions that fit into one statement."""
    return (ids[start : start + size] for start in range(0, len(ids), size))
