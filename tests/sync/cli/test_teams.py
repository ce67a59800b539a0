"""One of several teams that share a tracker: its plan, and rules that differ for it."""

import json

import pytest

TEAMS = {"web": {"component": "Web"}, "ops": {"component": "Ops"}}


@pytest.fixture
def shared(desk_of, request):
    """A tracker with an item of each team and one of no team, in this order: web, ops, none, web."""
    rows = [
        json.dumps(
            {"key": f"PAY-{number}", "title": "x", "description": "x", "created": "2024-03-01", "components": [name]}
        )
        for number, name in enumerate(["Web", "Ops", "Docs", "Web"], start=1)
    ]
    command_line = type(request.getfixturevalue("steward_fresh"))
    desk = desk_of("\n".join(rows))
    desk.configure(teams=TEAMS, rules={"rules": {"unranked-item": "off"}})
    return desk, command_line(desk)


def planned(result):
    return [item["key"] for item in result[0]["plan"]["items"]]


@pytest.mark.parametrize(("team", "keys"), [("web", ["PAY-1", "PAY-4"]), ("ops", ["PAY-2"]), ("team", ["PAY-3"])])
def test_a_plan_for_one_team_has_its_items_only(shared, team, keys):
    _, steward = shared
    assert planned(steward.json("plan", "--team", team)) == keys


def test_the_budget_is_for_the_items_of_the_team(shared):
    _, steward = shared
    [result] = steward.json("plan", "--team", "ops", "--budget", "1")
    assert (planned([result]), result["plan"]["waiting"]) == (["PAY-2"], [])


def test_applying_a_saved_plan_of_a_team_writes_on_its_items_only(shared, tmp_path):
    desk, steward = shared
    file = str(tmp_path / "plan.json")
    steward("plan", "--team", "web", "-o", file)
    steward("apply", file)
    assert [bool(desk.ours(f"PAY-{number}")) for number in range(1, 5)] == [True, False, False, True]


def test_a_plan_as_of_an_earlier_day_may_be_for_one_team(shared):
    desk, steward = shared
    desk.pull()
    assert planned(steward.json("plan", "--team", "web", "--as-of", "2024-04-01")) == ["PAY-1", "PAY-4"]


def test_an_unknown_team_is_refused(shared):
    _, steward = shared
    assert "Choose from: web, ops, team." in " ".join(steward("plan", "--team", "mobile", code=2).split())


@pytest.mark.parametrize("where", [{"team": "ops"}, {"component": "Ops"}], ids=["team", "component"])
def test_an_override_changes_a_rule_for_the_items_that_it_names(shared, where):
    desk, steward = shared
    off = {"where": where, "rules": {"missing-acceptance-criteria": "off"}}
    desk.configure(rules={"rules": {"unranked-item": "off"}, "overrides": [off]})
    assert planned(steward.json("plan")) == ["PAY-1", "PAY-3", "PAY-4"]
