import pytest

from steward_sandbox.jira import Actor, fields


def test_an_issue_has_the_shape_that_recorded_issues_have(jira):
    found = jira.issue("PAY-1", expand="names,schema,changelog,editmeta,transitions")
    shown = found["fields"]
    assert shown["issuetype"]["hierarchyLevel"] == 0
    assert shown["status"]["statusCategory"]["key"] == "indeterminate"
    assert shown["parent"]["fields"]["issuetype"]["name"] == "Epic"
    assert [child["key"] for child in shown["subtasks"]] == ["PAY-6"]
    assert shown["issuelinks"][0]["outwardIssue"]["key"] == "PAY-3"
    assert shown["assignee"]["displayName"] == "Ana Silva"
    assert "emailAddress" not in shown["assignee"]
    assert [s["state"] for s in shown[fields.SPRINT]] == ["closed", "active"]
    assert shown[fields.SPRINT][1]["startDate"] == "2024-04-29T00:00:00.000Z"
    assert shown[fields.RANK] == jira.world.issue("PAY-1").rank
    assert shown[fields.EPIC_LINK] == "PAY-5"
    assert shown[fields.POINTS] == 8.0
    assert shown[fields.CRITERIA]["content"][0]["type"] == "taskList"
    assert shown[fields.FLAGGED] is None
    assert sum(value is None for value in shown.values()) > 40
    assert jira.issue("PAY-3")["fields"]["issuelinks"][0]["inwardIssue"]["key"] == "PAY-1"
    assert jira.issue("PAY-2")["fields"][fields.FLAGGED][0]["value"] == "Impediment"


def test_fields_are_listed_with_their_kind(jira):
    listed = {field["id"]: field for field in jira.http.get("/rest/api/3/field").json()}
    customs = {f["name"]: f["schema"]["custom"] for f in listed.values() if f["custom"]}
    assert customs["Story Points"].endswith(":float")
    assert customs["Story point estimate"].endswith(":jsw-story-points")
    assert customs["Rank"].endswith(":gh-lexo-rank")
    assert customs["Flagged"].endswith(":multicheckboxes")
    assert customs["Acceptance Criteria"].endswith(":textarea")
    assert len(customs) > 40


def test_fields_that_a_site_has_not_got_are_nowhere(serve, world_of):
    jira = serve(world_of(absent_fields=["WSJF", "Rank"]))
    assert "WSJF" not in {field["name"] for field in jira.http.get("/rest/api/3/field").json()}
    assert fields.RANK not in jira.issue("PAY-1")["fields"]
    assert jira.search("project = PAY order by Rank").json()["errorMessages"] == [
        "Not able to sort using field 'Rank'."
    ]
    answer = jira.http.put("/rest/api/3/issue/PAY-1", json={"fields": {fields.WSJF: 3}})
    assert fields.WSJF in answer.json()["errors"]


def test_only_the_paged_priorities_tell_which_is_the_default(jira):
    assert all("isDefault" not in priority for priority in jira.http.get("/rest/api/3/priority").json())
    page = jira.http.get("/rest/api/3/priority/search").json()
    assert [priority["name"] for priority in page["values"] if priority["isDefault"]] == ["Medium"]


def test_projects_tell_their_kind(serve, world_of):
    jira = serve(world_of(service_desk=["OPS"]))
    found = jira.http.get("/rest/api/3/project/search").json()["values"]
    assert [(p["key"], p["projectTypeKey"]) for p in found] == [("PAY", "software"), ("OPS", "service_desk")]
    one = jira.http.get("/rest/api/3/project/search", params={"maxResults": 1}).json()
    assert (one["isLast"], one["nextPage"].endswith("startAt=1&maxResults=1")) == (False, True)
    assert jira.http.get("/rest/api/3/project/PAY").json()["components"][0]["name"] == "Checkout"
    assert jira.http.get("/rest/api/3/project/NOPE").status_code == 404
    assert len(jira.http.get("/rest/api/3/project").json()) == 2


