import base64

import pytest

from steward_sandbox.jira import Actor, Lag


def many(count, project="PAY"):
    return "\n".join(
        f'{{"key": "{project}-{n}", "title": "Item {n}", "created": "2024-01-{1 + n % 28:02}T08:00:00Z", '
        f'"points": {n % 5}}}'
        for n in range(1, count + 1)
    )


def test_without_fields_an_issue_is_its_id_alone(jira):
    answer = jira.search("project = OPS").json()
    assert answer == {"issues": [{"id": str(jira.world.issue("OPS-1").id)}], "isLast": True}


def test_an_empty_result_is_the_last_page(jira):
    assert jira.search("labels = nothing").json() == {"issues": [], "isLast": True}


@pytest.mark.parametrize("size", [1, 2, 3, 5, 6, 7, 100])
def test_every_issue_comes_exactly_once_over_all_pages(jira, size):
    keys = jira.found("project in (PAY, OPS) order by updated", maxResults=size)
    assert sorted(keys) == sorted(issue.key for issue in jira.world.issues.values())


def test_an_exact_page_boundary_is_the_last_page(jira):
    answer = jira.search("project = PAY", maxResults=6).json()
    assert len(answer["issues"]) == 6
    assert answer["isLast"] is True
    assert "nextPageToken" not in answer


def test_ids_come_in_thousands_and_anything_more_in_hundreds(serve, world_of):
    jira = serve(world_of(many(250)))
    assert len(jira.search("project = PAY", maxResults=5000).json()["issues"]) == 250
    assert len(jira.search("project = PAY", maxResults=5000, fields=["id", "key"]).json()["issues"]) == 250
    answer = jira.search("project = PAY", maxResults=5000, fields=["summary"]).json()
    assert (len(answer["issues"]), answer["isLast"]) == (100, False)
    assert len(jira.search("project = PAY", fields=["summary"]).json()["issues"]) == 50
    assert len(jira.found("project = PAY order by created desc", maxResults=100)) == 250


@pytest.mark.parametrize("size", [0, -1, 5001])
def test_a_page_size_outside_1_to_5000_is_refused(jira, size):
    assert jira.search("project = PAY", maxResults=size).status_code == 400
    assert jira.http.get("/rest/api/3/search/jql", params={"jql": "project=PAY", "maxResults": size}).status_code == 400


def first_token(jira, jql="project = PAY order by created", **more):
    return jira.search(jql, maxResults=2, **{"fields": ["summary"], **more}).json()["nextPageToken"]


def test_a_token_belongs_to_its_query_and_its_fields(jira):
    token = first_token(jira)
    assert jira.search("project = PAY order by created", fields=["summary"], nextPageToken=token).status_code == 200
    assert jira.search("project = PAY order by updated", fields=["summary"], nextPageToken=token).status_code == 400
    assert jira.search("project = PAY order by created", fields=["status"], nextPageToken=token).status_code == 400


@pytest.mark.parametrize("token", ["BOGUS", "====", "é", base64.urlsafe_b64encode(b"[1,2,3]").decode()])
def test_a_token_that_was_never_given_is_refused(jira, token):
    assert jira.search("project = PAY", nextPageToken=token).status_code == 400


def test_an_issue_that_changes_between_two_pages_moves_to_the_end_and_none_is_lost(jira):
    first = jira.search("project = PAY order by updated", fields=["summary"], maxResults=3).json()
    seen = [issue["key"] for issue in first["issues"]]
    Actor(jira.world, "Kim Berg").edit(seen[-1], title="Changed in between")
    rest = jira.search(
        "project = PAY order by updated", fields=["summary"], maxResults=5, nextPageToken=first["nextPageToken"]
    ).json()
    later = [issue["key"] for issue in rest["issues"]]
    assert later[-1] == seen[-1]
    assert len(later) == 4
    assert {*seen, *later} == {i.key for i in jira.world.issues.values() if i.project == "PAY"}


def test_a_post_reads_its_body_only_and_nothing_it_does_not_know(jira):
    path = "/rest/api/3/search/jql"
    body = {"jql": "project = PAY"}
    assert len(jira.http.post(path, params={"maxResults": 1}, json=body).json()["issues"]) == 6
    assert jira.http.post(path, params={"jql": "project = PAY"}, json={}).status_code == 400
    for wrong in (
        {"startAt": 0},
        {"expand": ["names"]},
        {"fields": "summary"},
        {"maxResults": "many"},
        {"maxResults": True},
        {"jql": []},
        {"reconcileIssues": ["x"]},
    ):
        assert jira.http.post(path, json=body | wrong).status_code == 400, wrong
    assert jira.http.post(path, content=b"{", headers={"Content-Type": "application/json"}).status_code == 400
    assert jira.http.post(path, content=b"[]", headers={"Content-Type": "application/json"}).status_code == 400
    assert jira.http.post(path).status_code == 400


def test_lists_in_the_address_may_be_repeated_or_joined(jira):
    path = "/rest/api/3/search/jql?jql=key%20%3D%20PAY-1"
    one = jira.http.get(f"{path}&fields=summary&fields=status").json()
    assert one == jira.http.get(f"{path}&fields=summary,status").json()
    assert set(one["issues"][0]["fields"]) == {"summary", "status"}


