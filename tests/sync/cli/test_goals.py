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


REGISTRIES = """\
objectives:
  - name: Fewer calls
    impacts: [{actor: Skippers, impact: See free berths, items: [PAY-1]}]
    expand_if: 20 % of the skippers book online
personas: [{name: Skipper, aliases: [captain]}]
stages: [{name: Arrive, labels: [berth]}, {name: Leave}]
"""
ITEMS = [
    {"key": "PAY-1", "title": "Berths", "type": "Epic", "description": "Expand if ten skippers book online."},
    {
        "key": "PAY-2",
        "title": "As a captain I want a list",
        "parent": "PAY-1",
        "points": 3,
        "labels": ["must", "berth"],
    },
    {
        "key": "PAY-3",
        "title": "Read the sensors",
        "parent": "PAY-1",
        "points": 2,
        "links": [{"kind": "blocks", "target": "PAY-2"}],
    },
    {"key": "PAY-4", "title": "As a tourist I want a map", "parent": "PAY-1", "points": 8, "labels": ["could"]},
    {"key": "PAY-5", "title": "Colours", "parent": "PAY-1", "labels": ["wont"]},
]


def test_the_smallest_must_set_and_the_check_that_the_rest_waits_for(run, tmp_path):
    (tmp_path / "backlog.jsonl").write_text("\n".join(map(json.dumps, ITEMS)), encoding="utf-8")
    printed = " ".join(run().split())
    assert "The smallest Must set is PAY-2, PAY-3 (5); PAY-3 because a Must waits for it." in printed
    assert "PAY-4 (8) waits for this: ten skippers book online." in printed
    assert "persona" not in printed


def test_registries_of_personas_and_stages_show_what_is_left_out(run, configured, tmp_path):
    (tmp_path / "backlog.jsonl").write_text("\n".join(map(json.dumps, ITEMS)), encoding="utf-8")
    (tmp_path / "goals.yaml").write_text(REGISTRIES, encoding="utf-8")
    printed = " ".join(run(*configured).split())
    assert "PAY-4 (8) waits for this: 20 % of the skippers book online." in printed
    assert "Open items by persona: Skipper 1; without a role 2." in printed
    assert 'Roles that are not personas: "tourist" 1.' in printed
    assert "Open items by stage of the journey: Arrive 1, Leave 0; without a stage 3." in printed
    assert "PAY-1 has nothing for Leave." in printed
    found = json.loads(run(*configured, "--json"))
    assert found["coverage"]["unknown_roles"] == [{"name": "tourist", "items": 1}]
    assert found["objectives"][0]["must_set"]["needed"] == ["PAY-3"]
