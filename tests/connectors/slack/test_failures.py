"""Errors, lost responses and unexpected responses of Slack."""

import logging
import re
import traceback
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
import respx
import structlog

from connectors.errors import ConnectorError, Garbled, Gone, Misconfigured, Refused, Retriable, Uncertain
from connectors.redaction import redact
from connectors.slack import PostedMessage, Slack

TOKEN = "xoxb-1111-secret-token"
DAY = date(2026, 10, 5)
HEADER = [{"type": "header", "text": {"type": "plain_text", "text": "3 decisions", "emoji": False}}]


def ok(**body: Any) -> httpx.Response:
    return httpx.Response(200, json={"ok": True, **body})


def no(error: str, **body: Any) -> httpx.Response:
    return httpx.Response(200, json={"ok": False, "error": error, **body})


REFUSALS: list[tuple[str, type[ConnectorError], str]] = [
    ("not_authed", Misconfigured, "slack.token"),
    ("invalid_auth", Misconfigured, "the token is not valid (invalid_auth). Check `slack.token`"),
    ("account_inactive", Misconfigured, "removed"),
    ("token_revoked", Misconfigured, "revoked"),
    ("token_expired", Misconfigured, "expired"),
    ("channel_not_found", Misconfigured, "/invite"),
    ("not_in_channel", Misconfigured, "/invite"),
    ("is_archived", Misconfigured, "unarchive"),
    ("restricted_action", Misconfigured, "ask a Slack admin"),
    ("msg_too_long", Refused, "Shorten the message"),
    ("msg_blocks_too_long", Refused, "Shorten the message"),
    ("no_text", Refused, "no text"),
    ("message_not_found", Gone, "posted as a new message"),
    ("cant_update_message", Gone, "posted as a new message"),
    ("edit_window_closed", Gone, "posted as a new message"),
    ("thread_not_found", Gone, "posted as a new message"),
    ("service_unavailable", Retriable, "next round tries again"),
    ("ratelimited", Retriable, "called too often"),
    ("fatal_error", Uncertain, "may or may not have happened"),
    ("internal_error", Uncertain, "may or may not have happened"),
    ("something_new", Refused, "something_new"),
]


@pytest.mark.parametrize(("error", "kind", "said"), REFUSALS)
def test_every_refusal_is_one_of_ours_with_a_way_out(
    slack: Slack, router: respx.MockRouter, error: str, kind: type[ConnectorError], said: str
):
    route = router.post("chat.postMessage").mock(no(error))

    with pytest.raises(ConnectorError) as caught:
        slack.post_report("C123", "x", HEADER, day=DAY)

    assert type(caught.value) is kind
    assert caught.value.code == error
    assert said in str(caught.value)
    assert "chat.postMessage" in str(caught.value)
    assert route.call_count == 1


def test_a_missing_scope_is_named(slack: Slack, router: respx.MockRouter):
    router.post("chat.update").mock(no("missing_scope", needed="chat:write", provided="channels:read"))

    with pytest.raises(Misconfigured, match=r"lacks the scope chat:write.*install the app again"):
        slack.update_report(PostedMessage("C1", "1.0"), "x", HEADER, day=DAY)


def test_slacks_messages_about_blocks_are_passed_on(slack: Slack, router: respx.MockRouter):
    said = ["[ERROR] must be more than 0 characters [json-pointer:/blocks/3/text/text]"]
    router.post("chat.postMessage").mock(no("invalid_blocks", response_metadata={"messages": said}))

    with pytest.raises(Refused, match=r"must be more than 0 characters \[json-pointer:/blocks/3/text/text\]"):
        slack.post_report("C123", "x", HEADER, day=DAY)


def test_a_failure_inside_slack_leaves_a_read_retriable(slack: Slack, router: respx.MockRouter):
    router.post("auth.test").mock(no("fatal_error"))

    with pytest.raises(Retriable):
        slack.connect()


def test_a_post_that_came_too_fast_is_sent_again_after_the_wait(slack: Slack, router: respx.MockRouter):
    slow = httpx.Response(429, headers={"Retry-After": "0"}, json={"ok": False, "error": "ratelimited"})
    route = router.post("chat.postMessage").mock(side_effect=[slow, slow, ok(channel="C123", ts="1.0")])

    assert slack.post_report("C123", "x", HEADER, day=DAY) == PostedMessage("C123", "1.0")
    assert route.call_count == 3


