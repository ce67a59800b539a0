"""A rule that is new or changed reports what it would do, and writes nothing of it until an admin lets it."""

import pytest

from sync.rounds.context import WriteAuthority
from sync.rounds.rule_modes import fingerprints
from sync.store import promotions

RULE = "oversized-story"
QUIET = {"rules": {"unranked-item": "off", "missing-acceptance-criteria": "off"}}
LABEL = "refine-criteria"


@pytest.fixture
def desk(desk):
    """A team that watches sizes only; PAY-1 has 3 points."""
    desk.configure(rules=with_size(13))
    return desk


def with_size(points, **more):
    return {"rules": QUIET["rules"] | {RULE: {"above": points, "severity": "warning"} | more}}


def promote(desk, *names):
    with desk.database.writing() as transaction:
        chosen = [one for one in fingerprints(desk.configuration.ruleset()) if one[0] in names]
        promotions.add(transaction, chosen, desk.clock(), "test")


def promoted(desk):
    with desk.database.reading() as transaction:
        return {rule for rule, _ in promotions.promoted_rules(transaction)}


def states(outcome):
    return {one.finding.key: one.state for one in outcome.statuses}


def test_rules_that_are_there_at_the_first_writing_need_no_promotion(desk):
    desk.configure(rules=with_size(1))
    assert promoted(desk) == set()
    desk.round(WriteAuthority.NOBODY)
    assert promoted(desk) == set()
    assert desk.round().applied.comments_created == 1
    assert RULE in promoted(desk)
    assert "unranked-item" in promoted(desk), "also those that are off, so that turning one on is a change"
    assert desk.round().plan.items == ()


def test_in_shadow_nothing_is_promoted(desk):
    desk.configure(write={"mode": "shadow"})
    desk.round()
    assert promoted(desk) == set()


def test_a_changed_rule_says_what_it_would_do_and_the_others_go_on(desk):
    desk.round()
    desk.configure(rules=with_size(1))
    desk.person().edit("PAY-5", business_value=12)
    outcome = desk.round(WriteAuthority.BY_SERVICE)
    assert outcome.blocked_reason == ""
    assert desk.score("PAY-5") == 5
    assert states(outcome) == {"PAY-1": "shadow"}
    (status,) = outcome.statuses
    assert "`steward rules promote oversized-story` lets it write" in status.reason
    assert status.reason.endswith("Otherwise it could get a comment.")
    assert desk.ours("PAY-1") == []
    assert outcome.summary().unraised_by_state == {"shadow": 1}


def test_a_person_who_applies_does_not_promote_in_passing(desk):
    desk.round()
    desk.configure(rules=with_size(1))
    desk.round()
    assert desk.ours("PAY-1") == []


def test_once_promoted_it_speaks(desk):
    desk.round()
    desk.configure(rules=with_size(1))
    desk.round()
    promote(desk, RULE)
    assert desk.round(WriteAuthority.BY_SERVICE).applied.comments_created == 1
    assert desk.labels("PAY-1") == ("refine-size",)


def test_a_change_taken_back_needs_no_promotion(desk):
    desk.configure(rules=with_size(1))
    desk.round()
    desk.configure(rules=with_size(2))
    assert states(desk.round()) == {"PAY-1": "shadow"}
    desk.configure(rules=with_size(1))
    assert states(desk.round()) == {"PAY-1": "standing"}


def test_what_a_changed_rule_said_before_stays_as_it_is_until_it_is_promoted(desk, clock):
    desk.configure(rules=with_size(1))
    desk.round()
    (before,) = desk.ours("PAY-1")
    clock.advance(days=1)
    desk.configure(rules=with_size(2))
    assert desk.round().plan.items == ()
    assert desk.ours("PAY-1")[0].body == before.body
    assert desk.labels("PAY-1") == ("refine-size",)
    promote(desk, RULE)
    assert desk.round().applied.comments_updated == 1
    assert desk.ours("PAY-1")[0].body != before.body


def test_what_a_changed_rule_finds_no_more_is_taken_back(desk):
    desk.configure(rules=with_size(1))
    desk.round()
    desk.configure(rules=with_size(13))
    desk.round()
    assert desk.ours("PAY-1") == []
    assert desk.labels("PAY-1") == ()


def test_an_override_counts_as_a_change_of_its_rule_alone(desk):
    desk.round()
    desk.configure(rules=with_size(13) | {"overrides": [{"where": {"type": "story"}, "rules": {RULE: {"above": 2}}}]})
    assert states(desk.round()) == {"PAY-1": "shadow"}


def test_the_strictest_of_all_modes_wins(desk):
    desk.configure(rules=with_size(1, mode="shadow"))
    desk.round()
    assert desk.ours("PAY-1") == []
    desk.configure(rules=with_size(1, mode="write"))
    promote(desk, RULE)
    desk.configure(tracker={"mode": "shadow"})
    assert "Shadow mode" in desk.round().blocked_reason
    desk.configure(tracker={"mode": "write"})
    assert desk.round().applied.comments_created == 1


@pytest.mark.parametrize("surprise", [None, "3x"])
def test_an_upgraded_store_that_writes_already_goes_on(desk, surprise):
    desk.configure(write={"surprise": surprise}, rules=with_size(1))
    desk.round()
    with desk.database.writing() as transaction:
        transaction.exec_driver_sql("DELETE FROM promotion")  # as an older version left it
    desk.person().edit("PAY-5", business_value=12)
    assert desk.round(WriteAuthority.BY_SERVICE).applied.writes > 0
    assert RULE in promoted(desk)
