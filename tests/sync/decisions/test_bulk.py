"""What was done to many items at once is one question; every round says which answers it took."""

import json

import pytest

from steward_sandbox import StoppedClock
from sync.cli.round_output import result_lines
from sync.report.digest import make_digest
from sync.rounds.context import WriteAuthority

LABEL = "needs-refinement"
KEYS = [f"PAY-{number}" for number in range(1, 26)]
"""Items with our comment and label."""
QUESTION = f"Our label was removed from {len(KEYS)} items at once. Is it unwanted?"


def backlog():
    sprint = {"name": "Sprint 2", "state": "active", "start": "2024-04-29", "end": "2024-05-13"}
    item = {"created": "2024-03-01", "sprint": "Sprint 2", "points": 3}
    ready = item | {"description": "Acceptance criteria:\n* it is paid\n* it is booked"}
    flagged = [item | {"key": key, "title": f"Item {key}"} for key in KEYS]
    others = [ready | {"key": f"PAY-{number}", "title": f"Item {number}"} for number in range(26, 61)]
    return "\n".join(json.dumps(line) for line in ({"sprints": [sprint]}, *flagged, *others))


@pytest.fixture
def desk(desk_of, clock: StoppedClock):
    desk = desk_of(backlog())
    desk.configure(write={"label": LABEL}, rules={"rules": {"unranked-item": "off", "oversized-story": "off"}})
    assert desk.round().applied.comments_created == len(KEYS)
    clock.advance(hours=1)
    return desk


def by_itself(desk):
    return desk.round(WriteAuthority.BY_SERVICE)


def take_labels(desk, keys=KEYS):
    for key in keys:
        desk.person().label(key, remove=[LABEL])


def test_a_label_taken_off_many_items_is_one_question_and_no_answer(desk, clock):
    take_labels(desk)
    for _ in range(2):
        outcome = by_itself(desk)
        assert (outcome.answers, outcome.writes, outcome.awaits_approval) == ([], 0, True)
        assert [line for line in result_lines(outcome) if line.startswith(f"Question: {QUESTION}")]
        clock.advance(hours=1)
    assert all(desk.ours(key) for key in KEYS)
    (asked, *_) = make_digest(desk.database, desk.configuration, ["team"], clock()).decisions
    assert asked.question.startswith(QUESTION)


def test_an_apply_after_the_question_takes_it_as_the_answer(desk, clock):
    take_labels(desk)
    planned = desk.plan()
    assert planned.items == ()
    outcome = desk.round()
    assert {answer.key for answer in outcome.answers} == set(KEYS)
    assert outcome.writes == 0, "an apply writes what the plan showed"
    clock.advance(hours=1)
    assert len(desk.plan().items) == len(KEYS)
    outcome = by_itself(desk)
    assert (outcome.answers, outcome.applied.comments_deleted) == ([], len(KEYS))
    assert by_itself(desk).writes == 0


def test_an_apply_that_finds_it_asks_first(desk):
    take_labels(desk)
    outcome = desk.round()
    assert (outcome.answers, outcome.writes) == ([], 0)
    assert outcome.bulk_questions["label removed"].startswith(QUESTION)


def test_what_is_put_back_leaves_no_question(desk, clock):
    take_labels(desk)
    by_itself(desk)
    for key in KEYS:
        desk.person().label(key, LABEL)
    clock.advance(hours=1)
    outcome = by_itself(desk)
    assert (outcome.answers, outcome.bulk_questions, outcome.writes) == ([], {}, 0)


def test_what_is_not_done_to_many_is_an_answer_although_there_is_a_question(desk):
    take_labels(desk, KEYS[1:])
    desk.person().delete_comment(desk.ours(KEYS[0])[0].id)
    outcome = by_itself(desk)
    assert [(answer.key, answer.source) for answer in outcome.answers] == [(KEYS[0], "comment removed")]
    assert outcome.bulk_questions


def test_ten_items_are_ten_answers(desk):
    take_labels(desk, KEYS[:10])
    outcome = by_itself(desk)
    assert {answer.key for answer in outcome.answers} == set(KEYS[:10])
    assert outcome.bulk_questions == {}


def test_deleted_comments_are_one_question_too(desk):
    for key in KEYS:
        desk.person().delete_comment(desk.ours(key)[0].id)
    outcome = by_itself(desk)
    assert (outcome.answers, outcome.writes) == ([], 0)
    assert [question.split(".")[0] for question in outcome.bulk_questions.values()] == [
        f"Our comment was deleted from {len(KEYS)} items at once"
    ]
    assert all(LABEL in desk.labels(key) for key in KEYS)


def test_every_round_says_which_answers_it_took_whichever_way_they_came(desk, clock):
    desk.configure(roles={"decide": "everybody"})
    rule = "missing-acceptance-criteria"
    desk.person().comment("PAY-1", f"/steward waive {rule} until 2024-12-01 because it is a spike")
    desk.person().label("PAY-2", f"steward-waive-{rule}-until-2024-12-01")
    desk.person().label("PAY-3", remove=[LABEL])
    desk.person().comment("PAY-4", "/steward decide no because it is done")
    outcome = by_itself(desk)
    (line,) = [line for line in result_lines(outcome) if line.startswith("Answers accepted: ")]
    assert sorted(line.removeprefix("Answers accepted: ").rstrip(".").split("; ")) == [
        f"PAY-1: fine as it is, until 2024-12-01 (reply, {rule})",
        f"PAY-2: fine as it is, until 2024-12-01 (label, {rule})",
        f"PAY-3: not wanted, until 2024-08-04 (label removed, {rule})",
        "PAY-4: no, until 2024-08-04 (reply)",
    ]
    clock.advance(hours=1)
    assert not [line for line in result_lines(by_itself(desk)) if line.startswith("Answers")]
    (part,) = make_digest(desk.database, desk.configuration, ["team"], clock().replace(hour=0)).trackers
    assert len(part.answers) == 4
