"""Health checks of the running service."""

import base64
import json
import time
import urllib.error
import urllib.request
from types import SimpleNamespace

import pytest
from pydantic import SecretStr

from sync.run.health import Heartbeat, ReportPage, serve_health
from sync.store import Database, StoreError


def get(address):
    try:
        with urllib.request.urlopen(address, timeout=30) as response:
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
    # Not `time.monotonic` itself: event loops of servers that outlive this test would plan their next step by it.
    later = SimpleNamespace(monotonic=lambda: time.monotonic() + 600)
    monkeypatch.setattr("sync.run.health.time", later)
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


@pytest.fixture
def report(database):
    """Asks for the report page with some headers; gives the status and the body."""

    def ask(password=None, **headers):
        page = ReportPage(lambda: "<h1>Report</h1>", lambda: SecretStr(password) if password else None)
        with serve_health("127.0.0.1:0", Heartbeat(), lambda: database, page) as address:
            request = urllib.request.Request(f"{address}/report", headers=headers)
            try:
                with urllib.request.urlopen(request, timeout=30) as response:
                    return response.status, response.read().decode()
            except urllib.error.HTTPError as error:
                return error.code, error.read().decode()

    return ask


def basic(password):
    return "Basic " + base64.b64encode(f"anybody:{password}".encode()).decode()


def test_the_report_is_shown_on_the_same_machine(report):
    assert report() == (200, "<h1>Report</h1>")


def test_a_name_of_another_site_that_leads_here_gets_no_report(report):
    status, body = report(Host="attacker.example")
    assert (status, "Report</h1>" in body) == (403, False)


def test_with_a_password_the_report_asks_for_it_everywhere(report):
    assert report("secret")[0] == 401
    assert report("secret", Authorization=basic("wrong"))[0] == 401
    assert report("secret", Authorization="Basic ???")[0] == 401
    assert report("secret", Authorization=basic("secret"), Host="reports.example")[0] == 200
