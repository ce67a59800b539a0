"""When a channel gets a message: the agenda before the refinement, on other days only for a new decision."""

import json
from datetime import UTC, date, datetime, time

import pytest

from sync.messages import shipped_messages
from sync.report.agenda import Agenda, AgendaEntry
from sync.report.announcement import MessageDetails, plan_announcement
from sync.report.digest import Digest, TrackerDigest, make_digest
from sync.report.full_digest import complete_digest
from sync.report.open_decisions import OpenDecision
from sync.report.questions import AgendaQuestion
from sync.report.refinement import find_due_refinement
from sync.report.runway import Runway
from sync.report.slack_layout import make_message
from sync.report.slack_parts import MessageLayout, ReportChannel
from sync.report.slack_plain_text import as_text
from sync.settings.human_values import WeeklyTime, parse_weekly_time

WEDNESDAY = WeeklyTime(2, time(10, 0))


def days(desk):
    return [f"{message.posted:%a %d}" for message in desk.slack.messages("refinement")]


def said(message):
    return str([part.blocks for part in (message, *message.replies) if "Agenda" not in part.text])


def test_two_weeks_of_messages(desk, clock):
    """Each message says only what is new, a day without a new decision posts nothing, the agenda comes on its day."""
    desk.configure(
        schedule={"refinement": "Wednesdays at 10:00"},
        write={"quiet": {"hours": "always", "after_activity": "0 days", "after_answer": "0 days"}},
    )
    changes = {
        "Thu 09": lambda: desk.person().edit("PAY-2", description="Prices."),
        "Mon 13": lambda: desk.person().edit("PAY-1", acceptance_criteria="It is paid in three parts."),
    }
    for _ in range(14):
        if f"{clock():%a %d}" in changes:
            changes[f"{clock():%a %d}"]()
        if clock().weekday() < 5:
            desk.round()
            assert desk.report().errors == []
        clock.advance(days=1)

    assert days(desk) == ["Mon 06", "Wed 08", "Thu 09", "Fri 10", "Wed 15"]
    first, agenda, news, before_planning, second_agenda = desk.slack.messages("refinement")
    assert "2 new questions to answer:" in said(first)
    assert "Refinement on 2024-05-08 at 10:00: team" in str(agenda.blocks)
    assert "PAY-1" in said(agenda)
    at_first = str(news.versions[0].blocks)
    assert "1 new question to answer:" in at_first
    assert "2 earlier questions are still open." in at_first
    assert "PAY-2" in at_first
    assert "PAY-1" not in said(news)
    assert "PAY-3" not in said(news)
    assert "All of these questions are settled." in said(before_planning), "PAY-1 was answered, and nothing was posted"
    assert "Sprint 3 of team starts on 2024-05-13" in str(before_planning.versions[0].blocks)
    assert "questions to answer" not in str(before_planning.versions[0].blocks)
    assert "Refinement on 2024-05-15" in str(second_agenda.blocks)
    assert "PAY-1" not in str(second_agenda.blocks)


def test_a_restricted_item_is_in_no_message_and_in_no_thread(desk_of, clock):
    lines = [
        {"key": f"PAY-{number}", "title": f"Item {number}", "created": "2024-03-01", "sprint": "Sprint 2"}
        for number in range(1, 9)
    ]
    lines[0] |= {"security": "Confidential", "title": "The merger with Example Corp"}
    desk = desk_of("\n".join(json.dumps(line) for line in lines))
    desk.person().comment("PAY-1", "/steward tell nobody about the merger")
    desk.round()
    assert desk.report().errors == []
    (message,) = desk.slack.messages("refinement")
    words = str([(part.text, part.blocks) for part in (message, *message.replies)])
    assert "PAY-2" in words
    assert "PAY-1" not in words
    assert "merger" not in words


def agenda(**questions):
    question = AgendaQuestion("vague-title", "new", "Why?", "", "", "Developers")
    entries = tuple(AgendaEntry(key, "Pay", "", 7, (question,) * count) for key, count in questions.items())
    return Agenda(tracker="team", team="team", sprint="Sprint 3", next_up_count=9, minutes=14, entries=entries)


