"""Notices about rejected commands: kept as long as the command can be accepted, shown while it is recent."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors.tracker import Problem
from rules.model import Decision, DecisionKind
from sync.decisions import rejected_commands
from sync.decisions.rejected_commands import (
    Notice,
    TrackerNotices,
    acceptance_fingerprint,
    comment_lines,
    current_notices,
)
from sync.messages import shipped_messages
from sync.settings.roles import Roles

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def notice(origin="7", *, days_ago=0.0, **values):
    given = {
        "item": "1",
        "key": "PAY-1",
        "source": "reply",
        "at": NOW - days_ago * DAY,
        "problem_text": "was wrong.",
        "message_id": "past-date",
        "facts": {"word": "2020-01-01"},
    }
    return Notice(origin=origin, **(given | values))


def decision(days_ago):
    return Decision(
        id="1", tracker="team", item="1", key="PAY-1", kind=DecisionKind.WAIVE, at=NOW - days_ago * DAY, rule="size"
    )


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({}, "A reply was not accepted. 2020-01-01 is not in the future."),
        ({"source": "label"}, 'The label "7" was not accepted. 2020-01-01 is not in the future.'),
        ({"message_id": "placeholder", "facts": {}}, 'A reply was not accepted. Replace "…" with the reason.'),
    ],
)
def test_the_line_of_a_notice_says_what_was_not_accepted_and_why(given, line):
    assert notice(**given).line(shipped_messages()) == line
    assert notice(**given).problem == Problem("PAY-1", "was wrong.")


def test_the_line_of_a_request_for_help_is_the_help():
    assert notice(message_id="help", facts={}).line(shipped_messages()).startswith('Commands: "/steward waive RULE')


def test_new_notices_replace_those_about_the_commands_that_were_read():
    tracker_notices = TrackerNotices()
    tracker_notices.replace("1", [notice("7"), notice("8")])
    tracker_notices.replace("2", [notice("9")])
    tracker_notices.replace("1", [notice("8", days_ago=1)], origins={"8", "9"})
    assert tracker_notices.by_item == {"1": [notice("7"), notice("8", days_ago=1)], "2": [notice("9")]}
    tracker_notices.replace("1", [notice("6")])
    assert tracker_notices.by_item["1"] == [notice("6")]
    tracker_notices.replace("1", [], origins={"6"})
    tracker_notices.replace("3", [])
    assert tracker_notices.by_item == {"2": [notice("9")]}


def test_a_notice_is_forgotten_when_its_command_is_90_days_old():
    tracker_notices = TrackerNotices(
        by_item={"1": [notice("7", days_ago=90), notice("8", days_ago=89)], "2": [notice(days_ago=91)]}
    )
    tracker_notices.remove_expired(NOW)
    assert tracker_notices.by_item == {"1": [notice("8", days_ago=89)]}


def test_the_store_keeps_the_notices_of_each_tracker(transaction):
    tracker_notices = TrackerNotices(fingerprint="x", by_item={"1": [notice(by_person=False)]})
    rejected_commands.save(transaction, "team", tracker_notices)
    rejected_commands.save(transaction, "another", TrackerNotices(fingerprint="y"))
    assert rejected_commands.load(transaction, "team") == tracker_notices
    assert rejected_commands.load(transaction, "another") == TrackerNotices(fingerprint="y")
    assert rejected_commands.load(transaction, "third") == TrackerNotices()


def test_other_rules_or_roles_may_accept_other_commands():
    fingerprints = {
        acceptance_fingerprint(rules, roles)
        for rules in (["size", "order"], ["size"])
        for roles in (Roles(), Roles(decide=("everybody",)), Roles(groups={"owners": ("ana@example.com",)}))
    }
    assert len(fingerprints) == 6
    assert acceptance_fingerprint(["order", "size"], Roles()) in fingerprints


@pytest.mark.parametrize(
    ("days_ago", "decided", "shown"),
    [
        (0, (), True),
        (13.9, (), True),
        (14, (), False),
        (3, (4,), True),
        (3, (3,), True),
        (3, (2,), False),
        (3, (4, 2, 5), False),
    ],
)
def test_a_notice_is_shown_for_14_days_or_until_the_next_decision(days_ago, decided, shown):
    decisions = [decision(days) for days in decided]
    assert current_notices([notice(days_ago=days_ago)], decisions, NOW) == [notice(days_ago=days_ago)] * shown


def test_the_three_newest_notices_are_shown_the_newest_first():
    given = [notice(days_ago=days) for days in (3, 1, 4, 2)]
    assert [one.at for one in current_notices(given, (), NOW)] == [NOW - days * DAY for days in (1, 2, 3)]


def test_a_comment_gets_each_line_about_its_item_once():
    tracker_notices = TrackerNotices(
        by_item={
            "1": [notice("7"), notice("8", days_ago=1), notice("9", days_ago=2, facts={"word": "2021-01-01"})],
            "2": [notice(message_id="")],
            "3": [notice(days_ago=2)],
            "4": [notice(days_ago=2), notice(message_id="", days_ago=1)],
        }
    )
    lines = comment_lines(tracker_notices, {"3": [decision(1)]}, NOW, shipped_messages())
    said = [f"A reply was not accepted. {day} is not in the future." for day in ("2020-01-01", "2021-01-01")]
    assert lines == {"1": tuple(said), "4": tuple(said[:1])}
