"""Exports as they come out of Jira and Azure DevOps: odd headers, odd cells, odd encodings, and nothing written."""

import csv
import io
import json
import os
import threading
from datetime import UTC, date, datetime

import pytest

from connectors.errors import Misconfigured
from rules.engine import assess
from rules.model import Backlog, BlockKind, HierarchyLevel, ItemKind, Link, Release, StatusCategory
from rules.model.rich_text import plain_text
from rules.ruleset import Ruleset
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


def test_due_dates_and_releases_are_read_from_columns(read):
    header = "Summary,Issue key,Status,Created,Due date,Fix versions,Fix versions\n"
    found, _ = read(header + "A,PAY-1,To Do,13/Mar/24,30/Mar/24 12:00 AM,2.4,2.5\nB,PAY-2,To Do,14/Mar/24,soon,,\n")
    assert (found["PAY-1"].due, [release.name for release in found["PAY-1"].releases]) == (
        date(2024, 3, 30),
        ["2.4", "2.5"],
    )
    assert (found["PAY-2"].due, found["PAY-2"].is_known("due"), found["PAY-2"].is_known("releases")) == (
        None,
        False,
        True,
    )
    found, _ = read(AZURE)
    assert not found["7"].is_known("due"), "a file without the column"
    lines = '{"key": "PAY-1", "title": "A", "due": "2024-03-30", "releases": ["2.4", {"name": "2.5", "date": "2024-05-01"}]}'
    found, _ = read(lines, "items.jsonl")
    assert (found["PAY-1"].due, found["PAY-1"].releases) == (
        date(2024, 3, 30),
        (Release("2.4"), Release("2.5", date(2024, 5, 1))),
    )


def test_json_lines_are_in_their_order(read):
    lines = "\n".join(json.dumps({"key": f"PAY-{n}", "title": f"Item {n}", "created": "2024-03-01"}) for n in (3, 1, 2))
    found, _ = read(lines, "backlog.jsonl")
    assert list(found) == ["PAY-3", "PAY-1", "PAY-2"]


@pytest.mark.parametrize(
    ("escaped", "title"),
    [
        (r"\ud83d pay", "\ufffd pay"),
        (r"\uDE00 pay", "\ufffd pay"),
        (r"\ud83d\ude00 pay", "\U0001f600 pay"),
        (r"\\ud83d pay", r"\ud83d pay"),
    ],
)
@pytest.mark.parametrize("form", ["{}\n", "[{}]"], ids=["lines", "document"])
def test_half_a_character_is_replaced(read, form, escaped, title):
    line = json.dumps({"key": "PAY-1", "title": "X", "created": "2024-03-01"}).replace("X", escaped)
    found, _ = read(form.replace("{}", line), "backlog.jsonl")
    assert found["PAY-1"].title == title
    assert found["PAY-1"].title.encode()


def test_the_first_line_may_declare_any_delimiter(read):
    found, _ = read("sep=^\nIssue key^Summary^Labels\nPAY-1^One; two, three^a\n")
    assert (found["PAY-1"].title, found["PAY-1"].labels) == ("One; two, three", ("a",))


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
    assert tracker.connect().capabilities.writable_fields == {}
    assert tracker.target is None


def test_dates_are_utc_and_an_odd_one_is_none(read):
    found, _ = read("Issue key,Summary,Created\nPAY-1,One,2024-03-01T09:00:00+02:00\nPAY-2,Two,some day\n")
    assert found["PAY-1"].created == datetime(2024, 3, 1, 7, 0, tzinfo=UTC)
    assert found["PAY-2"].created is None


# ---- what a file lacks is unknown


