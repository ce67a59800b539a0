"""What another program did is nobody's answer: it is put back once, then left, and the report says so."""

import pytest

LABEL = "refine-criteria"
ROBOT = "Tidy Bot"


@pytest.fixture
def desk(desk, clock):
    desk.configure(write={"label": "by-reason"}, rules={"rules": {"unranked-item": "off", "oversized-story": "off"}})
    desk.round()
    clock.advance(hours=1)
    return desk


@pytest.fixture(params=["app", "bots"])
def robot(request, desk):
    """A program, by the type of its account or because the configuration names it."""
    if request.param == "app":
        return desk.person(ROBOT, type="app")
    desk.configure(tracker={"bots": [ROBOT]})
    desk.round()
    return desk.person(ROBOT)


def take_label(desk, who):
    who.label("PAY-1", remove=[LABEL])


def round_field(desk, who):
    who.edit("PAY-5", wsjf=9)


def delete_comment(desk, who):
    for comment in desk.ours("PAY-1"):
        who.delete_comment(comment.id)


KINDS = {
    "label": (take_label, "removed our label from 1 item", lambda desk: LABEL in desk.labels("PAY-1")),
    "field": (round_field, "changed our field on 1 item", lambda desk: desk.score("PAY-5") == 4),
    "comment": (delete_comment, "deleted our comment from 1 item", lambda desk: bool(desk.ours("PAY-1"))),
}


@pytest.mark.parametrize(("act", "told", "ours"), KINDS.values(), ids=KINDS)
def test_it_is_no_decision_and_put_back_once(desk, robot, clock, act, told, ours):
    seen, writes = [], []
    for _ in range(5):
        act(desk, robot)
        outcome = desk.round()
        assert outcome.answers == []
        assert any(told in note for note in outcome.notes)
        seen.append((ours(desk), any("undone twice" in note for note in outcome.notes)))
        writes.append(outcome.writes)
        clock.advance(hours=1)
    assert seen == [(True, False), (False, True)] + [(False, False)] * 3
    assert (writes[0] > 0, writes[2:]) == (True, [0, 0, 0])
    assert desk.decisions("PAY-1") == desk.decisions("PAY-5") == []
    clock.advance(days=2)
    outcome = desk.round()
    assert (outcome.writes, [note for note in outcome.notes if "program" in note]) == (0, [])


@pytest.mark.parametrize(("act", "told", "ours"), KINDS.values(), ids=KINDS)
def test_a_person_who_does_the_same_decides(desk, act, told, ours):
    act(desk, desk.person())
    outcome = desk.round()
    assert {answer.kind.value for answer in outcome.answers} == {"dismissed"}
    assert not any("program" in note for note in outcome.notes)
    assert not ours(desk)


def test_a_person_who_deletes_our_comment_after_a_program_did_decides(desk, robot, clock):
    delete_comment(desk, robot)
    desk.round()
    clock.advance(hours=1)
    delete_comment(desk, desk.person())
    assert [answer.source for answer in desk.round().answers] == ["comment removed"]
    assert desk.ours("PAY-1") == []


def test_many_items_are_one_line(desk, robot):
    labelled = [key for key in ("PAY-1", "PAY-3", "PAY-4") if LABEL in desk.labels(key)]
    for key in labelled:
        robot.label(key, remove=[LABEL])
    outcome = desk.round()
    assert [note for note in outcome.notes if f"removed our label from {len(labelled)} items" in note]
    assert outcome.answers == []


def test_a_comment_that_a_program_changed_is_left_to_it(desk, robot, clock):
    (comment,) = desk.ours("PAY-1")
    for text in ("Changed.", "Changed again."):
        robot.edit_comment(comment.id, text)
        outcome = desk.round()
        assert outcome.answers == []
        clock.advance(hours=1)
    assert str(desk.ours("PAY-1")[0].body) == "Changed again."
    assert desk.decisions("PAY-1") == []


def test_what_was_left_comes_back_after_a_resume(desk, robot, clock):
    for _ in range(2):
        take_label(desk, robot)
        desk.round()
        clock.advance(hours=1)
    assert LABEL not in desk.labels("PAY-1")
    desk.person().comment("PAY-1", "/steward resume")
    desk.round()
    clock.advance(days=20)
    desk.round()
    assert LABEL in desk.labels("PAY-1")


def test_an_undo_leaves_what_a_program_made_of_it(desk, robot, clock):
    for value in (9, 8):
        robot.edit("PAY-5", wsjf=value)
        desk.round()
        clock.advance(hours=1)
    desk.undo()
    assert desk.score("PAY-5") == 8


def test_a_program_that_writes_under_our_comment_does_not_keep_it(desk, robot, clock):
    robot.comment("PAY-1", "Build 7 is green.")
    desk.round()
    clock.advance(days=1)
    desk.person().edit("PAY-1", description="Acceptance criteria:\n* paid in parts")
    desk.round()
    assert desk.ours("PAY-1") == []
