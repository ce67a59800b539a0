"""Opens the database: SQLite as one process and its threads need it, or PostgreSQL.

The SQLite settings were found by measurement: a read transaction that turns into a write fails under concurrency in
spite of a timeout, so writers say so when they begin; readers never wait for them (WAL).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, OperationalError

_PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "cache_size=-16000", "temp_store=MEMORY")


class StoreError(Exception):
    """The store cannot be opened or used; the message says what to do."""


class Database:
    """One database, with a way to read and a way to write.

    Args:
        url: `sqlite:///file` or `postgresql+psycopg://…`.

    Raises:
        StoreError: The address is wrong or the database cannot be opened.
    """

    def __init__(self, url: str) -> None:
        try:
            address = make_url(url)
        except ArgumentError as error:
            raise StoreError(
                f"`store: {url}` is no database address; write sqlite:///steward.db, for example."
            ) from error
        self.url = address
        self._sqlite = address.get_backend_name() == "sqlite"
        if self._sqlite and address.database:
            Path(address.database).expanduser().absolute().parent.mkdir(parents=True, exist_ok=True)
        try:
            self._engine = create_engine(address, connect_args={"timeout": 30} if self._sqlite else {})
        except ModuleNotFoundError as error:
            raise StoreError(f"{error}. For PostgreSQL install `backlog-steward[postgres]`.") from error
        if self._sqlite:
            event.listen(self._engine, "connect", _tune)
            event.listen(self._engine, "begin", _begin)
        self._reader = self._engine.execution_options(readonly=True)

    @property
    def engine(self) -> Engine:
        """For migrations."""
        return self._engine

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A consistent view to read from; nothing may be written through it."""
        with self._opened(self._reader) as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: all of it is kept, or on an error nothing."""
        with self._opened(self._engine) as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Lets go of all connections."""
        self._engine.dispose()

    @contextmanager
    def _opened(self, engine: Engine) -> Iterator[Connection]:
        try:
            connection = engine.connect()
        except OperationalError as error:
            raise StoreError(f"The store {self.url.render_as_string()} cannot be opened: {error.orig}.") from error
        with connection:
            yield connection


def _tune(raw: Any, _record: Any) -> None:
    raw.isolation_level = None  # transactions are begun by `_begin`, not by the driver
    for pragma in _PRAGMAS:
        raw.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    reading = connection.get_execution_options().get("readonly")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
