"""What a plan says is done, or refused by name: an item that moved, a tracker that says no, a reply that is lost."""

import json
import threading

import pytest

from connectors.errors import ConnectorError, Refused, Retriable
from steward_sandbox import Faults
from steward_sandbox.jira import Site, adf_text
from sync.rounds.context import WriteAuthority
from sync.store import rounds, writes

LABEL = "refine-criteria"
EVERYTHING = {"PAY-1": (1, (LABEL,)), "PAY-3": (1, ("finance", LABEL)), "PAY-4": (0, (LABEL, "refine-order"))}
"""Our comments and all labels of the items with findings, once all is written."""


def there(desk):
    return {key: (len(desk.ours(key)), desk.labels(key)) for key in EVERYTHING}


def refused(outcome):
    return {held.key: held.reason for held in outcome.applied.not_written}


def unsettled(desk):
    with desk.database.reading() as transaction:
        return writes.unsettled_calls(transaction, "team")


def settles(desk, rounds_=4):
    """Rounds without a disturbance until nothing is written; everything has to be as it should be then."""
    for _ in range(rounds_):
        outcome = desk.round()
        assert not outcome.trouble
        if outcome.writes == 0:
            break
    assert outcome.writes == 0
    assert there(desk) == EVERYTHING
    assert desk.score("PAY-5") == 4
    assert unsettled(desk) == []


def test_all_that_was_planned_is_there_and_counted(desk):
    plan = desk.plan()
    outcome = desk.round()
    assert outcome.plan.id == plan.id
    assert there(desk) == EVERYTHING
    assert outcome.applied.counts() == {
        "comments created": 2,
        "comments updated": 0,
        "comments deleted": 0,
        "fields written": 1,
        "labels changed": 4,
    }
    assert outcome.writes == 7


@pytest.mark.on_jira
def test_at_most_one_edit_and_one_comment_call_an_item(desk):
    desk.round()
    writes_of = [
        (one.method, one.path)
        for one in desk.site.calls
        if one.method in ("PUT", "DELETE") or (one.method == "POST" and one.path.endswith("/comment"))
    ]
    assert len(writes_of) == len(set(writes_of)) == 6


@pytest.mark.on_jira
def test_every_text_that_was_sent_was_in_the_plan(desk):
    plan = desk.plan()
    planned = {item.key: item.comment.content.document.plain_text for item in plan.items if item.comment}
    desk.round()
    for key, text in planned.items():
        (comment,) = desk.ours(key)
        stored = adf_text.to_wiki(comment.body)
        for line in text.splitlines():
            assert line.lstrip("• ").split(" (")[0].split(" `")[0][:60] in stored.replace("*", "").replace("{{", "")


@pytest.mark.on_jira
def test_in_shadow_nothing_leaves(desk):
    desk.configure(write={"mode": "shadow"})
    seen = desk.seen()
    for writing in WriteAuthority:
        outcome = desk.round(writing)
        assert outcome.writes == 0
        assert not outcome.trouble
    assert desk.seen() == seen
    assert {one.method for one in desk.site.calls if one.method not in ("GET", "POST")} == set()


# ---- what moved between the plan and the write


@pytest.mark.parametrize(
    ("meddle", "told"),
    [
        (lambda person: person.edit("PAY-1", title="Other words"), "changed since"),
        (lambda person: person.label("PAY-1", "urgent"), "changed since"),
        (lambda person: person.comment("PAY-1", "Wait!"), "changed since"),
        (lambda person: person.transition("PAY-1", "In Progress"), "changed since"),
        (lambda person: person.move("PAY-1", "OPS"), "changed since"),
        (lambda person: person.delete("PAY-1"), ""),
        (lambda person: person.hide("PAY-1"), ""),
    ],
)
def test_an_item_that_moved_since_the_plan_is_left_alone_and_named(desk, meddled, once, meddle, told):
    tracker = meddled(desk.open())
    tracker.before["get_snapshot"] = once(lambda: meddle(desk.person()))
    outcome = desk.round(tracker=tracker)
    assert list(refused(outcome)) == ["PAY-1"]
    assert told in refused(outcome)["PAY-1"]
    assert not outcome.trouble
    assert len(desk.ours("PAY-3")) == 1, "the others are written"
    if desk.world.find("PAY-1"):
        assert desk.ours("PAY-1") == []
        assert LABEL not in desk.labels("PAY-1")


