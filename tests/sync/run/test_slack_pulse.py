"""The pulse in Slack: it rides on a message, is answered once a person, and shows nothing below five answers."""

import json
import threading
import time
from datetime import date

import pytest
from typer.testing import CliRunner

from connectors.slack import Slack, find_problems
from connectors.slack.interactions import parse_interaction
from steward_sandbox.slack.people import click_payload, submission_payload
from steward_sandbox.slack.schemas import layout_errors
from sync.cli import app
from sync.inspect.doctor_slack import check_slack
from sync.report.page import render_page
from sync.report.page_content import load_page_content
from sync.report.pulse import STATEMENTS, find_due_period, load_results, results_about
from sync.report.sending import make_channel_blocks
from sync.run.slack_answers import SlackAnswers
from sync.run.slack_listener import SlackListener
from sync.settings import ConfigurationError
from sync.settings.experiments import Experiment, Measure
from sync.store import pulses
from sync.store.tables import StoredValueRow

PEOPLE = [f"U0PERSON{number}" for number in range(6)]
CHANNEL = "#refinement"


@pytest.fixture
def asked(desk):
    """A team that has been asked the questions of the month."""
    configure(desk)
    desk.round()
    assert desk.report().errors == []
    return desk


def configure(desk, **more):
    pulse = {"when": "monthly", "teams": {"team": CHANNEL}}
    settings = {"app_token": "xapp-1-A1", "people": dict.fromkeys(PEOPLE, "everyone"), "pulse": pulse} | more
    desk.configure(
        slack=desk.settings["slack"] | settings,
        roles={"groups": {"everyone": ["ana@example.com"]}, "decide": ["everyone"]},
    )


@pytest.fixture
def start_process_at():
    """Starts a process that takes answers of a team."""
    clients = []

    def start(desk):
        slack = desk.settings["slack"]
        clients.append(Slack(slack["token"], installation="i", base_url=f"{slack['url']}/", rate_limits=()))
        return SlackAnswers(
            lambda: desk.configuration, desk.database, clients[-1], clock=desk.clock, after_answer=lambda _: None
        )

    yield start
    for client in clients:
        client.close()


@pytest.fixture
def start_process(asked, start_process_at):
    """Starts a process that takes answers of the team that has been asked."""
    return lambda: start_process_at(asked)


def button(desk):
    """The button that opens the questions; None if the latest message has none."""
    blocks = desk.slack.messages("refinement")[-1].blocks
    found = [
        element["value"]
        for block in blocks
        if block["type"] == "actions"
        for element in block["elements"]
        if element["action_id"] == "pulse"
    ]
    return found[0] if found else None


def click(desk, person, value=None):
    channel = desk.slack.channel("refinement").id
    return click_payload(desk.slack, channel, value or button(desk), user=person)


def submission(desk, person, values):
    return submission_payload(
        desk.slack.dialogs[-1], dict(zip(STATEMENTS, map(str, values), strict=False)), user=person
    )


def answer(desk, process, person, values=(4, 3, 5, 2), value=None):
    """What a person is told after opening the questions and sending these answers."""
    opened = len(desk.slack.dialogs)
    process.handle(parse_interaction("interactive", click(desk, person, value)))
    if len(desk.slack.dialogs) > opened:
        sent = parse_interaction("interactive", submission(desk, person, values))
        assert process.respond(sent) is None
        process.handle(sent)
    shown = desk.slack.whispers[-1]
    assert shown.user == person
    return shown.text


def results(desk):
    with desk.database.reading() as transaction:
        return load_results(transaction, desk.configuration.settings)


def stored(desk):
    with desk.database.reading() as transaction:
        return {row.name: row.value for row in transaction.execute(StoredValueRow.__table__.select())}


def end_week(desk):
    """The next agenda, with which the pulse closes."""
    desk.clock.advance(days=7)
    desk.round()
    assert desk.report().errors == []
    return desk.slack.messages("refinement")[-1]


def words(message):
    return str([part.blocks for part in (message, *message.replies)])


def test_the_questions_ride_on_the_first_message_of_the_month(asked, start_process):
    (message,) = asked.slack.messages("refinement")
    assert "team: how well is our refinement working? Four statements, anonymous" in str(message.blocks)
    assert layout_errors(message.blocks, "Blocks") == []
    assert find_problems({"text": message.text, "blocks": message.blocks}) == []
    start_process().handle(parse_interaction("interactive", click(asked, PEOPLE[0])))
    [dialog] = asked.slack.dialogs
    assert layout_errors(dialog.view, "Dialog") == []
    inputs = [block for block in dialog.view["blocks"] if block["type"] == "input"]
    assert [len(block["element"]["options"]) for block in inputs] == [5, 5, 5, 5]
    assert len(dialog.view["title"]["text"]) <= 24
    assert len(dialog.view["private_metadata"]) <= 3000
    later = end_week(asked)
    assert button(asked) is None, "the second agenda of the month does not ask again"
    assert later is not message


