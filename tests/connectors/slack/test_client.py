"""Requests to Slack, and what becomes of the responses."""

import json
import logging
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
import respx
from slack_sdk import WebClient
from slack_sdk.web import base_client

from connectors.errors import ConnectorError, Misconfigured, Refused, Retriable, ShadowBreach, Uncertain
from connectors.slack import Channel, PostedMessage, Slack
from connectors.slack.web import SlackWebClient

TOKEN = "xoxb-1111-secret-token"
DAY = date(2026, 10, 5)
HEADER = [{"type": "header", "text": {"type": "plain_text", "text": "3 decisions", "emoji": False}}]
ME = {"ok": True, "team": "Example", "team_id": "T1", "user": "steward", "user_id": "U1", "bot_id": "B1"}
SCOPES = {"x-oauth-scopes": "chat:write,channels:read,groups:read,channels:history"}
MARK = {
    "event_type": "backlog_steward_report",
    "event_payload": {"installation": "inst-1", "channel": "C123", "day": "2026-10-05"},
}


def ok(**body: Any) -> httpx.Response:
    return httpx.Response(200, json={"ok": True, **body})


def no(error: str, **body: Any) -> httpx.Response:
    return httpx.Response(200, json={"ok": False, "error": error, **body})


def sent(route: respx.Route, number: int = -1) -> dict[str, Any]:
    request = route.calls[number].request
    if request.headers["content-type"].startswith("application/json"):
        return json.loads(request.content)
    return {name: values[0] for name, values in parse_qs(request.content.decode()).items()}


@pytest.fixture
def me(router: respx.MockRouter) -> respx.Route:
    return router.post("auth.test").mock(httpx.Response(200, json=ME, headers=SCOPES))


def test_connecting_tells_who_we_are_and_what_the_token_allows(slack: Slack, me: respx.Route):
    account = slack.connect()

    assert (account.name, account.team, account.bot_id) == ("steward", "Example", "B1")
    assert account.scopes == {"chat:write", "channels:read", "groups:read", "channels:history"}
    assert account.missing_scopes == ()
    assert slack.account is account
    request = me.calls[0].request
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert TOKEN.encode() not in request.content
    assert me.call_count == 1


def test_scopes_that_are_missing_are_named(slack: Slack, router: respx.MockRouter):
    router.post("auth.test").mock(httpx.Response(200, json=ME, headers={"x-oauth-scopes": "chat:write"}))

    assert slack.account.missing_scopes == ("channels:read", "channels:history")


def test_a_report_is_posted_with_its_mark_and_nothing_that_slack_reads_into_it(slack: Slack, router: respx.MockRouter):
    route = router.post("chat.postMessage").mock(ok(channel="C123", ts="17.5"))

    posted = slack.post_report("C123", "3 decisions <!channel> & more", HEADER, day=DAY)

    assert posted == PostedMessage("C123", "17.5")
    assert sent(route) == {
        "channel": "C123",
        "text": "3 decisions &lt;!channel&gt; &amp; more",
        "blocks": HEADER,
        "metadata": MARK,
        "parse": "none",
        "link_names": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }
    assert slack.stats.writes == 1


def test_a_message_is_edited_in_place_and_keeps_its_mark(slack: Slack, router: respx.MockRouter):
    route = router.post("chat.update").mock(ok(channel="C123", ts="17.5"))

    assert slack.update_report(PostedMessage("C123", "17.5"), "2 decisions", HEADER, day=DAY) == PostedMessage(
        "C123", "17.5"
    )

    assert sent(route) == {
        "channel": "C123",
        "ts": "17.5",
        "text": "2 decisions",
        "blocks": HEADER,
        "metadata": MARK,
        "parse": "none",
        "link_names": False,
    }


def room(name: str, number: int, **more: Any) -> dict[str, Any]:
    return {"id": f"C{number:09d}", "name": name, "is_member": True, "is_archived": False, "is_private": False, **more}


def test_a_channel_is_found_on_a_later_page_and_remembered_with_what_was_passed(
    slack: Slack, router: respx.MockRouter, me: respx.Route
):
    pages = [
        ok(channels=[room("general", 1), room("old", 2, is_archived=True)], response_metadata={"next_cursor": "two"}),
        ok(channels=[room("payments", 3, is_private=True)], response_metadata={"next_cursor": "three"}),
    ]
    route = router.post("conversations.list").mock(side_effect=pages)

    assert slack.channel("#Payments") == Channel("C000000003", "payments")
    assert slack.channel("payments") == slack.channel(" #payments ")
    assert slack.channel("general").id == "C000000001"

    assert route.call_count == 2
    assert sent(route, 0) == {"limit": "200", "types": "public_channel,private_channel"}
    assert sent(route, 1)["cursor"] == "two"


