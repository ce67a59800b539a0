"""Bulk reads: complete, whatever an answer leaves out, and no worse for one issue that is odd."""

import json
from datetime import date

import pytest

from connectors.errors import Garbled
from connectors.jira.cloud import CloudClient
from connectors.jira.data_center import DataCenterClient
from rules.model import Release
from steward_sandbox import Faults
from steward_sandbox.jira import Actor

pytestmark = pytest.mark.flavours("cloud", "data-center")


def backlog(count, **more):
    return "\n".join(json.dumps({"key": f"PAY-{n}", "title": f"Item {n}", **more}) for n in range(1, count + 1))


def fetched(tracker, ids):
    items, problems = [], []
    for batch in tracker.fetch(ids):
        items += batch.items
        problems += batch.problems
    return items, problems


def person(here, name="Ana Silva"):
    return here.world.site.accounts.named(name)


def test_many_issues_come_in_batches_of_a_hundred_each_once(serve):
    here = serve(backlog(450))
    tracker = here.tracker()
    ids = list(tracker.list_ids().ids)
    batches = list(tracker.fetch(ids))
    assert [len(batch.items) for batch in batches].count(100) == 4
    assert sorted(one.item.id for batch in batches for one in batch.items) == sorted(ids)
    assert not [problem for batch in batches for problem in batch.problems]


def test_due_dates_and_releases_are_read(serve):
    here = serve(backlog(1, due="2026-12-01", releases=["2.4", {"name": "2.5", "date": "2026-11-15"}]))
    (item,), _ = fetched(here.tracker(), here.tracker().list_ids().ids)
    assert (item.item.due, item.item.releases) == (
        date(2026, 12, 1),
        (Release("2.4"), Release("2.5", date(2026, 11, 15))),
    )


def test_nothing_asked_is_nothing_read(here):
    assert list(here.tracker().fetch([])) == []


def test_issues_that_are_gone_or_hidden_are_left_out(here):
    tracker = here.tracker()
    ids = list(tracker.list_ids().ids)
    here.world.delete("PAY-2")
    here.world.hide("PAY-3")
    items, problems = fetched(tracker, [*ids, "99999"])
    assert {one.item.key for one in items} == {"PAY-1", "PAY-4", "PAY-5", "PAY-6"}
    assert problems == []


@pytest.mark.flavours("cloud")
def test_an_item_has_its_whole_history_however_long(serve):
    here = serve(changelog_shown=5)
    ana = person(here)
    for number in range(23):
        here.world.edit("PAY-1", ana, summary=f"Title {number}")
        here.world.edit("PAY-2", ana, priority=["High", "Low"][number % 2])
    items, _ = fetched(here.tracker(), [here.id("PAY-1"), here.id("PAY-2"), here.id("PAY-3")])
    found = {one.item.key: one for one in items}
    assert [one.after for one in found["PAY-1"].field_changes if one.field == "summary"] == [
        f"Title {n}" for n in range(23)
    ]
    assert len(found["PAY-2"].field_changes) == len(here.world.issue("PAY-2").history)
    assert len(here.asked("/changelog/bulkfetch$")) == 1
    assert here.asked("/changelog/bulkfetch$")[0].json["issueIdsOrKeys"] == [here.id("PAY-1"), here.id("PAY-2")]


@pytest.mark.flavours("cloud")
def test_long_histories_of_several_batches_are_read_with_one_request(serve):
    here = serve(backlog(250), changelog_shown=2)
    long = {key: here.id(key) for key in ("PAY-1", "PAY-120", "PAY-240")}
    for key in long:
        for number in range(4):
            here.world.edit(key, person(here), summary=f"Title {number}")
    items, problems = fetched(here.tracker(), here.tracker().list_ids().ids)
    histories = {one.item.key: [change.after for change in one.field_changes] for one in items}
    assert (len(items), problems) == (250, [])
    assert {histories[key] == [f"Title {number}" for number in range(4)] for key in long} == {True}
    (request,) = here.asked("/changelog/bulkfetch$")
    assert sorted(request.json["issueIdsOrKeys"]) == sorted(long.values())


