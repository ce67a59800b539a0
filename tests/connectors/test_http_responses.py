"""Unusual responses and errors, and secrets that must not leak."""

import base64
import gzip
import logging
import traceback
import tracemalloc
import zlib
from urllib.parse import quote

import httpx
import pytest
import structlog

from connectors import http_body
from connectors.errors import Conflict, ConnectorError, Garbled, Gone, Misconfigured, Refused, Retriable, Uncertain
from connectors.http import Response
from connectors.http_body import BodyTooLarge
from connectors.redaction import redact, remember_secret

SIGN_IN = b"<!DOCTYPE html><html><title>Sign in</title></html>"
PAGES = [SIGN_IN, b"\n\n  <html>", b"\xef\xbb\xbf<?xml version='1.0'?><error/>"]
READS = [("GET", "/item"), ("POST", "/search/jql")]
WRITES = [("PUT", "/item"), ("DELETE", "/item"), ("POST", "/item"), ("PATCH", "/item")]


@pytest.mark.parametrize("call", READS)
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("status", [200, 201, 203])
def test_a_web_page_in_place_of_a_response_is_never_taken_for_success(call, page, status, open_http_client, tracker):
    route = tracker.route(method=call[0], path=call[1]).mock(return_value=httpx.Response(status, content=page))
    with pytest.raises(Misconfigured, match=r"returned a web page instead of data.*sign-in page") as caught:
        open_http_client(allow_writes=True).request(*call)
    assert (route.call_count, caught.value.status) == (1, status)


@pytest.mark.parametrize("call", READS)
@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
def test_a_redirect_is_named_and_not_followed(call, status, open_http_client, tracker):
    tracker.route(method=call[0], path=call[1]).mock(
        return_value=httpx.Response(status, headers={"Location": "https://me:pw@id.example/login?token=abc"})
    )
    with pytest.raises(Misconfigured, match=r"was redirected to id.example\. Check the address") as caught:
        open_http_client(allow_writes=True).request(*call)
    assert caught.value.status == status


ODD: list[tuple[int, bytes, dict[str, str]]] = [
    *((status, page, {}) for page in PAGES for status in (200, 201, 203, 400, 401, 403, 404, 409, 429)),
    *((status, b"", {"Location": "https://id.example/login"}) for status in (300, 301, 302, 303, 304)),
    *((status, b"Blocked by the gateway.", {}) for status in (400, 403, 404, 429)),
]


@pytest.mark.parametrize("call", WRITES)
@pytest.mark.parametrize(("status", "content", "headers"), ODD)
def test_a_reply_that_no_api_gives_leaves_a_write_uncertain(call, status, content, headers, open_http_client, tracker):
    response = httpx.Response(status, content=content, headers=headers)
    route = tracker.route(method=call[0], path=call[1]).mock(return_value=response)
    with pytest.raises(Uncertain, match="may or may not have happened") as caught:
        open_http_client(allow_writes=True).request(*call)
    assert (route.call_count, caught.value.status) == (1, status)


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (httpx.Response(400, json={"errorMessages": ["no"]}), Refused),
        (httpx.Response(403), Refused),
        (httpx.Response(404), Gone),
        (httpx.Response(404, json="gone"), Gone),
        (httpx.Response(409, content=b"\xef\xbb\xbf {}"), Conflict),
        (httpx.Response(401, json=[]), Misconfigured),
    ],
)
def test_a_write_that_the_api_itself_refuses_did_not_happen(response, kind, open_http_client, tracker):
    tracker.post("/item").mock(return_value=response)
    with pytest.raises(kind):
        open_http_client(allow_writes=True).request("POST", "/item")


def test_a_redirect_to_nowhere_is_named_too(open_http_client, tracker):
    tracker.get("/item").mock(return_value=httpx.Response(302))
    with pytest.raises(Misconfigured, match="was redirected to another page"):
        open_http_client().request("GET", "/item")


def test_a_redirect_is_returned_if_asked_for(open_http_client, tracker):
    tracker.get("/item").mock(return_value=httpx.Response(303, headers={"Location": "/task/1"}, content=SIGN_IN))
    assert open_http_client().request("GET", "/item", return_redirects=True).headers["location"] == "/task/1"


@pytest.mark.parametrize(
    ("response", "message"),
    [
        (httpx.Response(400, content=b"no such field"), "PAY: GET /item returned 400: no such field."),
        (httpx.Response(400, content=b"Is that so?"), "PAY: GET /item returned 400: Is that so?"),
        (httpx.Response(400, content=b"two\n\n lines "), "PAY: GET /item returned 400: two lines."),
        (httpx.Response(403, content=SIGN_IN), 'PAY: GET /item returned 403: a web page, "Sign in".'),
        (httpx.Response(403, content=b"\xff\xfe"), "PAY: GET /item returned 403: \ufffd\ufffd."),
        (httpx.Response(422), "PAY: GET /item returned 422."),
    ],
)
def test_an_error_is_one_sentence_with_the_trackers_words(response, message, open_http_client, tracker):
    tracker.get("/item").mock(return_value=response)
    with pytest.raises(Refused) as caught:
        open_http_client().request("GET", "/item?jql=secret+words")
    assert str(caught.value) == message