def test_unknown_fields_are_silently_absent_and_some_can_be_left_out(jira):
    def names(*fields):
        return set(jira.search("key = PAY-1", fields=list(fields)).json()["issues"][0]["fields"])

    assert names("summary", "customfield_99999", "nonsense") == {"summary"}
    assert "comment" in names("*all")
    assert "comment" not in names("*navigable")
    assert names("*all") - names("*all", "-comment", "-description") == {"comment", "description"}


def test_at_most_five_properties_and_fifty_reconciled_issues_can_be_asked_for(jira):
    assert jira.search("project = PAY", properties=list("abcdef")).status_code == 400
    assert jira.search("project = PAY", reconcileIssues=list(range(51))).status_code == 400


def test_a_list_cuts_change_logs_at_40_newest_and_comments_at_20(jira):
    kim = Actor(jira.world, "Kim Berg")
    for n in range(45):
        kim.edit("PAY-2", title=f"Title {n}")
    for n in range(25):
        kim.comment("PAY-2", f"Comment {n}")
    for answer in (
        jira.search("key = PAY-2", fields=["comment"], expand="changelog"),
        jira.bulk("PAY-2", fields=["comment"], expand=["changelog"]),
    ):
        issue = answer.json()["issues"][0]
        log, comments = issue["changelog"], issue["fields"]["comment"]
        assert (len(log["histories"]), log["total"]) == (40, 45)
        assert log["histories"][0]["items"][0]["toString"] == "Title 44"
        assert (len(comments["comments"]), comments["total"]) == (20, 25)
    whole = jira.issue("PAY-2", expand="changelog")
    assert len(whole["changelog"]["histories"]) == 45
    assert len(whole["fields"]["comment"]["comments"]) == 25


def test_the_count_is_of_bounded_queries_only(jira):
    def count(jql):
        return jira.http.post("/rest/api/3/search/approximate-count", json={"jql": jql})

    assert count("project = PAY").json() == {"count": 6}
    assert count("order by key").status_code == 400


def test_times_in_queries_are_local_to_the_caller_and_answers_local_to_the_site(jira):
    me = jira.http.get("/rest/api/3/myself").json()
    assert me["timeZone"] == "America/Los_Angeles"
    assert jira.issue("PAY-2", fields="updated")["fields"]["updated"] == "2024-05-02T01:30:00.000+0200"
    assert "PAY-2" not in jira.found('project = PAY and updated >= "2024-05-01 23:30"')
    assert "PAY-2" in jira.found('project = PAY and updated >= "2024-05-01 16:30"')
    assert "PAY-2" in jira.found("project = PAY and updated >= 1714606200000")
    assert "PAY-2" not in jira.found("project = PAY and updated > 1714606200000")


def test_a_late_index_shows_issues_as_they_were(serve, clock):
    jira = serve(search_lag=Lag(seconds=30))
    kim = Actor(jira.world, "Kim Berg")
    clock.advance(minutes=1)
    kim.edit("PAY-2", title="New", labels=["fresh"])
    made = kim.create("PAY", "Just now")
    kim.delete("PAY-3")
    assert jira.found("labels = fresh") == []
    assert "PAY-3" in jira.found("project = PAY")
    assert made.key not in jira.found("project = PAY")
    shown = jira.search("key = PAY-2", fields=["summary"]).json()["issues"][0]
    assert shown["fields"]["summary"] == "Show the price before tax"
    assert jira.issue("PAY-2")["fields"]["summary"] == "New"
    assert [i["key"] for i in jira.bulk("PAY-2", "PAY-3", made.key).json()["issues"]] == ["PAY-2", made.key]
    clock.advance(seconds=31)
    assert jira.found("labels = fresh") == ["PAY-2"]
    assert "PAY-3" not in jira.found("project = PAY")


def test_an_index_can_be_late_by_a_number_of_changes(serve):
    jira = serve(search_lag=Lag(changes=2))
    kim = Actor(jira.world, "Kim Berg")
    for label in ("a", "b", "c"):
        kim.edit("PAY-2", labels=[label])
    assert (jira.found("labels = a"), jira.found("labels = c")) == (["PAY-2"], [])


def test_named_issues_are_seen_as_they_are_however_late_the_index(serve):
    jira = serve(search_lag=Lag(changes=100), flicker=0.999)
    kim = Actor(jira.world, "Kim Berg")
    kim.edit("PAY-2", labels=["fresh"])
    kim.edit("PAY-3", labels=["fresh"])
    number = jira.world.issue("PAY-2").id
    found = jira.search("labels = fresh", fields=["summary"], reconcileIssues=[number]).json()["issues"]
    assert [issue["key"] for issue in found] == ["PAY-2"]


