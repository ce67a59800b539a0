"""Looking at an item just before it is written to, and every kind of write."""

import pytest

from connectors.comments import Author, CommentTag
from connectors.document import Bullets, Document, Paragraph, Span, Style
from connectors.errors import Gone, Refused, Retriable, ShadowBreach, Uncertain
from connectors.plugin import FieldNames
from connectors.writes import Edit, Notification
from steward_sandbox import Faults
from steward_sandbox.jira import fields
from steward_sandbox.jira.actor import Actor

pytestmark = pytest.mark.flavours("cloud", "data-center")

MARK = CommentTag("inst-1", "round-1", "hash-1")
WRITES = {"wsjf": "WSJF", "moscow": "MoSCoW"}


def say(*lines):
    return Document(tuple(Paragraph((Span(line),)) for line in lines))


@pytest.fixture
def ana(here):
    return Actor(here.world, "Ana Silva")


@pytest.fixture
def tracker(here):
    made = here.tracker(allow_writes=True, write_fields=WRITES)
    made.connect()
    return made


def comments(here, key):
    return here.world.issue(key).comments


class TestLooking:
    def test_an_item_shows_what_a_write_needs_to_know(self, here, tracker, ana):
        ana.edit("PAY-2", wsjf=3, moscow="Must have", labels=["a", "b"])
        snapshot = tracker.target.get_snapshot(here.id("PAY-2"))
        (batch,) = tracker.fetch([here.id("PAY-2")])
        assert (snapshot.id, snapshot.version) == (here.id("PAY-2"), batch.items[0].item.version)
        assert snapshot.labels == {"a", "b"}
        assert snapshot.fields == {fields.WSJF: 3.0, fields.MOSCOW: "Must have"} == batch.items[0].item.fields
        assert (snapshot.own_comments, snapshot.answered_comment_ids) == ((), frozenset())

    def test_our_comments_are_those_of_our_account_with_our_mark(self, here, tracker, ana):
        ident = here.id("PAY-2")
        mine = tracker.target.add_comment(tracker.target.get_snapshot(ident), say("Ours"), MARK).comment_id
        tracker.target.add_comment(
            tracker.target.get_snapshot(ident), say("Of another installation"), CommentTag("inst-2", "r", "h")
        )
        us = Actor(here.world, here.world.site.accounts.caller("steward@example.com"))
        us.comment(ident, "By hand, with our account")
        ana.comment(
            ident, "Copied", properties={"backlog-steward": {"installation": "inst-1", "round": "r", "hash": "h"}}
        )
        snapshot = tracker.target.get_snapshot(ident)
        assert [one.id for one in snapshot.own_comments] == [mine]
        assert (snapshot.own_comments[0].text, snapshot.own_comments[0].tag, snapshot.own_comments[0].author) == (
            "Ours",
            MARK,
            Author.THIS_SERVICE,
        )

    @pytest.mark.parametrize("mark", [7, "text", [], {}, {"installation": 7}, {"installation": ["inst-1"]}, None])
    def test_a_mark_that_is_none_of_ours_is_read_and_not_taken_for_ours(self, here, tracker, mark):
        us = Actor(here.world, here.world.site.accounts.caller("steward@example.com"))
        us.comment("PAY-2", "x", properties={"backlog-steward": mark})
        assert tracker.target.get_snapshot(here.id("PAY-2")).own_comments == ()

    def test_ours_come_oldest_first_and_say_which_were_answered(self, here, tracker, ana):
        ident = here.id("PAY-2")
        ana.comment(ident, "Before")
        first = tracker.target.add_comment(tracker.target.get_snapshot(ident), say("One"), MARK).comment_id
        ana.comment(ident, "Between")
        second = tracker.target.add_comment(tracker.target.get_snapshot(ident), say("Two"), MARK).comment_id
        us = Actor(here.world, here.world.site.accounts.caller("steward@example.com"))
        us.comment(ident, "Not an answer")
        snapshot = tracker.target.get_snapshot(ident)
        assert [one.id for one in snapshot.own_comments] == [first, second]
        assert snapshot.answered_comment_ids == {first}

    @pytest.mark.parametrize("total", [20, 21, 99, 150, 230])
    def test_a_long_discussion_is_read_to_its_end(self, here, tracker, ana, total):
        ident = here.id("PAY-2")
        mine = tracker.target.add_comment(tracker.target.get_snapshot(ident), say("Ours"), MARK).comment_id
        for number in range(total):
            ana.comment(ident, f"Comment {number}")
        snapshot = tracker.target.get_snapshot(ident)
        assert [one.id for one in snapshot.own_comments] == [mine]
        assert snapshot.answered_comment_ids == {mine}

    def test_a_person_who_changed_our_comment_is_named(self, here, tracker, ana):
        ident = here.id("PAY-2")
        mine = tracker.target.add_comment(tracker.target.get_snapshot(ident), say("Ours"), MARK).comment_id
        assert tracker.target.get_snapshot(ident).own_comments[0].edited_by is Author.THIS_SERVICE
        ana.edit_comment(int(mine), "Theirs")
        (one,) = tracker.target.get_snapshot(ident).own_comments
        assert (one.edited_by, one.text, one.tag) == (Author.PERSON, "Theirs", MARK)

    def test_an_item_that_is_gone_is_gone(self, here, tracker):
        ident = here.id("PAY-2")
        here.world.hide("PAY-2")
        with pytest.raises(Gone, match="does not exist or you do not have permission"):
            tracker.target.get_snapshot(ident)

    @pytest.mark.parametrize(
        "odd",
        [
            {"updated": "never"},
            {"labels": 7},
            {"comment": []},
            {"comment": {"comments": [{"id": "9"}, {"id": "10", "author": 7}]}},
            {"project": 7},
        ],
    )
    def test_an_odd_item_is_refused_and_stops_no_other(self, here, tracker, odd):
        here.tamper(f"/issue/{here.id('PAY-2')}$", lambda answer: answer | {"fields": answer["fields"] | odd})
        with pytest.raises(Refused, match="contains unexpected data"):
            tracker.target.get_snapshot(here.id("PAY-2"))
        assert tracker.target.get_snapshot(here.id("PAY-1")).id == here.id("PAY-1")

    @pytest.mark.parametrize(
        "odd",
        [
            {"labels": ["ours", {}, None, 7]},
            {
                "comment": {
                    "comments": [7, None, {}, {"id": "9", "author": {"accountId": "ana", "name": "ana"}, "body": 7}]
                }
            },
        ],
    )
    def test_an_odd_entry_of_a_list_refuses_nothing(self, here, tracker, odd):
        here.tamper(f"/issue/{here.id('PAY-2')}$", lambda answer: answer | {"fields": answer["fields"] | odd})
        snapshot = tracker.target.get_snapshot(here.id("PAY-2"))
        assert snapshot.labels == frozenset({"ours"} if "labels" in odd else ())
        assert snapshot.own_comments == ()

    @pytest.mark.parametrize("odd", [{"fields": None}, {"id": 7}, {"key": None}, {"fields": {}}])
    def test_an_item_with_parts_missing_raises_no_error_of_another_kind(self, here, tracker, odd):
        here.tamper(f"/issue/{here.id('PAY-2')}$", lambda answer: answer | odd)
        try:
            snapshot = tracker.target.get_snapshot(here.id("PAY-2"))
        except Refused:
            return
        assert snapshot.id == here.id("PAY-2")


