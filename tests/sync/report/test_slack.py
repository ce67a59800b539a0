"""One message a channel a day with a thread, edited in place; nothing in it comes alive, and it always fits."""

import json
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.errors import ConnectorError
from connectors.slack import TEXT_BUDGET, Slack, count_text_characters, find_problems
from sync.messages import shipped_messages
from sync.report import sending
from sync.report.digest import Digest, TrackerDigest
from sync.report.open_decisions import OpenDecision
from sync.report.slack import send
from sync.report.slack_layout import make_message
from sync.report.slack_parts import MessageLayout, ReportChannel
from sync.rounds.context import WriteAuthority

NOW = datetime(2024, 5, 6, 9, 0, tzinfo=UTC)
CHANNEL = "refinement"
HOSTILE = "<!channel> <@U123> <!subteam^S1> *bold* _it_ `code` > quote & <https://evil.example|click> \u202eabc :tada:"


def messages(desk, channel=CHANNEL):
    return desk.slack.messages(channel)


def everything(desk, channel=CHANNEL):
    """All blocks of all messages in a channel, those in threads included."""
    return str([message.blocks for top in messages(desk, channel) for message in (top, *top.replies)])


def sent(desk):
    found = desk.report()
    assert found.errors == []
    return found.channels["#refinement"]


@pytest.fixture
def told(desk):
    """A desk whose first message is out."""
    desk.round()
    assert sent(desk) == "posted"
    return desk


def test_a_score_that_cannot_be_calculated_is_said_once(desk):
    desk.person().edit("PAY-5", risk_reduction=None)
    desk.round()
    sent(desk)
    (message,) = messages(desk)
    assert "WSJF cannot be calculated" not in str(message.blocks)
    assert everything(desk).count("WSJF cannot be calculated") == 1


# ---- one a day


def test_the_first_report_of_a_day_is_one_message(told):
    (message,) = messages(told)
    assert "PAY-1" in str(message.blocks)
    assert "2 questions to answer" in message.text


def test_later_reports_of_the_day_edit_it_in_place(told, clock):
    told.person().edit("PAY-1", acceptance_criteria="It is paid in three parts.")
    clock.advance(hours=3)
    told.round()
    assert sent(told) == "edited"
    (message,) = messages(told)
    assert "PAY-1" not in str(message.blocks)
    assert "1 question to answer" in message.text


def test_without_news_the_same_day_only_the_time_at_its_foot_moves(told, clock):
    before = str(messages(told)[0].blocks)
    clock.advance(hours=3)
    told.round()
    sent(told)
    (message,) = messages(told)
    assert "12:00" in str(message.blocks)
    assert before != str(message.blocks)


def test_without_news_the_next_day_the_old_message_is_edited_and_nothing_is_posted(told, clock):
    clock.advance(days=1)
    told.round()
    told.report()
    clock.advance(days=1)
    told.round()
    assert sent(told) == "unchanged"
    assert len(messages(told)) <= 2
    quiet = len(messages(told))
    clock.advance(days=1)
    told.round()
    assert sent(told) == "unchanged"
    assert len(messages(told)) == quiet
    assert f"{clock():%Y-%m-%d}" in str(messages(told)[-1].blocks), "it says when all was last looked at"


def test_with_a_new_decision_the_next_day_there_is_a_new_message(told, clock):
    told.configure(write={"quiet": {"hours": "always", "after_activity": "0 days"}})
    clock.advance(days=1)
    told.person().edit("PAY-2", description="Prices.")
    told.round()
    assert sent(told) == "posted"
    assert len(messages(told)) == 2


def test_an_answer_the_next_day_edits_the_message_and_posts_nothing(told, clock):
    clock.advance(days=1)
    told.person().edit("PAY-1", acceptance_criteria="It is paid in three parts.")
    told.round()
    assert sent(told) == "edited"
    (message,) = messages(told)
    assert "PAY-1" not in str(message.blocks)


@pytest.fixture
def report(desk):
    """Sends a report of a day without a round; its content changes with the number."""
    desk.report()
    slack = Slack(
        desk.settings["slack"]["token"], installation="i", base_url=f"{desk.settings['slack']['url']}/", rate_limits=()
    )

    def send_report(number=0, *, days=0):
        now = NOW + timedelta(days=days)
        decisions = tuple(OpenDecision(f"PAY-{n}", "Pay", "", "Why?") for n in range(number))
        digest = Digest(now.date(), (TrackerDigest(tracker="team", mode="write", decisions=decisions),))
        try:
            return send(slack, desk.database, ReportChannel(name="#planning"), digest, shipped_messages(), now=now)
        except ConnectorError:
            return "error"

    yield send_report
    slack.close()


