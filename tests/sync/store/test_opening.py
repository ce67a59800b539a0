"""A store that cannot be opened says why, and what to do."""

import stat

import pytest
from sqlalchemy import select, text

from sync.store import Database, StoreError, migrate, open_store


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "not a database address"),
        ("steward.db", "not a database address"),
        ("sqlite://not/a/file/address/but/a/host", "store"),
        ("nonsense://x", "not a database address"),
        ("postgres://steward@db/x", "postgresql+psycopg://"),
        ("mysql://x/y", "sqlite:///"),
        ("postgresql+psycopg://u:p@h:port/x", "not a database address"),
    ],
)
def test_an_address_that_is_none_is_told(url, said):
    with pytest.raises(StoreError, match="store") as caught:
        migrate(Database(url))
    assert said in str(caught.value)


def test_no_password_is_in_what_is_told():
    for url in (
        "nonsense://steward:hunter2@db/x",
        "postgresql+psycopg://steward:hunter2@127.0.0.1:1/x",
        "postgresql+psycopg://steward:hunter2@h:port/x",
    ):
        with pytest.raises(StoreError) as caught:
            migrate(Database(url))
        assert "hunter2" not in str(caught.value)


def test_the_folder_of_a_store_is_made(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/deep/below/steward.db")
    migrate(database)
    database.close()
    assert (tmp_path / "deep" / "below" / "steward.db").is_file()


def test_a_tilde_is_the_home_of_whoever_runs_it(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    database = Database("sqlite:///~/steward.db")
    migrate(database)
    database.close()
    assert (tmp_path / "steward.db").is_file()
    assert not (tmp_path / "~").exists()


def test_a_file_that_is_no_database_is_told_and_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("my notes, " * 200)
    with pytest.raises(StoreError, match=r"notes\.txt"):
        migrate(Database(f"sqlite:///{tmp_path}/notes.txt"))
    assert (tmp_path / "notes.txt").read_text() == "my notes, " * 200


def test_a_place_where_nothing_can_be_made_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="store"):
        migrate(Database(f"sqlite:///{tmp_path}/file/steward.db"))
    with pytest.raises(StoreError, match="store"):
        migrate(Database(f"sqlite:///{tmp_path}"))


def test_a_server_that_is_not_there_is_told():
    with pytest.raises(StoreError, match="127.0.0.1"):
        migrate(Database("postgresql+psycopg://steward@127.0.0.1:1/x"))


def test_a_bare_postgresql_address_is_taken_as_meant(postgres):
    database = Database(postgres.replace("postgresql+psycopg", "postgresql"))
    with database.reading() as connection:
        assert connection.execute(select(1)).scalar() == 1
    database.close()


def test_an_error_in_a_transaction_undoes_all_of_it(database):
    with pytest.raises(ZeroDivisionError), database.writing() as connection:
        connection.execute(text("INSERT INTO fact (name, value) VALUES ('a', 'b')"))
        _ = 1 / 0
    with database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM fact")).scalar() == 0


def test_only_the_account_of_the_service_can_read_a_new_store(tmp_path):
    open_store(f"sqlite:///{tmp_path / 'steward.db'}", create=True).close()
    assert stat.S_IMODE((tmp_path / "steward.db").stat().st_mode) == 0o600
