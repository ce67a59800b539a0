"""Trouble with the store ends nothing: the service says so once, writes nothing, and goes on by itself."""

import shutil
import sqlite3
import threading
import time
from contextlib import closing, contextmanager

import pytest
import structlog
from structlog.testing import capture_logs

from connectors.errors import Retriable
from sync.run import lease as lease_module
from sync.run import service as service_module
from sync.run.lease import acquire
from sync.run.service import Service
from sync.settings import Settings
from sync.store import Database, StoreError, items, migrate
from sync.store import database as database_module

FAILS, WORKS = (
    "the store cannot be used; nothing is written, and the service keeps trying",
    "the store can be used again",
)


@pytest.fixture
def store(tmp_path, monkeypatch):
    """A store on which nobody waits for long."""
    monkeypatch.setattr(database_module, "_LOCK_TIMEOUT", 0.1)
    monkeypatch.setattr(service_module, "_RENEW_INTERVAL", 0.05)
    monkeypatch.setattr(service_module, "_STANDBY_INTERVAL", 0.05)
    database = Database(f"sqlite:///{tmp_path / 'steward.db'}")
    migrate(database)
    yield database
    database.close()


@pytest.fixture
def settings():
    section = {"url": "https://example.atlassian.net", "email": "a@example.com", "token": "t", "scope": "project = PAY"}
    return Settings.model_validate({"trackers": {"team": section}})


class Running:
    def __init__(self, store, settings):
        self.rounds, self.stop = 0, threading.Event()
        self.store = store
        self.service = Service(settings, store, run_round=self.run_round, send_reports=lambda: None, stop=self.stop)
        self.thread = threading.Thread(target=self.service.run, daemon=True)

    def run_round(self, name):
        with self.store.writing() as transaction:
            items.set_read_state(transaction, name, position="here")
        self.rounds += 1


@contextmanager
def running(store, settings):
    structlog.reset_defaults()
    with capture_logs() as told:
        here = Running(store, settings)
        here.told = lambda: [line["event"] for line in told]
        here.lines = told
        here.thread.start()
        try:
            wait_for(lambda: here.rounds >= 1)
            yield here
        finally:
            here.stop.set()
            here.thread.join(10)
        assert not here.thread.is_alive()


def wait_for(true, seconds=10.0):
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_store_that_another_process_locks_for_long_is_said_once_and_waited_for(store, settings):
    with running(store, settings) as here:
        with closing(sqlite3.connect(store.url.database, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            wait_for(lambda: FAILS in here.told())
            time.sleep(0.5)
            assert here.thread.is_alive()
            assert here.told().count(FAILS) == 1
            rounds = here.rounds
            other.execute("ROLLBACK")
        wait_for(lambda: WORKS in here.told())
        wait_for(lambda: here.rounds > rounds)
        assert here.told().count(WORKS) == 1


@pytest.mark.parametrize("what", ["deleted", "replaced"])
def test_a_store_that_is_deleted_or_replaced_is_not_written_to_any_more(store, settings, tmp_path, what):
    backup = tmp_path / "backup.db"
    with closing(sqlite3.connect(store.url.database)) as live, closing(sqlite3.connect(backup)) as copy:
        live.backup(copy)
    with running(store, settings) as here:
        for file in tmp_path.glob("steward.db*"):
            file.unlink()
        if what == "replaced":
            shutil.copy(backup, tmp_path / "steward.db")
        wait_for(lambda: FAILS in here.told())
        time.sleep(0.3)
        rounds = here.rounds
        time.sleep(0.3)
        assert here.rounds == rounds
        (line,) = [line for line in here.lines if line["event"] == FAILS]
        assert what in line["because"]
        assert str(tmp_path / "steward.db") in line["because"]
    assert (tmp_path / "steward.db").exists() is (what == "replaced")
    if what == "replaced":
        with closing(sqlite3.connect(tmp_path / "steward.db")) as restored:
            assert restored.execute("SELECT count(*) FROM lease").fetchone() == (0,), "nothing was written to it"


def test_a_transaction_on_a_replaced_file_is_refused(store, tmp_path):
    with store.reading():
        pass
    (tmp_path / "steward.db").rename(tmp_path / "old.db")
    with pytest.raises(StoreError, match="was deleted"), store.writing():
        pass
    (tmp_path / "steward.db").touch()
    with pytest.raises(StoreError, match="was replaced"), store.writing():
        pass
    (tmp_path / "old.db").rename(tmp_path / "steward.db")
    with store.writing():
        pass


def test_a_lease_that_ran_out_is_called_that(store, monkeypatch):
    monkeypatch.setattr(lease_module, "_DURATION", lease_module.timedelta(milliseconds=50))
    lease = acquire(store, "tracker team")
    time.sleep(0.1)
    with pytest.raises(Retriable, match="ran out"):
        lease.check()


def test_a_lease_that_another_process_has_is_called_that(store, monkeypatch):
    monkeypatch.setattr(lease_module, "_DURATION", lease_module.timedelta(milliseconds=50))
    lease = acquire(store, "tracker team")
    time.sleep(0.1)
    acquire(store, "tracker team", "elsewhere:1:1:x")
    with pytest.raises(Retriable, match="Another process took over tracker team"):
        lease.check()
