"""Exports as they come out of Jira and Azure DevOps: odd headers, odd cells, odd encodings, and nothing written."""

import json
from datetime import UTC, datetime

import pytest

from connectors.errors import Misconfigured
from rules.model import HierarchyLevel, ItemKind, StatusCategory
from rules.model.rich_text import plain_text
from support.opening import open_plugin

JIRA = (
    "\ufeffSummary,Issue key,Issue id,Issue Type,Status,Status Category,Priority,Created,Updated,Resolved,Description,"
    "Labels,Labels,Sprint,Sprint,Custom field (Story Points),Custom field (Rank),Outward issue link (Blocks),"
    "Comment,Custom field (Acceptance Criteria)\r\n"
    '"Pay, in parts",PAY-1,10001,Story,To Do,To Do,High,2024-03-01 09:00,2024-04-02 10:00,,'
    '"h2. Why\r\n\r\nBuyers ask for it.\r\n* one\r\n* ""two""",checkout,tax,Sprint 1,Sprint 2,5,0|i000:,PAY-2,'
    '"02/Apr/24 10:00 AM;ana;Legal wants a say.","* shown in both currencies"\r\n'
    "Old,PAY-2,10002,Bug,Done,Done,Medium,2024-01-01 09:00,2024-02-02 10:00,2024-02-02 10:00,,,,,,,,,,\r\n"
)
AZURE = (
    "ID,Work Item Type,Title,State,Assigned To,Tags,Story Points,Created Date,Changed Date,Description,"
    "Acceptance Criteria,Iteration Path,Area Path\r\n"
    '7,User Story,"Pay in parts",New,Ana Silva <ana@example.com>,checkout; tax,8,3/1/2024 9:00:00 AM,'
    '4/2/2024 10:00:00 AM,"<div>As a buyer</div><ul><li>one</li></ul>","<p>shown in <b>both</b></p>",Pay\\Sprint 2,Pay\r\n'
    "8,Bug,Wrong sign,Closed,,,,1/1/2024 9:00:00 AM,2/2/2024 10:00:00 AM,,,Pay,Pay\r\n"
)


@pytest.fixture
def read(tmp_path):
    """Everything of a file, by key."""

    def items(text, name="export.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        tracker = open_plugin("export", name="old", path=str(path))
        tracker.connect()
        census = tracker.list_ids()
        found = [one.item for batch in tracker.fetch(census.ids) for one in batch.items]
        problems = [one for batch in tracker.fetch(census.ids) for one in batch.problems]
        return {item.key: item for item in found}, problems

    return items


def test_a_jira_export_with_repeated_headers_a_byte_order_mark_and_line_breaks(read):
    found, problems = read(JIRA)
    assert problems == []
    one = found["PAY-1"]
    assert one.title == "Pay, in parts"
    assert (one.kind, one.category, one.points, one.priority) == (ItemKind.STORY, StatusCategory.TO_DO, 5, "High")
    assert one.labels == ("checkout", "tax")
    assert [sprint.name for sprint in one.sprints] == ["Sprint 1", "Sprint 2"]
    assert plain_text(one.text).splitlines() == ["Why", "Buyers ask for it.", "one", '"two"']
    assert plain_text(one.criteria) == "shown in both currencies"
    assert one.links[0].target == "PAY-2"
    assert one.created.tzinfo is not None
    assert found["PAY-2"].category is StatusCategory.DONE
    assert found["PAY-2"].points is None, "an empty cell is no zero"


def test_an_azure_export(read):
    found, problems = read(AZURE)
    assert problems == []
    one = found["7"]
    assert (one.kind, one.level, one.points) == (ItemKind.STORY, HierarchyLevel.REQUIREMENT, 8)
    assert one.labels == ("checkout", "tax")
    assert plain_text(one.text).splitlines() == ["As a buyer", "one"]
    assert plain_text(one.criteria) == "shown in both"
    assert one.area == "Pay"
    assert not found["8"].is_open


def test_json_lines_are_in_their_order(read):
    lines = "\n".join(json.dumps({"key": f"PAY-{n}", "title": f"Item {n}", "created": "2024-03-01"}) for n in (3, 1, 2))
    found, _ = read(lines, "backlog.jsonl")
    assert list(found) == ["PAY-3", "PAY-1", "PAY-2"]


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_other_delimiters(read, delimiter):
    text = delimiter.join(["Issue key", "Summary", "Labels"]) + "\n" + delimiter.join(["PAY-1", "One, two", "a"]) + "\n"
    found, _ = read(text)
    assert (found["PAY-1"].title, found["PAY-1"].labels) == ("One, two", ("a",))


@pytest.mark.parametrize("text", ["", "Name,Age\nAna,3\n", "\x00\x01\x02", "<html></html>", "[1, 2]"])
def test_a_file_that_is_no_export_is_told_in_one_message(tmp_path, text):
    path = tmp_path / "export.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Misconfigured, match=r"export\.csv"):
        open_plugin("export", name="old", path=str(path)).connect()


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(Misconfigured, match=r"nowhere\.csv"):
        open_plugin("export", name="old", path=str(tmp_path / "nowhere.csv")).connect()


def test_a_line_that_cannot_be_read_names_its_place(tmp_path, read):
    with pytest.raises(Misconfigured, match="2"):
        read('{"key": "PAY-1", "title": "One"}\n{"key": broken\n', "backlog.jsonl")


def test_nothing_is_ever_written(tmp_path):
    path = tmp_path / "export.csv"
    path.write_text(JIRA, encoding="utf-8")
    tracker = open_plugin("export", name="old", path=str(path))
    assert tracker.connect().capabilities.fields == {}
    assert tracker.target is None


def test_dates_are_utc_and_an_odd_one_is_none(read):
    found, _ = read("Issue key,Summary,Created\nPAY-1,One,2024-03-01T09:00:00+02:00\nPAY-2,Two,some day\n")
    assert found["PAY-1"].created == datetime(2024, 3, 1, 7, 0, tzinfo=UTC)
    assert found["PAY-2"].created is None
