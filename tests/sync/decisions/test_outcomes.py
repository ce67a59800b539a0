"""What was decided about an item as a whole: it silences questions, is told, and comes back when it is due."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from rules.model import DecisionKind, NewEvidence
from rules.registry import all_rules
from sync.cli.round_output import result_lines
from sync.decisions.command_parser import CommandError, parse_command
from sync.messages import shipped_messages
from sync.report.agenda import load_agendas
from sync.report.digest import make_digest
from sync.rounds.result import DueDecision

NOW = datetime.fromisoformat("2024-05-06T09:00:00+00:00")


@pytest.fixture
def team(desk):
    desk.configure(roles={"decide": "Ana Silva"}, rules={"rules": {"unranked-item": "off"}})
    return desk


def said(desk, text, key="PAY-1"):
    return desk.person().comment(key, f"/steward {text}")


@pytest.mark.parametrize(
    ("line", "verdict", "reason", "instead", "review"),
    [
        ("decide not-now because of the audit review 2027-01-15", "not-now", "of the audit", "", "2027-01-15"),
        ("decide not-now --review 2027-01-15 --reason the audit", "not-now", "the audit", "", "2027-01-15"),
        ("decide no we review it with the audit, because it is done", "no", "we review it with the audit, it is done", "", "2024-08-04"),
        ("decide NO because it is done", "no", "it is done", "", "2024-08-04"),
        ("decide accept", "accept", "", "", None),
        ("decide not-in-this-form because too much instead: the export alone", "not-in-this-form", "too much", "the export alone", "2024-08-04"),
        ("decide not-in-this-form because too much;instead: the export", "not-in-this-form", "too much", "the export", "2024-08-04"),
        ("decide not-in-this-form --instead the export alone --reason too much --review 2026-05-01", "not-in-this-form", "too much", "the export alone", "2026-05-01"),
        ("decide not-now because next year review on 2027-01-15", "not-now", "next year", "", "2027-01-15"),
        ("decide not-now because next year until 2027-01-15", "not-now", "next year", "", "2027-01-15"),
        ("decide not-now because next year review 60d", "not-now", "next year", "", "2024-07-05"),
    ],
)  # fmt: skip
def test_an_outcome_is_understood(line, verdict, reason, instead, review):
    command = parse_command(f"/steward {line}", all_rules().keys(), NOW)
    assert (command.kind, command.reason, command.alternative) == (DecisionKind(verdict), reason, instead)
    assert (f"{command.review:%Y-%m-%d}" if command.review else None) == review


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("decide", "Expected one of: accept, not-now, no, not-in-this-form."),
        ("decide maybe", 'Unknown decision "maybe"'),
        ("decide not-now", 'A decision needs a reason: "decide not-now because …".'),
        ("decide not-now because review 2027-01-15", 'A decision needs a reason: "decide not-now because …".'),
        ("decide no weil bis 2w", 'A decision needs a reason: "decide no because …".'),
        ("decide no --reason --instead the export", 'A decision needs a reason: "decide no because …".'),
        ("decide not-now because of it review 2020-01-01", "not in the future"),
        ("decide not-now because of it review 2027-13-01", "is not a date"),
        ("decide not-now --review tomorrow", '"review" needs a date'),
        ("decide not-now Review tomorrow", '"review" needs a date'),
    ],
)
def test_an_outcome_that_is_not_understood_says_what_would_be(line, wrong):
    with pytest.raises(CommandError) as caught:
        parse_command(line, all_rules().keys(), NOW)
    assert wrong in str(caught.value)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    ("outcome", "state"),
    [("not-now", "snoozed"), ("no", "waived"), ("not-in-this-form", "waived")],
)
def test_a_no_silences_everything_about_the_item(team, clock, outcome, state):
    team.round()
    assert team.ours("PAY-1")
    clock.advance(minutes=10)
    said(team, f"decide {outcome} because the year is full")
    outcome = team.round()
    (standing,) = [one for one in outcome.statuses if one.finding.key == "PAY-1"]
    assert standing.state == state
    assert standing.reason.endswith("the year is full")
    (comment,) = team.ours("PAY-1")  # somebody wrote after it
    assert "the year is full" in str(comment.body)
    assert "Decided" in str(comment.body)
    assert team.labels("PAY-1") == ()


def test_an_accepted_item_is_still_made_ready_and_the_comment_says_so_in_a_line(team, clock):
    team.round()
    clock.advance(minutes=10)
    said(team, "decide accept because the auditor asked for it")
    team.round()
    clock.advance(days=30)
    team.round()
    (comment,) = team.ours("PAY-1")
    assert "Decided: accepted: the auditor asked for it." in str(comment.body)
    assert team.labels("PAY-1") == ("refine-criteria",)


def test_a_later_outcome_replaces_an_earlier_one(team, clock):
    said(team, "decide no because the audit is over")
    team.round()
    clock.advance(days=1)
    said(team, "decide accept because it is not")
    team.round()
    clock.advance(days=30)
    assert team.round().applied.comments_created >= 1
    assert team.ours("PAY-1")


def due(outcome):
    return [(one.key, one.due_reason) for one in outcome.due]


def asked(team, clock, language):
    """What the digest asks about the decisions that are due."""
    configuration = replace(team.configuration, messages=shipped_messages(language))
    (ask,) = [
        one
        for one in make_digest(team.database, configuration, ["team"], clock()).decisions
        if one.question.startswith(("Decided", "Entschieden"))
    ]
    return ask.question


def test_on_its_review_date_a_decision_comes_back_and_is_asked_for_until_there_is_another(team, clock):
    said(team, "decide not-now because the year is full review 2024-06-30")
    assert due(team.round()) == []
    clock.advance(days=54)
    assert due(team.round()) == []
    clock.advance(days=2)
    outcome = team.round()
    assert due(outcome) == [("PAY-1", "its review date was 2024-06-30")]
    assert team.ours("PAY-1"), "it may be asked about again"
    (ask,) = [
        one
        for one in make_digest(team.database, team.configuration, ["team"], clock()).decisions
        if one.question.startswith("Decided: not now")
    ]
    assert (ask.key, ask.title) == ("PAY-1", "Pay in instalments")
    assert asked(team, clock, "en") == (
        'Decided: not now, "the year is full"; its review date was 2024-06-30. What is the decision now?'
    )
    assert asked(team, clock, "de") == (
        "Entschieden: nicht jetzt, „the year is full“; die Wiedervorlage war am 30.06.2024. Was gilt jetzt?"
    )
    clock.advance(minutes=10)
    said(team, "decide no because nobody asked")
    assert due(team.round()) == []


def test_what_is_due_is_said_without_a_reason_as_well():
    reviewed = DueDecision("PAY-1", DecisionKind.NO, "", "x", review="2024-06-30")
    linked = DueDecision("PAY-1", DecisionKind.ACCEPT, "", "x", new_evidence=NewEvidence("links", 3, 1))
    voted = DueDecision("PAY-1", DecisionKind.NO, "", "x", new_evidence=NewEvidence("votes", 5, 4))
    assert (
        voted.line(shipped_messages("en"))
        == "Decided: no; it has more votes: 5 now, 4 when it was decided. What is the decision now?"
    )
    assert (
        reviewed.line(shipped_messages("en"))
        == "Decided: no; its review date was 2024-06-30. What is the decision now?"
    )
    assert linked.line(shipped_messages("de")) == (
        "Entschieden: angenommen; es gibt mehr Verknüpfungen: jetzt 3, damals 1. Was gilt jetzt?"
    )


def test_what_is_not_taken_ends_in_one_full_stop(team):
    said(team, "decide not-now because of it review 2020-01-01")
    outcome = team.round()
    [told] = [line for line in result_lines(outcome) if line.startswith("Skipped: ")]
    assert told.endswith("2020-01-01 is not in the future.")
    [skipped] = make_digest(team.database, team.configuration, ["team"], NOW).trackers[0].skipped
    assert skipped.endswith("2020-01-01 is not in the future")


def test_it_comes_back_earlier_when_its_evidence_grew(team, clock):
    said(team, "decide not-now because one customer asked review 2026-06-30")
    team.round()
    clock.advance(days=30)
    assert due(team.round()) == []
    clock.advance(minutes=10)
    team.person().link("PAY-1", "is duplicated by", "PAY-4")
    outcome = team.round()
    assert due(outcome) == [("PAY-1", "it has more links: 1 now, 0 when it was decided")]
    assert asked(team, clock, "en") == (
        'Decided: not now, "one customer asked"; it has more links: 1 now, 0 when it was decided. What is the decision now?'
    )
    assert asked(team, clock, "de") == (
        "Entschieden: nicht jetzt, „one customer asked“; es gibt mehr Verknüpfungen: jetzt 1, damals 0. Was gilt jetzt?"
    )
    assert {one.state for one in outcome.statuses if one.finding.key == "PAY-1"} & {"snoozed"} == set()


def test_votes_are_evidence_although_they_move_no_stamp(team, clock):
    for name in ("Ana Silva", "Ben Okafor"):
        team.person(name).vote("PAY-1")
    said(team, "decide not-now because two customers asked review 2026-06-30")
    team.round()
    team.person("Chloe Martin").vote("PAY-1")
    clock.advance(hours=1)
    assert (due(team.round()), team.item("PAY-1").votes) == ([], 2), "votes are looked at once a day"
    clock.advance(hours=23)
    assert due(team.round()) == [("PAY-1", "it has more votes: 3 now, 2 when it was decided")]
    clock.advance(hours=1)
    team.person().vote("PAY-3")
    before = team.requests("fetch")
    team.round()
    assert team.requests("fetch") == before, "and only those of what people decided about"


def test_feedback_that_is_newer_than_a_not_now_ends_it(team, clock):
    said(team, "decide not-now because one customer asked review 2026-06-30")
    team.round()
    record = "item,source,customer,date\nPAY-1,ticket,Acme,2024-05-01\n"
    (team.folder / "feedback.csv").write_text(record, encoding="utf-8")
    team.configure(feedback="feedback.csv")
    clock.advance(days=5)
    assert due(team.round()) == []
    (team.folder / "feedback.csv").write_text(f"{record}PAY-1,ticket,Globex,2024-05-09\n", encoding="utf-8")
    team.configure()
    clock.advance(minutes=10)
    outcome = team.round()
    assert due(outcome) == [("PAY-1", "it has newer feedback: 2 in all, the latest after it was decided")]
    assert "newer feedback, 2 records in all" in outcome.due[0].line(shipped_messages("en"))


def test_newer_feedback_counts_before_the_next_round(team, clock):
    said(team, "decide not-now because one customer asked review 2026-06-30", "PAY-3")
    team.round()
    for day, asked in (("2024-05-01", False), ("2024-05-09", True)):
        (team.folder / "feedback.csv").write_text(f"item,source,date\nPAY-3,ticket,{day}\n", encoding="utf-8")
        team.configure(feedback="feedback.csv")
        with team.database.reading() as transaction:
            [agenda] = load_agendas(transaction, "team", team.configuration)
        assert [entry.key for entry in agenda.entries] == ["PAY-3"] * asked
        digest = make_digest(team.database, team.configuration, ["team"], clock())
        assert ("PAY-3" in [decision.key for decision in digest.decisions]) is asked


def test_what_is_waived_or_dismissed_stays_so_however_many_links_there_are(team, clock):
    said(team, "waive because it is a spike")
    team.round()
    clock.advance(days=30)
    team.person().link("PAY-1", "is duplicated by", "PAY-4")
    outcome = team.round()
    assert {one.state for one in outcome.statuses if one.finding.key == "PAY-1"} == {"waived"}
    assert due(outcome) == []


def test_what_was_waived_can_be_resumed(team, clock):
    said(team, "waive because it is a spike")
    team.round()
    clock.advance(days=1)
    said(team, "resume because it is none")
    team.round()
    clock.advance(days=30)
    assert {one.state for one in team.round().statuses if one.finding.key == "PAY-1"} <= {"new", "standing"}


def test_what_was_said_in_resuming_one_rule_leaves_the_others(team, clock):
    said(team, "waive missing-acceptance-criteria")
    said(team, "waive oversized-story")
    team.round()
    clock.advance(days=1)
    said(team, "resume oversized-story")
    clock.advance(days=30)
    assert {one.state for one in team.round().statuses if one.finding.key == "PAY-1"} == {"waived"}


def test_a_review_date_is_a_day_and_lasts_90_days_unless_said(team):
    said(team, "decide no because it is done")
    team.round()
    (decision,) = team.decisions("PAY-1")
    assert decision.review - decision.at == timedelta(days=90)
