"""What changed since last time: nothing is missed, and the position moves only to what was seen."""

import json
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from steward_sandbox.jira import Actor, Lag

pytestmark = pytest.mark.flavours("cloud", "data-center")

NOW = datetime(2024, 5, 6, 8, 0, tzinfo=UTC)


def ana(here):
    return here.world.site.accounts.named("Ana Silva")


def read(tracker, since):
    """Stamps by item, and the position after the last page."""
    pages = list(tracker.changes(since))
    return {stamp.id: stamp.version for page in pages for stamp in page.stamps}, pages[-1].cursor


def place(position):
    return json.loads(position)


def milliseconds(moment):
    return round(moment.timestamp() * 1000)


def test_the_first_position_is_the_servers_now_and_asks_for_the_sprints_alone(here):
    tracker = here.tracker()
    tracker.connect()
    before = len(here.switch.asked)
    stamps, position = read(tracker, None)
    assert stamps == {}
    assert [one.path for one in here.switch.asked[before:]] == ["/rest/agile/1.0/board/1/sprint"]
    assert abs(place(position)["seen"] - milliseconds(NOW)) < 2000


def test_a_change_is_told_with_the_version_that_the_item_will_have(here):
    tracker = here.tracker()
    _, position = read(tracker, None)
    here.clock.advance(minutes=1)
    here.world.edit("PAY-3", ana(here), summary="Changed")
    stamps, _ = read(tracker, position)
    (batch,) = tracker.fetch([here.id("PAY-3")])
    assert stamps == {here.id("PAY-3"): batch.items[0].item.version}


def test_a_position_moves_only_to_what_was_seen(here):
    tracker = here.tracker()
    tracker.connect()
    _, start = read(tracker, None)
    here.clock.advance(hours=5)
    tracker.connect()
    _, unmoved = read(tracker, start)
    assert unmoved == start, "nothing was seen, so it does not move"
    changed = here.world.edit("PAY-3", ana(here), summary="Changed").updated
    here.clock.advance(hours=1)
    tracker.connect()
    _, moved = read(tracker, start)
    assert place(moved)["seen"] == milliseconds(changed)
    assert place(read(tracker, moved)[1])["seen"] == milliseconds(changed)


def test_a_position_never_moves_back(here):
    tracker = here.tracker()
    _, start = read(tracker, None)
    here.clock.advance(minutes=1)
    here.world.edit("PAY-3", ana(here), summary="Changed")
    _, later = read(tracker, start)
    here.world.delete("PAY-3")
    _, after = read(tracker, later)
    assert place(after)["seen"] == place(later)["seen"]


def test_queries_look_back_ten_minutes_and_to_the_minute(here):
    tracker = here.tracker()
    tracker.connect()
    position = json.dumps({"seen": milliseconds(NOW) + 12_345, "deep": milliseconds(NOW)})
    read(tracker, position)
    jql = here.asked(here.searching)[-1].json["jql"]
    found = f"(project = PAY) AND updated >= {milliseconds(NOW - timedelta(minutes=10))}"
    assert jql == (f"{found} ORDER BY updated ASC, key ASC" if here.is_cloud else f"({found}) ORDER BY key ASC")


def test_twice_a_day_a_query_looks_back_far(here):
    tracker = here.tracker()
    _, start = read(tracker, None)
    here.clock.advance(hours=11, minutes=50)
    tracker.connect()
    _, position = read(tracker, start)
    assert place(position)["deep"] == place(start)["deep"]
    here.clock.advance(minutes=11)
    tracker.connect()
    _, position = read(tracker, start)
    asked = here.asked(here.searching)[-1].json["jql"]
    assert f"updated >= {milliseconds(NOW - timedelta(hours=13)) // 60_000 * 60_000}" in asked
    assert abs(place(position)["deep"] - milliseconds(here.clock())) < 2000


def test_a_far_look_that_was_broken_off_is_not_counted(serve):
    here = serve(issues_a_page=2)
    tracker = here.tracker()
    _, start = read(tracker, None)
    here.clock.advance(hours=13)
    for number in range(1, 7):
        here.world.edit(f"PAY-{number}", ana(here), summary="Changed")
    tracker.connect()
    pages = tracker.changes(start)
    first = next(pages)
    pages.close()
    assert place(first.cursor)["deep"] == place(start)["deep"]
    stamps, whole = read(tracker, first.cursor)
    assert len(stamps) == 6
    assert place(whole)["deep"] > place(start)["deep"]


@pytest.mark.flavours("cloud")
def test_pages_come_oldest_first_and_each_says_where_to_go_on(serve):
    here = serve(issues_a_page=2)
    tracker = here.tracker()
    _, start = read(tracker, None)
    here.clock.advance(minutes=20)
    times = [here.world.edit(f"PAY-{number}", ana(here), summary="Changed").updated for number in (4, 2, 6, 1, 5)]
    pages = list(tracker.changes(start))
    assert [stamp.id for page in pages for stamp in page.stamps] == [here.id(f"PAY-{n}") for n in (4, 2, 6, 1, 5)]
    assert [place(page.cursor)["seen"] for page in pages] == [milliseconds(times[n]) for n in (1, 3, 4)]
    for number, page in enumerate(pages):
        left = {stamp.id for later in pages[number + 1 :] for stamp in later.stamps}
        assert left <= set(read(tracker, page.cursor)[0]), "whoever stops here misses nothing"


