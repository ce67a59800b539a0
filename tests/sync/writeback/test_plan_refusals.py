"""What a plan leaves out, and what it says about that: refusals, unkept writes, and items that are not as usual."""

from datetime import timedelta

import msgspec
import pytest

from connectors.connection import Capabilities
from rules.lifecycle import FindingState
from sync.writeback.planning.inputs import EDIT_WAR, NOT_KEPT_TWICE
from sync.writeback.planning.item_comment import build_preview_content
from sync.writeback.planning.make_plan import make_plan
from sync.writeback.planning.plan import SkippedWrite
from sync.writeback.refusals import ProjectRefusal

BY_REASON = {"label": "by-reason"}
SCORE = {"value": 8, "urgency": 5, "risk": 3, "points": 4}


def said(planned):
    return planned.comment.content.document.plain_text


def skipped(plan):
    return [(one.what, one.reason) for one in plan.skipped_writes]


# ---- refused in a project


@pytest.mark.parametrize(
    ("part", "left"),
    [
        ("comment", {"labels", "fields"}),
        ("labels", {"comment", "fields"}),
        ("customfield_1", {"comment", "labels"}),
        ("customfield_2", {"comment", "labels", "fields"}),
    ],
)
def test_a_part_that_is_refused_in_a_project_is_not_written_there_and_is_everywhere_else(planner, part, left):
    refusals = [ProjectRefusal("PAY", part, "No.", planner.NOW), ProjectRefusal("OPS", "labels", "No.", planner.NOW)]
    items = [planner.item(number, project=project, **SCORE) for number, project in ((1, "PAY"), (2, "SHOP"))]
    plan = planner(items, [planner.status(1), planner.status(2)], project_refusals=refusals, write=BY_REASON)
    written = [
        {
            *(["comment"] if planned.comment else []),
            *(["labels"] if planned.edit and planned.edit.add_labels else []),
            *(["fields"] if planned.edit and planned.edit.fields else []),
        }
        for planned in plan.items
    ]
    assert written == [left, {"comment", "labels", "fields"}]


def test_a_plan_says_what_is_refused_in_a_project_by_the_name_that_the_admin_uses(planner):
    refusals = [ProjectRefusal("PAY", part, "No.", planner.NOW) for part in ("comment", planner.FIELD)]
    plan = planner([], project_refusals=refusals, write={"fields": {"wsjf": "WSJF"}})
    again = "refused in this project, and tried again after 24 hours. No."
    assert plan.skipped_writes == (
        SkippedWrite("PAY", "refused in the project", f"Comments are {again}"),
        SkippedWrite("PAY", "refused in the project", f'The field "WSJF" is {again}'),
    )


def test_labels_that_stand_are_not_removed_where_labels_are_refused(planner):
    refusals = [ProjectRefusal("PAY", "labels", "No.", planner.NOW)]
    item = planner.item(project="PAY", labels=(planner.LABEL,))
    assert planner.one([], [planner.labelled()], item=item).edit.remove_labels == (planner.LABEL,)
    assert planner.one([], [planner.labelled()], item=item, project_refusals=refusals) is None


# ---- accepted twice and not kept


def test_a_comment_that_the_tracker_does_not_keep_is_tried_twice(planner):
    content = planner.one([planner.status()]).comment.content
    lost = planner.marked("comment", "77", content, rules=content.rules, unconfirmed_writes=1)
    assert planner.one([planner.status()], [lost]).comment.action == "add"
    assert planner.one([], [lost]) is None
    edited = msgspec.structs.replace(lost, posted=planner.NOW)
    assert planner.one([planner.status()], [edited]).comment.action == "replace"
    given_up = msgspec.structs.replace(lost, unconfirmed_writes=2)
    plan = planner([planner.item()], [planner.status()], [given_up])
    assert (plan.items, skipped(plan)) == ((), [("our comment", NOT_KEPT_TWICE)])


@pytest.mark.parametrize(
    ("set_before", "present", "wanted", "is_given_up"),
    [
        (True, False, True, True),  # it was added twice and is not there
        (False, True, False, True),  # it was removed twice and is still there
        (True, False, False, False),  # nobody wants it any more
        (False, True, True, False),  # it may stay
    ],
)
def test_a_label_that_the_tracker_does_not_keep_is_left_as_it_is(planner, set_before, present, wanted, is_given_up):
    lost = planner.marked("label", "refine-a", set_before, unconfirmed_writes=2)
    item = planner.item(labels=("refine-a", "refine-old") if present else ("refine-old",))
    statuses = [planner.status(1, rule, severity="info") for rule in (["a", "b"] if wanted else ["b"])]
    plan = planner([item], statuses, [lost, planner.labelled(name="refine-old")], write=BY_REASON)
    (planned,) = plan.items
    assert (planned.edit.add_labels, planned.edit.remove_labels) == (("refine-b",), ("refine-old",))
    assert skipped(plan) == [("label refine-a", NOT_KEPT_TWICE)] * is_given_up