@pytest.mark.flavours("cloud")
@pytest.mark.parametrize("epochs", [True, False])
def test_times_of_long_histories_may_come_as_numbers(serve, epochs):
    here = serve(changelog_shown=1, epoch_changelogs=epochs)
    changed = [here.world.edit("PAY-1", person(here), summary=f"Title {number}").updated for number in range(3)]
    items, _ = fetched(here.tracker(), [here.id("PAY-1")])
    assert [one.at for one in items[0].field_changes][-3:] == changed


def test_an_item_has_all_its_comments_oldest_and_newest(serve):
    here = serve(comments_shown=3)
    ana = person(here)
    for number in range(130):
        Actor(here.world, ana).comment("PAY-2", f"Comment {number}")
    items, _ = fetched(here.tracker(), [here.id("PAY-2"), here.id("PAY-3")])
    found = {one.item.key: one for one in items}
    assert sorted(one.text for one in found["PAY-2"].comments) == sorted(f"Comment {n}" for n in range(130))
    assert found["PAY-3"].comments == ()
    assert found["PAY-2"].item.discussed == max(one.created for one in found["PAY-2"].comments)
    # Data Center sends all comments with the issue.
    assert {one.path.split("/")[-2] for one in here.asked("/comment$")} == (
        {here.id("PAY-2")} if here.is_cloud else set()
    )


@pytest.mark.flavours("cloud")
def test_an_item_that_vanishes_while_its_comments_are_read_costs_only_itself(serve):
    here = serve(comments_shown=1, faults=Faults(["404@*/comment"]))
    for key in ("PAY-1", "PAY-2"):
        for number in range(3):
            Actor(here.world, person(here)).comment(key, f"Comment {number}")
    items, problems = fetched(here.tracker(), [here.id(f"PAY-{n}") for n in (1, 2, 3)])
    assert [one.item.key for one in items] == ["PAY-3"]
    assert [(one.item, "its comments cannot be read" in one.reason) for one in problems] == [
        ("PAY-1", True),
        ("PAY-2", True),
    ]


def bulk(spoil):
    """Spoils issues of a bulk answer: `spoil` gets the encoded issue and its key, and gives other bytes or None."""

    def tamper(answer):
        parts = []
        for issue in answer["issues"]:
            whole = json.dumps(issue).encode()
            parts.append(spoil(issue["key"], whole) or whole)
        errors = json.dumps(answer["issueErrors"]).encode()
        return b'{"issues":[' + b",".join(parts) + b'],"issueErrors":' + errors + b"}"

    return tamper


DEEP = b'{"type":"panel","content":[' * 10_000 + b"]}" * 10_000


@pytest.mark.flavours("cloud")
@pytest.mark.parametrize(
    ("spoilt", "named"),
    [
        (b'{"id":"7"}', "?"),
        (b"7", "?"),
        (b'{"id":[7],"key":"PAY-3","fields":{}}', "PAY-3"),
        (b'{"id":"10002","key":"PAY-3","fields":{"summary":"\xff"}}', "PAY-3"),
        (b'{"id":"10002","key":"PAY-3","fields":{"customfield_10041":1e999}}', ""),
        (b'{"id":"10002","key":"PAY-3","fields":{},"changelog":{"histories":[{"created":"never"}]}}', "PAY-3"),
        (
            b'{"id":"10002","key":"PAY-3","fields":{},"changelog":{"histories":[{"created":99999999999999999}]}}',
            "PAY-3",
        ),
    ],
)
def test_an_issue_that_cannot_be_decoded_becomes_a_problem_and_the_rest_is_read(here, spoilt, named):
    here.tamper("/issue/bulkfetch$", bulk(lambda key, _whole: spoilt if key == "PAY-3" else None))
    items, problems = fetched(here.tracker(), [here.id(f"PAY-{n}") for n in range(1, 6)])
    keys = {one.item.key for one in items}
    assert {"PAY-1", "PAY-2", "PAY-4", "PAY-5"} <= keys
    if "PAY-3" in keys:
        (item,) = (one.item for one in items if one.item.key == "PAY-3")
        assert (problems, item.started) == ([], None)
        assert {"ranked_by_person", "started"} <= {*item.unknown}
    else:
        assert len(problems) == 1
        assert named in problems[0].item


