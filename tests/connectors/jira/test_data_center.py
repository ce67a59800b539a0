"""What Data Center does in its own way: signing in, long lists by key, marks in texts, names instead of account ids."""

import base64

import pytest

from connectors.comments import Author, CommentTag
from connectors.document import Bullets, Document, Paragraph, Span, Style
from connectors.errors import ConnectorError, Misconfigured, Refused, Retriable, Uncertain
from connectors.jira import comment_tag
from connectors.tracker import Whereabouts
from connectors.writes import Edit
from steward_sandbox import Faults
from steward_sandbox.jira import adf, deployment, fields
from steward_sandbox.jira.actor import Actor

pytestmark = pytest.mark.flavours("data-center")

MARK = CommentTag("inst-1", "round-1", "hash-1")
HERE, MOVED, GONE = Whereabouts.IN_SCOPE, Whereabouts.MOVED, Whereabouts.GONE


def say(*lines):
    return Document(tuple(Paragraph((Span(line),)) for line in lines))


def backlog(count, project="PAY"):
    return "\n".join(f'{{"key": "{project}-{n}", "title": "Item {n}"}}' for n in range(1, count + 1))


def without(*hidden, times=99):
    """Leaves issues out of so many answers of a search."""
    left = [times]

    def tamper(answer):
        left[0] -= 1
        if left[0] < 0:
            return answer
        kept = [one for one in answer["issues"] if one["id"] not in hidden]
        return answer | {"issues": kept, "total": answer["total"] - len(answer["issues"]) + len(kept)}

    return tamper


@pytest.fixture
def ana(here):
    return Actor(here.world, "Ana Silva")


@pytest.fixture
def tracker(here):
    made = here.tracker(allow_writes=True, write_fields={"wsjf": "WSJF"})
    made.connect()
    return made


def us(here):
    return here.world.site.accounts.caller("steward@example.com")


class TestSigningIn:
    def test_a_token_alone_is_shown_as_its_bearers(self, here):
        connection = here.tracker().connect()
        assert {one.headers.get("authorization") for one in here.switch.asked} == {None, "Bearer good-token"}
        assert (connection.account.id, connection.account.name) == (us(here).key, "Steward")
        assert connection.fields["points"] == (f"Story Points ({fields.POINTS})",)
        assert connection.fields["acceptance_criteria"] == (f"Acceptance Criteria ({fields.CRITERIA})",)
        assert connection.capabilities.is_ordered
        assert connection.notes == ()

    def test_a_name_with_a_password_signs_in_too(self, here):
        assert here.tracker(email="steward", token="secret").connect().account.name == "Steward"
        pair = base64.b64encode(b"steward:secret").decode()
        assert here.switch.asked[-1].headers["authorization"] == f"Basic {pair}"

    @pytest.mark.parametrize(("email", "said"), [("", "the personal access token"), ("ana", "the password of ana")])
    def test_wrong_credentials_are_told_with_what_to_check(self, here, email, said):
        with pytest.raises(
            Misconfigured, match=rf"Jira Data Center 9\.12\.15, rejected {said}\..*need Jira 8\.14 or later"
        ) as told:
            here.tracker(email=email, token="wrong").connect()
        assert told.value.status == 401

    def test_a_token_that_ends_is_told_and_not_taken_for_an_empty_backlog(self, here, tracker, monkeypatch):
        monkeypatch.setattr(deployment, "is_wrong", lambda _token: True)
        position = '{"seen": 0, "deep": 0}'
        for read in (
            tracker.list_ids,
            lambda: list(tracker.fetch([here.id("PAY-1")])),
            lambda: list(tracker.changes(position)),
            lambda: tracker.locate([here.id("PAY-1")]),
            lambda: tracker.target.get_snapshot(here.id("PAY-1")),
        ):
            with pytest.raises(Misconfigured, match=r"treats us as anonymous \(X-AUSERNAME: anonymous\)") as told:
                read()
            assert told.value.status == 401

    def test_a_path_in_the_address_is_kept(self, here):
        tracker = here.tracker(url=f"{here.url}/jira/")
        (batch,) = tracker.fetch([here.id("PAY-2")])
        assert batch.items[0].item.url == f"{here.url}/jira/browse/PAY-2"
        assert all(one.path.startswith("/jira/rest/") for one in here.switch.asked)

    def test_a_blocked_account_is_left_alone_for_a_day_at_most(self, serve):
        here = serve(faults=Faults([f"429={2**63 - 1}@*/api/2/search"]))
        with pytest.raises(Retriable, match="asked us to wait until"):
            here.tracker().connect()

    def test_permissions_are_those_of_the_site(self, serve):
        here = serve(denied={"PAY": frozenset({"ADD_COMMENTS"})})
        (note,) = here.tracker(allow_writes=True).connect().notes
        assert note == "In PAY this account lacks the permission to add comments; such writes will fail."


