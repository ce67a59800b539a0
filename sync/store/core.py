"""SQL statements that all modules of the store share."""

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
    """Insert rows, or replace those with the same key. Works in chunks, so that memory stays bounded."""
    table = table_of(model)
    insert = _insert(connection)(table)
    keys = [column.name for column in table.primary_key]
    changed = {column.name: insert.excluded[column.name] for column in table.columns if not column.primary_key}
    statement = insert.on_conflict_do_update(index_elements=keys, set_=changed)
    _execute_in_chunks(connection, statement, rows)


def insert_new(connection: Connection, model: type[SQLModel], rows: Iterable[Mapping[str, Any]]) -> int:
    """Insert the rows whose key is new; return how many were."""
    table = table_of(model)
    statement = _insert(connection)(table).on_conflict_do_nothing().returning(*table.primary_key)
    return sum(connection.execute(statement, dict(row)).first() is not None for row in rows)


def _insert(connection: Connection) -> Any:
    return postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert


def _execute_in_chunks(connection: Connection, statement: Insert, rows: Iterable[Mapping[str, Any]]) -> None:
    remaining = iter(rows)
    while chunk := [dict(row) for row in islice(remaining, _ROWS)]:
        connection.execute(statement, chunk)


def chunks(ids: Sequence[str], size: int = 500) -> Iterable[Sequence[str]]:
    """Ids in chunks that fit into one statement."""
    return (ids[start : start + size] for start in range(0, len(ids), size))