UNEDITABLE = ["edit_window_closed", "cant_update_message", "message_not_found"]


@pytest.mark.parametrize(
    "reply",
    [*UNEDITABLE, "thread_not_found", "channel_not_found", "internal_error", "fatal_error", "msg_too_long",
     "is_archived", "some_new_error", "drop-before", "drop-after", "truncate", "html", "500", "429"],
)  # fmt: skip
def test_it_is_one_message_a_day_whatever_slack_replies_to_an_update(report, desk, reply):
    assert report() == "posted"
    desk.slack.fail_next(reply, "chat.update", times=3)
    for number in range(1, 5):
        report(number)
    assert len(messages(desk, "planning")) == 1


@pytest.mark.parametrize("reply", UNEDITABLE)
def test_a_message_whose_post_was_lost_is_never_posted_twice_where_it_cannot_be_edited(report, desk, reply):
    desk.slack.fail_next("drop-after")
    assert report() == "error"
    desk.slack.fail_next(reply, "chat.update", times=3)
    assert [report(number) for number in range(3)] == ["not editable"] * 3
    assert len(messages(desk, "planning")) == 1


def test_a_message_that_somebody_deleted_is_not_sent_again_that_day(report, desk):
    report()
    desk.slack.delete("planning", messages(desk, "planning")[0].ts)
    assert [report(number) for number in (0, 1, 2)] == ["not editable"] * 3
    assert messages(desk, "planning") == []
    assert report(2, days=1) == "posted"


def test_a_message_that_somebody_deleted_is_followed_by_another_only_with_news(report, desk):
    report()
    desk.slack.delete("planning", messages(desk, "planning")[0].ts)
    assert report(days=1) == "not editable"
    assert report(1, days=2) == "posted"


def test_where_old_messages_cannot_be_edited_nothing_is_posted_without_news(report, desk):
    report()
    desk.slack.edit_window = timedelta(seconds=-1)
    assert [report(days=days) for days in range(1, 9)] == ["not editable"] * 8


def test_a_day_begins_at_midnight_of_the_team(desk, clock):
    desk.configure(
        schedule={"timezone": "Asia/Tokyo"}, write={"quiet": {"hours": "always", "after_activity": "0 days"}}
    )
    desk.round()
    sent(desk)
    clock.advance(hours=7)  # 16:00 in UTC is 01:00 of the next day there
    desk.person().edit("PAY-2", description="Prices.")
    desk.round()
    assert sent(desk) == "posted"
    assert len(messages(desk)) == 2


# ---- when Slack fails


@pytest.mark.parametrize("fault", ["drop-after", "truncate", "500"])
def test_after_a_lost_reply_the_message_is_found_and_not_posted_twice(desk, clock, fault):
    desk.round()
    desk.slack.fail_next(fault)
    assert desk.report().errors
    clock.advance(minutes=30)
    desk.report()
    assert len(messages(desk)) == 1
    sent(desk)
    assert len(messages(desk)) == 1


def test_a_store_that_was_lost_finds_the_message_of_the_day(told, clock):
    from sqlalchemy import text  # noqa: PLC0415

    with told.database.writing() as transaction:
        transaction.execute(text("DELETE FROM slack_message"))
    assert sent(told) == "edited"
    assert len(messages(told)) == 1


def test_one_channel_that_fails_stops_no_other(desk):
    reports = [{"channel": "#nowhere"}, {"channel": "#refinement"}, {"channel": "#planning", "trackers": ["team"]}]
    desk.configure(slack=desk.settings["slack"] | {"reports": reports})
    desk.round()
    found = desk.report()
    assert found.channels == {"#refinement": "posted", "#planning": "posted"}
    (trouble,) = found.errors
    assert trouble.startswith("#nowhere: ")
    assert len(messages(desk, "planning")) == 1


