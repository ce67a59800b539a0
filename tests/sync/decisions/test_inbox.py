"""One way in for decisions: who may decide, and that an answer counts once however often it is read."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors.tracker import Author, Comment, FetchedItem, LabelChange, Problem
from rules.model import DecisionKind, Link, WorkItem
from rules.registry import all_rules
from sync.decisions import make_decision, parse_command, read_answers
from sync.settings.roles import Roles
from sync.store import decisions

AT = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
WAIVE = "/steward waive oversized-story"


OWNERS = Roles.model_validate({"groups": {"owners": ["Ana Silva"]}, "decide": "owners"})


def reply(*lines, author=Author.PERSON, ident="7", updated=AT, **values):
    return Comment(
        id=ident, author=author, created=AT, updated=updated, text="\n".join(lines), commands=lines, **values
    )


def answers(*comments, roles=None):
    item = WorkItem(tracker="team", id="1", key="PAY-1")
    return read_answers(FetchedItem(item=item, comments=comments), all_rules().keys(), roles)


def labelled(*labels, hands=None, roles=None, **values):
    item = WorkItem(tracker="team", id="1", key="PAY-1", labels=labels, **values)
    return read_answers(FetchedItem(item=item, label_changes=hands or {}), all_rules().keys(), roles)


@pytest.mark.parametrize("author", [author for author in Author if author is not Author.PERSON])
def test_only_people_of_the_team_decide(author):
    found = answers(reply(WAIVE, "/steward nonsense", author=author))
    assert found.decisions == ()
    told = {Author.CUSTOMER: "customers decide nothing", Author.OTHER_PROGRAM: "programs decide nothing"}
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


@pytest.mark.parametrize(
    ("author", "edited_by", "taken"),
    [
        (Author.PERSON, None, True),
        (Author.PERSON, Author.PERSON, True),
        (Author.PERSON, Author.CUSTOMER, False),
        (Author.PERSON, Author.OTHER_PROGRAM, False),
        (Author.OTHER_PROGRAM, Author.PERSON, False),
        (Author.CUSTOMER, Author.PERSON, False),
    ],
)
def test_a_reply_is_of_the_team_only_where_whoever_wrote_and_whoever_changed_it_is(author, edited_by, taken):
    found = answers(reply(WAIVE, author=author, edited_by=edited_by))
    assert (len(found.decisions), len(found.problems)) == ((1, 0) if taken else (0, 1))


def test_what_we_wrote_hides_nothing_of_what_people_wrote():
    found = answers(reply("/steward nonsense", author=Author.THIS_SERVICE), reply(WAIVE, ident="8"))
    assert ([decision.rule for decision in found.decisions], found.problems) == (["oversized-story"], ())


def test_what_somebody_may_not_decide_is_told_with_whose_it_is():
    line = "/steward decide no because it is done"
    shown = f'the reply "{line}" was not accepted: "no" is for'
    assert answers(reply(line)).problems == (Problem("PAY-1", f"{shown} nobody (see `roles` in steward.yaml)."),)
    found = answers(reply(line, names=frozenset({"Tom Berg"})), roles=OWNERS)
    assert (found.decisions, found.problems) == ((), (Problem("PAY-1", f"{shown} owners."),))
    (decision,) = answers(reply(line, names=frozenset({"Ana Silva"})), roles=OWNERS).decisions
    assert (decision.kind, decision.by, decision.reason) == (DecisionKind.NO, "owners", "it is done")


@pytest.mark.parametrize(
    ("line", "permission"),
    [
        ("waive", "waive"),
        ("resume", "waive"),
        ("snooze", "snooze"),
        ("wrong", "wrong"),
        ("decide accept", "decide"),
        ("decide no because it is done", "decide"),
    ],
)
def test_what_is_said_needs_its_own_permission_and_no_other(line, permission):
    everything = dict.fromkeys(("waive", "snooze", "wrong", "decide"), ("everybody",))
    nothing = dict.fromkeys(everything, ())
    for granted, taken in ((everything | {permission: ()}, 0), (nothing | {permission: ("everybody",)}, 1)):
        found = answers(reply(f"/steward {line}"), roles=Roles.model_validate(granted))
        assert (len(found.decisions), len(found.problems)) == (taken, 1 - taken)


@pytest.mark.parametrize(
    ("author", "told"),
    [
        (Author.CUSTOMER, "customers decide nothing."),
        (Author.OTHER_PROGRAM, "programs decide nothing."),
        (Author.THIS_SERVICE, ""),
    ],
)
def test_a_label_that_nobody_of_the_team_put_there_decides_nothing(author, told):
    found = labelled("steward-waive", hands={"steward-waive": LabelChange(AT, author)})
    assert found.decisions == ()
    assert [one.reason for one in found.problems] == (
        [f'the label "steward-waive" was not accepted: {told}'] if told else []
    )


def test_labels_are_answers_of_whoever_put_them_there_and_others_hide_none_of_them():
    hands = {
        "steward-snooze": LabelChange(AT, Author.THIS_SERVICE),
        "steward-snooze-2w": LabelChange(AT, Author.PERSON),
        "steward-decide-no": LabelChange(AT, Author.PERSON, frozenset({"Ana Silva"})),
        "steward-decide-accept": LabelChange(AT, Author.PERSON, frozenset({"Tom Berg"})),
    }
    labels = ("steward-snooze", "finance", "steward-snooze-2w", "steward-decide-no", "steward-decide-accept")
    found = labelled(*labels, hands=hands, roles=OWNERS)
    assert [(one.kind, one.at, one.review, one.source, one.by) for one in found.decisions] == [
        (DecisionKind.SNOOZE, AT, AT + timedelta(weeks=2), "label", "everybody"),
        (DecisionKind.NO, AT, AT + timedelta(days=90), "label", "owners"),
    ]
    assert found.problems == (
        Problem("PAY-1", 'the label "steward-decide-accept" was not accepted: "accept" is for owners.'),
    )


def test_a_label_with_an_outcome_that_does_not_exist_is_told():
    (problem,) = labelled("steward-decide-maybe", updated=AT).problems
    assert 'Unknown decision "maybe". Expected one of: accept, not-now, no, not-in-this-form.' in problem.reason


def test_a_label_is_one_answer_while_it_stays_and_another_when_it_is_put_there_again():
    def put(at):
        (decision,) = labelled(
            "steward-waive", hands={"steward-waive": LabelChange(at, Author.PERSON)}, updated=AT
        ).decisions
        return decision.id

    assert put(AT) == put(AT)
    assert put(AT) != put(AT + timedelta(days=1))


def test_a_label_of_an_unknown_hand_is_one_answer_from_the_items_last_change_on():
    later = AT + timedelta(days=3)
    (first,) = labelled("steward-waive", created=AT, updated=later).decisions
    (again,) = labelled("steward-waive", created=AT, updated=later + timedelta(days=1)).decisions
    assert (first.at, first.id) == (later, again.id)
    assert [one.at for one in labelled("steward-waive", created=AT).decisions] == [AT]
    assert labelled("steward-waive").decisions == ()


def test_a_decision_holds_all_that_was_said_and_how_much_evidence_there_was():
    linked = (Link("relates to", "PAY-2"), Link("relates to", "PAY-3"))
    item = WorkItem(tracker="team", id="1", key="PAY-1", links=linked, votes=3)
    said = "decide not-in-this-form because too much instead: the export review 30d"
    decision = make_decision(item, parse_command(said, all_rules().keys(), AT), at=AT, source="file", identity=said)
    assert (decision.kind, decision.rule, decision.review) == (
        DecisionKind.NOT_IN_THIS_FORM,
        "",
        AT + timedelta(days=30),
    )
    assert (decision.reason, decision.alternative) == ("too much", "the export")
    assert (decision.at, decision.source, decision.by, decision.links, decision.votes) == (AT, "file", "", 2, 3)


def test_the_log_keeps_an_answer_once_and_in_the_order_they_were_given(desk):
    first = answers(reply(WAIVE)).decisions
    second = answers(reply("/steward snooze 2w", ident="8", updated=AT + timedelta(hours=1))).decisions
    with desk.database.writing() as transaction:
        assert decisions.add(transaction, second) == 1
        assert decisions.add(transaction, first) == 1
        assert decisions.add(transaction, (*first, *second)) == 0
    with desk.database.reading() as transaction:
        assert decisions.by_item(transaction, "team") == {"1": [*first, *second]}
        assert decisions.by_item(transaction, "another") == {}
