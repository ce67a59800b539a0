"""What people did to what we wrote is an answer: found once, and never overruled."""

from datetime import timedelta

import pytest

from rules.lifecycle import FindingState
from rules.model import DecisionKind
from steward_sandbox.jira import Lag
from sync.rounds.context import WriteAuthority

LABEL = "refine-criteria"
RULE = "missing-acceptance-criteria"


@pytest.fixture
def written(desk, clock):
    """A desk on which a first round was written, ten minutes ago."""
    outcome = desk.round()
    assert {annotation.key for annotation in desk.annotations() if annotation.kind == "comment"} == {"PAY-1", "PAY-3"}
    assert outcome.applied.not_written == []
    clock.advance(minutes=10)
    return desk


def state(outcome, key, rule=RULE):
    return next(one.state for one in outcome.statuses if one.finding.key == key and one.finding.rule == rule)


def later_rounds_write_nothing(desk, clock, rounds=3):
    for _ in range(rounds):
        clock.advance(days=1)
        outcome = desk.round()
        assert not outcome.trouble
        assert outcome.writes == 0
        assert outcome.answers == []


def test_what_nobody_touched_is_nobodys_answer(written, clock):
    outcome = written.round()
    assert outcome.answers == []
    assert outcome.writes == 0


def test_a_comment_that_was_deleted_is_a_no_and_is_not_written_again(written, clock):
    (comment,) = written.ours("PAY-1")
    written.person().delete_comment(comment.id)
    outcome = written.round()
    (answer,) = outcome.answers
    assert (answer.key, answer.rule, answer.kind) == ("PAY-1", RULE, DecisionKind.DISMISSED)
    assert answer.source == "comment removed"
    assert answer.review == clock() + timedelta(days=90)
    assert state(outcome, "PAY-1") is FindingState.WAIVED
    assert written.ours("PAY-1") == []
    assert written.labels("PAY-1") == (), "a no to the question is a no to its label"
    later_rounds_write_nothing(written, clock)


def test_a_no_is_asked_about_once_more_when_its_time_has_come(written, clock):
    (comment,) = written.ours("PAY-1")
    written.person().delete_comment(comment.id)
    written.round()
    clock.advance(days=91)
    assert written.round().applied.comments_created == 1
    assert len(written.ours("PAY-1")) == 1


def test_a_comment_that_a_person_rewrote_is_theirs_for_good(written, clock):
    (comment,) = written.ours("PAY-1")
    written.person().edit_comment(comment.id, "We talked about this: it is a spike.")
    outcome = written.round()
    assert [(answer.source, answer.key) for answer in outcome.answers] == [("comment edited", "PAY-1")]
    written.person().edit("PAY-1", description="Acceptance criteria:\n* paid in parts")
    later_rounds_write_nothing(written, clock)
    (kept,) = written.ours("PAY-1")
    assert "it is a spike" in str(kept.body)


def test_a_label_that_was_removed_is_a_no_and_is_not_put_back(written, clock):
    written.person().label("PAY-4", remove=[LABEL])
    outcome = written.round()
    assert {(answer.source, answer.key) for answer in outcome.answers} == {("label removed", "PAY-4")}
    assert {answer.rule for answer in outcome.answers} == {RULE, "unranked-item"}
    later_rounds_write_nothing(written, clock)
    assert written.labels("PAY-4") == ()


def test_a_label_that_was_removed_is_a_no_to_all_that_was_found_and_not_only_to_what_it_was_put_there_for(
    written, clock
):
    sized = {"oversized-story": {"above": 1, "severity": "info"}, "unranked-item": "off"}
    written.configure(rules={"rules": sized})
    written.person().edit("PAY-4", points=8)
    clock.advance(days=8)
    assert "oversized-story" in {one.finding.rule for one in written.round().statuses if one.finding.key == "PAY-4"}
    clock.advance(minutes=10)
    written.person().label("PAY-4", remove=[LABEL])
    outcome = written.round()
    assert {answer.rule for answer in outcome.answers} >= {RULE, "oversized-story"}
    later_rounds_write_nothing(written, clock, rounds=20)
    assert written.labels("PAY-4") == ()


def test_a_deleted_comment_is_a_no_also_to_what_it_only_counted(desk, clock):
    desk.configure(
        write={"budget": {"findings_per_item": 1}},
        rules={"rules": {"oversized-story": {"above": 1}, "unranked-item": "off"}},
    )
    desk.round()
    assert "1 more in the report" in str(desk.ours("PAY-1")[0].body)
    clock.advance(minutes=10)
    desk.person().delete_comment(desk.ours("PAY-1")[0].id)
    assert {answer.rule for answer in desk.round().answers} == {RULE, "oversized-story"}
    later_rounds_write_nothing(desk, clock)
    assert desk.ours("PAY-1") == []


def test_a_label_that_people_had_put_there_before_us_is_never_ours(desk, clock):
    desk.person().label("PAY-4", LABEL)
    clock.advance(days=8)
    desk.round()
    assert ("PAY-4", LABEL) not in [(annotation.key, annotation.name) for annotation in desk.annotations()]
    desk.person().edit("PAY-4", description="Acceptance criteria:\n* it is dark")
    clock.advance(minutes=10)
    desk.round()
    assert LABEL in desk.labels("PAY-4")


