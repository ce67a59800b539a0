"""The sandbox answers the official client, unchanged, as Slack would."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from steward_sandbox.clock import StoppedClock
from steward_sandbox.slack import World

HEADER = [{"type": "header", "text": {"type": "plain_text", "text": "Report"}}]


def refused(call: Any, **arguments: Any) -> dict[str, Any]:
    with pytest.raises(SlackApiError) as caught:
        call(**arguments)
    assert isinstance(caught.value.response.data, dict)
    return caught.value.response.data


def test_who_we_are_comes_with_the_scopes(sdk: WebClient, world: World):
    got = sdk.auth_test()

    assert got["team"] == "Example"
    assert got["bot_id"].startswith("B")
    assert got.headers["x-oauth-scopes"].split(",") == sorted(world.scopes)


@pytest.mark.parametrize(("token", "error"), [("wrong", "invalid_auth"), (None, "not_authed")])
def test_a_bad_token_is_refused(address: str, token: str | None, error: str):
    assert refused(WebClient(token, base_url=f"{address}/api/").auth_test)["error"] == error


def test_a_message_is_posted_edited_and_kept_with_its_history(sdk: WebClient, world: World, clock: StoppedClock):
    posted = sdk.chat_postMessage(channel="#payments", text="first", blocks=HEADER)
    clock.advance(minutes=5)
    edited = sdk.chat_update(channel=posted["channel"], ts=posted["ts"], text="second")

    assert posted["message"]["blocks"] == HEADER
    assert edited["ts"] == posted["ts"]
    assert edited["message"]["text"] == "second"
    (message,) = world.messages("payments")
    assert [version.text for version in message.versions] == ["first", "second"]
    assert message.versions[1].at - message.versions[0].at == timedelta(minutes=5)
    assert (message.text, message.blocks) == ("second", [])
    assert world.calls == {"chat.postMessage": 1, "chat.update": 1}


def test_stamps_rise_while_the_clock_stands_still(sdk: WebClient):
    stamps = [sdk.chat_postMessage(channel="general", text="x")["ts"] for _ in range(3)]

    assert stamps == sorted(set(stamps))
    assert stamps[0].startswith("1791181800.")


def test_threads_hang_below_their_message(sdk: WebClient, world: World):
    top = sdk.chat_postMessage(channel="payments", text="top")
    first = sdk.chat_postMessage(channel="payments", text="one", thread_ts=top["ts"])
    sdk.chat_postMessage(channel="payments", text="two", thread_ts=first["ts"])

    (message,) = world.messages("payments")
    assert [reply.text for reply in message.replies] == ["one", "two"]
    replies = sdk.conversations_replies(channel=top["channel"], ts=top["ts"])
    assert [reply["text"] for reply in replies["messages"]] == ["top", "one", "two"]
    assert replies["messages"][0]["reply_count"] == 2
    assert {reply["thread_ts"] for reply in replies["messages"]} == {top["ts"]}
    assert len(sdk.conversations_history(channel=top["channel"])["messages"]) == 1
    assert refused(sdk.chat_postMessage, channel="payments", text="x", thread_ts="1.0")["error"] == "thread_not_found"


def test_history_comes_newest_first_in_pages_and_within_times(sdk: WebClient, world: World, clock: StoppedClock):
    for number in range(5):
        sdk.chat_postMessage(
            channel="payments", text=str(number), metadata={"event_type": "e", "event_payload": {"n": number}}
        )
        clock.advance(minutes=1)
    channel = world.channels[0].id

    pages = [page["messages"] for page in sdk.conversations_history(channel=channel, limit=2)]
    assert [[message["text"] for message in page] for page in pages] == [["4", "3"], ["2", "1"], ["0"]]
    assert pages[0][0]["metadata"] == {"event_type": "e"}

    stamps = [message.ts for message in world.messages("payments")]
    later = sdk.conversations_history(channel=channel, oldest=stamps[2], include_all_metadata=True)
    assert [message["text"] for message in later["messages"]] == ["4", "3"]
    assert later["messages"][0]["metadata"]["event_payload"] == {"n": 4}


def test_metadata_stay_when_an_edit_does_not_speak_of_them(sdk: WebClient, world: World):
    posted = sdk.chat_postMessage(channel="payments", text="x", metadata={"event_type": "e", "event_payload": {}})
    (message,) = world.messages("payments")

    sdk.chat_update(channel=posted["channel"], ts=posted["ts"], text="y")
    assert message.metadata == {"event_type": "e", "event_payload": {}}
    sdk.chat_update(channel=posted["channel"], ts=posted["ts"], text="z", metadata={})
    assert message.metadata is None


def test_channels_are_listed_as_the_token_may_see_them(sdk: WebClient, world: World):
    world.add_channel("plans", private=True)
    world.add_channel("secret", private=True, member=False)
    world.add_channel("old", archived=True)
    world.add_channel("open", member=False)

    def names(**how: Any) -> list[str]:
        return [channel["name"] for page in sdk.conversations_list(**how) for channel in page["channels"]]

    assert names() == ["payments", "general", "old", "open"]
    assert names(types="public_channel,private_channel", limit=2) == [
        "payments",
        "general",
        "plans",
        "old",
        "open",
    ]
    world.page_limit = 1
    assert names(types="private_channel", limit=200) == ["plans"]
    listed = {channel["name"]: channel for channel in sdk.conversations_list(limit=9)["channels"]}
    assert listed["payments"]["is_member"]
    secret = world.channel("secret")
    assert secret is not None
    assert refused(sdk.conversations_info, channel=secret.id)["error"] == "channel_not_found"
    assert sdk.conversations_info(channel=world.channels[2].id)["channel"]["is_private"]


def test_a_missing_scope_is_named(sdk: WebClient, world: World):
    world.scopes.remove("chat:write")

    body = refused(sdk.chat_postMessage, channel="payments", text="x")
    assert (body["error"], body["needed"]) == ("missing_scope", "chat:write")


def test_a_channel_that_takes_no_messages(sdk: WebClient, world: World):
    world.add_channel("old", archived=True)
    world.add_channel("open", member=False)

    for name, error in (("nowhere", "channel_not_found"), ("old", "is_archived"), ("open", "not_in_channel")):
        assert refused(sdk.chat_postMessage, channel=name, text="x")["error"] == error
    assert refused(sdk.conversations_history, channel="open")["error"] == "not_in_channel"
    assert refused(sdk.conversations_replies, channel="open", ts="1.0")["error"] == "not_in_channel"


def test_messages_that_cannot_be_edited(sdk: WebClient, world: World, clock: StoppedClock):
    person = world.say("payments", "Noor", "hello")
    ours = sdk.chat_postMessage(channel="payments", text="x")
    world.edit_window = timedelta(hours=1)
    clock.advance(hours=2)

    for ts, error in (
        ("1.0", "message_not_found"),
        (person.ts, "cant_update_message"),
        (ours["ts"], "edit_window_closed"),
    ):
        assert refused(sdk.chat_update, channel="payments", ts=ts, text="y")["error"] == error
    assert refused(sdk.chat_getPermalink, channel="payments", message_ts="1.0")["error"] == "message_not_found"


def test_failures_are_prepared_one_by_one(sdk: WebClient, world: World):
    world.fail_next("fatal_error")
    world.fail_next("missing_scope", "auth.test", needed="x")
    world.fail_next("ratelimited", "conversations.list")
    world.fail_next("503", "conversations.list", times=2)

    assert refused(sdk.auth_test)["needed"] == "x"
    assert refused(sdk.chat_postMessage, channel="payments", text="x")["error"] == "fatal_error"
    assert [refused(sdk.conversations_list)["error"] for _ in range(3)] == ["internal_error"] * 2 + ["ratelimited"]
    assert sdk.conversations_list()["ok"]
    assert sdk.chat_postMessage(channel="payments", text="x")["ok"]


def test_a_permalink_leads_to_the_message_on_the_page(sdk: WebClient, address: str):
    posted = sdk.chat_postMessage(channel="payments", text="x")
    link = sdk.chat_getPermalink(channel=posted["channel"], message_ts=posted["ts"])["permalink"]

    anchor = posted["ts"].replace(".", "")
    assert link == f"{address}/archives/{posted['channel']}/p{anchor}"
    with urlopen(link) as page:
        assert page.url == f"{address}/?channel={posted['channel']}#m{anchor}"
        assert f'id="m{anchor}"' in page.read().decode()


def raw(address: str, method: str, body: bytes, kind: str, query: str = "") -> dict[str, Any]:
    headers = {"Content-Type": kind, "Authorization": "Bearer t"}
    with urlopen(Request(f"{address}/api/{method}{query}", body, headers)) as reply:
        return json.loads(reply.read())


def test_arguments_come_as_json_a_form_or_a_query(address: str, world: World):
    form = urlencode({"channel": "payments", "text": "form", "blocks": json.dumps(HEADER)}).encode()

    assert raw(address, "chat.postMessage", form, "application/x-www-form-urlencoded")["message"]["blocks"] == HEADER
    query = "?types=private_channel"
    assert raw(address, "conversations.list", b"", "application/x-www-form-urlencoded", query)["channels"] == []
    assert raw(address, "chat.postMessage", b"{", "application/json")["error"] == "invalid_json"
    assert raw(address, "chat.burn", b"", "text/plain")["error"] == "unknown_method"


def test_people_say_and_delete_things(world: World, sdk: WebClient):
    top = world.say("payments", "Noor", "hello")
    answer = world.say("payments", "Jonas", "hi", thread_ts=top.ts)

    assert sdk.conversations_history(channel="payments")["messages"][0]["user"] == top.user
    world.delete("payments", answer.ts)
    assert top.replies == []
    world.delete("payments", top.ts)
    assert world.messages("payments") == []
    with pytest.raises(KeyError):
        world.messages("nowhere")
    with pytest.raises(KeyError):
        world.say("payments", "Noor", "x", thread_ts="1.0")


@pytest.mark.parametrize(
    "block",
    [
        {"type": "heading", "text": {"type": "plain_text", "text": "Report"}},
        {"type": "header", "text": "Report"},
        {"type": "header", "text": {"type": "plain_text", "text": "Report"}, "colour": "red"},
        {"type": "rich_text", "elements": [{"type": "text", "text": "Report"}]},
        {"type": "actions", "elements": [{"type": "button", "text": {"type": "mrkdwn", "text": "No"}}]},
    ],
)
def test_blocks_that_slacks_types_do_not_have_are_refused(sdk: WebClient, block: dict[str, Any]):
    body = refused(sdk.chat_postMessage, channel="general", text="x", blocks=[*HEADER, block])

    assert (body["error"], body["errors"][0]["pointer"]) == ("invalid_blocks", "/1")
    assert refused(sdk.api_call, api_method="blocks.validate", json={"blocks": json.dumps([block])})["ok"] is False


def test_a_dialog_needs_a_trigger_and_follows_slacks_types(sdk: WebClient, world: World):
    view = {"type": "modal", "title": {"type": "plain_text", "text": "Why?"}, "blocks": HEADER}
    world.triggers |= {"t1": ("U1", "C1"), "t2": ("U1", "C1")}

    assert refused(sdk.views_open, trigger_id="t0", view=view)["error"] == "expired_trigger_id"
    assert refused(sdk.views_open, trigger_id="t1", view=view | {"title": "Why?"})["error"] == "invalid_arguments"
    assert sdk.views_open(trigger_id="t2", view=view)["view"]["id"] == world.dialogs[0].id
    assert refused(sdk.views_open, trigger_id="t2", view=view)["error"] == "expired_trigger_id"