class TestServiceDesks:
    @pytest.fixture
    def desk(self, serve):
        return serve(service_desk=["PAY"])

    def test_they_are_refused_with_the_way_to_allow_them(self, desk):
        tracker = desk.tracker(allow_writes=True)
        with pytest.raises(
            Refused,
            match=r"PAY-2 is in a service-desk project, where customers read comments\. Set `internal_comments: true`",
        ):
            tracker.target.get_snapshot(desk.id("PAY-2"))

    def test_internal_comments_are_internal(self, desk):
        tracker = desk.tracker(allow_writes=True, internal_comments=True)
        ident = desk.id("PAY-2")
        tracker.target.get_snapshot(ident)
        mine = tracker.target.add_comment(tracker.target.get_snapshot(ident), say("Ours"), MARK).comment_id
        tracker.target.replace_comment(tracker.target.get_snapshot(ident), mine, say("Ours again"), MARK)
        (comment,) = comments(desk, "PAY-2")
        assert comment.properties["sd.public.comment"] == {"internal": True}
        assert comment.properties["backlog-steward"]["installation"] == "inst-1"
        assert [one.id for one in tracker.target.get_snapshot(ident).own_comments] == [mine]

    def test_elsewhere_no_comment_is_marked_so(self, here, tracker):
        tracker.target.add_comment(tracker.target.get_snapshot(here.id("PAY-2")), say("Ours"), MARK)
        assert set(comments(here, "PAY-2")[0].properties) == {"backlog-steward"}

    @pytest.mark.flavours("cloud")
    def test_a_customer_is_heard_and_not_in_charge(self, desk):
        Actor(desk.world, "Cem Kaya", type="customer").comment("PAY-2", "/steward waive oversized-story")
        (batch,) = desk.tracker().fetch([desk.id("PAY-2")])
        (comment,) = batch.items[0].comments
        assert comment.author is Author.CUSTOMER
        assert comment.author.is_human
        assert batch.items[0].item.changed_by_person == comment.created
        assert batch.items[0].item.public


