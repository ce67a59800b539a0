"""The feedback file: a table of what customers asked for, of which no name is kept."""

from datetime import date

import pytest

from rules.model import Backlog, Feedback, Link, WorkItem
from sync.settings import ConfigurationError
from sync.settings.feedback import load_feedback

RECORDS = """\
Item,Source,Customer,Date,Link
PAY-1,ticket,Acme,2026-05-01,https://desk.example/1
PAY-1,interview,acme,2026-05-20,
PAY-1,request,Globex,,
PAY-2,ticket,,2026-04-01,
PAY-1,ticket,Initech,2024-01-01,https://desk.example/old
"""


@pytest.fixture
def load(tmp_path):
    def write(text):
        path = tmp_path / "feedback.csv"
        path.write_text(text, encoding="utf-8")
        return load_feedback(path)

    return write


def test_records_are_counted_by_item_and_customers_once(load):
    found = load(RECORDS)
    assert found["PAY-1"] == Feedback(
        {"ticket": 1, "interview": 1, "request": 1},
        customers=2,
        latest=date(2026, 5, 20),
        link="https://desk.example/1",
    )
    assert (found["PAY-2"].customers, found["PAY-2"].counts) == (0, {"ticket": 1})
    assert "acme" not in str(found).casefold()


def test_the_link_is_that_of_the_latest_record_with_a_link_whatever_the_order(load):
    rows = ["PAY-1,vote,2026-05-01,https://a", "PAY-1,vote,2026-05-03,", "PAY-1,vote,2026-05-02,https://b"]
    assert load("\n".join(["Item,Source,Date,Link", *rows]))["PAY-1"].link == "https://b"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Key,Source\nPAY-1,ticket\n", "item: The column is missing. Expected: item, source, customer, date, link."),
        ("Item,Source\nPAY-1,rumour\n", 'csv:2:1: source: Unknown source "rumour". Expected one of: ticket, request,'),
        ("Item,Source,Date\nPAY-1,ticket,yesterday\n", 'csv:2:1: date: "yesterday" is not a date such as 2026-12-01.'),
    ],
)
def test_a_mistake_is_named_with_its_line(load, text, message):
    with pytest.raises(ConfigurationError) as caught:
        load(text)
    assert message in str(caught.value)


def test_linked_tickets_are_counted_with_the_recorded_feedback():
    desk = WorkItem(tracker="team", id="9", key="DESK-9", public=True)
    links = (
        Link("relates to", "DESK-9"),
        Link("links to", "https://acme.zendesk.com/agent/tickets/3"),
        Link("blocks", "PAY-2"),
    )
    items = [
        WorkItem(tracker="team", id="1", key="PAY-1", links=links),
        WorkItem(tracker="team", id="2", key="PAY-2"),
        desk,
    ]
    first, second, _ = Backlog("team", items).with_feedback({"PAY-1": Feedback({"request": 1}, customers=1)}).items
    assert (first.feedback, second.feedback) == (Feedback({"request": 1, "ticket": 2}, customers=1), None)
