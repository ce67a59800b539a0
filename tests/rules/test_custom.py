"""Rules of an admin in CEL: checked when loaded, never true by error, null handled, bounded, with examples."""

import time
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from rules.assessment import english_team_question
from rules.context import Input, RuleContext
from rules.engine import assess
from rules.expression import VARIABLES, ExpressionError, compile_predicate, get_example_values, get_values
from rules.model import UNREADABLE_BLOCK, Severity, Sprint, SprintState
from rules.ruleset import Ruleset

RULE = {
    "id": "no-owner-near-the-top",
    "when": "item.position <= 2 && item.assigned == false",
    "severity": "warning",
    "question": "Who will answer the team's questions about this {item}?",
    "resolution": "Assign the item.",
    "examples": [
        {"position": 1, "assigned": False, "flagged": True},
        {"position": 1, "assigned": True, "flagged": False},
    ],
}


@pytest.fixture
def judged(backlog, now):
    """The keys that a custom rule flags, and what it could not judge."""

    def judge(items, **changes):
        document = {"custom": [RULE | changes]}
        assessment = assess(backlog(items), Ruleset(document), now)
        assert assessment.failures == ()
        keys = [finding.key for finding in assessment.findings if finding.rule == RULE["id"]]
        tally = assessment.tallies.get(RULE["id"])
        return keys, [str(limit) for limit in tally.unjudged] if tally else []

    return judge


def mistake(**changes):
    with pytest.raises(ValidationError) as caught:
        Ruleset({"custom": [RULE | changes]})
    [error] = caught.value.errors()
    assert error["loc"][:2] == ("custom", 0)
    return error["msg"]


def test_it_flags_what_it_says_with_the_words_of_the_admin(backlog, item, now):
    items = [item(1, assigned=True), item(2, assigned=False), item(3, assigned=False)]
    assessment = assess(backlog(items), Ruleset({"custom": [RULE]}), now)
    [finding] = [finding for finding in assessment.findings if finding.rule == RULE["id"]]
    assert (finding.key, finding.severity, finding.question) == ("PAY-2", Severity.WARNING, RULE["question"])
    assert RULE["when"] in finding.evidence
    assert "(1 of 3 items)" in english_team_question(RULE["id"], assessment.tallies[RULE["id"]])


def test_what_has_no_answer_is_not_flagged_and_counted(judged, item):
    items = [item(1, points=5.0), item(2), item(3)]
    keys, limits = judged(
        items, when="item.points > 3", examples=[{"points": 5, "flagged": True}, {"points": 1, "flagged": False}]
    )
    assert keys == ["PAY-1"]
    [limit] = limits
    assert limit.startswith("The expression has no answer for 2 items: ")


def test_null_can_be_asked_for(judged, item):
    keys, limits = judged(
        [item(1, points=5.0), item(2)],
        when="item.points == null || item.points > 8",
        examples=[{"flagged": True}, {"points": 1, "flagged": False}],
    )
    assert (keys, limits) == (["PAY-2"], [])


@pytest.mark.parametrize(
    ("when", "unread", "told"),
    [
        ('item.description == ""', {"unknown": ("text",)}, "The description of 1 open item is not known."),
        ('!item.description.contains("safe")', {"text": (UNREADABLE_BLOCK,)}, "The description of 1 open item is not"),
        ("item.sprint == null", {"unknown": ("sprints",)}, "The sprint of 1 open item is not known."),
        ("size(item.labels) == 0", {"unknown": ("labels",)}, "The list of labels of 1 open item is not known."),
        ("!(item . blocked)", {"unknown": ("flagged",)}, "The flag of 1 open item is not known."),
    ],
)
def test_what_could_not_be_read_is_not_empty(judged, item, when, unread, told):
    flagged, other = {"flagged": True}, {"description": "safe", "sprint": "S", "labels": ["a"], "blocked": True}
    keys, limits = judged([item(1, **unread), item(2)], when=when, examples=[flagged, other | {"flagged": False}])
    assert keys == ["PAY-2"]
    assert [limit.startswith(told) for limit in limits] == [True]


