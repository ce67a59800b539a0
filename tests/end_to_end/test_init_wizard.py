"""`steward init` asks again after an answer that does not work, and asks nothing that it can know."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from support.no_back_off import no_back_off
from sync.cli import app

_OTHER_PROJECT = {"key": "OPS-1", "title": "Rotate the keys", "created": "2025-11-09T09:00:00Z"}


@pytest.fixture
def two_projects(new_desk):
    """A Jira Cloud with a second project."""
    with new_desk("jira cloud", _OTHER_PROJECT) as desk:
        yield desk


def add_team(desk, name):
    """Add a team without areas of its own to the project PAY."""
    collection = desk.site.app.world.collection
    collection.add_team(collection.find_project("PAY"), name)


@pytest.fixture
def init(tmp_path, monkeypatch):
    """Answers the questions of `init` in an empty folder; the result, and the steward.yaml."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sync.cli.init_wizard.system_time_zone", lambda: "Europe/Vienna")
    monkeypatch.delenv("JIRA_TOKEN", raising=False)
    monkeypatch.delenv("AZURE_DEVOPS_TOKEN", raising=False)
    monkeypatch.setattr("sync.cli.init_wizard.log_to_stderr", lambda **_: None)

    def run(*answers, options=()):
        with no_back_off():
            result = CliRunner().invoke(app, ["init", *options], input="".join(f"{answer}\n" for answer in answers))
        file = tmp_path / "config" / "steward.yaml"
        written = YAML(typ="safe").load(file) if file.exists() else None
        return result, written

    return run


def test_a_jira_with_mistakes(init, two_projects, tmp_path, monkeypatch):
    url = two_projects.proxy.url
    result, written = init(
        "my jira",  # no address
        f"{url.removeprefix('http://')}/browse/PAY-3",  # no HTTPS there
        f"{url}/jira/projects",  # of Jira Cloud: /jira is no context path here
        "",  # Jira Cloud needs an e-mail address
        "steward@example.com",
        "wrong",
        "steward@example.com",
        "t0ken",
        "project = NOPE",
        "pay",
        "Europe/Viena",
        "",
        "#payments-refinement",
        "y",
    )
    assert result.exit_code == 0, result.output
    for said in (
        '"https://my jira" is not a web address',
        "does not use HTTPS on this port",
        "the token was refused",
        "This account sees these projects:\n  PAY  Project PAY\n  OPS",
        "Jira rejected the scope `project = NOPE`",
        "6 items are in the scope",
        'Unknown time zone "Europe/Viena". Did you mean "Europe/Vienna"?',
        "export SLACK_BOT_TOKEN=",
    ):
        assert said in result.output, said
    assert "t0ken" not in result.output
    section = {"kind": "jira", "url": url, "email": "steward@example.com", "scope": "project = PAY"}
    assert written["trackers"] == {"pay": {**section, "token": "${JIRA_TOKEN}"}}
    assert written["write"]["fields"] == {"wsjf": "WSJF"}
    assert written["rules"] == "rules.yaml"
    assert written["schedule"]["timezone"] == "Europe/Vienna"
    assert written["slack"]["reports"] == [{"channel": "#payments-refinement"}]
    monkeypatch.setenv("JIRA_TOKEN", "t0ken")
    monkeypatch.delenv("SLACK_BOT_TOKEN", raising=False)
    assert CliRunner().invoke(app, ["plan"]).exit_code == 0
    examined = CliRunner().invoke(app, ["doctor"])
    assert examined.exit_code == 2
    assert "pay.connect" in examined.output
    assert "note  pay.note" in examined.output
    assert "No finished item is in the scope `project = PAY`" in examined.output
    assert "Slack's token is missing. The environment variable SLACK_BOT_TOKEN is not set." in examined.output
    sending = CliRunner().invoke(app, ["report"])
    assert "SLACK_BOT_TOKEN is not set" in str(sending.exception)
    (tmp_path / "config" / "rules.yaml").unlink()
    checked = CliRunner().invoke(
        app, ["check-config", "config/steward.yaml"], env={"JIRA_TOKEN": "x", "SLACK_BOT_TOKEN": "y"}
    )
    assert "rules: File not found: config/rules.yaml" in str(checked.exception)


def test_a_site_whose_address_does_not_tell_is_asked_for_its_kind(init, two_projects, new_desk):
    result, _ = init(two_projects.proxy.url)
    assert "Is it jira" not in result.output
    assert "E-mail address of the service account" in result.output
    with new_desk("azure services") as desk:
        result, _ = init(f"{desk.proxy.url}/fabrikam/PAY")
    assert "Is it jira or azure-devops? [azure-devops]" in result.output


