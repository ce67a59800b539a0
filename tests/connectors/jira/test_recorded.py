"""Every issue recorded from a real Jira becomes a work item, with what a second reading finds in it; servers too."""

from datetime import UTC, datetime

import msgspec
import pytest

from connectors.comments import Author
from connectors.jira import payloads
from connectors.jira.comment_mapping import map_comment
from connectors.jira.fields import FieldMap
from connectors.jira.history import JiraPeople
from connectors.jira.issue import IssueDecoder
from connectors.jira.mapping import IssueMapper, JiraSiteInfo
from rules.model import SprintState, StatusCategory

CLOUD = FieldMap(
    points=("customfield_10016", "customfield_10028"),
    sprint="customfield_10020",
    rank="customfield_10019",
    flagged="customfield_10021",
    epic_link="customfield_10014",
)
PLAIN = FieldMap()
CATEGORIES = {"new": StatusCategory.TO_DO, "indeterminate": StatusCategory.IN_PROGRESS, "done": StatusCategory.DONE}

SOURCES = {
    "devlake/issues.json": (CLOUD, 33),
    "devlake/issue_relationships.json": (FieldMap(rank="customfield_10005"), 22),
    "devlake/external_epics.json": (CLOUD, 3),
    "devlake/issues_for_due_date.json": (CLOUD, 1),
    "jirametrics/SP-1.json": (CLOUD, 1),
    "jirametrics/SP-11.json": (CLOUD, 1),
    "jirametrics/SP-2.json": (CLOUD, 1),
    "jirametrics/SP-5.json": (CLOUD, 1),
    "jirametrics/SP-7.json": (CLOUD, 1),
    "jirametrics/SP-8.json": (CLOUD, 1),
    "faros/issues.json": (PLAIN, 4),
    "atlassian-python-api/rest__api__2__issue__FOO-123__GET.json": (PLAIN, 1),
    "go-jira/issues_in_sprint.json": (PLAIN, 1),
    "jira-ruby/issue.json": (PLAIN, 11),
    "jira-ruby/issue__10002.json": (PLAIN, 1),
    "jira-cli/issue.json": (PLAIN, 1),
    "jira-cli/issue-1.json": (PLAIN, 1),
    "jira-cli/issue-2.json": (PLAIN, 1),
    "jira-cli/search.json": (PLAIN, 3),
    "jira-cli/epic.json": (PLAIN, 1),
}


def issues_in(raw):
    """The issues of an answer, whatever is around them."""
    if isinstance(raw, list):
        return [issue for one in raw for issue in issues_in(one)]
    if "fields" in raw and "key" in raw:
        return [raw]
    if "data" in raw:
        return issues_in(raw["data"])
    if "issues" in raw:
        return issues_in(raw["issues"])
    return [issue for value in raw.values() if isinstance(value, dict) for issue in issues_in(value)]


def site(fields):
    return JiraSiteInfo(
        "PAY", "https://site.example", fields, JiraPeople("us"), {"10001": "indeterminate"}, default_priority="Medium"
    )


def mapped(issue, fields):
    histories = issue.changelog.histories if issue.changelog else ()
    comments = issue.fields.comment.comments if issue.fields.comment else ()
    return IssueMapper(site(fields)).map_item(issue, histories, comments)


ABANDONED = ("Won't Do", "Won't Fix", "Duplicate", "Cannot Reproduce", "Incomplete")


def moment(text):
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z").astimezone(UTC)


@pytest.mark.parametrize("name", SOURCES)
def test_every_recorded_issue_is_read_in_full(recorded, name):
    fields, least = SOURCES[name]
    raws = issues_in(recorded(name))
    assert len(raws) >= least
    decoder = IssueDecoder(fields)
    for raw in raws:
        # Fixtures of the command line client leave the id out.
        issue, odd = decoder.decode(msgspec.json.encode({"id": "1"} | raw))
        assert odd == frozenset(), raw["key"]
        found = mapped(issue, fields)
        assert_as_recorded(raw, found, fields)


def test_an_example_of_the_documentation_with_two_odd_fields_is_read_without_them(recorded):
    (raw,) = issues_in(recorded("jira-ruby/sprint__1_issues.json"))
    issue, odd = IssueDecoder(PLAIN).decode(msgspec.json.encode(raw))
    assert odd == {"comment", "updated"}
    item = mapped(issue, PLAIN).item
    assert (item.key, item.version) == ("HSP-1", "")