class TestEditing:
    def test_labels_and_fields_change_in_one_quiet_call(self, here, tracker, ana):
        ana.label("PAY-2", "old", "kept")
        ident = here.id("PAY-2")
        tracker.target.get_snapshot(ident)
        mails = len(here.world.mails)
        edit = Edit(
            add_labels=("needs-refinement",),
            remove_labels=("old",),
            fields={fields.WSJF: 4.5, fields.MOSCOW: "Must have"},
        )
        assert tracker.target.edit(tracker.target.get_snapshot(ident), edit).notification is Notification.SUPPRESSED
        issue = here.world.issue("PAY-2")
        assert set(issue.labels) == {"kept", "needs-refinement"}
        assert (issue.custom[fields.WSJF], issue.custom[fields.MOSCOW]) == (4.5, "Must have")
        assert len(here.world.mails) == mails
        assert len([one for one in here.switch.asked if one.method == "PUT"]) == 1

    def test_a_label_that_a_person_adds_meanwhile_stays(self, here, tracker, ana):
        ident = here.id("PAY-2")
        tracker.target.get_snapshot(ident)
        ana.label("PAY-2", "from-ana")
        tracker.target.edit(tracker.target.get_snapshot(ident), Edit(add_labels=("ours",)))
        assert set(here.world.issue("PAY-2").labels) == {"from-ana", "ours"}

    def test_none_empties_a_field(self, here, tracker, ana):
        ana.edit("PAY-2", wsjf=3, moscow="Must have")
        tracker.target.edit(
            tracker.target.get_snapshot(here.id("PAY-2")), Edit(fields={fields.WSJF: None, fields.MOSCOW: None})
        )
        assert not {fields.WSJF, fields.MOSCOW} & set(here.world.issue("PAY-2").custom)
        assert tracker.target.get_snapshot(here.id("PAY-2")).fields == {fields.WSJF: None, fields.MOSCOW: None}

    def test_zero_is_a_value(self, here, tracker):
        tracker.target.edit(tracker.target.get_snapshot(here.id("PAY-2")), Edit(fields={fields.WSJF: 0.0}))
        assert here.world.issue("PAY-2").custom[fields.WSJF] == 0.0
        assert tracker.target.get_snapshot(here.id("PAY-2")).fields[fields.WSJF] == 0.0

    def test_a_field_of_rich_text_is_written_and_read_as_its_lines(self, here):
        tracker = here.tracker(allow_writes=True, write_fields={"note": "Acceptance Criteria"})
        tracker.connect()
        ident = here.id("PAY-2")
        tracker.target.edit(
            tracker.target.get_snapshot(ident), Edit(fields={fields.CRITERIA: "one\n\n<two> & [three]"})
        )
        assert tracker.target.get_snapshot(ident).fields == {fields.CRITERIA: "one\n<two> & [three]"}
        (batch,) = tracker.fetch([ident])
        assert batch.items[0].item.fields == {fields.CRITERIA: "one\n<two> & [three]"}

    def test_a_field_of_one_line_is_written_as_it_is(self, here):
        tracker = here.tracker(allow_writes=True, write_fields={"note": "Actual end"})
        tracker.connect()
        written = tracker._session.site.fields.write_fields["note"]
        snapshot = tracker.target.get_snapshot(here.id("PAY-2"))
        here.switch.app = _swallow
        tracker.target.edit(snapshot, Edit(fields={written.id: "a line"}))
        assert here.switch.asked[-1].json == {"fields": {written.id: "a line"}}

    def test_what_jira_does_not_take_is_refused_in_its_words(self, here, tracker):
        with pytest.raises(Refused, match=rf"{fields.MOSCOW}: Option value 'Perhaps' is not valid"):
            tracker.target.edit(tracker.target.get_snapshot(here.id("PAY-2")), Edit(fields={fields.MOSCOW: "Perhaps"}))
        with pytest.raises(Refused, match="contains spaces"):
            tracker.target.edit(tracker.target.get_snapshot(here.id("PAY-2")), Edit(add_labels=("two words",)))

    def test_a_missing_permission_is_refused(self, serve):
        here = serve(denied={"PAY": frozenset({"EDIT_ISSUES"})})
        tracker = here.tracker(allow_writes=True)
        with pytest.raises(Refused, match="EDIT_ISSUES"):
            tracker.target.edit(tracker.target.get_snapshot(here.id("PAY-2")), Edit(add_labels=("x",)))