def test_an_azure_devops_by_a_link_to_its_board(init, new_desk):
    with new_desk("azure services") as desk:
        url = desk.proxy.url + "/fabrikam"
        link = f"{url}/PAY/_boards/board/t/PAY%20Team/Stories"
        result, written = init(link, "wrong", "t0ken", "", "")
    assert result.exit_code == 0, result.output
    assert "the token was refused" in result.output
    assert "Name of the project" not in result.output  # the account sees only one
    [(name, section)] = written["trackers"].items()
    assert name == "pay"
    assert section["kind"] == "azure-devops"
    assert (section["url"], section["project"], section["team"]) == (url, "PAY", "PAY Team")
    assert "slack" not in written


def test_a_scope_without_items_is_only_kept_when_meant(init, two_projects):
    empty = "project = PAY AND type = Nothing"
    options = ("--url", two_projects.proxy.url, "--email", "a@example.com", "--token-variable", "PAY_TOKEN")
    answers = ("t0ken", "project = PAY AND created > 2030-01-01", "n", "PAY", "", "")
    result, written = init(*answers, options=options)
    assert result.exit_code == 0, result.output
    assert "The scope contains no items. Keep it?" in result.output
    assert written["trackers"]["pay"]["scope"] == "project = PAY"
    assert empty not in result.output


def test_with_options_alone_nothing_is_asked_and_an_error_is_final(init, at_desk, monkeypatch):
    monkeypatch.setenv("JIRA_TOKEN", "wrong")
    options = ("--url", f"{at_desk.proxy.url}/browse/PAY-1", "--email", "a@example.com")
    result, written = init(options=(*options, "--scope", "PAY"))
    assert (result.exit_code, written) == (2, None)
    assert "the token was refused" in result.output
    monkeypatch.setenv("JIRA_TOKEN", "t0ken")
    result, written = init(options=(*options, "--scope", "PAY"))
    assert result.exit_code == 0, result.output
    assert "add to `write` in steward.yaml: fields: {wsjf: WSJF}" in result.output
    assert "fields" not in written["write"]
    assert written["trackers"]["pay"]["url"] == at_desk.proxy.url
    assert written["schedule"]["timezone"] == "Europe/Vienna"


def test_an_address_of_either_kind_is_asked_about_again(init, new_desk, monkeypatch):
    with new_desk("azure services") as desk:
        url = desk.proxy.url + "/fabrikam"
        result, written = init(url, "", "azure", "t0ken", "PAY", "", "")
        assert result.exit_code == 0, result.output
        assert written["trackers"]["pay"]["kind"] == "azure-devops"
        assert written["trackers"]["pay"]["url"] == url
        monkeypatch.setenv("AZURE_DEVOPS_TOKEN", "t0ken")
        result, _ = init(url, "", "PAY", "", "", options=("--force",))
    assert "Is it jira or azure-devops? [azure-devops]" in result.output
    assert result.exit_code == 0, result.output


def test_a_refused_token_of_the_environment_is_replaced_and_a_first_report_shown(init, at_desk, monkeypatch, tmp_path):
    monkeypatch.setenv("JIRA_TOKEN", "wrong")
    url = f"{at_desk.proxy.url}/browse/PAY-1"
    addresses = ("a:b@example.com", "example.com", "https://example.com", "a@example.com")
    monkeypatch.setattr("sync.cli.init_wizard.system_time_zone", lambda: "UTC")
    result, written = init(url, *addresses, "a@example.com", "t0ken", "PAY", "", "", "", "y")
    assert result.exit_code == 0, result.output
    assert "pay: 6 items, 6 open, 6 read in this round." in result.output
    assert "The page is in config/report.html." in result.output
    assert "One of the comments, as it would be written:\nPAY-" in result.output
    assert "Asked by Backlog Steward.\n\n`steward preview PAY-" in result.output
    assert "`steward plan` shows all" in result.output
    assert "Note: No finished item is in the scope `project = PAY`" in result.output
    assert "No finished item was read, so sizes, durations and forecasts cannot be learned." in result.output
    assert "fields" not in written["write"]  # the site has such a field, but nobody wants it to be written
    assert "PAY-1" in (tmp_path / "config" / "report.html").read_text(encoding="utf-8")
    assert not [path for method, path, _ in at_desk.proxy.seen if at_desk.site.changes(method, path)]
    assert result.output.count("is not an e-mail address") == 3
    assert "The token came from the variable JIRA_TOKEN." in result.output
    assert written["schedule"]["timezone"] == "America/Los_Angeles"  # of the account in Jira
    assert "the same as before" not in result.output
    assert "Next: `export JIRA_TOKEN=…`, `steward doctor`" in result.output


