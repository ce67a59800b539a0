import pytest

from steward_sandbox.jira import Actor, fields


def boards(jira, **params):
    return jira.http.get("/rest/agile/1.0/board", params=params).json()


def keys(jira, what, board=1, **params):
    found, token = [], None
    while True:
        answer = jira.http.get(
            f"/rest/software/1.0/board/{board}/{what}",
            params={**params, **({"nextPageToken": token} if token else {})},
        )
        assert answer.status_code == 200, answer.text
        found += [issue["key"] for issue in answer.json()["issues"]]
        token = answer.json().get("nextPageToken")
        assert answer.json()["isLast"] is (token is None)
        if token is None:
            return found


def test_every_project_but_a_service_desk_has_a_board(serve, world_of):
    jira = serve(world_of(service_desk=["OPS"]))
    assert [(b["name"], b["type"]) for b in boards(jira)["values"]] == [("PAY board", "scrum")]
    jira = serve(world_of(kanban=["OPS"]))
    assert [b["type"] for b in boards(jira)["values"]] == ["scrum", "kanban"]
    assert boards(jira, type="kanban")["total"] == 1
    assert boards(jira, projectKeyOrId="OPS")["values"][0]["location"]["projectKey"] == "OPS"
    assert boards(jira, maxResults=500)["maxResults"] == 50


def test_a_board_tells_its_columns_its_points_field_and_its_rank_field(serve, world_of):
    jira = serve(world_of(kanban=["OPS"]))
    config = jira.http.get("/rest/agile/1.0/board/1/configuration").json()
    assert config["estimation"]["field"]["fieldId"] == fields.POINTS
    assert config["ranking"]["rankCustomFieldId"] == 10019
    assert [column["name"] for column in config["columnConfig"]["columns"]] == ["To Do", "In Progress", "Done"]
    assert config["columnConfig"]["columns"][-1]["statuses"][0]["id"] == "10002"
    kanban = jira.http.get("/rest/agile/1.0/board/2/configuration").json()
    assert "estimation" not in kanban
    assert kanban["subQuery"]
    bare = serve(world_of(absent_fields=["Story Points"]))
    assert bare.http.get("/rest/agile/1.0/board/1/configuration").json()["estimation"] == {"type": "none"}


def test_the_filter_of_a_board_is_shared_and_can_be_searched(jira):
    saved = jira.http.get("/rest/agile/1.0/board/1/configuration").json()["filter"]
    assert jira.http.get(f"/rest/api/3/filter/{saved['id']}").json()["jql"] == "project = PAY ORDER BY Rank ASC"
    assert jira.found(f"filter = {saved['id']}") == jira.found("project = PAY")
    assert jira.search("filter = 9").status_code == 400
    assert jira.http.get("/rest/api/3/filter/9").status_code == 404


def test_sprints_come_by_state_and_kanban_has_none(serve, world_of):
    jira = serve(world_of(kanban=["OPS"]))
    path = "/rest/agile/1.0/board/1/sprint"
    page = jira.http.get(path).json()
    assert [(s["name"], s["state"]) for s in page["values"]] == [
        ("Sprint 1", "closed"),
        ("Sprint 2", "active"),
        ("Sprint 3", "future"),
    ]
    assert page["values"][1]["goal"] == "Pay, later"
    assert "startDate" not in page["values"][2]
    some = jira.http.get(path, params={"state": "active,future", "maxResults": 1}).json()
    assert (some["values"][0]["name"], some["isLast"]) == ("Sprint 2", False)
    refused = jira.http.get("/rest/agile/1.0/board/2/sprint")
    assert (refused.status_code, refused.json()["errorMessages"]) == (400, ["The board does not support sprints"])
    assert jira.http.get("/rest/agile/1.0/sprint/2").json()["originBoardId"] == 1
    assert jira.http.get("/rest/agile/1.0/sprint/99").status_code == 404


def test_a_board_has_all_but_epics_in_their_order_and_the_backlog_what_is_not_planned(jira):
    assert keys(jira, "issue") == ["PAY-1", "PAY-2", "PAY-3", "PAY-4", "PAY-6"]
    assert keys(jira, "backlog") == ["PAY-2", "PAY-6"]
    Actor(jira.world, "Kim Berg").rank("PAY-6", before="PAY-2")
    assert keys(jira, "backlog", maxResults=1) == ["PAY-6", "PAY-2"]
    assert keys(jira, "issue", jql="labels = tax") == ["PAY-3"]


def test_lists_of_a_board_may_bring_ids_alone(jira):
    bare = jira.http.get("/rest/software/1.0/board/1/issue", params={"fields": "id"}).json()["issues"][0]
    assert bare == {"id": "10000"}


def test_issues_are_ranked_before_or_after_another_in_the_order_given(jira):
    rank = "/rest/agile/1.0/issue/rank"
    body = {"issues": ["PAY-6", "PAY-3"], "rankBeforeIssue": "PAY-1", "rankCustomFieldId": 10019}
    assert jira.http.put(rank, json=body).status_code == 204
    assert keys(jira, "issue")[:3] == ["PAY-6", "PAY-3", "PAY-1"]
    assert jira.http.put(rank, json={"issues": ["PAY-6"], "rankAfterIssue": "PAY-4"}).status_code == 204
    assert keys(jira, "issue")[-1] == "PAY-6"
    assert jira.found("project = PAY order by Rank")[0] == "PAY-3"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"issues": [], "rankAfterIssue": "PAY-1"}, 400),
        ({"issues": ["PAY-2"] * 51, "rankAfterIssue": "PAY-1"}, 400),
        ({"issues": ["PAY-2"]}, 404),
        ({"issues": ["PAY-2"], "rankAfterIssue": "PAY-2"}, 400),
        ({"issues": ["PAY-2"], "rankAfterIssue": "PAY-1", "rankCustomFieldId": 3}, 400),
        ({"issues": ["PAY-2"], "rankAfterIssue": "NOPE-1"}, 404),
    ],
)
def test_a_rank_that_makes_no_sense_is_refused(jira, body, status):
    order = [issue.key for issue in jira.world.ordered()]
    assert jira.http.put("/rest/agile/1.0/issue/rank", json=body).status_code == status
    assert [issue.key for issue in jira.world.ordered()] == order


def test_ranking_needs_a_permission(serve):
    jira = serve(denied={"*": frozenset({"SCHEDULE_ISSUES"})})
    body = {"issues": ["PAY-6"], "rankBeforeIssue": "PAY-1"}
    assert jira.http.put("/rest/agile/1.0/issue/rank", json=body).status_code == 403
