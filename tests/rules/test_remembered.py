"""Judging only what has changed gives what judging everything gives: for every rule, after every kind of change."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.assessment import Assessment
from rules.catalogue import parse_pages
from rules.context import Input
from rules.engine import Judgement, assess
from rules.example import NOW
from rules.model import (
    Backlog,
    Block,
    BlockKind,
    Feedback,
    FinishedItem,
    ItemComment,
    Link,
    Persona,
    Sprint,
    SprintState,
    StatusCategory,
    WorkItem,
)
from rules.registry import all_rules
from rules.remembered import Memory
from rules.ruleset import Ruleset

KEYS = [f"PAY-{number}" for number in range(1, 15)]
CUSTOM = {
    "id": "mine-at-the-top",
    "when": "item.position <= 3 && item.points > 2.0",
    "question": "Why?",
    "resolution": "Move it.",
    "examples": [{"position": 1, "points": 5.0, "flagged": True}, {"position": 9, "points": 5.0, "flagged": False}],
}
EVERY_RULE = {name: {"severity": "warning"} for name in all_rules()}
EXAMPLES = [(page.rule.id, example) for page in parse_pages() for example in page.examples]
CONTENTS = [item for _, example in EXAMPLES for item in (example.item, *example.backlog.items)]
"""The items of all examples: each rule flags some of them."""
FINISHED = [one for _, example in EXAMPLES for one in example.backlog.finished[:40]]
SPRINTS = [
    Sprint("1", "Sprint 1", SprintState.ACTIVE, NOW - timedelta(days=3), NOW + timedelta(days=11)),
    Sprint("2", "Sprint 2", SprintState.FUTURE, NOW + timedelta(days=11)),
    Sprint("3", "Sprint 0", SprintState.CLOSED, NOW - timedelta(days=17), NOW - timedelta(days=3)),
    Sprint("1", "Sprint 1", SprintState.CLOSED, NOW - timedelta(days=3), NOW + timedelta(days=11)),
]
ELSEWHERE = [msgspec.structs.replace(item, tracker="other", id="7", key="OPS-7") for item in CONTENTS[:20]]


@cache
def ruleset(document: str, _copy: int) -> Ruleset:
    """The rules of a document, in two copies that share nothing."""
    return Ruleset(json.loads(document))


def nth(values: Any, number: int) -> Any:
    return values[number % len(values)]


def item_like(content: WorkItem, key: str, number: int) -> WorkItem:
    """An item with the content of another one, related to other items of the backlog."""
    links = tuple(Link(link.kind, nth(KEYS, number + place)) for place, link in enumerate(content.links, start=1))
    parent = nth(KEYS, number * 7) if content.parent else None
    return msgspec.structs.replace(
        content, tracker="example", id=f"i{key}", key=key, links=links, parent=parent, version=str(number)
    )


@dataclass
class World:
    """A backlog that changes, and the rules by which it is judged."""

    items: list[WorkItem]
    now: Any = NOW
    finished: list[FinishedItem] = field(default_factory=lambda: FINISHED[:120])
    more: dict[str, Any] = field(default_factory=dict)
    rules: dict[str, Any] = field(default_factory=lambda: dict(EVERY_RULE))
    overrides: list[Any] = field(default_factory=list)
    custom: list[Any] = field(default_factory=lambda: [CUSTOM])
    languages: list[str] = field(default_factory=lambda: ["en", "de"])
    code: str = "1"
    memory: Memory = field(default_factory=Memory)

    @property
    def backlog(self) -> Backlog:
        return Backlog("example", tuple(self.items), tuple(self.finished), **self.more)

    def ruleset(self, copy: int) -> Ruleset:
        document = {
            "rules": self.rules,
            "overrides": self.overrides,
            "custom": self.custom,
            "languages": self.languages,
        }
        return ruleset(json.dumps(document), copy)

    def replace(self, number: int, **values: Any) -> None:
        place = number % len(self.items)
        self.items[place] = msgspec.structs.replace(self.items[place], **values)

    def item(self, number: int) -> WorkItem:
        return nth(self.items, number)

    def judge_changes(self) -> Assessment:
        judgement = Judgement(self.backlog, self.ruleset(1), self.now, self.memory, self.code)
        judgement.judge_changes()
        found, changed = judgement.assess(self.items), judgement.changed_memory
        ids = {item.id for item in self.items}
        kept = {item_id: known for item_id, known in self.memory.items.items() if item_id in ids}
        stored = msgspec.msgpack.encode(Memory(changed.rules, {**kept, **changed.items}))
        self.memory = msgspec.msgpack.decode(stored, type=Memory)
        return found


def rewrite(world: World, one: int, other: int) -> None:
    old = world.item(one)
    world.items[one % len(world.items)] = item_like(nth(CONTENTS, other), old.key, other)


def change_attribute(world: World, one: int, other: int) -> None:
    names = ("title", "text", "criteria", "points", "priority", "changed_by_person", "discussed", "question_asked")
    name = nth((*names, "created", "due", "value", "kind", "type", "level", "votes", "area", "flagged"), one + other)
    world.replace(one, **{name: getattr(nth(CONTENTS, other * 3), name)})


def link(world: World, one: int, other: int) -> None:
    kind = nth(("is blocked by", "blocks", "duplicates", "relates to"), other)
    made = nth((Link(kind, nth(KEYS, other)), Link(kind, "OPS-7", tracker="other")), one + other)
    links = world.item(one).links
    world.replace(one, links=tuple(known for known in links if known != made) if made in links else (*links, made))


def move_in_the_tree(world: World, one: int, other: int) -> None:
    world.replace(one, parent=nth((None, *KEYS), other))


def rank(world: World, one: int, other: int) -> None:
    item = world.items.pop(one % len(world.items))
    world.items.insert(other % (len(world.items) + 1), item)


def begin_or_put_back(world: World, one: int, other: int) -> None:
    world.replace(one, category=nth((StatusCategory.TO_DO, StatusCategory.IN_PROGRESS), other), started=NOW)


def finish(world: World, one: int, other: int) -> None:
    if len(world.items) > 3:
        item = world.items.pop(one % len(world.items))
        day = NOW - timedelta(days=other)
        done = FinishedItem(item.id, item.key, day, item.type, item.kind, item.level, item.points, parent=item.parent)
        world.finished.append(done)


def create(world: World, one: int, other: int) -> None:
    if unused := [key for key in KEYS if key not in {item.key for item in world.items}]:
        world.items.insert(one % len(world.items), item_like(nth(CONTENTS, other), unused[0], one))


def forget_finished(world: World, one: int, other: int) -> None:
    world.finished = FINISHED[one * 10 : one * 10 + other * 10]


def plan_into_sprint(world: World, one: int, other: int) -> None:
    world.replace(one, sprints=(nth(SPRINTS, other),) if other % 5 else ())


def let_time_pass(world: World, one: int, other: int) -> None:
    world.now += timedelta(hours=one) if other % 2 else timedelta(days=other)


def change_options(world: World, one: int, other: int) -> None:
    name, example = nth(EXAMPLES, one * 5 + other)
    world.rules = {**world.rules, name: {"severity": nth(("info", "warning", "off"), other), **example.options}}


def override(world: World, one: int, other: int) -> None:
    name, example = nth(EXAMPLES, one * 5 + other)
    changes = {name: {"severity": nth(("info", "off"), other), **example.options}}
    conditions = ({"label": "big"}, {"team": "Blue"}, {"type": "story"})
    world.overrides = [*world.overrides, {"where": nth(conditions, one), "rules": changes}][-2:] if other % 4 else []


def label_or_team(world: World, one: int, other: int) -> None:
    world.replace(one, labels=nth(((), ("big",)), other), team=nth(("", "Blue"), one + other))


def change_what_a_round_adds(world: World, one: int, other: int) -> None:
    feedback = Feedback().with_tickets(1) if other % 2 else None
    world.replace(one, feedback=feedback)
    said = ItemComment(NOW - timedelta(days=other), (Block(BlockKind.PARAGRAPH, "Is this legal?"),))
    world.more["comments"] = {world.item(other).id: (said,)} if one % 2 else {}


def change_the_order(world: World, one: int, other: int) -> None:
    boards = frozenset(item.id for item in world.items[: other + 1]) if one % 3 else None
    world.more |= {"ordered": bool(other % 4), "on_backlog": boards, "unread_places": (other,) if one % 2 else ()}


def change_elsewhere(world: World, one: int, other: int) -> None:
    world.more["external_items"] = {("other", "OPS-7"): nth(ELSEWHERE, other)} if one % 3 else {}


def list_personas(world: World, one: int, other: int) -> None:
    world.more["personas"] = nth(((), (Persona("clerk"),), (Persona("auditor", ("user",)),)), one + other)


def hide_attribute(world: World, one: int, other: int) -> None:
    name = nth(("points", "text", "priority", "links", "sprints", "kind", "category", "rank", "due", "criteria"), other)
    world.replace(one, unknown=(name,) if one % 3 else ())


def restrict(world: World, one: int, other: int) -> None:
    world.replace(one, restricted=bool(other % 2), assigned=nth((None, True, False), other))


def update_the_code(world: World, one: int, _other: int) -> None:
    world.code = str(one)


def change_languages_or_custom_rules(world: World, one: int, other: int) -> None:
    world.languages = nth((["en"], ["en", "de"]), one)
    world.custom = nth(([], [CUSTOM], [CUSTOM, CUSTOM | {"id": "another", "when": "item.position <= 5"}]), other)


CHANGES: tuple[Callable[[World, int, int], None], ...] = (
    rewrite,
    change_attribute,
    link,
    move_in_the_tree,
    rank,
    begin_or_put_back,
    finish,
    create,
    forget_finished,
    plan_into_sprint,
    let_time_pass,
    change_options,
    override,
    label_or_team,
    change_what_a_round_adds,
    change_the_order,
    change_elsewhere,
    list_personas,
    hide_attribute,
    restrict,
    update_the_code,
    change_languages_or_custom_rules,
)
NUMBERS = st.integers(0, 200)
HISTORIES = st.tuples(
    st.lists(NUMBERS, min_size=len(KEYS) - 3, max_size=len(KEYS) - 3),
    st.lists(st.tuples(st.sampled_from(CHANGES), NUMBERS, NUMBERS), min_size=1, max_size=8),
)


def world_of(numbers: list[int]) -> World:
    return World([item_like(nth(CONTENTS, number), key, number) for number, key in zip(numbers, KEYS, strict=False)])


def check_history(history: tuple[list[int], list[tuple[Callable[[World, int, int], None], int, int]]]) -> None:
    numbers, changes = history
    world = world_of(numbers)
    assert world.judge_changes() == assess(world.backlog, world.ruleset(2), world.now)
    for change, one, other in changes:
        change(world, one, other)
        found, expected = world.judge_changes(), assess(world.backlog, world.ruleset(2), world.now)
        assert found == expected
        assert [one.evidence_hash for one in found.findings] == [one.evidence_hash for one in expected.findings]


@given(HISTORIES)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_judging_what_changed_finds_what_judging_everything_finds(history):
    check_history(history)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@given(HISTORIES)
@settings(max_examples=4000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_judging_what_changed_finds_what_judging_everything_finds_for_long(history):
    check_history(history)


def judged_after(world: World, change: Callable[[], None]) -> int:
    """How many verdicts are found anew after a change."""
    world.judge_changes()
    change()
    judgement = Judgement(world.backlog, world.ruleset(1), world.now, world.memory, world.code)
    list(judgement)
    return judgement.new_verdict_count


@pytest.fixture
def world() -> World:
    """Without rules that look at the whole backlog or at relatives."""
    made = world_of(list(range(0, 33, 3)))
    narrow = {name for name, rule in all_rules().items() if not rule.inputs & {Input.BACKLOG, Input.FAMILY}}
    made.rules, made.custom = {name: EVERY_RULE[name] if name in narrow else "off" for name in EVERY_RULE}, []
    return made


def enabled(world: World, *inputs: Input) -> int:
    """The number of enabled rules that look at one of the inputs."""
    rules = [all_rules()[name] for name, options in world.rules.items() if options != "off"]
    return sum(not inputs or bool(rule.inputs & set(inputs)) for rule in rules)


def test_nothing_is_judged_again_when_nothing_changes(world):
    assert judged_after(world, lambda: None) == 0
    world.rules, world.custom = EVERY_RULE, [CUSTOM]
    assert judged_after(world, lambda: None) == 0


def test_nothing_is_judged_again_later_on_the_same_day(world):
    assert judged_after(world, lambda: let_time_pass(world, 23, 1)) == 0


def test_only_verdicts_for_which_a_rule_looked_at_the_day_are_found_anew_on_the_next(world):
    world.rules = {**dict.fromkeys(world.rules, "off"), "deadline-without-reason": {"severity": "info"}}
    world.items = [msgspec.structs.replace(item, due=None) for item in world.items]
    for number in (2, 5):
        world.replace(number, due=world.now.date() + timedelta(days=9), text=())
    assert judged_after(world, lambda: let_time_pass(world, 24, 1)) == 2
    assert judged_after(world, lambda: let_time_pass(world, 23, 1)) == 0


def test_what_a_rule_learns_may_depend_on_the_day_only_if_the_verdicts_are_known_to_depend_on_it(world, monkeypatch):
    rule = all_rules()["stale-score"]
    monkeypatch.setattr(rule, "learn", lambda self: (self.context.now, ())[1])
    world.replace(2, value=3.0)
    world.rules = {**dict.fromkeys(world.rules, "off"), "stale-score": {"severity": "info"}}
    assert {failure.rule for failure in world.judge_changes().failures} == {"stale-score"}


def test_only_an_edited_item_is_judged_again(world):
    assert judged_after(world, lambda: world.replace(2, title="Something else")) == enabled(world)


def test_only_the_rule_with_new_options_judges_again(world):
    changed = {"untouched-item": {"severity": "info", "days": 50}}
    assert judged_after(world, lambda: setattr(world, "rules", world.rules | changed)) == len(world.items)


@pytest.mark.parametrize(
    ("change", "is_all_judged"),
    [
        (lambda world: world.replace(2, rank="9"), True),
        (lambda world: world.items.append(world.items.pop(0)), True),
        (lambda world: world.replace(2, title="Something else"), False),
    ],
)
def test_a_rule_that_looks_at_the_whole_backlog_judges_all_of_it_after_a_change_of_what_it_looks_at(
    world, change, is_all_judged
):
    world.rules = {**dict.fromkeys(world.rules, "off"), "unranked-item": {"severity": "info"}}
    judged = judged_after(world, lambda: change(world))
    assert judged == (len(world.items) if is_all_judged else 1)


def test_what_is_linked_to_an_edited_item_is_judged_again_by_rules_that_look_at_links(world, monkeypatch):
    monkeypatch.setattr(all_rules()["untouched-item"], "inputs", all_rules()["untouched-item"].inputs | {Input.LINKS})
    target = world.item(2)
    world.items = [msgspec.structs.replace(item, links=()) for item in world.items]
    world.replace(5, links=(Link("relates to", target.key),))
    assert judged_after(world, lambda: world.replace(2, title="Something else")) == enabled(world) + 1


def test_a_verdict_of_a_rule_that_failed_is_not_remembered(world, monkeypatch):
    rule = all_rules()["untouched-item"]
    check = rule.check
    with monkeypatch.context() as broken:
        broken.setattr(rule, "check", lambda *_: 1 / 0)
        failures = world.judge_changes().failures
    assert {failure.rule for failure in failures} == {"untouched-item"}
    assert rule.check is check
    assert judged_after(replace(world), lambda: None) == 0
    assert world.judge_changes() == assess(world.backlog, world.ruleset(2), world.now)
