"""The service's own client against the sandbox: a whole day, and everything that can go wrong with a post."""

from datetime import date, timedelta
from typing import Any

import pytest

from connectors.errors import Garbled, Gone, Misconfigured, Refused, Retriable, Uncertain
from connectors.slack import PostedMessage, Slack
from connectors.slack.formatting import plain_text, rich_text, rich_text_section, text_element
from steward_sandbox.clock import StoppedClock
from steward_sandbox.slack import World

DAY = date(2026, 10, 5)


def report(count: int) -> list[dict[str, Any]]:
    return [
        {"type": "header", "text": plain_text(f"{count} decisions", 150)},
        rich_text(rich_text_section(text_element("<!channel> *PAY-1*"))),
    ]


def test_a_day_of_one_report(slack: Slack, world: World, clock: StoppedClock):
    channel = slack.channel("#payments")
    assert slack.find_report(channel.id, DAY) is None

    posted = slack.post_report(channel.id, "3 decisions", report(3), day=DAY)
    world.say("payments", "Noor", "I will split it", thread_ts=posted.ts)
    clock.advance(hours=3)
    assert slack.update_report(posted, "2 decisions", report(2), day=DAY) == posted

    assert slack.find_report(channel.id, DAY) == posted
    assert slack.find_report(channel.id, DAY + timedelta(days=1)) is None
    (message,) = world.messages("payments")
    assert [version.text for version in message.versions] == ["3 decisions", "2 decisions"]
    assert len(message.replies) == 1


@pytest.mark.parametrize(
    ("fault", "arrives"), [("drop-after", True), ("truncate", True), ("drop-before", False), ("500", False)]
)
def test_a_lost_reply_is_looked_for_and_never_doubled(slack: Slack, world: World, fault: str, arrives: bool):
    channel = slack.channel("payments").id
    world.fail_next(fault)

    with pytest.raises(Uncertain):
        slack.post_report(channel, "3 decisions", report(3), day=DAY)

    found = slack.find_report(channel, DAY)
    assert (found is not None) is arrives
    posted = found or slack.post_report(channel, "3 decisions", report(3), day=DAY)
    (message,) = world.messages("payments")
    assert posted == PostedMessage(channel, message.ts)


def test_a_lost_reply_to_an_edit_may_be_repeated(slack: Slack, world: World):
    posted = slack.post_report(slack.channel("payments").id, "3 decisions", report(3), day=DAY)
    world.fail_next("drop-after", "chat.update")

    with pytest.raises(Uncertain):
        slack.update_report(posted, "2 decisions", report(2), day=DAY)
    slack.update_report(posted, "2 decisions", report(2), day=DAY)

    (message,) = world.messages("payments")
    assert message.text == "2 decisions"


def test_another_installation_does_not_take_our_report_for_its_own(slack: Slack, world: World, address: str):
    channel = slack.channel("payments").id
    slack.post_report(channel, "3 decisions", report(3), day=DAY)

    other = Slack("xoxb-token", installation="inst-2", base_url=f"{address}/api/")
    assert other.find_report(channel, DAY) is None
    other.close()


def test_a_report_is_found_behind_a_day_of_chatter(slack: Slack, world: World, clock: StoppedClock):
    channel = slack.channel("payments").id
    posted = slack.post_report(channel, "3 decisions", report(3), day=DAY)
    world.page_limit = 2
    for number in range(5):
        clock.advance(minutes=1)
        world.say("payments", "Noor", f"message {number}")

    assert slack.find_report(channel, DAY) == posted
    assert world.calls["conversations.history"] == 3


def test_a_report_posted_anew_is_the_one_that_is_found(slack: Slack, world: World, clock: StoppedClock):
    channel = slack.channel("payments").id
    first = slack.post_report(channel, "3 decisions", report(3), day=DAY)
    world.edit_window = timedelta(minutes=5)
    clock.advance(hours=1)

    with pytest.raises(Gone):
        slack.update_report(first, "2 decisions", report(2), day=DAY)
    second = slack.post_report(channel, "2 decisions", report(2), day=DAY)

    assert slack.find_report(channel, DAY) == second


def test_a_deleted_report_is_gone(slack: Slack, world: World):
    posted = slack.post_report(slack.channel("payments").id, "3 decisions", report(3), day=DAY)
    world.delete("payments", posted.ts)

    assert slack.find_report(posted.channel, DAY) is None
    with pytest.raises(Gone):
        slack.update_report(posted, "x", report(1), day=DAY)


def test_a_post_that_is_throttled_arrives_once(slack: Slack, world: World):
    channel = slack.channel("payments").id
    world.fail_next("429=0", times=2)

    slack.post_report(channel, "3 decisions", report(3), day=DAY)

    assert len(world.messages("payments")) == 1
    assert slack.stats.retries == 2


def test_a_broken_answer_to_a_question_changes_nothing(slack: Slack, world: World):
    world.fail_next("truncate", "conversations.list")

    with pytest.raises(Garbled):
        slack.channel("payments")
    assert slack.channel("payments").name == "payments"


def test_a_web_page_in_between_is_a_wrong_address(slack: Slack, world: World):
    world.fail_next("html", "auth.test")

    with pytest.raises(Misconfigured, match="web page"):
        slack.connect()


def test_what_an_admin_has_to_do_is_said(slack: Slack, world: World, address: str):
    world.add_channel("plans", member=False)
    with pytest.raises(Misconfigured, match="write /invite @backlog_steward"):
        slack.channel("#plans")
    with pytest.raises(Misconfigured, match="Did you mean #payments"):
        slack.channel("#payment")
    with pytest.raises(Misconfigured, match="/invite"):
        slack.channel("C999999999")

    world.scopes.discard("chat:write")
    with pytest.raises(Misconfigured, match="lacks the scope chat:write"):
        slack.post_report(slack.channel("payments").id, "x", report(1), day=DAY)

    wrong = Slack("wrong", installation="i", base_url=f"{address}/api/")
    with pytest.raises(Misconfigured, match=r"slack\.token"):
        wrong.connect()
    wrong.close()


def test_a_bot_that_is_invited_later_is_let_in(slack: Slack, world: World):
    channel = world.add_channel("plans", member=False)
    with pytest.raises(Misconfigured):
        slack.channel("plans")

    channel.member = True
    assert slack.channel("plans").id == channel.id


def test_a_channel_archived_behind_our_back_is_told(slack: Slack, world: World):
    channel = slack.channel("payments").id
    world.channels[0].archived = True

    with pytest.raises(Misconfigured, match="archived"):
        slack.post_report(channel, "x", report(1), day=DAY)


def test_without_slack_it_is_tried_again_later():
    slack = Slack("xoxb-token", installation="i", base_url="http://127.0.0.1:9/api/")

    with pytest.raises(Retriable, match="cannot be reached"):
        slack.connect()
    slack.close()


def test_what_slack_would_refuse_never_arrives(slack: Slack, world: World):
    channel = slack.channel("payments").id

    with pytest.raises(Refused):
        slack.post_report(channel, "x", report(1) * 26, day=DAY)

    assert world.calls["chat.postMessage"] == 0