class TestLongLists:
    @pytest.fixture
    def long(self, serve):
        return serve(f"{backlog(95)}\n{backlog(40, 'OPS')}", search_page=20, search_window=20)

    def test_everything_is_read_beyond_the_window_in_rank_order(self, long):
        first, last = long.world.ordered()[0], long.world.ordered()[-1]
        Actor(long.world, "Ana Silva").rank(last.id, before=first.id)
        census = long.tracker(scope="project in (PAY, OPS)").list_ids()
        assert list(census.ids) == [str(issue.id) for issue in long.world.ordered()]
        assert census.on_backlog == set(census.ids)
        assert {one.json.get("startAt") for one in long.asked("/api/2/search$")} == {None}

    def test_every_stamp_beyond_the_window_is_told_and_only_then_the_position_moves(self, long):
        tracker = long.tracker()
        (start,) = tracker.changes(None)
        long.clock.advance(minutes=30)
        for number in range(1, 96):
            long.world.edit(f"PAY-{number}", us(long), summary="Changed")
        tracker.connect()
        pages = list(tracker.changes(start.cursor))
        assert sorted(int(stamp.id) for page in pages for stamp in page.stamps) == list(range(10000, 10095))
        assert {page.cursor for page in pages[:-1]} == {start.cursor}
        assert pages[-1].cursor != start.cursor

    def test_what_changes_meanwhile_shifts_nothing(self, long):
        tracker = long.tracker()
        tracker.connect()
        reading = tracker._session.client.list_ids("project = PAY")
        seen = [next(reading) for _ in range(20)]
        for number in (1, 2, 3):
            long.world.delete(f"PAY-{number}")
        Actor(long.world, "Ana Silva").create("PAY", "New")
        seen += list(reading)
        assert len(seen) == len(set(seen))
        assert {str(issue.id) for issue in long.world.issues.values() if issue.project == "PAY"} <= set(seen)

    def test_a_place_that_is_gone_is_replaced_by_the_one_before(self, long):
        tracker = long.tracker()
        tracker.connect()
        reading = tracker._session.client.list_ids("project = PAY")
        seen = [next(reading) for _ in range(20)]
        long.world.delete("PAY-20")
        long.world.delete("PAY-19")
        seen += list(reading)
        assert sorted(map(int, dict.fromkeys(seen))) == list(range(10000, 10095))

    def test_when_no_place_is_left_it_is_said_and_nothing_is_missing_in_silence(self, long):
        tracker = long.tracker()
        tracker.connect()
        reading = tracker._session.client.list_ids("project = PAY")
        for _ in range(20):
            next(reading)
        for number in range(1, 21):
            long.world.delete(f"PAY-{number}")
        with pytest.raises(Refused, match="does not exist for field 'key'"):
            list(reading)

    def test_a_site_that_shows_no_ranks_is_not_said_to_be_in_order(self, serve):
        here = serve(absent_fields=["Rank"])
        tracker = here.tracker()
        assert not tracker.connect().capabilities.is_ordered
        assert len(tracker.list_ids().ids) == 6