def test_an_update_in_the_far_future_hides_no_other(serve):
    here = serve('{"key": "PAY-1", "title": "Imported", "updated": "2031-01-01"}\n{"key": "PAY-2", "title": "x"}')
    tracker = here.tracker()
    _, position = read(tracker, None)
    stamps, position = read(tracker, position)
    assert here.id("PAY-1") in stamps
    here.clock.advance(minutes=20)
    here.world.edit("PAY-2", ana(here), summary="Changed")
    assert here.id("PAY-2") in read(tracker, position)[0]


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_equal_stamps_are_not_lost_between_pages(serve, size):
    lines = [
        f'{{"key": "PAY-{n}", "title": "x", "created": "2024-05-01T00:00:00Z", "updated": "2024-05-06T07:59:00Z"}}'
        for n in range(1, 14)
    ]
    here = serve("\n".join(lines), issues_a_page=size)
    tracker = here.tracker()
    tracker.connect()
    position = json.dumps({"seen": milliseconds(NOW), "deep": milliseconds(NOW)})
    assert len(read(tracker, position)[0]) == 13


def test_an_item_that_never_rests_is_still_told(here):
    """A ceiling on the query would hide an item that always changes again before the ceiling has passed it."""
    tracker = here.tracker()
    _, position = read(tracker, None)
    for _ in range(10):
        here.clock.advance(minutes=16)
        version = milliseconds(here.world.edit("PAY-3", ana(here), summary=str(here.clock())).updated)
        stamps, position = read(tracker, position)
        assert stamps[here.id("PAY-3")] == str(version)


@pytest.mark.parametrize("seconds", [5, 60, 9 * 60])
def test_a_search_that_lags_is_caught_up_with(serve, seconds):
    here = serve(search_lag=Lag(seconds))
    tracker = here.tracker()
    _, position = read(tracker, None)
    here.clock.advance(minutes=30)
    late = here.world.edit("PAY-3", ana(here), summary="Late")
    here.clock.advance(seconds=seconds - 1)
    here.world.edit("PAY-2", ana(here), summary="Later")
    stamps, position = read(tracker, position)
    assert here.id("PAY-3") not in stamps
    here.clock.advance(seconds=seconds)
    stamps, position = read(tracker, position)
    assert stamps[here.id("PAY-3")] == str(milliseconds(late.updated))


def test_an_item_that_was_missing_from_one_answer_is_told_in_the_next(here):
    """An issue "can briefly disappear" from a search that has shown it already."""
    tracker = here.tracker()
    _, position = read(tracker, None)
    here.clock.advance(minutes=1)
    here.world.edit("PAY-3", ana(here), summary="Changed")
    here.clock.advance(minutes=8)
    here.world.edit("PAY-2", ana(here), summary="Changed later")
    here.tamper(
        here.searching,
        lambda answer: answer | {"issues": [one for one in answer["issues"] if one["id"] != here.id("PAY-3")]},
    )
    stamps, position = read(tracker, position)
    assert set(stamps) == {here.id("PAY-2")}
    here.switch.tampering.clear()
    assert set(read(tracker, position)[0]) == {here.id("PAY-2"), here.id("PAY-3")}


def test_a_stamp_that_jira_does_not_tell_means_look(here):
    def bare(answer):
        for issue in answer["issues"]:
            issue.get("fields", {}).pop("updated", None)
        return answer

    tracker = here.tracker()
    _, position = read(tracker, None)
    here.world.edit("PAY-3", ana(here), summary="Changed")
    here.tamper(here.searching, bare)
    stamps, after = read(tracker, position)
    assert stamps == {here.id("PAY-3"): None}
    assert after == position


def test_only_the_scope_is_asked_about(here):
    tracker = here.tracker(scope="project = OPS OR labels = tax")
    _, position = read(tracker, None)
    for key in ("PAY-1", "PAY-3", "OPS-1"):
        here.world.edit(key, ana(here), summary="Changed")
    assert set(read(tracker, position)[0]) == {here.id("PAY-3"), here.id("OPS-1")}


def test_a_position_is_text_that_anybody_may_keep(here):
    tracker = here.tracker()
    _, position = read(tracker, None)
    assert set(msgspec.json.decode(position)) == {"deep", "seen", "sprints"}


def test_issues_of_a_sprint_that_begins_ends_or_is_replanned_are_looked_at_again(here):
    tracker, person = here.tracker(), Actor(here.world, "Ana Silva")
    _, position = read(tracker, None)
    here.clock.advance(minutes=30)
    person.start_sprint("Sprint 3")
    stamps, begun = read(tracker, position)
    assert stamps == {here.id("PAY-3"): None}
    person.close_sprint("Sprint 3")
    stamps, ended = read(tracker, begun)
    assert stamps == {here.id("PAY-3"): None}
    assert read(tracker, ended)[0] == {}


def test_a_board_without_sprints_changes_nothing(serve):
    here = serve(kanban=["PAY"])
    tracker = here.tracker()
    _, position = read(tracker, None)
    assert read(tracker, position)[0] == {}
    assert place(position)["sprints"] == {}
