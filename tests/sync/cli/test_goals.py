"""`steward goals`: the impact map as a tree, from a file of items and goals.yaml."""

import json

import pytest
from end_to_end.command_line import run_here

LINES = """\
{"key": "PAY-5", "title": "Berths on a map", "type": "Epic"}
{"key": "PAY-6", "title": "Show free berths", "parent": "PAY-5", "points": 5, "sprint": "Sprint 2"}
{"key": "PAY-7", "title": "Show prices", "parent": "PAY-5", "points": 2}
{"key": "PAY-8", "title": "Dark mode"}
"""
GOALS = """\
vision: A berth is booked without a phone call.
objectives:
  - name: Half as many calls about berths
    measure: Calls a week
    baseline: 120
    target: 60
    impacts:
      - {actor: Skippers, impact: See free berths themselves, items: [PAY-5]}
      - {actor: Harbour masters, impact: Answer once for all, label: answers}
  - name: Be better
"""


@pytest.fixture
def run(tmp_path):
    (tmp_path / "backlog.jsonl").write_text(LINES, encoding="utf-8")

    def goals(*words, code=0):
        done = run_here("goals", "--file", "backlog.jsonl", *words, cwd=tmp_path)
        assert done.returncode == code, done.stderr
        return done.stdout if code == 0 else done.stderr

    return goals


def test_without_a_file_the_epics_are_shown(run):
    assert run() == (
        "PAY-5 Berths on a map\n"
        "└─ 2 open items\n"
        "   The smallest is PAY-7 Show prices, 2\n"
        "\n"
        "1 of 3 open items (33 %) belongs to no objective: PAY-8.\n"
        "No goal of Sprint 2 is known; 1 of 1 items in it serve an objective.\n"
    )


@pytest.fixture
def configured(tmp_path):
    (tmp_path / "goals.yaml").write_text(GOALS, encoding="utf-8")
    config = tmp_path / "steward.yaml"
    config.write_text("trackers: {pay: {kind: export, path: backlog.jsonl}}\n", encoding="utf-8")
    return "--config", str(config)


def test_the_impact_map_is_a_tree(run, configured):
    printed = run(*configured)
    assert printed.startswith(
        "A berth is booked without a phone call.\n"
        "\n"
        "Half as many calls about berths (Calls a week: 120 → 60)\n"
        "├─ Skippers: See free berths themselves. 2 open items\n"
        "│  The smallest is PAY-7 Show prices, 2\n"
        "└─ Harbour masters: Answer once for all. No open item\n"
        "Be better\n"
    )
    assert '"Be better" lacks a measure, a baseline or a target: how would anybody notice?' in printed
    assert max(map(len, printed.splitlines())) <= 80


def test_the_same_as_one_json_document(run, configured):
    printed = json.loads(run(*configured, "--json"))
    assert (printed["items"], printed["orphans"]) == (3, ["PAY-8"])
    assert [objective["is_measurable"] for objective in printed["objectives"]] == [True, False]
    assert printed["objectives"][0]["branches"][0]["cheapest"] == "PAY-7"


def test_a_mistake_in_the_file_is_named(run, configured, tmp_path):
    (tmp_path / "goals.yaml").write_text("objectives: [{names: x}]\n", encoding="utf-8")
    assert "goals.yaml:1:" in run(*configured, code=2)
