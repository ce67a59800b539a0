"""`steward sandbox jira`, as somebody starts it."""

import re
import subprocess
import sys

import httpx
import pytest

BACKLOG = '{"key": "PAY-1", "title": "Pay in instalments", "created": "2024-03-01T09:00:00Z"}\n'


@pytest.mark.parametrize(("asked", "kind"), [([], "Cloud"), (["--flavour", "data-center"], "Server")])
def test_it_serves_a_backlog_as_the_jira_that_was_asked_for(tmp_path, asked, kind):
    file = tmp_path / "backlog.jsonl"
    file.write_text(BACKLOG)
    command = [sys.executable, "-m", "sync.cli", "sandbox", "jira", "--backlog", str(file), "--port", "0", *asked]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        try:
            said = ""
            while "http://" not in said or not said.endswith("\n"):
                line = server.stderr.readline()
                assert line, said
                said += line
            url = re.search(r"http://[\d.:]+", said)[0]
            assert httpx.get(f"{url}/rest/api/2/serverInfo").json()["deploymentType"] == kind
        finally:
            server.terminate()
