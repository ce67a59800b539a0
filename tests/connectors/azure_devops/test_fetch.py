"""Whole items, with history and discussion, in batches."""

import json
from datetime import UTC, date, datetime

import pytest

from connectors.comments import Author
from connectors.errors import ConnectorError
from connectors.plugin import FieldNames
from rules.model import Link, SprintState
from steward_sandbox import Faults


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def many(count, **more):
    rows = ({"key": f"PAY-{n}", "title": f"Item {n}", "created": "2024-03-01T09:00:00Z"} for n in range(1, count + 1))
    return "\n".join(json.dumps(row | more) for row in rows)


@pytest.mark.parametrize("server", [None, "2022"])
def test_the_whole_of_an_item_arrives(serve, server):
    here = serve(server=server)
    one = here.read(here.connected(), "PAY-1")["PAY-1"]
    item = one.item
    assert (item.tracker, item.id, item.key, item.project) == ("platform", "1", "1", "PAY")
    assert item.url == f"{here.url}/PAY/_workitems/edit/1"
    assert (item.title, item.kind, item.level, item.category) == (
        "Pay in instalments",
        "story",
        "requirement",
        "in progress",
    )
    assert [block.text for block in item.text] == ["As a buyer", "one", "two"]
    assert [block.text[-10:].strip("☐☑ ") for block in item.criteria] == ["it works", "it is paid"]
    assert (item.points, item.value, item.urgency) == (8.0, 8.0, None)
    assert (item.labels, item.area, item.assigned) == (("checkout", "Tax"), "PAY\\Checkout\\Web", True)
    assert (item.parent, item.links) == (here.id("PAY-5"), (Link("blocks", here.id("PAY-3")),))
    (sprint,) = item.sprints
    assert (sprint.name, sprint.state, sprint.start) == ("Sprint 2", SprintState.ACTIVE, at("2024-04-29"))
    assert (item.created, item.updated) == (at("2024-03-01T09:00"), at("2024-05-02T09:00"))
    assert (item.started, item.resolved) == (at("2024-04-29T09:00"), None)
    assert (item.discussed, item.changed_by_person) == (at("2024-04-02T10:00"), at("2024-04-29T09:00"))
    (said,) = one.comments
    assert (said.text, said.author, said.tag) == ("Legal wants a say.", Author.PERSON, None)


def test_absent_is_none_and_zero_is_zero(here):
    tracker = here.connected()
    assert here.read(tracker, "PAY-2")["PAY-2"].item.points is None
    here.actor().edit("PAY-2", points=0)
    item = here.read(tracker, "PAY-2")["PAY-2"].item
    assert item.points == 0.0
    assert (item.rank, item.priority_is_default, item.assigned, item.sprints) == (None, True, False, ())


@pytest.mark.parametrize("stored", ["2024-06-30T00:00:00Z", "2024-06-29T22:00:00Z", "2024-06-30T05:00:00Z"])
def test_the_target_date_is_the_day_that_a_person_chose_in_any_time_zone(here, stored):
    tracker = here.connected()

    def choose(body):
        body["value"][0]["fields"]["Microsoft.VSTS.Scheduling.TargetDate"] = stored
        return body

    here.tamper("POST .*workitemsbatch", choose)
    (batch,) = tracker.fetch(here.ids("PAY-1"))
    assert batch.items[0].item.due == date(2024, 6, 30)


def test_what_was_never_ranked_was_ranked_by_nobody(here):
    tracker = here.connected()
    assert here.read(tracker, "PAY-2")["PAY-2"].item.ranked_by_person is None
    here.clock.advance(minutes=5)
    here.actor().drag("PAY-2", before="PAY-1")
    item = here.read(tracker, "PAY-2")["PAY-2"].item
    assert item.ranked_by_person == item.updated
    assert item.changed_by_person < item.updated


@pytest.mark.parametrize(("process", "points", "criteria"), [
    ("Agile", 40.0, None), ("CMMI", 40.0, None), ("Scrum", 40.0, ()), ("Basic", 40.0, None),
])  # fmt: skip
def test_features_keep_their_size_and_criteria_where_their_type_has_them(serve, process, points, criteria):
    item = (here := serve(process=process)).read(here.connected(), "PAY-5")["PAY-5"].item
    assert (item.points, item.criteria) == (points, criteria)


def test_the_text_of_a_bug_is_its_steps(here):
    assert [one.text for one in here.read(here.connected(), "PAY-3")["PAY-3"].item.text] == ["Refund it twice."]