@pytest.mark.parametrize(("counts", "named"), [({"A": 1, "B": 3}, True), ({"A": 3, "B": 3}, False), ({"A": 1}, False)])
def test_the_agenda_names_the_one_item_that_is_most_worth_rewriting(counts, named):
    part = TrackerDigest(tracker="team", mode="write", agendas=(agenda(**counts),))
    message = make_message(Digest(at(6).date(), (part,)), MessageLayout(now=at(6), messages=shipped_messages()))
    said = as_text(message, shipped_messages())
    assert "Agenda of team for Sprint 3: " in said
    assert ("Most worth rewriting, with 3 open questions: B Pay" in said) == named


@pytest.mark.parametrize(
    ("runway", "line"),
    [
        (
            Runway("team", 4, 27, 18, 0.4),
            "4 of the first 27 items, enough for 0.4 sprints of two weeks (n=18 items finished in the last four weeks).",
        ),
        (
            Runway("team", 1, 9, 18, 0.1, 3),
            "1 of the first 9 items, enough for 0.1 sprints of two weeks (n=18 items finished in the last four weeks). For 3 more items, it is not known whether they are ready.",
        ),
        (
            Runway("team", 2, 6, 3, None),
            "2 of the first 6 items. Not enough data to say how long they will last (n=3).",
        ),
    ],
)
def test_the_agenda_says_how_long_the_ready_items_last(runway, line):
    digest = Digest(at(6).date(), (TrackerDigest(tracker="team", mode="write"),), runways=(runway,))
    said = as_text(make_message(digest, MessageLayout(now=at(6), messages=shipped_messages())), shipped_messages())
    assert f"- Ready in team: {line}" in said
    assert "Ready in" not in as_text(
        make_message(digest, MessageLayout(now=at(6), messages=shipped_messages(), is_agenda=False)), shipped_messages()
    )


def test_an_item_with_several_questions_is_under_its_first_one():
    decisions = (
        OpenDecision("A-1", "One", "", "Done?", "Owner", rules=("vague-title",)),
        OpenDecision(
            "A-2", "Two", "", "Done? Split?", "Owner and developers", rules=("vague-title", "split-candidate"),
            further_questions=("Split?",),
        ),
    )  # fmt: skip
    digest = Digest(at(6).date(), (TrackerDigest(tracker="team", mode="write", decisions=decisions),))
    message = make_message(
        digest, MessageLayout(now=at(6), messages=shipped_messages(), channel=ReportChannel(has_buttons=True))
    )
    said = as_text(message, shipped_messages())
    assert "- Owner, 2 items: Done?" in said
    assert "Also: Split?" in said
    values = [element["value"] for reply in message.replies for block in reply.blocks
              for element in block["elements"] if block["type"] == "actions" and '"A-2"' in element["value"]]  # fmt: skip
    assert '["snooze","","A-2",["vague-title","split-candidate"]]' in values
    assert '["wrong","","A-2",["vague-title"]]' in values


def finished(number):
    return [
        {
            "key": f"PAY-{100 + n}",
            "title": f"Item {n}",
            "status": "Done",
            "created": "2024-01-01",
            "resolved": "2024-05-01",
        }
        for n in range(number)
    ]


@pytest.mark.parametrize(
    ("count", "requirements", "known", "sprints"),
    [
        (8, ["criteria"], (2, 0), 0.5),
        (3, ["criteria"], (2, 0), None),
        (8, ["criteria", "usual-size"], (0, 2), 0.0),
    ],
)
def test_ready_items_last_as_long_as_the_pace_says(desk_of, count, requirements, known, sprints):
    ready = {"acceptance_criteria": "Both prices are shown.", "points": 2, "description": "As a buyer I see the price."}
    lines = [{"key": f"PAY-{n}", "title": f"Show the price {n}", "created": "2024-03-01"} for n in range(1, 9)]
    lines[0] |= ready
    lines[4] |= ready
    desk = desk_of("\n".join(json.dumps(line) for line in [*lines, *finished(count)]))
    desk.configure(rules={"extends": ["scrum"], "profiles": {"sprint": requirements}})
    desk.round()
    digest = make_digest(desk.database, desk.configuration, ["team"], desk.clock())
    [runway] = complete_digest(digest, desk.database, desk.configuration, desk.clock()).runways
    assert (runway.ready, runway.unknown, runway.finished, runway.sprints) == (*known, count, sprints)


