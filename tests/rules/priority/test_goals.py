"""Which objective an item belongs to: from a file, and from the backlog alone."""

from datetime import date

import pytest

from rules.model import Backlog, HierarchyLevel, ItemKind, Release, Sprint, SprintState
from rules.priority.goals import Goals, Impact, Objective, Origin, map_goals

EPIC = {"kind": ItemKind.EPIC, "level": HierarchyLevel.PORTFOLIO}
SPRINT = Sprint(id="7", name="Sprint 7", state=SprintState.ACTIVE, goal="Fewer calls")


@pytest.fixture
def mapped(item):
    """Maps items given by number and values."""

    def run(*given, goals=None):
        return map_goals([Backlog("team", [item(number, **values) for number, values in given])], goals or Goals())

    return run


def test_without_a_file_epics_releases_and_sprint_goals_are_the_objectives(mapped):
    found = mapped(
        (1, EPIC | {"title": "Instalments"}),
        (2, {"parent": "PAY-1", "points": 5}),
        (3, {"parent": "PAY-1", "points": 2}),
        (4, {"releases": (Release("2.4", date(2026, 7, 1)),)}),
        (5, {"sprints": (SPRINT,)}),
        (6, {}),
    )
    assert [(one.origin, one.key, one.name, one.branches[0].items) for one in found.objectives] == [
        (Origin.PARENT, "PAY-1", "Instalments", ("PAY-2", "PAY-3")),
        (Origin.RELEASE, "", "2.4", ("PAY-4",)),
        (Origin.SPRINT_GOAL, "", "Fewer calls", ("PAY-5",)),
    ]
    assert (found.objectives[0].branches[0].cheapest, found.objectives[0].branches[0].cheapest_effort) == ("PAY-3", 2.0)
    assert (found.item_count, found.orphans) == (5, ("PAY-6",))


def test_a_stated_objective_has_the_items_below_those_it_names_and_those_with_its_label(mapped):
    goals = Goals(
        "No calls",
        (
            Objective(
                "Half the calls",
                "Calls a week",
                120,
                60,
                (Impact("Skippers", "see free berths", ("pay-1",)), Impact("Masters", "answer once", label="Answers")),
            ),
            Objective("Be better"),
        ),
    )
    found = mapped(
        (1, EPIC),
        (2, EPIC | {"parent": "PAY-1"}),
        (3, {"parent": "PAY-2"}),
        (4, {"labels": ("answers",)}),
        (5, {"parent": "PAY-9", "sprints": (SPRINT,)}),
        goals=goals,
    )
    stated, vague, inferred = found.objectives
    assert [branch.items for branch in stated.branches] == [("PAY-3",), ("PAY-4",)]
    assert (stated.is_measurable, vague.is_measurable, vague.branches) == (True, False, ())
    assert (inferred.origin, inferred.name) == (Origin.SPRINT_GOAL, "Fewer calls")


def test_a_sprint_is_covered_by_items_that_serve_more_than_the_sprint(mapped):
    found = mapped((1, EPIC), (2, {"parent": "PAY-1", "sprints": (SPRINT,)}), (3, {"sprints": (SPRINT,)}))
    (sprint,) = found.sprints
    assert (sprint.sprint, sprint.goal, sprint.item_count, sprint.with_objective) == ("Sprint 7", "Fewer calls", 2, 1)


def test_parents_in_a_circle_end(mapped):
    found = mapped((1, EPIC | {"parent": "PAY-2"}), (2, EPIC | {"parent": "PAY-1"}), (3, {"parent": "PAY-1"}))
    assert found.orphans == ()