def test_a_long_wait_is_an_error_and_not_waited_for(slack: Slack, router: respx.MockRouter):
    slow = httpx.Response(429, headers={"Retry-After": "3000"}, json={"ok": False, "error": "ratelimited"})
    router.post("chat.postMessage").mock(slow)

    with pytest.raises(Retriable) as caught:
        slack.post_report("C123", "x", HEADER, day=DAY)

    until = re.search(r"asked us to wait until (\S+ \S+) UTC", str(caught.value))
    assert until is not None
    assert datetime.fromisoformat(f"{until[1]}+00:00") > datetime.now(UTC)


def test_a_limit_told_with_status_200_says_until_when(slack: Slack, router: respx.MockRouter):
    response = httpx.Response(200, headers={"Retry-After": "30"}, json={"ok": False, "error": "rate_limited"})
    router.post("chat.postMessage").mock(response)

    with pytest.raises(Retriable, match="asks to wait 30 s"):
        slack.post_report("C123", "x", HEADER, day=DAY)


@pytest.mark.parametrize(
    "reply",
    [
        httpx.ReadTimeout("read timed out"),
        httpx.RemoteProtocolError("closed"),
        httpx.Response(500, text="<html>"),
        httpx.Response(503, json={"ok": False, "error": "service_unavailable"}),
        httpx.Response(200, content=b'{"ok": true, "ts'),
        httpx.Response(200, content=b"[]"),
    ],
    ids=lambda reply: type(reply).__name__ + str(getattr(reply, "status_code", "")),
)
def test_a_lost_reply_to_a_post_is_uncertain_and_never_repeated(slack: Slack, router: respx.MockRouter, reply: Any):
    route = router.post("chat.postMessage").mock(side_effect=[reply])

    with pytest.raises(Uncertain):
        slack.post_report("C123", "x", HEADER, day=DAY)

    assert route.call_count == 1


def test_a_lost_reply_to_a_read_is_asked_for_again(slack: Slack, router: respx.MockRouter):
    responses = [httpx.ReadTimeout("slow"), httpx.Response(502), ok(user="steward")]
    route = router.post("auth.test").mock(side_effect=responses)

    assert slack.connect().name == "steward"
    assert route.call_count == 3


def test_a_read_that_cannot_be_understood_changed_nothing(slack: Slack, router: respx.MockRouter):
    router.post("auth.test").mock(httpx.Response(200, content=b"[]"))

    with pytest.raises(Garbled, match=r"auth\.test"):
        slack.connect()


def test_a_web_page_instead_of_a_response_is_a_wrong_address(slack: Slack, router: respx.MockRouter):
    router.post("auth.test").mock(httpx.Response(200, text="<html>Please sign in</html>"))

    with pytest.raises(Misconfigured, match="web page"):
        slack.connect()


def test_an_error_status_says_what_slack_says(slack: Slack, router: respx.MockRouter):
    router.post("auth.test").mock(httpx.Response(403, json={"ok": False, "error": "ip_not_allowed"}))

    with pytest.raises(Refused, match="ip_not_allowed") as caught:
        slack.connect()

    assert caught.value.code == "ip_not_allowed"


@pytest.mark.parametrize("token", ["", "  ", "xoxb-…", "xoxb 1", "xoxb-\x001"])
def test_a_token_that_cannot_be_one_is_told_at_once(token: str):
    with pytest.raises(Misconfigured, match=r"slack\.token"):
        Slack(token, installation="i")


@pytest.mark.parametrize(
    "response", [no("invalid_auth"), no("fatal_error"), httpx.Response(500), httpx.ReadTimeout(f"with {TOKEN}")]
)
def test_the_token_is_in_no_error_and_no_log(router: respx.MockRouter, caplog: pytest.LogCaptureFixture, response: Any):
    caplog.set_level(logging.DEBUG)
    structlog.reset_defaults()
    router.post("chat.postMessage").mock(side_effect=[response])
    slack = Slack(TOKEN, installation="i", rate_limits=())

    with structlog.testing.capture_logs() as logged, pytest.raises(ConnectorError) as caught:
        slack.post_report("C123", "hello there", HEADER, day=DAY)

    ours = "".join(traceback.format_exception_only(caught.value))
    assert TOKEN not in ours + repr(logged) + caplog.text
    assert "hello there" not in caplog.text, "item text does not belong into a log"
    assert redact(f"x {TOKEN} y") == "x *** y"
    assert TOKEN not in repr(vars(slack._web))
    slack.close()
