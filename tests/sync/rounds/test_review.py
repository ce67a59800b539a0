"""Rounds that review only changes find, store and plan what rounds that review everything would."""

import json
import random
from dataclasses import replace

import pytest

from rules.remembered import Memory
from sync.rounds import reviewed_statuses
from sync.rounds import round as rounds
from sync.rounds.context import WriteAuthority
from sync.rounds.result import RoundResult
from sync.rounds.review import ReviewState
from sync.store import findings
from sync.writeback import make_plan

NAME = "team"
COUNT = 45
KEYS = [f"PAY-{number}" for number in range(1, COUNT + 1)]
TEXTS = (
    None,
    "TBD",
    "As a buyer I want to pay in parts.\n\nAcceptance criteria:\n* it is shown",
    "Create and delete it",
)
SPRINTS = [
    {"name": "Sprint 2", "state": "active", "start": "2024-04-29", "end": "2024-05-13"},
    {"name": "Sprint 3", "state": "future", "start": "2024-05-13", "end": "2024-05-27"},
]


def backlog() -> str:
    """Stories of which the first six are in sprints; some were changed lately."""
    items = [
        {
            "key": key,
            "title": ("Improve it", "Pay by card", "Export invoices")[number % 3],
            "description": TEXTS[number % 4],
            "points": (None, 3, 20)[number % 3],
            "created": f"2024-0{1 + number % 4}-01",
            "sprint": "Sprint 2" if number < 3 else "Sprint 3" if number < 6 else None,
        }
        for number, key in enumerate(KEYS)
    ]
    return "\n".join(map(json.dumps, [{"sprints": SPRINTS}, *items]))


def delete_a_comment(desk, _chance, ana, _key, _other):
    for comment in [one.name for one in desk.annotations() if one.kind == "comment"][:1]:
        ana.delete_comment(comment)


def change_a_rule(desk, chance, *_):
    options = {"severity": chance.choice(["off", "info", "warning"]), "mode": chance.choice([None, "shadow"])}
    desk.configure(rules={"extends": ["all"], "rules": {chance.choice(["vague-title", "unranked-item"]): options}})


def change_the_settings(desk, chance, *_):
    desk.configure(write={"baseline": chance.random() < 0.5, "budget": {"next_up": chance.choice([0, 3])}})


SPOKEN = ("Is this legal?", "/steward waive it is fine", "/steward snooze 2024-08-01 later")
ACTS = (
    lambda _desk, chance, ana, key, _other: ana.edit(key, description=chance.choice(TEXTS)),
    lambda _desk, chance, ana, key, _other: ana.edit(key, points=chance.choice([None, 1, 20])),
    lambda _desk, chance, ana, key, _other: ana.edit(key, sprint=chance.choice([None, "Sprint 2", "Sprint 3"])),
    lambda _desk, chance, ana, key, _other: ana.transition(key, chance.choice(["To Do", "In Progress", "Done"])),
    lambda _desk, chance, ana, key, _other: ana.comment(key, chance.choice(SPOKEN)),
    lambda _desk, _chance, ana, key, other: ana.link(key, "is blocked by", other),
    lambda _desk, _chance, ana, key, other: ana.rank(key, before=other),
    lambda _desk, _chance, ana, key, _other: ana.delete(key),
    lambda _desk, chance, ana, *_: ana.create("PAY", "Another one", description=chance.choice(TEXTS)),
    lambda desk, chance, *_: desk.clock.advance(hours=chance.choice([1, 30, 200, 700])),
    delete_a_comment,
    change_a_rule,
    change_the_settings,
)


def act(desk, chance: random.Random) -> None:
    """Something that a person does, a change of the settings, or the passing of time."""
    keys = [item.key for item in desk.world.items.values()]
    chance.choice(ACTS)(desk, chance, desk.person(), *chance.sample(keys, 2))


