"""An admin's first steps: `init` tries the answers and writes files that work at once; `doctor` says what is missing."""

import json

import pytest
from end_to_end.command_line import run_here as steward

TOKEN = "kept-secret-token"


@pytest.fixture
def begun(at_desk, tmp_path):
    """A folder in which `init` was run for the desk's Jira."""
    folder = tmp_path / "new"
    folder.mkdir()
    done = steward(
        *("init", "--url", at_desk.proxy.url, "--email", "steward@example.com", "--scope", "project = PAY"),
        cwd=folder,
        JIRA_TOKEN=TOKEN,
    )
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def test_init_writes_files_that_work_at_once_and_hold_no_secret(begun, at_desk):
    folder, said = begun
    assert "Signed in as" in said
    assert "6 items are in the scope" in said
    written = {path.name: path.read_text(encoding="utf-8") for path in (folder / "config").iterdir()}
    schemas = {"steward.schema.json", "rules.schema.json", "wording.schema.json"}
    assert written.keys() == {"steward.yaml", "rules.yaml", *schemas}
    assert TOKEN not in "".join(written.values())
    for name in ("steward", "rules"):
        assert f"$schema={name}.schema.json" in written[f"{name}.yaml"], "an editor finds the schema beside the file"
    for name in schemas:
        assert json.loads(written[name])["properties"]
    planned = steward("plan", cwd=folder, JIRA_TOKEN=TOKEN)
    assert planned.returncode == 0, planned.stderr
    assert "PAY-1" in planned.stdout
    applied = steward("apply", cwd=folder, JIRA_TOKEN=TOKEN)
    assert "Shadow mode" in applied.stdout
    assert at_desk.ours() == {}


def test_init_writes_over_nothing(begun, at_desk):
    folder, _ = begun
    again = steward(
        *("init", "--url", at_desk.proxy.url, "--email", "a@example.com", "--scope", "project = PAY"),
        cwd=folder,
        JIRA_TOKEN=TOKEN,
    )
    assert again.returncode == 2
    assert "--force" in again.stderr


def test_a_token_that_is_not_set_is_named(begun):
    folder, _ = begun
    done = steward("plan", cwd=folder, JIRA_TOKEN="")
    assert done.returncode == 2
    assert "JIRA_TOKEN" in done.stderr
    assert "Traceback" not in done.stderr


def test_doctor_finds_a_healthy_site_healthy_and_an_unhealthy_one_not(begun, at_desk):
    folder, _ = begun
    found = steward("doctor", "--json", cwd=folder, JIRA_TOKEN=TOKEN)
    checks = json.loads(found.stdout)
    assert found.returncode == 0, [check for check in checks if check["verdict"] == "bad"]
    assert len({check["id"] for check in checks}) == len(checks) > 5
    assert any("own" in check["said"] or "names" in check["id"] for check in checks)
    bad = steward("doctor", cwd=folder, JIRA_TOKEN="wrong")
    assert bad.returncode in (2, 3)
    assert "Traceback" not in bad.stderr


@pytest.mark.parametrize(
    ("site", "options"),
    [
        ("azure services", ("--kind", "azure-devops", "--project", "PAY", "--token-variable", "JIRA_TOKEN")),
        ("jira data center", ("--email", "", "--scope", "project = PAY")),
    ],
)
def test_every_kind_of_tracker_can_be_begun_with(new_desk, tmp_path, site, options):
    folder = tmp_path / "new"
    folder.mkdir()
    with new_desk(site) as desk:
        url = desk.proxy.url + getattr(desk.site.app, "base_path", "")
        done = steward("init", "--url", url, *options, cwd=folder, JIRA_TOKEN=TOKEN)
        assert done.returncode == 0, done.stderr
        planned = steward("plan", cwd=folder, JIRA_TOKEN=TOKEN)
        assert planned.returncode == 0, planned.stderr
        assert "PAY-1" in planned.stdout or "Refund a card payment" in planned.stdout


def test_without_a_configuration_one_is_told_where_to_begin(tmp_path):
    done = steward("plan", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == (
        "steward: No config/steward.yaml or steward.yaml found. "
        "Run `steward init` to create one, or use --config FILE.\n"
    )