@pytest.mark.flavours("cloud")
@pytest.mark.parametrize("spoilt", [b'{"id":"10002","key":"PAY-3","fields":{"summary":"\\ud800"}}', DEEP, b'{"cut'])
def test_an_issue_that_spoils_the_whole_answer_is_singled_out(here, spoilt):
    here.tamper("/issue/bulkfetch$", bulk(lambda key, _whole: spoilt if key == "PAY-3" else None))
    items, problems = fetched(here.tracker(), [here.id(f"PAY-{n}") for n in range(1, 7)])
    assert {one.item.key for one in items} == {"PAY-1", "PAY-2", "PAY-4", "PAY-5", "PAY-6"}
    assert [one.item for one in problems] == [here.id("PAY-3")]
    assert "cannot be read" in problems[0].reason


@pytest.mark.flavours("cloud")
def test_an_odd_field_is_unknown(here):
    def odd(key, whole):
        return whole.replace(b'"labels": []', b'"labels": {"x": 1}') if key == "PAY-2" else None

    here.tamper("/issue/bulkfetch$", bulk(odd))
    items, problems = fetched(here.tracker(), [here.id("PAY-1"), here.id("PAY-2")])
    assert {one.item.key: one.item.unknown for one in items} == {"PAY-1": (), "PAY-2": ("labels",)}
    assert problems == []


@pytest.mark.flavours("cloud")
def test_an_odd_field_changes_nothing_about_the_other_issues_of_its_page(here):
    Actor(here.world, "Ana Silva").comment("PAY-1", "What about refunds?")
    ids = [here.id(f"PAY-{n}") for n in range(1, 7)]
    expected, _ = fetched(here.tracker(), ids)
    here.tamper(
        "/issue/bulkfetch$",
        bulk(lambda key, whole: whole.replace(b'"labels": []', b'"labels": {"x": 1}') if key == "PAY-2" else None),
    )
    items, problems = fetched(here.tracker(), ids)
    assert [one for one in items if one.item.key != "PAY-2"] == [one for one in expected if one.item.key != "PAY-2"]
    assert ([one.item.unknown for one in items if one.item.key == "PAY-2"], problems) == ([("labels",)], [])


@pytest.mark.flavours("cloud")
@pytest.mark.parametrize("page", [0, 1])
def test_an_odd_page_costs_no_other_page_anything(serve, page):
    here = serve(backlog(120))
    tracker = here.tracker()
    ids = tracker.list_ids().ids
    odd = ids[page * 100]

    def spoil(answer):
        for issue in answer["issues"]:
            if issue["id"] == odd:
                issue["fields"]["votes"] = "many"
        return answer

    here.tamper("/issue/bulkfetch$", spoil)
    items, problems = fetched(tracker, ids)
    assert {one.item.id: one.item.unknown for one in items} == {ident: ("votes",) * (ident == odd) for ident in ids}
    assert (len(items), problems) == (120, [])