def test_a_long_error_is_cut(open_http_client, tracker):
    tracker.get("/item").mock(return_value=httpx.Response(400, content=b"x" * 10_000))
    with pytest.raises(Refused) as caught:
        open_http_client().request("GET", "/item")
    assert len(str(caught.value)) < 400


def test_the_trackers_own_reading_of_an_error_comes_first(open_http_client, tracker):
    tracker.get("/item").mock(return_value=httpx.Response(401))
    with pytest.raises(Misconfigured, match=r"401: expired\. Check the credentials") as caught:
        open_http_client(parse_error=lambda response: ("expired", "E7")).request("GET", "/item")
    assert caught.value.code == "E7"


TOKEN = "tok/en+with=marks&more"
USER = "steward@example.com"
BASIC = base64.b64encode(f"{USER}:{TOKEN}".encode()).decode()
FORMS = [TOKEN, BASIC, quote(TOKEN, safe="")]


def failures():
    echo = f"you sent {TOKEN} and Basic {BASIC} and /x?t={quote(TOKEN, safe='')}"
    # Cut in the middle of the token by whoever cuts before masking.
    yield "at the cut", httpx.Response(400, content=("y" * 290 + TOKEN).encode())
    for status in (302, 400, 401, 403, 404, 409, 429, 500, 503):
        yield (
            f"status {status}",
            httpx.Response(status, content=echo.encode(), headers={"Location": f"https://h/{TOKEN}"}),
        )
    yield "web page", httpx.Response(200, content=f"<html>{echo}</html>".encode())
    yield "cut", httpx.Response(200, content=f'{{"echo": "{echo}'.encode())
    yield "odd shape", httpx.Response(200, json={"echo": echo})
    for kind in (httpx.ConnectError, httpx.ReadTimeout, httpx.LocalProtocolError, httpx.ProxyError):
        yield kind.__name__, kind(echo)


@pytest.mark.parametrize("call", [("GET", f"/item/{quote(TOKEN, safe='')}?token={TOKEN}"), ("PUT", "/item?x=1")])
@pytest.mark.parametrize(
    ("what", "response"), list(failures()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_no_secret_is_in_any_message_or_log(call, what, response, *, open_http_client, tracker, caplog):
    caplog.set_level(logging.DEBUG)
    structlog.reset_defaults()  # tests of rounds, which may have run before in this process, leave logs out
    remember_secret(TOKEN, user=USER)
    tracker.route().mock(side_effect=[response] * 4)
    http = open_http_client(allow_writes=True, auth_headers=lambda: {"Authorization": f"Basic {BASIC}"})
    with structlog.testing.capture_logs() as logged, pytest.raises(Exception) as caught:
        http.request_json(*call, list[int])
    messages = "".join(traceback.format_exception_only(caught.value)) + repr(caught.value) + repr(logged)
    # Lines of the HTTP library are kept out of our logs by their level; what it raised is masked with every log line.
    messages += redact("".join(traceback.format_exception(caught.value)))
    messages += "".join(record.getMessage() for record in caplog.records if record.name.split(".")[0] != "httpx")
    for form in FORMS:
        assert form not in messages
    assert "en+with" not in messages, "half a secret is told"


def test_a_secret_is_in_no_description_of_a_client(open_http_client):
    http = open_http_client(auth_headers=lambda: {"Authorization": f"Basic {BASIC}"})
    assert BASIC not in repr(vars(http)) + repr(http.stats)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("xoxb-1234567890-abc and more", "*** and more"),
        ("Authorization: Bearer abc.def-ghi_jkl=", "Authorization: Bearer ***"),
        ("Basic c3Rld2FyZDp0b2tlbg==", "Basic ***"),
        ("https://me:hunter2@host/x", "https://***@host/x"),
        ("ATATT3xFfGF0abcdefghij=1A2B", "***"),
        ("a basic question, https://host:8080/path", "a basic question, https://host:8080/path"),
    ],
)
def test_what_is_shaped_like_a_secret_is_masked_though_nobody_named_it(text, masked):
    assert redact(text) == masked


def test_short_values_are_no_secrets():
    remember_secret("abc")
    assert redact("abcabc") == "abcabc"


