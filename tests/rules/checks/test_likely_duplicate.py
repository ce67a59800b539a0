"""Which pairs likely-duplicate names, beyond the examples on its page."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rules.checks.likely_duplicate import DuplicateOptions, LikelyDuplicate
from rules.model import Backlog, ItemKind, Link, StatusCategory, WorkItem
from rules.text import from_shorthand

DAY = datetime(2026, 3, 1, tzinfo=UTC)
TEXT = "The auditor needs all orders of a month as a CSV file."


def item(number: int, title: str, text: str = TEXT, *, day: int | None = None, **given: Any) -> WorkItem:
    given = {"kind": ItemKind.STORY, "category": StatusCategory.TO_DO, "key": f"PAY-{number}", **given}
    created = None if day is None else DAY + timedelta(days=day)
    return WorkItem(tracker="t", id=str(number), title=title, text=from_shorthand(text), created=created, **given)


OTHERS = [item(number, f"Subject {number}", f"words on {number * 7}", day=number) for number in range(10, 30)]


def pairs(*items: WorkItem) -> dict[str, object]:
    rule = LikelyDuplicate(DuplicateOptions(severity="info"))
    rule.prepare(Backlog(tracker="t", items=(*items, *OTHERS)), DAY)
    return {one.key: hit.facts["other"] for one in items if rule.judges(one) for hit in rule.judge(one)}


def test_the_later_item_is_asked_about_the_earlier_one():
    assert pairs(item(1, "CSV export of orders", day=0), item(2, "Export of orders, CSV", day=20)) == {"PAY-2": "PAY-1"}
    assert pairs(item(1, "CSV export of orders", day=20), item(2, "Export of orders, CSV", day=0)) == {"PAY-1": "PAY-2"}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"links": (Link("relates to", "PAY-2"),)}, {}),
        ({}, {"links": (Link("relates to", "PAY-1"),)}),
        ({"text": f"{TEXT} See also PAY-2."}, {}),
        ({"parent": "PAY-9"}, {"parent": "PAY-9"}),
        ({"restricted": True}, {}),
        ({"day": 18}, {}),
        ({"category": StatusCategory.IN_PROGRESS}, {}),
        ({"unknown": ("text",)}, {}),
    ],
    ids=str,
)
def test_nothing_is_said_about_a_pair(first: dict[str, Any], second: dict[str, Any]):
    assert (
        pairs(
            item(1, "CSV export of orders", **{"day": 0, **first}),
            item(2, "Export of orders, CSV", **{"day": 20, **second}),
        )
        == {}
    )


def test_only_one_candidate_is_named():
    twins = [item(number, "CSV export of orders", day=number * 10) for number in range(1, 5)]
    found = pairs(*twins)
    assert len(found) == 3
    assert all(isinstance(other, str) for other in found.values())
