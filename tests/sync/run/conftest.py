"""A service in a thread of its own, on a store and with intervals on which nobody waits."""

import shutil
import threading
import time
from contextlib import contextmanager

import pytest
import structlog
from structlog.testing import capture_logs

from sync.run import service as service_module
from sync.run.health import Heartbeat
from sync.run.service import Service
from sync.settings import Settings
from sync.store import Database, tracker_states
from sync.store import database as database_module


@pytest.fixture
def store(tmp_path, monkeypatch, _migrated):
    """A store on which nobody waits for long."""
    monkeypatch.setattr(database_module, "_LOCK_TIMEOUT_SECONDS", 0.1)
    monkeypatch.setattr(service_module, "_RENEW_SECONDS", 0.05)
    monkeypatch.setattr(service_module, "_STANDBY_SECONDS", 0.05)
    database = Database(f"sqlite:///{shutil.copy(_migrated, tmp_path / 'steward.db')}")
    yield database
    database.close()


@pytest.fixture
def settings():
    section = {"url": "https://example.atlassian.net", "email": "a@example.com", "token": "t", "scope": "project = PAY"}
    return Settings.model_validate({"trackers": {"team": section}})


class Running:
    def __init__(self, store, settings, run_round=None):
        self.rounds, self.stop = 0, threading.Event()
        self.store = store
        self.service = Service(
            settings,
            store,
            run_round=run_round or self.run_round,
            send_reports=lambda: None,
            stop=self.stop,
            heartbeat=Heartbeat(),
        )
        self.thread = threading.Thread(target=self.service.run, daemon=True)

    def run_round(self, name):
        with self.store.writing() as transaction:
            tracker_states.change(transaction, name, position="here")
        self.rounds += 1


def wait_for(true, seconds=30.0):
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.fixture
def running():
    """Runs the service until the block ends."""

    @contextmanager
    def run(store, settings, run_round=None):
        structlog.reset_defaults()
        with capture_logs() as told:
            here = Running(store, settings, run_round)
            here.told = lambda: [line["event"] for line in told]
            here.lines, here.wait_for = told, wait_for
            here.thread.start()
            try:
                wait_for(lambda: here.rounds >= 1 or run_round)
                yield here
            finally:
                here.stop.set()
                here.thread.join(30)
            assert not here.thread.is_alive()

    return run
