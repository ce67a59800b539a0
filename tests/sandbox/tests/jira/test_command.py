"""`steward sandbox jira`, as somebody starts it."""

import re
import subprocess
import sys

import httpx
import pytest
from typer.testing import CliRunner

from steward_sandbox.commands.sandbox import app
from steward_sandbox.jira import JiraCloud, JiraDataCenter

BACKLOG = '{"key": "PAY-1", "title": "Pay in instalments", "created": "2024-03-01T09:00:00Z"}\n'


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "backlog.jsonl"
    path.write_text(BACKLOG)
    return str(path)


def test_it_serves_a_backlog_on_a_free_port(file):
    command = [sys.executable, "-m", "sync.cli", "sandbox", "jira", "--backlog", file, "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        try:
            said = ""
            while "http://" not in said or not said.endswith("\n"):
                line = server.stderr.readline()
                assert line, said
                said += line
            url = re.search(r"http://[\d.:]+", said)[0]
            assert httpx.get(f"{url}/rest/api/2/serverInfo", timeout=30).json()["deploymentType"] == "Cloud"
        finally:
            server.terminate()


@pytest.mark.parametrize(("asked", "kind"), [("cloud", JiraCloud), ("data-center", JiraDataCenter)])
def test_it_is_the_jira_that_was_asked_for(file, asked, kind, monkeypatch):
    served = []
    monkeypatch.setattr("steward_sandbox.commands.sandbox.serve_forever", lambda app, _port, **_: served.append(app))
    result = CliRunner().invoke(app, ["jira", "--backlog", file, "--flavour", asked])
    assert result.exit_code == 0, result.output
    assert [type(site) for site in served] == [kind]


def test_a_file_or_a_fault_that_cannot_be_read_is_wrong_usage(file):
    for wrong in (["--backlog", f"{file}.none"], ["--backlog", file, "--fault", "nonsense"]):
        assert CliRunner().invoke(app, ["jira", *wrong]).exit_code == 2
