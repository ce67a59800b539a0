"""Libraries that are built on `requests` send everything through the client."""

import gzip

import httpx
import pytest
import requests
from jira import JIRA

from connectors.errors import ConnectorError, Garbled, Misconfigured, Retriable, ShadowBreach, Uncertain
from connectors.requests_adapter import HttpClientAdapter

BASE = "https://tracker.example"


@pytest.fixture
def session(open_http_client):
    made = requests.Session()
    made.http = open_http_client(allow_writes=True, auth_headers=lambda: {"Authorization": "Basic ours"})
    for scheme in ("https://", "http://"):
        made.mount(scheme, HttpClientAdapter(made.http))
    yield made
    made.close()


def test_a_request_and_its_response_pass_unharmed(session, tracker):
    route = tracker.post("/item", params={"a": "b c", "é": "&"}).mock(
        return_value=httpx.Response(
            201, json={"name": "Übung"}, headers={"X-Told": "yes", "Content-Type": "text/plain"}
        )
    )
    response = session.post(
        f"{BASE}/item", params={"a": "b c", "é": "&"}, json={"text": "Größe"}, headers={"X-Ask": "1"}
    )
    assert (response.status_code, response.reason, response.json()) == (201, "Created", {"name": "Übung"})
    assert (response.headers["x-told"], response.text) == ("yes", '{"name":"Übung"}')
    assert response.request.url.startswith(BASE)
    sent = route.calls.last.request
    assert sent.read() == '{"text": "Größe"}'.encode() or sent.read() == b'{"text": "Gr\\u00f6\\u00dfe"}'
    assert (sent.headers["X-Ask"], sent.headers["Content-Type"]) == ("1", "application/json")


def test_a_packed_response_arrives_unpacked(session, tracker):
    packed = gzip.compress(b'{"a": 1}')
    tracker.get("/item").mock(
        return_value=httpx.Response(
            200, content=packed, headers={"Content-Encoding": "gzip", "Content-Length": str(len(packed))}
        )
    )
    response = session.get(f"{BASE}/item")
    assert response.json() == {"a": 1}
    assert "content-encoding" not in response.headers


def test_only_what_the_client_can_unpack_is_accepted(session, tracker):
    route = tracker.get("/item").mock(return_value=httpx.Response(200))
    session.get(f"{BASE}/item", headers={"Accept-Encoding": "zstd, br, snappy"})
    assert "snappy" not in route.calls.last.request.headers["Accept-Encoding"]


def test_only_the_client_authenticates(session, tracker):
    route = tracker.get("/item").mock(return_value=httpx.Response(200))
    session.get(f"{BASE}/item", auth=("me", "their-password"))
    assert route.calls.last.request.headers.get_list("Authorization") == ["Basic ours"]