def test_a_pulse_is_no_reason_for_a_message(desk, clock):
    desk.configure(schedule={"refinement": None}, write={"quiet": {"hours": "always", "after_activity": "0 days"}})
    desk.round()
    assert desk.report().errors == []
    configure(desk)
    clock.advance(days=1)
    assert desk.report().errors == []
    assert len(desk.slack.messages("refinement")) == 1
    assert button(desk) is None
    desk.person().edit("PAY-2", description="Prices.")
    clock.advance(days=1)
    desk.round()
    assert desk.report().errors == []
    assert len(desk.slack.messages("refinement")) == 2
    asked = button(desk)
    assert asked, "the next message with something new asks"
    assert desk.report().errors == []
    assert button(desk) == asked, "an edit keeps the button"


def test_a_pulse_whose_message_could_not_be_posted_begins_with_the_next_one(desk, clock, start_process_at):
    configure(desk)
    desk.round()
    desk.slack.fail_next("channel_not_found")
    assert desk.report().errors != []
    assert desk.slack.messages("refinement") == []
    clock.advance(days=1)
    assert desk.report().errors == []
    assert "until 2024-05-13." in str(desk.slack.messages("refinement")[-1].blocks)
    assert answer(desk, start_process_at(desk), PEOPLE[0]).startswith("Counted. The result is shown from 2024-05-14 on")


def test_four_answers_leave_nothing_but_that_they_were_too_few(asked, start_process):
    process = start_process()
    for person in PEOPLE[:4]:
        assert answer(asked, process, person).startswith("Counted. The result is shown from 2024-05-13 on")
    assert results(asked) == ()
    agenda = end_week(asked)
    [result] = results(asked)
    assert (result.n, result.means) == (None, {})
    assert "Fewer than five answers, so no result is shown." in words(agenda)
    assert "people answered" not in words(agenda)
    kept = {name: value for name, value in stored(asked).items() if "pulse" in name}
    assert kept == {"closed pulses of team": '[{"period":"2024-05","closed":"2024-05-13","counts":null}]'}


def test_five_answers_are_shown_after_the_end_and_not_before(asked, start_process):
    process = start_process()
    for place, person in enumerate(PEOPLE[:5]):
        answer(asked, process, person, (1 + place, 3, 5, 2))
        page = render_page(
            load_page_content(asked.database, asked.configuration, asked.clock()), asked.configuration.messages
        )
        assert results(asked) == ()
        assert "Pulse" not in page
        assert asked.report().errors == []
        assert "people answered" not in words(asked.slack.messages("refinement")[-1])
    agenda = end_week(asked)
    [result] = results(asked)
    assert (result.period, result.closed, result.n) == ("2024-05", date(2024, 5, 13), 5)
    assert result.means == {"clear": 3.0, "answered": 3.0, "small": 5.0, "worthwhile": 2.0}
    assert "5 people answered." in words(agenda)
    assert "5 of 5: Our items were small enough" in words(agenda)
    page = render_page(
        load_page_content(asked.database, asked.configuration, asked.clock()), asked.configuration.messages
    )
    assert "team, 2024-05" in page
    end_week(asked)
    assert "people answered" not in words(asked.slack.messages("refinement")[-1]), "a result is shown once"


def test_who_answered_is_stored_only_as_a_hash_without_order_and_deleted_at_the_end(asked, start_process):
    process = start_process()
    for person in reversed(PEOPLE[:5]):
        answer(asked, process, person)
    values_by_name = stored(asked)
    assert not any(person in str(values_by_name) for person in PEOPLE)
    opened = json.loads(values_by_name["open pulse of team"])
    assert opened["respondents"] == sorted(opened["respondents"])
    assert len(set(opened["respondents"])) == 5
    assert opened.keys() == {"period", "opened", "closes", "key", "respondents"}
    assert json.loads(values_by_name["counts of the pulse of team"])[0] == [0, 0, 0, 5, 0]
    end_week(asked)
    left = str(stored(asked))
    assert opened["key"] not in left
    assert not any(respondent in left for respondent in opened["respondents"])


def test_a_pulse_ends_although_nobody_is_asked_any_more(asked, start_process):
    answer(asked, start_process(), PEOPLE[0])
    del asked.settings["slack"]["pulse"]
    asked.configure()
    asked.clock.advance(days=7)
    assert asked.report().errors == []
    assert [name for name in stored(asked) if "pulse" in name] == ["closed pulses of team"]
    del asked.settings["slack"]
    asked.configure()
    assert asked.report().channels == {}


def test_a_person_is_counted_once_even_with_two_open_dialogs(asked, start_process):
    process, standby = start_process(), start_process()
    value = button(asked)
    process.handle(parse_interaction("interactive", click(asked, PEOPLE[0])))
    standby.handle(parse_interaction("interactive", click(asked, PEOPLE[0])))
    sent = parse_interaction("interactive", submission(asked, PEOPLE[0], (5, 5, 5, 5)))
    process.handle(sent)
    standby.handle(sent)
    assert asked.slack.whispers[-1].text == "Not counted: this account has already answered these questions."
    assert answer(asked, process, PEOPLE[0]) == "Not counted: this account has already answered these questions."
    with asked.database.reading() as transaction:
        assert len(pulses.load_open(transaction, "team").respondents) == 1
    end_week(asked)
    assert answer(asked, process, PEOPLE[1], value=value) == "Not counted: these questions are closed."


