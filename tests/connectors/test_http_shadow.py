"""In shadow mode only declared reads are sent; nothing is ever sent to another origin."""

import re
from contextlib import suppress

import httpx
import pytest
import respx
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connectors.errors import ConnectorError, Misconfigured, Refused, ShadowBreach
from connectors.http import HttpClient
from connectors.jira.client import READ_ONLY_POSTS

BASE = "https://tracker.example"
SECRET = "Basic c2VjcmV0"

verbs = st.sampled_from(["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE"]).flatmap(
    lambda verb: st.sampled_from([verb, verb.lower(), verb.capitalize()])
) | st.from_regex(r"[A-Za-z]{1,12}", fullmatch=True)
segments = st.sampled_from(
    ["rest", "api", "3", "issue", "PAY-1", "comment", "search", "jql", "bulkfetch", "changelog", "list", "..", ".", "",
     "%2F", "search%2Fjql", "bulkfetch;x=1", "comment%0Alist", "ÜBER", "a b", "@evil.example", ":8080", "\\", "x%00"]
)  # fmt: skip
endings = st.sampled_from(
    ["", "", "/", "?a=/search/jql", "#/search/jql", "?x#y", "/search/jql", "/issue/bulkfetch", "/comment/list", "\n"]
)
paths = st.builds(lambda parts, end: "/" + "/".join(parts) + end, st.lists(segments, max_size=6), endings)


def sent_by(call, **how):
    """The requests that left, answered with nothing."""
    with respx.mock(assert_all_called=False) as router:
        everything = router.route().mock(return_value=httpx.Response(204))
        http = HttpClient(
            "PAY",
            BASE,
            rate=1000,
            auth_headers=lambda: {"Authorization": SECRET},
            read_only_posts=READ_ONLY_POSTS,
            **how,
        )
        try:
            with suppress(ConnectorError):
                call(http)
        finally:
            http.close()
        return [one.request for one in everything.calls]


@settings(max_examples=50, deadline=None)
@given(verb=verbs, path=paths)
@example(verb="POST", path="/rest/api/3/issue/PAY-1%2Fsearch%2Fjql")
@example(verb="POST", path="/rest/api/3/issue/PAY-1/comment#/comment/list")
@example(verb="POST", path="/rest/api/3/issue?as=/search/jql")
@example(verb="PUT", path="/rest/api/3/search/jql")
@example(verb="post", path="/rest/api/3/issue/bulkfetch")
def test_in_shadow_mode_nothing_leaves_but_declared_reads(verb, path):
    for request in sent_by(lambda http: http.request(verb, path)):
        raw = request.url.raw_path.decode().partition("?")[0]
        declared = request.method == "POST" and any(re.search(pattern, raw) for pattern in READ_ONLY_POSTS)
        assert request.method in ("GET", "HEAD", "OPTIONS") or declared, (verb, path)


@pytest.mark.parametrize("verb", ["GET", "HEAD", "OPTIONS", "get"])
def test_in_shadow_mode_every_reading_verb_leaves(verb):
    assert len(sent_by(lambda http: http.request(verb, "/rest/api/3/anything"))) == 1


@pytest.mark.parametrize(
    "path",
    ["/rest/api/3/search/jql", "/rest/api/3/issue/bulkfetch", "/rest/api/3/changelog/bulkfetch",
     "/ex/jira/1-2-3/rest/api/3/comment/list?expand=properties"],
)  # fmt: skip
def test_in_shadow_mode_a_post_that_only_reads_leaves(path):
    assert len(sent_by(lambda http: http.request("POST", path, json={}))) == 1


@pytest.mark.parametrize("verb", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "MOVE"])
def test_a_write_in_shadow_mode_is_a_breach_that_says_so(verb, open_http_client, tracker):
    http = open_http_client()
    with pytest.raises(ShadowBreach, match=r"PAY: \w+ /rest/api/3/issue/1 would write.*nothing was sent.*mode: write"):
        http.request(verb, "/rest/api/3/issue/1", params={"note": "x"})
    assert http.stats.writes == 0


@pytest.mark.parametrize("verb", ["POST", "PUT", "PATCH", "DELETE"])
def test_in_write_mode_writes_leave(verb):
    assert len(sent_by(lambda http: http.request(verb, "/rest/api/3/issue/1"), allow_writes=True)) == 1


