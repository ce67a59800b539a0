"""Backlogs, items and rules that are made up on the spot."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rules import ruleset
from rules.model import Backlog, ItemKind, StatusCategory, WorkItem
from rules.rule import Hit, Message, Rule, RuleOptions, register

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)


def item_of(number: int = 1, **values: Any) -> WorkItem:
    """An open story; everything else as given."""
    given = {
        "tracker": "team",
        "id": str(number),
        "key": f"PAY-{number}",
        "project": "PAY",
        "type": "Story",
        "kind": ItemKind.STORY,
        "category": StatusCategory.TO_DO,
        "title": f"Item {number}",
        "created": NOW - timedelta(days=60),
    }
    return WorkItem(**(given | values))


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def item() -> Callable[..., WorkItem]:
    return item_of


@pytest.fixture
def backlog() -> Callable[..., Backlog]:
    """A backlog of so many stories, or of the items given."""

    def make(items: Any = 3, **more: Any) -> Backlog:
        made = [item_of(number) for number in range(1, items + 1)] if isinstance(items, int) else items
        return Backlog(tracker="team", items=tuple(made), **more)

    return make


class Options(RuleOptions):
    """Settings of the made-up rule."""

    above: float = 3
    names: tuple[str, ...] = ()


@pytest.fixture
def only(monkeypatch) -> Iterator[Callable[..., type[Rule[Any]]]]:
    """Makes a rule out of a function from an item to hits, and leaves no other rule in the register."""
    rules: dict[str, Any] = {}
    monkeypatch.setattr("rules.rule._registry", rules)
    ruleset.document_model.cache_clear()

    def make(check: Callable[[WorkItem], Any], *, name: str = "made-up", **attributes: Any) -> type[Rule[Any]]:
        body: dict[str, Any] = {
            "id": name,
            "title": "A made-up rule",
            "options": Options,
            "messages": {"plain": Message("Seen: {seen}.", "Why?", "Change it.")},
            "saturation_question": "{flagged} of {judged}. Is that so?",
            "check": lambda _self, item: iter(check(item)),
        }
        made = type("MadeUp", (Rule,), body | attributes)
        ruleset.document_model.cache_clear()
        return register(made)

    yield make
    ruleset.document_model.cache_clear()


def hit(**facts: Any) -> Hit:
    return Hit(variant="plain", facts={"seen": "it"} | facts)


@pytest.fixture(name="hit")
def _hit() -> Callable[..., Hit]:
    return hit