@pytest.fixture
def judge(tmp_path):
    """Connection and findings, as (rule, item), of a file."""

    def judged(content, name="export.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        tracker = open_plugin("export", name="old", path=str(path))
        connection = tracker.connect()
        scope = tracker.list_ids()
        items = [one.item for batch in tracker.fetch(scope.ids) for one in batch.items]
        backlog = Backlog("old", [item for item in items if item.is_open], ordered=connection.capabilities.is_ordered)
        found = assess(backlog, Ruleset({"rules": {"oversized-story": {"above": 5}}}), datetime(2026, 1, 1, tzinfo=UTC))
        assert found.failures == ()
        return connection, {(finding.rule, finding.key) for finding in found.findings}

    return judged


JIRA_ROW = {
    "Issue key": "PAY-1", "Summary": "Pay in parts", "Work type": "Story", "Status": "To Do", "Status Category": "To Do",
    "Priority": "Medium", "Description": "", "Sprint": "", "Story Points": "13", "Rank": "0|i000:", "Created": "2024-03-01",
}  # fmt: skip
AZURE_ROW = {
    "ID": "1", "Title": "Pay in parts", "Work Item Type": "User Story", "State": "New", "Priority": "2",
    "Description": "", "Acceptance Criteria": "", "Iteration Path": "Pay", "Story Points": "13", "Stack Rank": "",
    "Created Date": "2024-03-01",
}  # fmt: skip
CRITERIA, SIZE, ORDER = "missing-acceptance-criteria", "oversized-story", "unranked-item"


@pytest.mark.parametrize(
    ("given", "judged"),
    [({}, False), ({"priority": "Medium"}, False), ({"rank": "a"}, False), ({"priority": "Medium", "rank": "a"}, True)],
)
def test_lines_without_any_priority_or_rank_are_not_judged_by_their_order(judge, given, judged):
    rows = [
        {"key": "PAY-1", "title": "One", "description": "", "created": "2024-03-01", **given},
        {"key": "PAY-2", "title": "Two", "created": "2024-03-02"},
    ]
    connection, found = judge("\n".join(map(json.dumps, rows)), name="export.jsonl")
    assert ((ORDER, "PAY-2") in found) is judged
    assert (
        any(f"lacks {', '.join(sorted({'priority', 'rank'} - given.keys()))}" in note for note in connection.notes)
        is not judged
    )


def table(*read_rows, delimiter=","):
    file = io.StringIO()
    writer = csv.DictWriter(file, list(read_rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(read_rows)
    return file.getvalue()


@pytest.mark.parametrize(("row", "key", "rank"), [(JIRA_ROW, "Issue key", "Rank"), (AZURE_ROW, "ID", "Stack Rank")])
def test_a_file_with_all_columns_is_judged_by_every_rule(judge, row, key, rank):
    _, found = judge(table({**row, rank: "1"}, {**row, key: "PAY-2", rank: ""}))
    assert {rule for rule, _ in found} == {CRITERIA, SIZE, ORDER}


@pytest.mark.parametrize(
    ("row", "column", "silent"),
    [
        (JIRA_ROW, "Description", {CRITERIA}),
        (JIRA_ROW, "Priority", {ORDER}),
        (JIRA_ROW, "Sprint", {ORDER}),
        (JIRA_ROW, "Rank", {ORDER}),
        (JIRA_ROW, "Story Points", {SIZE}),
        (JIRA_ROW, "Work type", {CRITERIA, SIZE, ORDER}),
        (AZURE_ROW, "Description", {CRITERIA}),
        (AZURE_ROW, "Acceptance Criteria", {CRITERIA}),
        (AZURE_ROW, "Priority", {ORDER}),
        (AZURE_ROW, "Iteration Path", {ORDER}),
        (AZURE_ROW, "Stack Rank", {ORDER}),
        (AZURE_ROW, "Story Points", {SIZE}),
        (AZURE_ROW, "Work Item Type", {CRITERIA, SIZE, ORDER}),
        (AZURE_ROW, "State", {CRITERIA, SIZE, ORDER}),
    ],
)
def test_without_a_column_the_rules_that_need_it_are_silent_and_it_is_named(judge, row, column, silent):
    connection, found = judge(table({name: value for name, value in row.items() if name != column}))
    assert {rule for rule, _ in found} & silent == set()
    assert CRITERIA in silent or (CRITERIA, row.get("Issue key", "1")) in found
    (lacking,) = [note for note in connection.notes if "lacks" in note]
    assert lacking == f"The export lacks {column}. What depends on them is not judged."


@pytest.mark.parametrize(("column", "outcome"), [("Resolution", "Done"), ("Resolution date", "2024-03-01")])
def test_without_any_status_an_item_is_open_only_if_the_file_has_outcomes_and_it_has_none(judge, column, outcome):
    row = {name: value for name, value in JIRA_ROW.items() if not name.startswith(("Status", "Resol"))}
    connection, found = judge(table(row))
    assert found == set()
    assert any("Status" in note for note in connection.notes)
    _, found = judge(table({**row, column: ""}, {**row, "Issue key": "PAY-2", column: outcome}))
    assert {key for _, key in found} == {"PAY-1"}


def test_a_status_that_nobody_knows_is_neither_begun_nor_done_nor_to_be_begun(read):
    found, _ = read(table({"Issue key": "PAY-1", "Summary": "x", "Status": "In der Prüfung"}))
    assert found["PAY-1"].category is StatusCategory.UNKNOWN
    assert "category" in found["PAY-1"].unknown


DEFAULTS = {
    "Jira": "Issue Type,Key,Summary,Assignee,Reporter,Priority,Status,Resolution,Created,Updated,Due date\n"
    "Story,PAY-1,Pay,,,Medium,To Do,Unresolved,02/Apr/24 10:00,03/Apr/24 11:00,\n",
    "Jira in 2025": "Work type,Work item key,Summary,Assignee,Reporter,Priority,Status,Resolution,Created\n"
    "Story,PAY-1,Pay,,,Medium,To Do,Unresolved,02/Apr/24 10:00\n",
    "Azure": "ID,Work Item Type,Title,Assigned To,State,Tags\n1,User Story,Pay,,New,\n",
    "Azure tree": "ID,Work Item Type,Title 1,Title 2,Assigned To,State,Tags\n1,Feature,Big,,,New,\n2,User Story,,Pay,,New,\n",
}


@pytest.mark.parametrize("text", DEFAULTS.values(), ids=DEFAULTS)
def test_the_default_exports_of_both_trackers_give_no_false_finding(judge, text):
    connection, found = judge(text)
    assert found == set()
    (lacking,) = [note for note in connection.notes if "lacks" in note]
    assert "Description" in lacking


def test_a_tree_tells_the_parents(read):
    found, _ = read(
        "ID,Work Item Type,Title 1,Title 2,Title 3,State\n1,Epic,A,,,New\n2,Feature,,B,,New\n3,User Story,,,C,New\n"
        "4,Feature,,D,,New\n5,User Story,,,E,New\n6,Epic,F,,,New\n"
    )
    assert {key: (item.title, item.parent) for key, item in found.items()} == {
        "1": ("A", None), "2": ("B", "1"), "3": ("C", "2"), "4": ("D", "1"), "5": ("E", "4"), "6": ("F", None),
    }  # fmt: skip


def test_items_that_were_closed_without_being_done_teach_nothing(read):
    row = {"Issue key": "PAY-1", "Summary": "x", "Status": "Done", "Resolved": "2024-03-01"}
    found, _ = read(table(*({**row, "Issue key": f"PAY-{n}", "Resolution": name} for n, name in enumerate(
        ["Done", "Won't Do", "Duplicate", "Cannot Reproduce"]))))  # fmt: skip
    assert [item.category for item in found.values()] == [StatusCategory.DONE, *[StatusCategory.REMOVED] * 3]
    found, _ = read(
        table({**row, "Status": "Cancelled", "Resolved": ""}, {**row, "Issue key": "PAY-2", "Status": "Won’t do"})
    )
    assert {item.category for item in found.values()} == {StatusCategory.REMOVED}


def test_resolved_is_not_done_in_azure_devops(read):
    found, _ = read("ID,Work Item Type,Title,State,Resolved Date,Closed Date\n1,Bug,x,Resolved,2024-03-01,\n")
    assert (found["1"].category, found["1"].resolved) == (StatusCategory.IN_PROGRESS, None)


def test_cells_that_may_be_under_the_wrong_names_are_not_judged(judge):
    header = ",".join(JIRA_ROW)
    shifted = "PAY-1,Pay, in parts,Story,To Do,To Do,Medium,,,13,0|i000:,2024-03-01"
    short = "PAY-2,Pay,Story,To Do"
    connection, found = judge(f"{header}\n{shifted}\n{short}\n")
    assert found == set()
    assert any(
        note.startswith("Rows with more or fewer cells than the header: 2 (line 2, 3)") for note in connection.notes
    )


def test_trailing_delimiters_do_no_harm(judge):
    text = "\n".join(f"{line},," if number else line for number, line in enumerate(table(JIRA_ROW).splitlines()))
    connection, found = judge(text)
    assert (CRITERIA, "PAY-1") in found
    assert not any("cells" in note for note in connection.notes)


def test_a_size_that_is_no_number_is_unknown_and_not_missing(read):
    found, _ = read(table({**JIRA_ROW, "Story Points": "about five"}))
    assert (found["PAY-1"].points, "points" in found["PAY-1"].unknown) == (None, True)


# ---- dates


def test_dates_that_were_not_understood_are_counted_and_shown(judge):
    read_rows = [{**JIRA_ROW, "Issue key": f"PAY-{n}", "Created": text} for n, text in enumerate(
        ["13/02/2024", "soon", "23/04/2024", "02/14/2024"])]  # fmt: skip
    connection, _ = judge(table(*read_rows))
    assert '2 dates were not understood, such as "soon" (PAY-1, line 3).' in connection.notes


def test_day_and_month_are_not_mixed_within_a_file(read):
    read_rows = [{**AZURE_ROW, "ID": str(n), "Created Date": text} for n, text in enumerate(
        ["03/04/2024 09:00:00", "25/04/2024 09:00:00", "04/03/2024 09:00:00"])]  # fmt: skip
    found, _ = read(table(*read_rows))
    assert [item.created.strftime("%d %b") for item in found.values()] == ["03 Apr", "25 Apr", "04 Mar"]


# ---- encodings, delimiters, pipes

UMLAUTS = table({**JIRA_ROW, "Summary": "Größe für Käufer prüfen", "Description": "Änderung"})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_encodings_are_detected(read, judge, encoding):
    found, _ = read(UMLAUTS, encoding=encoding)
    assert found["PAY-1"].title == "Größe für Käufer prüfen"
    connection, _ = judge(UMLAUTS, encoding=encoding)
    assert any("Windows-1252" in note for note in connection.notes) == (encoding == "cp1252")


def test_a_few_broken_bytes_do_not_change_the_encoding(judge, read, tmp_path):
    text = UMLAUTS.encode() + UMLAUTS.encode().splitlines()[1].replace(b"PAY-1", b"PAY-2").replace(
        "ö".encode(), b"\xf6"
    )
    connection, _ = judge(text)
    assert any(note.startswith("1 characters of") for note in connection.notes)
    tracker = open_plugin("export", name="old", path=str(tmp_path / "export.csv"))
    titles = [one.item.title for batch in tracker.fetch(["PAY-1", "PAY-2"]) for one in batch.items]
    assert titles == ["Größe für Käufer prüfen", "Gr\ufffdße für Käufer prüfen"]


NOT_TEXT = {
    "Excel": b"PK\x03\x04\x14\x00", "old Excel": b"\xd0\xcf\x11\xe0\xa1\xb1", "gzip": b"\x1f\x8b\x08\x00", "PDF": b"%PDF-1.7",
    "web page": b"<!DOCTYPE html><table>", "XML": b"<?xml version='1.0'?><rss/>", "not a text": b"Issue key\x00\x01\x02\x03,x",
}  # fmt: skip


@pytest.mark.parametrize("content", NOT_TEXT.values(), ids=NOT_TEXT)
def test_what_is_no_text_is_refused_with_the_reason(judge, content):
    with pytest.raises(Misconfigured, match=r"export\.csv is (an?|compressed|not) .*CSV"):
        judge(content)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("told", [True, False])
def test_the_delimiter_is_what_the_first_line_says_or_what_gives_columns(read, delimiter, told):
    row = {"Issue key": "PAY-1", "Summary": "a,b;c|d", "Labels, all of them; or | some": "x", "Status": "To Do"}
    text = table(row, delimiter=delimiter)
    found, _ = read(f"sep={delimiter}\r\n{text}" if told else text)
    assert (found["PAY-1"].title, found["PAY-1"].status) == ("a,b;c|d", "To Do")


def test_lines_before_the_header_and_line_breaks_in_it_are_skipped(read):
    found, _ = read('Project: Pay,Server: x\n\n"Issue\nkey",Summary,Status\nPAY-1,One,To Do\n')
    assert found["PAY-1"].title == "One"


def test_an_unclosed_quotation_mark_does_not_swallow_the_rest(judge):
    with pytest.raises(Misconfigured, match=r"export\.csv:2: .*complete"):
        judge('Issue key,Summary\nPAY-1,"One\nPAY-2,Two\n')


@pytest.mark.parametrize("text", [UMLAUTS, '{"key": "PAY-1", "title": "One"}\n'])
def test_a_pipe_is_read_as_often_as_needed(tmp_path, text):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_text, args=(text,), kwargs={"encoding": "utf-8"}, daemon=True)
    writer.start()
    tracker = open_plugin("export", name="old", path=str(path))
    tracker.connect()
    for _ in range(2):
        assert tracker.list_ids().ids == ("PAY-1",)
        assert [one.item.key for batch in tracker.fetch(["PAY-1"]) for one in batch.items] == ["PAY-1"]
    tracker.close()
    writer.join(30)


# ---- JSON

ISSUE = {
    "id": "10001", "key": "PAY-1",
    "fields": {
        "summary": "Pay in parts", "issuetype": {"name": "Story"}, "status": {"name": "Offen", "statusCategory": {"name": "To Do"}},
        "description": {"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "Why"}]}]},
        "priority": {"name": "High"}, "created": "2024-03-01T09:00:00.000+0100", "labels": ["a"], "resolution": None,
        "components": [{"name": "Web"}], "parent": {"key": "PAY-9"}, "customfield_10016": 5, "duedate": None,
        "fixVersions": [{"name": "2.4", "releaseDate": "2024-06-15", "released": True}],
    },
}  # fmt: skip
WORK_ITEM = {
    "id": 7, "rev": 3,
    "fields": {
        "System.Title": "Pay in parts", "System.WorkItemType": "User Story", "System.State": "New",
        "System.Description": "<div>Why</div>", "System.Tags": "a; b", "System.IterationPath": "Pay\\Sprint 2",
        "Microsoft.VSTS.Common.AcceptanceCriteria": "<ul><li>shown</li></ul>", "System.CreatedDate": "2024-03-01T08:00:00Z",
        "Microsoft.VSTS.Scheduling.StoryPoints": 8.0, "Microsoft.VSTS.Common.Priority": 2,
        "Microsoft.VSTS.Scheduling.TargetDate": "2024-06-30T00:00:00Z",
    },
}  # fmt: skip


@pytest.mark.parametrize(
    "wrap",
    [
        json.dumps,
        lambda item: json.dumps(item, indent=2),
        lambda item: json.dumps([item]),
        lambda item: json.dumps({"issues": [item]} if "key" in item else {"count": 1, "value": [item]}),
        lambda item: json.dumps({"issues": [item]} if "key" in item else {"value": [item]}, indent=2),
    ],
    ids=["lines", "over many lines", "array", "reply", "reply over many lines"],
)
def test_items_of_the_rest_apis_are_read(read, judge, wrap):
    found, problems = read(wrap(ISSUE), "issues.json")
    item = found["PAY-1"]
    assert problems == []
    assert (item.title, plain_text(item.text), item.kind, item.category) == (
        "Pay in parts", "Why", ItemKind.STORY, StatusCategory.TO_DO
    )  # fmt: skip
    assert (item.labels, item.components, item.parent, item.priority) == (("a",), ("Web",), "PAY-9", "High")
    assert item.created == datetime(2024, 3, 1, 8, tzinfo=UTC)
    assert (item.due, item.releases) == (None, (Release("2.4", date(2024, 6, 15), released=True),))
    assert {"points", "sprints", "criteria"} <= set(item.unknown), "the API gives custom fields no names"
    found, _ = read(wrap(WORK_ITEM), "items.json")
    item = found["7"]
    assert (item.title, plain_text(item.text), plain_text(item.criteria)) == ("Pay in parts", "Why", "shown")
    assert (item.points, item.labels, [sprint.name for sprint in item.sprints]) == (8, ("a", "b"), ["Sprint 2"])
    assert (item.due, item.unknown) == (date(2024, 6, 30), ("links", "flagged"))
    assert judge(wrap(ISSUE), "issues.json")[1] == set()


def test_items_of_the_rest_apis_are_read_in_every_language_and_markup(read):
    fields = ISSUE["fields"] | {
        "status": {"name": "Livré", "statusCategory": {"key": "done", "name": "Terminé"}},
        "issuelinks": [
            {"type": {"inward": "is blocked by", "outward": "blocks"}, "inwardIssue": {"key": "PAY-2"}},
            None,
        ],
        "security": {"name": "Board only"},
    }
    item = read(json.dumps(ISSUE | {"fields": fields}), "issues.json")[0]["PAY-1"]
    assert (item.category, item.links, item.restricted) == (
        StatusCategory.DONE, (Link("is blocked by", "PAY-2"),), True
    )  # fmt: skip
    text = {"System.Description": "# Acceptance criteria\n- [ ] It opens."}
    written = WORK_ITEM | {"fields": text, "multilineFieldsFormat": {"System.Description": "markdown"}}
    item = read(json.dumps(written), "items.json")[0]["7"]
    assert [block.kind for block in item.text] == [BlockKind.HEADING, BlockKind.TASK]


@pytest.mark.parametrize(
    ("key", "value", "unknown"),
    [
        ("title", ["Pay"], "title"),
        ("status", ["Done"], "category"),
        ("status", {"id": 3}, "category"),
        ("type", [7], "kind"),
        ("priority", False, "priority"),
        ("sprint", True, "sprints"),
        ("sprint", [{"id": 7}], "sprints"),
        ("labels", {"a": 1}, "labels"),
        ("description", {"a": 1}, "text"),
        ("description", True, "text"),
        ("acceptance_criteria", {"a": 1}, "criteria"),
        ("created", ["2024-03-01"], "created"),
        ("created", "soon", "created"),
        ("due", "9999-12-31", "due"),
        ("title", "a " * 501, "title"),
    ],
)
def test_a_value_that_cannot_be_read_is_unknown_and_not_empty(read, key, value, unknown):
    item = {"key": "PAY-1", "title": "Pay", "description": "Why", "priority": "High", "rank": "a"}
    found, _ = read(json.dumps(item | {key: value}), "items.jsonl")
    assert unknown in found["PAY-1"].unknown


@pytest.mark.parametrize("resolved", ["gestern", True, "01.01.0001 00:00:00"])
def test_an_item_that_was_resolved_at_an_unreadable_time_is_done(read, resolved):
    found, _ = read(
        json.dumps({"key": "PAY-1", "title": "Pay", "status": "Livré", "resolved": resolved}), "items.jsonl"
    )
    assert (found["PAY-1"].category, found["PAY-1"].resolved) == (StatusCategory.DONE, None)
    row = {"Issue key": "PAY-1", "Summary": "Pay", "Status": "Livré", "Resolved": str(resolved)}
    assert read(table(row))[0]["PAY-1"].category is StatusCategory.DONE


@pytest.mark.parametrize(
    ("columns", "points", "unknown"),
    [
        ({"Custom field (Story Points)": "3", "Story point estimate": "3.0"}, 3, False),
        ({"Custom field (Story Points)": "", "Story point estimate": "5"}, 5, False),
        ({"Custom field (Story Points)": "3", "Story point estimate": "5"}, 3, True),
    ],
)
def test_columns_that_contradict_each_other_are_unknown(read, columns, points, unknown):
    row = {"Issue key": "PAY-1", "Summary": "Pay", "Status": "To Do", **columns}
    item = read(table(row))[0]["PAY-1"]
    assert (item.points, "points" in item.unknown) == (points, unknown)


def test_two_columns_with_the_same_name_and_different_values_are_unknown(read):
    found, _ = read("Issue key,Summary,Status,Status\nPAY-1,Pay,To Do,Done\nPAY-2,Pay,Done,\nPAY-3,Pay,Done,Done\n")
    assert {key: "category" in item.unknown for key, item in found.items()} == {
        "PAY-1": True, "PAY-2": False, "PAY-3": False,
    }  # fmt: skip
    found, _ = read("Issue key,Summary,Custom field (Priority),Priority\nPAY-1,Pay,urgent,High\n")
    assert (found["PAY-1"].priority, "priority" in found["PAY-1"].unknown) == ("High", False)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("items.jsonl", '{"key": "PAY-1", "title": "Pay"}\n{"key": "PAY-1", "title": "Pay again"}\n'),
        ("items.csv", "Issue key,Summary\nPAY-1,Pay\nPAY-1,Pay again\n"),
    ],
)
def test_the_first_of_several_rows_with_a_key_is_read(read, judge, name, text):
    assert read(text, name)[0]["PAY-1"].title == "Pay"
    notes = judge(text, name)[0].notes
    assert "Rows with the key of an earlier row were skipped: 1 (line " in "".join(notes)


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        (JIRA, {"flagged", "parent", "due", "releases"}),
        ("Issue key,Summary\nPAY-1,Pay\n", {"labels", "components", "links", "flagged"}),
        ("ID,Title,Work Item Type\n1,Pay,Bug\n", {"labels", "area", "parent", "links"}),
    ],
)
def test_what_no_column_tells_is_unknown(read, text, unknown):
    found, _ = read(text)
    assert unknown <= set(next(iter(found.values())).unknown)


