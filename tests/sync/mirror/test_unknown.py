"""What cannot be read is unknown: it keeps what was known, clears nothing, and is nobody's edit."""

import msgspec
import pytest
from memory_tracker import MemoryTracker

from connectors.tracker import ScopeIds
from rules.lifecycle import FindingState
from sync.store.backlogs import load_backlog

RULE = "missing-acceptance-criteria"
STATED = "Acceptance criteria:\n* it is paid in parts"


@pytest.fixture
def unreadable(monkeypatch):
    """Makes attributes of items unreadable, by key."""
    spoiled: dict[str, dict[str, object]] = {}
    really = MemoryTracker._work_item

    def read(tracker, item):
        values = spoiled.get(item.key)
        whole = really(tracker, item)
        return msgspec.structs.replace(whole, **values, unknown=tuple(values)) if values else whole

    monkeypatch.setattr(MemoryTracker, "_work_item", read)
    return spoiled


def test_a_rule_says_nothing_about_an_item_that_was_never_read_in_full(desk, unreadable):
    unreadable["PAY-1"] = {"text": ()}
    outcome = desk.round()
    assert [one for one in outcome.statuses if one.finding.key == "PAY-1" and one.finding.rule == RULE] == []
    assert "The description of one open item is not known." in outcome.unjudged_reasons[RULE]
    assert desk.ours("PAY-1") == []


def test_what_was_known_is_kept_and_what_is_written_stays(desk, unreadable, clock):
    desk.round()
    known, before = desk.item("PAY-1"), desk.seen()
    assert desk.ours("PAY-1") != []
    clock.advance(days=1)
    desk.person().edit("PAY-1", title="Pay in several instalments")
    unreadable["PAY-1"] = {"text": (), "points": None}
    outcome = desk.round()
    item = desk.item("PAY-1")
    assert (item.text, item.points, item.unknown) == (known.text, known.points, ("text", "points"))
    assert item.title == "Pay in several instalments"
    assert (outcome.writes, outcome.answers) == (0, [])
    assert len(desk.ours("PAY-1")) == 1
    assert desk.seen()["PAY-1"]["comments"] == before["PAY-1"]["comments"]


def test_a_finding_stands_until_its_item_can_be_read_again(desk, unreadable, clock):
    desk.round()
    clock.advance(days=1)
    desk.person().edit("PAY-1", description=STATED)
    unreadable["PAY-1"] = {"text": ()}
    desk.round()
    assert len(desk.ours("PAY-1")) == 1
    del unreadable["PAY-1"]
    clock.advance(days=1)
    desk.person().edit("PAY-1", title="Pay in parts")
    outcome = desk.round()
    assert desk.ours("PAY-1") == []
    assert FindingState.NEW not in {one.state for one in outcome.statuses if one.finding.key == "PAY-1"}


def test_a_field_that_the_configuration_no_longer_names_is_read_by_its_id(desk, clock):
    desk.round()
    assert desk.score("PAY-5") is not None
    desk.configure(write={"fields": {}})
    clock.advance(days=1)
    outcome = desk.round()
    assert outcome.answers == []
    assert all(not annotation.changed_by_others for annotation in desk.annotations())


def test_a_field_that_the_tracker_does_not_show_was_not_changed_by_anybody(desk, clock, monkeypatch):
    desk.round()
    (before,) = [annotation for annotation in desk.annotations() if annotation.kind == "field"]
    monkeypatch.setattr(MemoryTracker, "written_field_ids", property(lambda _: set()))
    clock.advance(days=1)
    desk.person().edit("PAY-5", title="Instalments again")
    outcome = desk.round()
    assert outcome.answers == []
    assert not any("program" in note for note in outcome.notes)
    (after,) = [annotation for annotation in desk.annotations() if annotation.kind == "field"]
    assert (after.value, after.changed_by_others) == (before.value, False)


def test_boards_that_cannot_be_read_take_no_item_off_a_board(desk, monkeypatch, clock):
    really = MemoryTracker.list_ids

    def with_boards(tracker):
        ids = really(tracker).ids
        return ScopeIds(ids, frozenset(ids) - {desk.id("PAY-3")})

    monkeypatch.setattr(MemoryTracker, "list_ids", with_boards)
    desk.round()
    monkeypatch.setattr(
        MemoryTracker, "list_ids", lambda tracker: ScopeIds(really(tracker).ids, has_unread_boards=True)
    )
    desk.person().create("PAY", "A new item")
    clock.advance(days=1)
    desk.round()
    with desk.database.reading() as transaction:
        on_backlog = load_backlog(transaction, "team", clock()).on_backlog
    assert on_backlog == frozenset(desk.world.items) - {desk.id("PAY-3")} - {
        ident for ident, item in desk.world.items.items() if item.project != "PAY"
    }


def test_a_mistake_of_ours_costs_the_tracker_and_not_the_others(desk, monkeypatch):
    def broken(_tracker, _ids):
        raise RuntimeError("an id with a space")

    monkeypatch.setattr(MemoryTracker, "fetch", broken)
    outcome = desk.round()
    assert outcome.trouble == "An unexpected error ended the round: RuntimeError: an id with a space"


def test_what_could_not_be_read_is_read_again_although_nothing_changed(desk, unreadable, clock):
    unreadable["PAY-1"] = {"text": ()}
    desk.round()
    unreadable.clear()
    clock.advance(minutes=10)
    desk.round()
    assert desk.item("PAY-1").unknown == ()
    assert len(desk.ours("PAY-1")) == 1
    clock.advance(minutes=10)
    desk.pull()
    clock.advance(minutes=10)
    assert desk.pull().read == 0


def test_what_stays_unreadable_is_tried_three_times_and_then_once_a_day(desk, unreadable, clock):
    desk.pull()
    unreadable["PAY-1"] = {"text": ()}
    desk.person().edit("PAY-1", title="Pay in several instalments")
    read = []
    for hours in (1, 1, 1, 1, 24, 1):
        clock.advance(hours=hours)
        read.append(desk.pull().read)
    assert read == [1, 1, 1, 1, 1, 0]
