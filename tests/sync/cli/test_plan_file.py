"""A plan in a file: applied later it writes its very words, and leaves alone what has moved since, each with its reason."""

import json

import msgspec
import pytest

from sync.store import decisions

RULE = "missing-acceptance-criteria"


@pytest.fixture
def file(steward, tmp_path):
    """A plan for the whole backlog: PAY-1, PAY-3, PAY-4 and PAY-5."""
    path = tmp_path / "plan.json"
    steward("plan", "-o", str(path))
    return path


def refused(result):
    return {one["key"]: one["because"] for one in result[0]["applied"]["refused"]}


def test_nothing_is_written_by_making_a_plan_and_exactly_the_plan_by_applying_it(steward, desk, file):
    seen = desk.seen()
    held = json.loads(file.read_text(encoding="utf-8"))
    assert (held["format"], held["version"]) == ("backlog-steward plan", 1)
    assert desk.seen() == seen
    (result,) = steward.json("apply", str(file))
    assert result["plan"]["items"] == held["plans"][0]["items"]
    assert result["applied"]["refused"] == []
    documents = [one["comment"]["content"]["document"] for one in held["plans"][0]["items"] if one.get("comment")]
    for planned in documents:
        texts = {span["text"] for part in planned["parts"] for span in part.get("spans", ())}
        assert any(all(text in str(one.body) for text in texts) for one in (*desk.ours("PAY-1"), *desk.ours("PAY-3")))
    kept = [
        json.loads(msgspec.json.encode(annotation.value))["document"]
        for annotation in desk.annotations()
        if annotation.kind == "comment"
    ]
    assert kept == documents != []
    assert desk.plan().items == ()


def test_what_has_moved_is_left_alone_and_named_and_the_rest_is_written(steward, desk, file):
    desk.person().edit("PAY-1", description="Rewritten.")
    result = steward.json("apply", str(file), code=1)
    assert refused(result) == {"PAY-1": "The item has changed since the plan was made."}
    assert desk.ours("PAY-1") == []
    assert desk.ours("PAY-3")
    assert desk.score("PAY-5") == 4


@pytest.mark.parametrize(
    ("meanwhile", "why"),
    [
        (lambda desk: desk.person().delete("PAY-1"), "The item was deleted or has left the scope"),
        (lambda desk: desk.person().transition("PAY-1", "Done"), "The item has changed"),
        (lambda desk: desk.person().comment("PAY-1", "/steward waive"), "The item has changed"),
        (lambda desk: desk.configure(write={"comment": False}), "The plan would be different now"),
        (lambda desk: desk.configure(rules={"rules": {RULE: "off"}}), "Nothing would be written on it now."),
        (lambda desk: desk.round(), "The item has changed since"),
    ],
)
def test_whatever_moved_in_between_has_a_reason(steward, desk, file, meanwhile, why):
    desk.configure(write={"quiet": {"hours": "always", "after_activity": "0 days"}})
    meanwhile(desk)
    before = desk.seen().get("PAY-1")
    result = steward.json("apply", str(file), code=1)
    assert refused(result)["PAY-1"].startswith(why)
    assert desk.seen().get("PAY-1") == before


def test_a_decision_made_in_between_counts_although_it_changes_nothing_in_the_tracker(steward, desk, file):
    desk.person().comment("PAY-2", "Hello")
    steward("waive", "PAY-1", RULE, "--reason", "a spike")
    with desk.database.reading() as transaction:
        assert decisions.since(transaction, "team")
    desk.clock.move_to(decisions_at(desk))
    result = steward.json("apply", str(file), code=1)
    assert refused(result)["PAY-1"].startswith("Nothing would be written on it now. Waived until")
    assert desk.ours("PAY-1") == []


def decisions_at(desk):
    """The command line decides today."""
    with desk.database.reading() as transaction:
        return decisions.since(transaction, "team")[-1].at


def test_what_is_refused_is_named_on_the_terminal(steward, desk, file):
    desk.person().edit("PAY-1", description="Rewritten.")
    said = steward("apply", str(file), code=1)
    assert "Not written: PAY-1: The item has changed since the plan was made." in said


def test_a_plan_applied_twice_writes_once(steward, desk, file):
    steward("apply", str(file))
    seen = desk.seen()
    assert len(refused(steward.json("apply", str(file), code=1))) == 4
    assert desk.seen() == seen


def test_in_shadow_a_plan_is_not_written_either(steward, desk, file):
    desk.configure(write={"mode": "shadow"})
    seen = desk.seen()
    assert "Shadow mode" in steward("apply", str(file))
    assert desk.seen() == seen


def test_a_budget_is_in_the_plan_and_not_beside_it(steward, desk, tmp_path):
    path = tmp_path / "plan.json"
    steward("plan", "--budget", "1", "-o", str(path))
    steward("apply", str(path), "--budget", "5", code=2)
    steward("apply", str(path))
    assert desk.ours("PAY-1")
    assert desk.ours("PAY-3") == []


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda held: "no json at all", "This is not a plan file"),
        (lambda held: json.dumps(held | {"format": "other"}), "This is not a plan file"),
        (lambda held: json.dumps(held | {"version": 99}), "has version 99"),
        (lambda held: json.dumps(held | {"installation": "another"}), "another installation"),
        (lambda held: json.dumps(held | {"plans": []}), "edited after it was written"),
        (lambda held: json.dumps(held | {"made": "soon"}), "cannot be read"),
        (lambda held: json.dumps(held).replace("PAY-1", "PAY-7"), "edited after it was written"),
    ],
)
def test_a_file_that_is_no_plan_of_ours_is_refused_as_a_whole(steward, desk, file, spoil, why):
    seen = desk.seen()
    file.write_text(spoil(json.loads(file.read_text(encoding="utf-8"))), encoding="utf-8")
    assert why in steward.errors("apply", str(file), code=2)
    assert desk.seen() == seen


def test_a_plan_for_a_tracker_that_is_not_asked_for_is_not_applied(steward, file):
    assert "There is no tracker" in steward.errors("apply", str(file), "--tracker", "other", code=2)
