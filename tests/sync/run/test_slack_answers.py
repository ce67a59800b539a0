"""Answers by buttons in Slack: stored like an answer in a comment, by people who may, once."""

import json
import threading
import time

import pytest

from connectors.slack import Slack
from connectors.slack import socket as slack_socket
from connectors.slack.interactions import SlashCommand, parse_interaction
from rules.model import DecisionKind
from steward_sandbox.slack.people import click_payload, submission_payload
from sync.decisions.clicks import OfferedAnswer
from sync.inspect.doctor import DoctorContext, run_checks
from sync.report.sending import make_channel_blocks, send_reports
from sync.run.slack_answers import SlackAnswers
from sync.run.slack_listener import SlackListener

OWNER, DEVELOPER, STRANGER = "U0OWNER", "U0DEV", "U0STRANGER"
APP_TOKEN = "xapp-1-A1-secret-app-token"


@pytest.fixture
def interactive(desk):
    """Slack for the desk, whose owner may decide and whose developer may answer findings only."""
    people = {OWNER: "owners", DEVELOPER: "developers"}
    groups = {"owners": ["ana@example.com"], "developers": ["ben@example.com"]}
    desk.configure(
        slack=desk.settings["slack"] | {"app_token": APP_TOKEN, "people": people},
        roles={"groups": groups, "decide": ["owners"], "waive": ["owners"], "snooze": "everybody"},
    )
    desk.round()
    assert desk.report().errors == []
    return desk.slack


