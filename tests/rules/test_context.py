"""A rule is handed what its class declares, and nothing else."""

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from rules.catalogue import parse_page
from rules.context import INPUT_BY_ATTRIBUTE, Input, RuleContext, UndeclaredInputError
from rules.engine import assess
from rules.example import NOW
from rules.model import Block, BlockKind, FinishedItem, ItemComment, Link, Persona, Sprint, SprintState, WorkItem
from rules.registry import all_rules
from rules.rule import Hit
from rules.ruleset import Ruleset

SPRINT = Sprint("7", "Sprint 7", SprintState.FUTURE)
SAID = ItemComment(NOW, ())
DONE = FinishedItem("90", "PAY-90", NOW)
CLERK = Persona("clerk")
LINK = Link("is blocked by", "PAY-3")
TEXT = (Block(BlockKind.PARAGRAPH, "TBD: is it legal?"),)


@pytest.fixture
def family(item, backlog):
    """PAY-1 with a parent, a brother, a child, a link, a comment and a sprint."""
    first = item(
        1, text=TEXT, parent="PAY-2", links=(LINK,), sprints=(SPRINT,), discussed=NOW, question_asked=NOW, points=3.0
    )
    items = [first, item(2), item(3, parent="PAY-2"), item(4, parent="PAY-1")]
    return backlog(items, finished=(DONE,), comments={"1": (SAID,)}, on_backlog=frozenset({"1"}), personas=(CLERK,))


def item_without():
    return WorkItem(tracker="team", id="1", key="PAY-1")


def keys(items):
    return [item.key for item in items]


ACCESSES = {
    Input.FAMILY: [
        (lambda context, item: context.parent(item).key, "PAY-2"),
        (lambda context, item: keys(context.children(item)), ["PAY-4"]),
    ],
    Input.LINKS: [
        (lambda context, item: [context.linked_item(link).key for link in item.links], ["PAY-3"]),
    ],
    Input.COMMENTS: [(lambda context, item: context.comments(item), (SAID,))],
    Input.SPRINTS: [(lambda context, _item: list(context.coming_sprints), [SPRINT])],
    Input.FINISHED: [(lambda context, _item: context.finished, (DONE,))],
    Input.BACKLOG: [
        (lambda context, _item: keys(context.items()), ["PAY-1", "PAY-2", "PAY-3", "PAY-4"]),
        (lambda context, _item: context.is_ordered, True),
        (lambda context, item: context.position(item), 1),
        (lambda context, _item: context.on_backlog, frozenset({"1"})),
    ],
    Input.TODAY: [(lambda context, item: setattr(context, "judged", item) or context.now, NOW)],
    Input.PERSONAS: [(lambda context, _item: context.personas, (CLERK,))],
}


@pytest.mark.parametrize("declared", ACCESSES)
def test_a_rule_reads_what_it_has_declared_and_is_refused_anything_else(family, declared):
    item = family.items[0]
    alone = RuleContext({declared}, family, NOW)
    without = RuleContext(set(Input) - {declared}, family, NOW)
    for read, value in ACCESSES[declared]:
        assert read(alone, item) == value
        with pytest.raises(UndeclaredInputError, match=f"add Input.{declared.name} to its inputs"):
            read(without, item)


@pytest.mark.parametrize(("attribute", "declared"), INPUT_BY_ATTRIBUTE.items())
def test_an_item_comes_without_the_attributes_that_are_not_declared(only, family, now, attribute, declared):
    seen = []
    for number, inputs in enumerate((frozenset(), frozenset({declared}))):
        only(lambda item: seen.append(getattr(item, attribute)) or (), name=f"made-up-{number}", inputs=inputs)
    assess(replace(family, items=family.items[:1]), Ruleset({}), now)
    assert seen == [getattr(item_without(), attribute), getattr(family.items[0], attribute)]


def test_the_relatives_of_an_item_come_without_them_as_well(family):
    context = RuleContext({Input.FAMILY}, family, NOW)
    assert not context.hide_undeclared(family.items[0]).links
    assert context.parent(family.items[3]).links == ()


