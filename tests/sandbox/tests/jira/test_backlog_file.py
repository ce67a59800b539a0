import json
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward_sandbox import BacklogError, as_of, parse_backlog, read_backlog
from steward_sandbox.backlog import Backlog, SeedItem
from support.opening import open_plugin


def item(**keys):
    return parse_backlog(json.dumps({"key": "A-1", "title": "x", **keys})).items[0]


def test_the_real_backlog_is_read_whole(springxd):
    assert len(read_backlog(springxd).items) == 3565


def test_the_real_backlog_as_it_stood_at_new_year_has_150_open_items(springxd):
    then = as_of(read_backlog(springxd), date(2014, 1, 1))
    assert len(then.items) == 885
    assert sum(found.resolved is None for found in then.items) == 150
    assert then.skipped == 1161


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"key": "A-2", "titel": "x"}', "file.jsonl:3: Object contains unknown field `titel`"),
        ('{"key": "A-2", "title": "x", "zzz": 1}', "file.jsonl:3: Object contains unknown field `zzz`"),
        ('{"key": "A-2"', "file.jsonl:3: not JSON"),
        ('["A-2"]', "file.jsonl:3: expected one item as a JSON object"),
        ('{"key": "A-2"}', "file.jsonl:3: Object missing required field `title`"),
        ('{"key": "A-2", "title": "x", "points": "3"}', "file.jsonl:3: .*got `str` at `points`"),
        ('{"key": "A-2", "title": "x", "created": "soon"}', "file.jsonl:3: created must be a date or time"),
        ('{"key": "A-2", "title": "x", "links": [{"kind": "blocks"}]}', "file.jsonl:3: .*`target`"),
        ('{"key": "A-2", "title": "x", "comments": [{"at": "x", "text": "y"}]}', "file.jsonl:3: at must be a date"),
        ('{"key": "A-2", "title": "x", "transitions": 3}', "file.jsonl:3: transitions must be a list"),
        ('{"key": " ", "title": "x"}', "file.jsonl:3: key is empty"),
        ('{"key": "A-1", "title": "x"}', "file.jsonl:3: A-1 is already on line 1"),
        ('{"sprints": []}', "file.jsonl:3: sprints of the whole file belong on its first line"),
    ],
)
def test_a_line_that_cannot_be_understood_is_named(line, message):
    with pytest.raises(BacklogError, match=message):
        parse_backlog('{"key": "A-1", "title": "x"}\n\n' + line, source="file.jsonl")


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BacklogError, match=r"nowhere\.jsonl: No such file"):
        read_backlog(tmp_path / "nowhere.jsonl")


def test_a_file_in_another_encoding_is_named(tmp_path):
    (tmp_path / "latin.jsonl").write_bytes(b'{"key": "A-1", "title": "caf\xe9"}')
    with pytest.raises(BacklogError, match=r"latin\.jsonl: not UTF-8 at byte"):
        read_backlog(tmp_path / "latin.jsonl")


def test_only_a_line_feed_ends_a_line():
    text = '{"key": "A-1", "title": "one\u2028two\u0085three"}\r\n{"key": "A-2", "title": "a\\/b"}\n'
    assert [found.title for found in parse_backlog(text).items] == ["one\u2028two\u0085three", "a/b"]


def test_what_the_file_does_not_say_stays_unsaid():
    bare = item()
    assert (bare.type, bare.status, bare.points, bare.created, bare.priority) == (None,) * 5
    assert item(points=None, description=None) == bare


def test_days_and_times_without_a_zone_are_read_as_utc():
    assert item(created="2024-03-01").created == datetime(2024, 3, 1, tzinfo=UTC)
    assert item(created="2024-03-01T10:00:00").created == datetime(2024, 3, 1, 10, tzinfo=UTC)
    assert item(created="2024-03-01T10:00:00+02:00").created == datetime(2024, 3, 1, 8, tzinfo=UTC)


