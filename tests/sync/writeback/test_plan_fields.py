"""What a plan does with opt-in fields and with the labels of readiness profiles."""

from datetime import timedelta

import pytest

from connectors.connection import Capabilities
from rules.model import DecisionKind, StatusCategory
from rules.priority.wsjf import Refusal, WsjfOptions, wsjf
from sync.opt_in_fields.fields import OptInField
from sync.writeback.planning.plan import SkippedWrite
from sync.writeback.ready_labels import ReadyLabel
from sync.writeback.refusals import ProjectRefusal

PLACE, OTHER = "customfield_7", "customfield_8"
BY_REASON = {"label": "by-reason"}


def plan_fields(planner, value, annotations=(), *, there=None, name="suggested_place", is_noise=None, **more):
    """The plan for an item with an opt-in field that should have a value."""
    field = OptInField(
        name, "the suggested place", lambda _item: value, is_noise or (lambda _item, _written, _new: False)
    )
    item = planner.item(fields={PLACE: there} if there != "hidden" else {}, project="PAY")
    given = {"opt_in_fields": {name: field}, "capabilities": Capabilities(writable_fields={name: PLACE})}
    return planner([item], [], annotations, **(given | {"write": {"fields": {name: "Place"}}} | more))


def edits(plan):
    return [planned.edit.fields for planned in plan.items]


# ---- opt-in fields


def test_a_field_that_the_item_does_not_show_is_told_only_where_there_is_a_value(planner):
    plan = plan_fields(planner, "next sprint", there="hidden")
    why = "The tracker does not show the field on this item."
    assert (plan.items, plan.skipped_writes) == ((), (SkippedWrite("PAY-1", "suggested_place", why),))
    for value in (None, wsjf(planner.item(), WsjfOptions(levels=("story",)))):
        assert value is None or isinstance(value, Refusal)
        plan = plan_fields(planner, value, there="hidden")
        assert (plan.items, plan.skipped_writes) == ((), ())


def test_a_field_in_which_a_person_entered_the_same_value_stays_without_a_word(planner):
    plan = plan_fields(planner, "next sprint", there="next sprint")
    assert (plan.items, plan.skipped_writes) == ((), ())


@pytest.mark.parametrize(
    ("stored", "there", "written"),
    [
        (None, "sprint 2", []),
        (None, "changed", [{PLACE: "sprint 3"}]),
        ("SPRINT 2", "SPRINT 2", []),
        ("SPRINT 2", "sprint 2", [{PLACE: "sprint 3"}]),
    ],
)
def test_a_small_difference_is_not_written_over_what_we_wrote(planner, stored, there, written):
    def is_noise(item, before, new):
        assert item.key == "PAY-1"
        return (before, new) == ("sprint 2", "sprint 3")

    annotation = planner.marked("field", PLACE, "sprint 2", stored_value=stored)
    assert edits(plan_fields(planner, "sprint 3", [annotation], there=there, is_noise=is_noise)) == written
    assert edits(plan_fields(planner, "sprint 4", [annotation], there=there, is_noise=is_noise)) == [
        {PLACE: "sprint 4"}
    ]


@pytest.mark.parametrize(
    ("value", "stored", "there", "written"),
    [
        (3.33, 3.3, 3.3, []),
        (3.33, 3.3, "3.3", []),
        (3.33, None, 3.3, [{PLACE: 3.33}]),
        (3.33, 3.3, 3.4, [{PLACE: 3.33}]),
        (3.34, 3.3, 3.3, [{PLACE: 3.34}]),
        (3.33, 3.3, 3.33, []),
    ],
)
def test_a_value_that_the_tracker_rounded_is_not_written_again(planner, value, stored, there, written):
    annotation = planner.marked("field", PLACE, 3.33, stored_value=stored)
    assert edits(plan_fields(planner, value, [annotation], there=there)) == written


def test_a_field_that_is_not_wanted_any_more_gets_its_former_value_back(planner):
    ours = planner.marked("field", OTHER, "sprint 3", before="sprint 9", rules=("suggested_place",))
    item = planner.item(fields={planner.FIELD: None, OTHER: "sprint 3"}, project="PAY")
    edit = planner.one([], [ours], item=item).edit
    assert (edit.fields, edit.before) == ({OTHER: "sprint 9"}, {OTHER: "sprint 3"})


@pytest.mark.parametrize(
    ("annotation", "more"),
    [
        ({"changed_by_others": True}, {}),
        ({"unconfirmed_writes": 2}, {}),
        ({"name": "customfield_9"}, {}),
        ({}, {"write": {"fields": {"suggested_place": "Place"}}}),
        ({}, {"project_refusals": [("PAY", OTHER)]}),
        ({}, {"capabilities": Capabilities(writable_fields={"suggested_place": OTHER})}),
    ],
)
def test_such_a_field_stays_where_it_is_not_ours_not_shown_not_writable_or_only_not_found(planner, annotation, more):
    given = {"name": OTHER, "value": "sprint 3", "before": "sprint 9", "rules": ("suggested_place",)} | annotation
    ours = planner.marked("field", given.pop("name"), given.pop("value"), **given)
    item = planner.item(fields={planner.FIELD: None, OTHER: "sprint 3"}, project="PAY")
    refusals = [ProjectRefusal(project, part, "No.", planner.NOW) for project, part in more.get("project_refusals", ())]
    plan = planner([item], [], [ours], **(more | {"project_refusals": refusals}))
    assert plan.items == ()


