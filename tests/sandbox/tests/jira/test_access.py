import httpx
import pytest


def test_anybody_may_ask_what_server_this_is(serve):
    jira = serve(auth=None)
    for version in (2, 3):
        info = jira.http.get(f"/rest/api/{version}/serverInfo").json()
        assert info["deploymentType"] == "Cloud"
        assert info["serverTime"] == "2024-05-06T10:00:00.000+0200"
        assert info["baseUrl"] == jira.url
    assert jira.http.get("/_edge/tenant_info").json() == {"cloudId": jira.world.site.cloud_id}


@pytest.mark.parametrize(
    "auth", [("steward@example.com", "wrong"), ("steward@example.com", ""), httpx.BasicAuth("no-colon-here", "wrong")]
)
def test_a_wrong_token_is_refused(serve, auth):
    answer = serve(auth=auth).http.get("/rest/api/3/myself")
    assert answer.status_code == 401
    assert answer.json()["status-code"] == 401
    assert answer.headers["X-Seraph-LoginReason"] == "AUTHENTICATED_FAILED"
    assert "WWW-Authenticate" in answer.headers


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Basic bm9jb2xvbg==", "Basic /w=="])
def test_a_broken_credential_is_refused(serve, header):
    answer = serve(auth=None).http.get("/rest/api/3/myself", headers={"Authorization": header})
    assert answer.status_code == 401


def test_without_a_credential_answers_are_empty_instead_of_refused(serve):
    jira = serve(auth=None)
    assert jira.search("project = PAY").json() == {"issues": [], "isLast": True}
    assert jira.bulk("PAY-1").json() == {"issues": [], "issueErrors": []}
    assert jira.http.get("/rest/api/3/project/search").json()["values"] == []
    assert jira.http.get("/rest/api/3/issue/PAY-1").status_code == 404
    assert not any(field["custom"] for field in jira.http.get("/rest/api/3/field").json())
    assert jira.http.get("/rest/agile/1.0/board").json()["values"] == []
    answer = jira.http.get("/rest/api/3/myself")
    assert answer.status_code == 401
    assert "X-AAccountId" not in answer.headers


def test_without_a_credential_nothing_can_be_written(serve, doc):
    jira = serve(auth=None)
    assert jira.comment("PAY-1").status_code == 401
    assert jira.http.put("/rest/api/3/issue/PAY-1", json={"fields": {"summary": "x"}}).status_code == 401
    assert jira.http.put("/rest/api/3/issue/PAY-1/properties/a", json=1).status_code == 401
    rank = {"issues": ["PAY-1"], "rankAfterIssue": "PAY-2"}
    assert jira.http.put("/rest/agile/1.0/issue/rank", json=rank).status_code == 401


def test_every_answer_to_a_known_caller_names_their_account(jira):
    answer = jira.http.get("/rest/api/3/field")
    assert answer.headers["X-AAccountId"] == jira.http.get("/rest/api/3/myself").json()["accountId"]


def test_a_caller_may_be_a_person_of_the_backlog(serve):
    me = serve(auth=("ana.silva@example.com", "x")).http.get("/rest/api/3/myself").json()
    assert me["displayName"] == "Ana Silva"
    other = serve(auth=("backlog-steward+bot@example.com", "x")).http.get("/rest/api/3/myself").json()
    assert (other["displayName"], other["accountType"]) == ("Backlog Steward Bot", "atlassian")


def test_a_scoped_token_works_at_the_gateway_only(serve):
    jira = serve(auth=("steward@example.com", "scoped"), scoped_tokens=frozenset({"scoped"}))
    gateway = f"/ex/jira/{jira.world.site.cloud_id}"
    assert jira.http.get("/rest/api/3/myself").status_code == 401
    assert jira.http.get(f"{gateway}/rest/api/3/myself").status_code == 200
    issue = jira.http.get(f"{gateway}/rest/api/3/issue/PAY-1").json()
    assert issue["self"] == f"{jira.url}/rest/api/3/issue/{issue['id']}"
    assert jira.http.get("/ex/jira/another-cloud/rest/api/3/myself").status_code == 404


def test_permissions_are_told_one_by_one_and_must_be_named(serve):
    jira = serve(denied={"OPS": frozenset({"EDIT_ISSUES"})}, not_admin_in=frozenset({"PAY"}))

    def have(name, **where):
        answer = jira.http.get("/rest/api/3/mypermissions", params={"permissions": name, **where})
        return answer.json()["permissions"][name]["havePermission"]

    assert have("EDIT_ISSUES", projectKey="PAY")
    assert not have("EDIT_ISSUES", projectKey="OPS")
    assert not have("EDIT_ISSUES", issueKey="OPS-1")
    assert not have("ADMINISTER_PROJECTS", projectKey="PAY")
    assert have("ADMINISTER_PROJECTS", projectId="10001")
    assert not have("EDIT_ALL_COMMENTS", projectKey="PAY")
    path = "/rest/api/3/mypermissions"
    assert jira.http.get(path).status_code == 400
    assert jira.http.get(path, params={"permissions": "FLY"}).status_code == 400
    assert jira.http.get(path, params={"permissions": "EDIT_ISSUES", "projectKey": "NOPE"}).status_code == 404


def test_a_project_that_callers_may_not_browse_is_not_there(serve):
    jira = serve(denied={"OPS": frozenset({"BROWSE_PROJECTS"})})
    assert [p["key"] for p in jira.http.get("/rest/api/3/project/search").json()["values"]] == ["PAY"]
    assert jira.http.get("/rest/api/3/issue/OPS-1").status_code == 404
    assert jira.found("project in (PAY, OPS) order by key")[0] == "PAY-1"
