import json

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

V3 = "/rest/api/3/"
ASKED = {
    "GET": [
        "serverInfo", "myself", "field", "priority", "priority/search", "status", "issueLinkType", "issue/PAY-1/watchers",
        "issuetype", "resolution", "project", "project/search", "project/PAY", "issue/PAY-1/votes", "issue/PAY-1/worklog",
        "mypermissions?permissions=EDIT_ISSUES,BULK_CHANGE", "user?accountId={account}", "user/search?query=steward",
        "search/jql?jql=project%3DPAY&fields=*all&expand=changelog,names,schema",
        "issue/PAY-1?expand=changelog,editmeta",
        "issue/PAY-1/comment", "issue/PAY-1/comment/{comment}",
        "issue/PAY-1/editmeta", "issue/PAY-1/transitions", "issue/PAY-1/properties/mark",
        "comment/{comment}/properties/mark",
    ],
    "POST": [
        ("search/jql", {"jql": "project = PAY", "fields": ["*all"], "expand": "changelog"}),
        ("search/approximate-count", {"jql": "project = PAY"}),
        ("issue/bulkfetch", {"issueIdsOrKeys": ["PAY-1", "PAY-2"], "fields": ["*all"], "expand": ["changelog"]}),
        ("changelog/bulkfetch", {"issueIdsOrKeys": ["PAY-1", "PAY-2"]}),
        ("comment/list?expand=properties", {"ids": [10000]}),
        ("issue", {"fields": {"project": {"key": "PAY"}, "summary": "By hand"}}),
    ],
}  # fmt: skip
AGILE = [
    "/rest/agile/1.0/board", "/rest/agile/1.0/board/1/configuration",
    "/rest/agile/1.0/board/1/sprint", "/rest/agile/1.0/sprint/1", "/rest/software/1.0/board/1/issue",
    "/rest/software/1.0/board/1/backlog",
]  # fmt: skip


def test_every_answer_is_as_the_official_descriptions_say(needs_specs, official, jira, doc):
    account = jira.http.get(f"{V3}myself").json()["accountId"]
    comment = jira.comment("PAY-1", properties=[{"key": "mark", "value": 1}]).json()["id"]
    jira.http.put(f"{V3}issue/PAY-1/properties/mark", json=1)
    before = len(official.seen)
    asked = 0
    for path in ASKED["GET"]:
        answer = jira.http.get(V3 + path.format(account=account, comment=comment))
        assert answer.status_code == 200, (path, answer.text)
        asked += 1
    for path, body in ASKED["POST"]:
        assert jira.http.post(V3 + path, json=body).status_code in (200, 201), path
        asked += 1
    for path in AGILE:
        assert jira.http.get(path).status_code == 200, path
        asked += 1
    assert jira.http.put(f"{V3}issue/PAY-1/comment/{comment}", json={"body": doc("x")}).status_code == 200
    assert len(official.seen) >= before
    templates = {seen.split()[1] for seen in official.seen}
    assert len(templates) >= 35
    assert asked == len(ASKED["GET"]) + len(ASKED["POST"]) + len(AGILE)


def test_the_checker_itself_notices_a_wrong_answer(needs_specs, official, jira):
    answer = jira.raw.get(f"{V3}issue/PAY-1")
    broken = {**answer.json(), "id": 7}
    with pytest.raises(AssertionError, match=r"\$.id"):
        official.check(httpx.Response(200, json=broken, request=answer.request))
    with pytest.raises(AssertionError, match="nonsense"):
        official.check(httpx.Response(200, json={**answer.json(), "nonsense": 1}, request=answer.request))


plain = (
    st.none() | st.booleans() | st.integers(-5, 20_000) | st.sampled_from(["", "x y", "PAY-1", "*all", "10000", "1"])
)
names = st.sampled_from(
    ["key", "id", "name", "value", "accountId", "none", "type", "content", "version", "add", "set", "remove"]
)
anything = st.recursive(
    plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3), max_leaves=8
)
editable = st.sampled_from(
    ["summary", "description", "labels", "priority", "issuetype", "assignee", "reporter", "parent", "components",
     "customfield_10020", "customfield_10021", "customfield_10028", "customfield_10040", "customfield_10045"]
)  # fmt: skip
verbs = st.sampled_from(["add", "set", "remove", "copy"])
operations = st.lists(st.dictionaries(verbs, anything, max_size=2) | anything, max_size=3) | anything
properties = st.lists(st.fixed_dictionaries({}, optional={"key": plain, "value": anything}), max_size=2) | anything
WRITES = {
    ("POST", f"{V3}search/jql"): ["jql", "fields", "maxResults", "nextPageToken", "expand", "properties",
                                  "reconcileIssues", "fieldsByKeys"],
    ("POST", f"{V3}search/approximate-count"): ["jql"],
    ("POST", f"{V3}issue/bulkfetch"): ["issueIdsOrKeys", "fields", "expand", "properties"],
    ("POST", f"{V3}changelog/bulkfetch"): ["issueIdsOrKeys", "fieldIds", "maxResults", "nextPageToken"],
    ("POST", f"{V3}comment/list"): ["ids"],
    ("PUT", f"{V3}issue/PAY-1"): ["fields", "update", "properties"],
    ("PUT", "/rest/api/2/issue/PAY-1"): ["fields", "update", "properties"],
    ("POST", f"{V3}issue"): ["fields", "update"],
    ("POST", f"{V3}issue/PAY-1/comment"): ["body", "properties", "visibility"],
    ("POST", "/rest/api/2/issue/PAY-1/comment"): ["body", "properties", "visibility"],
    ("POST", f"{V3}issue/PAY-1/transitions"): ["transition", "fields"],
    ("PUT", f"{V3}issue/PAY-1/properties/a"): ["value"],
    ("PUT", "/rest/agile/1.0/issue/rank"): ["issues", "rankBeforeIssue", "rankAfterIssue", "rankCustomFieldId"],
}  # fmt: skip
SHAPES = {
    "fields": st.dictionaries(editable, anything, max_size=4) | anything,
    "update": st.dictionaries(editable, operations, max_size=4) | anything,
    "properties": properties,
    "body": st.just({"type": "doc", "version": 1, "content": [{"type": "paragraph"}]})
    | st.just("x")
    | anything,
    "visibility": st.fixed_dictionaries({}, optional={"type": plain | st.just("role"), "value": anything}) | anything,
}  # fmt: skip


@pytest.fixture
def unlimited(serve):
    return serve(write_limits=False)


@pytest.mark.parametrize(("method", "path"), WRITES)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_body_makes_the_site_stumble(unlimited, method, path, data):
    known = {name: SHAPES.get(name, anything) for name in WRITES[method, path]}
    body = data.draw(st.fixed_dictionaries({}, optional=known) | anything)
    answer = unlimited.raw.request(method, path, content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert answer.status_code < 500, answer.text


@pytest.mark.parametrize(
    "query",
    ["maxResults=x", "startAt=x", "maxResults=-3&startAt=-9", "fields=,,", "expand=,", "maxResults=", "orderBy="],
)
@pytest.mark.parametrize(
    "path",
    [f"{V3}search/jql", f"{V3}issue/PAY-1", f"{V3}issue/PAY-1/comment",
     f"{V3}project/search", "/rest/agile/1.0/board", "/rest/software/1.0/board/1/issue"],
)  # fmt: skip
def test_no_query_string_makes_the_site_stumble(jira, path, query):
    assert jira.raw.get(f"{path}?jql=project%3DPAY&{query}").status_code in (200, 400)
