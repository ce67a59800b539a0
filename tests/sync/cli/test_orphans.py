"""A tracker that was renamed or dropped in the configuration: what it wrote is named, and undone or taken over."""

import json

import pytest

from sync.rounds.context import WriteAuthority
from sync.store import writes

COMMENTED = "PAY-1"


@pytest.fixture
def written(desk, clock):
    """A tracker that has written."""
    desk.before = desk.seen()
    desk.round()
    clock.advance(minutes=10)
    return desk


@pytest.fixture
def renamed(written, steward_fresh):
    """The same tracker under another name."""
    written.settings["trackers"] = {"payments": written.settings["trackers"]["team"]}
    written.configure_other()
    return steward_fresh


@pytest.fixture
def dropped(written, steward_fresh, tmp_path):
    """Another tracker, which cannot reach its items, in its place."""
    (tmp_path / "other.jsonl").write_text('{"key": "A-1", "title": "One"}', encoding="utf-8")
    written.settings["trackers"] = {"file": {"kind": "export", "path": str(tmp_path / "other.jsonl")}}
    written.configure_other()
    return steward_fresh


@pytest.fixture(autouse=True)
def _reload(desk):
    desk.configure_other = lambda: setattr(desk, "_loaded", None)


def orphaned(desk):
    with desk.database.reading() as transaction:
        return writes.annotations(transaction, "team")


def test_doctor_names_what_is_still_on_items(renamed):
    checks = {check["id"]: check for check in renamed.json("doctor")}
    assert checks["team.orphaned"]["verdict"] == "warning"
    assert COMMENTED in checks["team.orphaned"]["said"]
    assert "steward undo --all" in checks["team.orphaned"]["said"]


def test_every_round_and_its_report_name_it(renamed, desk):
    (result,) = renamed.json("pull")
    assert any("The tracker team is no longer" in note and COMMENTED in note for note in result["summary"]["notes"])
    desk.report()
    (message,) = desk.slack.messages("refinement")
    assert "The tracker team is no longer" in json.dumps([reply.blocks for reply in message.replies])


def test_undo_all_removes_what_was_written_under_the_former_name(renamed, desk):
    (mine, former) = renamed.json("undo", "--all")
    assert (mine["tracker"], former["tracker"]) == ("payments", "team")
    assert former["trouble"] == ""
    assert desk.seen() == desk.before
    assert orphaned(desk) == []


@pytest.mark.parametrize("words", [("--tracker", "team", "--all"), ("--item", COMMENTED)])
def test_undo_takes_the_former_name_and_its_items(renamed, desk, words):
    renamed("undo", *words)
    assert desk.ours(COMMENTED) == []


def test_a_round_under_the_former_name_can_be_undone(renamed, desk):
    with desk.database.reading() as transaction:
        (ident,) = {effect.round for effect in writes.effects(transaction)}
    renamed("undo", "--round", ident)
    assert desk.seen() == desk.before


def test_under_the_new_name_nothing_is_written_twice_until_it_is_adopted(renamed, desk, clock):
    before = [comment.id for comment in desk.ours(COMMENTED)]
    (held,) = renamed.json("apply", code=1)
    assert COMMENTED in held["summary"]["held_whole"]
    assert [comment.id for comment in desk.ours(COMMENTED)] == before
    (adopted,) = renamed.json("adopt")
    assert COMMENTED in adopted["comments"]
    clock.advance(minutes=10)
    renamed("apply")
    assert [comment.id for comment in desk.ours(COMMENTED)] == before
    assert COMMENTED not in {annotation.key for annotation in orphaned(desk)}
    renamed("undo", "--all")
    assert desk.seen() == desk.before


def test_decisions_come_along(written, steward_fresh, desk, clock):
    steward_fresh("waive", "PAY-3", "missing-acceptance-criteria", "--reason", "a spike")
    desk.settings["trackers"] = {"payments": desk.settings["trackers"]["team"]}
    desk.configure_other()
    (adopted,) = steward_fresh.json("adopt")
    assert adopted["decisions"] == 1
    assert [row["reason"] for row in steward_fresh.json("decisions")] == ["a spike"]
    assert steward_fresh.json("adopt")[0]["decisions"] == 0


def test_what_no_configured_tracker_reaches_is_named_with_the_way_out(dropped, desk):
    said = dropped.errors("undo", "--all", code=3)
    assert COMMENTED in said
    assert "Add one with the address" in said
    assert orphaned(desk) != []
    checks = {check["id"]: check for check in dropped.json("doctor")}
    assert "Add one with the address" in checks["team.orphaned"]["said"]


def test_back_under_its_name_it_goes_on_as_before(renamed, desk, clock):
    desk.settings["trackers"] = {"team": desk.settings["trackers"]["payments"]}
    desk.configure_other()
    assert desk.round(WriteAuthority.BY_PERSON).writes == 0
    assert renamed.json("undo", "--all")[0]["tracker"] == "team"
    assert desk.seen() == desk.before