def test_a_label_is_no_field_that_gets_a_value_back(planner):
    label = planner.labelled(name=OTHER)
    item = planner.item(fields={planner.FIELD: None, OTHER: "sprint 3"}, labels=(OTHER,))
    edit = planner.one([], [label], item=item).edit
    assert (edit.fields, edit.remove_labels) == ({}, (OTHER,))


def test_a_decision_waives_a_field_by_its_description(planner):
    waived = planner.decision(1, "suggested_place")
    plan = plan_fields(planner, "next sprint", write={"fields": {"suggested_place": "Place"}})
    assert edits(plan) == [{PLACE: "next sprint"}]
    field = OptInField("suggested_place", "the suggested place", lambda _item: "next sprint")
    plan = planner(
        [planner.item(fields={PLACE: None})],
        [],
        [],
        [waived],
        opt_in_fields={"suggested_place": field},
        capabilities=Capabilities(writable_fields={"suggested_place": PLACE}),
    )
    assert (plan.items, [one.reason for one in plan.skipped_writes]) == ((), ["A decision waives the suggested place."])


def test_two_names_for_one_field_write_it_once_and_a_name_without_a_field_nothing(planner):
    def field(name, value):
        return OptInField(name, name, lambda _item: value)

    fields = {"a": field("a", "first"), "b": field("b", "second"), "c": field("c", "third")}
    capabilities = Capabilities(writable_fields={"unused": "customfield_9", "a": PLACE, "b": PLACE, "c": OTHER})
    item = planner.item(fields={PLACE: None, OTHER: None, "customfield_9": None})
    edit = planner.one([], item=item, opt_in_fields=fields, capabilities=capabilities).edit
    assert edit.fields == {PLACE: "first", OTHER: "third"}
    assert edit.field_names == {PLACE: "a", OTHER: "c"}


def test_an_edit_names_its_fields_unless_the_score_is_the_only_one(planner):
    named = plan_fields(planner, "next sprint").items[0].edit
    assert named.field_names == {PLACE: "suggested_place"}
    score = plan_fields(planner, 4.0, name="wsjf").items[0].edit
    assert not score.field_names


# ---- labels of readiness profiles

READY = "ready-to-build"
RULE = "ready:build"


def ready(planner, *, labels=(), annotations=(), ready=("1",), since=None, decisions=(), statuses=(), **values):
    """The labels that are added and removed on an item with a readiness label."""
    hours = {} if since is None else {"1": planner.NOW - timedelta(hours=since)}
    label = ReadyLabel(profile="build", ready_ids=frozenset(ready), not_ready_since=hours)
    more = {"ready_labels": {READY: label}} | {
        name: values.pop(name) for name in ("write", "capabilities", "edit_wars") if name in values
    }
    planned = planner.one(statuses, annotations, decisions, item=planner.item(labels=labels, **values), **more)
    return planned.edit if planned else None


def set_before(planner):
    return planner.labelled(name=READY, rules=(RULE,))


def test_a_ready_item_gets_the_label_of_its_profile_without_a_comment(planner):
    edit = ready(planner)
    assert (edit.add_labels, edit.label_rules, edit.rules) == ((READY,), {READY: (RULE,)}, (RULE,))
    assert not edit.beside_comment
    assert ready(planner, ready=("2",)) is None
    assert ready(planner, labels=(READY.upper(),)) is None
    assert ready(planner, capabilities=Capabilities(can_label=False)) is None


def test_a_decision_about_one_profile_leaves_the_labels_of_the_others(planner):
    labels = {
        f"ready-to-{profile}": ReadyLabel(profile=profile, ready_ids=frozenset({"1"})) for profile in ("plan", "build")
    }
    planned = planner.one([], [], [planner.decision(1, "ready:plan")], ready_labels=labels)
    assert planned.edit.add_labels == (READY,)


def test_beside_the_team_s_own_label_each_label_keeps_its_rules(planner):
    edit = ready(planner, statuses=[planner.status()])
    assert edit.label_rules == {planner.LABEL: ("made-up",), READY: (RULE,)}
    assert edit.rules == ("made-up", RULE)
    assert edit.beside_comment is True
    assert not planner.one([planner.status()]).edit.label_rules


@pytest.mark.parametrize(
    ("values", "stays"),
    [
        ({}, True),
        ({"ready": (), "since": 23.9}, True),
        ({"ready": (), "since": 24}, False),
        ({"category": StatusCategory.DONE}, False),
    ],
)
def test_the_label_stays_for_a_day_after_an_open_item_has_ceased_to_be_ready(planner, values, stays):
    edit = ready(planner, labels=(READY,), annotations=[set_before(planner)], **values)
    assert (edit.remove_labels if edit else ()) == (() if stays else (READY,))


def test_a_decision_about_the_label_ends_it_and_nothing_else(planner):
    dismissed = planner.decision(1, RULE, kind=DecisionKind.DISMISSED)
    assert ready(planner, decisions=[dismissed]) is None
    edit = ready(planner, labels=(READY,), annotations=[set_before(planner)], decisions=[dismissed])
    assert edit.remove_labels == (READY,)
    for other in (planner.decision(1, "made-up"), planner.decision(1, RULE, review=planner.NOW)):
        assert ready(planner, decisions=[other]).add_labels == (READY,)


def test_without_the_right_to_label_no_label_may_stay(planner):
    edit = ready(
        planner, labels=(READY,), annotations=[set_before(planner)], capabilities=Capabilities(can_label=False)
    )
    assert edit.remove_labels == (READY,)
