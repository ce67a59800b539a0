"""Health checks of the running service."""

import json
import time
import urllib.error
import urllib.request

import pytest

from sync.run.health import Heartbeat, serve_health
from sync.store import Database, StoreError


def get(address):
    try:
        with urllib.request.urlopen(address, timeout=5) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


@pytest.fixture
def database(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'steward.db'}")
    yield database
    database.close()


def test_a_working_service_is_healthy_and_ready(database):
    heartbeat = Heartbeat()
    with serve_health("127.0.0.1:0", heartbeat, lambda: database) as address:
        assert get(f"{address}/health") == (200, {"state": "starting"})
        assert get(f"{address}/ready")[0] == 503
        for state in ("active", "standby"):
            heartbeat.beat(state)
            assert get(f"{address}/ready") == (200, {"state": state})
        assert get(f"{address}/metrics")[0] == 404


def test_a_stalled_service_is_neither(database, monkeypatch):
    heartbeat = Heartbeat()
    heartbeat.beat("active")
    now = time.monotonic()
    monkeypatch.setattr("sync.run.health.time.monotonic", lambda: now + 600)
    with serve_health("127.0.0.1:0", heartbeat, lambda: database) as address:
        assert get(f"{address}/health") == (503, {"state": "active", "problem": "the service is stalled"})
        assert get(f"{address}/ready")[0] == 503


def test_a_store_that_cannot_be_read_is_not_ready():
    def broken():
        raise StoreError("it is gone")

    heartbeat = Heartbeat()
    heartbeat.beat("active")
    with serve_health("127.0.0.1:0", heartbeat, broken) as address:
        assert get(f"{address}/health")[0] == 200
        assert get(f"{address}/ready") == (503, {"state": "active", "problem": "the store cannot be read"})


def test_an_address_in_use_costs_the_health_checks_only(database):
    with serve_health("127.0.0.1:0", Heartbeat(), lambda: database) as address:
        taken = address.removeprefix("http://")
        with serve_health(taken, Heartbeat(), lambda: database) as nothing:
            assert nothing == ""
    with serve_health(None, Heartbeat(), lambda: database) as nothing:
        assert nothing == ""
