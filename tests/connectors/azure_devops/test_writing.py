"""Looking at an item just before it is written to, and every kind of write."""

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors.azure_devops.mapping import content_key, parse_rich_text
from connectors.comments import Author, CommentTag
from connectors.document import Bullets, Document, Paragraph, Span, Style
from connectors.errors import Conflict, ConnectorError, Gone, Refused, ShadowBreach, Uncertain
from connectors.markup import html, markdown, plain_text
from connectors.writes import Edit, Notification
from steward_sandbox import Faults
from steward_sandbox.azure_devops import snapshot
from steward_sandbox.azure_devops.texts import sanitize

MARK = CommentTag("inst-1", "round-1", "hash-1")
WRITES = {"wsjf": "WSJF", "moscow": "MoSCoW"}
WSJF, MOSCOW = "Custom.WSJF", "Custom.MoSCoW"


def say(*lines):
    return Document(
        (Paragraph((Span("Backlog Steward", Style.STRONG),)), *(Paragraph((Span(line),)) for line in lines))
    )


@pytest.fixture(params=[None, "2022"], ids=["services", "server"])
def here(request, serve):
    return serve(process="Inherited Scrum", server=request.param)


@pytest.fixture
def tracker(here):
    return here.connected(allow_writes=True, write_fields=WRITES, labels=("needs-refinement",))


@pytest.fixture
def ana(here):
    return here.actor()


def comments(here, key):
    return [one for one in here.world.item(key).comments if not one.now.deleted]


class TestLooking:
    def test_an_item_shows_what_a_write_needs_to_know(self, here, tracker, ana):
        ana.edit("PAY-2", wsjf=3, moscow="Must", tags=["a", "b c"])
        seen = tracker.target.get_snapshot(here.id("PAY-2"))
        item = here.read(tracker, "PAY-2")["PAY-2"].item
        assert (seen.id, seen.version, seen.project) == (here.id("PAY-2"), item.version, "PAY")
        assert seen.labels == {"a", "b c"} == set(item.labels)
        assert seen.fields == {WSJF: 3.0, MOSCOW: "Must"} == item.fields
        assert (seen.own_comments, seen.answered_comment_ids) == ((), frozenset())

    def test_our_comments_are_those_of_our_account_with_our_tag(self, here, tracker, ana):
        ident = here.id("PAY-2")
        mine = tracker.target.add_comment(tracker.target.get_snapshot(ident), say("Ours"), MARK)
        here.actor("Steward").comment(ident, "By hand, with our account")
        ana.comment(ident, "Backlog Steward: copied")
        other = CommentTag("another-installation", "round-1", "hash-1")
        tracker.target.add_comment(tracker.target.get_snapshot(ident), say("Theirs"), other)
        (ours,) = tracker.target.get_snapshot(ident).own_comments
        assert (ours.id, ours.author, ours.text) == (mine.comment_id, Author.THIS_SERVICE, mine.text)
        assert (ours.tag.installation, ours.tag.round) == ("inst-1", "round-1")
        assert ours.tag.content_key == tracker.target.content_key(say("Ours"))
        assert ours.edited_by in (None, Author.THIS_SERVICE)

    def test_ours_come_oldest_first_and_say_which_were_answered(self, here, tracker, ana):
        ident = here.id("PAY-2")
        ana.comment(ident, "Before")
        here.clock.advance(seconds=1)
        first = tracker.target.add_comment(tracker.target.get_snapshot(ident), say("One"), MARK).comment_id
        here.clock.advance(seconds=1)
        ana.comment(ident, "After")
        here.clock.advance(seconds=1)
        second = tracker.target.add_comment(tracker.target.get_snapshot(ident), say("Two"), MARK).comment_id
        seen = tracker.target.get_snapshot(ident)
        assert [one.id for one in seen.own_comments] == [first, second]
        assert seen.answered_comment_ids == {first}

    @pytest.mark.parametrize("how", ["delete", "hide", "destroy"])
    def test_an_item_that_is_not_there_is_gone(self, here, tracker, ana, how):
        ident = here.id("PAY-2")
        getattr(ana, how)("PAY-2")
        with pytest.raises(Gone, match="TF401232"):
            tracker.target.get_snapshot(ident)


