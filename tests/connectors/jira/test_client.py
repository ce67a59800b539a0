"""The wire: pages to their end, errors in Jira's words, and nothing raised but our own errors."""

import json

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.document import Document
from connectors.errors import ConnectorError, Gone, Misconfigured, Refused, Uncertain
from connectors.jira import payloads
from connectors.jira.client import READ_ONLY_POSTS, parse_error
from connectors.jira.cloud import CloudClient
from connectors.response import Response

SEARCH = "/rest/api/3/search/jql"


@pytest.fixture
def client(open_http_client):
    return CloudClient(
        open_http_client(allow_writes=True, read_only_posts=READ_ONLY_POSTS, parse_error=parse_error, rate=1000)
    )


def page(*ids, **more):
    return httpx.Response(200, json={"issues": [{"id": one} for one in ids], **more})


def found(client, **how):
    return [
        issue.id for one in client.search("project = PAY", ["id"], payloads.IssueIds, **how) for issue in one.issues
    ]


def test_a_search_is_read_to_its_end(client, tracker):
    route = tracker.post(SEARCH).mock(
        side_effect=[
            page("1", "2", nextPageToken="a", isLast=False),
            page("3", nextPageToken="b"),
            page("4", isLast=True),
        ]
    )
    assert found(client, size=5000) == ["1", "2", "3", "4"]
    bodies = [json.loads(call.request.content) for call in route.calls]
    assert bodies[0] == {"jql": "project = PAY", "fields": ["id"], "maxResults": 5000}
    assert [body.get("nextPageToken") for body in bodies] == [None, "a", "b"]


@pytest.mark.parametrize(
    "last", [{"isLast": True}, {"nextPageToken": None}, {}, {"isLast": True, "nextPageToken": "x"}]
)
def test_a_search_ends_where_jira_says_so_in_any_way(client, tracker, last):
    tracker.post(SEARCH).mock(return_value=page("1", **last))
    assert found(client) == ["1"]


def test_a_short_or_empty_page_is_not_the_end(client, tracker):
    tracker.post(SEARCH).mock(
        side_effect=[page(nextPageToken="a"), page(nextPageToken="b"), page("1", nextPageToken="c"), page("2")]
    )
    assert found(client) == ["1", "2"]


@pytest.mark.parametrize("tokens", [["a", "a"], ["a", "b", "a"], ["a", "b", "c", "b"]])
def test_a_token_that_comes_again_ends_the_search_with_an_error(client, tracker, tokens):
    tracker.post(SEARCH).mock(side_effect=[page("1", nextPageToken=token) for token in tokens])
    with pytest.raises(ConnectorError, match="PAY: the server returns an endless list of pages"):
        found(client)


def test_a_search_of_ever_more_empty_pages_ends_with_an_error(client, tracker):
    numbers = iter(range(10_000))
    route = tracker.post(SEARCH).mock(side_effect=lambda _: page(nextPageToken=str(next(numbers))))
    with pytest.raises(ConnectorError, match="endless list of pages"):
        found(client)
    assert route.call_count < 100


def test_boards_and_histories_are_read_to_their_end_too(client, tracker):
    tracker.get("/rest/software/1.0/board/7/backlog").mock(
        side_effect=[page("1", nextPageToken="a"), page("2", isLast=True)]
    )
    assert list(client.list_board_issues(7, "backlog")) == ["1", "2"]

    def log(issue, *ids, **more):
        histories = [{"id": one, "created": 1704067200000} for one in ids]
        return httpx.Response(200, json={"issueChangeLogs": [{"issueId": issue, "changeHistories": histories}], **more})

    tracker.post("/rest/api/3/changelog/bulkfetch").mock(
        side_effect=[log("1", "a", "b", nextPageToken="x"), log("1", "c", nextPageToken="y"), log("2", "d")]
    )
    assert {issue: [json.loads(bytes(one))["id"] for one in logs] for issue, logs in client.fetch_changelogs(["1", "2"]).items()} == {
        "1": ["a", "b", "c"], "2": ["d"],
    }  # fmt: skip


@pytest.mark.parametrize("what", ["board", "history"])
def test_boards_and_histories_do_not_go_on_for_ever(client, tracker, what):
    if what == "board":
        tracker.get("/rest/software/1.0/board/7/issue").mock(side_effect=[page("1", nextPageToken=t) for t in "aba"])
        with pytest.raises(ConnectorError, match="endless list of pages"):
            list(client.list_board_issues(7, "issue"))
    else:
        logs = {"issueChangeLogs": [{"issueId": "1", "changeHistories": []}]}
        tracker.post("/rest/api/3/changelog/bulkfetch").mock(
            side_effect=[httpx.Response(200, json=logs | {"nextPageToken": token}) for token in "aba"]
        )
        with pytest.raises(ConnectorError, match="endless list of pages"):
            client.fetch_changelogs(["1"])


def comments(total, *ids):
    stamp = "2024-04-02T10:00:00.000+0000"
    found = [{"id": one, "created": stamp, "updated": stamp} for one in ids]
    return httpx.Response(200, json={"comments": found, "total": total})


def read(raw_comments):
    return [one.id for one in payloads.decode_comments(raw_comments)[0]]


def test_comments_are_paged_by_position_newest_first(client, tracker):
    route = tracker.get("/rest/api/3/issue/1/comment").mock(side_effect=[comments(3, "c", "b"), comments(3, "a")])
    assert read(client.fetch_comments("1")) == ["c", "b", "a"]
    assert [call.request.url.params["startAt"] for call in route.calls] == ["0", "2"]
    assert {call.request.url.params["orderBy"] for call in route.calls} == {"-created"}


