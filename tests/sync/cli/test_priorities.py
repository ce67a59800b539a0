"""`steward priorities`: from the store and from a file."""

import json

import pytest
from end_to_end.command_line import run_here

LINES = """\
{"key": "PAY-1", "title": "Pay in instalments", "created": "2024-03-01", "sprint": "Sprint 2"}
{"key": "PAY-2", "title": "Show the price before tax", "created": "2024-03-02"}
{"key": "PAY-3", "title": "Agree with the bank on instalments", "created": "2024-03-03", \
"links": [{"kind": "blocks", "target": "PAY-1"}]}
{"key": "PAY-4", "title": "Dark mode", "created": "2024-03-04", "links": [{"kind": "is blocked by", "target": "PAY-5"}]}
{"key": "PAY-5", "title": "Colours in one place", "created": "2024-03-05", "links": [{"kind": "blocks", "target": "PAY-4"}, \
{"kind": "is blocked by", "target": "PAY-4"}]}
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "backlog.jsonl"
    path.write_text(LINES, encoding="utf-8")
    return path


def run(file, *words):
    done = run_here("priorities", "--file", str(file), *words, cwd=file.parent)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_file_needs_no_tracker_and_no_configuration(file):
    assert run(file) == (
        "PAY-3 Agree with the bank on instalments\n"
        "    Belongs in Sprint 2: it blocks PAY-1, which is in it.\n"
        "    number 3 of 5 now, 1 then\n"
        "\n"
        "These block each other, so their order was kept: PAY-4 → PAY-5 → PAY-4. Remove\n"
        "one of the links.\n"
        "1 move is suggested for 5 open items. All others keep their order.\n"
    )


def test_the_same_as_one_json_document(file):
    printed = json.loads(run(file, "--json"))
    assert printed["order"] == {"export": {"requirement": ["PAY-3", "PAY-1", "PAY-2", "PAY-4", "PAY-5"]}}
    assert printed["cycles"] == [["PAY-4", "PAY-5"]]
    (move,) = printed["moves"]
    assert (move["key"], move["before"], move["after"], move["kinds"]) == ("PAY-3", 3, 1, ["blocks"])


@pytest.fixture
def desk(desk_of):
    return desk_of(LINES)


def test_the_store_is_read_and_no_tracker_asked(steward):
    before = steward.desk.requests()
    assert [move["key"] for move in steward.json("priorities")["moves"]] == ["PAY-3"]
    assert steward.desk.requests() == before


def test_what_people_declined_is_not_suggested(steward):
    steward("decide", "PAY-3", "not-now", "--reason", "the bank is closed")
    assert steward.json("priorities")["moves"] == []


MODELS = """\
{"key": "PAY-1", "title": "Pay in instalments", "created": "2024-03-01", "sprint": "Sprint 2", "labels": ["must-have"], "points": 37}
{"key": "PAY-2", "title": "Price before tax", "created": "2024-03-02", "labels": ["should-have"], "points": 8}
{"key": "PAY-3", "title": "Dark mode", "created": "2024-03-03", "labels": ["could-have"], "points": 5, "releases": ["2.4"]}
{"key": "PAY-4", "title": "Instalments", "type": "Epic", "created": "2024-01-01", "business_value": 8, \
"time_criticality": 5, "risk_reduction": 3, "points": 4}
"""


def test_a_model_says_what_it_makes_of_the_backlog(file):
    file.write_text(MODELS, encoding="utf-8")
    printed = " ".join(run(file, "--model", "moscow").split())
    assert "All open items: Must 74 %, Should 16 %, Could 10 % of 50 by effort." in printed
    assert "That is 7 more Must than 60 %. The weakest: PAY-1." in printed
    assert "Release 2.4: Must 0 %, Should 0 %, Could 100 % of 5 by effort." in printed
    report = json.loads(run(file, "--model", "wsjf", "--json"))
    assert [(item["key"], item["result"], item["best"]) for item in report["items"]] == [("PAY-4", "4", 1)]
    assert "fewer than four open items" in run(file, "--model", "matrix")
    assert max(map(len, run(file, "--model", "moscow").splitlines())) <= 80


def test_a_score_is_refused_by_the_name_of_what_is_wrong_and_printed_in_full(file):
    epic = (
        '{"key": "PAY-%d", "title": "Epic", "type": "Epic", "created": "2024-01-01", "business_value": %s, "time_criticality": 5, \
"risk_reduction": 3, "points": %s}'
    )
    values = ("1234567", "2"), ("-8", "2"), ('"high"', "2"), ("8", "-2"), ("5", "3"), ("3", "1")
    file.write_text("\n".join(epic % (number, *pair) for number, pair in enumerate(values)), encoding="utf-8")
    printed = " ".join(run(file, "--model", "wsjf").split())
    assert "617,287.5 (business value 1,234,567, time criticality 5," in printed
    assert "not rated: business value is below 0" in printed
    assert "not rated: business value is not known or not a number" in printed
    assert "not rated: the job size must be above 0" in printed
    assert "PAY-3 Epic not rated: the job size must be above 0" in " ".join(run(file, "--model", "matrix").split())


def test_where_models_say_the_opposite_it_is_said_with_the_reason(file):
    epic = (
        '{"key": "PAY-%d", "title": "Epic", "type": "Epic", "created": "2024-01-01", "business_value": %d, "time_criticality": %d, \
"risk_reduction": 1, "points": %d, "labels": ["%s"]}'
    )
    rows = (
        (13, 13, 2, "could"),
        (8, 5, 5, "must"),
        (5, 5, 5, ""),
        (3, 3, 8, ""),
        (3, 2, 5, "should"),
        (5, 1, 13, ""),
        (2, 1, 40, "must"),
    )
    file.write_text("\n".join(epic % (number, *row) for number, row in enumerate(rows, 1)), encoding="utf-8")
    report = json.loads(run(file, "--model", "wsjf", "--json"))
    told = {item["key"]: item["disagreement"] for item in report["items"] if item["disagreement"]}
    assert told == {
        "PAY-1": "The models disagree: WSJF makes it number 1 of 7, but MoSCoW says Could. "
        "What counts most in WSJF is its time criticality.",
        "PAY-7": "The models disagree: MoSCoW says Must, but WSJF makes it number 7 of 7. "
        "What counts most in WSJF is its job size.",
    }
    assert "The models disagree: WSJF makes it number 1 of 7" in run(file, "--model", "moscow")


def test_only_one_teams_items(file):
    assert json.loads(run(file, "--team", "export", "--json"))["moves"]
    assert json.loads(run(file, "--team", "export", "--model", "wsjf", "--json"))["model"] == "wsjf"
    done = run_here("priorities", "--file", str(file), "--team", "sales", cwd=file.parent)
    assert done.returncode == 2
    assert 'No open item belongs to the team "sales". Choose from: export.' in " ".join(
        done.stderr.replace("│", " ").split()
    )


def test_explain_shows_what_speaks_for_an_item(steward):
    assert steward.json("explain", "PAY-3")["priority"] == ["Belongs in Sprint 2: it blocks PAY-1, which is in it."]
    assert "Priority\n  Belongs in Sprint 2:" in steward("explain", "PAY-3")
    assert steward.json("explain", "PAY-2")["priority"] == []


def test_explain_shows_what_models_say(file):
    file.write_text(MODELS, encoding="utf-8")
    done = run_here("explain", "PAY-4", "--file", str(file), "--json", cwd=file.parent)
    (sentence,) = json.loads(done.stdout)["priority"]
    assert sentence.startswith(
        "WSJF: 4 (business value 8, time criticality 5, risk reduction 3, job size 4), number 1 of 1"
    )


def test_what_an_earlier_day_leaves_out_is_said(file):
    """Of an item without a status it is not known whether it was open, once others say so."""
    file.write_text(
        LINES + '{"key": "PAY-9", "title": "Begun", "created": "2024-03-01", "status": "In Progress"}\n',
        encoding="utf-8",
    )
    done = run_here("priorities", "--file", str(file), "--as-of", "2024-05-06", cwd=file.parent)
    assert "items are left out, because it is not known when they were open." in done.stderr
