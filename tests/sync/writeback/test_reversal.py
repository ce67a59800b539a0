"""What was written is taken back, a round or everything, and only where it is still ours."""

import pytest

from connectors.errors import ConnectorError
from sync.rounds.context import WriteAuthority
from sync.rounds.undo import run_undo
from sync.store import StoreError, rounds, stored_values

LABEL = "refine-criteria"


def latest(desk, kind):
    with desk.database.reading() as transaction:
        return next(one for one in rounds.latest(transaction, "team") if one.kind == kind)


@pytest.fixture
def seeded(desk):
    return desk.seen()


@pytest.fixture
def written(desk, seeded, clock):
    """The first round, written ten minutes ago."""
    outcome = desk.round()
    assert desk.seen() != seeded
    clock.advance(minutes=10)
    return outcome


def test_everything_is_taken_back_to_what_people_saw_before(desk, seeded, written):
    undone = desk.undo()
    assert not undone.trouble
    assert undone.applied.not_written == []
    assert desk.seen() == seeded
    assert desk.annotations() == []


def test_taking_back_everything_twice_is_taking_it_back_once(desk, seeded, written):
    desk.undo()
    again = desk.undo()
    assert again.plan.items == ()
    assert again.applied.writes == 0
    assert desk.seen() == seeded


def test_one_round_is_taken_back_by_its_name(desk, seeded, written):
    assert desk.undo(written.round).applied.not_written == []
    assert desk.seen() == seeded


def test_a_round_that_never_was_takes_nothing_back(desk, written):
    seen = desk.seen()
    assert desk.undo("20200101-000000-abcdef").plan.items == ()
    assert desk.seen() == seen


def test_a_rehearsal_says_what_would_be_taken_back_and_takes_nothing_back(desk, written):
    seen = desk.seen()
    undone = desk.undo(dry_run=True)
    assert len(undone.plan.items) == 4
    assert undone.applied is None
    assert desk.seen() == seen


def test_it_works_in_shadow_mode_too(desk, seeded, written):
    desk.configure(write={"mode": "shadow"})
    desk.undo()
    assert desk.seen() == seeded


def test_an_undo_can_be_undone_and_that_again(desk, seeded, written):
    after = desk.seen()
    first = desk.undo()
    back = desk.undo(first.round)
    assert back.applied.not_written == []
    again = desk.seen()
    assert {key: one["labels"] for key, one in again.items()} == {key: one["labels"] for key, one in after.items()}
    assert {key: one["fields"] for key, one in again.items()} == {key: one["fields"] for key, one in after.items()}
    assert [len(one["comments"]) for one in again.values()] == [len(one["comments"]) for one in after.values()]
    assert desk.undo(back.round).applied.not_written == []
    assert desk.seen() == seeded


def test_of_two_rounds_the_second_alone_can_be_taken_back(desk, written, clock):
    clock.advance(days=30)
    desk.person().edit("PAY-1", acceptance_criteria="TBD")
    desk.person().edit("PAY-5", business_value=12)
    clock.advance(days=30)
    before = desk.seen()
    second = desk.round()
    assert second.applied.comments_updated == 1
    assert desk.score("PAY-5") == 5
    desk.undo(second.round)
    assert desk.score("PAY-5") == 4
    assert desk.seen()["PAY-1"]["comments"] == before["PAY-1"]["comments"]


def test_of_two_rounds_the_first_alone_leaves_what_the_second_changed(desk, written, clock):
    clock.advance(days=30)
    desk.person().edit("PAY-5", business_value=12)
    clock.advance(days=30)
    desk.round()
    desk.undo(written.round)
    assert desk.score("PAY-5") == 5
    assert desk.ours("PAY-1") == []
    assert desk.labels("PAY-4") == ()


def test_everything_after_several_rounds_is_what_stood_there_before_the_first(desk, seeded, written, clock):
    clock.advance(days=30)
    desk.person().edit("PAY-5", business_value=12)
    clock.advance(days=30)
    desk.round()
    desk.undo()
    assert desk.score("PAY-5") is None


def test_a_value_that_stood_there_before_us_comes_back(desk, clock):
    desk.person().edit("PAY-5", wsjf=4)
    desk.round()
    desk.person().edit("PAY-5", business_value=12)
    desk.round()
    assert desk.score("PAY-5") == 4, "it was not ours"
    desk.undo()
    assert desk.score("PAY-5") == 4


# ---- people's edits in between


def test_a_comment_that_a_person_rewrote_stays(desk, written):
    (comment,) = desk.ours("PAY-1")
    desk.person().edit_comment(comment.id, "We decided this on Monday.")
    undone = desk.undo()
    assert "We decided this on Monday." in str(desk.ours("PAY-1")[0].body)
    assert [held.key for held in undone.applied.not_written] == ["PAY-1"]
    assert desk.ours("PAY-3") == []


def test_a_field_that_a_person_changed_stays(desk, written):
    desk.person().edit("PAY-5", wsjf=9)
    undone = desk.undo()
    assert desk.score("PAY-5") == 9
    assert [held.key for held in undone.applied.not_written] == ["PAY-5"]


def test_a_field_that_a_person_emptied_stays_empty(desk, written):
    desk.person().edit("PAY-5", wsjf=None)
    desk.undo()
    assert desk.score("PAY-5") is None


def test_a_label_that_a_person_removed_stays_away(desk, written):
    desk.person().label("PAY-4", remove=[LABEL])
    undone = desk.undo()
    assert desk.labels("PAY-4") == ()
    assert not undone.trouble


