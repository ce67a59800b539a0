"""Looking at a backlog as it was, in the store and in files; nothing is written then."""

import json

import pytest
from typer.testing import CliRunner

from sync.cli import app

RULE = "missing-acceptance-criteria"


@pytest.fixture
def changed(desk, steward, clock):
    """A desk whose PAY-3 got criteria, and whose PAY-1 was finished, on the seventh of May."""
    clock.advance(days=1)
    person = desk.person()
    person.edit("PAY-3", acceptance_criteria="* the auditor can open the file")
    person.transition("PAY-1", "Done")
    desk.pull()
    clock.advance(days=1)
    return steward


def fingerprint(desk):
    with desk.database.reading() as transaction:
        rows = [tuple(row) for table in ("finding", "round", "decision", "mark", "outbox", "ledger")
                for row in transaction.exec_driver_sql(f"SELECT * FROM {table}")]  # fmt: skip
    return rows, desk.seen(), len(desk.site.calls)


def test_explain_plan_and_preview_look_at_the_day_and_write_nothing(desk, changed):
    before = fingerprint(desk)
    then = changed.json("explain", "PAY-1", "--as-of", "2024-05-07")
    assert (then["status"], then["judged"]) == ("To Do", "2024-05-07T00:00:00Z")
    assert [finding["rule"] for finding in then["findings"]] == [RULE]
    assert changed.json("explain", "PAY-1")["status"] == "Done"
    [plan] = changed.json("plan", "--as-of", "2024-05-07")
    assert "PAY-1" in {planned["key"] for planned in plan["plan"]["items"]}
    assert "Descriptions, links, labels and the order are those of today." in plan["summary"]["notes"]
    assert changed.json("preview", "PAY-1", "--as-of", "2024-05-07")["action"] == "add"
    assert fingerprint(desk) == before


def test_what_was_not_open_is_said(desk, changed):
    assert "PAY-1 was not open on 2024-02-01." in changed("explain", "PAY-1", "--as-of", "2024-02-01", code=2)


def test_a_plan_of_another_day_cannot_be_saved(desk, changed, tmp_path):
    printed = changed("plan", "--as-of", "2024-05-07", "--output", str(tmp_path / "plan.json"), code=2)
    assert "--as-of cannot be used with --output" in printed


def test_decisions_made_later_do_not_count(desk, changed):
    changed("waive", "PAY-4", RULE, "--reason", "a toy")
    assert changed.json("explain", "PAY-4", "--as-of", "2024-05-07")["decisions"] == []
    assert len(changed.json("explain", "PAY-4")["decisions"]) == 1


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "backlog.jsonl"
    rows = [
        {
            "key": "X-1",
            "title": "Done later",
            "description": "x",
            "created": "2024-01-01",
            "resolved": "2024-03-01",
            "status": "Done",
        },
        {"key": "X-2", "title": "Done before", "created": "2024-01-01", "resolved": "2024-01-20", "status": "Done"},
        {"key": "X-3", "title": "Nobody knows", "created": "2024-01-01"},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def run(*words, code=0):
    result = CliRunner().invoke(app, [*map(str, words)])
    assert result.exit_code == code, result.output
    return result


def test_a_file_is_looked_at_without_any_tracker(file):
    told = json.loads(run("explain", "x-1", "--file", file, "--as-of", "2024-02-01", "--json").stdout)
    assert (told["tracker"], [finding["rule"] for finding in told["findings"]]) == ("export", [RULE])
    preview = json.loads(run("preview", "X-1", "--file", file, "--as-of", "2024-02-01", "--json").stdout)
    assert preview["rules"] == [RULE]
    assert preview["notes"][0] == "Nothing is written: this tracker can only be read."


def test_check_judges_what_was_open_then(file):
    done = run("check", file, "--as-of", "2024-02-01", "--json", "--fail-on", "never")
    assert {finding["item"] for finding in json.loads(done.stdout)} == {"X-1"}
    assert "1 items are left out" in done.stderr
    today = json.loads(run("check", file, "--json", "--fail-on", "never").stdout)
    assert {finding["item"] for finding in today} == {"X-3"}


def test_the_rules_for_a_file_are_those_of_the_configuration(desk, file):
    desk.configure(rules={"rules": {RULE: {"severity": "info"}}})
    told = json.loads(
        run("explain", "X-1", "--file", file, "--as-of", "2024-02-01", "--config", desk.file, "--json").stdout
    )
    assert [(finding["rule"], finding["severity"]) for finding in told["findings"]] == [(RULE, "info")]
