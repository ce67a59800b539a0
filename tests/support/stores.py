"""Stores for tests that do not want to wait for one to be made."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sync.store import Database, migrate


def empty_store(folder: Path) -> Path:
    """A store without content in one file: to be made once and copied for every test."""
    path = folder / "empty.db"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    database.close()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA journal_mode=DELETE")
    return path
