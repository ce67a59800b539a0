"""One bad item, question or entry costs what it is about, and nothing else."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from connectors.azure_devops.library import _time_frame
from connectors.errors import ConnectorError
from connectors.tracker import Whereabouts
from rules.model import SprintState

FAILURES = pytest.mark.parametrize("status", [400, 403, 500, 502])
ALL = [f"PAY-{number}" for number in range(1, 6)]


def read(here, tracker, keys=ALL):
    items, problems = {}, []
    for batch in tracker.fetch(here.ids(*keys)):
        items |= {here.world.items[int(one.item.id)].key: one for one in batch.items}
        problems += batch.problems
    return items, problems


def without(*keys):
    return set(ALL) - set(keys)


def spoil_item(here, key, **values):
    """Changes fields of an item in every batch."""

    def spoil(answer):
        for item in answer["value"]:
            if item and str(item["id"]) == here.id(key):
                item["fields"] |= {name.replace("__", "."): value for name, value in values.items()}
        return answer

    here.tamper("/workitemsbatch$", spoil)


@FAILURES
def test_an_item_that_fails_a_bulk_read_costs_only_itself(here, status):
    tracker = here.connected()
    here.switch.fail("/workitemsbatch$", status, part=here.id("PAY-3").encode())
    items, problems = read(here, tracker)
    assert set(items) == without("PAY-3")
    assert [problem.item for problem in problems] == [here.id("PAY-3")]


@FAILURES
@pytest.mark.parametrize("part", ["updates", "comments"])
def test_a_history_or_discussion_that_cannot_be_read_costs_its_item(here, part, status):
    here.actor().comment("PAY-3", "hm")
    tracker = here.connected()
    here.switch.fail(f"/workItems/{here.id('PAY-3')}/{part}$", status)
    items, problems = read(here, tracker)
    assert set(items) == without("PAY-3")
    what = "history" if part == "updates" else "comments"
    assert [(one.item, f"its {what} cannot be read" in one.reason) for one in problems] == [(here.id("PAY-3"), True)]


def test_an_area_whose_discussions_are_hidden_costs_its_items_however_many(serve):
    rows = [{"key": f"PAY-{n}", "title": "x", "created": "2024-03-01T09:00:00Z"} for n in range(1, 31)]
    here = serve("\n".join(json.dumps(row) for row in rows))
    tracker = here.connected()
    here.switch.fail("/updates$", 403)
    items, problems = read(here, tracker, [row["key"] for row in rows])
    assert (items, len(problems)) == ({}, 30)


def test_a_server_that_fails_for_every_history_ends_the_read(serve):
    rows = [{"key": f"PAY-{n}", "title": "x", "created": "2024-03-01T09:00:00Z"} for n in range(1, 31)]
    here = serve("\n".join(json.dumps(row) for row in rows))
    tracker = here.connected()
    here.switch.fail("/updates$", 500)
    with pytest.raises(ConnectorError):
        read(here, tracker, [row["key"] for row in rows])


@FAILURES
def test_without_the_revision_feed_histories_are_read_item_by_item(serve, status):
    rows = [{"key": f"PAY-{n}", "title": "x", "created": "2024-03-01T09:00:00Z"} for n in range(1, 111)]
    here = serve("\n".join(json.dumps(row) for row in rows))
    tracker = here.connected()
    here.switch.fail("/workitemrevisions$", status)
    items, problems = read(here, tracker, [row["key"] for row in rows])
    assert (len(items), problems) == (110, [])


@FAILURES
def test_an_item_that_cannot_be_located_is_not_called_gone(here, status):
    tracker = here.connected()
    ident, deleted = here.id("PAY-3"), here.id("PAY-2")
    here.actor().delete("PAY-2")
    here.switch.fail("/workitemsbatch$", status, part=ident.encode())
    located = tracker.locate([here.id("PAY-1"), deleted, ident])
    assert located == {
        here.id("PAY-1"): Whereabouts.IN_SCOPE,
        deleted: Whereabouts.GONE,
        ident: Whereabouts.IN_SCOPE,
    }


@FAILURES
def test_comments_that_cannot_be_read_leave_the_others(here, status):
    made = {key: str(here.actor().comment(key, f"On {key}").id) for key in ("PAY-1", "PAY-2", "PAY-3")}
    tracker = here.connected()
    here.switch.fail(f"/workItems/{here.id('PAY-3')}/comments$", status)
    found = tracker.comments([(here.id(key), comment) for key, comment in made.items()])
    assert {comment.text for comment in found.values()} == {"On PAY-1", "On PAY-2"}


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, b"{}"),
        (403, b"{}"),
        (404, b"{}"),
        (500, b"{}"),
        (200, b"7"),
        (200, b"null"),
        (200, b'{"value": [7, null]}'),
    ],
)
def test_sprints_that_cannot_be_read_are_unknown(here, status, body):
    tracker = here.connected()
    position = list(tracker.changes(None))[-1].cursor
    here.switch.fail("/teamsettings/iterations$", status, body=body)
    tracker.connect()
    items, problems = read(here, tracker)
    assert (set(items), problems) == (set(ALL), [])
    item = items["PAY-1"].item
    assert (item.sprints, item.unknown) == ((), ("sprints",))
    told = {stamp.id for page in tracker.changes(position) for stamp in page.stamps}
    assert told <= set(here.ids(*ALL)), "nothing is told of sprints that cannot be compared"
    here.switch.failing.clear()
    tracker.connect()
    assert read(here, tracker)[0]["PAY-1"].item.unknown == ()


@pytest.mark.parametrize("bad", [None, {}, {"id": None, "path": [7]}, {"name": "Sprint 1"}])
def test_a_sprint_that_cannot_be_read_costs_only_its_items(here, bad):
    before = read(here, here.connected())[0]
    here.tamper("/teamsettings/iterations$", lambda answer: answer | {"value": [bad, *answer["value"][1:]]})
    after = read(here, here.connected())[0]
    lost = {key for key in ALL if before[key].item.sprints and not after[key].item.sprints}
    assert lost < {key for key in ALL if before[key].item.sprints}
    assert {key for key in ALL if "sprints" in after[key].item.unknown} >= lost


@pytest.mark.parametrize(
    ("status", "body"),
    [(400, b"{}"), (401, b"{}"), (403, b"{}"), (500, b"{}"), (200, b"7"), (200, b'{"values": [{"value": null}]}')],
)
def test_areas_that_cannot_be_read_are_those_read_last(here, status, body):
    first = here.tracker().connect()
    here.switch.fail("/teamfieldvalues$", status, body=body)
    later = here.tracker(discovery_state=first.discovery_state).connect()
    assert later.fingerprint == first.fingerprint
    assert any(
        "The areas of PAY Team could not be read; the last known areas are used." in note for note in later.notes
    )
    with pytest.raises(ConnectorError):
        here.tracker().connect()


@pytest.mark.parametrize("bad", [None, 7, {}, "text"])
@pytest.mark.parametrize("part", ["workItems/3/updates$", "comments$", "wiql$", "workitemrevisions$", "workitemlinks$"])
def test_lists_survive_a_bad_entry(here, part, bad):
    here.actor().comment("PAY-3", "hm")
    tracker = here.connected()
    position = list(tracker.changes(None))[-1].cursor
    here.actor().edit("PAY-2", title="Changed")

    def spoil(answer):
        name = next(name for name in ("value", "values", "comments", "workItems") if isinstance(answer.get(name), list))
        answer[name] = [*answer[name], bad]
        return answer

    here.tamper(part, spoil)
    assert set(here.keys(tracker.list_ids().ids)) == set(ALL)
    items, problems = read(here, tracker)
    assert (set(items), problems) == (set(ALL), [])
    assert [comment.text for comment in items["PAY-3"].comments] == ["hm"]
    assert here.id("PAY-2") in {stamp.id for page in tracker.changes(position) for stamp in page.stamps}


@pytest.mark.parametrize("question", ["wit/fields$", "/fields$", "/states$", "workItemTypeCategories/"])
def test_lists_of_the_process_survive_an_empty_entry(here, question):
    def spoil(answer):
        name = "value" if "value" in answer else "workItemTypes"
        return answer | {name: [*answer[name], None]}

    here.tamper(question, spoil)
    items, problems = read(here, here.connected())
    assert (set(items), problems) == (set(ALL), [])
    assert items["PAY-3"].item.kind == "bug"


@pytest.mark.parametrize(
    ("name", "value", "attributes"),
    [
        ("System.Description", 7, {"text"}),
        ("System.Description", {"html": "x"}, {"text"}),
        ("Microsoft.VSTS.Common.AcceptanceCriteria", ["x"], {"criteria"}),
        ("Microsoft.VSTS.Scheduling.Effort", "large", {"points"}),
        ("Microsoft.VSTS.Scheduling.Effort", {"value": 5}, {"points"}),
        ("Microsoft.VSTS.Common.BacklogPriority", "first", {"rank"}),
        ("Microsoft.VSTS.Common.BusinessValue", [8], {"value"}),
        ("System.IterationPath", 7, {"sprints"}),
        ("System.State", 7, {"status", "category"}),
        ("System.WorkItemType", ["Bug"], {"type", "kind", "level"}),
        ("System.Parent", "above", {"parent"}),
        ("System.Tags", ["a", "b"], {"labels"}),
        ("System.CreatedDate", 7, {"created"}),
    ],
)
def test_what_cannot_be_read_is_unknown_and_not_empty(here, name, value, attributes):
    spoil_item(here, "PAY-1", **{name.replace(".", "__"): value})
    items, problems = read(here, here.connected())
    assert problems == []
    assert attributes <= set(items["PAY-1"].item.unknown)
    assert items["PAY-2"].item.unknown == ()


@pytest.mark.parametrize(("text", "points"), [("8", 8), (" 0.5 ", 0.5), ("2,5", 2.5), ("", None)])
def test_a_number_that_was_sent_as_text_is_read(here, text, points):
    spoil_item(here, "PAY-1", Microsoft__VSTS__Scheduling__Effort=text)
    item = read(here, here.connected())[0]["PAY-1"].item
    assert (item.points, item.unknown) == (points, ())


@pytest.mark.parametrize("formats", [None, 7, ["html"], {"System.Description": 7}])
def test_formats_of_texts_that_cannot_be_read_are_html(here, formats):
    here.tamper(
        "/workitemsbatch$",
        lambda answer: answer | {"value": [item | {"multilineFieldsFormat": formats} for item in answer["value"]]},
    )
    items, problems = read(here, here.connected())
    assert problems == []
    assert [block.text for block in items["PAY-1"].item.text] == ["As a buyer", "one", "two"]


def test_links_survive_a_bad_one(here):
    def spoil(answer):
        for item in answer["value"]:
            item["relations"] = [None, *(item.get("relations") or [])]
        return answer

    before = read(here, here.connected())[0]["PAY-1"].item.links
    here.tamper("/workitemsbatch$", spoil)
    items, problems = read(here, here.connected())
    assert problems == []
    assert (items["PAY-1"].item.links, items["PAY-1"].item.unknown) == (before, ("links",))


TODAY = datetime(2024, 5, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "finish", "frame"),
    [
        (-20, -7, "past"), (-20, -1, "past"), (-14, 0, "current"), (0, 13, "current"), (-3, 3, "current"),
        (1, 14, "future"), (None, -1, "past"), (5, None, "future"), (None, 5, ""), (-5, None, ""), (None, None, ""),
    ],
)  # fmt: skip
def test_a_sprint_without_a_time_frame_is_placed_by_its_dates(start, finish, frame):
    dates = (None if days is None else TODAY + timedelta(days=days) for days in (start, finish))
    assert _time_frame(*dates, TODAY.date()) == frame


def test_items_in_sprints_without_a_time_frame_know_their_state(here):
    now = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)

    def undated(answer):
        for number, sprint in enumerate(answer["value"]):
            start = now + timedelta(days=14 * (number - 1))
            sprint["attributes"] = {
                "startDate": f"{start:%Y-%m-%dT%H:%M:%SZ}",
                "finishDate": f"{start + timedelta(days=13):%Y-%m-%dT%H:%M:%SZ}",
            }
        return answer

    here.tamper("/teamsettings/iterations$", undated)
    items, _ = read(here, here.connected())
    states = {sprint.name: sprint.state for one in items.values() for sprint in one.item.sprints}
    assert states == {"Sprint 1": SprintState.CLOSED, "Sprint 2": SprintState.ACTIVE, "Sprint 3": SprintState.FUTURE}


@pytest.mark.parametrize(
    ("values", "category", "learned_from"),
    [
        ({}, "done", True),
        ({"System__Reason": "Work finished"}, "done", True),
        ({"System__Reason": "Duplicate"}, "removed", False),
        ({"System__Reason": "Obsolete"}, "removed", False),
        ({"Microsoft__VSTS__Common__ResolvedReason": "Cannot Reproduce"}, "removed", False),
        ({"System__State": "Removed"}, "removed", False),
        ({"System__State": "Parked", "System__Reason": "Parked for good"}, "removed", False),
        ({"System__State": "A state of the past"}, "done", True),
        ({"System__State": "A state of the past", "Microsoft__VSTS__Common__ClosedDate": None}, "unknown", False),
    ],
)
def test_finished_is_what_was_done(here, values, category, learned_from):
    closed = {"Microsoft__VSTS__Common__ClosedDate": "2024-04-10T09:00:00Z"}
    spoil_item(here, "PAY-4", **(closed | values))
    item = read(here, here.connected(not_done=["Parked for good"]))[0]["PAY-4"].item
    assert (item.category, item.resolved is not None) == (category, learned_from)
    assert item.is_open == (category == "unknown")


def test_resolved_is_not_done(serve):
    here = serve(process="Agile")
    resolved = {"Resolved": {"category": "Resolved"}}  # as for bugs
    here.tamper(
        "/states$",
        lambda answer: answer | {"value": [state | resolved.get(state["name"], {}) for state in answer["value"]]},
    )
    spoil_item(here, "PAY-4", System__State="Resolved", Microsoft__VSTS__Common__ClosedDate=None)
    item = read(here, here.connected())[0]["PAY-4"].item
    assert (item.category, item.resolved, item.is_open) == ("in progress", None, True)


def test_done_without_a_date_is_since_the_last_move_to_a_done_state(here):
    spoil_item(
        here,
        "PAY-4",
        Microsoft__VSTS__Common__ClosedDate=None,
        Microsoft__VSTS__Common__StateChangeDate="2024-05-01T00:00:00Z",
    )
    item = read(here, here.connected())[0]["PAY-4"].item
    assert item.resolved == datetime(2024, 4, 10, 9, tzinfo=UTC)


def test_a_state_that_no_longer_exists_makes_the_start_unknown(here):
    tracker = here.connected()
    before = read(here, tracker)[0]["PAY-1"].item
    assert before.started == datetime(2024, 4, 29, 9, tzinfo=UTC)

    def renamed(answer):
        for update in answer["value"]:
            state = (update.get("fields") or {}).get("System.State", {})
            if state.get("newValue") in ("New", "Approved"):
                state["newValue"] = "A state of the past"
        return answer

    here.tamper("/updates$", renamed)
    spoil_item(here, "PAY-1", Microsoft__VSTS__Common__ActivatedDate="2024-05-05T09:00:00Z")
    item = read(here, tracker)[0]["PAY-1"].item
    assert (item.started, item.unknown) == (None, ())


def test_a_field_is_read_by_its_reference_whatever_it_is_called_now(here):
    reference = "Microsoft.VSTS.Common.BusinessValue"
    tracker = here.connected(written_field_ids=frozenset({reference, "Custom.Gone"}))
    assert read(here, tracker)[0]["PAY-1"].item.fields == {reference: 8.0}
    assert tracker.target.get_snapshot(here.id("PAY-1")).fields == {reference: 8.0}
    assert tracker.connect().capabilities.writable_fields == {}
    assert tracker.connect().fingerprint == here.connected().connect().fingerprint


@pytest.mark.parametrize(
    ("bad", "refused"),
    [
        ({"text": 7}, False),
        ({"createdDate": "soon"}, False),
        ({"createdBy": 7}, True),
    ],
)
def test_a_comment_that_cannot_be_read_stops_writing_if_it_may_be_ours(here, bad, refused):
    here.actor().comment("PAY-3", "hm")
    tracker = here.connected(allow_writes=True)
    here.tamper("/comments$", lambda answer: answer | {"comments": [answer["comments"][0] | bad]})
    try:
        tracker.target.get_snapshot(here.id("PAY-3"))
    except ConnectorError as error:
        assert refused
        assert "contains unexpected data" in str(error)
    else:
        assert not refused


@pytest.mark.parametrize("bad", [7, "text", [], {"x": 1}])
@pytest.mark.parametrize("place", ["width", "columnFieldReference", "rank", "defaultWorkItemType", "isHidden"])
def test_what_nobody_needs_may_hold_anything(here, place, bad):
    first = here.tracker().connect()

    def spoil(answer):
        for level in (answer["requirementBacklog"], *answer["portfolioBacklogs"]):
            if place in ("width", "columnFieldReference"):
                level["columnFields"] = [{place: bad}]
            elif level is answer["requirementBacklog"]:
                level[place] = bad
        return answer

    here.tamper("/backlogconfiguration$", spoil)
    here.tamper(
        "/fields$",
        lambda answer: (
            answer | {"value": [entry | {"alwaysRequired": bad, "isLocked": bad} for entry in answer["value"]]}
        ),
    )
    tracker = here.tracker()
    assert tracker.connect().fingerprint == first.fingerprint
    items, problems = read(here, tracker)
    assert (set(items), problems) == (set(ALL), [])


@pytest.mark.parametrize(
    ("question", "how"),
    [
        ("/backlogconfiguration$", lambda answer: answer | {"backlogFields": {"typeFields": 7}}),
        ("/backlogconfiguration$", lambda answer: answer | {"backlogFields": {"typeFields": {"Order": [7]}}}),
        ("/backlogconfiguration$", lambda answer: answer | {"requirementBacklog": {"id": "x", "workItemTypes": [{}]}}),
        ("/workitemtypes/[^/]+/fields$", lambda answer: answer | {"value": []}),
        ("wit/fields$", lambda answer: answer | {"value": []}),
    ],
)
def test_what_decides_about_all_items_is_not_guessed(here, question, how):
    here.tamper(question, how)
    with pytest.raises(ConnectorError, match="unexpected format"):
        here.connected()


@pytest.mark.parametrize(
    "values", [{"System__State": "A state of the past"}, {"System__State": None}, {"System__WorkItemType": None}]
)
def test_an_item_in_no_known_state_or_of_no_type_is_unknown(here, values):
    spoil_item(here, "PAY-1", **values)
    assert {"category", "kind"} & set(read(here, here.connected())[0]["PAY-1"].item.unknown)


@pytest.mark.parametrize(
    ("values", "unknown"),
    [
        ({"Microsoft__VSTS__Common__Priority": {"x": 1}}, "priority"),
        ({"Microsoft__VSTS__Common__Priority": True}, "priority"),
        ({"System__AreaPath": ["Pay"]}, "area"),
    ],
)
def test_a_value_of_another_type_is_unknown(here, values, unknown):
    spoil_item(here, "PAY-1", **values)
    item = read(here, here.connected())[0]["PAY-1"].item
    assert (getattr(item, unknown), item.is_known(unknown)) == (None, False)


@pytest.mark.parametrize("priority", [2, 2.0, "2"])
def test_a_priority_may_be_a_number_or_a_text(here, priority):
    spoil_item(here, "PAY-1", Microsoft__VSTS__Common__Priority=priority)
    item = read(here, here.connected())[0]["PAY-1"].item
    assert (item.priority, item.priority_is_default) == ("2", True)


def test_ids_and_revisions_may_be_texts(here):
    def odd(answer):
        return answer | {"value": [item | {"id": str(item["id"]), "rev": str(item["rev"])} for item in answer["value"]]}

    here.tamper("/workitemsbatch$", odd)
    items, problems = read(here, here.connected())
    assert (set(items), problems) == (set(ALL), [])
