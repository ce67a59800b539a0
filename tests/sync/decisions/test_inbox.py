"""One way in for decisions: who may decide, and that an answer counts once however often it is read."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors.tracker import Author, Comment, Fetched
from rules.model import WorkItem
from rules.registry import all_rules
from sync.decisions import answers_in
from sync.store import decisions

AT = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
WAIVE = "/steward waive oversized-story"


def reply(*lines, author=Author.PERSON, ident="7", updated=AT):
    return Comment(id=ident, author=author, created=AT, updated=updated, text="\n".join(lines), commands=lines)


def answers(*comments):
    item = WorkItem(tracker="team", id="1", key="PAY-1")
    return answers_in(Fetched(item=item, comments=comments), all_rules().keys())


@pytest.mark.parametrize("author", [author for author in Author if author is not Author.PERSON])
def test_only_people_of_the_team_decide(author):
    found = answers(reply(WAIVE, "/steward nonsense", author=author))
    assert found.decisions == ()
    told = {Author.CUSTOMER: "customers decide nothing", Author.SERVICE: "programs decide nothing"}
    assert [told[author] in problem.reason for problem in found.problems] == ([True] * 2 if author in told else [])


def test_a_person_decides_from_the_moment_they_said_it():
    (decision,) = answers(reply(WAIVE)).decisions
    assert (decision.at, decision.review) == (AT, AT + timedelta(days=90))
    assert (decision.item, decision.key, decision.source, decision.by) == ("1", "PAY-1", "reply", "everybody")


def test_the_same_words_read_again_are_the_same_answer():
    assert answers(reply(WAIVE)) == answers(reply(WAIVE))


def test_the_same_words_elsewhere_are_another_answer():
    (first,), (second,) = answers(reply(WAIVE)).decisions, answers(reply(WAIVE, ident="8")).decisions
    assert first.id != second.id


def test_several_lines_are_several_answers():
    found = answers(reply(WAIVE, "/steward snooze unranked-item 2w"))
    assert [decision.rule for decision in found.decisions] == ["oversized-story", "unranked-item"]


def test_what_is_not_understood_is_told_and_hides_nothing_else():
    found = answers(reply("/steward wave", WAIVE), reply("/steward waive nothing", ident="8"))
    assert [decision.rule for decision in found.decisions] == ["oversized-story"]
    assert [problem.item for problem in found.problems] == ["PAY-1", "PAY-1"]


def test_a_long_line_that_is_not_understood_is_cut_in_the_report():
    (problem,) = answers(reply("/steward " + "x" * 5000)).problems
    assert len(problem.reason) < 400


def test_a_corrected_reply_counts_from_its_correction():
    later = AT + timedelta(days=3)
    (decision,) = answers(reply("/steward snooze 2w", updated=later)).decisions
    assert (decision.at, decision.review) == (later, later + timedelta(weeks=2))


def test_the_log_keeps_an_answer_once_and_in_the_order_they_were_given(desk):
    first = answers(reply(WAIVE)).decisions
    second = answers(reply("/steward snooze 2w", ident="8", updated=AT + timedelta(hours=1))).decisions
    with desk.database.writing() as transaction:
        assert decisions.add(transaction, second) == 1
        assert decisions.add(transaction, first) == 1
        assert decisions.add(transaction, (*first, *second)) == 0
    with desk.database.reading() as reading:
        assert decisions.all_of(reading, "team") == {"1": [*first, *second]}
        assert decisions.all_of(reading, "another") == {}