async def _swallow(scope, receive, send):
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


class TestMail:
    def test_a_project_that_refuses_quiet_writes_is_written_to_with_mail_and_remembered(self, serve):
        here = serve(not_admin_in=frozenset({"PAY"}))
        tracker = here.tracker(allow_writes=True)
        one, two = here.id("PAY-2"), here.id("PAY-3")
        tracker.target.get_snapshot(one)
        tracker.target.get_snapshot(two)
        assert (
            tracker.target.edit(tracker.target.get_snapshot(one), Edit(add_labels=("x",))).notification
            is Notification.SENT
        )
        assert (
            tracker.target.edit(tracker.target.get_snapshot(two), Edit(add_labels=("x",))).notification
            is Notification.SENT
        )
        asked = [one.query.get("notifyUsers") for one in here.switch.asked if one.method == "PUT"]
        assert asked == ["false", None, None], "asked quietly once, then never again in this project"

    def test_other_projects_are_still_asked_quietly(self, serve):
        here = serve(not_admin_in=frozenset({"PAY"}))
        tracker = here.tracker(allow_writes=True, scope="project in (PAY, OPS)")
        for key, notice in (("PAY-2", Notification.SENT), ("OPS-1", Notification.SUPPRESSED)):
            tracker.target.get_snapshot(here.id(key))
            assert (
                tracker.target.edit(tracker.target.get_snapshot(here.id(key)), Edit(add_labels=("x",))).notification
                is notice
            )

    def test_an_edit_of_a_comment_is_quiet_too(self, serve):
        here = serve(not_admin_in=frozenset({"PAY"}))
        tracker = here.tracker(allow_writes=True)
        ident = here.id("PAY-2")
        tracker.target.get_snapshot(ident)
        mine = tracker.target.add_comment(tracker.target.get_snapshot(ident), say("One"), MARK).comment_id
        written = tracker.target.replace_comment(tracker.target.get_snapshot(ident), mine, say("Two"), MARK)
        assert (written.notification, written.text) == (Notification.SENT, "Two")
        assert here.words(comments(here, "PAY-2")[0]) == "Two"

    def test_a_refusal_for_another_reason_is_no_reason_to_send_mail_from_now_on(self, here, tracker):
        ident = here.id("PAY-2")
        tracker.target.get_snapshot(ident)
        with pytest.raises(Refused):
            tracker.target.edit(tracker.target.get_snapshot(ident), Edit(add_labels=("two words",)))
        assert (
            tracker.target.edit(tracker.target.get_snapshot(ident), Edit(add_labels=("x",))).notification
            is Notification.SUPPRESSED
        )
        assert here.world.mails == []

    def test_a_lost_reply_is_not_sent_again_with_mail(self, serve):
        here = serve(faults=Faults(["drop-after#1@PUT *"]))
        tracker = here.tracker(allow_writes=True)
        tracker.target.get_snapshot(here.id("PAY-2"))
        with pytest.raises(Uncertain):
            tracker.target.edit(tracker.target.get_snapshot(here.id("PAY-2")), Edit(add_labels=("x",)))
        assert here.world.mails == []
        assert here.world.issue("PAY-2").labels == ("x",)