def test_markdown_and_html_read_the_same(serve):
    texts = []
    for markdown in (False, True):
        here = serve(markdown=markdown)
        item = here.read(here.connected(), "PAY-1")["PAY-1"].item
        texts.append([(block.kind, block.text) for block in item.text])
        assert [block.text.strip("☐☑[x] ") for block in item.criteria] == ["it works", "it is paid"]
    assert texts[0] == texts[1]


def test_a_finished_item_has_its_date_and_no_discussion_is_read(here):
    here.actor().comment("PAY-4", "Late")
    tracker = here.connected()
    one = here.read(tracker, "PAY-4")["PAY-4"]
    assert (one.item.category, one.item.resolved) == ("done", at("2024-04-10T09:00"))
    assert (one.comments, here.asked("GET .*comments")) == ((), [])


def test_configured_names_come_first(serve):
    here = serve(process="Inherited Scrum")
    here.actor().edit("PAY-2", risk_reduction=3, wsjf=13.0)
    fields = FieldNames(risk_reduction="RROE", points="WSJF")
    item = here.read(here.connected(fields=fields, write_fields={"wsjf": "WSJF"}), "PAY-2")["PAY-2"].item
    assert (item.risk, item.points, item.fields) == (3.0, 13.0, {"Custom.WSJF": 13.0})


class TestBatches:
    def test_many_items_come_two_hundred_at_a_time_each_once(self, serve):
        here = serve(many(450))
        tracker = here.connected()
        batches = list(tracker.fetch([str(ident) for ident in here.world.items]))
        assert sorted(len(batch.items) for batch in batches) == [50, 200, 200]
        assert len({one.item.id for batch in batches for one in batch.items}) == 450
        # Histories of many items come from the feed, not from a call for each of them.
        assert here.asked("GET .*updates") == []

    def test_batches_are_read_as_they_are_wanted(self, serve):
        here = serve(many(1500))
        tracker = here.connected()
        batches = tracker.fetch([str(ident) for ident in here.world.items])
        next(batches)
        batches.close()
        assert len(here.asked("POST .*workitemsbatch")) <= 6

    def test_gone_and_hidden_items_are_left_out(self, here):
        tracker = here.connected()
        here.actor().delete("PAY-2")
        here.actor().hide("PAY-3")
        (batch,) = tracker.fetch([*here.ids("PAY-1", "PAY-2", "PAY-3"), "4711"])
        assert [one.item.id for one in batch.items] == here.ids("PAY-1")
        assert batch.problems == ()

    def test_an_item_that_moved_is_read_where_it_is_now(self, here):
        here.actor().comment("PAY-2", "Off it goes")
        here.actor().move("PAY-2", "OPS")
        one = here.read(here.connected(), "PAY-2")["PAY-2"]
        assert (one.item.project, one.item.url.split("/")[-4]) == ("OPS", "OPS")
        assert [said.text for said in one.comments] == ["Off it goes"]

    def test_nothing_asked_is_nothing_read(self, here):
        tracker = here.connected()
        assert list(tracker.fetch([])) == []
        assert here.switch.asked == []

    @pytest.mark.parametrize("odd", [7, {"id": "x"}, {"id": 2, "rev": 1, "fields": []}, [], {}])
    def test_an_item_that_cannot_be_decoded_costs_only_itself(self, here, odd):
        tracker = here.connected()

        def spoil(body):
            body["value"][1] = odd
            return body

        here.tamper("POST .*workitemsbatch", spoil)
        (batch,) = tracker.fetch(here.ids("PAY-1", "PAY-2", "PAY-3"))
        assert sorted(one.item.id for one in batch.items) == here.ids("PAY-1", "PAY-3")
        assert len(batch.problems) == 1

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("System.Title", None), ("System.Title", 7), ("System.Tags", 7), ("System.State", {}), ("System.Parent", "x"),
            ("System.CreatedDate", "yesterday"), ("System.CreatedDate", 7), ("System.CreatedBy", "A <a@b>"),
            ("System.CreatedBy", 7), ("Microsoft.VSTS.Scheduling.Effort", "many"), ("System.Description", 7),
            ("Microsoft.VSTS.Common.Priority", "1"), ("System.AreaPath", None), ("System.IterationPath", 7),
            ("Microsoft.VSTS.Common.BacklogPriority", "high"), ("System.CommentCount", "many"),
            ("System.WorkItemType", None), ("System.Parent", 1e300),
        ],
    )  # fmt: skip
    def test_a_field_may_hold_anything(self, here, field, value):
        tracker = here.connected()

        def spoil(body):
            body["value"][0]["fields"][field] = value
            return body

        here.tamper("POST .*workitemsbatch", spoil)
        (batch,) = tracker.fetch(here.ids("PAY-1", "PAY-2"))
        assert len(batch.items) + len(batch.problems) == 2
        assert here.id("PAY-2") in {one.item.id for one in batch.items}

    def test_an_item_that_vanishes_while_it_is_read_costs_only_itself(self, here):
        tracker = here.connected()
        here.tamper(f"GET .*{here.id('PAY-1')}/updates", lambda _: {"message": "TF401232: gone"}, status=404)
        (batch,) = tracker.fetch(here.ids("PAY-1", "PAY-2"))
        assert [one.item.id for one in batch.items] == here.ids("PAY-2")

    @pytest.mark.parametrize("fault", ["500#1", "429=0#2", "drop-before#2", "truncate#1", "503#1"])
    def test_what_fails_once_is_asked_again(self, serve, fault):
        here = serve()
        tracker = here.connected()
        here.app.faults.add(fault)
        assert set(here.read(tracker, "PAY-1", "PAY-2")) == {"PAY-1", "PAY-2"}

    def test_a_service_that_is_down_ends_the_reading(self, serve):
        here = serve(many(20), faults=Faults(["500@*workitemsbatch"]))
        tracker = here.connected()
        with pytest.raises(ConnectorError):
            list(tracker.fetch(here.ids(*(f"PAY-{n}" for n in range(1, 21)))))


