"""What the suggested order says about an item, in fields that the team named for it."""

import msgspec
import pytest

from connectors.connection import Capabilities
from rules.model import Backlog, DecisionKind, Feedback
from rules.priority.suggestion import find_suggestions
from rules.priority.wsjf import WsjfOptions
from sync.inspect.audit import audit
from sync.messages import shipped_messages
from sync.opt_in_fields.fields import make_suggestion_fields
from sync.rounds.plan_inputs import plan_item

FIELDS = {
    "suggested_priority": "Suggested priority",
    "suggested_place": "Suggested place",
    "priority_reason": "Priority reason",
}
BACKLOG = """\
{"sprints": [{"name": "Sprint 2", "state": "active", "start": "2024-04-29", "end": "2024-05-13"}, \
{"name": "Sprint 3", "state": "future", "start": "2024-05-13", "end": "2024-05-27"}]}
{"key": "PAY-1", "title": "Pay in instalments", "created": "2024-03-01", "sprint": "Sprint 3", "priority": "High"}
{"key": "PAY-2", "title": "Show the price before tax", "created": "2024-03-02", "priority": "Low"}
{"key": "PAY-3", "title": "Sign the contract", "created": "2024-03-03", "priority": "Low", \
"links": [{"kind": "blocks", "target": "PAY-1"}]}
"""
WRITTEN = {
    "Suggested priority": "High",
    "Suggested place": "next sprint",
    "Priority reason": "Belongs in Sprint 3: it blocks PAY-1, which is in it.",
}


@pytest.fixture
def desk(desk_of):
    made = desk_of(BACKLOG)
    made.configure(write={"fields": FIELDS, "comment": False, "label": None})
    return made


def written(desk, key="PAY-3"):
    return {name: value for name, value in desk.world.item(key).written.items() if value is not None}


def test_they_are_written_once_and_only_where_evidence_speaks(desk, clock):
    assert desk.round().writes == 3
    assert written(desk) == WRITTEN
    assert written(desk, "PAY-1") == written(desk, "PAY-2") == {}
    clock.advance(hours=1)
    assert desk.round().writes == 0


def test_the_plan_for_one_item_is_that_of_the_round(desk):
    planned = desk.plan().items
    with desk.database.reading() as reading:
        _, plan = plan_item(reading, desk.configuration, desk.item("PAY-3"), desk.clock())
    assert plan.items == planned
    assert planned[0].edit.fields == WRITTEN


def test_without_being_named_none_is_written(desk):
    desk.configure(write={"fields": {}})
    assert desk.round().writes == 0


def test_they_stay_when_neighbours_move_and_go_when_the_evidence_does(desk, clock):
    desk.round()
    desk.person().rank("PAY-3", before="PAY-2")
    clock.advance(hours=1)
    assert desk.round().writes == 0
    desk.person().edit("PAY-3", priority="High")
    clock.advance(hours=1)
    desk.round()
    assert written(desk) == {name: value for name, value in WRITTEN.items() if name != "Suggested priority"}
    desk.person().edit("PAY-3", sprint="Sprint 3")
    desk.person().rank("PAY-3", before="PAY-1")
    clock.advance(hours=1)
    desk.round()
    assert written(desk) == {}
    clock.advance(hours=1)
    assert (desk.round().writes, desk.annotations()) == (0, [])


def test_what_a_person_wrote_stays(desk, clock):
    desk.round()
    desk.person().edit("PAY-3", **{"Suggested place": "with the auditor"})
    desk.person().edit("PAY-3", priority="High")
    clock.advance(hours=1)
    outcome = desk.round()
    assert [(answer.source, answer.rule) for answer in outcome.answers] == [("field changed", "suggested_place")]
    assert written(desk) == {
        "Suggested place": "with the auditor",
        "Priority reason": WRITTEN["Priority reason"],
    }
    clock.advance(hours=1)
    assert desk.round().writes == 0


