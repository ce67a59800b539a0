"""The pretended Data Center: who may ask, how lists are cut, and shapes as the official client expects them."""

import base64
from contextlib import ExitStack

import httpx
import pytest
from jira import JIRA, JIRAError

from steward_sandbox import Faults
from steward_sandbox.jira import CLOUD_FIELDS, JiraDataCenter, Options, fields, snapshot
from steward_sandbox.jira.actor import Actor

SEARCH = "/rest/api/2/search"
BEARER = {"Authorization": "Bearer token"}


@pytest.fixture
def data_center(_switch, world_of):
    """Serves a Data Center and gives a client for it; arguments are fields of `Options`."""
    switch, url = _switch
    with ExitStack() as opened:

        def start(backlog=None, *, headers=BEARER, faults=None, **limits):
            given = [] if backlog is None else [backlog]
            switch.app = JiraDataCenter(
                world_of(*given, absent_fields=CLOUD_FIELDS), options=Options(**limits), faults=faults
            )
            client = opened.enter_context(httpx.Client(base_url=url, headers=headers, timeout=20, verify=False))
            client.world = switch.app.world
            return client

        yield start


@pytest.fixture
def site(data_center):
    return data_center()


def keys(answer):
    return [issue["key"] for issue in answer.json()["issues"]]


class TestWhoMayAsk:
    def test_every_answer_says_who_was_taken_for_the_caller(self, site):
        for path in (
            "/rest/api/2/myself",
            f"{SEARCH}?jql=project=PAY",
            "/rest/api/2/issue/NOPE-1",
            "/rest/api/2/serverInfo",
        ):
            answer = site.get(path)
            assert (answer.headers["X-AUSERNAME"], answer.headers["X-RateLimit-Limit"]) == ("steward", "70"), path
            assert answer.headers["Retry-After"] == "0"

    @pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}])
    def test_nobody_sees_nothing_and_is_not_refused(self, data_center, headers):
        site = data_center(headers=headers)
        answer = site.get(SEARCH, params={"jql": "project = PAY"})
        assert (answer.status_code, answer.json()["total"]) == (200, 0)
        assert answer.headers["X-AUSERNAME"] == "anonymous"
        assert "X-RateLimit-Limit" not in answer.headers
        assert site.get("/rest/api/2/myself").status_code == 401
        assert site.get("/rest/api/2/serverInfo").json()["deploymentType"] == "Server"
        assert site.get("/rest/api/2/mypermissions").json()["permissions"]["EDIT_ISSUES"]["havePermission"] is False

    @pytest.mark.parametrize(("pair", "status"), [("ana.silva:secret", 200), ("ana.silva:wrong", 401)])
    def test_a_name_and_a_password_sign_in(self, data_center, pair, status):
        site = data_center(headers={"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"})
        answer = site.get("/rest/api/2/myself")
        assert answer.status_code == status
        if status == 200:
            assert (answer.json()["name"], answer.json()["displayName"]) == ("ana.silva", "Ana Silva")
            assert "accountId" not in answer.json()

    @pytest.mark.parametrize(
        "path",
        [
            "/rest/api/3/myself", "/rest/api/2/search/jql?jql=project=PAY", "/rest/api/2/project/search",
            "/rest/api/2/issue/PAY-1/changelog", "/rest/software/1.0/board/1/issue", "/_edge/tenant_info",
        ],
    )  # fmt: skip
    def test_what_only_cloud_has_is_not_there(self, site, path):
        assert site.get(path).status_code == 404

    def test_a_throttled_caller_is_told_by_the_headers_of_data_center(self, data_center):
        answer = data_center(faults=Faults(["429=7"])).get("/rest/api/2/myself")
        assert (answer.status_code, answer.headers["Retry-After"], answer.headers["X-RateLimit-FillRate"]) == (
            429,
            "7",
            "5",
        )
        assert "RateLimit-Reason" not in answer.headers

    def test_the_context_path_may_be_used(self, site):
        assert site.get("/jira/rest/api/2/myself").json()["name"] == "steward"