class TestComments:
    def test_a_comment_is_written_with_its_mark_from_the_first_moment(self, here, tracker):
        written = tracker.target.add_comment(
            tracker.target.get_snapshot(here.id("PAY-2")), say("Who will answer?", "See there."), MARK
        )
        (comment,) = comments(here, "PAY-2")
        assert (written.comment_id, written.created, written.notification) == (
            str(comment.id),
            comment.created,
            Notification.SENT,
        )
        assert written.text == "Who will answer?\nSee there."
        assert comment.properties == {
            "backlog-steward": {"installation": "inst-1", "round": "round-1", "hash": "hash-1"}
        }
        assert len(here.asked("/comment$")) == 1

    def test_all_that_we_can_say_is_taken_by_jira(self, here, tracker):
        document = Document(
            (
                Paragraph(
                    (
                        Span("Backlog Steward", Style.STRONG),
                        Span(" has a question. "),
                        Span("x", link="https://x.example/"),
                    )
                ),
                Bullets(
                    ((Paragraph((Span("one"),)), Paragraph((Span("more", Style.CODE),))), (Paragraph((Span("two"),)),))
                ),
                Bullets(()),
                Paragraph((Span("hostile \x00\ud800 [~ana] @ana {quote} <b>\nh1. x"),)),
            )
        )
        written = tracker.target.add_comment(tracker.target.get_snapshot(here.id("PAY-2")), document, MARK)
        assert written.text.splitlines() == [
            "Backlog Steward has a question. x", "one", "more", "two", "hostile [~ana] @ana {quote} <b> h1. x",
        ]  # fmt: skip
        assert tracker.target.get_snapshot(here.id("PAY-2")).own_comments[0].text == written.text

    def test_a_comment_is_replaced_in_place_with_its_new_mark(self, here, tracker):
        ident = here.id("PAY-2")
        mine = tracker.target.add_comment(tracker.target.get_snapshot(ident), say("One"), MARK).comment_id
        before = comments(here, "PAY-2")[0]
        written = tracker.target.replace_comment(
            tracker.target.get_snapshot(ident), mine, say("Two"), CommentTag("inst-1", "round-2", "hash-2")
        )
        (after,) = comments(here, "PAY-2")
        assert (written.comment_id, written.text) == (mine, "Two")
        assert (after.id, after.created, here.words(after)) == (before.id, before.created, "Two")
        assert after.properties["backlog-steward"]["hash"] == "hash-2"
        # Data Center has no way to edit a comment without mail.
        assert written.notification is (Notification.SUPPRESSED if here.is_cloud else Notification.SENT)
        assert len(here.world.mails) == (1 if here.is_cloud else 2)

    def test_a_comment_that_a_person_deleted_cannot_be_replaced(self, here, tracker, ana):
        ident = here.id("PAY-2")
        mine = tracker.target.add_comment(tracker.target.get_snapshot(ident), say("One"), MARK).comment_id
        ana.delete_comment(int(mine))
        with pytest.raises(Gone):
            tracker.target.replace_comment(tracker.target.get_snapshot(ident), mine, say("Two"), MARK)
        assert comments(here, "PAY-2") == ()

    def test_a_comment_is_deleted_and_one_that_is_gone_counts_as_deleted(self, here, tracker):
        ident = here.id("PAY-2")
        mine = tracker.target.add_comment(tracker.target.get_snapshot(ident), say("One"), MARK).comment_id
        assert tracker.target.delete_comment(tracker.target.get_snapshot(ident), mine).comment_id == mine
        assert comments(here, "PAY-2") == ()
        assert tracker.target.delete_comment(tracker.target.get_snapshot(ident), mine).notification is Notification.NONE

    def test_what_may_not_be_deleted_is_refused(self, serve):
        here = serve(denied={"PAY": frozenset({"DELETE_OWN_COMMENTS", "EDIT_OWN_COMMENTS"})})
        tracker = here.tracker(allow_writes=True)
        ident = here.id("PAY-2")
        mine = tracker.target.add_comment(tracker.target.get_snapshot(ident), say("One"), MARK).comment_id
        with pytest.raises(Refused, match="permission to delete"):
            tracker.target.delete_comment(tracker.target.get_snapshot(ident), mine)
        with pytest.raises(Refused, match="permission to edit"):
            tracker.target.replace_comment(tracker.target.get_snapshot(ident), mine, say("Two"), MARK)

    def test_an_item_that_takes_no_more_comments_is_refused(self, serve):
        here = serve(comments_an_issue=0)
        tracker = here.tracker(allow_writes=True)
        with pytest.raises(Refused) as caught:
            tracker.target.add_comment(tracker.target.get_snapshot(here.id("PAY-2")), say("One"), MARK)
        assert caught.value.status == 413

    @pytest.mark.parametrize("fault", ["drop-after", "500", "503", "truncate", "drop-before"])
    def test_a_comment_whose_reply_is_lost_is_sent_once(self, serve, fault):
        here = serve(faults=Faults([f"{fault}@POST */comment"]))
        tracker = here.tracker(allow_writes=True)
        tracker.connect()
        with pytest.raises(Uncertain):
            tracker.target.add_comment(tracker.target.get_snapshot(here.id("PAY-2")), say("One"), MARK)
        assert len(here.asked("/comment$")) == 1
        there = fault in ("drop-after", "truncate")
        assert len(comments(here, "PAY-2")) == there
        assert len(tracker.target.get_snapshot(here.id("PAY-2")).own_comments) == there, "who looks afterwards knows"

    def test_a_comment_that_came_too_fast_is_sent_again_once(self, serve):
        here = serve(faults=Faults(["429=0#1@POST */comment"]))
        tracker = here.tracker(allow_writes=True)
        tracker.target.add_comment(tracker.target.get_snapshot(here.id("PAY-2")), say("One"), MARK)
        assert len(comments(here, "PAY-2")) == 1

    @pytest.mark.flavours("cloud")
    def test_writes_to_one_item_keep_to_jiras_own_limits(self, serve):
        here = serve(write_limits=True)
        tracker = here.tracker(allow_writes=True)
        ident = here.id("PAY-2")
        for number in range(22):
            tracker.target.edit(tracker.target.get_snapshot(ident), Edit(add_labels=(f"l{number}",)))
        assert tracker.stats.responses_by_status[429] == 0
        assert tracker.stats.seconds_waited > 1

    def test_ours_are_read_by_their_ids_and_deleted_ones_are_left_out(self, here, tracker, ana):
        one = tracker.target.add_comment(tracker.target.get_snapshot(here.id("PAY-2")), say("One"), MARK).comment_id
        two = tracker.target.add_comment(tracker.target.get_snapshot(here.id("PAY-3")), say("Two"), MARK).comment_id
        three = tracker.target.add_comment(tracker.target.get_snapshot(here.id("PAY-4")), say("Three"), MARK).comment_id
        ana.delete_comment(int(two))
        ana.edit_comment(int(three), "/steward waive oversized-story")
        ids = [(here.id("PAY-2"), one), (here.id("PAY-3"), two), (here.id("PAY-4"), three), (here.id("PAY-2"), one)]
        found = tracker.comments(ids)
        assert set(found) == {one, three}
        assert (found[one].text, found[one].tag, found[one].edited_by) == ("One", MARK, Author.THIS_SERVICE)
        assert (found[three].edited_by, found[three].commands) == (Author.PERSON, ("/steward waive oversized-story",))

    @pytest.mark.flavours("cloud")
    def test_many_comments_are_read_a_thousand_at_a_time(self, here, tracker):
        ids = [(here.id("PAY-2"), str(number)) for number in range(20_000, 22_500)]
        assert tracker.comments(ids) == {}
        assert [len(one.json["ids"]) for one in here.asked("/comment/list$")] == [1000, 1000, 500]
        assert tracker.comments([]) == {}


