"""A label on an item is an answer: it counts once for as long as it stays."""

from datetime import datetime, timedelta

import pytest

from rules.model import DecisionKind
from rules.registry import all_rules
from sync.decisions.command_parser import label_to_command, parse_command

NOW = datetime.fromisoformat("2024-05-06T09:00:00+00:00")
DAYS = timedelta(days=1)


@pytest.mark.parametrize(
    ("label", "verdict", "rule", "review"),
    [
        ("steward-waive", "waive", "", NOW + 90 * DAYS),
        ("Steward-Waive", "waive", "", NOW + 90 * DAYS),
        ("steward-waive-oversized-story", "waive", "oversized-story", NOW + 90 * DAYS),
        ("steward-waive-oversized-story-30d", "waive", "oversized-story", NOW + 30 * DAYS),
        (
            "steward-waive-oversized-story-until-2027-01-15",
            "waive",
            "oversized-story",
            datetime.fromisoformat("2027-01-15T00:00:00+00:00"),
        ),
        ("steward-waive-until-2027-01-15", "waive", "", datetime.fromisoformat("2027-01-15T00:00:00+00:00")),
        ("steward-snooze", "snooze", "", NOW + 14 * DAYS),
        ("steward-snooze-14d", "snooze", "", NOW + 14 * DAYS),
        ("steward-snooze-6w", "snooze", "", NOW + 42 * DAYS),
        ("steward-snooze-unranked-item-6w", "snooze", "unranked-item", NOW + 42 * DAYS),
        ("steward-wrong-oversized-story", "wrong", "oversized-story", NOW + 365 * DAYS),
        ("steward-resume", "resume", "", None),
        ("steward-decide-accept", "accept", "", None),
        ("steward-decide-not-now", "not-now", "", NOW + 90 * DAYS),
        ("steward-decide-not-in-this-form", "not-in-this-form", "", NOW + 90 * DAYS),
        ("steward-decide-no-until-2027-01-15", "no", "", datetime.fromisoformat("2027-01-15T00:00:00+00:00")),
    ],
)
def test_a_label_is_understood(label, verdict, rule, review):
    command = parse_command(label_to_command(label), all_rules().keys(), NOW)
    assert (command.kind, command.rule, command.review) == (DecisionKind(verdict), rule, review)
    assert command.reason == ("it was labelled so" if command.kind.is_about_the_item else "")


@pytest.mark.parametrize("label", ["refine-criteria", "steward", "steward-training", "waive", "my-steward-waive"])
def test_other_labels_speak_to_nobody(label):
    assert label_to_command(label) is None


def test_a_label_counts_once_while_it_stays_and_again_when_it_is_put_back(desk, clock):
    desk.round()
    clock.advance(minutes=10)
    desk.person().label("PAY-4", "steward-snooze-14d")
    for _ in range(3):
        desk.round()
        clock.advance(days=2)
        desk.person().edit("PAY-4", description=f"Told on {clock():%d}.")
    (decision,) = desk.decisions("PAY-4")
    assert (decision.kind, decision.source, decision.by) == (DecisionKind.SNOOZE, "label", "everybody")
    assert decision.review == NOW + timedelta(days=14, minutes=10)
    desk.person().label("PAY-4", remove=["steward-snooze-14d"])
    desk.round()
    clock.advance(days=1)
    desk.person().label("PAY-4", "steward-snooze-14d")
    desk.round()
    assert len(desk.decisions("PAY-4")) == 2


def test_our_label_goes_with_the_findings_that_were_set_aside(desk, clock):
    desk.round()
    assert "refine-criteria" in desk.labels("PAY-4")
    clock.advance(minutes=10)
    desk.person().label("PAY-4", "steward-waive")
    desk.round()
    assert desk.labels("PAY-4") == ("steward-waive",)


def test_a_label_needs_the_same_role_as_a_reply(desk):
    desk.configure(roles={"groups": {"owners": ["Ana Silva"]}, "decide": "owners"})
    desk.person("Tom Berg").label("PAY-4", "steward-decide-no")
    desk.person().label("PAY-3", "steward-decide-no")
    outcome = desk.round()
    assert desk.decisions("PAY-4") == []
    assert [problem.reason for problem in outcome.skipped] == [
        'the label "steward-decide-no" was not accepted: "no" is for owners.'
    ]
    assert [(one.kind, one.by) for one in desk.decisions("PAY-3")] == [(DecisionKind.NO, "owners")]


def test_a_label_that_a_program_put_there_decides_nothing(desk):
    desk.person("Tidy Bot", type="app").label("PAY-4", "steward-waive")
    outcome = desk.round()
    assert desk.decisions("PAY-4") == []
    assert "programs cannot make decisions" in outcome.skipped[0].reason


def test_a_label_that_is_not_understood_is_told(desk):
    desk.person().label("PAY-4", "steward-waive-nothing-at-all")
    assert 'Unknown rule "nothing-at-all"' in desk.round().skipped[0].reason
