"""Which team an item belongs to."""

import pytest

from rules.model import Sprint, SprintState
from rules.ruleset import Ruleset
from rules.teams import Teams, TeamSection


@pytest.fixture
def teams():
    return Teams(
        {
            "payments": TeamSection(project="PAY", component=("Cards", "SEPA*")),
            "ops": TeamSection(area="Platform\\Ops"),
            "mobile": TeamSection(board="17"),
            "core": TeamSection(team_field="Core Team"),
        }
    )


@pytest.mark.parametrize(
    ("values", "team"),
    [
        ({"components": ("Cards",)}, "payments"),
        ({"components": ("Web", "SEPA transfers")}, "payments"),
        ({"components": ("Cards",), "project": "WEB"}, "team"),
        ({"area": "platform\\ops\\night"}, "ops"),
        ({"area": "Platform\\Operations"}, "team"),
        ({"sprints": (Sprint("1", "Sprint 1", SprintState.FUTURE, board="17"),)}, "mobile"),
        ({"sprints": (Sprint("1", "Sprint 1", SprintState.FUTURE, board="170"),)}, "team"),
        ({"team_field": "core team"}, "core"),
        ({"components": ("Cards",), "team_field": "Core Team"}, "payments"),
        ({}, "team"),
    ],
)
def test_the_first_team_that_matches_has_the_item_and_else_its_tracker(teams, item, values, team):
    assert teams.find_team(item(1, **values)) == team
    assert teams.matches(item(1, **values)) is (team != "team")


def test_without_teams_a_tracker_is_one(item):
    assert Teams().find_team(item(1, components=("Cards",))) == "team"


def test_an_override_is_for_a_team(item):
    rules = Ruleset({"overrides": [{"where": {"team": "ops"}, "rules": {"unranked-item": "off"}}]})
    severity = {team: rules.rule_for("unranked-item", item(1, team=team)).settings.severity for team in ("ops", "web")}
    assert severity == {"ops": "off", "web": "info"}
