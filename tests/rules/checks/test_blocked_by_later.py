"""What blocked-by-later makes of plans, beyond the examples on its page."""

from datetime import UTC, datetime
from typing import Any

import pytest

from rules.checks.blocked_by_later import BlockedByLater, BlockedByLaterOptions
from rules.model import Backlog, HierarchyLevel, ItemKind, Link, Sprint, SprintState, StatusCategory, WorkItem

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ACTIVE = Sprint("1", "Sprint 1", SprintState.ACTIVE, datetime(2026, 5, 25, tzinfo=UTC))
NEXT = Sprint("2", "Sprint 2", SprintState.FUTURE, datetime(2026, 6, 8, tzinfo=UTC))
UNDATED = Sprint("3", "Sprint 3", SprintState.FUTURE)


def item(key: str, *blockers: str, sprint: Sprint | None = None, **given: Any) -> WorkItem:
    given = {"kind": ItemKind.STORY, "category": StatusCategory.TO_DO, "tracker": "t", "project": "PAY", **given}
    links = tuple(Link("is blocked by", other.partition("@")[0], other.partition("@")[2]) for other in blockers)
    return WorkItem(id=key, key=key, links=links, sprints=(sprint,) if sprint else (), **given)


def hits(*items: WorkItem, elsewhere: tuple[WorkItem, ...] = (), **backlog: Any) -> dict[str, tuple[str, Any]]:
    rule = BlockedByLater(BlockedByLaterOptions())
    others = {(other.tracker, other.key): other for other in elsewhere}
    rule.prepare(Backlog(tracker="t", items=items, external_items=others, **backlog), NOW)
    return {
        one.key: (hit.variant, hit.facts["blocker"]) for one in items if rule.judges(one) for hit in rule.judge(one)
    }


@pytest.mark.parametrize(
    ("own", "other", "variant"),
    [
        (ACTIVE, NEXT, "later-sprint"),
        (ACTIVE, UNDATED, "later-sprint"),
        (NEXT, ACTIVE, None),
        (NEXT, UNDATED, None),
        (NEXT, None, "unplanned"),
        (None, NEXT, None),
        (NEXT, NEXT, "same-sprint"),
    ],
)
def test_sprints_are_compared_where_their_order_is_known(own, other, variant):
    found = hits(item("A", "B", sprint=own), item("B", sprint=other))
    assert found == ({"A": (variant, "B")} if variant else {})


def test_a_blocker_in_another_tracker_is_named_with_its_tracker():
    other = item("7", tracker="platform", project="Platform")
    assert hits(item("A", "7@platform", sprint=NEXT), elsewhere=(other,)) == {"A": ("unplanned", "platform: 7")}
    done = item("7", tracker="platform", category=StatusCategory.DONE)
    assert hits(item("A", "7@platform", sprint=NEXT), elsewhere=(done,)) == {}


def test_the_order_in_two_trackers_is_not_compared():
    assert hits(item("A", "7@platform"), elsewhere=(item("7", tracker="platform"),)) == {}


def test_without_an_order_only_sprints_count():
    assert hits(item("A", "B"), item("B"), ordered=False) == {}


def test_an_epic_in_no_sprint_is_not_out_of_order():
    epic = item("B", kind=ItemKind.EPIC, level=HierarchyLevel.PORTFOLIO)
    assert hits(item("A", "B", sprint=NEXT), epic) == {}


def test_a_blocker_that_few_people_may_see_is_never_named():
    assert hits(item("A", "B", sprint=NEXT), item("B", restricted=True)) == {}


def test_a_longer_circle_is_found_and_the_most_serious_case_is_named():
    found = hits(item("A", "D", "B"), item("B", "C"), item("C", "A"), item("D"))
    assert found["A"] == ("circle", "B")


def test_a_blocker_of_unknown_plan_is_not_out_of_order():
    assert hits(item("A", "B", sprint=NEXT), item("B", unknown=("sprints",))) == {}
    assert hits(item("A", "B", unknown=("links",)), item("B")) == {}