@pytest.fixture
def changed(desk, clock):
    """A desk whose next round rewrites the comment of PAY-1, deletes that of PAY-3 and clears a field."""
    desk.round()
    clock.advance(days=30)
    person = desk.person()
    person.edit("PAY-1", description="TBD", acceptance_criteria="TBD")
    person.edit("PAY-3", acceptance_criteria="The auditor can open it.")
    person.edit("PAY-5", risk_reduction=None)
    clock.advance(days=30)
    plan = desk.plan()
    calls = {item.key: item.comment.action for item in plan.items if item.comment}
    assert calls == {"PAY-1": "replace", "PAY-3": "delete"}
    return desk


def test_a_comment_that_was_rewritten_by_a_person_in_the_last_moment_is_left_alone(changed, meddled, once):
    tracker = meddled(changed.open())
    (comment,) = changed.ours("PAY-1")
    tracker.before["get_snapshot"] = once(lambda: changed.person().edit_comment(comment.id, "Mine now."))
    outcome = changed.round(tracker=tracker)
    assert "PAY-1" in refused(outcome)
    assert "Mine now." in str(changed.ours("PAY-1")[0].body)


def test_a_comment_that_was_deleted_in_the_last_moment_is_not_written_again(changed, meddled, once):
    tracker = meddled(changed.open())
    (comment,) = changed.ours("PAY-1")
    tracker.before["get_snapshot"] = once(lambda: changed.person().delete_comment(comment.id))
    outcome = changed.round(tracker=tracker)
    assert "no longer exists" in refused(outcome)["PAY-1"]
    assert changed.ours("PAY-1") == []
    again = changed.round()
    assert [answer.source for answer in again.answers] == ["comment removed"]
    assert changed.ours("PAY-1") == []


def test_a_comment_that_was_answered_in_the_last_moment_is_not_deleted(changed, meddled, once):
    tracker = meddled(changed.open())
    tracker.before["delete_comment"] = lambda *_: pytest.fail("the answer would hang in the air")
    looks = []

    def meddle(item):
        looks.append(item)
        if item == changed.id("PAY-3"):
            changed.person().comment("PAY-3", "Thanks, done.")

    tracker.before["get_snapshot"] = meddle
    outcome = changed.round(tracker=tracker)
    assert looks
    assert "PAY-3" in refused(outcome)


def test_a_field_that_a_person_set_in_the_last_moment_is_left_alone(desk, meddled, once):
    tracker = meddled(desk.open())
    tracker.before["get_snapshot"] = lambda item: item == desk.id("PAY-5") and desk.person().edit("PAY-5", wsjf=99)
    desk.round(tracker=tracker)
    assert desk.score("PAY-5") == 99
    desk.round()
    assert desk.score("PAY-5") == 99


# ---- a tracker that says no


def test_what_the_tracker_refuses_is_named_and_tried_after_everything_else(desk_of, clock):
    desk = desk_of(denied=("PAY",))
    outcome = desk.round()
    assert set(refused(outcome)) == {"PAY-1", "PAY-5", "PAY"}
    assert not outcome.trouble
    assert unsettled(desk) == []
    desk.world.denied.clear()
    clock.advance(hours=25)
    settles(desk)


def test_one_item_that_is_refused_stops_no_other(desk, monkeypatch):
    def no_room(item, *_):
        if item.id == desk.id("PAY-1"):
            raise Refused("The issue holds as many comments as it can.")

    tracker = desk.open()
    real = tracker.target.add_comment
    monkeypatch.setattr(tracker.target, "add_comment", lambda *given: no_room(*given) or real(*given))
    outcome = desk.round(tracker=tracker)
    assert refused(outcome) == {"PAY-1": "The issue holds as many comments as it can."}
    assert len(desk.ours("PAY-3")) == 1
    again = desk.plan()
    assert [item.key for item in again.items] == ["PAY-1"]


def test_an_error_that_nobody_foresaw_on_one_item_stops_no_other(desk, meddled):
    def odd(item):
        if item == desk.id("PAY-1"):
            raise ConnectorError("team: GET issue answered in an unexpected shape.")

    tracker = meddled(desk.open())
    tracker.before["get_snapshot"] = odd
    outcome = desk.round(tracker=tracker)
    assert list(refused(outcome)) == ["PAY-1"]
    assert len(desk.ours("PAY-3")) == 1
    assert outcome.writes > 0
    settles(desk)