class TestDiscussion:
    def test_long_discussions_are_read_to_their_end_oldest_first(self, serve):
        here = serve(comments_a_page=2)
        ana = here.actor()
        for number in range(5):
            ana.comment("PAY-2", f"No. {number}")
        # The sandbox gives what is asked for; a service may give less.
        tracker = here.connected()
        said = here.read(tracker, "PAY-2")["PAY-2"].comments
        assert [one.text for one in said] == [f"No. {number}" for number in range(5)]

    def test_deleted_comments_are_not_told(self, here):
        ana = here.actor()
        gone = ana.comment("PAY-2", "Oops").id
        ana.comment("PAY-2", "Well")
        ana.delete_comment("PAY-2", gone)
        assert [one.text for one in here.read(here.connected(), "PAY-2")["PAY-2"].comments] == ["Well"]

    def test_people_and_programs_are_told_apart(self, here):
        here.actor("Build Robot", kind="service").comment("PAY-2", "Built")
        here.actor().comment("PAY-2", "Good")
        here.actor("Steward").comment("PAY-2", "By hand, as us")
        said = here.read(here.connected(), "PAY-2")["PAY-2"].comments
        assert [one.author for one in said] == [Author.OTHER_PROGRAM, Author.PERSON, Author.THIS_SERVICE]
        assert [one.tag for one in said] == [None] * 3

    def test_configured_automation_is_no_person(self, here):
        here.actor("Zap").comment("PAY-2", "Zapped")
        tracker = here.connected(bots=frozenset({"zap@example.com"}))
        assert here.read(tracker, "PAY-2")["PAY-2"].comments[0].author is Author.OTHER_PROGRAM

    def test_an_edited_comment_says_who_edited_it(self, here):
        said = here.actor().comment("PAY-2", "One")
        here.actor("Kim Berg").edit_comment("PAY-2", said.id, "Two")
        (one,) = here.read(here.connected(), "PAY-2")["PAY-2"].comments
        assert (one.text, one.edited_by) == ("Two", Author.PERSON)

    def test_commands_are_found_in_both_formats(self, here):
        for form in ("html", "markdown"):
            here.actor().comment("PAY-2", "/steward waive oversized-story because it is known", format=form)
        said = here.read(here.connected(), "PAY-2")["PAY-2"].comments
        assert [one.commands for one in said] == [("/steward waive oversized-story because it is known",)] * 2

    def test_old_servers_name_comments_otherwise(self, serve):
        here = serve(old_comment_ids=True)
        written = here.actor().comment("PAY-2", "Hm").id
        assert [one.id for one in here.read(here.connected(), "PAY-2")["PAY-2"].comments] == [str(written)]


