"""PostgreSQL as administrators give it: one sentence that says what is missing, and trouble that passes."""

import itertools
import os

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from sync.store import Database, StoreError, migrate, tracker_states

_numbers = itertools.count()


@pytest.fixture
def server(postgres):
    """Statements as the administrator of a new database."""
    name = f"given_{os.getpid()}_{next(_numbers)}"
    admin = create_engine(postgres, isolation_level="AUTOCOMMIT")

    class Server:
        user = f"user_{name}"

        def url(self, user="postgres"):
            return make_url(postgres).set(database=name, username=user).render_as_string(hide_password=False)

        def do(self, *statements, inside=False):
            engine = create_engine(self.url(), isolation_level="AUTOCOMMIT") if inside else admin
            with engine.connect() as connection:
                for statement in statements:
                    connection.execute(text(statement.format(name=name, user=self.user)))
            if inside:
                engine.dispose()

        def create(self, options=""):
            self.do(f"CREATE DATABASE {{name}} {options}", "CREATE ROLE {user} LOGIN")

    found = Server()
    yield found
    found.do("DROP DATABASE IF EXISTS {name} WITH (FORCE)", "DROP ROLE IF EXISTS {user}")
    admin.dispose()


def complaint(url):
    database = Database(url)
    try:
        with pytest.raises(StoreError) as caught:
            migrate(database)
    finally:
        database.close()
    said = str(caught.value)
    assert "\n" not in said
    assert "Traceback" not in said
    return said


def test_a_user_who_may_not_create_tables_is_told_what_is_missing(server):
    server.create()
    server.do("REVOKE CREATE ON SCHEMA public FROM PUBLIC", inside=True)
    assert "needs USAGE and CREATE on the schema" in complaint(server.url(server.user))


def test_a_read_only_database_is_called_that(server):
    server.create()
    server.do("ALTER DATABASE {name} SET default_transaction_read_only = on")
    assert "The database is read-only" in complaint(server.url())


def test_an_encoding_that_cannot_hold_every_text_is_refused(server):
    server.create("ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
    assert "SQL_ASCII" in complaint(server.url())


def test_connections_that_the_server_ended_are_opened_again(server):
    server.create()
    database = Database(server.url())
    migrate(database)
    server.do("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    with database.writing() as transaction:
        tracker_states.change(transaction, "team", position="here")
    with database.reading() as transaction:
        assert tracker_states.load(transaction, "team").position == "here"
    database.close()


def test_a_transaction_that_was_idle_for_too_long_is_trouble_and_not_a_bug(server):
    server.create()
    database = Database(server.url())
    migrate(database)
    database.close()
    server.do("ALTER DATABASE {name} SET idle_in_transaction_session_timeout = '100ms'")
    with pytest.raises(StoreError, match="cannot be used"), database.reading() as transaction:
        transaction.execute(text("SELECT pg_sleep(0)"))
        import time  # noqa: PLC0415

        time.sleep(0.4)
        transaction.execute(text("SELECT 1"))
    database.close()