class TestEditing:
    @pytest.fixture(autouse=True)
    def quiet(self, here):
        here.app.options.granted = frozenset({"SUPPRESS_NOTIFICATIONS"})

    def test_tags_and_fields_change_in_one_save(self, here, tracker):
        before = here.world.item("PAY-1").rev
        seen = tracker.target.get_snapshot(here.id("PAY-1"))
        tracker.target.edit(
            seen,
            Edit(add_labels=("needs-refinement",), remove_labels=("checkout",), fields={WSJF: 12.5, MOSCOW: "Must"}),
        )
        item = here.world.item("PAY-1")
        assert item.rev == before + 1
        assert set(item.tags) == {"Tax", "needs-refinement"}
        assert (item.fields[WSJF], item.fields[MOSCOW]) == (12.5, "Must")
        (sent,) = here.asked("PATCH .*")
        assert sent.json[0] == {"op": "test", "path": "/rev", "value": before}
        assert sent.headers["content-type"] == "application/json-patch+json"

    @pytest.mark.parametrize("mode", ["union", "replace"])
    def test_other_peoples_tags_stay_whatever_the_server_does_with_adding(self, here, tracker, mode):
        here.app.options.tags_add = mode
        for key, left in (("PAY-1", {"checkout", "Tax", "needs-refinement"}), ("PAY-2", {"needs-refinement"})):
            tracker.target.edit(tracker.target.get_snapshot(here.id(key)), Edit(add_labels=("needs-refinement",)))
            assert set(here.world.item(key).tags) == left
            tracker.target.edit(tracker.target.get_snapshot(here.id(key)), Edit(remove_labels=("needs-refinement",)))
            assert set(here.world.item(key).tags) == left - {"needs-refinement"}

    def test_a_tag_that_the_project_knows_in_another_letter_case_is_ours_all_the_same(self, here, tracker, ana):
        ana.tag("PAY-3", "Needs-Refinement")
        tracker.target.edit(tracker.target.get_snapshot(here.id("PAY-2")), Edit(add_labels=("needs-refinement",)))
        assert here.world.item("PAY-2").tags == ("Needs-Refinement",)
        assert tracker.target.get_snapshot(here.id("PAY-2")).labels == {"needs-refinement"}
        assert here.read(tracker, "PAY-2")["PAY-2"].item.labels == ("needs-refinement",)
        tracker.target.edit(tracker.target.get_snapshot(here.id("PAY-2")), Edit(remove_labels=("needs-refinement",)))
        assert here.world.item("PAY-2").tags == ()

    def test_none_clears_a_field_and_a_round_number_is_written_as_one(self, here, tracker, ana):
        ana.edit("PAY-2", wsjf=3)
        tracker.target.edit(tracker.target.get_snapshot(here.id("PAY-2")), Edit(fields={WSJF: None}))
        assert WSJF not in here.world.item("PAY-2").fields
        tracker.target.edit(tracker.target.get_snapshot(here.id("PAY-2")), Edit(fields={WSJF: None}))
        whole = here.connected(allow_writes=True, write_fields={"value": "Business Value"})
        whole.target.edit(
            whole.target.get_snapshot(here.id("PAY-2")), Edit(fields={"Microsoft.VSTS.Common.BusinessValue": 5.0})
        )
        assert here.world.item("PAY-2").fields["Microsoft.VSTS.Common.BusinessValue"] == 5

    def test_what_changed_since_it_was_looked_at_is_a_conflict(self, here, tracker, ana):
        seen = tracker.target.get_snapshot(here.id("PAY-2"))
        ana.edit("PAY-2", title="Mine")
        before = snapshot(here.world)
        with pytest.raises(Conflict) as told:
            tracker.target.edit(seen, Edit(add_labels=("x",)))
        assert (told.value.status, told.value.code) == (412, "TestPatchOperationFailedException")
        assert snapshot(here.world) == before
        tracker.target.edit(tracker.target.get_snapshot(here.id("PAY-2")), Edit(add_labels=("x",)))
        assert here.world.item("PAY-2").tags == ("x",)

    @pytest.mark.parametrize("status", [409, 412])
    def test_a_race_inside_the_server_is_a_conflict_too(self, here, tracker, status):
        here.app.options.race_status = status
        here.world.race("PAY-2")
        with pytest.raises(Conflict, match="TF26071"):
            tracker.target.edit(tracker.target.get_snapshot(here.id("PAY-2")), Edit(add_labels=("x",)))

    def test_a_race_under_a_plain_refusal_is_one_as_well(self, here, tracker):
        here.world.race("PAY-2")
        here.tamper("PATCH .*workitems", lambda body: body, status=400)
        with pytest.raises(Conflict, match="TF26071"):
            tracker.target.edit(tracker.target.get_snapshot(here.id("PAY-2")), Edit(add_labels=("x",)))

    def test_a_rule_that_is_broken_is_refused_in_the_servers_words(self, here, tracker):
        with pytest.raises(Refused, match="TF401320"):
            tracker.target.edit(tracker.target.get_snapshot(here.id("PAY-2")), Edit(fields={MOSCOW: "Perhaps"}))

    def test_a_lost_reply_is_uncertain_and_never_sent_again(self, here, tracker):
        seen = tracker.target.get_snapshot(here.id("PAY-2"))
        here.app.faults.add("drop-after@PATCH *")
        with pytest.raises(Uncertain):
            tracker.target.edit(seen, Edit(add_labels=("x",)))
        assert here.world.item("PAY-2").tags == ("x",)
        assert len(here.asked("PATCH .*")) == 1

    def test_shadow_mode_lets_nothing_out(self, here):
        tracker = here.connected(write_fields=WRITES)
        seen = tracker.target.get_snapshot(here.id("PAY-2"))
        before = snapshot(here.world)
        for write in (
            lambda: tracker.target.edit(seen, Edit(add_labels=("x",))),
            lambda: tracker.target.add_comment(seen, say("x"), MARK),
            lambda: tracker.target.replace_comment(seen, "1", say("x"), MARK),
            lambda: tracker.target.delete_comment(seen, "1"),
        ):
            with pytest.raises(ShadowBreach):
                write()
        assert snapshot(here.world) == before
        assert {asked.method for asked in here.switch.asked} <= {"GET", "POST", "OPTIONS"}
        assert here.asked("(PATCH|DELETE|POST .*comments)") == []