def test_a_label_that_a_person_put_back_after_us_stays(desk, clock):
    desk.configure(rules={"rules": {"unranked-item": "off"}})
    desk.round()
    clock.advance(days=30)
    desk.person().edit("PAY-4", acceptance_criteria="The page turns dark after sunset.")
    cleared = desk.round()
    assert desk.labels("PAY-4") == ()
    clock.advance(minutes=10)
    desk.person().label("PAY-4", LABEL)
    desk.round(WriteAuthority.NOBODY)
    desk.undo(cleared.round)
    assert desk.labels("PAY-4") == (LABEL,)
    assert [annotation for annotation in desk.annotations() if annotation.key == "PAY-4"] == [], (
        "it is theirs, and not ours because we undid"
    )
    desk.undo()
    assert desk.labels("PAY-4") == (LABEL,)


def test_other_labels_and_comments_of_people_stay(desk, written):
    desk.person().label("PAY-1", "urgent")
    desk.person().comment("PAY-1", "Let us talk on Monday.")
    desk.undo()
    assert desk.labels("PAY-1") == ("urgent",)
    assert [comment["text"] for comment in desk.seen()["PAY-1"]["comments"]] == ["Let us talk on Monday."]


def test_what_a_person_took_over_before_is_left_and_named(desk, written, clock):
    (comment,) = desk.ours("PAY-1")
    desk.person().edit_comment(comment.id, "We decided this on Monday.")
    desk.round()
    undone = desk.undo()
    assert [(held.key, held.what) for held in undone.plan.skipped_writes] == [("PAY-1", "our comment")]
    assert undone.applied.not_written == []
    assert len(desk.ours("PAY-1")) == 1


def test_an_item_that_is_gone_is_named_and_stops_no_other(desk, written):
    desk.person().delete("PAY-1")
    undone = desk.undo()
    assert [held.key for held in undone.applied.not_written] == ["PAY-1"]
    assert desk.ours("PAY-3") == []
    assert not undone.trouble


def test_an_item_that_was_worked_on_meanwhile_is_taken_back_all_the_same(desk, seeded, written):
    desk.person().edit("PAY-1", title="Other words")
    desk.person().move("PAY-3", "OPS")
    undone = desk.undo()
    assert undone.applied.not_written == []
    assert desk.ours("PAY-1") == []
    assert desk.ours("PAY-3") == []
    assert desk.labels("PAY-3") == ("finance",)


# ---- afterwards


@pytest.mark.parametrize("surprise", ["3x", None])
def test_after_an_undo_the_service_writes_nothing_by_itself_until_a_person_lets_it(desk, seeded, clock, surprise):
    desk.configure(write={"surprise": surprise})
    desk.round()
    desk.undo()
    clock.advance(minutes=10)
    outcome = desk.round(WriteAuthority.BY_SERVICE)
    assert outcome.writes == 0
    assert "steward apply" in outcome.blocked_reason
    assert desk.seen() == seeded
    assert desk.round(WriteAuthority.BY_PERSON).writes == 7
    clock.advance(days=30)
    desk.person().edit("PAY-3", acceptance_criteria="The auditor can open it.")
    assert desk.round(WriteAuthority.BY_SERVICE).writes > 0


def test_what_was_taken_back_is_not_taken_for_an_answer_of_people(desk, seeded, written, clock):
    desk.undo()
    clock.advance(minutes=10)
    outcome = desk.round()
    assert outcome.answers == []
    assert outcome.writes == 7


def test_an_undo_is_a_round_with_a_name_a_kind_and_a_count(desk, written):
    undone = desk.undo()
    kept = latest(desk, "undo")
    assert (kept.id, kept.outcome, kept.writes) == (undone.round, "done", 7)
    assert kept.summary["undoes"] == "everything"


def test_a_tracker_that_cannot_be_reached_is_told_and_nothing_is_lost(desk, seeded, written):
    desk.faults.add("unreachable")
    undone = desk.undo()
    assert undone.trouble
    desk.faults.clear()
    desk.undo()
    assert desk.seen() == seeded


def test_an_undo_whose_writes_cannot_be_recorded_is_not_begun(desk, written, monkeypatch):
    def fail(_transaction):
        raise StoreError("The disk is full.")

    tracker = desk.open(writing=True)
    monkeypatch.setattr(stored_values, "ensure_installation_id", fail)
    with pytest.raises(StoreError):
        run_undo(tracker, desk.context(), None)
    tracker.close()
    with desk.database.reading() as transaction:
        assert [one.id for one in rounds.latest(transaction, "team")] == [written.round]


@pytest.mark.parametrize("fault", ["lost-reply#1@delete_comment", "lost-reply#1@edit"])
def test_a_lost_reply_while_taking_back_is_cleared_up(desk, seeded, written, fault):
    desk.faults.add(fault)
    desk.undo()
    desk.undo()
    assert desk.seen() == seeded
    assert desk.annotations() == []


def test_an_item_that_cannot_be_looked_at_stops_no_other(desk, written, meddled):
    def odd(item):
        if item == desk.id("PAY-1"):
            raise ConnectorError("team: GET issue answered in an unexpected shape.")

    tracker = meddled(desk.open(writing=True))
    tracker.before["get_snapshot"] = odd
    undone = run_undo(tracker, desk.context(), None)
    tracker.close()
    assert [held.key for held in undone.applied.not_written] == ["PAY-1"]
    assert desk.ours("PAY-3") == []