def test_other_items_come_with_the_attributes_that_the_rule_has_declared_for_the_backlog(family):
    context = RuleContext(set(Input), family, NOW, {"text", "points"})
    first = next(context.items())
    assert (first.key, first.text, first.points, first.links) == ("PAY-1", TEXT, 3.0, ())
    context.judged = family.items[0]
    assert context.linked_item(LINK).parent == "PAY-2"
    context.judged = family.items[1]
    assert context.linked_item(LINK).parent is None


@pytest.mark.parametrize(("attribute", "complaint"), [("links", "add Input.LINKS"), ("lnks", "which no item has")])
def test_an_attribute_for_the_backlog_has_to_exist_and_to_be_declared(only, attribute, complaint):
    with pytest.raises(ValueError, match=complaint):
        only(lambda _item: (), inputs=frozenset({Input.BACKLOG}), backlog_attributes=frozenset({attribute}))


def test_a_rule_that_asks_what_comes_next_declares_the_sprints_of_all_items(family):
    with pytest.raises(UndeclaredInputError, match='add "sprints"'):
        RuleContext(set(Input), family, NOW).is_near(family.items[0])


def test_an_unknown_relative_or_comment_is_none_and_never_empty(item, backlog):
    lonely = item(1, parent="PAY-9", links=(LINK,))
    context = RuleContext(set(Input), backlog([lonely]), NOW)
    assert context.parent(lonely) is None
    assert context.linked_item(LINK) is None
    assert context.comments(lonely) is None


def test_a_rule_that_needs_a_hidden_attribute_has_to_declare_it(only):
    with pytest.raises(ValueError, match=r"needs 'sprints': add Input\.SPRINTS"):
        only(lambda _item: (), needed_attributes=frozenset({"sprints"}))


def test_what_a_rule_looks_at_without_declaring_it_is_a_failure_of_that_rule_alone(only, family, now):
    only(lambda _item: (), name="curious", learn=lambda self: self.context.now)
    only(lambda _item: [Hit(variant="plain", facts={"seen": "it"})], name="fine")
    assessment = assess(family, Ruleset({}), now)
    assert {failure.rule for failure in assessment.failures} == {"curious"}
    assert {finding.rule for finding in assessment.findings} == {"fine"}


def changed(example, undeclared):
    """The example's backlog and time with something else in everything that the rule has not declared."""
    backlog, now, item = example.backlog, NOW, example.item
    other = msgspec.structs.replace(item, id="other", key="EX-99", parent=item.key)
    said = NOW - timedelta(days=1)
    blanks = {"parent": "EX-98", "links": (LINK,), "sprints": (SPRINT,), "discussed": said, "question_asked": said}
    blanks |= {"text": TEXT, "criteria": item.criteria and TEXT}
    item = msgspec.structs.replace(
        item, **{name: blanks[name] for name, needed in INPUT_BY_ATTRIBUTE.items() if needed in undeclared}
    )
    items = tuple(item if known.id == item.id else known for known in backlog.items)
    if Input.BACKLOG in undeclared and not {Input.FAMILY, Input.LINKS, Input.SPRINTS} - undeclared:
        items = (other, *items, msgspec.structs.replace(other, id="last", key="EX-97"))
    if Input.FINISHED in undeclared:
        backlog = replace(backlog, finished=(*backlog.finished, *[DONE] * 50))
    if Input.COMMENTS in undeclared:
        backlog = replace(backlog, comments={item.id: (SAID,)})
    if Input.PERSONAS in undeclared:
        backlog = replace(backlog, personas=(CLERK,))
    if Input.TODAY in undeclared:
        now += timedelta(days=400)
    return replace(backlog, items=items), now, item


@pytest.mark.parametrize("rule", all_rules().values(), ids=all_rules())
def test_no_finding_changes_with_what_its_rule_has_not_declared(rule):
    undeclared = set(Input) - rule.inputs
    assert undeclared
    for example in parse_page(rule).examples:
        backlog, now, item = changed(example, undeclared)
        configured = rule(rule.options(**example.options))
        configured.prepare(backlog, now)
        assert configured.judge(item) == example.hits(rule), example.name