def test_undo_restores_what_was_there(desk):
    before = desk.seen()
    desk.round()
    desk.undo()
    assert {key: item["fields"] for key, item in desk.seen().items()} == {
        key: item["fields"] for key, item in before.items()
    }


def test_a_field_that_is_named_no_longer_is_restored(desk, clock):
    desk.round()
    desk.configure(write={"fields": {"suggested_place": "Suggested place"}})
    clock.advance(hours=1)
    desk.round()
    assert written(desk) == {"Suggested place": "next sprint"}


def test_the_audit_log_names_a_field_that_is_named_no_longer(desk, clock):
    desk.configure(write={"fields": {"suggested_priority": "Suggested priority"}})
    desk.round()
    desk.configure(write={"fields": {"suggested_place": "Suggested place"}})
    clock.advance(hours=1)
    desk.round()
    with desk.database.reading() as reading:
        entries = audit(reading, None, None)
    assert [(entry.name, entry.after, entry.rules) for entry in entries] == [
        ("Suggested priority", "High", ("suggested_priority",)),
        ("Suggested priority", "", ("suggested_priority",)),
        ("Suggested place", "next sprint", ("suggested_place",)),
    ]


def test_a_field_that_the_tracker_no_longer_shows_is_not_restored(desk, clock):
    desk.round()
    desk.configure(write={"fields": FIELDS | {"suggested_place": "No such field"}})
    clock.advance(hours=1)
    outcome = desk.round()
    assert (outcome.writes, written(desk)) == (0, WRITTEN)


# ---- which changes are noise


OPTIONS = WsjfOptions()


@pytest.fixture
def votes_of(planner):
    """The field for the reason of item 3, which so many people voted for or customers asked for; 2 is the other item."""

    def fields(votes, *, other=2, are_customers=False):
        def asked_for(count):
            return {"feedback": Feedback(customers=count)} if are_customers else {"votes": count}

        items = [
            planner.item(other, **asked_for(1), priority="Low"),
            planner.item(3, **asked_for(votes), priority="Low"),
        ]
        found = find_suggestions([Backlog("team", items)], planner.NOW, OPTIONS)
        made = {field.name: field for field in make_suggestion_fields(found, shipped_messages(), OPTIONS)}
        return items[1], made

    return fields


@pytest.mark.parametrize(
    ("are_customers", "reason"),
    [
        (False, "Belongs above PAY-2: 30 people voted for it, 1 for PAY-2."),
        (True, "Belongs above PAY-2: 30 customers are recorded as asking for it, 1 for PAY-2."),
    ],
)
def test_a_reason_is_not_written_again_for_one_more_who_asks(planner, votes_of, are_customers, reason):
    more = {"capabilities": Capabilities(writable_fields={"priority_reason": planner.FIELD})}
    item, fields = votes_of(30, are_customers=are_customers)
    first = planner.one(item=item, opt_in_fields=fields, **more).edit
    assert first.fields == {planner.FIELD: reason}
    assert first.field_names == {planner.FIELD: "priority_reason"}
    annotation = planner.marked("field", planner.FIELD, first.fields[planner.FIELD], number=3)
    for votes, other, is_written in ((31, 2, False), (31, 12, True)):
        item, fields = votes_of(votes, other=other, are_customers=are_customers)
        item = msgspec.structs.replace(item, fields=first.fields)
        assert bool(planner.one([], [annotation], item=item, opt_in_fields=fields, **more)) is is_written


def test_a_waived_field_is_not_written(planner, votes_of):
    item, fields = votes_of(30)
    capabilities = Capabilities(writable_fields={"priority_reason": planner.FIELD})
    waived = planner.decision(3, "priority_reason", kind=DecisionKind.WAIVE)
    plan = planner([item], [], [], [waived], opt_in_fields=fields, capabilities=capabilities)
    assert plan.items == ()
    assert [skip.reason for skip in plan.skipped_writes] == ["A decision waives the reason for a higher place."]
