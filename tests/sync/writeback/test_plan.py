"""A plan is a function of what is known: the same twice, nothing for its own sake, nothing that is not ours."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.connection import Capabilities
from connectors.document import Bullets
from rules.lifecycle import FindingState
from rules.model import DecisionKind
from sync.settings import Write
from sync.writeback.planning.inputs import EDIT_WAR
from sync.writeback.planning.item_comment import build_content
from sync.writeback.planning.plan import SkippedWrite

BY_REASON = {"label": "by-reason"}


def said(planned):
    return planned.comment.content.document.plain_text


# ---- the same twice


def test_the_same_knowledge_gives_the_same_plan_and_the_same_id(planner):
    items = [planner.item(number) for number in range(1, 6)]
    statuses = [planner.status(number, rule) for number in range(1, 6) for rule in ("a", "b")]
    first, second = planner(items, statuses), planner(items, statuses)
    assert first == second
    assert first.id == second.id


def test_another_plan_has_another_id(planner):
    base = planner([planner.item()], [planner.status()])
    others = [
        planner([planner.item()], [planner.status(evidence="Seen: other.", facts={"seen": "other"})]),
        planner([planner.item(version="v2")], [planner.status()]),
        planner([planner.item()], [planner.status(severity="info")]),
        planner([], []),
    ]
    assert base.id not in [other.id for other in others]


def test_a_plan_counts_each_label_field_and_comment_that_it_would_change(planner):
    items = [scored(planner), planner.item(2, labels=(planner.LABEL,)), planner.item(3)]
    findings = [planner.status(1), *(planner.status(number, severity="info") for number in (2, 3))]
    plan = planner(items, findings, [planner.labelled(2)], write={"label": "by-reason"})
    assert [bool(one.comment) for one in plan.items] == [True, False, False]
    assert plan.writes == 3 + 2 + 1
    assert planner([planner.item()]).writes == 0


def test_the_order_in_which_findings_come_does_not_matter(planner):
    some = [planner.status(1, "b"), planner.status(1, "a"), planner.status(1, "c", severity="info")]
    assert planner.one(some) == planner.one(list(reversed(some)))


def test_planning_changes_nothing_it_looks_at(planner):
    situation = planner.situation([planner.item()], [planner.status()])
    before = repr(situation)
    planner([planner.item()], [planner.status()])
    assert repr(situation) == before


# ---- nothing for its own sake


def test_an_item_without_a_finding_is_left_alone(planner):
    assert planner([planner.item()]).items == ()


def test_a_finding_becomes_one_edit_and_one_comment(planner):
    planned = planner.one([planner.status()])
    assert planned.edit.add_labels == (planner.LABEL,)
    assert planned.comment.action == "add"
    assert "Why?" in said(planned)
    assert "/steward waive made-up because" in said(planned)


def test_what_is_written_already_is_not_written_again(planner):
    statuses = [planner.status()]
    planned = planner.one(statuses)
    labelled = planner.item(labels=(planner.LABEL,))
    assert planner.one(statuses, [planner.labelled(), planner.commented(planned)], item=labelled) is None


def test_a_comment_is_rewritten_when_what_was_seen_has_changed(planner):
    annotation = planner.commented(planner.one([planner.status()]))
    again = planner.one([planner.status(evidence="Seen: other.", facts={"seen": "other"})], [annotation])
    assert (again.comment.action, again.comment.comment_id) == ("replace", "77")
    assert again.comment.before == annotation.value
    assert "Seen: other." in said(again)


def test_a_comment_is_not_rewritten_for_figures_that_drift_by_themselves(planner):
    def about(n):
        return planner.status(evidence=f"8 points; n={n}.", facts={"points": 8, "n": n}, volatile_facts=("n",))

    labelled = planner.item(labels=(planner.LABEL,))
    annotations = [planner.labelled(), planner.commented(planner.one([about(40)]))]
    assert planner.one([about(41)], annotations, item=labelled) is None
    changed = planner.status(evidence="9 points; n=41.", facts={"points": 9, "n": 41}, volatile_facts=("n",))
    assert planner.one([changed], annotations, item=labelled).comment.action == "replace"


def test_what_is_for_information_is_a_label_that_names_the_reason_and_no_comment(planner):
    info = [planner.status(severity="info", allows_comment=False)]
    plan = planner([planner.item()], info, write={"label": "by-reason"})
    (planned,) = plan.items
    assert planned.edit.add_labels == ("refine-made-up",)
    assert planned.comment is None
    assert plan.skipped_writes == ()


def test_by_default_there_is_no_label(planner):
    assert Write().label is None
    assert planner.one([planner.status()], write={"label": Write().label}).edit is None


def test_a_label_by_reason_names_what_to_refine(planner):
    rules = ("missing-acceptance-criteria", "oversized-story", "unranked-item", "made-up")
    some = [planner.status(1, rule, severity="info") for rule in rules]
    edit = planner.one(some, write={"label": "by-reason"}).edit
    assert edit.label_rules == {
        "refine-criteria": ("missing-acceptance-criteria",),
        "refine-made-up": ("made-up",),
        "refine-order": ("unranked-item",),
        "refine-size": ("oversized-story",),
    }
    assert set(edit.add_labels) == set(edit.label_rules)


def test_a_label_by_reason_goes_when_its_own_reason_is_gone(planner):
    both = planner.item(labels=("refine-a", "refine-b"))
    there = [planner.labelled(name=f"refine-{rule}", rules=(rule,)) for rule in "ab"]
    waived = planner.status(1, "b", state=FindingState.WAIVED, allows_comment=False, allows_label=False)
    edit = planner.one([planner.status(1, "a", severity="info"), waived], there, item=both, write=BY_REASON).edit
    assert (edit.add_labels, edit.remove_labels) == ((), ("refine-b",))


def test_a_label_that_names_no_reason_is_only_written_beside_a_comment(planner):
    assert planner.one([planner.status(severity="info")]) is None
    assert planner.one([planner.status(state=FindingState.BEYOND_HORIZON, allows_comment=False)]) is None
    assert planner.one([planner.status()], write={"comment": False}) is None
    assert planner.one([planner.status()], capabilities=Capabilities(can_comment=False)) is None
    taken = planner.commented(planner.one([planner.status()]), changed_by_others=True, rules=("made-up",))
    assert planner.one([planner.status()], [taken]) is None


def test_a_label_that_names_no_reason_leaves_with_the_comment(planner):
    comment = planner.commented(planner.one([planner.status()]))
    label = planner.labelled()
    labelled = planner.item(labels=(planner.LABEL,))
    only_info = [planner.status(severity="info")]
    planned = planner.one(only_info, [label, comment], item=labelled)
    assert (planned.comment.action, planned.edit.remove_labels) == ("delete", (planner.LABEL,))
    assert planner.one(only_info, [label], item=labelled).edit.remove_labels == (planner.LABEL,)
    assert planner.one([planner.status()], [label, comment], item=labelled) is None


def test_a_label_of_an_earlier_version_stands_alone_as_long_as_its_finding(planner):
    labelled = planner.item(labels=(planner.LABEL,))
    only_info = [planner.status(severity="info")]
    assert planner.one(only_info, label_allowed_without_comment=True).edit.add_labels == (planner.LABEL,)
    assert planner.one(only_info, [planner.labelled()], item=labelled, label_allowed_without_comment=True) is None
    assert planner.one(
        [], [planner.labelled()], item=labelled, label_allowed_without_comment=True
    ).edit.remove_labels == (planner.LABEL,)


def test_a_second_comment_takes_no_label_with_it(planner):
    planned = planner.one([planner.status()])
    twice = [planner.commented(planned), planner.commented(planned, rules=("made-up",))]
    twice[1] = msgspec.structs.replace(twice[1], name="78")
    label = planner.labelled()
    again = planner.one([planner.status()], [*twice, label], item=planner.item(labels=(planner.LABEL,)))
    assert (again.comment.action, again.comment.comment_id, again.edit) == ("delete", "78", None)


@pytest.mark.parametrize(
    "state",
    [
        FindingState.QUIET,
        FindingState.COOLING_DOWN,
        FindingState.BASELINE,
        FindingState.SATURATED,
        FindingState.SHADOW,
        FindingState.WAIVED,
        FindingState.SNOOZED,
    ],
)
def test_what_may_not_be_spoken_about_is_held_with_its_reason(planner, state):
    silent = planner.status(state=state, allows_comment=False, allows_label=False, reason="It is so.")
    plan = planner([planner.item()], [silent])
    assert plan.items == ()
    assert [(held.key, held.what, held.reason) for held in plan.skipped_writes] == [("PAY-1", "made-up", "It is so.")]


def test_one_item_changes_nothing_in_the_plan_for_another(planner):
    items = [planner.item(1), planner.item(2, public=True), planner.item(3), planner.item(4)]
    silent = [
        planner.status(
            number, state=FindingState.QUIET, allows_comment=False, allows_label=False, reason=f"Quiet on {number}."
        )
        for number in (1, 3)
    ]
    plan = planner(items, [*silent, planner.status(4)])
    assert (plan.tracker, plan.waiting) == ("team", ())
    assert [(one.tracker, one.item, one.key, one.version) for one in plan.items] == [("team", "4", "PAY-4", "v4")]
    assert [(held.key, held.reason) for held in plan.skipped_writes] == [
        ("PAY-1", "Quiet on 1."),
        ("PAY-2", "Customers can read comments in this project."),
        ("PAY-3", "Quiet on 3."),
    ]


def test_what_is_far_away_is_a_label_and_no_comment(planner):
    far = [planner.status(state=FindingState.BEYOND_HORIZON, allows_comment=False)]
    planned = planner.one(far, write=BY_REASON)
    assert planned.comment is None
    assert planned.edit.add_labels == ("refine-made-up",)


@pytest.mark.parametrize(
    "state",
    [
        FindingState.QUIET,
        FindingState.COOLING_DOWN,
        FindingState.BASELINE,
        FindingState.SATURATED,
        FindingState.SHADOW,
        FindingState.BEYOND_HORIZON,
    ],
)
def test_what_was_said_before_stays_said_while_nothing_is_decided(planner, state):
    annotations = [planner.labelled(), planner.commented(planner.one([planner.status()]))]
    labelled = planner.item(labels=(planner.LABEL,))
    silent = planner.status(state=state, allows_comment=False, allows_label=False)
    assert planner.one([silent], annotations, item=labelled) is None


def test_a_comment_says_nothing_new_while_people_are_at_work(planner):
    annotation = planner.commented(planner.one([planner.status(1, "a")]))
    quiet = [
        planner.status(1, rule, state=FindingState.QUIET, allows_comment=False, allows_label=False)
        for rule in ("a", "b")
    ]
    assert planner.one(quiet, [annotation, planner.labelled()], item=planner.item(labels=(planner.LABEL,))) is None


# ---- at the end


def test_when_its_findings_clear_a_comment_is_deleted_and_the_label_with_it(planner):
    annotations = [planner.labelled(), planner.commented(planner.one([planner.status()]))]
    planned = planner.one([], annotations, item=planner.item(labels=("other", planner.LABEL)))
    assert planned.edit.remove_labels == (planner.LABEL,)
    assert (planned.comment.action, planned.comment.comment_id) == ("delete", "77")
    assert planned.comment.before == annotations[1].value


def test_a_comment_that_people_answered_is_left_with_one_line(planner):
    annotation = planner.commented(planner.one([planner.status()]))
    talked = planner.item(discussed=planner.NOW - timedelta(days=2))
    planned = planner.one([], [annotation], item=talked)
    assert (planned.comment.action, planned.comment.comment_id) == ("replace", "77")
    assert planned.comment.before == annotation.value
    assert len(said(planned).splitlines()) == 1
    again = planner.marked("comment", "77", planned.comment.content, rules=())
    assert planner.one([], [again], item=talked) is None


def test_the_line_that_is_left_tells_what_was_decided_about_what_the_comment_asked(planner):
    annotation = planner.commented(planner.one([planner.status(1, "a"), planner.status(1, "b")]))
    answers = [
        planner.decision(1, "a", reason="one migration"),
        planner.decision(1, "", reason="the year is full"),
        planner.decision(1, "elsewhere", reason="not asked"),
    ]
    told = said(planner.one([], [annotation], answers, item=planner.item(discussed=planner.NOW)))
    assert "one migration" in told
    assert "the year is full" in told
    assert "not asked" not in told


def test_a_discussion_from_before_our_comment_is_no_answer_to_it(planner):
    annotation = planner.commented(planner.one([planner.status()]))
    for days in (21, 20):  # it was written 20 days ago
        before = planner.item(discussed=planner.NOW - timedelta(days=days))
        assert planner.one([], [annotation], item=before).comment.action == "delete"


def test_a_settled_comment_is_taken_up_again_instead_of_writing_a_second_one(planner):
    annotation = planner.commented(planner.one([planner.status()]))
    settled = planner.one([], [annotation], item=planner.item(discussed=planner.NOW)).comment.content
    again = planner.one([planner.status()], [planner.marked("comment", "77", settled, rules=())])
    assert (again.comment.action, again.comment.comment_id) == ("replace", "77")


def test_what_people_decided_is_told_with_its_reason_on_a_comment_that_stays(planner):
    annotation = planner.commented(planner.one([planner.status(1, "a"), planner.status(1, "b")]))
    waived = planner.status(1, "a", state=FindingState.WAIVED, allows_comment=False, allows_label=False)
    answer = planner.decision(1, "a", reason="one migration")
    planned = planner.one([waived, planner.status(1, "b")], [annotation], [answer])
    assert planned.comment.action == "replace"
    assert "Waived (a) until 2026-07-01: one migration." in said(planned)


def test_an_answer_to_what_is_asked_again_is_not_told_beside_the_question(planner):
    answers = [planner.decision(1, rule, reason="one migration") for rule in ("made-up", "")]
    assert "one migration" not in said(planner.one([planner.status()], [], answers))
    accepted = planner.decision(1, "", kind=DecisionKind.ACCEPT, review=None, reason="the auditor asked for it")
    assert "the auditor asked for it" in said(planner.one([planner.status()], [], [accepted]))


def test_a_lower_severity_ends_a_comment(planner):
    annotation = planner.commented(planner.one([planner.status()]))
    assert planner.one([planner.status(severity="info")], [annotation]).comment.action == "delete"


# ---- how much


def test_findings_over_the_limit_are_counted_and_not_told(planner):
    some = [planner.status(1, rule) for rule in "abcde"]
    planned = planner.one(some, write={"budget": {"findings_per_item": 2}})
    assert said(planned).count("Why?") == 2
    assert "3 more in the report." in said(planned)
    assert set(planned.comment.content.rules) == set("abcde")


def test_warnings_come_before_what_is_for_information(planner):
    some = [planner.status(1, "a", severity="info", question="Last?"), planner.status(1, "z", question="First?")]
    inputs = planner.situation([])
    content = build_content(inputs.start_draft(planner.item()), some, inputs)
    assert content.rules == ("z", "a")
    assert content.document.plain_text.index("First?") < content.document.plain_text.index("Last?")


@pytest.mark.parametrize(("budget", "written"), [(None, 50), (0, 0), (3, 3), (999, 60)])
def test_a_round_writes_so_many_items_the_nearest_first_and_lists_the_rest(planner, budget, written):
    items = [planner.item(number) for number in range(1, 61)]
    plan = planner(items, [planner.status(number) for number in range(1, 61)], budget=budget)
    assert [one.key for one in plan.items] == [f"PAY-{number}" for number in range(1, written + 1)]
    assert list(plan.waiting) == [f"PAY-{number}" for number in range(written + 1, 61)]


def test_what_was_refused_lately_comes_last_and_uses_up_no_budget(planner):
    items = [planner.item(number) for number in range(1, 6)]
    plan = planner(items, [planner.status(number) for number in range(1, 6)], refused_items={"1", "2"}, budget=3)
    assert [one.key for one in plan.items] == ["PAY-3", "PAY-4", "PAY-5"]
    assert plan.waiting == ("PAY-1", "PAY-2")


def test_where_customers_can_read_nothing_is_written(planner):
    plan = planner([planner.item(public=True, value=1, urgency=1, risk=1, points=1)], [planner.status()])
    assert plan.items == ()
    assert plan.skipped_writes == (SkippedWrite("PAY-1", "everything", "Customers can read comments in this project."),)


@pytest.mark.parametrize(
    ("capabilities", "comment", "labels"),
    [
        (Capabilities(can_comment=False), None, True),
        (Capabilities(can_label=False), "add", False),
        (Capabilities(can_comment=False, can_label=False), None, False),
    ],
)
def test_what_a_tracker_cannot_do_is_not_planned(planner, capabilities, comment, labels):
    planned = planner.one([planner.status()], capabilities=capabilities, write=BY_REASON)
    assert (planned.comment.action if planned and planned.comment else None) == comment
    assert bool(planned and planned.edit) is labels


def test_an_admin_may_do_without_comments_or_without_the_label(planner):
    assert planner.one([planner.status()], write={"comment": False, **BY_REASON}).comment is None
    assert planner.one([planner.status()], write={"label": None}).edit is None


def test_another_label_takes_the_place_of_the_old_one(planner):
    planned = planner.one(
        [planner.status()],
        [planner.labelled()],
        item=planner.item(labels=(planner.LABEL,)),
        write={"label": "ask"},
    )
    assert (planned.edit.add_labels, planned.edit.remove_labels) == (("ask",), (planner.LABEL,))


def test_an_edit_names_the_rules_that_its_label_stands_for_and_no_others(planner):
    some = [
        planner.status(1, "b"),
        planner.status(1, "a"),
        planner.status(1, "c", allows_comment=False, allows_label=False),
    ]
    assert planner.one(some).edit.rules == ("a", "b")
    there = scored(planner, labels=(planner.LABEL,))
    edit = planner.one(some, [planner.labelled()], item=there).edit
    assert (edit.fields, edit.rules) == ({planner.FIELD: 4.0}, ())


def test_a_comment_tells_the_score_or_what_is_missing_for_it(planner):
    assert "WSJF 4" in said(planner.one([planner.status()], item=scored(planner)))
    without_risk = scored(planner, risk=None)
    assert "blank" in said(planner.one([planner.status()], item=without_risk))
    absent = ["risk reduction"]
    assert "WSJF" not in said(planner.one([planner.status()], item=without_risk, absent_score_inputs=absent))
    assert "WSJF 4" in said(planner.one([planner.status()], item=scored(planner), absent_score_inputs=absent))


def test_a_comment_leads_to_the_page_of_its_rule_where_there_are_pages(planner):
    assert "https://" not in repr(planner.one([planner.status()]))
    with_pages = planner.one([planner.status()], rule_pages_url="https://pages.example.com")
    assert "https://pages.example.com/made-up" in repr(with_pages.comment.content)


# ---- rules in shadow


def shadowed(planner, rule, **values):
    return planner.status(1, rule, state=FindingState.SHADOW, allows_comment=False, allows_label=False, **values)


def commented_on(planner, *rules):
    """What an item carries after a comment about these rules."""
    return [planner.labelled(), planner.commented(planner.one([planner.status(1, rule) for rule in rules]))]


CHANGED = {"evidence": "Seen: other.", "facts": {"seen": "other"}}


def test_a_changed_rule_in_shadow_leaves_the_comment_as_it_is(planner):
    labelled = planner.item(labels=(planner.LABEL,))
    some = [shadowed(planner, "a", **CHANGED), planner.status(1, "b")]
    assert planner.one(some, commented_on(planner, "a", "b"), item=labelled) is None


def test_a_comment_that_is_written_anew_leaves_out_what_is_in_shadow(planner):
    some = [shadowed(planner, "a", question="In shadow?"), planner.status(1, "b"), planner.status(1, "c")]
    planned = planner.one(some, commented_on(planner, "a", "b"))
    assert planned.comment.action == "replace"
    assert planned.comment.content.rules == ("b", "c")
    assert "In shadow?" not in said(planned)


@pytest.mark.parametrize("changed", [{}, {"severity": "info"}])
def test_where_only_a_rule_in_shadow_is_left_it_stays_in_the_comment_in_its_old_words(planner, changed):
    before = commented_on(planner, "a", "b")
    planned = planner.one([shadowed(planner, "a", **CHANGED, **changed)], before)
    assert (planned.comment.action, planned.comment.comment_id) == ("replace", before[1].name)
    assert planned.comment.before == before[1].value
    assert planned.comment.content.rules == ("a",)
    (bullets,) = [part for part in planned.comment.content.document.parts if isinstance(part, Bullets)]
    (old_bullets,) = [part for part in before[1].value.document.parts if isinstance(part, Bullets)]
    assert bullets.entries == old_bullets.entries[:1]
    again = planner.one([shadowed(planner, "a", **CHANGED)], [planner.labelled(), planner.commented(planned)])
    assert again is None or again.comment is None


def test_a_rule_in_shadow_whose_question_was_only_counted_stays_in_no_comment(planner):
    before = [planner.labelled(), planner.commented(planner.one([planner.status(1, rule) for rule in "abcdefg"]))]
    planned = planner.one([shadowed(planner, "g")], before)
    assert planned.comment.action == "delete"


def test_a_rule_in_shadow_begins_no_comment(planner):
    assert planner.one([shadowed(planner, "a")]) is None


# ---- what is not ours


def test_a_comment_that_is_theirs_now_is_never_touched(planner):
    planned = planner.one([planner.status()])
    taken = planner.marked("comment", "77", planned.comment.content, rules=("made-up",), changed_by_others=True)
    for statuses in ([], [planner.status()], [planner.status(facts={"seen": "x"})]):
        again = planner.one(statuses, [taken])
        assert again is None or again.comment is None


def test_a_label_that_people_put_there_is_neither_added_nor_taken_away(planner):
    for label, write in ((planner.LABEL, {}), ("refine-made-up", BY_REASON), ("Refine-Made-Up", BY_REASON)):
        theirs = planner.item(labels=(label,))
        assert planner.one([planner.status(severity="info")], item=theirs, write=write) is None
        assert planner.one([], item=theirs, write=write) is None


@pytest.mark.parametrize(
    ("edit_wars", "what"),
    [({"label"}, "label refine-made-up"), ({"comment"}, "our comment"), ({"field"}, "wsjf")],
)
def test_what_was_undone_twice_is_left_alone_and_that_is_said(planner, edit_wars, what):
    plan = planner([scored(planner)], [planner.status()], edit_wars={"1": edit_wars}, write=BY_REASON)
    (planned,) = plan.items
    written = {
        "label refine-made-up": bool(planned.edit.add_labels),
        "our comment": planned.comment is not None,
        "wsjf": bool(planned.edit.fields),
    }
    assert [name for name, done in written.items() if not done] == [what]
    assert [(held.key, held.what, held.reason) for held in plan.skipped_writes] == [("PAY-1", what, EDIT_WAR)]


def test_a_duel_ends_nothing_that_stands(planner):
    annotations = [planner.labelled(), planner.commented(planner.one([planner.status()]))]
    labelled = planner.item(labels=(planner.LABEL,))
    edit_wars = {"1": {"label", "comment", "field"}}
    assert planner.one([planner.status()], annotations, item=labelled, edit_wars=edit_wars) is None
    again = planner.one([planner.status(**CHANGED)], annotations, item=labelled, edit_wars=edit_wars)
    assert again.comment.action == "replace"


def scored(planner, **values):
    return planner.item(**({"value": 8, "urgency": 5, "risk": 3, "points": 4} | values))


def test_a_score_is_written_where_nothing_stood(planner):
    planned = planner.one(item=scored(planner))
    assert planned.edit.fields == {planner.FIELD: 4.0}
    assert planned.edit.before == {planner.FIELD: None}


def test_a_score_follows_its_inputs(planner):
    annotation = planner.marked("field", planner.FIELD, 4.0)
    planned = planner.one([], [annotation], item=scored(planner, value=12, fields={planner.FIELD: 4.0}))
    assert planned.edit.fields == {planner.FIELD: 5.0}


@pytest.mark.parametrize("there", [7.0, 0.0, "7"])
def test_a_value_that_is_not_ours_is_never_written_over(planner, there):
    plan = planner([scored(planner, fields={planner.FIELD: there})])
    assert plan.items == ()
    assert plan.skipped_writes == (SkippedWrite("PAY-1", "wsjf", "The field holds a value that we did not write."),)


def test_a_field_that_is_theirs_now_is_never_touched(planner):
    taken = planner.marked("field", planner.FIELD, 4.0, changed_by_others=True)
    for there in (None, 4.0, 9.0):
        plan = planner([scored(planner, value=12, fields={planner.FIELD: there})], [], [taken])
        assert plan.items == ()
        assert plan.skipped_writes == (
            SkippedWrite("PAY-1", "wsjf", "Somebody else changed the field; that value stays."),
        )


def test_another_field_that_is_theirs_says_nothing_about_this_one(planner):
    taken = planner.marked("field", "customfield_2", 4.0, changed_by_others=True)
    assert planner.one([], [taken], item=scored(planner)).edit.fields == {planner.FIELD: 4.0}


@pytest.mark.parametrize("missing", ["value", "urgency", "risk", "points"])
def test_from_a_blank_nothing_is_written_and_never_a_zero(planner, missing):
    plan = planner([scored(planner, **{missing: None})])
    assert plan.items == ()
    ((key, what, because),) = [(held.key, held.what, held.reason) for held in plan.skipped_writes]
    assert (key, what) == ("PAY-1", "wsjf")
    assert "blank" in because


def test_zeros_that_people_entered_are_values(planner):
    assert planner.one(item=scored(planner, value=0, urgency=0, risk=0)).edit.fields == {planner.FIELD: 0.0}


@pytest.mark.parametrize("before", [None, 2.0])
def test_when_an_input_is_gone_what_stood_there_before_us_comes_back(planner, before):
    annotation = planner.marked("field", planner.FIELD, 4.0, before=before)
    planned = planner.one([], [annotation], item=scored(planner, risk=None, fields={planner.FIELD: 4.0}))
    assert planned.edit.fields == {planner.FIELD: before}
    assert planned.edit.before == {planner.FIELD: 4.0}


def test_a_score_that_people_waived_is_left_as_it_is(planner):
    held = planner.decision(1, "wsjf", kind=DecisionKind.WAIVE)
    plan = planner([scored(planner)], [], [], [held])
    assert plan.items == ()
    assert plan.skipped_writes == (SkippedWrite("PAY-1", "wsjf", "A decision waives the score."),)


def test_a_site_without_the_field_gets_no_score(planner):
    assert planner.one(item=scored(planner), capabilities=Capabilities()) is None


# ---- whatever is known


states = st.sampled_from(list(FindingState))


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), states, st.sampled_from(["info", "warning"]), st.booleans()),
        max_size=4,
        unique_by=lambda one: one[0],
    ),
    st.sets(st.sampled_from(["label", "comment", "taken comment", "label there", "discussed"])),
)
def test_planning_again_after_a_plan_was_written_plans_nothing(planner, found, there):
    statuses = [
        planner.status(
            1,
            rule,
            severity=severity,
            state=state,
            allows_label=may and state in (FindingState.NEW, FindingState.STANDING, FindingState.BEYOND_HORIZON),
            allows_comment=may and severity == "warning" and state in (FindingState.NEW, FindingState.STANDING),
        )
        for rule, state, severity, may in found
    ]
    annotations, labels, values = [], set(), {}
    if "label" in there:
        annotations.append(planner.labelled())
        labels.add(planner.LABEL)
    if "label there" in there:
        labels.add(planner.LABEL)
    old = planner.one([planner.status(1, "a"), planner.status(1, "b")]).comment.content
    if "comment" in there:
        annotations.append(
            planner.marked("comment", "77", old, rules=old.rules, posted=planner.NOW - timedelta(days=20))
        )
    elif "taken comment" in there:
        annotations.append(planner.marked("comment", "77", old, rules=old.rules, changed_by_others=True))
    if "discussed" in there:
        values["discussed"] = planner.NOW
    first = planner.one(statuses, annotations, item=planner.item(labels=tuple(labels), **values))
    if first is None:
        return
    if first.edit is not None:
        labels = (labels | set(first.edit.add_labels)) - set(first.edit.remove_labels)
        annotations = [annotation for annotation in annotations if annotation.name not in first.edit.remove_labels]
        annotations += [planner.labelled(1, name) for name in first.edit.add_labels]
    if first.comment is not None:
        annotations = [annotation for annotation in annotations if annotation.kind != "comment"]
        if (content := first.comment.content) is not None:
            posted = planner.NOW - timedelta(days=20)
            annotations.append(planner.marked("comment", "77", content, rules=content.rules, posted=posted))
    assert planner.one(statuses, annotations, item=planner.item(labels=tuple(labels), **values)) is None


def test_of_two_comments_of_ours_the_later_one_goes(planner):
    labelled = planner.item(labels=(planner.LABEL,))
    first = planner.commented(planner.one([planner.status()]))
    for name in ("76", "78"):
        second = planner.marked("comment", name, first.value, posted=first.posted + timedelta(hours=1))
        planned = planner.one([planner.status()], [planner.labelled(), first, second], item=labelled)
        assert (planned.edit, planned.comment.action, planned.comment.comment_id) == (None, "delete", name)
        assert planned.comment.before == second.value
    for written in (first.written, first.written - timedelta(days=1)):
        annotations = [planner.labelled(written=written), first]
        assert planner.one([planner.status()], annotations, item=labelled) is None


@pytest.mark.parametrize(
    "values",
    [
        {"changed_by_others": True},
        {"unconfirmed_writes": 1, "posted": None},
        {"unconfirmed_writes": 2},
        {"value": None},
    ],
)
def test_a_comment_beside_one_that_is_not_ours_or_not_there_is_not_a_second_one(planner, values):
    first = planner.commented(planner.one([planner.status()]))
    other = msgspec.structs.replace(first, name="78", **values)
    planned = planner.one([planner.status()], [first, planner.labelled(), other])
    assert planned is None or planned.comment is None


def test_a_plan_knows_what_the_admin_calls_a_field(planner):
    assert planner([], write={"fields": {"wsjf": "WSJF"}}).names == {planner.FIELD: "WSJF"}
    assert planner([]).names == {}
