"""Opens the database (SQLite or PostgreSQL), which is called the store in messages.

In SQLite, a read transaction that becomes a write transaction fails under concurrency in spite of the lock timeout. So
write transactions begin with BEGIN IMMEDIATE. With a write-ahead log (WAL), readers never wait for writers.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, InterfaceError, OperationalError

from connectors.redaction import redact

_LOCK_TIMEOUT_SECONDS = 30
"""How long to wait for another process that is writing to the SQLite file."""
_MAX_EXTRA_CONNECTIONS = 70
"""The maximum number of connections beyond the pool of five: two for each of 32 simultaneous rounds, and a few more."""
_POSTGRESQL_OPTIONS: dict[str, Any] = {"pool_pre_ping": True, "connect_args": {"client_encoding": "UTF8"}}
"""Tests a pooled connection before it is used, because the server may have closed it; all texts are sent as UTF-8."""
_SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "foreign_keys=ON",
    "temp_store=MEMORY",
    "wal_autocheckpoint=10000",
)
"""Set on every connection. With a write-ahead log, NORMAL is safe and faster.

The log is copied to the database when it has 10,000 pages, which is 40 MB, and not already at 4 MB: each copy waits for
the disk, and a first pull would often wait.
"""


Transaction = Connection
"""The type of the transactions that `Database.reading` and `Database.writing` open."""


_FILE_MODE = 0o600
"""The permissions of a new SQLite file, which holds texts of items: only the account of the service may read it."""


class StoreError(Exception):
    """The store cannot be opened or used. The message says why and, if that is known, what to do."""


class Database:
    """A connection pool to the database, with read and write transactions.

    Args:
        url: `sqlite:///file` or `postgresql+psycopg://…`.

    Raises:
        StoreError: The address is wrong or the database cannot be opened.
    """

    def __init__(self, url: str) -> None:
        address = _parse_address(url)
        self.url = address
        self._is_sqlite = address.get_backend_name() == "sqlite"
        try:
            if self._is_sqlite and address.database:
                file = Path(address.database).absolute()
                file.parent.mkdir(parents=True, exist_ok=True)
                if not file.exists():
                    file.touch(_FILE_MODE)
            options = {"connect_args": {"timeout": _LOCK_TIMEOUT_SECONDS}} if self._is_sqlite else _POSTGRESQL_OPTIONS
            self._engine = create_engine(address, max_overflow=_MAX_EXTRA_CONNECTIONS, **options)
        except OSError as error:
            raise StoreError(f"The store {_display_name(address)} cannot be created: {error}.") from error
        except ModuleNotFoundError as error:
            raise StoreError(f"{error}. For PostgreSQL install `backlog-steward[postgres]`.") from error
        if self._is_sqlite:
            event.listen(self._engine, "connect", _configure_sqlite)
            event.listen(self._engine, "begin", _begin_sqlite)
            self._read_only_engine = self._engine.execution_options(readonly=True)
        else:
            self._read_only_engine = self._engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        self._file_id: tuple[int, int] | None = None

    @property
    def name(self) -> str:
        """The name of the store in messages: the absolute path of the file, or the address without the password."""
        return _display_name(self.url)

    @property
    def engine(self) -> Engine:
        """The SQLAlchemy engine, for migrations."""
        return self._engine

    def reading(self) -> AbstractContextManager[Connection]:
        """Open a read-only transaction; all reads in it see the same state."""
        return self._transaction(self._read_only_engine)

    def writing(self) -> AbstractContextManager[Connection]:
        """Open a transaction, which is committed at the end or rolled back after an error."""
        return self._transaction(self._engine)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def _transaction(self, engine: Engine) -> Iterator[Connection]:
        """Open a transaction, and convert errors that the database causes."""
        self._check_file()
        try:
            with engine.connect() as connection, connection.begin():
                yield connection
        except (ArgumentError, OperationalError, InterfaceError) as error:
            raise self._make_unusable_error(error) from error
        except DBAPIError as error:
            raise self._make_unusable_error(error) if _is_operational_error(error) else error from error

    def _check_file(self) -> None:
        """Check that the file is still the one that was opened.

        A process can still use a deleted file that it has open, while another process creates a new one.

        Raises:
            StoreError: It was deleted or replaced.
        """
        if not self._is_sqlite or not self.url.database:
            return
        try:
            status = Path(self.url.database).stat()
        except OSError:
            current_id = None
        else:
            current_id = (status.st_dev, status.st_ino)
        if self._file_id is None:
            self._file_id = current_id
        elif current_id != self._file_id:
            change = "deleted" if current_id is None else "replaced by another file"
            raise StoreError(
                f"The store {self.name} was {change} while it was in use. Nothing more is written. Put the right file "
                "back, and start the command again."
            )

    def _make_unusable_error(self, error: Exception) -> StoreError:
        """Make the error for a database that cannot be used, with the reason and, if one is known, a remedy."""
        original = getattr(error, "orig", None) or error
        reason = redact(" ".join(str(original).split()).removesuffix("."))
        remedy = _REMEDIES.get(getattr(original, "sqlstate", None) or "", "")
        return StoreError(f"The store {self.name} cannot be used: {reason}.{remedy}")


READ_ONLY_MESSAGE = "The database is read-only: connect to the primary server, or make the database writable."
_REMEDIES = {
    "25006": f" {READ_ONLY_MESSAGE}",
    "42501": " The database user lacks a right: it needs USAGE and CREATE on the schema, and all rights on our tables.",
    "3F000": " Create the schema that `search_path` names, or change `search_path`.",
}
"""The sentences that say what to do about a PostgreSQL error, by error code."""


def _is_operational_error(error: DBAPIError) -> bool:
    """Whether an error is caused by the database rather than by the program's code.

    SQLite raises exactly `DatabaseError` for a file that is not a database. PostgreSQL has codes for missing rights,
    read-only databases, lost connections, timeouts, full disks, shutdowns and unsupported characters.
    """
    code = getattr(error.orig, "sqlstate", None) or ""
    return type(error) is DatabaseError or code in _REMEDIES or code.startswith(_OPERATIONAL_CODES)


_OPERATIONAL_CODES = ("08", "25P03", "25P04", "28", "40", "53", "55", "57", "58", "22P05", "22021")
"""Prefixes of the codes of PostgreSQL errors that the database causes."""


def store_name(url: str) -> str:
    """The name of the store at an address, for messages."""
    return _display_name(_parse_address(url))


def exists(url: str) -> bool:
    """Whether a store exists. Checks the file for SQLite; a server is assumed to exist."""
    address = _parse_address(url)
    return address.get_backend_name() != "sqlite" or not address.database or Path(address.database).is_file()


def _parse_address(url: str) -> URL:
    """Parse the address of a database.

    Raises:
        StoreError: It is not the address of a SQLite or PostgreSQL database.
    """
    try:
        address = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise _make_address_error(url) from error
    backend = address.get_backend_name()
    if backend not in ("sqlite", "postgresql") or (backend == "sqlite" and address.host):
        raise _make_address_error(url)
    if backend == "sqlite" and address.database:
        address = address.set(database=str(Path(address.database).expanduser()))
    return address


def _display_name(address: URL) -> str:
    """The name of a store in messages: the path of a SQLite file, or another address without its password."""
    if address.get_backend_name() == "sqlite" and address.database:
        return str(Path(address.database).absolute())
    return address.render_as_string()


def _make_address_error(url: str) -> StoreError:
    return StoreError(
        f"`store: {redact(url)}` is not a database address. Write sqlite:///steward.db or postgresql+psycopg://…"
    )


def _configure_sqlite(driver_connection: Any, _record: Any) -> None:
    """Prepare a new connection of the SQLite driver."""
    driver_connection.isolation_level = None  # `_begin_sqlite` opens transactions, not the driver
    for pragma in _SQLITE_PRAGMAS:
        driver_connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """Begin a read transaction, or a write transaction that locks the database at once."""
    is_reading = bool(connection.get_execution_options().get("readonly"))
    connection.exec_driver_sql(f"PRAGMA query_only={is_reading:d}")
    connection.exec_driver_sql("BEGIN" if is_reading else "BEGIN IMMEDIATE")
