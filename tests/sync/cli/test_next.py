"""The agenda: what comes next, what is open about it, and who is asked."""

import json

import pytest

RULE = "missing-acceptance-criteria"
MANY = "\n".join(
    json.dumps({"key": f"PAY-{number}", "title": f"Item {number}", "description": "x", "created": "2024-03-01"})
    for number in range(1, 31)
)


@pytest.fixture
def agenda(steward):
    def read(*words):
        [found] = steward.json("next", *words)
        return found

    return read


def keys(agenda):
    return [entry["key"] for entry in agenda["entries"]]


def test_the_coming_sprint_is_gone_through_nearest_first(agenda, steward):
    found = agenda()
    assert (found["sprint"], found["next_up"], keys(found)) == ("Sprint 3", 2, ["PAY-3"])
    [question] = found["entries"][0]["questions"]
    assert (question["rule"], question["asked"]) == (RULE, "Product owner")
    printed = steward("next")
    assert "Next up for team: Sprint 3" in printed
    assert "1 of 2 items has open questions. Time planned: 7 minutes." in printed
    assert f"Product owner: {question['question']}" in printed


def test_the_role_is_the_one_that_the_team_names(desk, agenda):
    desk.configure(asks={RULE: "Testers"})
    assert agenda()["entries"][0]["questions"][0]["asked"] == "Testers"


def test_it_speaks_the_language_of_the_reports(desk, steward):
    desk.configure(wording={"language": "de"})
    printed = steward("next")
    assert "Als Nächstes für team: Sprint 3" in printed
    assert "1 von 2 Einträgen hat offene Fragen." in printed


def test_the_days_of_the_sprint_are_those_of_the_team(desk_of, request):
    sprints = [{"name": "Sprint 1", "state": "future", "start": "2024-05-12T22:30:00Z", "end": "2024-05-24T16:00:00Z"}]
    item = {"key": "PAY-1", "title": "Item 1", "created": "2024-03-01", "sprint": "Sprint 1"}
    desk = desk_of(f"{json.dumps({'sprints': sprints})}\n{json.dumps(item)}")
    desk.configure(schedule={"timezone": "Europe/Berlin"})
    desk.pull()
    [found] = type(request.getfixturevalue("steward"))(desk).json("next")
    assert found["start"] == "2024-05-13"


def test_an_answer_takes_the_question_off_the_agenda(agenda, steward):
    steward("waive", "PAY-3", RULE, "--reason", "known")
    assert keys(agenda()) == []


def test_what_does_not_fit_into_the_time_box_is_listed(desk_of, request):
    desk = desk_of(MANY)
    desk.configure(rules={"rules": {"unranked-item": "off"}})
    desk.pull()
    steward = type(request.getfixturevalue("steward"))(desk)
    [found] = steward.json("next", "--minutes", "20")
    assert (keys(found), found["minutes"]) == (["PAY-1", "PAY-2"], 14)
    assert found["later"] == [f"PAY-{number}" for number in range(3, 11)]
    assert "Not in this time-box: PAY-3, PAY-4" in steward("next", "--minutes", "20")


def test_an_item_that_is_large_and_names_several_parts_is_one_question(desk_of, request):
    desk = desk_of(
        json.dumps({"key": "PAY-1", "title": "Import and export of orders", "points": 8, "description": "x"})
    )
    rules = {
        "missing-acceptance-criteria": "off",
        "oversized-story": {"above": 5},
        "split-candidate": {"severity": "warning"},
    }
    desk.configure(rules={"rules": {"unranked-item": "off", **rules}})
    desk.pull()
    steward = type(request.getfixturevalue("steward"))(desk)
    [found] = steward.json("next")
    [question] = found["entries"][0]["questions"]
    assert (question["rule"], question["included"], found["minutes"]) == ("split-candidate", ["oversized-story"], 7)
    assert "(split-candidate, oversized-story)" in steward("next")


def test_each_team_has_an_agenda_and_one_can_be_chosen(desk_of, request):
    rows = [
        json.dumps(
            {"key": f"PAY-{number}", "title": "x", "description": "x", "created": "2024-03-01", "components": [name]}
        )
        for number, name in enumerate(["Web", "Ops", "Web"], start=1)
    ]
    desk = desk_of("\n".join(rows))
    desk.configure(teams={"web": {"component": "Web"}, "ops": {"component": "Ops"}})
    desk.pull()
    steward = type(request.getfixturevalue("steward"))(desk)
    assert [(found["team"], keys(found)) for found in steward.json("next")] == [
        ("ops", ["PAY-2"]),
        ("web", ["PAY-1", "PAY-3"]),
    ]
    assert [found["team"] for found in steward.json("next", "--team", "web")] == ["web"]
    assert "Teams: ops, web." in " ".join(steward("next", "--team", "mobile", code=2).split())


def test_a_file_has_an_agenda_on_every_day(desk, steward, tmp_path):
    file = tmp_path / "backlog.jsonl"
    file.write_text(MANY.replace('"PAY-1"', '"PAY-1", "resolved": "2024-04-01", "status": "Done"'), encoding="utf-8")
    [then] = steward.json("next", "--file", str(file), "--as-of", "2024-03-20")
    [now] = steward.json("next", "--file", str(file))
    assert (keys(then), keys(now)[0]) == (["PAY-1"], "PAY-2")


def test_a_saturated_rule_asks_about_three_items_that_come_next_and_no_more_within_a_week(desk_of, clock):
    desk = desk_of(MANY)
    desk.configure(rules={"rules": {"unranked-item": "off"}})
    desk.round()
    commented = [f"PAY-{number}" for number in range(1, 31) if desk.ours(f"PAY-{number}")]
    assert commented == ["PAY-1", "PAY-2", "PAY-3"]
    desk.round()
    clock.advance(days=6)
    desk.round()
    assert [f"PAY-{number}" for number in range(1, 31) if desk.ours(f"PAY-{number}")] == commented
    clock.advance(days=2)
    desk.round()
    assert [f"PAY-{number}" for number in range(1, 31) if desk.ours(f"PAY-{number}")] == [
        f"PAY-{number}" for number in range(1, 7)
    ]
