"""What has changed on an item since a decision about it."""

from datetime import UTC, datetime, timedelta

from rules.model import Decision, DecisionKind, FieldChange, Link, WorkItem
from sync.decisions.changes_since import ValueChange, changes_since, describe_changes
from sync.messages import shipped_messages

DECIDED = datetime(2026, 3, 2, tzinfo=UTC)
BEFORE, AFTER, LATER = (DECIDED + timedelta(days=days) for days in (-1, 1, 2))
ITEM = WorkItem(tracker="team", id="1", key="PAY-1", votes=9, links=(Link("blocks", "PAY-2"),))


def decision(**values):
    return Decision(id="d", tracker="team", item="1", key="PAY-1", kind=DecisionKind.NOT_NOW, at=DECIDED, **values)


def test_the_values_at_the_decision_stand_beside_those_of_today():
    history = [
        FieldChange(BEFORE, "priority", "Low", "Medium"),
        FieldChange(DECIDED, "status", "Backlog", "To Do"),
        FieldChange(AFTER, "priority", "Medium", "High"),
        FieldChange(LATER, "priority", "High", "Highest"),
        FieldChange(AFTER, "status", "To Do", "Doing"),
        FieldChange(LATER, "status", "Doing", "To Do"),
        FieldChange(LATER, "rank", "", ""),
    ]
    found = changes_since(decision(votes=3, links=1), ITEM, history)
    assert found == (ValueChange("votes", "3", "9"), ValueChange("priority", "Medium", "Highest"))
    assert describe_changes(found, shipped_messages()) == "Since then: votes 3 → 9; priority Medium → Highest."
    assert changes_since(decision(links=0), ITEM, []) == (ValueChange("links", "0", "1"),)


def test_what_is_not_known_of_that_time_is_not_compared():
    assert changes_since(decision(), ITEM, []) == ()
    assert describe_changes((), shipped_messages()) == "Nothing else has changed since then."


def test_long_values_are_shortened_and_empty_ones_are_a_dash():
    found = changes_since(decision(), ITEM, [FieldChange(AFTER, "description", "", "word " * 30)])
    assert describe_changes(found, shipped_messages("de")) == f"Seither: description – →{' word' * 7} …."
