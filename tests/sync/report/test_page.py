"""The report page: complete without a network, item text is never markup, and nothing restricted is on it."""

import json
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser

import pytest

from sync.messages import shipped_messages
from sync.report import page_sections
from sync.report.digest import Digest, TrackerDigest
from sync.report.open_decisions import OpenDecision
from sync.report.page import CONTENT_SECURITY_POLICY, render_page
from sync.report.page_content import load_page_content
from sync.report.page_first_screen import collect_questions
from sync.report.slack_layout import make_message
from sync.report.slack_parts import MessageLayout
from sync.report.slack_plain_text import as_text

HOSTILE = "</title><script>alert(1)</script><img src=x onerror=alert(2)> {{ 7*7 }} \"'"


class Reader(HTMLParser):
    """Collects the elements of a page."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.words = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def backlog(**more):
    """Forty finished items that took from one to twenty days, two in progress, and three that come next."""
    days = [{"from": "To Do", "to": "In Progress"}, {"from": "In Progress", "to": "Done"}]
    lines = []
    for number in range(1, 41):
        start, end = "2024-02-01", f"2024-02-{number % 20 + 2:02}"
        moves = [days[0] | {"at": start, "field": "status"}, days[1] | {"at": end, "field": "status"}]
        done = {"status": "Done", "created": "2024-01-05", "resolved": end, "transitions": moves}
        lines.append({"key": f"PAY-{number}", "title": f"Item {number}", "points": 3} | done)
    for number in (41, 42):
        moves = [days[0] | {"at": "2024-01-10" if number == 41 else "2024-05-05", "field": "status"}]
        begun = {"status": "In Progress", "created": "2024-01-05", "transitions": moves}
        lines.append({"key": f"PAY-{number}", "title": f"Begun {number}"} | begun)
    lines += [{"key": f"PAY-{n}", "title": f"Next {n}", "created": "2024-03-01"} | more for n in (43, 44, 45)]
    return "\n".join(json.dumps(line) for line in lines)


def html_of(desk):
    return render_page(load_page_content(desk.database, desk.configuration, desk.clock()), desk.configuration.messages)


@pytest.fixture
def desk(desk_of):
    desk = desk_of(backlog())
    desk.round()
    return desk


def test_the_first_screen_says_what_to_decide_what_is_ready_and_what_is_late(desk):
    words = " ".join(" ".join(Reader(html_of(desk)).words).split())
    question = "Product owner: What will be different once this is done, and for whom?"
    assert f"3 of 3 items have open questions. Begin with PAY-43 Next 43. {question}" in words
    assert f"To answer 3 questions are open. The first 3: {question} The description and" in words
    assert "To answer, edit the item or comment on it." in words
    assert "0 of 3 team: the top of the backlog Open questions: PAY-43 , PAY-44 , PAY-45" in words
    assert "PAY-41 Begun 41 117 days" in words
    assert "PAY-42 Begun 42" not in words, "it began yesterday"


def test_all_questions_of_an_item_are_counted(desk_of):
    desk = desk_of(backlog(points=21))
    desk.configure(rules={"extends": ["scrum"], "rules": {"oversized-story": {"above": 13}}})
    desk.round()
    words = " ".join(" ".join(Reader(html_of(desk)).words).split())
    assert "To answer 6 questions are open. The first 6: Developers and Product owner" in words


def test_without_finished_items_nothing_is_called_older_than_usual(desk_of):
    move = {"from": "To Do", "to": "In Progress", "at": "2024-05-05", "field": "status"}
    begun = {"key": "PAY-1", "title": "Begun", "status": "In Progress", "created": "2024-01-05", "transitions": [move]}
    desk = desk_of(json.dumps(begun))
    desk.round()
    words = " ".join(" ".join(Reader(html_of(desk)).words).split())
    assert "Work in progress by age 1 item is in progress. " in words
    assert "older than" not in words


def test_every_chart_has_a_text_alternative(desk, clock):
    clock.advance(days=1)
    desk.round()
    page = Reader(html_of(desk))
    charts = page.all("svg")
    assert len(charts) == 4
    ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    assert all(set(chart["aria-labelledby"].split()) <= ids for chart in charts)
    assert (
        "40 items finished since 2024-02-02: half of them within 10 days of being started, 85 % within 17 days."
        in " ".join(page.words)
    )


def test_text_of_items_is_never_markup(desk_of):
    desk = desk_of(backlog(title=HOSTILE))
    desk.round()
    html = html_of(desk)
    page = Reader(html)
    assert "{{ 7*7 }}" in html
    assert not page.all("script")
    assert not page.all("img")
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]


def test_the_page_loads_nothing_and_allows_nothing(desk):
    page = Reader(html_of(desk))
    assert {"http-equiv": "Content-Security-Policy", "content": CONTENT_SECURITY_POLICY} in page.all("meta")
    assert not [tag for tag, attributes in page.elements if tag in ("link", "iframe", "form") or "src" in attributes]
    assert "url(" not in html_of(desk)


def test_a_restricted_item_is_nowhere_on_the_page(desk_of):
    hidden = backlog(title="The merger", security="Confidential")
    hidden = hidden.replace('"title": "Item 7"', '"title": "Item 7", "security": "Confidential"')
    desk = desk_of(hidden)
    desk.round()
    html = html_of(desk)
    assert "PAY-7:" not in html
    assert "PAY-8:" in html
    assert "PAY-41" in html
    assert "merger" not in html
    assert "PAY-43" not in html


def test_restricted_items_do_not_count_in_the_shares_of_moscow(desk_of):
    shown = '{"key": "PAY-1", "title": "Pay by card", "points": 3, "labels": ["must"]}'
    hidden = '{"key": "PAY-2", "title": "The merger", "points": 5, "labels": ["must"], "security": "Confidential"}'
    desk = desk_of(f"{shown}\n{hidden}")
    desk.round()
    (shares,) = load_page_content(desk.database, desk.configuration, desk.clock()).shares.values()
    assert shares.total == 3


def test_too_little_history_is_said_and_not_guessed(desk_of):
    desk = desk_of('{"key": "PAY-1", "title": "Only one", "created": "2024-03-01"}')
    desk.round()
    words = " ".join(Reader(html_of(desk)).words)
    assert "Not enough data (n=0)." in words
    assert "Trends appear after the second daily snapshot." in words


def test_a_chart_of_very_many_durations_shows_a_part_of_them_and_says_so(desk, monkeypatch):
    everything = Reader(html_of(desk))
    monkeypatch.setattr(page_sections, "_MAX_DOTS", 9)
    some = Reader(html_of(desk))
    words = " ".join(" ".join(some.words).split())
    assert "40 items finished since 2024-02-02" in words
    assert "The chart shows 8 of them, chosen evenly." in words
    assert len(everything.all("circle")) - len(some.all("circle")) == 40 - 8


def test_a_decision_is_in_the_log_and_says_when_it_is_due_for_review(desk, clock):
    desk.person().comment("PAY-43", "/steward waive because the vendor is late")
    clock.advance(minutes=10)
    desk.round()
    assert "the vendor is late" in html_of(desk)
    assert 'class="due"' not in html_of(desk)
    clock.advance(days=91)
    assert 'class="due"' in html_of(desk)


def test_a_decision_that_is_due_shows_what_has_changed_since(desk, clock):
    desk.configure(roles={"decide": "Ana Silva"})
    desk.person().comment("PAY-43", "/steward decide not-now because the bank is closed")
    clock.advance(minutes=10)
    desk.round()
    desk.person().edit("PAY-43", priority="Highest")
    clock.advance(days=91)
    desk.round()
    assert "→ Highest" in html_of(desk)


def with_moves(**more):
    """One item finished on every working day, thirty waiting, and the last of them blocks the first."""
    days = [datetime(2024, 5, 5) - timedelta(days=back) for back in range(80)]
    finished = [
        {
            "key": f"PAY-{100 + n}",
            "title": "Done",
            "status": "Done",
            "created": "2024-01-05",
            "resolved": f"{day:%Y-%m-%d}",
        }
        for n, day in enumerate(days)
        if day.weekday() < 5
    ]
    waiting = [{"key": f"PAY-{n}", "title": f"Item {n}", "created": "2024-03-01"} for n in range(1, 31)]
    waiting[0]["links"] = [{"kind": "is blocked by", "target": "PAY-30"}]
    waiting[14] |= more
    return "\n".join(json.dumps(line) for line in (*waiting, *finished))


def test_the_first_move_says_what_it_would_do_to_others(desk_of):
    desk = desk_of(with_moves())
    desk.round()
    words = " ".join(" ".join(Reader(html_of(desk)).words).split())
    assert "What if PAY-30 were number 1 of team?" in words
    assert "items become later, by up to" in words
    assert "PAY-30 would be finished by 2024-05-" in words


def test_it_is_german_where_the_team_is(desk):
    desk.configure(wording={"language": "de"})
    words = " ".join(Reader(html_of(desk)).words)
    assert "Zu beantworten" in words
    assert "To answer" not in words


def test_dependencies_are_counted_by_what_is_planned(desk_of):
    waits = '{"key": "PAY-1", "title": "Pay by card", "links": [{"kind": "is blocked by", "target": "PAY-2"}]}'
    hidden = waits.replace("PAY-1", "PAY-3").replace('"title"', '"security": "Board", "title"')
    desk = desk_of(f'{waits}\n{hidden}\n{{"key": "PAY-2", "title": "Contract"}}')
    desk.round()
    dependencies = load_page_content(desk.database, desk.configuration, desk.clock()).dependencies
    assert dependencies.counts == {"out-of-order": 1}
    words = " ".join(" ".join(Reader(html_of(desk)).words).split())
    assert "PAY-1 Pay by card PAY-2 Contract the blocker is lower in the backlog team" in words
    assert "PI planning" not in words


def test_features_are_judged_for_the_pi_planning(desk_of):
    desk = desk_of('{"key": "PAY-1", "title": "Pay by card", "type": "Epic"}')
    desk.configure(schedule={"pi_planning": "2024-06-05"})
    desk.round()
    words = " ".join(" ".join(Reader(html_of(desk)).words).split())
    assert "0 of 1 feature is ready" in words
    assert "in 4 weeks" in words


def test_what_was_done_in_the_last_sprint_is_shown(desk_of):
    sprints = [{"name": "Sprint 1", "state": "closed", "start": "2024-04-15", "end": "2024-04-29"}]
    done = {"key": "PAY-1", "title": "Pay by card", "sprint": "Sprint 1", "status": "Done", "resolved": "2024-04-20"}
    left = {"key": "PAY-2", "title": "Contract", "sprint": "Sprint 1"}
    desk = desk_of("\n".join(json.dumps(line) for line in ({"sprints": sprints}, done, left)))
    desk.round()
    words = " ".join(" ".join(Reader(html_of(desk)).words).split())
    assert "Last sprint: 1 of 2 items were done in it; 0 were carried over to a later one." in words


def test_an_item_to_begin_with_is_linked_and_its_sprint_has_dates(desk_of):
    sprints = [{"name": "Sprint 2", "state": "future", "start": "2024-05-13", "end": "2024-05-27"}]
    planned = {"key": "PAY-1", "title": "Pay by card", "sprint": "Sprint 2", "created": "2024-03-01"}
    desk = desk_of("\n".join(json.dumps(line) for line in ({"sprints": sprints}, planned)))
    desk.round()
    html = html_of(desk)
    first = html[html.index('class="step"') : html.index("</header>")]
    whole = '<span class="whole">{}</span>'.format
    assert f"<strong>Sprint 2, {whole('2024-05-13')} to {whole('2024-05-27')}</strong>" in first
    assert '<a href="https://memory.example/browse/PAY-1">PAY-1</a> Pay by card' in first


def test_a_team_that_will_be_late_reads_so_after_what_to_do_first(desk_of):
    begin, finished = date(2024, 2, 5), []
    for number in range(30):
        day = begin + timedelta(days=3 * number)
        moves = [{"from": "To Do", "to": "Done", "at": str(day), "field": "status"}]
        done = {"status": "Done", "created": str(day), "resolved": str(day), "transitions": moves}
        finished.append({"key": f"PAY-{100 + number}", "title": "Done", **done})
    sprints = [
        {"name": "Sprint 2", "state": "active", "start": "2024-04-29", "end": "2024-05-08"},
        {"name": "Sprint 3", "state": "future", "start": "2024-05-08", "end": "2024-06-22"},
    ]
    planned = [
        {"key": f"PAY-{n}", "title": f"Pay {n}", "sprint": "Sprint 2" if n > 1 else "Sprint 3", "created": "2024-03-01"}
        for n in range(1, 9)
    ]
    desk = desk_of("\n".join(json.dumps(line) for line in ({"sprints": sprints}, *planned, *finished)))
    desk.round()
    html = html_of(desk)
    words = " ".join(" ".join(Reader(html[html.index('class="step"') : html.index("</header>")]).words).split())
    assert words.index("Do first") < words.index(
        "Then planned to be finished by 2024-05-08 : 6 of 7 items will probably be late."
    )
    assert words.endswith("Split it, help with it, or move it back?")


def test_the_questions_of_each_tracker_stay_together_and_long_ones_say_since_when():
    def decision(tracker, number, since=None):
        key = f"{tracker.upper()}-{number}"
        return OpenDecision(key, "Pay", "", "Why?", "Owner", tracker=tracker, ids=(key,), since=since)

    day = date(2024, 5, 6)
    parts = [
        TrackerDigest(tracker=name, mode="write", decisions=(decision(name, 1, since), decision(name, 2, day)))
        for name, since in (("harbour", date(2024, 4, 1)), ("quay", None))
    ]
    questions = collect_questions(Digest(day, tuple(parts)), shipped_messages())
    groups = [(group.tracker, [shown.key for shown, _ in group.decisions]) for group in questions.groups]
    assert groups == [("harbour", ["HARBOUR-1", "HARBOUR-2"]), ("quay", ["QUAY-1", "QUAY-2"])]
    layout = MessageLayout(now=datetime(2024, 5, 6, 9, tzinfo=UTC), messages=shipped_messages())
    text = as_text(make_message(Digest(day, tuple(parts)), layout), layout.messages)
    assert "1 question has been open for two weeks or more: HARBOUR-1, since 2024-04-01." in text


def test_the_share_of_urgent_items_says_how_many_nobody_touched(desk_of, clock):
    lines = [
        {"key": f"PAY-{n}", "title": f"Pay {n}", "created": "2024-01-01", "priority": "High" if n <= 9 else "Low"}
        for n in range(1, 26)
    ]
    desk = desk_of("\n".join(json.dumps(line) for line in lines))
    desk.round()
    clock.advance(days=70)
    desk.person().edit("PAY-1", title="Pay by card")
    desk.round()
    assert "9 of 25 items with a priority have a high one; 8 of these unchanged for 60" in html_of(desk)


def test_an_experiment_has_its_figures_before_and_since(desk):
    title, start = "Criteria on <every> story", (desk.clock() - timedelta(days=21)).date()
    desk.configure(experiments="experiments.yaml")
    (desk.folder / "experiments.yaml").write_text(
        f"experiments: [{{title: {title}, team: team, measure: throughput, start: {start}, weeks: 4}}]\n", "utf-8"
    )
    words = " ".join(" ".join(Reader(html_of(desk)).words).split())
    assert f"{title} {start} to 2024-05-13 team items finished per week" in words
    assert "0 (n=0) to be decided on 2024-05-13" in words
