"""One odd value costs one field, whatever it is and wherever it stands."""

import copy
import itertools
from datetime import UTC, date, datetime

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connectors.jira import rich_text
from connectors.jira.fields import FieldMap, JiraWriteField
from connectors.jira.history import JiraPeople
from connectors.jira.issue import Fields, IssueDecoder
from connectors.jira.mapping import IssueMapper, JiraSiteInfo, field_value
from connectors.resolutions import AbandonedNames
from rules.model import (
    UNREADABLE_BLOCK,
    BlockKind,
    HierarchyLevel,
    ItemKind,
    Release,
    Sprint,
    SprintState,
    StatusCategory,
)

FIELDS = FieldMap(
    points=("customfield_1", "customfield_2"),
    sprint="customfield_3",
    rank="customfield_4",
    flagged="customfield_5",
    epic_link="customfield_6",
    criteria=("customfield_7",),
    value="customfield_8",
    urgency="customfield_9",
    risk="customfield_10",
    effort="customfield_11",
    write_fields={
        "wsjf": JiraWriteField("customfield_12", "WSJF", "number"),
        "note": JiraWriteField("customfield_13", "Note", "rich"),
    },
)
SITE = JiraSiteInfo(
    "PAY", "https://site.example", FIELDS, JiraPeople("us", frozenset({"bot"})), {"3": "indeterminate"}, "Medium"
)
DECODER = IssueDecoder(FIELDS)


def doc(*texts):
    content = [{"type": "paragraph", "content": [{"type": "text", "text": text}]} for text in texts]
    return {"type": "doc", "version": 1, "content": content}


PERSON = {"accountId": "ana", "accountType": "atlassian", "displayName": "Ana"}
WHOLE = {
    "id": "10001",
    "key": "PAY-1",
    "fields": {
        "summary": " Pay  in\tinstalments ",
        "description": doc("As a buyer"),
        "issuetype": {"name": "Geschichte", "untranslatedName": "Story", "hierarchyLevel": 0, "subtask": False},
        "status": {"name": "In Arbeit", "statusCategory": {"key": "indeterminate"}},
        "priority": {"name": "Medium"},
        "project": {"key": "PAY", "projectTypeKey": "software"},
        "created": "2024-03-01T10:00:00.000+0100",
        "updated": "2024-04-29T11:00:00.123+0200",
        "resolutiondate": None,
        "duedate": "2024-06-30",
        "fixVersions": [{"name": "2.4", "releaseDate": "2024-06-15", "released": False}, {"name": "Someday"}],
        "labels": ["checkout"],
        "components": [{"name": "Checkout"}],
        "parent": {"key": "PAY-5"},
        "issuelinks": [{"type": {"inward": "is blocked by", "outward": "blocks"}, "outwardIssue": {"key": "PAY-3"}}],
        "assignee": PERSON,
        "creator": PERSON,
        "security": None,
        "comment": {"total": 1, "comments": [{"id": "1", "created": "2024-04-02T10:00:00.000+0000",
                    "updated": "2024-04-02T10:00:00.000+0000", "author": PERSON, "body": doc("Legal wants a say.")}]},
        "customfield_1": 8.0,
        "customfield_2": None,
        "customfield_3": [{"id": 7, "name": "Sprint 7", "state": "ACTIVE", "goal": None,
                           "startDate": "2024-04-29T08:00:00.000Z"}],
        "customfield_4": "0|i000db:",
        "customfield_5": [{"value": "Impediment"}],
        "customfield_6": "PAY-9",
        "customfield_7": doc("it works"),
        "customfield_8": 8,
        "customfield_9": 3,
        "customfield_10": 1,
        "customfield_11": 5,
        "customfield_12": 4.4,
        "customfield_13": doc("one", "two"),
    },
    "changelog": {"total": 0, "histories": []},
}  # fmt: skip


def read(raw, decoder=DECODER, site=SITE):
    issue, unread = decoder.decode(msgspec.json.encode(raw))
    return mapped(issue, unread, site), unread