class TestMail:
    def test_nobody_is_told_where_we_may_keep_quiet(self, here, tracker):
        here.app.options.granted = frozenset({"SUPPRESS_NOTIFICATIONS"})
        done = tracker.target.edit(tracker.target.get_snapshot(here.id("PAY-2")), Edit(add_labels=("x",)))
        assert (done.notification, here.world.mails) == (Notification.SUPPRESSED, [])

    def test_without_that_permission_it_is_said_that_mail_went_out_and_asked_for_once(self, here, tracker):
        for key in ("PAY-2", "PAY-3"):
            done = tracker.target.edit(tracker.target.get_snapshot(here.id(key)), Edit(add_labels=("x",)))
            assert done.notification is Notification.SENT
        assert len(here.world.mails) == 2
        quiet = ["suppressNotifications" in asked.query for asked in here.asked("PATCH .*")]
        assert quiet == [True, False, False]

    def test_whoever_may_not_write_at_all_is_told_that(self, here, tracker):
        here.app.options.denied = {"PAY": frozenset({"WRITE"})}
        with pytest.raises(Refused, match="TF237111"):
            tracker.target.edit(tracker.target.get_snapshot(here.id("PAY-2")), Edit(add_labels=("x",)))

    def test_new_tags_may_be_forbidden(self, here, tracker):
        here.app.options.denied = {"PAY": frozenset({"CREATE_TAGS"})}
        with pytest.raises(Refused, match="TF401289"):
            tracker.target.edit(tracker.target.get_snapshot(here.id("PAY-2")), Edit(add_labels=("unheard of",)))


class TestVerifying:
    def test_an_edit_is_checked_and_nothing_is_saved(self, here, tracker):
        before, rev = snapshot(here.world), here.world.item("PAY-2").rev
        tracker.target.verify(
            tracker.target.get_snapshot(here.id("PAY-2")), Edit(add_labels=("x",), fields={WSJF: 3.0})
        )
        assert (snapshot(here.world), here.world.item("PAY-2").rev) == (before, rev)
        assert here.world.mails == []

    def test_it_raises_what_the_edit_would(self, here, tracker, ana):
        seen = tracker.target.get_snapshot(here.id("PAY-2"))
        with pytest.raises(Refused, match="TF401320"):
            tracker.target.verify(seen, Edit(fields={MOSCOW: "Perhaps"}))
        ana.edit("PAY-2", title="x")
        with pytest.raises(Conflict):
            tracker.target.verify(seen, Edit(add_labels=("x",)))


