"""Stores for tests that do not want to wait for one to be made."""

from functools import partial
from pathlib import Path

from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

from sync.store import Database, migrate
from sync.store import database as database_module


def compile_statements_once() -> None:
    """From now on, SQL is compiled once for all SQLite stores of this process, not once for each store that is opened."""

    def is_sqlite(_self: object, other: object) -> bool:
        return isinstance(other, SQLiteDialect_pysqlite)

    # The cache's keys contain the dialect, which each store has an instance of.
    SQLiteDialect_pysqlite.__eq__ = is_sqlite
    SQLiteDialect_pysqlite.__hash__ = lambda _self: hash(SQLiteDialect_pysqlite)
    cache = LRUCache(2000)
    database_module.create_engine = partial(database_module.create_engine, execution_options={"compiled_cache": cache})


def empty_store(folder: Path) -> Path:
    """A store without content in one file: to be made once and copied for every test.

    It keeps its write-ahead log turned on: turning that on in every copy would wait for the disk.
    """
    path = folder / "empty.db"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    database.close()
    return path