@settings(max_examples=50, deadline=None)
@given(
    address=st.builds(
        lambda scheme, user, host, port, path: f"{scheme}{user}{host}{port}{path}",
        st.sampled_from(["https://", "http://", "HTTPS://", "//", "", "ftp://", "https:/", "https:\\\\"]),
        st.sampled_from(["", "", "tracker.example@", "me:pw@", "tracker.example\\@", "%40"]),
        st.sampled_from(
            ["tracker.example", "TRACKER.example", "evil.example", "tracker.example.evil.example", "[::1]",
             "tracker.example.", "trаcker.example", "tracker.example%2eevil.example", ""]
        ),
        st.sampled_from(["", ":443", ":8443", ":80", ":", ":x", "@evil.example", "#@evil.example"]),
        st.sampled_from(["", "/", "/rest", "/../..", "?x=https://evil.example", "/https://evil.example"]),
    )
    | paths.map(lambda path: path.removeprefix("/"))
)  # fmt: skip
@example(address="https://tracker.example@evil.example/")
@example(address="https://tracker.example\\@evil.example/")
@example(address="http://tracker.example/")
def test_nothing_leaves_for_another_origin_and_no_credentials_with_it(address):
    for request in sent_by(lambda http: http.request("GET", address), allow_writes=True):
        assert (request.url.scheme, request.url.host, request.url.port or 443) == ("https", "tracker.example", 443)
        assert request.headers["Authorization"] == SECRET, "credentials in an address took the place of ours"


@pytest.mark.parametrize(
    "address", ["https://evil.example/x", "http://tracker.example/x", "https://tracker.example:8443/x", "x", ""]
)
def test_a_call_for_another_origin_is_blocked(address, open_http_client, tracker):
    with pytest.raises(Misconfigured, match=r"request to .+ was blocked; only tracker.example may be called"):
        open_http_client().request("GET", address)


def test_the_same_origin_may_be_written_in_other_ways(open_http_client, tracker):
    route = tracker.get("/x").mock(return_value=httpx.Response(200))
    for address in ("https://TRACKER.example/x", "https://tracker.example:443/x", "/x"):
        open_http_client().request("GET", address)
    assert route.call_count == 3


def test_an_address_in_a_query_does_not_make_the_path_an_address(open_http_client, tracker):
    route = tracker.get("/find", params={"url": "https://evil.example/"}).mock(return_value=httpx.Response(200))
    open_http_client().request("GET", "/find?url=https://evil.example/")
    assert route.call_count == 1


@pytest.mark.parametrize(
    "base", ["", "tracker.example", "ftp://tracker.example", "https://", "https://h:x", "https://h\n"]
)
def test_the_address_has_to_be_a_web_address(base):
    with pytest.raises(Misconfigured, match=r"PAY: the address is not a web address.*start with https"):
        HttpClient("PAY", base)


def test_the_address_has_to_be_without_credentials():
    with pytest.raises(Misconfigured, match="contains a user name or password") as caught:
        HttpClient("PAY", "https://me:my-password@tracker.example")
    assert "my-password" not in str(caught.value)


def test_a_call_without_credentials_carries_none(open_http_client, tracker):
    route = tracker.get("/info").mock(return_value=httpx.Response(200))
    open_http_client(auth_headers=lambda: {"Authorization": SECRET}).request("GET", "/info", anonymous=True)
    assert "Authorization" not in route.calls.last.request.headers


def test_a_callers_header_does_not_replace_the_signature(open_http_client, tracker):
    route = tracker.get("/info").mock(return_value=httpx.Response(200))
    open_http_client(auth_headers=lambda: {"Authorization": SECRET}).request(
        "GET", "/info", headers={"Authorization": "Basic other"}
    )
    assert route.calls.last.request.headers.get_list("Authorization") == [SECRET]


def test_credentials_are_requested_for_each_attempt(open_http_client, tracker):
    tokens = iter(["one", "two"])
    route = tracker.get("/x").mock(side_effect=[httpx.Response(503), httpx.Response(200)])
    open_http_client(auth_headers=lambda: {"Authorization": next(tokens)}).request("GET", "/x")
    assert [call.request.headers["Authorization"] for call in route.calls] == ["one", "two"]


@pytest.mark.parametrize("body", [{"text": "half a letter \ud83d"}, {"number": float("nan")}, {"what": object()}])
def test_what_cannot_be_put_into_json_is_refused_before_anything_leaves(body, open_http_client, tracker):
    http = open_http_client(allow_writes=True)
    with pytest.raises(Refused, match=r"POST /comment cannot be sent"):
        http.request("POST", "/comment", json=body)
    assert http.stats.writes == 0