def test_credentials_of_the_machine_are_not_used(session, tracker, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine tracker.example login me password from-netrc\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    route = tracker.get("/item").mock(return_value=httpx.Response(200))
    session.get(f"{BASE}/item")
    assert route.calls.last.request.headers.get_list("Authorization") == ["Basic ours"]


def test_a_redirect_within_the_origin_is_followed_through_the_client(session, tracker):
    tracker.post("/search/jql").mock(return_value=httpx.Response(303, headers={"Location": "/task/1"}))
    tracker.get("/task/1").mock(return_value=httpx.Response(200, json={"done": True}))
    response = session.post(f"{BASE}/search/jql", json={})
    assert response.json() == {"done": True}
    assert (session.http.stats.writes, session.http.stats.reads) == (0, 2)


def test_a_redirect_to_elsewhere_is_blocked(session, tracker):
    tracker.get("/item").mock(return_value=httpx.Response(302, headers={"Location": "https://evil.example/"}))
    with pytest.raises(Misconfigured, match=r"request to evil\.example"):
        session.get(f"{BASE}/item")


def test_a_library_collects_no_cookies(session, tracker):
    tracker.get("/item").mock(return_value=httpx.Response(200, json={}, headers={"Set-Cookie": "a=b; Path=/"}))
    session.get(f"{BASE}/item")
    session.get(f"{BASE}/item")
    assert (len(session.cookies), len(session.http._transport.client.cookies.jar)) == (0, 0)


def test_errors_of_the_client_pass_unchanged(session, tracker):
    tracker.get("/item").mock(side_effect=httpx.ReadTimeout("slow"))
    tracker.post("/item").mock(side_effect=httpx.ReadTimeout("slow"))
    with pytest.raises(Retriable, match="no response to GET /item"):
        session.get(f"{BASE}/item", timeout=0.001)
    with pytest.raises(Uncertain):
        session.post(f"{BASE}/item")


@pytest.mark.parametrize("response", [b'{"cut', b"nonsense"])
def test_a_response_that_breaks_off_is_the_clients_to_ask_for_again(session, tracker, response):
    route = tracker.get("/item").mock(
        side_effect=[httpx.Response(200, content=response)] * 3 + [httpx.Response(200, json=1)]
    )
    assert session.get(f"{BASE}/item").json() == 1
    assert route.call_count == 4
    tracker.get("/other").mock(return_value=httpx.Response(200, content=response))
    with pytest.raises(Garbled):
        session.get(f"{BASE}/other")
    tracker.put("/item").mock(return_value=httpx.Response(200, content=response))
    with pytest.raises(Uncertain):
        session.put(f"{BASE}/item")


def test_a_response_without_a_body_is_whole(session, tracker):
    tracker.delete("/item").mock(return_value=httpx.Response(204))
    assert session.delete(f"{BASE}/item").content == b""


def test_shadow_mode_holds_for_libraries(open_http_client, tracker):
    session = requests.Session()
    session.mount("https://", HttpClientAdapter(open_http_client()))
    with pytest.raises(ShadowBreach):
        session.put(f"{BASE}/item", json={})


def test_closing_a_library_leaves_the_client_open(session, tracker):
    tracker.get("/item").mock(return_value=httpx.Response(200, json=1))
    session.close()
    assert session.http.request("GET", "/item").status == 200


@pytest.fixture
def jira(open_http_client):
    library = JIRA(server=BASE, options={"rest_api_version": "3"}, get_server_info=False, max_retries=0, logging=False)
    library.http = open_http_client(allow_writes=True)
    for scheme in ("https://", "http://"):
        library._session.mount(scheme, HttpClientAdapter(library.http))
    library.deploymentType = "Cloud"
    yield library
    library.close()


def test_the_official_library_leaves_only_through_the_client(jira, tracker):
    """`pytest-socket` refuses real sockets beyond loopback, and the router refuses what it does not expect."""
    found = {"id": "1", "key": "PAY-1", "self": f"{BASE}/rest/api/3/issue/1", "fields": {"summary": "x"}}
    tracker.get("/rest/api/3/issue/PAY-1").mock(return_value=httpx.Response(200, json=found))
    tracker.post("/rest/api/3/issue/1/comment").mock(return_value=httpx.Response(201, json={"id": "5", "body": "x"}))
    tracker.get("/rest/api/3/field").mock(return_value=httpx.Response(200, json=[]))
    tracker.put("/rest/api/3/issue/1").mock(return_value=httpx.Response(204))
    tracker.get("/rest/api/3/issue/1").mock(
        return_value=httpx.Response(200, json={"id": "1", "key": "PAY-1", "fields": {}})
    )
    issue = jira.issue("PAY-1")
    assert issue.fields.summary == "x"
    assert jira.add_comment("1", "x").id == "5"
    assert jira.fields() == []
    issue.update(fields={"summary": "y"})
    assert (jira.http.stats.writes, jira.http.stats.reads) == (2, 3)


@pytest.mark.parametrize("status", [429, 503])
def test_the_librarys_own_retries_are_off(jira, tracker, status):
    route = tracker.get("/rest/api/3/myself").mock(return_value=httpx.Response(status, headers={"Retry-After": "0"}))
    with pytest.raises(Retriable):
        jira.myself()
    assert route.call_count == 4, "the client tried four times, and the library none besides"


def test_a_comment_is_sent_once_when_its_reply_is_lost(jira, tracker):
    route = tracker.post("/rest/api/3/issue/1/comment").mock(side_effect=httpx.ReadError("reset"))
    with pytest.raises(Uncertain):
        jira.add_comment("1", "x")
    assert route.call_count == 1


def test_what_the_library_raises_is_an_error_of_ours(jira, tracker):
    tracker.get("/rest/api/3/myself").mock(return_value=httpx.Response(404, json={"errorMessages": ["gone"]}))
    with pytest.raises(ConnectorError, match="gone"):
        jira.myself()
