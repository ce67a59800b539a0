"""A backlog whose items are kept packed and without their texts gives the findings that it gives with them."""

from dataclasses import replace

import msgspec
import pytest

from rules.catalogue import parse_pages
from rules.engine import Judgement, assess
from rules.example import NOW
from rules.model import Backlog, OutlinedItems
from rules.registry import all_rules
from rules.remembered import Memory
from rules.ruleset import Ruleset

RULESET = Ruleset({"rules": {name: {"severity": "warning"} for name in all_rules()}})


@pytest.fixture(scope="module")
def whole() -> Backlog:
    examples = [example for page in parse_pages() for example in page.examples]
    contents = [item for example in examples for item in (example.item, *example.backlog.items)]
    items = (
        msgspec.structs.replace(content, id=str(number), key=f"EX-{number}") for number, content in enumerate(contents)
    )
    return Backlog("example", tuple(items))


@pytest.fixture
def without_texts(whole) -> Backlog:
    texts = {item.id: (item.text, item.criteria) for item in whole.items}
    items = tuple(
        msgspec.structs.replace(item, text=(), criteria=None if item.criteria is None else ()) for item in whole.items
    )
    return replace(
        whole,
        items=OutlinedItems((item, item.id.encode()) for item in items),
        load_texts=lambda ids: {item_id: texts[item_id] for item_id in ids},
    )


def test_everything_is_judged_with_its_text(whole, without_texts):
    expected = assess(whole, RULESET, NOW)
    assert {finding.rule for finding in expected.findings} >= {"likely-duplicate", "missing-acceptance-criteria"}
    assert assess(without_texts, RULESET, NOW) == expected


def test_what_has_changed_is_judged_with_its_text_and_nothing_else_is_loaded(whole, without_texts):
    loaded: list[str] = []

    def load(ids):
        loaded.extend(ids)
        return without_texts.load_texts(ids)

    backlog = replace(without_texts, load_texts=load)
    narrow = Ruleset({"rules": {name: "off" for name in all_rules() if name != "missing-acceptance-criteria"}})
    first = Judgement(backlog, narrow, NOW, Memory(), "1")
    first.judge_changes()
    found = first.assess(backlog.items)
    assert found == assess(whole, narrow, NOW)
    loaded.clear()
    digests = {item.id: item.id.encode() for item in backlog.items} | {"7": b"another"}
    changed = replace(backlog, items=OutlinedItems((item, digests[item.id]) for item in backlog.items))
    second = Judgement(changed, narrow, NOW, first.changed_memory, "1")
    assert second.judge_changes() == {"7"}
    assert second.assess(changed.items) == found
    assert loaded == ["7"]