def test_a_field_that_the_tracker_does_not_keep_is_left_as_it_is(planner):
    lost = planner.marked("field", planner.FIELD, 4.0, unconfirmed_writes=2)
    plan = planner([planner.item(**SCORE)], [], [lost])
    assert (plan.items, skipped(plan)) == ((), [("wsjf", NOT_KEPT_TWICE)])


# ---- items that are not as usual


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        ({"missing_items": {"1"}}, "The last read of the tracker left this item out."),
        ({"bulk_changed_items": {"1"}}, "The same change was made to many items at once."),
    ],
)
def test_nothing_is_written_on_an_item_that_is_missing_or_in_question(planner, known, reason):
    items = [planner.item(1), planner.item(2)]
    plan = planner(items, [planner.status(1), planner.status(2)], **known)
    assert [planned.key for planned in plan.items] == ["PAY-2"]
    ((key, what, why),) = [(one.key, one.what, one.reason) for one in plan.skipped_writes]
    assert (key, what) == ("PAY-1", "everything")
    assert why.startswith(reason)


@pytest.mark.parametrize(
    ("unknown", "rules", "is_written"),
    [
        ("points", ("oversized-story",), False),
        ("points", ("unranked-item",), True),
        ("points", ("unranked-item", "oversized-story"), False),
        ("points", ("oversized-story", "removed-rule"), False),
        ("rank", ("oversized-story", "removed-rule"), True),
        ("rank", ("removed-rule",), False),
        ("points", (), False),
        ("kind", ("oversized-story",), False),
        ("votes", (), True),
    ],
)
def test_what_stands_on_an_item_stays_while_what_its_rules_read_is_unknown(planner, unknown, rules, is_written):
    item = planner.item(labels=(planner.LABEL,), unknown=(unknown,))
    plan = planner([item], [], [planner.labelled(rules=rules)])
    assert [planned.edit.remove_labels for planned in plan.items] == [(planner.LABEL,)] * is_written
    why = "Something about this item could not be read. Until it can be, what we wrote on it stays as it is."
    assert skipped(plan) == [("everything", why)] * (not is_written)


def test_an_item_without_annotations_may_be_written_although_something_is_unknown(planner):
    assert planner.one([planner.status()], item=planner.item(unknown=("points",))) is not None


def test_only_the_chosen_items_are_planned_and_use_up_the_budget(planner):
    items = [planner.item(number) for number in range(1, 5)]
    situation = planner.situation(items, [planner.status(number) for number in range(1, 5)])
    plan = make_plan(situation, budget=1, is_included=lambda item: item.id in "24")
    assert [planned.key for planned in plan.items] == ["PAY-2"]
    assert plan.waiting == ("PAY-4",)


def test_what_may_be_a_label_or_a_comment_is_not_among_what_is_left_out(planner):
    far = planner.status(state=FindingState.BEYOND_HORIZON, allows_comment=False)
    commented = planner.status(1, "b", allows_label=False)
    assert planner([planner.item()], [far, commented], write=BY_REASON).skipped_writes == ()


# ---- our comment when it is over


def test_a_comment_whose_words_are_not_known_is_deleted_when_nothing_is_open(planner):
    unknown = planner.marked("comment", "77", None)
    planned = planner.one([], [unknown])
    assert (planned.comment.action, planned.comment.comment_id, planned.comment.before) == ("delete", "77", None)


@pytest.mark.parametrize(
    ("answer", "action"),
    [
        ({"source": "click", "reason": "one migration"}, "replace"),
        ({"source": "click"}, "delete"),
        ({"source": "reply", "reason": "one migration"}, "delete"),
        ({"source": "click", "reason": "one migration", "rule": "another"}, "delete"),
    ],
)
def test_a_reason_that_was_only_given_in_slack_is_left_in_one_line(planner, answer, action):
    asked = planner.commented(planner.one([planner.status()]))
    planned = planner.one([], [asked], [planner.decision(**answer)])
    assert planned.comment.action == action