def test_an_error_of_our_own_in_one_channel_stops_no_other(desk, monkeypatch):
    send_report = sending.send

    def broken(slack, database, channel, *args, **options):
        if channel.name == "#refinement":
            raise KeyError("ours")
        return send_report(slack, database, channel, *args, **options)

    monkeypatch.setattr(sending, "send", broken)
    reports = [{"channel": "#refinement"}, {"channel": "#planning"}]
    desk.configure(slack=desk.settings["slack"] | {"reports": reports})
    desk.round()
    found = desk.report()
    assert found.channels == {"#planning": "posted"}
    assert found.errors == ["#refinement: KeyError: 'ours'"]


@pytest.mark.parametrize("token", ["wrong", "xoxb with blanks"])
def test_a_token_that_is_refused_is_trouble_and_no_crash(desk, token):
    desk.configure(slack=desk.settings["slack"] | {"token": token})
    desk.round()
    found = desk.report()
    assert found.channels == {}
    assert found.errors
    assert token not in str(found.errors)


def test_without_slack_nothing_is_sent(desk):
    desk.configure(slack=None)
    assert desk.report().channels == {}


# ---- what it says


def test_hostile_words_of_items_stay_words(desk_of):
    item = {"key": "PAY-1", "title": HOSTILE, "description": HOSTILE, "created": "2024-03-01"}
    desk = desk_of(json.dumps(item))
    desk.round()
    desk.report()
    assert "mrkdwn" not in everything(desk)
    assert "\u202e" not in everything(desk)
    for message in messages(desk):
        assert all("<!channel>" not in said.text for said in (message, *message.replies))


def shown(*parts):
    return make_message(
        Digest(NOW.date(), parts),
        MessageLayout(now=NOW, messages=shipped_messages(), channel=ReportChannel(has_buttons=True)),
    )


def tracker(name="team", **values):
    return TrackerDigest(tracker=name, mode="write", **values)


def fits(message):
    for part in (message, *message.replies):
        assert find_problems({"text": part.text, "blocks": part.blocks}) == []
        assert count_text_characters(part.blocks) <= TEXT_BUDGET


def words_of(message):
    return str([part.blocks for part in (message, *message.replies)])


def test_a_huge_backlog_fits_into_a_message():
    long = "word " * 2000
    asks = tuple(
        OpenDecision(f"PAY-{n}", long, f"https://a.example/browse/PAY-{n}", f"{n} {long}?") for n in range(500)
    )
    message = shown(
        tracker(
            decisions=asks,
            open_items=100_000,
            skipped=(long,) * 50,
            limits=(long,) * 50,
            notes=(long,) * 50,
            unscored={f"PAY-{n}": long for n in range(500)},
            trouble=long,
            unraised_by_state=dict.fromkeys(["quiet", "waived", "baseline"], 99_999),
            written={"comments created": 99_999},
        )
    )
    fits(message)
    assert "PAY-0" in words_of(message), "the first are told"
    assert "PAY-499" not in words_of(message), "the last have no room"


@pytest.mark.parametrize("count", [1, 5, 16, 17, 30, 100])
def test_many_trackers_fit_into_a_message_and_none_is_forgotten(count):
    parts = [tracker(f"tracker-{n}", notes=("note " * 100,) * 3, limits=("limit " * 100,) * 3) for n in range(count)]
    message = shown(*parts)
    fits(message)
    details = str(message.replies[0].blocks)
    told = [n for n in range(count) if f"tracker-{n}:" in details]
    assert told or count == 1
    if 1 < count != len(told):
        assert f"{count - len(told)} more" in details


def test_troubled_trackers_are_told_before_the_others_where_not_all_fit():
    parts = [tracker(f"tracker-{n}", notes=("note " * 100,) * 3) for n in range(60)] + [
        tracker("broken", trouble="Down.")
    ]
    assert "Down." in str(shown(*parts).blocks)


def test_an_empty_digest_is_a_message_all_the_same():
    fits(shown())
    fits(shown(tracker()))
    assert "No round yet" in str(shown(tracker()).blocks)


def texts(message):
    """All texts of a message and its thread, line by line, in their order."""
    blocks = [message.blocks, *(reply.blocks for reply in message.replies)]
    return [line for text in re.findall(r"'text': '([^']*)'", str(blocks)) for line in text.split("\\n")]


