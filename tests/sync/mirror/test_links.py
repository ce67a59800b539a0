"""Links into other trackers: by address, by the pattern an admin gave, and never into the own one."""

import pytest

from rules.model import Block, BlockKind, Link, WorkItem
from sync.mirror.links import LinkResolver
from sync.rounds.trackers import item_patterns
from sync.settings import load

SETTINGS = r"""
trackers:
  pay: {url: https://pay.example, email: a@pay.example, token: t, scope: project = PAY, keys: '\bPAY-\d+\b'}
  ops:
    kind: azure-devops
    url: https://dev.azure.com/example
    token: t
    project: Ops
    keys: AB#(\d+)
  old: {kind: export, path: old.csv}
"""


@pytest.fixture
def around(tmp_path):
    path = tmp_path / "steward.yaml"
    path.write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "rules.yaml").write_text("{}", encoding="utf-8")
    patterns = item_patterns(load(path).settings)
    return lambda tracker: LinkResolver(patterns, tracker)


def item(tracker, text="", links=(), title=""):
    said = (Block(BlockKind.PARAGRAPH, text),) if text else ()
    return WorkItem(tracker=tracker, id="1", key="K", title=title, text=said, links=links)


@pytest.mark.parametrize(
    ("tracker", "text", "found"),
    [
        ("pay", "See https://dev.azure.com/example/Ops/_workitems/edit/42 for it.", ("42", "ops")),
        ("pay", "See https://dev.azure.com/Example/Ops%20Team/_workitems/edit/42?x=1", ("42", "ops")),
        ("pay", "Waits for AB#7.", ("7", "ops")),
        ("ops", "Waits for https://pay.example/browse/PAY-12.", ("PAY-12", "pay")),
        ("ops", "Waits for PAY-12, then goes on.", ("PAY-12", "pay")),
        ("old", "Was PAY-12.", ("PAY-12", "pay")),
    ],
)
def test_an_item_of_another_tracker_is_recognised(around, tracker, text, found):
    (link,) = around(tracker).resolve(item(tracker, text)).links
    assert (link.target, link.tracker, link.kind) == (*found, "mentions")


@pytest.mark.parametrize(
    "text",
    ["PAY-12 is our own.", "https://elsewhere.example/browse/OPS-1", "AB# 7", "https://pay.example/browse/PAY-1"],
)
def test_nothing_else_is(around, text):
    assert around("pay").resolve(item("pay", text)).links == ()


def test_an_address_that_was_a_link_keeps_the_links_words_and_stands_once(around):
    address = Link("is blocked by", "https://pay.example/browse/PAY-12")
    own = Link("parent of", "17")
    found = around("ops").resolve(item("ops", "PAY-12 again, and PAY-13", (address, own))).links
    assert found == (own, Link("is blocked by", "PAY-12", "pay"), Link("mentions", "PAY-13", "pay"))


def test_a_pattern_that_is_none_is_told_with_its_place(tmp_path):
    path = tmp_path / "steward.yaml"
    path.write_text(SETTINGS.replace(r"AB#(\d+)", "'AB#(['"), encoding="utf-8")
    with pytest.raises(Exception, match=r"keys: .*is not a regular expression"):
        load(path)


def test_a_round_stores_them_and_a_new_neighbour_is_seen_in_what_was_read_before(desk_of):
    desk = desk_of('{"key": "PAY-1", "title": "Instalments, see AB#7", "created": "2024-03-01"}')
    desk.round()
    assert desk.item("PAY-1").links == ()
    (desk.folder / "old.jsonl").write_text("", encoding="utf-8")
    desk.settings["trackers"]["ops"] = {"kind": "export", "path": str(desk.folder / "old.jsonl"), "keys": r"AB#(\d+)"}
    desk.configure()
    desk.round()
    assert desk.item("PAY-1").links == (Link("mentions", "7", "ops"),)
