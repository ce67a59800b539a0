"""A backlog of some hundred items, and a kind of item that shows how many of them are unpacked at the same time."""

import json
import weakref

from rules.model import WorkItem

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


def unpack_counted(monkeypatch) -> type[CountedItem]:
    """Counts the items that are unpacked from now on."""
    monkeypatch.setattr("rules.model.backlog.WorkItem", CountedItem)
    monkeypatch.setattr(CountedItem, "peak", 0)
    return CountedItem


def lines() -> str:
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
