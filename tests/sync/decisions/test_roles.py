"""Who may decide what: one authorisation for every way of saying it, and every refusal is told."""

import pytest
from pydantic import ValidationError

from rules.model import DecisionKind
from sync.settings.roles import Roles

ANA = "ana.silva@example.com"


def verdicts(desk, key="PAY-4"):
    return [one.kind for one in desk.decisions(key)]


def skipped(outcome):
    return [problem.reason for problem in outcome.skipped]


@pytest.mark.parametrize("line", ["waive", "snooze 14d", "wrong oversized-story", "resume"])
def test_everybody_may_answer_findings_unless_said_otherwise(desk, line):
    desk.person().comment("PAY-4", f"/steward {line}")
    desk.round()
    (decision,) = desk.decisions("PAY-4")
    assert (decision.kind, decision.by, decision.source) == (DecisionKind(line.split()[0]), "everybody", "reply")


def test_nobody_decides_about_an_item_unless_named_and_that_is_told(desk):
    desk.person().comment("PAY-4", "/steward decide not-now because the year is full")
    outcome = desk.round()
    assert verdicts(desk) == []
    (said,) = skipped(outcome)
    assert said.startswith('the reply "/steward decide not-now')
    assert '"not-now" is for nobody' in said
    assert [one.reason for one in outcome.summary().skipped] == [said]


@pytest.mark.parametrize("name", ["Ana Silva", "ANA SILVA", "account"])
def test_a_person_is_named_by_account_or_name_and_only_the_role_is_kept(desk, name):
    named = desk.person().account.id if name == "account" else name
    desk.configure(roles={"groups": {"product-owners": [named]}, "decide": "product-owners"})
    desk.person().comment("PAY-4", "/steward decide no because the audit is over")
    desk.person("Tom Berg").comment("PAY-3", "/steward decide no because I say so")
    outcome = desk.round()
    (decision,) = desk.decisions("PAY-4")
    assert (decision.kind, decision.by, decision.reason) == (DecisionKind.NO, "product-owners", "the audit is over")
    assert verdicts(desk, "PAY-3") == []
    assert skipped(outcome) == [
        'the reply "/steward decide no because I say so" was not accepted: "no" is for product-owners.'
    ]


def test_what_everybody_may_can_be_narrowed(desk):
    desk.configure(roles={"waive": ["Ana Silva"], "snooze": []})
    desk.person("Tom Berg").comment("PAY-4", "/steward waive")
    desk.person("Tom Berg").comment("PAY-3", "/steward snooze 14d")
    desk.person().comment("PAY-1", "/steward waive")
    outcome = desk.round()
    assert (verdicts(desk), verdicts(desk, "PAY-3"), verdicts(desk, "PAY-1")) == ([], [], [DecisionKind.WAIVE])
    assert len(skipped(outcome)) == 2


def test_words_that_somebody_else_put_into_a_reply_are_whoever_changed_it_last(desk):
    desk.configure(roles={"decide": ["Ana Silva"]})
    said = desk.person().comment("PAY-4", "I think so.")
    desk.person("Tom Berg").edit_comment(said.id, "/steward decide no because Tom says so")
    outcome = desk.round()
    assert verdicts(desk) == []
    assert '"no" is for Ana Silva' in skipped(outcome)[0]


@pytest.mark.parametrize("name", ["everybody", "admin", "Everybody"])
def test_a_group_has_a_name_of_its_own(name):
    with pytest.raises(ValidationError, match="is reserved"):
        Roles.model_validate({"groups": {name: ["a"]}})


def test_the_role_of_somebody_in_a_group_is_the_group_and_else_that_they_were_named_or_are_anybody():
    roles = Roles.model_validate({"groups": {"owners": [ANA]}, "waive": ["owners", "tom", "everybody"]})
    assert roles.role("waive", {ANA.upper(), "5b10"}) == "owners"
    assert roles.role("waive", {"Tom"}) == "named person"
    assert roles.role("waive", {"eve"}) == "everybody"
    assert roles.role("waive", ()) == "everybody"
    assert roles.role("decide", {ANA, "tom", ""}) == ""


def test_nobody_becomes_everybody_or_a_group_by_calling_themselves_so():
    roles = Roles.model_validate({"groups": {"owners": [ANA]}, "decide": ["owners"], "waive": ["tom"]})
    assert roles.role("decide", {"owners", "everybody"}) == ""
    assert roles.role("waive", {"everybody"}) == ""
