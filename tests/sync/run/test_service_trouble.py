"""Trouble with the store ends nothing: the service says so once, writes nothing, and goes on by itself."""

import shutil
import sqlite3
import subprocess
import threading
import time
from contextlib import closing

import pytest

from connectors.errors import Retriable
from sync.run import lease as lease_module
from sync.run.lease import acquire
from sync.store import StoreError, leases

FAILS, WORKS = (
    "the store cannot be used; nothing is written to trackers, and the service keeps trying",
    "the store can be used again",
)


def test_a_store_that_another_process_locks_for_long_is_said_once_and_waited_for(store, settings, running):
    with running(store, settings) as here:
        with closing(sqlite3.connect(store.url.database, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            here.wait_for(lambda: FAILS in here.told())
            time.sleep(0.5)
            assert here.thread.is_alive()
            assert here.told().count(FAILS) == 1
            rounds = here.rounds
            other.execute("ROLLBACK")
        here.wait_for(lambda: WORKS in here.told())
        here.wait_for(lambda: here.rounds > rounds)
        assert here.told().count(WORKS) == 1


@pytest.mark.parametrize("what", ["deleted", "replaced"])
def test_a_store_that_is_deleted_or_replaced_is_not_written_to_any_more(store, settings, running, tmp_path, what):
    backup = tmp_path / "backup.db"
    with closing(sqlite3.connect(store.url.database)) as live, closing(sqlite3.connect(backup)) as copy:
        live.backup(copy)
    with running(store, settings) as here:
        for file in tmp_path.glob("steward.db*"):
            file.unlink()
        if what == "replaced":
            shutil.copy(backup, tmp_path / "steward.db")
        here.wait_for(lambda: FAILS in here.told())
        time.sleep(0.3)
        rounds = here.rounds
        time.sleep(0.3)
        assert here.rounds == rounds
        (line,) = [line for line in here.lines if line["event"] == FAILS]
        assert what in line["reason"]
        assert str(tmp_path / "steward.db") in line["reason"]
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
    monkeypatch.setattr(lease_module, "_LEASE_DURATION", lease_module.timedelta(milliseconds=50))
    lease = acquire(store, "tracker team")
    time.sleep(0.1)
    with pytest.raises(
        Retriable, match="The lease on .* expired: this process was suspended, or the clock was changed"
    ):
        lease.check()


def test_a_lease_that_another_process_has_is_called_that(store, monkeypatch):
    monkeypatch.setattr(lease_module, "_LEASE_DURATION", lease_module.timedelta(milliseconds=50))
    lease = acquire(store, "tracker team")
    time.sleep(0.1)
    acquire(store, "tracker team", "elsewhere:1:1:x")
    with pytest.raises(Retriable, match="Another process took over tracker team"):
        lease.check()


def test_many_trackers_that_do_not_answer_leave_room_for_the_others(store, settings, running):
    section = settings.trackers["team"]
    dead = {f"dead-{number}": section for number in range(20)}
    many = settings.model_copy(update={"trackers": {**dead, "team": section}})
    answered = threading.Event()

    def run_round(name):
        if name.startswith("dead"):
            answered.wait(30)
        else:
            answered.set()
            read.append(time.monotonic())

    read, start = [], time.monotonic()
    with running(store, many, run_round) as here:
        here.wait_for(lambda: read, seconds=60)
    assert read[0] - start < 25


def test_a_killed_process_on_this_machine_loses_its_lease_at_once(store):
    acquire(store, "sample")
    with store.reading() as transaction:
        host, _process, start_and_namespace = leases.current(transaction, "sample").holder.split(":", 2)
    ended = subprocess.Popen(["true"])
    ended.wait()
    killed = f"{host}:{ended.pid}:{start_and_namespace}"
    assert acquire(store, "tracker a", killed) is not None
    assert acquire(store, "tracker a") is not None

    start, namespace = start_and_namespace.split(":", 1)
    elsewhere = f"{host}:{ended.pid}:{start.split('@')[0]}@another-machine:{namespace}"
    assert acquire(store, "tracker b", elsewhere) is not None
    assert acquire(store, "tracker b") is None, "a machine with the same host name may still run it"
