def test_people_watch_vote_and_log_their_time(jira):
    path = "/rest/api/3/issue/PAY-1"
    me = jira.http.get("/rest/api/3/myself").json()["accountId"]
    assert jira.http.post(f"{path}/watchers", json=me).status_code == 204
    assert jira.http.post(f"{path}/votes").status_code == 204
    made = jira.http.post(f"{path}/worklog", json={"timeSpent": "1h 30m", "started": "2024-05-06T08:00:00.000+0000"})
    assert (made.status_code, made.json()["timeSpentSeconds"]) == (201, 5400)
    watchers, votes = (jira.http.get(f"{path}/{name}").json() for name in ("watchers", "votes"))
    assert (watchers["watchCount"], watchers["isWatching"], votes["votes"], votes["hasVoted"]) == (1, True, 1, True)
    assert jira.http.get(f"{path}/worklog").json()["worklogs"] == [made.json()]
    fields = jira.issue("PAY-1")["fields"]
    assert (fields["votes"]["votes"], fields["watches"]["watchCount"], fields["timespent"]) == (1, 1, 5400)
    assert jira.http.delete(f"{path}/watchers", params={"accountId": me}).status_code == 204
    assert jira.http.delete(f"{path}/votes").status_code == 204
    assert jira.http.post(f"{path}/worklog", json={"timeSpent": "soon"}).status_code == 400


def test_an_issue_is_assigned_and_linked(jira):
    kim = jira.world.site.accounts.named("Kim Berg").id
    path = "/rest/api/3/issue/PAY-2/assignee"
    assert jira.http.put(path, json={"accountId": kim}).status_code == 204
    assert jira.world.issue("PAY-2").assignee == kim
    assert jira.http.put(path, json={"accountId": "nobody"}).status_code == 400
    assert jira.http.put(path, json={"accountId": None}).status_code == 204
    assert jira.world.issue("PAY-2").assignee is None
    kinds = jira.http.get("/rest/api/3/issueLinkType").json()["issueLinkTypes"]
    assert "Blocks" in {kind["name"] for kind in kinds}
    body = {"type": {"name": "Blocks"}, "inwardIssue": {"key": "PAY-2"}, "outwardIssue": {"key": "PAY-3"}}
    assert jira.http.post("/rest/api/3/issueLink", json=body).status_code == 201
    (link,) = jira.issue("PAY-2")["fields"]["issuelinks"]
    assert (link["type"]["outward"], link["outwardIssue"]["key"]) == ("blocks", "PAY-3")