def test_a_sprint_may_be_a_name_an_object_or_a_list_of_either():
    assert [s.name for s in item(sprint="One").sprint] == ["One"]
    assert [s.name for s in item(sprint={"name": "One", "state": "closed"}).sprint] == ["One"]
    assert [s.name for s in item(sprint=["One", {"name": "Two", "start": "2024-01-01"}]).sprint] == ["One", "Two"]


def test_the_connector_reads_every_board_and_a_field_only_in_its_projects(serve, world_of):
    served = serve(
        world_of(
            '{"boards": [{"project": "A", "name": "Support", "type": "kanban"}], "fields": {"Story Points": ["B"]}}\n'
            '{"key": "A-1", "title": "x", "points": 3}\n{"key": "B-1", "title": "y", "points": 5}\n'
        )
    )
    site = {"url": served.url, "gateway": served.url, "email": "steward@example.com", "token": "token"}
    with closing(open_plugin("jira", name="A", scope="project in (A, B)", **site)) as tracker:
        items = [one.item for batch in tracker.fetch(tracker.list_ids().ids) for one in batch.items]
    assert {item.key: item.points for item in items} == {"A-1": None, "B-1": 5}
    boards = served.world.site.boards.values()
    assert [(board.project, board.name, board.kind) for board in boards] == [
        ("A", "A board", "scrum"),
        ("B", "B board", "scrum"),
        ("A", "Support", "kanban"),
    ]
    read = [call.path for call in served.app.calls]
    assert all(f"/rest/software/1.0/board/{board.id}/issue" in read for board in boards)


def test_a_field_that_the_site_lacks_is_named(world_of):
    with pytest.raises(BacklogError, match="this site has no field 'Stroy Points'"):
        world_of('{"fields": {"Stroy Points": ["A"]}}\n{"key": "A-1", "title": "x"}')


def test_what_happened_after_the_day_is_taken_back():
    life = item(
        created="2024-01-01",
        resolved="2024-06-01",
        status="Done",
        points=5,
        title="New title",
        updated="2024-06-01",
        transitions=[
            {"at": "2024-02-01", "field": "status", "from": "To Do", "to": "In Progress"},
            {"at": "2024-04-01", "field": "points", "from": 3, "to": 5},
            {"at": "2024-04-02", "field": "title", "from": "Old title", "to": "New title"},
            {"at": "2024-06-01", "field": "status", "from": "In Progress", "to": "Done"},
        ],
        comments=[{"at": "2024-02-02", "text": "early"}, {"at": "2024-05-02", "text": "late"}],
    )
    then = as_of(Backlog((life,)), date(2024, 3, 1)).items[0]
    assert (then.resolved, then.updated, then.status, then.points) == (None, None, "In Progress", 3)
    assert then.title == "Old title"
    assert [comment.text for comment in then.comments] == ["early"]
    assert len(then.transitions) == 1


days = st.integers(0, 200).map(lambda hours: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=hours))
rows = st.tuples(st.none() | days, st.none() | days)


@settings(deadline=None)
@given(st.lists(rows, max_size=12), days)
def test_an_item_stands_open_on_a_day_exactly_when_it_was_created_and_not_yet_resolved(dates, day):
    items = tuple(
        SeedItem(
            key=f"A-{n}", title="x", status="Done", created=made, resolved=made + timedelta(days=1) if ended else None
        )
        if made
        else SeedItem(key=f"A-{n}", title="x", resolved=ended)
        for n, (made, ended) in enumerate(dates)
    )
    then = as_of(Backlog(items), day)
    both = [found for found in items if found.created and found.resolved]
    assert then.skipped == len(items) - len(both)
    assert [found.key for found in then.items] == [found.key for found in both if found.created <= day]
    for found in then.items:
        resolved = next(i.resolved for i in items if i.key == found.key)
        assert (found.resolved is None) is (resolved > day)
        assert (found.status is None) is (resolved > day)
