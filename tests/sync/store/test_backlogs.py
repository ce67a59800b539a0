"""What a loaded backlog contains."""

from datetime import UTC, datetime

import pytest

from connectors.tracker import FetchedItem
from rules.model import Block, BlockKind, Link, StatusCategory, WorkItem
from sync.store import items, rank_order
from sync.store.backlogs import load_backlog

NOW = datetime(2026, 5, 4, tzinfo=UTC)


def save(database, *work_items):
    with database.writing() as transaction:
        items.save(transaction, [FetchedItem(item=item) for item in work_items])


def item(tracker, key, **given):
    return WorkItem(tracker=tracker, id=key, key=key, category=StatusCategory.TO_DO, **given)


def test_linked_items_of_other_trackers_come_with_the_backlog(database):
    links = (Link("is blocked by", "7", "platform"), Link("relates to", "8", "platform"), Link("blocks", "PAY-2"))
    save(database, item("pay", "PAY-1", links=links), item("pay", "PAY-2"))
    save(database, item("platform", "7", title="Vault"), item("platform", "9"))
    with database.reading() as transaction:
        backlog = load_backlog(transaction, "pay", NOW)
    assert {key: other.title for key, other in backlog.external_items.items()} == {("platform", "7"): "Vault"}


def test_an_item_that_has_left_the_scope_is_not_known(database):
    save(database, item("pay", "PAY-1", links=(Link("is blocked by", "7", "platform"),)))
    save(database, item("platform", "7"))
    with database.writing() as transaction:
        items.mark_out_of_scope(transaction, "platform", ["7"], "gone", NOW)
    with database.reading() as transaction:
        assert load_backlog(transaction, "pay", NOW).external_items == {}


@pytest.mark.parametrize("in_memory", [False, True])
def test_items_come_in_rank_order_and_without_texts_that_are_loaded_later(database, in_memory):
    text = (Block(BlockKind.PARAGRAPH, "Why."),)
    stored = [item("pay", key, text=text, title=key) for key in ("PAY-1", "PAY-2", "PAY-3")]
    save(database, *stored)
    with database.writing() as transaction:
        rank_order.save(transaction, "pay", ["PAY-3", "PAY-1"], ordered=True, on_backlog=None)
    with database.reading() as transaction:
        backlog = load_backlog(
            transaction, "pay", NOW, in_memory=in_memory, load_texts=lambda ids: items.texts(transaction, "pay", ids)
        )
        assert [(loaded.key, loaded.text) for loaded in backlog.items] == [("PAY-3", ()), ("PAY-1", ()), ("PAY-2", ())]
        assert [outline.key for outline in backlog.outlines] == ["PAY-3", "PAY-1", "PAY-2"]
        assert [loaded.text for loaded in backlog.with_texts(backlog.items)] == [text] * 3