def test_a_comment_written_meanwhile_makes_none_come_twice(client, tracker):
    tracker.get("/rest/api/3/issue/1/comment").mock(side_effect=[comments(3, "c", "b"), comments(4, "b", "a")])
    assert read(client.fetch_comments("1")) == ["c", "b", "a"]


def test_comments_that_went_away_meanwhile_end_the_reading(client, tracker):
    tracker.get("/rest/api/3/issue/1/comment").mock(side_effect=[comments(200, "c"), comments(200)])
    assert read(client.fetch_comments("1")) == ["c"]


def test_a_search_that_was_removed_and_one_that_was_refused_are_told_apart(client, tracker):
    gone = httpx.Response(410, json={"errorMessages": ["Die angeforderte API wurde entfernt."]})
    tracker.post(SEARCH).mock(side_effect=[gone, httpx.Response(404), httpx.Response(400)])
    with pytest.raises(Misconfigured, match="Update Backlog Steward"):
        found(client)
    with pytest.raises(Gone):
        found(client)
    with pytest.raises(Refused):
        found(client)


@pytest.mark.parametrize("odd", [{"issues": 7}, [], {"issues": None}])
def test_an_answer_of_another_shape_is_named_with_its_call(client, tracker, odd):
    tracker.post(SEARCH).mock(return_value=httpx.Response(200, json=odd))
    with pytest.raises(
        ConnectorError, match=r"PAY: the response to POST /rest/api/3/search/jql has an unexpected format: .*"
    ):
        found(client)


@pytest.mark.parametrize("bad", [7, None, {}, {"id": [7]}])
def test_a_list_survives_a_bad_entry(client, tracker, bad):
    odd = {"issues": [{"id": "1"}, bad, {"id": "2"}]}
    tracker.post(SEARCH).mock(return_value=httpx.Response(200, json=odd))
    assert found(client) == ["1", "2"]


def test_a_write_that_was_answered_in_another_shape_may_have_happened(client, tracker):
    tracker.post("/rest/api/3/issue/1/comment").mock(return_value=httpx.Response(201, json={"id": "5"}))
    with pytest.raises(Uncertain, match="may or may not have happened"):
        client.add_comment("1", Document(()), {})


def answer(status=400, body=b"", **headers):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status, {name.replace("_", "-"): value for name, value in headers.items()}, content, "https://h/x")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"errorMessages": ["No such thing."], "errors": {}}, "No such thing."),
        ({"errorMessages": ["One.", "Two."], "errors": {"points": "Not here."}}, "One.; Two.; points: Not here."),
        ({"errorMessages": [], "errors": {"comment": "Not valid!"}}, "comment: Not valid!"),
        ({"message": "Client must be authenticated.", "status-code": 401}, "Client must be authenticated."),
        ({"errorMessage": "Service unavailable"}, "Service unavailable"),
        ({"errors": [{"message": "first"}, {"message": "second"}, 7]}, "first; second"),
        ({"errorMessages": "a text"}, "a text"),
        ({"errorMessages": None, "errors": None}, ""),
        ({"errorMessages": 7, "errors": 7, "message": 7}, ""),
        ({"errorMessages": [None, 7, {"a": 1}, "  "]}, ""),
        ([], ""), (7, ""), (None, ""), (b"<html>", "a web page"), (b"", ""), (b"{", ""), (b"[" * 100_000, ""),
        (b"XSRF check failed", "XSRF check failed"),
        (b"<html><head><title>Blocked \n by FortiGate</title></head>x</html>", 'a web page, "Blocked by FortiGate"'),
        (b"<?xml version='1.0'?><status><message>No &amp; no</message></status>", "No & no"),
        ({"error": {"code": 7, "details": "Request blocked"}}, "Request blocked"),
        ({"error": "invalid_client", "error_description": "Unknown client"}, "Unknown client; invalid_client"),
    ],
)  # fmt: skip
def test_errors_are_told_in_jiras_words(body, said):
    assert parse_error(answer(body=body)) == (said, "")


def test_the_reason_of_a_failed_login_is_kept():
    assert parse_error(answer(401, b"", x_seraph_loginreason="AUTHENTICATED_FAILED")) == ("", "AUTHENTICATED_FAILED")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["errorMessages", "errors", "message", "errorMessage", "x"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@given(json_values)
def test_no_error_body_makes_it_worse(body):
    said, code = parse_error(answer(body=msgspec.json.encode(body)))
    assert isinstance(said, str)
    assert code == ""


@pytest.mark.parametrize(
    "name",
    ["jira-ruby/issue__10002.invalid.put.json", "jira-ruby/issue__10002.put.missing_field_update.json"],
)
def test_recorded_errors_are_told(recorded, name):
    assert parse_error(answer(body=recorded(name)))[0] != ""


def test_recorded_lists_of_comments_are_read(recorded):
    raw = recorded("atlassian-python-api/rest__api__2__comment__list__POST.json")["fields=*all"]
    comments, others = payloads.decode_comments(
        msgspec.json.decode(msgspec.json.encode(raw), type=payloads.CommentList).values
    )
    assert (len(comments), others) == (len(raw["values"]), 0) == (2, 0)


def test_quiet_writes_say_so_in_small_letters_and_loud_ones_say_nothing(client, tracker):
    route = tracker.put("/rest/api/3/issue/1").mock(return_value=httpx.Response(204))
    client.edit("1", {"fields": {}}, notify=False)
    client.edit("1", {"fields": {}}, notify=True)
    assert [str(call.request.url.query, "ascii") for call in route.calls] == ["notifyUsers=false", ""]
