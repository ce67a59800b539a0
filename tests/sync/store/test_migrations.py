"""The database is brought to the shape that the code expects, whatever state it is in."""

import importlib
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from rules.model import FieldChange
from sync.store import StoreError, items, migrate
from sync.store.migrate import HEAD, downgrade, revision, upgrade
from sync.store.tables import metadata

MODULE = importlib.import_module("sync.store.migrate")  # the name is taken by the function
START = """
import sys
from sync.store import Database, migrate
database = Database(sys.argv[1])
sys.stdin.read(1)
migrate(database)
database.close()
"""


def tables(database):
    with database.reading() as connection:
        return set(inspect(connection).get_table_names()) - {"alembic_version"}


def at(database):
    with database.reading() as connection:
        return revision(connection)


def test_from_nothing_to_the_newest_and_back_and_forth(empty):
    assert at(empty) is None
    migrate(empty)
    assert at(empty) == HEAD
    assert tables(empty) == set(metadata.tables)
    downgrade(empty, "base")
    assert tables(empty) == set()
    upgrade(empty, HEAD)
    assert tables(empty) == set(metadata.tables)


def test_a_database_that_is_up_to_date_is_left_alone(database, monkeypatch):
    migrated = []
    monkeypatch.setattr(MODULE, "upgrade", lambda *_: migrated.append("again"))
    migrate(database)
    assert migrated == []
    assert at(database) == HEAD


def test_the_tables_are_as_the_models_say(database):
    with database.writing() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        assert compare_metadata(context, metadata) == []


def test_the_newest_revision_is_that_of_the_files():
    folder = Path(str(MODULE.__file__)).parent / "migrations"
    script = ScriptDirectory(str(folder))
    assert script.get_heads() == [HEAD]
    assert script.get_bases() == ["0001"]
    revisions = [re.match(r"\d+", path.name)[0] for path in sorted((folder / "versions").glob("0*.py"))]
    assert revisions == [one.revision for one in reversed(list(script.walk_revisions()))]


@pytest.mark.slow
def test_of_several_processes_that_start_at_once_one_migrates_and_none_fails(empty):
    url = empty.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", START, url]
    processes = [subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(3)]
    for process in processes:
        process.stdin.write(b"x")
        process.stdin.flush()
    told = [process.communicate(timeout=60)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], told
    assert at(empty) == HEAD


def test_a_store_of_a_newer_version_is_refused_in_words(database):
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="newer version"):
        migrate(database)


def test_a_migration_that_breaks_leaves_nothing_half_done(empty, monkeypatch):
    def broken(*_args, **_more):
        raise RuntimeError("power cut")

    monkeypatch.setattr("alembic.op.batch_alter_table", broken)
    with pytest.raises(RuntimeError, match="power cut"):
        migrate(empty)
    monkeypatch.undo()
    assert tables(empty) == set()
    migrate(empty)
    assert at(empty) == HEAD


def test_changes_in_rows_of_their_own_become_the_histories_of_their_items(empty):
    upgrade(empty, "0004")
    item = (
        "INSERT INTO work_item (tracker, id, key, version, is_open, payload) VALUES ('t', :id, :id, '1', :yes, :none)"
    )
    change = (
        "INSERT INTO transition (tracker, item, number, at, field, before, after, by_person) "
        "VALUES ('t', '7', :number, '2026-03-02 08:00:00.000000', 'status', 'To Do', :after, :yes)"
    )
    with empty.writing() as connection:
        for ident in ("7", "8"):
            connection.execute(text(item), {"id": ident, "yes": True, "none": b"{}"})
        for number, after in ((1, "Done"), (0, "In Progress")):
            connection.execute(text(change), {"number": number, "after": after, "yes": True})
    migrate(empty)
    at = datetime(2026, 3, 2, 8, tzinfo=UTC)
    with empty.reading() as connection:
        assert items.history(connection, "t", "7") == [
            FieldChange(at, "status", "To Do", after) for after in ("In Progress", "Done")
        ]
        assert items.history(connection, "t", "8") == []
