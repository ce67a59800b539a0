import threading
from datetime import UTC, datetime, timedelta

import pytest

from steward_sandbox import BacklogError, parse_backlog, running_from
from steward_sandbox.jira import Actor, Site, build_world, fields, snapshot
from steward_sandbox.jira.fields import POINTS


@pytest.fixture
def kim(world):
    return Actor(world, "Kim Berg")


def items(world, key):
    return world.issue(key).history[-1].items


ACTS = {
    "edit": (lambda kim: kim.edit("PAY-2", title="New"), True),
    "label": (lambda kim: kim.label("PAY-2", "x"), True),
    "transition": (lambda kim: kim.transition("PAY-2", "Done"), True),
    "plan": (lambda kim: kim.edit("PAY-2", sprint="Sprint 2"), True),
    "change type": (lambda kim: kim.edit("PAY-2", type="Task"), True),
    "set parent": (lambda kim: kim.edit("PAY-2", parent="PAY-5"), True),
    "link": (lambda kim: kim.link("PAY-2", "relates to", "PAY-3"), True),
    "move": (lambda kim: kim.move("PAY-2", "OPS"), True),
    "comment": (lambda kim: kim.comment("PAY-2", "Hello"), True),
    "edit without a difference": (lambda kim: kim.edit("PAY-2", title="Show the price before tax"), False),
    "rank": (lambda kim: kim.rank("PAY-2", after="PAY-3"), False),
    "rebalance": (lambda kim: kim.world.rebalance(), False),
    "set a property": (lambda kim: kim.world.set_quietly("PAY-2", properties={"a": 1}), False),
    "hide quietly": (lambda kim: kim.world.hide("PAY-2"), False),
}


@pytest.mark.parametrize("act", ACTS)
def test_updated_moves_as_in_jira(kim, clock, act):
    clock.advance(minutes=5)
    before = kim.world.issue("PAY-2")
    do, moves = ACTS[act]
    do(kim)
    after = kim.world.issue(before.id)
    assert (after.updated == clock()) is moves
    assert (after.updated == before.updated) is not moves


def test_editing_and_deleting_a_comment_move_no_stamp(kim, clock):
    comment = kim.comment("PAY-2", "Hello")
    before = kim.world.issue("PAY-2").updated
    clock.advance(minutes=5)
    kim.edit_comment(comment.id, "Hello again")
    assert kim.world.issue("PAY-2").updated == before
    assert kim.world.find_comment(comment.id)[1].updated == clock()
    kim.delete_comment(comment.id)
    assert kim.world.issue("PAY-2").updated == before
    assert kim.world.find_comment(comment.id) is None


def test_two_changes_never_have_the_same_stamp(kim):
    stamps = [kim.edit("PAY-2", title=f"Title {n}").updated for n in range(5)]
    assert stamps == sorted(set(stamps))


def test_the_change_log_is_worded_as_jira_words_it(kim):
    world = kim.world
    kim.edit("PAY-1", points=13)
    assert items(world, "PAY-1")[0] == type(items(world, "PAY-1")[0])(
        "Story Points", POINTS, True, None, "8", None, "13"
    )
    kim.rank("PAY-3", before="PAY-1")
    rank = items(world, "PAY-3")[0]
    assert (rank.field, rank.before, rank.after, rank.after_text) == ("Rank", "", "", "Ranked higher")
    kim.rank("PAY-3", after="PAY-5")
    assert items(world, "PAY-3")[0].after_text == "Ranked lower"
    kim.edit("PAY-3", flagged=True)
    flagged = items(world, "PAY-3")[0]
    assert (flagged.field, flagged.after, flagged.after_text) == ("Flagged", "[10019]", "Impediment")
    kim.edit("PAY-3", sprint="Sprint 2")
    sprint = items(world, "PAY-3")[0]
    assert (sprint.before, sprint.before_text, sprint.after, sprint.after_text) == ("3", "Sprint 3", "2", "Sprint 2")
    kim.edit("PAY-3", parent="PAY-5")
    parent = items(world, "PAY-3")[0]
    assert (parent.field, parent.field_id, parent.after_text) == ("IssueParentAssociation", None, "PAY-5")
    kim.edit("PAY-6", parent="PAY-2")
    assert items(world, "PAY-6")[0].field == "Parent"
    kim.link("PAY-3", "is blocked by", "PAY-2")
    link = items(world, "PAY-3")[0]
    assert (link.field_id, link.after, link.after_text) == (None, "PAY-2", "This issue is blocked by PAY-2")
    assert items(world, "PAY-2")[0].after_text == "This issue blocks PAY-3"
    kim.transition("PAY-3", "Done")
    assert [(i.field, i.before_text, i.after_text) for i in items(world, "PAY-3")] == [
        ("status", "To Do", "Done"),
        ("resolution", None, "Done"),
    ]


def test_several_sprints_are_logged_as_lists_of_ids(kim):
    kim.edit("PAY-1", sprint="Sprint 3")
    sprint = items(kim.world, "PAY-1")[0]
    assert (sprint.before, sprint.after) == ("1, 2", "1, 3")


