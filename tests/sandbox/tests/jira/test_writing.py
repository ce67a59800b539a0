import pytest

from steward_sandbox.jira import Actor, adf_text, fields
from steward_sandbox.jira.options import WriteLimits

PATH = "/rest/api/3/issue/PAY-1"
TOO_LONG = "The entered text is too long. It exceeds the allowed limit of 32,767 characters."


def put(jira, path=PATH, params=None, **body):
    return jira.http.put(path, json=body, params=params)


def test_an_edit_changes_fields_moves_updated_and_says_nothing(jira, clock):
    clock.advance(minutes=1)
    answer = put(jira, fields={"summary": "New", fields.WSJF: 2.5, fields.MOSCOW: {"value": "Must have"}})
    assert (answer.status_code, answer.content) == (204, b"")
    issue = jira.world.issue("PAY-1")
    assert (issue.summary, issue.custom[fields.WSJF], issue.custom[fields.MOSCOW]) == ("New", 2.5, "Must have")
    assert issue.updated == clock()
    assert [item.field for item in issue.history[-1].items] == ["summary", "WSJF", "MoSCoW"]
    assert jira.issue("PAY-1")["fields"][fields.MOSCOW] == {
        "self": f"{jira.url}/rest/api/3/customFieldOption/10050",
        "value": "Must have",
        "id": "10050",
    }


def test_every_kind_of_field_can_be_set_and_emptied(jira, doc):
    account = jira.http.get("/rest/api/3/myself").json()["accountId"]
    wanted = {
        "summary": "New",
        "description": doc("Other"),
        fields.CRITERIA: doc("It works"),
        "labels": ["b", "a"],
        "priority": {"id": "1"},
        "issuetype": {"name": "Task"},
        "assignee": {"accountId": account},
        fields.POINTS: 13,
        fields.MOSCOW: {"id": "10051"},
    }
    assert put(jira, fields=wanted).status_code == 204
    issue = jira.world.issue("PAY-1")
    assert (issue.summary, issue.labels, issue.priority, issue.type) == ("New", ("b", "a"), "Highest", "Task")
    assert issue.assignee == account
    assert (issue.custom[fields.POINTS], issue.custom[fields.MOSCOW]) == (13, "Should have")
    assert adf_text.to_wiki(issue.description) == "Other"
    empty = dict.fromkeys(("description", "assignee", fields.POINTS))
    empty |= {fields.MOSCOW: None, fields.CRITERIA: None, "labels": []}
    assert put(jira, fields=empty).status_code == 204
    issue = jira.world.issue("PAY-1")
    assert (issue.description, issue.assignee, issue.labels) == (None, None, ())
    assert jira.issue("PAY-1")["fields"][fields.POINTS] is None


def test_labels_are_added_and_removed_one_by_one_and_twice_is_once(jira):
    for _ in range(2):
        changes = [{"add": "x"}, {"remove": "checkout"}, {"remove": "never-there"}]
        assert put(jira, update={"labels": changes}).status_code == 204
    assert jira.world.issue("PAY-1").labels == ("x",)
    assert sum(item.field == "labels" for entry in jira.world.issue("PAY-1").history for item in entry.items) == 1


