"""How the decision log follows the waivers file."""

from datetime import UTC, date, datetime, timedelta

import pytest

from connectors.tracker import FetchedItem
from rules.model import Decision, DecisionKind, Demand, WorkItem, decision_id, select_in_force
from sync.decisions.log import log_entries
from sync.decisions.waivers_file import SOURCE, update_from_waivers_file
from sync.settings.waivers import Waiver
from sync.store import decisions, items

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
WAIVER = Waiver(item="PAY-1", rule="size", reason="a legal text")


@pytest.fixture
def update(transaction):
    """Brings the log in line with waivers on a day; returns the decisions in force on the items PAY-1 and PAY-2."""
    for tracker, ids in {"team": "12", "another": "34"}.items():
        fetched = [
            FetchedItem(item=WorkItem(tracker=tracker, id=ident, key=f"PAY-{number}"))
            for number, ident in enumerate(ids, 1)
        ]
        items.save(transaction, fetched)

    def make(*waivers, day=0, tracker="team"):
        now = NOW + day * DAY
        update_from_waivers_file(transaction, tracker, waivers, now)
        logged = decisions.by_item(transaction, tracker)
        demand = WorkItem(tracker=tracker, id="", key="").demand
        return [decision for item in sorted(logged) for decision in select_in_force(logged[item], now, demand)]

    return make


def logged(transaction):
    return decisions.by_item(transaction, "team").get("1", [])


def test_a_waiver_is_a_decision_of_the_admin_from_now_to_its_day(update):
    (decision,) = update(WAIVER, Waiver(item="PAY-99", rule="size", reason="there is no such item"))
    assert (decision.tracker, decision.item, decision.key, decision.kind) == ("team", "1", "PAY-1", DecisionKind.WAIVE)
    assert (decision.rule, decision.reason, decision.by) == ("size", "a legal text", "admin")
    assert (decision.at, decision.review, decision.source) == (NOW, None, SOURCE)
    assert decision.replaces == ()
    assert decision.id == decision_id("team", "1", SOURCE, "size", "None", "a legal text", "0"), "as it is stored"
    _, until = update(WAIVER, Waiver(item="PAY-2", rule="size", reason="later", until=date(2026, 7, 1)))
    assert (until.item, until.review) == ("2", datetime(2026, 7, 1, tzinfo=UTC))


def test_the_same_file_adds_nothing(update, transaction):
    assert update(WAIVER) == update(WAIVER, day=1)
    assert len(logged(transaction)) == 1


@pytest.mark.parametrize(("tracker", "expected"), [(None, 1), ("team", 1), ("another", 0)])
def test_a_waiver_is_about_the_items_of_the_tracker_that_it_names(update, tracker, expected):
    assert [decision.item for decision in update(WAIVER.model_copy(update={"tracker": tracker}))] == ["1"] * expected


def test_a_removed_waiver_ends_alone_and_only_once(update, transaction):
    other = Waiver(item="PAY-1", rule="order", reason="by agreement")
    both = {decision.rule: decision for decision in update(WAIVER, other)}
    assert update(other, day=1) == [both["order"]]
    for day in (1, 2):
        update(other, day=day)
        ended = logged(transaction)[-1]
        assert len(logged(transaction)) == 3
    assert (ended.tracker, ended.item, ended.key, ended.kind) == ("team", "1", "PAY-1", DecisionKind.RESUME)
    assert (ended.rule, ended.at, ended.source, ended.replaces) == ("size", NOW + DAY, SOURCE, (both["size"].id,))
    assert ended.id == decision_id("team", "1", SOURCE, "ended", both["size"].id), "as it is stored"


def test_the_log_says_that_a_waiver_is_no_longer_in_the_file(update, transaction):
    update(WAIVER)
    update(day=1)
    (entry,) = log_entries(logged(transaction), NOW + DAY, Demand())
    assert (entry.kind, entry.ended) == (DecisionKind.WAIVE, "no longer in the waivers file")


def test_a_waiver_can_be_removed_and_added_again_any_number_of_times(update):
    for day in range(0, 8, 2):
        assert [decision.at for decision in update(WAIVER, day=day)] == [NOW + day * DAY]
        assert update(day=day + 1) == []


@pytest.mark.parametrize(
    "changed", [{"reason": "another"}, {"rule": "order"}, {"until": date(2026, 9, 1)}, {"item": "PAY-2"}]
)
def test_a_changed_waiver_takes_the_place_of_the_old_one(update, changed):
    (first,) = update(WAIVER)
    (second,) = update(WAIVER.model_copy(update=changed), day=1)
    assert first.id != second.id
    assert second.at == NOW + DAY


def test_decisions_of_people_and_of_other_trackers_are_left_alone(update, transaction):
    by_person = Decision(
        id="1", tracker="team", item="1", key="PAY-1", kind=DecisionKind.WAIVE, at=NOW, rule="size", reason="a reply"
    )
    decisions.add(transaction, [by_person])
    elsewhere = update(WAIVER, tracker="another")
    assert update() == [by_person]
    assert update(WAIVER, tracker="another") == elsewhere
    assert len(update(WAIVER.model_copy(update={"reason": "a reply"}))) == 2
