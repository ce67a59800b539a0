"""One way in for decisions: who may decide, and that an answer counts once however often it is read."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from connectors.comments import Author, Comment, LabelChange
from connectors.tracker import FetchedItem, Problem
from rules.model import DecisionKind, Link, WorkItem, decision_id
from rules.registry import all_rules
from sync.decisions.command_parser import parse_command
from sync.decisions.commands_to_decisions import Answers, make_decision, read_answers
from sync.decisions.rejected_commands import Notice
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
    return read_answers(FetchedItem(item=item, comments=comments), all_rules().keys(), roles or Roles(), ())


def problems(found):
    return [notice.problem for notice in found.notices]


def labelled(*labels, hands=None, roles=None, **values):
    item = WorkItem(tracker="team", id="1", key="PAY-1", labels=labels, **values)
    return read_answers(FetchedItem(item=item, label_changes=hands or {}), all_rules().keys(), roles or Roles(), ())


@pytest.mark.parametrize("author", [author for author in Author if author is not Author.PERSON])
def test_only_people_of_the_team_decide(author):
    found = answers(reply(WAIVE, "/steward nonsense", author=author))
    assert found.decisions == ()
    told = {Author.CUSTOMER: "customers cannot make decisions", Author.OTHER_PROGRAM: "programs cannot make decisions"}
    assert [told[author] in problem.reason for problem in problems(found)] == ([True] * 2 if author in told else [])


def test_a_person_decides_from_the_moment_they_said_it():
    (decision,) = answers(reply(WAIVE)).decisions
    assert (decision.at, decision.review) == (AT, AT + timedelta(days=90))
    assert (decision.item, decision.key, decision.source, decision.by) == ("1", "PAY-1", "reply", "everybody")


def test_the_same_words_read_again_are_the_same_answer():
    assert answers(reply(WAIVE)) == answers(reply(WAIVE))


def test_the_same_words_elsewhere_are_another_answer():
    (first,), (second,) = answers(reply(WAIVE)).decisions, answers(reply(WAIVE, ident="8")).decisions
    assert first.id != second.id


def test_the_same_line_twice_in_one_reply_is_one_answer():
    assert answers(reply(WAIVE, WAIVE)) == answers(reply(WAIVE))


def test_several_lines_are_several_answers():
    found = answers(reply(WAIVE, "/steward snooze unranked-item 2w"))
    assert [decision.rule for decision in found.decisions] == ["oversized-story", "unranked-item"]


def test_what_is_not_understood_is_told_and_hides_nothing_else():
    found = answers(reply("/steward wave", WAIVE), reply("/steward waive nothing", ident="8"))
    assert [decision.rule for decision in found.decisions] == ["oversized-story"]
    assert [problem.item for problem in problems(found)] == ["PAY-1", "PAY-1"]


def test_a_long_line_that_is_not_understood_is_cut_in_the_report():
    (problem,) = problems(answers(reply("/steward " + "x" * 5000)))
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
    assert (len(found.decisions), len(problems(found))) == ((1, 0) if taken else (0, 1))


def test_what_we_wrote_hides_nothing_of_what_people_wrote():
    found = answers(reply("/steward nonsense", author=Author.THIS_SERVICE), reply(WAIVE, ident="8"))
    assert ([decision.rule for decision in found.decisions], problems(found)) == (["oversized-story"], [])


def test_what_somebody_may_not_decide_is_told_with_whose_it_is():
    line = "/steward decide no because it is done"
    shown = f'the reply "{line}" was not accepted: "no" is for'
    assert problems(answers(reply(line))) == [Problem("PAY-1", f"{shown} nobody (see `roles` in steward.yaml).")]
    found = answers(reply(line, names=frozenset({"Tom Berg"})), roles=OWNERS)
    assert (found.decisions, problems(found)) == ((), [Problem("PAY-1", f"{shown} owners.")])
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
        assert (len(found.decisions), len(problems(found))) == (taken, 1 - taken)


@pytest.mark.parametrize(
    ("author", "told"),
    [
        (Author.CUSTOMER, "customers cannot make decisions."),
        (Author.OTHER_PROGRAM, "programs cannot make decisions."),
        (Author.THIS_SERVICE, ""),
    ],
)
def test_a_label_that_nobody_of_the_team_put_there_decides_nothing(author, told):
    found = labelled("steward-waive", hands={"steward-waive": LabelChange(AT, author)})
    assert found.decisions == ()
    assert [one.reason for one in problems(found)] == (
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
    assert problems(found) == [
        Problem("PAY-1", 'the label "steward-decide-accept" was not accepted: "accept" is for owners.'),
    ]


def test_a_label_with_an_outcome_that_does_not_exist_is_told():
    (problem,) = problems(labelled("steward-decide-maybe", updated=AT))
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
    assert decision.reply == ""


LATER = AT + timedelta(days=3)


def reread(comment, known, roles=None):
    item = WorkItem(tracker="team", id="1", key="PAY-1")
    return read_answers(FetchedItem(item=item, comments=(comment,)), all_rules().keys(), roles or Roles(), known)


def test_an_accepted_command_is_not_checked_again():
    known = answers(reply(WAIVE)).decisions
    assert reread(reply(WAIVE), known, Roles(waive=())) == Answers()


def test_new_words_of_an_edited_reply_replace_the_old_decision_and_keep_the_unchanged_lines():
    snooze = "/steward snooze unranked-item 2w"
    first, second = answers(reply(WAIVE, snooze)).decisions
    found = reread(reply("/steward wrong oversized-story", snooze, WAIVE.upper(), updated=LATER), (first, second))
    assert [(one.kind, one.rule, one.at, one.replaces) for one in found.decisions] == [
        (DecisionKind.WRONG, "oversized-story", LATER, (first.id,)),
        (DecisionKind.WAIVE, "oversized-story", LATER, ()),
    ]


@pytest.mark.parametrize("lines", [(), ("/steward nonsense",)])
def test_a_reply_without_its_command_withdraws_the_decision_once(lines):
    (first,) = answers(reply(WAIVE)).decisions
    (withdrawal,) = reread(reply(*lines, updated=LATER), (first,)).decisions
    assert withdrawal.is_withdrawal
    assert (withdrawal.kind, withdrawal.rule, withdrawal.replaces) == (DecisionKind.RESUME, "", (first.id,))
    assert (withdrawal.at, withdrawal.review, withdrawal.reason) == (LATER, None, "the reply was edited")
    assert (withdrawal.source, withdrawal.reply, withdrawal.by) == ("reply", "7", "")
    assert reread(reply(*lines, updated=LATER), (first, withdrawal)).decisions == ()


def test_each_edit_that_withdraws_is_a_decision_of_its_own():
    (first,) = answers(reply(WAIVE)).decisions
    ids = {
        reread(reply(ident=ident, updated=updated), (msgspec.structs.replace(first, reply=ident),)).decisions[0].id
        for ident in ("7", "8")
        for updated in (LATER, LATER + timedelta(hours=1))
    }
    assert len(ids) == 4


def test_a_reply_that_only_resumes_withdraws_what_it_said_before_as_well():
    (first,) = answers(reply(WAIVE)).decisions
    resumed, withdrawal = reread(reply("/steward resume", updated=LATER), (first,)).decisions
    assert (resumed.replaces, withdrawal.replaces) == ((), (first.id,))
    again = reread(reply("/steward resume", "/steward snooze", updated=LATER), (first,)).decisions
    assert [one.replaces for one in again] == [(), (first.id,)]


def test_an_edit_withdraws_nothing_but_earlier_decisions_of_the_same_reply():
    (first,) = answers(reply(WAIVE)).decisions
    (elsewhere,) = answers(reply("/steward snooze", ident="8")).decisions
    by_hand = msgspec.structs.replace(first, id="x", reply="", source="command line")
    assert reread(reply(updated=LATER), (elsewhere, by_hand)).decisions == ()
    assert reread(reply(updated=AT), (first,)).decisions == ()
    assert reread(reply(updated=LATER, edited_by=Author.OTHER_PROGRAM), (first,)).decisions == ()
    assert reread(reply(updated=LATER), (elsewhere, first, by_hand)).decisions[0].replaces == (first.id,)


@pytest.mark.parametrize("restricted", [False, True])
def test_a_command_that_was_withdrawn_can_be_given_again_any_number_of_times(restricted):
    known = answers(reply(WAIVE, restricted=restricted)).decisions
    for day in range(1, 6, 2):
        at = AT + timedelta(days=day)
        known += reread(reply(updated=at, restricted=restricted), known).decisions
        again = reply(WAIVE, updated=at + timedelta(days=1), restricted=restricted)
        known += reread(again, known).decisions
        assert reread(again, known).decisions == ()
    assert [one.kind for one in known] == [DecisionKind.WAIVE, DecisionKind.RESUME] * 3 + [DecisionKind.WAIVE]
    assert len({one.id for one in known}) == 7


# ---- replies that only some people can read

SECRET = "/steward waive oversized-story because the takeover is a secret"
LONG_SECRET = "/steward decide not-in-this-form because it is a secret instead: the other takeover"


def test_a_restricted_answer_counts_without_its_words():
    found = answers(reply(SECRET, LONG_SECRET, restricted=True), roles=Roles(decide=("everybody",)))
    assert [(one.kind, one.reason, one.alternative) for one in found.decisions] == [
        (DecisionKind.WAIVE, "", ""),
        (DecisionKind.NOT_IN_THIS_FORM, "", ""),
    ]
    assert [one.replaces for one in found.decisions] == [(), ()]
    assert len({one.id for one in found.decisions}) == 2
    assert reread(reply(SECRET, LONG_SECRET, restricted=True, updated=LATER), found.decisions) == Answers()


def test_words_that_become_restricted_are_hidden_and_the_answer_counts_without_them():
    known = answers(reply(SECRET, LONG_SECRET, "/steward snooze"), roles=Roles(decide=("everybody",))).decisions
    (elsewhere,) = answers(reply(SECRET, ident="8")).decisions
    restricted = reply(SECRET, LONG_SECRET, "/steward snooze", restricted=True)
    found = reread(restricted, (*known, elsewhere), Roles(decide=("everybody",)))
    assert found.ids_to_hide == tuple(one.id for one in known[:2])
    assert [(one.kind, one.reason, one.replaces) for one in found.decisions] == [
        (one.kind, "", (one.id,)) for one in known
    ]
    after = reread(restricted, (*known, *found.decisions), Roles(decide=("everybody",)))
    assert (after.decisions, after.notices) == ((), ())


@pytest.mark.parametrize("kept", [{"alternative": ""}, {"reason": ""}, {"reply": ""}])
def test_every_word_of_a_restricted_answer_is_hidden(kept):
    (known,) = answers(reply(LONG_SECRET), roles=Roles(decide=("everybody",))).decisions
    known = msgspec.structs.replace(known, **kept)
    assert reread(reply(LONG_SECRET, restricted=True), (known,)).ids_to_hide == (known.id,)
    assert reread(reply(LONG_SECRET), (known,)).ids_to_hide == ()


def test_the_words_of_every_reply_that_becomes_restricted_are_hidden():
    replies = [(SECRET, "7"), (LONG_SECRET, "8")]
    known = answers(*(reply(line, ident=ident) for line, ident in replies)).decisions
    item = WorkItem(tracker="team", id="1", key="PAY-1")
    restricted = tuple(reply(line, ident=ident, restricted=True) for line, ident in replies)
    found = read_answers(FetchedItem(item=item, comments=restricted), all_rules().keys(), Roles(), known)
    assert set(found.ids_to_hide) == {decision.id for decision in known}


def test_a_resume_that_becomes_restricted_still_resumes():
    known = answers(reply("/steward resume")).decisions
    (again,) = reread(reply("/steward resume", restricted=True), known).decisions
    assert (again.kind, again.replaces, again.reply) == (DecisionKind.RESUME, (), "7")


@pytest.mark.parametrize("author", [Author.PERSON, Author.OTHER_PROGRAM])
def test_a_restricted_reply_that_is_rejected_is_not_quoted(author):
    (notice,) = answers(reply("/steward wave secret", restricted=True, author=author)).notices
    assert (notice.message_id, notice.facts, notice.by_person) == ("", {}, author is Author.PERSON)
    verb = "understood" if author is Author.PERSON else "accepted"
    assert notice.problem_text == f"a reply that only some people can read was not {verb}; it is not quoted here."


# ---- what is said about a rejected command


def test_a_rejected_reply_is_a_notice_with_all_that_a_line_about_it_needs():
    (notice,) = answers(reply("/steward waive until 2020-01-01")).notices
    assert notice == Notice(
        item="1",
        key="PAY-1",
        source="reply",
        origin="7",
        at=AT,
        problem_text='the reply "/steward waive until 2020-01-01" was not understood: 2020-01-01 is not in the future.',
        message_id="past-date",
        facts={"word": "2020-01-01"},
        by_person=True,
    )


def test_a_rejected_label_is_a_notice_about_the_label():
    hands = {"steward-wrong-this": LabelChange(AT, Author.PERSON)}
    (notice,) = labelled("steward-wrong-this", hands=hands).notices
    assert (notice.source, notice.origin, notice.at, notice.by_person) == ("label", "steward-wrong-this", AT, True)
    assert notice.problem_text.startswith('the label "steward-wrong-this" was not understood: Unknown rule "this"')


def test_a_command_that_is_not_permitted_is_a_notice_without_names():
    (notice,) = answers(reply("/steward decide accept"), roles=OWNERS).notices
    assert (notice.message_id, notice.facts) == ("not-permitted", {"command": "accept"})


def test_a_program_gets_no_line_about_its_command():
    (notice,) = answers(reply(WAIVE, author=Author.OTHER_PROGRAM)).notices
    assert (notice.message_id, notice.by_person) == ("", False)


def test_a_request_for_help_is_a_notice():
    (notice,) = answers(reply("/steward help")).notices
    assert notice.message_id == "help"
    assert notice.problem_text.startswith('the reply "/steward help" asks for help: Commands: ')


def test_a_label_that_the_item_was_created_with_is_nobodys_answer():
    hands = {"steward-waive": LabelChange(AT, Author.PERSON, at_creation=True)}
    assert labelled("steward-waive", hands=hands, updated=AT) == Answers()


def test_a_label_is_not_the_reply_of_an_answer():
    (by_label,) = labelled("steward-waive", updated=AT).decisions
    (by_reply,) = answers(reply(WAIVE)).decisions
    assert (by_label.reply, by_reply.reply) == ("", "7")
    assert by_label.id == decision_id("team", "1", "label", "steward-waive\0"), "as it is stored"


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