def wait_for(condition, seconds=5.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def click(desk, value, user=OWNER):
    return click_payload(desk.slack, desk.slack.channel("refinement").id, value, user=user)


def edit_messages(desk, tracker):
    sent = send_reports(desk.configuration, desk.database, desk.clock(), threading.Event(), answered_tracker=tracker)
    assert sent.errors == []


@pytest.fixture
def answers(desk, interactive):
    slack = desk.settings["slack"]
    client = Slack(slack["token"], installation="i", base_url=f"{slack['url']}/", rate_limits=())
    yield SlackAnswers(
        lambda: desk.configuration,
        desk.database,
        client,
        clock=desk.clock,
        after_answer=lambda tracker: edit_messages(desk, tracker),
    )
    client.close()


def buttons(desk, key="PAY-1"):
    """The values of the buttons about an item, by the answer."""
    found = {}
    for top in desk.slack.messages("refinement"):
        for part in (top, *top.replies):
            for block in part.blocks:
                for element in block.get("elements", ()) if block["type"] == "actions" else ():
                    value = json.loads(element.get("value", "[]"))
                    if value and value[2] == key:
                        found[value[0]] = element["value"]
    return found


def value_of(desk, kind, key="PAY-1"):
    """The value of a button about an item, or the one that buttons of earlier versions had."""
    return buttons(desk, key).get(kind) or OfferedAnswer(DecisionKind(kind), "team", key).encode()


def press(answers, desk, kind, user=OWNER, key="PAY-1"):
    interaction = parse_interaction("interactive", click(desk, value_of(desk, kind, key), user))
    assert answers.respond(interaction) is None
    answers.handle(interaction)


def submit(answers, interactive, user=OWNER, **inputs):
    interaction = parse_interaction("interactive", submission_payload(interactive.dialogs[-1], inputs, user=user))
    refusal = answers.respond(interaction)
    answers.handle(interaction)
    return refusal


def test_a_question_about_what_is_missing_has_the_answers_that_fit(desk, interactive):
    assert list(buttons(desk)) == ["waive", "snooze", "wrong"]
    (message,) = desk.slack.messages("refinement")
    row = next(block["elements"] for block in message.blocks if block["type"] == "actions")
    labels = ["Open PAY-3", "Fine as it is", "Ask in two weeks", "Wrong question"]
    assert [button["text"]["text"] for button in row] == labels
    assert row[0]["url"].endswith("/browse/PAY-3")
    assert "Pay" not in str(buttons(desk)), "a button names the item and says nothing of it"


def test_a_click_is_an_answer_like_one_in_a_comment(desk, interactive, answers, clock):
    assert desk.ours("PAY-1") != []
    press(answers, desk, "snooze", DEVELOPER)
    [decision] = desk.decisions("PAY-1")
    assert (decision.kind, decision.rule) == (DecisionKind.SNOOZE, "missing-acceptance-criteria")
    assert (decision.source, decision.by) == ("click", "everybody")
    assert DEVELOPER not in str(decision)
    [shown] = interactive.whispers
    assert (shown.channel, shown.user) == (desk.slack.channel("refinement").id, DEVELOPER)
    assert shown.text == "PAY-1: recorded: ask again later, until 2024-05-20."
    clock.advance(minutes=10)
    desk.round()
    assert desk.ours("PAY-1") == []


def test_the_message_is_edited_and_nothing_is_posted(desk, interactive, answers):
    calls = desk.slack.calls["chat.postMessage"]
    press(answers, desk, "wrong", DEVELOPER)
    (message,) = desk.slack.messages("refinement")
    assert "PAY-1" not in str([part.blocks for part in (message, *message.replies)])
    assert desk.slack.calls["chat.postMessage"] == calls


def test_a_decision_needs_a_reason_which_a_dialog_asks_for(desk, interactive, answers):
    press(answers, desk, "not-in-this-form")
    assert desk.decisions("PAY-1") == []
    [dialog] = interactive.dialogs
    assert dialog.view["title"]["text"] == "Not in this form"
    assert "PAY-1 Pay in instalments" in str(dialog.view["blocks"])
    assert submit(answers, interactive, reason=" ")["errors"] == {"reason": "A reason is needed."}
    assert interactive.whispers == []
    assert submit(answers, interactive, reason="…")["errors"] == {"reason": 'Replace "…" with the reason.'}
    assert submit(answers, interactive, reason="Too big.", instead="PAY-3") is None
    [decision] = desk.decisions("PAY-1")
    assert (decision.kind, decision.reason, decision.alternative) == (
        DecisionKind.NOT_IN_THIS_FORM,
        "Too big.",
        "PAY-3",
    )
    assert decision.by == "owners"


def test_twice_the_same_click_counts_once_and_after_it_has_ended_again(desk, interactive, answers, clock):
    values = buttons(desk)
    for _ in range(2):
        answers.handle(parse_interaction("interactive", click(desk, values["snooze"], DEVELOPER)))
    assert len(desk.decisions("PAY-1")) == 1
    assert interactive.whispers[-1].text == "PAY-1: this answer was already recorded."
    clock.advance(days=20)
    answers.handle(parse_interaction("interactive", click(desk, values["snooze"], DEVELOPER)))
    assert len(desk.decisions("PAY-1")) == 2


def test_an_answer_that_newer_feedback_has_ended_can_be_given_again_at_once(desk, interactive, answers, clock):
    for day, given in (("2024-05-01", 1), ("2024-05-12", 2)):
        (desk.folder / "feedback.csv").write_text(f"item,source,date\nPAY-1,ticket,{day}\n", encoding="utf-8")
        desk.configure(feedback="feedback.csv")
        clock.advance(days=5)
        for _ in range(2):
            press(answers, desk, "not-now")
            submit(answers, interactive, reason="next year")
        assert len(desk.decisions("PAY-1")) == given
        assert "next year" in str(answers.respond(SlashCommand(OWNER, "C1", "PAY-1")))


@pytest.mark.parametrize(
    ("user", "kind", "text"),
    [
        (STRANGER, "snooze", "Not recorded: this Slack account may not answer. "),
        (STRANGER, "not-now", "Not recorded: this Slack account may not answer. "),
        (DEVELOPER, "accept", 'Not recorded: "accept" is reserved for roles in steward.yaml.'),
    ],
)
def test_who_may_not_answer_is_told_so(desk, interactive, answers, user, kind, text):
    press(answers, desk, kind, user)
    assert desk.decisions("PAY-1") == []
    assert interactive.dialogs == []
    assert interactive.whispers[0].text.startswith(text)


def test_an_old_button_of_an_item_that_only_some_people_see_says_nothing(desk, interactive, answers, clock):
    not_now = value_of(desk, "not-now")
    desk.person().edit("PAY-1", security="Confidential", title="The merger")
    clock.advance(minutes=10)
    desk.round()
    channel = desk.slack.channel("refinement").id
    answers.handle(parse_interaction("interactive", click(desk, not_now)))
    assert (desk.decisions("PAY-1"), interactive.dialogs) == ([], [])
    assert interactive.whispers[-1].text == "Not recorded: PAY-1 is not in the backlog."
    assert "merger" not in str(answers.respond(SlashCommand(OWNER, channel, "PAY-1")))


@pytest.mark.parametrize(
    "value", ["", "[]", '["accept"]', '["destroy","team","PAY-1"]', "{", '["accept","team","PAY-9"]']
)
def test_a_button_that_is_not_ours_does_nothing(desk, interactive, answers, value):
    answers.handle(parse_interaction("interactive", click(desk, value)))
    assert desk.decisions("PAY-1") == []


def explained(answers, desk, text, user=STRANGER, channel="refinement"):
    return str(answers.respond(SlashCommand(user, desk.slack.channel(channel).id, text)))


def test_steward_and_a_key_says_what_is_known_about_an_item(desk, interactive, answers):
    press(answers, desk, "accept")
    said = explained(answers, desk, "pay-1")
    assert "'response_type': 'ephemeral'" in said
    assert "PAY-1 Pay in instalments" in said
    assert "How will we see that this is done?" in said
    assert "Decided: accepted" in said
    assert "Enter the key of an item" in explained(answers, desk, " ")
    assert "There is no item PAY-99" in explained(answers, desk, "PAY-99")


def test_the_place_of_an_item_is_counted_among_open_items(desk, interactive, answers):
    first, second = desk.order()[:2]
    assert "number 2 of the open items" in explained(answers, desk, second)
    desk.person().transition(first, "Done")
    desk.round()
    assert "number 1 of the open items" in explained(answers, desk, second)


def test_in_other_channels_only_people_who_may_answer_are_told(desk, interactive, answers):
    assert "Pay in instalments" not in explained(answers, desk, "PAY-1", channel="planning")
    assert "Pay in instalments" in explained(answers, desk, "PAY-1", DEVELOPER, channel="planning")


@pytest.mark.parametrize(
    ("errors", "status", "text"),
    [
        ([], "good", "Slack accepts our messages"),
        ([{"pointer": "/0/text", "message": "too long"}], "bad", "Slack would refuse a message: /0/text: too long"),
    ],
)
def test_doctor_lets_slack_check_the_messages(desk, interactive, errors, status, text):
    if errors:
        interactive.fail_next("invalid_blocks", "blocks.validate", times=99, errors=errors)
    [check] = checks(desk, "slack.blocks")
    assert (check.status.value, check.message[: len(text)]) == (status, text)
    kinds = {block["type"] for blocks in interactive.checked for block in blocks}
    assert errors or {"header", "actions", "rich_text", "context"} <= kinds


def checks(desk, check_id):
    known = desk.configuration
    context = DoctorContext(
        known,
        desk.database,
        lambda _name: desk.open(),
        make_slack_blocks=lambda: make_channel_blocks(known, desk.database, desk.clock()),
    )
    return [check for check in run_checks(context) if check.id == check_id]


def test_doctor_checks_the_app_token_and_who_may_answer(desk, interactive):
    [check] = checks(desk, "slack.answers")
    assert (check.status.value, check.message) == ("good", "People who may answer by buttons: 2.")
    interactive.fail_next("invalid_auth", "apps.connections.open")
    [check] = checks(desk, "slack.answers")
    assert check.status.value == "bad"
    assert "slack.app_token" in check.hint
    assert APP_TOKEN not in str(check)


def test_a_dialog_that_does_not_open_is_said(desk, interactive, answers):
    interactive.fail_next("expired_trigger_id", "views.open")
    press(answers, desk, "no")
    assert desk.decisions("PAY-1") == []
    assert interactive.whispers[0].text.startswith("Not recorded: Slack did not open the dialog.")


@pytest.mark.slow
def test_a_conversation_over_the_socket(desk, interactive, clock, caplog, monkeypatch):
    """Clicks, a dialog, a standby process that answers, and a lost connection."""
    monkeypatch.setattr(slack_socket, "_PING_SECONDS", 0.3)
    stop = threading.Event()
    channel = desk.slack.channel("refinement").id
    server = interactive.socket
    threads = [
        threading.Thread(
            target=SlackListener(
                lambda: desk.configuration,
                desk.database,
                clock=clock,
                after_answer=lambda tracker: edit_messages(desk, tracker),
                stop=stop,
            ).run
        )
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    try:
        wait_for(lambda: len(server.connections) == 2)
        not_now = value_of(desk, "not-now")
        assert server.send("interactive", click(desk, not_now), to=0) is None
        wait_for(lambda: interactive.dialogs)
        refused = server.send("interactive", submission_payload(interactive.dialogs[0], {"reason": ""}), to=1)
        assert refused == {"response_action": "errors", "errors": {"reason": "A reason is needed."}}
        # The other process takes the answer: it need not be the active one.
        assert (
            server.send("interactive", submission_payload(interactive.dialogs[0], {"reason": "Later."}), to=1) is None
        )
        wait_for(lambda: interactive.whispers)
        assert interactive.whispers[0].text.startswith("PAY-1: recorded: not now")
        [decision] = desk.decisions("PAY-1")
        assert (decision.kind, decision.reason) == (DecisionKind.NOT_NOW, "Later.")
        (message,) = desk.slack.messages("refinement")
        wait_for(lambda: "PAY-1" not in str(message.blocks))

        server.drop()
        wait_for(lambda: len(server.connections) == 2, 30)
        response = server.send("slash_commands", {"user_id": OWNER, "channel_id": channel, "text": "PAY-3"})
        assert "Export invoices" in str(response)
    finally:
        stop.set()
        for thread in threads:
            thread.join(20)
    assert not any(thread.is_alive() for thread in threads)
    clock.advance(minutes=10)
    desk.round()
    (comment,) = desk.ours("PAY-1")
    assert "Later." in str(comment), "the item follows the answer, with its reason"
    assert APP_TOKEN not in caplog.text
    assert "secret-ticket" not in caplog.text