@pytest.mark.parametrize("value", [7, 0, None])
def test_a_field_that_a_person_changed_is_theirs_from_then_on(written, clock, value):
    assert written.score("PAY-5") == 4
    written.person().edit("PAY-5", wsjf=value)
    outcome = written.round()
    assert [(answer.source, answer.rule) for answer in outcome.answers] == [("field changed", "wsjf")]
    clock.advance(minutes=10)
    written.person().edit("PAY-5", business_value=20)
    later_rounds_write_nothing(written, clock)
    assert written.score("PAY-5") == value


def test_a_field_that_a_person_set_to_what_we_wrote_is_no_answer(written, clock):
    written.person().edit("PAY-5", wsjf=9)
    written.person().edit("PAY-5", wsjf=4)
    assert written.round().answers == []


def test_a_mark_on_an_item_out_of_sight_is_nobodys_answer(written, clock):
    written.person().hide("PAY-1")
    outcome = written.round()
    assert outcome.pulled.gone == 1
    assert outcome.answers == []
    assert outcome.applied is None or outcome.applied.not_written == [], "nothing is refused again and again"
    clock.advance(minutes=10)
    written.person().unhide("PAY-1")
    back = written.round()
    assert back.answers == []
    assert len(written.ours("PAY-1")) == 1
    assert {annotation.kind for annotation in written.annotations() if annotation.key == "PAY-1"} == {
        "comment",
        "label",
    }


def test_a_deleted_item_leaves_nothing_to_be_refused_round_after_round(written, clock):
    written.person().delete("PAY-1")
    for _ in range(3):
        clock.advance(minutes=10)
        outcome = written.round()
        assert not outcome.trouble
        assert outcome.answers == []
        assert outcome.applied is None or outcome.applied.not_written == []


def test_an_item_that_moved_away_is_tidied_up_once(written, clock):
    written.person().move("PAY-1", "OPS")
    outcome = written.round()
    assert outcome.pulled.moved == 1
    assert outcome.applied.not_written == []
    assert (outcome.applied.comments_deleted, outcome.applied.labels_changed) == (1, 1)
    moved = written.world.issue("PAY-1")
    assert moved.key == "OPS-1"
    assert (moved.labels, written.ours("PAY-1")) == ((), [])
    assert [annotation for annotation in written.annotations() if annotation.item == str(moved.id)] == []
    later_rounds_write_nothing(written, clock)


def test_an_item_that_moved_away_and_was_worked_on_there_is_tidied_up_as_well(written, clock):
    person = written.person()
    person.move("PAY-1", "OPS")
    person.edit("PAY-1", title="Ours now")
    person.label("PAY-1", remove=[LABEL])
    outcome = written.round()
    assert outcome.applied.not_written == []
    assert written.ours("PAY-1") == []
    later_rounds_write_nothing(written, clock)


def test_an_item_that_moved_away_where_we_may_not_write_is_left_and_told(written, clock):
    written.person().move("PAY-1", "OPS")
    written.world.denied = {"OPS"}
    outcome = written.round()
    assert [held.key for held in outcome.applied.not_written] == ["OPS-1"]
    assert not outcome.trouble
    assert len(written.ours("PAY-1")) == 1


def test_an_item_that_moved_and_then_vanished_is_let_go(written, clock):
    written.world.denied = {"OPS"}
    written.person().move("PAY-1", "OPS")
    written.round()
    clock.advance(minutes=10)
    written.person().delete("PAY-1")
    outcome = written.round()
    assert outcome.answers == []
    assert outcome.applied is None or outcome.applied.not_written == []


def test_what_a_person_did_while_we_were_away_is_an_answer_all_the_same(written, clock):
    clock.advance(days=30)
    written.person().delete_comment(written.ours("PAY-3")[0].id)
    written.person().label("PAY-3", remove=[LABEL])
    outcome = written.round(WriteAuthority.NOBODY)
    assert {answer.source for answer in outcome.answers} == {"comment removed", "label removed"}
    assert written.round().writes == 0


def test_an_answer_in_words_beats_the_same_answer_without(written, clock):
    written.person().comment("PAY-1", f"/steward waive {RULE} until 2025-01-01 because it is a spike")
    outcome = written.round()
    assert outcome.applied.comments_updated == 1, "somebody wrote after it: it is left with one line"
    (kept,) = written.ours("PAY-1")
    assert "2025-01-01" in str(kept.body)
    assert "it is a spike" in str(kept.body)
    later_rounds_write_nothing(written, clock)


@pytest.mark.on_jira
@pytest.mark.parametrize("changes", range(1, 7))
def test_a_search_that_shows_things_as_they_were_before_we_wrote_is_nobodys_answer(desk_of, clock, changes):
    """A Data Center tells of comments where it searches, and its index may be some of our own writes behind."""
    desk = desk_of(data_center=True)
    desk.round()
    desk.site.options.search_lag = Lag(changes=changes)
    clock.advance(minutes=1)
    outcome = desk.round()
    assert (outcome.answers, outcome.writes) == ([], 0)
    assert {annotation.key for annotation in desk.annotations() if annotation.kind == "comment"} == {"PAY-1", "PAY-3"}