def mapped(issue, unread=frozenset(), site=SITE):
    histories = issue.changelog.histories if issue.changelog else ()
    comments = issue.fields.comment.comments if issue.fields.comment else ()
    return IssueMapper(site).map_item(issue, histories, comments, unread)


def test_a_whole_issue_is_read_in_full():
    found, odd = read(WHOLE)
    item = found.item
    assert odd == frozenset()
    assert (item.key, item.title, item.url) == ("PAY-1", "Pay in instalments", "https://site.example/browse/PAY-1")
    assert (item.kind, item.level, item.type) == (ItemKind.STORY, HierarchyLevel.REQUIREMENT, "Geschichte")
    assert (item.status, item.category, item.priority_is_default) == ("In Arbeit", StatusCategory.IN_PROGRESS, True)
    assert (item.points, item.value, item.urgency, item.risk, item.effort) == (8, 8, 3, 1, 5)
    assert (item.parent, item.rank, item.flagged, item.assigned) == ("PAY-5", "0|i000db:", True, True)
    assert (item.sprints[0].id, item.sprints[0].state, item.sprints[0].goal) == ("7", SprintState.ACTIVE, "")
    assert [block.text for block in item.criteria] == ["it works"]
    assert (item.due, item.releases) == (date(2024, 6, 30), (Release("2.4", date(2024, 6, 15)), Release("Someday")))
    assert item.deadline == date(2024, 6, 15), "the release comes before the due date"
    assert item.fields == {"customfield_12": 4.4, "customfield_13": "one\ntwo"}
    assert (item.links[0].kind, item.links[0].target) == ("blocks", "PAY-3")
    assert (item.restricted, item.public, item.version) == (False, False, "1714381200123")
    assert item.discussed == item.changed_by_person == found.comments[0].created


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8)
    | st.sampled_from(["2024-03-01T10:00:00.000+0100", "9999-12-31T23:59:59-1400", "0001-01-01T00:00:00+1400"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["id", "key", "name", "type", "content", "text", "attrs", "marks", "level", "comments", "total",
                         "created", "state", "statusCategory", "value", "accountId", "x"]), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip
places = st.sampled_from(sorted(WHOLE["fields"]))


@settings(max_examples=60, deadline=None)
@given(place=places, value=json_values)
@example(place="created", value=10**30)
@example(place="customfield_1", value=10**400)
@example(place="customfield_3", value=[{"id": 10**30}])
@example(place="comment", value={"comments": None})
@example(place="updated", value="9999-12-31T23:59:59-14:00")
def test_any_one_field_may_hold_anything(place, value):
    raw = copy.deepcopy(WHOLE)
    raw["fields"][place] = value
    issue, unread = DECODER.decode(msgspec.json.encode(raw))
    found, whole = mapped(issue, unread), read(WHOLE)[0]
    assert (found.item.id, found.item.key) == ("10001", "PAY-1")
    assert unread <= {place}, "another field suffered"
    touched = {*found.item.unknown, *DECIDED_BY.get(place, ())}
    for name in sorted(set(found.item.__struct_fields__) - touched - {"unknown"}):
        assert getattr(found.item, name) == getattr(whole.item, name), name


DECIDED_BY = {
    "summary": ["title"],
    "description": ["text"],
    "issuetype": ["type", "kind", "level"],
    "status": ["status", "category"],
    "priority": ["priority", "priority_is_default"],
    "project": ["project", "public"],
    "created": ["created", "changed_by_person"],
    "updated": ["updated", "version"],
    "resolutiondate": ["resolved"],
    "duedate": ["due"],
    "fixVersions": ["releases"],
    "labels": ["labels"],
    "components": ["components"],
    "parent": ["parent"],
    "issuelinks": ["links"],
    "assignee": ["assigned"],
    "creator": ["changed_by_person"],
    "security": ["restricted"],
    "comment": ["discussed", "changed_by_person"],
    "customfield_1": ["points"],
    "customfield_2": ["points"],
    "customfield_3": ["sprints"],
    "customfield_4": ["rank"],
    "customfield_5": ["flagged"],
    "customfield_6": ["parent"],
    "customfield_7": ["criteria"],
    "customfield_8": ["value"],
    "customfield_9": ["urgency"],
    "customfield_10": ["risk"],
    "customfield_11": ["effort"],
    "customfield_12": ["fields"],
    "customfield_13": ["fields"],
}
"""The attributes of an item that a field decides about."""

ANY_VALUE = {"customfield_3", "customfield_5", "customfield_6", "customfield_12", "customfield_13"}
"""Fields of which values of any type are decoded."""


@pytest.mark.parametrize("place", sorted(set(WHOLE["fields"]) - ANY_VALUE))
def test_a_field_that_cannot_be_read_is_named(place):
    raw = copy.deepcopy(WHOLE)
    raw["fields"][place] = [7] if isinstance(WHOLE["fields"][place], dict) or place == "security" else {"surprise": [7]}
    found, unread = read(raw)
    assert unread == {place}
    assert found.item.key == "PAY-1"


@pytest.mark.parametrize(
    ("place", "attributes"),
    [
        ("description", {"text"}),
        ("customfield_7", {"criteria"}),
        ("customfield_1", {"points"}),
        ("customfield_3", {"sprints"}),
        ("customfield_4", {"rank"}),
        ("customfield_8", {"value"}),
        ("issuetype", {"type", "kind", "level"}),
        ("status", {"status", "category"}),
        ("priority", {"priority", "priority_is_default"}),
        ("duedate", {"due"}),
        ("fixVersions", {"releases"}),
    ],
)
def test_what_cannot_be_read_is_unknown_and_not_empty(place, attributes):
    raw = copy.deepcopy(WHOLE)
    raw["fields"][place] = 7 if place == "customfield_4" else [[7]]
    assert set(read(raw)[0].item.unknown) == attributes
    assert read(WHOLE)[0].item.unknown == ()


def test_a_size_is_unknown_only_if_a_field_that_comes_first_cannot_be_read():
    raw = copy.deepcopy(WHOLE)
    raw["fields"]["customfield_2"] = ["eight"]
    item = read(raw)[0].item
    assert (item.points, item.unknown) == (8, ())
    raw["fields"]["customfield_2"], raw["fields"]["customfield_1"] = 5, ["eight"]
    item = read(raw)[0].item
    assert (item.points, item.unknown) == (None, ("points",))


@pytest.mark.parametrize(("text", "points"), [("8", 8), (" 8.5 ", 8.5), ("0,5", 0.5)])
def test_a_number_that_was_sent_as_text_is_read(text, points):
    raw = copy.deepcopy(WHOLE)
    raw["fields"]["customfield_1"] = text
    item = read(raw)[0].item
    assert (item.points, item.unknown) == (points, ())


@pytest.mark.parametrize("bad", [None, 7, ["x"]])
def test_a_list_survives_a_bad_entry(bad):
    raw = copy.deepcopy(WHOLE)
    for place in ("labels", "components", "issuelinks"):
        raw["fields"][place] = [bad, *WHOLE["fields"][place]]
    found, unread = read(raw)
    assert unread == {"labels", "components", "issuelinks"}
    assert (found.item.labels, found.item.components) == (("checkout",), ("Checkout",))
    assert [link.target for link in found.item.links] == ["PAY-3"]


def test_a_discussion_survives_a_bad_comment():
    raw = copy.deepcopy(WHOLE)
    good = WHOLE["fields"]["comment"]["comments"][0]
    bad = [None, 7, {}, good | {"id": "2", "body": {"type": 7}}, good | {"id": "3", "created": "yesterday"}]
    raw["fields"]["comment"] = {"total": 6, "comments": [*bad, good]}
    found, unread = read(raw)
    assert unread == frozenset()
    assert [(one.id, one.text) for one in found.comments] == [
        ("2", ""), ("3", "Legal wants a say."), ("1", "Legal wants a say."),
    ]  # fmt: skip


def test_ids_of_fields_may_be_any_text():
    fields = FieldMap(points=("customfield_10 1",), sprint="cf[3].x", value="class", criteria=("own",))
    raw = {
        "id": "1",
        "key": "PAY-1",
        "fields": {"customfield_10 1": 5, "cf[3].x": "7", "class": 2, "own": doc("it works")},
    }
    site = msgspec.structs.replace(
        SITE, fields=fields, find_sprint=lambda ident: Sprint(ident, "S", SprintState.ACTIVE)
    )
    decoder = IssueDecoder(fields)
    item = read(raw, decoder, site)[0].item
    assert (item.points, item.value, item.sprints[0].id, item.criteria[0].text) == (5, 2, "7", "it works")
    assert set(fields.points) | {"cf[3].x", "class", "own"} <= set(decoder.requested_fields)
    raw["fields"]["customfield_10 1"] = ["five"]
    assert read(raw, decoder, site)[1] == {"customfield_10 1"}


def test_several_odd_fields_are_all_named():
    raw = copy.deepcopy(WHOLE)
    raw["fields"] |= {"labels": 7, "created": "yesterday", "customfield_1": "eight", "issuelinks": [[]]}
    found, unread = read(raw)
    assert unread == {"created", "customfield_1", "issuelinks", "labels"}
    assert (found.item.labels, found.item.created, found.item.points) == ((), None, None)


@pytest.mark.parametrize("place", sorted(WHOLE["fields"]))
@pytest.mark.parametrize("absent", [True, False])
def test_any_one_field_may_be_absent_or_empty(place, absent):
    raw = copy.deepcopy(WHOLE)
    if absent:
        del raw["fields"][place]
    else:
        raw["fields"][place] = None
    found, odd = read(raw)
    assert (odd, found.item.key) == (frozenset(), "PAY-1")


def test_an_issue_without_any_field_is_an_issue():
    found, odd = read({"id": "1", "key": "PAY-1", "fields": {}})
    item = found.item
    assert odd == frozenset()
    assert (item.kind, item.category, item.points, item.version, item.criteria) == (
        ItemKind.OTHER,
        StatusCategory.UNKNOWN,
        None,
        "",
        (),
    )
    assert item.assigned is False


@pytest.mark.parametrize(
    "raw", [{}, {"id": [7], "key": "P-1", "fields": {}}, {"id": "1", "key": "P-1", "fields": []}, [], 7]
)
def test_what_is_no_issue_is_refused(raw):
    with pytest.raises(msgspec.ValidationError):
        DECODER.decode(msgspec.json.encode(raw))


def test_null_is_not_zero():
    raw = copy.deepcopy(WHOLE)
    raw["fields"] |= {"customfield_1": None, "customfield_2": 0, "customfield_8": None, "customfield_12": None}
    item = read(raw)[0].item
    assert (item.points, item.value, item.fields["customfield_12"]) == (0, None, None)


@pytest.mark.parametrize(
    ("given_type", "kind", "level"),
    [
        ({"name": "Story"}, ItemKind.STORY, HierarchyLevel.REQUIREMENT),
        ({"name": "Historia", "untranslatedName": "Story"}, ItemKind.STORY, HierarchyLevel.REQUIREMENT),
        ({"name": "User Story"}, ItemKind.STORY, HierarchyLevel.REQUIREMENT),
        ({"name": "Fehler"}, ItemKind.BUG, HierarchyLevel.REQUIREMENT),
        ({"name": "Aufgabe", "hierarchyLevel": 0}, ItemKind.TASK, HierarchyLevel.REQUIREMENT),
        ({"name": "故事", "hierarchyLevel": 0}, ItemKind.OTHER, HierarchyLevel.REQUIREMENT),
        ({"name": "Unteraufgabe", "subtask": True}, ItemKind.SUBTASK, HierarchyLevel.TASK),
        ({"name": "Schritt", "hierarchyLevel": -1}, ItemKind.SUBTASK, HierarchyLevel.TASK),
        ({"name": "史诗", "hierarchyLevel": 1}, ItemKind.EPIC, HierarchyLevel.PORTFOLIO),
        ({"name": "Feature", "hierarchyLevel": 1}, ItemKind.FEATURE, HierarchyLevel.PORTFOLIO),
        ({"name": "Feature", "hierarchyLevel": 0}, ItemKind.FEATURE, HierarchyLevel.REQUIREMENT),
        ({"name": "Tema", "hierarchyLevel": 2}, ItemKind.INITIATIVE, HierarchyLevel.PORTFOLIO),
        ({"name": "Epic"}, ItemKind.EPIC, HierarchyLevel.PORTFOLIO),
        ({"name": "Story", "hierarchyLevel": 1}, ItemKind.EPIC, HierarchyLevel.PORTFOLIO),
        ({}, ItemKind.OTHER, HierarchyLevel.REQUIREMENT),
    ],
)
def test_types_are_known_by_their_place_and_their_name_in_any_language(given_type, kind, level):
    item = read(WHOLE | {"fields": {"issuetype": given_type}})[0].item
    assert (item.kind, item.level) == (kind, level)


@pytest.mark.parametrize(
    ("key", "category"),
    [("new", StatusCategory.TO_DO), ("indeterminate", StatusCategory.IN_PROGRESS), ("done", StatusCategory.DONE),
     ("undefined", StatusCategory.UNKNOWN), ("", StatusCategory.UNKNOWN)],
)  # fmt: skip
def test_how_far_an_item_is_does_not_depend_on_the_language(key, category):
    status = {"name": "任意", "statusCategory": {"key": key, "name": "任意"}}
    assert read(WHOLE | {"fields": {"status": status}})[0].item.category is category


def test_the_boards_own_field_for_points_comes_first_and_the_other_fills_in():
    site = msgspec.structs.replace(SITE, points_field_by_project={"PAY": "customfield_2", "OPS": "customfield_1"})
    both = WHOLE | {"fields": WHOLE["fields"] | {"customfield_1": 1, "customfield_2": 2}}
    assert read(both, site=site)[0].item.points == 2
    only = WHOLE | {"fields": WHOLE["fields"] | {"customfield_1": 1, "customfield_2": None}}
    assert read(only, site=site)[0].item.points == 1
    unknown = msgspec.structs.replace(SITE, points_field_by_project={"PAY": "timeoriginalestimate"})
    assert read(both, site=unknown)[0].item.points == 1


def test_where_customers_read_an_item_is_public_unless_our_comments_are_internal():
    desk = WHOLE | {"fields": {"project": {"key": "PAY", "projectTypeKey": "service_desk"}}}
    assert read(desk)[0].item.public
    assert not read(desk, site=msgspec.structs.replace(SITE, internal_comments=True))[0].item.public


def test_an_item_under_a_security_level_is_restricted():
    assert read(WHOLE | {"fields": {"security": {"name": "Board only"}}})[0].item.restricted


def test_a_site_that_does_not_say_its_default_priority_leaves_that_open():
    site = msgspec.structs.replace(SITE, default_priority=None)
    assert read(WHOLE, site=site)[0].item.priority_is_default is None
    assert read(WHOLE | {"fields": {}}, site=SITE)[0].item.priority_is_default is True


def test_a_link_without_another_end_is_none():
    links = [{"type": {"outward": "blocks"}}, {"outwardIssue": {}}, {"inwardIssue": {"key": "PAY-2"}}]
    assert [link.target for link in read(WHOLE | {"fields": {"issuelinks": links}})[0].item.links] == ["PAY-2"]


def test_a_name_of_a_field_that_every_site_has_keeps_its_meaning():
    fields = FieldMap(
        points=("timeestimate",),
        criteria=("description",),
        write_fields={"moscow": JiraWriteField("priority", "Priority", "option")},
    )
    raw = copy.deepcopy(WHOLE)
    raw["fields"]["timeestimate"] = 3600
    found, odd = read(raw, IssueDecoder(fields), msgspec.structs.replace(SITE, fields=fields))
    assert odd == frozenset()
    assert (found.item.priority, found.item.points) == ("Medium", 3600)
    assert [block.text for block in found.item.criteria] == ["As a buyer"]


@pytest.mark.parametrize(
    ("value", "held"),
    [
        (None, None), (4, 4.0), (4.5, 4.5), (0, 0.0), ("text", "text"), ("", ""), (True, None),
        ({"value": "Must have", "id": "1"}, "Must have"), ({"name": "High"}, "High"), ({"id": "1"}, None),
        (doc("one", "two"), "one\ntwo"), (doc(), None), ({"value": None}, None),
    ],
)  # fmt: skip
def test_what_a_writable_field_holds_is_a_number_or_a_text(value, held):
    assert field_value(value) == held


def deep(levels):
    inner = '{"type":"text","text":"down here"}'
    opening = '{"type":"panel","content":[' * levels
    return '{"type":"doc","version":1,"content":[' + opening + inner + "]}" * levels + "]}"


def issue_with(description):
    return ('{"id":"1","key":"PAY-1","fields":{"summary":"x","description":' + description + "}}").encode()


def test_a_text_of_some_depth_is_read():
    issue, odd = DECODER.decode(issue_with(deep(30)))
    assert odd == frozenset()
    assert rich_text.plain_text(issue.fields.description) == "down here"


def test_a_text_of_more_depth_than_anybody_writes_is_cut():
    issue, _ = DECODER.decode(issue_with(deep(150)))
    assert rich_text.parse(issue.fields.description) == (UNREADABLE_BLOCK,)


def test_a_text_of_absurd_depth_costs_that_issue_and_not_the_process():
    with pytest.raises(RecursionError):
        DECODER.decode(issue_with(deep(10_000)))


@pytest.mark.parametrize("bad", [b'{"id":"1"', b'{"id":"\xff"}', b'{"id":"\\ud800"}', b""])
def test_what_is_no_json_is_one_of_two_errors(bad):
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
        DECODER.decode(bad)


def test_every_field_that_is_read_is_asked_for():
    assert set(Fields.__struct_encode_fields__) <= set(DECODER.requested_fields)
    assert {f"customfield_{number}" for number in range(1, 14)} <= set(DECODER.requested_fields)
    assert len(DECODER.requested_fields) == len(set(DECODER.requested_fields))


def test_criteria_of_an_item_without_such_a_field_are_unknown():
    bare = IssueDecoder(FieldMap())
    assert read(WHOLE, bare, msgspec.structs.replace(SITE, fields=FieldMap()))[0].item.criteria is None


def test_criteria_keep_the_kinds_of_their_blocks():
    tasks = {
        "type": "doc",
        "version": 1,
        "content": [
            {
                "type": "taskList",
                "attrs": {"localId": "a"},
                "content": [
                    {
                        "type": "taskItem",
                        "attrs": {"localId": "b", "state": "DONE"},
                        "content": [{"type": "text", "text": "paid"}],
                    }
                ],
            }
        ],
    }
    (block,) = read(WHOLE | {"fields": {"customfield_7": tasks}})[0].item.criteria
    assert (block.kind, block.text, block.done) == (BlockKind.TASK, "paid", True)


def moves(*statuses):
    """A changelog of moves, one a day from the tenth of March on, beginning in the first status."""
    return {
        "total": len(statuses) - 1,
        "histories": [
            {
                "created": f"2024-03-{number + 10}T10:00:00.000+0000",
                "author": PERSON,
                "items": [{"field": "status", "fieldId": "status", "from": before, "to": after}],
            }
            for number, (before, after) in enumerate(itertools.pairwise(statuses))
        ],
    }


DAY = {number: datetime(2024, 3, number, 10, tzinfo=UTC) for number in range(1, 31)}
TO_DO, DOING, REVIEW, DONE, CLOSED, DELETED = "1", "3", "4", "5", "6", "999"
ALL_STATUSES = {TO_DO: "new", DOING: "indeterminate", REVIEW: "indeterminate", DONE: "done", CLOSED: "done"}


def finished(*statuses, category="done", **values):
    given = {"status": {"name": values.pop("status", "Done"), "statusCategory": {"key": category}}, **values}
    raw = WHOLE | {"fields": WHOLE["fields"] | given, "changelog": moves(*statuses)}
    return read(raw, site=msgspec.structs.replace(SITE, categories=ALL_STATUSES))[0].item


@pytest.mark.parametrize(
    ("values", "category"),
    [
        ({}, StatusCategory.DONE),
        ({"resolution": {"name": "Done"}}, StatusCategory.DONE),
        ({"resolution": {"name": "Won't Do"}}, StatusCategory.REMOVED),
        ({"resolution": {"name": "Duplicate"}}, StatusCategory.REMOVED),
        ({"resolution": {"name": "Kann nicht reproduziert werden"}}, StatusCategory.REMOVED),
        ({"status": "Cancelled"}, StatusCategory.REMOVED),
        ({"resolution": {"name": "Handed over"}}, StatusCategory.DONE),
        ({"category": "undefined", "resolution": {"name": "Fixed"}}, StatusCategory.DONE),
        ({"category": "undefined", "resolutiondate": "2024-04-10T09:00:00.000+0000"}, StatusCategory.DONE),
        ({"category": "undefined", "resolution": {"name": "Duplicate"}}, StatusCategory.REMOVED),
        ({"category": "undefined"}, StatusCategory.UNKNOWN),
        ({"category": "new", "resolution": {"name": "Duplicate"}}, StatusCategory.TO_DO),
        ({"category": "indeterminate", "resolutiondate": "2024-04-10T09:00:00.000+0000"}, StatusCategory.IN_PROGRESS),
    ],
)
def test_finished_is_what_was_done(values, category):
    item = finished(TO_DO, DONE, **values)
    assert item.category is category
    assert item.is_open is (category not in (StatusCategory.DONE, StatusCategory.REMOVED))
    assert (item.resolved is not None) is (category is StatusCategory.DONE), "nothing is learned from the others"


def test_an_admin_names_what_else_was_not_done():
    site = msgspec.structs.replace(SITE, abandoned=AbandonedNames(frozenset({"Handed over"})))
    raw = copy.deepcopy(WHOLE)
    raw["fields"] |= {
        "status": {"name": "Done", "statusCategory": {"key": "done"}},
        "resolution": {"name": "Handed over"},
    }
    assert read(raw, site=site)[0].item.category is StatusCategory.REMOVED


@pytest.mark.parametrize(
    ("statuses", "values", "resolved"),
    [
        (
            [TO_DO, DOING, DONE],
            {"resolutiondate": "2024-04-10T09:00:00.000+0000"},
            datetime(2024, 4, 10, 9, tzinfo=UTC),
        ),
        ([TO_DO, DOING, DONE], {}, DAY[11]),
        ([TO_DO, DONE, DOING, DONE], {}, DAY[12]),
        ([TO_DO, DONE, CLOSED], {}, DAY[10]),
        ([TO_DO, DELETED, DONE], {}, DAY[11]),
        ([TO_DO, DONE], {"statuscategorychangedate": "2024-03-29T10:00:00.000+0000"}, DAY[10]),
        ([TO_DO], {"statuscategorychangedate": "2024-03-29T10:00:00.000+0000"}, DAY[29]),
        ([TO_DO], {}, None),
    ],
)
def test_done_without_a_date_is_since_the_last_move_to_a_done_status(statuses, values, resolved):
    assert finished(*statuses, **values).resolved == resolved


@pytest.mark.parametrize(
    ("statuses", "started"),
    [
        ([TO_DO, DOING, DONE], DAY[10]),
        ([TO_DO, DOING, TO_DO, REVIEW, DONE], DAY[10]),
        ([TO_DO, DELETED, REVIEW, DONE], None),
        ([DELETED, DOING, DONE], None),
        ([TO_DO, DOING, DELETED, DONE], DAY[10]),
        ([TO_DO, DONE], None),
        ([DOING, DONE], datetime(2024, 3, 1, 9, tzinfo=UTC)),
    ],
)
def test_the_start_is_not_known_after_a_status_that_no_longer_exists(statuses, started):
    assert finished(*statuses).started == started


def test_without_the_categories_of_statuses_no_start_is_known():
    site = msgspec.structs.replace(SITE, categories={})
    raw = WHOLE | {"changelog": moves(TO_DO, DOING)}
    item = read(raw, site=site)[0].item
    assert (item.started, item.unknown) == (None, ("started",))