def test_a_channel_is_also_found_by_its_id(slack: Slack, router: respx.MockRouter, me: respx.Route):
    route = router.post("conversations.info").mock(ok(channel=room("payments", 3)))

    assert slack.channel("C000000003").name == "payments"
    assert sent(route) == {"channel": "C000000003"}


def test_a_channel_that_does_not_exist_is_one_clear_error(slack: Slack, router: respx.MockRouter, me: respx.Route):
    router.post("conversations.list").mock(ok(channels=[room("payments-refinement", 1), room("general", 2)]))

    with pytest.raises(Misconfigured) as caught:
        slack.channel("#payment-refinement")

    assert str(caught.value) == (
        "Slack has no channel #payment-refinement that the bot can see. Did you mean #payments-refinement? "
        "The bot can see a private channel only after /invite @steward."
    )
    assert caught.value.code == "channel_not_found"


def test_without_the_scope_for_private_channels_only_public_ones_are_listed(slack: Slack, router: respx.MockRouter):
    router.post("auth.test").mock(httpx.Response(200, json=ME, headers={"x-oauth-scopes": "chat:write,channels:read"}))
    route = router.post("conversations.list").mock(ok(channels=[]))

    with pytest.raises(Misconfigured, match=r"Check the name\..* and with the scope groups:read\."):
        slack.channel("plans")

    assert sent(route)["types"] == "public_channel"


def test_a_list_that_goes_round_in_circles_ends(slack: Slack, router: respx.MockRouter, me: respx.Route):
    route = router.post("conversations.list").mock(ok(channels=[], response_metadata={"next_cursor": "again"}))

    with pytest.raises(ConnectorError, match="endless"):
        slack.channel("plans")

    assert route.call_count == 2


@pytest.mark.parametrize(
    ("state", "code", "what", "remedy"),
    [
        (
            {"is_member": False},
            "not_in_channel",
            "is not in the Slack channel #plans",
            "open #plans in Slack and write /invite @steward.",
        ),
        ({"is_archived": True}, "is_archived", "The Slack channel #plans is archived", "or unarchive this one."),
    ],
)
def test_a_channel_the_bot_cannot_use_says_what_to_do(
    request: pytest.FixtureRequest, state: dict[str, Any], code: str, what: str, remedy: str
):
    router, slack = request.getfixturevalue("router"), request.getfixturevalue("slack")
    request.getfixturevalue("me")
    route = router.post("conversations.list").mock(ok(channels=[room("plans", 1, **state)]))

    for _ in range(2):
        with pytest.raises(Misconfigured) as caught:
            slack.channel("plans")
        assert caught.value.code == code
        assert what in caught.value.message
        assert caught.value.hint.endswith(remedy)

    assert route.call_count == 2, "an admin may have invited the bot in the meantime"


def test_our_report_is_found_by_its_mark_among_other_messages(slack: Slack, router: respx.MockRouter, me: respx.Route):
    other_day = {**MARK, "event_payload": {**MARK["event_payload"], "day": "2026-10-04"}}
    other_house = {**MARK, "event_payload": {**MARK["event_payload"], "installation": "inst-2"}}
    pages = [
        ok(
            messages=[
                {"ts": "9.0", "user": "U7", "text": "hello"},
                {"ts": "8.0", "bot_id": "B1", "metadata": other_day},
                {"ts": "7.0", "bot_id": "B1", "metadata": other_house},
                {"ts": "6.0", "bot_id": "B2", "metadata": MARK},
            ],
            response_metadata={"next_cursor": "more"},
        ),
        ok(messages=[{"ts": "5.0", "bot_id": "B1", "metadata": {**MARK, "app_id": "A1"}}]),
    ]
    route = router.post("conversations.history").mock(side_effect=pages)

    assert slack.find_report("C123", DAY) == PostedMessage("C123", "5.0")

    asked = sent(route, 0)
    assert asked["include_all_metadata"] == "1"
    assert datetime.fromtimestamp(float(asked["oldest"]), UTC) == datetime(2026, 10, 4, 10, tzinfo=UTC)
    assert slack.stats.writes == 0


def test_a_report_that_is_not_there_is_not_found(slack: Slack, router: respx.MockRouter, me: respx.Route):
    router.post("conversations.history").mock(ok(messages=[]))

    assert slack.find_report("C123", DAY) is None