def test_nothing_of_a_shifted_row_is_known(read):
    found, _ = read("Issue key,Summary,Due date,Business Value\nPAY-1,Pay, now,2024-05-01,7\n")
    assert {"due", "releases", "value", "urgency", "risk", "title", "links"} <= set(found["PAY-1"].unknown)


def test_one_odd_value_of_an_item_costs_no_other(read):
    lines = [
        {"key": "PAY-1", "title": "One", "labels": "urgent", "sprint": {"name": "S1"}, "components": [None, 5, {"name": "Web"}, []]},
        {"key": "PAY-2", "title": None, "labels": [None, {"x": 1}, "a"], "points": "many", "description": ["x"]},
        {"key": "PAY-3", "title": {"a": 1}, "transitions": [None, {"at": 5}, {"at": "2024-03-01", "field": "rank"}]},
        {"key": None, "title": "no key"},
        {"key": "PAY-4", "title": "Four", "points": 10**400, "created": 10**30, "priority": 3},
    ]  # fmt: skip
    found, problems = read("\n".join(map(json.dumps, lines)), "backlog.jsonl")
    assert problems == []
    assert list(found) == ["PAY-1", "PAY-2", "PAY-3", "PAY-4"]
    assert (found["PAY-1"].labels, found["PAY-1"].components) == (("urgent",), ("5", "Web"))
    assert [sprint.name for sprint in found["PAY-1"].sprints] == ["S1"]
    assert (found["PAY-2"].labels, found["PAY-2"].title) == (("a",), "")
    assert {"points", "text"} <= set(found["PAY-2"].unknown)
    assert found["PAY-3"].ranked_by_person == datetime(2024, 3, 1, tzinfo=UTC)
    assert (found["PAY-4"].points, found["PAY-4"].priority) == (None, "3")


