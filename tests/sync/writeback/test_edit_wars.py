"""What somebody takes off twice is not put there a third time, and an admin is told."""

from datetime import timedelta

import pytest

from sync.rounds.context import WriteAuthority
from sync.store import writes

LABEL = "refine-criteria"
REVIEW = timedelta(days=91)


@pytest.fixture
def desk(desk):
    desk.configure(rules={"rules": {"unranked-item": "off", "oversized-story": "off"}})
    return desk


def remove_label(desk, actor):
    actor.label("PAY-4", remove=[LABEL])


def remove_comment(desk, actor):
    actor.delete_comment(desk.ours("PAY-1")[0].id)


@pytest.mark.parametrize(
    ("key", "kind", "undo", "there"),
    [
        ("PAY-4", "label", remove_label, lambda desk: LABEL in desk.labels("PAY-4")),
        ("PAY-1", "comment", remove_comment, lambda desk: bool(desk.ours("PAY-1"))),
    ],
)
def test_two_flips_and_it_stops_and_says_so(desk, clock, key, kind, undo, there):
    actor = desk.person("Somebody")
    told = f"{key}: our {kind} was undone twice"
    for flip in (1, 2):
        desk.round()
        assert there(desk)
        clock.advance(days=1)
        undo(desk, actor)
        outcome = desk.round()
        assert any(note.startswith(told) for note in outcome.notes) is (flip == 2)
        assert not there(desk)
        clock.advance(days=REVIEW.days)
    outcome = desk.round(WriteAuthority.BY_SERVICE)
    assert not there(desk)
    assert [one.reason for one in outcome.plan.skipped_writes if one.key == key and kind in one.what] == [
        "It was undone twice after we wrote it, so it is not written again."
    ]
    assert not any(note.startswith(told) for note in outcome.notes), "once is enough"
    clock.advance(days=365)
    desk.round()
    assert not there(desk)


def test_one_flip_is_an_answer_for_its_time_and_no_duel(desk, clock):
    desk.round()
    desk.person().label("PAY-4", remove=[LABEL])
    desk.round()
    clock.advance(days=REVIEW.days)
    desk.round()
    assert LABEL in desk.labels("PAY-4")


def test_several_rules_dismissed_at_once_are_one_flip(desk_of, clock):
    desk = desk_of()
    desk.round()
    assert len({one.finding.rule for one in desk.round().statuses if one.finding.key == "PAY-4"}) == 2
    desk.person().label("PAY-4", remove=[LABEL])
    outcome = desk.round()
    assert len(outcome.answers) == 2
    assert not [note for note in outcome.notes if "twice" in note]


def test_resuming_lets_it_come_back(desk, clock):
    for _ in range(2):
        desk.round()
        clock.advance(days=1)
        desk.person().label("PAY-4", remove=[LABEL])
        desk.round()
        clock.advance(days=REVIEW.days)
    desk.round()
    assert LABEL not in desk.labels("PAY-4")
    desk.person().comment("PAY-4", "/steward resume")
    desk.round()
    clock.advance(days=20)
    desk.round()
    assert LABEL in desk.labels("PAY-4")


def test_a_field_that_a_person_changed_once_is_theirs_for_good(desk, clock):
    desk.round()
    desk.person().edit("PAY-5", wsjf=9)
    outcome = desk.round()
    assert [(one.source, one.rule) for one in outcome.answers] == [("field changed", "wsjf")]
    clock.advance(days=REVIEW.days)
    desk.person().edit("PAY-5", business_value=12)
    desk.round()
    assert desk.score("PAY-5") == 9


def test_after_two_flips_of_a_field_it_is_left_alone_even_when_it_was_taken_back_in_between(desk, clock):
    for value in (9, 10):
        desk.person().edit("PAY-5", wsjf=None)
        desk.round()
        clock.advance(days=1)
        desk.person().edit("PAY-5", wsjf=value)
        outcome = desk.round()
        clock.advance(days=REVIEW.days)
        for annotation in [one for one in desk.annotations() if one.kind == "field"]:
            with desk.database.writing() as transaction:
                writes.drop_annotation(transaction, annotation)
    assert any("our field was undone twice" in note for note in outcome.notes)
    desk.person().edit("PAY-5", wsjf=None)
    held = {one.key: one.reason for one in desk.round().plan.skipped_writes if one.what == "wsjf"}
    assert held["PAY-5"] == "It was undone twice after we wrote it, so it is not written again."
    assert desk.score("PAY-5") is None
