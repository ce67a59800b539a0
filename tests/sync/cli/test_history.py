"""What the service did so far: status, rounds and the audit log."""

import csv
import io

import pytest

LABEL = "needs-refinement"


@pytest.fixture(autouse=True)
def _with_a_label(desk):
    desk.configure(write={"label": LABEL})


def test_every_write_is_in_the_audit_log_with_its_reason(steward, desk):
    outcome = desk.round()
    entries = steward.json("audit")
    assert len(entries) == outcome.writes
    assert {entry["round"] for entry in entries} == {outcome.round}
    assert {entry["approval"] for entry in entries} == {"a person ran `steward apply`"}
    by_key = {(entry["key"], entry["what"]): entry for entry in entries}
    comment = by_key["PAY-1", "comment added"]
    assert comment["rules"] == ["missing-acceptance-criteria"]
    assert (comment["before"], comment["undone"]) == ("", False)
    assert "Backlog Steward" in comment["after"]
    label = by_key["PAY-1", "label added"]
    assert (label["name"], label["rules"]) == (LABEL, ["missing-acceptance-criteria"])
    field = by_key["PAY-5", "field changed"]
    assert (field["before"], field["after"], field["rules"]) == ("", "4", ["wsjf"])


def test_what_was_undone_says_so_and_the_undo_is_listed_as_well(steward, desk, clock):
    desk.round()
    clock.advance(days=1)
    steward("undo", "--item", "PAY-1")
    entries = [entry for entry in steward.json("audit") if entry["key"] == "PAY-1"]
    assert sorted((entry["what"], entry["undone"]) for entry in entries) == [
        ("comment added", True),
        ("comment deleted", False),
        ("label added", True),
        ("label removed", False),
    ]
    assert all(entry["undone"] is False for entry in steward.json("audit") if entry["key"] != "PAY-1")


def test_the_audit_log_as_csv_is_inert_in_a_spreadsheet(steward, desk, clock):
    desk.round()
    rows = list(csv.DictReader(io.StringIO(steward("audit", "--format", "csv"))))
    assert len(rows) == len(steward.json("audit"))
    assert all(value[:1] not in ("=", "+", "@") for row in rows for value in row.values())
    clock.advance(days=1)
    assert steward.json("audit", "--since", f"{clock():%Y-%m-%d}") == []


def test_rounds_are_listed_with_how_to_undo_them(steward, desk):
    outcome = desk.round()
    printed = steward("rounds")
    assert f"steward undo --round {outcome.round}" in printed
    writes = {one["id"]: one["writes"] for one in steward.json("rounds")}
    assert writes[outcome.round] == outcome.writes
    assert len(steward.json("rounds", "-n", "1")) == 1


def test_the_status_names_the_store_the_mode_and_what_waits(steward, desk):
    found = steward.json("status")
    (team,) = found["trackers"]
    assert found["store"].endswith("desk.db")
    assert (team["mode"], team["open_items"], team["trouble"]) == ("write", 5, "")
    assert team["waiting"] > 0
    desk.faults.add("unreachable")
    desk.round()
    assert "Trouble" in steward("status")
