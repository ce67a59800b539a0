"""One item explained from the store alone: what stands and why, what was decided, what was written."""

import pytest

from sync.rounds.context import WriteAuthority
from sync.store import items

RULE = "missing-acceptance-criteria"


@pytest.fixture
def explain(steward):
    """Explains an item, and makes sure that nobody was asked."""

    def run(key):
        before = steward.desk.requests()
        told = steward.json("explain", key)
        assert steward.desk.requests() == before
        return told

    return run


def about(told, rule=RULE):
    (found,) = [one for one in told["findings"] if one["rule"] == rule]
    return found


def test_a_finding_that_is_spoken_about(explain, desk):
    desk.round()
    told = explain("pay-1")
    found = about(told)
    assert (told["key"], told["position"], found["state"], found["severity"]) == ("PAY-1", 1, "standing", "warning")
    assert found["because"].startswith("The item is in Sprint 2 or Sprint 3")
    assert found["written"] == "It is on the item (comment since 2024-05-06 and label since 2024-05-06)."
    assert found["question"]
    assert found["evidence"]
    assert {one["kind"] for one in told["ours"]} == {"comment", "label"}
    assert "Backlog Steward" in next(one["says"] for one in told["ours"] if one["kind"] == "comment")
    assert {(one["kind"], bool(one["after"])) for one in told["history"]} == {("comment", True), ("label", True)}


def test_before_anything_is_written_it_says_what_would_be(explain):
    found = about(explain("PAY-1"))
    assert (found["state"], found["written"]) == ("new", "The next round that may write adds: comment, label.")


def test_since_when_a_finding_is_in_its_state(explain, desk, clock):
    desk.round()
    first = about(explain("PAY-1"))["since"]
    clock.advance(days=20)
    desk.round()
    assert about(explain("PAY-1"))["since"] == first
    clock.advance(days=1)
    desk.person().edit("PAY-1", points=5)
    desk.round()
    found = about(explain("PAY-1"))
    assert (found["state"], found["since"][:10], found["first_seen"]) == ("cooling down", "2024-05-27", first)
    assert found["written"].startswith(
        "Nothing will be added: it is paused after recent activity. It is on the item (comment since"
    )


@pytest.mark.parametrize(
    ("prepare", "key", "state", "written"),
    [
        (lambda desk: desk.person().comment("PAY-1", "/steward waive"), "PAY-1", "waived", "Nothing will be added: it is waived."),
        (lambda desk: desk.person().comment("PAY-1", "/steward snooze 2w"), "PAY-1", "snoozed", "Nothing will be added: it is snoozed."),
        (lambda desk: desk.person().comment("PAY-1", "Hello"), "PAY-1", "quiet", "Nothing will be added: people are working on the item."),
        (lambda desk: None, "PAY-4", "beyond the horizon", "The next round that may write adds: label."),
        (lambda desk: desk.configure(write={"baseline": True}), "PAY-4", "baseline", "Nothing will be added: it was found in the first round, and the item will not be started soon."),
        (lambda desk: desk.configure(rules={"rules": {RULE: {"mode": "shadow"}}}), "PAY-1", "shadow", "Nothing will be added: the rule is set to `mode: shadow` in rules.yaml."),
    ],
)  # fmt: skip
def test_every_state_says_why_nothing_or_something_is_written(desk, steward_fresh, prepare, key, state, written):
    prepare(desk)
    desk.pull()
    found = about(steward_fresh.json("explain", key))
    assert (found["state"], found["written"]) == (state, written)
    assert found["because"]


def test_a_finding_that_was_cleared_is_still_told(explain, desk, clock):
    desk.round()
    clock.advance(days=2)
    desk.person().edit("PAY-1", acceptance_criteria="Both prices are shown.")
    desk.round(WriteAuthority.NOBODY)
    found = about(explain("PAY-1"))
    assert (found["state"], found["because"]) == ("cleared", "It has not been found since 2024-05-08.")
    assert found["written"].startswith("To be removed: comment since")
    desk.round()
    assert about(explain("PAY-1"))["written"] == "Nothing is written about it."