@pytest.mark.parametrize("verb", ["add_comment", "edit"])
def test_a_reply_that_nobody_understands_is_no_reason_to_write_twice(desk, meddled, once, verb):
    def odd():
        raise ConnectorError("team: POST comment returned an unexpected format.")

    tracker = meddled(desk.open())
    tracker.after[verb] = once(odd)
    outcome = desk.round(tracker=tracker)
    assert not outcome.trouble
    assert any("not repeated" in line for line in outcome.applied.reconciled)
    settles(desk)


@pytest.mark.on_jira
def test_in_a_service_desk_nothing_is_written_until_an_admin_allows_internal_comments(desk_of):
    desk = desk_of(site=Site(service_desk={"PAY"}))
    outcome = desk.round()
    assert outcome.writes == 0
    assert desk.ours("PAY-1") == []
    assert any("service-desk" in note for note in outcome.notes)
    assert all("Customers" in held.reason for held in outcome.plan.skipped_writes if held.what == "everything")


@pytest.mark.on_jira
def test_in_a_service_desk_comments_are_internal_where_an_admin_allows_them(desk_of):
    desk = desk_of(site=Site(service_desk={"PAY"}))
    desk.configure(tracker={"internal_comments": True})
    assert desk.round().applied.comments_created > 0
    ours = [comment for key in ("PAY-1", "PAY-2", "PAY-3", "PAY-4") for comment in desk.ours(key)]
    assert [comment.properties["sd.public.comment"] for comment in ours] == [{"internal": True}] * len(ours)


# ---- a network that fails


KINDS_OF_WRITES = {
    "edit": "PUT */issue/?????",
    "new comment": "POST */comment",
}
LATER_WRITES = {
    "rewritten comment": "PUT */comment/*",
    "deleted comment": "DELETE */comment/*",
    "cleared field": "PUT */issue/?????",
}
FAULTS = [
    "drop-before",
    "drop-after",
    "500",
    *(pytest.param(fault, marks=pytest.mark.slow) for fault in ("503", "502", "429=0", "truncate", "html=502", "408")),
]


@pytest.mark.on_jira
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("where", KINDS_OF_WRITES)
def test_after_a_lost_reply_there_is_one_of_everything(desk, where, fault):
    desk.faults.add(f"{fault}#1@{KINDS_OF_WRITES[where]}")
    outcome = desk.round()
    assert not outcome.trouble
    assert desk.faults.struck
    assert all(len(desk.ours(key)) <= 1 for key in EVERYTHING)
    settles(desk)


@pytest.mark.on_jira
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("where", LATER_WRITES)
def test_after_a_lost_reply_what_was_to_change_has_changed_once(changed, where, fault):
    changed.faults.add(f"{fault}#1@{LATER_WRITES[where]}")
    outcome = changed.round()
    assert not outcome.trouble
    assert changed.faults.struck
    for _ in range(3):
        again = changed.round()
    assert again.writes == 0
    assert again.answers == []
    assert len(changed.ours("PAY-1")) == 1
    assert "TBD" in str(changed.ours("PAY-1")[0].body)
    assert changed.ours("PAY-3") == []
    assert changed.score("PAY-5") is None
    assert unsettled(changed) == []


@pytest.mark.on_jira
@pytest.mark.parametrize("fault", ["drop-after", "drop-before"])
def test_when_every_reply_is_lost_nothing_is_doubled(desk, fault):
    for pattern in KINDS_OF_WRITES.values():
        desk.faults.add(f"{fault}@{pattern}")
    for _ in range(3):
        desk.round()
    assert all(len(desk.ours(key)) <= 1 for key in EVERYTHING)
    desk.faults.clear()
    settles(desk)


@pytest.mark.on_jira
@pytest.mark.parametrize("seed", range(4))
def test_a_storm_of_refusals_to_answer_ends_with_one_of_everything(desk, seed):
    storm = Faults(["429=0:0.2", "503:0.1", "drop-before:0.05", "drop-after:0.05", "truncate:0.05"], seed=seed)
    desk.faults.faults[:] = storm.faults
    for _ in range(4):
        desk.round()
    assert all(len(desk.ours(key)) <= 1 for key in EVERYTHING)
    desk.faults.clear()
    settles(desk)


