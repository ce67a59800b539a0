"""Builds and runs the SQL statements that several modules of the store need."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel

_ROWS_PER_STATEMENT = 2000


def get_table(model: type[SQLModel]) -> Any:
    """The SQLAlchemy Core table of a model."""
    return model.__table__  # type: ignore[attr-defined]


def upsert(connection: Connection, model: type[SQLModel], rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows or replace those with the same key, in chunks to limit the use of memory."""
    _execute_in_chunks(connection, _upsert_statement(model, connection.dialect.name), rows)


def insert_new(connection: Connection, model: type[SQLModel], rows: Iterable[Mapping[str, Any]]) -> int:
    """Insert the rows with new keys; return their number."""
    statement = _insert_new_statement(model, connection.dialect.name)
    return sum(connection.execute(statement, dict(row)).first() is not None for row in rows)


@cache
def _upsert_statement(model: type[SQLModel], dialect: str) -> Any:
    table = get_table(model)
    insert = _insert(table, dialect)
    key_columns = [column.name for column in table.primary_key]
    new_values = {column.name: insert.excluded[column.name] for column in table.columns if not column.primary_key}
    return insert.on_conflict_do_update(index_elements=key_columns, set_=new_values)


@cache
def _insert_new_statement(model: type[SQLModel], dialect: str) -> Any:
    table = get_table(model)
    return _insert(table, dialect).on_conflict_do_nothing().returning(*table.primary_key)


def _insert(table: Any, dialect: str) -> Any:
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def _execute_in_chunks(connection: Connection, statement: Insert, rows: Iterable[Mapping[str, Any]]) -> None:
    remaining_rows = iter(rows)
    while chunk := [dict(row) for row in islice(remaining_rows, _ROWS_PER_STATEMENT)]:
        connection.execute(statement, chunk)


def chunks(ids: Sequence[str], size: int = 500) -> Iterable[Sequence[str]]:
    """Split ids into chunks that fit into one statement."""
    return (ids[start : start + size] for start in range(0, len(ids), size))