def test_replanning_keeps_the_sprints_that_are_over(kim):
    kim.edit("PAY-1", sprint=None)
    assert kim.world.issue("PAY-1").sprints == (1,)
    with pytest.raises(KeyError, match="no sprint 'Sprint 9'"):
        kim.edit("PAY-1", sprint="Sprint 9")


def test_a_moved_issue_keeps_its_id_and_is_found_by_both_keys(kim):
    number = kim.world.issue("PAY-2").id
    moved = kim.move("PAY-2", "OPS")
    assert (moved.id, moved.key, moved.project) == (number, "OPS-2", "OPS")
    assert kim.world.issue("PAY-2") is kim.world.issue("OPS-2") is kim.world.issue(number)
    assert [item.field for item in moved.history[-1].items] == ["project", "Key"]
    assert kim.create("PAY", "Next").key == "PAY-7"


def test_a_resolved_issue_can_be_reopened(kim, clock):
    assert kim.transition("PAY-2", "Done").resolved == clock()
    again = kim.transition("PAY-2", "In Progress")
    assert (again.resolved, again.resolution) == (None, None)


def test_deleting_an_issue_takes_its_comments_and_links_along(kim):
    comment = kim.world.issue("PAY-1").comments[0].id
    kim.delete("PAY-1")
    assert kim.world.find("PAY-1") is None
    assert kim.world.find_comment(comment) is None
    assert kim.world.issue("PAY-3").links == ()
    assert kim.world.issue("PAY-6").parent is None


def test_issues_are_ranked_in_the_order_given(kim):
    kim.rank("PAY-5", "PAY-2", "PAY-6", before="PAY-3")
    assert [issue.key for issue in kim.world.ordered()] == [
        "PAY-1", "PAY-5", "PAY-2", "PAY-6", "PAY-3", "PAY-4", "OPS-1",
    ]  # fmt: skip


def test_people_bots_and_customers_have_accounts_of_their_kind(world):
    assert Actor(world, "Kim Berg").account is Actor(world, "Kim Berg").account
    assert Actor(world, "Release Bot", type="app").account.type == "app"
    assert Actor(world, "Omar", type="customer").account.type == "customer"
    assert world.issue("PAY-1").assignee == Actor(world, "Ana Silva").account.id


def test_notifications_are_counted_by_what_caused_them(kim):
    comment = kim.comment("PAY-2", "Hello")
    kim.edit("PAY-2", title="New")
    kim.rank("PAY-2", after="PAY-3")
    kim.edit_comment(comment.id, comment.body, notify=False)
    assert [(mail.key, mail.about) for mail in kim.world.mails] == [("PAY-2", "comment"), ("PAY-2", "edit")]


def test_a_snapshot_shows_what_people_see_and_nothing_else(kim):
    before = snapshot(kim.world)
    kim.rank("PAY-2", after="PAY-3")
    kim.world.set_quietly("PAY-2", properties={"a": 1})
    kim.world.rebalance()
    assert snapshot(kim.world) == before
    kim.label("PAY-2", "x")
    kim.edit("PAY-2", wsjf=2.5, moscow="Must have")
    kim.comment("PAY-2", "Hello")
    after = snapshot(kim.world)
    assert after["PAY-2"]["labels"] == ["x"]
    assert after["PAY-2"]["custom"] == {fields.WSJF: "2.5", fields.MOSCOW: "Must have"}
    assert after["PAY-2"]["comments"] == [{"author": "Kim Berg", "text": "Hello"}]
    assert {key: seen for key, seen in after.items() if key != "PAY-2"} == {
        key: seen for key, seen in before.items() if key != "PAY-2"
    }


def test_what_the_file_leaves_out_is_filled_by_rule(world):
    bare, done = world.issue("PAY-2"), world.issue("PAY-4")
    assert (bare.type, bare.status) == ("Story", "To Do")
    assert world.issue("PAY-3").updated == world.issue("PAY-3").created
    assert (done.updated, done.resolution) == (done.resolved, "Fixed")
    assert [item.after_text for item in done.history[0].items] == ["Done", "Fixed"]
    assert POINTS not in bare.custom
    assert [issue.key for issue in world.ordered()] == [issue.key for issue in world.issues.values()]


def test_what_real_sites_leave_blank_stays_blank():
    rows = (
        '{"key": "A-1", "title": "x", "status": "Done"}\n'
        '{"key": "B-1", "title": "x", "comments": [{"at": "2024-01-01", "text": "y", "by": {"name": "Z", "email": null}}]}'
    )
    world = build_world(parse_backlog(rows))
    done = world.issue("A-1")
    assert (done.status, done.resolved, done.resolution, done.priority) == ("Done", None, None, None)
    assert not world.site.accounts.by_id[world.issue("B-1").comments[0].author].email_visible


def test_without_any_date_the_earliest_and_latest_of_the_file_are_taken():
    world = build_world(
        parse_backlog(
            '{"key": "A-1", "title": "x", "created": "2024-01-01", "resolved": "2024-02-01"}\n'
            '{"key": "A-2", "title": "y"}'
        )
    )
    assert world.issue("A-2").created == datetime(2024, 1, 1, tzinfo=UTC)
    assert world.issue("A-2").updated == datetime(2024, 2, 1, tzinfo=UTC)