def test_options_alone_without_a_token_name_its_variable(init):
    options = ("--url", "https://example.atlassian.net", "--email", "a@example.com", "--scope", "PAY")
    result, written = init(options=options)
    assert (result.exit_code, written) == (2, None)
    assert "The variable JIRA_TOKEN is not set." in result.output
    result, written = init(options=("--url", "https://example.atlassian.net", "--email", "example.com"))
    assert (result.exit_code, written) == (2, None)
    assert '"example.com" is not an e-mail address' in result.output


def test_the_scope_of_a_link_to_a_board_is_its_filter(init, two_projects):
    board = f"{two_projects.proxy.url}/secure/RapidBoard.jspa?rapidView="
    account = ("a@example.com", "t0ken")
    result, written = init(f"{board}1", *account, "", "", "")
    assert "Board 1 shows what the filter 10001 finds: project = PAY ORDER BY Rank ASC" in result.output
    assert "6 items are in the scope.\nThe scope is: filter = 10001\n" in result.output
    assert written["trackers"]["pay"]["scope"] == "filter = 10001"
    link = f"{two_projects.proxy.url}/jira/software/c/projects/PAY/boards/9"
    result, written = init(f"{board}9", *account, f"{board}8", link, "Project  PAY", "", "", options=("--force",))
    assert result.output.count("Share the board's filter with this account") == 2
    assert "The filter of board 9 cannot be read, so the scope is the whole project: project = PAY" in result.output
    assert written["trackers"]["pay"]["scope"] == "project = PAY"


def test_the_name_of_a_project_as_it_is_listed_is_an_answer(init, two_projects):
    result, written = init(two_projects.proxy.url, "jira", "a@example.com", "t0ken", "Project  PAY", "", "")
    assert "  PAY  Project PAY\n" in result.output
    assert written["trackers"]["pay"]["scope"] == "project = PAY"


def test_data_center_is_not_asked_for_an_email_address(init, new_desk):
    with new_desk("jira data center") as desk:
        result, written = init(f"{desk.proxy.url}/browse/PAY-1", "t0ken", "", "")
    assert "E-mail" not in result.output
    assert "Key of the project" not in result.output  # the account sees only one
    assert written["trackers"]["pay"]["scope"] == "project = PAY"
    assert "email" not in written["trackers"]["pay"]


@pytest.mark.parametrize(
    ("kind", "path", "options"),
    [
        ("jira cloud", "", ("--email", "a@example.com", "--scope", "PAX")),
        ("azure services", "/fabrikam", ("--kind", "azure-devops", "--project", "PAX")),
    ],
)
def test_a_wrong_project_given_as_an_option_lists_those_that_exist(init, new_desk, monkeypatch, kind, path, options):
    monkeypatch.setenv("TOKEN", "t0ken")
    with new_desk(kind) as desk:
        result, written = init(options=("--url", f"{desk.proxy.url}{path}", "--token-variable", "TOKEN", *options))
    assert (result.exit_code, written) == (2, None)
    assert "This account sees one project:\n  PAY" in result.output
    assert "of this tracker" not in result.output


def test_a_misspelled_time_zone_is_refused_with_a_suggestion(init):
    result, written = init(options=("--time-zone", "Europe/Viena"))
    assert (result.exit_code, written) == (2, None)
    assert result.output.rstrip().endswith('Did you mean "Europe/Vienna"?')


def test_an_existing_file_is_named_with_what_can_be_done(init, tmp_path):
    (tmp_path / "config").mkdir()
    for name, said in (("rules", "config/rules.yaml already exists."), ("steward", "config/rules.yaml already exist.")):
        (tmp_path / "config" / f"{name}.yaml").touch()
        result, _ = init()
        assert result.exit_code == 2
        assert said in result.output
        assert "`steward init my-team`" in result.output


def test_an_azure_devops_with_mistakes(init, new_desk):
    with new_desk("azure services", _OTHER_PROJECT) as desk:
        url = desk.proxy.url
        add_team(desk, "Blue Team")
        result, written = init(
            url,  # names no organisation
            "azure",
            "t0ken",
            "",
            f"{url}/fabrikam",
            f"{url}/fabrikam/_workitems/edit/1",  # names no project
            "PAY Team",
            f"{url}/fabrikam/PAY/_boards/board/t/Old%20Team/Stories",  # of a team that was renamed
            "blue",
            "blue team",
            "",
            "",
        )
    assert result.exit_code == 0, result.output
    for said in (
        "no organisation or collection of Azure DevOps responds at",
        'the project PAY has no team "Old Team" that this account can see. It has PAY Team, Blue Team.',
        'There is no team "blue"',
        "This link contains no project",
        'there is no project "PAY Team" that this account can see',
        "The scope is: [System.TeamProject] = ",
    ):
        assert said in result.output, said
    [section] = written["trackers"].values()
    assert (section["url"], section["project"], section["team"]) == (f"{url}/fabrikam", "PAY", "Blue Team")


