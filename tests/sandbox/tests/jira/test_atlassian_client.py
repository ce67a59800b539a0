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
    kim = client.sandbox.world.site.accounts.named("Kim Berg").id
    client.assign_issue("PAY-2", account_id=kim)
    assert client.sandbox.world.issue("PAY-2").assignee == kim
    made = client.create_issue({"project": {"key": "PAY"}, "summary": "By hand", "issuetype": {"name": "Bug"}})
    assert made["key"] == "PAY-7"


def test_it_watches_logs_and_links(client):
    kim = client.sandbox.world.site.accounts.named("Kim Berg").id
    client.issue_add_watcher("PAY-2", kim)
    assert client.issue_get_watchers("PAY-2")["watchCount"] == 1
    client.issue_worklog("PAY-2", "2024-05-06T08:00:00.000+0000", 3600)
    assert client.issue_get_worklog("PAY-2")["worklogs"][0]["timeSpentSeconds"] == 3600
    assert "Blocks" in {kind["name"] for kind in client.get_issue_link_types()}
    client.create_issue_link(
        {"type": {"name": "Blocks"}, "inwardIssue": {"key": "PAY-2"}, "outwardIssue": {"key": "PAY-3"}}
    )
    assert client.sandbox.world.issue("PAY-2").links
    with pytest.raises(HTTPError):
        client.issue("NOPE-1")