class TestSearching:
    def test_a_page_says_where_it_is_and_no_more_than_the_cap_comes(self, data_center):
        site = data_center(search_page=3)
        answer = site.get(
            SEARCH, params={"jql": "project = PAY ORDER BY key", "maxResults": 500, "fields": "summary"}
        ).json()
        assert (answer["startAt"], answer["maxResults"], answer["total"], len(answer["issues"])) == (0, 3, 6, 3)
        rest = site.post(SEARCH, json={"jql": "project = PAY ORDER BY key", "startAt": 3, "fields": ["summary"]})
        assert keys(rest) == ["PAY-4", "PAY-5", "PAY-6"]
        assert "isLast" not in answer
        assert site.get(SEARCH, params={"jql": "project = PAY", "startAt": 9}).json()["issues"] == []

    def test_beyond_the_window_nothing_is_found(self, data_center):
        site = data_center(search_window=4)
        assert site.get(SEARCH, params={"jql": "project = PAY", "startAt": 2, "maxResults": 2}).status_code == 200
        answer = site.get(SEARCH, params={"jql": "project = PAY", "startAt": 3, "maxResults": 2})
        assert (answer.status_code, answer.json()["errorMessages"]) == (
            500,
            ["Search limit exceeded: no more than 4 results."],
        )

    def test_a_query_without_a_condition_finds_everything(self, site):
        assert len(keys(site.get(SEARCH))) == 7
        assert keys(site.get(SEARCH, params={"jql": "order by key desc"}))[0] == "PAY-6"

    def test_an_issue_that_is_not_there_is_an_error_unless_the_query_is_not_checked(self, site):
        for jql in ("key in (PAY-1, PAY-99)", "id in (10000, 99999)", "key > PAY-99"):
            assert site.post(SEARCH, json={"jql": jql}).status_code == 400
        assert keys(site.post(SEARCH, json={"jql": "key in (PAY-1, PAY-99)", "validateQuery": False})) == ["PAY-1"]
        assert keys(site.get(SEARCH, params={"jql": "key > PAY-4 order by key"})) == ["PAY-5", "PAY-6"]

    def test_ids_alone_come_with_their_keys(self, site):
        assert set(site.get(SEARCH, params={"jql": "key = PAY-1", "fields": "id"}).json()["issues"][0]) >= {
            "id",
            "key",
            "self",
        }

    def test_histories_and_discussions_come_whole(self, site):
        ana = Actor(site.world, "Ana Silva")
        for number in range(60):
            ana.edit("PAY-2", title=f"Title {number}")
            ana.comment("PAY-2", f"Comment {number}")
        body = {"jql": "key = PAY-2", "fields": ["comment"], "expand": ["changelog"]}
        (issue,) = site.post(SEARCH, json=body).json()["issues"]
        assert issue["changelog"]["total"] == len(issue["changelog"]["histories"]) == 60
        assert len(issue["fields"]["comment"]["comments"]) == 60

    def test_a_board_is_paged_by_position(self, site):
        answer = site.get(
            "/rest/agile/1.0/board/1/backlog", params={"maxResults": 1, "fields": "id", "jql": "ORDER BY key"}
        )
        assert answer.json()["total"] > 1
        assert keys(answer) == ["PAY-2"]