class TestShadow:
    def test_nothing_is_written_in_shadow_mode(self, here, ana):
        tracker = here.tracker()
        ident = here.id("PAY-2")
        snapshot = tracker.target.get_snapshot(ident)
        for write in (
            lambda: tracker.target.edit(snapshot, Edit(add_labels=("x",))),
            lambda: tracker.target.add_comment(snapshot, say("x"), MARK),
            lambda: tracker.target.replace_comment(snapshot, "1", say("x"), MARK),
            lambda: tracker.target.delete_comment(snapshot, "1"),
        ):
            with pytest.raises(ShadowBreach):
                write()
        assert tracker.target.get_snapshot(ident) == snapshot
        assert {one.method for one in here.switch.asked} == {"GET", "POST"}
        assert tracker.stats.writes == 0

    def test_every_read_works_in_shadow_mode(self, here):
        tracker = here.tracker(fields=FieldNames(points="Story Points"))
        ids = tracker.list_ids().ids
        (start,) = tracker.changes(None)
        list(tracker.changes(start.cursor))
        list(tracker.fetch(ids))
        tracker.locate(ids)
        tracker.comments([(ids[0], "1")])
        tracker.target.get_snapshot(ids[0])
        assert tracker.stats.reads > 10

    def test_a_limit_that_parks_the_site_parks_it_for_the_next_connection_too(self, serve):
        here = serve()
        tracker = here.tracker()
        tracker.connect()
        here.app.faults.add("429-long#1")
        with pytest.raises(Retriable) as caught:
            tracker.list_ids()
        before = len(here.switch.asked)
        with pytest.raises(Retriable) as again:
            tracker.connect()
        assert "asked us to wait until" in str(caught.value)
        assert str(again.value) == str(caught.value)
        assert len(here.switch.asked) == before

    def test_a_closed_tracker_connects_again_when_it_is_asked(self, here):
        tracker = here.tracker()
        tracker.connect()
        tracker.close()
        tracker.close()
        assert len(tracker.list_ids().ids) == 6