WRONG = {
    "unknown field": ({"fields": {"customfield_99999": 1}}, "customfield_99999", "cannot be set"),
    "status by an edit": ({"fields": {"status": {"name": "Done"}}}, "status", "cannot be set"),
    "rank by an edit": ({"fields": {fields.RANK: "0|i:"}}, fields.RANK, "cannot be set"),
    "points of another kind of project": ({"fields": {fields.ESTIMATE: 3}}, fields.ESTIMATE, "cannot be set"),
    "text for a number": ({"fields": {fields.POINTS: "3"}}, fields.POINTS, "must be a number"),
    "yes for a number": ({"fields": {fields.POINTS: True}}, fields.POINTS, "must be a number"),
    "number for a text": ({"fields": {"summary": 3}}, "summary", "must be a string"),
    "empty summary": ({"fields": {"summary": " "}}, "summary", "must specify a summary"),
    "long summary": ({"fields": {"summary": "x" * 256}}, "summary", "255"),
    "summary in two lines": ({"fields": {"summary": "a\nb"}}, "summary", "newline"),
    "text for a document": ({"fields": {"description": "x"}}, "description", "must be an Atlassian Document"),
    "text for criteria": ({"fields": {fields.CRITERIA: "x"}}, fields.CRITERIA, "must be an Atlassian Document"),
    "label with a space": ({"update": {"labels": [{"add": "a b"}]}}, "labels", "contains spaces"),
    "long label": ({"update": {"labels": [{"add": "x" * 256}]}}, "labels", "255"),
    "labels that are no list": ({"fields": {"labels": "x"}}, "labels", "not an array"),
    "operations that are no list": ({"update": {"labels": {"add": "x"}}}, "labels", "not an array"),
    "unknown operation": ({"update": {"labels": [{"copy": "x"}]}}, "labels", "does not support update 'copy'"),
    "adding to one value": ({"update": {"summary": [{"add": "x"}]}}, "summary", "does not support update 'add'"),
    "unknown option": ({"fields": {fields.MOSCOW: {"value": "Perhaps"}}}, fields.MOSCOW, "is not valid"),
    "option without a name": ({"fields": {fields.MOSCOW: "Must have"}}, fields.MOSCOW, "Specify a valid"),
    "unknown priority": ({"fields": {"priority": {"name": "Urgent"}}}, "priority", "is not valid"),
    "unknown type": ({"fields": {"issuetype": {"name": "Dream"}}}, "issuetype", "is not valid"),
    "unknown person": ({"fields": {"assignee": {"name": "ana"}}}, "assignee", "does not exist"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_value_is_named_by_its_field_and_nothing_is_changed(jira, wrong):
    body, field, message = WRONG[wrong]
    before = jira.world.issue("PAY-1")
    body = {**body, "fields": {fields.WSJF: 9, **body.get("fields", {})}}
    answer = put(jira, **body)
    assert answer.status_code == 400
    assert answer.json()["errorMessages"] == []
    assert list(answer.json()["errors"]) == [field]
    assert message in answer.json()["errors"][field]
    assert jira.world.issue("PAY-1") is before


def test_a_field_may_not_stand_in_both_parts(jira):
    answer = put(jira, fields={"labels": ["a"]}, update={"labels": [{"add": "b"}]})
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["labels"]


def test_an_edit_of_nothing_is_refused(jira):
    assert put(jira).json()["errorMessages"] == ["one of 'fields' or 'update' required"]
    assert put(jira, fields=[]).status_code == 400
    assert put(jira, nonsense={}).status_code == 400
    assert jira.http.put(PATH, content=b"nonsense", headers={"Content-Type": "application/json"}).status_code == 400


def test_a_malformed_document_is_refused_without_saying_where(jira):
    body = {"type": "doc", "version": 1, "content": [{"type": "taskList", "content": []}]}
    for answer in (
        put(jira, fields={"description": body}),
        jira.http.post(f"{PATH}/comment", json={"body": body}),
    ):
        assert (answer.status_code, answer.json()) == (400, {"errorMessages": ["INVALID_INPUT"], "errors": {}})


def test_texts_may_be_32767_characters_long_and_no_longer(jira, doc):
    assert put(jira, fields={"description": doc("x" * 32_767)}).status_code == 204
    assert put(jira, fields={"description": doc("x" * 32_768)}).json()["errors"] == {"description": TOO_LONG}
    assert jira.comment("PAY-1", "x" * 32_767).status_code == 201
    assert jira.comment("PAY-1", "x" * 32_768).json()["errors"] == {"comment": TOO_LONG}


def test_each_version_takes_its_own_form_of_text(jira, doc):
    wrong = {"errorMessages": [], "errors": {"comment": "Comment body is not valid!"}}
    assert jira.http.post(f"{PATH}/comment", json={"body": "text"}).json() == wrong
    assert jira.http.post("/rest/api/2/issue/PAY-1/comment", json={"body": doc("x")}).json() == wrong
    made = jira.comment("PAY-1", "*bold*\n* one", version=2).json()
    assert made["body"] == "*bold*\n* one"
    shown = jira.http.get(f"{PATH}/comment/{made['id']}").json()["body"]
    assert [node["type"] for node in shown["content"]] == ["paragraph", "bulletList"]
    assert put(jira, "/rest/api/2/issue/PAY-1", fields={"description": "h2. Why"}).status_code == 204


def test_an_empty_comment_is_refused(jira, doc):
    assert jira.http.post(f"{PATH}/comment", json={"body": doc()}).status_code == 400
    assert jira.http.post(f"{PATH}/comment", json={}).status_code == 400


def test_a_comment_is_stored_with_ids_of_its_own_and_the_same_words(jira, doc):
    made = jira.comment("PAY-1", "Hello").json()
    assert made["body"] != doc("Hello")
    assert made["body"]["content"][0]["attrs"]["localId"]
    assert made["body"]["content"][0]["content"] == doc("Hello")["content"][0]["content"]
    assert made["author"]["displayName"] == "Steward"


def test_a_comment_brings_its_properties_along(jira):
    made = jira.comment("PAY-1", properties=[{"key": "org.example.mark", "value": {"round": 1}}]).json()
    path = f"/rest/api/3/comment/{made['id']}/properties"
    assert jira.http.get(f"{path}/org.example.mark").json()["value"] == {"round": 1}
    assert jira.http.put(f"{path}/other", json=[1]).status_code == 201
    assert jira.http.put(f"{path}/other", json=[2]).status_code == 200
    assert [entry["key"] for entry in jira.http.get(path).json()["keys"]] == ["org.example.mark", "other"]
    assert jira.http.get(f"{path}/none").status_code == 404
    assert jira.comment("PAY-1", properties=[{"value": 1}]).status_code == 400
    assert jira.comment("PAY-1", properties="x").status_code == 400


def test_a_comment_in_a_service_desk_is_public_unless_it_says_otherwise(serve, world_of):
    jira = serve(world_of(service_desk=["PAY"]))
    internal = [{"key": "sd.public.comment", "value": {"internal": True}}]
    assert jira.comment("PAY-1").json()["jsdPublic"] is True
    assert jira.comment("PAY-1", properties=internal).json()["jsdPublic"] is False


def test_a_comment_is_edited_in_place(jira, clock, doc):
    made = jira.comment("PAY-1", properties=[{"key": "a", "value": 1}]).json()
    before = jira.world.issue("PAY-1").updated
    clock.advance(minutes=3)
    answer = jira.http.put(
        f"{PATH}/comment/{made['id']}", json={"body": doc("Changed"), "properties": [{"key": "b", "value": 2}]}
    )
    assert answer.status_code == 200
    assert (answer.json()["id"], answer.json()["created"]) == (made["id"], made["created"])
    assert answer.json()["updated"] != made["updated"]
    assert jira.world.issue("PAY-1").updated == before
    kept = jira.http.post("/rest/api/3/comment/list", params={"expand": "properties"}, json={"ids": [int(made["id"])]})
    assert {p["key"] for p in kept.json()["values"][0]["properties"]} == {"a", "b"}


def test_a_deleted_comment_can_be_neither_read_nor_edited(jira, doc):
    made = jira.comment("PAY-1").json()
    path = f"{PATH}/comment/{made['id']}"
    assert jira.http.delete(path).status_code == 204
    assert jira.http.get(path).status_code == 404
    assert jira.http.put(path, json={"body": doc("x")}).status_code == 404
    assert jira.http.delete(path).status_code == 404
    assert jira.http.get(f"{PATH}/comment/x").status_code == 404


def test_what_a_person_wrote_cannot_be_touched(jira, doc):
    comment = jira.world.issue("PAY-1").comments[0].id
    assert jira.http.put(f"{PATH}/comment/{comment}", json={"body": doc("x")}).status_code == 400
    assert jira.http.delete(f"{PATH}/comment/{comment}").status_code == 400
    assert adf_text.to_wiki(jira.world.find_comment(comment)[1].body) == "Legal wants a say."


def test_what_a_person_wrote_can_be_touched_with_an_unusual_permission(serve, doc):
    jira = serve(granted=frozenset({"EDIT_ALL_COMMENTS"}))
    comment = jira.world.issue("PAY-1").comments[0].id
    edited = jira.http.put(f"{PATH}/comment/{comment}", json={"body": doc("x")}).json()
    assert (edited["author"]["displayName"], edited["updateAuthor"]["displayName"]) == ("Ana Silva", "Steward")


def test_a_comment_may_be_for_some_only(jira):
    made = jira.comment("PAY-1", visibility={"type": "role", "value": "Developers"}).json()
    assert made["visibility"]["value"] == "Developers"
    assert jira.comment("PAY-1", visibility={"type": "planet", "value": "Developers"}).status_code == 400
    assert jira.comment("PAY-1", visibility="Developers").status_code == 400


def test_an_issue_can_be_full_of_comments(serve):
    jira = serve(comments_an_issue=2)
    assert jira.comment("PAY-2").status_code == 201
    assert jira.comment("PAY-2").status_code == 201
    assert jira.comment("PAY-2").status_code == 413


@pytest.mark.parametrize(
    ("permission", "status"), [("EDIT_ISSUES", 400), ("ADD_COMMENTS", 400), ("EDIT_OWN_COMMENTS", 400)]
)
def test_a_missing_permission_to_write_is_a_bad_request(serve, doc, permission, status):
    jira = serve()
    made = jira.comment("PAY-1").json()
    jira.app.options.denied = {"PAY": frozenset({permission})}
    answers = {
        "EDIT_ISSUES": lambda: put(jira, fields={"summary": "x"}),
        "ADD_COMMENTS": lambda: jira.comment("PAY-1"),
        "EDIT_OWN_COMMENTS": lambda: jira.http.put(f"{PATH}/comment/{made['id']}", json={"body": doc("x")}),
    }
    assert answers[permission]().status_code == status
    assert jira.comment("OPS-1").status_code == 201


@pytest.mark.parametrize("said", ["false", "False", "0", "1", "True", "no"])
def test_only_admins_may_leave_out_notifications_and_only_true_and_false_are_understood(serve, doc, said):
    jira = serve(not_admin_in=frozenset({"PAY"}))
    made = jira.comment("PAY-1").json()
    refused = "To discard the user notification either admin or project admin permissions are required."
    for path, body in ((PATH, {"fields": {"summary": "x"}}), (f"{PATH}/comment/{made['id']}", {"body": doc("x")})):
        answer = put(jira, path, params={"notifyUsers": said}, **body)
        assert (answer.status_code, answer.json()["errorMessages"]) == (403, [refused])
        assert put(jira, path, params={"notifyUsers": "true"}, **body).status_code in (200, 204)
    expected = 204 if said == "false" else 403
    assert put(jira, "/rest/api/3/issue/OPS-1", params={"notifyUsers": said}, fields={"summary": "x"}).status_code == (
        expected
    )


def test_quiet_writes_notify_nobody_and_a_new_comment_always_does(jira, doc):
    put(jira, params={"notifyUsers": "false"}, fields={"summary": "x"})
    made = jira.comment("PAY-1").json()
    put(jira, f"{PATH}/comment/{made['id']}", params={"notifyUsers": "false"}, body=doc("x"))
    assert [mail.about for mail in jira.world.mails] == ["comment"]
    put(jira, fields={"summary": "y"})
    assert [mail.about for mail in jira.world.mails] == ["comment", "edit"]


def test_one_issue_takes_twenty_writes_in_two_seconds(jira):
    codes = [put(jira, fields={"summary": f"Title {n}"}).status_code for n in range(21)]
    assert codes == [204] * 20 + [429]
    answer = jira.comment("PAY-1")
    assert answer.headers["RateLimit-Reason"] == "jira-per-issue-on-write"
    assert 1 <= int(answer.headers["Retry-After"]) <= 3
    assert jira.comment("PAY-2").status_code == 201
    jira.app.options.write_limits = False
    assert put(jira, fields={"summary": "x"}).status_code == 204


def test_one_issue_takes_a_hundred_writes_in_thirty_seconds():
    now = [0.0]
    limits = WriteLimits(lambda: now[0])
    for _ in range(5):
        assert [limits.seconds_to_wait(1) for _ in range(20)] == [0.0] * 20
        now[0] += 2.0
    assert limits.seconds_to_wait(1) == pytest.approx(20.0)
    assert limits.seconds_to_wait(2) == 0.0
    now[0] = 30.0
    assert limits.seconds_to_wait(1) == 0.0


def test_properties_of_an_issue_are_any_json_and_move_no_stamp(jira, clock):
    clock.advance(minutes=1)
    path = f"{PATH}/properties"
    before = jira.issue("PAY-1")["fields"]["updated"]
    assert jira.http.put(f"{path}/mark", json={"a": [1, None]}).status_code == 201
    assert jira.http.put(f"{path}/mark", json=3).status_code == 200
    assert jira.http.get(f"{path}/mark").json() == {"key": "mark", "value": 3}
    assert jira.issue("PAY-1")["fields"]["updated"] == before
    assert jira.world.issue("PAY-1").properties == {"mark": 3}
    assert jira.http.put(f"{path}/{'x' * 256}", json=1).status_code == 400
    assert jira.http.put(f"{path}/big", json="x" * 32_768).status_code == 400
    assert jira.http.put(f"{path}/bad", content=b"{").status_code == 400


def test_the_edit_screen_leaves_out_the_flag_and_names_operations(serve):
    jira = serve()
    shown = jira.http.get(f"{PATH}/editmeta").json()["fields"]
    assert fields.FLAGGED not in shown
    assert shown["labels"]["operations"] == ["add", "set", "remove"]
    assert shown[fields.POINTS]["operations"] == ["set"]
    assert shown[fields.MOSCOW]["allowedValues"][0]["value"] == "Must have"
    jira.app.options.denied = {"*": frozenset({"EDIT_ISSUES"})}
    assert jira.http.get(f"{PATH}/editmeta").json() == {"fields": {}}


def test_a_client_may_play_people_too(serve):
    jira = serve(auth=("kim.berg@example.com", "x"))
    made = jira.http.post(
        "/rest/api/2/issue",
        json={
            "fields": {"project": {"key": "PAY"}, "summary": "By hand", "issuetype": {"name": "Bug"}, "labels": ["x"]}
        },
    )
    assert (made.status_code, made.json()["key"]) == (201, "PAY-7")
    issue = jira.issue("PAY-7")["fields"]
    assert (issue["issuetype"]["name"], issue["creator"]["displayName"]) == ("Bug", "Kim Berg")
    assert jira.world.ordered()[-1].key == "PAY-7"
    moves = {m["name"]: m["id"] for m in jira.http.get("/rest/api/3/issue/PAY-7/transitions").json()["transitions"]}
    path = "/rest/api/3/issue/PAY-7/transitions"
    assert jira.http.post(path, json={"transition": {"id": moves["Done"]}}).status_code == 204
    assert jira.http.post(path, json={"transition": {"id": "999"}}).status_code == 400
    assert jira.issue("PAY-7")["fields"]["resolution"]["name"] == "Done"
    for wrong in ({"project": {"key": "NOPE"}, "summary": "x"}, {"project": {"key": "PAY"}}, {"summary": "x"}):
        assert jira.http.post("/rest/api/3/issue", json={"fields": wrong}).status_code == 400


def test_every_write_shows_in_the_change_log_under_the_callers_account(jira):
    put(jira, fields={"summary": "New"})
    me = jira.http.get("/rest/api/3/myself").json()["accountId"]
    entry = jira.issue("PAY-1", expand="changelog")["changelog"]["histories"][0]
    assert entry["author"]["accountId"] == me
    assert Actor(jira.world, "Kim Berg").account.id != me
