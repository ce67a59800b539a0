"""Tokens that are about to expire are announced, and one that has expired is not taken for an empty backlog."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
import structlog

from sync.inspect.doctor import CheckStatus, DoctorContext, run_checks


def _expiring(desk, days):
    desk.configure(tracker={"expires_on": str(desk.clock().date() + timedelta(days=days))})


@pytest.mark.parametrize(
    ("days", "words"),
    [(31, ""), (30, "in 30 days"), (20, ""), (7, "in 7 days"), (6, "in 6 days"), (2, ""), (1, "in one day"),
     (0, "expires today"), (-3, "expired on")],
)  # fmt: skip
def test_the_report_and_the_log_warn_30_7_and_1_days_before(desk, monkeypatch, days, words):
    _expiring(desk, days)
    log = structlog.testing.CapturingLogger()
    monkeypatch.setattr("sync.rounds.round._log", log)
    results = [desk.round(), desk.round()]
    for result in results:
        assert not result.trouble
        assert [words in note for note in result.notes if "The token of " in note] == ([True] if words else [])
    logged = [call for call in log.calls if call.method_name == "warning"]
    assert [words in call.kwargs["note"] for call in logged] == ([True] if words else []), "once a day"


@pytest.mark.parametrize(("days", "status"), [(40, "good"), (29, "warning"), (3, "warning"), (-1, "bad")])
def test_doctor_warns_all_the_time(desk, days, status):
    today = datetime.now(UTC).date()
    desk.configure(tracker={"expires_on": str(today + timedelta(days=days))})
    checks = run_checks(DoctorContext(desk.configuration, desk.database, lambda _name: desk.open()))
    (check,) = [check for check in checks if check.id.endswith(".expires")]
    assert check.status is CheckStatus(status)


def test_an_expired_token_that_finds_nothing_is_no_empty_backlog(desk, monkeypatch):
    desk.round()
    known = len(desk.annotations())
    _expiring(desk, -1)
    tracker = desk.open()
    really = tracker.connect
    monkeypatch.setattr(tracker, "connect", lambda: msgspec.structs.replace(really(), projects=()))
    result = desk.round(tracker=tracker)
    assert "shows no items" in result.trouble
    assert "expired on" in result.trouble
    assert result.misconfigured
    assert len(desk.annotations()) == known
