"""A round that is about to do something nobody expects of it asks first."""

import pytest

from sync.messages import shipped_messages
from sync.rounds.context import WriteAuthority
from sync.writeback.write_limit import approval_reason


@pytest.mark.parametrize(
    ("planned", "usual", "asks"),
    [
        (11, [], False),  # nothing to compare with
        (11, [1, 1], False),  # too few rounds
        (11, [1, 1, 1], True),
        (10, [1, 1, 1], False),  # too few to matter
        (30, [10, 10, 10], False),  # exactly three times
        (31, [10, 10, 10], True),
        (31, [10, 10, 10, 100, 100], True),  # the middle, not the mean
        (31, [10, 11, 11], False),
    ],
)
def test_many_times_the_usual_is_a_surprise(planned, usual, asks):
    assert bool(approval_reason(planned, usual, 3.0, approved=True, messages=shipped_messages())) is asks


def test_the_first_writing_under_new_settings_is_always_one():
    assert "first round to write" in approval_reason(1, [50] * 5, 3.0, approved=False, messages=shipped_messages())


def test_it_says_what_was_planned_and_what_is_usual():
    assert approval_reason(31, [10, 10, 10], 2.5, approved=True, messages=shipped_messages()) == (
        "This round would make 31 changes, more than 2.5 times the usual 10."
    )


@pytest.fixture
def careful(desk):
    desk.configure(write={"surprise": "3x"})
    return desk


def test_the_service_writes_nothing_before_a_person_let_it_once(careful, clock):
    seen = careful.seen()
    outcome = careful.round(WriteAuthority.BY_SERVICE)
    assert "first round to write" in outcome.blocked_reason
    assert outcome.plan.items
    assert careful.seen() == seen
    careful.round(WriteAuthority.BY_PERSON)
    clock.advance(days=30)
    careful.person().edit("PAY-1", acceptance_criteria="It is paid in parts.")
    outcome = careful.round(WriteAuthority.BY_SERVICE)
    assert outcome.blocked_reason == ""
    assert outcome.writes > 0


@pytest.mark.parametrize(
    "change",
    [
        {"tracker": {"scope": "project = PAY AND type = Story"}},
        {"write": {"label": "ask"}},
        {"write": {"fields": {}}},
        {"write": {"comment": False}},
    ],
)
def test_after_a_change_of_scope_or_fields_it_asks_again(careful, clock, change):
    careful.round(WriteAuthority.BY_PERSON)
    clock.advance(days=30)
    careful.person().edit("PAY-1", acceptance_criteria="It is paid in parts.")
    careful.configure(**change)
    outcome = careful.round(WriteAuthority.BY_SERVICE)
    assert outcome.plan.items
    assert "first round to write" in outcome.blocked_reason
    assert outcome.writes == 0


@pytest.mark.parametrize(
    "change",
    [
        {"write": {"quiet": {"hours": "always", "after_activity": "3 days"}}},
        {"schedule": {"pull": "every 30 minutes"}},
        {"write": {"budget": {"per_round": 5}}},
    ],
)
def test_a_change_of_patience_or_schedule_is_no_reason_to_ask(careful, clock, change):
    careful.round(WriteAuthority.BY_PERSON)
    clock.advance(days=30)
    careful.person().edit("PAY-1", acceptance_criteria="It is paid in parts.")
    careful.configure(**change)
    assert careful.round(WriteAuthority.BY_SERVICE).writes > 0


def test_items_that_come_under_two_overrides_for_the_first_time_are_no_change_of_settings(careful, clock):
    overrides = [
        {"where": {"label": "a"}, "rules": {"oversized-story": {"above": 5}}},
        {"where": {"label": "b"}, "rules": {"oversized-story": {"severity": "info"}}},
    ]
    careful.configure(rules={"overrides": overrides})
    careful.round(WriteAuthority.BY_PERSON)
    clock.advance(days=30)
    careful.person().label("PAY-2", "a", "b")
    careful.person().edit("PAY-1", acceptance_criteria="It is paid in parts.")
    assert careful.round(WriteAuthority.BY_SERVICE).blocked_reason == ""


def test_outside_its_hours_the_service_writes_nothing_by_itself_and_a_person_may(desk, clock):
    desk.configure(write={"quiet": {"hours": "weekdays 08:00-18:00"}}, schedule={"timezone": "America/New_York"})
    outcome = desk.round(WriteAuthority.BY_SERVICE)  # 09:00 in UTC is 05:00 there
    assert "outside the hours" in outcome.blocked_reason
    assert "weekdays 08:00-18:00 (America/New_York, `write.quiet.hours`)" in outcome.blocked_reason
    assert outcome.writes == 0
    clock.advance(hours=5)
    assert desk.round(WriteAuthority.BY_SERVICE).writes > 0


def test_a_person_may_write_at_any_hour(desk, clock):
    desk.configure(write={"quiet": {"hours": "weekdays 08:00-18:00"}})
    clock.advance(days=5, hours=14)
    assert desk.round(WriteAuthority.BY_PERSON).writes > 0
