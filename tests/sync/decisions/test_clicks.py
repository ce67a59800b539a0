"""The decisions that follow from a button in Slack."""

from datetime import UTC, datetime, timedelta

import pytest

from rules.model import DecisionKind, Link, WorkItem
from sync.decisions.clicks import OfferedAnswer, decide_by_click, decode_answer, require_role
from sync.decisions.command_parser import CommandError
from sync.decisions.commands_to_decisions import NotPermitted
from sync.settings.roles import Roles

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
RULES = ("size", "order")
ITEM = WorkItem(tracker="team", id="1", key="PAY-1", votes=3, links=(Link("blocks", "PAY-2"),))
SNOOZE = OfferedAnswer(DecisionKind.SNOOZE, "team", "PAY-1", RULES)
NOT_NOW = OfferedAnswer(DecisionKind.NOT_NOW, "team", "PAY-1")


def click(answer, known=(), *, now=NOW, item=ITEM, **details):
    return decide_by_click(item, answer, "owners", RULES, now, known, **details)


def test_a_button_means_the_answer_that_was_put_into_it():
    assert SNOOZE.encode() == '["snooze","team","PAY-1",["size","order"]]'
    assert decode_answer(SNOOZE.encode()) == SNOOZE
    assert decode_answer('["no","team","PAY-1"]') == OfferedAnswer(DecisionKind.NO, "team", "PAY-1")


@pytest.mark.parametrize("value", ["", "{", "[]", '["maybe","team","PAY-1"]', '["no","team",1]', '"no"'])
def test_a_value_that_is_not_ours_means_nothing(value):
    assert decode_answer(value) is None


def test_an_answer_about_findings_is_one_decision_for_each_rule_or_one_for_all():
    decisions = click(SNOOZE, reason="the year is full")
    assert [decision.rule for decision in decisions] == ["size", "order"]
    first = decisions[0]
    assert (first.tracker, first.item, first.key, first.source, first.by) == ("team", "1", "PAY-1", "click", "owners")
    assert (first.kind, first.reason, first.at) == (DecisionKind.SNOOZE, "the year is full", NOW)
    assert (first.review, first.links, first.votes) == (NOW + 14 * DAY, 1, 3)
    (of_all,) = click(OfferedAnswer(DecisionKind.WRONG, "team", "PAY-1"))
    assert (of_all.kind, of_all.rule, of_all.reason, of_all.alternative) == (DecisionKind.WRONG, "", "", "")


def test_an_answer_about_the_item_is_one_decision_with_its_reason_whatever_rules_were_asked():
    answer = OfferedAnswer(DecisionKind.NOT_IN_THIS_FORM, "team", "PAY-1", RULES)
    (decision,) = click(answer, reason="too much", instead="the export")
    assert (decision.kind, decision.rule) == (DecisionKind.NOT_IN_THIS_FORM, "")
    assert (decision.reason, decision.alternative) == ("too much", "the export")
    with pytest.raises(CommandError, match="needs a reason") as refused:
        click(NOT_NOW)
    assert refused.value.message_id == ""


def test_a_second_click_repeats_nothing_that_is_in_force():
    first = click(SNOOZE)
    assert click(SNOOZE, first, now=NOW + DAY) == ()
    (other,) = click(SNOOZE, first[:1])
    assert other.rule == "order"
    (another_kind,) = click(NOT_NOW, first, reason="later")
    assert another_kind.kind is DecisionKind.NOT_NOW


def test_an_answer_that_has_ended_can_be_given_again_as_often_as_it_ends():
    answer = OfferedAnswer(DecisionKind.NOT_NOW, "team", "PAY-1")
    known = []
    for number in range(4):
        now = NOW + 100 * number * DAY
        known += click(answer, known, now=now, reason="later")
        assert click(answer, known, now=now, reason="later") == ()
    assert len({decision.id for decision in known}) == 4


def test_an_answer_can_be_given_again_when_there_is_new_evidence():
    known = click(NOT_NOW, reason="later")
    voted = WorkItem(tracker="team", id="1", key="PAY-1", votes=9)
    assert len(click(NOT_NOW, known, item=voted, reason="still later")) == 1


ALL_PERMISSIONS = ("waive", "snooze", "wrong", "decide")


@pytest.mark.parametrize(
    ("kind", "permission"),
    [
        (DecisionKind.SNOOZE, "snooze"),
        (DecisionKind.WRONG, "wrong"),
        (DecisionKind.WAIVE, "waive"),
        (DecisionKind.ACCEPT, "decide"),
        (DecisionKind.NO, "decide"),
    ],
)
def test_an_answer_needs_its_own_permission_and_no_other(kind, permission):
    granted = dict.fromkeys(ALL_PERMISSIONS, ()) | {permission: ("owners",)}
    groups = {"owners": ("ana@example.com",), "others": ("ben@example.com",)}
    assert require_role(Roles(groups=groups, **granted), "owners", kind) == "owners"
    taken = dict.fromkeys(ALL_PERMISSIONS, ("owners",)) | {permission: ("others",)}
    with pytest.raises(NotPermitted) as refused:
        require_role(Roles(groups=groups, **taken), "owners", kind)
    assert str(refused.value) == f'"{kind}" is for others.'
    assert (refused.value.message_id, refused.value.facts) == ("not-permitted", {"command": kind})
