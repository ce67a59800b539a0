"""A reply means what it says now, and whoever gave a command that was not accepted is told so once."""

import sqlite3
from contextlib import closing

import pytest

from rules.model import DecisionKind
from sync.rounds.context import WriteAuthority

RULE = "missing-acceptance-criteria"
WAIVE = f"/steward waive {RULE}"
SECRET = "the takeover is not public yet"


@pytest.fixture
def written(desk, clock):
    """A desk with our comment on PAY-1."""
    desk.configure(rules={"rules": {"unranked-item": "off", "oversized-story": "off"}})
    desk.round()
    assert desk.ours("PAY-1")
    clock.advance(minutes=10)
    return desk


def states(outcome, key="PAY-1"):
    return {status.state.value for status in outcome.statuses if status.finding.key == key}


def standing(desk, key="PAY-1"):
    replaced = {ident for decision in desk.decisions(key) for ident in decision.replaces}
    return [one for one in desk.decisions(key) if one.id not in replaced and not one.is_withdrawal]


def body(desk, key="PAY-1"):
    (comment,) = desk.ours(key)
    return str(comment.body)


# ---- a reply means what it says now


def test_an_answer_that_ended_before_it_was_read_is_not_told_as_one(written, clock):
    written.person().comment("PAY-1", "/steward snooze 2w")
    clock.advance(days=60)
    outcome = written.round()
    assert len(standing(written)) == 1
    assert outcome.answers == []


def test_the_new_words_of_an_edited_reply_replace_the_old_ones(written, clock):
    reply = written.person().comment("PAY-1", f"{WAIVE} until 2025-01-01 because it is a spike")
    written.round()
    clock.advance(days=1)
    written.person().edit_comment(reply.id, f"{WAIVE} until 2024-06-01 because it is a spike")
    outcome = written.round()
    assert [f"{one.review:%Y-%m-%d}" for one in standing(written)] == ["2024-06-01"]
    assert [f"{status.until:%Y-%m-%d}" for status in outcome.statuses if status.finding.key == "PAY-1"] == [
        "2024-06-01"
    ]


def test_a_reply_that_says_nothing_any_more_ends_what_it_said(written, clock):
    reply = written.person().comment("PAY-1", WAIVE)
    assert states(written.round()) == {"waived"}
    clock.advance(days=1)
    written.person().edit_comment(reply.id, "Never mind, we will write criteria.")
    outcome = written.round()
    assert "waived" not in states(outcome)
    assert standing(written) == []
    written.round()
    assert len(written.decisions("PAY-1")) == 2, "it is withdrawn once"


def test_a_line_of_an_edited_reply_that_is_still_there_stays_as_it_was(written, clock):
    reply = written.person().comment("PAY-1", "/steward snooze 30d")
    written.round()
    (before,) = written.decisions("PAY-1")
    clock.advance(days=3)
    written.person().edit_comment(reply.id, "/steward snooze 30d\n\nLet us talk about it after the release.")
    written.round()
    assert written.decisions("PAY-1") == [before]


def test_what_was_taken_back_by_an_edit_can_be_said_again(written, clock):
    reply = written.person().comment("PAY-1", WAIVE)
    for words, states_then in (("Hm.", "standing"), (WAIVE, "waived"), (f"{WAIVE}\n\nFinally.", "waived")):
        written.round()
        clock.advance(days=30)
        written.person().edit_comment(reply.id, words)
        outcome = written.round()
        assert ("waived" in states(outcome)) is (states_then == "waived")
    assert len(written.decisions("PAY-1")) == 3


def test_a_resume_that_was_edited_away_resumes_nothing(written, clock):
    written.person().comment("PAY-1", WAIVE)
    written.round()
    clock.advance(minutes=5)
    resume = written.person().comment("PAY-1", "/steward resume")
    assert "waived" not in states(written.round())
    clock.advance(minutes=5)
    written.person().edit_comment(resume.id, "No, leave it.")
    assert states(written.round()) == {"waived"}


def test_a_program_that_touches_a_reply_changes_nothing(written, clock):
    reply = written.person().comment("PAY-1", f"{WAIVE} until 2024-06-01")
    written.round()
    clock.advance(days=60)
    for text in (f"{WAIVE} until 2024-06-01", "[synchronised]"):
        written.person("Sync", type="app").edit_comment(reply.id, text)
        written.person().edit("PAY-1", title=f"Pay {text}")
        outcome = written.round()
        assert len(written.decisions("PAY-1")) == 1
        assert outcome.skipped == []