def test_every_version_of_a_block_has_an_id_of_its_own(desk, clock):
    """Slack redraws an edited block only then."""
    desk.round()
    desk.report()
    clock.advance(hours=1)
    desk.report()
    (message,) = desk.slack.messages("refinement")
    ids = [block["block_id"] for version in message.versions for block in version.blocks]
    assert len(message.versions) == 2
    assert len(set(ids)) == len(ids)


def test_a_lost_reply_in_the_thread_is_found_again(desk):
    desk.round()
    desk.slack.faults.add("drop-after#2@POST /api/chat.postMessage")
    assert desk.report().errors
    assert desk.report().errors == []
    (message,) = desk.slack.messages("refinement")
    topics = [reply.metadata["event_payload"]["topic"] for reply in message.replies]
    assert len(topics) == len(set(topics)) >= 3


def at(day, hour=8, minute=30):
    return datetime(2024, 5, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "days_off", "due"),
    [
        (at(6), (), None),
        (at(7), (), None),
        (at(8), (), at(8, 10, 0)),
        (at(8, 11), (), None),
        (at(6), (date(2024, 5, 7), date(2024, 5, 8)), None),
        (at(7), (date(2024, 5, 8),), None),
        (at(7, 10, 30), (), at(8, 10, 0)),
    ],
)
def test_an_agenda_is_due_when_no_other_report_comes_before_the_refinement(now, days_off, due):
    assert find_due_refinement(WEDNESDAY, now, days_off) == due


def test_the_agenda_of_an_early_refinement_on_monday_is_due_on_friday():
    assert find_due_refinement(WeeklyTime(0, time(8, 0)), at(10), ()) == at(13, 8, 0)


def test_no_refinement_means_no_agenda():
    assert find_due_refinement(None, at(8), ()) is None


def plan(open_ids, day, *, latest=None, today=None, refinement=None):
    return plan_announcement(
        open_ids, todays_details=today, latest_details=latest, refinement=refinement, day=date(2024, 5, day)
    )


def test_a_decision_that_was_gone_for_some_days_is_no_news_and_after_a_week_it_is():
    first = plan(["a"], 1)
    assert first.needs_todays_message
    without = plan([], 2, latest=first.details)
    assert not without.needs_todays_message
    assert not plan(["a"], 7, latest=without.details).needs_todays_message
    assert plan(["a"], 8, latest=without.details).needs_todays_message


def test_two_new_decisions_of_a_day_are_in_one_message():
    first = plan(["a"], 1)
    later = plan(["a", "b"], 1, latest=first.details, today=first.details)
    assert later.details.announced == ("a", "b")


def test_an_agenda_is_sent_once():
    before = plan(["a"], 8, refinement=at(8, 10, 0))
    assert before.details.is_agenda
    again = plan(["a"], 8, latest=before.details, today=before.details, refinement=at(8, 10, 0))
    assert not again.needs_todays_message
    after = plan(
        ["a", "b"],
        9,
        latest=MessageDetails(refinement=at(8, 10, 0), announced_in_channel=again.details.announced_in_channel),
    )
    assert (after.needs_todays_message, after.details.is_agenda, after.details.announced) == (True, False, ("b",))


@pytest.mark.parametrize("text", ["Mondays at 10:00", "monday at 10:00", " MONDAY at 10:00 "])
def test_a_time_in_the_week(text):
    assert parse_weekly_time(text) == WeeklyTime(0, time(10, 0))


@pytest.mark.parametrize("text", ["10:00", "Mo at 10:00", "Mondays at 25:00", "every week"])
def test_a_time_in_the_week_that_is_not_understood(text):
    with pytest.raises(ValueError, match="is not a time"):
        parse_weekly_time(text)
