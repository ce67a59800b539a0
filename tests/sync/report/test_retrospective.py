"""What a team looks back at: planned and done, causes, sprint goals, rework, measures; counts of items, never a name."""

import json
from datetime import date

import pytest

from rules.flow.causes import Cause
from rules.priority.goals import Objective
from rules.priority.measures import MeasurePoint, Movement, judge_measure
from sync.report.page import render_page
from sync.report.page_content import load_page_content
from sync.report.retrospective import Share
from sync.report.views import View, make_view
from sync.settings import ConfigurationError


@pytest.fixture
def ended(desk, clock):
    """Sprint 3, which began after the first round: one of three items was done, and one came after the planning."""
    desk.round()
    clock.advance(days=7)
    desk.person().start_sprint("Sprint 3")
    clock.advance(days=3)
    desk.person().edit("PAY-4", sprint="Sprint 3")
    desk.person().edit("PAY-2", status="Done")
    desk.round()
    clock.advance(days=11)
    desk.person().close_sprint("Sprint 3")
    clock.advance(days=1)
    desk.round()
    return desk


def content_of(desk):
    return load_page_content(desk.database, desk.configuration, desk.clock())


def sections_of(desk):
    sections = make_view(content_of(desk), View.RETROSPECTIVE, [], desk.configuration.messages)
    return {section.heading: section.lines for section in sections}


def write(desk, name, text):
    (desk.file.parent / name).write_text(text, encoding="utf-8")


def test_the_commonest_causes_are_counted_for_items_that_were_not_done(ended):
    (tracker,) = content_of(ended).retrospective.trackers
    assert (tracker.sprints, tracker.done, tracker.unfinished) == (1, Share(1, 3), 2)
    assert dict(tracker.causes) == {Cause.QUESTION: 2, Cause.ADDED: 1}
    sections = sections_of(ended)
    assert sections["Planned and done"] == (
        "1 of 3 items were done in their sprint, and 0 were carried over (n=1 sprint).",
    )
    assert sections["Why items were not done in their sprint"] == (
        "Of 2 items that were not done in their sprint:",
        "2: a question about it was open at the start",
        "1: it was added after sprint planning",
    )
    assert sections["Reopened after they were done"] == (
        "Not enough data to compare (n=0 items with a question from a rule, 1 others).",
    )
    page = render_page(content_of(ended), ended.configuration.messages)
    assert "Why items were not done in their sprint" in page


def test_before_any_sprint_has_ended_nothing_is_said_about_sprints(desk):
    assert sections_of(desk) == {"Planned and done": ("There is nothing to look back at yet.",)}
    desk.round()
    assert sections_of(desk) == {
        "How often forecasts held": ("team: There is too little history to check forecasts for 2 weeks (n=0).",)
    }


def test_a_recorded_sprint_goal_is_counted(ended):
    write(ended, "goals.yaml", "sprint_goals: {Sprint 3: missed}\n")
    ended.configure()
    assert sections_of(ended)["Sprint goals"] == ("0 of 1 recorded sprint goal was met.", "Sprint 3: not met")


def test_an_item_that_left_its_final_status_counts_as_rework(ended, clock):
    ended.person().edit("PAY-2", status="To Do")
    clock.advance(days=1)
    ended.person().edit("PAY-2", status="Done")
    ended.round()
    (tracker,) = content_of(ended).retrospective.trackers
    assert tracker.reworked_unflagged == Share(1, 1)


def test_a_measure_moved_if_a_value_after_the_delivery_is_closer_to_its_target(ended):
    write(
        ended,
        "goals.yaml",
        "objectives:\n  - name: Faster payment\n    measure: days to pay\n    baseline: 40\n    target: 20\n"
        "    impacts: [{actor: Buyers, impact: pay at once, items: [PAY-2]}]\n",
    )
    write(ended, "measures.csv", "objective,date,value\nFaster payment,2024-05-01,38\nFaster payment,2024-05-27,31\n")
    ended.configure(measures="measures.csv")
    assert sections_of(ended)["Did the measures move?"] == (
        "Faster payment (days to pay): yes. 38 before the delivery on 2024-05-16, 31 on 2024-05-27 (n=2 values).",
    )
    content, messages = content_of(ended), ended.configuration.messages
    outcomes = [view for view in make_view(content, View.STAKEHOLDER, [], messages) if view.heading == "Did it help?"]
    assert [len(section.lines) for section in outcomes] == [1]
    page = render_page(content, messages)
    assert "Buyers: pay at once" in page
    assert "Faster payment (days to pay: 40 → 20)" in page


@pytest.mark.parametrize(
    ("values", "moved"),
    [
        ([38, 31], Movement.YES),
        ([38, 39], Movement.NO),
        ([38, 38], Movement.NO),
        ([38, None], Movement.UNKNOWN),
        ([None, 31], Movement.YES),
    ],
)
def test_without_a_later_value_it_is_unknown_and_the_baseline_stands_for_an_earlier_one(values, moved):
    days = (date(2024, 5, 1), date(2024, 6, 1))
    points = [MeasurePoint("x", day, value) for day, value in zip(days, values, strict=True) if value is not None]
    objective = Objective("x", "days", baseline=40, target=20)
    assert judge_measure(objective, points, date(2024, 5, 16)).moved is moved
    assert judge_measure(objective, points, None).moved is Movement.UNKNOWN


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("Faster,2024-05-01,1", 'Unknown objective "Faster"'),
        ("Faster payment,May,1", 'found "May" and "1"'),
        ("Faster payment,2024-05-01,nan", 'found "2024-05-01" and "nan"'),
    ],
)
def test_a_wrong_line_of_the_measures_is_an_error_with_its_line(desk, line, problem):
    write(desk, "goals.yaml", "objectives: [{name: Faster payment}]\n")
    write(desk, "measures.csv", f"objective,date,value\n{line}\n")
    desk.configure(measures="measures.csv")
    with pytest.raises(ConfigurationError, match=problem):
        _ = desk.configuration


def test_what_only_some_people_may_see_names_no_objective(desk_of):
    hidden = {
        "key": "PAY-1",
        "title": "The merger",
        "type": "Epic",
        "security": "Confidential",
        "created": "2024-01-01",
    }
    open_item = {"key": "PAY-2", "title": "Pay by card", "parent": "PAY-1", "created": "2024-01-02"}
    secret = {"key": "PAY-3", "title": "Merge the accounts", "security": "Confidential", "created": "2024-01-03"}
    desk = desk_of("\n".join(json.dumps(line) for line in (hidden, open_item, secret)))
    write(
        desk, "goals.yaml", "objectives:\n  - {name: Growth, impacts: [{actor: Buyers, impact: buy, items: [PAY-3]}]}\n"
    )
    desk.configure()
    desk.round()
    content = content_of(desk)
    page = render_page(content, desk.configuration.messages)
    assert "merger" not in page
    assert "PAY-3" not in page
    assert [branch.items for objective in content.goals.objectives for branch in objective.branches] == [()]
