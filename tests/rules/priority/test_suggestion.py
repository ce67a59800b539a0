"""What the suggested order means for one item: a higher priority, an earlier sprint, and which reasons may be said."""

from datetime import UTC, datetime, timedelta

import pytest

from rules.model import Backlog, HierarchyLevel, ItemKind, Link, Sprint, SprintState
from rules.priority.suggestion import SprintBand, find_suggestions
from rules.priority.wsjf import WsjfOptions

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
ACTIVE = Sprint(id="19", name="Sprint 19", state=SprintState.ACTIVE, start=NOW)
NEXT = Sprint(id="20", name="Sprint 20", state=SprintState.FUTURE, start=NOW + timedelta(days=14))
AFTER_NEXT = Sprint(id="21", name="Sprint 21", state=SprintState.FUTURE, start=NOW + timedelta(days=28))
BLOCKED = (Link("is blocked by", "PAY-3"),)


@pytest.fixture
def suggest(item, now):
    """Finds suggestions for items given by number and values, by item id."""

    def run(*given):
        backlog = Backlog("team", [item(number, **values) for number, values in given])
        return {number: found for (_, number), found in find_suggestions([backlog], now, WsjfOptions()).items()}

    return run


@pytest.mark.parametrize(
    ("own", "other", "suggested"),
    [
        ({"priority": "Low"}, {"priority": "High"}, "High"),
        ({}, {"priority": "Hoch"}, "Hoch"),
        ({"priority": "High"}, {"priority": "High"}, None),
        ({"priority": "High"}, {"priority": "Low"}, None),
        ({"priority": "Low"}, {"priority": "Medium", "priority_is_default": True}, None),
        ({"priority": "Whenever"}, {"priority": "High"}, None),
        ({"priority": "Low"}, {"priority": "Whenever"}, None),
    ],
)
def test_a_blocker_is_as_urgent_as_what_people_said_of_the_item_it_blocks(suggest, own, other, suggested):
    found = suggest((1, {"links": BLOCKED, **other}), (2, {}), (3, own))
    assert {number: one.priority for number, one in found.items()} == {"3": suggested}


@pytest.mark.parametrize(
    ("sprint", "band"),
    [(ACTIVE, SprintBand.CURRENT), (NEXT, SprintBand.NEXT), (AFTER_NEXT, SprintBand.LATER), (None, None)],
)
def test_the_band_is_that_of_the_sprint_of_what_waits(suggest, sprint, band):
    waiting = {"links": BLOCKED, "sprints": (sprint,) if sprint else ()}
    found = suggest((1, {"sprints": (NEXT,)}), (2, waiting), (3, {}))
    assert {number: one.band for number, one in found.items()} == {"3": band}


def test_an_item_that_only_some_people_see_is_no_reason(suggest):
    hidden = {"links": BLOCKED, "restricted": True, "priority": "High", "sprints": (ACTIVE,)}
    assert suggest((1, hidden), (3, {})) == {}
    visible = {"links": BLOCKED, "priority": "Medium", "sprints": (NEXT,)}
    (found,) = suggest((1, hidden), (2, visible), (3, {})).values()
    assert (found.reasons[0].later_item.id, found.priority, found.band) == ("2", "Medium", SprintBand.NEXT)


def test_nor_is_a_parent_that_only_some_people_see(suggest):
    epic = {"level": HierarchyLevel.PORTFOLIO, "kind": ItemKind.EPIC}
    items = [
        (1, {"parent": "PAY-8"}),
        (2, {"parent": "PAY-7"}),
        (7, epic),
        (8, epic | {"links": (Link("is blocked by", "PAY-7"),)}),
    ]
    assert "2" in suggest(*items)
    items[2] = (7, epic | {"restricted": True})
    assert "2" not in suggest(*items)


def test_a_write_of_ours_is_no_work_that_ends_a_suggestion(suggest, now):
    """The update of an item that no person has worked on may be ours."""
    many = [(number, {"priority": "Low"}) for number in range(10, 20)]
    old = now - timedelta(days=90)
    worked_on = {"priority": "High", "updated": now, "changed_by_person": old}
    assert list(suggest(*many, (3, worked_on))) == ["3"]
    for updated in (now, old):
        assert suggest(*many, (3, worked_on | {"updated": updated, "changed_by_person": None})) == {}
