"""Builds and runs the SQL statements that several modules of the store need."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain, islice
from typing import Any

from sqlalchemy import Connection, CursorResult, RowMapping, Select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel

_ROWS_PER_CALL = 2000
"""The maximum number of rows that are sent to the driver at once, to limit memory. More rows at once are not faster."""
_ROWS_AT_ONCE = 500
"""The number of rows that are read at a time."""


def get_table(model: type[SQLModel]) -> Any:
    """The SQLAlchemy Core table of a model."""
    return model.__table__  # type: ignore[attr-defined]


def upsert(connection: Connection, model: type[SQLModel], rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows or replace those with the same key, in chunks to limit the use of memory.

    The rows go to the driver as tuples: SQLAlchemy would take longer to prepare them than the database to store them.
    """
    statement, columns = _upsert_statement(model, connection.dialect.name)
    dialect = connection.dialect
    converters = [(column.name, column.type.dialect_impl(dialect).bind_processor(dialect)) for column in columns]
    remaining_rows = iter(rows)
    while chunk := [
        tuple([convert(row[name]) if convert else row[name] for name, convert in converters])
        for row in islice(remaining_rows, _ROWS_PER_CALL)
    ]:
        connection.exec_driver_sql(statement, chunk)


def insert_new(connection: Connection, model: type[SQLModel], rows: Iterable[Mapping[str, Any]]) -> int:
    """Insert the rows with new keys; return their number."""
    statement = _insert_new_statement(model, connection.dialect.name)
    return sum(connection.execute(statement, dict(row)).first() is not None for row in rows)


@cache
def _upsert_statement(model: type[SQLModel], dialect: str) -> tuple[str, tuple[Any, ...]]:
    """The SQL that inserts or replaces one row, and the columns in the order of its values."""
    table = get_table(model)
    names = ", ".join(column.name for column in table.columns)
    keys = ", ".join(column.name for column in table.primary_key)
    values = ", ".join(["%s" if dialect == "postgresql" else "?"] * len(table.columns))
    new_values = ", ".join(
        f"{column.name} = excluded.{column.name}" for column in table.columns if not column.primary_key
    )
    sql = f"INSERT INTO {table.name} ({names}) VALUES ({values}) ON CONFLICT ({keys}) DO UPDATE SET {new_values}"  # noqa: S608 - names from the code
    return sql, tuple(table.columns)


@cache
def _insert_new_statement(model: type[SQLModel], dialect: str) -> Any:
    """The statement that inserts one row if its key is new, and returns the key if it was."""
    table = get_table(model)
    insert: Any = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(table).on_conflict_do_nothing().returning(*table.primary_key)


def stream(connection: Connection, query: Select[Any]) -> Iterator[Any]:
    """Yield the rows that a query returns. They are read a few hundred at a time, so that memory never holds them all.

    To iterate over the result itself takes several times as long.
    """
    return chain.from_iterable(_stream(connection, query).partitions())


def stream_values(connection: Connection, query: Select[Any]) -> Iterator[Any]:
    """Yield the values that a query for one column returns, like `stream`."""
    return chain.from_iterable(_stream(connection, query).scalars().partitions())


def _stream(connection: Connection, query: Select[Any]) -> CursorResult[Any]:
    return connection.execute(query.execution_options(yield_per=_ROWS_AT_ONCE))


def first_row(connection: Connection, query: Select[Any]) -> RowMapping | None:
    """The first row that a query returns, by column name; None if it returns none."""
    return connection.execute(query.limit(1)).mappings().first()


def chunks(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    """Split ids into chunks of at most 500. Databases limit the number of parameters in one statement."""
    return (ids[start : start + 500] for start in range(0, len(ids), 500))