@pytest.mark.on_jira
def test_a_tracker_that_wants_to_be_left_alone_ends_the_round_and_says_until_when(desk):
    desk.faults.add("429-long@PUT */issue/?????")
    outcome = desk.round()
    assert "asked us to wait until" in outcome.trouble
    assert outcome.applied.stopped
    assert not outcome.misconfigured
    desk.faults.clear()
    settles(desk)


def test_a_tracker_that_goes_away_half_way_ends_the_round_and_what_is_left_comes_later(desk, meddled, once):
    tracker = meddled(desk.open())
    tracker.after["edit"] = once(lambda: desk.faults.add("unreachable"))
    outcome = desk.round(tracker=tracker)
    assert outcome.trouble
    assert outcome.applied.stopped
    assert outcome.writes >= 1
    with desk.database.reading() as transaction:
        (kept,) = rounds.latest(transaction, "team", 1)
    assert (kept.outcome, kept.writes) == ("stopped", outcome.writes)
    desk.faults.clear()
    settles(desk)


@pytest.mark.on_jira
def test_a_tracker_that_cannot_be_asked_after_a_lost_reply_ends_the_round(desk):
    desk.faults.add("drop-after#1@POST */comment")
    first_comment_lost = desk.faults.faults[0]
    real = desk.faults.for_request

    def then_down(method, path):
        struck = real(method, path)
        if struck is first_comment_lost:
            desk.faults.add("drop-before")
        return struck

    desk.faults.for_request = then_down
    outcome = desk.round()
    assert outcome.trouble
    desk.faults.for_request = real
    desk.faults.clear()
    settles(desk)


# ---- asked to stop


@pytest.mark.parametrize("after", range(6))
def test_when_asked_to_stop_the_write_at_hand_is_finished_and_no_other_begun(desk, meddled, after):
    stop = threading.Event()
    tracker = meddled(desk.open(stop=stop))

    def count(*_):
        if len(tracker.written) > after:
            stop.set()

    for verb in tracker.WRITES:
        tracker.after[verb] = count
    outcome = desk.round(tracker=tracker, should_stop=stop.is_set)
    assert len(tracker.written) == after + 1
    assert outcome.applied.stopped or after == 5
    assert unsettled(desk) == []
    settles(desk)


@pytest.mark.on_jira
def test_who_may_not_go_on_writes_nothing_more(desk):
    asked = []

    def check_lease():
        asked.append(1)
        if len(asked) == 3:
            raise Retriable("Another process took over.")

    outcome = desk.round(check_lease=check_lease)
    assert "took over" in outcome.trouble
    assert outcome.applied.counts() != {}
    made = [one for one in desk.site.calls if one.method == "PUT" or one.path.endswith("/comment")]
    assert len([one for one in made if one.method in ("PUT", "POST")]) == 2
    settles(desk)


def test_an_item_that_the_tracker_fails_to_read_costs_only_itself(desk):
    desk.faults.add("broken#1@get_snapshot")
    outcome = desk.round()
    assert outcome.trouble == ""
    assert list(refused(outcome).values()) == ["The server failed."]
    assert outcome.writes > 0
    desk.faults.clear()
    settles(desk)


def test_a_tracker_that_fails_to_read_several_items_in_a_row_ends_the_round(desk_of):
    rows = [{"key": f"PAY-{number}", "title": "x", "created": "2024-03-01"} for number in range(1, 15)]
    desk = desk_of("\n".join(json.dumps(row) for row in rows))
    desk.faults.add("broken@get_snapshot")
    outcome = desk.round()
    assert outcome.trouble == "The server failed."
    assert desk.requests("get_snapshot") == 6


def test_an_interrupted_write_stays_open_while_its_item_cannot_be_read(desk, meddled, once):
    tracker = meddled(desk.open())
    tracker.before["add_comment"] = once(lambda: desk.faults.add("broken@get_snapshot"))
    desk.faults.add("lost-reply#1@add_comment")
    desk.round(tracker=tracker)
    assert len(unsettled(desk)) == 1
    desk.faults.clear()
    desk.faults.add("broken#1@get_snapshot")
    outcome = desk.round()
    assert outcome.trouble == ""
    assert any("it is not known yet" in line for line in outcome.applied.reconciled)
    desk.faults.clear()
    settles(desk)
