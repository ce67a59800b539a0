"""A store for tests of single functions, without a tracker around it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.store import Database, Transaction


@pytest.fixture
def database(tmp_path: Path, _migrated: Path) -> Iterator[Database]:
    """An empty store."""
    database = Database(f"sqlite:///{shutil.copy(_migrated, tmp_path / 'store.db')}")
    yield database
    database.close()


@pytest.fixture
def transaction(database: Database) -> Iterator[Transaction]:
    """A transaction that may write to the store."""
    with database.writing() as transaction:
        yield transaction