def test_a_reply_whose_date_has_passed_is_not_judged_again(written, clock):
    reply = written.person().comment("PAY-1", f"{WAIVE} until 2024-06-01")
    written.round()
    clock.advance(days=60)
    written.person().edit_comment(reply.id, f"{WAIVE} until 2024-06-01\n\nDone.")
    for _ in range(2):
        assert written.round().skipped == []
    assert len(written.decisions("PAY-1")) == 1


def test_a_deleted_reply_holds_until_it_is_resumed(written, clock):
    reply = written.person().comment("PAY-1", WAIVE)
    written.round()
    written.person().delete_comment(reply.id)
    clock.advance(days=30)
    assert states(written.round()) == {"waived"}
    written.person().comment("PAY-1", "/steward resume")
    assert "waived" not in states(written.round())


# ---- what a clone was born with


CLONES = """\
{"key": "PAY-1", "title": "One", "created": "2024-04-01", "labels": ["steward-waive", "steward-decide-no"]}
{"key": "PAY-2", "title": "CLONE - One", "created": "2024-05-01", "labels": ["steward-waive"]}
"""


def test_a_label_that_an_item_was_created_with_is_nobodys_answer(desk_of, clock):
    desk = desk_of(CLONES)
    for _ in range(2):
        outcome = desk.round()
        assert (outcome.answers, outcome.skipped) == ([], [])
        clock.advance(days=1)
        desk.person().edit("PAY-2", description="Another text")
    desk.person().label("PAY-2", remove=["steward-waive"])
    desk.round()
    clock.advance(days=1)
    desk.person().label("PAY-2", "steward-waive")
    assert [answer.key for answer in desk.round().answers] == ["PAY-2"]


# ---- who is told what


def test_a_command_that_is_not_understood_gets_one_line_in_our_comment(written, clock):
    written.person().comment("PAY-1", "/steward waive mising-acceptance-criteria")
    outcome = written.round()
    assert outcome.skipped == []
    assert body(written).count("A reply was not accepted.") == 1
    assert f'The nearest rule is "{RULE}".' in body(written)
    assert written.round().writes == 0
    clock.advance(days=1)
    written.person().comment("PAY-1", WAIVE)
    written.round()
    assert "not accepted" not in body(written), "a decision settles it"


def test_a_line_in_our_comment_goes_when_the_reply_is_corrected_or_deleted_or_old(written, clock):
    for act in (
        lambda reply: written.person().edit_comment(reply.id, "I meant something else."),
        lambda reply: written.person().delete_comment(reply.id),
        lambda _reply: clock.advance(days=15),
    ):
        reply = written.person().comment("PAY-1", "/steward wave")
        written.round()
        assert "not accepted" in body(written)
        act(reply)
        written.round()
        assert "not accepted" not in body(written)


def test_where_there_is_no_comment_of_ours_the_report_says_it_every_round(desk, clock):
    desk.person().comment("PAY-5", "/steward wave")
    for _ in range(2):
        [problem] = desk.round().skipped
        assert (problem.item, '"wave" is not a command.' in problem.reason) == ("PAY-5", True)
        clock.advance(days=1)


def test_in_shadow_mode_the_report_says_it(written):
    written.person().comment("PAY-1", "/steward wave")
    written.configure(write={"mode": "shadow"})
    assert [problem.item for problem in written.round(WriteAuthority.BY_SERVICE).skipped] == ["PAY-1"]


def test_help_is_given_in_our_comment(written):
    written.person().comment("PAY-1", "/steward help")
    outcome = written.round()
    assert outcome.skipped == []
    assert 'Commands: "/steward waive RULE' in body(written)
    assert written.decisions("PAY-1") == []


def test_the_line_is_in_the_language_of_the_comment(written):
    written.configure(wording={"language": "de"})
    written.person().comment("PAY-1", "/steward wave")
    written.round()
    assert "„wave“ ist kein Befehl." in body(written)


def test_a_program_gets_no_line_in_our_comment(written):
    written.person("Robot", type="app").comment("PAY-1", "/steward wave")
    outcome = written.round()
    assert "programs cannot make decisions" in outcome.skipped[0].reason
    assert outcome.writes == 0


def test_a_reply_that_was_refused_is_taken_up_when_roles_change(written, clock):
    written.configure(roles={"waive": "Kim Berg"})
    written.person().comment("PAY-1", WAIVE)
    written.person().label("PAY-4", "steward-waive")
    outcome = written.round()
    assert "Kim Berg" not in body(written), "who may decide is for the admin's report"
    assert [problem.item for problem in outcome.skipped] == ["PAY-4"]
    clock.advance(days=1)
    written.configure(roles={"waive": "everybody"})
    outcome = written.round()
    assert {(answer.key, answer.kind) for answer in outcome.answers} == {
        ("PAY-1", DecisionKind.WAIVE),
        ("PAY-4", DecisionKind.WAIVE),
    }
    assert outcome.skipped == []