def assert_as_recorded(raw, found, fields):
    said, item = raw["fields"], found.item
    assert (item.key, item.url) == (raw["key"], f"https://site.example/browse/{raw['key']}")
    assert item.title == " ".join((said.get("summary") or "").split())
    assert item.labels == tuple(said.get("labels") or ())
    assert item.components == tuple(one["name"] for one in said.get("components") or ())
    assert item.created == (moment(said["created"]) if said.get("created") else None)
    if said.get("updated"):
        assert item.version == str(round(moment(said["updated"]).timestamp() * 1000))
    status = said.get("status") or {}
    assert item.status == status.get("name", "")
    category = CATEGORIES.get((status.get("statusCategory") or {}).get("key"))
    if category is StatusCategory.DONE or (category is None and said.get("resolution")):
        abandoned = (said.get("resolution") or {}).get("name") in ABANDONED
        assert item.category is (StatusCategory.REMOVED if abandoned else StatusCategory.DONE)
        assert abandoned or not said.get("resolutiondate") or item.resolved == moment(said["resolutiondate"])
    else:
        assert (item.category, item.resolved) == (category or StatusCategory.UNKNOWN, None)
    assert item.assigned is (said.get("assignee") is not None)
    assert item.rank == said.get(fields.rank)
    assert item.flagged is bool(said.get(fields.flagged))
    assert item.points == next((said[one] for one in fields.points if said.get(one) is not None), None)
    assert item.parent == ((said.get("parent") or {}).get("key") or said.get(fields.epic_link))
    assert [link.target for link in item.links] == [
        link[side]["key"] for link in said.get("issuelinks") or () for side in ("outwardIssue", "inwardIssue")
        if link.get(side, {}).get("key")
    ]  # fmt: skip
    histories = (raw.get("changelog") or {}).get("histories", [])
    assert len(found.field_changes) == sum(len(one["items"]) for one in histories)
    assert [one.at for one in found.field_changes] == sorted(one.at for one in found.field_changes)
    assert len(found.comments) == len((said.get("comment") or {}).get("comments") or ())
    sprints = said.get(fields.sprint) or ()
    assert [(one.id, one.name) for one in item.sprints] == [(str(one["id"]), one["name"]) for one in sprints]
    assert [one.state for one in item.sprints] == [SprintState(one["state"]) for one in sprints]


def test_recorded_changes_are_told_in_the_common_vocabulary(recorded):
    decoder = IssueDecoder(CLOUD)
    fields = set()
    for name in SOURCES:
        if name.startswith(("devlake/issues.", "jirametrics")):
            for raw in issues_in(recorded(name)):
                issue, _ = decoder.decode(msgspec.json.encode(raw))
                fields |= {one.field for one in mapped(issue, CLOUD).field_changes}
    assert {"status", "rank", "sprint", "flagged", "parent", "assignee"} <= fields
    assert not {field for field in fields if field in ("customfield_10019", "customfield_10020", "epic link", "Rank")}


@pytest.mark.parametrize(
    ("name", "ids", "total"),
    [
        ("jira-ruby/issue.json", 11, 11),
        ("jira-ruby/board__1_issues.json", 9, 9),
        ("jira-ruby/empty_issues.json", 0, 0),
        ("go-jira/issues_in_sprint.json", 1, 10),
    ],
)
def test_recorded_pages_of_a_server_tell_ids_keys_and_the_whole(recorded, name, ids, total):
    page = msgspec.convert(recorded(name), payloads.IssueIds)
    assert (len(page.issues), page.total) == (ids, total)
    assert all(issue.id.isdecimal() and "-" in issue.key for issue in page.issues)


def test_recorded_comments_of_a_server_are_known_by_the_name_alone(recorded):
    raw = msgspec.json.encode(recorded("jira-ruby/issue__10002__comment.json"))
    page = msgspec.json.decode(raw, type=payloads.CommentPage)
    found, _ = payloads.decode_comments(page.comments)
    assert page.total == len(found) == 2
    mine = {one.author.name for one in found}
    assert {one.author.key for one in found} == {None}
    for name in mine:
        ours = [map_comment(one, JiraPeople("JIRAUSER10100", name=name)) for one in found if one.author.name == name]
        assert {one.author for one in ours} == {Author.THIS_SERVICE}
        assert all(one.text for one in ours)
    assert {map_comment(one, JiraPeople("somebody")).author for one in found} == {Author.PERSON}


def test_recorded_writes_and_properties_of_a_server_are_read(recorded):
    for name in ("issue__10002__comment.post", "issue__10002__comment__10000.put"):
        assert msgspec.convert(recorded(f"jira-ruby/{name}.json"), payloads.JiraComment).body
    assert msgspec.convert(recorded("jira-ruby/issue__10002__properties__foo.json"), payloads.Property).value == "bar"
    assert len(msgspec.convert(recorded("go-jira/all_boards.json"), payloads.AgilePage[payloads.Board]).values) > 1
