import pytest
from jira import JIRA, JIRAError

from steward_sandbox.jira import fields


@pytest.fixture
def client(serve):
    served = serve()
    client = JIRA(server=served.url, basic_auth=("steward@example.com", "token"))
    client.sandbox = served
    yield client
    client.close()


@pytest.fixture
def client_v3(serve):
    served = serve()
    client = JIRA(server=served.url, basic_auth=("steward@example.com", "token"), options={"rest_api_version": "3"})
    client.sandbox = served
    yield client
    client.close()


def test_it_takes_the_sandbox_for_a_cloud_site(client):
    assert client.deploymentType == "Cloud"
    assert client._is_cloud
    assert client.myself()["displayName"] == "Steward"
    assert client.server_info()["versionNumbers"] == [1001, 0, 0]


def test_it_searches_one_page_or_all(client):
    everything = sorted(issue.key for issue in client.sandbox.world.issues.values())
    assert len(client.enhanced_search_issues("project = PAY", maxResults=2)) == 2
    found = client.search_issues("project in (PAY, OPS)", maxResults=0)
    assert sorted(issue.key for issue in found) == everything
    assert found[0].fields.summary == "Rotate the keys"
    posted = client.enhanced_search_issues("project = PAY order by Rank", use_post=True, fields=["summary"])
    assert [issue.key for issue in posted][:2] == ["PAY-1", "PAY-2"]
    assert client.approximate_issue_count("project = PAY") == 6


def test_it_pages_with_tokens_in_its_own_loop(client):
    keys, token = [], None
    while True:
        page = client.enhanced_search_issues(
            "project = PAY order by key", nextPageToken=token, maxResults=4, fields=["key"], json_result=True
        )
        keys += [issue["key"] for issue in page["issues"]]
        token = page.get("nextPageToken")
        if not token:
            break
    assert keys == [f"PAY-{n}" for n in range(1, 7)]


def test_it_reads_an_issue_with_its_people_and_links(client):
    issue = client.issue("PAY-1", expand="changelog")
    assert issue.fields.status.statusCategory.key == "indeterminate"
    assert issue.fields.assignee.displayName == "Ana Silva"
    assert issue.fields.issuelinks[0].outwardIssue.key == "PAY-3"
    assert issue.fields.parent.key == "PAY-5"
    assert issue.changelog.histories[0].items[0].toString == "In Progress"
    assert issue.permalink() == f"{client.sandbox.url}/browse/PAY-1"


def test_it_edits_fields_and_labels_quietly(client):
    issue = client.issue("PAY-2")
    issue.update(fields={"summary": "New", fields.WSJF: 2.5}, update={"labels": [{"add": "x"}]}, notify=False)
    assert (issue.fields.summary, issue.fields.labels) == ("New", ["x"])
    issue.add_field_value("labels", "y")
    stored = client.sandbox.world.issue("PAY-2")
    assert (stored.labels, stored.custom[fields.WSJF]) == (("x", "y"), 2.5)
    assert [mail.about for mail in client.sandbox.world.mails] == ["edit"]


def test_it_comments_edits_and_deletes(client):
    made = client.add_comment("PAY-2", "h3. Hello\n* there")
    assert [comment.body for comment in client.comments("PAY-2")] == ["h3. Hello\n* there"]
    made.update(body="Changed", notify=False)
    assert client.comment("PAY-2", made.id).body == "Changed"
    made.delete()
    assert client.comments("PAY-2") == []


def test_it_comments_with_documents_on_version_3(client_v3, doc):
    made = client_v3.add_comment("PAY-2", doc("Hello"))
    assert made.raw["body"]["content"][0]["content"] == [{"type": "text", "text": "Hello"}]
    with pytest.raises(JIRAError) as refused:
        client_v3.add_comment("PAY-2", "text")
    assert refused.value.status_code == 400


def test_it_lists_fields_projects_boards_and_sprints(client):
    assert {"Story Points", "Rank"} <= {field["name"] for field in client.fields()}
    assert client.project("PAY").name == "Project PAY"
    assert [project.key for project in client.projects()] == ["PAY", "OPS"]
    assert [board.name for board in client.boards(maxResults=0)] == ["PAY board", "OPS board"]
    assert [sprint.name for sprint in client.sprints(1, state="active")] == ["Sprint 2"]
    assert client.sprint(3).state == "future"
    assert [priority.name for priority in client.priorities()][2] == "Medium"
    assert "Done" in [status.name for status in client.statuses()]
    assert "Story" in [kind.name for kind in client.issue_types()]
    assert [resolution.name for resolution in client.resolutions()] == ["Done", "Fixed"]


def test_it_ranks_transitions_creates_and_marks(client):
    client.rank("PAY-6", next_issue="PAY-1")
    assert client.sandbox.world.ordered()[0].key == "PAY-6"
    client.transition_issue("PAY-2", "In Progress")
    assert client.issue("PAY-2").fields.status.name == "In Progress"
    assert client.editmeta("PAY-2")["fields"]["labels"]["operations"] == ["add", "set", "remove"]
    client.add_issue_property("PAY-2", "mark", {"a": 1})
    assert client.issue_property("PAY-2", "mark").value.a == 1
    made = client.create_issue(project="PAY", summary="By hand", issuetype={"name": "Bug"})
    assert made.key == "PAY-7"
    assert client.my_permissions(projectKey="PAY", permissions="EDIT_ISSUES")["permissions"]


def test_it_logs_watches_votes_assigns_and_links(client):
    me = client.myself()["accountId"]
    assert client.user(me).displayName == "Steward"
    assert client.add_worklog("PAY-2", timeSpent="1h 30m").timeSpentSeconds == 5400
    client.add_watcher("PAY-2", me)
    assert client.watchers("PAY-2").watchCount == 1
    client.remove_watcher("PAY-2", me)
    client.add_vote("PAY-2")
    assert client.votes("PAY-2").votes == 1
    client.assign_issue("PAY-2", "Kim Berg")
    assert client.issue("PAY-2").fields.assignee.displayName == "Kim Berg"
    client.assign_issue("PAY-2", None)
    assert client.issue("PAY-2").fields.assignee is None
    client.create_issue_link("Blocks", "PAY-2", "PAY-3")
    assert "Blocks" in [kind.name for kind in client.issue_link_types()]
    assert client.issue("PAY-2").fields.issuelinks[0].outwardIssue.key == "PAY-3"
    assert [issue.key for issue in client.search_issues("summary ~ refund")] == ["PAY-3"]


def test_it_understands_what_is_refused(client):
    with pytest.raises(JIRAError) as missing:
        client.issue("NOPE-1")
    assert (missing.value.status_code, missing.value.text) == (
        404,
        "Issue does not exist or you do not have permission to see it.",
    )
    with pytest.raises(JIRAError, match="Unbounded JQL"):
        client.enhanced_search_issues("order by key")
    with pytest.raises(JIRAError) as wrong:
        client.issue("PAY-2").update(fields={fields.POINTS: "three"})
    assert wrong.value.response.json()["errors"] == {fields.POINTS: "Operation value must be a number"}


def test_a_wrong_token_is_told_apart(serve):
    served = serve()
    client = JIRA(server=served.url, basic_auth=("steward@example.com", "wrong"), get_server_info=False, max_retries=0)
    with pytest.raises(JIRAError) as refused:
        client.myself()
    assert refused.value.status_code == 401
    client.close()