@pytest.fixture
def left_out(desk, monkeypatch) -> list[int]:
    """Compare each round with one that reviews everything. The result is the number of items that were not reviewed."""
    judge, gather, counts = rounds.judge, rounds.gather_plan_inputs, list[int]()
    whole = RoundResult(tracker=NAME, round="", started=desk.clock(), mode="write")
    open_items, all_statuses = [], {}

    def compare(backlog, configuration, stored, now, result, **more):
        nonlocal whole, all_statuses
        whole = RoundResult(tracker=NAME, round="", started=now, mode="write")
        expected = judge(
            backlog, configuration, replace(stored, memory=Memory(), review=ReviewState()), now, whole, **more
        )
        all_statuses = expected.statuses
        judged = judge(backlog, configuration, stored, now, result, **more)
        reviewed = {item.id for item in judged.reviewed}
        open_items[:] = backlog.items
        assert judged.statuses.judgement.tallies == expected.statuses.judgement.tallies
        assert (result.finding_counts, result.questions, result.next_up) == (
            whole.finding_counts,
            whole.questions,
            whole.next_up,
        )
        fresh = {status.finding.id: status for status in judged.statuses.all()}
        everything = {status.finding.id: status for status in expected.statuses.all()}
        assert fresh == {name: status for name, status in everything.items() if status.finding.item in reviewed}
        with desk.database.reading() as transaction:
            stored_statuses = {
                finding.id: (finding, state, reason) for finding, state, reason in findings.present(transaction, NAME)
            }
        for status in everything.values():
            if status.finding.id not in fresh:
                assert (status.finding, status.state, status.reason) == stored_statuses.pop(status.finding.id)
        assert {finding.item for finding, _, _ in stored_statuses.values()} <= reviewed | set(judged.closed)
        counts.append(len(backlog.items) - len(reviewed))
        return judged

    def compare_plans(transaction, configuration, tracker, **inputs):
        made = gather(transaction, configuration, tracker, **inputs)
        closed = [item for item in inputs["items"] if item.id not in {one.id for one in open_items}]
        everything = inputs | {"items": [*open_items, *closed], "statuses": all_statuses}
        expected = make_plan(gather(transaction, configuration, tracker, **everything))
        plan = make_plan(made)
        assert (plan.items, plan.waiting) == (expected.items, expected.waiting)
        return made

    monkeypatch.setattr(rounds, "judge", compare)
    monkeypatch.setattr(rounds, "gather_plan_inputs", compare_plans)
    return counts


@pytest.fixture
def desk(desk_of):
    made = desk_of(backlog())
    made.configure(write={"fields": {}, "baseline": True}, rules={"extends": ["all"]})
    return made


@pytest.mark.parametrize("seed", [1, 2, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(3, 60))])
def test_a_review_of_changes_finds_and_plans_what_a_review_of_everything_would(desk, left_out, seed):
    chance = random.Random(seed)
    for number in range(12):
        for _ in range(chance.randrange(4) if number else 0):
            act(desk, chance)
        authority = chance.choice([WriteAuthority.NOBODY, WriteAuthority.BY_PERSON])
        result = desk.round(authority, only_changes=True)
        assert not result.trouble
        with desk.database.reading() as transaction:
            assert sum(result.found_by_state.values()) == len(list(findings.present(transaction, NAME)))
    assert max(left_out) > COUNT / 3


def test_most_items_are_left_out_of_a_round_without_changes(desk, left_out):
    desk.round(only_changes=True)
    desk.round(only_changes=True)
    assert left_out[0] == 0
    assert left_out[1] > COUNT / 3


def test_findings_are_in_the_order_of_the_rules_however_many_items_are_reviewed_at_a_time(desk, monkeypatch):
    findings_at_once = [status.finding for status in desk.round(WriteAuthority.NOBODY).statuses]
    monkeypatch.setattr(reviewed_statuses, "_ITEMS_PER_CHUNK", 7)
    assert [status.finding for status in desk.round(WriteAuthority.NOBODY).statuses] == findings_at_once
    assert len({finding.rule for finding in findings_at_once}) > 3