def test_our_own_words_pasted_into_a_reply_are_no_answer(written):
    (ours,) = written.ours("PAY-1")
    written.person().comment("PAY-1", str(ours.body).replace("{{", "").replace("}}", ""))
    written.person().comment("PAY-1", f"{WAIVE} because …")
    written.round()
    assert written.decisions("PAY-1") == []


# ---- what few may read is quoted nowhere


def everything_shown(desk):
    texts = [str(comment.body) for key in ("PAY-1", "PAY-3") for comment in desk.ours(key)]
    with closing(sqlite3.connect(desk.folder / "desk.db")) as store:
        for (table,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            texts += [str(row) for row in store.execute(f'SELECT * FROM "{table}"')]
    return "\n".join(texts)


@pytest.mark.parametrize(
    "command", [WAIVE, "/steward waive", "/steward snooze 30d", "/steward wrong", "/steward decide no"]
)
def test_an_answer_in_a_restricted_reply_is_taken_and_not_quoted(written, command):
    written.configure(roles={"decide": "everybody"})
    written.person().comment("PAY-1", f"{command} because {SECRET}", restricted=True)
    outcome = written.round()
    [decision] = written.decisions("PAY-1")
    assert (decision.reason, decision.alternative) == ("", "")
    assert states(outcome) <= {"waived", "snoozed"}
    assert SECRET not in everything_shown(written)
    assert SECRET not in str(outcome)
    assert written.round().writes == 0


@pytest.mark.on_jira
@pytest.mark.parametrize("data_center", [False, True])
def test_a_reply_for_a_role_of_jira_is_taken_and_not_quoted(desk_of, data_center):
    desk = desk_of(data_center=data_center)
    desk.configure(rules={"rules": {"unranked-item": "off", "oversized-story": "off"}})
    desk.round()
    only = {"type": "role", "value": "Administrators"}
    desk.person().comment("PAY-1", f"{WAIVE} because {SECRET}", visibility=only)
    outcome = desk.round()
    assert [(answer.key, answer.reason) for answer in outcome.answers] == [("PAY-1", "")]
    assert SECRET not in everything_shown(desk)


def test_a_restricted_reply_that_is_not_accepted_is_not_quoted(written):
    written.person().comment("PAY-1", f"/steward wave {SECRET}", restricted=True)
    outcome = written.round()
    [problem] = outcome.skipped
    assert "only some people can read" in problem.reason
    assert "wave" not in problem.reason + body(written)
    assert SECRET not in everything_shown(written)


def test_a_reason_that_becomes_restricted_is_shown_no_longer(written, clock):
    text = f"{WAIVE} because {SECRET}"
    reply = written.person().comment("PAY-1", text)
    written.round()
    assert SECRET in body(written)
    clock.advance(days=1)
    written.person().edit_comment(reply.id, text, restricted=True)
    outcome = written.round()
    assert SECRET not in body(written)
    assert SECRET not in "".join(decision.reason for decision in written.decisions("PAY-1"))
    assert states(outcome) == {"waived"}
    clock.advance(days=1)
    assert written.round().writes == 0
    assert len(standing(written)) == 1


def test_a_score_and_a_label_that_a_clone_was_born_with_are_kept_up_like_ours(desk, clock):
    desk.configure(write={"label": "needs-refinement"})
    desk.round()
    assert desk.score("PAY-5") == 4
    clock.advance(days=1)
    values = {"business_value": 20, "time_criticality": 5, "risk_reduction": 3, "points": 4}
    desk.person().create("PAY", "CLONE - Instalments", type="Epic", wsjf=4, **values)
    desk.person().create("PAY", "CLONE - Pay in instalments", labels=["needs-refinement"])
    clock.advance(minutes=10)
    outcome = desk.round()
    assert outcome.answers == []
    assert desk.score("PAY-7") == 7
    desk.person().edit("PAY-8", acceptance_criteria="* it is paid\n* it is booked", points=1, sprint="Sprint 3")
    desk.configure(rules={"rules": {"unranked-item": "off"}})
    clock.advance(days=20)
    desk.round()
    assert desk.labels("PAY-8") == ()
    desk.undo()
    assert desk.score("PAY-7") is None


def test_a_score_that_a_person_gave_a_new_item_is_theirs(desk, clock):
    desk.round()
    clock.advance(days=1)
    desk.person().create(
        "PAY", "Something else", type="Epic", wsjf=4, business_value=20, time_criticality=5, risk_reduction=3, points=4
    )
    clock.advance(minutes=10)
    desk.round()
    assert desk.score("PAY-7") == 4
