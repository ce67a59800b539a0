"""Only what was cleared by a change of the item or its backlog starts a cooldown."""

import pytest

from sync.rounds.context import WriteAuthority

SCRUM = {"extends": ["scrum"]}


def planned(desk):
    desk.clock.advance(minutes=10)
    outcome = desk.round(WriteAuthority.NOBODY)
    return {(one.finding.key, one.finding.rule) for one in outcome.statuses if one.allows_comment}


@pytest.mark.parametrize(
    "rules",
    [
        {"rules": {"missing-acceptance-criteria": "off", "oversized-story": "off"}},
        {"rules": {"missing-acceptance-criteria": {"types": ["bug"]}}},
        {"overrides": [{"where": {"project": "PAY"}, "rules": {"missing-acceptance-criteria": "off"}}]},
    ],
)
def test_a_setting_that_is_changed_and_changed_back_silences_nothing(desk, rules):
    before = planned(desk)
    desk.configure(rules=SCRUM | rules)
    assert planned(desk) < before
    desk.configure(rules=SCRUM)
    assert planned(desk) == before


def test_a_scope_that_is_narrowed_and_widened_again_silences_nothing(desk):
    before = planned(desk)
    desk.configure(tracker={"scope": "project = NONE", "vanish_limit": "100%"})
    assert not planned(desk)
    desk.configure(tracker={"scope": "project = PAY"})
    assert planned(desk) == before


def test_what_a_person_cleared_is_not_raised_again_at_once(desk):
    before = planned(desk)
    text = desk.world.issue("PAY-1").description
    desk.person().edit("PAY-1", description="Acceptance criteria:\n- The amount is shown\n- It is kept")
    assert planned(desk) < before
    desk.clock.advance(days=3)
    desk.person().edit("PAY-1", description=text)
    desk.clock.advance(days=9)
    assert ("PAY-1", "missing-acceptance-criteria") not in planned(desk)