def test_change_logs_in_bulk_go_on_over_pages_and_may_be_filtered(serve):
    jira = serve()
    kim = Actor(jira.world, "Kim Berg")
    for n in range(5):
        kim.edit("PAY-2", title=f"Title {n}")
        kim.edit("PAY-3", points=n + 10)
    path = "/rest/api/3/changelog/bulkfetch"
    histories, token = [], None
    while True:
        body = {"issueIdsOrKeys": ["PAY-3", "PAY-2"], "maxResults": 3} | ({"nextPageToken": token} if token else {})
        page = jira.http.post(path, json=body).json()
        histories += [
            (log["issueId"], entry["id"]) for log in page["issueChangeLogs"] for entry in log["changeHistories"]
        ]
        token = page.get("nextPageToken")
        if token is None:
            break
    assert len(histories) == len(set(histories)) == 10
    only = jira.http.post(path, json={"issueIdsOrKeys": ["PAY-2", "PAY-3"], "fieldIds": ["summary"]}).json()
    assert [log["issueId"] for log in only["issueChangeLogs"]] == [str(jira.world.issue("PAY-2").id)]
    for wrong in (
        {"issueIdsOrKeys": []},
        {"issueIdsOrKeys": ["PAY-2"], "maxResults": 10_001},
        {"issueIdsOrKeys": ["PAY-2"], "fieldIds": [str(n) for n in range(11)]},
        {"issueIdsOrKeys": ["PAY-2"], "nextPageToken": "?"},
    ):
        assert jira.http.post(path, json=wrong).status_code == 400


def test_change_logs_in_bulk_may_give_times_as_numbers(serve):
    jira = serve(epoch_changelogs=True)
    page = jira.raw.post("/rest/api/3/changelog/bulkfetch", json={"issueIdsOrKeys": ["PAY-1"]}).json()
    assert page["issueChangeLogs"][0]["changeHistories"][0]["created"] == 1714381200000


def test_comments_come_in_pages_in_either_order_without_properties(jira):
    kim = Actor(jira.world, "Kim Berg")
    for n in range(105):
        kim.comment("PAY-2", f"Comment {n}", properties={"mark": n})
    path = "/rest/api/3/issue/PAY-2/comment"
    page = jira.http.get(path, params={"maxResults": 5000, "expand": "properties"}).json()
    assert (len(page["comments"]), page["total"], page["maxResults"]) == (100, 105, 100)
    assert "properties" not in page["comments"][0]
    newest = jira.http.get(path, params={"orderBy": "-created", "maxResults": 1}).json()
    assert newest["comments"][0]["created"] > page["comments"][-1]["created"]
    assert len(jira.http.get(path, params={"startAt": 100}).json()["comments"]) == 5
    one = page["comments"][3]
    assert jira.http.get(f"{path}/{one['id']}").json() == one
    assert jira.http.get(f"/rest/api/3/issue/PAY-1/comment/{one['id']}").status_code == 404


def test_comments_by_their_ids_bring_their_properties_and_those_gone_are_missing(jira):
    kim = Actor(jira.world, "Kim Berg")
    one = kim.comment("PAY-2", "One", properties={"mark": {"a": 1}}).id
    two = kim.comment("PAY-3", "Two").id
    path = "/rest/api/3/comment/list"
    page = jira.http.post(path, params={"expand": "properties"}, json={"ids": [two, one, 1]}).json()
    assert [(c["id"], c["properties"]) for c in page["values"]] == [
        (str(one), [{"key": "mark", "value": {"a": 1}}]),
        (str(two), []),
    ]
    assert "properties" not in jira.http.post(path, json={"ids": [one]}).json()["values"][0]
    kim.delete_comment(two)
    assert jira.http.post(path, json={"ids": [one, two]}).json()["total"] == 1
    assert jira.http.post(path, json={"ids": []}).status_code == 400
    assert jira.http.post(path, json={"ids": list(range(1001))}).status_code == 400


@pytest.mark.parametrize("path", ["/rest/api/3/nonsense", "/rest/agile/1.0/board/77", "/nowhere", "/browse/NOPE-1"])
def test_what_the_sandbox_has_not_got_is_not_found(jira, path):
    answer = jira.http.get(path)
    assert answer.status_code == 404
    assert set(answer.json()) == {"errorMessages", "errors"}


def test_a_verb_that_does_not_fit_is_refused(jira):
    assert jira.http.delete("/rest/api/3/myself").status_code == 404


def test_who_asked_what_is_remembered(jira):
    jira.http.get("/rest/api/3/myself")
    jira.http.put("/rest/api/3/issue/PAY-2", json={"fields": {"summary": "x"}})
    assert [tuple(call) for call in jira.app.calls] == [
        ("GET", "/rest/api/3/myself", 200),
        ("PUT", "/rest/api/3/issue/PAY-2", 204),
    ]
