"""Ready, not ready, or not to be known; and why."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.model import Block, BlockKind, HierarchyLevel, ItemKind, Link, StatusCategory
from rules.readiness import _CHECKS, Outcome, ReadinessJudge, Verdict
from rules.ruleset import REQUIREMENTS, SHIPPED_PROFILES, Ruleset

PARAGRAPH = BlockKind.PARAGRAPH
CRITERIA = (
    Block(BlockKind.HEADING, "Acceptance criteria", 2),
    Block(BlockKind.BULLET, "The auditor can open the file."),
)


def text(*lines):
    return tuple(Block(PARAGRAPH, line) for line in lines)


@pytest.fixture
def judge(backlog, now):
    """The readiness of the first of some items."""

    def look(*items, profile="wanted", requires=(), rules=None):
        document = {"profiles": {"wanted": list(requires)}, "rules": rules or {}}
        return ReadinessJudge(backlog(list(items)), Ruleset(document), now).judge(items[0], profile)

    return look


def outcome(readiness):
    [reason] = readiness.reasons
    return reason.outcome.value, reason.code


def test_the_names_of_requirements_are_those_that_are_judged():
    assert set(REQUIREMENTS) == set(_CHECKS)
    assert {name for required in SHIPPED_PROFILES.values() for name in required} <= set(REQUIREMENTS)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"text": CRITERIA}, ("met", "no-finding")),
        ({"text": text("As a user I want it.")}, ("not met", "none")),
        ({}, ("not met", "no-text")),
        ({"text": CRITERIA, "unknown": ("criteria",)}, ("not known", "not-known")),
    ],
)
def test_criteria_have_to_be_stated(judge, item, values, expected):
    assert outcome(judge(item(1, **values), requires=["criteria"])) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"kind": ItemKind.STORY}, ("not needed", "no-bug")),
        ({"text": text("It does not work.")}, ("not met", "no-steps")),
        ({"text": text("Steps to reproduce: open the page")}, ("met", "no-finding")),
        ({"text": (Block(BlockKind.CODE, "Traceback"),)}, ("met", "no-finding")),
        ({"unknown": ("text",)}, ("not known", "not-known")),
    ],
)
def test_a_bug_has_to_be_seen_by_somebody_else(judge, item, values, expected):
    made = item(1, **({"kind": ItemKind.BUG, "type": "Bug"} | values))
    assert outcome(judge(made, requires=["reproduction"])) == expected


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        (text("All is clear.", "Who pays?"), "met"),
        (text("The limit is TBD."), "not met"),
        (text("Das ist noch zu klären."), "not met"),
        ((Block(BlockKind.HEADING, "Open questions", 2), Block(BlockKind.BULLET, "Which format")), "not met"),
        ((Block(BlockKind.HEADING, "Open questions", 2), Block(BlockKind.HEADING, "Notes", 2), *text("x")), "met"),
        ((Block(BlockKind.CODE, "limit = TBD"),), "met"),
    ],
)
def test_nothing_may_be_left_open(judge, item, blocks, expected):
    assert outcome(judge(item(1, text=blocks), requires=["no-open-question"]))[0] == expected


def test_a_blocker_has_to_be_done(judge, item, now):
    waits = item(1, links=(Link("is blocked by", "PAY-2"),))
    assert outcome(judge(waits, item(2), requires=["no-open-blocker"])) == ("not met", "open-blocker")
    assert outcome(judge(waits, requires=["no-open-blocker"])) == ("not known", "unknown-blocker")
    relates = item(1, links=(Link("relates to", "PAY-2"),))
    assert outcome(judge(relates, item(2), requires=["no-open-blocker"])) == ("met", "none")
    assert outcome(judge(item(1, flagged=True), requires=["no-open-blocker"])) == ("not met", "flagged")


@pytest.mark.parametrize(
    ("assigned", "expected"),
    [(True, ("met", "owned")), (False, ("not met", "no-owner")), (None, ("not known", "unknown-owner"))],
)
def test_a_dependency_has_to_have_an_owner(judge, item, assigned, expected):
    waits = item(1, links=(Link("depends on", "PAY-2"),))
    assert outcome(judge(waits, item(2, assigned=assigned), requires=["owned-dependencies"])) == expected


def test_a_dependency_without_an_owner_counts_whatever_is_unknown_of_others(judge, item):
    waits = item(1, links=(Link("depends on", "PAY-2"), Link("depends on", "PAY-3")))
    others = (item(2, assigned=None), item(3, assigned=False))
    assert outcome(judge(waits, *others, requires=["owned-dependencies"])) == ("not met", "no-owner")


@pytest.mark.parametrize("requirement", ["no-open-blocker", "owned-dependencies"])
def test_a_blocker_of_another_tracker_that_is_done_delays_nothing(backlog, item, now, requirement):
    waits = item(1, links=(Link("depends on", "OPS-7", tracker="other"),))
    done = item(7, category=StatusCategory.DONE, assigned=None)
    judged = backlog([waits], external_items={("other", "OPS-7"): done})
    ruleset = Ruleset({"profiles": {"wanted": [requirement]}, "rules": {}})
    assert outcome(ReadinessJudge(judged, ruleset, now).judge(waits, "wanted"))[0] == "met"


@pytest.mark.parametrize(
    ("points", "expected"),
    [(3.0, ("met", "no-finding")), (13.0, ("not met", "")), (None, ("not known", "no-estimate"))],
)
def test_the_size_has_to_be_usual(judge, item, points, expected):
    rules = {"oversized-story": {"above": 8}}
    readiness = judge(item(1, points=points), requires=["usual-size"], rules=rules)
    assert outcome(readiness)[0] == expected[0]


def test_too_little_history_is_not_known(judge, item):
    assert outcome(judge(item(1, points=3.0), requires=["usual-size"])) == ("not known", "not-enough-data")


def test_a_feature_says_what_it_improves(judge, item):
    feature = {"kind": ItemKind.FEATURE, "level": HierarchyLevel.PORTFOLIO}
    for values, expected in (
        ({"text": text("We believe that it halves the calls.")}, "met"),
        ({"value": 8.0}, "met"),
        ({"text": text("Build it.")}, "not met"),
    ):
        assert outcome(judge(item(1, **feature, **values), requires=["benefit"]))[0] == expected
    assert outcome(judge(item(1), requires=["benefit"])) == ("not needed", "no-feature")


def test_a_rule_is_a_requirement_too(judge, item):
    readiness = judge(item(1, text=text("x")), requires=["missing-acceptance-criteria", "estimate"])
    assert [reason.outcome for reason in readiness.reasons] == [Outcome.NOT_MET, Outcome.NOT_MET]
    bug = item(1, kind=ItemKind.BUG, type="Bug")
    assert outcome(judge(bug, requires=["missing-acceptance-criteria"])) == ("not needed", "other-type")


def test_the_worst_outcome_decides(judge, item):
    waits = item(1, text=CRITERIA, links=(Link("is blocked by", "PAY-9"),))
    assert judge(waits, requires=["criteria"]).verdict is Verdict.READY
    assert judge(waits, requires=["criteria", "no-open-blocker"]).verdict is Verdict.UNKNOWN
    assert judge(waits, requires=["estimate", "no-open-blocker"]).verdict is Verdict.NOT_READY


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from(sorted(REQUIREMENTS)), unique=True), st.sets(st.sampled_from(["text", "links", "points"]))
)
def test_ready_means_that_nothing_is_unmet_or_unknown_and_is_always_the_same(judge, item, requires, unknown):
    made = item(1, text=CRITERIA, unknown=tuple(sorted(unknown)))
    first = judge(made, requires=requires)
    assert first == judge(made, requires=requires)
    bad = {reason.outcome for reason in first.reasons} & {Outcome.NOT_MET, Outcome.UNKNOWN}
    assert (first.verdict is Verdict.READY) is (not bad)