@pytest.mark.flavours("cloud")
def test_an_answer_that_is_too_large_is_asked_for_in_parts(serve):
    here = serve(backlog(90))
    large = []

    def cut(answer):
        whole = json.dumps(answer).encode()
        if len(answer["issues"]) <= 12:
            return whole
        large.append(len(answer["issues"]))
        return whole[: len(whole) // 2]

    here.tamper("/issue/bulkfetch$", cut)
    tracker = here.tracker()
    items, problems = fetched(tracker, tracker.list_ids().ids)
    assert len(items) == len({one.item.id for one in items}) == 90
    assert problems == []
    assert max(large) == 90


@pytest.mark.flavours("cloud")
def test_a_tracker_that_sends_only_rubbish_ends_the_reading_early(serve):
    here = serve(backlog(64))
    here.tamper("/issue/bulkfetch$", lambda answer: b'{"issues":[')
    tracker = here.tracker()
    with pytest.raises(Garbled):
        fetched(tracker, tracker.list_ids().ids)
    assert len(here.asked("/issue/bulkfetch$")) < 100


@pytest.mark.flavours("cloud")
def test_issues_that_jira_could_not_read_at_once_are_asked_for_again(here):
    here.world.unsettle("PAY-2")
    here.world.unsettle("PAY-4")
    items, problems = fetched(here.tracker(), [here.id(f"PAY-{n}") for n in range(1, 5)])
    assert sorted(one.item.key for one in items) == ["PAY-1", "PAY-2", "PAY-3", "PAY-4"]
    assert problems == []
    assert [len(one.json["issueIdsOrKeys"]) for one in here.asked("/issue/bulkfetch$")] == [4, 2]


@pytest.mark.flavours("cloud")
def test_issues_that_jira_cannot_read_are_named_with_the_reason(here):
    here.world.unsettle("PAY-2", times=9)
    items, problems = fetched(here.tracker(), [here.id(f"PAY-{n}") for n in range(1, 5)])
    assert sorted(one.item.key for one in items) == ["PAY-1", "PAY-3", "PAY-4"]
    assert [one.item for one in problems] == [here.id("PAY-2")]
    assert problems[0].line == (
        f"{problems[0].item} is not updated, because Jira could not read it this time (The issue could not be read, "
        "please try again.)"
    )
    assert len(here.asked("/issue/bulkfetch$")) == 2


@pytest.mark.parametrize("fault", ["503#1-2", "429=0#1", "truncate#1", "drop-before#1", "drop-after#2"])
def test_what_fails_once_is_asked_for_again(serve, fault):
    here = serve(backlog(250), faults=Faults([f"{fault}@*/issue/bulkfetch", f"{fault}@*/api/2/search"]))
    tracker = here.tracker()
    items, problems = fetched(tracker, tracker.list_ids().ids)
    assert (len(items), problems) == (250, [])
    assert tracker.stats.retries >= 1


def test_moved_issues_come_with_their_new_key(here):
    ident = here.id("PAY-2")
    Actor(here.world, person(here)).move("PAY-2", "OPS")
    items, _ = fetched(here.tracker(), [ident])
    assert [(one.item.id, one.item.key, one.item.project) for one in items] == [(ident, "OPS-2", "OPS")]


@pytest.mark.flavours("cloud")
def test_whoever_stops_reading_stops_the_asking(serve):
    here = serve(backlog(3000))
    tracker = here.tracker()
    batches = tracker.fetch(tracker.list_ids().ids)
    next(batches)
    batches.close()
    assert len(here.asked("/issue/bulkfetch$")) <= 2 * CloudClient.max_concurrent_requests, (
        "what ran, and what followed"
    )


@pytest.mark.flavours("data-center")
def test_whoever_stops_reading_a_data_center_stops_the_asking(serve):
    here = serve(backlog(1500))
    tracker = here.tracker()
    ids = tracker.list_ids().ids
    before = len(here.asked("/search$"))
    batches = tracker.fetch(ids)
    next(batches)
    batches.close()
    assert 0 < len(here.asked("/search$")) - before <= 2 * DataCenterClient.max_concurrent_requests


def test_the_whole_of_an_item_arrives(here):
    (batch,) = here.tracker(write_fields={"wsjf": "WSJF"}).fetch([here.id("PAY-1")])
    (one,) = batch.items
    item = one.item
    assert (item.key, item.title, item.points, item.value, item.status) == (
        "PAY-1",
        "Pay in instalments",
        8,
        8,
        "In Progress",
    )
    assert (item.parent, item.labels, item.components) == ("PAY-5", ("checkout",), ("Checkout",))
    assert [(block.text, block.done) for block in item.criteria] == [("it works", False), ("it is paid", True)]
    assert [(link.kind, link.target) for link in item.links] == [("blocks", "PAY-3")]
    assert [sprint.name for sprint in item.sprints] == ["Sprint 2"]
    assert item.started == one.field_changes[0].at
    assert (one.comments[0].text, item.discussed) == ("Legal wants a say.", one.comments[0].created)
    assert item.fields == {"customfield_10044": None}


def test_a_label_from_creation_is_told_from_one_that_was_added_later(serve):
    here = serve(backlog(1, labels=["steward-waive", "ops"]))
    here.world.edit("PAY-1", person(here), labels=("steward-waive", "ops", "steward-snooze"))
    (item,), _ = fetched(here.tracker(), [here.id("PAY-1")])
    changes = {label: change.at_creation for label, change in item.label_changes.items()}
    assert changes == {"steward-waive": True, "steward-snooze": False}