class TestSearchesThatDiffer:
    """Nodes of a cluster may see an issue at different times."""

    def test_an_issue_that_some_searches_leave_out_is_here(self, here, tracker):
        ident = here.id("PAY-2")
        here.tamper("/api/2/search$", without(ident, times=3))
        assert tracker.locate([ident]) == {ident: HERE}
        assert here.asked(f"/issue/{ident}$"), "it was read directly"

    def test_an_issue_that_every_search_leaves_out_is_there_and_outside(self, here, tracker):
        ident = here.id("PAY-2")
        here.tamper("/api/2/search$", without(ident))
        assert tracker.locate([ident, "99999"]) == {ident: MOVED, "99999": GONE}

    def test_what_a_search_leaves_out_is_fetched_directly(self, here, tracker, ana):
        ids = [here.id("PAY-1"), here.id("PAY-2"), "99999"]
        ana.edit("PAY-2", title="New")
        here.tamper("/api/2/search$", without(ids[1]))
        (batch,) = tracker.fetch(ids)
        assert {one.item.key: len(one.field_changes) for one in batch.items} == {"PAY-1": 1, "PAY-2": 1}
        assert batch.problems == ()

    def test_comments_are_found_although_a_search_leaves_their_issue_out(self, here, tracker):
        ident = here.id("PAY-2")
        mine = tracker.target.add_comment(tracker.target.get_snapshot(ident), say("Ours"), MARK).comment_id
        here.tamper("/api/2/search$", without(ident))
        assert set(tracker.comments([(ident, mine), (ident, "1"), ("99999", "2")])) == {mine}

    def test_a_history_that_was_cut_is_read_whole(self, here, tracker, ana):
        for number in range(4):
            ana.edit("PAY-2", title=f"Title {number}")

        def cut(answer):
            for issue in answer["issues"]:
                del issue["changelog"]["histories"][1:]
            return answer

        here.tamper("/api/2/search$", cut)
        (batch,) = tracker.fetch([here.id("PAY-2")])
        assert [one.after for one in batch.items[0].field_changes] == [f"Title {n}" for n in range(4)]

    def test_a_discussion_that_was_cut_is_read_whole(self, here, tracker):
        ident = here.id("PAY-2")
        mine = [
            tracker.target.add_comment(tracker.target.get_snapshot(ident), say(f"Ours {n}"), MARK).comment_id
            for n in range(3)
        ]

        def cut(answer):
            for issue in answer["issues"]:
                del issue["fields"]["comment"]["comments"][1:]
            return answer

        here.tamper("/api/2/search$", cut)
        assert set(tracker.comments([(ident, one) for one in mine])) == set(mine)