def test_an_unknown_person_is_refused_and_an_incomplete_dialog_says_what_is_missing(asked, start_process):
    process = start_process()
    assert "this Slack account may not answer" in answer(asked, process, "U0STRANGER")
    process.handle(parse_interaction("interactive", click(asked, PEOPLE[0])))
    incomplete = parse_interaction("interactive", submission(asked, PEOPLE[0], (4, 9)))
    errors = process.respond(incomplete)["errors"]
    assert errors == dict.fromkeys(STATEMENTS[1:], "Choose a number.")
    process.handle(incomplete)
    assert "counts of the pulse of team" not in stored(asked)


def test_a_dialog_that_was_opened_before_a_restart_is_counted_after_it(asked, start_process):
    start_process().handle(parse_interaction("interactive", click(asked, PEOPLE[0])))
    start_process().handle(parse_interaction("interactive", submission(asked, PEOPLE[0], (1, 2, 3, 4))))
    assert asked.slack.whispers[-1].text.startswith("Counted.")


def test_doctor_lets_slack_check_the_request_to_answer_and_the_link_to_the_page(asked):
    configure(asked, page_url="https://pages.example.com/report")
    message = str(next(make_channel_blocks(asked.configuration, asked.database, asked.clock())))
    assert "how well is our refinement working?" in message
    assert "https://pages.example.com/report" in message


def test_without_socket_mode_nobody_is_asked_and_doctor_says_why(desk):
    configure(desk, app_token=None)
    desk.round()
    assert desk.report().errors == []
    assert button(desk) is None
    known = desk.configuration.settings.slack
    [check] = [check for check in check_slack(known, lambda: ()) if check.id == "slack.pulse"]
    assert check.message == (
        "slack.pulse: Nobody is asked, because a pulse needs Socket Mode. Set `app_token` (docs/slack.md)."
    )
    printed = CliRunner().invoke(app, ["check-config", str(desk.file), "--json"])
    assert check.message in json.loads(printed.stdout)["notes"]


@pytest.mark.parametrize(
    ("teams", "problem"),
    [
        ({"teams": CHANNEL}, 'Unknown team "teams"'),
        ({"team": "#elsewhere"}, "No report under `reports` goes to #elsewhere"),
        ({}, "at least 1"),
    ],
)
def test_a_team_or_channel_that_is_not_known_is_an_error(desk, teams, problem):
    configure(desk, pulse={"teams": teams})
    with pytest.raises(ConfigurationError, match=problem):
        _ = desk.configuration


def test_a_pulse_about_an_experiment_is_due_at_its_start_and_at_its_end(desk):
    configure(desk, pulse={"when": "experiments", "teams": {"team": CHANNEL}})
    experiment = Experiment(title="x", team="team", measure=Measure.READY, start=date(2024, 5, 6), weeks=4)

    def due(day):
        return find_due_period(desk.configuration.settings, "team", [experiment], date(2024, *day))

    assert due((5, 5)) == ""
    assert due((5, 6)) == due((5, 19)) == "2024-05-06 start"
    assert due((5, 20)) == due((6, 2)) == ""
    assert due((6, 3)) == "2024-05-06 end"
    assert due((6, 20)) == ""


def test_the_one_page_export_of_an_experiment_has_the_pulses_of_its_time(asked, start_process, tmp_path):
    process = start_process()
    for person in PEOPLE:
        answer(asked, process, person)
    end_week(asked)
    experiment = Experiment(title="x", team="team", measure=Measure.READY, start=date(2024, 5, 6), weeks=4)
    assert [result.n for result in results_about(experiment, results(asked))] == [6]
    early = Experiment(title="x", team="team", measure=Measure.READY, start=date(2024, 1, 1), weeks=4)
    assert results_about(early, results(asked)) == []


def wait_for(condition, seconds=5.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


@pytest.mark.slow
def test_a_pulse_over_the_socket_with_a_standby_process(asked, clock):
    """One process opens the dialog and another one takes the answers; the sandbox wants an answer within three seconds."""
    stop, server = threading.Event(), asked.slack.socket
    threads = [
        threading.Thread(
            target=SlackListener(
                lambda: asked.configuration, asked.database, clock=clock, after_answer=lambda _: None, stop=stop
            ).run
        )
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    try:
        wait_for(lambda: len(server.connections) == 2)
        for number, person in enumerate(PEOPLE[:5], start=1):
            assert server.send("interactive", click(asked, person), to=0) is None
            wait_for(lambda number=number: len(asked.slack.dialogs) == number)
            assert server.send("interactive", submission(asked, person, (4, 4, 4, 4)), to=1) is None
            wait_for(lambda number=number: len(asked.slack.whispers) == number)
    finally:
        stop.set()
        for thread in threads:
            thread.join(20)
    end_week(asked)
    assert [result.n for result in results(asked)] == [5]