class TestComments:
    def test_a_comment_is_written_rewritten_and_deleted(self, here, tracker):
        ident = here.id("PAY-2")
        made = tracker.target.add_comment(tracker.target.get_snapshot(ident), say("One <b> & `two` @ana"), MARK)
        (stored,) = comments(here, "PAY-2")
        assert (made.comment_id, made.created) == (str(stored.id), stored.now.at)
        assert stored.format == ("html" if here.world.collection.server else "markdown")
        seen = tracker.target.get_snapshot(ident)
        assert seen.own_comments[0].text == made.text
        again = tracker.target.replace_comment(seen, made.comment_id, say("Two"), MARK)
        assert (again.comment_id, len(comments(here, "PAY-2"))) == (made.comment_id, 1)
        (ours,) = tracker.target.get_snapshot(ident).own_comments
        assert (ours.text, ours.tag.content_key) == (again.text, tracker.target.content_key(say("Two")))
        tracker.target.delete_comment(tracker.target.get_snapshot(ident), made.comment_id)
        assert comments(here, "PAY-2") == []
        assert tracker.target.get_snapshot(ident).own_comments == ()

    def test_deleting_what_is_gone_is_done(self, here, tracker, ana):
        seen = tracker.target.get_snapshot(here.id("PAY-2"))
        assert tracker.target.delete_comment(seen, "4711").comment_id == "4711"
        ana.destroy("PAY-2")
        tracker.target.delete_comment(seen, "4711")

    def test_rewriting_what_is_gone_is_not(self, here, tracker):
        with pytest.raises(Gone):
            tracker.target.replace_comment(tracker.target.get_snapshot(here.id("PAY-2")), "4711", say("x"), MARK)

    def test_a_lost_reply_is_uncertain_and_the_comment_is_there_once(self, here, tracker):
        seen = tracker.target.get_snapshot(here.id("PAY-2"))
        here.app.faults.add("drop-after#1@POST */comments")
        with pytest.raises(Uncertain):
            tracker.target.add_comment(seen, say("x"), MARK)
        (ours,) = tracker.target.get_snapshot(here.id("PAY-2")).own_comments
        assert ours.tag.content_key == tracker.target.content_key(say("x"))
        assert len(here.asked("POST .*comments")) == 1

    def test_comments_are_looked_up_by_their_ids(self, here, tracker, ana):
        written = {
            key: tracker.target.add_comment(tracker.target.get_snapshot(here.id(key)), say(key), MARK).comment_id
            for key in ("PAY-2", "PAY-3", "PAY-5")
        }
        ana.edit_comment("PAY-3", int(written["PAY-3"]), "Changed by hand")
        ana.delete_comment("PAY-5", int(written["PAY-5"]))
        ana.comment("PAY-2", "Not asked for")
        asked = [(here.id(key), comment) for key, comment in written.items()] + [("4711", "1")]
        found = tracker.comments(asked)
        assert set(found) == {written["PAY-2"], written["PAY-3"]}
        assert found[written["PAY-3"]].edited_by is Author.PERSON

    def test_an_item_that_moved_keeps_its_comment_within_reach(self, here, tracker, ana):
        ident = here.id("PAY-2")
        made = tracker.target.add_comment(tracker.target.get_snapshot(ident), say("Here"), MARK).comment_id
        tracker.target.edit(tracker.target.get_snapshot(ident), Edit(add_labels=("needs-refinement",)))
        ana.move("PAY-2", "OPS")
        assert set(tracker.comments([(ident, made)])) == {made}
        seen = tracker.target.get_snapshot(ident)
        assert (seen.project, [one.id for one in seen.own_comments]) == ("OPS", [made])
        tracker.target.replace_comment(seen, made, say("There"), MARK)
        tracker.target.delete_comment(tracker.target.get_snapshot(ident), made)
        tracker.target.edit(tracker.target.get_snapshot(ident), Edit(remove_labels=("needs-refinement",)))
        assert (comments(here, "PAY-2"), here.world.item("PAY-2").tags) == ([], ())

    def test_a_full_item_is_refused(self, here, tracker):
        here.app.options.comments_an_item = 0
        with pytest.raises(Refused, match="VS403318"):
            tracker.target.add_comment(tracker.target.get_snapshot(here.id("PAY-2")), say("x"), MARK)

    def test_whoever_may_not_comment_is_told_that(self, here, tracker):
        here.app.options.denied = {"PAY": frozenset({"SAVE_COMMENT"})}
        with pytest.raises(Refused, match="TF50309"):
            tracker.target.add_comment(tracker.target.get_snapshot(here.id("PAY-2")), say("x"), MARK)

    def test_a_sign_in_page_instead_of_a_reply_leaves_the_write_uncertain(self, here, tracker):
        seen = tracker.target.get_snapshot(here.id("PAY-2"))
        page = {"status": 203, "content_type": "text/html"}
        here.tamper("(POST|PATCH|DELETE) .*", lambda _: b"<html>Sign in</html>", **page)
        for write in (
            lambda: tracker.target.add_comment(seen, say("x"), MARK),
            lambda: tracker.target.edit(seen, Edit(add_labels=("x",))),
            lambda: tracker.target.delete_comment(seen, "1"),
        ):
            with pytest.raises(Uncertain, match="web page"):
                write()

    def test_nothing_but_our_errors_comes_out(self, here, tracker):
        seen = tracker.target.get_snapshot(here.id("PAY-2"))
        for odd in ([], {"id": {}}, 7, None):
            here.tamper("(POST|PATCH) .*", lambda _, odd=odd: odd)
            for write in (
                lambda: tracker.target.add_comment(seen, say("x"), MARK),
                lambda: tracker.target.edit(seen, Edit(add_labels=("x",))),
            ):
                with pytest.raises(ConnectorError):
                    write()


