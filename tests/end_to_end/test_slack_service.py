"""Answers in Slack as the service takes them: two processes, a click, a dialog, the message and the item."""

import time

import pytest
from end_to_end.test_service import Running, wait_for

from steward_sandbox import serving
from steward_sandbox.slack import World, create_app
from steward_sandbox.slack.people import click_payload, submission_payload

pytestmark = pytest.mark.slow

OWNER = "U0OWNER"
APP_TOKEN = "xapp-1-A1-never-in-a-log"
SLACK = """slack:
  token: xoxb-never-in-a-log
  app_token: {app_token}
  url: {url}/api
  people: {{{owner}: owners}}
  reports: [{{channel: "#refinement"}}]
roles: {{groups: {{owners: [ana@example.com]}}, decide: owners, wrong: owners}}
schedule: {{pull: every 10 minutes, report: every 1 minutes, timezone: UTC}}
"""


def values(world, key):
    """The values of the buttons about an item, by the position of the answer."""
    return [
        element["value"]
        for message in world.messages("refinement")
        for part in (message, *message.replies)
        for block in part.blocks
        if block["type"] == "actions"
        for element in block["elements"]
        if f'"{key}"' in element.get("value", "")
    ]


def test_a_click_on_a_process_on_standby_changes_the_message_and_the_item(at_desk):
    world = World(("refinement",))
    with serving(create_app(world)) as url:
        path = at_desk.folder / "steward.yaml"
        more = SLACK.format(url=url, app_token=APP_TOKEN, owner=OWNER)
        path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")
        assert at_desk.steward("once").returncode == 0
        others = at_desk.ours().keys() - {"PAY-1"}
        assert at_desk.steward("report").returncode == 0
        services = []
        try:
            for number in (1, 2):
                services.append(Running(at_desk.start("run")))
                wait_for(lambda number=number: len(world.socket.connections) == number, "no connection to Slack")
            at_desk.proxy.victim = None
            channel = world.channel("refinement").id
            wrong = next(value for value in values(world, "PAY-1") if value.startswith('["wrong"'))
            waive = next(value for value in values(world, "PAY-2") if value.startswith('["waive"'))

            began = time.monotonic()
            assert world.socket.send("interactive", click_payload(world, channel, waive, user=OWNER), to=1) is None
            assert time.monotonic() - began < 3
            wait_for(lambda: world.dialogs, "no dialog")
            reason = submission_payload(world.dialogs[0], {"reason": "Later."})
            assert world.socket.send("interactive", reason, to=1) is None
            world.socket.send("interactive", click_payload(world, channel, wrong, user=OWNER), to=0)

            wait_for(lambda: len(world.whispers) == 2, "no confirmation")
            assert all("recorded: " in shown.text for shown in world.whispers), world.whispers
            wait_for(lambda: not values(world, "PAY-1") and not values(world, "PAY-2"), "the message was not edited")
            wait_for(lambda: at_desk.ours().keys() == others, "the items do not follow")
            wait_for(lambda: "Later." in str(at_desk.site.comments()["PAY-2"]), "the reason is not on the item")
            log = at_desk.steward("decisions").stdout
            assert "waive" in log
            assert "Later." in log
            assert OWNER not in log
        finally:
            for service in services:
                service.end()
        told = str([service.told for service in services])
        assert "an answer in Slack" in told
        assert APP_TOKEN not in told
        assert "secret-ticket" not in told
        assert OWNER not in told