def test_a_report_in_shadow_mode_says_so_first(desk):
    desk.configure(write={"mode": "shadow"})
    desk.round()
    assert sent(desk) == "posted"
    (message,) = messages(desk)
    assert texts(message)[0] == "Shadow mode, nothing is written: backlog of team"
    assert message.text.startswith("Shadow mode, nothing is written. ")


def test_a_tracker_in_shadow_mode_among_others_is_named_first():
    shadow = TrackerDigest(tracker="shadowed", mode="shadow")
    message = shown(tracker("writing"), shadow)
    assert re.findall(r"'text': '([^']*)'", str(message.blocks))[1] == "Shadow mode, nothing is written: shadowed."


@pytest.mark.parametrize("mentions", [{}, {"Product owner": "U0123ABCD"}, {"Developers": "U0123ABCD"}])
def test_nobody_is_mentioned_unless_a_team_names_one_person_for_a_role(desk, mentions):
    reports = [{"channel": "#refinement", "mentions": mentions}]
    desk.configure(slack=desk.settings["slack"] | {"reports": reports})
    desk.round()
    sent(desk)
    said = everything(desk)
    assert said.count("U0123ABCD") == said.count("'type': 'user'") == (1 if "Product owner" in mentions else 0)


def test_scores_and_answers_are_for_the_team_in_its_language(desk):
    desk.configure(wording={"language": "de"})
    desk.person().comment("PAY-1", "/steward waive because it is a spike")
    desk.round()
    sent(desk)
    said = texts(messages(desk)[0])
    [answer] = [text for text in said if text.startswith("Heute übernommene Antworten")]
    assert re.search(r": PAY-1: passt so, bis \d\d\.\d\d\.\d{4} \(Antwort\)\.$", answer), answer
    assert any(text.startswith("WSJF, höchste zuerst: ") for text in said)
    assert "Für die Administration:" not in said


def test_what_is_for_the_admin_comes_last(desk):
    desk.configure(write={"surprise": "3x"})
    desk.round(WriteAuthority.BY_SERVICE)
    sent(desk)
    (message,) = messages(desk)
    said = texts(message)
    [at] = [number for number, text in enumerate(said) if "items are waiting for approval" in text]
    assert said[at - 1] == "For the admin:"
    assert at == len(said) - 1
    assert "1 note for the admin." in said


def test_what_is_for_the_admin_goes_to_a_channel_of_its_own(desk, clock):
    desk.settings["slack"]["admin_channel"] = "#steward-admin"
    desk.configure(write={"surprise": "3x"})
    desk.round(WriteAuthority.BY_SERVICE)
    assert desk.report().channels == {"#refinement": "posted", "#steward-admin": "posted"}
    (team,), (admin,) = messages(desk), messages(desk, "steward-admin")
    assert "approval" not in everything(desk) + team.text
    assert "4 items are waiting for approval" in str(admin.blocks)
    assert "4 items are waiting for approval" in admin.text
    assert "PAY-1" not in str(admin.blocks)
    clock.advance(hours=1)
    desk.round()
    assert desk.report().channels["#steward-admin"] == "edited"
    assert "Nothing for the admin." in str(messages(desk, "steward-admin")[0].blocks)
    clock.advance(days=1)
    desk.round()
    assert "#steward-admin" not in desk.report().channels, "nothing is posted when there is nothing"


def test_the_time_at_its_foot_is_in_the_teams_zone():
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    found = Digest(date(2024, 5, 6), (tracker(last_good=NOW),))
    layout = MessageLayout(now=NOW.astimezone(ZoneInfo("Asia/Tokyo")), messages=shipped_messages())
    foot = str(make_message(found, layout).blocks[-1])
    assert "2024-05-06 18:00 JST" in foot


words = st.text(max_size=60) | st.sampled_from([HOSTILE, "", " ", "\n\n", "x" * 5000])


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.builds(
            TrackerDigest,
            tracker=words.filter(str.strip),
            mode=st.sampled_from(["shadow", "write"]),
            decisions=st.lists(st.builds(OpenDecision, words, words, words, words), max_size=7).map(tuple),
            skipped=st.lists(words, max_size=5).map(tuple),
            limits=st.lists(words, max_size=5).map(tuple),
            notes=st.lists(words, max_size=5).map(tuple),
            unscored=st.dictionaries(words, words, max_size=4),
            unraised_by_state=st.dictionaries(
                st.sampled_from(["quiet", "waived", "beyond the horizon"]), st.integers(0, 9)
            ),
            trouble=words,
            last_good=st.none() | st.just(NOW),
        ),
        max_size=6,
    )
)
def test_whatever_is_in_it_slack_takes_it_and_nobody_is_pinged(parts):
    fits(shown(*parts))
    assert "mrkdwn" not in re.findall(r"'type': '([^']*)'", words_of(shown(*parts)))


