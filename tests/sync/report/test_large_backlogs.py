"""Reports on a large backlog keep its items as bytes, and unpack few of them at the same time."""

import json
import weakref

import pytest

from rules.model import WorkItem
from sync.report.digest import make_digest
from sync.report.full_digest import complete_digest
from sync.report.page_content import load_page_content

OPEN_COUNT = 300
MOST_UNPACKED = 100
"""An iteration unpacks twenty items, and keeps the last ones for a while."""


class CountedItem(WorkItem, frozen=True, kw_only=True, omit_defaults=True, gc=True, weakref=True):
    """An item that counts how many of its kind are in memory."""

    living = peak = 0

    def __post_init__(self):
        CountedItem.living += 1
        CountedItem.peak = max(CountedItem.peak, CountedItem.living)
        weakref.finalize(self, self.forget)

    @staticmethod
    def forget():
        CountedItem.living -= 1


def backlog():
    lines = [{"sprints": [{"name": "Sprint 2", "state": "active", "start": "2024-04-29", "end": "2024-05-13"}]}]
    lines += [
        {"key": f"PAY-{number}", "title": "Done", "status": "Done", "resolved": f"2024-04-{number:02}"}
        for number in range(1, 29)
    ]
    for number in range(101, 101 + OPEN_COUNT):
        line = {"key": f"PAY-{number}", "title": f"Item {number}", "points": number % 7 + 1, "labels": ["must-have"]}
        line |= {"business_value": number % 5 + 1, "priority": "High", "due": "2024-06-01"}
        line |= {"sprint": "Sprint 2"} if number % 3 else {"parent": "PAY-400"}
        line |= {"links": [{"kind": "is blocked by", "target": f"PAY-{number + 1}"}]} if number % 7 == 0 else {}
        lines.append(line | ({"type": "Epic", "parent": None} if number == 400 else {}))
    return "\n".join(json.dumps({"created": "2024-03-01"} | line if "key" in line else line) for line in lines)


@pytest.fixture
def desk(desk_of):
    desk = desk_of(backlog())
    desk.configure(rules={"extends": ["scrum"]}, schedule={"pi_planning": "2024-06-03"})
    desk.round()
    return desk


@pytest.fixture
def unpacked(monkeypatch):
    monkeypatch.setattr("rules.model.backlog.WorkItem", CountedItem)
    monkeypatch.setattr(CountedItem, "peak", 0)
    return CountedItem


def test_the_page_unpacks_few_items_at_the_same_time(desk, unpacked):
    content = load_page_content(desk.database, desk.configuration, desk.clock())
    assert content.goals.item_count == OPEN_COUNT - 1
    assert 0 < unpacked.peak < MOST_UNPACKED


def test_a_message_unpacks_few_items_at_the_same_time(desk, unpacked):
    digest = make_digest(desk.database, desk.configuration, ["team"], desk.clock())
    assert complete_digest(digest, desk.database, desk.configuration, desk.clock()).moves
    assert 0 < unpacked.peak < MOST_UNPACKED