class TestHistory:
    @pytest.fixture(params=["one by one", "from the feed"])
    def read(self, request, monkeypatch):
        if request.param == "from the feed":
            monkeypatch.setattr("connectors.azure_devops.fetch._MIN_ITEMS_FOR_FEED", 1)
        return lambda here, key, **how: here.read(here.connected(**how), key)[key]

    def test_changes_are_told_in_the_common_vocabulary(self, here, read):
        told = [(one.field, one.before, one.after, one.by_person) for one in read(here, "PAY-1").field_changes]
        assert ("points", "5.0", "8.0", True) in told
        assert ("status", "New", "Committed", True) in told or ("status", "Approved", "Committed", True) in told
        assert ("sprint", "PAY\\Sprint 1", "PAY\\Sprint 2", True) in told
        assert not [name for name, *_ in told if name.startswith(("System.Rev", "System.Changed", "WEF_"))]

    def test_what_only_a_program_did_is_no_persons_change(self, here, read):
        before = read(here, "PAY-2").item
        here.clock.advance(hours=1)
        robot = here.actor("Build Robot", kind="service")
        robot.edit("PAY-2", title="Renamed")
        robot.comment("PAY-2", "Built")
        after = read(here, "PAY-2").item
        assert after.updated > before.updated
        assert after.changed_by_person == before.changed_by_person

    @pytest.mark.parametrize("does", [
        lambda ana: ana.tag("PAY-2", "new"), lambda ana: ana.drag("PAY-2", before="PAY-1"),
        lambda ana: ana.reparent("PAY-2", "PAY-5"),
    ])  # fmt: skip
    def test_tags_drags_and_links_are_no_change_of_content(self, here, read, does):
        before = read(here, "PAY-2").item
        here.clock.advance(hours=1)
        does(here.actor())
        assert read(here, "PAY-2").item.changed_by_person == before.changed_by_person

    @pytest.mark.parametrize("does", [
        lambda ana: ana.edit("PAY-2", title="x"), lambda ana: ana.edit("PAY-2", points=3),
        lambda ana: ana.edit("PAY-2", description="Long and new"), lambda ana: ana.comment("PAY-2", "Hm"),
        lambda ana: ana.edit("PAY-2", state="Approved"), lambda ana: ana.edit("PAY-2", acceptance_criteria="* so"),
    ])  # fmt: skip
    def test_what_a_person_writes_or_decides_is(self, here, read, does):
        moment = here.clock.advance(hours=1)
        does(here.actor())
        assert read(here, "PAY-2").item.changed_by_person == moment

    def test_both_ways_tell_the_same_story(self, here, monkeypatch):
        ana = here.actor()
        for does in (
            lambda: ana.edit("PAY-2", title="x", points=3),
            lambda: ana.tag("PAY-2", "new"),
            lambda: ana.edit("PAY-2", state="In Progress"),
            lambda: ana.comment("PAY-2", "Hm"),
            lambda: here.actor("Build Robot", kind="service").tag("PAY-2", remove=("new",)),
            lambda: ana.delete_comment("PAY-2", here.world.item("PAY-2").comments[-1].id),
            lambda: ana.drag("PAY-2", before="PAY-3"),
            lambda: ana.edit("PAY-2", iteration="Sprint 3", area="Ops", assignee="Kim Berg"),
        ):
            here.clock.advance(minutes=7)
            does()
        tracker = here.connected()
        singly = {key: here.read(tracker, key)[key] for key in ("PAY-1", "PAY-2", "PAY-3", "PAY-5")}
        monkeypatch.setattr("connectors.azure_devops.fetch._MIN_ITEMS_FOR_FEED", 1)
        together = here.read(tracker, *singly)
        for key, one in singly.items():
            assert one.item == together[key].item
            followed = ("status", "points", "rank", "sprint", "priority", "tags")
            stories = [[t for t in told.field_changes if t.field in followed] for told in (one, together[key])]
            assert stories[0] == stories[1]
            editors, others = one.last_editors, together[key].last_editors
            assert editors.removed_labels == others.removed_labels
            assert editors.deleted_comments == others.deleted_comments
            assert others.fields.items() <= editors.fields.items()
        assert singly["PAY-2"].last_editors.removed_labels == {"new": Author.OTHER_PROGRAM}
        assert [who for _, who in singly["PAY-2"].last_editors.deleted_comments] == [Author.PERSON]

    def test_what_came_from_another_project_has_its_whole_past(self, here, read):
        here.actor().edit("OPS-1", title="Before it came")
        before = here.world.item("OPS-1").now.at
        here.clock.advance(days=3)
        robot = here.actor("Build Robot", kind="service")
        robot.move("OPS-1", "PAY")
        one = read(here, "OPS-1")
        assert (one.item.project, one.item.changed_by_person) == ("PAY", before)

    def test_long_histories_are_read_to_their_end(self, here):
        ana = here.actor()
        for number in range(205):
            ana.edit("PAY-2", points=number)
        one = here.read(tracker := here.connected(), "PAY-2")["PAY-2"]
        assert len([t for t in one.field_changes if t.field == "points"]) == 205
        assert len(here.asked("GET .*updates")) == 2
        assert tracker.stats.writes == 0