def test_an_item_without_findings_has_the_reason_of_every_rule(explain, steward, desk):
    told = explain("PAY-6")
    assert told["findings"] == []
    assert told["notes"] == ["It is done, so no rule judges it, and our comment and labels on it are removed."]
    reasons = {one["because"] for one in told["silent"]}
    assert reasons - {"It is switched off for this item."} == {"It only judges open items."}
    assert "No rule has a finding on this item." in steward("explain", "PAY-6")
    epic = {one["rule"]: one["because"] for one in explain("PAY-5")["silent"]}
    assert epic[RULE].endswith("and this is of type Epic.")


def test_rules_that_are_off_or_could_not_judge_or_have_nothing_to_say(explain, desk):
    desk.configure(rules={"rules": {"unranked-item": "off"}})
    desk.pull()
    silent = {one["rule"]: one["because"] for one in explain("PAY-2")["silent"]}
    assert silent["unranked-item"] == "It is switched off for this item."
    assert silent[RULE] == "It found nothing to report."
    assert "Not enough data (n=1)" in silent["oversized-story"]


def test_decisions_with_what_ended_them_and_the_links(explain, desk, clock):
    desk.configure(roles={"decide": ["Ana Silva"]})
    desk.person().link("PAY-1", "blocks", "PAY-3")
    desk.person().comment("PAY-1", "/steward waive until 2024-06-01 because it is a spike")
    desk.person().comment("PAY-1", "/steward decide no because full")
    desk.pull()
    clock.advance(days=1)
    desk.person().comment("PAY-1", "/steward decide accept")
    desk.pull()
    told = explain("PAY-1")
    assert [(one["verdict"], one["ended"]) for one in told["decisions"]] == [
        ("waive", "its review date was 2024-06-01"),  # the command line lives today
        ("no", "replaced by a later one"),
        ("accept", ""),
    ]
    assert [(one["kind"], one["target"]) for one in told["links"]] == [("blocks", "PAY-3")]


def test_in_shadow_and_out_of_scope_and_unknown(explain, steward, desk):
    desk.configure(write={"mode": "shadow"})
    assert explain("PAY-1")["notes"] == ["Nothing is written: the mode is shadow."]
    with desk.database.writing() as transaction:
        items.mark_out_of_scope(transaction, "team", [desk.item("PAY-1").id], "moved", desk.clock())
    assert explain("PAY-1")["notes"][0].startswith("It was moved out of the scope on 2024-05-06")
    assert "No item" in steward.errors("explain", "PAY-99", code=2)


def test_it_reads_well_on_a_terminal(steward, desk, clock):
    desk.round()
    clock.advance(minutes=10)
    desk.person().comment("PAY-1", "/steward waive because \u001b[31mred")
    desk.round()
    said = steward("explain", "PAY-1")
    assert said.startswith("PAY-1  Pay in instalments (To Do, number 1 of the open items)")
    for part in ("waived since 2024-05-06", "Decisions", "On the item now", "History of writes", "label - refine-c"):
        assert part in said
    assert "\u001b" not in said


def test_an_item_that_was_missing_with_many_others(explain, desk, clock):
    desk.round()
    clock.advance(minutes=10)
    for key in ("PAY-1", "PAY-2", "PAY-3"):
        desk.person().hide(key)
    desk.round()
    kept = (
        "Nothing is written: The last read of the tracker left this item out. It is kept, and nothing is written to it."
    )
    assert kept in explain("PAY-1")["notes"]
    assert kept not in explain("PAY-4")["notes"]


def test_a_label_that_a_person_put_there_is_not_promised(explain, desk):
    desk.person().label("PAY-4", "refine-criteria")
    desk.pull()
    told = explain("PAY-4")
    assert "label" not in about(told)["written"]
    assert "adds: label" in about(told, "unranked-item")["written"]
