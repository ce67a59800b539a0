"""Messages pass Slack's types, its limits and ours: the demo, a real backlog, a hostile one, twenty teams."""

import json
from datetime import UTC, date, datetime

import pytest

from connectors.slack import TEXT_BUDGET, count_text_characters, find_problems
from connectors.slack.validation import TEXT_OBJECT
from rules.flow.late_changes import LateChangeKind
from steward_sandbox.commands.loop import running_demo
from steward_sandbox.slack.schemas import layout_errors
from sync.messages import shipped_messages
from sync.report.agenda import AgendaEntry
from sync.report.digest import Digest, TrackerDigest, make_digest
from sync.report.full_digest import complete_digest
from sync.report.open_decisions import OpenDecision
from sync.report.slack_layout import make_message
from sync.report.slack_parts import MessageLayout, ReportChannel
from sync.report.slack_plain_text import as_text
from sync.report.sprint_alerts import LateChanges, LateItem, SprintBeforePlanning
from sync.rounds.context import WriteAuthority

NOW = datetime(2024, 5, 6, 9, 0, tzinfo=UTC)
HOSTILE = "<!channel> <@U123> *b* `c` & <https://evil.example|click> \u202eabc \x00 :tada: " + "very long " * 400


def check(message):
    """Every part of a message is accepted by Slack and stays within what we allow ourselves."""
    for part in (message, *message.replies):
        assert layout_errors(part.blocks, "Blocks") == []
        assert find_problems({"text": part.text, "blocks": part.blocks}) == []
        assert count_text_characters(part.blocks) <= TEXT_BUDGET
        assert len(part.text) <= TEXT_OBJECT.max
        assert "mrkdwn" not in json.dumps(part.blocks)


def digest_of(show):
    known = show.configuration
    trackers = tuple(known.settings.trackers)
    digest = make_digest(show.database, known, trackers, show.clock())
    return complete_digest(digest, show.database, known, show.clock())


@pytest.mark.parametrize("is_agenda", [True, False])
@pytest.mark.parametrize("language", ["en", "de"])
def test_twenty_teams_in_one_channel_are_readable(is_agenda, language):
    parts = tuple(
        TrackerDigest(
            tracker=f"team-{number:02}",
            mode="write",
            open_items=500,
            decisions=tuple(
                OpenDecision(
                    f"T{number}-{place}",
                    HOSTILE,
                    f"https://example.com/browse/T{number}-{place}",
                    f"Question {place % 3}?",
                    "Product owner",
                    tracker=f"team-{number:02}",
                    rules=("oversized-story",),
                    evidence=HOSTILE,
                    action=HOSTILE,
                )
                for place in range(number)
            ),
            notes=(HOSTILE,) * 5,
            skipped=(HOSTILE,) * 9,
            last_good=NOW,
            trouble="Down." if number == 7 else "",
        )
        for number in range(20)
    )
    layout = MessageLayout(
        now=NOW, messages=shipped_messages(language), is_agenda=is_agenda, channel=ReportChannel(has_buttons=True)
    )
    message = make_message(Digest(NOW.date(), parts), layout)
    check(message)
    lead = as_text(make_message(Digest(NOW.date(), parts), layout), layout.messages).split("\n\n")[0]
    assert len(lead.splitlines()) <= 12
    assert [part.tracker for part in parts if part.tracker not in lead] == []
    assert "team-07: " in lead
    assert len(message.replies) <= 8


@pytest.mark.parametrize("language", ["en", "de"])
def test_alerts_of_twenty_teams_with_hostile_titles_fit(language):
    entry = AgendaEntry("T-1", HOSTILE, "https://example.com/T-1", 7, (), False)
    planned = tuple(
        SprintBeforePlanning(
            id=f"{number}",
            tracker=HOSTILE,
            team=f"{number} {HOSTILE}",
            sprint=HOSTILE,
            start=NOW.date(),
            total=90,
            entries=(entry,) * 40,
            open_count=80,
        )
        for number in range(20)
    )
    late = LateItem(id="1", key="T-2", title=HOSTILE, link="javascript:x", kind=LateChangeKind.ADDED, day=NOW.date())
    changes = (LateChanges(tracker=HOSTILE, team=HOSTILE, sprint=HOSTILE, items=(late,) * 60),) * 20
    part = TrackerDigest(tracker=HOSTILE, mode="write", last_good=NOW)
    digest = Digest(NOW.date(), (part,) * 20, before_planning=planned, late_changes=changes)
    for is_agenda in (True, False):
        check(make_message(digest, MessageLayout(now=NOW, messages=shipped_messages(language), is_agenda=is_agenda)))


@pytest.mark.slow
def test_the_demo_in_each_language():
    with running_demo(None, None) as show:
        show.run_rounds(WriteAuthority.BY_PERSON)
        for language in ("en", "de"):
            layout = MessageLayout(
                now=show.clock(), messages=shipped_messages(language), channel=ReportChannel(has_buttons=True)
            )
            check(make_message(digest_of(show), layout))


@pytest.mark.slow
def test_a_real_backlog(shared):
    with running_demo(shared / "data" / "springxd_backlog.jsonl", date(2014, 1, 1)) as show:
        show.run_rounds(WriteAuthority.BY_PERSON)
        for is_agenda in (True, False):
            layout = MessageLayout(
                now=show.clock(),
                messages=shipped_messages(),
                is_agenda=is_agenda,
                channel=ReportChannel(has_buttons=True),
            )
            check(make_message(digest_of(show), layout))


@pytest.mark.slow
def test_a_hostile_backlog(tmp_path):
    sprints = {"sprints": [{"name": HOSTILE[:60], "state": "active", "start": "2024-04-29", "end": "2024-05-13"}]}
    lines = [json.dumps(sprints)]
    for number in range(1, 61):
        item = {
            "key": f"PAY-{number}",
            "title": f"{number} {HOSTILE}"[:250],
            "description": HOSTILE,
            "created": "2024-03-01",
            "points": number % 14,
            "labels": ["<!here>", "*bold*"],
            "sprint": HOSTILE[:60],
        }
        lines.append(json.dumps(item))
    file = tmp_path / "hostile.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    with running_demo(file, date(2024, 5, 6)) as show:
        show.run_rounds(WriteAuthority.BY_PERSON)
        layout = MessageLayout(now=show.clock(), messages=shipped_messages(), channel=ReportChannel(has_buttons=True))
        message = make_message(digest_of(show), layout)
        check(message)
        assert show.send_report() == 1
        (sent,) = show.slack.messages("refinement")
        assert all("<!" not in part.text and "<@" not in part.text for part in (sent, *sent.replies))
