"""What matters today, made from the store alone: at most five questions, nothing that is hidden from others."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from sync.report.digest import Digest, TrackerDigest, make_digest
from sync.report.open_decisions import OpenDecision
from sync.rounds.context import WriteAuthority

MIDNIGHT = datetime(2024, 5, 6, tzinfo=UTC)


def digest(desk, day=MIDNIGHT):
    return make_digest(desk.database, desk.configuration, ["team"], day)


def part(desk, day=MIDNIGHT):
    return digest(desk, day).trackers[0]


def backlog(count, **more):
    """So many stories in the coming sprint, a few of them with criteria, so that no rule is saturated."""
    lines = []
    for number in range(1, count + 1):
        said = {} if number <= count // 2 else {"acceptance_criteria": "The page shows the amount paid."}
        item = {"key": f"PAY-{number}", "title": f"Item {number}", "created": "2024-03-01", "sprint": "Sprint 2"}
        lines.append(json.dumps(item | said | (more if number == 1 else {})))
    return "\n".join(lines)


def test_at_most_five_questions_are_asked_and_the_rest_is_counted(desk_of):
    desk = desk_of(backlog(24))
    desk.round()
    found = digest(desk)
    assert [ask.key for ask in found.decisions] == ["PAY-1", "PAY-2", "PAY-3", "PAY-4", "PAY-5"]
    assert len(found.all_decisions) - len(found.decisions) == 7


def test_the_nearest_to_the_top_come_first(desk_of, clock):
    desk = desk_of(backlog(24))
    desk.round()
    clock.advance(minutes=10)
    desk.person().rank("PAY-9", before="PAY-1")
    desk.round()
    assert [ask.key for ask in digest(desk).decisions][:2] == ["PAY-9", "PAY-1"]


def test_trackers_take_turns():
    def of(name, count):
        return TrackerDigest(
            tracker=name, mode="write", decisions=tuple(OpenDecision(f"{name}-{n}", "", "", "?") for n in range(count))
        )

    found = Digest(MIDNIGHT.date(), (of("A", 9), of("B", 1), of("C", 2)))
    assert [ask.key for ask in found.decisions] == ["A-0", "B-0", "C-0", "A-1", "C-1"]
    assert len(found.all_decisions) - len(found.decisions) == 7


def test_a_saturated_rule_is_one_question_and_comes_before_the_items(desk_of):
    lines = [json.dumps({"key": f"PAY-{n}", "title": f"Item {n}", "created": "2024-03-01"}) for n in range(1, 31)]
    desk = desk_of("\n".join(lines))
    desk.configure(rules={"rules": {"unranked-item": "off"}})
    desk.round()
    ask, *near = digest(desk).decisions
    assert [(one.key, one.role) for one in near] == [(f"PAY-{n}", "Product owner") for n in (1, 2, 3)]
    assert (ask.key, ask.title) == ("", "missing-acceptance-criteria")
    assert "None of the 30 items" in ask.question


def test_what_is_answered_quiet_or_far_away_is_not_asked(desk, clock):
    desk.round()
    assert {ask.key for ask in digest(desk).decisions} == {"PAY-1", "PAY-3"}
    clock.advance(minutes=10)
    desk.person().comment("PAY-1", "/steward waive because it is a spike")
    desk.round()
    assert {ask.key for ask in digest(desk).decisions} == {"PAY-3"}
    assert part(desk).unraised_by_state["waived"] == 1


def test_an_item_that_is_shown_to_some_people_only_stays_out_with_everything_about_it(desk_of, clock):
    desk = desk_of(backlog(8, security="Confidential", title="The merger with Example Corp"))
    desk.person().comment("PAY-1", "/steward tell nobody about the merger")
    desk.person().edit("PAY-1", business_value=8)
    clock.advance(days=8)
    desk.configure(rules={"priority": {"wsjf": {"levels": ["story"]}}})
    outcome = desk.round()
    assert outcome.items[desk.id("PAY-1")].restricted
    assert any(problem.item == "PAY-1" for problem in outcome.skipped), "an admin is told"
    assert any(held.key == "PAY-1" and held.what == "wsjf" for held in outcome.plan.skipped_writes)
    said = repr(digest(desk))
    assert "PAY-2" in said
    assert "PAY-1" not in said
    assert "merger" not in said


def test_what_was_written_today_is_told_and_what_was_written_before_is_not(desk, clock):
    desk.round()
    assert part(desk).written == {"comments created": 2, "fields written": 1, "labels changed": 4}
    assert part(desk, MIDNIGHT + timedelta(days=1)).written == {}


def test_what_several_rounds_wrote_is_added_up(desk, clock):
    desk.round(budget=2)
    clock.advance(minutes=10)
    desk.round()
    assert part(desk).written == {"comments created": 2, "fields written": 1, "labels changed": 4}


def test_a_plan_that_waits_for_approval_is_for_the_admin_and_no_decision_of_product_owners(desk):
    desk.configure(write={"surprise": "3x"})
    desk.round(WriteAuthority.BY_SERVICE)
    found = part(desk)
    assert found.approval.startswith("4 items are waiting for approval. This would be the first round to write")
    assert "steward apply" in found.approval
    assert all(decision.key for decision in found.decisions)


def test_in_shadow_it_is_told_what_would_be_written_and_nothing_is_asked_for_it(desk):
    desk.configure(write={"mode": "shadow"})
    desk.round()
    found = part(desk)
    assert (found.mode, found.planned) == ("shadow", 4)
    assert all(ask.key for ask in found.decisions)


def test_a_tracker_that_was_never_read_says_so(desk):
    found = part(desk)
    assert (found.open_items, found.last_good, found.decisions) == (0, None, ())


def test_trouble_is_told_with_since_when_and_what_was_known_before_stays(desk, clock):
    desk.round()
    before = part(desk)
    desk.faults.add("unreachable")
    clock.advance(minutes=10)
    first = clock()
    for _ in range(25):
        desk.round()
        clock.advance(minutes=10)
    found = part(desk)
    assert "no response" in found.trouble
    assert found.trouble_since == first
    assert found.last_good == before.last_good
    assert found.open_items == before.open_items == 5
    assert found.decisions == before.decisions
    desk.faults.clear()
    desk.round()
    assert part(desk).trouble == ""


def test_an_undo_is_told_as_what_it_changed_and_takes_no_question_away(desk, clock):
    desk.round()
    asks = part(desk).decisions
    desk.undo()
    found = part(desk)
    assert found.decisions == asks
    assert found.written["comments deleted"] == 2


def test_what_a_rule_cannot_judge_is_told(desk):
    desk.round()
    assert any("Not enough data (n=1)" in limit for limit in part(desk).limits)


@pytest.mark.parametrize("names", [["team"], ["nobody"], []])
def test_any_names_of_trackers_make_a_digest(desk, names):
    desk.round()
    assert len(make_digest(desk.database, desk.configuration, names, MIDNIGHT).trackers) == len(names)