def test_an_item_that_cannot_be_mapped_is_a_problem_and_costs_no_other(read, monkeypatch):
    from connectors.export import csv_items  # noqa: PLC0415

    monkeypatch.setattr(
        csv_items.wiki, "parse", lambda text: (_ for _ in ()).throw(KeyError("odd")) if "odd" in text else ()
    )
    found, problems = read(table({**JIRA_ROW, "Description": "odd"}, {**JIRA_ROW, "Issue key": "PAY-2"}))
    assert list(found) == ["PAY-2"]
    assert [problem.item for problem in problems] == ["PAY-1"]


# ---- nothing is no all-clear


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("export.csv", "Issue key,Summary,Status\n"),
        ("export.csv", "Issue key,Summary,Status\n,,\n,no key,\n"),
        ("export.csv", "ID,Work Item Type,Title,State\n"),
        ("export.csv", ""),
        ("export.csv", "\n\n"),
        ("backlog.jsonl", '{"title": "no key"}\n'),
        ("backlog.jsonl", "[]"),
        ("backlog.jsonl", '{"issues": [], "total": 0}'),
        ("backlog.jsonl", '{"errorMessages": ["You are not signed in."]}'),
    ],
)
def test_a_file_without_items_is_an_error(judge, name, text):
    with pytest.raises(Misconfigured, match=name.replace(".", r"\.")):
        judge(text, name)


def test_rows_without_a_key_are_counted(judge):
    connection, _ = judge(table(JIRA_ROW, {**JIRA_ROW, "Issue key": ""}, {**JIRA_ROW, "Issue key": " "}))
    assert "Rows without a key were skipped: 2 (line 3, 4)." in connection.notes