def test_it_may_be_for_some_items_only(judged, item):
    items = [item(1, assigned=False, labels=("x",)), item(2, assigned=False)]
    assert judged(items, where={"label": "x"})[0] == ["PAY-1"]
    assert judged(items, types=["bug"])[0] == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"when": "item.pionts > 3"}, "undeclared reference to 'item.pionts'"),
        ({"when": "item.title > 3"}, "no matching overload"),
        ({"when": "item.title"}, "returns STRING instead of true or false"),
        ({"when": "1 +"}, "Syntax error"),
        ({"when": "true || " * 200 + "true"}, "longer than 1000 characters"),
        ({"examples": [{"position": 1, "assigned": False, "flagged": True}]}, "one with `flagged: false`"),
        (
            {
                "examples": [
                    {"position": 9, "assigned": False, "flagged": True},
                    {"position": 9, "assigned": True, "flagged": False},
                ]
            },
            "The expression does not flag example 1, which says `flagged: true`",
        ),
        (
            {"examples": [{"position": 1, "assignee": "sam", "flagged": True}, {"flagged": False}]},
            'Unknown variable "assignee"',
        ),
        ({"examples": [{"assigned": False, "flagged": True}, {"flagged": False}]}, "Example 1 cannot be judged"),
        ({"id": "oversized-story"}, "is the id of a shipped rule"),
    ],
)
def test_a_mistake_is_found_when_it_is_loaded(changes, message):
    assert message in mistake(**changes)


def test_two_rules_have_two_ids():
    with pytest.raises(ValidationError, match="Two rules have the id"):
        Ruleset({"custom": [RULE, RULE]})


def test_a_changed_expression_is_another_rule():
    before, after = (
        Ruleset({"custom": [RULE | {"when": when}]}).fingerprint(RULE["id"])
        for when in (RULE["when"], "item.position <= 1 && item.assigned == false")
    )
    assert before != after


def test_every_name_has_a_value(item, backlog, now):
    coming = Sprint("1", "Sprint 1", SprintState.FUTURE, now + timedelta(days=3))
    full = item(1, sprints=(coming,), changed_by_person=now - timedelta(days=2))
    context = RuleContext(frozenset(Input), backlog([full, item(2, parent="PAY-1")]), now)
    context.judged = full
    values = get_values(full, context)
    assert values.keys() == VARIABLES.keys()
    assert (values["sprint"], values["age_days"], values["quiet_days"], values["children"]) == ("Sprint 1", 60, 2, 1)


def test_a_hostile_expression_ends(item, backlog, now):
    nested = "item.labels.all(a, item.labels.all(b, item.labels.all(c, item.labels.all(d, a + b + c + d != ''))))"
    values = get_example_values({"labels": ["x"] * 200})
    started = time.thread_time()
    with pytest.raises(ExpressionError):
        compile_predicate(nested)(values)
    assert time.thread_time() - started < 5
    text = get_example_values({"description": "a" * 20_000})
    assert compile_predicate("item.description.matches('(a+)+$')")(text)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    st.sampled_from([name for name in VARIABLES if VARIABLES[name] in ("number", "optional text", "optional switch")]),
    st.sampled_from(["<", "<=", ">", ">=", "==", "!="]),
    st.sampled_from(["3", "2.5", "'x'", "true", "null"]),
    st.sampled_from([None, 3, 2.5, "x", True]),
)
def test_the_answer_is_true_or_false_or_none_at_all(name, operator, literal, value):
    try:
        predicate = compile_predicate(f"item.{name} {operator} {literal}")
    except ExpressionError:
        return
    try:
        answer = predicate(get_example_values({name: value}))
    except ExpressionError:
        return
    assert answer in (True, False)
    if value is None and literal != "null":
        assert answer is (operator == "!=")