def test_the_line_that_is_left_follows_a_reply_that_was_edited_and_no_later_decision(planner):
    asked = planner.commented(planner.one([planner.status()]))
    first = planner.decision(id="1", reason="one migration")
    talked = planner.item(discussed=planner.NOW)
    settled = planner.one([], [asked], [first], item=talked).comment.content
    line = planner.marked("comment", "77", settled, rules=())
    assert planner.one([], [line], [first], item=talked) is None
    later = planner.decision(id="2", reason="two migrations")
    assert planner.one([], [line], [first, later], item=talked) is None
    edited = msgspec.structs.replace(later, replaces=("1",))
    again = planner.one([], [line], [edited], item=talked)
    assert (again.comment.action, again.comment.comment_id, again.comment.before) == ("replace", "77", settled)
    assert "two migrations" in said(again)
    written = planner.marked("comment", "77", again.comment.content, rules=())
    assert planner.one([], [written], [edited], item=talked) is None


def test_a_comment_tells_which_commands_were_rejected_on_its_item(planner):
    notices = {"1": ("A reply was not accepted.",), "2": ("Another one was not accepted.",)}
    told = said(planner.one([planner.status()], notices=notices))
    assert "A reply was not accepted." in told
    assert "Another one" not in told


def test_the_comment_that_would_be_written_without_waiting_is_about_all_that_is_not_answered(planner):
    quiet = {"state": FindingState.QUIET, "allows_comment": False, "allows_label": False}
    statuses = [
        planner.status(1, "a", question="Waiting?", **quiet),
        planner.status(1, "b", **(quiet | {"state": FindingState.WAIVED})),
        planner.status(1, "c", severity="info"),
        planner.status(2, "d"),
    ]
    decisions = [planner.decision(1, "b", reason="one migration"), planner.decision(2, "", reason="not this item")]
    situation = planner.situation([], statuses, (), decisions, notices={"1": ("Rejected.",)})
    content = build_preview_content(planner.item(), situation)
    assert content.rules == ("a",)
    told = content.document.plain_text
    assert [words in told for words in ("Waiting?", "one migration", "not this item", "Rejected.")] == [
        True,
        True,
        False,
        True,
    ]
    assert build_preview_content(planner.item(3), situation) is None
    undecided = planner.situation([], statuses)
    assert build_preview_content(planner.item(2), undecided).rules == ("d",)


def test_an_edit_war_about_labels_is_told_for_each_label_and_ends_no_removal(planner):
    item = planner.item(labels=("refine-old",))
    old = planner.labelled(name="refine-old")
    statuses = [planner.status(1, rule, severity="info") for rule in "ab"]
    plan = planner([item], statuses, [old], edit_wars={"1": {"label"}}, write=BY_REASON)
    (planned,) = plan.items
    assert (planned.edit.add_labels, planned.edit.remove_labels) == ((), ("refine-old",))
    assert skipped(plan) == [("label refine-a", EDIT_WAR), ("label refine-b", EDIT_WAR)]


def test_an_edit_war_about_labels_does_not_bring_back_a_removal_that_was_given_up(planner):
    lost = planner.marked("label", "refine-old", value=False, unconfirmed_writes=2)
    item = planner.item(labels=("refine-old",))
    statuses = [planner.status(1, "a", severity="info")]
    plan = planner([item], statuses, [lost], edit_wars={"1": {"label"}}, write=BY_REASON)
    assert plan.items == ()
    assert skipped(plan) == [("label refine-old", NOT_KEPT_TWICE), ("label refine-a", EDIT_WAR)]


def test_a_program_that_changed_what_was_written_for_a_rule_gets_no_new_label_for_it(planner):
    by_program = planner.marked("comment", "77", None, rules=("a",), changed_by_others=True, changed_by_program=True)
    by_person = planner.marked("comment", "78", None, rules=("b",), changed_by_others=True)
    statuses = [planner.status(1, rule, severity="info") for rule in "ab"]
    assert planner.one(statuses, [by_program, by_person], write=BY_REASON).edit.add_labels == ("refine-b",)


@pytest.mark.parametrize(
    ("comment", "is_left"),
    [
        ({}, True),
        ({"changed_by_others": True}, False),
        ({"unconfirmed_writes": 1, "posted": None}, False),
        ({"rules": ()}, False),
        ({"value": None}, False),
    ],
)
def test_the_team_s_own_label_stays_beside_a_comment_of_ours_that_asks_something(planner, comment, is_left):
    content = planner.one([planner.status()]).comment.content
    given = {"value": content, "rules": content.rules, "posted": planner.NOW - timedelta(days=20)}
    values = given | comment
    annotation = planner.marked("comment", "77", values.pop("value"), **values)
    item = planner.item(labels=(planner.LABEL,))
    silent = planner.status(state=FindingState.QUIET, allows_comment=False, allows_label=False)
    # Without the right to comment, the plan leaves the comment as it is.
    planned = planner.one(
        [silent], [annotation, planner.labelled()], item=item, capabilities=Capabilities(can_comment=False)
    )
    assert (planned is None) is is_left
