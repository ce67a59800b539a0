"""`steward sandbox azure-devops`, as somebody starts it."""

import re
import subprocess
import sys

import httpx
import pytest

BACKLOG = '{"key": "PAY-1", "title": "Pay in instalments", "created": "2024-03-01T09:00:00Z"}\n'


@pytest.mark.parametrize(
    ("asked", "base", "kind"),
    [
        (["--process", "cmmi"], "/fabrikam", "Requirement"),
        (["--process", "agile", "--server"], "/tfs/DefaultCollection", "User Story"),
    ],
)
def test_it_serves_a_backlog_with_the_process_it_was_asked_for(tmp_path, asked, base, kind):
    file = tmp_path / "backlog.jsonl"
    file.write_text(BACKLOG)
    command = [sys.executable, "-m", "sync.cli", "sandbox", "azure-devops", "--backlog", str(file), "--port", "0"]
    with subprocess.Popen([*command, *asked], stderr=subprocess.PIPE, text=True) as server:
        try:
            said = ""
            while "project " not in " ".join(said.split()):
                line = server.stderr.readline()
                assert line, said
                said += line
            url = re.search(r"http://\S+?(?=,|\s)", said)[0]
            assert url.endswith(base)
            answer = httpx.get(f"{url}/_apis/wit/workitems/1?api-version=7.0", auth=("", "any"), timeout=30)
            assert answer.json()["fields"]["System.WorkItemType"] == kind
        finally:
            server.terminate()


def test_a_backlog_that_cannot_be_read_is_told(tmp_path):
    file = tmp_path / "backlog.jsonl"
    file.write_text("{")
    command = [sys.executable, "-m", "sync.cli", "sandbox", "azure-devops", "--backlog", str(file), "--port", "0"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert "backlog.jsonl" in done.stderr