class TestMarks:
    @pytest.mark.parametrize("kept", [True, False])
    def test_a_comment_has_its_mark_in_its_text_and_beside_it(self, serve, kept):
        here = serve(keeps_sent_properties=kept)
        tracker = here.tracker(allow_writes=True)
        ident = here.id("PAY-2")
        written = tracker.target.add_comment(tracker.target.get_snapshot(ident), say("Who will answer?"), MARK)
        (comment,) = here.world.issue("PAY-2").comments
        assert comment.properties == {
            "backlog-steward": {"installation": "inst-1", "round": "round-1", "hash": "hash-1"}
        }
        assert (written.text, here.words(comment)) == ("Who will answer?", "Who will answer?")
        assert comment.body["wiki"] == "Who will answer?\n{anchor:backlog-steward/inst-1/round-1/hash-1}"
        assert [one.tag for one in tracker.target.get_snapshot(ident).own_comments] == [MARK]
        assert [one.text for one in tracker.comments([(ident, written.comment_id)]).values()] == ["Who will answer?"]

    @pytest.mark.parametrize(
        "fault", ["drop-before@PUT */properties/*", "403@PUT */properties/*", "500@GET */properties/*"]
    )
    def test_a_process_that_ends_between_comment_and_mark_leaves_a_comment_that_is_found(self, serve, fault):
        here = serve(keeps_sent_properties=False, faults=Faults([fault]))
        tracker = here.tracker(allow_writes=True)
        ident = here.id("PAY-2")
        with pytest.raises(Uncertain, match="a comment was written, but not its properties"):
            tracker.target.add_comment(tracker.target.get_snapshot(ident), say("Once"), MARK)
        (ours,) = tracker.target.get_snapshot(ident).own_comments
        assert (ours.tag, ours.text) == (MARK, "Once")
        assert len(here.world.issue("PAY-2").comments) == 1

    def test_of_two_marks_the_one_in_the_text_is_as_new_as_the_text(self, serve):
        here = serve(keeps_sent_properties=False, faults=Faults(["403#2@PUT */properties/*"]))
        tracker = here.tracker(allow_writes=True)
        ident = here.id("PAY-2")
        mine = tracker.target.add_comment(tracker.target.get_snapshot(ident), say("One"), MARK).comment_id
        newer = CommentTag("inst-1", "round-2", "hash-2")
        with pytest.raises(Uncertain):
            tracker.target.replace_comment(tracker.target.get_snapshot(ident), mine, say("Two"), newer)
        (ours,) = tracker.target.get_snapshot(ident).own_comments
        assert (ours.tag, ours.text) == (newer, "Two")

    def test_a_person_who_loses_the_mark_in_the_text_does_not_lose_the_comment(self, here, tracker, ana):
        ident = here.id("PAY-2")
        mine = tracker.target.add_comment(tracker.target.get_snapshot(ident), say("Ours"), MARK).comment_id
        ana.edit_comment(int(mine), "Theirs now")
        (ours,) = tracker.target.get_snapshot(ident).own_comments
        assert (ours.id, ours.tag, ours.edited_by, ours.text) == (mine, MARK, Author.PERSON, "Theirs now")

    def test_a_mark_that_somebody_copied_makes_nothing_ours(self, here, tracker, ana):
        text = f"Look:\n{comment_tag.anchor({'installation': 'inst-1', 'round': 'r', 'hash': 'h'})}"
        ana.comment("PAY-2", adf.from_wiki(text))
        Actor(here.world, us(here)).comment("PAY-2", "By hand, with our account")
        snapshot = tracker.target.get_snapshot(here.id("PAY-2"))
        assert snapshot.own_comments == ()

    def test_a_mark_survives_whatever_its_parts_hold(self):
        mark = {"installation": "a/b}c", "round": "{x|y} é", "hash": ""}
        assert comment_tag.from_anchor(f"text\n{comment_tag.anchor(mark)}") == mark

    @pytest.mark.parametrize(
        "text", ["", "{anchor}", "{anchor:top}", "{anchor:backlog-steward/a/b}", "backlog-steward/a/b/c"]
    )
    def test_a_text_without_a_mark_has_none(self, text):
        assert comment_tag.from_anchor(text) is None


class TestTexts:
    def test_all_that_we_can_say_arrives_as_text(self, here, tracker):
        document = Document(
            (
                Paragraph(
                    (Span("No h1. heading, "), Span("bold", Style.STRONG), Span(" [~ana] !x.png! {quote} a\\b *c* -d-"))
                ),
                Bullets(
                    (
                        (Paragraph((Span("# one"),)), Paragraph((Span("more {x}", Style.CODE),))),
                        (Paragraph((Span("two"),)),),
                    )
                ),
                Paragraph((Span("\x00\ud800 <b>\nbq. x"),)),
            )
        )
        written = tracker.target.add_comment(tracker.target.get_snapshot(here.id("PAY-2")), document, MARK)
        assert written.text.splitlines() == [
            "No h1. heading, bold [~ana] !x.png! {quote} a\\b *c* -d-",
            "# one", "more {x}", "two", "<b> bq. x",
        ]  # fmt: skip
        (ours,) = tracker.target.get_snapshot(here.id("PAY-2")).own_comments
        assert ours.text == written.text

    def test_a_command_is_spoken_and_one_that_is_quoted_or_code_is_not(self, here, tracker, ana):
        said = "{{/steward waive a}}\nbq. /steward waive b\n{code}\n/steward waive c\n{code}\n/steward waive d because {{x}}"
        ana.comment("PAY-2", adf.from_wiki(said))
        (batch,) = tracker.fetch([here.id("PAY-2")])
        assert batch.items[0].comments[0].commands == ("/steward waive d because x",)

    def test_a_description_is_read_as_blocks(self, here, tracker):
        (batch,) = tracker.fetch([here.id("PAY-1")])
        item = batch.items[0].item
        assert [(block.kind.value, block.text) for block in item.text] == [
            ("paragraph", "As a buyer"), ("bullet", "one"), ("bullet", "two"),
        ]  # fmt: skip


