"""Teams that share a tracker: which items are theirs, and how `steward doctor` shows it."""

import pytest

from support import backlogs
from sync.inspect.team_check import team_checks
from sync.store.backlogs import load_backlog

TEAMS = {"cards": {"component": "Cards"}, "web": {"component": ["Web", "Portal"]}}
BACKLOG = backlogs.SMALL + "".join(
    f'{{"key": "PAY-{number}", "title": "Item {number}", "components": ["{component}"], "created": "2024-03-05", '
    f'"status": "{status}"{more}}}\n'
    for number, component, status, more in (
        (11, "Cards", "To Do", ""),
        (12, "Portal", "To Do", ""),
        (13, "Cards", "To Do", ""),
        (14, "Cards", "Done", ', "resolved": "2024-04-20"'),
    )
)


def test_items_have_the_team_that_is_configured(desk_of, clock):
    desk = desk_of(BACKLOG)
    desk.configure(teams=TEAMS)
    desk.pull()
    with desk.database.reading() as transaction:
        backlog = load_backlog(
            transaction, "team", clock().replace(year=2023), teams=desk.configuration.settings.team_map
        )
    teams = {item.key: item.team for item in (*backlog.items, *backlog.finished)}
    assert {key: team for key, team in teams.items() if team != "team"} == {
        "PAY-11": "cards",
        "PAY-12": "web",
        "PAY-13": "cards",
        "PAY-14": "cards",
    }


def test_doctor_lists_the_items_of_each_team_and_warns_of_those_in_none(desk_of):
    desk = desk_of(BACKLOG)
    desk.configure(teams=TEAMS)
    desk.pull()
    with desk.database.reading() as transaction:
        checks = list(team_checks(transaction, "team", desk.configuration.settings.team_map))
    assert [(check.status.value, check.message.partition(". ")[0].rstrip(".")) for check in checks] == [
        ("good", "Team cards: 2 open items (PAY-11, PAY-13)"),
        ("good", "Team web: 1 open item (PAY-12)"),
        ("warning", "In no team: 5 open items (PAY-1, PAY-2, PAY-3, PAY-4, PAY-5)"),
    ]


def test_an_override_for_a_team_is_for_its_items(desk_of):
    desk = desk_of(BACKLOG)
    off = {"missing-acceptance-criteria": "off"}
    desk.configure(teams=TEAMS, rules={"overrides": [{"where": {"team": "cards"}, "rules": off}]})
    desk.pull()
    flagged = {status.finding.key for status in desk.round().statuses if status.finding.rule in off}
    assert "PAY-12" in flagged
    assert not flagged & {"PAY-11", "PAY-13"}


@pytest.mark.on_jira
def test_jiras_team_field_and_boards_are_read_where_a_team_names_them(desk_of):
    desk = desk_of()
    team_field = desk.world.site.fields.named("Team").id
    desk.world.issue("PAY-4").custom[team_field] = {"id": "4-1", "name": "Core Team", "title": "Core Team"}
    desk.pull()
    assert desk.item("PAY-4").team_field is None, "it is not needed yet"
    [board] = desk.item("PAY-1").boards
    desk.configure(teams={"core": {"team_field": "core team"}, "sprinters": {"board": board}})
    desk.pull()
    teams = desk.configuration.settings.team_map
    found = {key: teams.find_team(desk.item(key)) for key in ("PAY-1", "PAY-4", "PAY-5")}
    assert found == {"PAY-1": "sprinters", "PAY-4": "core", "PAY-5": "team"}