class TestShapes:
    def test_an_issue_names_people_sprints_and_epics_as_data_center_does(self, site):
        shown = site.get("/rest/api/2/issue/PAY-1").json()["fields"]
        assert shown["assignee"]["name"] == "ana.silva"
        assert shown[fields.SPRINT][1].startswith("com.atlassian.greenhopper.service.sprint.Sprint@")
        assert "name=Sprint 2" in shown[fields.SPRINT][1]
        assert "goal=Pay, later" in shown[fields.SPRINT][1]
        assert "state=ACTIVE" in shown[fields.SPRINT][1]
        assert (shown[fields.EPIC_LINK], shown.get("parent")) == ("PAY-5", None)
        assert "hierarchyLevel" not in shown["issuetype"]
        assert fields.ESTIMATE not in shown
        assert site.get("/rest/api/2/issue/PAY-6").json()["fields"]["parent"]["key"] == "PAY-1"

    def test_what_was_written_is_kept_as_it_was_written(self, site):
        text = "h3. Hello\n\n* \\[not a link\\] \\\\ second line {anchor:top}\n{{code}} [site|https://x.example]"
        made = site.post("/rest/api/2/issue/PAY-2/comment", json={"body": text}).json()
        assert made["body"] == text
        assert "jsdPublic" not in made
        assert snapshot(site.world)["PAY-2"]["comments"][0]["text"] == text
        page = site.get("/browse/PAY-2").text
        assert "[not a link]" in page
        assert "anchor" not in page
        assert '<a href="https://x.example"' in page

    def test_a_person_is_set_by_name(self, site):
        assert (
            site.put("/rest/api/2/issue/PAY-2", json={"fields": {"assignee": {"name": "ana.silva"}}}).status_code == 204
        )
        assert site.get("/rest/api/2/issue/PAY-2").json()["fields"]["assignee"]["displayName"] == "Ana Silva"
        assert site.put("/rest/api/2/issue/PAY-2", json={"fields": {"assignee": {"name": "nobody"}}}).status_code == 400

    def test_what_is_not_on_the_screen_cannot_be_set(self, site):
        answer = site.put("/rest/api/2/issue/PAY-2", json={"fields": {fields.FLAGGED: [{"value": "Impediment"}]}})
        assert answer.json()["errors"] == {
            fields.FLAGGED: f"Field '{fields.FLAGGED}' cannot be set. It is not on the appropriate screen, or unknown."
        }

    @pytest.mark.parametrize("kept", [True, False])
    def test_properties_of_a_new_comment_are_kept_or_not(self, data_center, kept):
        site = data_center(keeps_sent_properties=kept)
        body = {"body": "x", "properties": [{"key": "mark", "value": {"a": 1}}]}
        made = site.post("/rest/api/2/issue/PAY-2/comment", json=body).json()
        path = f"/rest/api/2/comment/{made['id']}/properties/mark"
        assert site.get(path).status_code == (200 if kept else 404)
        assert site.put(path, json={"a": 2}).status_code == (200 if kept else 201)
        assert site.get(path).json() == {"key": "mark", "value": {"a": 2}}


class TestOfficialClient:
    @pytest.fixture
    def client(self, data_center):
        site = data_center(search_page=3)
        client = JIRA(server=str(site.base_url), token_auth="token")
        client.world = site.world
        yield client
        client.close()

    def test_it_takes_the_sandbox_for_data_center(self, client):
        assert (client.deploymentType, client._is_cloud, client.myself()["name"]) == ("Server", False, "steward")

    def test_it_searches_page_by_page(self, client):
        found = client.search_issues("order by key", maxResults=False)
        assert [issue.key for issue in found] == ["OPS-1", *(f"PAY-{n}" for n in range(1, 7))]
        assert found.total == 7
        assert found[1].fields.assignee.name == "ana.silva"

    def test_it_comments_edits_and_marks(self, client):
        made = client.add_comment("PAY-2", "h3. Hello\n\n* there")
        assert [one.body for one in client.comments("PAY-2")] == ["h3. Hello\n\n* there"]
        made.update(body="Changed")
        assert client.comment("PAY-2", made.id).body == "Changed"
        issue = client.issue("PAY-2", expand="changelog")
        issue.update(fields={"summary": "New", fields.WSJF: 2.5}, update={"labels": [{"add": "x"}]}, notify=False)
        assert client.world.issue("PAY-2").custom[fields.WSJF] == 2.5
        assert client.issue("PAY-2", expand="changelog").changelog.total == issue.changelog.total + 1
        issue.update(assignee={"name": "ana.silva"})
        assert client.issue("PAY-2").fields.assignee.name == "ana.silva"
        made.delete()
        assert client.comments("PAY-2") == []

    def test_it_lists_boards_sprints_and_permissions(self, client):
        assert [board.name for board in client.boards()] == ["PAY board", "OPS board"]
        assert [sprint.name for sprint in client.sprints(1, state="active")] == ["Sprint 2"]
        assert client.my_permissions(projectKey="PAY")["permissions"]["EDIT_ISSUES"]["havePermission"]
        assert client.project("PAY").name == "Project PAY"

    def test_it_understands_what_is_refused(self, client):
        with pytest.raises(JIRAError) as refused:
            client.search_issues("key = NOPE-1")
        assert refused.value.status_code == 400
