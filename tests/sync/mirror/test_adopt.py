"""A new store that meets comments of ours writes nothing until they are taken over; then it goes on with them."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from sync.rounds.context import WriteAuthority
from sync.store import Database, rounds, writes

NAME = "team"


@pytest.fixture
def lost(desk, clock, _migrated):
    """A desk whose store was lost after it had written."""
    written = desk.round()
    assert written.applied.comments_created > 1
    desk.lost_round = written.round
    desk.commented = sorted(annotation.key for annotation in desk.annotations() if annotation.kind == "comment")
    clock.advance(minutes=10)
    renew(desk, _migrated)
    return desk


def renew(desk, empty):
    """Replaces the store by an empty one."""
    desk.database.close()
    for file in desk.folder.glob("desk.db*"):
        file.unlink()
    shutil.copy(empty, desk.folder / "desk.db")
    desk.database = Database(f"sqlite:///{desk.folder / 'desk.db'}")


def comments(desk):
    return {key: [comment.id for comment in desk.ours(key)] for key in desk.commented}


@pytest.mark.parametrize("authority", [WriteAuthority.BY_PERSON, WriteAuthority.BY_SERVICE])
def test_a_new_store_writes_nothing_and_names_what_it_does_not_know(lost, authority):
    before = lost.seen()
    outcome = lost.round(authority)
    assert outcome.writes == 0
    assert outcome.awaits_approval
    assert lost.seen() == before
    for key in lost.commented:
        assert key in outcome.blocked_reason
    assert "steward adopt" in outcome.blocked_reason


def test_it_says_so_when_it_only_plans_and_in_doctor(lost, command):
    outcome = lost.round(WriteAuthority.NOBODY)
    assert any("steward adopt" in note for note in outcome.notes)
    checks = {check["id"]: check for check in command("doctor", "--json")}
    assert "steward adopt" in checks["team.ledger"]["said"]


def test_it_says_so_in_german(lost):
    lost.configure(wording={"language": "de"})
    assert "unserer Kommentare" in lost.round().blocked_reason


def test_once_adopted_they_are_ours_as_before(lost, command, clock):
    before = comments(lost)
    (done,) = command("adopt", "--json")
    assert sorted(done["comments"]) == lost.commented
    clock.advance(minutes=10)
    outcome = lost.round()
    assert outcome.blocked_reason == ""
    assert (outcome.applied.comments_created if outcome.applied else 0) == 0
    assert comments(lost) == before, "one comment an item, and the same as before"
    clock.advance(minutes=10)
    assert lost.round().writes == 0
    for key in lost.commented:
        assert lost.decisions(key) == []


def test_the_ledger_holds_their_rounds_again(lost, command):
    command("adopt", "--json")
    with lost.database.reading() as transaction:
        assert rounds.by_id(transaction, lost.lost_round).tracker == NAME
        effects = writes.effects(transaction, round_id=lost.lost_round)
    assert sorted(effect.key for effect in effects) == lost.commented


def test_once_adopted_all_can_be_undone(lost, command):
    command("adopt", "--json")
    lost.undo()
    assert comments(lost) == {key: [] for key in lost.commented}


def test_adopting_twice_changes_nothing(lost, command):
    command("adopt", "--json")
    with lost.database.reading() as transaction:
        before = writes.effects(transaction), writes.annotations(transaction, NAME)
    assert command("adopt", "--json") == [
        {"tracker": NAME, "round": "", "comments": [], "decisions": 0, "trouble": ""},
    ]
    with lost.database.reading() as transaction:
        assert (writes.effects(transaction), writes.annotations(transaction, NAME)) == before


def test_a_comment_that_a_person_deletes_is_not_waited_for(lost, clock):
    lost.round()
    for key in lost.commented:
        for comment in lost.ours(key):
            lost.person().delete_comment(comment.id)
    clock.advance(minutes=10)
    assert lost.round().blocked_reason == ""


def test_a_comment_that_a_person_edited_stays_theirs(lost, command, clock):
    (comment,) = lost.ours("PAY-1")
    lost.person().edit_comment(comment.id, "Backlog Steward asked; we answered.")
    command("adopt", "--json")
    clock.advance(minutes=10)
    lost.round()
    lost.undo()
    assert [one.id for one in lost.ours("PAY-1")] == [comment.id]


def test_a_text_of_a_person_that_quotes_ours_holds_nothing_up(desk, clock):
    desk.person().comment("PAY-1", "Backlog Steward has a question about this item.")
    assert desk.round().blocked_reason == ""


def test_a_store_that_has_written_is_not_new(desk, clock):
    desk.round()
    clock.advance(minutes=10)
    assert desk.round().pulled.unknown == ()


def test_a_second_tracker_of_the_same_store_knows_the_first_ones_comments(desk, clock):
    desk.round()
    clock.advance(minutes=10)
    desk.settings["trackers"]["twin"] = desk.settings["trackers"][NAME] | {}
    desk.configure()
    from sync.rounds.round import run_round  # noqa: PLC0415
    from sync.rounds.trackers import open_tracker  # noqa: PLC0415

    twin = open_tracker("twin", desk.configuration.settings, desk.database)
    assert run_round(twin, desk.context(), WriteAuthority.NOBODY).pulled.unknown == ()
    twin.close()


@pytest.fixture
def changed(desk, clock):
    """A desk whose store was replaced by an older backup, with comments that the backup does not know."""
    desk.round(budget=1)
    with (
        closing(sqlite3.connect(desk.folder / "desk.db")) as live,
        closing(sqlite3.connect(desk.folder / "backup.db")) as copy,
    ):
        live.backup(copy)
    clock.advance(minutes=10)
    assert desk.round().applied.comments_created > 0
    clock.advance(minutes=10)
    renew(desk, desk.folder / "backup.db")
    desk.commented = ["PAY-1", "PAY-3"]
    return desk


def test_an_older_backup_writes_nothing_over_what_it_does_not_know_and_goes_on_once_adopted(changed, command, clock):
    before = comments(changed)
    outcome = changed.round()
    assert "steward adopt" in outcome.blocked_reason
    assert comments(changed) == before
    command("adopt", "--json")
    clock.advance(minutes=10)
    assert changed.round().blocked_reason == ""
    assert comments(changed) == before
    changed.undo()
    assert not any(comments(changed).values())