def test_the_longest_secret_is_masked_first():
    remember_secret("prefix-of-it")
    remember_secret("prefix-of-it-and-more")
    assert redact("prefix-of-it-and-more") == "***"


def test_text_of_a_response_is_text_whatever_its_bytes():
    assert Response(200, {}, b"\xef\xbb\xbfhi \xff", "https://h/").text == "hi \ufffd"


def test_every_error_says_what_to_do_after_what_happened():
    assert str(ConnectorError("It happened.", hint="Do this.")) == "It happened. Do this."
    assert str(Retriable("It happened.")) == "It happened."


def test_an_unreadable_file_of_authorities_is_named(open_http_client, tmp_path):
    with pytest.raises(Misconfigured, match=r"missing.pem cannot be read .*ca_bundle"):
        open_http_client(ca_bundle=str(tmp_path / "missing.pem"))
    (tmp_path / "bad.pem").write_text("nothing")
    with pytest.raises(Misconfigured, match=r"bad.pem cannot be read"):
        open_http_client(ca_bundle=str(tmp_path / "bad.pem"))


def packed(body, times=1):
    for _ in range(times):
        body = gzip.compress(body)
    return body


BIG = b" " * (2**20 + 1)
TOO_LARGE = {
    "plain": (BIG, ""),
    "packed": (packed(BIG), "gzip"),
    "deflated": (zlib.compress(BIG), "deflate"),
}


@pytest.mark.parametrize(("body", "encoding"), TOO_LARGE.values(), ids=TOO_LARGE)
def test_a_body_that_is_too_large_is_given_up_at_once(body, encoding, open_http_client, tracker, monkeypatch):
    monkeypatch.setattr(http_body, "MAX_BODY_BYTES", 2**20)
    headers = {"Content-Encoding": encoding} if encoding else {}
    reply = httpx.Response(200, stream=httpx.ByteStream(body), headers=headers)
    read = tracker.get("/item").mock(return_value=reply)
    written = tracker.put("/item").mock(return_value=reply)
    http = open_http_client(allow_writes=True)
    with pytest.raises(Garbled, match="larger than 1 MB"):
        http.request("GET", "/item")
    with pytest.raises(Uncertain, match="larger than 1 MB"):
        http.request("PUT", "/item")
    assert (read.call_count, written.call_count) == (1, 1)


def test_a_small_body_that_unpacks_to_very_much_is_not_unpacked(monkeypatch):
    monkeypatch.setattr(http_body, "MAX_BODY_BYTES", 1000)
    chunk = packed(b" " * 20_000_000)
    tracemalloc.start()
    with pytest.raises(BodyTooLarge):
        http_body.read_body([chunk], "gzip")
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


UNREADABLE = {
    "cut": (packed(b'{"a": 1}' * 100)[:-30], "gzip"),
    "broken": (b"\x1f\x8b nonsense", "gzip"),
    "packed twice": (packed(b"{}", 2), "gzip, gzip"),
    "not asked for": (b"{}", "br"),
    "not packed": (b"{}", "gzip"),
}


@pytest.mark.parametrize(("body", "encoding"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_body_that_cannot_be_unpacked_is_a_lost_response(body, encoding, open_http_client, tracker):
    reply = httpx.Response(200, stream=httpx.ByteStream(body), headers={"Content-Encoding": encoding})
    tracker.route(path="/item").mock(return_value=reply)
    http = open_http_client(allow_writes=True)
    with pytest.raises(Retriable, match="no response"):
        http.request("GET", "/item")
    with pytest.raises(Uncertain, match="may or may not"):
        http.request("PUT", "/item")


@pytest.mark.parametrize("encoding", ["gzip", "X-GZIP", "deflate", "identity", ""])
def test_a_packed_body_is_unpacked(encoding, open_http_client, tracker):
    body = {"gzip": packed, "x-gzip": packed, "deflate": zlib.compress}.get(encoding.casefold(), bytes)(b'{"a": 1}')
    reply = httpx.Response(200, stream=httpx.ByteStream(body), headers={"Content-Encoding": encoding})
    route = tracker.get("/item").mock(return_value=reply)
    assert open_http_client().request_json("GET", "/item", dict[str, int]) == {"a": 1}
    assert route.calls.last.request.headers["Accept-Encoding"] == "gzip"


def test_cookies_are_not_collected(open_http_client, tracker):
    cookies = [("Set-Cookie", f"c{number}=x; Path=/; Max-Age=99999") for number in range(100)]
    route = tracker.get("/item").mock(return_value=httpx.Response(200, json={}, headers=cookies))
    http = open_http_client()
    http.request("GET", "/item")
    http.request("GET", "/item")
    assert "cookie" not in route.calls.last.request.headers
    assert len(http._transport.client.cookies.jar) == 0