def test_one_of_several_teams_is_chosen_and_the_default_is_suggested(init, new_desk, monkeypatch):
    with new_desk("azure services") as desk:
        address = f"{desk.proxy.url}/fabrikam/PAY/_backlogs"
        add_team(desk, "Blue Team")
        result, written = init(address, "t0ken", "", "", "")
        assert "This project has several teams:\n  PAY Team\n  Blue Team\n" in result.output
        assert "Team whose backlog is read [PAY Team]" in result.output
        assert written["trackers"]["pay"]["team"] == "PAY Team"
        monkeypatch.setenv("AZURE_DEVOPS_TOKEN", "t0ken")
        result, written = init(options=("--url", address, "--project", "PAY", "--kind", "azure-devops", "--force"))
        assert result.exit_code == 0, result.output
        assert "PAY has 2 teams, and `team` names none of them." in result.output
        assert "team" not in written["trackers"]["pay"]
        assert "covers PAY, team PAY Team." in CliRunner().invoke(app, ["doctor"]).output


@pytest.mark.parametrize(
    ("query_type", "link", "scope"),
    [
        ("flat", "/_queries/query/{id}/", "[System.Tags] CONTAINS 'order by' OR [System.Title] CONTAINS 'payment'"),
        ("flat", "/_queries?id={id}", "[System.Tags] CONTAINS 'order by' OR [System.Title] CONTAINS 'payment'"),
        ("tree", "/_queries/query/{id}/", None),
        ("flat", "/_queries/query/?tempQueryId={id}", None),
        ("flat", "/_queries/query/00000000-0000-0000-0000-000000000000", None),
    ],
)
def test_the_scope_of_a_link_to_a_query_is_its_condition(init, new_desk, query_type, link, scope):
    condition = "[System.Tags] CONTAINS 'order by'\n OR [System.Title] CONTAINS 'payment'"
    wiql = f"SELECT [System.Id] FROM workitems\nWHERE {condition}\nORDER BY [System.Id]"
    number = "df60fdf6-3b5f-4928-aae8-29ee63df6e31"
    with new_desk("azure services") as desk:
        query = {"id": number, "name": "Ours", "queryType": query_type, "wiql": wiql}
        desk.site.app.world.collection.queries[number] = query
        answers = ("", "") if scope else ("", "", "")
        result, written = init(f"{desk.proxy.url}/fabrikam/PAY{link.format(id=number)}", "t0ken", *answers)
    assert result.exit_code == 0, result.output
    assert written["trackers"]["pay"].get("scope") == scope
    assert ('The query "Ours" narrows the backlog of the team to: [' in result.output) == (scope is not None)
    assert ("for the whole backlog of the team" in result.output) == (scope is None)


def test_a_scope_that_azure_devops_rejects_is_named(init, new_desk, monkeypatch):
    monkeypatch.setenv("AZURE_DEVOPS_TOKEN", "t0ken")
    with new_desk("azure services") as desk:
        options = ("--kind", "azure-devops", "--url", f"{desk.proxy.url}/fabrikam", "--project", "PAY")
        refused, written = init(options=(*options, "--scope", "[System.Tags] CONTAINZ 'x'"))
        assert (refused.exit_code, written) == (2, None)
        result, written = init(options=(*options, "--scope", "[System.Tags] CONTAINS 'x'"))
        assert result.exit_code == 0, result.output
        file = Path("config/steward.yaml")
        file.write_text(file.read_text().replace("CONTAINS", "CONTAINZ"))
        examined = CliRunner().invoke(app, ["doctor"])
        assert examined.exit_code == 2
        planned = CliRunner().invoke(app, ["plan"])
    for output in (refused.output, examined.output, planned.output):
        assert "Azure DevOps rejected the scope `[System.Tags] CONTAINZ 'x'`. " in output


def test_options_are_kept_or_refused_by_the_kind_of_tracker(init, new_desk, monkeypatch):
    monkeypatch.setenv("AZURE_DEVOPS_TOKEN", "t0ken")
    scope = "[System.State] <> 'Closed'"
    with new_desk("azure services") as desk:
        options = ("--kind", "azure-devops", "--url", f"{desk.proxy.url}/fabrikam", "--project", "PAY")
        result, written = init(options=(*options, "--email", "a@example.com"))
        assert (result.exit_code, written) == (2, None)
        assert "azure-devops, which has no --email." in result.output
        result, written = init(options=(*options, "--scope", scope))
    assert result.exit_code == 0, result.output
    assert written["trackers"]["pay"]["scope"] == scope