# ---- in the team's language


def german(digest):
    message = make_message(digest, MessageLayout(now=NOW, messages=shipped_messages("de")))
    return words_of(message), message.text


def test_a_report_is_in_the_language_that_is_chosen(desk):
    desk.configure(wording={"language": "de"})
    desk.round()
    assert sent(desk) == "posted"
    (message,) = messages(desk)
    assert "2 Fragen sind offen" in message.text
    shown = everything(desk)
    assert "Woran erkennen wir, dass das fertig ist?" in shown
    assert "offene Einträge." in shown
    assert "Heute geschrieben: " in shown
    assert "geänderte Labels" in shown
    assert "Letzte erfolgreiche Runde: 06.05.2024 09:00 UTC" in shown


def test_no_english_is_left_in_a_german_report():
    part = TrackerDigest(
        tracker="zahlung",
        mode="shadow",
        open_items=2,
        written={"comments created": 1, "fields written": 2},
        unraised_by_state={
            "quiet": 1,
            "cooling down": 2,
            "baseline": 3,
            "saturated": 4,
            "beyond the horizon": 5,
            "shadow": 6,
        },
        planned=2,
        waiting=1,
        skipped=("A-1 x", "A-2 x", "A-3 x", "A-4 x"),
        last_good=NOW,
    )
    both, line = german(Digest(date(2024, 5, 6), (part, part)))
    words = "open|item|written|held|back|shadow|would|decision|wanted|more|skipped|round|last|today|rule|people|later"
    assert not re.findall(rf"\b({words})\b", " ".join(re.findall(r"'text': '([^']*)'", both)) + line, re.IGNORECASE)


def test_a_change_of_language_edits_the_message_of_the_day(told):
    told.configure(wording={"language": "de"})
    told.round()
    assert sent(told) == "edited"
    (message,) = messages(told)
    assert "Fragen sind offen" in message.text


def test_a_surprise_is_told_in_the_language(desk):
    desk.configure(wording={"language": "de"}, write={"surprise": "3x"})
    outcome = desk.round(WriteAuthority.BY_SERVICE)
    assert outcome.blocked_reason == (
        "Diese Runde würde mit diesen Einstellungen zum ersten Mal schreiben. "
        "Den Plan mit `steward plan` prüfen und mit `steward apply` freigeben."
    )
    sent(desk)
    assert "Einträge warten auf Freigabe" in everything(desk)


# ---- suggested moves

BLOCKED = """\
{"sprints": [{"name": "Sprint 2", "state": "active", "start": "2024-04-29", "end": "2024-05-13"}]}
{"key": "PAY-1", "title": "Pay in parts", "created": "2024-03-01", "sprint": "Sprint 2", "acceptance_criteria": "It is paid."}
{"key": "PAY-2", "title": "Dark mode", "created": "2024-03-02", "acceptance_criteria": "It is dark."}
{"key": "PAY-3", "title": "Agree with the bank", "created": "2024-03-03", "acceptance_criteria": "It is signed.", \
"links": [{"kind": "blocks", "target": "PAY-1"}]}
"""


def test_a_move_is_said_with_its_reason(desk_of):
    desk = desk_of(BLOCKED)
    desk.round()
    assert sent(desk) == "posted"
    (message,) = messages(desk)
    assert "1 move in the backlog is suggested." in str(message.blocks)
    assert "PAY-3 Agree with the bankBelongs in Sprint 2: it blocks PAY-1, which is in it." in "".join(texts(message))


def test_an_accepted_move_says_that_it_is_still_to_be_done(desk_of, clock):
    desk = desk_of(BLOCKED)
    desk.configure(roles={"decide": "everybody"})
    desk.round()
    desk.person().comment("PAY-3", "/steward decide accept")
    clock.advance(minutes=10)
    desk.round()
    assert sent(desk) == "posted"
    (message,) = messages(desk)
    assert "Accepted. It is not moved in the tracker yet." in texts(message)
