"""With `--json`, a command that fails prints one JSON document as well; help, completion and the check of a configuration."""

import json

import pytest
from end_to_end.command_line import run_here

NEEDS_CONFIGURATION = (
    *(("doctor",), ("who", "ana"), ("pull",), ("plan",), ("apply",), ("once",), ("undo", "--all"), ("report",)),
    *(("confirm-gone", "pay"), ("adopt",), ("explain", "PAY-1"), ("preview", "PAY-1"), ("status",), ("rounds",)),
    *(("audit",), ("waive", "PAY-1", "unranked-item"), ("snooze", "PAY-1"), ("wrong", "PAY-1", "unranked-item")),
    *(("resume", "PAY-1"), ("decide", "PAY-1", "no", "--reason", "x"), ("decisions",), ("check-config", "none.yaml")),
    *(("rules", "check", "none.yaml"), ("rules", "promote", "unranked-item")),
)
TRACKER = """\
trackers:
  pay: {{kind: jira, url: https://example.atlassian.net, email: a@example.com, token: "{token}", scope: project = PAY}}
rules: rules.yaml
"""


def failed(folder, *words):
    done = run_here(*words, "--json", cwd=folder)
    document = json.loads(done.stdout)
    assert done.returncode == document["exit_code"] != 0
    assert done.stderr, "people read it as well"
    return document


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.delenv("STEWARD_CONFIG", raising=False)
    monkeypatch.setenv("PAY_TOKEN", "t0ken")
    (tmp_path / "rules.yaml").write_text("extends: [scrum]\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def configured(folder):
    def configure(more="", token="${PAY_TOKEN}"):
        (folder / "steward.yaml").write_text(TRACKER.format(token=token) + more, encoding="utf-8")
        return folder

    return configure


@pytest.mark.parametrize("words", NEEDS_CONFIGURATION, ids=" ".join)
def test_an_error_is_a_document(folder, words):
    document = failed(folder, *words)
    assert document["exit_code"] == 2
    assert any("steward init" in error or "none.yaml" in error for error in document["errors"])


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("plan", "--bogus"), "No such option: --bogus"),
        (("undo",), "Choose one of --round"),
        (("plann",), "Did you mean 'plan'"),
        (("rules", "show", "nonsense"), 'Unknown rule "nonsense"'),
    ],
)
def test_wrong_usage_is_a_document(folder, words, error):
    assert error in failed(folder, *words)["errors"][0]


def test_a_command_that_printed_its_document_prints_no_second_one(configured):
    folder = configured()
    (folder / "steward.yaml").write_text(
        (folder / "steward.yaml").read_text().replace("https://example.atlassian.net", "http://127.0.0.1:9")
    )
    done = run_here("plan", "--json", cwd=folder)
    assert done.returncode == 3
    [result] = json.loads(done.stdout)
    assert "127.0.0.1" in result["trouble"]


@pytest.mark.parametrize("words", [("-h",), ("plan", "-h"), ("rules", "show", "-h")])
def test_help_in_short(tmp_path, words):
    done = run_here(*words, cwd=tmp_path)
    assert done.returncode == 0
    assert "Usage: steward" in done.stdout


@pytest.mark.parametrize(
    ("line", "completed"),
    [("steward conf", "confirm-gone"), ("steward plan --bu", "--budget"), ("steward rules pr", "promote")],
)
def test_the_shell_completes_commands_and_options(tmp_path, line, completed):
    words = {"COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
    done = run_here(cwd=tmp_path, _STEWARD_COMPLETE="complete_bash", **words)
    assert done.stdout.split() == [completed]


@pytest.mark.parametrize("store", ["postgres://steward:s3cret@db/steward", "postgresql://steward:s3cret@db/steward"])
def test_an_address_of_postgresql_without_its_driver_is_corrected(configured, store):
    [error] = failed(configured(f"store: {store}\n"), "check-config", "steward.yaml")["errors"]
    assert error.startswith('steward.yaml:4:8: store: Write "postgresql+psycopg://" instead of')
    assert "s3cret" not in error


def test_secrets_that_others_can_read_are_said(configured):
    def notes(token):
        done = run_here("check-config", "steward.yaml", "--json", cwd=configured(token=token))
        assert done.returncode == 0
        return json.loads(done.stdout)["notes"]

    assert notes("${PAY_TOKEN}") == []
    [note] = notes("t0ken")
    assert "trackers.pay.token: The secret is in the file itself" in note
    assert "t0ken" not in note
    secret = configured() / "secret"
    secret.write_text("t0ken\n", encoding="utf-8")
    secret.chmod(0o644)
    [note] = notes("file:secret")
    assert "Everybody on this machine can read secret. Run `chmod 600 secret`." in note
    secret.chmod(0o640)
    assert notes("file:secret") == []


def test_a_configuration_is_checked_without_the_variables_of_its_secrets(configured):
    folder = configured(token="${STEWARD_NO_SUCH_TOKEN}")
    done = run_here("check-config", "steward.yaml", "--json", cwd=folder)
    checked = json.loads(done.stdout)
    assert (done.returncode, checked["valid"]) == (0, True)
    assert "trackers.pay.token: The environment variable STEWARD_NO_SUCH_TOKEN is not set." in checked["notes"][0]
    assert run_here("doctor", "--config", "steward.yaml", cwd=folder).returncode == 2