class TestPeople:
    def test_everybody_is_known_by_name_or_key(self, here, ana):
        robot = Actor(here.world, "Robot")
        robot.comment("PAY-2", "beep")
        ana.comment("PAY-2", "Hello")
        Actor(here.world, us(here)).comment("PAY-2", "Ours")
        for bot in ("robot", robot.account.key):
            (batch,) = here.tracker(bots=frozenset({bot})).fetch([here.id("PAY-2")])
            assert [one.author for one in batch.items[0].comments] == [
                Author.OTHER_PROGRAM,
                Author.PERSON,
                Author.THIS_SERVICE,
            ]

    def test_an_edit_of_ours_is_nobodys(self, here, tracker):
        ident = here.id("PAY-2")
        tracker.target.edit(tracker.target.get_snapshot(ident), Edit(add_labels=("x",), fields={fields.WSJF: 2.0}))
        (batch,) = tracker.fetch([ident])
        assert not any(one.by_person for one in batch.items[0].field_changes)
        assert batch.items[0].item.fields == {fields.WSJF: 2.0}


class TestSprints:
    def test_they_are_read_from_their_text(self, here, tracker):
        (batch,) = tracker.fetch([here.id("PAY-3")])
        (sprint,) = batch.items[0].item.sprints
        assert (sprint.id, sprint.name, sprint.state.value) == ("2", "Sprint 3", "future")

    def test_and_from_objects_as_newer_versions_send_them(self, here, tracker):
        def newer(answer):
            for issue in answer["issues"]:
                issue["fields"][fields.SPRINT] = [
                    {"id": 7, "name": "New, [x]", "state": "closed", "goal": None},
                    "not the text of a sprint",
                ]
            return answer

        here.tamper("/api/2/search$", newer)
        (batch,) = tracker.fetch([here.id("PAY-3")])
        assert [(one.id, one.name, one.state.value) for one in batch.items[0].item.sprints] == [
            ("7", "New, [x]", "closed")
        ]
        assert batch.problems == ()


def test_a_screen_that_lacks_a_field_refuses_it_by_name(here, tracker):
    with pytest.raises(Refused, match=rf"Field '{fields.FLAGGED}' cannot be set\. It is not on the appropriate screen"):
        tracker.target.edit(tracker.target.get_snapshot(here.id("PAY-2")), Edit(fields={fields.FLAGGED: None}))


def test_a_list_that_comes_again_and_again_ends_with_an_error(here, tracker):
    page = {"issues": [{"id": "1", "key": "PAY-1"}], "total": 9}
    here.tamper("/api/2/search$", lambda answer: page)
    with pytest.raises(ConnectorError, match="endless list of pages"):
        list(tracker._session.client.list_ids("project = PAY"))


def test_replies_are_read_without_a_request_for_each(here, tracker, ana):
    ident = here.id("PAY-2")
    replies = [str(ana.comment(ident, f"/steward waive {number}").id) for number in range(5)]
    before = len(here.asked(""))
    found = tracker.comments([(ident, reply) for reply in replies])
    assert [found[reply].commands for reply in replies] == [(f"/steward waive {number}",) for number in range(5)]
    assert len(here.asked("")) == before + 1
