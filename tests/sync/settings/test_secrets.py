"""Secrets come from where they are kept and are shown nowhere."""

import os
import stat

import pytest

from connectors.redaction import redact
from sync.settings import load, notes_about_secrets
from sync.settings.secrets import expand, resolve

FILE = """\
trackers:
  pay:
    url: https://a.example
    email: steward@example.com
    token: {token}
    scope: project = ${{STEWARD_TEST_PROJECT}} AND labels = "${{STEWARD_TEST_PROJECT}}-x"
slack: {{token: "${{STEWARD_TEST_SLACK}}"}}
store: postgresql+psycopg://steward:hunter2-of-the-store@db.example/steward
"""


@pytest.fixture
def loaded(tmp_path, monkeypatch):
    monkeypatch.setenv("STEWARD_TEST_PROJECT", "PAY")
    monkeypatch.setenv("STEWARD_TEST_SLACK", "xoxb-hunter2-of-slack")

    def make(token):
        (tmp_path / "steward.yaml").write_text(FILE.format(token=token))
        return load(tmp_path / "steward.yaml").settings

    return make


def test_a_token_may_come_from_the_environment_with_white_space_around_it(loaded, monkeypatch):
    monkeypatch.setenv("STEWARD_TEST_TOKEN", "hunter2-of-jira\n")
    settings = loaded("${STEWARD_TEST_TOKEN}")
    assert settings.trackers["pay"].token.get_secret_value() == "hunter2-of-jira"
    assert settings.trackers["pay"].scope == 'project = PAY AND labels = "PAY-x"'


def test_an_unchanged_file_is_read_with_the_variables_of_now(loaded, monkeypatch):
    assert loaded("hunter2").trackers["pay"].scope.startswith("project = PAY ")
    monkeypatch.setenv("STEWARD_TEST_PROJECT", "OPS")
    assert loaded("hunter2").trackers["pay"].scope.startswith("project = OPS ")


def test_a_token_may_come_from_a_file(loaded, tmp_path):
    (tmp_path / "secret").write_text("hunter2-of-jira\n")
    settings = loaded(f"file:{tmp_path}/secret")
    assert settings.trackers["pay"].token.get_secret_value() == "hunter2-of-jira"


def test_a_token_may_come_from_a_program(loaded, tmp_path):
    script = tmp_path / "vault"
    script.write_text('#!/bin/sh\necho "  hunter2 of $1  "\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    settings = loaded(f"command:{script} 'two words'")
    assert settings.trackers["pay"].token.get_secret_value() == "hunter2 of two words"


def test_no_secret_is_in_what_is_printed_of_the_settings(loaded):
    settings = loaded("hunter2-of-jira")
    shown = repr(settings) + str(settings) + repr(settings.trackers["pay"]) + repr(settings.slack)
    assert "hunter2" not in shown
    assert "steward@example.com" in shown


def test_what_was_read_as_a_secret_is_masked_from_then_on(loaded):
    loaded("hunter2-of-jira-and-nowhere-else")
    assert "hunter2" not in redact("the token hunter2-of-jira-and-nowhere-else was refused")


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("${A}", "1"),
        ("x${A}y${B}z", "x1y22z"),
        ("$A and {A} and $${A}", "$A and {A} and $1"),
        ("${A", "${A"),
        ("${1A}", "${1A}"),
        ("", ""),
    ],
)
def test_names_in_braces_are_filled_in_and_nothing_else(monkeypatch, text, filled):
    monkeypatch.setenv("A", "1")
    monkeypatch.setenv("B", "22")
    assert expand(text) == filled


def test_what_is_filled_in_is_not_read_again(monkeypatch):
    monkeypatch.setenv("A", "${B}")
    monkeypatch.setenv("B", "no")
    assert expand("${A}") == "${B}"


def test_a_program_that_never_ends_is_given_up(monkeypatch):
    monkeypatch.setattr("sync.settings.secrets._TIMEOUT_SECONDS", 0.2)
    with pytest.raises(ValueError, match=r"The command `sleep` failed: it did not end within 0.2 seconds"):
        resolve("command:sleep 30")


def test_a_secret_as_it_stands_is_itself():
    assert resolve("hunter2-as-it-stands") == "hunter2-as-it-stands"


def test_files_are_looked_for_in_the_home_of_whoever_runs_it(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "token").write_text("hunter2-of-home")
    assert resolve("file:~/token") == "hunter2-of-home"
    assert os.environ["HOME"] == str(tmp_path)


def test_a_file_is_relative_to_the_configuration_and_may_have_a_byte_order_mark(loaded, tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    (tmp_path / "secret").write_bytes(b"\xef\xbb\xbfhunter2-of-jira\r\n")
    assert loaded("file:secret").trackers["pay"].token.get_secret_value() == "hunter2-of-jira"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("sh -c 'echo hunter2; exit 7'", "The command `sh` failed: exit code 7"),
        ("sh -c 'kill -9 $$'", "The command `sh` failed: ended by signal 9"),
        ("no-such-program-here", "The command `no-such-program-here` failed: No such file"),
        ("sh -c 'printf \"\\377\"'", "The command `sh` failed: its output is not UTF-8 text"),
        ("sh 'unfinished", "The command `sh` failed: it is not a command line"),
    ],
)
def test_a_command_that_fails_says_how(command, said):
    with pytest.raises(ValueError, match="The command") as caught:
        resolve(f"command:{command}")
    assert str(caught.value).startswith(said)
    assert "hunter2" not in str(caught.value)


def test_a_password_of_the_page_in_the_file_itself_is_noted(tmp_path, good):
    file = tmp_path / "steward.yaml"
    file.write_text(
        good.replace("a-token-of-the-team", "command:echo hunter2") + "page_password: hunter2-of-the-page\n"
    )
    [note] = notes_about_secrets(load(file))
    assert note.startswith(f"{file}: page_password: The secret is in the file itself.")
    assert "hunter2" not in note