def test_a_new_position_may_be_seen_later_than_an_edit(serve):
    jira = serve(rank_lag=Lag(changes=50))
    kim = Actor(jira.world, "Kim Berg")
    before = jira.found("project = PAY order by Rank")
    kim.rank("PAY-5", before="PAY-1")
    kim.edit("PAY-5", labels=["fresh"])
    assert jira.found("labels = fresh") == ["PAY-5"]
    assert jira.found("project = PAY order by Rank") == before
    number = jira.world.issue("PAY-5").id
    assert jira.found("project = PAY order by Rank", reconcileIssues=[number])[0] == "PAY-5"


def test_issues_flicker_by_the_same_dice_and_never_end_the_pages_early(serve, world_of):
    def seen(seed):
        jira = serve(world_of(many(120)), flicker=0.2, seed=seed)
        return jira.found("project = PAY order by created", maxResults=10)

    first = seen(3)
    assert first == seen(3)
    assert first != seen(4)
    assert 70 < len(first) < 115


def test_bulk_answers_come_by_id_and_leave_out_what_is_not_there(jira):
    refs = ["PAY-5", "pay-1", "NOPE-1", "99999", str(jira.world.issue("PAY-3").id), "PAY-1"]
    answer = jira.bulk(*refs, fields=["summary"]).json()
    assert [issue["key"] for issue in answer["issues"]] == ["PAY-1", "PAY-3", "PAY-5"]
    assert answer["issueErrors"] == []


def test_issues_in_trouble_are_reported_and_come_on_asking_again(jira):
    jira.world.unsettle("PAY-1", times=2)
    for _ in range(2):
        answer = jira.bulk("PAY-1", "PAY-2").json()
        assert [issue["key"] for issue in answer["issues"]] == ["PAY-2"]
        assert [error["id"] for error in answer["issueErrors"]] == [str(jira.world.issue("PAY-1").id)]
    assert len(jira.bulk("PAY-1", "PAY-2").json()["issues"]) == 2


def test_a_bulk_read_takes_100_issues_or_1000_of_few_plain_fields(serve, world_of):
    jira = serve(world_of(many(150)))
    refs = [str(number) for number in jira.world.issues]
    assert len(jira.bulk(*refs, client=jira.raw, fields=["summary", "status"]).json()["issues"]) == 150
    assert jira.bulk(*refs).status_code == 400
    assert jira.bulk(*refs, fields=["summary", "comment"]).status_code == 400
    assert jira.bulk(*refs, fields=["summary"], expand=["changelog"]).status_code == 400
    assert jira.bulk(*refs[:100], client=jira.raw, fields=["*all"], expand=["changelog"]).status_code == 200
    assert jira.bulk().status_code == 400


def test_expand_is_a_list_in_bulk_reads(jira):
    assert jira.bulk("PAY-1", expand="changelog").status_code == 400
    assert "changelog" in jira.bulk("PAY-1", expand=["changelog"]).json()["issues"][0]


def test_hidden_and_deleted_issues_look_the_same_everywhere(jira):
    kim = Actor(jira.world, "Kim Berg")
    comment = kim.comment("PAY-2", "Hello").id
    kim.hide("PAY-2")
    kim.delete("PAY-3")
    assert {"PAY-2", "PAY-3"}.isdisjoint(jira.found("project = PAY"))
    assert jira.bulk("PAY-2", "PAY-3").json() == {"issues": [], "issueErrors": []}
    one, two = (jira.http.get(f"/rest/api/3/issue/{key}") for key in ("PAY-2", "PAY-3"))
    assert (one.status_code, one.json()) == (two.status_code, two.json()) == (404, one.json())
    assert jira.http.post("/rest/api/3/comment/list", json={"ids": [comment]}).json()["values"] == []
    assert jira.http.post("/rest/api/3/changelog/bulkfetch", json={"issueIdsOrKeys": ["PAY-2"]}).json() == {
        "issueChangeLogs": []
    }
    for path in ("changelog", "comment", "editmeta", "properties", "transitions"):
        assert jira.http.get(f"/rest/api/3/issue/PAY-2/{path}").status_code == 404
    kim.unhide("PAY-2")
    assert "PAY-2" in jira.found("project = PAY")


def test_the_key_before_a_move_answers_with_the_new_one(jira):
    number = jira.world.issue("PAY-2").id
    Actor(jira.world, "Kim Berg").move("PAY-2", "OPS")
    assert (jira.issue("PAY-2")["key"], jira.issue("PAY-2")["id"]) == ("OPS-2", str(number))
    assert jira.bulk("PAY-2", str(number), fields=["project"]).json()["issues"][0]["key"] == "OPS-2"
    assert "OPS-2" not in jira.found("project = PAY")


def test_the_older_version_gives_texts_as_wiki(jira):
    assert jira.issue("PAY-1", version=2)["fields"]["description"].endswith("h3. Acceptance criteria\n* one\n* two")
    assert jira.issue("PAY-1")["fields"]["description"]["type"] == "doc"
    found = jira.http.post("/rest/api/2/search/jql", json={"jql": "key = PAY-1", "fields": ["description"]}).json()
    assert isinstance(found["issues"][0]["fields"]["description"], str)
    assert jira.http.get("/rest/api/4/myself").status_code == 404