@pytest.mark.parametrize(
    "element",
    [
        {"type": "user", "user_id": "S0123ABCD"},
        {"type": "usergroup", "usergroup_id": "S0123ABCD"},
        {"type": "broadcast", "range": "here"},
    ],
)
def test_no_group_and_no_channel_is_notified(slack: Slack, router: respx.MockRouter, element: dict[str, Any]):
    block = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [element]}]}
    with pytest.raises(Refused, match=r"expected text, link or user|is not the id of one person"):
        slack.post_report("C123", "x", [block], day=DAY)
    with pytest.raises(Refused, match="expected one of"):
        slack.post_report("C123", "x", [{"type": "section", "text": {"type": "mrkdwn", "text": "<!channel>"}}], day=DAY)


def test_text_without_blocks_is_no_markup(slack: Slack, router: respx.MockRouter):
    route = router.post("chat.postMessage").mock(ok(channel="C123", ts="18.0"))
    slack.post_report("C123", "*as* it is", day=DAY)
    (block,) = sent(route)["blocks"]
    assert block["elements"][0]["elements"] == [{"type": "text", "text": "*as* it is"}]


ODD: list[Any] = [None, 7, "x", [], {}, [None, 7, "x", {}, {"metadata": 5}, {"metadata": {"event_payload": []}}]]


@pytest.mark.parametrize("odd", ODD, ids=str)
def test_odd_replies_are_errors_of_ours_or_nothing(slack: Slack, router: respx.MockRouter, odd: Any):
    router.post("auth.test").mock(ok(user=odd, bot_id="B1", user_id=odd))
    router.post("conversations.list").mock(ok(channels=odd, response_metadata=odd))
    router.post("conversations.info").mock(ok(channel=odd))
    router.post("conversations.history").mock(ok(messages=odd, response_metadata=odd))
    router.post("chat.postMessage").mock(ok(ts=None, channel=odd))
    for name in ("plans", "C000000003"):
        with pytest.raises(Misconfigured):
            slack.channel(name)
    assert slack.find_report("C123", DAY) is None
    with pytest.raises(Uncertain, match="no timestamp"):
        slack.post_report("C123", "x", HEADER, day=DAY)


def test_a_message_slack_would_refuse_does_not_leave(slack: Slack, router: respx.MockRouter):
    with pytest.raises(Refused, match=r"blocks\[0\] \(header\)\.?.*expected plain_text"):
        slack.post_report("C123", "x", [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}], day=DAY)
    with pytest.raises(Refused, match="text is empty"):
        slack.post_report("C123", " \x00 ", HEADER, day=DAY)


def test_in_shadow_mode_reading_works_and_posting_does_not(router: respx.MockRouter, me: respx.Route):
    slack = Slack(TOKEN, installation="i", allow_writes=False)

    assert slack.connect().name == "steward"
    with pytest.raises(ShadowBreach):
        slack.post_report("C123", "x", HEADER, day=DAY)
    with pytest.raises(ShadowBreach):
        slack.update_report(PostedMessage("C123", "1.0"), "x", HEADER, day=DAY)
    slack.close()


def test_when_told_to_stop_nothing_leaves(router: respx.MockRouter):
    stop = threading.Event()
    stop.set()
    slack = Slack(TOKEN, installation="i", stop=stop)

    with pytest.raises(Retriable, match="stopped"):
        slack.post_report("C123", "x", HEADER, day=DAY)
    slack.close()


def test_messages_to_one_channel_keep_their_distance(router: respx.MockRouter):
    router.post("chat.postMessage").mock(ok(channel="C123", ts="1.0"))
    slack = Slack(TOKEN, installation="i", rate_limits=((1, 0.2),))

    for _ in range(2):
        slack.post_report("C123", "x", HEADER, day=DAY)
    assert 0.1 < slack.stats.seconds_waited < 0.3
    slack.post_report("C999", "x", HEADER, day=DAY)
    assert slack.stats.seconds_waited < 0.3
    slack.close()


def test_the_official_client_has_no_other_way_out(
    slack: Slack, router: respx.MockRouter, monkeypatch: pytest.MonkeyPatch
):
    """`_perform_urllib_http_request_internal` is private: this tells when a new version goes another way."""

    def urlopen(*_: Any, **__: Any) -> None:
        raise AssertionError("a call bypassed the HTTP client")

    monkeypatch.setattr(base_client, "urlopen", urlopen)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.invalid:3128")
    router.post("api.test").mock(ok(args={}))
    web = SlackWebClient(slack._http)

    assert web.api_test()["ok"]
    with pytest.raises(NotImplementedError):
        web._upload_file(
            url="https://files.slack.com/", data=b"x", logger=logging.getLogger(), timeout=1, proxy=None, ssl=None
        )
    inherited: Callable[..., Any] = WebClient._perform_urllib_http_request_internal
    assert SlackWebClient._perform_urllib_http_request_internal is not inherited