def test_a_resolution_without_a_status_is_done_and_an_unknown_status_finds_its_category():
    rows = (
        '{"key": "A-1", "title": "x", "resolved": "2024-02-01"}\n'
        '{"key": "A-2", "title": "x", "status": "Shipped", "resolved": "2024-02-01"}\n'
        '{"key": "A-3", "title": "x", "status": "Waiting"}\n'
        '{"key": "A-4", "title": "x", "status": "backlog"}'
    )
    world = build_world(parse_backlog(rows))
    assert world.issue("A-1").status == "Done"
    kinds = [world.site.catalogue.statuses[issue.status].category for issue in world.issues.values()]
    assert kinds == ["done", "done", "indeterminate", "new"]


def test_ranks_of_the_file_decide_and_what_has_none_comes_after():
    rows = "\n".join(
        f'{{"key": "A-{n}", "title": "x"{rank}}}'
        for n, rank in enumerate(("", ', "rank": 30', ', "rank": 4', "", ', "rank": "0|i1:"'), start=1)
    )
    assert [i.key for i in build_world(parse_backlog(rows)).ordered()] == ["A-3", "A-2", "A-5", "A-1", "A-4"]


def test_sprints_take_their_state_from_their_dates_or_from_their_items(world):
    assert [sprint.state.value for sprint in world.site.sprints.values()] == ["closed", "active", "future"]
    rows = (
        '{"key": "A-1", "title": "x", "sprint": "One", "resolved": "2024-02-01"}\n'
        '{"key": "A-2", "title": "x", "sprint": "Two", "status": "In Progress"}\n'
        '{"key": "A-3", "title": "x", "sprint": "Three"}'
    )
    states = {s.name: s.state.value for s in build_world(parse_backlog(rows)).site.sprints.values()}
    assert states == {"One": "closed", "Two": "active", "Three": "future"}


def test_starting_and_closing_a_sprint_leaves_its_stamps(kim, clock):
    kim.start_sprint("Sprint 3")
    assert kim.world.site.sprints[3].start == clock()
    clock.advance(days=14)
    kim.close_sprint("Sprint 3")
    assert (kim.world.site.sprints[3].state.value, kim.world.site.sprints[3].completed) == ("closed", clock())


@pytest.mark.parametrize("key", ["PAY", "PAY-", "-3", "PAY-x", "12"])
def test_a_key_that_jira_could_not_have_given_is_refused(key):
    with pytest.raises(BacklogError, match="a Jira key is a project and a number"):
        build_world(parse_backlog(f'{{"key": "{key}", "title": "x"}}'))


def test_links_and_parents_outside_the_file_are_left_out():
    rows = '{"key": "A-1", "title": "x", "parent": "B-9", "links": [{"kind": "blocks", "target": "B-9"}]}'
    issue = build_world(parse_backlog(rows)).issue("A-1")
    assert (issue.parent, issue.links) == (None, ())


def test_a_link_told_from_both_sides_is_one_link():
    rows = (
        '{"key": "A-1", "title": "x", "links": [{"kind": "blocks", "target": "A-2"}]}\n'
        '{"key": "A-2", "title": "y", "links": [{"kind": "is blocked by", "target": "A-1"}]}'
    )
    world = build_world(parse_backlog(rows))
    assert [(len(issue.links), issue.links[0].outward) for issue in world.issues.values()] == [(1, True), (1, False)]


def test_a_site_without_a_field_leaves_its_values_out():
    rows = '{"key": "A-1", "title": "x", "business_value": 3, "points": 1}'
    world = build_world(parse_backlog(rows), site=Site(absent_fields=["Business Value", "WSJF"]))
    assert world.issue("A-1").custom == {"customfield_10028": 1}
    with pytest.raises(KeyError):
        Actor(world, "Kim Berg").edit("A-1", wsjf=3)


def test_the_same_file_gives_the_same_world(world_of):
    one, two = world_of(), world_of()
    assert one.issues == two.issues
    assert one.site.sprints == two.site.sprints


def test_everything_happens_once_when_many_act_at_once(kim):
    def act():
        for _ in range(25):
            kim.comment("PAY-2", "Hello")
            kim.rank("PAY-3", before="PAY-1")

    threads = [threading.Thread(target=act) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ids = [comment.id for comment in kim.world.issue("PAY-2").comments]
    assert len(set(ids)) == 150
    assert len(kim.world.issue("PAY-3").history) == 150


def test_a_running_clock_goes_on_from_its_moment():
    clock = running_from(datetime(2014, 1, 1, tzinfo=UTC))
    assert timedelta() <= clock() - datetime(2014, 1, 1, tzinfo=UTC) < timedelta(seconds=5)


def test_a_stopped_clock_moves_only_when_told(clock):
    assert clock() == clock()
    assert clock.advance(days=1, hours=2) == datetime(2024, 5, 7, 10, tzinfo=UTC)
    clock.move_to(datetime(2020, 1, 1, tzinfo=UTC))
    assert clock().year == 2020
