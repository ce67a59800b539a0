"""Alerts about sprints: before the planning, and about what changes in the running sprint; silence without them."""

import json
from datetime import UTC, datetime

import pytest

from sync.messages import shipped_messages
from sync.report.digest import make_digest
from sync.report.full_digest import complete_digest
from sync.report.markdown import as_markdown
from sync.report.page import render_page
from sync.report.page_content import load_page_content
from sync.report.slack_layout import make_message
from sync.report.slack_parts import MessageLayout
from sync.report.slack_plain_text import as_text
from sync.report.views import View, make_view

SPRINTS = [
    {"name": "Sprint 1", "state": "active", "start": "2024-05-01T08:00:00Z", "end": "2024-05-10T16:00:00Z"},
    {"name": "Sprint 2", "state": "future", "start": "2024-05-13T08:00:00Z", "end": "2024-05-24T16:00:00Z"},
]


def item(number, sprint, **more):
    return {"key": f"PAY-{number}", "title": f"Item {number}", "created": "2024-03-01", "sprint": sprint} | more


def moved(at, field, before, after):
    return {"at": at, "field": field, "from": before, "to": after}


CRITERIA = {"acceptance_criteria": "The page shows the amount paid."}
ADDED = item(1, "Sprint 1", transitions=[moved("2024-05-03T09:00:00Z", "sprint", "", "Sprint 1")])
PLANNED = item(2, "Sprint 1", transitions=[moved("2024-04-20T09:00:00Z", "sprint", "", "Sprint 1")])
RESIZED = item(3, "Sprint 1", **CRITERIA, points=8, transitions=[moved("2024-05-04T09:00:00Z", "points", "3", "8")])
NEXT = [item(4, "Sprint 2"), item(5, "Sprint 2", **CRITERIA)]


@pytest.fixture
def told(desk_of, clock):
    """What the message, the page and the product owner's view say about a backlog at a time."""

    def told(*rows, at=datetime(2024, 5, 6, 9, tzinfo=UTC), is_agenda=True):
        clock.advance(hours=(at - clock()).total_seconds() / 3600)
        desk = desk_of("\n".join(json.dumps(row) for row in ({"sprints": SPRINTS}, *rows)))
        desk.round()
        midnight = at.replace(hour=0)
        digest = make_digest(desk.database, desk.configuration, ["team"], midnight)
        digest = complete_digest(digest, desk.database, desk.configuration, at)
        layout = MessageLayout(now=at, messages=shipped_messages(), is_agenda=is_agenda)
        content = load_page_content(desk.database, desk.configuration, at)
        view = make_view(content, View.PRODUCT_OWNER, [], shipped_messages())
        return (
            as_text(make_message(digest, layout), layout.messages),
            render_page(content, shipped_messages()),
            "\n".join(line for section in view for line in section.lines),
        )

    return told


def test_what_was_added_to_the_running_sprint_is_asked_about_everywhere(told):
    for said in told(ADDED, PLANNED):
        assert "1 item was added to Sprint 1 of team after sprint planning." in said
        assert "Which items leave the sprint in exchange?" in said
        assert "added on 2024-05-03" in said
        assert "PAY-2 Item 2: added" not in said


def test_a_change_of_an_item_that_was_ready_is_said(told):
    said, _, _ = told(RESIZED, RESIZED | {"key": "PAY-9", "acceptance_criteria": None}, PLANNED)
    assert "1 item in Sprint 1 of team was changed after sprint planning." in said
    assert "PAY-3 Item 3 – size changed on 2024-05-04, from 3 to 8" in said
    assert "PAY-9 Item 3 – size changed" not in said, "its question is open, and the change may answer it"


@pytest.mark.parametrize(("day", "hour", "is_alert"), [(10, 9, True), (9, 9, False), (13, 10, False)])
def test_the_working_day_before_a_sprint_says_what_is_not_ready(told, day, hour, is_alert):
    for said in told(*NEXT, at=datetime(2024, 5, day, hour, tzinfo=UTC)):
        heading = "Sprint 2 of team starts on 2024-05-13, and 1 of its 2 items has an open question."
        assert (heading in said) == is_alert
        assert ("which stay out of the sprint?" in said) == is_alert


def test_items_that_only_some_people_see_are_in_no_alert(told):
    hidden = {"security": "Board", "title": "The merger"}
    for said in told(ADDED | hidden, RESIZED | hidden, NEXT[0] | hidden, at=datetime(2024, 5, 10, 9, tzinfo=UTC)):
        assert "merger" not in said
        assert "Sprint 1 of team" not in said
        assert "starts on" not in said


def test_a_late_addition_is_news_once(desk_of, clock):
    desk = desk_of("\n".join(json.dumps(row) for row in ({"sprints": SPRINTS}, PLANNED, NEXT[1])))
    desk.configure(schedule={"refinement": None})
    desk.round()
    assert desk.report().channels == {"#refinement": "posted"}
    clock.advance(days=1)
    desk.person().edit("PAY-5", sprint="Sprint 1")
    desk.round()
    assert desk.report().channels == {"#refinement": "posted"}
    news = desk.slack.messages("refinement")[1]
    assert "1 item was added to Sprint 1 of team after sprint planning." in news.text
    assert "PAY-2" not in str([part.blocks for part in (news, *news.replies)])
    clock.advance(days=1)
    desk.round()
    assert desk.report().channels == {"#refinement": "unchanged"}


def test_the_message_is_markdown_in_which_titles_are_only_text(desk_of):
    title = "<script> *b* [x](https://evil.example) # `c`"
    desk = desk_of("\n".join(json.dumps(row) for row in ({"sprints": SPRINTS}, ADDED | {"title": title}, *NEXT)))
    desk.round()
    now = desk.clock()
    digest = make_digest(desk.database, desk.configuration, ["team"], now.replace(hour=0))
    digest = complete_digest(digest, desk.database, desk.configuration, now)
    said = as_markdown(make_message(digest, MessageLayout(now=now, messages=shipped_messages())))
    assert said.startswith(
        "# Backlog of team\n\n**1 item was added to Sprint 1 of team after sprint planning.** Which items"
    )
    key = "[PAY-1](<https://memory.example/browse/PAY-1>)"
    assert f"- {key} &lt;script&gt; \\*b\\* \\[x\\](https://evil.example) \\# \\`c\\` – added on 2024-05-03" in said
    assert "\n- Product owner, 1 item: " in said
    assert said.count("\n---\n") >= 3