def test_a_whole_round_can_be_taken_back(here, tracker):
    before = snapshot(here.world)
    ident = here.id("PAY-1")
    tracker.target.edit(tracker.target.get_snapshot(ident), Edit(add_labels=("needs-refinement",), fields={WSJF: 4.0}))
    made = tracker.target.add_comment(tracker.target.get_snapshot(ident), say("x"), MARK).comment_id
    assert snapshot(here.world) != before
    tracker.target.delete_comment(tracker.target.get_snapshot(ident), made)
    tracker.target.edit(
        tracker.target.get_snapshot(ident), Edit(remove_labels=("needs-refinement",), fields={WSJF: None})
    )
    assert snapshot(here.world) == before


def test_throttled_writes_wait_and_happen_once(serve):
    here = serve(process="Inherited Scrum", faults=Faults(["429=0#1@POST */comments"]))
    tracker = here.connected(allow_writes=True)
    tracker.target.add_comment(tracker.target.get_snapshot(here.id("PAY-2")), say("x"), MARK)
    assert len(comments(here, "PAY-2")) == 1


WORDS = st.text(alphabet=string.ascii_letters + string.digits + " <>&*_`[]()#|~@\\-+.!\"'/;:é€\n\t", max_size=30)
SPANS = st.builds(Span, WORDS, st.sampled_from(Style), st.sampled_from(["", "https://example.com/a?b=c&d=e"]))
PARAGRAPHS = st.builds(Paragraph, st.lists(SPANS, max_size=4).map(tuple))
ENTRIES = st.lists(PARAGRAPHS, min_size=1, max_size=3).map(tuple)
DOCUMENTS = st.lists(
    PARAGRAPHS | st.builds(Bullets, st.lists(ENTRIES, min_size=1, max_size=3).map(tuple)), min_size=1, max_size=4
).map(lambda parts: Document(tuple(parts)))


@given(DOCUMENTS)
@example(Document((Paragraph((Span("List<string> & <placeholder>"),)),)))
@example(Document((Paragraph((Span("1. one"), Span("- two"))), Bullets(((Paragraph((Span("# x"),)),),)))))
def test_a_comment_is_known_again_after_the_tracker_has_cleaned_it(document):
    for write, form in ((html.render, "html"), (markdown.render, "markdown")):
        sent = write(document)
        meant = content_key(plain_text(parse_rich_text(sent, form)))
        assert content_key(plain_text(parse_rich_text(sanitize(sent, form), form))) == meant
