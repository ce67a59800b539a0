"""The client `atlassian-python-api`, unmodified."""

import pytest
from atlassian import Jira
from requests import HTTPError

from steward_sandbox.jira import fields


@pytest.fixture
def client(serve):
    served = serve()
    client = Jira(url=served.url, username="steward@example.com", password="token", cloud=True)
    client.sandbox = served
    yield client
    client.close()


def test_it_searches_and_reads(client):
    found = client.enhanced_jql("project = PAY order by key", fields="summary", limit=100)
    assert [issue["key"] for issue in found["issues"]] == [f"PAY-{n}" for n in range(1, 7)]
    assert client.issue("PAY-1")["fields"]["assignee"]["displayName"] == "Ana Silva"
    assert client.issue_field_value("PAY-1", "summary") == "Pay in instalments"
    assert client.myself()["displayName"] == "Steward"
    assert {"Story Points", "Rank"} <= {field["name"] for field in client.get_all_fields()}
    assert "PAY" in {project["key"] for project in client.projects()}


def test_it_edits_comments_and_moves(client):
    client.update_issue_field("PAY-2", {fields.WSJF: 2.5})
    client.issue_add_comment("PAY-2", "Hello")
    client.set_issue_status("PAY-2", "In Progress")
    stored = client.sandbox.world.issue("PAY-2")
    assert (stored.custom[fields.WSJF], stored.status, len(stored.comments)) == (2.5, "In Progress", 1)
    made = client.create_issue({"project": {"key": "PAY"}, "summary": "By hand", "issuetype": {"name": "Bug"}})
    assert made["key"] == "PAY-7"


def test_it_reads_link_types_and_understands_refusals(client):
    assert "Blocks" in {kind["name"] for kind in client.get_issue_link_types()}
    with pytest.raises(HTTPError):
        client.issue("NOPE-1")
